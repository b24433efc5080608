//! Calls commands of the api with their types.

use serde::Serialize;
use serde::de::DeserializeOwned;
use slipway_api::{Api, ApiError, ErrorCode, Host, Person};

/// Calls a command and reads its answer.
pub(crate) async fn ask<T: DeserializeOwned>(
    api: &Api,
    name: &str,
    request: impl Serialize,
) -> Result<T, ApiError> {
    let request = serde_json::to_value(request).expect("BUG: a request is plain data");
    let answer = api.call(name, request).await?;
    Ok(serde_json::from_value(answer).expect("BUG: an answer has its own type"))
}

/// Who acts: as it was said, else as this machine knows its user.
pub(crate) fn person(said: Option<&str>, machine: &dyn Host) -> Result<Option<Person>, ApiError> {
    match said.filter(|said| !said.trim().is_empty()) {
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|error| usage(format!("{error}"))),
        None => Ok(machine.suggested_person()),
    }
}

/// A usage error.
pub(crate) fn usage(message: impl Into<String>) -> ApiError {
    ApiError {
        code: ErrorCode::Invalid,
        message: message.into(),
        hint: String::new(),
        retryable: false,
    }
}
