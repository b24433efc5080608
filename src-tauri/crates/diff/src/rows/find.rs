//! Search in the lines of a diff.

use serde::{Deserialize, Serialize};

use super::layout::Piece;
use super::{RowModel, View};
use crate::text::{Lines, Span};

/// Whether a search tells capital letters from small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// `A` is not `a`.
    Sensitive,
    /// `A` is `a`, for ASCII letters.
    Insensitive,
}

/// A line that holds the searched text. Line numbers start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Match {
    /// The row that shows the line, or the gap that hides it.
    pub row: usize,
    /// The line's number in the text before; nothing if the match is in an unchanged or added line.
    pub before: Option<u32>,
    /// The line's number in the text after; nothing if the match is in a removed line.
    pub after: Option<u32>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Found {
    /// The matching lines, by row.
    pub matches: Vec<Match>,
    /// Whether there are more than the limit.
    pub limited: bool,
}

pub(super) fn find(model: &RowModel, view: View, text: &str, case: Case, limit: usize) -> Found {
    let mut search = Search {
        needle: needle(text, case),
        case,
        limit,
        found: Found::default(),
    };
    if text.is_empty() || text.contains('\n') {
        return search.found;
    }
    let layout = model.layout(view);
    let (before, after) = (model.diff.before(), model.diff.after());
    for (number, piece) in layout.pieces().iter().enumerate() {
        let rows = layout.piece_rows(number);
        match *piece {
            Piece::Gap {
                after: first,
                hidden,
                ..
            } => search.side(after, Span::new(first, first + hidden), |line| Match {
                row: rows.start,
                before: None,
                after: Some(line + 1),
            }),
            Piece::Context { after: first, .. } => {
                let lines = Span::new(first, first + rows.len() as u32);
                search.side(after, lines, |line| Match {
                    row: rows.start + (line - first) as usize,
                    before: None,
                    after: Some(line + 1),
                });
            }
            Piece::Change { change } => {
                let change = model.diff.changes()[change as usize];
                let added_from = rows.start + change.before.len() as usize;
                search.side(before, change.before, |line| Match {
                    row: rows.start + (line - change.before.start) as usize,
                    before: Some(line + 1),
                    after: None,
                });
                search.side(after, change.after, |line| Match {
                    row: added_from + (line - change.after.start) as usize,
                    before: None,
                    after: Some(line + 1),
                });
            }
            Piece::Block { block } => {
                let block = model.pairing.block(block);
                let first = search.found.matches.len();
                search.side(before, block.before, |line| Match {
                    row: rows.start + (line - block.before.start) as usize,
                    before: Some(line + 1),
                    after: None,
                });
                search.side(after, block.after, |line| Match {
                    row: rows.start + (line - block.after.start) as usize,
                    before: None,
                    after: Some(line + 1),
                });
                search.found.matches[first..].sort_by_key(|found| found.row);
            }
        }
        if search.found.limited {
            break;
        }
    }
    search.found
}

fn needle(text: &str, case: Case) -> Vec<u8> {
    match case {
        Case::Sensitive => text.as_bytes().to_vec(),
        Case::Insensitive => text.as_bytes().to_ascii_lowercase(),
    }
}

struct Search {
    needle: Vec<u8>,
    case: Case,
    limit: usize,
    found: Found,
}

impl Search {
    /// Searches in consecutive lines and adds each matching line once.
    fn side(&mut self, lines: Lines<'_>, span: Span, to_match: impl Fn(u32) -> Match) {
        if self.found.limited || span.is_empty() {
            return;
        }
        let base = lines.offset(span.start);
        let haystack = lines.span(span);
        let folded;
        let haystack = match self.case {
            Case::Sensitive => haystack,
            Case::Insensitive => {
                folded = haystack.to_ascii_lowercase();
                &folded[..]
            }
        };
        let mut last = None;
        for offset in memchr::memmem::find_iter(haystack, &self.needle) {
            let line = lines.line_at(base + offset);
            if last == Some(line) {
                continue;
            }
            last = Some(line);
            if self.found.matches.len() == self.limit {
                self.found.limited = true;
                return;
            }
            self.found.matches.push(to_match(line));
        }
    }
}
