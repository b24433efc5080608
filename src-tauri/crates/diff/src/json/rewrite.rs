//! Writing a changed document into the text that it came from.

use std::collections::HashSet;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{
    CstContainerNode, CstInputValue, CstLeafNode, CstNode, CstObject, CstRootNode,
};
use serde_json::{Map, Value};

use crate::canonical::{theme_comment, theme_json};

/// A byte-order mark, which the other reader does not expect.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns `text` with `wanted` in place of its document. What is equal stays as it is written: spacing, order of fields,
/// notation of numbers, and the comment that may head a theme's file. What is new is written as `other` has it where
/// that holds the same value, so that no digit of a number is lost on the way.
///
/// A key that stands twice in an object of `text` stands there once afterwards, as it was read: the last one counts.
///
/// A text that is no JSON, or can't be changed in place, is written anew, indented, below that comment.
pub fn rewrite(text: &[u8], wanted: &Value, other: &[u8]) -> Vec<u8> {
    in_place(text, wanted, other).unwrap_or_else(|| anew(text, wanted))
}

fn anew(text: &[u8], wanted: &Value) -> Vec<u8> {
    let comment = theme_comment(text);
    let mut anew = comment.to_vec();
    if !comment.is_empty() {
        anew.push(b'\n');
    }
    serde_json::to_writer_pretty(&mut anew, wanted).expect("BUG: a JSON value can be written");
    if text.ends_with(b"\n") {
        anew.push(b'\n');
    }
    anew
}

fn in_place(text: &[u8], wanted: &Value, other: &[u8]) -> Option<Vec<u8>> {
    let (root, value) = read(text)?;
    let other = read(other).and_then(|(root, value)| Some((root.value()?, value)));
    let other = other.as_ref().map(|(node, value)| Text { node, value });
    drop_repeated(&root.value()?);
    settle(root.value()?, &value, wanted, other)?;
    let mark = if text.starts_with(MARK) { MARK } else { b"" };
    let written = [mark, root.to_string().as_bytes()].concat();
    // The text is somebody else's work: that it says what it should is seen, not hoped.
    let (_, read_back) = read(&written)?;
    (read_back == *wanted).then_some(written)
}

fn read(text: &[u8]) -> Option<(CstRootNode, Value)> {
    let value = serde_json::from_slice(&theme_json(text)).ok()?;
    let text = str::from_utf8(text.strip_prefix(MARK).unwrap_or(text)).ok()?;
    let root = CstRootNode::parse(text, &ParseOptions::default()).ok()?;
    Some((root, value))
}

/// A value and the text that it was read from.
#[derive(Clone, Copy)]
struct Text<'a> {
    node: &'a CstNode,
    value: &'a Value,
}

/// Removes properties whose key comes again in their object: readers take the last one.
fn drop_repeated(node: &CstNode) {
    if let Some(object) = node.as_object() {
        let mut later = HashSet::new();
        for property in object.properties().into_iter().rev() {
            let name = property.decoded_name();
            if name.is_some_and(|name| !later.insert(name)) {
                property.remove();
            } else if let Some(value) = property.value() {
                drop_repeated(&value);
            }
        }
    } else if let Some(array) = node.as_array() {
        for element in array.elements() {
            drop_repeated(&element);
        }
    }
}

/// Changes a node that holds `ours` so that it holds `wanted`. `None` when the node is not what was read from it.
fn settle(node: CstNode, ours: &Value, wanted: &Value, other: Option<Text<'_>>) -> Option<()> {
    if ours == wanted {
        return Some(());
    }
    match (ours, wanted) {
        (Value::Object(ours), Value::Object(wanted)) => {
            settle_object(&node.as_object()?, ours, wanted, other)?;
        }
        (Value::Array(ours), Value::Array(wanted)) if ours.len() == wanted.len() => {
            let elements = node.as_array()?.elements();
            for ((element, ours), wanted) in elements.into_iter().zip(ours).zip(wanted) {
                with_element(other, wanted, |other| settle(element, ours, wanted, other))?;
            }
        }
        _ => replace(node, input(wanted, other)),
    }
    Some(())
}

