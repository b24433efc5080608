//! Snapshots: lists of pages. The body: count of pages; of each its number and its first key (what it shares with the one
//! before, and the rest); the BLAKE3 of all that.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use rusqlite::{OptionalExtension, params};
use slipway_domain::{ResourceKey, SnapshotId, Version};

use crate::connection::{Reader, Writer};
use crate::encoding::{Bytes, KeyDecoder, KeyEncoder, put_number};
use crate::error::StoreError;
use crate::pages::{NewPages, PageCursor, snapshot_id};

/// How much a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// The number of resources.
    pub resources: u64,
    /// The sizes of their documents, added up.
    pub bytes: u64,
}

/// A page as a snapshot lists it.
#[derive(Clone, Debug)]
pub(crate) struct PageRef {
    pub(crate) id: i64,
    /// The key of its first entry.
    pub(crate) first: ResourceKey,
}

impl NewPages {
    /// What a snapshot of these pages holds.
    pub(crate) fn info(&self) -> SnapshotInfo {
        SnapshotInfo {
            resources: self.pages.iter().map(|page| page.entries).sum(),
            bytes: self.pages.iter().map(|page| page.bytes).sum(),
        }
    }
}

impl Reader {
    /// How much a snapshot holds; nothing when it is not stored.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn snapshot_info(&self, id: &SnapshotId) -> Result<Option<SnapshotInfo>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT resources, bytes FROM snapshot WHERE hash = ?1")?
            .query_row([id.0], |row| {
                Ok(SnapshotInfo {
                    resources: row.get(0)?,
                    bytes: row.get(1)?,
                })
            })
            .optional()?)
    }

    /// Hands over every entry in key order, until the closure breaks off.
    ///
    /// # Errors
    /// When the snapshot is not stored or damaged.
    pub fn entries(
        &self,
        id: &SnapshotId,
        each: &mut dyn FnMut(ResourceKey, Version) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        for page in self.page_list(id)? {
            let mut cursor = PageCursor::new(self.page(page.id)?)?;
            while cursor.is_inside() {
                if each(cursor.key()?, cursor.version()).is_break() {
                    return Ok(());
                }
                cursor.advance()?;
            }
        }
        Ok(())
    }

    /// The next entries in key order: those after a key, or the first ones.
    ///
    /// # Errors
    /// As [`Reader::entries`].
    pub fn entries_page(
        &self,
        id: &SnapshotId,
        after: Option<&ResourceKey>,
        limit: usize,
    ) -> Result<Vec<(ResourceKey, Version)>, StoreError> {
        let pages = self.page_list(id)?;
        let skipped = after.map_or(0, |after| page_of(&pages, after).unwrap_or(0));
        let mut found = Vec::new();
        for page in &pages[skipped..] {
            let mut cursor = PageCursor::new(self.page(page.id)?)?;
            while cursor.is_inside() {
                if found.len() >= limit {
                    return Ok(found);
                }
                if after.is_none_or(|after| cursor.key_bytes() > after.as_str().as_bytes()) {
                    found.push((cursor.key()?, cursor.version()));
                }
                cursor.advance()?;
            }
        }
        Ok(found)
    }

    /// What a snapshot holds for the keys that it has, of those asked for; these come in ascending order.
    ///
    /// # Errors
    /// As [`Reader::entries`].
    ///
    /// # Panics
    /// When the keys are out of order.
    pub fn lookup(
        &self,
        id: &SnapshotId,
        keys: &[ResourceKey],
    ) -> Result<BTreeMap<ResourceKey, Version>, StoreError> {
        assert!(keys.is_sorted(), "BUG: keys to look up are out of order");
        let pages = self.page_list(id)?;
        let mut found = BTreeMap::new();
        let mut open: Option<(usize, PageCursor)> = None;
        for key in keys {
            let Some(at) = page_of(&pages, key) else {
                continue;
            };
            let cursor = match &mut open {
                Some((known, cursor)) if *known == at => cursor,
                _ => {
                    &mut open
                        .insert((at, PageCursor::new(self.page(pages[at].id)?)?))
                        .1
                }
            };
            while cursor.is_inside() && cursor.key_bytes() < key.as_str().as_bytes() {
                cursor.advance()?;
            }
            if cursor.is_inside() && cursor.key_bytes() == key.as_str().as_bytes() {
                found.insert(key.clone(), cursor.version());
            }
        }
        Ok(found)
    }

    /// The pages of a snapshot, in key order.
    pub(crate) fn page_list(&self, id: &SnapshotId) -> Result<Vec<PageRef>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT pages FROM snapshot WHERE hash = ?1")?;
        let list = statement
            .query_row([id.0], |row| Ok(decode(row.get_ref(0)?.as_blob()?)))
            .optional()?
            .ok_or_else(|| StoreError::Missing {
                what: format!("snapshot {id}"),
            })?;
        let list =
            list.ok_or_else(|| StoreError::damaged(format!("snapshot {id} can't be decoded")))?;
        if self.known_snapshots.borrow().contains(id) {
            return Ok(list);
        }
        // The list names rows, which say nothing: what it leads to has to be what the snapshot is named by.
        let mut statement = self
            .connection
            .prepare_cached("SELECT hash FROM page WHERE id = ?1")?;
        let mut hashes = Vec::with_capacity(list.len());
        for page in &list {
            let hash: Option<[u8; 32]> = statement
                .query_row([page.id], |row| row.get(0))
                .optional()?;
            hashes.extend(hash);
        }
        if snapshot_id(hashes.iter()) != *id {
            let what = format!("snapshot {id} does not have its pages any more");
            return Err(StoreError::damaged(what));
        }
        self.known_snapshots.borrow_mut().insert(*id);
        Ok(list)
    }
}

