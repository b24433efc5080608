//! From portable documents to what the API takes, in one store.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};
use slipway_domain::ResourceKey;
use slipway_engine::PlatformError;

use super::super::failure::refused;
use super::super::gid;
use super::super::store::Facts;
use super::value::{Form, form, mapped};
use super::{REF, digits, text};

/// What a natural key leads to in one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Found {
    /// Its global id.
    pub(in super::super) id: String,
    /// Its address, if it is a file.
    pub(in super::super) url: Option<String>,
    /// Ids of its variants by their options, if it is a product that a document refers into.
    pub(in super::super) variants: Vec<(BTreeMap<String, String>, String)>,
}

/// Everything that one document refers to, found in the store that it is written to.
pub(in super::super) struct Inward {
    facts: Arc<Facts>,
    found: HashMap<ResourceKey, Found>,
}

impl Inward {
    pub(in super::super) fn new(facts: Arc<Facts>, found: HashMap<ResourceKey, Found>) -> Self {
        Self { facts, found }
    }

    /// The id that a reference leads to.
    ///
    /// # Errors
    /// When it is no reference, or leads to a variant that is not there.
    pub(in super::super) fn id(&self, reference: &Value) -> Result<String, PlatformError> {
        if let Some(id) = reference.as_str().filter(|id| gid::is_global(id)) {
            return Ok(id.to_owned());
        }
        let key = reference[REF]
            .as_str()
            .and_then(|key| key.parse::<ResourceKey>().ok());
        let found = key
            .as_ref()
            .and_then(|key| Some((key, self.found.get(key)?)));
        let Some((key, found)) = found else {
            return Err(refused(
                format!("`{reference}` is no reference to a resource."),
                "Correct the document in the source, then refresh the release.",
            ));
        };
        let Some(options) = reference.get("options") else {
            return Ok(found.id.clone());
        };
        let variants = found.variants.iter();
        let variant = variants.clone().find(|(of, _)| json!(of) == *options);
        variant.map(|(_, id)| id.clone()).ok_or_else(|| {
            refused(
                format!("{key} has no variant with the options {options} in this store."),
                "Put the product into the release as well.",
            )
        })
    }

    /// A text with the store's own addresses.
    pub(in super::super) fn text(&self, value: &Value) -> Value {
        match value.as_str() {
            Some(portable) => Value::from(self.addresses(portable)),
            None => Value::Null,
        }
    }

    fn addresses(&self, portable: &str) -> String {
        text::inward(&self.facts, portable, |name| {
            let key = ResourceKey::new("shopify", "file", name).ok()?;
            self.found.get(&key)?.url.clone()
        })
    }

    /// A value of a type, as the API takes it.
    ///
    /// # Errors
    /// When a reference in it leads nowhere.
    pub(in super::super) fn typed(
        &self,
        kind: &str,
        value: &Value,
    ) -> Result<String, PlatformError> {
        match (form(kind), value) {
            (Form::Plain, Value::String(text)) => Ok(text.clone()),
            (Form::Address, Value::String(text)) => Ok(self.addresses(text)),
            (Form::Reference, reference) => self.id(reference),
            (_, value) => Ok(digits::unmarked(&self.json(value)?.to_string()).into_owned()),
        }
    }

    fn json(&self, value: &Value) -> Result<Value, PlatformError> {
        if value.get(REF).is_some_and(Value::is_string) {
            return self.id(value).map(Value::from);
        }
        match value {
            Value::Array(list) => list.iter().map(|value| self.json(value)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| Ok((name.clone(), self.json(value)?)))
                .collect::<Result<serde_json::Map<_, _>, _>>()
                .map(Value::Object),
            text @ Value::String(_) => {
                mapped(text, &mut |text| Ok(Value::from(self.addresses(text))))
            }
            other => Ok(other.clone()),
        }
    }

    /// The metafields of a document as inputs, without their owner.
    ///
    /// # Errors
    /// When a reference in one leads nowhere.
    pub(in super::super) fn metafields(
        &self,
        document: &Value,
    ) -> Result<Vec<Value>, PlatformError> {
        let Some(entries) = document["metafields"].as_object() else {
            return Ok(Vec::new());
        };
        entries
            .iter()
            .map(|(name, entry)| {
                let (namespace, key) = name.rsplit_once('.').unwrap_or(("custom", name));
                let kind = entry["type"].as_str().unwrap_or_default();
                Ok(json!({
                    "namespace": namespace, "key": key, "type": kind,
                    "value": self.typed(kind, &entry["value"])?,
                }))
            })
            .collect()
    }
}
