//! Variants of one product, changed many at a time.

use serde_json::{Value, json};

use super::input::{Input, flag, list, objects, text as given_text, texts as given_texts};
use super::refusal::{UserError, refuse_any};
use super::variant::{
    VARIANTS_MAX, add, check, chosen, fill, remove_from_product, select, values_of,
};
use super::{Outcome, file, media, metafield};
use crate::shop::state::{State, text, texts};

fn product_of(state: &State, args: &Input) -> Result<String, UserError> {
    let id = given_text(args, "productId").unwrap_or_default();
    match state.get_as("Product", id) {
        Some(_) => Ok(id.to_owned()),
        None => {
            Err(UserError::at("productId", "Product does not exist").code("PRODUCT_DOES_NOT_EXIST"))
        }
    }
}

fn media_of_bulk(state: &mut State, product: &str, id: &str, input: &Input) {
    if let Some(file) = given_text(input, "mediaId") {
        media::attach(state, product, file);
        state.touch(id, |row| {
            row.insert("media".to_owned(), json!([file]));
        });
    }
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args)?;
    media::add_to_product(state, &product, args, "media")?;
    let before = texts(&state.get(&product).unwrap_or_default(), "variants");
    let mut taken: Vec<Vec<String>> = before
        .iter()
        .filter_map(|id| Some(values_of(&*state.get(id)?)))
        .collect();
    let standalone = before.len() == 1
        && state
            .get(&before[0])
            .is_some_and(|row| text(&row, "title") == "Default Title");
    let strategy = given_text(args, "strategy").unwrap_or("DEFAULT");
    let removes = strategy == "REMOVE_STANDALONE_VARIANT" && before.len() == 1
        || standalone && strategy == "DEFAULT";
    if removes {
        taken.clear();
    }
    if before.len() + file::count(args, "variants") > VARIANTS_MAX {
        let message = format!("You can only have a maximum of {VARIANTS_MAX} variants per product");
        return Err(UserError::at("variants", message).code("INVALID").into());
    }
    let mut errors = Vec::new();
    let mut made = Vec::new();
    for (index, wanted) in objects(args, "variants").enumerate() {
        let at = format!("variants.{index}");
        let values =
            check(wanted, &at).and_then(|()| chosen(state, &product, wanted, &at, "INVALID_INPUT"));
        match values {
            Ok(values) if taken.contains(&values) => {
                let names: Vec<String> = values
                    .iter()
                    .filter_map(|id| Some(text(&*state.get(id)?, "name").to_owned()))
                    .collect();
                let message = format!(
                    "The variant '{}' already exists. Please change at least one option value.",
                    names.join(" / ")
                );
                errors.push(
                    UserError::at(&at, message).code("VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE"),
                );
            }
            Ok(values) => {
                let id = add(state, &product, &values, wanted);
                media_of_bulk(state, &product, &id, wanted);
                metafield::set_of_owner(state, &id, wanted, &format!("{at}.metafields"))?;
                taken.push(values);
                made.push(id);
            }
            Err(error) => errors.push(error),
        }
    }
    refuse_any(errors)?;
    if removes {
        remove_from_product(state, &product, &before);
    }
    state.touch(&product, |_| {});
    Ok(json!({"product": product, "productVariants": made}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args)?;
    media::add_to_product(state, &product, args, "media")?;
    let held = texts(&state.get(&product).unwrap_or_default(), "variants");
    let mut errors = Vec::new();
    let mut changed = Vec::new();
    for (index, wanted) in objects(args, "variants").enumerate() {
        let at = format!("variants.{index}");
        let Some(id) = given_text(wanted, "id") else {
            let message = "Product variant is missing ID attribute";
            errors.push(
                UserError::at(&format!("{at}.id"), message).code("PRODUCT_VARIANT_ID_MISSING"),
            );
            continue;
        };
        if !held.iter().any(|known| known == id) {
            let message = "Product variant does not exist";
            errors.push(
                UserError::at(&format!("{at}.id"), message).code("PRODUCT_VARIANT_DOES_NOT_EXIST"),
            );
            continue;
        }
        if list(wanted, "inventoryQuantities").is_some() {
            let message = "Inventory quantities can only be provided during create. To update inventory for existing variants, use inventoryAdjustQuantities.";
            let error = UserError::at(&format!("{at}.inventoryQuantities"), message);
            errors.push(error.code("NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE"));
            continue;
        }
        if let Err(error) = check(wanted, &at) {
            errors.push(error);
            continue;
        }
        if list(wanted, "optionValues").is_some() {
            let mut whole = wanted.clone();
            complete_values(state, id, &mut whole);
            match chosen(state, &product, &whole, &at, "OPTION_DOES_NOT_EXIST") {
                Ok(values) => select(state, id, &values),
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            }
        }
        fill(state, id, wanted);
        media_of_bulk(state, &product, id, wanted);
        metafield::set_of_owner(state, id, wanted, &format!("{at}.metafields"))?;
        changed.push(id.to_owned());
    }
    if flag(args, "allowPartialUpdates") == Some(true) && !changed.is_empty() {
        let errors: Vec<Value> = errors.iter().map(UserError::to_json).collect();
        return Ok(json!({"product": product, "productVariants": changed, "userErrors": errors}));
    }
    refuse_any(errors)?;
    state.touch(&product, |_| {});
    Ok(json!({"product": product, "productVariants": changed}))
}

