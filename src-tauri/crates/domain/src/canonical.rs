//! Canonical JSON (RFC 8785): the one way to write a value, for what is signed or named by its digest.

use serde_json::Value;

/// Writes a value in its canonical form.
pub(crate) fn to_vec(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("BUG: a value is plain data")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn check(value: &Value, expected: &str) {
        assert_eq!(
            String::from_utf8(to_vec(value)).expect("UTF-8"),
            expected,
            "{value}"
        );
    }

    #[test]
    fn values_are_written_as_the_standard_says() {
        check(
            &json!({"b": [true, false, null], "a": {"": 1}}),
            r#"{"a":{"":1},"b":[true,false,null]}"#,
        );
        check(
            &json!("€$\u{f}\nA'\u{42}\"\\\u{7f}"),
            "\"€$\\u000f\\nA'B\\\"\\\\\u{7f}\"",
        );
        // The order of appendix B: by code units, in which what lies beyond the basic plane begins with a surrogate.
        check(
            &json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7}),
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}",
        );
        for (number, expected) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("4.50", "4.5"),
            ("2e-3", "0.002"),
            ("1E30", "1e+30"),
            ("1e-27", "1e-27"),
            ("333333333.33333329", "333333333.3333333"),
            ("9007199254740992", "9007199254740992"),
            ("9007199254740993", "9007199254740992"),
            ("18446744073709551615", "18446744073709552000"),
            ("-9007199254740993", "-9007199254740992"),
        ] {
            check(&serde_json::from_str(number).expect("JSON"), expected);
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|fields| fields.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_read_back_is_written_the_same(value in value()) {
            let written = to_vec(&value);
            let read: Value = serde_json::from_slice(&written).expect("JSON");
            prop_assert_eq!(to_vec(&read), written);
        }
    }
}
