//! What variants are made of, and what each keeps in stock: used by whatever sets them.

use serde_json::{Map, Value, json};

use super::input::{Input, copy, given, object, objects, text as given_text};
use super::option_set::{add_value, value_rows};
use super::product::options;
use super::refusal::{Refusal, UserError};
use super::{media, metafield};
use crate::shop::state::{State, text, texts};

/// The most variants of a product.
pub(super) const VARIANTS_MAX: usize = 2_048;

/// The highest price.
const PRICE_MAX: f64 = 1e18;

const PLAIN: &[&str] = &[
    "barcode",
    "inventoryPolicy",
    "taxable",
    "taxCode",
    "requiresComponents",
    "showUnitPrice",
];

/// The values of options that a variant has, by global id.
pub(super) fn values_of(variant: &Map<String, Value>) -> Vec<String> {
    let options = variant.get("selectedOptions").and_then(Value::as_array);
    let values = options
        .into_iter()
        .flatten()
        .filter_map(|option| option["optionValue"].as_str());
    values.map(str::to_owned).collect()
}

/// Adds a variant with these values of its product's options. Returns its global id.
pub(super) fn add(state: &mut State, product: &str, values: &[String], input: &Input) -> String {
    let now = state.now();
    let id = state.new_id();
    let gid = crate::shop::gid::gid("ProductVariant", id);
    let item = json!({
        "variant": gid, "tracked": false, "requiresShipping": true, "unitCost": null, "countryCodeOfOrigin": null,
        "provinceCodeOfOrigin": null, "harmonizedSystemCode": null, "createdAt": now, "updatedAt": now,
        "measurement": {"id": gid.replace("ProductVariant", "InventoryItemMeasurement"), "weight": {"value": 0.0, "unit": "KILOGRAMS"}},
    });
    let item = state.create(
        "InventoryItem",
        item.as_object().cloned().unwrap_or_default(),
    );
    let row = json!({
        "product": product, "inventoryItem": item, "price": "0.00", "compareAtPrice": null, "sku": null,
        "barcode": null, "taxable": true, "taxCode": null, "inventoryPolicy": "DENY", "inventoryQuantity": 0, "media": [],
        "requiresComponents": false, "showUnitPrice": false, "unitPriceMeasurement": null, "unitPrice": null,
        "createdAt": now, "updatedAt": now, "selectedOptions": [], "title": "",
    });
    let row = row.as_object().cloned().unwrap_or_default();
    state.create_as("ProductVariant", id, row);
    select(state, &gid, values);
    fill(state, &gid, input);
    let added = gid.clone();
    state.update(product, |row| {
        let mut variants = texts(row, "variants");
        variants.push(added);
        row.insert("variants".to_owned(), json!(variants));
    });
    gid
}

/// Gives a variant its values, and its title by them.
pub(super) fn select(state: &mut State, variant: &str, values: &[String]) {
    let selected: Vec<Value> = values
        .iter()
        .filter_map(|id| {
            let value = state.get(id)?;
            let option = state.get(text(&value, "_option"))?;
            Some(json!({"name": text(&option, "name"), "value": text(&value, "name"), "optionValue": id}))
        })
        .collect();
    let names: Vec<&str> = selected
        .iter()
        .filter_map(|option| option["value"].as_str())
        .collect();
    let title = names.join(" / ");
    state.update(variant, |row| {
        row.insert("selectedOptions".to_owned(), json!(selected));
        row.insert("title".to_owned(), json!(title));
    });
}

/// Writes the names of options and values anew into a product's variants.
pub(super) fn rename(state: &mut State, product: &str) {
    let row = state.get(product).unwrap_or_default();
    for id in texts(&row, "variants") {
        let values = state
            .get(&id)
            .map(|row| values_of(&row))
            .unwrap_or_default();
        select(state, &id, &values);
    }
}

fn price(value: &Value) -> Value {
    let number = value
        .as_str()
        .and_then(|text| text.parse::<f64>().ok())
        .or_else(|| value.as_f64());
    number.map_or(Value::Null, |number| json!(format!("{number:.2}")))
}

