//! A snapshot in which some resources of another one hold something else: the pages without them are shared, and not read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use slipway_domain::{BlobHash, ResourceKey, SnapshotId, Version};

use crate::connection::Reader;
use crate::error::StoreError;
use crate::pages::{NewPage, NewPages, PageBuilder, PageCursor, begins_page};
use crate::snapshots::{PageRef, page_of};

/// What resources hold now; `None`: they are not there.
pub(crate) type Seen = BTreeMap<ResourceKey, Option<Version>>;

impl Reader {
    /// The pages of the snapshot that `base` becomes with what was seen: the same as if all of it had been captured.
    pub(crate) fn overlaid(
        &self,
        base: &SnapshotId,
        seen: &Seen,
        sizes: &HashMap<BlobHash, u32>,
    ) -> Result<NewPages, StoreError> {
        let pages = self.page_list(base)?;
        let dirty = dirty(&pages, seen);
        let mut builder = PageBuilder::new(self, sizes);
        let mut seen = seen.iter().peekable();
        for (index, page) in pages.iter().enumerate() {
            if !dirty.contains(&index) {
                builder.keep(self.kept(page)?)?;
                continue;
            }
            let mut cursor = PageCursor::new(self.page(page.id)?)?;
            while cursor.is_inside() {
                let (key, version) = (cursor.key()?, cursor.version());
                while let Some((new, now)) = seen.next_if(|(new, _)| **new < key) {
                    put(&mut builder, new, *now)?;
                }
                match seen.next_if(|(same, _)| **same == key) {
                    Some((_, now)) => put(&mut builder, &key, *now)?,
                    None => builder.put(&key, &version)?,
                }
                cursor.advance()?;
            }
            let next = pages.get(index + 1).map(|page| &page.first);
            while let Some((new, now)) =
                seen.next_if(|(new, _)| next.is_none_or(|next| *new < next))
            {
                put(&mut builder, new, *now)?;
            }
        }
        // Into a snapshot without pages.
        for (new, now) in seen {
            put(&mut builder, new, *now)?;
        }
        builder.finish()
    }

    /// A page that is stored, as a part of another snapshot.
    fn kept(&self, page: &PageRef) -> Result<NewPage, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT hash, entries, bytes FROM page WHERE id = ?1")?;
        let (hash, entries, bytes) =
            statement.query_row([page.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(NewPage::stored(hash, page.first.clone(), entries, bytes))
    }
}

fn put(
    builder: &mut PageBuilder<'_>,
    key: &ResourceKey,
    version: Option<Version>,
) -> Result<(), StoreError> {
    version.map_or(Ok(()), |version| builder.put(key, &version))
}

/// The pages that have to be cut anew. Those that follow from one key that begins a page go together; where such a key goes,
/// what it began falls to those before.
fn dirty(pages: &[PageRef], seen: &Seen) -> BTreeSet<usize> {
    let begin = |mut index: usize| {
        while index > 0 && !begins_page(&pages[index].first) {
            index -= 1;
        }
        index
    };
    let mut dirty = BTreeSet::new();
    let mut add = |begins: usize| {
        let rest = pages[begins + 1..].iter();
        let length = 1 + rest.take_while(|page| !begins_page(&page.first)).count();
        dirty.extend(begins..begins + length);
    };
    for (key, version) in seen {
        if pages.is_empty() {
            break;
        }
        let begins = begin(page_of(pages, key).unwrap_or(0));
        add(begins);
        if begins > 0 && version.is_none() && pages[begins].first == *key {
            add(begin(begins - 1));
        }
    }
    dirty
}
