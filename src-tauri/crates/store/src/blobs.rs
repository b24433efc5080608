//! Documents by the BLAKE3 of their bytes.

use std::fmt::Display;

use rusqlite::{OptionalExtension, params};
use slipway_domain::BlobHash;

use crate::connection::{Reader, Writer};
use crate::error::StoreError;
use crate::packs::{BLOB_LIMIT_BYTES, Packer};

/// Where a document lies inside its pack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) hash: BlobHash,
    pub(crate) start: u32,
    pub(crate) size: u32,
}

impl Reader {
    /// The bytes of a document; nothing when it is not stored.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the stored bytes are not those that the hash names.
    pub fn blob(&self, hash: &BlobHash) -> Result<Option<Vec<u8>>, StoreError> {
        let place = self
            .connection
            .prepare_cached("SELECT pack, start, size FROM blob WHERE hash = ?1")?
            .query_row([hash.0], |row| {
                Ok((
                    row.get(0)?,
                    row.get::<_, usize>(1)?,
                    row.get::<_, usize>(2)?,
                ))
            })
            .optional()?;
        let Some((pack, start, size)) = place else {
            return Ok(None);
        };
        let pack = self.pack(pack)?;
        let bytes = start
            .checked_add(size)
            .and_then(|end| pack.get(start..end))
            .filter(|bytes| BlobHash::of(bytes) == *hash);
        match bytes {
            Some(bytes) => Ok(Some(bytes.to_vec())),
            None => Err(StoreError::damaged(format!(
                "blob {hash} does not have its bytes any more"
            ))),
        }
    }

    /// The size of a document in bytes; nothing when it is not stored.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn blob_size(&self, hash: &BlobHash) -> Result<Option<u64>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT size FROM blob WHERE hash = ?1")?
            .query_row([hash.0], |row| row.get(0))
            .optional()?)
    }

    /// Which documents are stored, in the order of the question.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn blobs_present(&self, hashes: &[BlobHash]) -> Result<Vec<bool>, StoreError> {
        hashes
            .iter()
            .map(|hash| Ok(self.blob_size(hash)?.is_some()))
            .collect()
    }

    /// Whether any document is stored.
    pub(crate) fn has_blobs(&self) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT EXISTS (SELECT 1 FROM blob)", [], |row| row.get(0))?)
    }
}

impl Writer {
    /// Stores one document; for many at once there is [`crate::Store::ingest`].
    ///
    /// # Errors
    /// When it is too large or can't be written.
    pub fn put_blob(&mut self, bytes: &[u8]) -> Result<BlobHash, StoreError> {
        let hash = BlobHash::of(bytes);
        let size = checked_size(bytes, &"a document")?;
        if self.blob_size(&hash)?.is_none() {
            let pack = self.put_pack(&Packer::new()?.pack(bytes)?)?;
            self.put_places(
                pack,
                &[Place {
                    hash,
                    start: 0,
                    size,
                }],
            )?;
        }
        Ok(hash)
    }

    /// Notes where documents lie; one that is known already stays where it was.
    pub(crate) fn put_places(&mut self, pack: i64, places: &[Place]) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO blob (hash, pack, start, size) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?;
        for Place { hash, start, size } in places {
            statement.execute(params![hash.0, pack, start, size])?;
        }
        Ok(())
    }
}

/// The size of a document that is not too large.
pub(crate) fn checked_size(bytes: &[u8], what: &dyn Display) -> Result<u32, StoreError> {
    let found = bytes.len() as u64;
    if found > BLOB_LIMIT_BYTES {
        return Err(StoreError::TooLarge {
            what: what.to_string(),
            found,
        });
    }
    Ok(u32::try_from(found).expect("BUG: the limit fits 32 bits"))
}
