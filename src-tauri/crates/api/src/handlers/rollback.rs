//! Rollbacks.

use std::sync::Arc;

use slipway_domain::{
    Deployment, DeploymentState, Release, RollbackAction, RollbackDigest, RollbackItem,
    RollbackPlan, RollbackSelection, SelectionStep, State, effect_digest, rollback_gate,
};
use slipway_engine::{EngineError, RollbackRequest, RollingBack};

use super::{deployment, page};
use crate::plans::head;
use crate::session::Api;
use crate::views::environment::is_production;
use crate::wire::{
    ApiError, Page, RollbackAsk, RollbackCounts, RollbackDryRun, RollbackResourcesGet, RollbackRow,
    RollbackSelected, RollbackSelectedGet, RollbackStarted, RollbackView,
};
use crate::workspace::Workspace;

pub(crate) async fn plan(api: &Api, ask: RollbackAsk) -> Result<RollbackView, ApiError> {
    let (request, job) = request(ask);
    let workspace = api.workspace()?;
    let job = api.job(&workspace, &job)?;
    let plan = workspace.engine.rollback_plan(&request, &job).await?;
    let environment = workspace.deployment(&plan.deployment)?.environment;
    api.notify_captured(&workspace, &environment);
    api.on_disk(move |workspace| view(workspace, plan)).await
}

pub(crate) async fn selected(
    api: &Api,
    request: RollbackSelectedGet,
) -> Result<RollbackSelected, ApiError> {
    let person = api.known_person();
    api.on_disk(move |workspace| {
        let RollbackSelectedGet {
            rollback,
            filter,
            selection,
        } = request;
        let (plan, filter) = (kept(workspace, &rollback)?, filter.compile());
        let selection = self::selection(&selection)?;
        let mut sum = RollbackSelected {
            is_simple: true,
            ..RollbackSelected::default()
        };
        for item in &plan.items {
            let (available, is_selected) = (item.is_written(), selection.includes(item));
            let is_listed = filter.matches(item);
            if is_selected {
                sum.counts.count(item);
                sum.writes_edits |= item.edited && available;
            }
            sum.available += u64::from(available);
            sum.is_simple &= item.is_plain() && (is_selected || !available);
            sum.listed += u64::from(is_listed);
            sum.listed_available += u64::from(is_listed && available);
            sum.listed_selected += u64::from(is_listed && available && is_selected);
        }
        let state = workspace.state()?;
        let deployment = workspace.engine.deployment(&state, &plan.deployment)?;
        if let Some(environment) = state.environments.get(&deployment.environment) {
            let effect = || {
                let selected = plan.items.iter().filter(|item| selection.includes(item));
                effect_digest(&RollbackPlan::changes_of(selected))
            };
            sum.gate = rollback_gate(
                &state,
                &deployment,
                environment,
                sum.writes_edits,
                person.as_ref(),
                effect,
            );
        }
        Ok(sum)
    })
    .await
}

pub(crate) async fn resources(
    api: &Api,
    request: RollbackResourcesGet,
) -> Result<Page<RollbackRow>, ApiError> {
    api.on_disk(move |workspace| {
        let RollbackResourcesGet {
            rollback,
            filter,
            selection,
            offset,
            limit,
        } = request;
        let (plan, filter) = (kept(workspace, &rollback)?, filter.compile());
        let selection = self::selection(&selection)?;
        let listed: Vec<&RollbackItem> = plan
            .items
            .iter()
            .filter(|item| filter.matches(item))
            .collect();
        Ok(Page::map_of(&listed, offset, page(limit), |item| {
            RollbackRow {
                is_available: item.is_written(),
                is_selected: selection.includes(item),
                item: (*item).clone(),
            }
        }))
    })
    .await
}

fn selection(steps: &[SelectionStep]) -> Result<RollbackSelection, ApiError> {
    Ok(RollbackSelection::new(steps).map_err(EngineError::from)?)
}

/// A rollback plan that was worked out before.
fn kept(workspace: &Workspace, rollback: &RollbackDigest) -> Result<Arc<RollbackPlan>, ApiError> {
    let kept = workspace.rollbacks.get(rollback);
    kept.ok_or_else(|| ApiError::expired("This rollback plan is no longer in memory"))
}

