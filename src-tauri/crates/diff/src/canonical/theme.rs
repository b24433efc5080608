//! Theme JSON as its vendor writes and reads it: JSON with comments anywhere, commas after the last entry, and perhaps a
//! byte-order mark before it.

use std::borrow::Cow;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// What a reader of theme JSON is at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Outside,
    Text,
    /// In a comment that ends with its line.
    Line,
    /// In a comment that ends with `*/`.
    Block,
}

/// Returns theme JSON as plain JSON: what only the vendor's readers take is blank, everything else stands where it stood, to the
/// line and column. What is no theme JSON is no JSON afterwards either; [`super::canonical`] says where.
pub fn theme_json(bytes: &[u8]) -> Cow<'_, [u8]> {
    let has_mark = bytes.starts_with(MARK);
    let last_end = memchr::memmem::rfind(bytes, b"*/");
    let mut plain = Cow::Borrowed(bytes);
    let mut at = At::Outside;
    // A comma after which nothing but blanks and comments came yet, and whether a value stands before it.
    let mut comma: Option<usize> = None;
    let mut last = b'{';
    let mut index = 0;
    if has_mark {
        blank(&mut plain, 0, MARK.len());
        index = MARK.len();
    }
    while let Some(&byte) = bytes.get(index) {
        let next = bytes.get(index + 1).copied();
        match (at, byte, next) {
            (At::Text, b'\\', _) => index += 1,
            (At::Text, b'"', _) => at = At::Outside,
            (At::Line, b'\n', _) => at = At::Outside,
            (At::Block, b'*', Some(b'/')) => {
                blank(&mut plain, index, 2);
                index += 1;
                at = At::Outside;
            }
            (At::Line | At::Block, _, _) => blank(&mut plain, index, 1),
            (At::Outside, b'/', Some(b'/')) => {
                blank(&mut plain, index, 1);
                at = At::Line;
            }
            // One that does not end is no comment.
            (At::Outside, b'/', Some(b'*')) if last_end.is_some_and(|end| end >= index + 2) => {
                blank(&mut plain, index, 2);
                index += 1;
                at = At::Block;
            }
            (At::Outside, b' ' | b'\t' | b'\r' | b'\n', _) => {}
            (At::Outside, byte, _) => {
                if let (b'}' | b']', Some(comma)) = (byte, comma) {
                    blank(&mut plain, comma, 1);
                }
                let follows_value = !matches!(last, b'{' | b'[' | b',' | b':');
                comma = (byte == b',' && follows_value).then_some(index);
                last = byte;
                if byte == b'"' {
                    at = At::Text;
                }
            }
            (At::Text, _, _) => {}
        }
        index += 1;
    }
    plain
}

/// Blanks bytes, but for ends of lines.
fn blank(plain: &mut Cow<'_, [u8]>, from: usize, count: usize) {
    for byte in &mut plain.to_mut()[from..from + count] {
        if *byte != b'\n' && *byte != b'\r' {
            *byte = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::{canonical, parse};
    use super::*;

    #[test]
    fn what_the_vendor_writes_is_read() {
        for (text, expected) in [
            (
                "{\n  // keep short\n  \"cart\": \"Cart\"\n}\n",
                json!({"cart": "Cart"}),
            ),
            (
                "/*\n * auto\n */\n{\"a\":[1,2,],\"b\":{},}",
                json!({"a": [1, 2], "b": {}}),
            ),
            ("\u{feff}{\"a\":1}", json!({"a": 1})),
            (
                "\u{feff}/* a */ /* b */{\"a\":/* c */1 // d\n,/*,*/}",
                json!({"a": 1}),
            ),
            (
                r#"{"u":"https://x/*y*/","v":"a\"//","w":",}"}"#,
                json!({"u": "https://x/*y*/", "v": "a\"//", "w": ",}"}),
            ),
            ("[]", json!([])),
            ("{}// end", json!({})),
            ("1", json!(1)),
        ] {
            assert_eq!(parse(&theme_json(text.as_bytes())), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_nobody_reads_stays_unreadable_where_it_is() {
        for (text, place) in [
            ("{,}", (1, 2)),
            ("[,]", (1, 2)),
            ("{\"a\":1,,}", (1, 8)),
            ("{\"a\":,}", (1, 6)),
            ("/* never closed {}", (1, 1)),
            ("/**/", (1, 5)),
            ("// a\n{\n  \"a\": x\n}", (3, 8)),
            ("{\"a\":1,\"a\":2}", (1, 8)),
            ("{} /", (1, 4)),
        ] {
            let read = canonical(&theme_json(text.as_bytes()), &mut Vec::new());
            let error = read.expect_err(text);
            assert_eq!((error.line, error.column), place, "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_plain_form_of_their_length(text in r#"[\[\]{}",:/*a1\\\n ]{0,30}"#) {
            prop_assert_eq!(theme_json(text.as_bytes()).len(), text.len());
            // What is JSON is left as it is.
            if serde_json::from_str::<Value>(&text).is_ok() {
                let plain = theme_json(text.as_bytes());
                prop_assert_eq!(plain.as_ref(), text.as_bytes());
            }
        }
    }
}
