//! Whether a deployment may start, be taken up again, or end.

use super::known::{deployment_of, environment, release};
use super::{Command, Refusal, RefusalKind, invalid, stale, wrong_state};
use crate::approval::approval;
use crate::deployment::{Deployment, DeploymentState, Outcome, StartReason};
use crate::environment::Environment;
use crate::fact::Fact;
use crate::ids::EffectDigest;
use crate::release::{Life, Release};
use crate::state::State;

pub(super) fn decide(state: &State, command: Command) -> Result<Vec<Fact>, Refusal> {
    match command {
        Command::StartDeployment {
            id,
            deployment,
            environment: place,
            effect,
            plan,
            start,
            before,
            operations,
        } => {
            let found = release(state, &id)?;
            let place_known = environment(state, &place)?;
            let revision = startable(found)?;
            free(state, place_known)?;
            // Planning takes time: what was planned must still be what is sealed.
            let is_sealed = found.revision().is_some_and(|known| known.effect == effect);
            if place == found.target && !is_sealed {
                return Err(stale(
                    format!("{} was edited while it was being planned", found.tag),
                    "Look at the new plan, then deploy it.",
                ));
            }
            check_start(found, place_known, &effect, &start)?;
            Ok(vec![Fact::DeploymentStarted {
                deployment,
                release: id,
                revision,
                environment: place,
                effect,
                plan,
                start,
                before,
                operations,
            }])
        }
        Command::ResumeDeployment { deployment } => {
            resumable(state, deployment_of(state, &deployment)?)?;
            Ok(vec![Fact::DeploymentResumed { deployment }])
        }
        Command::EndDeployment {
            deployment,
            outcome,
            operations,
            after,
            message,
            is_restored,
        } => {
            let found = deployment_of(state, &deployment)?;
            if found.state != DeploymentState::Running {
                return Err(wrong_state(
                    format!("Deployment {deployment} has ended"),
                    "Nothing is left to do.",
                ));
            }
            let release = state.releases.get(&found.release);
            let reverts = release.and_then(|release| release.reverts.clone());
            let reverts = reverts.filter(|_| outcome == Outcome::Deployed);
            let rolled_back = reverts.map(|reverted| Fact::RolledBack {
                deployment: reverted,
                by: deployment.clone(),
                complete: is_restored,
            });
            let ended = Fact::DeploymentEnded {
                deployment,
                outcome,
                operations,
                after,
                message,
            };
            Ok([ended].into_iter().chain(rolled_back).collect())
        }
        _ => unreachable!("BUG: a command about something else"),
    }
}

/// Whether no deployment to an environment is under way.
pub(super) fn free(state: &State, environment: &Environment) -> Result<(), Refusal> {
    let running = state.deployments.values().find(|other| {
        other.environment == environment.id && other.state == DeploymentState::Running
    });
    running.map_or(Ok(()), |running| {
        Err(wrong_state(
            format!(
                "{} has a deployment that did not end: {}",
                environment.settings.name, running.id
            ),
            "Resume it to its end, or cancel it, before the next one starts.",
        ))
    })
}

/// Whether a release may be deployed, and which revision that takes.
pub(super) fn startable(release: &Release) -> Result<u32, Refusal> {
    match release.life {
        Life::Open => {
            let revision = release.revision();
            Ok(revision
                .expect("BUG: an open release has a revision")
                .number)
        }
        Life::Draft => Err(wrong_state(
            format!("{} is a draft", release.tag),
            "Open it first, or use quick deploy.",
        )),
        Life::Closed => Err(wrong_state(
            format!("{} is cancelled and can't be deployed", release.tag),
            "Create a new release.",
        )),
    }
}

/// Whether a deployment may be taken up again.
fn resumable(state: &State, deployment: &Deployment) -> Result<(), Refusal> {
    let id = &deployment.id;
    match deployment.state {
        DeploymentState::Running | DeploymentState::Interrupted | DeploymentState::Failed => {}
        DeploymentState::Deployed => {
            return Err(wrong_state(
                format!("Deployment {id} is complete"),
                "Nothing is left to do.",
            ));
        }
        DeploymentState::Cancelled => {
            return Err(wrong_state(
                format!("Deployment {id} was cancelled"),
                "Create a new release for what was left out, or roll back what was applied.",
            ));
        }
    }
    if deployment.rolled_back_by.is_some() {
        return Err(wrong_state(
            format!("Deployment {id} was rolled back"),
            "Deploy the release again instead.",
        ));
    }
    let found = release(state, &deployment.release)?;
    if found.life == Life::Closed {
        return Err(wrong_state(
            format!("{} was cancelled and is not deployed any more", found.tag),
            "Create a new release, or roll back what was applied.",
        ));
    }
    let other = state.deployments.values().find(|other| {
        other.id != *id
            && other.state == DeploymentState::Running
            && other.environment == deployment.environment
    });
    match other {
        None => Ok(()),
        Some(other) => Err(wrong_state(
            format!(
                "Another deployment to the environment did not end: {}",
                other.id
            ),
            "Resume that one to its end, or cancel it, first.",
        )),
    }
}

fn check_start(
    release: &Release,
    environment: &Environment,
    effect: &EffectDigest,
    start: &StartReason,
) -> Result<(), Refusal> {
    match start {
        StartReason::Quick { reason } if reason.trim().is_empty() => Err(invalid(
            "Quick deploy needs a reason",
            "Say why the review is skipped; it stays in the trail.",
        )),
        StartReason::Quick { .. } => Ok(()),
        StartReason::Rollback if release.reverts.is_some() => Ok(()),
        StartReason::Rollback => Err(invalid(
            format!("{} is no revert release", release.tag),
            "Only a revert release is deployed as a rollback.",
        )),
        StartReason::Approved => {
            let approval = approval(release, environment, effect);
            if approval.satisfied {
                return Ok(());
            }
            let name = &environment.settings.name;
            let message = if approval.changes_requested_by.is_empty() {
                format!(
                    "{} needs {} to be deployed to {name}, and has {}",
                    release.tag,
                    count(u64::from(approval.required), "approval"),
                    approval.approved_by.len()
                )
            } else {
                format!(
                    "Changes to {} were requested by {}",
                    release.tag, approval.changes_requested_by[0].name
                )
            };
            let hint = if approval.outdated.is_empty() {
                "Have it approved, or use quick deploy with a reason."
            } else {
                "Earlier approvals were for another effect: look at what changed since, and approve again."
            };
            Err(Refusal {
                kind: RefusalKind::Approval,
                message,
                hint: hint.to_owned(),
            })
        }
    }
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}
