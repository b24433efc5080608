//! What documents mean, for adapters that hold JSON.

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

/// Checks a theme's JSON file, which may begin with a `/* … */` comment.
///
/// # Errors
/// When what follows is not one JSON document: where in the file, and what was expected.
pub fn check_theme_json(bytes: &[u8]) -> Result<(), DocumentError> {
    let (comment, body) = canonical::split_theme_comment(bytes);
    let checked = canonical::canonical(body, &mut Vec::new());
    Ok(checked.map_err(|error| error.after(comment))?)
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
