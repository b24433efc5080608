//! Metafield definitions.

use serde_json::{Map, Value, json};

use super::collection_source::uses_definition;
use super::input::{
    Input, flag, given, list, object, object_or_empty, objects, text as given_text,
};
use super::refusal::{Refusal, UserError};
use super::{Outcome, metafield};
use crate::shop::read::{find_definition, namespace};
use crate::shop::state::{State, text};
use crate::shop::types;

/// The most definitions of one type of owner.
const DEFINITIONS_MAX: usize = 256;

/// The most that are pinned, of one type of owner.
const PINNED_MAX: usize = 50;

fn is_word(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}

/// `PRODUCTVARIANT` as error texts write it.
fn shown_owner(owner: &str) -> String {
    match owner {
        "PRODUCTVARIANT" => "ProductVariant".to_owned(),
        _ => {
            let lower = owner.to_lowercase();
            let mut letters = lower.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
                .collect()
        }
    }
}

fn check_new(
    state: &State,
    input: &Input,
    space: &str,
    key: &str,
    owner: &str,
) -> Result<(), UserError> {
    for (field, shown, value, min, max) in [
        ("namespace", "Namespace", space, 3, 255),
        ("key", "Key", key, 2, 64),
    ] {
        let at = format!("definition.{field}");
        let length = value.chars().count();
        if !is_word(value) {
            let message = format!("{shown} contains one or more invalid characters.");
            return Err(UserError::at(&at, message).code("INVALID_CHARACTER"));
        }
        if length < min {
            let message = format!("{shown} is too short (minimum is {min} characters)");
            return Err(UserError::at(&at, message).code("TOO_SHORT"));
        }
        if length > max {
            let message = format!("{shown} is too long (maximum is {max} characters)");
            return Err(UserError::at(&at, message).code("TOO_LONG"));
        }
    }
    check_texts(input)?;
    let kind = given_text(input, "type").unwrap_or_default();
    if !types::exists(kind) {
        let message = format!(
            "Type name {kind} is not a valid type. Valid types are: {}",
            types::names().join(", ")
        );
        return Err(UserError::at("definition.type", message).code("INCLUSION"));
    }
    if find_definition(state, owner, space, key).is_some() {
        let message = format!(
            "Key is in use for {} metafields on the '{space}' namespace.",
            shown_owner(owner)
        );
        return Err(UserError::at("definition.key", message).code("TAKEN"));
    }
    let same_owner = state
        .all("MetafieldDefinition")
        .iter()
        .filter(|row| text(row, "ownerType") == owner)
        .count();
    if same_owner >= DEFINITIONS_MAX {
        let message =
            format!("Stores can only have {DEFINITIONS_MAX} definitions for each store resource.");
        return Err(UserError::at("definition", message).code("RESOURCE_TYPE_LIMIT_EXCEEDED"));
    }
    let unique = capability(object_or_empty(input, "capabilities"), "uniqueValues");
    if kind == "id" && unique == Some(false) {
        let message = "Capability unique_values is required for type id but is disabled";
        return Err(UserError::at("definition", message).code("CAPABILITY_REQUIRED_BUT_DISABLED"));
    }
    check_validations(state, input)
}

fn check_texts(input: &Input) -> Result<(), UserError> {
    for (field, shown) in [("name", "Name"), ("description", "Description")] {
        if given_text(input, field).is_some_and(|text| text.chars().count() > 255) {
            let message = format!("{shown} is too long (maximum is 255 characters)");
            return Err(UserError::at(&format!("definition.{field}"), message).code("TOO_LONG"));
        }
    }
    if given_text(input, "name").is_some_and(|name| name.trim().is_empty()) {
        return Err(UserError::at("definition.name", "Name can't be blank").code("BLANK"));
    }
    Ok(())
}

/// Definitions that validations name must exist.
fn check_validations(state: &State, input: &Input) -> Result<(), UserError> {
    for validation in objects(input, "validations") {
        let name = given_text(validation, "name").unwrap_or_default();
        if !name.starts_with("metaobject_definition_id") {
            continue;
        }
        let value = given_text(validation, "value").unwrap_or_default();
        let ids: Vec<String> =
            serde_json::from_str(value).unwrap_or_else(|_| vec![value.to_owned()]);
        if ids
            .iter()
            .any(|id| state.get_as("MetaobjectDefinition", id).is_none())
        {
            let message = format!(
                "Validations value for option {name} must be a valid metaobject definition."
            );
            return Err(UserError::at("definition.validations", message).code("INVALID_OPTION"));
        }
    }
    Ok(())
}

fn capability(input: &Input, name: &str) -> Option<bool> {
    flag(object(input, name)?, "enabled")
}

