//! Staged uploads: places to put bytes, before a mutation names them.

use serde_json::{Value, json};

use super::Outcome;
use super::input::{Input, objects, text as given_text};
use super::refusal::{UserError, refuse_any};
use crate::shop::state::State;
use crate::shop::text::sha256;

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let mut errors = Vec::new();
    let mut targets = Vec::new();
    for (index, input) in objects(args, "input").enumerate() {
        let at = format!("input.{index}");
        let resource = given_text(input, "resource").unwrap_or_default();
        let name = given_text(input, "filename").unwrap_or_default();
        let mime = given_text(input, "mimeType").unwrap_or_default();
        let needs_size = match resource {
            "VIDEO" => Some("video resources"),
            "MODEL_3D" => Some("3D model resources"),
            _ => None,
        };
        if let Some(what) = needs_size
            && input.get("fileSize").is_none_or(Value::is_null)
        {
            errors.push(UserError::at(
                &format!("{at}.fileSize"),
                format!("file size is required for {what}"),
            ));
            continue;
        }
        if mime == "application/x-msdownload" || resource == "IMAGE" && !mime.starts_with("image/")
        {
            let message = format!("{name}: ({mime}) is not a recognized format");
            errors.push(UserError::at(&format!("{at}.mimeType"), message));
            continue;
        }
        targets.push(target(state, input, resource, name, mime));
    }
    refuse_any(errors)?;
    Ok(json!({"stagedTargets": targets}))
}

fn target(state: &mut State, input: &Input, resource: &str, name: &str, mime: &str) -> Value {
    let number = state.new_id();
    let key = format!("tmp/{number}/{resource}/{name}");
    let url = format!("{}/uploads", state.base_url);
    let signature = sha256(key.as_bytes());
    let parameter = |name: &str, value: &str| json!({"name": name, "value": value});
    if given_text(input, "httpMethod") == Some("POST") {
        let parameters = if matches!(resource, "VIDEO" | "MODEL_3D") {
            json!([
                parameter("GoogleAccessId", "simulator"),
                parameter("key", &key),
                parameter("policy", "simulated"),
                parameter("signature", &signature),
            ])
        } else {
            json!([
                parameter("Content-Type", mime),
                parameter("success_action_status", "201"),
                parameter("acl", "private"),
                parameter("key", &key),
                parameter("x-goog-date", "20261001T090000Z"),
                parameter("x-goog-credential", "simulator"),
                parameter("x-goog-algorithm", "GOOG4-RSA-SHA256"),
                parameter("x-goog-signature", &signature),
                parameter("policy", "simulated"),
            ])
        };
        return json!({"url": format!("{url}/"), "resourceUrl": format!("{url}/{key}"), "parameters": parameters});
    }
    json!({
        "url": format!("{url}/{key}?signature={signature}"),
        "resourceUrl": format!("{url}/{key}"),
        "parameters": [parameter("content_type", mime), parameter("acl", "private")],
    })
}
