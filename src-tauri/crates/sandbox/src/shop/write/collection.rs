//! Collections, in the model of sources and in the older one.

use serde_json::{Map, Value, json};

use super::input::{
    Input, copy, flag, given, list, object, object_or_empty, text as given_text,
    texts as given_texts,
};
use super::refusal::{Refusal, UserError};
use super::{Outcome, collection_source as source, file, handle, media, metafield, product};
use crate::shop::graphql::Fail;
use crate::shop::read::collection_products;
use crate::shop::state::{State, text, texts};

const PLAIN: &[&str] = &["descriptionHtml", "sortOrder", "templateSuffix"];

fn input_of<'a>(args: &'a Input, mutation: &str) -> Result<(&'a Input, bool), Refusal> {
    if let Some(input) = object(args, "collection") {
        return Ok((input, true));
    }
    object(args, "input")
        .map(|input| (input, false))
        .ok_or_else(|| {
            let message = format!(
                "{mutation} must include exactly one of the following arguments: collection, input."
            );
            Fail::new("INVALID_FIELD_ARGUMENTS", message).into()
        })
}

fn check_title(input: &Input, required: bool) -> Result<(), UserError> {
    let title = given_text(input, "title").map(str::trim);
    if required && title.is_none() || title.is_some_and(str::is_empty) {
        return Err(UserError::at("title", "Title can't be blank"));
    }
    if title.is_some_and(|title| title.chars().count() > 255) {
        return Err(UserError::at(
            "title",
            "Title is too long (maximum is 255 characters)",
        ));
    }
    Ok(())
}

