//! One operation: compared before, journalled, sent, read back.

use std::collections::BTreeMap;
use std::time::Duration;

use slipway_domain::{
    Attempt, Operation, OperationState, Plan, ResourceKey, Step, StepOutcome, Verb, Version,
};

use super::Context;
use super::journal::Settled;
use crate::documents::{is_same_but_kept, keep_fields};
use crate::error::{EngineError, PlatformError};
use crate::platform::{Holds, Seen, Semantics};

/// How often one operation is tried in one run when the environment can't be reached.
const TRY_LIMIT: u32 = 4;
/// The pause before the second try; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Executes one operation and journals it; the sentence when it failed.
pub(super) async fn execute_operation(
    context: &Context,
    operation: &Operation,
    attempt: &Attempt,
) -> Result<Option<String>, EngineError> {
    let settled = match operation.verb {
        Verb::Publish => publish(context, operation).await,
        Verb::Create | Verb::Update | Verb::Delete => write(context, operation, attempt).await,
    }?;
    let failure = (settled.state == OperationState::Failed).then(|| {
        let message = settled.message.as_deref().unwrap_or_default();
        format!("{}: {message}", operation.resource)
    });
    context.journal.end(operation.id, settled).await?;
    Ok(failure)
}

/// What an operation finds in the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    /// What it is to make.
    After,
    /// What it expects; with the document to write instead of the planned one, where the environment keeps a field that is
    /// another by now.
    Before(Option<Vec<u8>>),
    /// What it leaves when it is cut off between two requests.
    HalfDone,
    /// Something else.
    Other,
}

/// Reads what is there and says what it is to the operation. Only what was begun can be half done.
async fn look(
    context: &Context,
    operation: &Operation,
    is_begun: bool,
) -> Result<(Found, Seen), PlatformError> {
    let key = &operation.resource;
    // A document that the store has lost can't be recognised; then the resource is read as a whole.
    let document = |version: &Option<Version>, is_used: bool| match version {
        Some(version) if is_used => context.documents.document(version).ok(),
        _ => None,
    };
    let recognises = context.target.recognises(key);
    let (after, before) = (
        document(&operation.after, recognises),
        document(&operation.before, recognises),
    );
    let seen = (context.target)
        .look(key, after.as_deref(), before.as_deref())
        .await?;
    let bytes = match &seen.holds {
        Holds::After => return Ok((Found::After, seen)),
        Holds::Before => return Ok((Found::Before(None), seen)),
        Holds::Nothing => None,
        Holds::Bytes(bytes) => Some(bytes.as_slice()),
    };
    let found = version_of(context.remote.as_ref(), key, bytes);
    let is = |version: &Option<Version>| Version::same_content(found.as_ref(), version.as_ref());
    let is_half_done = || {
        let (after, before) = (
            document(&operation.after, true),
            document(&operation.before, true),
        );
        let is_it = |live: &[u8]| {
            (context.remote).is_half_done(key, before.as_deref(), after.as_deref(), live)
        };
        is_begun && bytes.is_some_and(is_it)
    };
    let found = if is(&operation.after) {
        Found::After
    } else if is(&operation.before) {
        Found::Before(None)
    } else if is_half_done() {
        Found::HalfDone
    } else {
        bytes.map_or(Found::Other, |there| but_kept(context, operation, there))
    };
    Ok((found, seen))
}

/// What is there to an operation whose environment keeps fields: these may be others by now.
fn but_kept(context: &Context, operation: &Operation, there: &[u8]) -> Found {
    let Operation {
        resource, keeps, ..
    } = operation;
    let document = |version: &Option<Version>| {
        let version = version.as_ref().filter(|_| !keeps.is_empty())?;
        context.documents.document(version).ok()
    };
    let (Some(after), Some(before)) = (document(&operation.after), document(&operation.before))
    else {
        return Found::Other;
    };
    let remote = context.remote.as_ref();
    if is_same_but_kept(remote, resource, &after, there, keeps) {
        return Found::After;
    }
    if !is_same_but_kept(remote, resource, &before, there, keeps) {
        return Found::Other;
    }
    match keep_fields(&after, there, keeps) {
        Ok(kept) => Found::Before(Some(kept.document.unwrap_or(after))),
        Err(_) => Found::Other,
    }
}

/// The version of bytes that were read; bytes that are no document of their kind are a version of their own.
fn version_of(
    semantics: &dyn Semantics,
    key: &ResourceKey,
    bytes: Option<&[u8]>,
) -> Option<Version> {
    let bytes = bytes?;
    let raw = Version::of_bytes(bytes);
    Some(match semantics.digest(key, bytes) {
        Ok(digest) => Version {
            digest,
            blob: raw.blob,
        },
        Err(_) => raw,
    })
}

/// Writes, and says of what failed how far it came.
async fn write(
    context: &Context,
    operation: &Operation,
    attempt: &Attempt,
) -> Result<Settled, EngineError> {
    let mut steps = Vec::new();
    let mut settled = try_write(context, operation, attempt, &mut steps).await?;
    let is_done = |step: &Step| step.outcome == StepOutcome::Done;
    if settled.state == OperationState::Failed && steps.iter().any(is_done) {
        settled.steps = steps;
    }
    Ok(settled)
}

