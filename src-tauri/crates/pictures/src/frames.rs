//! What passes between the painter and its child: a line of JSON that says what it is, then the bytes that it announces.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::picture::{Bounds, Note, Refusal};

/// The longest line, in bytes.
pub(crate) const HEADER_LIMIT_BYTES: u64 = 4_096;

/// A picture to draw; its bytes follow.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) bounds: Bounds,
    pub(crate) bytes: usize,
}

/// What came of it; the bytes of the PNG follow, if there is one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    Drawn {
        bytes: usize,
        width: u32,
        height: u32,
        notes: Vec<Note>,
    },
    Refused(Refusal),
}

/// Writes a header with its end of line.
pub(crate) fn header(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("BUG: headers are plain data");
    line.push(b'\n');
    line
}

/// Reads a header with its end of line; `None` when it is cut off, too long or not what was expected.
pub(crate) fn parsed<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    serde_json::from_slice(line.strip_suffix(b"\n")?).ok()
}
