//! One GraphQL request: faults, admission, execution, and the answer's form.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answer::{Answered, Ending};
use super::bucket::Bucket;
use super::bulk;
use super::fault::FaultKind;
use super::graphql::{self, CostReport, Fail, Prepared, Refused};
use super::host::Host;
use super::state::App;

/// The versions that the simulator speaks, oldest first; the schema is the newest's in all.
pub(crate) const VERSIONS: &[&str] = &["2026-04", "2026-07", "2026-10"];

/// The version that answers a request for this one: itself, or the oldest for one that is no longer supported.
pub(crate) fn version(asked: &str) -> Option<&'static str> {
    if asked == "unstable" {
        return Some("unstable");
    }
    let known = VERSIONS.iter().find(|version| **version == asked);
    let (year, month) = asked.split_once('-')?;
    let is_version = year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(month, "01" | "04" | "07" | "10");
    let is_past = is_version && asked >= "2019-04" && asked < VERSIONS[0];
    known.or(is_past.then_some(&VERSIONS[0])).copied()
}

/// The element of `publicApiVersions` for each version.
pub(crate) fn public_versions() -> Value {
    let latest = VERSIONS.len() - 1;
    let mut versions: Vec<Value> = VERSIONS
        .iter()
        .enumerate()
        .map(|(at, version)| {
            let name = if at == latest {
                format!("{version} (Latest)")
            } else {
                (*version).to_owned()
            };
            json!({"handle": version, "displayName": name, "supported": true})
        })
        .collect();
    versions.push(json!({"handle": "unstable", "displayName": "unstable", "supported": false}));
    Value::Array(versions)
}

/// How a struck request's answer is spoilt after it was carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spoil {
    No,
    Lost,
    Half,
    NotJson,
}

pub(crate) async fn answer(
    host: &Arc<Host>,
    app: App,
    request: &Value,
    debug: bool,
    request_id: &str,
) -> Answered {
    let text = request["query"].as_str().unwrap_or_default();
    let operation_name = request["operationName"].as_str();
    let empty = Map::new();
    let variables = request["variables"].as_object().unwrap_or(&empty);
    let prepared = graphql::prepare(text, operation_name, variables);
    let names = names(operation_name, prepared.as_ref().ok());
    count(host, &names);

    let mut spoil = Spoil::No;
    let struck = host.rest().faults.strike(&names);
    for fault in struck {
        match fault {
            FaultKind::Status {
                status,
                retry_after,
            } => return refused_status(status, retry_after),
            FaultKind::Reset => return Answered::cut(Ending::Reset),
            FaultKind::Slow(time) => tokio::time::sleep(time).await,
            FaultKind::Throttled => return throttled(host, &app, prepared.as_ref().ok()),
            FaultKind::InternalError => {
                let fail = Fail::new(
                    "INTERNAL_SERVER_ERROR",
                    format!("Internal error. Looks like something went wrong on our end.\nRequest ID: {request_id} (include this in support requests)."),
                )
                .with("requestId", request_id);
                return Answered::json(200, &json!({"errors": [fail.to_json(None, None)]}));
            }
            FaultKind::LostAnswer => spoil = Spoil::Lost,
            FaultKind::HalfBody => spoil = Spoil::Half,
            FaultKind::BadJson => spoil = Spoil::NotJson,
            FaultKind::Drift { id, field, value } => {
                let mut state = host.state();
                state.touch(&id, |fields| {
                    fields.insert(field, value);
                });
                state.keep();
            }
        }
    }
    let body = match prepared {
        Ok(prepared) => match carry_out(host, app, &prepared, debug) {
            Ok(body) => body,
            Err(throttled) => return *throttled,
        },
        Err(Refused(errors)) => json!({"errors": errors}),
    };
    bulk::start_pending(host);
    let bytes = Bytes::from(body.to_string());
    match spoil {
        Spoil::No => Answered::json(200, &body),
        Spoil::Lost => Answered::cut(Ending::Lost),
        Spoil::Half => Answered::json(200, &body).half(&bytes),
        Spoil::NotJson => Answered::new(
            200,
            "text/html; charset=utf-8",
            "<html><body>Something went wrong</body></html>",
        ),
    }
}

