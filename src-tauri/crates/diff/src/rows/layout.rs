//! Where each piece of a diff begins, in rows.

use super::{RowOptions, TextDiff, View, pairing::Pairing};
use crate::text::{Change, Span};

/// Fewer hidden lines than this are shown: the gap's own row would save nothing.
const GAP_LINES_MIN: u32 = 2;

/// A run of rows of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// One row for hidden lines; `hunk` counts the hunks above it.
    Gap {
        before: u32,
        after: u32,
        hidden: u32,
        hunk: u32,
    },
    /// Unchanged lines.
    Context { before: u32, after: u32 },
    /// A change of the unified view.
    Change { change: u32 },
    /// A block of a change, in the split view.
    Block { block: u32 },
}

/// The visible lines between two gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) before: Span,
    pub(super) after: Span,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pieces: Vec<Piece>,
    /// The row at which each piece begins, and the number of rows.
    starts: Vec<usize>,
    hunks: Vec<Hunk>,
    change_rows: Vec<usize>,
}

impl Layout {
    pub(super) fn new(
        diff: &TextDiff,
        pairing: &Pairing,
        options: &RowOptions,
        view: View,
    ) -> Self {
        let mut expanded = options.expanded.clone();
        normalise(&mut expanded);
        let mut building = Building {
            layout: Self::default(),
            rows: 0,
            hunk: None,
        };
        let (mut before, mut after) = (0, 0);
        let changes = diff.changes();
        let end = Change {
            before: Span::new(diff.before().len(), diff.before().len()),
            after: Span::new(diff.after().len(), diff.after().len()),
        };
        for (number, change) in changes.iter().chain([&end]).enumerate() {
            let lines = Span::new(after, change.after.start);
            let shown_before = if number == 0 { 0 } else { options.context };
            let shown_after = if number == changes.len() {
                0
            } else {
                options.context
            };
            building.unchanged(before, lines, shown_before, shown_after, &expanded);
            if number < changes.len() {
                building.layout.change_rows.push(building.rows);
                building.change(number, *change, pairing, view);
            }
            (before, after) = (change.before.end, change.after.end);
        }
        building.close_hunk();
        building.layout.starts.push(building.rows);
        building.layout
    }

    pub(super) fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    pub(super) fn change_rows(&self) -> &[usize] {
        &self.change_rows
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the rows of a piece.
    pub(super) fn piece_rows(&self, piece: usize) -> std::ops::Range<usize> {
        self.starts[piece]..self.starts[piece + 1]
    }

    /// Finds the piece that holds a row.
    pub(super) fn piece_at(&self, row: usize) -> usize {
        self.starts
            .partition_point(|&start| start <= row)
            .saturating_sub(1)
    }

    pub(super) fn hunk(&self, hunk: u32) -> Option<Hunk> {
        self.hunks.get(hunk as usize).copied()
    }

    /// Finds the hidden lines of the text after that a gap stands for.
    pub(super) fn gap(&self, id: u32) -> Option<Span> {
        // Gaps are in the order of their lines, but so are the other pieces: a scan is simple, and as dear as laying out.
        self.pieces.iter().find_map(|piece| match *piece {
            Piece::Gap { after, hidden, .. } if after == id => {
                Some(Span::new(after, after + hidden))
            }
            _ => None,
        })
    }
}

struct Building {
    layout: Layout,
    rows: usize,
    hunk: Option<Hunk>,
}

impl Building {
    fn push(&mut self, piece: Piece, rows: usize) {
        if rows > 0 {
            self.layout.pieces.push(piece);
            self.layout.starts.push(self.rows);
            self.rows += rows;
        }
    }

    fn extend_hunk(&mut self, before: Span, after: Span) {
        let hunk = self.hunk.get_or_insert(Hunk { before, after });
        hunk.before.end = before.end;
        hunk.after.end = after.end;
    }

    fn close_hunk(&mut self) {
        self.layout.hunks.extend(self.hunk.take());
    }

    fn context(&mut self, before: u32, lines: Span) {
        if !lines.is_empty() {
            self.extend_hunk(Span::new(before, before + lines.len()), lines);
            self.push(
                Piece::Context {
                    before,
                    after: lines.start,
                },
                lines.len() as usize,
            );
        }
    }

    /// Lays out unchanged lines: context at both ends, what was expanded, and gaps between.
    fn unchanged(
        &mut self,
        before: u32,
        lines: Span,
        shown_first: u32,
        shown_last: u32,
        expanded: &[Span],
    ) {
        let head = Span::new(lines.start, lines.start + shown_first.min(lines.len()));
        let tail = Span::new(lines.end - shown_last.min(lines.len()), lines.end);
        let first = expanded.partition_point(|span| span.end <= lines.start);
        let inside = expanded[first..]
            .iter()
            .take_while(|span| span.start < lines.end);
        let inside =
            inside.map(|span| Span::new(span.start.max(lines.start), span.end.min(lines.end)));
        let mut shown: Vec<Span> = std::iter::once(head).chain(inside).chain([tail]).collect();
        shown.sort_by_key(|span| span.start);
        // Walks over the shown spans; `open` is the run of visible lines that was not laid out yet.
        let mut open = Span::new(lines.start, lines.start);
        let end = Span::new(lines.end, lines.end);
        for span in shown.into_iter().chain([end]) {
            if span.start <= open.end || span.start - open.end < GAP_LINES_MIN {
                open.end = open.end.max(span.end);
                continue;
            }
            self.context(before + (open.start - lines.start), open);
            self.close_hunk();
            let gap = Span::new(open.end, span.start);
            let hunk =
                u32::try_from(self.layout.hunks.len()).expect("BUG: no more hunks than lines");
            self.push(
                Piece::Gap {
                    before: before + (gap.start - lines.start),
                    after: gap.start,
                    hidden: gap.len(),
                    hunk,
                },
                1,
            );
            open = span;
        }
        self.context(before + (open.start - lines.start), open);
    }

    fn change(&mut self, number: usize, change: Change, pairing: &Pairing, view: View) {
        self.extend_hunk(change.before, change.after);
        match view {
            View::Unified => {
                let change_number = u32::try_from(number).expect("BUG: no more changes than lines");
                self.push(
                    Piece::Change {
                        change: change_number,
                    },
                    change.before.len() as usize + change.after.len() as usize,
                );
            }
            View::Split => {
                let first = pairing.first(number);
                for (block, lines) in (first..).zip(pairing.of(number)) {
                    self.push(
                        Piece::Block { block },
                        lines.before.len().max(lines.after.len()) as usize,
                    );
                }
            }
        }
    }
}

/// Sorts spans and joins those that touch or overlap.
pub(super) fn normalise(spans: &mut Vec<Span>) {
    spans.retain(|span| span.start < span.end);
    spans.sort_by_key(|span| (span.start, span.end));
    spans.dedup_by(|next, kept| {
        let joins = next.start <= kept.end;
        if joins {
            kept.end = kept.end.max(next.end);
        }
        joins
    });
}
