use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Side;
use super::regions::{Region, regions};
use crate::canonical::{DEPTH_MAX, canonical_value};
use crate::json::{Path, PathSegment, equal, identity, natural_key};
use crate::text::{Span, diff_numbers};

/// A path at which both sides have another value than the base, and not the same one. A value that is not there is nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldConflict {
    /// Where. An array whose order both sides changed is named itself, with all its elements.
    pub path: Path,
    /// The value that both began with.
    pub base: Option<Value>,
    /// What ours made of it.
    pub ours: Option<Value>,
    /// What theirs made of it.
    pub theirs: Option<Value>,
}

/// The result of merging documents.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonMerge {
    /// The merged document, with the chosen side where there are conflicts; nothing if the document was deleted.
    pub merged: Option<Value>,
    /// The conflicts; none if the merge is clean.
    pub conflicts: Vec<FieldConflict>,
}

/// Merges what two sides made of one document, by field path. `choose` says for each conflict which side the result has.
///
/// Elements of arrays are matched by natural key where all three sides have one (see [`crate::json`]); other arrays are merged
/// as sequences, and are one conflict where both sides changed the same place.
pub fn merge_json(
    base: Option<&Value>,
    ours: Option<&Value>,
    theirs: Option<&Value>,
    choose: impl FnMut(&Path) -> Side,
) -> JsonMerge {
    let mut merging = Merging {
        path: Path::default(),
        conflicts: Vec::new(),
        choose,
    };
    let merged = merging.value(base, ours, theirs);
    JsonMerge {
        merged,
        conflicts: merging.conflicts,
    }
}

struct Merging<C> {
    path: Path,
    conflicts: Vec<FieldConflict>,
    choose: C,
}

fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => equal(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

impl<C: FnMut(&Path) -> Side> Merging<C> {
    fn value(
        &mut self,
        base: Option<&Value>,
        ours: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        if same(ours, theirs) || same(base, theirs) {
            return ours.cloned();
        }
        if same(base, ours) {
            return theirs.cloned();
        }
        let empty_object = Value::Object(Map::new());
        let empty_array = Value::Array(Vec::new());
        let deeper = self.path.0.len() < DEPTH_MAX;
        match (base, ours, theirs) {
            (base, Some(Value::Object(ours)), Some(Value::Object(theirs))) if deeper => {
                if let Value::Object(base) = base.unwrap_or(&empty_object) {
                    return Some(Value::Object(self.object(base, ours, theirs)));
                }
            }
            (base, Some(Value::Array(ours)), Some(Value::Array(theirs))) if deeper => {
                if let Value::Array(base) = base.unwrap_or(&empty_array) {
                    let merged = match natural_key(&[base, ours, theirs]) {
                        Some(key) => Some(self.keyed(base, ours, theirs, key)),
                        None => sequence(base, ours, theirs),
                    };
                    if let Some(merged) = merged {
                        return Some(Value::Array(merged));
                    }
                }
            }
            _ => {}
        }
        match self.conflict(base, ours, theirs) {
            Side::Ours => ours.cloned(),
            Side::Theirs => theirs.cloned(),
        }
    }

    fn conflict(
        &mut self,
        base: Option<&Value>,
        ours: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Side {
        let side = (self.choose)(&self.path);
        self.conflicts.push(FieldConflict {
            path: self.path.clone(),
            base: base.cloned(),
            ours: ours.cloned(),
            theirs: theirs.cloned(),
        });
        side
    }

    fn inside(
        &mut self,
        segment: PathSegment,
        base: Option<&Value>,
        ours: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        self.path.0.push(segment);
        let merged = self.value(base, ours, theirs);
        self.path.0.pop();
        merged
    }

    fn object(
        &mut self,
        base: &Map<String, Value>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Map<String, Value> {
        let new = theirs.keys().filter(|name| !ours.contains_key(*name));
        let gone = base
            .keys()
            .filter(|name| !ours.contains_key(*name) && !theirs.contains_key(*name));
        let names: Vec<&String> = ours.keys().chain(new).chain(gone).collect();
        let mut merged = Map::new();
        for name in names {
            let segment = PathSegment::Field { name: name.clone() };
            if let Some(value) =
                self.inside(segment, base.get(name), ours.get(name), theirs.get(name))
            {
                merged.insert(name.clone(), value);
            }
        }
        merged
    }

    /// Merges arrays whose elements have names: element by element, then their order.
    fn keyed(&mut self, base: &[Value], ours: &[Value], theirs: &[Value], key: &str) -> Vec<Value> {
        let (b, o, t) = (
            Named::new(base, key),
            Named::new(ours, key),
            Named::new(theirs, key),
        );
        let mut merged: HashMap<&str, Value> = HashMap::new();
        let new = t
            .names
            .iter()
            .filter(|name| !o.elements.contains_key(name.as_str()));
        for name in o.names.iter().chain(new) {
            let segment = PathSegment::Element {
                key: key.to_owned(),
                value: name.clone(),
            };
            if let Some(value) = self.inside(segment, b.get(name), o.get(name), t.get(name)) {
                merged.insert(name, value);
            }
        }
        let (ours_moved, theirs_moved) = (reordered(&b, &o), reordered(&b, &t));
        let ours_leads = if ours_moved && theirs_moved && reordered(&o, &t) {
            let array = |values: &[Value]| Value::Array(values.to_vec());
            self.conflict(Some(&array(base)), Some(&array(ours)), Some(&array(theirs)))
                == Side::Ours
        } else {
            ours_moved || !theirs_moved
        };
        let order = if ours_leads {
            order(&o, &t)
        } else {
            order(&t, &o)
        };
        order
            .into_iter()
            .filter_map(|name| merged.remove(name))
            .collect()
    }
}

/// The elements of an array by their names.
struct Named<'a> {
    names: Vec<String>,
    elements: HashMap<String, &'a Value>,
}

impl<'a> Named<'a> {
    fn new(values: &'a [Value], key: &str) -> Self {
        let named: Vec<(String, &Value)> = values
            .iter()
            .filter_map(|value| Some((identity(value, key)?, value)))
            .collect();
        Self {
            names: named.iter().map(|(name, _)| name.clone()).collect(),
            elements: named.into_iter().collect(),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.elements.get(name).copied()
    }
}

/// Tells whether elements that are in both arrays come in another order.
fn reordered(a: &Named<'_>, b: &Named<'_>) -> bool {
    let common_a = a.names.iter().filter(|name| b.elements.contains_key(*name));
    let common_b = b.names.iter().filter(|name| a.elements.contains_key(*name));
    !common_a.eq(common_b)
}

/// Returns all names in the order of `lead`; those that only `other` has come after the name that they follow there.
fn order<'a>(lead: &'a Named<'_>, other: &'a Named<'_>) -> Vec<&'a str> {
    let mut followers: HashMap<Option<&str>, Vec<&str>> = HashMap::new();
    let mut last = None;
    for name in &other.names {
        if lead.elements.contains_key(name) {
            last = Some(name.as_str());
        } else {
            followers.entry(last).or_default().push(name);
        }
    }
    let mut out = followers.remove(&None).unwrap_or_default();
    for name in &lead.names {
        out.push(name);
        out.extend(followers.remove(&Some(name.as_str())).unwrap_or_default());
    }
    debug_assert_eq!(
        out.len(),
        out.iter().collect::<HashSet<_>>().len(),
        "BUG: each name comes once"
    );
    out
}

/// Merges arrays as sequences of whole elements; nothing if both sides changed one place.
fn sequence(base: &[Value], ours: &[Value], theirs: &[Value]) -> Option<Vec<Value>> {
    let mut numbers: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut number_all = |values: &[Value]| -> Vec<u32> {
        let mut number = |value: &Value| {
            let next = numbers.len() as u32;
            *numbers.entry(canonical_value(value)).or_insert(next)
        };
        values.iter().map(&mut number).collect()
    };
    let (b, o, t) = (number_all(base), number_all(ours), number_all(theirs));
    let count = numbers.len();
    let part =
        |values: &[Value], span: Span| values[span.start as usize..span.end as usize].to_vec();
    let mut merged = Vec::new();
    for region in regions(
        b.len() as u32,
        &diff_numbers(&b, &o, count),
        &diff_numbers(&b, &t, count),
    ) {
        merged.extend(match region {
            Region::Base(span) => part(base, span),
            Region::Ours(span) => part(ours, span),
            Region::Theirs(span) => part(theirs, span),
            Region::Both {
                ours: by_ours,
                theirs: by_theirs,
                ..
            } => {
                let (by_ours, by_theirs) = (part(ours, by_ours), part(theirs, by_theirs));
                let alike = by_ours.len() == by_theirs.len()
                    && by_ours.iter().zip(&by_theirs).all(|(a, b)| equal(a, b));
                if !alike {
                    return None;
                }
                by_ours
            }
        });
    }
    Some(merged)
}
