//! Where the products of a collection come from: chosen ones, conditions, other collections (the sources model of
//! 2026-07).
//!
//! The names of conditions are those of the inputs, as `productTag`; what a condition holds is selected under names that
//! begin with it, since GraphQL does not let fields of one name have different types.

use serde_json::{Map, Value, json};
use slipway_engine::PlatformError;

use super::super::portable::{Inward, Outward, put};
use super::context::Context;
use super::product::each;

/// How many selections one request adds or removes (shopify.dev, API limits: the longest list in an input).
pub(super) const SELECTION_LIMIT: usize = 250;

/// Fetches the further selections of a collection's sources.
pub(super) async fn complete(context: &Context, node: &mut Value) -> Result<(), PlatformError> {
    let sources = node["sources"].as_array_mut();
    for source in sources.into_iter().flatten() {
        let id = source["id"].as_str().unwrap_or_default().to_owned();
        for (part, operation) in [
            ("inclusion", "SourceInclusions"),
            ("exclusion", "SourceExclusions"),
        ] {
            if source[part]["selections"].is_object() {
                let selections = &mut source[part]["selections"];
                context.rest(operation, &id, Some(part), selections).await?;
            }
        }
    }
    Ok(())
}

/// The sources as documents have them. A source that is an app's is noted and left as it is.
pub(super) fn document(sources: &Value, out: &mut Outward<'_>) -> Value {
    let mut documents: Vec<Value> = each(sources)
        .filter_map(|source| document_of(source, out))
        .collect();
    // All of them together make the collection: their order says nothing.
    documents.sort_by_cached_key(|source| (source["title"].to_string(), source.to_string()));
    json!(documents)
}

/// One source as documents have it; `None` for an app's.
pub(super) fn document_of(source: &Value, out: &mut Outward<'_>) -> Option<Value> {
    let title = source["title"].as_str().unwrap_or_default();
    let mut fields = Map::new();
    put(&mut fields, "title", json!(title));
    put(&mut fields, "description", source["description"].clone());
    if source["shareable"] == json!(true) {
        out.notes.push(format!(
            "The source “{title}” is left as it is: an app shares it."
        ));
        return None;
    }
    if source["collections"].is_array() {
        let collections = each(&source["collections"]);
        let place = format!("A collection of “{title}”");
        let references = collections.filter_map(|other| out.reference(&other["id"], &place));
        let references: Vec<Value> = references.collect();
        put(&mut fields, "collections", json!(references));
    } else {
        if source["targetType"] != json!("PRODUCTS") {
            put(&mut fields, "targetType", source["targetType"].clone());
        }
        put(
            &mut fields,
            "inclusion",
            part(&source["inclusion"], "Inclusion", out),
        );
        put(
            &mut fields,
            "exclusion",
            part(&source["exclusion"], "Exclusion", out),
        );
    }
    Some(Value::Object(fields))
}

fn part(part: &Value, side: &str, out: &mut Outward<'_>) -> Value {
    let mut fields = Map::new();
    let conditions = each(&part["conditions"]);
    let mut conditions: Vec<Value> = conditions
        .filter_map(|one| condition(one, side, out))
        .collect();
    conditions.sort_by_cached_key(Value::to_string);
    // Without conditions, how they are joined says nothing.
    if !conditions.is_empty() {
        put(&mut fields, "matchType", part["matchType"].clone());
    }
    put(&mut fields, "conditions", json!(conditions));
    let selections = each(&part["selections"]["nodes"]);
    let mut products: Vec<Value> = selections
        .filter_map(|selection| {
            let product = out.reference(&selection["product"]["id"], "A chosen product")?;
            let variants = each(&selection["variantIds"]);
            let variants: Vec<Value> = variants
                .filter_map(|id| out.reference(id, "A chosen variant"))
                .collect();
            let mut chosen = Map::new();
            chosen.insert("product".to_owned(), product);
            put(&mut chosen, "variants", json!(variants));
            Some(Value::Object(chosen))
        })
        .collect();
    // The order of products is the collection's, not the selection's.
    products.sort_by_key(|chosen| chosen["product"]["ref"].to_string());
    put(&mut fields, "products", json!(products));
    Value::Object(fields)
}

pub(super) fn condition(condition: &Value, side: &str, out: &mut Outward<'_>) -> Option<Value> {
    let kind = condition["__typename"].as_str()?;
    let kind = kind.strip_prefix(&format!("CollectionSource{side}Condition"))?;
    if kind == "Unknown" {
        out.notes
            .push("A condition is left out: this version of the API does not know it.".to_owned());
        return None;
    }
    let mut letters = kind.chars();
    let name: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(letters)
        .collect();
    let mut fields = Map::new();
    put(&mut fields, "kind", json!(name));
    let definition = &condition["definition"];
    if definition.is_object() {
        let text = |field: &str| definition[field].as_str().unwrap_or_default();
        let of = format!(
            "{}/{}.{}",
            text("ownerType"),
            text("namespace"),
            text("key")
        );
        let key = super::key("metafield-definition", &of)?;
        put(&mut fields, "definition", json!({"ref": key}));
    }
    put(
        &mut fields,
        "relation",
        condition[format!("{name}Relation")].clone(),
    );
    put(
        &mut fields,
        "matchType",
        condition[format!("{name}Match")].clone(),
    );
    let held = &condition[format!("{name}Value")];
    match held {
        Value::Array(list) => {
            let values = list
                .iter()
                .filter_map(|value| value_of(value, out))
                .collect();
            put(&mut fields, "values", Value::Array(values));
        }
        value => put(&mut fields, "value", value_of(value, out)?),
    }
    Some(Value::Object(fields))
}

