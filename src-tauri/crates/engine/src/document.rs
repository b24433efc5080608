//! What documents mean, for adapters that hold JSON.

use slipway_diff::canonical;
use slipway_domain::ContentDigest;

use crate::platform::DocumentError;

/// Digests what a JSON document means: its canonical form, so that formatting and the order of keys make no change.
/// `scratch` is reused between calls.
///
/// # Errors
/// When the bytes are not one JSON document: where, and what was expected.
pub fn json_digest(bytes: &[u8], scratch: &mut Vec<u8>) -> Result<ContentDigest, DocumentError> {
    scratch.clear();
    match canonical::canonical(bytes, scratch) {
        Ok(()) => Ok(ContentDigest::of(scratch)),
        Err(error) => Err(DocumentError {
            line: error.line,
            column: error.column,
            message: error.message,
        }),
    }
}
