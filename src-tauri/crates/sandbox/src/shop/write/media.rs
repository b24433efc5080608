//! The files that a product and its variants show.

use serde_json::{Map, Value, json};

use super::input::{Input, objects, text as given_text, texts as given_texts};
use super::refusal::{Refusal, UserError};
use super::{Outcome, file};
use crate::shop::state::{State, text, texts};

/// Adds a file to a product, if it is not there already.
pub(super) fn attach(state: &mut State, product: &str, id: &str) {
    state.touch(product, |row| {
        let mut media = texts(row, "media");
        if !media.iter().any(|held| held == id) {
            media.push(id.to_owned());
        }
        row.insert("media".to_owned(), json!(media));
    });
}

/// Adds the files that came as `CreateMediaInput`.
pub(super) fn add_to_product(
    state: &mut State,
    product: &str,
    args: &Input,
    name: &str,
) -> Result<Vec<String>, Refusal> {
    let mut added = Vec::new();
    for (index, wanted) in objects(args, name).enumerate() {
        let at = format!("{name}.{index}");
        let id = file::add(state, wanted).map_err(|_| {
            UserError::at(&format!("{at}.originalSource"), "Image URL is invalid").code("INVALID")
        })?;
        attach(state, product, &id);
        added.push(id);
    }
    Ok(added)
}

/// The file that came as `FileSetInput`: an existing one, or a new one.
fn file_of(state: &mut State, wanted: &Input, at: &str) -> Result<String, UserError> {
    let Some(id) = given_text(wanted, "id") else {
        return file::add(state, wanted).map_err(|error| error.below(at));
    };
    if state.get(id).is_none() {
        return Err(
            UserError::at(&format!("{at}.id"), format!("File id {id} does not exist."))
                .code("NOT_FOUND"),
        );
    }
    if let Some(alt) = given_text(wanted, "alt") {
        state.touch(id, |row| {
            row.insert("alt".to_owned(), json!(alt));
        });
    }
    Ok(id.to_owned())
}

/// Makes a product's files those of a `productSet`.
pub(super) fn replace(state: &mut State, product: &str, input: &Input) -> Result<(), Refusal> {
    let mut media: Vec<String> = Vec::new();
    for (index, wanted) in objects(input, "files").enumerate() {
        let id = file_of(state, wanted, &format!("input.files.{index}"))?;
        if !media.contains(&id) {
            media.push(id);
        }
    }
    let row = state.get(product).unwrap_or_default();
    for gone in texts(&row, "media").iter().filter(|id| !media.contains(id)) {
        file::detach(state, product, gone);
    }
    state.touch(product, |row| {
        row.insert("media".to_owned(), json!(media));
    });
    Ok(())
}

/// Makes a variant's file the one of a `productSet`.
pub(super) fn set_of_variant(
    state: &mut State,
    product: &str,
    variant: &str,
    wanted: Option<&Input>,
    at: &str,
) -> Result<(), Refusal> {
    let media = match wanted {
        Some(wanted) => {
            let source = given_text(wanted, "originalSource");
            let shown = texts(&state.get(product).unwrap_or_default(), "media");
            // The same source as one of the product's files means that file.
            let known = source.and_then(|source| {
                shown.into_iter().find(|id| {
                    state
                        .get(id)
                        .is_some_and(|row| text(&row, "_url") == source)
                })
            });
            let id = match known {
                Some(id) => id,
                None => file_of(state, wanted, &format!("{at}.file"))?,
            };
            attach(state, product, &id);
            json!([id])
        }
        None => json!([]),
    };
    state.touch(variant, |row| {
        row.insert("media".to_owned(), media);
    });
    Ok(())
}

fn product_of(state: &State, args: &Input, name: &str) -> Result<String, UserError> {
    let id = given_text(args, name).unwrap_or_default();
    match state.get_as("Product", id) {
        Some(_) => Ok(id.to_owned()),
        None => Err(UserError::at(name, "Product does not exist").code("PRODUCT_DOES_NOT_EXIST")),
    }
}