/// Puts what was given of a variant over what is there.
pub(super) fn fill(state: &mut State, id: &str, input: &Input) {
    let mut fields = Map::new();
    copy(input, PLAIN, &mut fields);
    for name in ["price", "compareAtPrice"] {
        if let Some(value) = input.get(name) {
            fields.insert(name.to_owned(), price(value));
        }
    }
    if fields.get("price").is_some_and(Value::is_null) {
        fields.insert("price".to_owned(), json!("0.00"));
    }
    if let Some(measure) = input.get("unitPriceMeasurement") {
        let mut measure = measure.clone();
        if let Some(measure) = measure.as_object_mut() {
            measure.entry("measuredType").or_insert(json!("WEIGHT"));
            measure.entry("quantityValue").or_insert(json!(0.0));
            measure.entry("referenceValue").or_insert(json!(0));
        }
        fields.insert("unitPriceMeasurement".to_owned(), measure);
    }
    let item = object(input, "inventoryItem");
    let sku = input
        .get("sku")
        .or_else(|| item.and_then(|item| item.get("sku")));
    if let Some(sku) = sku {
        fields.insert("sku".to_owned(), sku.clone());
    }
    let quantities: Vec<i64> = objects(input, "inventoryQuantities")
        .filter_map(|level| {
            level
                .get("quantity")
                .or_else(|| level.get("availableQuantity"))?
                .as_i64()
        })
        .collect();
    if !quantities.is_empty() {
        fields.insert(
            "inventoryQuantity".to_owned(),
            json!(quantities.iter().sum::<i64>()),
        );
    }
    state.touch(id, |row| row.extend(fields));
    let Some(item) = item else {
        return;
    };
    let mut stocked = Map::new();
    let plain = [
        "tracked",
        "requiresShipping",
        "countryCodeOfOrigin",
        "provinceCodeOfOrigin",
        "harmonizedSystemCode",
    ];
    copy(item, &plain, &mut stocked);
    if let Some(cost) = item.get("cost") {
        let amount = price(cost);
        let cost = if amount.is_null() {
            Value::Null
        } else {
            json!({"amount": amount, "currencyCode": "EUR"})
        };
        stocked.insert("unitCost".to_owned(), cost);
    }
    let weight = object(item, "measurement")
        .and_then(|measurement| measurement.get("weight"))
        .cloned();
    let item = state
        .get(id)
        .map(|row| text(&row, "inventoryItem").to_owned())
        .unwrap_or_default();
    state.touch(&item, |row| {
        row.extend(stocked);
        if let Some(weight) = weight
            && let Some(measurement) = row.get_mut("measurement")
        {
            measurement["weight"] = weight;
        }
    });
}

/// What must hold of prices and costs.
pub(super) fn check(input: &Input, at: &str) -> Result<(), UserError> {
    let number = |value: Option<&Value>| {
        value.and_then(|value| value.as_f64().or_else(|| value.as_str()?.parse().ok()))
    };
    let cost = number(object(input, "inventoryItem").and_then(|item| item.get("cost")));
    if cost.is_some_and(|cost| cost < 0.0) {
        let at = format!("{at}.inventoryItem.cost");
        let error = UserError::at(&at, "Cost per item must be greater than or equal to 0");
        return Err(error.code(if at.starts_with("input") {
            "INVALID_VARIANT"
        } else {
            "GREATER_THAN_OR_EQUAL_TO"
        }));
    }
    for name in ["price", "compareAtPrice"] {
        let value = number(input.get(name));
        if value.is_some_and(|value| value < 0.0) {
            let message = if name == "price" {
                "Price must be greater than or equal to 0"
            } else {
                "must be greater than or equal to 0"
            };
            return Err(
                UserError::at(&format!("{at}.{name}"), message).code("GREATER_THAN_OR_EQUAL_TO")
            );
        }
        if value.is_some_and(|value| value >= PRICE_MAX) {
            let message = "must be less than 1000000000000000000";
            return Err(UserError::at(&format!("{at}.{name}"), message).code("INVALID_INPUT"));
        }
    }
    Ok(())
}

