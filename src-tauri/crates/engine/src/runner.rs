//! Execution: wave by wave, each operation journalled before and after its remote call, compared before and read back
//! after.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use slipway_domain::{
    Attempt, DeploymentId, Environment, Operation, OperationId, OperationState, Plan, ResourceKey,
    Verb, Version,
};
use slipway_store::{AttemptEnd, Writer};
use tokio::task::JoinSet;

use crate::documents::Documents;
use crate::error::{EngineError, PlatformError};
use crate::job::Job;
use crate::ledger::Ledger;
use crate::locks::Lease;
use crate::platform::{Remote, Seen, Target};

/// How often one operation is tried in one run when the environment can't be reached.
const TRY_LIMIT: u32 = 4;
/// The pause before the second try; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// How the execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Execution {
    /// Every operation is applied or skipped.
    Complete,
    /// A person asked it to stop.
    Cancelled,
    /// An operation failed: the sentence. What was not begun stays pending.
    Failed(String),
}

/// How one operation ended.
enum Settled {
    Applied,
    Skipped(String),
    Failed { message: String, hint: String },
}

/// The plan of a deployment and what became of each operation.
pub(crate) fn journal(
    ledger: &Ledger,
    id: &DeploymentId,
) -> Result<(Plan, Vec<Attempt>), EngineError> {
    let (plan, attempts) = ledger
        .store()
        .read(|reader| Ok((reader.plan(id)?, reader.attempts(id)?)))?;
    let plan = plan.ok_or_else(|| {
        EngineError::unknown(
            format!("Deployment {id} has no plan in this workspace"),
            "Deploy the release again.",
        )
    })?;
    assert!(
        plan.operations.len() == attempts.len(),
        "BUG: the journal of {id} does not fit its plan"
    );
    Ok((plan, attempts))
}

struct Context {
    documents: Documents,
    id: DeploymentId,
    lease: Arc<Lease>,
    remote: Arc<dyn Remote>,
    target: Arc<dyn Target>,
}

impl Context {
    async fn open(
        documents: &Documents,
        environment: &Environment,
        id: &DeploymentId,
        lease: &Arc<Lease>,
    ) -> Result<Self, EngineError> {
        let remote = documents.remote(environment)?;
        let target = remote.target(id).await?;
        Ok(Self {
            documents: documents.clone(),
            id: id.clone(),
            lease: lease.clone(),
            remote,
            target,
        })
    }
}

pub(crate) async fn execute(
    documents: &Documents,
    id: &DeploymentId,
    environment: &Environment,
    job: &Job,
    lease: &Arc<Lease>,
) -> Result<Execution, EngineError> {
    let (plan, attempts) = journal(&documents.ledger, id)?;
    if plan.operations.is_empty() {
        return Ok(Execution::Complete);
    }
    let context = Arc::new(Context::open(documents, environment, id, lease).await?);
    let document = |version: &Version| documents.document(version).ok();
    context.target.prepare(&plan.operations, &document).await?;
    settle_unknown(&context, &plan, &attempts).await?;
    let (plan, attempts) = journal(&documents.ledger, id)?;
    settle_staged(&context, &plan, &attempts).await?;
    let (plan, attempts) = journal(&documents.ledger, id)?;
    let waves = plan.operations.iter().zip(&attempts).collect::<Vec<_>>();
    for wave in waves.chunk_by(|(a, _), (b, _)| a.wave == b.wave) {
        let open: Vec<(Operation, Attempt)> = wave
            .iter()
            .filter(|(_, attempt)| attempt.state.is_open())
            .map(|(operation, attempt)| ((*operation).clone(), (*attempt).clone()))
            .collect();
        match execute_wave(&context, open, job).await? {
            Execution::Complete => {}
            ended => {
                if ended == Execution::Cancelled && !context.target.is_published().await? {
                    context.target.abandon().await?;
                }
                return Ok(ended);
            }
        }
    }
    Ok(Execution::Complete)
}

