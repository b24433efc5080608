//! A product's options and their values, changed one mutation at a time.

use serde_json::{Map, Value, json};

use super::input::{Input, given, list, object, objects, text as given_text, texts as given_texts};
use super::option_set::{
    OPTIONS_MAX, add, add_value, given_values, is_bad_name, linked, remove, remove_all, value_rows,
};
use super::product::{number, options};
use super::refusal::{Refusal, UserError};
use super::{Outcome, variant};
use crate::shop::state::{State, text, texts};

/// The longest name of an option, in letters.
const NAME_MAX: usize = 255;

fn product_of(state: &State, args: &Input) -> Result<String, UserError> {
    let id = given_text(args, "productId").unwrap_or_default();
    match state.get_as("Product", id) {
        Some(_) => Ok(id.to_owned()),
        None => {
            Err(UserError::at("productId", "Product does not exist").code("PRODUCT_DOES_NOT_EXIST"))
        }
    }
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args)?;
    let new: Vec<&Input> = objects(args, "options").collect();
    let existing = options(state, &product);
    let only_default = existing.len() == 1
        && text(&existing[0], "name") == "Title"
        && value_rows(state, text(&existing[0], "id")).len() == 1;
    if new.len() + if only_default { 0 } else { existing.len() } > OPTIONS_MAX {
        let message = format!("Can only specify a maximum of {OPTIONS_MAX} options");
        return Err(UserError::at("options", message)
            .code("OPTIONS_OVER_LIMIT")
            .into());
    }
    for (index, option) in new.iter().enumerate() {
        let at = format!("options.{index}");
        let name = given_text(option, "name").unwrap_or_default();
        let refuse = |message: String, code: &'static str| {
            Err(Refusal::from(UserError::at(&at, message).code(code)))
        };
        if is_bad_name(name) {
            let message = "The name contains unsupported sequence ' / '";
            return Err(UserError::at(&format!("{at}.name"), message)
                .code("INVALID_NAME")
                .into());
        }
        if name.chars().count() > NAME_MAX {
            return refuse(
                "Option name is too long.".to_owned(),
                "OPTION_NAME_TOO_LONG",
            );
        }
        if existing.iter().any(|row| text(row, "name") == name) {
            return refuse(
                format!("Option '{name}' already exists."),
                "OPTION_ALREADY_EXISTS",
            );
        }
        if new[..index]
            .iter()
            .any(|other| given_text(other, "name") == Some(name))
        {
            return refuse(
                "Duplicated option name.".to_owned(),
                "DUPLICATED_OPTION_NAME",
            );
        }
        if given_values(option).is_empty() {
            return refuse(
                format!("Option '{name}' must specify at least one option value."),
                "OPTION_VALUES_MISSING",
            );
        }
    }
    if only_default {
        remove_all(
            state,
            &state
                .get(&product)
                .map(|row| Map::clone(&row))
                .unwrap_or_default(),
        );
        state.update(&product, |row| {
            row.insert("options".to_owned(), json!([]));
        });
    }
    let kept = if only_default { 0 } else { existing.len() };
    for (index, option) in new.iter().enumerate() {
        let name = given_text(option, "name").unwrap_or_default();
        add(
            state,
            &product,
            name,
            linked(option),
            &given_values(option),
            kept + index + 1,
        );
    }
    let create = given_text(args, "variantStrategy") == Some("CREATE");
    variant::follow_options(state, &product, create)?;
    Ok(json!({"product": product}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args)?;
    let empty = Map::new();
    let wanted = object(args, "option").unwrap_or(&empty);
    let id = given_text(wanted, "id").unwrap_or_default();
    if !options(state, &product)
        .iter()
        .any(|row| text(row, "id") == id)
    {
        return Err(UserError::at("option", "Option does not exist")
            .code("OPTION_DOES_NOT_EXIST")
            .into());
    }
    if let Some(name) = given_text(wanted, "name") {
        if is_bad_name(name) {
            let message = "The name contains unsupported sequence ' / '";
            return Err(UserError::at("option.name", message)
                .code("INVALID_NAME")
                .into());
        }
        state.update(id, |row| {
            row.insert("name".to_owned(), json!(name));
        });
    }
    for value in objects(args, "optionValuesToUpdate") {
        let (Some(value_id), Some(name)) = (given_text(value, "id"), given_text(value, "name"))
        else {
            continue;
        };
        state.update(value_id, |row| {
            row.insert("name".to_owned(), json!(name));
        });
    }
    for value in objects(args, "optionValuesToAdd") {
        if let Some(name) =
            given_text(value, "linkedMetafieldValue").or_else(|| given_text(value, "name"))
        {
            add_value(state, &product, id, name);
        }
    }
    let manage = given_text(args, "variantStrategy") == Some("MANAGE");
    let gone = given_texts(args, "optionValuesToDelete");
    if !gone.is_empty() {
        let used = variant::using(state, &product, &gone);
        if !used.is_empty() && !manage {
            let message = "Option value cannot be deleted because it has variants.";
            return Err(UserError::at("optionValuesToDelete", message)
                .code("OPTION_VALUE_HAS_VARIANTS")
                .into());
        }
        variant::remove_from_product(state, &product, &used);
        for value in &gone {
            state.remove(value);
        }
        state.update(id, |row| {
            let left: Vec<String> = texts(row, "optionValues")
                .into_iter()
                .filter(|id| !gone.contains(id))
                .collect();
            row.insert("optionValues".to_owned(), json!(left));
        });
    }
    if given(wanted, "position")
        && let Some(position) = wanted.get("position").and_then(Value::as_u64)
    {
        let mut order = texts(&state.get(&product).unwrap_or_default(), "options");
        order.retain(|other| other != id);
        let place = usize::try_from(position.max(1) - 1)
            .unwrap_or(0)
            .min(order.len());
        order.insert(place, id.to_owned());
        set_order(state, &product, &order);
    }
    variant::rename(state, &product);
    state.touch(&product, |_| {});
    Ok(json!({"product": product}))
}