/// All capabilities, with what was given of them put over what is there.
fn capabilities(input: &Input, kind: &str, before: Option<&Value>) -> Value {
    let wanted = object_or_empty(input, "capabilities");
    let enabled = |name: &str, otherwise: bool| {
        let before = before.and_then(|before| before[name]["enabled"].as_bool());
        capability(wanted, name).or(before).unwrap_or(otherwise)
    };
    let filterable = enabled("adminFilterable", false);
    let conditional = flag(input, "useAsCollectionCondition")
        .filter(|_| before.is_none())
        .unwrap_or(false);
    json!({
        "adminFilterable": {
            "eligible": true, "enabled": filterable,
            "status": if filterable { "FILTERABLE" } else { "NOT_FILTERABLE" },
        },
        "analyticsQueryable": {"eligible": false, "enabled": enabled("analyticsQueryable", false)},
        "cartToOrderCopyable": {"eligible": false, "enabled": enabled("cartToOrderCopyable", false)},
        "smartCollectionCondition": {"eligible": true, "enabled": enabled("smartCollectionCondition", conditional)},
        "uniqueValues": {"eligible": matches!(kind, "id" | "single_line_text_field" | "url" | "number_integer"), "enabled": enabled("uniqueValues", kind == "id")},
    })
}

fn access(input: &Input, space: &str, before: Option<&Value>) -> Value {
    let admin = if space.starts_with("app--") {
        "MERCHANT_READ"
    } else {
        "PUBLIC_READ_WRITE"
    };
    let mut access = before.cloned().unwrap_or_else(
        || json!({"admin": admin, "storefront": "PUBLIC_READ", "customerAccount": "NONE"}),
    );
    for (name, value) in object_or_empty(input, "access") {
        if !value.is_null() {
            access[name.as_str()] = value.clone();
        }
    }
    access
}

fn validations(input: &Input, kind: &str) -> Value {
    let listed = objects(input, "validations").map(|validation| {
        let name = given_text(validation, "name").unwrap_or_default();
        let value_type = match name {
            "metaobject_definition_id" => "metaobject_reference",
            "choices" => "list.single_line_text_field",
            "min" | "max" | "scale_min" | "scale_max" => types::element(kind),
            _ => "single_line_text_field",
        };
        json!({"name": name, "type": value_type, "value": validation.get("value")})
    });
    listed.collect()
}

/// Checks access that apps may not set on what belongs to the merchant.
fn check_access(input: &Input, space: &str) -> Result<(), UserError> {
    let admin = object(input, "access").and_then(|access| given_text(access, "admin"));
    if admin.is_some() && !space.starts_with("app--") {
        let message = "Setting this access control is not permitted. It must be one of [\"public_read_write\"].";
        return Err(UserError::at("definition", message).code("INVALID"));
    }
    Ok(())
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "definition");
    let space = namespace(state, given_text(input, "namespace"));
    let key = given_text(input, "key").unwrap_or_default();
    let owner = given_text(input, "ownerType").unwrap_or_default();
    check_new(state, input, &space, key, owner)?;
    check_access(input, &space)?;
    let kind = given_text(input, "type").unwrap_or_default();
    let pinned = if flag(input, "pin") == Some(true) {
        json!(next_pin(state, owner)?)
    } else {
        Value::Null
    };
    let capabilities = capabilities(input, kind, None);
    let row = json!({
        "name": input.get("name"), "namespace": space, "key": key, "ownerType": owner, "_type": kind,
        "description": input.get("description"), "validations": validations(input, kind), "pinnedPosition": pinned,
        "access": access(input, &space, None), "useAsCollectionCondition": capabilities["smartCollectionCondition"]["enabled"],
        "capabilities": capabilities, "constraints": null, "standardTemplate": null, "validationStatus": "ALL_VALID",
    });
    let id = state.create(
        "MetafieldDefinition",
        row.as_object().cloned().unwrap_or_default(),
    );
    Ok(json!({"createdDefinition": id}))
}

fn next_pin(state: &State, owner: &str) -> Result<usize, UserError> {
    let rows = state.all("MetafieldDefinition");
    let pins = rows.iter().filter(|row| text(row, "ownerType") == owner);
    let pins: Vec<u64> = pins
        .filter_map(|row| row.get("pinnedPosition")?.as_u64())
        .collect();
    if pins.len() >= PINNED_MAX {
        let message = format!("Limit of {PINNED_MAX} pinned definitions.");
        return Err(UserError::at("definition", message).code("PINNED_LIMIT_REACHED"));
    }
    Ok(usize::try_from(pins.into_iter().max().unwrap_or(0)).unwrap_or(0) + 1)
}

