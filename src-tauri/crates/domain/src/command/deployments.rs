//! Whether a deployment may start, be taken up again, or end.

use super::Command;
use super::known::{deployment_of, environment, release};
use crate::deployment::{Deployment, DeploymentState, Outcome, StartReason};
use crate::environment::Environment;
use crate::fact::Fact;
use crate::gate::{Intent, gate};
use crate::ids::{EffectDigest, EnvironmentId};
use crate::refusal::{Refusal, RefusalKind, invalid, stale, wrong_state};
use crate::release::{Life, Release};
use crate::state::State;

pub(super) fn decide(state: &State, command: Command) -> Result<Vec<Fact>, Refusal> {
    match command {
        Command::StartDeployment {
            id,
            deployment,
            environment: place,
            content,
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
            check_revert(state, found, &place)?;
            // Planning takes time: what was planned must still be what is sealed.
            let is_sealed = found
                .revision()
                .is_some_and(|known| known.effect == content);
            if !is_sealed || place == found.target && effect != content {
                return Err(stale(
                    format!("{} was edited while it was being planned", found.tag),
                    "Look at the new plan, then deploy it.",
                ));
            }
            check_start(state, found, place_known, &effect, &start)?;
            Ok(vec![Fact::DeploymentStarted {
                deployment,
                release: id,
                revision,
                environment: place,
                effect,
                plan,
                start,
                rules: Some(place_known.rules_digest()),
                connection: Some(place_known.connection_digest()),
                before,
                operations,
            }])
        }
        Command::ResumeDeployment { deployment, plan } => {
            let found = deployment_of(state, &deployment)?;
            resumable(state, found)?;
            let intent = Intent::Resume {
                deployment: found,
                plan: Some(plan),
            };
            let place = environment(state, &found.environment)?;
            let of = release(state, &found.release)?;
            pass(state, of, place, &found.effect, intent).map_err(|refusal| Refusal {
                hint: match refusal.kind {
                    RefusalKind::Approval => {
                        "Have it approved again; or cancel this deployment and use quick deploy, with a reason."
                            .to_owned()
                    }
                    _ => refusal.hint,
                },
                ..refusal
            })?;
            Ok(vec![Fact::DeploymentResumed { deployment }])
        }
        Command::EndDeployment {
            deployment,
            outcome,
            operations,
            journal,
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
                journal: Some(journal),
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

/// A revert release puts one environment back, once.
fn check_revert(state: &State, release: &Release, place: &EnvironmentId) -> Result<(), Refusal> {
    let Some(reverted) = &release.reverts else {
        return Ok(());
    };
    if *place != release.target {
        return Err(wrong_state(
            format!("{} rolls another environment back", release.tag),
            "Deploy it to its own, or make a release of what it is to bring elsewhere.",
        ));
    }
    match state.deployments.get(reverted) {
        Some(known) if known.rolled_back_by.is_some() => Err(wrong_state(
            format!(
                "What {} is to roll back was rolled back before",
                release.tag
            ),
            "Nothing is left to do: cancel it.",
        )),
        _ => Ok(()),
    }
}

fn check_start(
    state: &State,
    release: &Release,
    environment: &Environment,
    effect: &EffectDigest,
    start: &StartReason,
) -> Result<(), Refusal> {
    let intent = match start {
        StartReason::Approved => Intent::Deploy,
        StartReason::Quick { reason } if reason.trim().is_empty() => {
            return Err(invalid(
                "Quick deploy needs a reason",
                "Say why the review is skipped; it stays in the trail.",
            ));
        }
        StartReason::Quick { .. } => Intent::QuickDeploy,
        StartReason::Rollback { .. } if release.reverts.is_none() => {
            return Err(invalid(
                format!("{} is no revert release", release.tag),
                "Only a revert release is deployed as a rollback.",
            ));
        }
        StartReason::Rollback { edits } => Intent::RollBack { edits: *edits },
    };
    pass(state, release, environment, effect, intent)
}

/// Asks the gate.
fn pass(
    state: &State,
    release: &Release,
    environment: &Environment,
    effect: &EffectDigest,
    intent: Intent<'_>,
) -> Result<(), Refusal> {
    let gate = gate(state, release, environment, effect, intent);
    gate.refusal(release, environment).map_or(Ok(()), Err)
}
