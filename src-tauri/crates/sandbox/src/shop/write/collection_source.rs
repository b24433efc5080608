//! What a collection's sources hold: products that were selected, and conditions.

use serde_json::{Map, Value, json};

use super::Outcome;
use super::collection_condition::{merge, new_condition, of_rule};
use super::input::{
    Input, copy, flag, list, object, object_or_empty, objects, text as given_text,
    texts as given_texts,
};
use super::refusal::{Refusal, UserError};
use crate::shop::state::{State, text, texts};

/// Adds the sources of `CollectionCreateSourceTargetInput`.
pub(super) fn create_all(
    state: &mut State,
    collection: &str,
    sources: &[Value],
    at: &str,
) -> Result<(), Refusal> {
    for (index, target) in sources.iter().enumerate() {
        let at = format!("{at}.{index}");
        if let Some(input) = target["source"].as_object() {
            create(state, Some(collection), input, &format!("{at}.source"))?;
        } else if let Some(input) = target["subCollections"].as_object() {
            let row = json!({
                "title": input.get("title"), "description": input.get("description"),
                "collections": given_texts(input, "collectionIds"),
            });
            let id = state.create(
                "CollectionSubCollectionsSource",
                row.as_object().cloned().unwrap_or_default(),
            );
            attach(state, collection, &id);
        } else if let Some(id) = target["shareableSource"]["sourceId"].as_str() {
            if state.get(id).is_none() {
                let error = UserError::at(
                    &format!("{at}.shareableSource.sourceId"),
                    "Source does not exist",
                );
                return Err(error.into());
            }
            attach(state, collection, id);
        }
    }
    Ok(())
}

fn attach(state: &mut State, collection: &str, source: &str) {
    state.touch(collection, |row| {
        let mut sources = texts(row, "sources");
        sources.push(source.to_owned());
        row.insert("sources".to_owned(), json!(sources));
    });
}

fn create(
    state: &mut State,
    collection: Option<&str>,
    input: &Input,
    at: &str,
) -> Result<String, Refusal> {
    let empty = Map::new();
    let inclusion = object(input, "inclusion").unwrap_or(&empty);
    let inclusion = side(state, inclusion, "Inclusion", &format!("{at}.inclusion"))?;
    let exclusion = match object(input, "exclusion") {
        Some(exclusion) => side(state, exclusion, "Exclusion", &format!("{at}.exclusion"))?,
        None => Value::Null,
    };
    let conditional = inclusion["conditions"]
        .as_array()
        .is_some_and(|conditions| !conditions.is_empty());
    let selected: Vec<String> = products(&inclusion);
    let row = json!({
        "title": input.get("title"), "description": input.get("description"), "shareable": false,
        "targetType": given_text(input, "targetType").unwrap_or("PRODUCTS"), "inclusion": inclusion, "exclusion": exclusion,
    });
    let id = state.create(
        "CollectionConditionsSource",
        row.as_object().cloned().unwrap_or_default(),
    );
    if let Some(collection) = collection {
        attach(state, collection, &id);
        order_after(state, collection, &selected);
        mark(state, collection, conditional);
    }
    Ok(id)
}

/// Notes for searches whether a collection has conditions.
fn mark(state: &mut State, collection: &str, conditional: bool) {
    if conditional {
        state.update(collection, |row| {
            row.insert("_collection_type".to_owned(), json!("smart"));
        });
    }
}

fn products(side: &Value) -> Vec<String> {
    let selections = side["selections"].as_array().into_iter().flatten();
    selections
        .filter_map(|selection| selection["product"].as_str())
        .map(str::to_owned)
        .collect()
}

fn order_after(state: &mut State, collection: &str, added: &[String]) {
    state.update(collection, |row| {
        let mut order = texts(row, "_order");
        order.extend(
            added
                .iter()
                .filter(|id| !texts(row, "_order").contains(id))
                .cloned(),
        );
        row.insert("_order".to_owned(), json!(order));
    });
}

