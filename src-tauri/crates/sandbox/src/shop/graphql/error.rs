//! The GraphQL layer's errors, in the shapes that real stores answer.

use apollo_compiler::parser::{SourceMap, SourceSpan};
use serde_json::{Map, Value, json};

/// Why a field, or a whole request, has no value.
#[derive(Clone, Debug)]
pub(crate) struct Fail {
    pub(crate) message: String,
    pub(crate) extensions: Map<String, Value>,
}

impl Fail {
    /// A failure with a code for its extensions.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        let mut extensions = Map::new();
        extensions.insert("code".to_owned(), json!(code));
        Self {
            message: message.into(),
            extensions,
        }
    }

    /// Adds to the extensions.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extensions.insert(name.to_owned(), value.into());
        self
    }

    /// An id that leads nowhere, where the field can't be null for it.
    pub(crate) fn invalid_id(id: &str) -> Self {
        Self::new("RESOURCE_NOT_FOUND", format!("Invalid id: {id}"))
    }

    /// A right that the token lacks.
    pub(crate) fn access_denied(field: &str, required: &str) -> Self {
        Self::new(
            "ACCESS_DENIED",
            format!("Access denied for {field} field. Required access: {required}"),
        )
        .with(
            "documentation",
            "https://shopify.dev/api/usage/access-scopes",
        )
        .with("requiredAccess", required)
    }

    /// A field that must have a value and that the simulator does not know.
    pub(crate) fn not_modelled(kind: &str, field: &str) -> Self {
        Self::new(
            "INTERNAL_SERVER_ERROR",
            format!(
                "Internal error. The simulator has no value for the field {kind}.{field}, which can't be null."
            ),
        )
    }

    /// A request that asks for something impossible.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new("BAD_REQUEST", message)
    }

    /// The error as an element of `errors`.
    pub(crate) fn to_json(&self, locations: Option<Value>, path: Option<Value>) -> Value {
        let mut error = Map::new();
        error.insert("message".to_owned(), json!(self.message));
        if let Some(locations) = locations {
            error.insert("locations".to_owned(), locations);
        }
        if let Some(path) = path {
            error.insert("path".to_owned(), path);
        }
        if !self.extensions.is_empty() {
            error.insert(
                "extensions".to_owned(),
                Value::Object(self.extensions.clone()),
            );
        }
        Value::Object(error)
    }
}

/// Where something stands in the request, as `locations`.
pub(crate) fn locations(span: Option<SourceSpan>, sources: &SourceMap) -> Value {
    let place = span.and_then(|span| span.line_column(sources));
    match place {
        Some(place) => json!([{"line": place.line, "column": place.column}]),
        None => json!([]),
    }
}
