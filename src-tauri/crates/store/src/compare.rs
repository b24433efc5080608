//! Comparing two snapshots: a merge-join over the pages that they do not share.

use std::cmp::Ordering;
use std::collections::HashSet;

use slipway_domain::{Change, SnapshotId};

use crate::connection::Reader;
use crate::error::StoreError;
use crate::pages::PageCursor;
use crate::snapshots::PageRef;

impl Reader {
    /// What differs between two snapshots, in key order. The digests of the content decide; no document is opened, and
    /// pages that both have are not read.
    ///
    /// # Errors
    /// When a snapshot is not stored or damaged.
    pub fn compare(
        &self,
        before: &SnapshotId,
        after: &SnapshotId,
    ) -> Result<Vec<Change>, StoreError> {
        if before == after {
            return Ok(Vec::new());
        }
        let (before, after) = (self.page_list(before)?, self.page_list(after)?);
        let mut before_side = Side::new(self, &before, &after)?;
        let mut after_side = Side::new(self, &after, &before)?;
        let mut changes = Vec::new();
        loop {
            match (&mut before_side.cursor, &mut after_side.cursor) {
                (None, None) => return Ok(changes),
                (Some(old), Some(new)) if old.at_start_of_same_keys(new) => {
                    compare_versions(old, new, &mut changes)?;
                    before_side.next_page()?;
                    after_side.next_page()?;
                }
                (Some(old), Some(new)) => match old.key_bytes().cmp(new.key_bytes()) {
                    Ordering::Less => {
                        changes.push(deleted(old)?);
                        before_side.advance()?;
                    }
                    Ordering::Greater => {
                        changes.push(created(new)?);
                        after_side.advance()?;
                    }
                    Ordering::Equal => {
                        push_modified(old, new, &mut changes)?;
                        before_side.advance()?;
                        after_side.advance()?;
                    }
                },
                (Some(old), None) => {
                    changes.push(deleted(old)?);
                    before_side.advance()?;
                }
                (None, Some(new)) => {
                    changes.push(created(new)?);
                    after_side.advance()?;
                }
            }
        }
    }
}

/// One of the two snapshots: walks through the pages that the other does not have.
struct Side<'a> {
    reader: &'a Reader,
    pages: std::vec::IntoIter<i64>,
    cursor: Option<PageCursor>,
}

impl<'a> Side<'a> {
    fn new(reader: &'a Reader, own: &[PageRef], other: &[PageRef]) -> Result<Self, StoreError> {
        let shared: HashSet<i64> = other.iter().map(|page| page.id).collect();
        let pages: Vec<i64> = own
            .iter()
            .map(|page| page.id)
            .filter(|id| !shared.contains(id))
            .collect();
        let mut side = Self {
            reader,
            pages: pages.into_iter(),
            cursor: None,
        };
        side.next_page()?;
        Ok(side)
    }

    fn next_page(&mut self) -> Result<(), StoreError> {
        self.cursor = match self.pages.next() {
            Some(id) => Some(PageCursor::new(self.reader.page(id)?)?),
            None => None,
        };
        Ok(())
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        if let Some(cursor) = &mut self.cursor {
            cursor.advance()?;
            if !cursor.is_inside() {
                self.next_page()?;
            }
        }
        Ok(())
    }
}

impl PageCursor {
    fn at_start_of_same_keys(&self, other: &Self) -> bool {
        self.index == 0 && other.index == 0 && self.page.keys() == other.page.keys()
    }
}

/// Two pages of the same keys: only the keys of what differs are decoded.
fn compare_versions(
    old: &mut PageCursor,
    new: &mut PageCursor,
    changes: &mut Vec<Change>,
) -> Result<(), StoreError> {
    for index in 0..old.page.entries() {
        if old.page.digest(index) == new.page.digest(index) {
            continue;
        }
        while old.index < index {
            old.advance()?;
        }
        new.index = index;
        push_modified(old, new, changes)?;
    }
    Ok(())
}

fn push_modified(
    old: &PageCursor,
    new: &PageCursor,
    changes: &mut Vec<Change>,
) -> Result<(), StoreError> {
    if old.page.digest(old.index) != new.page.digest(new.index) {
        changes.push(Change {
            resource: old.key()?,
            before: Some(old.version()),
            after: Some(new.version()),
        });
    }
    Ok(())
}

fn deleted(old: &PageCursor) -> Result<Change, StoreError> {
    Ok(Change {
        resource: old.key()?,
        before: Some(old.version()),
        after: None,
    })
}

fn created(new: &PageCursor) -> Result<Change, StoreError> {
    Ok(Change {
        resource: new.key()?,
        before: None,
        after: Some(new.version()),
    })
}
