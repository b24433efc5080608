//! The conditions by which collections choose products, as they come and as they are kept.

use serde_json::{Value, json};

use super::input::{Input, text as given_text};
use super::refusal::UserError;
use crate::shop::gid::gid;
use crate::shop::state::State;

/// A condition as it is kept, from its input.
pub(super) fn new_condition(
    state: &mut State,
    input: &Value,
    side: &str,
    at: &str,
) -> Result<Value, UserError> {
    let Some((name, wanted)) = input.as_object().and_then(|input| input.iter().next()) else {
        return Err(UserError::at(at, "A condition must say what it is about"));
    };
    let mut letters = name.chars();
    let name: String = letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect();
    let kind = format!("CollectionSource{side}Condition{name}");
    let id = gid(&format!("CollectionSource{side}Condition"), state.new_id());
    let mut condition = json!({"__typename": kind, "id": id, "matchType": "ANY"});
    merge(state, &mut condition, wanted, at)?;
    Ok(condition)
}

/// Puts what was given of a condition over it, in the form in which conditions are read.
pub(super) fn merge(
    state: &State,
    condition: &mut Value,
    wanted: &Value,
    at: &str,
) -> Result<(), UserError> {
    let is_category = condition["__typename"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("ProductCategory"));
    for (name, value) in wanted.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("definitionId", Value::String(id)) => {
                if state.get_as("MetafieldDefinition", id).is_none() {
                    return Err(UserError::at(
                        &format!("{at}.definitionId"),
                        "Metafield definition does not exist",
                    ));
                }
                condition["definition"] = value.clone();
            }
            ("values", Value::Array(values)) if is_category => {
                condition["values"] = values
                    .iter()
                    .map(|value| json!({"category": value["categoryId"], "includeDescendants": value["includeDescendants"] == true}))
                    .collect();
            }
            _ => condition[name.as_str()] = value.clone(),
        }
    }
    Ok(())
}

/// A rule of the old model as a condition of the new.
pub(super) fn of_rule(rule: &Input) -> Value {
    let value = given_text(rule, "condition").unwrap_or_default();
    let column = given_text(rule, "column").unwrap_or_default();
    let relation = given_text(rule, "relation").unwrap_or_default();
    let texts =
        |relation: &str| json!({"matchType": "ANY", "relation": relation, "values": [value]});
    let relation_of_text = if relation == "NOT_CONTAINS" {
        "DOES_NOT_CONTAIN"
    } else {
        relation
    };
    let money = json!({"relation": relation, "value": {"amount": value, "currencyCode": "EUR"}});
    match column {
        "TAG" => {
            json!({"productTag": texts(if relation == "NOT_EQUALS" { "NOT_TAGGED_WITH" } else { "TAGGED_WITH" })})
        }
        "TYPE" => json!({"productType": texts(relation_of_text)}),
        "VENDOR" => json!({"productVendor": texts(relation_of_text)}),
        "TITLE" => json!({"productTitle": texts(relation_of_text)}),
        "VARIANT_TITLE" => json!({"variantTitle": texts(relation_of_text)}),
        "VARIANT_PRICE" => json!({"variantPrice": money}),
        "VARIANT_COMPARE_AT_PRICE" | "IS_PRICE_REDUCED" => json!({"variantCompareAtPrice": money}),
        "VARIANT_INVENTORY" => {
            json!({"variantInventory": {"relation": relation, "value": value.parse().unwrap_or(0)}})
        }
        "VARIANT_WEIGHT" => {
            let weight = json!({"value": value.parse().unwrap_or(0.0), "unit": "KILOGRAMS"});
            json!({"variantWeight": {"relation": relation, "value": weight}})
        }
        "PRODUCT_METAFIELD_DEFINITION" | "VARIANT_METAFIELD_DEFINITION" => {
            let definition = rule.get("conditionObjectId");
            json!({"metafieldString": {"definitionId": definition, "matchType": "ANY", "relation": "EQUALS", "values": [value]}})
        }
        _ => {
            let category =
                json!({"categoryId": value, "includeDescendants": column.ends_with("DESCENDANTS")});
            json!({"productCategory": {"matchType": "ANY", "relation": "EQUALS", "values": [category]}})
        }
    }
}
