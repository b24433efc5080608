//! A JSON diff laid out in rows of one height: groups, fields and, inside long texts, lines.

use serde_json::Value;

use super::field_row::{FieldLine, FieldRow, FieldText, FieldValue, GroupLine, ValueType};
use super::tree::{Edit, FieldEdit, JsonDiff};
use super::{EntryCounts, EntryKind, FIELD_ROWS_MAX, Move, Path, PathSegment};
use crate::canonical::{DEPTH_MAX, canonical_value};
use crate::rows::{Case, Direction, Found, Match, RowModel, RowOptions, View};
use crate::text::emphasis::{Budget, Emphasis, emphasise};
use crate::text::segments::show;

/// A JSON diff laid out in rows. Only what changed is shown; what was created or deleted is shown whole.
#[derive(Clone, Debug)]
pub struct FieldModel {
    options: RowOptions,
    pieces: Vec<Piece>,
    /// The row at which each piece begins, and the number of rows: in the unified view, and in the split one.
    starts: [Vec<usize>; 2],
    counts: EntryCounts,
    limited: bool,
}

#[derive(Clone, Debug)]
struct Piece {
    depth: u32,
    path: String,
    label: String,
    moved: Option<Move>,
    /// Whether it begins a change; what stands in a created or deleted group does not.
    begins: bool,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Group {
        value_type: ValueType,
        change: Option<EntryKind>,
    },
    Field {
        change: EntryKind,
        before: Option<Value>,
        after: Option<Value>,
    },
    Text(Box<RowModel>),
}

impl FieldModel {
    /// Lays out what leads from one document to another; nothing stands for a document that is not there.
    ///
    /// `options` are for the lines of texts; `options.line_limit_chars` is for other values too. Views differ in how the lines
    /// of texts stand, and in nothing else.
    pub fn new(before: Option<&Value>, after: Option<&Value>, options: RowOptions) -> Self {
        let mut model = Self {
            options,
            pieces: Vec::new(),
            starts: Default::default(),
            counts: EntryCounts::default(),
            limited: false,
        };
        let mut path = Path::default();
        match (before, after) {
            (Some(before), Some(after)) => {
                let diff = JsonDiff::new(before, after);
                model.counts = diff.counts();
                if let Some(edit) = &diff.edit {
                    model.edit(&mut path, 0, edit, None);
                }
            }
            (Some(before), None) => {
                model.counts.deleted = 1;
                model.whole(&mut path, 0, before, EntryKind::Deleted, None, true);
            }
            (None, Some(after)) => {
                model.counts.created = 1;
                model.whole(&mut path, 0, after, EntryKind::Created, None, true);
            }
            (None, None) => {}
        }
        model.count_rows();
        model
    }

    /// Counts the rows of a view.
    pub fn row_count(&self, view: View) -> usize {
        self.starts(view).last().copied().unwrap_or(0)
    }

    fn starts(&self, view: View) -> &[usize] {
        match view {
            View::Unified => &self.starts[0],
            View::Split => &self.starts[1],
        }
    }

    /// Counts the changes; a document that comes or goes is one.
    pub fn counts(&self) -> EntryCounts {
        self.counts
    }

    /// Tells whether there is more than [`FIELD_ROWS_MAX`] allows.
    pub fn limited(&self) -> bool {
        self.limited
    }

    /// Returns the rows `from..to` of a view; fewer, or none, where that reaches past the end.
    pub fn rows(&self, view: View, from: usize, to: usize) -> Vec<FieldRow> {
        let to = to.min(self.row_count(view));
        let mut rows = Vec::with_capacity(to.saturating_sub(from));
        if from >= to {
            return rows;
        }
        let starts = self.starts(view);
        let first = starts
            .partition_point(|&start| start <= from)
            .saturating_sub(1);
        let mut budget = Budget::of_window();
        for (piece, range) in self.pieces.iter().zip(starts.windows(2)).skip(first) {
            if range[0] >= to {
                break;
            }
            let within = (from.max(range[0]) - range[0], to.min(range[1]) - range[0]);
            piece.rows(
                within,
                view,
                self.options.line_limit_chars as usize,
                &mut budget,
                &mut rows,
            );
        }
        rows
    }

    /// Returns the row of a view at which each change begins, in order.
    pub fn hunk_positions(&self, view: View) -> Vec<usize> {
        self.pieces
            .iter()
            .zip(self.starts(view))
            .filter(|(piece, _)| piece.begins)
            .map(|(_, &start)| start)
            .collect()
    }

    /// Opens up to `count` lines of a gap in the text at `path`. Returns whether a row changed.
    pub fn expand(&mut self, path: &str, gap: u32, direction: Direction, count: u32) -> bool {
        let changed = self
            .pieces
            .iter_mut()
            .filter(|piece| piece.path == path)
            .any(|piece| match &mut piece.content {
                Content::Text(model) => model.expand(gap, direction, count),
                _ => false,
            });
        if changed {
            self.count_rows();
        }
        changed
    }

