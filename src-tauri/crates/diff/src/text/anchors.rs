//! Diffs of sequences of any length in bounded time.
//!
//! Items that the other side does not have match nothing, and are not compared at all. Up to [`WHOLE_MAX`] others, the sequences are
//! compared whole, which gives the shortest diffs. Longer ones are first cut at
//! anchors: items that both sides have exactly once, in an order that both share. What lies between is short as a rule. Where it
//! is not, because nothing is unique or nothing is in order, both sides are cut into pieces of equal proportion and these are
//! compared one by one: still a right diff, though not always the shortest.

use std::ops::Range;

use similar::{Algorithm, DiffOp};

use super::{Change, Span};

/// How many items (of both sides together) are compared whole.
const WHOLE_MAX: usize = 8_192;
/// From how many items (of both sides together) on it is worth looking first which of them both sides have.
const SIFTED_MIN: usize = 1_000;
/// How many items of the longer side stand in a piece, where there are no anchors.
const PIECE_ITEMS: usize = 4_096;
/// How often what lies between anchors is cut at anchors again.
const ROUNDS_MAX: u32 = 3;

/// Finds the changes between two sequences of numbers, all less than `numbers`.
pub(super) fn diff(before: &[u32], after: &[u32], numbers: usize) -> Vec<Change> {
    if before.len() + after.len() < SIFTED_MIN {
        return compared(before, after, numbers);
    }
    let (old, old_places) = shared(before, after, numbers);
    let (new, new_places) = shared(after, before, numbers);
    let mut whole = Diffing {
        before,
        after,
        numbers,
        changes: Vec::new(),
    };
    // Where the last match ended, in the whole sequences; and how far the sifted ones were gone through.
    let (mut old_at, mut new_at) = (0, 0);
    let (mut old_sifted, mut new_sifted) = (0, 0);
    let ends = (old.len(), new.len());
    let changes = compared(&old, &new, numbers).into_iter().map(|change| {
        let Change { before, after } = change;
        let starts = (before.start as usize, after.start as usize);
        (starts, (before.end as usize, after.end as usize))
    });
    for (starts, next) in changes.chain([(ends, ends)]) {
        for (old, new) in (old_sifted..starts.0).zip(new_sifted..starts.1) {
            let (old, new) = (old_places[old], new_places[new]);
            if old > old_at || new > new_at {
                whole.push(old_at..old, new_at..new);
            }
            (old_at, new_at) = (old + 1, new + 1);
        }
        (old_sifted, new_sifted) = next;
    }
    if old_at < before.len() || new_at < after.len() {
        whole.push(old_at..before.len(), new_at..after.len());
    }
    whole.changes
}

/// The items that the other side has too, and where they are.
fn shared(items: &[u32], others: &[u32], numbers: usize) -> (Vec<u32>, Vec<usize>) {
    let mut known = vec![false; numbers];
    for other in others {
        known[*other as usize] = true;
    }
    let items = items.iter().copied().enumerate();
    items
        .filter(|(_, item)| known[*item as usize])
        .map(|(at, item)| (item, at))
        .unzip()
}

fn compared(before: &[u32], after: &[u32], numbers: usize) -> Vec<Change> {
    let mut diffing = Diffing {
        before,
        after,
        numbers,
        changes: Vec::new(),
    };
    diffing.range(0..before.len(), 0..after.len(), 0);
    diffing.changes
}

struct Diffing<'a> {
    before: &'a [u32],
    after: &'a [u32],
    numbers: usize,
    changes: Vec<Change>,
}

