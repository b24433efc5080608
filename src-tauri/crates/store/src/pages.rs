//! Pages: runs of sorted entries (key → version), the unit in which snapshots share what they hold.
//!
//! Where a page begins is decided by a hash of the key alone, so that a change moves no boundary but its own. The body:
//! count of entries, length of the keys, the keys (each as what it shares with the one before, and the rest), one bit
//! per entry that says whether its blob is not its digest, the digests, the blobs that those bits announce. Digests do
//! not compress, and comparing two pages with equal keys is comparing two arrays.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};
use slipway_domain::{BlobHash, ContentDigest, ResourceKey, SnapshotId, Version};

use crate::connection::{Reader, Writer};
use crate::encoding::{Bytes, KeyDecoder, KeyEncoder, put_number};
use crate::error::StoreError;

/// One key in this many begins a page; a power of two.
const PAGE_ENTRIES: u64 = 128;
/// A page never has more entries, whatever the hashes say.
const PAGE_LIMIT_ENTRIES: usize = 2_048;

/// A page of a snapshot that is being made.
#[derive(Debug)]
pub(crate) struct NewPage {
    pub(crate) hash: [u8; 32],
    pub(crate) first: ResourceKey,
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    /// The encoding; nothing when the page is stored already.
    body: Option<Vec<u8>>,
}

impl NewPage {
    /// A page that is stored already.
    pub(crate) fn stored(hash: [u8; 32], first: ResourceKey, entries: u64, bytes: u64) -> Self {
        Self {
            hash,
            first,
            entries,
            bytes,
            body: None,
        }
    }
}

/// All pages of a snapshot that is being made.
#[derive(Debug)]
pub(crate) struct NewPages {
    pub(crate) id: SnapshotId,
    pub(crate) pages: Vec<NewPage>,
}

/// Cuts entries that come in ascending order into pages.
pub(crate) struct PageBuilder<'a> {
    reader: &'a Reader,
    sizes: &'a HashMap<BlobHash, u32>,
    pages: Vec<NewPage>,
    keys: Vec<u8>,
    encoder: KeyEncoder,
    first: Option<ResourceKey>,
    versions: Vec<Version>,
}

impl<'a> PageBuilder<'a> {
    /// `sizes` are those of documents that were met lately; others are looked up.
    pub(crate) fn new(reader: &'a Reader, sizes: &'a HashMap<BlobHash, u32>) -> Self {
        Self {
            reader,
            sizes,
            pages: Vec::new(),
            keys: Vec::new(),
            encoder: KeyEncoder::default(),
            first: None,
            versions: Vec::new(),
        }
    }

    pub(crate) fn put(&mut self, key: &ResourceKey, version: &Version) -> Result<(), StoreError> {
        let is_full = self.versions.len() >= PAGE_LIMIT_ENTRIES;
        if !self.versions.is_empty() && (is_full || begins_page(key)) {
            self.close()?;
        }
        if self.versions.is_empty() {
            self.first = Some(key.clone());
        }
        self.encoder.put(&mut self.keys, key);
        self.versions.push(*version);
        Ok(())
    }

