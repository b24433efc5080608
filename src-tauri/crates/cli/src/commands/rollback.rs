//! `rollback`.

use std::sync::Arc;

use serde_json::{Value, json};
use slipway_api::wire::{RollbackDryRun, RollbackRow, RollbackStarted, RollbackView};
use slipway_api::{Api, ApiError};

use super::JOB;
use super::deployment::{follow, operation_lines};
use super::pages::{WholePlan, resources};
use crate::args::{Edits, Rollback};
use crate::ask::ask;
use crate::output::{Answer, EXIT_REFUSED, missing_lines};
use crate::text::Text;

pub(crate) async fn run(api: &Arc<Api>, rollback: Rollback) -> Result<Answer, ApiError> {
    let Rollback {
        environment,
        deployment,
        plan,
        dry_run,
        execute: _,
        only,
        edits,
        quick,
    } = rollback;
    let edits = match edits {
        Edits::Keep => "keep",
        Edits::Overwrite => "overwrite",
        Edits::Merge => "merge",
    };
    let request = json!({ "environment": environment, "deployment": deployment, "only": only, "edits": edits, "quick": quick, "job": JOB });
    if plan {
        let view: RollbackView = ask(api, "rollback_plan", request).await?;
        let rows = resources(api, &view).await?;
        return Ok(Answer::new(
            rollback_json(&view, &rows),
            lines(&view, &rows),
        ));
    }
    if dry_run {
        let RollbackDryRun { rollback, plan } = ask(api, "rollback_dry_run", request).await?;
        let rows = resources(api, &rollback).await?;
        let mut text = lines(&rollback, &rows);
        let mut json = rollback_json(&rollback, &rows);
        let plan = match plan {
            Some(view) => Some(WholePlan::of(api, view).await?),
            None => None,
        };
        json["dry_run"] = json!(true);
        json["plan"] = plan.as_ref().map_or(Value::Null, WholePlan::json);
        json["operations"] = json["plan"]["operations"].clone();
        let mut exit = 0;
        if let Some(plan) = &plan {
            let gate = &plan.view.gate;
            text.append(&operation_lines(plan));
            text.append(&missing_lines(gate));
            json["gate"] = json!(gate);
            exit = if gate.is_open() { 0 } else { EXIT_REFUSED };
        }
        text.line("Nothing was written: this was a dry run.");
        return Ok(Answer::new(json, text).with_exit(exit));
    }
    let RollbackStarted {
        release: _,
        tag,
        deployment,
        gate,
    } = ask(api, "rollback_execute", request).await?;
    let Some(deployment) = deployment else {
        let gate = gate.unwrap_or_default();
        let mut text = missing_lines(&gate).headed(format_args!(
            "Nothing was written. {tag} is open and waits:"
        ));
        text.line(
            "Have it approved and roll back again, or say why it can't wait: --quick REASON.",
        );
        let json = json!({ "revert": tag, "deployment": null, "gate": gate });
        return Ok(Answer::new(json, text).with_exit(EXIT_REFUSED));
    };
    let mut answer = follow(api, deployment).await?;
    answer = answer.with_entry("revert", json!(tag));
    Ok(answer)
}

fn rollback_json(view: &RollbackView, rows: &[RollbackRow]) -> Value {
    let mut json = serde_json::to_value(view).expect("BUG: a rollback plan is plain data");
    json["release"] = json!(view.tag);
    json["environment"] = json!(view.environment_name);
    let resource = |row: &RollbackRow| {
        let mut resource = json!(row.item);
        // The action as a word, where the wire has a tagged object.
        resource["action"] = resource["action"]["kind"].take();
        resource
    };
    json["resources"] = rows.iter().map(resource).collect();
    let fields = json.as_object_mut().expect("BUG: a plan is an object");
    // It says again what `resources` says.
    fields.remove("refused");
    json
}

fn lines(view: &RollbackView, rows: &[RollbackRow]) -> Text {
    let mut text = Text::of(format_args!(
        "Rolling back {} ({}) in {}: {} restored, {} merged, {} kept, {} refused, {} as they were",
        view.tag,
        view.deployment,
        view.environment_name,
        view.counts.restore,
        view.counts.merge,
        view.counts.keep,
        view.counts.refuse,
        view.counts.nothing
    ));
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|RollbackRow { item, .. }| {
            let action = json!(item.action)["kind"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let hint = if item.hint.is_empty() {
                String::new()
            } else {
                format!(" {}", item.hint)
            };
            vec![
                action,
                item.resource.to_string(),
                format!("{}{hint}", item.message),
            ]
        })
        .collect();
    text.append(&Text::table(&rows));
    text
}
