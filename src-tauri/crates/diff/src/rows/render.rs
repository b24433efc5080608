//! Turns the rows of a window into what is painted.

use std::collections::HashMap;
use std::rc::Rc;

use super::layout::Piece;
use super::{Cell, Gap, HunkHead, Line, Mark, Row, RowModel, SplitRow, UnifiedRow, View};
use crate::text::emphasis::{Budget, Emphasis, emphasise};
use crate::text::segments::show;
use crate::text::{Change, Ending, Lines};

/// How far above a hunk its section's heading is searched.
const SECTION_REACH_LINES: u32 = 500;
/// How many characters of a section's heading are shown.
const SECTION_CHARS: usize = 80;

pub(super) fn rows(
    model: &RowModel,
    view: View,
    from: usize,
    to: usize,
    budget: &mut Budget,
) -> Vec<Row> {
    let layout = model.layout(view);
    let to = to.min(layout.rows());
    let mut rows = Vec::with_capacity(to.saturating_sub(from));
    if from >= to {
        return rows;
    }
    let mut painter = Painter {
        model,
        emphases: HashMap::new(),
        budget,
    };
    for piece in layout.piece_at(from)..layout.pieces().len() {
        let range = layout.piece_rows(piece);
        if range.start >= to {
            break;
        }
        let within = from.max(range.start) - range.start..to.min(range.end) - range.start;
        // A piece has no more rows than its texts have lines.
        rows.extend(within.map(|row| painter.row(view, layout.pieces()[piece], row as u32)));
    }
    rows
}

/// Paints the rows of one window.
struct Painter<'a> {
    model: &'a RowModel,
    /// Both lines of a pair need the same comparison, and may be rows apart.
    emphases: HashMap<(u32, u32), Rc<Emphasis>>,
    budget: &'a mut Budget,
}