impl Diffing<'_> {
    fn push(&mut self, before: Range<usize>, after: Range<usize>) {
        let span = |range: Range<usize>| {
            let number =
                |item: usize| u32::try_from(item).expect("BUG: sequences have at most 2^32 items");
            Span::new(number(range.start), number(range.end))
        };
        let (before, after) = (span(before), span(after));
        match self.changes.last_mut() {
            Some(last) if last.before.end == before.start && last.after.end == after.start => {
                last.before.end = before.end;
                last.after.end = after.end;
            }
            _ => self.changes.push(Change { before, after }),
        }
    }

    fn range(&mut self, mut before: Range<usize>, mut after: Range<usize>, round: u32) {
        let (old, new) = (&self.before[before.clone()], &self.after[after.clone()]);
        let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        before.start += prefix;
        after.start += prefix;
        let (old, new) = (&old[prefix..], &new[prefix..]);
        let suffix = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take_while(|(a, b)| a == b)
            .count();
        before.end -= suffix;
        after.end -= suffix;
        match (before.len(), after.len()) {
            (0, 0) => {}
            (0, _) | (_, 0) | (1, 1) => self.push(before, after),
            (old, new) if old + new <= WHOLE_MAX => self.whole(before, after),
            _ if round == ROUNDS_MAX => self.pieces(before, after),
            _ => self.between_anchors(before, after, round),
        }
    }

    fn whole(&mut self, before: Range<usize>, after: Range<usize>) {
        let operations = similar::capture_diff_slices(
            Algorithm::Myers,
            &self.before[before.clone()],
            &self.after[after.clone()],
        );
        for operation in operations
            .iter()
            .filter(|operation| !matches!(operation, DiffOp::Equal { .. }))
        {
            let moved = |range: Range<usize>, base: usize| range.start + base..range.end + base;
            self.push(
                moved(operation.old_range(), before.start),
                moved(operation.new_range(), after.start),
            );
        }
    }

    fn pieces(&mut self, before: Range<usize>, after: Range<usize>) {
        let count = before.len().max(after.len()).div_ceil(PIECE_ITEMS);
        let part = |range: &Range<usize>, piece: usize| {
            range.start + range.len() * piece / count
                ..range.start + range.len() * (piece + 1) / count
        };
        for piece in 0..count {
            let (old, new) = (part(&before, piece), part(&after, piece));
            if old.is_empty() || new.is_empty() {
                self.push(old, new);
            } else {
                self.whole(old, new);
            }
        }
    }

    fn between_anchors(&mut self, before: Range<usize>, after: Range<usize>, round: u32) {
        let anchors = self.anchors(before.clone(), after.clone());
        if anchors.is_empty() {
            return self.pieces(before, after);
        }
        let (mut old_at, mut new_at) = (before.start, after.start);
        for (old, new) in anchors {
            self.range(old_at..old, new_at..new, round + 1);
            (old_at, new_at) = (old + 1, new + 1);
        }
        self.range(old_at..before.end, new_at..after.end, round + 1);
    }

    /// Finds a longest run of items that are unique on both sides and in the same order.
    fn anchors(&self, before: Range<usize>, after: Range<usize>) -> Vec<(usize, usize)> {
        let old_places = places(&self.before[before.clone()], self.numbers);
        let new_places = places(&self.after[after.clone()], self.numbers);
        let pairs: Vec<(usize, usize)> = self.before[before.clone()]
            .iter()
            .enumerate()
            .filter_map(|(at, &number)| {
                match (old_places[number as usize], new_places[number as usize]) {
                    (Place::Once(_), Place::Once(new)) => {
                        Some((before.start + at, after.start + new as usize))
                    }
                    _ => None,
                }
            })
            .collect();
        longest_ascent(&pairs)
            .into_iter()
            .map(|at| pairs[at])
            .collect()
    }
}

/// How often a number occurs.
#[derive(Clone, Copy)]
enum Place {
    Never,
    Once(u32),
    Often,
}

fn places(items: &[u32], numbers: usize) -> Vec<Place> {
    let mut places = vec![Place::Never; numbers];
    for (at, &number) in (0_u32..).zip(items) {
        let place = &mut places[number as usize];
        *place = if matches!(place, Place::Never) {
            Place::Once(at)
        } else {
            Place::Often
        };
    }
    places
}

