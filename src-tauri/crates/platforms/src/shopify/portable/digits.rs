//! Numbers in JSON values, with the digits that they were written with: a store keeps `1.10` and `12345678901234567890123` as they
//! are, and reading them as numbers would not.
//!
//! A number that does not come back from being read is `{"slipway:number": "1.10"}` in a document.

use std::borrow::Cow;

/// What such a number begins and ends with in compact JSON. No text can hold it: quotes in texts are escaped.
const START: &str = r#"{"slipway:number":""#;
const END: &str = r#""}"#;

/// JSON in which every number comes back from being read.
pub(super) fn marked(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut written = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = end_of_text(bytes, at),
            b'-' | b'0'..=b'9' => {
                let is_part =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                let length = bytes[at..].iter().take_while(|byte| is_part(byte)).count();
                let number = &json[at..at + length];
                if is_number(number) && !comes_back(number) {
                    written.push_str(&json[copied..at]);
                    written.extend([START, number, END]);
                    copied = at + length;
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    written.push_str(&json[copied..]);
    Cow::Owned(written)
}

/// Compact JSON with the numbers that were marked as they were written.
pub(super) fn unmarked(json: &str) -> Cow<'_, str> {
    let mut written = String::new();
    let mut rest = json;
    while let Some(at) = rest.find(START) {
        let after = &rest[at + START.len()..];
        let number = after.split_once(END).map(|(number, _)| number);
        written.push_str(&rest[..at]);
        rest = match number.filter(|number| is_number(number)) {
            Some(number) => {
                written.push_str(number);
                &after[number.len() + END.len()..]
            }
            // Whoever wrote the document means something else by it.
            None => {
                written.push_str(START);
                after
            }
        };
    }
    if written.is_empty() {
        return Cow::Borrowed(rest);
    }
    written.push_str(rest);
    Cow::Owned(written)
}

/// Where a text ends, after the quote that ends it.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Whether it is a number in JSON, whole.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent
            .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

fn comes_back(number: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(number).is_ok_and(|read| read.to_string() == number)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn numbers_come_back_with_their_digits() {
        for (written, is_marked) in [
            ("12345678901234567890123", true),
            ("[1.10,2,-0,0.1]", true),
            (r#"{"a":1e400,"b":1E5,"c":-1.50}"#, true),
            (r#"{"a":"1.10","b":"\"1.10","\\":3}"#, false),
            ("[1,2.5,true,null]", false),
            (r#"{"slipway:number":"1.10,2"}"#, false),
            (r#"["{\"slipway:number\":\"1.10\"}"]"#, false),
        ] {
            let marked = marked(written);
            assert_eq!(marked != written, is_marked, "{marked}");
            let read: Value = serde_json::from_str(&marked).expect("JSON");
            assert_eq!(unmarked(&read.to_string()), written);
        }
    }

    #[test]
    fn what_stands_in_a_document_can_not_add_to_a_value() {
        let hostile = json!({"a": {"slipway:number": "1,\"b\":2"}});
        assert_eq!(unmarked(&hostile.to_string()), hostile.to_string());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[-+0-9.eE\"\\\\a,:{}é]{0,40}") {
            marked(&text);
            unmarked(&text);
        }
    }
}
