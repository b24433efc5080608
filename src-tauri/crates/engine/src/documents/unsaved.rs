//! Documents that were worked out in a workspace that is only read: what is left of one after rules is read once more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use slipway_domain::BlobHash;

/// How much is kept, in bytes; then all of it is let go.
const LIMIT_BYTES: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct Unsaved(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    documents: HashMap<BlobHash, Vec<u8>>,
    bytes: usize,
}

impl Unsaved {
    pub(super) fn put(&self, document: Vec<u8>) -> BlobHash {
        let hash = BlobHash::of(&document);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.bytes + document.len() > LIMIT_BYTES {
            *held = Held::default();
        }
        held.bytes += document.len();
        held.documents.insert(hash, document);
        hash
    }

    pub(super) fn get(&self, hash: &BlobHash) -> Option<Vec<u8>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.documents.get(hash).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_let_go_and_the_newest_stays() {
        let unsaved = Unsaved::default();
        let first = unsaved.put(vec![1; LIMIT_BYTES / 2]);
        let second = unsaved.put(vec![2; LIMIT_BYTES / 2]);
        assert!(unsaved.get(&first).is_some() && unsaved.get(&second).is_some());
        let third = unsaved.put(vec![3; 1]);
        assert_eq!(unsaved.get(&first), None);
        assert_eq!(unsaved.get(&third), Some(vec![3]));
    }
}
