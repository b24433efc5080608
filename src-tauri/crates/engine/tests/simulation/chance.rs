//! Where everything comes from that is not decided by what is tested: one number.

use std::collections::{BTreeMap, BTreeSet};

/// A small generator (xorshift*), so that a seed is a whole story.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds must not begin alike.
        let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self((bits ^ (bits >> 31)) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn one_in(&mut self, limit: u64) -> bool {
        self.below(limit) == 0
    }

    /// One of them; there is at least one.
    pub(crate) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}

/// What strikes in a story, or is done there beside its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// A write is not done, and says so.
    Busy,
    /// A write is not done, and says that it never will be.
    Refused,
    /// A write is not done, and nobody says anything.
    LostBefore,
    /// A write is done, and nobody says so.
    LostAfter,
    /// A resource, or whether something is published, can't be read.
    ReadFails,
    /// A place can't be captured, opened or prepared.
    PlaceFails,
    /// A process ends while it waits for something.
    Crash,
    /// A process ends, and what it was about to commit is gone.
    CrashBeforeCommit,
    /// A process ends right after a commit.
    CrashAfterCommit,
    /// The disk is full.
    DiskFull,
    /// Another program writes to the workspace for too long.
    StoreBusy,
    /// The workspace can't be read for a moment.
    StoreUnread,
    /// Somebody else changes a resource.
    Edit,
    /// A second process does something beside the first.
    Rival,
    /// A living process is taken for a dead one, so that its lock goes to another.
    BelievedGone,
    /// What waits longest is not what goes on next.
    OutOfTurn,
    /// Time passes.
    Pause,
    /// The clock is put back.
    ClockBack,
}

/// What strikes, as the seed says, and what of that is left out since the story is told again to find what it takes.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// How many may still strike; what only orders things is not counted.
    pub(crate) left: u64,
    /// None strikes while it is set.
    pub(crate) is_calm: bool,
    /// How many are never to strike, by the number of the question.
    without: BTreeSet<u64>,
    /// The only one to strike, and which time that it could, from 1.
    pub(crate) only: Option<(Fault, u64)>,
    asked: u64,
    /// Those that did, by the number of the question.
    pub(crate) struck: Vec<(u64, Fault)>,
}

/// How often what struck.
pub(crate) type Counts = BTreeMap<String, u64>;

impl Faults {
    pub(crate) fn new(left: u64, without: &BTreeSet<u64>) -> Self {
        Self {
            left,
            without: without.clone(),
            ..Self::default()
        }
    }

    /// Whether it strikes now, with a chance of one in so many.
    pub(crate) fn strikes(&mut self, chance: &mut Chance, fault: Fault, one_in: u64) -> bool {
        if let Some((only, times)) = &mut self.only {
            if self.is_calm || *only != fault || *times == 0 {
                return false;
            }
            *times -= 1;
            if *times == 0 {
                self.struck.push((0, fault));
            }
            return *times == 0;
        }
        let orders = matches!(fault, Fault::OutOfTurn | Fault::Pause);
        if self.is_calm || (self.left == 0 && !orders) {
            return false;
        }
        self.asked += 1;
        if !chance.one_in(one_in) || self.without.contains(&self.asked) {
            return false;
        }
        if !orders {
            self.left -= 1;
        }
        self.struck.push((self.asked, fault));
        true
    }
}
