//! Collections: which products they hold, and in which order.
//!
//! A collection has sources (2026-07 model). A conditions source holds the products that were selected, and those that
//! meet its conditions, less those that it excludes; another holds what other collections hold. The old `ruleSet` is
//! a view of a source's conditions.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Answer, arg, count, image};
use crate::shop::gid;
use crate::shop::graphql::{Found, Rows};
use crate::shop::state::{State, text, texts};
use crate::shop::table::Fields;
use crate::shop::text::{cut, plain};

/// How deep collections may hold other collections.
const DEPTH_MAX: usize = 5;

pub(super) fn field(
    state: &State,
    on: &str,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    if on == "CollectionConditionsSource" {
        return Ok((name == "products").then(|| {
            let products = products_of_sources(state, &[text(object, "id").to_owned()], 0);
            Found::Rows(Rows::values(
                products.into_iter().map(Value::String).collect(),
            ))
        }));
    }
    let id = text(object, "id");
    Ok(Some(match name {
        "description" => {
            let description = plain(text(object, "descriptionHtml"));
            let letters = given
                .get("truncateAt")
                .and_then(Value::as_u64)
                .and_then(|at| usize::try_from(at).ok());
            json!(letters.map_or(description.clone(), |letters| cut(&description, letters))).into()
        }
        "products" => {
            let mut products = collection_products(state, object);
            if arg(given, "sortKey") == Some("ID") {
                products.sort_by_key(|id| gid::parse(id).map(|(_, id)| id));
            }
            Found::Rows(Rows::values(
                products.into_iter().map(Value::String).collect(),
            ))
        }
        "productsCount" => count(collection_products(state, object).len()),
        "hasProduct" => {
            let asked = arg(given, "id").unwrap_or_default();
            json!(
                collection_products(state, object)
                    .iter()
                    .any(|held| held == asked)
            )
            .into()
        }
        "image" => image(state, text(object, "_image"))
            .unwrap_or_default()
            .into(),
        "ruleSet" => rule_set(state, object).into(),
        "activeOperations" => json!({"duplicate": []}).into(),
        "subCollectionEligibility" => {
            let eligible = json!({"eligible": true, "ineligibleReason": null});
            json!({"exclusion": eligible, "inclusion": eligible}).into()
        }
        "publications" => {
            let on = object.get("_publications").and_then(Value::as_object);
            let rows = on.into_iter().flatten().map(|(publication, date)| {
                json!({"collection": id, "publication": publication, "publishDate": date, "isPublished": true})
            });
            Found::Rows(Rows::values(rows.collect()))
        }
        _ => return Ok(None),
    }))
}

/// The products that a collection holds, in its order.
pub(crate) fn collection_products(state: &State, collection: &Fields) -> Vec<String> {
    let mut products = products_of_sources(state, &texts(collection, "sources"), 0);
    let row = |id: &String| state.get(id).unwrap_or_default();
    match text(collection, "sortOrder") {
        "MANUAL" => {
            let order = texts(collection, "_order");
            let place = |id: &String| {
                order
                    .iter()
                    .position(|other| other == id)
                    .unwrap_or(usize::MAX)
            };
            products.sort_by_cached_key(place);
        }
        "ALPHA_ASC" => products.sort_by_cached_key(|id| text(&row(id), "title").to_lowercase()),
        "ALPHA_DESC" => {
            products.sort_by_cached_key(|id| text(&row(id), "title").to_lowercase());
            products.reverse();
        }
        "CREATED_DESC" => {
            products.sort_by_key(|id| gid::parse(id).map(|(_, id)| id));
            products.reverse();
        }
        "PRICE_ASC" | "PRICE_DESC" => {
            let price = |id: &String| (first_price(state, &row(id)) * 100.0).round() as i64;
            products.sort_by_cached_key(price);
            if text(collection, "sortOrder") == "PRICE_DESC" {
                products.reverse();
            }
        }
        _ => products.sort_by_key(|id| gid::parse(id).map(|(_, id)| id)),
    }
    products
}

fn first_price(state: &State, product: &Fields) -> f64 {
    let variant = texts(product, "variants")
        .first()
        .and_then(|id| state.get(id));
    variant
        .and_then(|variant| text(&variant, "price").parse().ok())
        .unwrap_or(0.0)
}

