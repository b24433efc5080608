//! What makes the sources of a collection those of a document, in place: a source that is made anew leaves the collection empty
//! for a while.
//!
//! A source is known by its title, a condition and a selection by what they hold. Each is added first and removed last.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use slipway_engine::PlatformError;

use super::super::portable::{Inward, Outward};
use super::product::each;
use super::sources::{
    SELECTION_LIMIT, condition, condition_input, document_of, inputs, selection_input,
};

/// What makes the `live` sources the `wanted` ones: parts of the input of one request after the other. A source that is made has
/// as many selections as a list may have; the others are changes of what is there by then.
pub(super) fn between(
    live: &Value,
    wanted: &Value,
    out: &mut Outward<'_>,
    inward: &Inward,
) -> Result<Vec<Value>, PlatformError> {
    let mut there: Vec<(&Value, Value)> = each(live)
        .filter_map(|source| Some((source, document_of(source, out)?)))
        .collect();
    let (mut create, mut first, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for source in each(wanted) {
        let is_it = |held: &Value| {
            let is_of_collections = |of: &Value| of["collections"].is_array();
            held["title"] == source["title"]
                && held["targetType"] == source["targetType"]
                && is_of_collections(held) == is_of_collections(source)
        };
        let Some(at) = there.iter().position(|(_, held)| is_it(held)) else {
            create.push(source.clone());
            continue;
        };
        let (source_there, held) = there.remove(at);
        if held == *source {
            continue;
        }
        let changes = if source["collections"].is_array() {
            vec![of_collections(source_there, source, inward)?]
        } else {
            of_products(source_there, &held, source, out, inward)?
        };
        let mut changes = changes.into_iter();
        first.extend(changes.next());
        rest.extend(changes);
    }
    let mut steps = Vec::new();
    if !(first.is_empty() && create.is_empty()) {
        let created = inputs(&Value::Array(create), inward)?;
        steps.push(json!({"sourcesToUpdate": first, "sourcesToCreate": created}));
    }
    steps.extend(
        rest.into_iter()
            .map(|change| json!({"sourcesToUpdate": [change]})),
    );
    if !there.is_empty() {
        let ids: Vec<&Value> = there.iter().map(|(source, _)| &source["id"]).collect();
        steps.push(json!({"sourcesToDelete": ids}));
    }
    Ok(steps)
}

fn of_collections(live: &Value, wanted: &Value, inward: &Inward) -> Result<Value, PlatformError> {
    let ids = each(&wanted["collections"]).map(|other| inward.id(other));
    Ok(json!({"subCollections": {
        "id": live["id"], "description": wanted["description"],
        "collectionIds": ids.collect::<Result<Vec<_>, _>>()?,
    }}))
}

/// What one list of an input takes at once, of what is added and then of what is removed.
fn of_products(
    live: &Value,
    held: &Value,
    wanted: &Value,
    out: &mut Outward<'_>,
    inward: &Inward,
) -> Result<Vec<Value>, PlatformError> {
    let mut steps = vec![json!({"id": live["id"]})];
    if held["description"] != wanted["description"] {
        steps[0]["description"] = wanted["description"].clone();
    }
    for (side, title) in [("inclusion", "Inclusion"), ("exclusion", "Exclusion")] {
        let (held, wanted) = (&held[side], &wanted[side]);
        if held == wanted {
            continue;
        }
        if wanted["matchType"].is_string() && held["matchType"] != wanted["matchType"] {
            steps[0][side]["matchType"] = wanted["matchType"].clone();
        }
        let create = missing(&wanted["conditions"], &held["conditions"]);
        let create = create
            .into_iter()
            .map(|one| condition_input(one, side, inward));
        let create = create.collect::<Result<Vec<_>, _>>()?;
        let kept = texts(&wanted["conditions"]);
        // One that no document can name stays.
        let delete = each(&live[side]["conditions"]).filter(|one| {
            condition(one, title, out).is_some_and(|one| !kept.contains(&one.to_string()))
        });
        let delete: Vec<&Value> = delete.map(|one| &one["id"]).collect();
        if !(create.is_empty() && delete.is_empty()) {
            steps[0][side]["conditionsToCreate"] = json!(create);
            steps[0][side]["conditionsToDelete"] = json!(delete);
        }
        let add = missing(&wanted["products"], &held["products"]);
        let add = add
            .into_iter()
            .map(|chosen| selection_input(chosen, inward));
        let add = add.collect::<Result<Vec<_>, _>>()?;
        let chosen = each(&wanted["products"]).map(|chosen| chosen["product"].to_string());
        let chosen: BTreeSet<String> = chosen.collect();
        let there = each(&live[side]["selections"]["nodes"]).map(|one| &one["product"]["id"]);
        let remove = there.filter(|id| {
            let product = out.reference(id, "A chosen product");
            product.is_some_and(|product| !chosen.contains(&product.to_string()))
        });
        let remove: Vec<Value> = remove.map(|id| json!({"productId": id})).collect();
        for (field, list) in [("selectionsToAdd", add), ("selectionsToRemove", remove)] {
            let is_with_the_rest = steps.len() == 1 && list.len() <= SELECTION_LIMIT;
            for part in list.chunks(SELECTION_LIMIT) {
                if !is_with_the_rest {
                    steps.push(json!({"id": live["id"]}));
                }
                let at = steps.len() - 1;
                steps[at][side][field] = json!(part);
            }
        }
    }
    let steps = steps
        .into_iter()
        .filter(|step| step.as_object().is_some_and(|step| step.len() > 1));
    Ok(steps.map(|step| json!({"condition": step})).collect())
}

fn texts(list: &Value) -> BTreeSet<String> {
    each(list).map(Value::to_string).collect()
}

/// What is in one list and not in another.
fn missing<'v>(list: &'v Value, other: &Value) -> Vec<&'v Value> {
    let other = texts(other);
    each(list)
        .filter(|entry| !other.contains(&entry.to_string()))
        .collect()
}
