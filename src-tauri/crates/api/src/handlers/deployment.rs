//! Plans and deployments.

use std::cmp::Reverse;
use std::sync::Arc;

use slipway_domain::{
    Deployment, DeploymentState, Environment, Gate, Intent, Release, State, gate, is_harmless,
    obstacle, plan_actions,
};
use slipway_engine::{
    DeployRequest, Deploying, EngineError, LiveDeployment, Look, Phase, Prepared,
};

use super::page;
use crate::plans::{ListedPlan, head};
use crate::session::Api;
use crate::views::environment::is_production;
use crate::wire::{
    ApiError, BudgetInfo, DeployStart, DeploymentActions, DeploymentGet, DeploymentList,
    DeploymentListGet, DeploymentPhase, DeploymentStarted, DeploymentView, Done, LeftOut,
    OperationFilter, OperationRow, Operations, OperationsGet, PlanGet, PlanView,
};
use crate::workspace::Workspace;

pub(crate) async fn plan(api: &Api, request: PlanGet) -> Result<PlanView, ApiError> {
    let PlanGet {
        release,
        environment,
        capture,
        job,
    } = request;
    let workspace = api.workspace()?;
    let state = workspace.state()?;
    let release = workspace.engine.release(&state, &release)?;
    let environment = workspace.engine.environment(
        &state,
        environment.as_deref().unwrap_or(release.target.as_str()),
    )?;
    let job = api.job(&workspace, &job)?;
    let look = if capture { Look::Again } else { Look::Latest };
    let prepared = workspace
        .engine
        .plan(&release, &environment, look, &job)
        .await?;
    if capture {
        api.notify_captured(&workspace, &environment.id);
    }
    api.on_disk(move |workspace| {
        let (state, effect) = (workspace.state()?, prepared.effect.digest);
        let gate = gate(&state, &release, &environment, &effect, Intent::Deploy);
        view(workspace, &release, &environment, prepared, gate)
    })
    .await
}

/// A plan as it is shown, with what the gate says to it.
pub(crate) fn view(
    workspace: &Workspace,
    release: &Release,
    environment: &Environment,
    prepared: Prepared,
    gate: Gate,
) -> Result<PlanView, ApiError> {
    let Prepared {
        effect,
        plan,
        capture,
        content,
        kept_fields,
    } = prepared;
    let state = workspace.state()?;
    let obstacle = obstacle(&state, release, environment, &plan, &gate);
    let is_harmless = is_harmless(&plan);
    let (digest, fingerprint) = (plan.digest, plan.fingerprint());
    let plan = Arc::new(ListedPlan::new(plan));
    workspace
        .plans
        .put(fingerprint, plan.clone(), plan.weight());
    let measured = workspace.engine.measured_operation_ms(&environment.id)?;
    Ok(PlanView {
        digest,
        fingerprint,
        effect: effect.digest,
        release: release.id.clone(),
        environment: environment.id.clone(),
        environment_name: environment.settings.name.clone(),
        other_address: workspace.engine.other_address(environment),
        to_production: is_production(environment),
        captured_at: capture.at,
        totals: plan.totals(),
        estimate_ms: measured.map(|each| each.saturating_mul(plan.operations().len() as u64)),
        blocked: head(plan.blocked()),
        irreversible: plan.operations_head(OperationFilter::Irreversible),
        high_risk: plan.operations_head(OperationFilter::HighRisk),
        drift: head(plan.drift()),
        skipped: head(plan.skipped()),
        left_out: effect.left_out.into_iter().map(LeftOut::from).collect(),
        kept_fields,
        cycles: head(plan.cycles()),
        gate,
        content,
        obstacle,
        can: plan_actions(release, obstacle),
        is_harmless,
    })
}

pub(crate) async fn deploy(api: &Api, request: DeployStart) -> Result<DeploymentStarted, ApiError> {
    let DeployStart {
        release,
        environment,
        plan,
        content,
        quick,
        job,
    } = request;
    let actor = api.person()?;
    let workspace = api.workspace()?;
    let job = api.job(&workspace, &job)?;
    let request = DeployRequest {
        release,
        environment,
        plan,
        content,
        quick,
    };
    started(
        &workspace,
        workspace.engine.deploy(&actor, request, &job).await,
    )
}

pub(crate) async fn resume(
    api: &Api,
    DeploymentGet { deployment }: DeploymentGet,
) -> Result<DeploymentStarted, ApiError> {
    let (actor, workspace) = (api.person()?, api.workspace()?);
    started(
        &workspace,
        workspace.engine.resume(&actor, &deployment).await,
    )
}

pub(crate) async fn retry(
    api: &Api,
    DeploymentGet { deployment }: DeploymentGet,
) -> Result<DeploymentStarted, ApiError> {
    let (actor, workspace) = (api.person()?, api.workspace()?);
    started(
        &workspace,
        workspace.engine.retry(&actor, &deployment).await,
    )
}

fn started(
    workspace: &Workspace,
    deploying: Result<Deploying, EngineError>,
) -> Result<DeploymentStarted, ApiError> {
    Ok(DeploymentStarted {
        deployment: workspace.hold(deploying?),
    })
}

pub(crate) async fn cancel(
    api: &Api,
    DeploymentGet { deployment }: DeploymentGet,
) -> Result<Done, ApiError> {
    let (actor, workspace) = (api.person()?, api.workspace()?);
    workspace
        .engine
        .cancel_deployment(&actor, &deployment)
        .await?;
    Ok(Done {})
}

