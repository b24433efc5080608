//! Whether an environment may be looked after, changed or removed.

use super::Command;
use super::known::{check_name, environment};
use crate::deployment::DeploymentState;
use crate::environment::{Environment, EnvironmentDraft};
use crate::fact::Fact;
use crate::ids::{EnvironmentId, Millis};
use crate::refusal::{Refusal, invalid, wrong_state};
use crate::release::ReleaseState;
use crate::state::State;

pub(super) fn decide(state: &State, command: Command, now: Millis) -> Result<Vec<Fact>, Refusal> {
    match command {
        Command::AddEnvironment { id, settings } => {
            check_environment(state, &id, &settings)?;
            let environment = Environment {
                id,
                added_at: now,
                settings,
            };
            Ok(vec![Fact::EnvironmentAdded { environment }])
        }
        Command::ChangeEnvironment { id, settings } => {
            let known = environment(state, &id)?;
            check_environment(state, &id, &settings)?;
            if known.settings == settings {
                return Ok(Vec::new());
            }
            let environment = Environment {
                id,
                added_at: known.added_at,
                settings,
            };
            Ok(vec![Fact::EnvironmentChanged { environment }])
        }
        Command::RemoveEnvironment { id } => remove_environment(state, id),
        _ => unreachable!("BUG: a command about something else"),
    }
}

fn check_environment(
    state: &State,
    id: &EnvironmentId,
    settings: &EnvironmentDraft,
) -> Result<(), Refusal> {
    check_name("An environment's name", &settings.name)?;
    if let Some(other) = state
        .environment_named(&settings.name)
        .filter(|other| &other.id != id)
    {
        return Err(invalid(
            format!(
                "There is an environment called {} already",
                other.settings.name
            ),
            "Choose another name, or change the one that is there.",
        ));
    }
    settings
        .rules
        .compile()
        .map_err(|error| invalid(error.to_string(), "Mend the pattern of the rule."))?;
    // A ring of promotions would make the order on the board meaningless.
    let mut next = settings.promotes_to.clone();
    let mut steps = 0;
    while let Some(current) = next {
        let known = environment(state, &current)?;
        steps += 1;
        if &current == id || steps > state.environments.len() {
            return Err(invalid(
                format!("{} would promote to itself in the end", settings.name),
                "Promotion goes one way: leave it empty at the last environment.",
            ));
        }
        next = known.settings.promotes_to.clone();
    }
    Ok(())
}

fn remove_environment(state: &State, id: EnvironmentId) -> Result<Vec<Fact>, Refusal> {
    let known = environment(state, &id)?;
    // A release may be promoted further than to its own target.
    let running = state.deployments.values().find(|deployment| {
        deployment.environment == id && deployment.state == DeploymentState::Running
    });
    if let Some(running) = running {
        return Err(wrong_state(
            format!(
                "{} has a deployment that did not end: {}",
                known.settings.name, running.id
            ),
            "Resume it to its end, or cancel it, first.",
        ));
    }
    let busy = state.releases.values().find(|release| {
        (release.source == id || release.target == id)
            && matches!(
                release.state,
                ReleaseState::Draft | ReleaseState::Open | ReleaseState::Deploying
            )
    });
    match busy {
        Some(release) => Err(wrong_state(
            format!(
                "{} is used by {}, which is {}",
                known.settings.name, release.tag, release.state
            ),
            "Finish or cancel that release first.",
        )),
        None => Ok(vec![Fact::EnvironmentRemoved { environment: id }]),
    }
}