    /// Finds the rows whose name or value holds `text`, at most `limit`. Ignoring case works for ASCII letters.
    pub fn find(&self, view: View, text: &str, case: Case, limit: usize) -> Found {
        let mut found = Found::default();
        if text.is_empty() {
            return found;
        }
        for (piece, &start) in self.pieces.iter().zip(self.starts(view)) {
            let left = limit - found.matches.len();
            let inside = match &piece.content {
                Content::Text(model) => model.find(view, text, case, left),
                _ if !piece.holds(text, case) => continue,
                _ if left == 0 => Found {
                    limited: true,
                    ..Found::default()
                },
                _ => Found {
                    matches: vec![Match {
                        row: 0,
                        before: None,
                        after: None,
                    }],
                    limited: false,
                },
            };
            found
                .matches
                .extend(inside.matches.into_iter().map(|place| Match {
                    row: start + place.row,
                    ..place
                }));
            if inside.limited {
                found.limited = true;
                break;
            }
        }
        found
    }

    fn count_rows(&mut self) {
        self.starts = [View::Unified, View::Split].map(|view| {
            let mut starts = Vec::with_capacity(self.pieces.len() + 1);
            let mut rows = 0;
            for piece in &self.pieces {
                starts.push(rows);
                rows += match &piece.content {
                    Content::Text(model) => model.row_count(view),
                    _ => 1,
                };
            }
            starts.push(rows);
            starts
        });
    }

    fn push(
        &mut self,
        path: &Path,
        depth: u32,
        moved: Option<Move>,
        begins: bool,
        content: Content,
    ) {
        if self.pieces.len() >= FIELD_ROWS_MAX {
            self.limited = true;
            return;
        }
        let label = path.0.last().map(ToString::to_string).unwrap_or_default();
        self.pieces.push(Piece {
            depth,
            path: path.to_string(),
            label,
            moved,
            begins,
            content,
        });
    }

    fn edit(&mut self, path: &mut Path, depth: u32, edit: &Edit, moved: Option<Move>) {
        // The document itself needs no head.
        let inner = if path.0.is_empty() { depth } else { depth + 1 };
        match edit {
            Edit::Replaced {
                before: Value::String(before),
                after: Value::String(after),
            } if has_lines(before) || has_lines(after) => {
                self.text(
                    path,
                    depth,
                    (before, after),
                    EntryKind::Modified,
                    moved,
                    true,
                );
            }
            Edit::Replaced { before, after } => {
                let content = Content::Field {
                    change: EntryKind::Modified,
                    before: Some(before.clone()),
                    after: Some(after.clone()),
                };
                self.push(path, depth, moved, true, content);
            }
            Edit::Object { fields } => {
                self.head(path, depth, ValueType::Object, moved);
                for (name, change) in fields {
                    path.0.push(PathSegment::Field { name: name.clone() });
                    self.change(path, inner, change, None);
                    path.0.pop();
                }
            }
            Edit::Array { elements } => {
                self.head(path, depth, ValueType::Array, moved);
                for element in elements {
                    path.0.push(element.segment.clone());
                    let moved = element
                        .from
                        .zip(element.to)
                        .filter(|_| element.moved)
                        .map(|(from, to)| Move { from, to });
                    match &element.change {
                        Some(change) => self.change(path, inner, change, moved),
                        None => {
                            let content = Content::Field {
                                change: EntryKind::Moved,
                                before: None,
                                after: element.value.clone(),
                            };
                            self.push(path, inner, moved, true, content)
                        }
                    }
                    path.0.pop();
                }
            }
        }
    }

    fn head(&mut self, path: &Path, depth: u32, value_type: ValueType, moved: Option<Move>) {
        if !path.0.is_empty() {
            let change = moved.map(|_| EntryKind::Moved);
            self.push(
                path,
                depth,
                moved,
                moved.is_some(),
                Content::Group { value_type, change },
            );
        }
    }

    fn change(&mut self, path: &mut Path, depth: u32, change: &FieldEdit, moved: Option<Move>) {
        match change {
            FieldEdit::Created { value } => {
                self.whole(path, depth, value, EntryKind::Created, moved, true)
            }
            FieldEdit::Deleted { value } => {
                self.whole(path, depth, value, EntryKind::Deleted, moved, true)
            }
            FieldEdit::Modified { edit } => self.edit(path, depth, edit, moved),
        }
    }