pub(crate) async fn list(
    api: &Api,
    request: DeploymentListGet,
) -> Result<DeploymentList, ApiError> {
    api.on_disk(move |workspace| {
        let DeploymentListGet {
            environment,
            release,
            states,
            offset,
            limit,
        } = request;
        let engine = &workspace.engine;
        let state = workspace.state()?;
        let environment = environment
            .map(|name| engine.environment(&state, &name))
            .transpose()?;
        let release = release
            .map(|tag| engine.release(&state, &tag))
            .transpose()?;
        let mut found: Vec<&Deployment> = state
            .deployments
            .values()
            .filter(|deployment| {
                environment
                    .as_ref()
                    .is_none_or(|wanted| wanted.id == deployment.environment)
            })
            .filter(|deployment| {
                release
                    .as_ref()
                    .is_none_or(|wanted| wanted.id == deployment.release)
            })
            .collect();
        if !states.is_empty() {
            let mut matching = Vec::with_capacity(found.len());
            for deployment in found {
                // Only what did not end can be in another state than the trail says.
                let now = match deployment.state {
                    DeploymentState::Running => engine.live(deployment)?.state,
                    ended => ended,
                };
                if states.contains(&now) {
                    matching.push(deployment);
                }
            }
            found = matching;
        }
        found.sort_by_key(|deployment| Reverse(deployment.number));
        let total = found.len() as u64;
        let deployments = found
            .into_iter()
            .skip(offset as usize)
            .take(page(limit))
            .map(|deployment| shown(workspace, &state, deployment))
            .collect::<Result<_, _>>()?;
        Ok(DeploymentList { deployments, total })
    })
    .await
}

pub(crate) async fn get(
    api: &Api,
    DeploymentGet { deployment }: DeploymentGet,
) -> Result<DeploymentView, ApiError> {
    api.on_disk(move |workspace| {
        let state = workspace.state()?;
        let found = workspace.engine.deployment(&state, &deployment)?;
        shown(workspace, &state, &found)
    })
    .await
}

fn shown(
    workspace: &Workspace,
    state: &State,
    deployment: &Deployment,
) -> Result<DeploymentView, ApiError> {
    let live = workspace.engine.live(deployment)?;
    let release = state.releases.get(&deployment.release);
    let gate = is_due(&live).then(|| gate_of(state, deployment)).flatten();
    let can = actions(state, deployment, &live, gate.as_ref());
    let LiveDeployment {
        state: now,
        phase,
        phase_started,
        progress,
        counts,
        remaining_ms,
        is_cancelling,
        budget,
    } = live;
    Ok(DeploymentView {
        tag: release.map_or_else(
            || deployment.release.to_string(),
            |release| release.tag.clone(),
        ),
        environment_name: workspace.environment_name(state, &deployment.environment),
        to_production: state
            .environments
            .get(&deployment.environment)
            .is_some_and(is_production),
        phase: phase.map_or(DeploymentPhase::Ended, DeploymentPhase::from),
        counts,
        progress,
        phase_started: phase_started
            .into_iter()
            .map(|(phase, at)| (phase.into(), at))
            .collect(),
        remaining_ms,
        is_cancelling,
        budget: budget.map(|budget| BudgetInfo {
            available: budget.available,
            limit: budget.limit,
            per_second: budget.per_second,
        }),
        can,
        gate,
        reverts: release.and_then(|release| release.reverts.clone()),
        deployment: Deployment {
            state: now,
            ..deployment.clone()
        },
    })
}

/// Whether a deployment can be taken up again, or tried again.
fn is_due(live: &LiveDeployment) -> bool {
    matches!(
        live.state,
        DeploymentState::Interrupted | DeploymentState::Failed
    )
}

/// What the gate says to taking a deployment up again; its plan is read when that is done.
fn gate_of(state: &State, deployment: &Deployment) -> Option<Gate> {
    let intent = Intent::Resume {
        deployment,
        plan: None,
    };
    Some(gate(
        state,
        state.releases.get(&deployment.release)?,
        state.environments.get(&deployment.environment)?,
        &deployment.effect,
        intent,
    ))
}

fn actions(
    state: &State,
    deployment: &Deployment,
    live: &LiveDeployment,
    gate: Option<&Gate>,
) -> DeploymentActions {
    let is_known = state.environments.contains_key(&deployment.environment);
    let wrote = live.counts.applied + live.counts.failed + live.counts.unknown > 0;
    let is_standing = deployment.rolled_back_by.is_none() && is_known;
    let has_ended = !matches!(
        live.state,
        DeploymentState::Running | DeploymentState::Interrupted
    );
    let is_open = gate.is_some_and(Gate::is_open);
    DeploymentActions {
        resume: live.state == DeploymentState::Interrupted && is_open,
        retry: live.state == DeploymentState::Failed && is_standing && is_open,
        cancel: !has_ended && !live.is_cancelling,
        roll_back: has_ended && is_standing && wrote,
    }
}

impl From<Phase> for DeploymentPhase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Validate => Self::Validate,
            Phase::Order => Self::Order,
            Phase::Execute => Self::Execute,
            Phase::Verify => Self::Verify,
        }
    }
}

pub(crate) async fn operations(api: &Api, request: OperationsGet) -> Result<Operations, ApiError> {
    api.on_disk(move |workspace| {
        let OperationsGet {
            deployment,
            states,
            offset,
            limit,
        } = request;
        let found = workspace.deployment(&deployment)?;
        let (operations, total) = workspace.engine.store().read(|reader| {
            reader.operations_page(&found.id, &states, page(limit) as u64, u64::from(offset))
        })?;
        let row = |(operation, attempt)| OperationRow { operation, attempt };
        Ok(Operations {
            operations: operations.into_iter().map(row).collect(),
            total,
        })
    })
    .await
}
