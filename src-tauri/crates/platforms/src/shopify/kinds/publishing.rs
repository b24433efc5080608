//! Where products and collections are published, and from when on.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::super::portable::Outward;
use super::context::Context;

/// Publishes the object of that id where the document says, and nowhere else. A document that says nothing of it leaves
/// it as it is.
pub(super) async fn write(
    context: &Context,
    id: &str,
    live: Option<&Value>,
    document: &Value,
) -> Result<(), PlatformError> {
    let Some(wanted) = document["publications"].as_object() else {
        return Ok(());
    };
    let there = live.map_or(Value::Null, |live| {
        Outward::new(&context.names).publications(&live["resourcePublicationsV2"])
    });
    let publish: BTreeMap<&str, &Value> = wanted
        .iter()
        .filter(|(title, since)| there.get(title.as_str()) != Some(since))
        .map(|(title, since)| (title.as_str(), since))
        .collect();
    // One that the app can't see has no title, and is none of this program's business.
    let unpublish: Vec<&str> = (there.as_object().into_iter().flatten())
        .map(|(title, _)| title.as_str())
        .filter(|title| !wanted.contains_key(*title))
        .collect();
    if publish.is_empty() && unpublish.is_empty() {
        return Ok(());
    }
    let titles: Vec<&str> = publish.keys().copied().chain(unpublish.clone()).collect();
    let publications = context.publications(&titles).await?;
    let input = |title: &str| -> Result<Value, PlatformError> {
        let id = publications.get(title).ok_or_else(|| {
            let store = &context.client().settings().store;
            refused(
                format!("{store} has no publication “{title}”."),
                "Install that sales channel there, or unpublish the object from it in the source.",
            )
        })?;
        Ok(match publish.get(title) {
            Some(Value::String(date)) => json!({"publicationId": id, "publishDate": date}),
            _ => json!({"publicationId": id}),
        })
    };
    for (operation, titles) in [
        ("Publish", publish.keys().copied().collect()),
        ("Unpublish", unpublish),
    ] {
        if !titles.is_empty() {
            let inputs = titles.into_iter().map(input);
            let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
            let variables = json!({"id": id, "input": inputs});
            context.client().change(operation, variables).await?;
        }
    }
    Ok(())
}