    /// Takes a page of another snapshot as it is. What follows has to begin a page of its own.
    pub(crate) fn keep(&mut self, page: NewPage) -> Result<(), StoreError> {
        self.close()?;
        self.pages.push(page);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<NewPages, StoreError> {
        self.close()?;
        Ok(NewPages {
            id: snapshot_id(self.pages.iter().map(|page| &page.hash)),
            pages: self.pages,
        })
    }

    fn close(&mut self) -> Result<(), StoreError> {
        let Some(first) = self.first.take() else {
            return Ok(());
        };
        self.encoder = KeyEncoder::default();
        let body = encode(&self.keys, &self.versions);
        let hash = *blake3::hash(&body).as_bytes();
        let known = self
            .reader
            .connection
            .prepare_cached("SELECT bytes FROM page WHERE hash = ?1")?
            .query_row([hash], |row| row.get::<_, u64>(0))
            .optional()?;
        let (bytes, body) = match known {
            Some(bytes) => (bytes, None),
            None => (self.content_bytes()?, Some(body)),
        };
        self.pages.push(NewPage {
            hash,
            first,
            entries: self.versions.len() as u64,
            bytes,
            body,
        });
        self.keys.clear();
        self.versions.clear();
        Ok(())
    }

    /// The sizes of all documents of the page, added up.
    fn content_bytes(&self) -> Result<u64, StoreError> {
        let mut bytes = 0;
        for Version { blob, .. } in &self.versions {
            bytes += match self.sizes.get(blob) {
                Some(size) => u64::from(*size),
                None => self.reader.blob_size(blob)?.ok_or(StoreError::Missing {
                    what: format!("blob {blob}"),
                })?,
            };
        }
        Ok(bytes)
    }
}

/// What a snapshot of pages with these hashes is named.
pub(crate) fn snapshot_id<'a>(hashes: impl Iterator<Item = &'a [u8; 32]>) -> SnapshotId {
    let mut hasher = blake3::Hasher::new_derive_key("slipway snapshot v1");
    for hash in hashes {
        hasher.update(hash);
    }
    SnapshotId(*hasher.finalize().as_bytes())
}

/// Whether a page begins at the key (FNV-1a, whose low bits are mixed well enough for this).
pub(crate) fn begins_page(key: &ResourceKey) -> bool {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in key.as_str().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash ^ (hash >> 32)).is_multiple_of(PAGE_ENTRIES)
}

fn encode(keys: &[u8], versions: &[Version]) -> Vec<u8> {
    let mut body = Vec::with_capacity(keys.len() + versions.len() * 65 + 16);
    put_number(&mut body, versions.len() as u64);
    put_number(&mut body, keys.len() as u64);
    body.extend_from_slice(keys);
    for eight in versions.chunks(8) {
        let bits = eight.iter().enumerate();
        body.push(bits.fold(0, |bits, (bit, version)| {
            bits | (u8::from(is_apart(version)) << bit)
        }));
    }
    for version in versions {
        body.extend_from_slice(&version.digest.0);
    }
    for version in versions.iter().filter(|version| is_apart(version)) {
        body.extend_from_slice(&version.blob.0);
    }
    body
}

fn is_apart(version: &Version) -> bool {
    version.digest.0 != version.blob.0
}

/// A stored page, checked against its hash.
#[derive(Debug)]
pub(crate) struct Page {
    body: Vec<u8>,
    entries: usize,
    keys: std::ops::Range<usize>,
    digests: usize,
}

impl Page {
    fn parse(body: Vec<u8>) -> Option<Self> {
        let mut bytes = Bytes(&body);
        let entries = bytes.count().filter(|count| *count <= PAGE_LIMIT_ENTRIES)?;
        let keys_length = bytes.count()?;
        let start = body.len() - bytes.0.len();
        bytes.take(keys_length)?;
        let flags = bytes.take(entries.div_ceil(8))?;
        let apart: usize = flags.iter().map(|byte| byte.count_ones() as usize).sum();
        let digests = body.len() - bytes.0.len();
        let is_whole = bytes.0.len() == entries.checked_add(apart)?.checked_mul(32)?;
        is_whole.then_some(Self {
            entries,
            keys: start..start + keys_length,
            digests,
            body,
        })
    }

    pub(crate) fn entries(&self) -> usize {
        self.entries
    }

    /// The encoded keys: equal for pages of the same resources.
    pub(crate) fn keys(&self) -> &[u8] {
        &self.body[self.keys.clone()]
    }

    pub(crate) fn digest(&self, index: usize) -> &[u8] {
        let start = self.digests + index * 32;
        &self.body[start..start + 32]
    }