fn check_held(state: &State, product: &str, ids: &[String], at: &str) -> Result<(), UserError> {
    let held = texts(&state.get(product).unwrap_or_default(), "media");
    let missing: Vec<&str> = ids
        .iter()
        .filter(|id| !held.contains(id))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (noun, verb) = if missing.len() == 1 {
        ("id", "does")
    } else {
        ("ids", "do")
    };
    let message = format!("Media {noun} {} {verb} not exist", missing.join(","));
    Err(UserError::at(at, message).code("MEDIA_DOES_NOT_EXIST"))
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args, "productId")?;
    let media = add_to_product(state, &product, args, "media")?;
    Ok(json!({"media": media, "product": product}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args, "productId")?;
    let ids: Vec<String> = objects(args, "media")
        .filter_map(|media| given_text(media, "id"))
        .map(str::to_owned)
        .collect();
    check_held(state, &product, &ids, "media")?;
    for media in objects(args, "media") {
        if let (Some(id), Some(alt)) = (given_text(media, "id"), given_text(media, "alt")) {
            state.touch(id, |row| {
                row.insert("alt".to_owned(), json!(alt));
            });
        }
    }
    Ok(json!({"media": ids, "product": product}))
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args, "productId")?;
    let ids = given_texts(args, "mediaIds");
    check_held(state, &product, &ids, "mediaIds")?;
    for id in &ids {
        file::detach(state, &product, id);
    }
    let images: Vec<String> = ids
        .iter()
        .filter(|id| id.contains("/MediaImage/"))
        .map(|id| id.replace("MediaImage", "ProductImage"))
        .collect();
    Ok(json!({"deletedMediaIds": ids, "deletedProductImageIds": images, "product": product}))
}

/// Moves entries of a list, one after the other, each to its new place.
pub(super) fn moved(mut order: Vec<String>, args: &Input) -> Vec<String> {
    for step in objects(args, "moves") {
        let id = given_text(step, "id").unwrap_or_default();
        let place = step
            .get("newPosition")
            .and_then(|place| place.as_u64().or_else(|| place.as_str()?.parse().ok()));
        if let Some(from) = order.iter().position(|held| held == id) {
            let id = order.remove(from);
            let place = usize::try_from(place.unwrap_or(0))
                .unwrap_or(usize::MAX)
                .min(order.len());
            order.insert(place, id);
        }
    }
    order
}

pub(super) fn reorder(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args, "id")?;
    let order = moved(
        texts(&state.get(&product).unwrap_or_default(), "media"),
        args,
    );
    state.touch(&product, |row| {
        row.insert("media".to_owned(), json!(order));
    });
    Ok(json!({"job": state.job()}))
}

fn per_variant(
    state: &mut State,
    args: &Input,
    change: impl Fn(&mut Vec<String>, &[String]),
) -> Outcome {
    let product = product_of(state, args, "productId")?;
    let held = texts(&state.get(&product).unwrap_or_default(), "variants");
    let mut changed = Vec::new();
    for (index, pair) in objects(args, "variantMedia").enumerate() {
        let at = format!("variantMedia.{index}");
        let id = given_text(pair, "variantId").unwrap_or_default();
        if !held.iter().any(|variant| variant == id) {
            let error = UserError::at(
                &format!("{at}.variantId"),
                "Variant does not exist on the specified product.",
            );
            return Err(error
                .code("PRODUCT_VARIANT_DOES_NOT_EXIST_ON_PRODUCT")
                .into());
        }
        let media = given_texts(pair, "mediaIds");
        check_held(state, &product, &media, &format!("{at}.mediaIds"))?;
        state.touch(id, |row: &mut Map<String, Value>| {
            let mut shown = texts(row, "media");
            change(&mut shown, &media);
            row.insert("media".to_owned(), json!(shown));
        });
        changed.push(id.to_owned());
    }
    Ok(json!({"product": product, "productVariants": changed}))
}

pub(super) fn append_to_variants(state: &mut State, args: &Input) -> Outcome {
    per_variant(state, args, |shown, media| {
        shown.extend(media.iter().cloned())
    })
}

pub(super) fn detach_from_variants(state: &mut State, args: &Input) -> Outcome {
    per_variant(state, args, |shown, media| {
        shown.retain(|id| !media.contains(id))
    })
}
