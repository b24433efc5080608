//! Where products and collections are published.

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::context::Context;

/// Publishes the object of that id where the document says, and nowhere else. A document that says nothing of it leaves
/// it as it is.
pub(super) async fn write(
    context: &Context,
    id: &str,
    live: Option<&Value>,
    document: &Value,
) -> Result<(), PlatformError> {
    let Some(wanted) = document["publications"].as_array() else {
        return Ok(());
    };
    let there: Vec<&str> = live
        .and_then(|live| live["resourcePublicationsV2"]["nodes"].as_array())
        .into_iter()
        .flatten()
        .filter_map(|node| node["publication"]["id"].as_str())
        .collect();
    if wanted.is_empty() && there.is_empty() {
        return Ok(());
    }
    let wanted: Vec<&str> = wanted.iter().filter_map(Value::as_str).collect();
    let publications = context.publications(&wanted).await?;
    let mut ids = Vec::with_capacity(wanted.len());
    for title in wanted {
        let found = publications.get(title).ok_or_else(|| {
            let store = &context.client().settings().store;
            refused(
                format!("{store} has no publication “{title}”."),
                "Install that sales channel there, or unpublish the object from it in the source.",
            )
        })?;
        ids.push(found.as_str());
    }
    let inputs = |ids: Vec<&str>| -> Vec<Value> {
        ids.into_iter()
            .map(|id| json!({"publicationId": id}))
            .collect()
    };
    let publish = inputs(
        ids.iter()
            .filter(|id| !there.contains(id))
            .copied()
            .collect(),
    );
    let known: Vec<&str> = publications.values().map(String::as_str).collect();
    // One that the app can't see is none of this program's business.
    let unpublish = there
        .into_iter()
        .filter(|id| !ids.contains(id) && known.contains(id));
    let unpublish = inputs(unpublish.collect());
    if !publish.is_empty() {
        let variables = json!({"id": id, "input": publish});
        context.client().change("Publish", variables).await?;
    }
    if !unpublish.is_empty() {
        let variables = json!({"id": id, "input": unpublish});
        context.client().change("Unpublish", variables).await?;
    }
    Ok(())
}