/// What a source includes or excludes, from its input.
fn side(state: &mut State, input: &Input, name: &str, at: &str) -> Result<Value, Refusal> {
    let mut conditions = Vec::new();
    for (index, condition) in list(input, "conditions")
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        conditions.push(new_condition(
            state,
            condition,
            name,
            &format!("{at}.conditions.{index}"),
        )?);
    }
    let mut selections = Vec::new();
    for (index, selection) in objects(input, "selections").enumerate() {
        selections.push(self::selection(
            state,
            selection,
            &format!("{at}.selections.{index}"),
        )?);
    }
    Ok(
        json!({"conditions": conditions, "matchType": input.get("matchType"), "selections": selections}),
    )
}

fn selection(state: &State, input: &Input, at: &str) -> Result<Value, UserError> {
    let product = given_text(input, "productId").unwrap_or_default();
    if state.get_as("Product", product).is_none() {
        return Err(UserError::at(
            &format!("{at}.productId"),
            "Product does not exist",
        ));
    }
    Ok(json!({"product": product, "variantIds": input.get("variantIds")}))
}

/// `sourcesToCreate`, `sourcesToUpdate`, `sourcesToDelete`.
pub(super) fn change_all(
    state: &mut State,
    collection: &str,
    input: &Input,
) -> Result<(), Refusal> {
    let held = texts(&state.get(collection).unwrap_or_default(), "sources");
    let gone = given_texts(input, "sourcesToDelete");
    for (index, id) in gone.iter().enumerate() {
        if !held.contains(id) {
            return Err(UserError::at(
                &format!("sourcesToDelete.{index}"),
                "Source does not exist",
            )
            .into());
        }
        state.remove(id);
    }
    state.update(collection, |row| {
        let left: Vec<String> = texts(row, "sources")
            .into_iter()
            .filter(|id| !gone.contains(id))
            .collect();
        row.insert("sources".to_owned(), json!(left));
    });
    for (index, target) in objects(input, "sourcesToUpdate").enumerate() {
        let at = format!("sourcesToUpdate.{index}");
        let (change, at) = match object(target, "condition") {
            Some(change) => (change, format!("{at}.condition")),
            None => (
                object_or_empty(target, "subCollections"),
                format!("{at}.subCollections"),
            ),
        };
        let id = given_text(change, "id").unwrap_or_default();
        if !held.iter().any(|known| known == id) {
            return Err(UserError::at(&format!("{at}.id"), "Source does not exist").into());
        }
        update(state, Some(collection), id, change, &at)?;
    }
    create_all(
        state,
        collection,
        list(input, "sourcesToCreate").unwrap_or_default(),
        "sourcesToCreate",
    )?;
    let conditional = is_conditional(state, collection);
    state.touch(collection, |row| {
        row.insert(
            "_collection_type".to_owned(),
            json!(if conditional { "smart" } else { "custom" }),
        );
    });
    Ok(())
}

fn update(
    state: &mut State,
    collection: Option<&str>,
    id: &str,
    change: &Input,
    at: &str,
) -> Result<(), Refusal> {
    let mut row = Map::clone(&state.get(id).unwrap_or_default());
    copy(change, &["title", "description"], &mut row);
    if list(change, "collectionIds").is_some() {
        row.insert(
            "collections".to_owned(),
            json!(given_texts(change, "collectionIds")),
        );
    }
    for (name, title) in [("inclusion", "Inclusion"), ("exclusion", "Exclusion")] {
        let Some(wanted) = object(change, name) else {
            continue;
        };
        let mut side = row
            .get(name)
            .cloned()
            .filter(Value::is_object)
            .unwrap_or_else(|| json!({"conditions": [], "matchType": null, "selections": []}));
        update_side(state, &mut side, wanted, title, &format!("{at}.{name}"))?;
        if let ("inclusion", Some(collection)) = (name, collection) {
            order_after(state, collection, &products(&side));
        }
        row.insert(name.to_owned(), side);
    }
    state.touch(id, |stored| *stored = row);
    Ok(())
}

