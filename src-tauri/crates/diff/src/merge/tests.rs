use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::canonical::tests::value;
use crate::json::equal;

#[test]
fn texts_are_merged_by_lines() {
    let base = "1\n2\n3\n4\n5\n";
    let cases = [
        ("one side", "1\n2\nx\n4\n5\n", base, "1\n2\nx\n4\n5\n", 0),
        (
            "both, apart",
            "x\n2\n3\n4\n5\n",
            "1\n2\n3\n4\ny\n",
            "x\n2\n3\n4\ny\n",
            0,
        ),
        (
            "both alike",
            "1\nx\n3\n4\n5\n",
            "1\nx\n3\n4\n5\n",
            "1\nx\n3\n4\n5\n",
            0,
        ),
        (
            "alike and apart",
            "1\nx\n3\n4\n5\n6\n",
            "1\nx\n3\n4\n5\n",
            "1\nx\n3\n4\n5\n6\n",
            0,
        ),
        (
            "same line",
            "1\n2\nx\n4\n5\n",
            "1\n2\ny\n4\n5\n",
            "1\n2\nx\n4\n5\n",
            1,
        ),
        (
            "neighbours",
            "1\nx\n3\n4\n5\n",
            "1\n2\ny\n4\n5\n",
            "1\nx\n3\n4\n5\n",
            1,
        ),
        (
            "deleted and edited",
            "1\n2\n4\n5\n",
            "1\n2\ny\n4\n5\n",
            "1\n2\n4\n5\n",
            1,
        ),
        (
            "both put in one place",
            "1\n2\n3\n4\n5\na\n",
            "1\n2\n3\n4\n5\nb\n",
            "1\n2\n3\n4\n5\na\n",
            1,
        ),
        (
            "final newline and start",
            "x\n2\n3\n4\n5\n",
            "1\n2\n3\n4\n5",
            "x\n2\n3\n4\n5",
            0,
        ),
        ("one side empties", "", "1\n2\n3\n4\ny\n", "", 1),
    ];
    for (name, ours, theirs, expected, conflicts) in cases {
        let merge = merge_text(
            base.as_bytes(),
            ours.as_bytes(),
            theirs.as_bytes(),
            Side::Ours,
        );
        assert_eq!(String::from_utf8_lossy(&merge.merged), expected, "{name}");
        assert_eq!(
            merge.conflicts.len(),
            conflicts,
            "{name}: {:?}",
            merge.conflicts
        );
    }
    let binary = merge_text(b"\0a\n", b"\0b\n", b"\0c\n", Side::Theirs);
    assert_eq!(
        (binary.merged.as_slice(), binary.conflicts.len()),
        (&b"\0c\n"[..], 1),
        "binary content is never put together"
    );
}

fn merged(base: &Value, ours: &Value, theirs: &Value) -> String {
    let merge = merge_json(Some(base), Some(ours), Some(theirs), |_| Side::Ours);
    let conflicts: Vec<String> = merge
        .conflicts
        .iter()
        .map(|conflict| conflict.path.to_string())
        .collect();
    format!(
        "{} {conflicts:?}",
        merge
            .merged
            .map_or_else(|| "-".to_owned(), |value| value.to_string())
    )
}

