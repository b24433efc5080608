//! A diff as a flat list: what happened at which path.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tree::{Edit, FieldEdit, JsonDiff};
use super::{ENTRIES_MAX, Path, PathSegment};

/// What happened at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The value is new.
    Created,
    /// The value is another.
    Modified,
    /// The value is gone.
    Deleted,
    /// The value is the same, in another place of its array.
    Moved,
}

/// From where to where an element moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Move {
    /// Its index before, from 0.
    pub from: usize,
    /// Its index after, from 0.
    pub to: usize,
}

/// One change of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Where.
    pub path: Path,
    /// What.
    pub kind: EntryKind,
    /// The value before, if it was there and changed.
    pub before: Option<Value>,
    /// The value after, if it is there and changed.
    pub after: Option<Value>,
    /// From where to where; for [`EntryKind::Moved`] alone.
    pub moved: Option<Move>,
}

/// The changes of a document. An element that moved and was edited has an entry for either.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entries {
    /// The changes, by path in document order.
    pub entries: Vec<Entry>,
    /// Whether there are more than [`ENTRIES_MAX`].
    pub limited: bool,
}

/// How many changes of each kind a diff has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EntryCounts {
    /// Created fields and elements.
    pub created: u64,
    /// Modified values.
    pub modified: u64,
    /// Deleted fields and elements.
    pub deleted: u64,
    /// Moved elements.
    pub moved: u64,
}

impl JsonDiff {
    /// Lists the changes.
    pub fn entries(&self) -> Entries {
        let mut out = Entries::default();
        let mut sink = |path: &Path, found: Found<'_>| {
            if out.entries.len() == ENTRIES_MAX {
                out.limited = true;
                return;
            }
            let (kind, before, after, moved) = match found {
                Found::Created(value) => (EntryKind::Created, None, Some(value), None),
                Found::Deleted(value) => (EntryKind::Deleted, Some(value), None, None),
                Found::Modified(before, after) => {
                    (EntryKind::Modified, Some(before), Some(after), None)
                }
                Found::Moved(moved) => (EntryKind::Moved, None, None, Some(moved)),
            };
            out.entries.push(Entry {
                path: path.clone(),
                kind,
                before: before.cloned(),
                after: after.cloned(),
                moved,
            });
        };
        if let Some(edit) = &self.edit {
            walk(&mut Path::default(), edit, &mut sink);
        }
        out
    }

    /// Counts the changes, without a limit.
    pub fn counts(&self) -> EntryCounts {
        let mut counts = EntryCounts::default();
        let mut sink = |_: &Path, found: Found<'_>| match found {
            Found::Created(_) => counts.created += 1,
            Found::Deleted(_) => counts.deleted += 1,
            Found::Modified(..) => counts.modified += 1,
            Found::Moved(_) => counts.moved += 1,
        };
        if let Some(edit) = &self.edit {
            walk(&mut Path::default(), edit, &mut sink);
        }
        counts
    }
}

enum Found<'a> {
    Created(&'a Value),
    Deleted(&'a Value),
    Modified(&'a Value, &'a Value),
    Moved(Move),
}

fn walk<'a>(path: &mut Path, edit: &'a Edit, sink: &mut impl FnMut(&Path, Found<'a>)) {
    match edit {
        Edit::Replaced { before, after } => sink(path, Found::Modified(before, after)),
        Edit::Object { fields } => {
            for (name, change) in fields {
                path.0.push(PathSegment::Field { name: name.clone() });
                walk_change(path, change, sink);
                path.0.pop();
            }
        }
        Edit::Array { elements } => {
            for element in elements {
                path.0.push(element.segment.clone());
                if let (true, Some(from), Some(to)) = (element.moved, element.from, element.to) {
                    sink(path, Found::Moved(Move { from, to }));
                }
                if let Some(change) = &element.change {
                    walk_change(path, change, sink);
                }
                path.0.pop();
            }
        }
    }
}

fn walk_change<'a>(
    path: &mut Path,
    change: &'a FieldEdit,
    sink: &mut impl FnMut(&Path, Found<'a>),
) {
    match change {
        FieldEdit::Created { value } => sink(path, Found::Created(value)),
        FieldEdit::Deleted { value } => sink(path, Found::Deleted(value)),
        FieldEdit::Modified { edit } => walk(path, edit, sink),
    }
}
