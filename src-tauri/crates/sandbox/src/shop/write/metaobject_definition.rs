//! Metaobject definitions and their fields.

use serde_json::{Map, Value, json};

use super::input::{
    Input, flag, given, list, object, object_or_empty, objects, text as given_text,
};
use super::refusal::{Refusal, UserError};
use super::{Outcome, metafield_definition, metaobject};
use crate::shop::read::object_type;
use crate::shop::state::{State, text};
use crate::shop::types;

const DEFINITIONS_MAX: usize = 128;
const FIELDS_MAX: usize = 40;

/// Keys that every metaobject has by itself.
const RESERVED: &[&str] = &[
    "id",
    "handle",
    "type",
    "capabilities",
    "definition",
    "display_name",
    "updated_at",
];

fn capitalised(key: &str) -> String {
    let text = key.replace(['_', '-'], " ");
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}

fn user_error(at: &str, message: impl Into<String>, code: &'static str) -> UserError {
    UserError::at(at, message)
        .code(code)
        .with("elementKey", Value::Null)
        .with("elementIndex", Value::Null)
}

fn check_texts(input: &Input, required: bool) -> Result<(), UserError> {
    if given_text(input, "name").is_some_and(|name| name.trim().is_empty())
        || required && given(input, "name") && input["name"].is_null()
    {
        return Err(user_error(
            "definition.name",
            "Name can't be blank",
            "BLANK",
        ));
    }
    for (field, shown) in [("name", "Name"), ("description", "Description")] {
        if given_text(input, field).is_some_and(|text| text.chars().count() > 255) {
            let message = format!("{shown} is too long (maximum is 255 characters)");
            return Err(user_error(
                &format!("definition.{field}"),
                message,
                "TOO_LONG",
            ));
        }
    }
    Ok(())
}

/// A field's definition from its input.
fn new_field(state: &State, input: &Input, at: &str) -> Result<Value, UserError> {
    let key = given_text(input, "key").unwrap_or_default();
    let length = key.chars().count();
    if key.is_empty() {
        return Err(user_error(at, "Key can't be blank", "BLANK"));
    }
    if length < 2 {
        return Err(user_error(
            at,
            "Key is too short (minimum is 2 characters)",
            "TOO_SHORT",
        ));
    }
    if length > 64 {
        return Err(user_error(
            at,
            "Key is too long (maximum is 64 characters)",
            "TOO_LONG",
        ));
    }
    if !key
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
    {
        return Err(user_error(
            at,
            "Key contains one or more invalid characters.",
            "INVALID",
        ));
    }
    if RESERVED.contains(&key) {
        return Err(user_error(
            at,
            format!("The name \"{key}\" is reserved for system use"),
            "RESERVED_NAME",
        ));
    }
    let kind = given_text(input, "type").unwrap_or_default();
    if !types::exists(kind) {
        let message = format!(
            "Type name {kind} is not a valid type. Valid types are: {}",
            types::names().join(", ")
        );
        return Err(user_error(at, message, "INCLUSION"));
    }
    let validations = validations(state, input, kind, at)?;
    let name = given_text(input, "name").map_or_else(|| capitalised(key), str::to_owned);
    Ok(json!({
        "key": key, "name": name, "description": input.get("description"), "required": flag(input, "required").unwrap_or(false),
        "_type": kind, "validations": validations, "capabilities": {"adminFilterable": {"eligible": true, "enabled": filterable(input).unwrap_or(false)}},
    }))
}

fn filterable(input: &Input) -> Option<bool> {
    flag(
        object(object(input, "capabilities")?, "adminFilterable")?,
        "enabled",
    )
}

fn validations(state: &State, input: &Input, kind: &str, at: &str) -> Result<Value, UserError> {
    let mut listed = Vec::new();
    for validation in objects(input, "validations") {
        let name = given_text(validation, "name").unwrap_or_default();
        let value = given_text(validation, "value").unwrap_or_default();
        if name.starts_with("metaobject_definition_id") {
            let ids: Vec<String> =
                serde_json::from_str(value).unwrap_or_else(|_| vec![value.to_owned()]);
            if ids
                .iter()
                .any(|id| state.get_as("MetaobjectDefinition", id).is_none())
            {
                let message = format!(
                    "Validations value for option {name} must be a valid metaobject definition."
                );
                return Err(user_error(at, message, "INVALID_OPTION"));
            }
        }
        listed.push(json!({"name": name, "type": types::element(kind), "value": value}));
    }
    Ok(Value::Array(listed))
}

