//! Which element of one array is which element of another.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use crate::canonical::canonical_value;
use crate::text::anchors::longest_ascent;
use crate::text::{Span, diff_numbers};

/// The fields that name an element of an array, best first.
pub const NATURAL_KEYS: [&str; 5] = ["id", "handle", "key", "sku", "name"];

/// Strings longer than this are texts, which are edited; shorter ones are words, which are put in and taken out.
const WORD_CHARS_MAX: usize = 80;

/// Returns a name for an element by one of its fields; nothing if that is not a text or a number.
pub(crate) fn identity(element: &Value, key: &str) -> Option<String> {
    match element.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(
            String::from_utf8_lossy(&canonical_value(&Value::Number(number.clone()))).into_owned(),
        ),
        _ => None,
    }
}

/// Finds the first natural key that all elements of all arrays have, without repetition inside an array.
pub(crate) fn natural_key(arrays: &[&[Value]]) -> Option<&'static str> {
    if arrays.iter().all(|array| array.is_empty()) {
        return None;
    }
    NATURAL_KEYS.into_iter().find(|key| {
        arrays.iter().all(|array| {
            let mut seen = HashSet::with_capacity(array.len());
            array
                .iter()
                .all(|element| identity(element, key).is_some_and(|name| seen.insert(name)))
        })
    })
}

/// How the elements of two arrays belong together. Every index of either side appears exactly once.
#[derive(Debug, Default)]
pub(super) struct Matching {
    /// Elements that stayed in order, before and after; both lists ascend.
    pub(super) kept: Vec<(usize, usize)>,
    /// Elements that changed their place among the kept ones.
    pub(super) moved: Vec<(usize, usize)>,
    /// Elements that are only in the array before.
    pub(super) deleted: Vec<usize>,
    /// Elements that are only in the array after.
    pub(super) created: Vec<usize>,
}

pub(super) fn by_key(before: &[Value], after: &[Value], key: &str) -> Matching {
    let places: HashMap<String, usize> = after
        .iter()
        .enumerate()
        .filter_map(|(index, element)| Some((identity(element, key)?, index)))
        .collect();
    let mut matching = Matching::default();
    let mut matched = vec![false; after.len()];
    let mut pairs = Vec::new();
    for (from, element) in before.iter().enumerate() {
        match identity(element, key).and_then(|name| places.get(&name).copied()) {
            Some(to) => {
                matched[to] = true;
                pairs.push((from, to));
            }
            None => matching.deleted.push(from),
        }
    }
    matching.created = (0..after.len()).filter(|&to| !matched[to]).collect();
    let in_order = longest_ascent(&pairs);
    let mut steady = in_order.iter().copied().peekable();
    for (number, pair) in pairs.iter().enumerate() {
        if steady.next_if_eq(&number).is_some() {
            matching.kept.push(*pair);
        } else {
            matching.moved.push(*pair);
        }
    }
    matching
}

pub(super) fn by_content(before: &[Value], after: &[Value]) -> Matching {
    let mut numbers: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut number_all = |values: &[Value]| -> Vec<u32> {
        values
            .iter()
            .map(|value| {
                let next = numbers.len() as u32;
                *numbers.entry(canonical_value(value)).or_insert(next)
            })
            .collect()
    };
    let (old, new) = (number_all(before), number_all(after));
    let changes = diff_numbers(&old, &new, numbers.len());
    let mut matching = Matching::default();
    let mut blocks = Vec::with_capacity(changes.len());
    let (mut from, mut to) = (0, 0);
    for change in changes {
        let (gone, new) = (indexes(change.before), indexes(change.after));
        matching.kept.extend((from..gone.start).zip(to..new.start));
        (from, to) = (gone.end, new.end);
        blocks.push((gone, new));
    }
    matching
        .kept
        .extend((from..before.len()).zip(to..after.len()));
    // What was taken out here and put in there was moved.
    let mut put_in: HashMap<u32, VecDeque<usize>> = HashMap::new();
    for to in blocks.iter().flat_map(|(_, range)| range.clone()) {
        put_in.entry(new[to]).or_default().push_back(to);
    }
    let mut gone = HashSet::new();
    for from in blocks.iter().flat_map(|(range, _)| range.clone()) {
        if let Some(to) = put_in.get_mut(&old[from]).and_then(VecDeque::pop_front) {
            matching.moved.push((from, to));
            gone.insert((true, from));
            gone.insert((false, to));
        }
    }
    let same_length = before.len() == after.len();
    for (from, to) in blocks {
        let from: Vec<usize> = from
            .filter(|&index| !gone.contains(&(true, index)))
            .collect();
        let to: Vec<usize> = to
            .filter(|&index| !gone.contains(&(false, index)))
            .collect();
        let paired = from
            .iter()
            .zip(&to)
            .take_while(|(from, to)| is_edit(&before[**from], &after[**to], same_length))
            .count();
        matching
            .kept
            .extend(from.iter().copied().zip(to.iter().copied()).take(paired));
        matching.deleted.extend(&from[paired..]);
        matching.created.extend(&to[paired..]);
    }
    matching.kept.sort_unstable();
    matching
}

fn indexes(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end as usize
}

/// Tells whether two different elements in the same place are rather one that was edited.
fn is_edit(before: &Value, after: &Value, same_length: bool) -> bool {
    match (before, after) {
        (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_)) => true,
        (Value::String(before), Value::String(after)) => {
            before.len().min(after.len()) > WORD_CHARS_MAX
        }
        (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) => same_length,
        _ => false,
    }
}
