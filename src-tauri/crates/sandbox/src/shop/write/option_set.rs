//! What products' options are made of: used by whatever sets them.

use serde_json::{Map, Value, json};

use super::input::{Input, object, objects, text as given_text, texts as given_texts};
use super::product::options;
use super::refusal::{Refusal, UserError};
use super::{metafield, variant};
use crate::shop::read::display_name;
use crate::shop::state::{State, text, texts};

/// The most options of a product.
pub(super) const OPTIONS_MAX: usize = 3;

/// The most values of an option.
const VALUES_MAX: usize = 100;

pub(super) fn is_bad_name(name: &str) -> bool {
    name.contains(" / ")
}

/// Adds an option with values. Returns its global id.
pub(super) fn add(
    state: &mut State,
    product: &str,
    name: &str,
    linked: Option<Value>,
    values: &[String],
    position: usize,
) -> String {
    let row = json!({"name": name, "position": position, "linkedMetafield": linked, "optionValues": [], "_product": product});
    let id = state.create(
        "ProductOption",
        row.as_object().cloned().unwrap_or_default(),
    );
    for value in values {
        add_value(state, product, &id, value);
    }
    let option = id.clone();
    state.update(product, |row| {
        let mut options = texts(row, "options");
        options.push(option);
        row.insert("options".to_owned(), json!(options));
    });
    id
}

/// Adds a value to an option: a name, or for linked options a metaobject's global id. Returns its global id.
pub(super) fn add_value(state: &mut State, product: &str, option: &str, value: &str) -> String {
    let linked = value.starts_with("gid://");
    let name = if linked {
        state
            .get(value)
            .map_or_else(|| value.to_owned(), |row| display_name(state, &row))
    } else {
        value.to_owned()
    };
    let row = json!({
        "name": name, "_product": product, "_option": option, "swatch": null,
        "linkedMetafieldValue": if linked { Some(value) } else { None },
    });
    let id = state.create(
        "ProductOptionValue",
        row.as_object().cloned().unwrap_or_default(),
    );
    let added = id.clone();
    state.update(option, |row| {
        let mut values = texts(row, "optionValues");
        values.push(added);
        row.insert("optionValues".to_owned(), json!(values));
    });
    id
}

/// The values that came with an option: their names, or the metaobjects of a linked option.
pub(super) fn given_values(input: &Input) -> Vec<String> {
    let linked = object(input, "linkedMetafield")
        .map(|linked| given_texts(linked, "values"))
        .unwrap_or_default();
    if !linked.is_empty() {
        return linked;
    }
    let name = |value: &Input| {
        given_text(value, "linkedMetafieldValue")
            .or_else(|| given_text(value, "name"))
            .map(str::to_owned)
    };
    objects(input, "values").filter_map(name).collect()
}

pub(super) fn linked(input: &Input) -> Option<Value> {
    let linked = object(input, "linkedMetafield")?;
    Some(json!({"namespace": linked.get("namespace"), "key": linked.get("key")}))
}

/// Gives a new product its options and the one variant that has the first value of each.
pub(super) fn create_first(state: &mut State, product: &str, input: &Input) -> Result<(), Refusal> {
    let given: Vec<&Input> = objects(input, "productOptions").collect();
    if given.is_empty() {
        add(
            state,
            product,
            "Title",
            None,
            &["Default Title".to_owned()],
            1,
        );
    }
    for (index, option) in given.iter().enumerate() {
        let name = given_text(option, "name").unwrap_or_default();
        if is_bad_name(name) {
            return Err(UserError::at(
                "options",
                "Name cannot contain the character sequence \" / \"",
            )
            .into());
        }
        let values = given_values(option);
        add(state, product, name, linked(option), &values, index + 1);
    }
    let first = options(state, product)
        .iter()
        .filter_map(|option| texts(option, "optionValues").into_iter().next())
        .collect::<Vec<_>>();
    variant::add(state, product, &first, &Map::new());
    Ok(())
}

