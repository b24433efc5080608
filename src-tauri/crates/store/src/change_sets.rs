//! Change sets: immutable lists of changes, named by their effect digest.
//!
//! The body: count of changes, and for each its key (what it shares with the one before, and the rest), one byte that
//! says which sides it has and whether their blobs are their digests, then those digests and blobs.

use rusqlite::{OptionalExtension, params};
use slipway_domain::{BlobHash, Change, ContentDigest, EffectDigest, Version, effect_digest};

use crate::connection::{Reader, Writer};
use crate::encoding::{Bytes, KeyDecoder, KeyEncoder, put_number};
use crate::error::StoreError;

/// What a change takes at least: the lengths of its key, its sides, and a digest.
const LEAST_BYTES: usize = 2 + 1 + 32;

const HAS_BEFORE: u8 = 1;
const BEFORE_BLOB_APART: u8 = 2;
const HAS_AFTER: u8 = 4;
const AFTER_BLOB_APART: u8 = 8;

impl Reader {
    /// The changes of a set, in key order; nothing when it is not stored.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when they are not those that the digest names.
    pub fn change_set(&self, effect: &EffectDigest) -> Result<Option<Vec<Change>>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT body FROM change_set WHERE effect = ?1")?;
        let changes = statement
            .query_row([effect.0], |row| Ok(decode(row.get_ref(0)?.as_blob()?)))
            .optional()?;
        match changes {
            None => Ok(None),
            Some(Some(changes)) if effect_digest(&changes) == *effect => Ok(Some(changes)),
            Some(_) => Err(StoreError::damaged(format!(
                "the changes of effect {effect} are not those that were stored"
            ))),
        }
    }
}

impl Writer {
    /// Stores changes, which come in key order; again is no harm.
    ///
    /// # Errors
    /// When they can't be written.
    ///
    /// # Panics
    /// When they are out of order; inside [`crate::Store::write`] that is [`StoreError::Panicked`].
    pub fn put_change_set(&mut self, changes: &[Change]) -> Result<EffectDigest, StoreError> {
        let effect = effect_digest(changes);
        self.connection
            .prepare_cached(
                "INSERT INTO change_set (effect, changes, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![effect.0, changes.len(), encode(changes)])?;
        Ok(effect)
    }
}

fn encode(changes: &[Change]) -> Vec<u8> {
    let mut body = Vec::with_capacity(changes.len() * 144);
    put_number(&mut body, changes.len() as u64);
    let mut keys = KeyEncoder::default();
    for Change {
        resource,
        before,
        after,
    } in changes
    {
        keys.put(&mut body, resource);
        body.push(
            flags(before, HAS_BEFORE, BEFORE_BLOB_APART)
                | flags(after, HAS_AFTER, AFTER_BLOB_APART),
        );
        for Version { digest, blob } in before.iter().chain(after) {
            body.extend_from_slice(&digest.0);
            if digest.0 != blob.0 {
                body.extend_from_slice(&blob.0);
            }
        }
    }
    body
}

fn flags(side: &Option<Version>, has: u8, apart: u8) -> u8 {
    match side {
        None => 0,
        Some(version) if version.digest.0 == version.blob.0 => has,
        Some(_) => has | apart,
    }
}

fn decode(body: &[u8]) -> Option<Vec<Change>> {
    let mut bytes = Bytes(body);
    let mut keys = KeyDecoder::default();
    let count = bytes.count()?;
    let mut changes: Vec<Change> = Vec::with_capacity(count.min(body.len() / LEAST_BYTES));
    for _ in 0..count {
        keys.next(&mut bytes)?;
        let resource = keys.key()?;
        let flags = *bytes.take(1)?.first()?;
        let mut side = |has, apart| -> Option<Option<Version>> {
            if flags & has == 0 {
                return Some(None);
            }
            let digest = bytes.hash()?;
            let blob = if flags & apart == 0 {
                digest
            } else {
                bytes.hash()?
            };
            Some(Some(Version {
                digest: ContentDigest(digest),
                blob: BlobHash(blob),
            }))
        };
        let before = side(HAS_BEFORE, BEFORE_BLOB_APART)?;
        let after = side(HAS_AFTER, AFTER_BLOB_APART)?;
        if before.is_none() && after.is_none() {
            return None;
        }
        // The digest may only be asked for changes that are in order.
        if changes.last().is_some_and(|last| last.resource >= resource) {
            return None;
        }
        changes.push(Change {
            resource,
            before,
            after,
        });
    }
    bytes.0.is_empty().then_some(changes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nonsense_is_no_change_set(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), count in 0..4u8) {
            // A small count lets more of the nonsense be looked at.
            if let Some(first) = bytes.first_mut() {
                *first = count;
            }
            if let Some(changes) = super::decode(&bytes) {
                prop_assert_eq!(changes.len(), usize::from(count));
            }
        }
    }
}
