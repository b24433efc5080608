//! What answers mean: the status, the body and the errors of one response (shopify.dev, API limits and response codes).

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use slipway_engine::PlatformError;

use super::super::failure::{refused, unavailable, unclear};
use super::cost::Cost;

/// The longest pause that an answer can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What came of one request.
#[derive(Debug)]
pub(super) enum Answer {
    /// The data.
    Data(Value),
    /// The data without what the app has no right to: the error about it, and the places of what is missing.
    Partly(Value, Denied),
    /// It was not carried out; it may be sent again after the pause.
    Later(Duration, PlatformError),
    /// The token was not accepted.
    Unauthorized,
    /// It asks for more than one request may cost.
    TooCostly,
    /// It was not carried out.
    Failed(PlatformError),
    /// It may have been carried out.
    Lost(PlatformError),
}

/// What an app has no right to.
#[derive(Debug)]
pub(in super::super) struct Denied {
    /// What to say where that is needed.
    pub(in super::super) error: PlatformError,
    /// The paths of what is missing in the data.
    pub(in super::super) paths: Vec<Value>,
}

/// A response as it came.
#[derive(Debug, Deserialize)]
pub(super) struct Body {
    data: Option<Value>,
    errors: Option<Value>,
    extensions: Option<Extensions>,
}

#[derive(Debug, Deserialize)]
struct Extensions {
    cost: Option<Cost>,
}

impl Body {
    /// Takes secrets out of all that the store says: it may echo what it was sent.
    pub(super) fn without(mut self, secrets: &[&str]) -> Self {
        for part in [&mut self.data, &mut self.errors].into_iter().flatten() {
            redact(part, secrets);
        }
        self
    }

    /// What the answer says about the budget.
    pub(super) fn cost(&self) -> Option<&Cost> {
        self.extensions.as_ref()?.cost.as_ref()
    }
}

