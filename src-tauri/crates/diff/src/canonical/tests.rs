use proptest::prelude::*;
use serde_json::json;

use super::*;

fn written(text: &str) -> String {
    let mut out = Vec::new();
    match canonical(text.as_bytes(), &mut out) {
        Ok(()) => String::from_utf8(out).expect("canonical JSON is UTF-8"),
        Err(error) => format!("! {error}"),
    }
}

#[test]
fn documents_have_one_form() {
    let cases = [
        (" { } ", "{}"),
        ("[ ]", "[]"),
        ("null", "null"),
        (
            r#"{"b":1,"a":{"d":[2,1],"c":null}}"#,
            r#"{"a":{"c":null,"d":[2,1]},"b":1}"#,
        ),
        (
            r#"{"c":{"z":1,"y":2},"b":{"x":3},"a":[{"q":1,"p":2}]}"#,
            r#"{"a":[{"p":2,"q":1}],"b":{"x":3},"c":{"y":2,"z":1}}"#,
        ),
        (r#"{"ab":1,"a":2}"#, r#"{"a":2,"ab":1}"#),
        (
            r#"{"b":1,"":2,"a":3,"é":4,"\u00e0":5}"#,
            r#"{"":2,"a":3,"b":1,"à":5,"é":4}"#,
        ),
        (r##"{"#b":1,"\"a":2,"!":3}"##, r##"{"!":3,"\"a":2,"#b":1}"##),
        (
            r##""\u0041\/\u00e9\ud83d\ude00\u000a\u0001\\\"""##,
            r##""A/é😀\n\u0001\\\"""##,
        ),
        ("[true,false,null]", "[true,false,null]"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "canonical form of {text}");
    }
}

#[test]
fn numbers_are_exact() {
    let cases = [
        ("0", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("-0e5", "0"),
        ("1.0", "1"),
        ("1.50", "1.5"),
        ("-1.0", "-1"),
        ("10e-1", "1"),
        ("1e2", "100"),
        ("1E+2", "100"),
        ("0.10", "0.1"),
        ("0.001", "0.001"),
        ("1.5e-3", "0.0015"),
        ("123.456e1", "1234.56"),
        ("9007199254740993", "9007199254740993"),
        ("12345678901234567890123.25", "12345678901234567890123.25"),
        ("1e39", &format!("1{}", "0".repeat(39))),
        ("1e40", "1e40"),
        ("15e59", "1.5e60"),
        ("1e-40", &format!("0.{}1", "0".repeat(39))),
        ("1e-41", "1e-41"),
        ("-2.5e-300", "-2.5e-300"),
        ("0e999999999999999999999", "0"),
        ("1.7976931348623157e308", "1.7976931348623157e308"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), expected, "canonical form of {text}");
    }
}

#[test]
fn errors_name_the_place() {
    let cases = [
        (
            "",
            "line 1, column 1: expected a value, found the end of the file",
        ),
        (
            "{\n  \"a\": 1,\n  \"b\" 2\n}",
            "line 3, column 7: expected `:`, found `2`",
        ),
        (
            "[\"é\", x]",
            "line 1, column 7: expected a value, found `x`",
        ),
        (
            "{\"a\":1,}",
            "line 1, column 8: expected a key in quotes, found `}`",
        ),
        (
            "[1,]",
            "line 1, column 4: expected a value after the comma, found `]`",
        ),
        ("[1 2]", "line 1, column 4: expected `,` or `]`, found `2`"),
        (
            "{\"a\":1,\n \"b\":2, \"a\":3}",
            "line 2, column 9: the key \"a\" stands twice in this object",
        ),
        (
            "{\"a\":1,\"\\u0061\":3}",
            "line 1, column 8: the key \"a\" stands twice in this object",
        ),
        ("01", "line 1, column 1: a number cannot begin with 0"),
        (
            "1.",
            "line 1, column 3: expected a digit, found the end of the file",
        ),
        (
            "-",
            "line 1, column 2: expected a digit, found the end of the file",
        ),
        ("1e400", "line 1, column 1: this number is out of range"),
        (
            "1e99999999999999",
            "line 1, column 1: this number is out of range",
        ),
        (
            "1 1",
            "line 1, column 3: expected the end of the file, found `1`",
        ),
        ("\"a", "line 1, column 1: this string has no end"),
        ("\"a\nb\"", "line 1, column 1: this string has no end"),
        (
            "\"a\tb\"",
            "line 1, column 3: the control character U+0009 must be escaped in a string",
        ),
        (
            "\"\\x\"",
            "line 1, column 2: there is no such escape in JSON",
        ),
        (
            "\"\\ud800\"",
            "line 1, column 2: this escape is half a character (a lone surrogate)",
        ),
        (
            "\"\\ud800\\u0041\"",
            "line 1, column 2: this escape is half a character (a lone surrogate)",
        ),
        (
            "\"\\u00g0\"",
            "line 1, column 2: `\\u` needs four hexadecimal digits",
        ),
        (
            "\u{feff}{}",
            "line 1, column 1: the file starts with a byte-order mark; save it without one",
        ),
        ("// x\n{}", "line 1, column 1: expected a value, found `/`"),
        ("tru", "line 1, column 1: expected a value, found `t`"),
        ("\"\\", "line 1, column 2: this string has no end"),
    ];
    for (text, expected) in cases {
        assert_eq!(written(text), format!("! {expected}"), "error of {text:?}");
    }
    let mut out = Vec::new();
    let error =
        canonical(b"[\n\"a\xff\"]", &mut out).expect_err("a byte that is not UTF-8 is refused");
    assert_eq!(error.to_string(), "line 2, column 3: this is not UTF-8");
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(written(&nested(DEPTH_MAX)), nested(DEPTH_MAX));
    assert_eq!(
        written(&nested(DEPTH_MAX + 1)),
        format!(
            "! line 1, column {}: this is nested more than {DEPTH_MAX} levels deep",
            DEPTH_MAX + 1
        )
    );
    assert!(
        written(&"[".repeat(1_000_000)).starts_with('!'),
        "hostile nesting is an error, not a crash"
    );
}

#[test]
fn people_read_the_indented_layout() {
    let pretty = pretty(br#"{"b":[1,{"d":2,"c":[]}],"a":{}}"#).expect("this is JSON");
    insta::assert_snapshot!(String::from_utf8(pretty).expect("canonical JSON is UTF-8"), @r#"
    {
      "a": {},
      "b": [
        1,
        {
          "c": [],
          "d": 2
        }
      ]
    }
    "#);
}

#[test]
fn the_comment_at_the_head_of_a_theme_file_is_found() {
    for (text, comment) in [
        ("{}", ""),
        ("/* a * b */\n{}", "/* a * b */"),
        ("\n /**/{}", "\n /**/"),
        ("/* no end {}", ""),
        ("{} /* later */", ""),
        ("", ""),
    ] {
        assert_eq!(
            theme_comment(text.as_bytes()),
            comment.as_bytes(),
            "{text:?}"
        );
    }
}

/// Any JSON value, with awkward keys and strings.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has only finite numbers", |number| number.is_finite())
            .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        "[\"\\\\\\n\\ta]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[\"\\\\a-c!#é]{0,3}", inner, 0..6).prop_map(
                |entries| {
                    // Backwards, so that there is something to sort.
                    Value::Object(entries.into_iter().rev().collect())
                }
            ),
        ]
    })
}

