//! What theme files mean, the same for every platform that holds them.
//!
//! A store keeps text files with line feeds only, and the merchant's settings without white space (the vendor's CLI). So a
//! file that differs in nothing else is the same content, wherever it lies.

use std::borrow::Cow;

use slipway_domain::ContentDigest;

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

/// The digest of what a theme file means.
pub(crate) fn digest(path: &str, bytes: &[u8]) -> ContentDigest {
    ContentDigest::of(&as_kept(path, bytes))
}

/// As [`digest`], where it is not the digest of the bytes.
pub(crate) fn other_digest(path: &str, bytes: &[u8]) -> Option<ContentDigest> {
    match as_kept(path, bytes) {
        Cow::Borrowed(_) => None,
        Cow::Owned(kept) => Some(ContentDigest::of(&kept)),
    }
}

/// The bytes that a store keeps of a file, as far as that is known.
pub(crate) fn as_kept<'b>(path: &str, bytes: &'b [u8]) -> Cow<'b, [u8]> {
    if path == SETTINGS_DATA {
        return Cow::Owned(minified(bytes));
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

/// Without the first comment, and without white space outside strings.
fn minified(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let (mut in_text, mut is_escaped) = (false, false);
    for byte in without_comment(bytes) {
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

/// What follows the comment that an editor may have put before the document.
fn without_comment(bytes: &[u8]) -> &[u8] {
    let start = bytes.trim_ascii_start();
    let end = start
        .starts_with(b"/*")
        .then(|| start.windows(2).skip(2).position(|two| two == b"*/"));
    end.flatten().map_or(bytes, |at| &start[at + 4..])
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
}