fn products_of_sources(state: &State, sources: &[String], depth: usize) -> Vec<String> {
    let mut products: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |id: String| {
        if seen.insert(id.clone()) {
            products.push(id);
        }
    };
    for source in sources.iter().filter_map(|id| state.get(id)) {
        if let Some(collections) = source.get("collections").and_then(Value::as_array) {
            let inner = collections
                .iter()
                .filter_map(Value::as_str)
                .filter_map(|id| state.get(id));
            if depth < DEPTH_MAX {
                let held = inner
                    .flat_map(|row| products_of_sources(state, &texts(&row, "sources"), depth + 1));
                held.collect::<Vec<_>>().into_iter().for_each(&mut add);
            }
            continue;
        }
        selected(&source, "inclusion").for_each(|id| {
            if state.get(id).is_some() {
                add(id.to_owned());
            }
        });
        let inclusion = conditions(&source, "inclusion");
        if !inclusion.is_empty() {
            for product in state.all("Product") {
                if includes(state, &source, &product) {
                    add(text(&product, "id").to_owned());
                }
            }
        }
    }
    products
}

fn selected<'a>(source: &'a Fields, side: &str) -> impl Iterator<Item = &'a str> {
    let selections = source
        .get(side)
        .and_then(|side| side.get("selections"))
        .and_then(Value::as_array);
    selections
        .into_iter()
        .flatten()
        .filter_map(|selection| selection["product"].as_str())
}

fn conditions<'a>(source: &'a Fields, side: &str) -> &'a [Value] {
    let conditions = source
        .get(side)
        .and_then(|side| side.get("conditions"))
        .and_then(Value::as_array);
    conditions.map(Vec::as_slice).unwrap_or_default()
}

/// Whether a product meets a source's conditions and is not excluded by it.
fn includes(state: &State, source: &Fields, product: &Fields) -> bool {
    let meets = |side: &str| {
        let all = source.get(side).and_then(|side| side["matchType"].as_str()) != Some("ANY");
        let conditions = conditions(source, side);
        let mut met = conditions
            .iter()
            .map(|condition| meets(state, condition, product));
        !conditions.is_empty()
            && if all {
                met.all(|met| met)
            } else {
                met.any(|met| met)
            }
    };
    let id = text(product, "id");
    meets("inclusion")
        && !meets("exclusion")
        && !selected(source, "exclusion").any(|excluded| excluded == id)
}

fn meets(state: &State, condition: &Value, product: &Fields) -> bool {
    let kind = condition["__typename"].as_str().unwrap_or_default();
    let kind = kind.trim_start_matches("CollectionSource");
    let kind = kind
        .trim_start_matches("InclusionCondition")
        .trim_start_matches("ExclusionCondition");
    let relation = condition["relation"].as_str().unwrap_or_default();
    let variants = || {
        texts(product, "variants")
            .into_iter()
            .filter_map(|id| state.get(&id))
    };
    let wanted = Wanted {
        condition,
        relation,
    };
    match kind {
        "ProductTag" => wanted.matches(&texts(product, "tags")),
        "ProductType" => wanted.matches(&[text(product, "productType").to_owned()]),
        "ProductVendor" => wanted.matches(&[text(product, "vendor").to_owned()]),
        "ProductTitle" => wanted.matches(&[text(product, "title").to_owned()]),
        "ProductStatus" => wanted.matches(&[text(product, "status").to_owned()]),
        "ProductCategory" => {
            let category = text(product, "category");
            let values = condition["values"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let is_in = values.iter().any(|value| {
                let wanted = value["category"].as_str().unwrap_or_default();
                let deeper = value["includeDescendants"] == true
                    && category.starts_with(&format!("{wanted}-"));
                !wanted.is_empty() && (category == wanted || deeper)
            });
            is_in != (relation == "NOT_EQUALS")
        }
        "Collection" => {
            let id = text(product, "id");
            let values = condition["values"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let rows = values.iter().filter_map(|value| state.get(value.as_str()?));
            rows.into_iter().any(|row| {
                collection_products(state, &row)
                    .iter()
                    .any(|held| held == id)
            })
        }
        "VariantTitle" => {
            let titles: Vec<String> = variants()
                .map(|row| text(&row, "title").to_owned())
                .collect();
            wanted.matches(&titles)
        }
        "VariantPrice" => variants().any(|row| wanted.compares(text(&row, "price").parse().ok())),
        "VariantCompareAtPrice" => {
            variants().any(|row| wanted.compares(text(&row, "compareAtPrice").parse().ok()))
        }
        "VariantInventory" => variants()
            .any(|row| wanted.compares(row.get("inventoryQuantity").and_then(Value::as_f64))),
        "VariantWeight" => variants().any(|row| {
            let item = state.get(text(&row, "inventoryItem")).unwrap_or_default();
            wanted.compares(
                item.get("measurement")
                    .and_then(|measurement| measurement["weight"]["value"].as_f64()),
            )
        }),
        kind if kind.starts_with("Metafield") => {
            let definition = state
                .get(condition["definition"].as_str().unwrap_or_default())
                .unwrap_or_default();
            let found = state
                .find("Metafield", "owner", text(product, "id"))
                .into_iter()
                .find_map(|id| {
                    let row = state.get(&id)?;
                    let same = ["namespace", "key"]
                        .iter()
                        .all(|name| text(&row, name) == text(&definition, name));
                    same.then(|| text(&row, "value").to_owned())
                });
            let found = found.unwrap_or_default();
            let values: Vec<String> = serde_json::from_str(&found).unwrap_or_else(|_| vec![found]);
            wanted.matches(&values)
        }
        _ => false,
    }
}

/// What a condition wants.
struct Wanted<'a> {
    condition: &'a Value,
    relation: &'a str,
}

impl Wanted<'_> {
    fn values(&self) -> Vec<String> {
        let single = std::slice::from_ref(&self.condition["value"]);
        let values = self.condition["values"]
            .as_array()
            .map_or(single, Vec::as_slice);
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        values
            .iter()
            .filter(|value| !value.is_null())
            .map(text)
            .collect()
    }

    fn matches(&self, found: &[String]) -> bool {
        let any = self.condition["matchType"] != "ALL";
        let holds = |wanted: &String| {
            let wanted = wanted.to_lowercase();
            let mut found = found.iter().map(|found| found.to_lowercase());
            match self.relation {
                "CONTAINS" => found.any(|found| found.contains(&wanted)),
                "DOES_NOT_CONTAIN" => found.all(|found| !found.contains(&wanted)),
                "STARTS_WITH" => found.any(|found| found.starts_with(&wanted)),
                "ENDS_WITH" => found.any(|found| found.ends_with(&wanted)),
                "NOT_EQUALS" | "NOT_TAGGED_WITH" => found.all(|found| found != wanted),
                _ => found.any(|found| found == wanted),
            }
        };
        let values = self.values();
        if any {
            values.iter().any(holds)
        } else {
            values.iter().all(holds)
        }
    }

    fn compares(&self, found: Option<f64>) -> bool {
        match self.relation {
            "IS_SET" => return found.is_some(),
            "IS_NOT_SET" => return found.is_none(),
            _ => {}
        }
        let value = &self.condition["value"];
        let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
        let wanted = number(value)
            .or_else(|| number(&value["amount"]))
            .or_else(|| number(&value["value"]));
        let (Some(found), Some(wanted)) = (found, wanted) else {
            return false;
        };
        match self.relation {
            "GREATER_THAN" => found > wanted,
            "LESS_THAN" => found < wanted,
            "NOT_EQUALS" => (found - wanted).abs() > f64::EPSILON,
            _ => (found - wanted).abs() < f64::EPSILON,
        }
    }
}

