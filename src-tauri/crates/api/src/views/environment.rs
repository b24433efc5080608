//! Environments as they are shown.

use slipway_domain::{Deployment, DeploymentState, Environment, ResourceKey, State, Tier, Version};
use slipway_engine::{CaptureNotes, Engine, Held, KindAccess, LeftAlone, Survey, Unreadable};
use slipway_store::CaptureRow;

use crate::wire::{
    ApiError, CaptureInfo, ChangeCounts, EnvironmentActions, EnvironmentView, KindAccessInfo,
    LeftAloneInfo, LeftOut, ReleaseRef, SurveyInfo, UnreadableInfo,
};
use crate::workspace::Workspace;

/// How many unreadable resources a capture names.
const UNREADABLE_LIMIT: usize = 1_000;

/// Whether an environment is where customers are.
pub(crate) fn is_production(environment: &Environment) -> bool {
    environment.settings.tier == Tier::Production
}

/// All environments: each chain of promotion from its sources to its end, one chain after another.
pub(crate) fn in_promotion_order(state: &State) -> Vec<&Environment> {
    let mut ordered: Vec<(&Environment, usize, &Environment)> = state
        .environments
        .values()
        .map(|environment| {
            let path = onward(state, environment);
            (
                path.last().copied().unwrap_or(environment),
                path.len(),
                environment,
            )
        })
        .collect();
    ordered.sort_by(|(a_end, a_steps, a), (b_end, b_steps, b)| {
        let end =
            |environment: &Environment| (environment.added_at, environment.settings.name.clone());
        end(a_end)
            .cmp(&end(b_end))
            .then(b_steps.cmp(a_steps))
            .then(a.settings.name.cmp(&b.settings.name))
    });
    ordered
        .into_iter()
        .map(|(.., environment)| environment)
        .collect()
}

/// The environments that releases go on to from one, in order.
pub(crate) fn onward<'a>(state: &'a State, environment: &Environment) -> Vec<&'a Environment> {
    let mut path = Vec::new();
    let mut next = environment.settings.promotes_to.as_ref();
    while let Some(target) = next.and_then(|id| state.environments.get(id)) {
        // Rings are refused when they are made; a repaired workspace may hold one all the same.
        if target.id == environment.id || path.len() > state.environments.len() {
            break;
        }
        path.push(target);
        next = target.settings.promotes_to.as_ref();
    }
    path
}

/// An environment with all that is known of it.
pub(crate) fn view(
    workspace: &Workspace,
    state: &State,
    environment: &Environment,
) -> Result<EnvironmentView, ApiError> {
    let id = &environment.id;
    let deployments = state.deployments_to(id);
    let current = state.current_release(id);
    let deployed = current.and_then(|release| {
        deployments
            .iter()
            .find(|d| d.release == release.id && d.state == DeploymentState::Deployed)
    });
    let capture = workspace.latest_capture(id)?;
    let last = deployments
        .iter()
        .find(|deployment| deployment.state == DeploymentState::Deployed);
    let drifted = match (&capture, last) {
        (Some(capture), Some(deployment)) => drifted(workspace, capture, deployment)?,
        _ => 0,
    };
    let has_next = next(state, environment).is_some();
    let is_rolled_back = state.is_rolled_back(id);
    let rollback = state.rollback_candidate(id);
    Ok(EnvironmentView {
        can: EnvironmentActions {
            promote: has_next && current.is_some() && !is_rolled_back,
            create_release: has_next,
            roll_back: rollback.is_some(),
        },
        policy: environment.approval_policy(),
        place: address(&workspace.engine, environment),
        notice: None,
        current: current.map(|release| ReleaseRef {
            id: release.id.clone(),
            tag: release.tag.clone(),
        }),
        is_rolled_back,
        deployed: deployed.map(|deployment| {
            (
                deployment.ended_at.unwrap_or(deployment.started_at),
                deployment.by.clone(),
            )
        }),
        rollback: rollback.map(|deployment| deployment.id.clone()),
        running: deployments
            .iter()
            .find(|deployment| deployment.state == DeploymentState::Running)
            .map(|deployment| deployment.id.clone()),
        drifted,
        ahead: ahead(workspace, state, environment, capture.as_ref())?,
        capture: capture.map(capture_info),
        leaves_alone: left_alone(workspace.engine.leaves_alone(environment)),
        environment: environment.clone(),
    })
}

/// What a platform neither captures nor changes.
pub(crate) fn left_alone(all: Vec<LeftAlone>) -> Vec<LeftAloneInfo> {
    let all = all.into_iter();
    all.map(|LeftAlone { what, why }| LeftAloneInfo {
        what: what.to_owned(),
        why: why.to_owned(),
    })
    .collect()
}