/// The values that a variant's input means, one for each option of the product.
pub(super) fn chosen(
    state: &mut State,
    product: &str,
    input: &Input,
    at: &str,
    code: &'static str,
) -> Result<Vec<String>, UserError> {
    let options = options(state, product);
    let mut values: Vec<Option<String>> = vec![None; options.len()];
    for (index, wanted) in objects(input, "optionValues").enumerate() {
        let at = format!("{at}.optionValues.{index}");
        let (option_id, option_name) = (
            given_text(wanted, "optionId"),
            given_text(wanted, "optionName"),
        );
        let place = options.iter().position(|option| {
            option_id == Some(text(option, "id"))
                || option_id.is_none() && option_name == Some(text(option, "name"))
        });
        let by_value = given_text(wanted, "id");
        let place = place.or_else(|| {
            let value = by_value?;
            options
                .iter()
                .position(|option| texts(option, "optionValues").iter().any(|id| id == value))
        });
        let Some(place) = place else {
            return Err(UserError::at(&at, "Option does not exist").code(code));
        };
        if values[place].is_some() {
            let message = format!("Duplicated option name '{}'", text(&options[place], "name"));
            let at = at
                .rsplit_once('.')
                .map_or(at.as_str(), |(outer, _)| outer)
                .to_owned();
            return Err(UserError::at(&at, message).code("INVALID_INPUT"));
        }
        let option = text(&options[place], "id").to_owned();
        let name = given_text(wanted, "linkedMetafieldValue")
            .or_else(|| given_text(wanted, "name"))
            .unwrap_or_default();
        let known = value_rows(state, &option)
            .into_iter()
            .find(|row| match by_value {
                Some(id) => text(row, "id") == id,
                None => text(row, "name") == name || text(row, "linkedMetafieldValue") == name,
            });
        values[place] = Some(match known {
            Some(row) => text(&row, "id").to_owned(),
            None if name.is_empty() => {
                return Err(UserError::at(&at, "Option value does not exist")
                    .code("OPTION_VALUE_DOES_NOT_EXIST"));
            }
            None => add_value(state, product, &option, name),
        });
    }
    let missing = values.iter().position(Option::is_none);
    if let Some(place) = missing {
        let message = format!(
            "You need to add option values for {}",
            text(&options[place], "name")
        );
        return Err(UserError::at(at, message).code("NEED_TO_ADD_OPTION_VALUES"));
    }
    Ok(values.into_iter().flatten().collect())
}

/// Makes a product's variants those of a `productSet`, keeping those with the same id or the same values.
pub(super) fn replace(state: &mut State, product: &str, input: &Input) -> Result<(), Refusal> {
    let old = texts(&state.get(product).unwrap_or_default(), "variants");
    let known: Vec<(String, Vec<String>)> = old
        .iter()
        .filter_map(|id| Some((id.clone(), values_of(&*state.get(id)?))))
        .collect();
    let mut kept: Vec<String> = Vec::new();
    let mut taken: Vec<Vec<String>> = Vec::new();
    for (index, wanted) in objects(input, "variants").enumerate() {
        let at = format!("input.variants.{index}");
        check(wanted, &at)?;
        let values = chosen(state, product, wanted, &at, "OPTION_DOES_NOT_EXIST")?;
        if taken.contains(&values) {
            let names: Vec<String> = values
                .iter()
                .filter_map(|id| Some(text(&*state.get(id)?, "name").to_owned()))
                .collect();
            let message = format!(
                "The variant '{}' already exists. Please change at least one option value.",
                names.join(" / ")
            );
            return Err(UserError::at(&at, message).into());
        }
        let id = match given_text(wanted, "id") {
            Some(id) if old.iter().any(|known| known == id) => Some(id.to_owned()),
            Some(_) => {
                let error = UserError::at(&format!("{at}.id"), "Product variant does not exist");
                return Err(error.code("PRODUCT_VARIANT_DOES_NOT_EXIST").into());
            }
            None => known
                .iter()
                .find(|(id, known)| *known == values && !kept.contains(id))
                .map(|(id, _)| id.clone()),
        };
        let id = match id {
            Some(id) => {
                select(state, &id, &values);
                fill(state, &id, wanted);
                id
            }
            None => add(state, product, &values, wanted),
        };
        if given(wanted, "file") {
            media::set_of_variant(state, product, &id, object(wanted, "file"), &at)?;
        }
        metafield::replace_of_owner(state, &id, wanted, &format!("{at}.metafields"))?;
        taken.push(values);
        kept.push(id);
    }
    for gone in old.iter().filter(|id| !kept.contains(id)) {
        remove(state, gone);
    }
    state.touch(product, |row| {
        row.insert("variants".to_owned(), json!(kept));
    });
    Ok(())
}

/// Takes a variant away, with its stock and metafields; its product still lists it.
pub(super) fn remove(state: &mut State, id: &str) {
    let item = state
        .get(id)
        .map(|row| text(&row, "inventoryItem").to_owned());
    state.remove(&item.unwrap_or_default());
    metafield::remove_all_of(state, id);
    state.remove(id);
}

