//! Which parts of a base were changed by whom.

use crate::text::{Change, Span};

/// A run of items that goes into the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Region {
    /// Unchanged on both sides: these items of the base.
    Base(Span),
    /// Changed by one side: these items of ours.
    Ours(Span),
    /// Changed by the other side: these items of theirs.
    Theirs(Span),
    /// Changed by both. That may be alike or not.
    Both {
        base: Span,
        ours: Span,
        theirs: Span,
    },
}

/// Cuts a base of `length` items into regions. Changes of both sides that overlap or touch are one region.
pub(super) fn regions(length: u32, ours: &[Change], theirs: &[Change]) -> Vec<Region> {
    let mut out = Vec::new();
    let (mut ours, mut theirs) = (Changes::new(ours), Changes::new(theirs));
    let mut at = 0;
    while let Some(start) = [ours.next_start(), theirs.next_start()]
        .into_iter()
        .flatten()
        .min()
    {
        if start > at {
            out.push(Region::Base(Span::new(at, start)));
        }
        let (ours_start, theirs_start) = (ours.place(start), theirs.place(start));
        let mut end = start;
        let (mut by_ours, mut by_theirs) = (false, false);
        loop {
            let before = end;
            by_ours |= ours.take_until(&mut end);
            by_theirs |= theirs.take_until(&mut end);
            if end == before && ours.next_start() != Some(end) && theirs.next_start() != Some(end) {
                break;
            }
        }
        let ours_span = Span::new(ours_start, ours.place(end));
        let theirs_span = Span::new(theirs_start, theirs.place(end));
        out.push(match (by_ours, by_theirs) {
            (true, false) => Region::Ours(ours_span),
            (false, true) => Region::Theirs(theirs_span),
            _ => Region::Both {
                base: Span::new(start, end),
                ours: ours_span,
                theirs: theirs_span,
            },
        });
        at = end;
    }
    if at < length {
        out.push(Region::Base(Span::new(at, length)));
    }
    out
}

/// The changes of one side that were not looked at yet.
struct Changes<'a> {
    rest: &'a [Change],
    /// How much further on an unchanged item is on this side.
    shift: i64,
}

impl<'a> Changes<'a> {
    fn new(rest: &'a [Change]) -> Self {
        Self { rest, shift: 0 }
    }

    fn next_start(&self) -> Option<u32> {
        self.rest.first().map(|change| change.before.start)
    }

    /// Says where an item of the base, before which all changes were taken, is on this side.
    fn place(&self, base: u32) -> u32 {
        u32::try_from(i64::from(base) + self.shift)
            .expect("BUG: an unchanged item is on every side")
    }

    /// Takes all changes that begin at or before `end`, which grows with them. Returns whether there was one.
    fn take_until(&mut self, end: &mut u32) -> bool {
        let mut taken = false;
        while let [first, rest @ ..] = self.rest
            && first.before.start <= *end
        {
            *end = (*end).max(first.before.end);
            self.shift += i64::from(first.after.len()) - i64::from(first.before.len());
            self.rest = rest;
            taken = true;
        }
        taken
    }
}