/// Stored fields of what was given; the old model's conditions and products become a source.
fn fields(
    state: &mut State,
    input: &Input,
    row: &Map<String, Value>,
) -> Result<Map<String, Value>, UserError> {
    let mut fields = Map::new();
    copy(input, PLAIN, &mut fields);
    if fields.get("descriptionHtml").is_some_and(Value::is_null) {
        fields.insert("descriptionHtml".to_owned(), json!(""));
    }
    if let Some(title) = given_text(input, "title") {
        fields.insert("title".to_owned(), json!(title.trim()));
    }
    if let Some(seo) = product::seo(row, input) {
        fields.insert("seo".to_owned(), seo);
    }
    if let Some(image) = file::image(state, input, "image")? {
        fields.insert("_image".to_owned(), json!(image));
    }
    Ok(fields)
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let (input, has_sources) = input_of(args, "collectionCreate")?;
    if given_text(input, "id").is_some() {
        return Err(UserError::at("id", "id cannot be specified on collection creation").into());
    }
    check_title(input, true)?;
    let title = given_text(input, "title").unwrap_or_default().trim();
    let handle = match given_text(input, "handle").and_then(handle::cleaned) {
        Some(wanted) if handle::is_taken(state, "Collection", &wanted, None) => {
            handle::free(state, "Collection", &wanted, None)
        }
        Some(wanted) => wanted,
        None => handle::free(state, "Collection", title, None),
    };
    let now = state.now();
    let row = json!({
        "title": title, "handle": handle, "descriptionHtml": "", "sortOrder": "BEST_SELLING", "templateSuffix": null,
        "seo": {"title": null, "description": null}, "createdAt": now, "updatedAt": now, "sources": [], "_order": [],
        "_publications": {}, "_image": "", "_collection_type": "custom",
    });
    let mut row = row.as_object().cloned().unwrap_or_default();
    let given_fields = fields(state, input, &row)?;
    row.extend(given_fields);
    let id = state.create("Collection", row);
    if has_sources {
        source::create_all(
            state,
            &id,
            list(input, "sources").unwrap_or_default(),
            "sources",
        )?;
    } else {
        if let Some(rules) = object(input, "ruleSet") {
            source::set_rules(state, &id, rules)?;
        }
        for (index, held) in given_texts(input, "products").iter().enumerate() {
            if state.get_as("Product", held).is_none() {
                return Err(
                    UserError::at(&format!("products.{index}"), "Product does not exist").into(),
                );
            }
            source::select(state, &id, held);
        }
    }
    metafield::set_of_owner(state, &id, input, "metafields")?;
    Ok(json!({"collection": id}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let (input, has_sources) = input_of(args, "collectionUpdate")?;
    let id = given_text(input, "id").unwrap_or_default();
    let Some(row) = state.get_as("Collection", id) else {
        return Err(UserError::general("Collection does not exist").into());
    };
    check_title(input, false)?;
    let mut changed = fields(state, input, &row)?;
    if let Some(wanted) = given_text(input, "handle") {
        let title = given_text(input, "title").unwrap_or_else(|| text(&row, "title"));
        let new = match handle::cleaned(wanted) {
            Some(wanted) if !handle::is_taken(state, "Collection", &wanted, Some(id)) => wanted,
            Some(wanted) => handle::free(state, "Collection", &wanted, Some(id)),
            None => handle::free(state, "Collection", title, Some(id)),
        };
        let old = text(&row, "handle");
        if flag(input, "redirectNewHandle") == Some(true) && old != new {
            handle::redirect(
                state,
                &format!("/collections/{old}"),
                &format!("/collections/{new}"),
            );
        }
        changed.insert("handle".to_owned(), json!(new));
    }
    state.touch(id, |row| row.extend(changed));
    let mut job = Value::Null;
    if has_sources {
        source::change_all(state, id, input)?;
        if [
            "sourcesToCreate",
            "sourcesToUpdate",
            "sourcesToDelete",
            "sortOrder",
        ]
        .iter()
        .any(|name| given(input, name))
        {
            job = json!(state.job());
        }
    } else if let Some(rules) = object(input, "ruleSet") {
        if !source::is_conditional(state, id) && !collection_products(state, &row).is_empty() {
            return Err(
                UserError::at("id", "Cannot update rule set of a custom collection").into(),
            );
        }
        source::set_rules(state, id, rules)?;
        job = json!(state.job());
    }
    metafield::set_of_owner(state, id, input, "metafields")?;
    Ok(json!({"collection": id, "job": job}))
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let empty = Map::new();
    let id = given_text(object(args, "input").unwrap_or(&empty), "id").unwrap_or_default();
    let Some(row) = state.get_as("Collection", id) else {
        return Err(UserError::at("id", "Collection does not exist").into());
    };
    for source in texts(&row, "sources") {
        state.remove(&source);
    }
    metafield::remove_all_of(state, id);
    state.remove(id);
    Ok(json!({"deletedCollectionId": id}))
}

fn manual(state: &State, args: &Input, message: &str) -> Result<String, UserError> {
    let id = given_text(args, "id").unwrap_or_default();
    if state.get_as("Collection", id).is_none() {
        return Err(
            UserError::at("id", "Collection does not exist").code("COLLECTION_DOES_NOT_EXIST")
        );
    }
    if source::is_conditional(state, id) {
        return Err(UserError::at("id", message).code("CANT_ADD_TO_SMART_COLLECTION"));
    }
    Ok(id.to_owned())
}

pub(super) fn add_products(state: &mut State, args: &Input) -> Outcome {
    let id = manual(
        state,
        args,
        "Can't manually add products to a smart collection",
    )?;
    for (index, product) in given_texts(args, "productIds").iter().enumerate() {
        if state.get_as("Product", product).is_none() {
            return Err(
                UserError::at(&format!("productIds.{index}"), "Product does not exist").into(),
            );
        }
        source::select(state, &id, product);
    }
    Ok(json!({"collection": id, "job": state.job()}))
}

pub(super) fn remove_products(state: &mut State, args: &Input) -> Outcome {
    let id = manual(
        state,
        args,
        "Can't manually remove products from a smart collection",
    )?;
    for product in given_texts(args, "productIds") {
        source::deselect(state, &id, &product);
    }
    Ok(json!({"job": state.job()}))
}

pub(super) fn reorder_products(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("Collection", id) else {
        return Err(UserError::at("id", "Collection does not exist")
            .code("COLLECTION_NOT_FOUND")
            .into());
    };
    if text(&row, "sortOrder") != "MANUAL" {
        let message = "Can't reorder products unless collection is manually sorted";
        return Err(UserError::at("id", message)
            .code("MANUALLY_SORTED_COLLECTION")
            .into());
    }
    let order = media::moved(collection_products(state, &row), args);
    state.touch(id, |row| {
        row.insert("_order".to_owned(), json!(order));
    });
    Ok(json!({"job": state.job()}))
}

pub(super) fn duplicate(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "input");
    let source_id = given_text(input, "collectionId").unwrap_or_default();
    let Some(row) = state.get_as("Collection", source_id) else {
        let error = UserError::at("input.collectionId", "Collection does not exist");
        return Err(error.code("COLLECTION_NOT_FOUND").into());
    };
    let title = given_text(input, "newTitle").unwrap_or_default();
    let mut copied = Map::clone(&row);
    let now = state.now();
    copied.remove("id");
    copied.insert("title".to_owned(), json!(title));
    copied.insert(
        "handle".to_owned(),
        json!(handle::free(state, "Collection", title, None)),
    );
    copied.insert("createdAt".to_owned(), json!(now));
    copied.insert("updatedAt".to_owned(), json!(now));
    if flag(input, "copyPublications") == Some(false) {
        copied.insert("_publications".to_owned(), json!({}));
    }
    let sources: Vec<String> = texts(&row, "sources")
        .iter()
        .filter_map(|id| source::copy_of(state, id))
        .collect();
    copied.insert("sources".to_owned(), json!(sources));
    let id = state.create("Collection", copied);
    Ok(json!({"collection": id, "job": state.job()}))
}
