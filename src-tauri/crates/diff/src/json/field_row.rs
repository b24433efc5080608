//! What the rows of the field view say.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EntryKind, Move};
use crate::rows::Row;
use crate::text::Segment;

/// What type a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl ValueType {
    /// Tells the type of a value.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

/// One row of the field view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldRow {
    /// The head of what stands below it, one level deeper.
    Group(GroupLine),
    /// A field with its value before and after.
    Field(FieldLine),
    /// A line of the text whose head stands above.
    Text(FieldText),
}

/// The head of an object, an array or a text of several lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct GroupLine {
    /// How deep it stands, from 0.
    pub depth: u32,
    /// Its whole path.
    pub path: String,
    /// The last step of its path.
    pub label: String,
    /// What it heads: an object, an array, or a string for lines of text.
    pub value_type: ValueType,
    /// What happened to it as a whole; nothing if only something inside changed.
    pub change: Option<EntryKind>,
    /// From where to where it moved.
    pub moved: Option<Move>,
}

/// A field, or an element without fields, and its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FieldLine {
    /// How deep it stands, from 0.
    pub depth: u32,
    /// Its whole path.
    pub path: String,
    /// The last step of its path.
    pub label: String,
    /// What happened to it.
    pub change: EntryKind,
    /// From where to where it moved.
    pub moved: Option<Move>,
    /// Its value before.
    pub before: Option<FieldValue>,
    /// Its value after.
    pub after: Option<FieldValue>,
}

/// A value as it is painted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FieldValue {
    /// Its type; a string is painted without quotes.
    pub value_type: ValueType,
    /// What to paint.
    pub segments: Vec<Segment>,
    /// How many characters before the shown ones were left out; only where `truncated` is set.
    pub skipped_chars: u64,
    /// How many characters the value has, where not all are shown.
    pub truncated: Option<u64>,
}

/// A line of a text inside the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FieldText {
    /// How deep it stands, from 0.
    pub depth: u32,
    /// The path of the text, for [`FieldModel::expand`](super::FieldModel::expand).
    pub path: String,
    /// The line.
    pub row: Row,
}