async fn try_write(
    context: &Context,
    operation: &Operation,
    attempt: &Attempt,
    steps: &mut Vec<Step>,
) -> Result<Settled, EngineError> {
    let bytes = match &operation.after {
        Some(after) => Some(context.documents.document(after)?),
        None => None,
    };
    let mut pause = FIRST_PAUSE;
    let mut is_begun = attempt.attempts > 0;
    for round in 1..=TRY_LIMIT {
        // Compare before every write: also what an unclear answer or a crash left is settled by reading it.
        let problem = match look(context, operation, is_begun).await {
            Ok((Found::After, _)) if is_begun => return Ok(Settled::applied()),
            Ok((Found::After, _)) => {
                return Ok(Settled::of(
                    OperationState::Skipped,
                    "The environment holds it as the release wants it.",
                ));
            }
            Ok((Found::Other, _)) => {
                return Ok(Settled::drifted(
                    "It changed in the environment while it was being deployed; it was not overwritten.",
                    "Look at what is there now. Refresh the release, or undo that edit and retry.",
                ));
            }
            Ok((found @ (Found::Before(_) | Found::HalfDone), seen)) => {
                context.journal.begin(operation.id).await?;
                is_begun = true;
                let kept = match found {
                    Found::Before(kept) => kept,
                    _ => None,
                };
                let bytes = kept.as_deref().or(bytes.as_deref());
                let applied = context.target.apply(operation, bytes, &seen).await;
                steps.extend(context.target.take_steps(&operation.resource));
                match applied {
                    Ok(()) => match look(context, operation, is_begun).await {
                        Ok((Found::After, _)) => return Ok(Settled::applied()),
                        Ok(_) => {
                            return Ok(Settled::failed(
                                "It was written, but reads back as something else.",
                                "Look at what the environment holds now, then retry.",
                            ));
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
                return Ok(Settled::failed(message, hint));
            }
            PlatformError::Stopped => return Err(EngineError::Cancelled),
            // What is there now is looked at at once.
            PlatformError::Changed { .. } if round < TRY_LIMIT => {}
            PlatformError::Unavailable { .. } | PlatformError::Unclear { .. }
                if round < TRY_LIMIT =>
            {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            PlatformError::Unavailable { message, hint } => {
                return Ok(Settled::failed(message, hint));
            }
            problem @ PlatformError::Changed { .. } => {
                return Ok(Settled::drifted(problem.to_string(), problem.hint()));
            }
            problem @ PlatformError::Unclear { .. } => {
                // The last answer was unclear as well: the truth is read, not guessed.
                let found = look(context, operation, is_begun).await;
                if matches!(found, Ok((Found::After, _))) {
                    return Ok(Settled::applied());
                }
                return Ok(Settled::failed(problem.to_string(), problem.hint()));
            }
        }
    }
    unreachable!("BUG: the last round returns")
}

async fn publish(context: &Context, operation: &Operation) -> Result<Settled, EngineError> {
    let mut pause = FIRST_PAUSE;
    for round in 1..=TRY_LIMIT {
        let problem = match is_published(context).await {
            Ok(true) => return Ok(Settled::applied()),
            Ok(false) => {
                context.journal.begin(operation.id).await?;
                match context.target.publish().await {
                    Ok(()) => match context.target.is_published().await {
                        Ok(true) => return Ok(Settled::applied()),
                        Ok(false) => {
                            return Ok(Settled::failed(
                                "It was published, but reads back as not published.",
                                "Look at the environment, then retry.",
                            ));
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
                return Ok(Settled::failed(message, hint));
            }
            problem @ PlatformError::Changed { .. } => {
                let hint = "Cancel the deployment, refresh the release and deploy it again.";
                return Ok(Settled::drifted(problem.to_string(), hint));
            }
            problem if round == TRY_LIMIT => {
                return Ok(Settled::failed(problem.to_string(), problem.hint()));
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
pub(super) async fn settle_unknown(
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
            Verb::Publish => Found::Before(None),
            Verb::Create | Verb::Update | Verb::Delete => look(context, operation, true).await?.0,
        };
        let settled = match found {
            Found::After => Settled::applied(),
            Found::Before(_) => Settled::of(
                OperationState::Pending,
                "It was begun, and did not take effect.",
            ),
            Found::HalfDone => Settled::failed(
                "It was begun, and is half done.",
                "Resume the deployment, or roll it back: what is done of it goes back too.",
            ),
            Found::Other => Settled::drifted(
                "It was begun; the environment holds something else now.",
                "Look at what is there now. Refresh the release, or undo that edit and retry.",
            ),
        };
        context.journal.end(operation.id, settled).await?;
    }
    Ok(())
}

/// Looks whether what was staged and not published is still there; what is not is staged again. A stage goes when its
/// deployment is cancelled, and what cancelled it may have been cut off before it could say so.
pub(super) async fn settle_staged(
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
        if look(context, operation, true).await?.0 == Found::After {
            continue;
        }
        for (gone, _) in staged().filter(|(operation, _)| operation.resource == *resource) {
            let message = "It was staged, and the staged copy is gone.";
            let settled = Settled::of(OperationState::Pending, message);
            context.journal.end(gone.id, settled).await?;
        }
    }
    Ok(())
}
