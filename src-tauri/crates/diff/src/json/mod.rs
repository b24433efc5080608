//! Structural JSON diffs: by field path, with the elements of arrays matched by what they are and not by where they stand.
//!
//! Equality is that of [`equal`]: the order of keys is no difference, numbers are compared by value (`1.0` is `1`).
//!
//! Elements of an array of objects are matched by the first of [`NATURAL_KEYS`] that every element on both sides has, as text or
//! number, without repetition; other elements by content. An element that only changed its place is moved, not edited.
//!
//! Limits: what is nested deeper than [`crate::canonical::DEPTH_MAX`] is compared as a whole; lists of entries and rows end at
//! [`ENTRIES_MAX`] and [`FIELD_ROWS_MAX`], and say so.

mod entries;
mod field_row;
mod fields;
mod matching;
mod path;
mod rewrite;
mod tree;

use serde_json::{Number, Value};

use crate::canonical::canonical_value;

pub use entries::{Entries, Entry, EntryCounts, EntryKind, Move};
pub use field_row::{FieldLine, FieldRow, FieldText, FieldValue, GroupLine, ValueType};
pub use fields::FieldModel;
pub use matching::NATURAL_KEYS;
pub(crate) use matching::{identity, natural_key};
pub use path::{Path, PathSegment};
pub use rewrite::rewrite;
pub use tree::{Edit, ElementEdit, FieldEdit, JsonDiff, WrongBase};

/// How many entries a list of changes has at most.
pub const ENTRIES_MAX: usize = 100_000;
/// How many field rows (nested lines of text aside) a view has at most.
pub const FIELD_ROWS_MAX: usize = 200_000;

/// Tells whether two values mean the same: the order of keys is no difference, and numbers are compared by value (`1.0` is `1`).
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => equal_numbers(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Compares numbers as they are written: by their exact decimal value, so that equal values have equal canonical forms.
fn equal_numbers(a: &Number, b: &Number) -> bool {
    let written = |number: &Number| canonical_value(&Value::Number(number.clone()));
    a == b || written(a) == written(b)
}

#[cfg(test)]
mod tests;