/// The definition that the arguments mean: by id, or by what identifies it.
fn meant(state: &State, args: &Input, id: &str) -> Option<String> {
    if let Some(id) = given_text(args, id) {
        return state
            .get_as("MetafieldDefinition", id)
            .map(|_| id.to_owned());
    }
    let (owner, space, key) = metafield::identifier(state, args, "identifier");
    find_definition(state, &owner, &space, &key)
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "definition");
    let (owner, space, key) = metafield::identifier(state, args, "definition");
    let Some(id) = find_definition(state, &owner, &space, &key) else {
        return Err(UserError::at("definition", "Definition not found.")
            .code("NOT_FOUND")
            .into());
    };
    check_texts(input)?;
    check_access(input, &space)?;
    check_validations(state, input)?;
    let row = state.get(&id).unwrap_or_default();
    let kind = text(&row, "_type").to_owned();
    let mut changed = Map::new();
    for name in ["name", "description"] {
        if given(input, name) {
            changed.insert(name.to_owned(), input[name].clone());
        }
    }
    if list(input, "validations").is_some() {
        changed.insert("validations".to_owned(), validations(input, &kind));
    }
    let capabilities = capabilities(input, &kind, row.get("capabilities"));
    changed.insert(
        "useAsCollectionCondition".to_owned(),
        capabilities["smartCollectionCondition"]["enabled"].clone(),
    );
    changed.insert("capabilities".to_owned(), capabilities);
    changed.insert(
        "access".to_owned(),
        access(input, &space, row.get("access")),
    );
    match flag(input, "pin") {
        Some(true) if row["pinnedPosition"].is_null() => {
            changed.insert("pinnedPosition".to_owned(), json!(next_pin(state, &owner)?));
        }
        Some(false) => {
            changed.insert("pinnedPosition".to_owned(), Value::Null);
        }
        _ => {}
    }
    state.update(&id, |row| row.extend(changed));
    let job = if list(input, "validations").is_some() {
        json!(state.job())
    } else {
        Value::Null
    };
    Ok(json!({"updatedDefinition": id, "validationJob": job}))
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let Some(id) = meant(state, args, "id") else {
        return Err(UserError::at("id", "Definition not found.")
            .code("NOT_FOUND")
            .into());
    };
    let row = state.get(&id).unwrap_or_default();
    let (space, kind) = (text(&row, "namespace"), text(&row, "_type"));
    let with_values = flag(args, "deleteAllAssociatedMetafields") == Some(true);
    let refuse = |message: &str, code: &'static str| {
        Err(Refusal::from(UserError::general(message).code(code)))
    };
    if uses_definition(state, &id) {
        let message = "Cannot proceed with this action. This definition is used in one or more automated collections.";
        return refuse(message, "METAFIELD_DEFINITION_IN_USE");
    }
    if !with_values {
        if space.starts_with("app--") {
            let message = "Deleting a definition in a reserved namespace must have deleteAllAssociatedMetafields set to true.";
            return refuse(message, "RESERVED_NAMESPACE_ORPHANED_METAFIELDS");
        }
        if kind == "id" {
            let message = "Deleting an id type metafield definition requires deletion of its associated metafields.";
            return refuse(message, "ID_TYPE_DELETION_ERROR");
        }
        if types::reference(kind).is_some() {
            let message = "Deleting a reference type metafield definition requires deletion of its associated metafields.";
            return refuse(message, "REFERENCE_TYPE_DELETION_ERROR");
        }
    }
    remove(state, &id, with_values);
    let identifier = json!({"ownerType": row["ownerType"], "namespace": space, "key": row["key"]});
    Ok(json!({"deletedDefinitionId": id, "deletedDefinition": identifier}))
}

/// Takes a definition away, and its metafields if asked to.
pub(super) fn remove(state: &mut State, id: &str, with_values: bool) {
    let row = state.get(id).unwrap_or_default();
    if with_values {
        for metafield in state.all("Metafield") {
            let same = ["ownerType", "namespace", "key"]
                .iter()
                .all(|name| text(&metafield, name) == text(&row, name));
            if same {
                metafield::remove(state, text(&metafield, "id"));
            }
        }
    }
    state.remove(id);
}

pub(super) fn pin(state: &mut State, args: &Input) -> Outcome {
    let Some(id) = meant(state, args, "definitionId") else {
        return Err(UserError::general("Definition not found.")
            .code("NOT_FOUND")
            .into());
    };
    let row = state.get(&id).unwrap_or_default();
    if !row["pinnedPosition"].is_null() {
        return Err(UserError::general("Definition already pinned.")
            .code("ALREADY_PINNED")
            .into());
    }
    let position = next_pin(state, text(&row, "ownerType"))?;
    state.update(&id, |row| {
        row.insert("pinnedPosition".to_owned(), json!(position));
    });
    Ok(json!({"pinnedDefinition": id}))
}

pub(super) fn unpin(state: &mut State, args: &Input) -> Outcome {
    let Some(id) = meant(state, args, "definitionId") else {
        return Err(UserError::general("Definition not found.")
            .code("NOT_FOUND")
            .into());
    };
    if state
        .get(&id)
        .is_some_and(|row| row["pinnedPosition"].is_null())
    {
        let message = format!("Definition {} isn't pinned.", super::product::number(&id));
        return Err(UserError::general(message).code("NOT_PINNED").into());
    }
    state.update(&id, |row| {
        row.insert("pinnedPosition".to_owned(), Value::Null);
    });
    Ok(json!({"unpinnedDefinition": id}))
}

/// Standard definitions are not modelled, so no template is found.
pub(super) fn enable_standard(_state: &mut State, _args: &Input) -> Outcome {
    let message =
        "A standard definition wasn't found for the specified owner type, namespace, and key.";
    Err(UserError::general(message)
        .code("TEMPLATE_NOT_FOUND")
        .into())
}
