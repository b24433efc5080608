//! What theme files mean, the same for every platform that holds them.
//!
//! JSON that differs in notation alone (spaces, escapes, the order of keys, `1.50` for `1.5`, comments) is the same content
//! wherever it lies. All else is what its bytes are, ends of lines included, but for stores: they keep text files with line
//! feeds only, and the merchant's settings without white space (the vendor's CLI).

use std::borrow::Cow;

use slipway_domain::ContentDigest;
use slipway_engine::{plain_theme_json, theme_json_digest};

/// The folders of a theme.
pub(crate) const FOLDERS: [&str; 8] = [
    "assets",
    "blocks",
    "config",
    "layout",
    "locales",
    "sections",
    "snippets",
    "templates",
];

/// The merchant's settings.
pub(crate) const SETTINGS_DATA: &str = "config/settings_data.json";

/// The digest of what a theme file means where files are kept byte for byte.
pub(crate) fn digest(path: &str, bytes: &[u8]) -> ContentDigest {
    other_digest(path, bytes).unwrap_or_else(|| ContentDigest::of(bytes))
}

/// As [`digest`], where it is not the digest of the bytes: JSON that only stands there otherwise says the same.
pub(crate) fn other_digest(path: &str, bytes: &[u8]) -> Option<ContentDigest> {
    is_theme_json(path)
        .then(|| theme_json_digest(bytes).ok())
        .flatten()
}

/// The digest of what a theme file means in a store.
pub(crate) fn digest_in_store(path: &str, bytes: &[u8]) -> ContentDigest {
    other_digest(path, bytes).unwrap_or_else(|| ContentDigest::of(&as_kept(path, bytes)))
}

/// Whether the vendor reads a file as JSON. Assets are handed to browsers as they are.
fn is_theme_json(path: &str) -> bool {
    path.ends_with(".json") && !path.starts_with("assets/")
}

/// How the ends of lines change from one text to another, where nothing else does: an end of a sentence.
pub(crate) fn line_endings_only(before: &[u8], after: &[u8]) -> Option<&'static str> {
    if before == after || with_line_feeds(before) != with_line_feeds(after) {
        return None;
    }
    Some(
        match (has_carriage_returns(before), has_carriage_returns(after)) {
            (false, _) => "from LF to CRLF",
            (_, false) => "from CRLF to LF",
            _ => "in some lines",
        },
    )
}

/// The bytes that a store keeps of a file, as far as that is known.
pub(crate) fn as_kept<'b>(path: &str, bytes: &'b [u8]) -> Cow<'b, [u8]> {
    if path == SETTINGS_DATA {
        return Cow::Owned(minified(&plain_theme_json(bytes)));
    }
    if has_carriage_returns(bytes) && std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) {
        return Cow::Owned(with_line_feeds(bytes));
    }
    Cow::Borrowed(bytes)
}

fn has_carriage_returns(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"\r\n").is_some()
}

fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            kept.push(*byte);
        }
    }
    kept
}

/// Without white space outside strings.
fn minified(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let (mut in_text, mut is_escaped) = (false, false);
    for byte in bytes {
        if in_text {
            kept.push(*byte);
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
        } else if !byte.is_ascii_whitespace() {
            in_text = *byte == b'"';
            kept.push(*byte);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_store_does_not_keep_makes_no_difference() {
        for (path, bytes, kept) in [
            (
                SETTINGS_DATA,
                "/* x */\r\n{ \"a b\" : [1,\n 2], \"c\\\" \": \" \" }",
                "{\"a b\":[1,2],\"c\\\" \":\" \"}",
            ),
            ("templates/index.json", "{ \"a\": 1 }", "{ \"a\": 1 }"),
            ("snippets/a.liquid", "a\r\nb\rc\n", "a\nb\rc\n"),
        ] {
            assert_eq!(as_kept(path, bytes.as_bytes()), kept.as_bytes(), "{path}");
        }
        let binary = b"\x89PNG\r\n\x1a\n\xff";
        assert_eq!(as_kept("assets/a.png", binary), &binary[..], "no text");
    }

    #[test]
    fn notation_is_no_content_of_theme_json() {
        let same = [
            r#"{"a":{"u":"https:\/\/x","t":"caf\u00e9","n":1.50,"m":100},"order":["b"]}"#,
            "/* x */\r\n{ \"order\": [ \"b\", ], \"a\": { \"m\": 1e2, \"n\": 1.5, \"t\": \"café\", \"u\": \"https://x\" } }",
        ];
        for path in [
            "templates/index.json",
            SETTINGS_DATA,
            "locales/en.default.json",
        ] {
            let [one, other] = same.map(|text| digest(path, text.as_bytes()));
            assert_eq!(one, other, "{path}");
            assert_eq!(one, digest_in_store(path, same[1].as_bytes()), "{path}");
        }
        let orders = [r#"{"order":["a","b"]}"#, r#"{"order":["b","a"]}"#];
        let [one, other] = orders.map(|text| digest("templates/a.json", text.as_bytes()));
        assert_ne!(one, other, "an array has an order");
        let [one, other] = same.map(|text| digest("assets/a.json", text.as_bytes()));
        assert_ne!(one, other, "browsers get an asset as it is");
    }

    #[test]
    fn ends_of_lines_count_where_bytes_are_kept() {
        let (feeds, returns) = (b"a\nb\n", b"a\r\nb\r\n");
        let path = "snippets/a.liquid";
        assert_ne!(digest(path, feeds), digest(path, returns));
        assert_eq!(digest(path, feeds), digest_in_store(path, returns));
        for (before, after, said) in [
            (&feeds[..], &returns[..], Some("from LF to CRLF")),
            (returns, feeds, Some("from CRLF to LF")),
            (returns, b"a\r\nb\n", Some("in some lines")),
            (feeds, feeds, None),
            (feeds, b"a\r\nc\r\n", None),
        ] {
            assert_eq!(line_endings_only(before, after), said);
        }
    }
}
