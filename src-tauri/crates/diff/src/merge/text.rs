use serde::{Deserialize, Serialize};

use super::Side;
use super::regions::{Region, regions};
use crate::text::{LineIndex, Span, Whitespace, diff_lines, is_text};

/// A place that both sides changed, and not alike. The spans are lines of the three texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TextConflict {
    /// The lines of the base.
    pub base: Span,
    /// What ours made of them.
    pub ours: Span,
    /// What theirs made of them.
    pub theirs: Span,
}

/// The result of merging texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMerge {
    /// The merged text, with the chosen side where there are conflicts.
    pub merged: Vec<u8>,
    /// The conflicts, in order; none if the merge is clean.
    pub conflicts: Vec<TextConflict>,
}

/// Merges what two sides made of one text, by lines. Where they conflict, the result has the lines of `choice`.
///
/// Changes of both sides to neighbouring lines are a conflict, as in git. What is not text on all three sides is one line.
pub fn merge_text(base: &[u8], ours: &[u8], theirs: &[u8], choice: Side) -> TextMerge {
    let clean = |merged: &[u8]| TextMerge {
        merged: merged.to_vec(),
        conflicts: Vec::new(),
    };
    if ours == theirs || theirs == base {
        return clean(ours);
    }
    if ours == base {
        return clean(theirs);
    }
    let (base_index, ours_index, theirs_index) = (
        LineIndex::new(base),
        LineIndex::new(ours),
        LineIndex::new(theirs),
    );
    let (b, o, t) = (
        base_index.of(base),
        ours_index.of(ours),
        theirs_index.of(theirs),
    );
    if ![base, ours, theirs].into_iter().all(is_text) {
        let merged = if choice == Side::Ours { ours } else { theirs };
        let whole = TextConflict {
            base: Span::new(0, b.len()),
            ours: Span::new(0, o.len()),
            theirs: Span::new(0, t.len()),
        };
        return TextMerge {
            merged: merged.to_vec(),
            conflicts: vec![whole],
        };
    }
    let mut merge = TextMerge {
        merged: Vec::with_capacity(ours.len().max(theirs.len())),
        conflicts: Vec::new(),
    };
    for region in regions(
        b.len(),
        &diff_lines(b, o, Whitespace::Exact),
        &diff_lines(b, t, Whitespace::Exact),
    ) {
        let lines = match region {
            Region::Base(span) => b.span(span),
            Region::Ours(span) => o.span(span),
            Region::Theirs(span) => t.span(span),
            Region::Both { base, ours, theirs } => {
                if o.span(ours) != t.span(theirs) {
                    merge.conflicts.push(TextConflict { base, ours, theirs });
                }
                if choice == Side::Ours {
                    o.span(ours)
                } else {
                    t.span(theirs)
                }
            }
        };
        merge.merged.extend_from_slice(lines);
    }
    merge
}