/// Where an environment is, as its connection says.
pub(crate) fn address(engine: &Engine, environment: &Environment) -> String {
    engine
        .address(environment)
        .unwrap_or_else(|| "a place that this program can't read".to_owned())
}

/// How many resources of the last deployment are not as it left them.
fn drifted(
    workspace: &Workspace,
    capture: &CaptureRow,
    deployment: &Deployment,
) -> Result<u64, ApiError> {
    if deployment.after == Some(capture.snapshot) {
        return Ok(0);
    }
    let put = workspace.engine.change_set(&deployment.effect)?;
    let keys: Vec<ResourceKey> = put.iter().map(|change| change.resource.clone()).collect();
    let live = workspace
        .engine
        .store()
        .read(|reader| reader.lookup(&capture.snapshot, &keys))?;
    let differs = put
        .iter()
        .filter(|change| !Version::same_content(live.get(&change.resource), change.after.as_ref()));
    Ok(differs.count() as u64)
}

/// The environment that one promotes to.
fn next<'a>(state: &'a State, environment: &Environment) -> Option<&'a Environment> {
    let next = environment.settings.promotes_to.as_ref();
    next.and_then(|id| state.environments.get(id))
}

fn ahead(
    workspace: &Workspace,
    state: &State,
    environment: &Environment,
    capture: Option<&CaptureRow>,
) -> Result<Option<ChangeCounts>, ApiError> {
    let (Some(capture), Some(target)) = (capture, next(state, environment)) else {
        return Ok(None);
    };
    let Some(held) = workspace.latest_capture(&target.id)? else {
        return Ok(None);
    };
    let from = Held {
        environment: &environment.id,
        snapshot: &capture.snapshot,
    };
    Ok(Some(
        workspace.compared(from, &held.snapshot, target)?.counts,
    ))
}

/// A capture as it is shown.
pub(crate) fn capture_info(row: CaptureRow) -> CaptureInfo {
    let CaptureNotes {
        unreadable,
        left_out,
        rules: _,
        vocabulary: _,
        part,
    } = CaptureNotes::of(&row);
    let CaptureRow {
        snapshot,
        environment: _,
        at,
        resources,
        bytes,
        created,
        modified,
        deleted,
        unchanged,
        notes: _,
    } = row;
    CaptureInfo {
        snapshot,
        at,
        whole_at: part.map_or(at, |part| part.whole_at),
        looked_at: part.map(|part| part.looked_at),
        resources,
        bytes,
        created,
        modified,
        deleted,
        unchanged,
        unreadable: unreadable
            .into_iter()
            .take(UNREADABLE_LIMIT)
            .map(UnreadableInfo::from)
            .collect(),
        left_out: left_out.into_iter().map(LeftOut::from).collect(),
    }
}

impl From<Survey> for SurveyInfo {
    fn from(survey: Survey) -> Self {
        let Survey {
            facts,
            kinds,
            granted,
        } = survey;
        let kinds = kinds.into_iter().map(|access| {
            let KindAccess {
                kind,
                read_lacks,
                write_lacks,
            } = access;
            KindAccessInfo {
                kind,
                read_lacks,
                write_lacks,
            }
        });
        Self {
            facts,
            kinds: kinds.collect(),
            granted,
        }
    }
}

impl From<Unreadable> for UnreadableInfo {
    fn from(unreadable: Unreadable) -> Self {
        let Unreadable {
            key: _,
            place,
            line,
            column,
            message,
            hint,
        } = unreadable;
        Self {
            place,
            line,
            column,
            message,
            hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use slipway_domain::{EnvironmentDraft, EnvironmentId, Millis, Rules, Tier};

    use super::*;

    #[test]
    fn chains_of_promotion_stand_one_after_another() {
        let mut state = State::default();
        for (at, (name, promotes_to)) in [
            ("production", None),
            ("staging", Some("production")),
            ("zoe", Some("staging")),
            ("adam", Some("staging")),
            ("app-production", None),
            ("app-development", Some("app-production")),
            ("alone", None),
        ]
        .into_iter()
        .enumerate()
        {
            let environment = Environment {
                id: EnvironmentId(name.to_owned()),
                added_at: Millis(at as i64),
                settings: EnvironmentDraft {
                    name: name.to_owned(),
                    platform: "folder".to_owned(),
                    tier: Tier::Development,
                    promotes_to: promotes_to.map(|name| EnvironmentId(name.to_owned())),
                    connection: Value::Null,
                    rules: Rules::default(),
                    approvals: None,
                },
            };
            state
                .environments
                .insert(environment.id.clone(), environment);
        }
        let names: Vec<_> = in_promotion_order(&state)
            .iter()
            .map(|e| e.settings.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "adam",
                "zoe",
                "staging",
                "production",
                "app-development",
                "app-production",
                "alone"
            ],
            "each chain from its sources to its end, in the order in which the ends were added"
        );
    }
}
