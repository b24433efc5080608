//! How much of an answer is read, and how much it may stand for: a few megabytes of `[],` fill gigabytes of memory as
//! values.

use futures_util::StreamExt;
use serde::de::DeserializeOwned;

/// The most values that one answer may hold; one of the largest pages has some ten thousand.
pub(in super::super) const VALUE_LIMIT: usize = 1_000_000;

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum Cut {
    /// The connection broke.
    Broken(reqwest::Error),
    /// It is longer than the limit.
    TooLong,
}

/// Why bytes were not read as JSON.
#[derive(Debug)]
pub(in super::super) enum NoJson {
    /// They hold more than [`VALUE_LIMIT`] values.
    TooMany,
    /// They are no whole document of the form that was asked for.
    Malformed,
}

/// The body of a response, where it has at most `limit_bytes`.
pub(super) async fn body(response: reqwest::Response, limit_bytes: usize) -> Result<Vec<u8>, Cut> {
    let mut bytes = Vec::new();
    let mut parts = response.bytes_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(Cut::Broken)?;
        if bytes.len() + part.len() > limit_bytes {
            return Err(Cut::TooLong);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

/// Reads JSON that holds no more values than it may.
pub(in super::super) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, NoJson> {
    if value_count(bytes) > VALUE_LIMIT {
        return Err(NoJson::TooMany);
    }
    // How deep it may be nested is limited there.
    serde_json::from_slice(bytes).map_err(|_| NoJson::Malformed)
}

/// How many values JSON holds at most, without reading it: what begins one, outside of texts.
pub(in super::super) fn value_count(bytes: &[u8]) -> usize {
    let mut count = 1;
    let mut rest = bytes;
    while let Some(&byte) = rest.first() {
        rest = &rest[1..];
        match byte {
            b',' | b'[' | b'{' => count += 1,
            b'"' => rest = after_text(rest),
            _ => {}
        }
    }
    count
}

/// What follows the end of a text.
fn after_text(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let is_end = rest[at] == b'"';
        rest = rest
            .get(at + if is_end { 1 } else { 2 }..)
            .unwrap_or_default();
        if is_end {
            return rest;
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn values_are_counted_without_reading_them() {
        for (text, count) in [
            ("", 1),
            ("1", 1),
            ("[]", 2),
            (r#"{"a": 1, "b": [2, 3]}"#, 5),
            (r#""[,{\"[,{""#, 1),
            (r#"["a\\", "b\\\"", 1]"#, 4),
            (r#"["never ended, [["#, 2),
            (r#"["\"#, 2),
        ] {
            assert_eq!(value_count(text.as_bytes()), count, "{text}");
        }
    }

    #[test]
    fn short_texts_do_not_become_large_values() {
        let of = |count: usize| format!("[{}]", vec!["[]"; count].join(","));
        let fits = json::<Value>(of(VALUE_LIMIT / 2 - 1).as_bytes());
        assert!(fits.is_ok(), "{fits:?}");
        let many = json::<Value>(of(VALUE_LIMIT).as_bytes());
        assert!(matches!(many, Err(NoJson::TooMany)));
        let deep = json::<Value>("[".repeat(100_000).as_bytes());
        assert!(matches!(deep, Err(NoJson::Malformed)));
    }
}
