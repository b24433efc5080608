//! Canonical JSON: one form for each document, whatever order, spacing and notation it came in.
//!
//! The form: keys sorted by their characters, no whitespace, `/` and everything past ASCII written plainly, control characters
//! as short escapes, numbers as below. Documents that are equal as JSON have equal canonical bytes.
//!
//! Numbers are exact: `1.0`, `1` and `10e-1` are one number, `1e2` is written `100`, and no digit is lost however long it is.
//! Numbers that a 64-bit float cannot reach (`1e400`) are refused, as other readers would refuse them.
//!
//! Strict: duplicate keys, trailing commas, comments, byte-order marks, lone surrogates and nesting past
//! [`DEPTH_MAX`] are errors with line and column. What is canonical can always be read by [`parse`].

mod error;
mod number;
mod read;
mod theme;

use serde_json::Value;

pub use error::JsonError;
pub use theme::theme_json;

/// How deeply arrays and objects may be nested.
pub const DEPTH_MAX: usize = 120;

/// How a document is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// On one line, without spaces: what is hashed and stored.
    #[default]
    Compact,
    /// Two spaces an indentation, one entry a line, a line feed at the end: what people read.
    Indented,
}

/// Writes documents canonically, one after another, with the same scratch memory.
#[derive(Debug, Default)]
pub struct Canonicaliser {
    scratch: read::Scratch,
}

impl Canonicaliser {
    /// Makes one without memory; it takes what the documents need.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces `out` by the canonical form of the document `bytes`.
    ///
    /// # Errors
    /// Names the first place where `bytes` is not strict JSON; `out` is then of no use.
    pub fn write(
        &mut self,
        bytes: &[u8],
        layout: Layout,
        out: &mut Vec<u8>,
    ) -> Result<(), JsonError> {
        out.clear();
        out.reserve(bytes.len());
        read::document(bytes, layout, &mut self.scratch, out)
    }
}

/// Replaces `out` by the compact canonical form of the document `bytes`.
///
/// # Errors
/// Names the first place where `bytes` is not strict JSON; `out` is then of no use.
pub fn canonical(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), JsonError> {
    Canonicaliser::new().write(bytes, Layout::Compact, out)
}

/// Returns the canonical form of a document for people to read.
///
/// # Errors
/// Names the first place where `bytes` is not strict JSON.
pub fn pretty(bytes: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut out = Vec::new();
    Canonicaliser::new().write(bytes, Layout::Indented, &mut out)?;
    Ok(out)
}

/// Reads a document as strictly as [`canonical`] does. Keys are in sorted order at every level.
///
/// Numbers become what [`Value`] can hold: 64-bit integers, else 64-bit floats.
///
/// # Errors
/// Names the first place where `bytes` is not strict JSON.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let mut out = Vec::new();
    canonical(bytes, &mut out)?;
    serde_json::from_slice(&out).map_err(|error| JsonError::at(&out, 0, &error.to_string()))
}

/// Returns the compact canonical form of a value.
pub fn canonical_value(value: &Value) -> Vec<u8> {
    let plain =
        serde_json::to_vec(value).expect("BUG: a JSON value has string keys and finite numbers");
    let mut out = Vec::with_capacity(plain.len());
    // Values that were nested deeper than a document may be keep their own order of keys.
    match canonical(&plain, &mut out) {
        Ok(()) => out,
        Err(_) => plain,
    }
}

/// The `/* … */` comment that may stand before theme JSON, whitespace before it included; empty where there is none.
pub fn theme_comment(bytes: &[u8]) -> &[u8] {
    let start = bytes.len() - bytes.trim_ascii_start().len();
    let Some(comment) = bytes[start..].strip_prefix(b"/*") else {
        return &[];
    };
    let end = memchr::memmem::find(comment, b"*/");
    end.map_or(&[], |end| &bytes[..start + 2 + end + 2])
}

#[cfg(test)]
pub(crate) mod tests;
