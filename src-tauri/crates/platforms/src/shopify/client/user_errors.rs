//! What a mutation's user errors say, in words that help.

use serde_json::Value;
use slipway_engine::PlatformError;

use super::super::failure::refused;

/// How many errors are spelt out.
const SPELT_OUT: usize = 3;

/// One user error. Some mutations give no code (Admin API schema).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct UserError {
    /// Its code, or nothing.
    pub(in super::super) code: String,
    /// The field, as `product.handle`.
    pub(in super::super) field: String,
    /// What the store says.
    pub(in super::super) message: String,
    /// The theme file, where it is about one.
    pub(in super::super) filename: Option<String>,
}

/// The user errors of a payload.
pub(in super::super) fn user_errors(payload: &Value) -> Vec<UserError> {
    let list = payload
        .get("userErrors")
        .or_else(|| payload.get("mediaUserErrors"));
    let errors = list
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    errors.iter().map(user_error).collect()
}

fn user_error(error: &Value) -> UserError {
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let part = |part: &Value| match part {
        Value::String(name) => name.clone(),
        other => other.to_string(),
    };
    let field = match &error["field"] {
        Value::Array(parts) => parts.iter().map(part).collect::<Vec<_>>().join("."),
        _ => String::new(),
    };
    UserError {
        code: text("code"),
        field,
        message: text("message"),
        filename: error["filename"].as_str().map(str::to_owned),
    }
}

/// One refusal for all of them.
pub(super) fn refusal(store: &str, errors: &[UserError]) -> PlatformError {
    let mut said: Vec<String> = errors
        .iter()
        .take(SPELT_OUT)
        .map(|error| {
            let message = error.message.trim_end_matches('.');
            match error.field.as_str() {
                "" => message.to_owned(),
                field => format!("{message} (at {field})"),
            }
        })
        .collect();
    if errors.len() > SPELT_OUT {
        said.push(format!("and {} more", errors.len() - SPELT_OUT));
    }
    let hint = errors.first().map_or("", |first| hint(first));
    refused(format!("{store} refused it: {}.", said.join("; ")), hint)
}

fn hint(error: &UserError) -> &'static str {
    let is_handle = error.field.ends_with("handle");
    match error.code.as_str() {
        "TAKEN" | "HANDLE_NOT_UNIQUE" => {
            "Another object there has the name: rename one of them, capture the store and refresh the release."
        }
        _ if is_handle && error.message.contains("already in use") => {
            "Another object there has the name: rename one of them, capture the store and refresh the release."
        }
        "TOO_LONG" | "TOO_BIG" | "LESS_THAN_OR_EQUAL_TO" | "INPUT_LIMIT_EXCEEDED" => {
            "Shorten it in the source, then refresh the release."
        }
        "NESTING_TOO_DEEP" => {
            "A menu has three levels at most: move the deepest items up in the source."
        }
        "UNDEFINED_OBJECT_FIELD" | "OBJECT_FIELD_REQUIRED" | "UNDEFINED_OBJECT_TYPE" => {
            "The definition in this store is another one: put the definition into the release as well."
        }
        "NOT_FOUND" | "RECORD_NOT_FOUND" => {
            "It is gone there: capture the store and refresh the release."
        }
        "MAX_DEFINITIONS_EXCEEDED" | "RESOURCE_TYPE_LIMIT_EXCEEDED" | "LIMIT_EXCEEDED" => {
            "The store holds as many as it can: delete some there that are not needed."
        }
        "FILE_VALIDATION_ERROR" => "Correct the file in the source, then refresh the release.",
        "ACCESS_DENIED" => {
            "Give the app the scope that it lacks; themes also need an exemption or a theme password."
        }
        _ => "Correct it in the source, or leave it out of the release.",
    }
}
