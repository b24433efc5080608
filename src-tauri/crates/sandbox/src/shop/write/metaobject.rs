//! Metaobjects.

use serde_json::{Map, Value, json};

use super::input::{
    Input, flag, given, object, object_or_empty, objects, text as given_text, texts as given_texts,
};
use super::refusal::{Refusal, UserError, refuse_any};
use super::validate::{check, validations};
use super::{Outcome, handle, metafield};
use crate::shop::read::{display_name, find_metaobject, object_type};
use crate::shop::state::{State, text};
use crate::shop::text::{handle as slug, next_handle};

fn user_error(at: &str, message: impl Into<String>, code: &'static str) -> UserError {
    UserError::at(at, message)
        .code(code)
        .with("elementKey", Value::Null)
        .with("elementIndex", Value::Null)
}

/// Checks the values that were given and puts them over what is there.
fn values(
    state: &State,
    definition: &Map<String, Value>,
    before: &Map<String, Value>,
    input: &Input,
    at: &str,
) -> Result<Map<String, Value>, Refusal> {
    let fields = definition
        .get("_fields")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut values = before.clone();
    let mut errors = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let pairs: Vec<(String, Option<String>)> = match input.get("values").and_then(Value::as_object)
    {
        Some(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), as_text(value)))
            .collect(),
        None => objects(input, "fields")
            .map(|field| {
                let key = given_text(field, "key").unwrap_or_default().to_owned();
                (key, given_text(field, "value").map(str::to_owned))
            })
            .collect(),
    };
    for (index, (key, value)) in pairs.iter().enumerate() {
        let at = format!("{at}.fields.{index}");
        let found = |message: String, code: &'static str| {
            UserError::at(&at, message)
                .code(code)
                .with("elementKey", key.as_str())
                .with("elementIndex", Value::Null)
        };
        let Some(field) = fields.iter().find(|field| field["key"] == key.as_str()) else {
            errors.push(found(
                format!("Field definition {key:?} does not exist"),
                "UNDEFINED_OBJECT_FIELD",
            ));
            continue;
        };
        if seen.contains(key) {
            errors.push(found(
                format!("Field {key:?} duplicates other inputs"),
                "DUPLICATE_FIELD_INPUT",
            ));
            continue;
        }
        seen.push(key.clone());
        let value = value.clone().unwrap_or_default();
        if value.is_empty() {
            values.insert(key.clone(), Value::Null);
            if field["required"] == true {
                let name = field["name"].as_str().unwrap_or_default();
                errors.push(found(
                    format!("{name} can't be blank"),
                    "OBJECT_FIELD_REQUIRED",
                ));
            }
            continue;
        }
        let kind = field["_type"].as_str().unwrap_or_default();
        match check(state, kind, &value, &validations(field)) {
            Ok(()) => {
                values.insert(key.clone(), json!(value));
            }
            Err(message) => errors.push(found(message, "INVALID_VALUE")),
        }
    }
    refuse_any(errors)?;
    let missing: Vec<UserError> = fields
        .iter()
        .filter(|field| field["required"] == true)
        .filter(|field| {
            values
                .get(field["key"].as_str().unwrap_or_default())
                .is_none_or(Value::is_null)
        })
        .map(|field| {
            let name = field["name"].as_str().unwrap_or_default();
            UserError::at(at, format!("{name} can't be blank"))
                .code("OBJECT_FIELD_REQUIRED")
                .with("elementKey", field["key"].clone())
                .with("elementIndex", Value::Null)
        })
        .collect();
    refuse_any(missing)?;
    Ok(values)
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The capabilities that were given, over what is there.
fn capabilities(
    definition: &Map<String, Value>,
    before: Option<&Value>,
    input: &Input,
    at: &str,
) -> Result<Value, UserError> {
    let enabled = |name: &str| {
        definition
            .get("capabilities")
            .is_some_and(|all| all[name]["enabled"] == true)
    };
    let mut all = before.cloned().unwrap_or_else(|| {
        json!({
            "publishable": if enabled("publishable") { json!({"status": "DRAFT"}) } else { Value::Null },
            "onlineStore": if enabled("onlineStore") { json!({"templateSuffix": null}) } else { Value::Null },
        })
    });
    for (name, shown) in [
        ("publishable", "publishable"),
        ("onlineStore", "online_store"),
    ] {
        let Some(wanted) = object(object_or_empty(input, "capabilities"), name) else {
            continue;
        };
        if !enabled(name) {
            let at = format!("{at}.capabilities.{name}");
            return Err(user_error(
                &at,
                format!("Capability is not enabled: {shown}"),
                "CAPABILITY_NOT_ENABLED",
            ));
        }
        all[name] = Value::Object(wanted.clone());
    }
    Ok(all)
}