async fn execute_wave(
    context: &Arc<Context>,
    open: Vec<(Operation, Attempt)>,
    job: &Job,
) -> Result<Execution, EngineError> {
    let parallel_limit = context.remote.parallel_limit().max(1);
    let mut waiting = open.into_iter().peekable();
    let mut under_way = JoinSet::new();
    let mut failed: Option<String> = None;
    let mut broken: Option<EngineError> = None;
    let mut cancelled = false;
    loop {
        while failed.is_none() && broken.is_none() && under_way.len() < parallel_limit {
            // A wish to cancel is asked for before an operation; after the last one there is nothing left to cancel.
            if waiting.peek().is_none() {
                break;
            }
            match context
                .lease
                .check()
                .and_then(|()| is_cancelled(context, job))
            {
                Ok(wished) => cancelled = cancelled || wished,
                Err(error) => broken = Some(error),
            }
            if cancelled || broken.is_some() {
                break;
            }
            let Some((operation, attempt)) = waiting.next() else {
                break;
            };
            let context = context.clone();
            under_way.spawn(async move { execute_operation(&context, &operation, &attempt).await });
        }
        let Some(joined) = under_way.join_next().await else {
            break;
        };
        let outcome = joined.map_err(|error| {
            EngineError::conflict(
                format!("An operation ended unexpectedly: {error}"),
                "Resume the deployment.",
            )
        });
        // What is under way is waited for whatever happens: it writes, and the lock must outlast it.
        match outcome.flatten() {
            Ok(None) => {}
            Ok(Some(message)) => drop(failed.get_or_insert(message)),
            Err(error) => drop(broken.get_or_insert(error)),
        }
    }
    if let Some(error) = broken {
        return Err(error);
    }
    Ok(match failed {
        Some(message) => Execution::Failed(message),
        None if cancelled => Execution::Cancelled,
        None => Execution::Complete,
    })
}

/// Where another process leaves its wish that a deployment stop.
pub(crate) fn cancel_key(id: &DeploymentId) -> String {
    format!("cancel:{id}")
}

/// Whether a person in this or another process asked the deployment to stop.
fn is_cancelled(context: &Context, job: &Job) -> Result<bool, EngineError> {
    if job.is_cancelled() {
        return Ok(true);
    }
    let wish = context
        .documents
        .ledger
        .store()
        .read(|reader| reader.setting(&cancel_key(&context.id)))?;
    let wished = wish.is_some_and(|wish| wish == serde_json::Value::Bool(true));
    if wished {
        job.cancel();
    }
    Ok(wished)
}

/// Executes one operation and journals it; the sentence when it failed.
async fn execute_operation(
    context: &Context,
    operation: &Operation,
    attempt: &Attempt,
) -> Result<Option<String>, EngineError> {
    let settled = match operation.verb {
        Verb::Publish => publish(context, operation).await,
        Verb::Create | Verb::Update | Verb::Delete => write(context, operation, attempt).await,
    }?;
    let (state, message, hint) = match settled {
        Settled::Applied => (OperationState::Applied, None, None),
        Settled::Skipped(message) => (OperationState::Skipped, Some(message), None),
        Settled::Failed { message, hint } => (OperationState::Failed, Some(message), Some(hint)),
    };
    let failure = (state == OperationState::Failed).then(|| {
        format!(
            "{}: {}",
            operation.resource,
            message.as_deref().unwrap_or_default()
        )
    });
    end(context, operation.id, state, message, hint).await?;
    Ok(failure)
}

async fn begin(context: &Context, operation: OperationId) -> Result<(), EngineError> {
    let ledger = &context.documents.ledger;
    let (id, fence, now) = (
        context.id.clone(),
        context.lease.fence().clone(),
        ledger.now(),
    );
    let store = ledger.store().clone();
    let begin = move |writer: &mut Writer| writer.begin(&fence, &id, operation, now);
    ledger.blocking(move || store.write_durable(begin)).await?;
    ledger.tell(&context.id);
    Ok(())
}

async fn end(
    context: &Context,
    operation: OperationId,
    state: OperationState,
    message: Option<String>,
    hint: Option<String>,
) -> Result<(), EngineError> {
    let ledger = &context.documents.ledger;
    let (id, fence, now) = (
        context.id.clone(),
        context.lease.fence().clone(),
        ledger.now(),
    );
    let store = ledger.store().clone();
    let end = move |writer: &mut Writer| {
        let end = AttemptEnd {
            state,
            at: now,
            message: message.as_deref(),
            hint: hint.as_deref(),
        };
        writer.end(&fence, &id, operation, end)
    };
    ledger.blocking(move || store.write_durable(end)).await?;
    ledger.tell(&context.id);
    Ok(())
}