/// Takes variants away from their product.
pub(super) fn remove_from_product(state: &mut State, product: &str, gone: &[String]) {
    for id in gone {
        remove(state, id);
    }
    state.touch(product, |row| {
        let left: Vec<String> = texts(row, "variants")
            .into_iter()
            .filter(|id| !gone.contains(id))
            .collect();
        row.insert("variants".to_owned(), json!(left));
    });
}

/// The variants of a product that have one of these values.
pub(super) fn using(state: &State, product: &str, values: &[String]) -> Vec<String> {
    let variants = texts(&state.get(product).unwrap_or_default(), "variants");
    let uses = |id: &String| {
        state
            .get(id)
            .is_some_and(|row| values_of(&row).iter().any(|value| values.contains(value)))
    };
    variants.into_iter().filter(uses).collect()
}

/// Gives variants values for options that came, takes those away that went, and makes what is missing if asked to.
pub(super) fn follow_options(
    state: &mut State,
    product: &str,
    create: bool,
) -> Result<(), Refusal> {
    let options: Vec<Vec<String>> = options(state, product)
        .iter()
        .map(|option| texts(option, "optionValues"))
        .collect();
    let all = options.iter().map(Vec::len).product::<usize>();
    if create && all > VARIANTS_MAX {
        let message = format!(
            "The number of created variants would exceed the {VARIANTS_MAX} variants per product limit"
        );
        return Err(UserError::at("options", message)
            .code("TOO_MANY_VARIANTS_CREATED")
            .into());
    }
    let mut taken: Vec<Vec<String>> = Vec::new();
    let mut gone = Vec::new();
    for id in texts(&state.get(product).unwrap_or_default(), "variants") {
        let held = state
            .get(&id)
            .map(|row| values_of(&row))
            .unwrap_or_default();
        let values: Vec<String> = options
            .iter()
            .filter_map(|values| {
                values
                    .iter()
                    .find(|value| held.contains(value))
                    .or(values.first())
                    .cloned()
            })
            .collect();
        if taken.contains(&values) {
            gone.push(id);
        } else {
            select(state, &id, &values);
            taken.push(values);
        }
    }
    remove_from_product(state, product, &gone);
    if create {
        let mut combinations: Vec<Vec<String>> = vec![Vec::new()];
        for values in &options {
            combinations = combinations
                .iter()
                .flat_map(|start| {
                    values
                        .iter()
                        .map(|value| [start.clone(), vec![value.clone()]].concat())
                })
                .collect();
        }
        for values in combinations
            .into_iter()
            .filter(|values| !taken.contains(values))
        {
            add(state, product, &values, &Map::new());
        }
    }
    Ok(())
}

/// Puts variants in the order of their values.
pub(super) fn sort_by_options(state: &mut State, product: &str) {
    let options: Vec<Vec<String>> = options(state, product)
        .iter()
        .map(|option| texts(option, "optionValues"))
        .collect();
    let mut keyed: Vec<(Vec<usize>, String, Vec<String>)> =
        texts(&state.get(product).unwrap_or_default(), "variants")
            .into_iter()
            .map(|id| {
                let held = state
                    .get(&id)
                    .map(|row| values_of(&row))
                    .unwrap_or_default();
                let place =
                    |values: &Vec<String>| values.iter().position(|value| held.contains(value));
                let values = options
                    .iter()
                    .filter_map(|values| values.iter().find(|value| held.contains(value)).cloned());
                let values: Vec<String> = values.collect();
                (options.iter().filter_map(place).collect(), id, values)
            })
            .collect();
    keyed.sort();
    for (_, id, values) in &keyed {
        select(state, id, values);
    }
    let order: Vec<String> = keyed.into_iter().map(|(_, id, _)| id).collect();
    state.touch(product, |row| {
        row.insert("variants".to_owned(), json!(order));
    });
}

/// A variant's own fields as the input that would make them.
pub(super) fn as_input(state: &State, variant: &Map<String, Value>) -> Map<String, Value> {
    let mut input = Map::new();
    copy(variant, PLAIN, &mut input);
    copy(variant, &["price", "compareAtPrice", "sku"], &mut input);
    let item = state
        .get(text(variant, "inventoryItem"))
        .unwrap_or_default();
    let mut stocked = Map::new();
    copy(
        &item,
        &["tracked", "requiresShipping", "measurement"],
        &mut stocked,
    );
    input.insert("inventoryItem".to_owned(), Value::Object(stocked));
    input
}