fn value_of(value: &Value, out: &mut Outward<'_>) -> Option<Value> {
    if let Some(category) = value.get("category") {
        return Some(json!({
            "category": category["id"], "includeDescendants": value["includeDescendants"]
        }));
    }
    match value.get("id") {
        Some(id) => out.reference(id, "A value of a condition"),
        None => Some(value.clone()),
    }
}

/// Whether a source has more selections than one request takes.
pub(super) fn is_long(sources: &Value) -> bool {
    let is_long = |part: &Value| each(&part["products"]).nth(SELECTION_LIMIT).is_some();
    each(sources).any(|source| is_long(&source["inclusion"]) || is_long(&source["exclusion"]))
}

/// The sources of a document as inputs, with as many selections as a list may have.
pub(super) fn inputs(sources: &Value, inward: &Inward) -> Result<Value, PlatformError> {
    each(sources)
        .map(|source| {
            let mut input = json!({"title": source["title"].as_str().unwrap_or_default()});
            if let Some(description) = source.get("description") {
                input["description"] = description.clone();
            }
            if source["collections"].is_array() {
                let ids = each(&source["collections"]).map(|other| inward.id(other));
                input["collectionIds"] = json!(ids.collect::<Result<Vec<_>, _>>()?);
                return Ok(json!({"subCollections": input}));
            }
            if let Some(target) = source.get("targetType") {
                input["targetType"] = target.clone();
            }
            for side in ["inclusion", "exclusion"] {
                if let Some(part) = source.get(side) {
                    input[side] = part_input(part, side, inward)?;
                }
            }
            Ok(json!({"source": input}))
        })
        .collect()
}

fn part_input(part: &Value, side: &str, inward: &Inward) -> Result<Value, PlatformError> {
    let conditions = each(&part["conditions"]).map(|one| condition_input(one, side, inward));
    let mut input = json!({"conditions": conditions.collect::<Result<Vec<_>, _>>()?});
    if let Some(match_type) = part.get("matchType") {
        input["matchType"] = match_type.clone();
    }
    // The rest is added to what is there by then.
    let selections = each(&part["products"]).take(SELECTION_LIMIT);
    let selections = selections.map(|chosen| selection_input(chosen, inward));
    input["selections"] = json!(selections.collect::<Result<Vec<_>, PlatformError>>()?);
    Ok(input)
}

/// A chosen product as an input.
pub(super) fn selection_input(chosen: &Value, inward: &Inward) -> Result<Value, PlatformError> {
    let mut selection = json!({"productId": inward.id(&chosen["product"])?});
    if let Some(variants) = chosen["variants"].as_array() {
        let ids = variants.iter().map(|variant| inward.id(variant));
        selection["variantIds"] = json!(ids.collect::<Result<Vec<_>, PlatformError>>()?);
    }
    Ok(selection)
}

pub(super) fn condition_input(
    condition: &Value,
    side: &str,
    inward: &Inward,
) -> Result<Value, PlatformError> {
    let mut input = Map::new();
    if let Some(definition) = condition.get("definition") {
        input.insert("definitionId".to_owned(), json!(inward.id(definition)?));
    }
    let kind = condition["kind"].as_str().unwrap_or_default();
    // Excluding collections takes only which.
    let is_bare = side == "exclusion" && kind == "collection";
    for field in ["relation", "matchType"] {
        if let Some(value) = condition.get(field).filter(|_| !is_bare) {
            input.insert(field.to_owned(), value.clone());
        }
    }
    if let Some(value) = condition.get("value") {
        input.insert("value".to_owned(), value_input(value, inward)?);
    }
    if let Some(values) = condition["values"].as_array() {
        let values = values.iter().map(|value| value_input(value, inward));
        input.insert("values".to_owned(), values.collect::<Result<Value, _>>()?);
    }
    Ok(json!({kind: input}))
}

fn value_input(value: &Value, inward: &Inward) -> Result<Value, PlatformError> {
    if let Some(category) = value.get("category") {
        return Ok(json!({
            "categoryId": category, "includeDescendants": value["includeDescendants"]
        }));
    }
    if value.get("ref").is_some() {
        return inward.id(value).map(Value::from);
    }
    Ok(value.clone())
}
