//! `plan`, `deploy` and `deployment`.

use std::sync::Arc;

use serde_json::{Value, json};
use slipway_api::wire::{
    DeploymentList, DeploymentStarted, DeploymentView, Done, EnvironmentView, OperationRow,
    Operations, PlanOperation, PlanView,
};
use slipway_api::{
    Api, ApiError, DeploymentId, DeploymentState, Obstacle, OperationState, Step, StepOutcome,
};

use super::JOB;
use super::pages::WholePlan;
use crate::args::Deployment;
use crate::ask::ask;
use crate::output::{Answer, EXIT_CONFLICT, EXIT_FAILED, EXIT_REFUSED, count, missing_lines};
use crate::text::{Text, say};

/// How many rows one page has.
const PAGE: u32 = 1_000;

pub(crate) async fn plan(
    api: &Api,
    tag: String,
    to: Option<String>,
    capture: bool,
) -> Result<Answer, ApiError> {
    let view: PlanView = ask(
        api,
        "plan",
        json!({ "release": tag, "environment": to, "capture": capture, "job": JOB }),
    )
    .await?;
    let place = place_of(api, &view).await?;
    Ok(plan_answer(&tag, &WholePlan::of(api, view).await?, &place))
}

/// Where a plan's environment is.
async fn place_of(api: &Api, view: &PlanView) -> Result<String, ApiError> {
    let request = json!({ "environment": view.environment });
    let environment: EnvironmentView = ask(api, "environment_get", request).await?;
    Ok(environment.place)
}

/// A plan, and whether deploying it would be refused.
pub(crate) async fn dry_run(
    api: &Api,
    tag: String,
    to: Option<String>,
    quick: bool,
) -> Result<Answer, ApiError> {
    let view: PlanView = ask(
        api,
        "plan",
        json!({ "release": tag, "environment": to, "capture": true, "job": JOB }),
    )
    .await?;
    let place = place_of(api, &view).await?;
    let plan = WholePlan::of(api, view).await?;
    let view = &plan.view;
    let mut answer = plan_answer(&tag, &plan, &place);
    answer = answer.with_entry("dry_run", json!(true));
    let exit = match view.obstacle {
        // What the environment holds already is no failure.
        None | Some(Obstacle::Empty) => 0,
        Some(Obstacle::Drift) => EXIT_CONFLICT,
        Some(_) if quick && view.can.quick_deploy => 0,
        Some(_) => EXIT_REFUSED,
    };
    answer.text.line("Nothing was written: this was a dry run.");
    Ok(answer.with_exit(exit))
}

pub(crate) fn operation_lines(plan: &WholePlan) -> Text {
    let rows: Vec<Vec<String>> = plan
        .operations
        .iter()
        .map(|PlanOperation { operation, .. }| {
            let word = |value: Value| value.as_str().unwrap_or_default().to_owned();
            vec![
                format!("{:>4}", operation.id.0),
                format!("wave {}", operation.wave),
                word(json!(operation.verb)),
                operation.resource.to_string(),
                if operation.reversible {
                    word(json!(operation.risk))
                } else {
                    "can't be undone".to_owned()
                },
                operation.reasons.join(" "),
            ]
        })
        .collect();
    Text::table(&rows)
}

fn plan_answer(tag: &str, plan: &WholePlan, place: &str) -> Answer {
    let view = &plan.view;
    let mut text = Text::of(format_args!(
        "{tag} to {} ({place}): {} create, {} update, {} delete, {} can't be undone",
        view.environment_name,
        view.totals.create,
        view.totals.update,
        view.totals.delete,
        view.totals.irreversible
    ));
    for blocked in &view.blocked.rows {
        text.line(format_args!(
            "blocked: {}: {} {}",
            blocked.resource, blocked.message, blocked.hint
        ));
    }
    for drift in &view.drift.rows {
        text.line(format_args!(
            "drifted: {} is not as it was compared",
            drift.resource
        ));
    }
    text.append(&operation_lines(plan));
    if view.kept_fields > 0 {
        let name = &view.environment_name;
        let fields = count(view.kept_fields, "field");
        text.line(format_args!("kept as in {name}: {fields}"));
    }
    text.append(&missing_lines(&view.gate));
    Answer::new(plan.json(), text)
}