/// Adds to an input the values that the variant has and the input does not name.
fn complete_values(state: &State, id: &str, input: &mut Input) {
    let row = state.get(id).unwrap_or_default();
    let mut values = list(input, "optionValues").unwrap_or_default().to_vec();
    let options = row.get("selectedOptions").and_then(Value::as_array);
    for option in options.into_iter().flatten() {
        let value = state
            .get(option["optionValue"].as_str().unwrap_or_default())
            .unwrap_or_default();
        let named = values.iter().any(|wanted| {
            wanted["optionName"] == option["name"] || wanted["optionId"] == text(&value, "_option")
        });
        if !named {
            values.push(json!({"optionName": option["name"], "id": option["optionValue"]}));
        }
    }
    input.insert("optionValues".to_owned(), Value::Array(values));
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args)?;
    let gone = given_texts(args, "variantsIds");
    let held = texts(&state.get(&product).unwrap_or_default(), "variants");
    for (index, id) in gone.iter().enumerate() {
        if !held.contains(id) {
            let message = "At least one variant does not belong to the product";
            let error = UserError::at(&format!("variantsIds.{index}"), message);
            return Err(error
                .code("AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT")
                .into());
        }
    }
    if gone.len() >= held.len() {
        let message = "Cannot delete the last variant of a product";
        return Err(UserError::at("variantsIds", message)
            .code("CANNOT_DELETE_LAST_VARIANT")
            .into());
    }
    remove_from_product(state, &product, &gone);
    Ok(json!({"product": product}))
}

pub(super) fn reorder(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args)?;
    let mut order = texts(&state.get(&product).unwrap_or_default(), "variants");
    let mut moved: Vec<(usize, String)> = Vec::new();
    for (index, wanted) in objects(args, "positions").enumerate() {
        let id = given_text(wanted, "id").unwrap_or_default();
        let position = wanted.get("position").and_then(Value::as_i64).unwrap_or(0);
        if position < 1 {
            let error = UserError::at(
                &format!("positions.{index}.position"),
                "Position can not be zero or negative number",
            );
            return Err(error.code("INVALID_POSITION").into());
        }
        if !order.iter().any(|held| held == id) {
            let error = UserError::at(
                &format!("positions.{index}.id"),
                "Product variant does not exist",
            );
            return Err(error.code("MISSING_VARIANT").into());
        }
        if moved.iter().any(|(_, other)| other == id) {
            let error = UserError::at("positions", "Product variant IDs must be unique");
            return Err(error.code("DUPLICATED_VARIANT_ID").into());
        }
        moved.push((usize::try_from(position).unwrap_or(1) - 1, id.to_owned()));
    }
    order.retain(|id| !moved.iter().any(|(_, other)| other == id));
    moved.sort();
    for (place, id) in moved {
        order.insert(place.min(order.len()), id);
    }
    state.touch(&product, |row| {
        row.insert("variants".to_owned(), json!(order));
    });
    Ok(json!({"product": product}))
}