    pub(crate) fn version(&self, index: usize) -> Version {
        let digest: [u8; 32] = self
            .digest(index)
            .try_into()
            .expect("BUG: 32 bytes were taken");
        let flags = &self.body[self.keys.end..self.digests];
        let (byte, bit) = (index / 8, index % 8);
        let blob = if flags[byte] & (1 << bit) == 0 {
            digest
        } else {
            let before: u32 = flags[..byte].iter().map(|byte| byte.count_ones()).sum();
            let rank = before + (flags[byte] & ((1 << bit) - 1)).count_ones();
            let start = self.digests + (self.entries + rank as usize) * 32;
            self.body[start..start + 32]
                .try_into()
                .expect("BUG: 32 bytes were taken")
        };
        Version {
            digest: ContentDigest(digest),
            blob: BlobHash(blob),
        }
    }
}

/// Walks through a page's entries.
#[derive(Debug)]
pub(crate) struct PageCursor {
    pub(crate) page: Page,
    /// The index of the present entry.
    pub(crate) index: usize,
    position: usize,
    decoder: KeyDecoder,
}

impl PageCursor {
    /// Stands at the first entry.
    pub(crate) fn new(page: Page) -> Result<Self, StoreError> {
        let mut cursor = Self {
            position: page.keys.start,
            page,
            index: 0,
            decoder: KeyDecoder::default(),
        };
        if cursor.is_inside() {
            cursor.decode()?;
        }
        Ok(cursor)
    }

    /// Whether there is a present entry.
    pub(crate) fn is_inside(&self) -> bool {
        self.index < self.page.entries
    }

    /// Goes to the next entry.
    pub(crate) fn advance(&mut self) -> Result<(), StoreError> {
        self.index += 1;
        if self.is_inside() {
            self.decode()?;
        }
        Ok(())
    }

    pub(crate) fn key_bytes(&self) -> &[u8] {
        self.decoder.bytes()
    }

    pub(crate) fn key(&self) -> Result<ResourceKey, StoreError> {
        self.decoder.key().ok_or_else(damaged)
    }

    pub(crate) fn version(&self) -> Version {
        self.page.version(self.index)
    }

    fn decode(&mut self) -> Result<(), StoreError> {
        let mut bytes = Bytes(&self.page.body[self.position..self.page.keys.end]);
        self.decoder.next(&mut bytes).ok_or_else(damaged)?;
        self.position = self.page.keys.end - bytes.0.len();
        Ok(())
    }
}

fn damaged() -> StoreError {
    StoreError::damaged("a page of a snapshot can't be decoded")
}

impl Reader {
    /// Reads a page and checks it against its hash.
    pub(crate) fn page(&self, id: i64) -> Result<Page, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT hash, body FROM page WHERE id = ?1")?;
        statement
            .query_row([id], |row| {
                let body = row.get_ref(1)?.as_blob()?;
                let is_whole = row.get_ref(0)?.as_blob()? == blake3::hash(body).as_bytes();
                Ok(is_whole.then(|| body.to_vec()))
            })
            .optional()?
            .flatten()
            .and_then(Page::parse)
            .ok_or_else(|| {
                StoreError::damaged(format!(
                    "page {id} of a snapshot does not have its bytes any more"
                ))
            })
    }
}

impl Writer {
    /// Stores a page, unless it is stored already; its number.
    pub(crate) fn put_page(&mut self, page: &NewPage) -> Result<i64, StoreError> {
        let NewPage {
            hash,
            first: _,
            entries,
            bytes,
            body,
        } = page;
        if let Some(body) = body {
            self.connection
                .prepare_cached(
                    "INSERT INTO page (hash, entries, bytes, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                )?
                .execute(params![hash, entries, bytes, body])?;
        }
        Ok(self
            .connection
            .prepare_cached("SELECT id FROM page WHERE hash = ?1")?
            .query_row([hash], |row| row.get(0))?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Page, PageCursor};

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nonsense_is_no_page(count in 0..9u8, keys in 0..40u8, rest in proptest::collection::vec(any::<u8>(), 0..400)) {
            let body = [&[count, keys], rest.as_slice()].concat();
            // Whatever it is, walking through it ends, with entries or with an error.
            if let Some(page) = Page::parse(body)
                && let Ok(mut cursor) = PageCursor::new(page)
            {
                while cursor.is_inside() {
                    let _ = (cursor.key(), cursor.version());
                    if cursor.advance().is_err() {
                        break;
                    }
                }
            }
        }
    }
}
