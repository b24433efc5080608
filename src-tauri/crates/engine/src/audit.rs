//! Whether all that a decision vouches for is what it was: records and their chains, what is named by its content, plans with
//! their operations, journals, and the captures that deployments used.

use slipway_domain::{Deployment, DeploymentId, State, plan_digest};
use slipway_store::{Reader, StoreError};

use crate::error::EngineError;
use crate::ledger::{Audit, Ledger, Replace};

/// Audits a workspace; with `replace`, puts what the records amount to in the place of what is shown.
///
/// # Errors
/// When the file can't be read. What is damaged is no error: it is what an audit finds.
pub(crate) fn audit(ledger: &Ledger, replace: Replace) -> Result<Audit, EngineError> {
    let audit = match ledger.rebuild(replace) {
        Err(EngineError::Store(error @ StoreError::Damaged { .. })) if replace == Replace::No => {
            // A record that can't even be read is what an audit is there to find.
            return Ok(Audit {
                records: 0,
                problem: Some(format!("The trail can't be read: {error}")),
                projections_match: false,
            });
        }
        audit => audit?,
    };
    if audit.problem.is_some() {
        return Ok(audit);
    }
    let state = ledger.state()?;
    let found = ledger.store().read(|reader| {
        reader.verify()?;
        for deployment in state.deployments.values() {
            check(reader, &state, deployment)?;
        }
        Ok(())
    });
    let problem = match found {
        Ok(()) => None,
        Err(error @ StoreError::Damaged { .. }) => Some(error.to_string()),
        Err(error) => return Err(error.into()),
    };
    Ok(Audit { problem, ..audit })
}

/// Refuses where the trail is not what it was, or what a deployment left that is to be rolled back: nothing is done on their
/// word then.
///
/// # Errors
/// What is damaged, and that it is.
pub(crate) async fn refuse_damaged(
    ledger: &Ledger,
    reverted: Option<&DeploymentId>,
) -> Result<(), EngineError> {
    let (own, reverted) = (ledger.clone(), reverted.cloned());
    // Every signature is checked, which takes its time.
    let checked = ledger.blocking(move || {
        own.store().read(|reader| {
            let (checked, shown) = own.checked(reader)?;
            if checked.records < shown.records {
                let what = "the last records of its trail are missing";
                return Err(StoreError::damaged(what));
            }
            // What is shown is what is decided by: it has to follow from what was signed.
            if checked != shown {
                let what =
                    "what it shows does not follow from its records (`slipway audit --rebuild`)";
                return Err(StoreError::damaged(what));
            }
            let reverted = reverted.and_then(|id| checked.deployments.get(&id));
            reverted.map_or(Ok(()), |deployment| check(reader, &checked, deployment))
        })?;
        Ok(())
    });
    checked.await
}

/// Checks what a deployment left against what was recorded of it.
fn check(reader: &Reader, state: &State, deployment: &Deployment) -> Result<(), StoreError> {
    let name = || {
        let of = |text: Option<&str>, id: &str| text.unwrap_or(id).to_owned();
        let release = state.releases.get(&deployment.release);
        let place = state.environments.get(&deployment.environment);
        format!(
            "the deployment {} of {} to {}",
            deployment.id,
            of(
                release.map(|release| release.tag.as_str()),
                deployment.release.as_str()
            ),
            of(
                place.map(|place| place.settings.name.as_str()),
                deployment.environment.as_str()
            ),
        )
    };
    let damaged = |what: &str| StoreError::damaged(format!("{what} {}", name()));
    for (snapshot, what) in [
        (Some(deployment.before), "the backup is missing of"),
        (deployment.after, "the capture is missing that verified"),
    ] {
        if let Some(snapshot) = snapshot
            && reader.snapshot_info(&snapshot)?.is_none()
        {
            return Err(damaged(what));
        }
    }
    let Some(plan) = reader.plan(&deployment.id)? else {
        return Err(damaged("the plan is missing of"));
    };
    // What an older program planned was not recorded to be held to.
    let is_held = deployment.rules.is_some();
    if is_held && plan_digest(&plan.operations) != deployment.plan {
        return Err(damaged("the operations were changed of"));
    }
    if let Some(sealed) = deployment.journal
        && reader.journal_seal(&deployment.id, Some(sealed.entries))? != sealed
    {
        return Err(damaged("the journal was changed of"));
    }
    if let Some(operation) = reader.contradicted(&deployment.id)? {
        let what = format!(
            "the journal does not say what operation {} is said to be in",
            operation.0
        );
        return Err(damaged(&what));
    }
    Ok(())
}
