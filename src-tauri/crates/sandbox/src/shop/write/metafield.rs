//! Metafields: set in batches, deleted, and set as part of what owns them.

use serde_json::{Map, Value, json};

use super::Outcome;
use super::input::{self, Input, given, object_or_empty, objects, text as given_text};
use super::refusal::{Refusal, UserError, refuse_any};
use super::validate::{check, validations};
use crate::shop::gid;
use crate::shop::read::{compare_digest, find_definition, load, namespace};
use crate::shop::state::{State, text};
use crate::shop::types;

/// The most metafields of one `metafieldsSet`.
const SET_MAX: usize = 25;

/// Namespaces that belong to the vendor.
const RESERVED: &[&str] = &["shopify_standard", "protected", "shopify-l10n-fields"];

/// The types that own metafields, and what they are called there.
const OWNERS: &[(&str, &str)] = &[
    ("Product", "PRODUCT"),
    ("ProductVariant", "PRODUCTVARIANT"),
    ("Collection", "COLLECTION"),
    ("Page", "PAGE"),
    ("Blog", "BLOG"),
    ("Article", "ARTICLE"),
    ("Shop", "SHOP"),
    ("Location", "LOCATION"),
    ("Market", "MARKET"),
    ("AppInstallation", "API_PERMISSION"),
    ("MediaImage", "MEDIA_IMAGE"),
];

/// What a metafield's owner is called, if it can own any.
pub(crate) fn owner_type(owner: &str) -> Option<&'static str> {
    let (kind, _) = gid::split(owner)?;
    OWNERS
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, name)| *name)
}

/// The type that owns metafields under this name; nothing for a name that is unknown.
pub(super) fn kind_of_owner(owner_type: &str) -> &'static str {
    OWNERS
        .iter()
        .find(|(_, name)| *name == owner_type)
        .map_or("", |(kind, _)| kind)
}

pub(super) fn set(state: &mut State, args: &Input) -> Outcome {
    let metafields: Vec<&Input> = objects(args, "metafields").collect();
    if metafields.len() > SET_MAX {
        let message = format!("Exceeded the maximum metafields input limit of {SET_MAX}.");
        return Err(UserError::at("metafields", message)
            .code("LESS_THAN_OR_EQUAL_TO")
            .into());
    }
    let mut errors = Vec::new();
    let mut written = Vec::new();
    for (index, metafield) in metafields.into_iter().enumerate() {
        let owner = given_text(metafield, "ownerId").unwrap_or_default();
        match set_one(state, owner, metafield) {
            Ok(id) => written.push(id),
            Err(error) => errors.push(
                error
                    .below(&format!("metafields.{index}"))
                    .with("elementIndex", Value::Null),
            ),
        }
    }
    refuse_any(errors)?;
    Ok(json!({"metafields": written}))
}

/// Sets one metafield of an owner. Returns its global id.
pub(crate) fn set_one(state: &mut State, owner: &str, input: &Input) -> Result<String, UserError> {
    let invalid =
        |field: &str, message: String| UserError::at(field, message).code("INVALID_VALUE");
    let Some(owner_type) = owner_type(owner).filter(|_| load(state, owner).is_some()) else {
        return Err(invalid("ownerId", "Owner does not exist.".to_owned()));
    };
    let existing = given_text(input, "id").and_then(|id| state.get_as("Metafield", id));
    let space = match &existing {
        Some(row) if !given(input, "namespace") => text(row, "namespace").to_owned(),
        _ => namespace(state, given_text(input, "namespace")),
    };
    let key = existing.as_ref().map(|row| text(row, "key").to_owned());
    let key = given_text(input, "key")
        .map(str::to_owned)
        .or(key)
        .unwrap_or_default();
    lengths(&space, &key)?;
    let definition = find_definition(state, owner_type, &space, &key).and_then(|id| state.get(&id));
    let old = find(state, owner, &space, &key);
    let old_row = old.as_ref().and_then(|id| state.get(id));
    let kind = given_text(input, "type")
        .or_else(|| definition.as_ref().map(|row| text(row, "_type")))
        .or_else(|| old_row.as_ref().map(|row| text(row, "type")));
    let Some(kind) = kind.map(str::to_owned) else {
        return Err(UserError::at("type", "Type can't be blank").code("BLANK"));
    };
    if !types::exists(&kind) {
        let message = format!(
            "Type name {kind} is not a valid type. Valid types are: {}",
            types::names().join(", ")
        );
        return Err(UserError::at("type", message).code("INCLUSION"));
    }
    if let Some(defined) = definition
        .as_ref()
        .map(|row| text(row, "_type"))
        .filter(|defined| *defined != kind)
    {
        let message =
            format!("Type '{kind}' must be consistent with the definition's type: '{defined}'.");
        return Err(UserError::at("type", message).code("INVALID_TYPE"));
    }
    let value = given_text(input, "value").unwrap_or_default().to_owned();
    if value.is_empty() {
        return Err(invalid("value", "Value can't be blank.".to_owned()));
    }
    let rules = definition
        .map(|row| Value::Object(Map::clone(&row)))
        .unwrap_or_default();
    check(state, &kind, &value, &validations(&rules))
        .map_err(|message| invalid("value", message))?;
    compare(input, old_row.as_deref(), &kind, &value)?;
    let now = state.now();
    if let (Some(id), Some(row)) = (&old, &old_row) {
        if text(row, "value") != value || text(row, "type") != kind {
            state.touch(id, |row| {
                row.insert("value".to_owned(), json!(value));
                row.insert("type".to_owned(), json!(kind));
            });
            state.touch(owner, |_| {});
        }
        return Ok(id.clone());
    }
    let fields = json!({
        "owner": owner, "ownerType": owner_type, "namespace": space, "key": key, "type": kind, "value": value,
        "description": null, "createdAt": now, "updatedAt": now,
    });
    let id = state.create("Metafield", fields.as_object().cloned().unwrap_or_default());
    state.touch(owner, |_| {});
    Ok(id)
}