fn capabilities(input: &Input, before: Option<&Value>) -> Value {
    let wanted = object_or_empty(input, "capabilities");
    let mut all = before.cloned().unwrap_or_else(|| {
        json!({
            "publishable": {"enabled": false}, "translatable": {"enabled": false},
            "renderable": {"enabled": false, "data": null}, "onlineStore": {"enabled": false, "data": null},
        })
    });
    for (name, value) in wanted {
        if let Some(enabled) = value["enabled"].as_bool() {
            all[name.as_str()]["enabled"] = json!(enabled);
        }
        if let Some(data) = value["data"].as_object() {
            let mut data = data.clone();
            if name == "onlineStore" {
                data.entry("canCreateRedirects").or_insert(json!(true));
                data.remove("createRedirects");
            }
            all[name.as_str()]["data"] = Value::Object(data);
        }
    }
    all
}

fn access(input: &Input, kind: &str, before: Option<&Value>) -> Value {
    let admin = if kind.starts_with("app--") {
        "MERCHANT_READ"
    } else {
        "PUBLIC_READ_WRITE"
    };
    let mut access = before.cloned().unwrap_or_else(
        || json!({"admin": admin, "storefront": "NONE", "customerAccount": "NONE"}),
    );
    for (name, value) in object_or_empty(input, "access") {
        if !value.is_null() {
            access[name.as_str()] = value.clone();
        }
    }
    access
}

fn check_display_name(fields: &[Value], input: &Input) -> Result<(), UserError> {
    if let Some(key) = given_text(input, "displayNameKey")
        && !fields.iter().any(|field| field["key"] == key)
    {
        let message = format!("Field definition {key:?} does not exist");
        return Err(user_error(
            "definition.displayNameKey",
            message,
            "UNDEFINED_OBJECT_FIELD",
        ));
    }
    let renderable =
        object(input, "capabilities").and_then(|all| object(object(all, "renderable")?, "data"));
    for name in ["metaTitleKey", "metaDescriptionKey"] {
        let Some(key) = renderable.and_then(|data| given_text(data, name)) else {
            continue;
        };
        if !fields.iter().any(|field| field["key"] == key) {
            let message = format!("Field definition {key:?} does not exist");
            return Err(user_error(
                "definition.capabilities.renderable",
                message,
                "INVALID",
            ));
        }
    }
    Ok(())
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "definition");
    check_texts(input, true)?;
    let kind = object_type(state, given_text(input, "type").unwrap_or_default());
    if kind.chars().count() < 3 {
        return Err(user_error(
            "definition.type",
            "Type is too short (minimum is 3 characters)",
            "TOO_SHORT",
        )
        .into());
    }
    if !kind
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
    {
        let message = "Type contains one or more invalid characters. Only alphanumeric characters, underscores, and dashes are allowed.";
        return Err(user_error("definition.type", message, "INVALID").into());
    }
    if kind.starts_with("app--") && !kind.starts_with(&format!("app--{}--", state.app.id)) {
        let message = "Not authorized. This type is reserved for use by another application.";
        return Err(user_error("definition", message, "NOT_AUTHORIZED").into());
    }
    if !state.find("MetaobjectDefinition", "type", &kind).is_empty() {
        return Err(user_error("definition.type", "Type has already been taken", "TAKEN").into());
    }
    if state.count("MetaobjectDefinition") >= DEFINITIONS_MAX {
        let message = format!("Total definition count exceeds the limit of {DEFINITIONS_MAX}");
        return Err(user_error("definition", message, "MAX_DEFINITIONS_EXCEEDED").into());
    }
    let mut fields: Vec<Value> = Vec::new();
    for (index, field) in objects(input, "fieldDefinitions").enumerate() {
        let at = format!("definition.fieldDefinitions.{index}");
        let field = new_field(state, field, &at)?;
        if fields.iter().any(|other| other["key"] == field["key"]) {
            let message = format!("Field {} duplicates other inputs", field["key"]);
            return Err(user_error(&at, message, "DUPLICATE_FIELD_INPUT").into());
        }
        fields.push(field);
    }
    check_count(&fields)?;
    check_display_name(&fields, input)?;
    let display = given_text(input, "displayNameKey");
    let now = state.now();
    let row = json!({
        "type": kind, "name": given_text(input, "name").map_or_else(|| capitalised(&kind), str::to_owned),
        "description": input.get("description"), "displayNameKey": display, "_fields": fields,
        "access": access(input, &kind, None), "capabilities": capabilities(input, None), "standardTemplate": null,
        "createdAt": now, "updatedAt": now,
    });
    let id = state.create(
        "MetaobjectDefinition",
        row.as_object().cloned().unwrap_or_default(),
    );
    Ok(json!({"metaobjectDefinition": id}))
}

