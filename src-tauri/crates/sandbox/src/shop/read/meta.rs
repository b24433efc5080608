//! Metafields, metaobjects and the definitions of both.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::common::namespace;
use super::{Answer, arg, root};
use crate::shop::gid;
use crate::shop::graphql::{Fail, Found, Rows};
use crate::shop::search::Query;
use crate::shop::seed;
use crate::shop::state::{State, text};
use crate::shop::table::Fields;
use crate::shop::text::sha256;
use crate::shop::types;

pub(super) fn field(
    state: &mut State,
    on: &str,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    Ok(match on {
        "Metafield" => metafield(state, name, object),
        "MetafieldDefinition" => metafield_definition(state, name, object),
        "Metaobject" => metaobject(state, name, object, given),
        "MetaobjectDefinition" => metaobject_definition(state, name, object),
        "MetaobjectField" => value_field(name, text(object, "type"), object.get("value")),
        _ => None,
    })
}

/// What can be told of a value by its type alone.
fn value_field(name: &str, kind: &str, value: Option<&Value>) -> Option<Found> {
    let value = value.and_then(Value::as_str);
    let is_list = kind.starts_with("list.");
    Some(match name {
        "jsonValue" => value
            .map_or(Value::Null, |value| json_value(kind, value))
            .into(),
        "reference" if !is_list && types::reference(kind).is_some() => json!(value).into(),
        "references" if is_list && types::reference(kind).is_some() => {
            let ids: Vec<Value> = value
                .and_then(|value| serde_json::from_str(value).ok())
                .unwrap_or_default();
            Found::Rows(Rows::values(ids))
        }
        "reference" | "references" | "thumbnail" => Value::Null.into(),
        _ => return None,
    })
}

fn json_value(kind: &str, value: &str) -> Value {
    if types::is_json(kind) {
        return serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    }
    json!(value)
}

/// The digest by which a metafield's value is compared: equal for equal types and values.
pub(crate) fn compare_digest(kind: &str, value: &str) -> String {
    sha256(format!("metafield\n{kind}\n{value}").as_bytes())
}

fn metafield(state: &State, name: &str, object: &Arc<Fields>) -> Option<Found> {
    let kind = text(object, "type");
    Some(match name {
        "compareDigest" => json!(compare_digest(kind, text(object, "value"))).into(),
        "sizeInBytes" => json!(text(object, "value").len()).into(),
        "definition" => {
            let (owner, space, key) = (
                text(object, "ownerType"),
                text(object, "namespace"),
                text(object, "key"),
            );
            find_definition(state, owner, space, key)
                .map_or(Value::Null, Value::String)
                .into()
        }
        _ => return value_field(name, kind, object.get("value")),
    })
}

/// The definition that a metafield of this owner, namespace and key has.
pub(crate) fn find_definition(
    state: &State,
    owner: &str,
    space: &str,
    key: &str,
) -> Option<String> {
    state
        .find("MetafieldDefinition", "key", key)
        .into_iter()
        .find(|id| {
            state.get(id).is_some_and(|row| {
                text(&row, "ownerType") == owner && text(&row, "namespace") == space
            })
        })
}

fn metafield_definition(state: &State, name: &str, object: &Arc<Fields>) -> Option<Found> {
    let matching = || {
        state.all("Metafield").into_iter().filter(|row| {
            ["ownerType", "namespace", "key"]
                .iter()
                .all(|name| text(row, name) == text(object, name))
        })
    };
    Some(match name {
        "type" => types::describe(text(object, "_type")).into(),
        "metafieldsCount" => json!(metafields_count(state, object)).into(),
        "metafields" => {
            let ids = matching().filter_map(|row| gid::number_of("Metafield", text(&row, "id")));
            Found::Rows(Rows::ids("Metafield", ids.collect()))
        }
        _ => return None,
    })
}

/// How many metafields a definition has; generated ones are counted without being made.
fn metafields_count(state: &State, definition: &Fields) -> usize {
    let is_of = |row: &Fields| {
        ["ownerType", "namespace", "key"]
            .iter()
            .all(|name| text(row, name) == text(definition, name))
    };
    let written = state.written("Metafield");
    let written = written.iter().filter(|row| is_of(row)).count();
    let may_be_generated =
        text(definition, "ownerType") == "PRODUCT" && text(definition, "namespace") == "custom";
    if may_be_generated {
        written + seed::untouched_metafields(state, text(definition, "key"))
    } else {
        written
    }
}

