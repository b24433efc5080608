//! Why a mutation changes nothing: user errors, and failures of the field itself.

use serde_json::{Map, Value, json};

use crate::shop::graphql::Fail;

/// What is wrong with a mutation's input, as an element of `userErrors`.
#[derive(Clone, Debug)]
pub(crate) struct UserError {
    field: Option<Vec<String>>,
    message: String,
    code: Option<&'static str>,
    more: Vec<(&'static str, Value)>,
}

impl UserError {
    /// An error at a place of the input, written with dots: `input.variants.0.price`.
    pub(crate) fn at(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.split('.').map(str::to_owned).collect()),
            message: message.into(),
            code: None,
            more: Vec::new(),
        }
    }

    /// An error that is at no place.
    pub(crate) fn general(message: impl Into<String>) -> Self {
        Self {
            field: None,
            message: message.into(),
            code: None,
            more: Vec::new(),
        }
    }

    /// Adds the code.
    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Adds a further field of the error's type.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.more.push((name, value.into()));
        self
    }

    /// Puts the place below another.
    pub(crate) fn below(mut self, field: &str) -> Self {
        let mut path: Vec<String> = field.split('.').map(str::to_owned).collect();
        path.extend(self.field.take().unwrap_or_default());
        self.field = Some(path);
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let more = self
            .more
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let mut error: Map<String, Value> = more.collect();
        error.insert("field".to_owned(), json!(self.field));
        error.insert("message".to_owned(), json!(self.message));
        error.insert("code".to_owned(), json!(self.code));
        Value::Object(error)
    }
}

/// Why a mutation changes nothing.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The input is wrong; the payload says where.
    User(Vec<UserError>),
    /// The field as a whole has no value.
    Field(Fail),
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

impl From<Fail> for Refusal {
    fn from(fail: Fail) -> Self {
        Self::Field(fail)
    }
}

/// Refuses when there are errors.
pub(crate) fn refuse_any(errors: Vec<UserError>) -> Result<(), Refusal> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Refusal::User(errors))
    }
}