    /// Lays out a value that is on one side only, with all that is in it.
    fn whole(
        &mut self,
        path: &mut Path,
        depth: u32,
        value: &Value,
        change: EntryKind,
        moved: Option<Move>,
        begins: bool,
    ) {
        let inner = if path.0.is_empty() { depth } else { depth + 1 };
        let head = |value_type| Content::Group {
            value_type,
            change: Some(change),
        };
        match value {
            Value::String(text) if has_lines(text) => {
                let sides = if change == EntryKind::Deleted {
                    (text.as_str(), "")
                } else {
                    ("", text.as_str())
                };
                self.text(path, depth, sides, change, moved, begins);
            }
            Value::Object(fields) if !fields.is_empty() && path.0.len() < DEPTH_MAX => {
                if !path.0.is_empty() {
                    self.push(path, depth, moved, begins, head(ValueType::Object));
                }
                let begins = begins && path.0.is_empty();
                for (name, value) in fields {
                    path.0.push(PathSegment::Field { name: name.clone() });
                    self.whole(path, inner, value, change, None, begins);
                    path.0.pop();
                }
            }
            Value::Array(elements) if !elements.is_empty() && path.0.len() < DEPTH_MAX => {
                if !path.0.is_empty() {
                    self.push(path, depth, moved, begins, head(ValueType::Array));
                }
                let begins = begins && path.0.is_empty();
                for (index, value) in elements.iter().enumerate() {
                    path.0.push(PathSegment::Index { index });
                    self.whole(path, inner, value, change, None, begins);
                    path.0.pop();
                }
            }
            value => {
                let (before, after) = if change == EntryKind::Deleted {
                    (Some(value.clone()), None)
                } else {
                    (None, Some(value.clone()))
                };
                self.push(
                    path,
                    depth,
                    moved,
                    begins,
                    Content::Field {
                        change,
                        before,
                        after,
                    },
                );
            }
        }
    }

    fn text(
        &mut self,
        path: &Path,
        depth: u32,
        (before, after): (&str, &str),
        change: EntryKind,
        moved: Option<Move>,
        begins: bool,
    ) {
        self.push(
            path,
            depth,
            moved,
            begins,
            Content::Group {
                value_type: ValueType::String,
                change: Some(change),
            },
        );
        let model = RowModel::new(before.into(), after.into(), self.options.clone());
        self.push(path, depth + 1, None, false, Content::Text(Box::new(model)));
    }
}

impl Piece {
    fn rows(
        &self,
        (from, to): (usize, usize),
        view: View,
        limit_chars: usize,
        budget: &mut Budget,
        out: &mut Vec<FieldRow>,
    ) {
        let (depth, path, label) = (self.depth, self.path.clone(), self.label.clone());
        match &self.content {
            Content::Group { value_type, change } => {
                out.push(FieldRow::Group(GroupLine {
                    depth,
                    path,
                    label,
                    value_type: *value_type,
                    change: *change,
                    moved: self.moved,
                }));
            }
            Content::Field {
                change,
                before,
                after,
            } => {
                let emphasis = match (before, after) {
                    (Some(Value::String(before)), Some(Value::String(after))) => {
                        emphasise(before.as_bytes(), after.as_bytes(), budget)
                    }
                    _ => Emphasis::default(),
                };
                let focus = emphasis.common_prefix_bytes;
                let before = before
                    .as_ref()
                    .map(|value| painted(value, &emphasis.before, focus, limit_chars));
                let after = after
                    .as_ref()
                    .map(|value| painted(value, &emphasis.after, focus, limit_chars));
                out.push(FieldRow::Field(FieldLine {
                    depth,
                    path,
                    label,
                    change: *change,
                    moved: self.moved,
                    before,
                    after,
                }));
            }
            Content::Text(model) => {
                let rows = model.rows_within(view, from, to, budget);
                out.extend(rows.into_iter().map(|row| {
                    FieldRow::Text(FieldText {
                        depth,
                        path: path.clone(),
                        row,
                    })
                }));
            }
        }
    }

    fn holds(&self, text: &str, case: Case) -> bool {
        let within = |whole: &str| match case {
            Case::Sensitive => whole.contains(text),
            Case::Insensitive => whole
                .to_ascii_lowercase()
                .contains(&text.to_ascii_lowercase()),
        };
        let value_holds = |value: &Option<Value>| {
            value
                .as_ref()
                .is_some_and(|value| within(&String::from_utf8_lossy(&plain(value))))
        };
        within(&self.label)
            || matches!(&self.content, Content::Field { before, after, .. } if value_holds(before) || value_holds(after))
    }
}

fn has_lines(text: &str) -> bool {
    text.contains('\n')
}

/// Returns what is painted for a value, before it is cut into segments.
fn plain(value: &Value) -> std::borrow::Cow<'_, [u8]> {
    match value {
        Value::String(text) => text.as_bytes().into(),
        other => canonical_value(other).into(),
    }
}

fn painted(
    value: &Value,
    emphasised: &[std::ops::Range<usize>],
    focus: usize,
    limit_chars: usize,
) -> FieldValue {
    let shown = show(&plain(value), emphasised, focus, limit_chars);
    FieldValue {
        value_type: ValueType::of(value),
        segments: shown.segments,
        skipped_chars: shown.skipped_chars,
        truncated: shown.truncated,
    }
}