/// A metaobject's value under a key.
pub(crate) fn value_of<'a>(metaobject: &'a Fields, key: &str) -> Option<&'a str> {
    metaobject.get("_values")?.get(key)?.as_str()
}

/// The name that a metaobject shows.
pub(crate) fn display_name(state: &State, metaobject: &Fields) -> String {
    let definition = state
        .get(text(metaobject, "definition"))
        .unwrap_or_default();
    let key = text(&definition, "displayNameKey");
    match value_of(metaobject, key).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => {
            let number = gid::parse(text(metaobject, "id")).map_or(0, |(_, id)| id);
            format!("{} #{number}", text(&definition, "name"))
        }
    }
}

fn object_field(definition: &Value, metaobject: &Fields) -> Value {
    let key = definition["key"].as_str().unwrap_or_default();
    json!({
        "key": key,
        "type": definition["_type"],
        "value": value_of(metaobject, key),
        "definition": described(definition),
    })
}

fn described(definition: &Value) -> Value {
    let mut described = definition.clone();
    described["type"] = types::describe(definition["_type"].as_str().unwrap_or_default());
    described
}

fn metaobject(
    state: &State,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Option<Found> {
    let definition = state.get(text(object, "definition")).unwrap_or_default();
    let fields = definition
        .get("_fields")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    Some(match name {
        "fields" => fields
            .iter()
            .map(|field| object_field(field, object))
            .collect::<Vec<_>>()
            .into(),
        "field" => {
            let key = arg(given, "key").unwrap_or_default();
            let field = fields.iter().find(|field| field["key"] == key);
            field
                .map_or(Value::Null, |field| object_field(field, object))
                .into()
        }
        "displayName" => json!(display_name(state, object)).into(),
        "values" => {
            let values = fields.iter().filter_map(|field| {
                let key = field["key"].as_str()?;
                let value = value_of(object, key)?;
                Some((key.to_owned(), json_value(field["_type"].as_str()?, value)))
            });
            Value::Object(values.collect()).into()
        }
        "createdBy" | "createdByApp" => json!(gid::gid("App", 1)).into(),
        "referencedBy" => Found::Rows(Rows::values(referenced_by(state, text(object, "id")))),
        _ => return None,
    })
}

fn referenced_by(state: &State, id: &str) -> Vec<Value> {
    let rows = state.written("Metafield").into_iter();
    let rows = rows.filter(|row| {
        text(row, "value").contains(id) && types::reference(text(row, "type")).is_some()
    });
    rows.map(|row| {
        json!({
            "key": text(&row, "key"), "namespace": text(&row, "namespace"), "name": text(&row, "key"),
            "referencer": text(&row, "owner"), "target": id,
        })
    })
    .collect()
}

fn metaobject_definition(state: &State, name: &str, object: &Arc<Fields>) -> Option<Found> {
    Some(match name {
        "fieldDefinitions" => {
            let fields = object.get("_fields").and_then(Value::as_array);
            fields
                .into_iter()
                .flatten()
                .map(described)
                .collect::<Vec<_>>()
                .into()
        }
        "metaobjectsCount" => {
            json!(state.find("Metaobject", "type", text(object, "type")).len()).into()
        }
        "metaobjects" => {
            let ids = state.find("Metaobject", "type", text(object, "type"));
            let ids = ids.iter().filter_map(|id| gid::parse(id)).map(|(_, id)| id);
            Found::Rows(Rows::ids("Metaobject", ids.collect()))
        }
        "hasThumbnailField" => json!(false).into(),
        "createdByApp" => json!(gid::gid("App", 1)).into(),
        _ => return None,
    })
}

/// A metaobject type as it is stored: `$app:` stands for the app's own.
pub(crate) fn object_type(state: &State, given: &str) -> String {
    match given.strip_prefix("$app:") {
        Some(rest) => format!("app--{}--{rest}", state.app.id),
        None => given.to_owned(),
    }
}

pub(super) fn metaobjects(state: &mut State, given: &Map<String, Value>) -> Result<Found, Fail> {
    let kind = object_type(state, arg(given, "type").unwrap_or_default());
    let query = arg(given, "query")
        .filter(|query| !query.is_empty())
        .map(Query::parse);
    let unindexed = if query.is_some() {
        state.unindexed("Metaobject")
    } else {
        Default::default()
    };
    let ids: Vec<u64> = state
        .find("Metaobject", "type", &kind)
        .iter()
        .filter_map(|id| gid::parse(id))
        .map(|(_, id)| id)
        .filter(|id| {
            query.as_ref().is_none_or(|query| {
                let row = match unindexed.get(id) {
                    Some(before) => before.clone(),
                    None => state.row("Metaobject", *id),
                };
                row.is_some_and(|row| query.matches(state, &row))
            })
        })
        .collect();
    let mut given = given.clone();
    let by = arg(&given, "sortKey").unwrap_or("id").to_uppercase();
    given.insert("sortKey".to_owned(), json!(by));
    Ok(Found::Rows(root::sorted(state, "Metaobject", ids, &given)))
}

/// The metaobject of a type with this handle.
pub(crate) fn find_metaobject(state: &State, kind: &str, handle: &str) -> Option<String> {
    let mut found = state.find("Metaobject", "handle", handle).into_iter();
    found.find(|id| state.get(id).is_some_and(|row| text(&row, "type") == kind))
}

pub(super) fn by_handle(state: &State, given: &Map<String, Value>) -> Found {
    let part = |name: &str| {
        given
            .get("handle")
            .and_then(|handle| handle[name].as_str())
            .unwrap_or_default()
    };
    let kind = object_type(state, part("type"));
    find_metaobject(state, &kind, part("handle"))
        .map_or(Value::Null, Value::String)
        .into()
}

pub(super) fn definition_by_type(state: &State, kind: &str) -> Found {
    let kind = object_type(state, kind);
    let found = state
        .find("MetaobjectDefinition", "type", &kind)
        .into_iter()
        .next();
    found.map_or(Value::Null, Value::String).into()
}

pub(super) fn definition(state: &State, given: &Map<String, Value>) -> Found {
    if let Some(id) = arg(given, "id") {
        return state
            .get_as("MetafieldDefinition", id)
            .map_or(Value::Null, |_| json!(id))
            .into();
    }
    let part = |name: &str| {
        given
            .get("identifier")
            .and_then(|identifier| identifier[name].as_str())
    };
    let space = namespace(state, part("namespace"));
    let found = find_definition(
        state,
        part("ownerType").unwrap_or_default(),
        &space,
        part("key").unwrap_or_default(),
    );
    found.map_or(Value::Null, Value::String).into()
}

pub(super) fn definitions(state: &mut State, given: &Map<String, Value>) -> Found {
    let owner = arg(given, "ownerType").unwrap_or_default().to_owned();
    let space = arg(given, "namespace").map(|given| namespace(state, Some(given)));
    let key = arg(given, "key").map(str::to_owned);
    let pinned = arg(given, "pinnedStatus").unwrap_or("ANY").to_owned();
    let query = arg(given, "query")
        .filter(|query| !query.is_empty())
        .map(Query::parse);
    let unindexed = if query.is_some() {
        state.unindexed("MetafieldDefinition")
    } else {
        Default::default()
    };
    let ids = state.ids("MetafieldDefinition").into_iter().filter(|id| {
        let Some(row) = state.row("MetafieldDefinition", *id) else {
            return false;
        };
        let is_pinned = row
            .get("pinnedPosition")
            .is_some_and(|position| !position.is_null());
        let found = query.as_ref().is_none_or(|query| match unindexed.get(id) {
            Some(before) => before.as_ref().is_some_and(|row| query.matches(state, row)),
            None => query.matches(state, &row),
        });
        found
            && text(&row, "ownerType") == owner
            && space
                .as_ref()
                .is_none_or(|space| text(&row, "namespace") == space)
            && key.as_ref().is_none_or(|key| text(&row, "key") == key)
            && match pinned.as_str() {
                "PINNED" => is_pinned,
                "UNPINNED" => !is_pinned,
                _ => true,
            }
    });
    let ids = ids.collect();
    Found::Rows(root::sorted(state, "MetafieldDefinition", ids, given))
}

pub(super) fn types() -> Found {
    types::names()
        .iter()
        .map(|name| types::describe(name))
        .collect::<Vec<_>>()
        .into()
}

/// The object of a type whose metafield of type `id` has this value.
pub(crate) fn by_custom_id(
    state: &State,
    kind: &str,
    custom: &Map<String, Value>,
) -> Option<String> {
    let space = namespace(state, arg(custom, "namespace"));
    let (key, value) = (arg(custom, "key")?, arg(custom, "value")?);
    state.written("Metafield").into_iter().find_map(|row| {
        let owner = text(&row, "owner");
        let same = text(&row, "namespace") == space
            && text(&row, "key") == key
            && text(&row, "value") == value;
        (same && gid::split(owner).is_some_and(|(found, _)| found == kind))
            .then(|| owner.to_owned())
    })
}
