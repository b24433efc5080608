//! The diff itself: a tree of edits that leads from one document to another.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    PathSegment, equal, identity,
    matching::{Matching, by_content, by_key},
    natural_key,
};
use crate::canonical::DEPTH_MAX;

/// What leads from one document to another; nothing if they are equal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JsonDiff {
    /// The edit of the document.
    pub edit: Option<Edit>,
}

/// How a value became another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Edit {
    /// It was replaced as a whole.
    Replaced {
        /// The value before.
        before: Value,
        /// The value after.
        after: Value,
    },
    /// Fields of an object changed.
    Object {
        /// The changed fields, by name.
        fields: Vec<(String, FieldEdit)>,
    },
    /// Elements of an array changed or moved.
    Array {
        /// The changed elements: in the order after, deleted ones where they were.
        elements: Vec<ElementEdit>,
    },
}

/// What happened to a field or an element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldEdit {
    /// It is new.
    Created {
        /// Its value.
        value: Value,
    },
    /// It is gone.
    Deleted {
        /// What it was.
        value: Value,
    },
    /// Its value is another.
    Modified {
        /// How it changed.
        edit: Edit,
    },
}

/// What happened to an element of an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElementEdit {
    /// Names the element.
    pub segment: PathSegment,
    /// Its index before.
    pub from: Option<usize>,
    /// Its index after.
    pub to: Option<usize>,
    /// Whether it changed its place among the elements that are on both sides.
    pub moved: bool,
    /// What else happened to it; nothing if it only moved.
    pub change: Option<FieldEdit>,
    /// The element itself, if it only moved and has no natural key that names it.
    pub value: Option<Value>,
}

/// Says that a diff was applied to another document than the one that it begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongBase;

impl std::fmt::Display for WrongBase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the diff begins with another document than the one that it is applied to")
    }
}

impl std::error::Error for WrongBase {}

impl JsonDiff {
    /// Finds what leads from one document to another.
    pub fn new(before: &Value, after: &Value) -> Self {
        Self {
            edit: edit(before, after, 0),
        }
    }

    /// Tells whether the documents are equal.
    pub fn is_empty(&self) -> bool {
        self.edit.is_none()
    }

    /// Makes the document after from the document before. Keys may come in another order.
    ///
    /// # Errors
    /// When `before` is not the document that the diff begins with, as far as that can be seen where the diff changes it.
    pub fn apply(&self, before: &Value) -> Result<Value, WrongBase> {
        match &self.edit {
            None => Ok(before.clone()),
            Some(edit) => edit.apply(before),
        }
    }
}

fn edit(before: &Value, after: &Value, depth: usize) -> Option<Edit> {
    if depth < DEPTH_MAX {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                let fields = object(before, after, depth);
                return (!fields.is_empty()).then_some(Edit::Object { fields });
            }
            (Value::Array(before), Value::Array(after)) => {
                let elements = array(before, after, depth);
                return (!elements.is_empty()).then_some(Edit::Array { elements });
            }
            _ => {}
        }
    }
    (!equal(before, after)).then(|| Edit::Replaced {
        before: before.clone(),
        after: after.clone(),
    })
}

fn object(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    depth: usize,
) -> Vec<(String, FieldEdit)> {
    let mut fields = Vec::new();
    for (name, value) in before {
        match after.get(name) {
            None => fields.push((
                name.clone(),
                FieldEdit::Deleted {
                    value: value.clone(),
                },
            )),
            Some(now) => fields.extend(
                edit(value, now, depth + 1)
                    .map(|edit| (name.clone(), FieldEdit::Modified { edit })),
            ),
        }
    }
    let new = after.iter().filter(|(name, _)| !before.contains_key(*name));
    fields.extend(new.map(|(name, value)| {
        (
            name.clone(),
            FieldEdit::Created {
                value: value.clone(),
            },
        )
    }));
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
    fields
}

