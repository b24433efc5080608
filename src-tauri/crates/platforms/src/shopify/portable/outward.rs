//! From what the API answers to portable documents.

use serde_json::{Map, Value, json};

use super::super::gid;
use super::super::names::{Name, Names};
use super::value::{Form, form, mapped};
use super::{REF, digits, text};

/// Makes the parts of one document portable, and notes what can't be.
pub(in super::super) struct Outward<'n> {
    pub(in super::super) names: &'n Names,
    /// Sentences about what was left out.
    pub(in super::super) notes: Vec<String>,
    /// The namespaces of other apps whose metafields were passed by.
    pub(in super::super) passed_by: Vec<String>,
}

/// Why a reference can't be made portable: an end of a sentence.
type Lost = &'static str;

impl<'n> Outward<'n> {
    pub(in super::super) fn new(names: &'n Names) -> Self {
        Self {
            names,
            notes: Vec::new(),
            passed_by: Vec::new(),
        }
    }

    /// A reference by its id; nothing, and a note about `place`, when it can't be made portable.
    pub(in super::super) fn reference(&mut self, id: &Value, place: &str) -> Option<Value> {
        let id = id.as_str()?;
        match self.reference_to(id) {
            Ok(reference) => Some(reference),
            Err(why) => {
                self.notes
                    .push(format!("{place} is left out: it refers to {why}."));
                None
            }
        }
    }

    fn reference_to(&self, id: &str) -> Result<Value, Lost> {
        if gid::is_global(id) {
            return Ok(Value::from(id));
        }
        match self.names.get(id) {
            Some(Name::Key(key)) => Ok(json!({ REF: key })),
            Some(Name::Variant(product, options)) => {
                Ok(json!({ REF: product, "options": options }))
            }
            Some(Name::Foreign) => Err("something that is not carried over between stores"),
            Some(Name::Gone) | None => Err("something that is no longer there"),
        }
    }

    /// A text that may hold addresses.
    pub(in super::super) fn text(&self, value: &Value) -> Value {
        match value.as_str() {
            Some(text) => Value::from(text::outward(&self.names.facts, text)),
            None => Value::Null,
        }
    }

    /// A value of a type, as metafields have it.
    pub(in super::super) fn typed(
        &mut self,
        kind: &str,
        value: &str,
        place: &str,
    ) -> Option<Value> {
        let result = match form(kind) {
            Form::Plain => Ok(Value::from(value)),
            Form::Address => Ok(Value::from(text::outward(&self.names.facts, value))),
            Form::Reference => self.reference_to(value),
            Form::Json => match serde_json::from_str::<Value>(&digits::marked(value)) {
                Err(_) => Ok(Value::from(value)),
                Ok(parsed) => mapped(&parsed, &mut |text| {
                    if gid::type_of(text).is_some() {
                        self.reference_to(text)
                    } else {
                        Ok(Value::from(text::outward(&self.names.facts, text)))
                    }
                }),
            },
        };
        match result {
            Ok(value) => Some(value),
            Err(why) => {
                self.notes
                    .push(format!("{place} is left out: it refers to {why}."));
                None
            }
        }
    }

    /// The metafields of a connection, by namespace and key.
    pub(in super::super) fn metafields(&mut self, connection: &Value, of: &str) -> Value {
        let mut entries = Map::new();
        for node in connection["nodes"].as_array().into_iter().flatten() {
            let text = |field: &str| node[field].as_str().unwrap_or_default();
            let Some(namespace) = self.namespace(text("namespace")) else {
                continue;
            };
            let name = format!("{namespace}.{}", text("key"));
            let place = format!("The metafield {name}{of}");
            if let Some(value) = self.typed(text("type"), text("value"), &place) {
                entries.insert(name, json!({"type": text("type"), "value": value}));
            }
        }
        sorted(entries)
    }

    /// The namespace as documents have it: `$app:x` for what is reserved for the app that asks, nothing for what is
    /// reserved for another (Admin API schema).
    pub(in super::super) fn namespace(&mut self, stored: &str) -> Option<String> {
        let Some(reserved) = stored.strip_prefix("app--") else {
            return Some(stored.to_owned());
        };
        let (app, rest) = reserved.split_once("--").unwrap_or((reserved, ""));
        if self
            .names
            .facts
            .app
            .is_some_and(|own| own.to_string() == app)
        {
            return Some(match rest {
                "" => "$app".to_owned(),
                rest => format!("$app:{rest}"),
            });
        }
        if !self.passed_by.iter().any(|known| known == stored) {
            self.passed_by.push(stored.to_owned());
        }
        None
    }

    /// Where something is published, by title: `true`, or the time at which it is to be.
    pub(in super::super) fn publications(&mut self, connection: &Value) -> Value {
        let nodes = connection["nodes"].as_array().into_iter().flatten();
        let titles = nodes.filter_map(|node| {
            let Name::Key(key) = self.names.get(node["publication"]["id"].as_str()?)? else {
                return None;
            };
            let since = match &node["isPublished"] {
                Value::Bool(false) => node["publishDate"].clone(),
                _ => Value::Bool(true),
            };
            // Neither published nor to be: a store may list such a one.
            (!since.is_null()).then(|| (key.name().to_owned(), since))
        });
        sorted(titles.collect())
    }
}

fn sorted(entries: Map<String, Value>) -> Value {
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    Value::Object(entries.into_iter().collect())
}

/// Puts a field into a document, unless it is empty: nothing, an empty text, list or object, or what is usual.
pub(in super::super) fn put(document: &mut Map<String, Value>, name: &str, value: Value) {
    let is_empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if !is_empty {
        document.insert(name.to_owned(), value);
    }
}

/// Puts fields of a node into a document as they are.
pub(in super::super) fn put_text(document: &mut Map<String, Value>, node: &Value, names: &[&str]) {
    for name in names {
        put(document, name, node[*name].clone());
    }
}