fn settle_object(
    object: &CstObject,
    ours: &Map<String, Value>,
    wanted: &Map<String, Value>,
    other: Option<Text<'_>>,
) -> Option<()> {
    for property in object.properties() {
        let name = property.decoded_name()?;
        match (wanted.get(&name), ours.get(&name), property.value()) {
            (None, _, _) => property.remove(),
            (Some(wanted), Some(ours), Some(value)) => {
                with_field(other, &name, |other| settle(value, ours, wanted, other))?;
            }
            _ => {}
        }
    }
    for (name, value) in wanted.iter().filter(|(name, _)| !ours.contains_key(*name)) {
        with_field(other, name, |other| {
            object.append(name, input(value, other));
        });
    }
    Some(())
}

/// What is written for a value: in the other text's notation where that holds the same one.
fn input(value: &Value, other: Option<Text<'_>>) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::String(value) => CstInputValue::String(value.clone()),
        Value::Number(number) => {
            let raw = other
                .filter(|other| other.value == value)
                .and_then(|other| Some(other.node.as_number_lit()?.to_string()));
            CstInputValue::Number(raw.unwrap_or_else(|| number.to_string()))
        }
        Value::Array(values) => CstInputValue::Array(
            values
                .iter()
                .map(|value| with_element(other, value, |other| input(value, other)))
                .collect(),
        ),
        Value::Object(fields) => CstInputValue::Object(
            fields
                .iter()
                .map(|(name, value)| {
                    let value = with_field(other, name, |other| input(value, other));
                    (name.clone(), value)
                })
                .collect(),
        ),
    }
}

