//! Products: made, changed, set as a whole, deleted.

use serde_json::{Map, Value, json};

use super::input::{
    Input, copy, flag, given, list, object, objects, text as given_text, texts as given_texts,
};
use super::refusal::{Refusal, UserError};
use super::{Outcome, collection_source, handle, media, metafield, option_set, tag, variant};
use crate::shop::gid;
use crate::shop::read::by_custom_id;
use crate::shop::state::{State, text, texts};

/// The most letters of titles, vendors and types.
const TEXT_MAX: usize = 255;

/// The most files of one product.
const FILES_MAX: usize = 250;

/// Which mutation asks: they word and place the same mistakes differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Create,
    Update,
    Set,
}

/// Fields that are stored as they are given.
const PLAIN: &[&str] = &[
    "descriptionHtml",
    "vendor",
    "productType",
    "status",
    "templateSuffix",
    "category",
    "giftCardTemplateSuffix",
    "requiresSellingPlan",
];

/// Checks the texts of a product.
fn check(input: &Input, by: By) -> Result<(), UserError> {
    let letters = |name: &str| given_text(input, name).map_or(0, |text| text.chars().count());
    if given(input, "title")
        && given_text(input, "title").is_none_or(|title| title.trim().is_empty())
    {
        let field = if by == By::Set {
            "input.title"
        } else {
            "title"
        };
        return Err(UserError::at(field, "Title can't be blank"));
    }
    if letters("title") > TEXT_MAX {
        return Err(match by {
            By::Set => UserError::at("input.title", "is too long (maximum is 255 characters)"),
            _ => UserError::at("title", "Title is too long (maximum is 255 characters)"),
        });
    }
    for (name, shown) in [
        ("handle", "Handle"),
        ("vendor", "Vendor"),
        ("productType", "Product type"),
    ] {
        if letters(name) > TEXT_MAX {
            let message = format!("{shown} is too long (maximum is 255 characters)");
            return Err(UserError::at(
                if by == By::Set { "input" } else { name },
                message,
            ));
        }
    }
    if let Some(tags) = list(input, "tags")
        && tags
            .iter()
            .filter_map(Value::as_str)
            .any(|tag| tag.chars().count() > TEXT_MAX)
    {
        return Err(UserError::at("tags", "Product tags is invalid"));
    }
    Ok(())
}

/// The handle that a product gets, or keeps.
fn settle_handle(
    state: &State,
    input: &Input,
    own: Option<&str>,
    title: &str,
) -> Result<Option<String>, UserError> {
    let Some(wanted) = given_text(input, "handle") else {
        return Ok(own
            .is_none()
            .then(|| handle::free(state, "Product", title, None)));
    };
    match handle::cleaned(wanted) {
        None => Ok(Some(handle::free(state, "Product", title, own))),
        Some(cleaned) if handle::is_taken(state, "Product", &cleaned, own) => {
            let message = format!("Handle '{wanted}' already in use. Please provide a new handle.");
            Err(UserError::at("input.handle", message))
        }
        Some(cleaned) => Ok(Some(cleaned)),
    }
}

/// The stored fields of what was given.
fn fields(input: &Input) -> Map<String, Value> {
    let mut fields = Map::new();
    copy(input, PLAIN, &mut fields);
    for (name, empty) in [("descriptionHtml", ""), ("vendor", ""), ("productType", "")] {
        if fields.get(name).is_some_and(Value::is_null) {
            fields.insert(name.to_owned(), json!(empty));
        }
    }
    if let Some(title) = given_text(input, "title") {
        fields.insert("title".to_owned(), json!(title.trim()));
    }
    if list(input, "tags").is_some() {
        fields.insert(
            "tags".to_owned(),
            json!(tag::normalised(&given_texts(input, "tags"))),
        );
    }
    fields
}

/// Puts what was given of title and description for search engines over what is there.
pub(super) fn seo(row: &Map<String, Value>, input: &Input) -> Option<Value> {
    let wanted = object(input, "seo")?;
    let mut seo = row
        .get("seo")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for name in ["title", "description"] {
        if let Some(value) = wanted.get(name) {
            let value = value.as_str().filter(|value| !value.is_empty());
            seo.insert(name.to_owned(), json!(value));
        }
    }
    Some(Value::Object(seo))
}

