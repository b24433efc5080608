//! Where products and collections are published, and from when on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::super::portable::Outward;
use super::context::Context;
use super::product::each;

/// What to do about a time that has passed.
const PASSED: &str = "Capture the source again, then refresh the release.";

/// What a document says of where an object is published and the store does not hold.
struct Changes<'d> {
    publish: BTreeMap<&'d str, &'d Value>,
    unpublish: Vec<String>,
}

impl<'d> Changes<'d> {
    /// Nothing where the document says nothing of it.
    fn between(context: &Context, live: Option<&Value>, document: &'d Value) -> Option<Self> {
        let wanted = document["publications"].as_object()?;
        let there = live.map_or(Value::Null, |live| {
            Outward::new(&context.names).publications(&live["resourcePublicationsV2"])
        });
        let publish = wanted
            .iter()
            .filter(|(title, since)| there.get(title.as_str()) != Some(since))
            .map(|(title, since)| (title.as_str(), since))
            .collect();
        // One that the app can't see has no title, and is none of this program's business.
        let unpublish = (there.as_object().into_iter().flatten())
            .map(|(title, _)| title.clone())
            .filter(|title| !wanted.contains_key(title))
            .collect();
        Some(Self { publish, unpublish })
    }
}

/// Sees before anything is written that no time has passed at which the object is to be published: it would be so at once.
pub(super) fn check(
    context: &Context,
    live: Option<&Value>,
    document: &Value,
) -> Result<(), PlatformError> {
    let now = Timestamp::now();
    let changes = Changes::between(context, live, document);
    let mut dates = (changes.iter())
        .flat_map(|changes| changes.publish.values())
        .filter_map(|since| since.as_str());
    match dates.find(|date| date.parse::<Timestamp>().is_ok_and(|at| at <= now)) {
        Some(date) => Err(refused(
            format!("It was to be published on {date}, which has passed."),
            PASSED,
        )),
        None => Ok(()),
    }
}

/// Publishes the object of that id where the document says, and nowhere else. A document that says nothing of it leaves
/// it as it is.
pub(super) async fn write(
    context: &Context,
    id: &str,
    live: Option<&Value>,
    document: &Value,
) -> Result<(), PlatformError> {
    let Some(Changes { publish, unpublish }) = Changes::between(context, live, document) else {
        return Ok(());
    };
    if publish.is_empty() && unpublish.is_empty() {
        return Ok(());
    }
    let gone_titles = unpublish.iter().map(String::as_str);
    let titles: Vec<&str> = publish.keys().copied().chain(gone_titles.clone()).collect();
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
    for title in gone_titles {
        gone.push(json!({"publicationId": id_of(title)?}));
    }
    let mut passed = None;
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
        let is_shown = |input: &&Value| {
            each(there).any(|node| {
                node["publication"]["id"] == input["publicationId"] && node["isPublished"] == true
            })
        };
        passed = passed.or(later.iter().find(is_shown));
    }
    // By the clock of the store, and only after the rest.
    match passed {
        Some(passed) => {
            let date = passed["publishDate"].as_str().unwrap_or_default();
            Err(refused(
                format!("It was to be published on {date}, which has passed: it is published now."),
                PASSED,
            ))
        }
        None => Ok(()),
    }
}