fn redact(value: &mut Value, secrets: &[&str]) {
    match value {
        Value::String(text) => {
            for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
                if text.contains(secret) {
                    *text = text.replace(secret, "••••");
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| redact(value, secrets)),
        Value::Object(fields) => fields.values_mut().for_each(|value| redact(value, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TopError {
    message: String,
    path: Value,
    extensions: TopExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TopExtensions {
    code: String,
    required_access: String,
}

/// No answer came.
pub(super) fn unreachable(store: &str, error: &reqwest::Error) -> PlatformError {
    let why = if error.is_timeout() {
        "did not answer in time"
    } else if error.is_connect() {
        "can't be reached"
    } else {
        "broke the connection off"
    };
    unavailable(
        format!("{store} {why}."),
        "See whether this machine is online, then try again.",
    )
}

/// Judges a status other than success.
pub(super) fn status(store: &str, status: u16, retry_after: Option<&str>) -> Answer {
    let pause = retry_after
        .and_then(|text| text.trim().parse::<f64>().ok())
        .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        .map_or(Duration::from_secs(1), Duration::from_secs_f64)
        .min(LONGEST_PAUSE);
    let told = |message: &str| format!("{store} {message} (status {status}).");
    match status {
        401 => Answer::Unauthorized,
        402 => Answer::Failed(refused(
            told("is frozen: its plan has not been paid"),
            "Have the store's owner settle its bill, then try again.",
        )),
        403 => Answer::Failed(refused(
            told("does not let this app in"),
            "See whether the app is installed in this store and its access was not revoked.",
        )),
        404 | 406 => Answer::Failed(refused(
            told("does not know this address or API version"),
            "See whether the store's address is right and the API version is one that it supports.",
        )),
        423 => Answer::Failed(refused(
            told("is locked"),
            "Have the store's owner unlock it with the vendor's support, then try again.",
        )),
        429 => Answer::Later(
            pause,
            unavailable(
                told("asks for fewer requests"),
                "Wait a minute, then try again.",
            ),
        ),
        430 => Answer::Later(
            pause.max(Duration::from_secs(2)),
            unavailable(
                told("took the requests for an attack and turned them away"),
                "Wait a few minutes, then try again; deploy from a network that is not shared.",
            ),
        ),
        400..=499 => Answer::Failed(refused(
            told("refused the request"),
            "See whether the API version of this environment is still supported.",
        )),
        _ => Answer::Lost(unavailable(
            told("has a problem of its own"),
            "Try again in a moment; the vendor's status page says more.",
        )),
    }
}

/// Judges a body that came whole.
pub(super) fn body(store: &str, body: Body) -> Answer {
    let errors = match &body.errors {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list
            .iter()
            .map(|error| serde_json::from_value(error.clone()).unwrap_or_default())
            .collect(),
        Some(other) => vec![TopError {
            message: other.as_str().unwrap_or("an unknown error").to_owned(),
            ..TopError::default()
        }],
    };
    let Some(first) = errors.first() else {
        return match body.data {
            Some(data) if data.is_object() => Answer::Data(data),
            _ => Answer::Lost(unavailable(
                format!("{store} gave an answer without data."),
                "Try again in a moment.",
            )),
        };
    };
    let is_denied = |error: &TopError| error.extensions.code == "ACCESS_DENIED";
    let answer = error(store, first, body.cost());
    match (answer, body.data) {
        (Answer::Failed(error), data) if errors.iter().all(is_denied) => {
            let denied = Denied {
                error,
                paths: errors.into_iter().map(|error| error.path).collect(),
            };
            Answer::Partly(data.unwrap_or_default(), denied)
        }
        (answer, _) => answer,
    }
}

fn error(store: &str, error: &TopError, cost: Option<&Cost>) -> Answer {
    let said = first_line(&error.message);
    match error.extensions.code.as_str() {
        "THROTTLED" => Answer::Later(
            pause_of(cost),
            unavailable(
                format!("{store} is busy with other requests of this app."),
                "Wait a minute, then try again.",
            ),
        ),
        "MAX_COST_EXCEEDED" => Answer::TooCostly,
        "ACCESS_DENIED" => {
            let needed = match error.extensions.required_access.as_str() {
                "" => String::new(),
                access => format!(" It asks for: {}.", access.trim_end_matches('.')),
            };
            Answer::Failed(refused(
                format!("{store} denies access: {said}"),
                format!(
                    "Give the app the scope that it lacks, or leave the kind out of the release.{needed}"
                ),
            ))
        }
        "INTERNAL_SERVER_ERROR" | "TIMEOUT" | "SERVICE_UNAVAILABLE" => Answer::Lost(unavailable(
            format!("{store} had a problem of its own: {said}"),
            "Try again in a moment.",
        )),
        "MAX_INPUT_SIZE_EXCEEDED" => Answer::Failed(refused(
            format!("{store} takes fewer entries at once: {said}"),
            "Shorten the list in the source, then refresh the release.",
        )),
        _ => Answer::Failed(refused(
            format!("{store} refused the request: {said}"),
            "See whether the API version of this environment is still supported.",
        )),
    }
}

/// How long it takes until the bucket holds what is asked for.
fn pause_of(cost: Option<&Cost>) -> Duration {
    let seconds = cost.and_then(|cost| {
        let status = cost.throttle_status?;
        Some((cost.requested_query_cost - status.currently_available) / status.restore_rate)
    });
    let seconds = seconds.filter(|s| s.is_finite()).unwrap_or(1.0);
    Duration::from_secs_f64(seconds.clamp(0.05, LONGEST_PAUSE.as_secs_f64()))
}

/// The first line of what the store said, short enough for a sentence.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// What a lost answer means: for a read, that it may be tried again; for a write, that the truth has to be read.
pub(super) fn lost(error: PlatformError, is_mutation: bool) -> PlatformError {
    match error {
        PlatformError::Unavailable { message, .. } if is_mutation => unclear(format!(
            "{} Whether it wrote is not known.",
            message.trim_end()
        )),
        other => other,
    }
}