fn update_side(
    state: &mut State,
    side: &mut Value,
    wanted: &Input,
    title: &str,
    at: &str,
) -> Result<(), Refusal> {
    if let Some(match_type) = wanted.get("matchType") {
        side["matchType"] = match_type.clone();
    }
    let mut conditions = side["conditions"].as_array().cloned().unwrap_or_default();
    let gone = given_texts(wanted, "conditionsToDelete");
    conditions.retain(|condition| !gone.iter().any(|id| condition["id"] == id.as_str()));
    for (index, change) in objects(wanted, "conditionsToUpdate").enumerate() {
        let at = format!("{at}.conditionsToUpdate.{index}");
        let id = given_text(change, "id").unwrap_or_default();
        let Some(condition) = conditions
            .iter_mut()
            .find(|condition| condition["id"] == id)
        else {
            return Err(UserError::at(&format!("{at}.id"), "Condition does not exist").into());
        };
        if let Some((_, change)) = object_or_empty(change, "condition").iter().next() {
            merge(state, condition, change, &at)?;
        }
    }
    for (index, condition) in list(wanted, "conditionsToCreate")
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let at = format!("{at}.conditionsToCreate.{index}");
        conditions.push(new_condition(state, condition, title, &at)?);
    }
    side["conditions"] = Value::Array(conditions);
    let mut selections = side["selections"].as_array().cloned().unwrap_or_default();
    for removed in objects(wanted, "selectionsToRemove") {
        selections.retain(|selection| {
            selection["product"] != given_text(removed, "productId").unwrap_or_default()
        });
    }
    for (index, added) in objects(wanted, "selectionsToAdd").enumerate() {
        let added = selection(state, added, &format!("{at}.selectionsToAdd.{index}"))?;
        selections.retain(|selection| selection["product"] != added["product"]);
        selections.push(added);
    }
    side["selections"] = Value::Array(selections);
    Ok(())
}

/// Whether any source has conditions.
pub(super) fn is_conditional(state: &State, collection: &str) -> bool {
    let sources = texts(&state.get(collection).unwrap_or_default(), "sources");
    sources.iter().filter_map(|id| state.get(id)).any(|source| {
        let conditions = source
            .get("inclusion")
            .and_then(|side| side["conditions"].as_array());
        conditions.is_some_and(|conditions| !conditions.is_empty())
    })
}

/// The source that holds products selected by hand; it is made when there is none.
fn by_hand(state: &mut State, collection: &str) -> String {
    let sources = texts(&state.get(collection).unwrap_or_default(), "sources");
    let known = sources
        .into_iter()
        .find(|id| id.contains("/CollectionConditionsSource/"));
    known.unwrap_or_else(|| {
        let row = json!({
            "title": "Products", "description": null, "shareable": false, "targetType": "PRODUCTS",
            "inclusion": {"conditions": [], "matchType": null, "selections": []}, "exclusion": null,
        });
        let id = state.create(
            "CollectionConditionsSource",
            row.as_object().cloned().unwrap_or_default(),
        );
        attach(state, collection, &id);
        id
    })
}

/// Selects a product for a collection that has no conditions.
pub(super) fn select(state: &mut State, collection: &str, product: &str) {
    if state.get_as("Collection", collection).is_none() || is_conditional(state, collection) {
        return;
    }
    let source = by_hand(state, collection);
    let is_held = state
        .get(&source)
        .and_then(|row| row.get("inclusion").map(products));
    if is_held.is_some_and(|held| held.iter().any(|id| id == product)) {
        return;
    }
    state.update(&source, |row| {
        if let Some(selections) = row
            .get_mut("inclusion")
            .and_then(|side| side["selections"].as_array_mut())
        {
            selections.push(json!({"product": product, "variantIds": null}));
        }
    });
    order_after(state, collection, &[product.to_owned()]);
    state.touch(collection, |_| {});
}