/// Adds a product without options and variants.
fn add(state: &mut State, input: &Input, by: By) -> Result<String, Refusal> {
    check(input, by)?;
    let title = given_text(input, "title").unwrap_or_default().trim();
    if title.is_empty() {
        let field = if by == By::Set {
            "input.title"
        } else {
            "title"
        };
        return Err(UserError::at(field, "Title can't be blank").into());
    }
    let handle = settle_handle(state, input, None, title)?;
    let now = state.now();
    let row = json!({
        "title": title, "handle": handle, "descriptionHtml": "", "vendor": state.name, "productType": "",
        "status": "ACTIVE", "tags": [], "templateSuffix": null, "category": null, "seo": {"title": null, "description": null},
        "isGiftCard": flag(input, "giftCard").unwrap_or(false), "giftCardTemplateSuffix": null,
        "requiresSellingPlan": false, "combinedListingRole": input.get("combinedListingRole"), "createdAt": now,
        "updatedAt": now, "publishedAt": null, "options": [], "variants": [], "media": [], "_publications": {},
    });
    let mut row = row.as_object().cloned().unwrap_or_default();
    row.extend(fields(input));
    if let Some(seo) = seo(&row, input) {
        row.insert("seo".to_owned(), seo);
    }
    Ok(state.create("Product", row))
}

/// Changes a product's own fields.
fn change(state: &mut State, id: &str, input: &Input, by: By) -> Result<(), Refusal> {
    check(input, by)?;
    let row = state.get(id).unwrap_or_default();
    let title = given_text(input, "title")
        .unwrap_or_else(|| text(&row, "title"))
        .to_owned();
    let handle = settle_handle(state, input, Some(id), &title)?;
    let mut changed = fields(input);
    if let Some(seo) = seo(&row, input) {
        changed.insert("seo".to_owned(), seo);
    }
    if let Some(new) = handle {
        let old = text(&row, "handle");
        if flag(input, "redirectNewHandle") == Some(true) && old != new {
            handle::redirect(
                state,
                &format!("/products/{old}"),
                &format!("/products/{new}"),
            );
        }
        changed.insert("handle".to_owned(), json!(new));
    }
    state.touch(id, |row| row.extend(changed));
    Ok(())
}