/// The operation's name, then the names of its root's fields.
fn names(operation_name: Option<&str>, prepared: Option<&Prepared>) -> Vec<String> {
    let declared = prepared.and_then(|prepared| prepared.operation.name.as_ref());
    let declared = declared.map(ToString::to_string);
    let mut names: Vec<String> = declared
        .or_else(|| operation_name.map(str::to_owned))
        .into_iter()
        .collect();
    names.extend(prepared.map(Prepared::root_fields).unwrap_or_default());
    names
}

fn count(host: &Host, names: &[String]) {
    let mut rest = host.rest();
    rest.counters.requests += 1;
    if let Some(name) = names.first() {
        *rest.counters.operations.entry(name.clone()).or_default() += 1;
    }
}

fn refused_status(status: u16, retry_after: Option<Duration>) -> Answered {
    let text = match status {
        401 => "[API] Invalid API key or access token (unrecognized login or wrong password)",
        402 => "Unavailable Shop",
        403 => "[API] This action requires merchant approval.",
        404 => "Not Found",
        423 => "Locked",
        429 => {
            "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."
        }
        430 => "Security Rejection",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };
    let answered = Answered::refused(status, text);
    match retry_after {
        Some(time) => answered.header("retry-after", &format!("{:.1}", time.as_secs_f64())),
        None => answered,
    }
}

/// Runs a request if the bucket admits it.
fn carry_out(
    host: &Host,
    app: App,
    request: &Prepared,
    debug: bool,
) -> Result<Value, Box<Answered>> {
    let report = request.cost();
    let app_id = app.id;
    if !admits(host, app_id, report.requested) {
        return Err(Box::new(throttled(host, &app, Some(request))));
    }
    let answer = {
        let mut state = host.state();
        state.app = app;
        graphql::run(&mut state, request)
    };
    let status = {
        let mut rest = host.rest();
        rest.counters.points += answer.actual_cost;
        let bucket = rest.buckets.get_mut(&app_id);
        bucket.map_or(Value::Null, |bucket| {
            bucket.give_back(report.requested - answer.actual_cost);
            bucket.status()
        })
    };
    let mut body = Map::new();
    if !answer.data.is_null() || answer.errors.is_empty() {
        body.insert("data".to_owned(), answer.data);
    } else if !is_input_refusal(&answer.errors) {
        body.insert("data".to_owned(), Value::Null);
    }
    if !answer.errors.is_empty() {
        body.insert("errors".to_owned(), Value::Array(answer.errors));
    }
    let cost = cost(&report, json!(answer.actual_cost), status, debug);
    body.insert("extensions".to_owned(), json!({"cost": cost}));
    Ok(Value::Object(body))
}

/// Whether the request as a whole was refused, so that there is not even a null for data.
fn is_input_refusal(errors: &[Value]) -> bool {
    errors
        .iter()
        .all(|error| error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED")
}

fn admits(host: &Host, app_id: u64, cost: u64) -> bool {
    let now_ms = host.spec.clock.now_ms();
    let plan = host.spec.plan;
    let mut rest = host.rest();
    let bucket = rest
        .buckets
        .entry(app_id)
        .or_insert_with(|| Bucket::full(plan, now_ms));
    bucket.admits(cost, now_ms)
}

fn throttled(host: &Host, app: &App, request: Option<&Prepared>) -> Answered {
    let report = request.map(Prepared::cost);
    let now_ms = host.spec.clock.now_ms();
    let plan = host.spec.plan;
    let mut rest = host.rest();
    rest.counters.throttled += 1;
    let bucket = rest
        .buckets
        .entry(app.id)
        .or_insert_with(|| Bucket::full(plan, now_ms));
    let fail = Fail::new("THROTTLED", "Throttled")
        .with("documentation", "https://shopify.dev/api/usage/rate-limits");
    let mut body = json!({"errors": [fail.to_json(None, None)]});
    if let Some(report) = report {
        let cost = cost(&report, Value::Null, bucket.status(), false);
        body["extensions"] = json!({"cost": cost});
    }
    Answered::json(200, &body)
}

fn cost(report: &CostReport, actual: Value, status: Value, debug: bool) -> Value {
    let mut cost = json!({
        "requestedQueryCost": report.requested,
        "actualQueryCost": actual,
        "throttleStatus": status,
    });
    if debug {
        cost["fields"] = Value::Array(report.fields.clone());
    }
    cost
}
