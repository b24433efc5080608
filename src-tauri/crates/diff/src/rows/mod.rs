//! One row model for the unified and the split view of a text diff, made to be shown through a window.
//!
//! [`TextDiff`] holds two texts and their changes; [`RowModel`] lays them out in rows with context and gaps. Asking for rows
//! `from..to` costs `O(log n + to - from)`: only then are lines decoded and words compared.

mod find;
mod layout;
mod pairing;
mod render;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::emphasis::Budget;
use crate::text::{Change, Ending, LineIndex, Lines, Segment, Span, Whitespace, diff_lines};
pub use find::{Case, Found, Match};
use layout::Layout;
use pairing::Pairing;

/// How many unchanged lines are shown around a change, unless asked otherwise.
pub const CONTEXT_LINES: u32 = 3;
/// How many characters of a line are shown, unless asked otherwise.
pub const LINE_LIMIT_CHARS: u32 = 5_000;

/// Two texts and where they differ. Holds each text once, and four bytes a line.
#[derive(Debug)]
pub struct TextDiff {
    before: Vec<u8>,
    after: Vec<u8>,
    before_index: LineIndex,
    after_index: LineIndex,
    changes: Vec<Change>,
}

impl TextDiff {
    /// Compares two texts. Bytes that are not UTF-8 are compared too, and shown by their number.
    pub fn new(before: Vec<u8>, after: Vec<u8>, whitespace: Whitespace) -> Self {
        let before_index = LineIndex::new(&before);
        let after_index = LineIndex::new(&after);
        let changes = diff_lines(before_index.of(&before), after_index.of(&after), whitespace);
        Self {
            before,
            after,
            before_index,
            after_index,
            changes,
        }
    }

    /// Returns the lines of the text before.
    pub fn before(&self) -> Lines<'_> {
        self.before_index.of(&self.before)
    }

    /// Returns the lines of the text after.
    pub fn after(&self) -> Lines<'_> {
        self.after_index.of(&self.after)
    }

    /// Returns the changes, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Counts the added and the removed lines.
    pub fn counts(&self) -> LineCounts {
        let sum = |lines: fn(&Change) -> Span| {
            self.changes
                .iter()
                .map(|change| u64::from(lines(change).len()))
                .sum()
        };
        LineCounts {
            added: sum(|change| change.after),
            removed: sum(|change| change.before),
        }
    }
}

/// How many lines a diff adds and removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LineCounts {
    /// Lines that are only in the text after.
    pub added: u64,
    /// Lines that are only in the text before.
    pub removed: u64,
}

/// How a diff is laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RowOptions {
    /// How many unchanged lines to show before and after each change.
    pub context: u32,
    /// How many characters of one line to show.
    pub line_limit_chars: u32,
    /// Further unchanged lines to show, as line indexes of the text after.
    pub expanded: Vec<Span>,
}

impl Default for RowOptions {
    fn default() -> Self {
        Self {
            context: CONTEXT_LINES,
            line_limit_chars: LINE_LIMIT_CHARS,
            expanded: Vec::new(),
        }
    }
}

/// The two ways to look at a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Removed lines, then the added ones that replace them.
    Unified,
    /// The text before on the left, the text after on the right.
    Split,
}

/// Which part of a gap to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The lines just above the row below the gap.
    Up,
    /// The lines just below the row above the gap.
    Down,
    /// All of them.
    All,
}

/// One row of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Row {
    /// Unchanged lines that are not shown.
    Gap(Gap),
    /// A line of the unified view.
    Unified(UnifiedRow),
    /// A line, or a pair of lines, of the split view.
    Split(SplitRow),
}

/// A run of unchanged lines that are not shown, and the head of the hunk that follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Gap {
    /// Names the gap for [`RowModel::expand`]: the index, in the text after, of its first hidden line.
    pub id: u32,
    /// How many lines are hidden.
    pub hidden: u32,
    /// Whether there is a row above, below which lines can be shown.
    pub opens_down: bool,
    /// Whether there is a row below, above which lines can be shown.
    pub opens_up: bool,
    /// The hunk below; nothing at the end of the text.
    pub hunk: Option<HunkHead>,
}

/// What stands in a hunk's head. Line numbers start at 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct HunkHead {
    /// Its first line in the text before.
    pub before_start: u32,
    /// How many lines of the text before it shows.
    pub before_count: u32,
    /// Its first line in the text after.
    pub after_start: u32,
    /// How many lines of the text after it shows.
    pub after_count: u32,
    /// The last line above it that looks like a heading: it begins with a letter, a bracket or a brace.
    pub section: Option<String>,
}

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Nothing.
    Context,
    /// It is only in the text before.
    Removed,
    /// It is only in the text after.
    Added,
}

/// A line of the unified view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UnifiedRow {
    /// What happened to it.
    pub mark: Mark,
    /// Its number in the text before, from 1.
    pub before: Option<u32>,
    /// Its number in the text after, from 1.
    pub after: Option<u32>,
    /// What it says.
    pub line: Line,
}

/// A row of the split view. At least one side is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SplitRow {
    /// Whether the sides are the same line.
    pub changed: bool,
    /// The line before.
    pub left: Option<Cell>,
    /// The line after.
    pub right: Option<Cell>,
}

