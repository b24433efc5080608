//! Which removed line stands beside which added one.
//!
//! A change is cut into blocks; inside a block, lines are paired in order. Where the sides differ in length, and are short,
//! lines that look alike are put together; else the whole change is one block.

use super::TextDiff;
use crate::text::emphasis::{common_prefix, common_suffix};
use crate::text::{Change, Lines};

/// Changes with more line pairs than this are paired in order.
const PAIRS_MAX: u64 = 1024;
/// How many line pairs are compared in one diff: keeps a file with very many changes quick.
const BUDGET_PAIRS: u64 = 400_000;
/// How much of a line is compared.
const COMPARED_BYTES: usize = 256;
/// How much two lines must have in common, in percent, to be put side by side.
const ALIKE_PERCENT_MIN: u32 = 50;

#[derive(Debug)]
pub(super) struct Pairing {
    blocks: Vec<Change>,
    /// Where the blocks of each change begin, and the end of the last.
    starts: Vec<u32>,
}

impl Pairing {
    pub(super) fn new(diff: &TextDiff) -> Self {
        let mut blocks = Vec::with_capacity(diff.changes().len());
        let mut starts = Vec::with_capacity(diff.changes().len() + 1);
        let mut budget = BUDGET_PAIRS;
        for change in diff.changes() {
            starts.push(blocks.len() as u32);
            let (before, after) = (change.before.len(), change.after.len());
            let pairs = u64::from(before) * u64::from(after);
            if before != after && pairs > 0 && pairs <= PAIRS_MAX.min(budget) {
                budget -= pairs;
                align(*change, diff.before(), diff.after(), &mut blocks);
            } else {
                blocks.push(*change);
            }
        }
        starts.push(blocks.len() as u32);
        Self { blocks, starts }
    }

    /// Returns the blocks of a change.
    pub(super) fn of(&self, change: usize) -> &[Change] {
        &self.blocks[self.starts[change] as usize..self.starts[change + 1] as usize]
    }

    /// Returns the first block of a change, counted over the whole diff.
    pub(super) fn first(&self, change: usize) -> u32 {
        self.starts[change]
    }

    pub(super) fn block(&self, block: u32) -> Change {
        self.blocks[block as usize]
    }

    /// Finds the added line that stands beside a removed one.
    pub(super) fn partner_of_removed(&self, change: usize, line: u32) -> Option<u32> {
        let blocks = self.of(change);
        let block = blocks.get(blocks.partition_point(|block| block.before.end <= line))?;
        let partner = block.after.start + line.checked_sub(block.before.start)?;
        block.after.contains(partner).then_some(partner)
    }

    /// Finds the removed line that stands beside an added one.
    pub(super) fn partner_of_added(&self, change: usize, line: u32) -> Option<u32> {
        let blocks = self.of(change);
        let block = blocks.get(blocks.partition_point(|block| block.after.end <= line))?;
        let partner = block.before.start + line.checked_sub(block.after.start)?;
        block.before.contains(partner).then_some(partner)
    }
}

/// Cuts a change into blocks so that as many alike lines as possible stand side by side.
fn align(change: Change, before: Lines<'_>, after: Lines<'_>, blocks: &mut Vec<Change>) {
    let (rows, columns) = (change.before.len() as usize, change.after.len() as usize);
    let likeness: Vec<u32> = (change.before.start..change.before.end)
        .flat_map(|b| {
            (change.after.start..change.after.end)
                .map(move |a| alike(before.split(b).0, after.split(a).0))
        })
        .collect();
    // best[row][column]: the most likeness that the lines from there on can reach.
    let width = columns + 1;
    let mut best = vec![0_u32; (rows + 1) * width];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let pair = likeness[row * columns + column];
            let paired = if pair > 0 {
                pair + best[(row + 1) * width + column + 1]
            } else {
                0
            };
            best[row * width + column] = paired
                .max(best[(row + 1) * width + column])
                .max(best[row * width + column + 1]);
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut open = Change {
        before: crate::text::Span::new(change.before.start, change.before.start),
        after: crate::text::Span::new(change.after.start, change.after.start),
    };
    let mut in_pairs = false;
    let mut close = |open: &mut Change| {
        if !open.before.is_empty() || !open.after.is_empty() {
            blocks.push(*open);
        }
        open.before.start = open.before.end;
        open.after.start = open.after.end;
    };
    while row < rows && column < columns {
        let here = best[row * width + column];
        let pair = likeness[row * columns + column];
        if pair > 0 && here == pair + best[(row + 1) * width + column + 1] {
            if !in_pairs {
                close(&mut open);
            }
            in_pairs = true;
            (row, column) = (row + 1, column + 1);
        } else {
            if in_pairs {
                close(&mut open);
            }
            in_pairs = false;
            if here == best[(row + 1) * width + column] {
                row += 1;
            } else {
                column += 1;
            }
        }
        open.before.end = change.before.start + row as u32;
        open.after.end = change.after.start + column as u32;
    }
    if in_pairs {
        close(&mut open);
    }
    open.before.end = change.before.end;
    open.after.end = change.after.end;
    close(&mut open);
}

/// Says how much two lines have in common at their ends, in percent; zero for too little.
fn alike(before: &[u8], after: &[u8]) -> u32 {
    let (before, after) = (before.trim_ascii(), after.trim_ascii());
    let longer = before.len().max(after.len());
    if longer == 0 {
        return 0;
    }
    let head = |line: &'_ [u8]| line.len().min(COMPARED_BYTES);
    let prefix = common_prefix(&before[..head(before)], &after[..head(after)]);
    let rest = before.len().min(after.len()) - prefix;
    let suffix = common_suffix(
        &before[before.len() - rest.min(COMPARED_BYTES)..],
        &after[after.len() - rest.min(COMPARED_BYTES)..],
    );
    let percent = ((prefix + suffix) * 100 / longer.min(2 * COMPARED_BYTES)).min(100) as u32;
    if percent >= ALIKE_PERCENT_MIN {
        percent
    } else {
        0
    }
}
