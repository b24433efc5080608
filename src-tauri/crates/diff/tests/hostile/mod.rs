//! What is done with bytes from anywhere: by the fuzzer with what it makes up, by the tests with what it once found.
//!
//! Each function takes one input, cuts it into documents, and checks what holds whatever they are.

#![allow(dead_code, reason = "each fuzz target uses one of them")]

use serde_json::Value;
use slipway_diff::canonical::{Canonicaliser, Layout, canonical, parse, pretty, theme_json};
use slipway_diff::json::{FieldModel, JsonDiff, equal, rewrite as rewrite_json};
use slipway_diff::kind::ContentKind;
use slipway_diff::merge::{Side, merge_json, merge_text};
use slipway_diff::patch::{PatchOptions, write_patch};
use slipway_diff::rows::{Case, Direction, Row, RowModel, RowOptions, View};

/// What stands between two documents of an input: bytes that are in no text.
const CUT: &[u8] = b"\xff\xff";

/// Cuts an input into so many documents; those that are missing are empty.
fn documents<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut rest = Some(input);
    std::array::from_fn(|number| {
        let left = rest.take().unwrap_or_default();
        let cut = left.windows(CUT.len()).position(|window| window == CUT);
        match cut.filter(|_| number + 1 < N) {
            Some(at) => {
                rest = Some(&left[at + CUT.len()..]);
                &left[..at]
            }
            None => left,
        }
    })
}

fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(&theme_json(bytes)).ok()
}

/// The reader: whatever it accepts has one form, and means what it meant.
pub(crate) fn reader(input: &[u8]) {
    let [document, name] = documents(input);
    let document = &*theme_json(document);
    ContentKind::of(&String::from_utf8_lossy(name), document);
    let mut once = Vec::new();
    let read = canonical(document, &mut once);
    assert_eq!(parse(document).is_ok(), read.is_ok(), "both are as strict");
    if read.is_err() {
        assert!(pretty(document).is_err(), "both are as strict");
        return;
    }
    let mut twice = Vec::new();
    canonical(&once, &mut twice).expect("what is canonical can be read");
    assert_eq!(once, twice, "what is canonical stays as it is");
    let indented = pretty(document).expect("it was read before");
    Canonicaliser::new()
        .write(&indented, Layout::Compact, &mut twice)
        .expect("what is laid out can be read");
    assert_eq!(once, twice, "layout changes nothing");
    let (value, plain) = (parse(document).expect("it was read before"), json(document));
    assert!(
        plain.is_some_and(|plain| is_same_but_for_rounding(&plain, &value)),
        "another reader understands the same"
    );
}

/// As [`equal`], but that numbers beyond what a float holds may be rounded to neighbours: readers differ in the last digit of
/// one that is written with an exponent.
fn is_same_but_for_rounding(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let close = |x: f64, y: f64| (x - y).abs() <= x.abs() * 2.0 * f64::EPSILON;
            equal(a, b) || x.as_f64().zip(y.as_f64()).is_some_and(|(x, y)| close(x, y))
        }
        (Value::Array(a), Value::Array(b)) => {
            let mut both = a.iter().zip(b);
            a.len() == b.len() && both.all(|(a, b)| is_same_but_for_rounding(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let is_same = |(key, a)| {
                let b = b.get(key);
                b.is_some_and(|b| is_same_but_for_rounding(a, b))
            };
            a.len() == b.len() && a.iter().all(is_same)
        }
        _ => equal(a, b),
    }
}

/// Rewriting: the text says what was wanted afterwards, and no key twice.
pub(crate) fn rewrite(input: &[u8]) {
    let [text, wanted, other] = documents(input);
    let Some(wanted) = json(wanted) else {
        return;
    };
    let written = rewrite_json(text, &wanted, other);
    assert_eq!(
        json(&written),
        Some(wanted),
        "the text says what was wanted"
    );
    if let Err(error) = canonical(&theme_json(&written), &mut Vec::new()) {
        assert!(!error.message.contains("stands twice"), "{error}");
    }
}

/// Diffs of any kind: windows join to the whole, and a diff leads from the one document to the other.
pub(crate) fn diff(input: &[u8]) {
    let [before, after, needle] = documents(input);
    let needle = String::from_utf8_lossy(needle);
    let mut model = RowModel::new(before.to_vec(), after.to_vec(), RowOptions::default());
    for _ in 0..2 {
        for view in [View::Unified, View::Split] {
            let whole = model.rows(view, 0, usize::MAX);
            assert_eq!(whole.len(), model.row_count(view));
            let windows: Vec<Row> = (0..whole.len())
                .step_by(7)
                .flat_map(|from| model.rows(view, from, from + 7))
                .collect();
            assert_eq!(windows, whole, "windows join to the whole");
            for found in model.find(view, &needle, Case::Insensitive, 100).matches {
                assert!(found.row < whole.len(), "what is found has a row");
            }
            assert!(
                model
                    .hunk_positions(view)
                    .iter()
                    .all(|row| *row < whole.len())
            );
        }
        let rows = model.rows(View::Unified, 0, usize::MAX);
        let gap = rows.iter().find_map(|row| match row {
            Row::Gap(gap) => Some(gap.id),
            _ => None,
        });
        model.expand(gap.unwrap_or(1), Direction::Down, 3);
    }
    for sides in [
        (Some(before), Some(after)),
        (None, Some(after)),
        (Some(before), None),
    ] {
        let mut patch = Vec::new();
        write_patch(&mut patch, "a b", sides.0, sides.1, PatchOptions::default())
            .expect("memory takes everything");
        assert_eq!(patch.is_empty(), sides.0 == sides.1);
    }
    let (Some(old), Some(new)) = (json(before), json(after)) else {
        return;
    };
    let diff = JsonDiff::new(&old, &new);
    let applied = diff.apply(&old).expect("it begins with this document");
    assert!(equal(&applied, &new), "it leads to the other document");
    assert_eq!(diff.is_empty(), equal(&old, &new));
    let mut fields = FieldModel::new(Some(&old), Some(&new), RowOptions::default());
    for view in [View::Unified, View::Split] {
        let whole = fields.rows(view, 0, usize::MAX);
        assert_eq!(whole.len(), fields.row_count(view));
        for found in fields.find(view, &needle, Case::Sensitive, 100).matches {
            assert!(found.row < whole.len(), "what is found has a row");
        }
    }
    fields.expand(&needle, 0, Direction::All, u32::MAX);
    FieldModel::new(Some(&old), None, RowOptions::default());
    FieldModel::new(None, Some(&new), RowOptions::default());
}

/// Merges: what only one side changed is taken, and what is written has no key twice.
pub(crate) fn merge(input: &[u8]) {
    let [base, ours, theirs] = documents(input);
    for side in [Side::Ours, Side::Theirs] {
        assert_eq!(merge_text(base, base, theirs, side).merged, theirs);
        assert_eq!(merge_text(base, ours, base, side).merged, ours);
        merge_text(base, ours, theirs, side);
    }
    let (old, mine, other) = (json(base), json(ours), json(theirs));
    for side in [Side::Ours, Side::Theirs] {
        let merge = merge_json(old.as_ref(), mine.as_ref(), other.as_ref(), |_| side);
        let Some(merged) = merge.merged else { continue };
        let written = rewrite_json(ours, &merged, theirs);
        assert_eq!(
            json(&written),
            Some(merged),
            "the text says what was merged"
        );
        if let Err(error) = canonical(&theme_json(&written), &mut Vec::new()) {
            assert!(!error.message.contains("stands twice"), "{error}");
        }
    }
}