pub(crate) async fn dry_run(api: &Api, ask: RollbackAsk) -> Result<RollbackDryRun, ApiError> {
    let (request, job) = request(ask);
    let workspace = api.workspace()?;
    let job = api.job(&workspace, &job)?;
    let (rollback, prepared) = workspace
        .engine
        .rollback_dry_run(api.known_person().as_ref(), &request, &job)
        .await?;
    let environment = workspace.deployment(&rollback.deployment)?.environment;
    api.notify_captured(&workspace, &environment);
    api.on_disk(move |workspace| {
        let state = workspace.state()?;
        let plan = match prepared {
            Some((prepared, gate)) => {
                let found = workspace.engine.deployment(&state, &rollback.deployment)?;
                let release = workspace.engine.release(&state, found.release.as_str())?;
                let environment = workspace
                    .engine
                    .environment(&state, found.environment.as_str())?;
                let view = deployment::view(workspace, &release, &environment, prepared, gate)?;
                Some(view)
            }
            None => None,
        };
        Ok(RollbackDryRun {
            rollback: view(workspace, rollback)?,
            plan,
        })
    })
    .await
}

pub(crate) async fn execute(api: &Api, ask: RollbackAsk) -> Result<RollbackStarted, ApiError> {
    let (request, job) = request(ask);
    let (actor, workspace) = (api.person()?, api.workspace()?);
    let job = api.job(&workspace, &job)?;
    let (release, deployment, gate) =
        match workspace.engine.rollback(&actor, &request, &job).await? {
            RollingBack::Started { release, deploying } => {
                (release, Some(workspace.hold(deploying)), None)
            }
            RollingBack::Waits { release, gate } => (release, None, Some(gate)),
        };
    Ok(RollbackStarted {
        release: release.id,
        tag: release.tag,
        deployment,
        gate,
    })
}

/// What the engine is asked, and the job's name.
fn request(ask: RollbackAsk) -> (RollbackRequest, String) {
    let RollbackAsk {
        environment,
        deployment,
        only,
        edits,
        choices,
        plan,
        selection,
        quick,
        job,
    } = ask;
    let choices = choices.into_iter().collect();
    (
        RollbackRequest {
            environment,
            deployment,
            only,
            edits,
            choices,
            plan,
            selection,
            quick,
        },
        job,
    )
}

fn view(workspace: &Workspace, plan: RollbackPlan) -> Result<RollbackView, ApiError> {
    let state = workspace.state()?;
    let found = workspace.engine.deployment(&state, &plan.deployment)?;
    let release = workspace.engine.release(&state, found.release.as_str())?;
    let environment = workspace
        .engine
        .environment(&state, found.environment.as_str())?;
    let is_complete = plan.is_complete();
    let returns_to = if is_complete {
        restored(&state, &found, &release)
    } else {
        None
    };
    let mut counts = RollbackCounts::default();
    for item in &plan.items {
        counts.count(item);
    }
    let refused: Vec<&RollbackItem> = plan
        .items
        .iter()
        .filter(|item| item.action == RollbackAction::Refuse)
        .collect();
    let view = RollbackView {
        digest: plan.digest(),
        deployment: plan.deployment.clone(),
        release: release.id,
        tag: release.tag,
        environment_name: environment.settings.name.clone(),
        to_production: is_production(&environment),
        returns_to,
        live: plan.live,
        total: plan.items.len() as u64,
        edited: plan.items.iter().filter(|item| item.edited).count() as u64,
        counts,
        refused: head(&refused).map(RollbackItem::clone),
        is_complete,
    };
    let weight = plan.items.len();
    workspace.rollbacks.put(view.digest, Arc::new(plan), weight);
    Ok(view)
}

/// The release that stands in the environment again once a deployment was rolled back whole: as the state says when it
/// takes the rollback in.
fn restored(state: &State, deployment: &Deployment, release: &Release) -> Option<String> {
    let stands = |other: &&&Deployment| {
        other.state == DeploymentState::Deployed && other.rolled_back_by.is_none()
    };
    let others = state.deployments_to(&deployment.environment);
    if others
        .iter()
        .filter(stands)
        .any(|other| other.number > deployment.number)
    {
        return None;
    }
    others
        .iter()
        .filter(stands)
        .filter(|other| other.number < deployment.number)
        .filter_map(|other| state.releases.get(&other.release))
        .find(|other| other.reverts.is_none())
        .filter(|other| other.id != release.id)
        .map(|other| other.tag.clone())
}
