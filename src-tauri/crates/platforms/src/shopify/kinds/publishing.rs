//! Where products and collections are published, and from when on.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::super::portable::Outward;
use super::context::Context;
use super::product::each;

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
    let id_of = |title: &str| -> Result<&String, PlatformError> {
        publications.get(title).ok_or_else(|| {
            let store = &context.client().settings().store;
            refused(
                format!("{store} has no publication “{title}”."),
                "Install that sales channel there, or unpublish the object from it in the source.",
            )
        })
    };
    let (mut now, mut later, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for (title, since) in &publish {
        let publication = id_of(title)?;
        match since.as_str() {
            Some(date) => later.push(json!({"publicationId": publication, "publishDate": date})),
            None => now.push(json!({"publicationId": publication})),
        }
    }
    for title in unpublish {
        gone.push(json!({"publicationId": id_of(title)?}));
    }
    for (operation, inputs) in [
        ("Publish", &now),
        ("PublishLater", &later),
        ("Unpublish", &gone),
    ] {
        if inputs.is_empty() {
            continue;
        }
        let variables = json!({"id": id, "input": inputs});
        let payload = context.client().change(operation, variables).await?;
        let there = &payload["publishable"]["resourcePublicationsV2"]["nodes"];
        let passed = later.iter().find(|input| {
            each(there).any(|node| {
                node["publication"]["id"] == input["publicationId"] && node["isPublished"] == true
            })
        });
        if let Some(passed) = passed {
            let date = passed["publishDate"].as_str().unwrap_or_default();
            return Err(refused(
                format!("It was to be published on {date}, which has passed: it is published now."),
                "Capture the source again, then refresh the release.",
            ));
        }
    }
    Ok(())
}