impl Writer {
    /// Stores a snapshot with its pages, unless it is stored already; its number.
    pub(crate) fn put_snapshot(&mut self, pages: &NewPages) -> Result<i64, StoreError> {
        let known = self.snapshot_number(&pages.id)?;
        if let Some(number) = known {
            return Ok(number);
        }
        let mut list = Vec::new();
        let mut keys = KeyEncoder::default();
        put_number(&mut list, pages.pages.len() as u64);
        for page in &pages.pages {
            let number = self.put_page(page)?;
            put_number(&mut list, number.cast_unsigned());
            keys.put(&mut list, &page.first);
        }
        list.extend_from_slice(blake3::hash(&list).as_bytes());
        let SnapshotInfo { resources, bytes } = pages.info();
        self.connection
            .prepare_cached(
                "INSERT INTO snapshot (hash, resources, bytes, pages) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![pages.id.0, resources, bytes, list])?;
        Ok(self.connection.last_insert_rowid())
    }

    pub(crate) fn snapshot_number(&self, id: &SnapshotId) -> Result<Option<i64>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT id FROM snapshot WHERE hash = ?1")?
            .query_row([id.0], |row| row.get(0))
            .optional()?)
    }
}

/// The only page that can hold the key.
pub(crate) fn page_of(pages: &[PageRef], key: &ResourceKey) -> Option<usize> {
    pages
        .partition_point(|page| page.first <= *key)
        .checked_sub(1)
}

fn decode(list: &[u8]) -> Option<Vec<PageRef>> {
    let (list, hash) = list.split_last_chunk::<32>()?;
    if blake3::hash(list).as_bytes() != hash {
        return None;
    }
    let mut bytes = Bytes(list);
    let mut keys = KeyDecoder::default();
    let count = bytes.count()?;
    let mut pages: Vec<PageRef> = Vec::new();
    let mut seen = HashSet::new();
    for _ in 0..count {
        let id = bytes.number()?.cast_signed();
        keys.next(&mut bytes)?;
        let first = keys.key()?;
        // A page that came again and again would make a short list a long walk.
        if !seen.insert(id) || pages.last().is_some_and(|last| last.first >= first) {
            return None;
        }
        pages.push(PageRef { id, first });
    }
    bytes.0.is_empty().then_some(pages)
}