/// The conditions that the old model can say, as its rules.
fn rule_set(state: &State, collection: &Fields) -> Value {
    let source = texts(collection, "sources")
        .into_iter()
        .filter_map(|id| state.get(&id));
    let source = source
        .into_iter()
        .find(|source| !conditions(source, "inclusion").is_empty());
    let Some(source) = source else {
        return Value::Null;
    };
    let rules: Vec<Value> = conditions(&source, "inclusion")
        .iter()
        .flat_map(|condition| {
            let kind = condition["__typename"].as_str().unwrap_or_default();
            let column = match kind.trim_start_matches("CollectionSourceInclusionCondition") {
                "ProductTag" => "TAG",
                "ProductType" => "TYPE",
                "ProductVendor" => "VENDOR",
                "ProductTitle" => "TITLE",
                "VariantTitle" => "VARIANT_TITLE",
                "VariantPrice" => "VARIANT_PRICE",
                "VariantCompareAtPrice" => "VARIANT_COMPARE_AT_PRICE",
                "VariantInventory" => "VARIANT_INVENTORY",
                "VariantWeight" => "VARIANT_WEIGHT",
                "ProductCategory" => "PRODUCT_CATEGORY_ID",
                _ => "PRODUCT_METAFIELD_DEFINITION",
            };
            let relation = match condition["relation"].as_str().unwrap_or_default() {
                "TAGGED_WITH" | "INCLUDES" => "EQUALS",
                "NOT_TAGGED_WITH" => "NOT_EQUALS",
                "DOES_NOT_CONTAIN" => "NOT_CONTAINS",
                other => other,
            }
            .to_owned();
            let amount = condition["value"]["amount"].as_str().map(str::to_owned);
            let values = match amount {
                Some(amount) => vec![amount],
                None => Wanted { condition, relation: "" }.values(),
            };
            values.into_iter().map(move |value| {
                json!({"column": column, "relation": relation, "condition": value, "conditionObject": null})
            })
        })
        .collect();
    let any = source
        .get("inclusion")
        .and_then(|inclusion| inclusion["matchType"].as_str())
        == Some("ANY");
    json!({"appliedDisjunctively": any, "rules": rules})
}