pub(crate) async fn deploy(
    api: &Arc<Api>,
    tag: String,
    to: Option<String>,
    quick: Option<String>,
) -> Result<Answer, ApiError> {
    let request = json!({ "release": tag, "environment": to, "quick": quick, "job": JOB });
    let DeploymentStarted { deployment } = ask(api, "deploy", request).await?;
    follow(api, deployment).await
}

/// Waits for a deployment to end, and asks it to stop when the person presses Ctrl-C.
pub(crate) async fn follow(api: &Arc<Api>, id: DeploymentId) -> Result<Answer, ApiError> {
    let (stopper, stopping) = (api.clone(), id.clone());
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            say(
                "Stopping after the operations that are under way; press Ctrl-C again to leave at once.",
            );
            let asked: Result<Done, ApiError> = ask(
                &stopper,
                "deployment_cancel",
                json!({ "deployment": stopping }),
            )
            .await;
            if let Err(error) = asked {
                say(format!("error: {}", error.message));
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                say(format!(
                    "Left. `slipway deployment resume {stopping}` takes it up again."
                ));
                std::process::exit(i32::from(EXIT_FAILED));
            }
        }
    });
    let waited = api.wait(&id).await;
    interrupt.abort();
    waited?;
    let view: DeploymentView = ask(api, "deployment_get", json!({ "deployment": id })).await?;
    let rows = operations(api, &id, &[]).await?;
    let keeping = rows.iter().filter(|row| !row.operation.keeps.is_empty());
    let keeping = keeping.count() as u64;
    let is_failed = |row: &OperationRow| row.attempt.state == OperationState::Failed;
    let failed: Vec<OperationRow> = rows.into_iter().filter(is_failed).collect();
    let mut answer = ended(&view, &failed);
    if keeping > 0 {
        let resources = count(keeping, "resource");
        let name = &view.environment_name;
        answer
            .text
            .line(format_args!("kept as in {name}: fields of {resources}"));
    }
    Ok(answer.with_entry("keeping", json!(keeping)))
}

fn ended(view: &DeploymentView, failed: &[OperationRow]) -> Answer {
    let deployment = &view.deployment;
    let counts = &view.counts;
    let mut text = Text::of(format_args!(
        "{} of {} to {}: {}, {} applied, {} skipped, {} failed",
        deployment.id,
        view.tag,
        view.environment_name,
        state_words(view),
        counts.applied,
        counts.skipped,
        counts.failed
    ));
    if counts.total == 0 {
        text.line("Nothing had to be written: it was there already.");
    }
    for row in failed {
        let attempt = &row.attempt;
        text.line(format_args!(
            "failed: {}: {} {}",
            row.operation.resource,
            attempt.message.as_deref().unwrap_or_default(),
            attempt.hint.as_deref().unwrap_or_default()
        ));
        for Step { what, outcome } in &attempt.steps {
            let outcome = match outcome {
                StepOutcome::Done => "done",
                StepOutcome::Failed => "failed",
                StepOutcome::Unknown => "not known",
            };
            text.line(format_args!("  {what}: {outcome}"));
        }
    }
    if let Some(message) = &deployment.message {
        text.line(message);
    }
    if let Some(gate) = &view.gate {
        text.append(&missing_lines(gate));
    }
    // A verification that was made, and that failed, found what somebody else changed.
    let is_other = deployment.after.is_some();
    let is_drifted = is_other || failed.iter().any(|row| row.attempt.is_drifted);
    let exit = match deployment.state {
        DeploymentState::Deployed => 0,
        _ if is_drifted => EXIT_CONFLICT,
        _ => EXIT_FAILED,
    };
    let mut json = deployment_json(view);
    json["failed"] = json!(failed);
    Answer::new(json, text).with_exit(exit)
}

/// Where a deployment is, in words: one that was rolled back is not where it ended.
fn state_words(view: &DeploymentView) -> String {
    match &view.deployment.rolled_back_by {
        Some(by) => format!("rolled back by {by}"),
        None => json!(view.deployment.state)
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    }
}