fn lengths(space: &str, key: &str) -> Result<(), UserError> {
    if RESERVED.contains(&space) {
        return Err(UserError::at(
            "namespace",
            format!("Namespace {space} is a reserved namespace"),
        ));
    }
    for (field, name, value, min, max) in [
        ("namespace", "Namespace", space, 3, 255),
        ("key", "Key", key, 2, 64),
    ] {
        if value.chars().count() < min {
            let message = format!("{name} is too short (minimum is {min} characters)");
            return Err(UserError::at(field, message).code("TOO_SHORT"));
        }
        if value.chars().count() > max {
            let message = format!("{name} is too long (maximum is {max} characters)");
            return Err(UserError::at(field, message).code("TOO_LONG"));
        }
    }
    Ok(())
}

/// Refuses a write whose `compareDigest` is not that of the present value; null is for no value.
fn compare(
    input: &Input,
    old: Option<&Map<String, Value>>,
    kind: &str,
    value: &str,
) -> Result<(), UserError> {
    if !given(input, "compareDigest") {
        return Ok(());
    }
    let is_same = old.is_some_and(|row| text(row, "value") == value && text(row, "type") == kind);
    let present = old.map(|row| compare_digest(text(row, "type"), text(row, "value")));
    let wanted = given_text(input, "compareDigest");
    if let Some(wanted) = wanted
        && (wanted.len() != 64 || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        let error =
            UserError::general("Invalid `compareDigest` value.").code("INVALID_COMPARE_DIGEST");
        return Err(error);
    }
    if is_same || present.as_deref() == wanted {
        return Ok(());
    }
    let message = "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.";
    Err(UserError::general(message).code("STALE_OBJECT"))
}

/// The metafield of an owner with this namespace and key.
pub(crate) fn find(state: &State, owner: &str, space: &str, key: &str) -> Option<String> {
    state
        .find("Metafield", "owner", owner)
        .into_iter()
        .find(|id| {
            state
                .get(id)
                .is_some_and(|row| text(&row, "namespace") == space && text(&row, "key") == key)
        })
}

/// Sets the metafields that came with their owner's input.
pub(super) fn set_of_owner(
    state: &mut State,
    owner: &str,
    input: &Input,
    at: &str,
) -> Result<Vec<String>, Refusal> {
    let mut ids = Vec::new();
    for (index, metafield) in objects(input, "metafields").enumerate() {
        let id = set_one(state, owner, metafield)
            .map_err(|error| error.below(&format!("{at}.{index}")))?;
        ids.push(id);
    }
    Ok(ids)
}

/// Sets an owner's metafields and deletes all others of it, but for those of other apps.
pub(super) fn replace_of_owner(
    state: &mut State,
    owner: &str,
    input: &Input,
    at: &str,
) -> Result<(), Refusal> {
    if input::list(input, "metafields").is_none() {
        return Ok(());
    }
    let kept = set_of_owner(state, owner, input, at)?;
    for id in state.find("Metafield", "owner", owner) {
        let foreign = state.get(&id).is_some_and(|row| {
            let space = text(&row, "namespace");
            let own = format!("app--{}", state.app.id);
            space.starts_with("app--") && space != own && !space.starts_with(&format!("{own}--"))
        });
        if !kept.contains(&id) && !foreign {
            remove(state, &id);
        }
    }
    Ok(())
}

/// Takes a metafield away, with its translations.
pub(super) fn remove(state: &mut State, id: &str) {
    for translation in state.find("Translation", "_resource", id) {
        state.remove(&translation);
    }
    state.remove(id);
}

/// Takes away what hangs on an object that is deleted: metafields and translations.
pub(super) fn remove_all_of(state: &mut State, owner: &str) {
    for id in state.find("Metafield", "owner", owner) {
        remove(state, &id);
    }
    for id in state.find("Translation", "_resource", owner) {
        state.remove(&id);
    }
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let mut deleted = Vec::new();
    for identifier in objects(args, "metafields") {
        let owner = given_text(identifier, "ownerId").unwrap_or_default();
        let space = namespace(state, given_text(identifier, "namespace"));
        let key = given_text(identifier, "key").unwrap_or_default();
        deleted.push(match find(state, owner, &space, key) {
            Some(id) => {
                remove(state, &id);
                state.touch(owner, |_| {});
                json!({"ownerId": owner, "namespace": space, "key": key})
            }
            None => Value::Null,
        });
    }
    Ok(json!({"deletedMetafields": deleted}))
}

/// The `identifier` among the arguments: owner type, namespace and key.
pub(super) fn identifier(state: &State, args: &Input, name: &str) -> (String, String, String) {
    let identifier = object_or_empty(args, name);
    let part = |name: &str| given_text(identifier, name).unwrap_or_default().to_owned();
    (
        part("ownerType"),
        namespace(state, given_text(identifier, "namespace")),
        part("key"),
    )
}