fn join_and_leave(state: &mut State, id: &str, input: &Input) {
    for collection in given_texts(input, "collectionsToJoin") {
        collection_source::select(state, &collection, id);
    }
    for collection in given_texts(input, "collectionsToLeave") {
        collection_source::deselect(state, &collection, id);
    }
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let Some(input) = object(args, "product").or_else(|| object(args, "input")) else {
        let message =
            "productCreate must include exactly one of the following arguments: input, product.";
        return Err(Refusal::Field(crate::shop::graphql::Fail::new(
            "INVALID_FIELD_ARGUMENTS",
            message,
        )));
    };
    if given_text(input, "id").is_some() {
        return Err(UserError::at("input", "id cannot be specified during creation").into());
    }
    let id = add(state, input, By::Create)?;
    option_set::create_first(state, &id, input)?;
    media::add_to_product(state, &id, args, "media")?;
    metafield::set_of_owner(state, &id, input, "metafields")?;
    join_and_leave(state, &id, input);
    Ok(json!({"product": id}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let empty = Map::new();
    let input = object(args, "product")
        .or_else(|| object(args, "input"))
        .unwrap_or(&empty);
    let identified = object(args, "identifier").and_then(|identifier| identify(state, identifier));
    let id = identified
        .or_else(|| given_text(input, "id").map(str::to_owned))
        .unwrap_or_default();
    if state.get_as("Product", &id).is_none() {
        return Err(UserError::at("id", "Product does not exist").into());
    }
    change(state, &id, input, By::Update)?;
    media::add_to_product(state, &id, args, "media")?;
    metafield::set_of_owner(state, &id, input, "metafields")?;
    join_and_leave(state, &id, input);
    Ok(json!({"product": id}))
}

/// The product that an identifier means.
fn identify(state: &State, identifier: &Input) -> Option<String> {
    if let Some(id) = given_text(identifier, "id") {
        return state.get_as("Product", id).map(|_| id.to_owned());
    }
    if let Some(handle) = given_text(identifier, "handle") {
        return state.find("Product", "handle", handle).into_iter().next();
    }
    by_custom_id(state, "Product", object(identifier, "customId")?)
}

/// `productSet`: each list that is given replaces the whole list, as the schema says of its input.
pub(super) fn set(state: &mut State, args: &Input) -> Outcome {
    let empty = Map::new();
    let input = object(args, "input").unwrap_or(&empty);
    let identifier = object(args, "identifier");
    if identifier.is_some() && given_text(input, "id").is_some() {
        let message = "The id field is not allowed if identifier is provided.";
        return Err(UserError::at("input", message)
            .code("ID_NOT_ALLOWED")
            .into());
    }
    check_set(input)?;
    let wanted_id = given_text(input, "id")
        .or_else(|| identifier.and_then(|identifier| given_text(identifier, "id")));
    let existing = match (wanted_id, identifier) {
        (Some(id), _) => {
            if state.get_as("Product", id).is_none() {
                return Err(UserError::at("input.id", "Product does not exist")
                    .code("PRODUCT_DOES_NOT_EXIST")
                    .into());
            }
            Some(id.to_owned())
        }
        (None, Some(identifier)) => identify(state, identifier),
        (None, None) => None,
    };
    let id = match existing {
        Some(id) => {
            change(state, &id, input, By::Set)?;
            id
        }
        None => {
            let mut input = input.clone();
            if let Some(handle) = identifier.and_then(|identifier| given_text(identifier, "handle"))
            {
                input.entry("handle").or_insert(json!(handle));
            }
            let id = add(state, &input, By::Set)?;
            if list(&input, "productOptions").is_none() {
                option_set::create_first(state, &id, &Map::new())?;
            }
            id
        }
    };
    if list(input, "files").is_some() {
        media::replace(state, &id, input)?;
    }
    if list(input, "productOptions").is_some() {
        option_set::replace(state, &id, input)?;
    }
    if list(input, "variants").is_some() {
        variant::replace(state, &id, input)?;
    }
    metafield::replace_of_owner(state, &id, input, "input.metafields")?;
    if list(input, "collections").is_some() {
        replace_collections(state, &id, &given_texts(input, "collections"));
    }
    let row = state.get(&id).unwrap_or_default();
    let ends_ms = state.now_ms() + state.job_ms;
    if flag(args, "synchronous") == Some(false) {
        let operation = json!({"product": text(&row, "id"), "_ends_ms": ends_ms, "userErrors": []});
        let operation = state.create(
            "ProductSetOperation",
            operation.as_object().cloned().unwrap_or_default(),
        );
        return Ok(json!({"product": null, "productSetOperation": operation}));
    }
    Ok(json!({"product": id}))
}

fn check_set(input: &Input) -> Result<(), UserError> {
    let count = |name: &str| list(input, name).map_or(0, <[Value]>::len);
    if list(input, "productOptions").is_some() && list(input, "variants").is_none() {
        let message = "Variants input is required when updating product options";
        return Err(UserError::at("input.variants", message).code("VARIANTS_INPUT_MISSING"));
    }
    if count("variants") > variant::VARIANTS_MAX {
        let message = format!(
            "Variants count is over the allowed limit of {}.",
            variant::VARIANTS_MAX
        );
        return Err(UserError::at("input.variants", message).code("VARIANTS_OVER_LIMIT"));
    }
    if count("files") > FILES_MAX {
        let message = format!("Files count is over the allowed limit of {FILES_MAX}.");
        return Err(UserError::at("input.files", message).code("INVALID_INPUT"));
    }
    for (index, variant) in objects(input, "variants").enumerate() {
        if list(variant, "inventoryQuantities").map_or(0, <[Value]>::len) > 250 {
            let at = format!("input.variants.{index}.inventoryQuantities");
            let message = "Inventory quantities count is over the allowed limit of 250.";
            return Err(UserError::at(&at, message).code("INVENTORY_QUANTITIES_LIMIT_EXCEEDED"));
        }
    }
    Ok(())
}

fn replace_collections(state: &mut State, id: &str, wanted: &[String]) {
    let all: Vec<String> = state
        .all("Collection")
        .iter()
        .map(|row| text(row, "id").to_owned())
        .collect();
    for collection in all {
        if wanted.contains(&collection) {
            collection_source::select(state, &collection, id);
        } else {
            collection_source::deselect(state, &collection, id);
        }
    }
}

pub(super) fn change_status(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "productId").unwrap_or_default();
    if state.get_as("Product", id).is_none() {
        return Err(UserError::at("productId", "Product does not exist")
            .code("PRODUCT_NOT_FOUND")
            .into());
    }
    let status = args.get("status").cloned().unwrap_or_default();
    state.touch(id, |row| {
        row.insert("status".to_owned(), status);
    });
    Ok(json!({"product": id}))
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let empty = Map::new();
    let input = object(args, "input").unwrap_or(&empty);
    let id = given_text(input, "id").unwrap_or_default();
    if state.get_as("Product", id).is_none() {
        return Err(UserError::at("id", "Product does not exist").into());
    }
    remove(state, id);
    if flag(args, "synchronous") == Some(false) {
        let ends_ms = state.now_ms() + state.job_ms;
        let operation = json!({"deletedProductId": id, "_ends_ms": ends_ms, "userErrors": []});
        let operation = state.create(
            "ProductDeleteOperation",
            operation.as_object().cloned().unwrap_or_default(),
        );
        return Ok(json!({"deletedProductId": null, "productDeleteOperation": operation}));
    }
    Ok(json!({"deletedProductId": id}))
}

/// Takes a product away with all that belongs to it alone; its files stay.
fn remove(state: &mut State, id: &str) {
    let row = state.get(id).unwrap_or_default();
    for variant in texts(&row, "variants") {
        variant::remove(state, &variant);
    }
    option_set::remove_all(state, &row);
    let collections: Vec<String> = state
        .all("Collection")
        .iter()
        .map(|row| text(row, "id").to_owned())
        .collect();
    for collection in collections {
        collection_source::deselect(state, &collection, id);
    }
    metafield::remove_all_of(state, id);
    state.remove(id);
}

pub(super) fn duplicate(state: &mut State, args: &Input) -> Outcome {
    let source = given_text(args, "productId").unwrap_or_default();
    let Some(row) = state.get_as("Product", source) else {
        return Err(UserError::at("productId", "Product does not exist").into());
    };
    let title = given_text(args, "newTitle").unwrap_or_default();
    let mut copied = Map::clone(&row);
    let now = state.now();
    for name in ["id", "options", "variants"] {
        copied.remove(name);
    }
    copied.insert("title".to_owned(), json!(title));
    copied.insert(
        "handle".to_owned(),
        json!(handle::free(state, "Product", title, None)),
    );
    copied.insert("createdAt".to_owned(), json!(now));
    copied.insert("updatedAt".to_owned(), json!(now));
    copied.insert("_publications".to_owned(), json!({}));
    copied.insert("publishedAt".to_owned(), Value::Null);
    if let Some(status) = given_text(args, "newStatus") {
        copied.insert("status".to_owned(), json!(status));
    }
    let id = state.create("Product", copied);
    option_set::copy(state, &row, &id);
    for metafield in state.find("Metafield", "owner", source) {
        let mut fields = Map::clone(&state.get(&metafield).unwrap_or_default());
        fields.remove("id");
        fields.insert("owner".to_owned(), json!(id));
        state.create("Metafield", fields);
    }
    Ok(json!({"newProduct": id, "imageJob": null}))
}

/// A product's options with the names and ids of their values, in order.
pub(super) fn options(state: &State, product: &str) -> Vec<Map<String, Value>> {
    let row = state.get(product).unwrap_or_default();
    let options = texts(&row, "options");
    options
        .iter()
        .filter_map(|id| state.get(id))
        .map(|row| Map::clone(&row))
        .collect()
}

/// The number in a global id, as error texts show it.
pub(super) fn number(id: &str) -> String {
    gid::parse(id).map_or_else(|| id.to_owned(), |(_, id)| id.to_string())
}