#[test]
fn documents_are_merged_by_path() {
    let base = json!({"title": "a", "seo": {"t": 1}, "variants": [{"sku": "S", "n": 1}, {"sku": "M", "n": 2}], "tags": ["x", "y"]});
    let edit = |change: &dyn Fn(&mut Value)| {
        let mut value = base.clone();
        change(&mut value);
        value
    };
    let ours = edit(&|value| {
        value["title"] = json!("b");
        value["variants"][0]["n"] = json!(10);
        value["tags"] = json!(["w", "x", "y"]);
    });
    let theirs = edit(&|value| {
        value["seo"]["t"] = json!(2);
        value["variants"] =
            json!([{"sku": "M", "n": 3}, {"sku": "S", "n": 1}, {"sku": "L", "n": 5}]);
        value["tags"] = json!(["x", "y", "z"]);
    });
    insta::assert_snapshot!(merged(&base, &ours, &theirs), @r#"{"title":"b","seo":{"t":2},"variants":[{"sku":"M","n":3},{"sku":"S","n":10},{"sku":"L","n":5}],"tags":["w","x","y","z"]} []"#);
}

#[test]
fn conflicts_name_the_path_and_the_values() {
    let cases = [
        (
            json!({"a": 1}),
            json!({"a": 2}),
            json!({"a": 3}),
            r#"{"a":2} ["a"]"#,
        ),
        (json!({"a": 1}), json!({}), json!({"a": 3}), r#"{} ["a"]"#),
        (
            json!({}),
            json!({"a": {"x": 1}}),
            json!({"a": {"y": 2}}),
            r#"{"a":{"x":1,"y":2}} []"#,
        ),
        (
            json!({"a": [1, 2]}),
            json!({"a": [1, 3]}),
            json!({"a": [1, 4]}),
            r#"{"a":[1,3]} ["a"]"#,
        ),
        (
            json!({"a": [{"id": 1, "n": 1}]}),
            json!({"a": []}),
            json!({"a": [{"id": 1, "n": 2}]}),
            r#"{"a":[]} ["a[id=1]"]"#,
        ),
        (
            json!([{"id": 1}, {"id": 2}, {"id": 3}]),
            json!([{"id": 3}, {"id": 1}, {"id": 2}]),
            json!([{"id": 2}, {"id": 1}, {"id": 3}]),
            r#"[{"id":3},{"id":1},{"id":2}] [""]"#,
        ),
        (
            json!({"a": "1"}),
            json!({"a": 1}),
            json!({"a": null}),
            r#"{"a":1} ["a"]"#,
        ),
        (
            json!({"a": 1}),
            json!({"a": 2}),
            json!({"a": 2.0}),
            r#"{"a":2} []"#,
        ),
    ];
    for (base, ours, theirs, expected) in cases {
        assert_eq!(
            merged(&base, &ours, &theirs),
            expected,
            "merge of {base}, {ours} and {theirs}"
        );
    }
    let merge = merge_json(
        Some(&json!({"a": 1, "b": 1})),
        Some(&json!({"a": 2, "b": 2})),
        Some(&json!({"a": 3, "b": 3})),
        |path| {
            if path.to_string() == "a" {
                Side::Theirs
            } else {
                Side::Ours
            }
        },
    );
    assert_eq!(
        merge.merged,
        Some(json!({"a": 3, "b": 2})),
        "each conflict is decided for itself"
    );
    let conflict = &merge.conflicts[0];
    assert_eq!(
        (&conflict.base, &conflict.ours, &conflict.theirs),
        (&Some(json!(1)), &Some(json!(2)), &Some(json!(3)))
    );
    let deleted = merge_json(Some(&json!(1)), None, Some(&json!(2)), |_| Side::Ours);
    assert_eq!(
        (deleted.merged, deleted.conflicts.len()),
        (None, 1),
        "a document that was deleted and edited is a conflict"
    );
}

/// Three documents that have much in common.
fn family() -> impl Strategy<Value = (Value, Value, Value)> {
    let keyed = proptest::collection::btree_map(0..6_u8, 0..3_u8, 0..6).prop_flat_map(|map| {
        let elements: Vec<Value> = map
            .into_iter()
            .map(|(id, n)| json!({"id": id, "n": n, "m": {"k": n}}))
            .collect();
        Just(elements).prop_shuffle().prop_map(Value::from)
    });
    let words = proptest::collection::vec("[abc]", 0..5).prop_map(Value::from);
    let document = (keyed, words, value(), proptest::option::of(0..3_u8)).prop_map(
        |(keyed, words, any, field)| {
            let mut document = json!({"keyed": keyed, "words": words, "any": any});
            if let Some(field) = field {
                document["field"] = json!(field);
            }
            document
        },
    );
    proptest::collection::vec(document, 3).prop_map(|mut all| {
        let (a, b, c) = (all.swap_remove(0), all.swap_remove(0), all.swap_remove(0));
        (a, b, c)
    })
}

fn clean_json(base: &Value, ours: &Value, theirs: &Value) -> Value {
    let merge = merge_json(Some(base), Some(ours), Some(theirs), |_| Side::Ours);
    assert!(
        merge.conflicts.is_empty(),
        "there is nothing to conflict about"
    );
    merge.merged.expect("no side deleted the document")
}

proptest! {
    #[test]
    fn texts_that_one_side_changed_are_taken(base in crate::text::tests::text(), changed in crate::text::tests::text()) {
        let (b, x) = (base.as_bytes(), changed.as_bytes());
        let expected = TextMerge { merged: x.to_vec(), conflicts: Vec::new() };
        for choice in [Side::Ours, Side::Theirs] {
            prop_assert_eq!(&merge_text(b, b, x, choice), &expected);
            prop_assert_eq!(&merge_text(b, x, b, choice), &expected);
            prop_assert_eq!(&merge_text(b, x, x, choice), &expected);
        }
    }

    #[test]
    fn text_conflicts_are_symmetric(base in crate::text::tests::text(), ours in crate::text::tests::text(), theirs in crate::text::tests::text()) {
        let one = merge_text(base.as_bytes(), ours.as_bytes(), theirs.as_bytes(), Side::Ours);
        let other = merge_text(base.as_bytes(), theirs.as_bytes(), ours.as_bytes(), Side::Theirs);
        let swapped: Vec<TextConflict> = other.conflicts.iter().map(|conflict| TextConflict { base: conflict.base, ours: conflict.theirs, theirs: conflict.ours }).collect();
        prop_assert_eq!(&one.conflicts, &swapped);
        prop_assert_eq!(one.merged, other.merged);
    }

    #[test]
    fn lines_come_from_one_of_the_sides(base in crate::text::tests::text(), ours in crate::text::tests::text(), theirs in crate::text::tests::text()) {
        let merge = merge_text(base.as_bytes(), ours.as_bytes(), theirs.as_bytes(), Side::Ours);
        let known: Vec<&str> = [&base, &ours, &theirs].into_iter().flat_map(|text| text.split_inclusive('\n')).collect();
        let text = String::from_utf8(merge.merged).expect("all sides are UTF-8");
        prop_assert!(text.split_inclusive('\n').all(|line| known.contains(&line)), "no two lines are glued together: {:?}", text);
    }

    #[test]
    fn documents_that_one_side_changed_are_taken((base, changed, _) in family()) {
        prop_assert!(equal(&clean_json(&base, &base, &changed), &changed));
        prop_assert!(equal(&clean_json(&base, &changed, &base), &changed));
        prop_assert!(equal(&clean_json(&base, &changed, &changed), &changed));
    }

    #[test]
    fn document_conflicts_are_symmetric((base, ours, theirs) in family()) {
        let one = merge_json(Some(&base), Some(&ours), Some(&theirs), |_| Side::Ours);
        let other = merge_json(Some(&base), Some(&theirs), Some(&ours), |_| Side::Theirs);
        let sorted = |mut conflicts: Vec<FieldConflict>| {
            conflicts.sort_by(|a, b| a.path.cmp(&b.path));
            conflicts
        };
        let swapped = other.conflicts.into_iter().map(|conflict| FieldConflict { ours: conflict.theirs, theirs: conflict.ours, ..conflict }).collect();
        prop_assert_eq!(sorted(one.conflicts), sorted(swapped));
    }

    #[test]
    fn fields_apart_never_conflict((base, ours, theirs) in family()) {
        // Ours changes one half of the document, theirs the other.
        let document = |left: &Value, right: &Value| json!({"left": left, "right": right});
        let merged = clean_json(&document(&base, &base), &document(&ours, &base), &document(&base, &theirs));
        prop_assert!(equal(&merged, &document(&ours, &theirs)));
    }
}