/// One side of a split row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Cell {
    /// The line's number, from 1.
    pub number: u32,
    /// What it says.
    pub line: Line,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Line {
    /// The text, without its ending.
    pub segments: Vec<Segment>,
    /// How the line ends. [`Ending::None`] is to be shown as "no newline at end of file".
    pub ending: Ending,
    /// Whether the paired line ends in another way.
    pub ending_changed: bool,
    /// How many characters before the shown ones were left out; only where `truncated` is set.
    pub skipped_chars: u64,
    /// How many characters the whole line has, where not all are shown.
    pub truncated: Option<u64>,
}

/// A text diff laid out in rows.
///
/// The rows follow from the texts and the options alone; expanding a gap changes the options.
#[derive(Clone, Debug)]
pub struct RowModel {
    diff: Arc<TextDiff>,
    pairing: Arc<Pairing>,
    options: RowOptions,
    unified: Layout,
    split: Layout,
}

impl RowModel {
    /// Compares two texts and lays the differences out.
    pub fn new(before: Vec<u8>, after: Vec<u8>, options: RowOptions) -> Self {
        Self::from_diff(
            Arc::new(TextDiff::new(before, after, Whitespace::Exact)),
            options,
        )
    }

    /// Lays out a diff that was made before.
    pub fn from_diff(diff: Arc<TextDiff>, options: RowOptions) -> Self {
        let pairing = Arc::new(Pairing::new(&diff));
        let (unified, split) = layouts(&diff, &pairing, &options);
        Self {
            diff,
            pairing,
            options,
            unified,
            split,
        }
    }

    /// Returns the diff beneath.
    pub fn diff(&self) -> &Arc<TextDiff> {
        &self.diff
    }

    /// Returns the options, opened gaps included.
    pub fn options(&self) -> &RowOptions {
        &self.options
    }

    /// Counts the rows of a view.
    pub fn row_count(&self, view: View) -> usize {
        self.layout(view).rows()
    }

    /// Returns the rows `from..to` of a view; fewer, or none, where that reaches past the end.
    pub fn rows(&self, view: View, from: usize, to: usize) -> Vec<Row> {
        self.rows_within(view, from, to, &mut Budget::of_window())
    }

    /// As [`RowModel::rows`], for rows that are painted with others.
    pub(crate) fn rows_within(
        &self,
        view: View,
        from: usize,
        to: usize,
        budget: &mut Budget,
    ) -> Vec<Row> {
        render::rows(self, view, from, to, budget)
    }

    /// Returns the lines of the text after that a gap hides; nothing if there is no such gap.
    pub fn hidden(&self, gap: u32) -> Option<Span> {
        self.unified.gap(gap)
    }

    /// Opens up to `count` lines of a gap. Returns whether a row changed: a gap that is not there (any more) changes nothing.
    pub fn expand(&mut self, gap: u32, direction: Direction, count: u32) -> bool {
        let Some(hidden) = self.unified.gap(gap) else {
            return false;
        };
        let count = count.min(hidden.len());
        let opened = match direction {
            Direction::Up => Span::new(hidden.end - count, hidden.end),
            Direction::Down => Span::new(hidden.start, hidden.start + count),
            Direction::All => hidden,
        };
        if opened.is_empty() {
            return false;
        }
        self.reveal(opened);
        true
    }

    /// Shows the given lines of the text after, wherever they are hidden.
    pub fn reveal(&mut self, lines: Span) {
        self.options.expanded.push(lines);
        layout::normalise(&mut self.options.expanded);
        (self.unified, self.split) = layouts(&self.diff, &self.pairing, &self.options);
    }

    /// Counts the added and the removed lines.
    pub fn counts(&self) -> LineCounts {
        self.diff.counts()
    }

    /// Returns the row at which each change begins, in order.
    pub fn hunk_positions(&self, view: View) -> &[usize] {
        self.layout(view).change_rows()
    }

    /// Finds the first row of the next change after `row`.
    pub fn next_hunk(&self, view: View, row: usize) -> Option<usize> {
        let rows = self.hunk_positions(view);
        rows.get(rows.partition_point(|&start| start <= row))
            .copied()
    }

    /// Finds the first row of the last change before `row`.
    pub fn previous_hunk(&self, view: View, row: usize) -> Option<usize> {
        let rows = self.hunk_positions(view);
        rows.partition_point(|&start| start < row)
            .checked_sub(1)
            .map(|at| rows[at])
    }

    /// Finds the places of `text` in row order, at most `limit`. A place in hidden lines counts for the gap's row.
    ///
    /// A text with a line feed is never found. Ignoring case works for ASCII letters.
    pub fn find(&self, view: View, text: &str, case: Case, limit: usize) -> Found {
        find::find(self, view, text, case, limit)
    }

    fn layout(&self, view: View) -> &Layout {
        match view {
            View::Unified => &self.unified,
            View::Split => &self.split,
        }
    }
}

fn layouts(diff: &TextDiff, pairing: &Pairing, options: &RowOptions) -> (Layout, Layout) {
    (
        Layout::new(diff, pairing, options, View::Unified),
        Layout::new(diff, pairing, options, View::Split),
    )
}

#[cfg(test)]
mod tests;
