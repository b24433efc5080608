//! Stamps: by which the next capture of an environment recognises what did not change.
//!
//! One body per environment, in the order of its latest snapshot: for each entry the stamp's length plus one and the
//! stamp, or 0 where there is none.

use std::io::{BufReader, Read as _};
use std::sync::Arc;

use hashbrown::HashMap;
use rusqlite::{OptionalExtension, params};
use slipway_domain::{EnvironmentId, ResourceKey, SnapshotId, Version};

use crate::connection::{Reader, Writer};
use crate::encoding::put_number;
use crate::error::StoreError;
use crate::pages::PageCursor;

/// The stamps of an environment's latest capture, each with the version that was there.
#[derive(Debug, Default)]
pub struct Stamps {
    /// What was captured, where each of its resources has a stamp.
    whole: Option<SnapshotId>,
    of: HashMap<ResourceKey, (Arc<[u8]>, Version)>,
}

impl Stamps {
    /// The stamp of a resource, and the version that was there.
    pub fn get(&self, key: &ResourceKey) -> Option<&(Arc<[u8]>, Version)> {
        self.of.get(key)
    }

    /// The snapshot that the environment still holds when this many resources were seen, each with the stamp that it has
    /// here; nothing when that can't be said.
    pub fn still(&self, seen: usize) -> Option<SnapshotId> {
        self.whole.filter(|_| seen == self.of.len())
    }
}

/// The longest stamp that is read, in bytes; those that are written are shorter.
const STAMP_LIMIT_BYTES: u64 = 1_024;
/// The largest window that decoding keeps in memory, as a power of two: 8 MiB.
const WINDOW_LOG: u32 = 23;

/// Stamps are mostly sizes, times and inodes: there is little to find in them.
const LEVEL: i32 = 1;

/// The stamps of a capture, encoded.
#[derive(Debug)]
pub(crate) struct NewStamps(Vec<u8>);

/// Encodes stamps in the order of their keys.
pub(crate) fn encode<'a>(stamps: impl Iterator<Item = Option<&'a [u8]>>) -> NewStamps {
    let mut body = Vec::new();
    for stamp in stamps {
        match stamp {
            None => put_number(&mut body, 0),
            Some(stamp) => {
                put_number(&mut body, stamp.len() as u64 + 1);
                body.extend_from_slice(stamp);
            }
        }
    }
    NewStamps(body)
}

/// Reads an encoding back, a stamp at a time: what a few bytes decode to may be larger than the memory.
struct Body<'a> {
    bytes: BufReader<zstd::stream::read::Decoder<'a, &'a [u8]>>,
    hasher: blake3::Hasher,
}

impl<'a> Body<'a> {
    fn new(compressed: &'a [u8]) -> Option<Self> {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(compressed).ok()?;
        decoder.window_log_max(WINDOW_LOG).ok()?;
        Some(Self {
            bytes: BufReader::new(decoder),
            hasher: blake3::Hasher::new(),
        })
    }

    /// The next stamp, where the entry has one; nothing where the bytes are not that.
    fn next(&mut self) -> Option<Option<Arc<[u8]>>> {
        let mut length = 0u64;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.bytes.read_exact(&mut byte).ok()?;
            self.hasher.update(&byte);
            length |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                break;
            }
        }
        let Some(length) = length.checked_sub(1) else {
            return Some(None);
        };
        let mut stamp = vec![0; usize::try_from(length.min(STAMP_LIMIT_BYTES)).ok()?];
        self.bytes.read_exact(&mut stamp).ok()?;
        self.hasher.update(&stamp);
        (length <= STAMP_LIMIT_BYTES).then(|| Some(stamp.into()))
    }

    /// The digest of all that was read, when that was all there is.
    fn finish(mut self) -> Option<[u8; 32]> {
        let rest = self.bytes.read(&mut [0]).ok()?;
        (rest == 0).then(|| *self.hasher.finalize().as_bytes())
    }
}

impl Reader {
    /// The stamps of an environment's latest capture.
    ///
    /// # Errors
    /// When the file can't be read or is damaged.
    pub fn stamps(&self, environment: &EnvironmentId) -> Result<Stamps, StoreError> {
        let damaged =
            || StoreError::damaged(format!("the stamps of {environment} can't be decoded"));
        let mut statement = self.connection.prepare_cached(
            "SELECT hash, resources, digest, body FROM stamps JOIN snapshot ON snapshot.id = stamps.snapshot \
             WHERE environment = ?1",
        )?;
        let found = statement
            .query_row([environment.as_str()], |row| {
                let (digest, body) = (row.get::<_, [u8; 32]>(2)?, row.get::<_, Vec<u8>>(3)?);
                Ok((SnapshotId(row.get(0)?), row.get::<_, u64>(1)?, digest, body))
            })
            .optional()?;
        let Some((snapshot, resources, digest, body)) = found else {
            return Ok(Stamps::default());
        };
        let mut body = Body::new(&body).ok_or_else(damaged)?;
        let mut stamps = HashMap::new();
        for page in self.page_list(&snapshot)? {
            let mut cursor = PageCursor::new(self.page(page.id)?)?;
            stamps.reserve(cursor.page.entries());
            while cursor.is_inside() {
                if let Some(stamp) = body.next().ok_or_else(damaged)? {
                    stamps.insert(cursor.key()?, (stamp, cursor.version()));
                }
                cursor.advance()?;
            }
        }
        if body.finish() != Some(digest) {
            return Err(damaged());
        }
        Ok(Stamps {
            whole: (stamps.len() as u64 == resources).then_some(snapshot),
            of: stamps,
        })
    }
}

impl Writer {
    /// Forgets the stamps of an environment: its next capture reads everything.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn drop_stamps(&mut self, environment: &EnvironmentId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM stamps WHERE environment = ?1")?
            .execute([environment.as_str()])?;
        Ok(())
    }

    /// Replaces the stamps of an environment; they are in the order of the snapshot.
    pub(crate) fn put_stamps(
        &mut self,
        environment: &EnvironmentId,
        snapshot: i64,
        stamps: &NewStamps,
    ) -> Result<(), StoreError> {
        let digest = *blake3::hash(&stamps.0).as_bytes();
        let same = self
            .connection
            .prepare_cached(
                "UPDATE stamps SET snapshot = ?2 WHERE environment = ?1 AND digest = ?3",
            )?
            .execute(params![environment.as_str(), snapshot, digest])?;
        if same == 0 {
            let body = zstd::bulk::compress(&stamps.0, LEVEL)?;
            self.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO stamps (environment, snapshot, digest, body) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![environment.as_str(), snapshot, digest, body])?;
        }
        Ok(())
    }
}