fn free(state: &State, kind: &str, wanted: &str, own: Option<&str>) -> String {
    let mut handle = slug(wanted);
    if handle.is_empty() {
        handle = slug(kind);
    }
    while find_metaobject(state, kind, &handle).is_some_and(|id| Some(id.as_str()) != own) {
        handle = next_handle(&handle);
    }
    handle
}

fn check_handle(wanted: &str, at: &str) -> Result<(), UserError> {
    if wanted.chars().count() > 255 {
        return Err(user_error(
            at,
            "Handle is too long (maximum is 255 characters)",
            "TOO_LONG",
        ));
    }
    if !wanted.is_empty() && handle::cleaned(wanted).is_none() {
        return Err(user_error(at, "Handle is invalid", "INVALID"));
    }
    Ok(())
}

/// Adds a metaobject. A handle that is taken gets a suffix.
fn add(
    state: &mut State,
    kind: &str,
    wanted: Option<&str>,
    input: &Input,
    at: &str,
    handle_at: &str,
) -> Result<String, Refusal> {
    let definition = state.find_one("MetaobjectDefinition", "type", kind);
    let Some(definition) = definition else {
        let message = format!("No metaobject definition exists for type {kind:?}");
        return Err(user_error(&format!("{at}.type"), message, "UNDEFINED_OBJECT_TYPE").into());
    };
    check_handle(wanted.unwrap_or_default(), handle_at)?;
    let values = values(state, &definition, &Map::new(), input, at)?;
    let capabilities = capabilities(&definition, None, input, at)?;
    let now = state.now();
    let row = json!({
        "type": kind, "definition": text(&definition, "id"), "handle": "", "_values": values, "capabilities": capabilities,
        "createdAt": now, "updatedAt": now,
    });
    let id = state.create("Metaobject", row.as_object().cloned().unwrap_or_default());
    let name = display_name(state, &state.get(&id).unwrap_or_default());
    let handle = free(
        state,
        kind,
        wanted.filter(|wanted| !wanted.is_empty()).unwrap_or(&name),
        Some(&id),
    );
    state.update(&id, |row| {
        row.insert("handle".to_owned(), json!(handle));
        row.insert("displayName".to_owned(), json!(name));
    });
    Ok(id)
}

