//! What is in stock, and where.

use serde_json::{Value, json};

use super::input::{Input, object_or_empty, objects, text as given_text};
use super::refusal::{Refusal, UserError};
use super::{Outcome, variant};
use crate::shop::state::{State, text};

pub(super) fn update_item(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("InventoryItem", id) else {
        return Err(UserError::at(
            "id",
            "The product couldn't be updated because it does not exist.",
        )
        .into());
    };
    let input = object_or_empty(args, "input");
    let wrapped = json!({"inventoryItem": input});
    variant::fill(
        state,
        text(&row, "variant"),
        &wrapped.as_object().cloned().unwrap_or_default(),
    );
    Ok(json!({"inventoryItem": id}))
}

pub(super) fn set_quantities(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "input");
    for (index, wanted) in objects(input, "quantities").enumerate() {
        let at = |name: &str| format!("input.quantities.{index}.{name}");
        let item = given_text(wanted, "inventoryItemId").unwrap_or_default();
        let refuse = |name: &str, message: &str, code: &'static str| {
            Err(Refusal::from(UserError::at(&at(name), message).code(code)))
        };
        let Some(row) = state.get_as("InventoryItem", item) else {
            return refuse(
                "inventoryItemId",
                "The specified inventory item could not be found.",
                "INVALID_INVENTORY_ITEM",
            );
        };
        if state
            .get_as(
                "Location",
                given_text(wanted, "locationId").unwrap_or_default(),
            )
            .is_none()
        {
            return refuse(
                "locationId",
                "The specified location could not be found.",
                "INVALID_LOCATION",
            );
        }
        let variant = text(&row, "variant").to_owned();
        let present = state
            .get(&variant)
            .and_then(|row| row.get("inventoryQuantity")?.as_i64())
            .unwrap_or(0);
        let expected = wanted.get("changeFromQuantity").and_then(Value::as_i64);
        if expected.is_some_and(|expected| expected != present) {
            let message =
                "The changeFromQuantity argument no longer matches the persisted quantity.";
            return refuse("changeFromQuantity", message, "CHANGE_FROM_QUANTITY_STALE");
        }
        let quantity = wanted.get("quantity").cloned().unwrap_or_default();
        state.touch(&variant, |row| {
            row.insert("inventoryQuantity".to_owned(), quantity);
        });
    }
    Ok(json!({"inventoryAdjustmentGroup": null}))
}

pub(super) fn activate(state: &mut State, args: &Input) -> Outcome {
    let item = given_text(args, "inventoryItemId").unwrap_or_default();
    let Some(row) = state.get_as("InventoryItem", item) else {
        return Err(UserError::at("inventoryItemId", "The inventory item does not exist.").into());
    };
    if let Some(quantity) = args
        .get("available")
        .filter(|quantity| quantity.is_i64())
        .cloned()
    {
        let variant = text(&row, "variant").to_owned();
        state.touch(&variant, |row| {
            row.insert("inventoryQuantity".to_owned(), quantity);
        });
    }
    Ok(json!({"inventoryLevel": null}))
}