/// Takes a product off a collection's selections.
pub(super) fn deselect(state: &mut State, collection: &str, product: &str) {
    let sources = texts(&state.get(collection).unwrap_or_default(), "sources");
    for source in sources {
        let held = state
            .get(&source)
            .and_then(|row| row.get("inclusion").map(products))
            .unwrap_or_default();
        if !held.iter().any(|id| id == product) {
            continue;
        }
        state.update(&source, |row| {
            if let Some(selections) = row
                .get_mut("inclusion")
                .and_then(|side| side["selections"].as_array_mut())
            {
                selections.retain(|selection| selection["product"] != product);
            }
        });
        state.touch(collection, |row| {
            let order: Vec<String> = texts(row, "_order")
                .into_iter()
                .filter(|id| id != product)
                .collect();
            row.insert("_order".to_owned(), json!(order));
        });
    }
}

/// Makes a collection's conditions those of the old model's rules.
pub(super) fn set_rules(state: &mut State, collection: &str, rules: &Input) -> Result<(), Refusal> {
    let listed: Vec<&Input> = objects(rules, "rules").collect();
    if listed.is_empty() {
        return Err(UserError::at("ruleSet.rules", "Rules cannot be an empty set").into());
    }
    let conditions: Vec<Value> = listed.iter().map(|rule| of_rule(rule)).collect();
    let any = flag(rules, "appliedDisjunctively") == Some(true);
    for id in texts(&state.get(collection).unwrap_or_default(), "sources") {
        state.remove(&id);
    }
    state.update(collection, |row| {
        row.insert("sources".to_owned(), json!([]));
    });
    let input = json!({
        "title": "Conditions",
        "inclusion": {"conditions": conditions, "matchType": if any { "ANY" } else { "ALL" }, "selections": []},
    });
    create(
        state,
        Some(collection),
        &input.as_object().cloned().unwrap_or_default(),
        "ruleSet",
    )?;
    Ok(())
}

/// Whether any condition of any collection is about a metafield definition.
pub(super) fn uses_definition(state: &State, definition: &str) -> bool {
    state
        .all("CollectionConditionsSource")
        .iter()
        .any(|source| {
            let conditions = source
                .get("inclusion")
                .and_then(|side| side["conditions"].as_array());
            conditions
                .into_iter()
                .flatten()
                .any(|condition| condition["definition"] == definition)
        })
}

/// A copy of a source, for a copy of its collection.
pub(super) fn copy_of(state: &mut State, id: &str) -> Option<String> {
    let row = state.get(id)?;
    let mut copied = Map::clone(&row);
    copied.remove("id");
    let kind = if id.contains("SubCollections") {
        "CollectionSubCollectionsSource"
    } else {
        "CollectionConditionsSource"
    };
    Some(state.create(kind, copied))
}

pub(super) fn create_shareable(state: &mut State, args: &Input) -> Outcome {
    let id = create(state, None, object_or_empty(args, "input"), "input")?;
    state.update(&id, |row| {
        row.insert("shareable".to_owned(), json!(true));
    });
    Ok(json!({"source": id}))
}

pub(super) fn update_shareable(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "input");
    let id = given_text(input, "id").unwrap_or_default();
    if state.get_as("CollectionConditionsSource", id).is_none() {
        return Err(UserError::at("input.id", "Source does not exist").into());
    }
    update(state, None, id, input, "input")?;
    Ok(json!({"source": id}))
}

pub(super) fn delete_shareable(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    if state.get_as("CollectionConditionsSource", id).is_none() {
        return Err(UserError::at("id", "Source does not exist").into());
    }
    for collection in state.all("Collection") {
        let sources = texts(&collection, "sources");
        if sources.iter().any(|held| held == id) {
            let left: Vec<String> = sources.into_iter().filter(|held| held != id).collect();
            state.touch(text(&collection, "id"), |row| {
                row.insert("sources".to_owned(), json!(left));
            });
        }
    }
    state.remove(id);
    Ok(json!({"deletedId": id}))
}