fn set_order(state: &mut State, product: &str, order: &[String]) {
    for (index, id) in order.iter().enumerate() {
        state.update(id, |row| {
            row.insert("position".to_owned(), json!(index + 1));
        });
    }
    state.touch(product, |row| {
        row.insert("options".to_owned(), json!(order));
    });
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args)?;
    let gone = given_texts(args, "options");
    let existing = options(state, &product);
    for (index, id) in gone.iter().enumerate() {
        let Some(row) = existing.iter().find(|row| text(row, "id") == id) else {
            let error = UserError::at(&format!("options.{index}"), "Option does not exist");
            return Err(error.code("OPTION_DOES_NOT_EXIST").into());
        };
        let strategy = given_text(args, "strategy").unwrap_or("DEFAULT");
        if texts(row, "optionValues").len() > 1 && strategy == "DEFAULT" {
            let message = format!(
                "Cannot delete option '{}' with multiple values.",
                text(row, "name")
            );
            let error = UserError::at(&format!("options.{index}"), message);
            return Err(error
                .code("CANNOT_DELETE_OPTION_WITH_MULTIPLE_VALUES")
                .into());
        }
    }
    for row in existing
        .iter()
        .filter(|row| gone.iter().any(|id| id == text(row, "id")))
    {
        remove(state, row);
    }
    let left: Vec<String> = texts(&state.get(&product).unwrap_or_default(), "options");
    let left: Vec<String> = left.into_iter().filter(|id| !gone.contains(id)).collect();
    set_order(state, &product, &left);
    if left.is_empty() {
        add(
            state,
            &product,
            "Title",
            None,
            &["Default Title".to_owned()],
            1,
        );
    }
    variant::follow_options(state, &product, false)?;
    Ok(json!({"deletedOptionsIds": gone, "product": product}))
}

pub(super) fn reorder(state: &mut State, args: &Input) -> Outcome {
    let product = product_of(state, args)?;
    let existing = options(state, &product);
    let mut order: Vec<String> = Vec::new();
    for (index, wanted) in objects(args, "options").enumerate() {
        let (id, name) = (given_text(wanted, "id"), given_text(wanted, "name"));
        if id.is_some() && name.is_some() {
            let message = "Only specify one of `id` or `name` fields for options.";
            return Err(UserError::at("options", message)
                .code("MIXING_ID_AND_NAME_KEYS_IS_NOT_ALLOWED")
                .into());
        }
        let found = existing
            .iter()
            .find(|row| id == Some(text(row, "id")) || name == Some(text(row, "name")));
        let Some(found) = found else {
            return Err(match (id, name) {
                (Some(id), _) => UserError::at(
                    "options",
                    format!("Option id '{}' does not exist.", number(id)),
                )
                .code("OPTION_ID_DOES_NOT_EXIST"),
                (_, name) => UserError::at(
                    "options",
                    format!("Option name '{}' does not exist.", name.unwrap_or_default()),
                )
                .code("OPTION_NAME_DOES_NOT_EXIST"),
            }
            .into());
        };
        let found_id = text(found, "id").to_owned();
        if order.contains(&found_id) {
            let message = format!("Duplicated option name '{}'.", text(found, "name"));
            return Err(UserError::at(&format!("options.{index}"), message)
                .code("DUPLICATED_OPTION_NAME")
                .into());
        }
        if list(wanted, "values").is_some() {
            reorder_values(state, &found_id, wanted)?;
        }
        order.push(found_id);
    }
    let rest = existing
        .iter()
        .map(|row| text(row, "id").to_owned())
        .filter(|id| !order.contains(id))
        .collect::<Vec<_>>();
    order.extend(rest);
    set_order(state, &product, &order);
    variant::sort_by_options(state, &product);
    Ok(json!({"product": product}))
}

fn reorder_values(state: &mut State, option: &str, wanted: &Input) -> Result<(), UserError> {
    let existing = value_rows(state, option);
    let mut order: Vec<String> = Vec::new();
    for value in objects(wanted, "values") {
        let (id, name) = (given_text(value, "id"), given_text(value, "name"));
        let found = existing
            .iter()
            .find(|row| id == Some(text(row, "id")) || name == Some(text(row, "name")));
        let Some(found) = found else {
            return Err(match (id, name) {
                (Some(id), _) => UserError::at(
                    "options",
                    format!("Option value id '{}' does not exist.", number(id)),
                )
                .code("OPTION_VALUE_ID_DOES_NOT_EXIST"),
                (_, name) => UserError::at(
                    "options",
                    format!(
                        "Option value '{}' does not exist.",
                        name.unwrap_or_default()
                    ),
                )
                .code("OPTION_VALUE_DOES_NOT_EXIST"),
            });
        };
        order.push(text(found, "id").to_owned());
    }
    let rest = existing
        .iter()
        .map(|row| text(row, "id").to_owned())
        .filter(|id| !order.contains(id))
        .collect::<Vec<_>>();
    order.extend(rest);
    state.update(option, |row| {
        row.insert("optionValues".to_owned(), json!(order));
    });
    Ok(())
}