/// Returns the positions of a longest run of pairs whose second parts ascend.
pub(crate) fn longest_ascent(pairs: &[(usize, usize)]) -> Vec<usize> {
    // ends[length]: the position with the smallest end among the ascents of that length.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous = vec![None; pairs.len()];
    for (number, &(_, to)) in pairs.iter().enumerate() {
        // Mostly ascending already: look at the end first.
        let extends = ends.last().is_none_or(|&end| pairs[end].1 < to);
        let length = if extends {
            ends.len()
        } else {
            ends.partition_point(|&end| pairs[end].1 < to)
        };
        previous[number] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() {
            ends.push(number);
        } else {
            ends[length] = number;
        }
    }
    let mut ascent: Vec<usize> =
        std::iter::successors(ends.last().copied(), |&number| previous[number]).collect();
    ascent.reverse();
    ascent
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small deterministic source of numbers.
    fn noise(seed: u32) -> impl FnMut(u32) -> u32 {
        let mut state = seed;
        move |below| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        }
    }

    #[test]
    fn long_sequences_have_right_diffs() {
        let size = 60_000;
        let unique: Vec<u32> = (0..size).collect();
        let mut random = noise(7);
        let edited = unique
            .iter()
            .map(|&item| {
                if random(20) == 0 {
                    size + random(50)
                } else {
                    item
                }
            })
            .collect();
        let repetitive: Vec<u32> = (0..size).map(|_| random(5)).collect();
        let other: Vec<u32> = (0..size / 2).map(|_| random(5)).collect();
        let swapped = [&unique[size as usize / 2..], &unique[..size as usize / 2]].concat();
        let cases: [(&str, &[u32], Vec<u32>); 6] = [
            ("edited here and there", &unique, edited),
            ("reversed", &unique, unique.iter().rev().copied().collect()),
            ("halves swapped", &unique, swapped),
            ("repetitive, of other length", &repetitive, other),
            ("nothing in common", &unique, (size..2 * size).collect()),
            ("emptied", &unique, Vec::new()),
        ];
        for (name, before, after) in cases {
            let (mut b, mut a) = (0, 0);
            let end = Change {
                before: Span::new(before.len() as u32, before.len() as u32),
                after: Span::new(after.len() as u32, after.len() as u32),
            };
            for change in diff(before, &after, 2 * size as usize).iter().chain([&end]) {
                let (old, new) = (
                    &before[b as usize..change.before.start as usize],
                    &after[a as usize..change.after.start as usize],
                );
                assert_eq!(old, new, "{name}: what is not changed is equal");
                (b, a) = (change.before.end, change.after.end);
            }
        }
    }

    #[test]
    fn sifting_loses_no_match() {
        let mut random = noise(11);
        for apart in [2, 3, 10] {
            let mut side = |own: u32| -> Vec<u32> {
                let item = |random: &mut dyn FnMut(u32) -> u32| match random(apart) {
                    0 => random(200),
                    _ => own + random(200),
                };
                (0..800).map(|_| item(&mut random)).collect()
            };
            let (before, after) = (side(200), side(400));
            let changed = |changes: &[Change]| -> u32 {
                let lengths = changes.iter();
                lengths
                    .map(|change| change.before.len() + change.after.len())
                    .sum()
            };
            let sifted = diff(&before, &after, 600);
            assert_eq!(changed(&sifted), changed(&compared(&before, &after, 600)));
            let touching = sifted.windows(2).any(|pair| {
                pair[0].before.end == pair[1].before.start
                    || pair[0].after.end == pair[1].after.start
            });
            assert!(!touching, "something equal stands between two changes");
        }
    }

    #[test]
    fn ascents_are_longest() {
        let cases: [(&[usize], usize); 5] = [
            (&[], 0),
            (&[5], 1),
            (&[3, 1, 2], 2),
            (&[1, 2, 3], 3),
            (&[4, 0, 3, 1, 2], 3),
        ];
        for (ends, expected) in cases {
            let pairs: Vec<(usize, usize)> = ends.iter().copied().enumerate().collect();
            let ascent = longest_ascent(&pairs);
            assert_eq!(ascent.len(), expected, "longest ascent of {ends:?}");
            assert!(
                ascent
                    .windows(2)
                    .all(|pair| pair[0] < pair[1] && ends[pair[0]] < ends[pair[1]]),
                "{ascent:?} ascends"
            );
        }
    }
}
