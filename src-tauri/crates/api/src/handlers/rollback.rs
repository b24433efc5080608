//! Rollbacks.

use slipway_domain::{
    Approval, Deployment, DeploymentState, Release, RollbackAction, RollbackPlan, State, approval,
};
use slipway_engine::RollbackRequest;

use super::deployment;
use crate::session::Api;
use crate::views::environment::is_production;
use crate::wire::{
    ApiError, RollbackAsk, RollbackCounts, RollbackDryRun, RollbackStarted, RollbackView,
};
use crate::workspace::Workspace;

pub(crate) async fn plan(api: &Api, ask: RollbackAsk) -> Result<RollbackView, ApiError> {
    let (request, job) = request(ask);
    let workspace = api.workspace()?;
    let job = api.job(&workspace, &job)?;
    let plan = workspace.engine.rollback_plan(&request, &job).await?;
    api.tell_changed(&workspace);
    view(&workspace, plan)
}

pub(crate) async fn dry_run(api: &Api, ask: RollbackAsk) -> Result<RollbackDryRun, ApiError> {
    let (request, job) = request(ask);
    let workspace = api.workspace()?;
    let job = api.job(&workspace, &job)?;
    let (rollback, prepared) = workspace.engine.rollback_dry_run(&request, &job).await?;
    api.tell_changed(&workspace);
    api.on_disk(move |workspace| {
        let state = workspace.state()?;
        let plan = match prepared {
            Some(prepared) => {
                let found = workspace.engine.deployment(&state, &rollback.deployment)?;
                let release = workspace.engine.release(&state, found.release.as_str())?;
                let environment = workspace
                    .engine
                    .environment(&state, found.environment.as_str())?;
                // What goes back to what was there needs no approval of its own.
                let approval = Approval {
                    required: 0,
                    satisfied: true,
                    ..approval(&release, &environment, &prepared.effect.digest)
                };
                let view = deployment::view(workspace, &release, &environment, prepared, approval)?;
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
    let (release, deploying) = workspace.engine.rollback(&actor, &request, &job).await?;
    Ok(RollbackStarted {
        release: release.id,
        tag: release.tag,
        deployment: workspace.hold(deploying),
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
        live,
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
            live,
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
    let RollbackPlan {
        deployment,
        live,
        items,
    } = plan;
    let mut counts = RollbackCounts::default();
    for item in &items {
        *match item.action {
            RollbackAction::Restore => &mut counts.restore,
            RollbackAction::Merge => &mut counts.merge,
            RollbackAction::Keep => &mut counts.keep,
            RollbackAction::Nothing => &mut counts.nothing,
            RollbackAction::Refuse => &mut counts.refuse,
        } += 1;
    }
    Ok(RollbackView {
        deployment,
        release: release.id,
        tag: release.tag,
        environment_name: environment.settings.name.clone(),
        to_production: is_production(&environment),
        returns_to,
        live,
        resources: items,
        counts,
        is_complete,
    })
}

/// The release that stands in the environment again once a deployment was taken back whole: as the state says when it
/// takes the rollback in.
fn restored(state: &State, deployment: &Deployment, release: &Release) -> Option<String> {
    let stands = |other: &&&Deployment| {
        other.state == DeploymentState::Deployed && other.rolled_back_by.is_none()
    };
    let others = state.deployments_to(&deployment.environment);
    let place = |of: &Deployment| (of.started_at, of.id.clone());
    if others
        .iter()
        .filter(stands)
        .any(|other| place(other) > place(deployment))
    {
        return None;
    }
    others
        .iter()
        .filter(stands)
        .filter(|other| place(other) < place(deployment))
        .filter_map(|other| state.releases.get(&other.release))
        .find(|other| other.reverts.is_none())
        .filter(|other| other.id != release.id)
        .map(|other| other.tag.clone())
}