impl Painter<'_> {
    fn row(&mut self, view: View, piece: Piece, row: u32) -> Row {
        let (before, after) = (self.model.diff.before(), self.model.diff.after());
        match piece {
            Piece::Gap {
                before: first_before,
                after: first_after,
                hidden,
                hunk,
            } => Row::Gap(self.gap(view, first_before, first_after, hidden, hunk)),
            Piece::Context {
                before: first_before,
                after: first_after,
            } => {
                let (b, a) = (first_before + row, first_after + row);
                match view {
                    View::Unified => {
                        let line = self.line(after, a, None, &[], 0);
                        Row::Unified(UnifiedRow {
                            mark: Mark::Context,
                            before: Some(b + 1),
                            after: Some(a + 1),
                            line,
                        })
                    }
                    View::Split => Row::Split(SplitRow {
                        changed: false,
                        left: Some(Cell {
                            number: b + 1,
                            line: self.line(before, b, None, &[], 0),
                        }),
                        right: Some(Cell {
                            number: a + 1,
                            line: self.line(after, a, None, &[], 0),
                        }),
                    }),
                }
            }
            Piece::Change { change } => self.unified_row(change as usize, row),
            Piece::Block { block } => self.split_row(self.model.pairing.block(block), row),
        }
    }

    fn unified_row(&mut self, number: usize, row: u32) -> Row {
        let change = self.model.diff.changes()[number];
        let removed = change.before.len();
        if row < removed {
            let b = change.before.start + row;
            let line = self.removed(b, self.model.pairing.partner_of_removed(number, b));
            Row::Unified(UnifiedRow {
                mark: Mark::Removed,
                before: Some(b + 1),
                after: None,
                line,
            })
        } else {
            let a = change.after.start + (row - removed);
            let line = self.added(a, self.model.pairing.partner_of_added(number, a));
            Row::Unified(UnifiedRow {
                mark: Mark::Added,
                before: None,
                after: Some(a + 1),
                line,
            })
        }
    }

    fn split_row(&mut self, block: Change, row: u32) -> Row {
        let b = Some(block.before.start + row).filter(|&line| line < block.before.end);
        let a = Some(block.after.start + row).filter(|&line| line < block.after.end);
        let (left, right) = match (b, a) {
            (Some(b), Some(a)) => {
                let emphasis = self.emphasis(b, a);
                let (before, after) = (self.model.diff.before(), self.model.diff.after());
                let left = self.line(
                    before,
                    b,
                    Some(after.split(a).1),
                    &emphasis.before,
                    emphasis.common_prefix_bytes,
                );
                let right = self.line(
                    after,
                    a,
                    Some(before.split(b).1),
                    &emphasis.after,
                    emphasis.common_prefix_bytes,
                );
                (
                    Some(Cell {
                        number: b + 1,
                        line: left,
                    }),
                    Some(Cell {
                        number: a + 1,
                        line: right,
                    }),
                )
            }
            _ => (
                b.map(|b| Cell {
                    number: b + 1,
                    line: self.removed(b, None),
                }),
                a.map(|a| Cell {
                    number: a + 1,
                    line: self.added(a, None),
                }),
            ),
        };
        Row::Split(SplitRow {
            changed: true,
            left,
            right,
        })
    }

    fn removed(&mut self, b: u32, partner: Option<u32>) -> Line {
        let emphasis = partner.map(|a| self.emphasis(b, a)).unwrap_or_default();
        let partner_ending = partner.map(|a| self.model.diff.after().split(a).1);
        self.line(
            self.model.diff.before(),
            b,
            partner_ending,
            &emphasis.before,
            emphasis.common_prefix_bytes,
        )
    }

    fn added(&mut self, a: u32, partner: Option<u32>) -> Line {
        let emphasis = partner.map(|b| self.emphasis(b, a)).unwrap_or_default();
        let partner_ending = partner.map(|b| self.model.diff.before().split(b).1);
        self.line(
            self.model.diff.after(),
            a,
            partner_ending,
            &emphasis.after,
            emphasis.common_prefix_bytes,
        )
    }

    fn emphasis(&mut self, b: u32, a: u32) -> Rc<Emphasis> {
        let diff = &self.model.diff;
        let (before, after) = (diff.before().split(b).0, diff.after().split(a).0);
        let budget = &mut *self.budget;
        let compare = || Rc::new(emphasise(before, after, budget));
        Rc::clone(self.emphases.entry((b, a)).or_insert_with(compare))
    }

    fn line(
        &self,
        lines: Lines<'_>,
        number: u32,
        partner_ending: Option<Ending>,
        emphasised: &[std::ops::Range<usize>],
        focus: usize,
    ) -> Line {
        let (content, ending) = lines.split(number);
        let shown = show(
            content,
            emphasised,
            focus,
            self.model.options.line_limit_chars as usize,
        );
        Line {
            segments: shown.segments,
            ending,
            ending_changed: partner_ending.is_some_and(|partner| partner != ending),
            skipped_chars: shown.skipped_chars,
            truncated: shown.truncated,
        }
    }

    fn gap(&self, view: View, before: u32, after: u32, hidden: u32, hunk: u32) -> Gap {
        let head = self.model.layout(view).hunk(hunk).map(|hunk| {
            // As in git: a side without lines is named by the line above it.
            let start = |span: crate::text::Span| span.start + u32::from(!span.is_empty());
            HunkHead {
                before_start: start(hunk.before),
                before_count: hunk.before.len(),
                after_start: start(hunk.after),
                after_count: hunk.after.len(),
                section: self.section(before + hidden),
            }
        });
        Gap {
            id: after,
            hidden,
            opens_down: after > 0 || before > 0,
            opens_up: head.is_some(),
            hunk: head,
        }
    }

    /// Finds the last heading above a line of the text before.
    fn section(&self, line: u32) -> Option<String> {
        let lines = self.model.diff.before();
        (line.saturating_sub(SECTION_REACH_LINES)..line)
            .rev()
            .map(|line| lines.split(line).0)
            .find(|content| is_heading(content))
            .map(|content| {
                let text =
                    String::from_utf8_lossy(&content[..content.len().min(SECTION_CHARS * 4)]);
                let shown = show(text.trim().as_bytes(), &[], 0, SECTION_CHARS);
                shown
                    .segments
                    .iter()
                    .map(|segment| segment.text.as_str())
                    .collect()
            })
    }
}

/// Tells whether a line opens something at the outermost indentation.
fn is_heading(content: &[u8]) -> bool {
    match content {
        [b'<', b'/' | b'!', ..] | [b'{' | b'[' | b'<'] => false,
        [b'{', b'%', rest @ ..] => {
            let tag = rest.strip_prefix(b"-").unwrap_or(rest).trim_ascii_start();
            !tag.starts_with(b"end") && !tag.starts_with(b"else") && !tag.is_empty()
        }
        [first, ..] => {
            first.is_ascii_alphabetic()
                || matches!(first, b'_' | b'$' | b'<' | b'.' | b'#' | b'@')
                || !first.is_ascii()
        }
        [] => false,
    }
}
