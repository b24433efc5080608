use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::canonical::tests::value;
use crate::rows::{Case, Direction, Row, RowOptions, View};

fn listed(before: &Value, after: &Value) -> String {
    let diff = JsonDiff::new(before, after);
    let lines: Vec<String> = diff
        .entries()
        .entries
        .iter()
        .map(|entry| {
            let value = |value: &Option<Value>| {
                value
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), Value::to_string)
            };
            match entry.moved {
                Some(Move { from, to }) => format!("{} moved {from} > {to}", entry.path),
                None => format!(
                    "{} {:?} {} > {}",
                    entry.path,
                    entry.kind,
                    value(&entry.before),
                    value(&entry.after)
                ),
            }
        })
        .collect();
    lines.join("\n")
}

#[test]
fn fields_are_compared_by_path() {
    let before = json!({"title": "Shirt", "price": "10.00", "seo": {"title": "a", "old": true}, "same": [1, {"a": 2}], "n": 1});
    let after = json!({"title": "Blue shirt", "price": 10, "seo": {"title": "b", "new": null}, "same": [1, {"a": 2}], "n": 1.0});
    insta::assert_snapshot!(listed(&before, &after), @r#"
    price Modified "10.00" > 10
    seo.new Created - > null
    seo.old Deleted true > -
    seo.title Modified "a" > "b"
    title Modified "Shirt" > "Blue shirt"
    "#);
}

#[test]
fn elements_are_matched_by_natural_key() {
    let before = json!({"variants": [{"sku": "S", "price": 1}, {"sku": "M", "price": 2}, {"sku": "L", "price": 3}]});
    let after = json!({"variants": [{"sku": "L", "price": 3}, {"sku": "S", "price": 1}, {"sku": "XL", "price": 4}, {"sku": "M", "price": 20}]});
    insta::assert_snapshot!(listed(&before, &after), @r#"
    variants[sku=L] moved 2 > 0
    variants[sku=XL] Created - > {"sku":"XL","price":4}
    variants[sku=M].price Modified 2 > 20
    "#);
    let numbers = (
        json!([{"id": 1, "name": "x"}, {"id": 2, "name": "x"}]),
        json!([{"id": 2, "name": "y"}]),
    );
    insta::assert_snapshot!(listed(&numbers.0, &numbers.1), @r#"
    [id=1] Deleted {"id":1,"name":"x"} > -
    [id=2].name Modified "x" > "y"
    "#);
}

#[test]
fn natural_keys_must_name_every_element_once() {
    let cases = [
        (
            json!([{"id": 1, "sku": "a"}]),
            json!([{"sku": "a"}]),
            Some("sku"),
        ),
        (json!([{"id": 1}, {"id": 1}]), json!([{"id": 1}]), None),
        (json!([{"id": null}]), json!([]), None),
        (json!([{"id": "1"}, 2]), json!([]), None),
        (json!([]), json!([{"handle": "h"}]), Some("handle")),
        (json!([]), json!([]), None),
    ];
    for (before, after, expected) in cases {
        let arrays = [
            before.as_array().expect("an array").as_slice(),
            after.as_array().expect("an array").as_slice(),
        ];
        assert_eq!(
            natural_key(&arrays),
            expected,
            "natural key of {before} and {after}"
        );
    }
}

#[test]
fn other_elements_are_matched_by_content() {
    let cases = [
        (
            json!(["a", "b", "c"]),
            json!(["a", "c"]),
            "[1] Deleted \"b\" > -",
        ),
        (
            json!(["a", "b", "c"]),
            json!(["c", "a", "b"]),
            "[0] moved 2 > 0",
        ),
        (
            json!(["red", "blue"]),
            json!(["red", "green"]),
            "[1] Deleted \"blue\" > -\n[1] Created - > \"green\"",
        ),
        (json!([1, 2, 3]), json!([1, 5, 3]), "[1] Modified 2 > 5"),
        (
            json!([{"x": 1, "y": 2}, {"x": 3}]),
            json!([{"x": 1, "y": 4}, {"x": 3}]),
            "[0].y Modified 2 > 4",
        ),
        (json!([[1, 2]]), json!([[1, 2], []]), "[1] Created - > []"),
        (json!(["a", "a"]), json!(["a"]), "[1] Deleted \"a\" > -"),
    ];
    for (before, after, expected) in cases {
        assert_eq!(
            listed(&before, &after),
            expected,
            "diff of {before} and {after}"
        );
    }
}

#[test]
fn equality_is_by_value() {
    let cases = [
        (json!(1), json!(1.0), true),
        (json!(0), json!(-0.0), true),
        (json!(1), json!("1"), false),
        (
            json!(9_007_199_254_740_993_u64),
            json!(9_007_199_254_740_992.0),
            false,
        ),
        (json!(u64::MAX), json!(-1), false),
        (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), true),
        (json!([1, 2]), json!([2, 1]), false),
        (json!({"a": null}), json!({}), false),
    ];
    for (a, b, expected) in cases {
        assert_eq!(equal(&a, &b), expected, "{a} and {b}");
        assert_eq!(
            JsonDiff::new(&a, &b).is_empty(),
            expected,
            "the diff of {a} and {b} agrees"
        );
    }
}

#[test]
fn deep_values_are_compared_as_a_whole() {
    let nested = |depth: usize, leaf: i32| (0..depth).fold(json!(leaf), |value, _| json!([value]));
    let (before, after) = (nested(300, 1), nested(300, 2));
    let entries = JsonDiff::new(&before, &after).entries().entries;
    assert_eq!(entries.len(), 1);
    assert_eq!(
        entries[0].path.0.len(),
        crate::canonical::DEPTH_MAX,
        "the path ends at the limit"
    );
}

fn painted(rows: &[FieldRow]) -> String {
    let value = |value: &Option<FieldValue>| {
        value.as_ref().map_or_else(
            || "-".to_owned(),
            |value| {
                value
                    .segments
                    .iter()
                    .map(|part| {
                        if part.emphasis {
                            format!("[{}]", part.text)
                        } else {
                            part.text.clone()
                        }
                    })
                    .collect()
            },
        )
    };
    let lines: Vec<String> = rows
        .iter()
        .map(|row| match row {
            FieldRow::Group(group) => format!(
                "{}{} ({:?}) {:?} {:?}",
                "  ".repeat(group.depth as usize),
                group.label,
                group.value_type,
                group.change,
                group.moved.map(|moved| (moved.from, moved.to))
            ),
            FieldRow::Field(field) => format!(
                "{}{} {:?}: {} > {} {:?}",
                "  ".repeat(field.depth as usize),
                field.label,
                field.change,
                value(&field.before),
                value(&field.after),
                field.moved.map(|moved| (moved.from, moved.to))
            ),
            FieldRow::Text(text) => {
                let indent = "  ".repeat(text.depth as usize);
                match &text.row {
                    Row::Gap(gap) => format!("{indent}~ {} hidden", gap.hidden),
                    Row::Unified(row) => format!(
                        "{indent}{:?} {}",
                        row.mark,
                        row.line
                            .segments
                            .iter()
                            .map(|part| part.text.as_str())
                            .collect::<String>()
                    ),
                    Row::Split(_) => format!("{indent}split"),
                }
            }
        })
        .map(|line| line.replace("None", "").trim_end().to_owned())
        .collect();
    lines.join("\n")
}

fn product() -> (Value, Value) {
    let html: String = (0..20).map(|line| format!("<p>{line}</p>\n")).collect();
    let before = json!({"body": html, "tags": ["a", "b"], "title": "A blue shirt", "variants": [{"sku": "S", "n": 1}, {"sku": "M", "n": 2}]});
    let after = json!({"body": html.replace("10", "ten"), "tags": ["b", "a"], "title": "A red shirt", "variants": [{"sku": "M", "n": 3}, {"sku": "S", "n": 1}, {"sku": "L", "options": {"size": ["L"], "none": []}}]});
    (before, after)
}

#[test]
fn rows_show_fields_groups_and_texts() {
    let (before, after) = product();
    let model = FieldModel::new(
        Some(&before),
        Some(&after),
        RowOptions {
            context: 1,
            ..RowOptions::default()
        },
    );
    insta::assert_snapshot!(painted(&model.rows(View::Unified, 0, usize::MAX)), @"
    body (String) Some(Modified)
      ~ 9 hidden
      Context <p>9</p>
      Removed <p>10</p>
      Added <p>ten</p>
      Context <p>11</p>
      ~ 8 hidden
    tags (Array)
      [0] Moved: - > b Some((1, 0))
    title Modified: A [blue] shirt > A [red] shirt
    variants (Array)
      [sku=M] (Object)
        n Modified: 2 > 3
      [sku=S] Moved: - > - Some((0, 1))
      [sku=L] (Object) Some(Created)
        sku Created: - > L
        options (Object) Some(Created)
          size (Array) Some(Created)
            [0] Created: - > L
          none Created: - > []
    ");
    assert_eq!(model.hunk_positions(View::Unified), [0, 8, 9, 12, 13, 14]);
}

#[test]
fn windows_searches_and_gaps_of_the_field_view() {
    let (before, after) = product();
    let mut model = FieldModel::new(
        Some(&before),
        Some(&after),
        RowOptions {
            context: 1,
            ..RowOptions::default()
        },
    );
    let whole = model.rows(View::Unified, 0, usize::MAX);
    assert_eq!(whole.len(), model.row_count(View::Unified));
    for step in 1..6 {
        let windows: Vec<FieldRow> = (0..whole.len())
            .step_by(step)
            .flat_map(|from| model.rows(View::Unified, from, from + step))
            .collect();
        assert_eq!(windows, whole, "windows of {step} rows join to the whole");
    }
    let rows: Vec<usize> = model
        .find(View::Unified, "RED", Case::Insensitive, 10)
        .matches
        .iter()
        .map(|found| found.row)
        .collect();
    assert_eq!(rows, [9]);
    let rows: Vec<usize> = model
        .find(View::Unified, "<p>1", Case::Sensitive, 3)
        .matches
        .iter()
        .map(|found| found.row)
        .collect();
    assert_eq!(rows, [1, 3, 5], "hidden lines are found in their gap");
    assert!(
        model
            .find(View::Unified, "<p>1", Case::Sensitive, 3)
            .limited
    );
    assert!(model.expand("body", 0, Direction::Up, 2));
    assert_eq!(model.row_count(View::Unified), whole.len() + 2);
    assert!(
        !model.expand("nobody", 0, Direction::Up, 2),
        "there is no such text"
    );
}

#[test]
fn created_and_deleted_documents_are_shown_whole() {
    let document = json!({"a": 1, "b": {"c": "x\ny"}});
    let created = FieldModel::new(None, Some(&document), RowOptions::default());
    insta::assert_snapshot!(painted(&created.rows(View::Unified, 0, 100)), @"
    a Created: - > 1
    b (Object) Some(Created)
      c (String) Some(Created)
        Added x
        Added y
    ");
    let deleted = FieldModel::new(Some(&document), None, RowOptions::default());
    assert_eq!(
        deleted.row_count(View::Unified),
        created.row_count(View::Unified)
    );
    assert_eq!(
        FieldModel::new(Some(&document), Some(&document), RowOptions::default())
            .row_count(View::Unified),
        0
    );
}

/// Pairs of arrays and objects that have much in common.
fn related() -> impl Strategy<Value = (Value, Value)> {
    let element = prop_oneof![
        (0..6_u8, 0..3_u8).prop_map(|(id, n)| json!({"id": id, "n": n})),
        (0..6_u8, 0..3_u8)
            .prop_map(|(sku, n)| json!({"sku": sku.to_string(), "m": [n, {"name": n}]})),
        (0..4_u8).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    let keyed = |field: &'static str| {
        proptest::collection::btree_map(0..8_u8, 0..3_u8, 0..8).prop_flat_map(move |map| {
            let elements: Vec<Value> = map
                .into_iter()
                .map(|(id, n)| json!({field: id, "n": n}))
                .collect();
            Just(elements).prop_shuffle().prop_map(Value::from)
        })
    };
    let mixed = proptest::collection::vec(element, 0..8).prop_map(Value::from);
    let any_array = || prop_oneof![keyed("id"), keyed("sku"), mixed.clone()];
    (any_array(), any_array(), value(), value(), any::<bool>()).prop_map(|(a, b, x, y, nest)| {
        if nest {
            (json!({"a": a, "x": x}), json!({"a": b, "x": y}))
        } else {
            (a, b)
        }
    })
}

proptest! {
    #[test]
    fn applying_a_diff_to_before_gives_after((before, after) in related()) {
        let diff = JsonDiff::new(&before, &after);
        let applied = diff.apply(&before).expect("the diff begins with this document");
        prop_assert!(equal(&applied, &after), "{} became {} by {:?}", before, applied, diff);
        prop_assert_eq!(diff.is_empty(), equal(&before, &after));
        let back = JsonDiff::new(&after, &before).apply(&after).expect("the diff begins with this document");
        prop_assert!(equal(&back, &before));
    }

    #[test]
    fn any_two_values_have_a_diff(before in value(), after in value()) {
        let diff = JsonDiff::new(&before, &after);
        prop_assert!(equal(&diff.apply(&before).expect("the diff begins with this document"), &after));
        let counts = diff.counts();
        prop_assert_eq!(counts.created + counts.modified + counts.deleted + counts.moved, diff.entries().entries.len() as u64);
        let model = FieldModel::new(Some(&before), Some(&after), RowOptions::default());
        for view in [View::Unified, View::Split] {
            prop_assert_eq!(model.rows(view, 0, usize::MAX).len(), model.row_count(view));
        }
    }

    #[test]
    fn a_diff_does_not_apply_blindly(before in value(), after in value(), other in value()) {
        // Whatever it is applied to, there is an answer and no panic.
        let _ = JsonDiff::new(&before, &after).apply(&other);
    }
}
