//! What documents mean, for adapters that hold JSON.

use std::borrow::Cow;

use serde_json::Value;
use slipway_diff::canonical::{self, JsonError};
use slipway_domain::ContentDigest;

use crate::error::DocumentError;

/// Digests what a JSON document means: its canonical form, so that formatting and the order of keys make no change.
/// `scratch` is reused between calls.
///
/// # Errors
/// When the bytes are not one JSON document: where, and what was expected.
pub fn json_digest(bytes: &[u8], scratch: &mut Vec<u8>) -> Result<ContentDigest, DocumentError> {
    scratch.clear();
    canonical::canonical(bytes, scratch)?;
    Ok(ContentDigest::of(scratch))
}

/// As [`json_digest`], of theme JSON in its vendor's notation: with comments, commas after the last entry, a byte-order mark.
///
/// The order of keys says nothing there either: what a theme shows in an order, it names in an array (`order`, `block_order`).
///
/// # Errors
/// When the bytes are not one such document: where in the file, and what was expected.
pub fn theme_json_digest(bytes: &[u8]) -> Result<ContentDigest, DocumentError> {
    json_digest(&canonical::theme_json(bytes), &mut Vec::new())
}

/// Theme JSON as plain JSON, byte by byte where it stood.
pub fn plain_theme_json(bytes: &[u8]) -> Cow<'_, [u8]> {
    canonical::theme_json(bytes)
}

/// Reads theme JSON, or an object, with its fields in their order; of a key that stands twice the last one counts. `None` when
/// nobody can read it.
pub fn read_json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(&canonical::theme_json(bytes)).ok()
}

impl From<JsonError> for DocumentError {
    fn from(error: JsonError) -> Self {
        Self {
            line: error.line,
            column: error.column,
            message: error.message,
        }
    }
}
