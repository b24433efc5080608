//! The packs that a connection decoded last.

use std::collections::VecDeque;
use std::sync::Arc;

/// How many decoded packs a reader remembers.
const REMEMBERED_PACKS: usize = 8;
/// The largest pack that is remembered, in bytes: four times what one usually holds.
const LARGEST_BYTES: usize = 512 << 10;

/// The packs that were decoded last; documents that are read together often lie together.
#[derive(Debug)]
pub(crate) struct PackCache {
    capacity: usize,
    packs: VecDeque<(i64, Arc<[u8]>)>,
}

impl Default for PackCache {
    fn default() -> Self {
        Self {
            capacity: REMEMBERED_PACKS,
            packs: VecDeque::new(),
        }
    }
}

impl PackCache {
    /// Remembers nothing.
    pub(crate) fn none() -> Self {
        Self {
            capacity: 0,
            packs: VecDeque::new(),
        }
    }

    /// One that remembers as many, and none yet.
    pub(crate) fn emptied(&self) -> Self {
        Self {
            capacity: self.capacity,
            packs: VecDeque::new(),
        }
    }

    pub(crate) fn get(&mut self, id: i64) -> Option<Arc<[u8]>> {
        let at = self.packs.iter().position(|(known, _)| *known == id)?;
        let pack = self.packs.remove(at)?;
        let bytes = pack.1.clone();
        self.packs.push_front(pack);
        Some(bytes)
    }

    pub(crate) fn put(&mut self, id: i64, bytes: &Arc<[u8]>) {
        if bytes.len() <= LARGEST_BYTES && self.capacity > 0 {
            self.packs.truncate(self.capacity - 1);
            self.packs.push_front((id, Arc::clone(bytes)));
        }
    }
}