fn change(state: &mut State, id: &str, input: &Input, at: &str) -> Result<(), Refusal> {
    let row = state.get(id).unwrap_or_default();
    let definition = state.get(text(&row, "definition")).unwrap_or_default();
    let before = row
        .get("_values")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let values = values(state, &definition, &before, input, at)?;
    let capabilities = capabilities(&definition, row.get("capabilities"), input, at)?;
    let kind = text(&row, "type").to_owned();
    let mut handle = text(&row, "handle").to_owned();
    if given(input, "handle") {
        let wanted = given_text(input, "handle").unwrap_or_default();
        let at = format!("{at}.handle");
        if wanted.is_empty() {
            return Err(user_error(&at, "Handle can't be blank", "BLANK").into());
        }
        check_handle(wanted, &at)?;
        let wanted = slug(wanted);
        if find_metaobject(state, &kind, &wanted).is_some_and(|other| other != id) {
            return Err(user_error(&at, "Handle has already been taken", "TAKEN").into());
        }
        if flag(input, "redirectNewHandle") == Some(true) && wanted != handle {
            handle::redirect(
                state,
                &format!("/pages/{kind}/{handle}"),
                &format!("/pages/{kind}/{wanted}"),
            );
        }
        handle = wanted;
    }
    if json!(values) == row["_values"]
        && capabilities == row["capabilities"]
        && handle == text(&row, "handle")
    {
        return Ok(());
    }
    state.touch(id, |row| {
        row.insert("_values".to_owned(), Value::Object(values));
        row.insert("capabilities".to_owned(), capabilities);
        row.insert("handle".to_owned(), json!(handle));
    });
    let name = display_name(state, &state.get(id).unwrap_or_default());
    state.update(id, |row| {
        row.insert("displayName".to_owned(), json!(name));
    });
    Ok(())
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "metaobject");
    let kind = object_type(state, given_text(input, "type").unwrap_or_default());
    let id = add(
        state,
        &kind,
        given_text(input, "handle"),
        input,
        "metaobject",
        "metaobject.handle",
    )?;
    Ok(json!({"metaobject": id}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    if state.get_as("Metaobject", id).is_none() {
        return Err(user_error("id", "Record not found", "RECORD_NOT_FOUND").into());
    }
    change(state, id, object_or_empty(args, "metaobject"), "metaobject")?;
    Ok(json!({"metaobject": id}))
}

pub(super) fn upsert(state: &mut State, args: &Input) -> Outcome {
    let place = object_or_empty(args, "handle");
    let kind = object_type(state, given_text(place, "type").unwrap_or_default());
    let wanted = given_text(place, "handle").unwrap_or_default();
    check_handle(wanted, "handle.handle")?;
    let mut input = object_or_empty(args, "metaobject").clone();
    if let Some(values) = args.get("values").filter(|values| values.is_object()) {
        input.insert("values".to_owned(), values.clone());
    }
    let existing = find_metaobject(state, &kind, &slug(wanted));
    let id = match existing {
        Some(id) => {
            change(state, &id, &input, "metaobject")?;
            id
        }
        None => {
            let handle = given_text(&input, "handle").unwrap_or(wanted).to_owned();
            if find_metaobject(state, &kind, &slug(&handle)).is_some() {
                return Err(user_error(
                    "metaobject.handle",
                    "Handle has already been taken",
                    "TAKEN",
                )
                .into());
            }
            add(
                state,
                &kind,
                Some(&handle),
                &input,
                "metaobject",
                "handle.handle",
            )?
        }
    };
    Ok(json!({"metaobject": id}))
}

/// Takes a metaobject away.
pub(super) fn remove(state: &mut State, id: &str) {
    metafield::remove_all_of(state, id);
    state.remove(id);
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    if state.get_as("Metaobject", id).is_none() {
        return Err(user_error("id", "Record not found", "RECORD_NOT_FOUND").into());
    }
    remove(state, id);
    Ok(json!({"deletedId": id}))
}

pub(super) fn bulk_delete(state: &mut State, args: &Input) -> Outcome {
    let place = object_or_empty(args, "where");
    let ids = match given_text(place, "type") {
        Some(kind) => {
            let kind = object_type(state, kind);
            if state.find("MetaobjectDefinition", "type", &kind).is_empty() {
                let message = format!("No metaobject definition exists for type {kind:?}");
                return Err(user_error("where.type", message, "RECORD_NOT_FOUND").into());
            }
            state.find("Metaobject", "type", &kind)
        }
        None => given_texts(place, "ids"),
    };
    for id in ids.iter().filter(|id| id.contains("/Metaobject/")) {
        remove(state, id);
    }
    Ok(json!({"job": state.job()}))
}