/// Makes a product's options those of a `productSet`, keeping what has the same id or name.
pub(super) fn replace(state: &mut State, product: &str, input: &Input) -> Result<(), Refusal> {
    let wanted: Vec<&Input> = objects(input, "productOptions").collect();
    if wanted.len() > OPTIONS_MAX {
        let message = format!("Can only specify a maximum of {OPTIONS_MAX} options");
        return Err(UserError::at("input.productOptions", message)
            .code("OPTIONS_OVER_LIMIT")
            .into());
    }
    let old = options(state, product);
    let mut kept: Vec<String> = Vec::new();
    for (index, option) in wanted.iter().enumerate() {
        let at = format!("input.productOptions.{index}");
        let name = given_text(option, "name").unwrap_or_default();
        if is_bad_name(name) {
            let message = "The name contains unsupported sequence ' / '";
            return Err(UserError::at(&format!("{at}.name"), message)
                .code("INVALID_INPUT")
                .into());
        }
        let values = given_values(option);
        if values.len() > VALUES_MAX {
            let message = format!("Option values count is over the allowed limit of {VALUES_MAX}.");
            return Err(UserError::at(&format!("{at}.values"), message)
                .code("OPTION_VALUES_OVER_LIMIT")
                .into());
        }
        if kept
            .iter()
            .filter_map(|id| state.get(id))
            .any(|row| text(&row, "name") == name)
        {
            return Err(UserError::at(&at, "Duplicated option name.")
                .code("DUPLICATED_OPTION_NAME")
                .into());
        }
        let known = old.iter().find(|row| match given_text(option, "id") {
            Some(id) => text(row, "id") == id,
            None => text(row, "name") == name,
        });
        let id = match known {
            Some(row) => text(row, "id").to_owned(),
            None => {
                let id = add(state, product, name, linked(option), &[], index + 1);
                kept.push(id.clone());
                add_values(state, product, &id, &values);
                continue;
            }
        };
        let old_values = value_rows(state, &id);
        let mut order = Vec::new();
        for (place, value) in values.iter().enumerate() {
            let by_id = objects(option, "values")
                .nth(place)
                .and_then(|value| given_text(value, "id"));
            let known = old_values.iter().find(|row| {
                by_id == Some(text(row, "id"))
                    || by_id.is_none()
                        && (text(row, "name") == value
                            || text(row, "linkedMetafieldValue") == value)
            });
            order.push(match known {
                Some(row) => {
                    let id = text(row, "id").to_owned();
                    state.update(&id, |row| {
                        if !value.starts_with("gid://") {
                            row.insert("name".to_owned(), json!(value));
                        }
                    });
                    id
                }
                None => add_value(state, product, &id, value),
            });
        }
        for gone in old_values
            .iter()
            .map(|row| text(row, "id").to_owned())
            .filter(|id| !order.contains(id))
        {
            state.remove(&gone);
        }
        let linked = linked(option);
        state.update(&id, |row| {
            row.insert("optionValues".to_owned(), json!(order));
            row.insert("position".to_owned(), json!(index + 1));
            if !name.is_empty() {
                row.insert("name".to_owned(), json!(name));
            }
            if linked.is_some() {
                row.insert("linkedMetafield".to_owned(), json!(linked));
            }
        });
        kept.push(id);
    }
    for row in old
        .iter()
        .filter(|row| !kept.iter().any(|id| id == text(row, "id")))
    {
        remove(state, row);
    }
    state.touch(product, |row| {
        row.insert("options".to_owned(), json!(kept));
    });
    Ok(())
}

fn add_values(state: &mut State, product: &str, option: &str, values: &[String]) {
    for value in values {
        add_value(state, product, option, value);
    }
}

/// The values of an option.
pub(super) fn value_rows(state: &State, option: &str) -> Vec<Map<String, Value>> {
    let row = state.get(option).unwrap_or_default();
    texts(&row, "optionValues")
        .iter()
        .filter_map(|id| state.get(id))
        .map(|row| Map::clone(&row))
        .collect()
}

pub(super) fn remove(state: &mut State, option: &Map<String, Value>) {
    for value in texts(option, "optionValues") {
        metafield::remove_all_of(state, &value);
        state.remove(&value);
    }
    metafield::remove_all_of(state, text(option, "id"));
    state.remove(text(option, "id"));
}

/// Takes away all options of a product.
pub(super) fn remove_all(state: &mut State, product: &Map<String, Value>) {
    for id in texts(product, "options") {
        let option = state.get(&id).unwrap_or_default();
        remove(state, &option);
    }
}

/// Gives a new product the options and variants of another.
pub(super) fn copy(state: &mut State, source: &Map<String, Value>, product: &str) {
    let mut renamed: Vec<(String, String)> = Vec::new();
    for (index, option) in options(state, text(source, "id")).iter().enumerate() {
        let linked = option
            .get("linkedMetafield")
            .filter(|linked| !linked.is_null())
            .cloned();
        let id = add(state, product, text(option, "name"), linked, &[], index + 1);
        for value in value_rows(state, text(option, "id")) {
            let name = value
                .get("linkedMetafieldValue")
                .and_then(Value::as_str)
                .unwrap_or_else(|| text(&value, "name"));
            let added = add_value(state, product, &id, name);
            renamed.push((text(&value, "id").to_owned(), added));
        }
    }
    for id in texts(source, "variants") {
        let variant = state.get(&id).unwrap_or_default();
        let values: Vec<String> = variant::values_of(&variant)
            .iter()
            .filter_map(|old| {
                renamed
                    .iter()
                    .find(|(from, _)| from == old)
                    .map(|(_, to)| to.clone())
            })
            .collect();
        let copied = variant::as_input(state, &variant);
        variant::add(state, product, &values, &copied);
    }
}
