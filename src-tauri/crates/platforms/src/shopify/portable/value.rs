//! Values of metafields and metaobject fields: which of them are JSON, and which refer to something.

use serde_json::Value;

/// The types whose values are JSON documents.
const JSON_TYPES: [&str; 8] = [
    "json",
    "rich_text_field",
    "link",
    "money",
    "dimension",
    "weight",
    "volume",
    "rating",
];

/// How a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As a text that is kept as it is.
    Plain,
    /// As a text that may hold addresses.
    Address,
    /// As one id.
    Reference,
    /// As a JSON document, which may hold ids and addresses.
    Json,
}

/// How values of a type are read.
pub(super) fn form(kind: &str) -> Form {
    if kind.starts_with("list.") || JSON_TYPES.contains(&kind) {
        Form::Json
    } else if kind.ends_with("_reference") {
        Form::Reference
    } else if kind == "url" {
        Form::Address
    } else {
        Form::Plain
    }
}

/// Maps every text in a JSON document. Stops at the first that can't be mapped.
pub(super) fn mapped<E>(
    value: &Value,
    map: &mut dyn FnMut(&str) -> Result<Value, E>,
) -> Result<Value, E> {
    Ok(match value {
        Value::String(text) => map(text)?,
        Value::Array(list) => Value::Array(
            list.iter()
                .map(|value| mapped(value, map))
                .collect::<Result<_, E>>()?,
        ),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| Ok((name.clone(), mapped(value, map)?)))
                .collect::<Result<_, E>>()?,
        ),
        other => other.clone(),
    })
}
