//! Verification: captures the environment and compares it with what the plan expects.

use std::collections::BTreeMap;

use slipway_domain::{
    DeploymentId, Environment, OperationState, Outcome, SnapshotId, Verb, Version,
};

use super::execute::journal;
use super::running::Running;
use crate::error::EngineError;
use crate::platform::OnUnreadable;
use crate::workspace::Engine;

/// How a deployment ends.
pub(crate) struct Ending {
    pub(crate) outcome: Outcome,
    pub(crate) after: Option<SnapshotId>,
    pub(crate) message: Option<String>,
}

pub(crate) async fn verify(
    engine: &Engine,
    id: &DeploymentId,
    environment: &Environment,
    running: &Running,
) -> Result<Ending, EngineError> {
    let (plan, attempts) = journal(engine, id)?;
    // Cycles are written in two passes: the last one of a resource says what it is to hold.
    let expected: BTreeMap<_, _> = plan
        .operations
        .iter()
        .zip(&attempts)
        .filter(|(operation, attempt)| {
            operation.verb != Verb::Publish
                && matches!(
                    attempt.state,
                    OperationState::Applied | OperationState::Skipped
                )
        })
        .map(|(operation, _)| (operation.resource.clone(), operation.after))
        .collect();
    // A wish to cancel comes too late here: everything is written, and looking at it harms nobody.
    let row = engine
        .capture_after(
            environment,
            expected.clone(),
            OnUnreadable::GoOn,
            &running.verification,
        )
        .await?;
    let keys: Vec<_> = expected.keys().cloned().collect();
    let found = engine
        .inner
        .store
        .read(|reader| reader.lookup(&row.snapshot, &keys))?;
    let wrong: Vec<_> = expected
        .iter()
        .filter(|(key, after)| !Version::same_content(found.get(key), after.as_ref()))
        .map(|(key, _)| key)
        .collect();
    Ok(match wrong.first() {
        None => Ending {
            outcome: Outcome::Deployed,
            after: Some(row.snapshot),
            message: None,
        },
        Some(first) => {
            let others = wrong.len() - 1;
            let others = if others > 0 {
                format!(" and {others} more")
            } else {
                String::new()
            };
            Ending {
                outcome: Outcome::Failed,
                after: Some(row.snapshot),
                message: Some(format!(
                    "Verification found {first}{others} different from what was deployed: somebody changed it meanwhile."
                )),
            }
        }
    })
}
