//! Fields that many types have: metafields, publications, translations, events.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Answer, arg, count, translation};
use crate::shop::clock::parse_ms;
use crate::shop::gid;
use crate::shop::graphql::{Found, Rows};
use crate::shop::state::{State, text};
use crate::shop::table::Fields;

pub(super) fn field(
    state: &State,
    on: &str,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    let id = text(object, "id");
    Ok(Some(match name {
        "legacyResourceId" => gid::parse(id)
            .map_or(Value::Null, |(_, id)| json!(id.to_string()))
            .into(),
        "defaultCursor" => {
            json!(gid::parse(id).map_or(String::new(), |(_, id)| id.to_string())).into()
        }
        "storefrontId" => json!(id).into(),
        "metafield" if !id.is_empty() => metafield(state, id, given),
        "metafields" if !id.is_empty() => metafields(state, id, given),
        "translations" if !id.is_empty() => translation::of(state, id, given),
        "resourcePublications" | "resourcePublicationsV2" => {
            resource_publications(state, object, given)
        }
        "resourcePublicationsCount" => count(publications(state, object, given).len()),
        "publicationCount" => json!(publications(state, object, given).len()).into(),
        "availablePublicationsCount" => count(publications(state, object, &Map::new()).len()),
        "unpublishedPublications" => {
            let on = object.get("_publications").and_then(Value::as_object);
            let all = state.ids("Publication").into_iter();
            let off = all
                .filter(|id| on.is_none_or(|on| !on.contains_key(&gid::gid("Publication", *id))));
            Found::Rows(Rows::ids("Publication", off.collect()))
        }
        "publishedOnPublication" => {
            let publication = arg(given, "publicationId").unwrap_or_default();
            json!(is_published_on(state, object, publication)).into()
        }
        "publishedOnCurrentPublication" | "publishedOnChannel" | "publishedOnCurrentChannel" => {
            let first = state
                .ids("Publication")
                .first()
                .map(|id| gid::gid("Publication", *id));
            json!(first.is_some_and(|first| is_published_on(state, object, &first))).into()
        }
        "app" if on.starts_with("Collection") => json!(gid::gid("App", state.app.id)).into(),
        _ => return Ok(None),
    }))
}

/// The namespace as it is stored: `$app` and a missing one stand for the app's own.
pub(crate) fn namespace(state: &State, given: Option<&str>) -> String {
    let app = state.app.id;
    match given {
        None | Some("$app" | "") => format!("app--{app}"),
        Some(given) => match given.strip_prefix("$app:") {
            Some(rest) => format!("app--{app}--{rest}"),
            None => given.to_owned(),
        },
    }
}

fn metafield(state: &State, owner: &str, given: &Map<String, Value>) -> Found {
    let mut key = arg(given, "key").unwrap_or_default();
    let mut wanted = arg(given, "namespace");
    // `namespace.key` in one is understood too.
    if wanted.is_none()
        && let Some((namespace, rest)) = key.split_once('.')
    {
        (wanted, key) = (Some(namespace), rest);
    }
    let namespace = namespace(state, wanted);
    let found = state
        .find("Metafield", "owner", owner)
        .into_iter()
        .find(|id| {
            state
                .get(id)
                .is_some_and(|row| text(&row, "key") == key && text(&row, "namespace") == namespace)
        });
    found.map_or(Value::Null, Value::String).into()
}

fn metafields(state: &State, owner: &str, given: &Map<String, Value>) -> Found {
    let wanted = arg(given, "namespace").map(|given| namespace(state, Some(given)));
    let keys = given.get("keys").and_then(Value::as_array);
    let ids = state
        .find("Metafield", "owner", owner)
        .into_iter()
        .filter_map(|id| {
            let row = state.get(&id)?;
            let full = format!("{}.{}", text(&row, "namespace"), text(&row, "key"));
            let in_namespace = wanted
                .as_ref()
                .is_none_or(|wanted| text(&row, "namespace") == wanted);
            let in_keys = keys.is_none_or(|keys| {
                keys.iter()
                    .filter_map(Value::as_str)
                    .any(|key| key == full || key == text(&row, "key") && wanted.is_some())
            });
            let (_, number) = gid::parse(&id)?;
            (in_namespace && in_keys).then_some(number)
        });
    Found::Rows(Rows::ids("Metafield", ids.collect()))
}

/// Where an object is published: publication and date.
fn publications(
    state: &State,
    object: &Fields,
    given: &Map<String, Value>,
) -> Vec<(String, Value)> {
    let only_published = given.get("onlyPublished").and_then(Value::as_bool) != Some(false);
    let on = object.get("_publications").and_then(Value::as_object);
    on.into_iter()
        .flatten()
        .filter(|(publication, _)| state.get(publication).is_some())
        .filter(|(_, date)| !only_published || is_past(state, date))
        .map(|(publication, date)| (publication.clone(), date.clone()))
        .collect()
}

fn is_past(state: &State, date: &Value) -> bool {
    date.as_str()
        .and_then(parse_ms)
        .is_none_or(|ms| ms <= state.now_ms())
}

fn is_published_on(state: &State, object: &Fields, publication: &str) -> bool {
    let date = object
        .get("_publications")
        .and_then(|on| on.get(publication));
    date.is_some_and(|date| is_past(state, date))
}

fn resource_publications(state: &State, object: &Fields, given: &Map<String, Value>) -> Found {
    let rows = publications(state, object, given)
        .into_iter()
        .map(|(publication, date)| {
            json!({
                "publication": publication,
                "publishDate": date,
                "isPublished": is_past(state, &date),
                "publishable": text(object, "id"),
            })
        });
    Found::Rows(Rows::values(rows.collect()))
}
