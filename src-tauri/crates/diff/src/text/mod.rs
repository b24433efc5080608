//! Line diffs of two texts, as lists of changed spans.
//!
//! Determinism: the same two texts give the same changes on every machine. There is no deadline here: work is limited by the size
//! of the input. Texts are compared by Myers' algorithm with a bounded search; long ones are cut at unique lines first, see
//! `anchors`.

pub(crate) mod anchors;
pub(crate) mod emphasis;
mod lines;
pub(crate) mod segments;
mod slide;

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

pub use lines::{Ending, LineIndex, Lines, Span};
pub use segments::{Hidden, Segment, visible};

/// How a line diff treats spaces, tabs and carriage returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Whitespace {
    /// Every byte counts.
    #[default]
    Exact,
    /// Lines that differ in whitespace alone are equal.
    Ignore,
}

/// One place where two texts differ: the lines `before` were replaced by the lines `after`. At most one of the two is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Change {
    /// Lines that are only in the text before.
    pub before: Span,
    /// Lines that are only in the text after.
    pub after: Span,
}

/// Tells text from binary: text is valid UTF-8 without a NUL character. Empty content is text.
pub fn is_text(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes).is_none() && std::str::from_utf8(bytes).is_ok()
}

/// Finds the changes that lead from one text to another, in order, with at least one equal line between any two of them.
pub fn diff_lines(before: Lines<'_>, after: Lines<'_>, whitespace: Whitespace) -> Vec<Change> {
    let mut changes = match whitespace {
        Whitespace::Exact => diff_by(before, after, |line| line),
        Whitespace::Ignore => diff_by(before, after, without_whitespace),
    };
    slide::settle(&mut changes, before, after);
    changes
}

fn without_whitespace(line: &[u8]) -> Vec<u8> {
    line.iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect()
}

fn diff_by<'a, K: Eq + Hash>(
    before: Lines<'a>,
    after: Lines<'a>,
    key: impl Fn(&'a [u8]) -> K,
) -> Vec<Change> {
    let (prefix, suffix) = common_ends(before, after, &key);
    let middle_before = Span::new(prefix, before.len() - suffix);
    let middle_after = Span::new(prefix, after.len() - suffix);
    if middle_before.is_empty() && middle_after.is_empty() {
        return Vec::new();
    }
    if middle_before.is_empty() || middle_after.is_empty() {
        return vec![Change {
            before: middle_before,
            after: middle_after,
        }];
    }
    // Numbers compare and hash faster than lines, and each line is hashed once.
    let mut numbers: HashMap<K, u32> = HashMap::with_capacity(middle_before.len() as usize);
    let old: Vec<u32> = (middle_before.start..middle_before.end)
        .map(|line| {
            let next = u32::try_from(numbers.len()).expect("BUG: at most 2^32 lines in two texts");
            *numbers.entry(key(before.raw(line))).or_insert(next)
        })
        .collect();
    // Lines that are new match nothing: one number does for all of them.
    let unknown = u32::try_from(numbers.len()).expect("BUG: at most 2^32 lines in two texts");
    let new: Vec<u32> = (middle_after.start..middle_after.end)
        .map(|line| {
            numbers
                .get(&key(after.raw(line)))
                .copied()
                .unwrap_or(unknown)
        })
        .collect();
    drop(numbers);
    let mut changes = diff_numbers(&old, &new, unknown as usize + 1);
    for change in &mut changes {
        change.before = change.before.moved(prefix);
        change.after = change.after.moved(prefix);
    }
    changes
}

/// Finds the changes between two sequences of numbers that stand for something, all less than `numbers`.
pub(crate) fn diff_numbers(before: &[u32], after: &[u32], numbers: usize) -> Vec<Change> {
    anchors::diff(before, after, numbers)
}

/// Counts the lines that two texts have in common at their start and, past that, at their end.
fn common_ends<'a, K: Eq>(
    before: Lines<'a>,
    after: Lines<'a>,
    key: &impl Fn(&'a [u8]) -> K,
) -> (u32, u32) {
    let same = |b: u32, a: u32| {
        let (b, a) = (before.raw(b), after.raw(a));
        b == a || key(b) == key(a)
    };
    let shorter = before.len().min(after.len());
    let prefix = (0..shorter).take_while(|&line| same(line, line)).count() as u32;
    let suffix = (1..=shorter - prefix)
        .take_while(|&back| same(before.len() - back, after.len() - back))
        .count() as u32;
    (prefix, suffix)
}

#[cfg(test)]
pub(crate) mod tests;
