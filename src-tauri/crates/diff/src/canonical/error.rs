use std::fmt;

/// Says where, and why, a document is not strict JSON.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct JsonError {
    /// The line, from 1.
    pub line: u64,
    /// The character in the line, from 1.
    pub column: u64,
    /// What was found or expected there; no full stop.
    pub message: String,
}

impl JsonError {
    /// Makes the error for the byte at `offset` of `bytes`.
    pub(super) fn at(bytes: &[u8], offset: usize, message: &str) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        Self {
            line: 1 + memchr::memchr_iter(b'\n', before).count() as u64,
            column: 1 + String::from_utf8_lossy(&before[line_start..])
                .chars()
                .count() as u64,
            message: message.to_owned(),
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for JsonError {}