pub(crate) fn deployment_json(view: &DeploymentView) -> Value {
    let deployment = &view.deployment;
    json!({
        "id": deployment.id,
        "deployment": deployment.id,
        "release": view.tag,
        "environment": view.environment_name,
        "state": deployment.state,
        "operations": view.counts,
        "message": deployment.message,
        "start": deployment.start,
        "by": deployment.by,
        "started_at": deployment.started_at,
        "ended_at": deployment.ended_at,
        "rolled_back_by": deployment.rolled_back_by,
        "reverts": view.reverts,
        "can": view.can,
        "gate": view.gate,
    })
}

pub(crate) async fn run(api: &Arc<Api>, command: Deployment) -> Result<Answer, ApiError> {
    match command {
        Deployment::List => list(api).await,
        Deployment::Show { id } => show(api, id).await,
        Deployment::Resume { id } => {
            let DeploymentStarted { deployment } =
                ask(api, "deployment_resume", json!({ "deployment": id })).await?;
            follow(api, deployment).await
        }
        Deployment::Retry { id } => {
            let DeploymentStarted { deployment } =
                ask(api, "deployment_retry", json!({ "deployment": id })).await?;
            follow(api, deployment).await
        }
        Deployment::Cancel { id } => {
            let _: Done = ask(api, "deployment_cancel", json!({ "deployment": id })).await?;
            let view: DeploymentView =
                ask(api, "deployment_get", json!({ "deployment": id })).await?;
            let text =
                format!("{id} was asked to stop; what was applied stays until it is rolled back.");
            Ok(Answer::new(deployment_json(&view), text))
        }
    }
}

async fn list(api: &Api) -> Result<Answer, ApiError> {
    let mut views: Vec<DeploymentView> = Vec::new();
    loop {
        let page: DeploymentList = ask(
            api,
            "deployment_list",
            json!({ "offset": views.len(), "limit": PAGE }),
        )
        .await?;
        let got = page.deployments.len();
        views.extend(page.deployments);
        if got == 0 || views.len() as u64 >= page.total {
            break;
        }
    }
    let rows: Vec<Vec<String>> = views
        .iter()
        .map(|view| {
            vec![
                view.deployment.id.to_string(),
                view.tag.clone(),
                view.environment_name.clone(),
                state_words(view),
                format!(
                    "{} of {}",
                    view.counts.applied,
                    count(view.counts.total, "operation")
                ),
            ]
        })
        .collect();
    let text = if rows.is_empty() {
        Text::of("Nothing was deployed yet.")
    } else {
        Text::table(&rows)
    };
    let deployments: Vec<Value> = views.iter().map(deployment_json).collect();
    Ok(Answer::new(json!({ "deployments": deployments }), text))
}

async fn show(api: &Api, id: String) -> Result<Answer, ApiError> {
    let view: DeploymentView = ask(api, "deployment_get", json!({ "deployment": id })).await?;
    let rows = operations(api, &view.deployment.id, &[]).await?;
    let lines: Vec<Vec<String>> = rows
        .iter()
        .map(|OperationRow { operation, attempt }| {
            let word = |value: Value| value.as_str().unwrap_or_default().to_owned();
            vec![
                format!("{:>4}", operation.id.0),
                word(json!(attempt.state)),
                word(json!(operation.verb)),
                operation.resource.to_string(),
                attempt.message.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let is_failed = |row: &&OperationRow| row.attempt.state == OperationState::Failed;
    let failed: Vec<OperationRow> = rows.iter().filter(is_failed).cloned().collect();
    let mut text = ended(&view, &failed).text;
    text.append(&Text::table(&lines));
    let mut json = deployment_json(&view);
    json["journal"] = json!(rows);
    Ok(Answer::new(json, text))
}

async fn operations(
    api: &Api,
    id: &DeploymentId,
    states: &[OperationState],
) -> Result<Vec<OperationRow>, ApiError> {
    let mut rows = Vec::new();
    loop {
        let request =
            json!({ "deployment": id, "states": states, "offset": rows.len(), "limit": PAGE });
        let page: Operations = ask(api, "deployment_operations", request).await?;
        let got = page.operations.len();
        rows.extend(page.operations);
        if got == 0 || rows.len() as u64 >= page.total {
            return Ok(rows);
        }
    }
}
