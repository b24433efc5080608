//! What the operations of a deployment take along in other resources: a reference to something that is deleted goes with
//! it, a field that leaves a definition goes from every metaobject. Found there, it is no edit of somebody else's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use slipway_domain::{Operation, ResourceKey, Verb, Version};

use super::kinds::{definition_of, each};
use super::portable::{REF, targets};

/// What one deployment takes along.
#[derive(Debug, Default)]
pub(super) struct TakenAlong {
    deleted: BTreeSet<ResourceKey>,
    /// The fields that leave definitions of metaobjects.
    fields: BTreeMap<ResourceKey, BTreeSet<String>>,
}

impl TakenAlong {
    /// What these operations take along.
    pub(super) fn by(
        operations: &[Operation],
        document: &(dyn for<'v> Fn(&'v Version) -> Option<Vec<u8>> + Send + Sync),
    ) -> Self {
        let mut taken = Self::default();
        for operation in operations {
            let key = &operation.resource;
            match operation.verb {
                Verb::Delete => drop(taken.deleted.insert(key.clone())),
                Verb::Update if key.kind() == "metaobject-definition" => {
                    let fields = |version: &Option<Version>| {
                        version
                            .as_ref()
                            .and_then(document)
                            .map(|bytes| fields_of(&bytes))
                    };
                    if let (Some(before), Some(after)) =
                        (fields(&operation.before), fields(&operation.after))
                    {
                        let gone = before.difference(&after).cloned();
                        taken.fields.entry(key.clone()).or_default().extend(gone);
                    }
                }
                _ => {}
            }
        }
        taken
    }

    /// Whether all that differs between two documents of a resource was taken along.
    pub(super) fn explains(&self, key: &ResourceKey, before: &[u8], found: &[u8]) -> bool {
        if self.deleted.is_empty() && self.fields.is_empty() {
            return false;
        }
        let rest = |bytes: &[u8]| {
            let document: Value = serde_json::from_slice(bytes).ok()?;
            self.without(key, document)
        };
        match (rest(before), rest(found)) {
            (Some(before), Some(found)) => before == found,
            _ => false,
        }
    }

    fn without(&self, key: &ResourceKey, mut document: Value) -> Option<Value> {
        let definition = (key.kind() == "metaobject")
            .then(|| definition_of(key))
            .flatten();
        if let Some(gone) = definition.and_then(|definition| self.fields.get(&definition))
            && let Some(fields) = document["fields"].as_object_mut()
        {
            fields.retain(|name, _| !gone.contains(name));
        }
        for entries in ["metafields", "fields"] {
            // What refers to several things is left out as a whole when one of them is gone.
            if let Some(entries) = document.get_mut(entries).and_then(Value::as_object_mut) {
                entries.retain(|_, entry| targets(entry).is_disjoint(&self.deleted));
            }
        }
        self.pruned(document)
    }

    /// The value without references to what is deleted; nothing if it is one, or nothing is in it.
    fn pruned(&self, value: Value) -> Option<Value> {
        match value {
            Value::Object(fields) => {
                let to = fields.get(REF).and_then(Value::as_str);
                if to
                    .and_then(|to| to.parse().ok())
                    .is_some_and(|to| self.deleted.contains(&to))
                {
                    return None;
                }
                let rest: Map<String, Value> = fields
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, self.pruned(value)?)))
                    .collect();
                (!rest.is_empty()).then_some(Value::Object(rest))
            }
            Value::Array(list) => {
                let rest: Vec<Value> = list
                    .into_iter()
                    .filter_map(|value| self.pruned(value))
                    .collect();
                (!rest.is_empty()).then_some(Value::Array(rest))
            }
            other => Some(other),
        }
    }
}

fn fields_of(bytes: &[u8]) -> BTreeSet<String> {
    let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
    each(&document["fieldDefinitions"])
        .filter_map(|field| field["key"].as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_was_taken_along_is_explained() {
        let key = |text: &str| text.parse::<ResourceKey>().expect("a key");
        let taken = TakenAlong {
            deleted: [key("shopify/product:a")].into(),
            fields: [(
                key("shopify/metaobject-definition:size"),
                ["note".to_owned()].into(),
            )]
            .into(),
        };
        let reference = |to: &str| json!({"ref": format!("shopify/product:{to}")});
        let both = json!({"title": "x", "order": [reference("a"), reference("b")], "metafields": {
            "c.d": {"type": "list.product_reference", "value": [reference("a"), reference("b")]}
        }});
        let one = json!({"title": "x", "order": [reference("b")]});
        let edited = json!({"title": "y", "order": [reference("b")]});
        let size = json!({"fields": {"note": {"value": "n"}, "width": {"value": "1"}}});
        let narrow = json!({"fields": {"width": {"value": "1"}}});
        for (resource, before, found, expected) in [
            ("shopify/collection:x", &both, &one, true),
            ("shopify/collection:x", &both, &edited, false),
            ("shopify/metaobject:size/s", &size, &narrow, true),
            ("shopify/metaobject:other/s", &size, &narrow, false),
        ] {
            let (before, found) = (before.to_string(), found.to_string());
            let explained = taken.explains(&key(resource), before.as_bytes(), found.as_bytes());
            assert_eq!(explained, expected, "{resource} {found}");
        }
    }
}
