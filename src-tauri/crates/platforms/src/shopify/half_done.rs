//! What an operation leaves that is cut off between two of its requests.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Written by a request of its own after all else, and moved one by one: in between it is neither as before nor as after.
const ORDER: &str = "order";

/// Whether every part of a document is as before or as after: fields, and the entries of objects, each by themselves. What an
/// operation was to create has each part as after, or not yet.
pub(super) fn is_between(before: Option<&[u8]>, after: Option<&[u8]>, live: &[u8]) -> bool {
    let parse = |bytes: Option<&[u8]>| match bytes {
        Some(bytes) => serde_json::from_slice(bytes).map(Some),
        None => Ok(None),
    };
    let (Ok(before), Ok(Some(after)), Ok(Some(live))) =
        (parse(before), parse(after), parse(Some(live)))
    else {
        return false;
    };
    let (mut before, mut after, mut live): (Option<Value>, Value, Value) = (before, after, live);
    let mut orders = [before.as_mut(), Some(&mut after), Some(&mut live)].map(|document| {
        let order = document?.as_object_mut()?.shift_remove(ORDER)?;
        Some(sorted(order))
    });
    let is_ordered =
        |live: &Option<Value>, orders: &[Option<Value>]| live.is_none() || orders.contains(live);
    let live_order = orders[2].take();
    for document in [before.as_mut(), Some(&mut after), Some(&mut live)] {
        document.into_iter().for_each(by_entry);
    }
    // As before in all but its order: somebody put it in order, and nothing of the operation is there.
    let is_untouched = before.as_ref() == Some(&live) && before.as_ref() != Some(&after);
    !is_untouched
        && is_ordered(&live_order, &orders[..2])
        && between(before.as_ref(), Some(&after), Some(&live))
}

/// Makes entries of what the sources of a collection hold: these come and go each by itself, in as many requests as they take.
fn by_entry(document: &mut Value) {
    let entries = |list: &mut Value, name: fn(&Value) -> String| {
        if let Value::Array(elements) = list.take() {
            *list = elements
                .into_iter()
                .map(|element| (name(&element), element))
                .collect();
        }
    };
    let Some(sources) = document.get_mut("sources") else {
        return;
    };
    for source in sources.as_array_mut().into_iter().flatten() {
        for side in ["inclusion", "exclusion"] {
            for list in ["products", "conditions"] {
                if let Some(list) = source.get_mut(side).and_then(|side| side.get_mut(list)) {
                    entries(list, Value::to_string);
                }
            }
        }
    }
    entries(sources, |source| source["title"].to_string());
}

fn sorted(mut order: Value) -> Value {
    if let Some(list) = order.as_array_mut() {
        list.sort_by_cached_key(Value::to_string);
    }
    order
}

fn between(before: Option<&Value>, after: Option<&Value>, live: Option<&Value>) -> bool {
    let is = |other: Option<&Value>| match (live, other) {
        (None, None) => true,
        (Some(live), Some(other)) => live == other,
        (Some(one), None) | (None, Some(one)) => is_empty(one),
    };
    if is(before) || is(after) {
        return true;
    }
    let Some(Value::Object(live)) = live else {
        return false;
    };
    let none = Map::new();
    let fields = |of: Option<&'_ Value>| match of {
        Some(Value::Object(fields)) => Some(fields.clone()),
        None => Some(none.clone()),
        Some(_) => None,
    };
    let (Some(before), Some(after)) = (fields(before), fields(after)) else {
        return false;
    };
    let names = live.keys().chain(before.keys()).chain(after.keys());
    let names: BTreeSet<&String> = names.collect();
    names
        .into_iter()
        .all(|name| between(before.get(name), after.get(name), live.get(name)))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(before: Option<Value>, after: Value, live: Value, expected: bool) {
        let bytes = |value: &Value| value.to_string().into_bytes();
        let before = before.as_ref().map(bytes);
        let found = is_between(before.as_deref(), Some(&bytes(&after)), &bytes(&live));
        assert_eq!(found, expected, "{live}");
    }

    #[test]
    fn what_was_created_and_not_published_yet_is_half_done() {
        let after = json!({"title": "A", "tags": ["x", "y"], "publications": ["Online Store"]});
        let made = json!({"title": "A", "tags": ["x", "y"], "publications": []});
        check(None, after.clone(), made, true);
        check(
            None,
            after.clone(),
            json!({"title": "A", "tags": ["y", "x"]}),
            false,
        );
        check(
            None,
            after.clone(),
            json!({"title": "B", "tags": ["x", "y"]}),
            false,
        );
        let more = json!({"title": "A", "tags": ["x", "y"], "seo": {"title": "mine"}});
        check(None, after, more, false);
    }

    #[test]
    fn what_a_collection_chooses_comes_and_goes_one_by_one() {
        let of = |products: &[u32]| json!({"sources": [{"title": "By hand", "inclusion": {"products": products}}]});
        let (before, after) = (of(&[1, 2, 3]), of(&[3, 4, 5]));
        for (live, expected) in [
            (of(&[1, 2, 3, 4]), true),
            (of(&[2, 3, 4, 5]), true),
            (of(&[1, 2, 4]), false),
            (of(&[1, 2, 3, 9]), false),
        ] {
            check(Some(before.clone()), after.clone(), live, expected);
        }
    }

    #[test]
    fn what_was_changed_in_some_parts_is_half_done_and_anything_else_is_somebody_elses() {
        let before =
            json!({"title": "A", "metafields": {"a.b": 1, "a.gone": 2}, "order": [1, 2, 3]});
        let after = json!({"title": "B", "metafields": {"a.b": 3, "a.new": 4}, "order": [3, 2, 1]});
        let of = |title: &str, metafields: Value| json!({"title": title, "metafields": metafields, "order": [2, 1, 3]});
        for (live, expected) in [
            // Put in another order by somebody, and nothing else.
            (of("A", json!({"a.b": 1, "a.gone": 2})), false),
            (of("B", json!({"a.b": 1})), true),
            (of("A", json!({"a.b": 3, "a.gone": 2, "a.new": 4})), true),
            (of("B", json!({"a.b": 5})), false),
            (of("B", json!({"a.b": 1, "a.other": 1})), false),
            (of("C", json!({"a.b": 1})), false),
            // Put in another order by somebody, and nothing else.
            (of("A", json!({"a.b": 1, "a.gone": 2})), false),
        ] {
            check(Some(before.clone()), after.clone(), live, expected);
        }
    }
}
