//! Webhook subscriptions. They are kept, but nothing is ever sent: the simulator asks nothing of any network.

use serde_json::{Map, Value, json};

use super::Outcome;
use super::input::{Input, copy, object_or_empty, text as given_text};
use super::refusal::UserError;
use crate::shop::state::{State, text};

const PLAIN: &[&str] = &[
    "filter",
    "format",
    "includeFields",
    "metafieldNamespaces",
    "name",
];

fn fields(input: &Input) -> Result<Map<String, Value>, UserError> {
    let mut fields = Map::new();
    copy(input, PLAIN, &mut fields);
    fields.retain(|_, value| !value.is_null());
    if let Some(uri) = given_text(input, "uri").or_else(|| given_text(input, "callbackUrl")) {
        let at = "webhookSubscription.callbackUrl";
        if uri.is_empty() {
            return Err(UserError::at(at, "Address can't be blank"));
        }
        let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
        if !matches!(scheme, "https" | "pubsub" | "arn") {
            return Err(UserError::at(
                at,
                format!("Address protocol {scheme}:// is not supported"),
            ));
        }
        fields.insert("uri".to_owned(), json!(uri));
        fields.insert("callbackUrl".to_owned(), json!(uri));
        fields.insert(
            "endpoint".to_owned(),
            json!({"__typename": "WebhookHttpEndpoint", "callbackUrl": uri}),
        );
    }
    Ok(fields)
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "webhookSubscription");
    let given = fields(input)?;
    if !given.contains_key("uri") {
        return Err(
            UserError::at("webhookSubscription.callbackUrl", "Address can't be blank").into(),
        );
    }
    let topic = given_text(args, "topic").unwrap_or_default();
    let taken = state
        .all("WebhookSubscription")
        .iter()
        .any(|row| text(row, "topic") == topic && row.get("uri") == given.get("uri"));
    if taken {
        let message = "Address for this topic has already been taken";
        return Err(UserError::at("webhookSubscription.callbackUrl", message).into());
    }
    let now = state.now();
    let row = json!({
        "topic": topic, "format": "JSON", "includeFields": [], "metafieldNamespaces": [], "metafields": [], "filter": null,
        "name": null, "createdAt": now, "updatedAt": now,
        "apiVersion": {"handle": "2026-10", "displayName": "2026-10 (Latest)", "supported": true},
    });
    let mut row = row.as_object().cloned().unwrap_or_default();
    row.extend(given);
    let id = state.create("WebhookSubscription", row);
    Ok(json!({"webhookSubscription": id}))
}

fn missing() -> UserError {
    UserError::at("id", "Webhook subscription does not exist")
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    if state.get_as("WebhookSubscription", id).is_none() {
        return Err(missing().into());
    }
    let changed = fields(object_or_empty(args, "webhookSubscription"))?;
    state.touch(id, |row| row.extend(changed));
    Ok(json!({"webhookSubscription": id}))
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    if state.get_as("WebhookSubscription", id).is_none() {
        return Err(missing().into());
    }
    state.remove(id);
    Ok(json!({"deletedWebhookSubscriptionId": id}))
}
