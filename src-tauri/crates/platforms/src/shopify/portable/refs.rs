//! The references in documents.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use slipway_domain::{Reference, ResourceKey};

use super::{FILE_LINK, REF};

/// The fields whose entries stand for themselves: a reference in one is at that entry, and can be left out with it.
const BY_ENTRY: [&str; 3] = ["metafields", "fields", "fieldDefinitions"];

/// Finds what a document refers to. The path is that of the smallest part that a first pass can leave out.
pub(in super::super) fn references(document: &Value) -> Vec<Reference> {
    let mut found = Vec::new();
    let Value::Object(fields) = document else {
        return found;
    };
    for (name, value) in fields {
        match value {
            Value::Object(entries) if BY_ENTRY.contains(&name.as_str()) => {
                for (key, entry) in entries {
                    add(&format!("{name}[\"{key}\"]"), entry, &mut found);
                }
            }
            Value::Array(entries) if BY_ENTRY.contains(&name.as_str()) => {
                for entry in entries {
                    let key = entry["key"].as_str().unwrap_or_default();
                    add(&format!("{name}[\"{key}\"]"), entry, &mut found);
                }
            }
            other => add(name, other, &mut found),
        }
    }
    found
}

fn add(path: &str, value: &Value, found: &mut Vec<Reference>) {
    let mut keys = BTreeSet::new();
    collect(value, &mut keys);
    found.extend(keys.into_iter().map(|to| Reference {
        path: path.to_owned(),
        to,
    }));
}

/// Everything that a document refers to.
pub(in super::super) fn targets(document: &Value) -> BTreeSet<ResourceKey> {
    let mut keys = BTreeSet::new();
    collect(document, &mut keys);
    keys
}

fn collect(value: &Value, keys: &mut BTreeSet<ResourceKey>) {
    match value {
        Value::Object(fields) => match fields.get(REF) {
            Some(Value::String(key)) => keys.extend(key.parse::<ResourceKey>().ok()),
            _ => fields.values().for_each(|value| collect(value, keys)),
        },
        Value::Array(list) => list.iter().for_each(|value| collect(value, keys)),
        Value::String(text) => {
            for rest in text.split(FILE_LINK).skip(1) {
                let name = &rest[..name_end(rest)];
                keys.extend(ResourceKey::new("shopify", "file", name).ok());
            }
        }
        _ => {}
    }
}

/// The products of whose variants a document refers to one.
pub(in super::super) fn with_variants(document: &Value) -> BTreeSet<ResourceKey> {
    let mut keys = BTreeSet::new();
    let mut waiting = vec![document];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(fields) => {
                if let (Some(Value::String(key)), Some(_)) =
                    (fields.get(REF), fields.get("options"))
                {
                    keys.extend(key.parse::<ResourceKey>().ok());
                }
                waiting.extend(fields.values());
            }
            Value::Array(list) => waiting.extend(list),
            _ => {}
        }
    }
    keys
}

/// Where the name of a file ends in a text.
pub(super) fn name_end(rest: &str) -> usize {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '%' | '+' | '~');
    rest.find(|c: char| !is_name(c)).unwrap_or(rest.len())
}

/// A document without the parts at the paths that [`references`] names.
pub(in super::super) fn without(document: &Value, paths: &[String]) -> Value {
    let mut document = document.clone();
    let Some(fields) = document.as_object_mut() else {
        return document;
    };
    for path in paths {
        match path.split_once("[\"") {
            Some((name, rest)) => {
                let key = rest.trim_end_matches("\"]");
                let is_empty = match fields.get_mut(name) {
                    Some(Value::Object(entries)) => {
                        entries.shift_remove(key);
                        entries.is_empty()
                    }
                    Some(Value::Array(entries)) => {
                        entries.retain(|entry| entry["key"] != *key);
                        entries.is_empty()
                    }
                    _ => false,
                };
                if is_empty {
                    remove(fields, name);
                }
            }
            None => remove(fields, path),
        }
    }
    document
}

fn remove(fields: &mut Map<String, Value>, name: &str) {
    fields.shift_remove(name);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_found_and_left_out_where_they_stand() {
        let document = json!({
            "title": "x", "body": "<img src=\"slipway://file/a.png?width=3\"> slipway://file/b.pdf",
            "metafields": {
                "custom.one": {"type": "product_reference", "value": {"ref": "shopify/product:a"}},
                "custom.two": {"type": "boolean", "value": true}
            },
            "fieldDefinitions": [{"key": "k", "validations": {"metaobject_definition_id": {"ref": "shopify/metaobject-definition:m"}}}],
            "media": [{"ref": "shopify/file:a.png"}],
        });
        let found: Vec<_> = references(&document)
            .iter()
            .map(|reference| format!("{} → {}", reference.path, reference.to))
            .collect();
        assert_eq!(
            found,
            [
                "body → shopify/file:a.png",
                "body → shopify/file:b.pdf",
                "metafields[\"custom.one\"] → shopify/product:a",
                "fieldDefinitions[\"k\"] → shopify/metaobject-definition:m",
                "media → shopify/file:a.png",
            ]
        );
        let paths = [
            "metafields[\"custom.one\"]",
            "fieldDefinitions[\"k\"]",
            "media",
        ];
        let rest = without(&document, &paths.map(str::to_owned));
        assert_eq!(
            rest,
            json!({
                "title": "x", "body": document["body"],
                "metafields": {"custom.two": {"type": "boolean", "value": true}},
            }),
            "a list that is empty is left out, as in a document that never had it"
        );
    }
}