fn array(before: &[Value], after: &[Value], depth: usize) -> Vec<ElementEdit> {
    let key = natural_key(&[before, after]);
    let Matching {
        kept,
        moved,
        deleted,
        created,
    } = match key {
        Some(key) => by_key(before, after, key),
        None => by_content(before, after),
    };
    let segment = |element: &Value, index: usize| {
        let value = key.and_then(|key| identity(element, key));
        match (key, value) {
            (Some(key), Some(value)) => PathSegment::Element {
                key: key.to_owned(),
                value,
            },
            _ => PathSegment::Index { index },
        }
    };
    let mut elements = Vec::new();
    for from in deleted {
        let change = Some(FieldEdit::Deleted {
            value: before[from].clone(),
        });
        elements.push(ElementEdit {
            segment: segment(&before[from], from),
            from: Some(from),
            to: None,
            moved: false,
            change,
            value: None,
        });
    }
    for to in created {
        let change = Some(FieldEdit::Created {
            value: after[to].clone(),
        });
        elements.push(ElementEdit {
            segment: segment(&after[to], to),
            from: None,
            to: Some(to),
            moved: false,
            change,
            value: None,
        });
    }
    let moved = moved.into_iter().map(|pair| (pair, true));
    for ((from, to), moved) in kept.into_iter().map(|pair| (pair, false)).chain(moved) {
        let change =
            edit(&before[from], &after[to], depth + 1).map(|edit| FieldEdit::Modified { edit });
        if moved || change.is_some() {
            let value = (change.is_none() && key.is_none()).then(|| after[to].clone());
            elements.push(ElementEdit {
                segment: segment(&after[to], to),
                from: Some(from),
                to: Some(to),
                moved,
                change,
                value,
            });
        }
    }
    elements.sort_by_key(|element| (element.to.or(element.from), element.to.is_some()));
    elements
}

impl Edit {
    fn apply(&self, before: &Value) -> Result<Value, WrongBase> {
        match (self, before) {
            (
                Self::Replaced {
                    before: expected,
                    after,
                },
                before,
            ) if equal(expected, before) => Ok(after.clone()),
            (Self::Object { fields }, Value::Object(before)) => {
                apply_fields(fields, before).map(Value::Object)
            }
            (Self::Array { elements }, Value::Array(before)) => {
                apply_elements(elements, before).map(Value::Array)
            }
            _ => Err(WrongBase),
        }
    }
}

fn apply_fields(
    fields: &[(String, FieldEdit)],
    before: &Map<String, Value>,
) -> Result<Map<String, Value>, WrongBase> {
    let mut after = before.clone();
    for (name, change) in fields {
        match change {
            FieldEdit::Created { value } => {
                if after.insert(name.clone(), value.clone()).is_some() {
                    return Err(WrongBase);
                }
            }
            FieldEdit::Deleted { .. } => {
                after.shift_remove(name).ok_or(WrongBase)?;
            }
            FieldEdit::Modified { edit } => {
                let value = after.get_mut(name).ok_or(WrongBase)?;
                *value = edit.apply(value)?;
            }
        }
    }
    Ok(after)
}

/// Fills the places of created and moved elements first, and the others with what stays, in order.
fn apply_elements(elements: &[ElementEdit], before: &[Value]) -> Result<Vec<Value>, WrongBase> {
    let mut staying: Vec<Option<Value>> = before.iter().cloned().map(Some).collect();
    let (mut placed, mut length) = (Vec::new(), before.len());
    for element in elements {
        let taken = match element.from {
            Some(from) if element.moved || element.to.is_none() => Some(
                staying
                    .get_mut(from)
                    .and_then(Option::take)
                    .ok_or(WrongBase)?,
            ),
            _ => None,
        };
        match (&element.change, element.from, element.to, taken) {
            (Some(FieldEdit::Created { value }), None, Some(to), None) => {
                placed.push((to, value.clone()));
                length += 1;
            }
            (Some(FieldEdit::Deleted { .. }), Some(_), None, Some(_)) => length -= 1,
            (Some(FieldEdit::Modified { edit }), _, Some(to), Some(value)) => {
                placed.push((to, edit.apply(&value)?))
            }
            (None, _, Some(to), Some(value)) => placed.push((to, value)),
            (Some(FieldEdit::Modified { edit }), Some(from), _, None) => {
                let value = staying
                    .get_mut(from)
                    .and_then(Option::as_mut)
                    .ok_or(WrongBase)?;
                *value = edit.apply(value)?;
            }
            _ => return Err(WrongBase),
        }
    }
    let mut after: Vec<Option<Value>> = vec![None; length];
    for (to, value) in placed {
        let place = after
            .get_mut(to)
            .filter(|place| place.is_none())
            .ok_or(WrongBase)?;
        *place = Some(value);
    }
    let mut staying = staying.into_iter().flatten();
    for place in after.iter_mut().filter(|place| place.is_none()) {
        *place = staying.next();
    }
    after
        .into_iter()
        .collect::<Option<Vec<Value>>>()
        .ok_or(WrongBase)
}
