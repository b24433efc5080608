//! Packs: documents compressed together, some dozens to a pack.
//!
//! Neighbours in a capture resemble each other, so that a pack is about half the size of its documents compressed one by
//! one, with no dictionary to train, keep and choose; and SQLite has few rows to write. The price is that reading one
//! document decodes its pack, which takes about 100 µs.

use std::sync::Arc;

use rusqlite::{OptionalExtension, params};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;

/// The largest document that is taken, in bytes: a file of 20 MiB inside JSON has a third more.
pub const BLOB_LIMIT_BYTES: u64 = 64 << 20;

/// A pack is closed when its documents reach this many bytes; a larger document has a pack for itself.
pub(crate) const PACK_BYTES: usize = 128 << 10;
/// How hard zstd tries. On packs of JSON the next levels take a third more time to save a twentieth of the room.
const LEVEL: i32 = 1;

/// How a pack's body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// As it is.
    Raw = 0,
    /// One zstd frame.
    Zstd = 1,
}

/// A pack ready to be written.
#[derive(Debug)]
pub(crate) struct Packed {
    codec: Codec,
    size: usize,
    body: Vec<u8>,
}

impl Packed {
    /// The bytes that it takes in the file.
    pub(crate) fn stored_bytes(&self) -> usize {
        self.body.len()
    }
}

/// Compresses packs; has working memory that is worth keeping.
pub(crate) struct Packer(zstd::bulk::Compressor<'static>);

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packer")
    }
}

impl Packer {
    pub(crate) fn new() -> Result<Self, StoreError> {
        Ok(Self(zstd::bulk::Compressor::new(LEVEL)?))
    }

    /// Compresses, unless that is known or found to be of no use.
    pub(crate) fn pack(&mut self, bytes: &[u8]) -> Result<Packed, StoreError> {
        if !is_compressed(bytes) {
            let body = self.0.compress(bytes)?;
            if body.len() < bytes.len() - bytes.len() / 32 {
                return Ok(Packed {
                    codec: Codec::Zstd,
                    size: bytes.len(),
                    body,
                });
            }
        }
        Ok(Packed {
            codec: Codec::Raw,
            size: bytes.len(),
            body: bytes.to_vec(),
        })
    }
}

/// Whether the bytes begin as a format that is compressed already: PNG, JPEG, GIF, WebP, WOFF2, ZIP, gzip.
pub(crate) fn is_compressed(bytes: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 6] = [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF8",
        b"wOF2",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
    ];
    BEGINNINGS
        .iter()
        .any(|beginning| bytes.starts_with(beginning))
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice()))
}

impl Writer {
    /// Stores a pack; its number.
    pub(crate) fn put_pack(&mut self, pack: &Packed) -> Result<i64, StoreError> {
        let Packed { codec, size, body } = pack;
        self.connection
            .prepare_cached("INSERT INTO pack (codec, size, body) VALUES (?1, ?2, ?3)")?
            .execute(params![*codec as u8, size, body])?;
        Ok(self.connection.last_insert_rowid())
    }
}

impl Reader {
    /// The decoded bytes of a pack.
    pub(crate) fn pack(&self, id: i64) -> Result<Arc<[u8]>, StoreError> {
        if let Some(bytes) = self.packs.borrow_mut().get(id) {
            return Ok(bytes);
        }
        let damaged = || StoreError::damaged(format!("pack {id} can't be decoded"));
        let mut statement = self
            .connection
            .prepare_cached("SELECT codec, size, body FROM pack WHERE id = ?1")?;
        let bytes = statement
            .query_row([id], |row| {
                let (codec, size) = (row.get::<_, u8>(0)?, row.get::<_, usize>(1)?);
                let body = row.get_ref(2)?.as_blob()?;
                // A size that was damaged must not lead to an allocation of that size.
                if size as u64 > BLOB_LIMIT_BYTES {
                    return Ok(None);
                }
                Ok(match codec {
                    0 => Some(body.to_vec()),
                    1 => zstd::bulk::decompress(body, size).ok(),
                    _ => None,
                })
            })
            .optional()?
            .flatten()
            .ok_or_else(damaged)?;
        let bytes: Arc<[u8]> = bytes.into();
        self.packs.borrow_mut().put(id, &bytes);
        Ok(bytes)
    }
}