/// Sorts the keys of a value at all levels.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(entries) => {
            let ordered: std::collections::BTreeMap<_, _> = entries
                .iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect();
            Value::Object(ordered.into_iter().collect())
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn the_canonical_form_means_the_same(value in value()) {
        let canonical = canonical_value(&value);
        let read: Value = serde_json::from_slice(&canonical).expect("canonical JSON is JSON");
        let same = crate::json::equal(&read, &value);
        prop_assert!(same, "{} became {}", value, read);
        let mut again = Vec::new();
        super::canonical(&canonical, &mut again).expect("canonical JSON is strict");
        prop_assert_eq!(String::from_utf8(again), String::from_utf8(canonical), "it is its own canonical form");
    }

    #[test]
    fn keys_are_sorted_by_their_characters(value in value()) {
        let keys = |value: &Value| -> Vec<String> {
            let mut keys = Vec::new();
            collect_keys(value, &mut keys);
            keys
        };
        let read: Value = serde_json::from_slice(&canonical_value(&value)).expect("canonical JSON is JSON");
        prop_assert_eq!(keys(&read), keys(&sorted(&value)));
    }

    #[test]
    fn layouts_agree(value in value()) {
        let text = serde_json::to_vec_pretty(&value).expect("a value can be written");
        let mut compact = Vec::new();
        canonical(&pretty(&text).expect("this is JSON"), &mut compact).expect("indented JSON is JSON");
        prop_assert_eq!(String::from_utf8(compact), String::from_utf8(canonical_value(&value)));
    }

    #[test]
    fn whatever_is_accepted_is_json(text in r#"[\[\]{}",:0-9a-f\\ue.tru+ -]{0,20}"#) {
        let theirs = serde_json::from_str::<Value>(&text);
        match canonical(text.as_bytes(), &mut Vec::new()) {
            Ok(()) => prop_assert!(theirs.is_ok(), "{} is accepted here alone", text),
            Err(error) => prop_assert!(theirs.is_err() || error.message.contains("twice"), "{} is refused here alone: {}", text, error),
        }
    }
}

fn collect_keys(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        Value::Object(entries) => {
            for (key, value) in entries {
                keys.push(key.clone());
                collect_keys(value, keys);
            }
        }
        _ => {}
    }
}

#[test]
fn parsing_is_strict_and_sorted() {
    assert_eq!(parse(b"{\"b\":1.0,\"a\":2}"), Ok(json!({"a": 2, "b": 1})));
    assert!(
        parse(b"{\"a\":1,\"a\":1}").is_err(),
        "a key that stands twice is refused"
    );
}