/// What an operation finds in the environment.
enum Found {
    /// What it is to make.
    After,
    /// What it expects.
    Before,
    /// Something else.
    Other,
}

/// Reads what is there and says what it is to the operation.
async fn look(context: &Context, operation: &Operation) -> Result<Found, PlatformError> {
    let key = &operation.resource;
    // A document that the store has lost can't be recognised; then the resource is read as a whole.
    let document = |version: &Option<Version>| match version {
        Some(version) if context.target.recognises(key) => context.documents.document(version).ok(),
        _ => None,
    };
    let (after, before) = (document(&operation.after), document(&operation.before));
    let seen = context
        .target
        .look(key, after.as_deref(), before.as_deref());
    let found = match seen.await? {
        Seen::After => return Ok(Found::After),
        Seen::Before => return Ok(Found::Before),
        Seen::Nothing => None,
        Seen::Bytes(bytes) => version_of(context.remote.as_ref(), key, Some(&bytes)),
    };
    let is = |version: &Option<Version>| Version::same_content(found.as_ref(), version.as_ref());
    Ok(if is(&operation.after) {
        Found::After
    } else if is(&operation.before) {
        Found::Before
    } else {
        Found::Other
    })
}

/// The version of bytes that were read; bytes that are no document of their kind are a version of their own.
pub(crate) fn version_of(
    remote: &dyn Remote,
    key: &ResourceKey,
    bytes: Option<&[u8]>,
) -> Option<Version> {
    let bytes = bytes?;
    let raw = Version::of_bytes(bytes);
    Some(match remote.digest(key, bytes) {
        Ok(digest) => Version {
            digest,
            blob: raw.blob,
        },
        Err(_) => raw,
    })
}

