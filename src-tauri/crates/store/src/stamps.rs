//! Stamps: by which the next capture of an environment recognises what did not change.
//!
//! One body per environment, in the order of its latest snapshot: for each entry the stamp's length plus one and the
//! stamp, or 0 where there is none.

use std::sync::Arc;

use hashbrown::HashMap;
use rusqlite::{OptionalExtension, params};
use slipway_domain::{EnvironmentId, ResourceKey, SnapshotId, Version};

use crate::connection::{Reader, Writer};
use crate::encoding::{Bytes, put_number};
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
                let body = zstd::decode_all(row.get_ref(3)?.as_blob()?).ok();
                let digest = row.get_ref(2)?.as_blob()?;
                let body = body.filter(|body| blake3::hash(body).as_bytes() == digest);
                Ok((SnapshotId(row.get(0)?), row.get::<_, usize>(1)?, body))
            })
            .optional()?;
        let Some((snapshot, resources, body)) = found else {
            return Ok(Stamps::default());
        };
        let body = body.ok_or_else(damaged)?;
        let mut bytes = Bytes(&body);
        let mut stamps = HashMap::with_capacity(resources.min(body.len()));
        for page in self.page_list(&snapshot)? {
            let mut cursor = PageCursor::new(self.page(page.id)?)?;
            while cursor.is_inside() {
                if let Some(length) = bytes.count().ok_or_else(damaged)?.checked_sub(1) {
                    let stamp = bytes.take(length).ok_or_else(damaged)?.into();
                    stamps.insert(cursor.key()?, (stamp, cursor.version()));
                }
                cursor.advance()?;
            }
        }
        Ok(Stamps {
            whole: (stamps.len() == resources).then_some(snapshot),
            of: stamps,
        })
    }
}

impl Writer {
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
