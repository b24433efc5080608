//! Verification: looks at what was written, and at what it has to fit, and compares that with what the plan expects.

use std::collections::{BTreeMap, BTreeSet};

use slipway_domain::{
    Attempt, Change, DeploymentId, Environment, OperationId, OperationState, Outcome, Plan,
    ResourceKey, SnapshotId, Verb, Version,
};
use slipway_store::CaptureRow;

use crate::capture::look_after;
use crate::documents::Documents;
use crate::error::EngineError;
use crate::job::Job;
use crate::planning::beside;
use crate::runner::journal;

/// How a deployment ends.
pub(crate) struct Ending {
    pub(crate) outcome: Outcome,
    pub(crate) after: Option<SnapshotId>,
    pub(crate) message: Option<String>,
}

pub(crate) async fn verify(
    documents: &Documents,
    id: &DeploymentId,
    environment: &Environment,
    job: &Job,
) -> Result<Ending, EngineError> {
    let (plan, attempts) = journal(&documents.ledger, id)?;
    // Cycles are written in two passes: the last one of a resource says what it is to hold.
    let expected: BTreeMap<_, _> = plan
        .operations
        .iter()
        .zip(&attempts)
        .filter(|(operation, attempt)| {
            operation.verb != Verb::Publish
                && matches!(
                    attempt.state,
                    // What was rolled back stands again: else nobody could have taken the deployment up.
                    OperationState::Applied | OperationState::Skipped | OperationState::Reverted
                )
        })
        .map(|(operation, _)| (operation.resource.clone(), operation.after))
        .collect();
    let before = before(documents, id)?;
    let beside = match &before {
        Some(before) => {
            let (held, of, at) = (documents.clone(), environment.clone(), before.clone());
            let written = written(&plan);
            let finding = move || beside(&held, &of, written, &at);
            documents.ledger.blocking(finding).await?
        }
        None => BTreeSet::new(),
    };
    let keeps: BTreeMap<&ResourceKey, &[String]> = (plan.operations.iter())
        .map(|operation| (&operation.resource, operation.keeps.as_slice()))
        .collect();
    let remote = documents.remote(environment)?;
    // A wish to cancel comes too late here: everything is written, and looking at it harms nobody.
    let row = look_after(documents, environment, &expected, beside.clone(), job).await?;
    let keys: Vec<_> = expected.keys().cloned().collect();
    let found = documents
        .ledger
        .store()
        .read(|reader| reader.lookup(&row.snapshot, &keys))?;
    let wrong: Vec<_> = expected
        .iter()
        .filter(|(key, after)| {
            let (pair, keeps) = ((after.as_ref(), found.get(key)), keeps[key]);
            !documents.is_same_but_kept(remote.as_ref(), key, pair, keeps)
        })
        .map(|(key, _)| key)
        .collect();
    Ok(match wrong.first() {
        None => Ending {
            outcome: Outcome::Deployed,
            message: changed_beside(documents, before, &row, beside, &expected)?,
            after: Some(row.snapshot),
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

/// The capture that a deployment was planned against.
fn before(documents: &Documents, id: &DeploymentId) -> Result<Option<CaptureRow>, EngineError> {
    let state = documents.ledger.state()?;
    let deployment = documents.ledger.deployment(&state, id)?;
    let store = documents.ledger.store();
    Ok(store.read(|reader| reader.capture_of(&deployment.environment, &deployment.before))?)
}

/// The changes that leave a document behind.
fn written(plan: &Plan) -> Vec<Change> {
    let operations = plan.operations.iter();
    let written = operations.filter(|operation| operation.verb != Verb::Publish);
    let changes: BTreeMap<_, _> = written
        .filter(|operation| operation.after.is_some())
        .map(|operation| {
            let change = Change {
                resource: operation.resource.clone(),
                before: operation.before,
                after: operation.after,
            };
            (operation.resource.clone(), change)
        })
        .collect();
    changes.into_values().collect()
}

/// What others changed meanwhile of that what the deployment did not write, and what was written has to fit.
fn changed_beside(
    documents: &Documents,
    before: Option<CaptureRow>,
    after: &CaptureRow,
    beside: BTreeSet<ResourceKey>,
    written: &BTreeMap<ResourceKey, Option<Version>>,
) -> Result<Option<String>, EngineError> {
    let Some(before) = before else {
        return Ok(None);
    };
    let keys: Vec<_> = beside
        .into_iter()
        .filter(|key| !written.contains_key(key))
        .collect();
    let (old, new) = documents.ledger.store().read(|reader| {
        Ok((
            reader.lookup(&before.snapshot, &keys)?,
            reader.lookup(&after.snapshot, &keys)?,
        ))
    })?;
    let changed: Vec<_> = keys
        .iter()
        .filter(|key| !Version::same_content(old.get(key), new.get(key)))
        .collect();
    // It goes into a record: one name, however many there are.
    Ok(changed.first().map(|first| {
        let others = match changed.len() - 1 {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        format!("Somebody else changed {first}{others} meanwhile, which is not part of it.")
    }))
}

/// What a rollback reverted.
pub(crate) struct Reverted {
    /// The deployment.
    pub(crate) deployment: DeploymentId,
    /// Whether all that it touched is as it was before.
    pub(crate) is_complete: bool,
    /// Its operations that no longer hold.
    pub(crate) operations: Vec<(OperationId, OperationState, Option<String>)>,
}

/// Whether what a deployment staged is published.
pub(crate) fn is_published(plan: &Plan, attempts: &[Attempt]) -> bool {
    let mut all = plan.operations.iter().zip(attempts);
    all.any(|(operation, attempt)| {
        let was_applied = matches!(
            attempt.state,
            OperationState::Applied | OperationState::Reverted
        );
        operation.verb == Verb::Publish && was_applied
    })
}

/// What a rollback reverted of a deployment. `after` is the capture made by the rollback's verification.
pub(crate) fn reverted(
    documents: &Documents,
    environment: &Environment,
    deployment: DeploymentId,
    after: &SnapshotId,
) -> Result<Reverted, EngineError> {
    let ledger = &documents.ledger;
    let rules = environment.settings.rules.compile()?;
    let remote = documents.remote(environment)?;
    let (plan, attempts) = journal(ledger, &deployment)?;
    let mut keys: Vec<ResourceKey> = plan.operations.iter().map(|o| o.resource.clone()).collect();
    keys.sort();
    keys.dedup();
    let found = ledger.store().read(|reader| reader.lookup(after, &keys))?;
    let is_published = is_published(&plan, &attempts);
    let mut before: BTreeMap<&ResourceKey, Option<Version>> = BTreeMap::new();
    for (operation, attempt) in plan.operations.iter().zip(&attempts) {
        // What never began was never touched, and has nothing to return to; but what a stage of before held already was.
        let is_made = attempt.attempts > 0 || is_published && operation.staged;
        if operation.verb != Verb::Publish && is_made {
            before
                .entry(&operation.resource)
                .or_insert(operation.before);
        }
    }
    let kept: BTreeMap<&ResourceKey, &[String]> = (plan.operations.iter())
        .map(|operation| (&operation.resource, operation.keeps.as_slice()))
        .collect();
    let is_back = |key: &ResourceKey| {
        before.get(key).is_none_or(|old| {
            let ruled = rules.kept_fields(key).into_iter().map(str::to_owned);
            let keeps: Vec<String> = ruled.chain(kept[key].iter().cloned()).collect();
            let pair = (old.as_ref(), found.get(key));
            documents.is_same_but_kept(remote.as_ref(), key, pair, &keeps)
        })
    };
    let is_complete = before.keys().all(|key| is_back(key));
    let reverted: Vec<_> = plan
        .operations
        .iter()
        .zip(&attempts)
        .filter(|(operation, attempt)| {
            attempt.state == OperationState::Applied
                && (operation.verb != Verb::Publish && is_back(&operation.resource)
                    || operation.verb == Verb::Publish && is_complete)
        })
        .map(|(operation, _)| (operation.id, OperationState::Reverted, None))
        .collect();
    Ok(Reverted {
        deployment,
        is_complete,
        operations: reverted,
    })
}
