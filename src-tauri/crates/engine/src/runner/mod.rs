//! Execution: wave by wave, each operation journalled before and after its remote call, compared before and read back
//! after.

mod journal;
mod operation;

use std::sync::Arc;

use slipway_domain::{
    Attempt, DeploymentId, DeploymentState, Environment, Operation, Verb, Version,
};
use tokio::task::JoinSet;

use self::journal::Journal;
use self::operation::{execute_operation, settle_staged, settle_unknown};
use crate::documents::Documents;
use crate::error::{DeployError, EngineError};
use crate::job::Job;
use crate::locks::Lease;
use crate::platform::{Remote, Target};

pub(crate) use self::journal::journal;

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

struct Context {
    documents: Documents,
    id: DeploymentId,
    lease: Arc<Lease>,
    journal: Journal,
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
        let journal = Journal::new(&documents.ledger, id, lease);
        let target = remote.target(id, Arc::new(journal.clone())).await?;
        introduce(documents, id, target.as_ref())?;
        Ok(Self {
            documents: documents.clone(),
            id: id.clone(),
            lease: lease.clone(),
            journal,
            remote,
            target,
        })
    }
}

/// Tells a target what the deployment is for, and which others can't be resumed or retried any more.
fn introduce(
    documents: &Documents,
    id: &DeploymentId,
    target: &dyn Target,
) -> Result<(), EngineError> {
    let state = documents.ledger.state()?;
    let all = state.deployments.values();
    let ended = all.filter(|other| {
        let is_over = matches!(
            other.state,
            DeploymentState::Deployed | DeploymentState::Cancelled
        );
        other.id != *id && is_over
    });
    let ended: Vec<DeploymentId> = ended.map(|other| other.id.clone()).collect();
    let release = (state.deployments.get(id)).and_then(|own| state.releases.get(&own.release));
    target.introduce(release.map_or("", |release| &release.tag), &ended);
    Ok(())
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
            EngineError::from(DeployError::Died {
                reason: error.to_string(),
            })
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

/// Whether a person in this or another process asked the deployment to stop.
fn is_cancelled(context: &Context, job: &Job) -> Result<bool, EngineError> {
    if job.is_cancelled() {
        return Ok(true);
    }
    let store = context.documents.ledger.store();
    let wished = store.read(|reader| reader.is_cancel_wished(&context.id))?;
    if wished {
        job.cancel();
    }
    Ok(wished)
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