async fn write(
    context: &Context,
    operation: &Operation,
    attempt: &Attempt,
) -> Result<Settled, EngineError> {
    let bytes = match &operation.after {
        Some(after) => Some(context.documents.document(after)?),
        None => None,
    };
    let mut pause = FIRST_PAUSE;
    let mut is_begun = attempt.attempts > 0;
    for round in 1..=TRY_LIMIT {
        // Compare before every write: also what an unclear answer or a crash left is settled by reading it.
        let problem = match look(context, operation).await {
            Ok(Found::After) if is_begun => return Ok(Settled::Applied),
            Ok(Found::After) => {
                return Ok(Settled::Skipped(
                    "The environment holds it as the release wants it.".to_owned(),
                ));
            }
            Ok(Found::Other) => {
                return Ok(Settled::Failed {
                    message: "It changed in the environment while it was being deployed; it was not overwritten."
                        .to_owned(),
                    hint: "Look at what is there now. Refresh the release, or undo that edit and retry.".to_owned(),
                });
            }
            Ok(Found::Before) => {
                begin(context, operation.id).await?;
                is_begun = true;
                match context.target.apply(operation, bytes.as_deref()).await {
                    Ok(()) => match look(context, operation).await {
                        Ok(Found::After) => return Ok(Settled::Applied),
                        Ok(Found::Before | Found::Other) => {
                            return Ok(Settled::Failed {
                                message: "It was written, but reads back as something else."
                                    .to_owned(),
                                hint: "Look at what the environment holds now, then retry."
                                    .to_owned(),
                            });
                        }
                        Err(error) => error,
                    },
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        match problem {
            PlatformError::Refused { message, hint } => {
                return Ok(Settled::Failed { message, hint });
            }
            PlatformError::Stopped => return Err(EngineError::Cancelled),
            PlatformError::Unavailable { .. } | PlatformError::Unclear { .. }
                if round < TRY_LIMIT =>
            {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            PlatformError::Unavailable { message, hint } => {
                return Ok(Settled::Failed { message, hint });
            }
            problem @ PlatformError::Unclear { .. } => {
                // The last answer was unclear as well: the truth is read, not guessed.
                if matches!(look(context, operation).await, Ok(Found::After)) {
                    return Ok(Settled::Applied);
                }
                return Ok(Settled::Failed {
                    message: problem.to_string(),
                    hint: problem.hint().to_owned(),
                });
            }
        }
    }
    unreachable!("BUG: the last round returns")
}

async fn publish(context: &Context, operation: &Operation) -> Result<Settled, EngineError> {
    let mut pause = FIRST_PAUSE;
    for round in 1..=TRY_LIMIT {
        let problem = match is_published(context).await {
            Ok(true) => return Ok(Settled::Applied),
            Ok(false) => {
                begin(context, operation.id).await?;
                match context.target.publish().await {
                    Ok(()) => match context.target.is_published().await {
                        Ok(true) => return Ok(Settled::Applied),
                        Ok(false) => {
                            return Ok(Settled::Failed {
                                message: "It was published, but reads back as not published."
                                    .to_owned(),
                                hint: "Look at the environment, then retry.".to_owned(),
                            });
                        }
                        Err(error) => error,
                    },
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        match problem {
            PlatformError::Refused { message, hint } => {
                return Ok(Settled::Failed { message, hint });
            }
            problem if round == TRY_LIMIT => {
                return Ok(Settled::Failed {
                    message: problem.to_string(),
                    hint: problem.hint().to_owned(),
                });
            }
            _ => {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
        }
    }
    unreachable!("BUG: the last round returns")
}

/// Whether the publication took effect. One that was cut off right after is brought to its end: what it staged goes.
async fn is_published(context: &Context) -> Result<bool, PlatformError> {
    let is_published = context.target.is_published().await?;
    if is_published {
        context.target.clear_up().await?;
    }
    Ok(is_published)
}

/// Reads back every operation that was begun and never ended, and journals what became of it.
async fn settle_unknown(
    context: &Context,
    plan: &Plan,
    attempts: &[Attempt],
) -> Result<(), EngineError> {
    for (operation, attempt) in plan.operations.iter().zip(attempts) {
        if attempt.state != OperationState::Unknown {
            continue;
        }
        let found = match operation.verb {
            Verb::Publish if is_published(context).await? => Found::After,
            Verb::Publish => Found::Before,
            Verb::Create | Verb::Update | Verb::Delete => look(context, operation).await?,
        };
        let (state, message) = match found {
            Found::After => (OperationState::Applied, None),
            Found::Before => (
                OperationState::Pending,
                Some("It was begun, and did not take effect."),
            ),
            Found::Other => (
                OperationState::Failed,
                Some("It was begun; the environment holds something else now."),
            ),
        };
        end(
            context,
            operation.id,
            state,
            message.map(str::to_owned),
            None,
        )
        .await?;
    }
    Ok(())
}

/// Looks whether what was staged and not published is still there; what is not is staged again. A stage goes when its
/// deployment is cancelled, and what cancelled it may have been cut off before it could say so.
async fn settle_staged(
    context: &Context,
    plan: &Plan,
    attempts: &[Attempt],
) -> Result<(), EngineError> {
    let all = || plan.operations.iter().zip(attempts);
    let applied = || all().filter(|(_, attempt)| attempt.state == OperationState::Applied);
    if applied().any(|(operation, _)| operation.verb == Verb::Publish) {
        return Ok(());
    }
    let staged = || applied().filter(|(operation, _)| operation.staged);
    // Cycles are written in two passes: the last one of a resource says what is there.
    let last: BTreeMap<&ResourceKey, &Operation> = staged()
        .map(|(operation, _)| (&operation.resource, operation))
        .collect();
    for (resource, operation) in last {
        if matches!(look(context, operation).await?, Found::After) {
            continue;
        }
        for (gone, _) in staged().filter(|(operation, _)| operation.resource == *resource) {
            let message = "It was staged, and the staged copy is gone.".to_owned();
            end(
                context,
                gone.id,
                OperationState::Pending,
                Some(message),
                None,
            )
            .await?;
        }
    }
    Ok(())
}

/// Settles what an interrupted deployment left, for one that will not go on: what was staged and not published goes.
pub(crate) async fn give_up(
    documents: &Documents,
    environment: &Environment,
    id: &DeploymentId,
    lease: &Arc<Lease>,
) -> Result<(), EngineError> {
    let (plan, attempts) = journal(&documents.ledger, id)?;
    let context = Context::open(documents, environment, id, lease).await?;
    // What did not take effect is left out with the rest: should this be cut off, it can still be resumed.
    settle_unknown(&context, &plan, &attempts).await?;
    let is_staged = plan
        .operations
        .iter()
        .any(|operation| operation.verb == Verb::Publish);
    if is_staged && !context.target.is_published().await? {
        context.target.abandon().await?;
    }
    Ok(())
}