fn check_count(fields: &[Value]) -> Result<(), UserError> {
    if fields.len() <= FIELDS_MAX {
        return Ok(());
    }
    let message = format!("Maximum {FIELDS_MAX} fields per metaobject definition");
    Err(user_error(
        "definition.fieldDefinitions",
        message,
        "INVALID",
    ))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("MetaobjectDefinition", id) else {
        return Err(user_error("id", "Record not found", "RECORD_NOT_FOUND").into());
    };
    let input = object_or_empty(args, "definition");
    check_texts(input, false)?;
    let mut fields = row
        .get("_fields")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut order: Vec<String> = Vec::new();
    let mut gone: Vec<String> = Vec::new();
    for (index, operation) in objects(input, "fieldDefinitions").enumerate() {
        let at = format!("definition.fieldDefinitions.{index}");
        let key = change_field(state, &mut fields, operation, &at, &mut gone)?;
        order.push(key);
    }
    check_count(&fields)?;
    if flag(input, "resetFieldOrder") == Some(true) {
        let place = |field: &Value| {
            order
                .iter()
                .position(|key| field["key"] == key.as_str())
                .unwrap_or(usize::MAX)
        };
        fields.sort_by_key(place);
    }
    check_display_name(&fields, input)?;
    let mut changed = Map::new();
    for name in ["name", "description", "displayNameKey"] {
        if given(input, name) {
            changed.insert(name.to_owned(), input[name].clone());
        }
    }
    changed.insert("_fields".to_owned(), Value::Array(fields));
    changed.insert(
        "capabilities".to_owned(),
        capabilities(input, row.get("capabilities")),
    );
    changed.insert(
        "access".to_owned(),
        access(input, text(&row, "type"), row.get("access")),
    );
    state.touch(id, |row| row.extend(changed));
    if !gone.is_empty() {
        for object in state.find("Metaobject", "type", text(&row, "type")) {
            state.update(&object, |row| {
                if let Some(values) = row.get_mut("_values").and_then(Value::as_object_mut) {
                    values.retain(|key, _| !gone.contains(key));
                }
            });
        }
    }
    Ok(json!({"metaobjectDefinition": id}))
}

/// Does one operation on a definition's fields. Returns the key that it is about.
fn change_field(
    state: &State,
    fields: &mut Vec<Value>,
    operation: &Input,
    at: &str,
    gone: &mut Vec<String>,
) -> Result<String, Refusal> {
    if let Some(input) = object(operation, "create") {
        let field = new_field(state, input, &format!("{at}.create"))?;
        let key = field["key"].as_str().unwrap_or_default().to_owned();
        if fields.iter().any(|known| known["key"] == field["key"]) {
            let message = format!("Field definition {key:?} is already taken");
            return Err(
                user_error(&format!("{at}.create.key"), message, "OBJECT_FIELD_TAKEN").into(),
            );
        }
        fields.push(field);
        return Ok(key);
    }
    let (name, input) = match object(operation, "update") {
        Some(input) => ("update", input),
        None => ("delete", object_or_empty(operation, "delete")),
    };
    let key = given_text(input, "key").unwrap_or_default().to_owned();
    let Some(place) = fields.iter().position(|field| field["key"] == key.as_str()) else {
        let message = format!("Field definition {key:?} does not exist");
        return Err(user_error(
            &format!("{at}.{name}.key"),
            message,
            "UNDEFINED_OBJECT_FIELD",
        )
        .into());
    };
    if name == "delete" {
        fields.remove(place);
        gone.push(key.clone());
        return Ok(key);
    }
    for field in ["name", "description", "required"] {
        if given(input, field) {
            fields[place][field] = input[field].clone();
        }
    }
    if list(input, "validations").is_some() {
        let kind = fields[place]["_type"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        fields[place]["validations"] = validations(state, input, &kind, &format!("{at}.update"))?;
    }
    if let Some(enabled) = filterable(input) {
        fields[place]["capabilities"]["adminFilterable"]["enabled"] = json!(enabled);
    }
    Ok(key)
}

/// Takes a definition away with its metaobjects, and the metafield definitions that name it.
pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("MetaobjectDefinition", id) else {
        return Err(user_error("id", "Record not found", "RECORD_NOT_FOUND").into());
    };
    for object in state.find("Metaobject", "type", text(&row, "type")) {
        metaobject::remove(state, &object);
    }
    for definition in state.all("MetafieldDefinition") {
        let validations = definition.get("validations").and_then(Value::as_array);
        if validations
            .into_iter()
            .flatten()
            .any(|validation| validation["value"] == id)
        {
            metafield_definition::remove(state, text(&definition, "id"), true);
        }
    }
    state.remove(id);
    Ok(json!({"deletedId": id}))
}

/// Standard definitions are not modelled, so no type is known.
pub(super) fn enable_standard(_state: &mut State, _args: &Input) -> Outcome {
    Err(user_error("type", "Record not found", "RECORD_NOT_FOUND").into())
}