fn with_field<T>(
    other: Option<Text<'_>>,
    name: &str,
    then: impl FnOnce(Option<Text<'_>>) -> T,
) -> T {
    let found = other.and_then(|other| {
        let node = other.node.as_object()?.get(name)?.value()?;
        Some((node, other.value.get(name)?))
    });
    then(found.as_ref().map(|(node, value)| Text { node, value }))
}

/// As [`with_field`], for the element that is equal, wherever it stands.
fn with_element<T>(
    other: Option<Text<'_>>,
    wanted: &Value,
    then: impl FnOnce(Option<Text<'_>>) -> T,
) -> T {
    let found = other.and_then(|other| {
        let values = other.value.as_array()?;
        let index = values.iter().position(|value| value == wanted)?;
        let node = other.node.as_array()?.elements().into_iter().nth(index)?;
        Some((node, &values[index]))
    });
    then(found.as_ref().map(|(node, value)| Text { node, value }))
}

fn replace(node: CstNode, input: CstInputValue) {
    match node {
        CstNode::Container(CstContainerNode::Root(node)) => node.set_value(input),
        CstNode::Container(CstContainerNode::Object(node)) => drop(node.replace_with(input)),
        CstNode::Container(CstContainerNode::Array(node)) => drop(node.replace_with(input)),
        CstNode::Container(CstContainerNode::ObjectProp(node)) => node.set_value(input),
        CstNode::Leaf(CstLeafNode::StringLit(node)) => drop(node.replace_with(input)),
        CstNode::Leaf(CstLeafNode::NumberLit(node)) => drop(node.replace_with(input)),
        CstNode::Leaf(CstLeafNode::BooleanLit(node)) => drop(node.replace_with(input)),
        CstNode::Leaf(CstLeafNode::NullKeyword(node)) => drop(node.replace_with(input)),
        CstNode::Leaf(CstLeafNode::WordLit(node)) => drop(node.replace_with(input)),
        CstNode::Leaf(
            CstLeafNode::Token(_)
            | CstLeafNode::Whitespace(_)
            | CstLeafNode::Newline(_)
            | CstLeafNode::Comment(_),
        ) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_written() {
        let cases = [
            (
                "{\n    \"price\": 1.10,\n    \"id\": 7,  \"big\": 9007199254740993.50\n}\n",
                json!({"price": 1.10, "id": 8, "big": 9_007_199_254_740_993.5}),
                "{}",
                "{\n    \"price\": 1.10,\n    \"id\": 8,  \"big\": 9007199254740993.50\n}\n",
            ),
            (
                "/* by the editor */\n{\"a\":{\"b\":[1,2]},\"gone\":true}",
                json!({"a": {"b": [1, 2.50]}}),
                "{\"a\":{\"b\":[2.50]}}",
                "/* by the editor */\n{\"a\":{\"b\":[1,2.50]}}",
            ),
            (
                "\u{feff}// head\n{\n  \"id\": 1, // mine\n  \"n\": 1.50,\n}\n",
                json!({"id": 2, "n": 1.5}),
                "{}",
                "\u{feff}// head\n{\n  \"id\": 2, // mine\n  \"n\": 1.50,\n}\n",
            ),
        ];
        for (text, wanted, other, expected) in cases {
            let written = rewrite(text.as_bytes(), &wanted, other.as_bytes());
            assert_eq!(str::from_utf8(&written), Ok(expected));
        }
    }

    #[test]
    fn new_fields_have_the_notation_of_the_other_text() {
        let other = r#"{"kept":{"rate":0.10000000000000000000001,"list":[1e2]}}"#;
        let wanted: Value = serde_json::from_str(other).expect("JSON");
        let written = rewrite(b"{}", &wanted, other.as_bytes());
        let written = str::from_utf8(&written).expect("UTF-8");
        assert!(written.contains("0.10000000000000000000001"), "{written}");
        assert!(written.contains("1e2"), "{written}");
    }

    #[test]
    fn what_is_no_json_is_written_anew() {
        for (text, expected) in [
            ("not json\n", "{\n  \"a\": 1\n}\n"),
            ("/* head */ not json", "/* head */\n{\n  \"a\": 1\n}"),
        ] {
            let written = rewrite(text.as_bytes(), &json!({"a": 1}), b"");
            assert_eq!(str::from_utf8(&written), Ok(expected));
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_written_once() {
        for (text, wanted, expected) in [
            // The first one is no object, the one that counts is.
            (
                r#"{"a": 1, "a": {"b": 1}}"#,
                json!({"a": {"b": 2}}),
                r#"{"a": {"b": 2}}"#,
            ),
            (
                r#"{"a": [1], "a": [1, 2], "c": 0}"#,
                json!({"a": [3, 2], "c": 0}),
                r#"{"a": [3, 2], "c": 0}"#,
            ),
            (
                r#"{"x": {"k": 1, "\u006b": 2}, "y": 1}"#,
                json!({"x": {"k": 2}, "y": 3}),
                r#"{"x": {"\u006b": 2}, "y": 3}"#,
            ),
            (
                r#"{"a": 1, "a": 2, "b": 1}"#,
                json!({"b": 1}),
                r#"{"b": 1}"#,
            ),
        ] {
            let written = rewrite(text.as_bytes(), &wanted, b"{}");
            let written = str::from_utf8(&written).expect("UTF-8");
            assert_eq!(
                written.split_whitespace().collect::<String>(),
                expected.split_whitespace().collect::<String>(),
                "{text}"
            );
        }
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            (-1e6..1e6_f64).prop_map(Value::from),
            "[a-c\"\\\\\n/é]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map("[a-d]", inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_text_says_what_was_wanted(
            text in documents(),
            wanted in documents(),
            other in documents(),
            pretty in any::<bool>(),
        ) {
            let print = if pretty { serde_json::to_vec_pretty } else { serde_json::to_vec };
            let (text, other) = (print(&text).expect("text"), print(&other).expect("text"));
            let written = in_place(&text, &wanted, &other);
            prop_assert!(written.is_some(), "it was written in place");
            let unchanged: Value = serde_json::from_slice(&text).expect("JSON");
            prop_assert_eq!(rewrite(&text, &unchanged, &other), text);
        }
    }
}
