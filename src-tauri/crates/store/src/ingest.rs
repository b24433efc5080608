//! Takes a capture in: documents from many threads, then the snapshot.
//!
//! Hashing and compressing happen on the threads that bring documents; the writer only writes, in batches. At most
//! [`BATCHES_WAITING`] batches wait for it, then those who bring more wait, so that memory stays flat.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use rayon::slice::ParallelSliceMut as _;
use slipway_domain::{BlobHash, ContentDigest, ResourceKey, SnapshotId, Version};

use crate::blobs::{Place, checked_size};
use crate::captures::{CaptureRow, SnapshotHeader};
use crate::connection::{Durability, locked};
use crate::error::StoreError;
use crate::overlay::Seen;
use crate::packs::{PACK_BYTES, Packed, Packer, is_compressed};
use crate::pages::PageBuilder;
use crate::store::Store;

/// The compressed size from which a batch goes to the writer.
const BATCH_BYTES: usize = 8 << 20;
/// The number of documents from which a batch goes to the writer.
const BATCH_DOCUMENTS: usize = 16_384;
/// How many batches may wait for the writer.
const BATCHES_WAITING: usize = 2;

/// What an environment holds for one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotEntry {
    /// Which resource.
    pub key: ResourceKey,
    /// What it holds; its blob is stored.
    pub version: Version,
    /// The sign by which the next capture may recognise it.
    pub stamp: Option<Arc<[u8]>>,
}

/// A capture that is being taken in; clones share it. When it is dropped unfinished, the documents that were stored so
/// far stay, and nothing refers to them.
#[derive(Clone, Debug)]
pub struct Ingest {
    session: Arc<Session>,
}

#[derive(Debug)]
struct Session {
    store: Store,
    /// Whether there were documents before, so that asking for one can be of use.
    may_know: bool,
    /// The documents that this session met, with their sizes.
    met: Mutex<HashMap<BlobHash, u32>>,
    /// Packs that are being filled and that no thread fills right now; about one for each thread.
    open: Mutex<Vec<OpenPack>>,
    batch: Mutex<Batch>,
    /// The answers of the writer that are still to come. A thread that hands a batch over holds this lock while it
    /// waits, so that the others wait as well.
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    answers: VecDeque<Receiver<Result<(), StoreError>>>,
    /// Whether a batch was not written: a snapshot would name documents that are not there.
    has_failed: bool,
}

#[derive(Debug)]
struct OpenPack {
    packer: Packer,
    bytes: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Debug, Default)]
struct Batch {
    packs: Vec<(Packed, Vec<Place>)>,
    stored_bytes: usize,
    documents: usize,
}

impl Store {
    /// Begins to take in a capture.
    ///
    /// # Errors
    /// When the file can't be read, or is only read.
    pub fn ingest(&self) -> Result<Ingest, StoreError> {
        self.refuse_read_only()?;
        Ingest::begin(self)
    }
}

impl Ingest {
    pub(crate) fn begin(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            session: Arc::new(Session {
                may_know: store.read(crate::Reader::has_blobs)?,
                store: store.clone(),
                met: Mutex::default(),
                open: Mutex::default(),
                batch: Mutex::default(),
                waiting: Mutex::default(),
            }),
        })
    }

    /// Stores a resource's document, unless it is stored already. `digest` is that of its content, where that is not the hash of
    /// its bytes. May wait for the writer.
    ///
    /// # Errors
    /// When the document is too large, or an earlier one could not be written.
    pub fn put(
        &self,
        key: &ResourceKey,
        bytes: &[u8],
        digest: Option<ContentDigest>,
    ) -> Result<Version, StoreError> {
        let hash = BlobHash::of(bytes);
        let size = checked_size(bytes, key)?;
        let is_new = locked(&self.session.met).insert(hash, size).is_none();
        if is_new && !self.session.knows(&hash)? {
            self.session.store(hash, bytes, size)?;
        }
        Ok(Version {
            digest: digest.unwrap_or(ContentDigest(hash.0)),
            blob: hash,
        })
    }

    /// Waits until all documents are written, then notes the snapshot, the capture and the stamps in one transaction.
    /// Entries may come in any order; a snapshot of the same content is not stored twice.
    ///
    /// # Errors
    /// When something could not be written, two entries have one key, or an entry names a blob that is not stored.
    pub fn finish(
        self,
        mut entries: Vec<SnapshotEntry>,
        header: SnapshotHeader,
    ) -> Result<CaptureRow, StoreError> {
        let session = &self.session;
        session.flush()?;
        entries.par_sort_unstable_by(|a, b| a.key.cmp(&b.key));
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].key == pair[1].key) {
            let key = pair[0].key.clone();
            return Err(StoreError::Twice { key });
        }
        let pages = session.store.read(|reader| {
            let met = locked(&session.met);
            let mut builder = PageBuilder::new(reader, &met);
            for entry in &entries {
                builder.put(&entry.key, &entry.version)?;
            }
            builder.finish()
        })?;
        let stamps = crate::stamps::encode(entries.iter().map(|entry| entry.stamp.as_deref()));
        drop(entries);
        let row = session.store.write(move |writer| {
            let snapshot = writer.put_snapshot(&pages)?;
            writer.put_stamps(&header.environment, snapshot, &stamps)?;
            writer.put_capture(snapshot, pages.id, pages.info(), header)
        })?;
        session.store.writer().fold_journal()?;
        Ok(row)
    }

    /// As [`Ingest::finish`], for a look at some resources only: `keys` are those that were looked at, and what was seen of
    /// them is put onto the capture before, which holds the rest. The stamps stay those of the last whole capture. Nothing,
    /// and nothing is noted, when `base` is not the environment's latest capture any more.
    ///
    /// # Errors
    /// As [`Ingest::finish`], and when `base` is not stored.
    pub fn finish_onto(
        self,
        base: CaptureRow,
        keys: impl IntoIterator<Item = ResourceKey>,
        entries: Vec<SnapshotEntry>,
        header: SnapshotHeader,
    ) -> Result<Option<CaptureRow>, StoreError> {
        let session = &self.session;
        session.flush()?;
        let mut seen: Seen = keys.into_iter().map(|key| (key, None)).collect();
        for SnapshotEntry { key, version, .. } in entries {
            if let Some(Some(_)) = seen.insert(key.clone(), Some(version)) {
                return Err(StoreError::Twice { key });
            }
        }
        let pages = session.store.read(|reader| {
            let met = locked(&session.met);
            reader.overlaid(&base.snapshot, &seen, &met)
        })?;
        let row = session.store.write(move |writer| {
            if writer.latest_capture(&base.environment)?.as_ref() != Some(&base) {
                return Ok(None);
            }
            let snapshot = writer.put_snapshot(&pages)?;
            (writer.put_capture(snapshot, pages.id, pages.info(), header)).map(Some)
        })?;
        session.store.writer().fold_journal()?;
        Ok(row)
    }

    /// Notes a capture that found what a snapshot holds, no more and no less, as [`Stamps::still`] told.
    ///
    /// # Errors
    /// When the snapshot is not stored, or the capture can't be written.
    ///
    /// [`Stamps::still`]: crate::Stamps::still
    pub fn finish_as(
        self,
        snapshot: SnapshotId,
        header: SnapshotHeader,
    ) -> Result<CaptureRow, StoreError> {
        let store = &self.session.store;
        let row = store.write(move |writer| {
            let missing = || StoreError::Missing {
                what: format!("snapshot {snapshot}"),
            };
            let number = writer.snapshot_number(&snapshot)?.ok_or_else(missing)?;
            let info = writer.snapshot_info(&snapshot)?.ok_or_else(missing)?;
            writer.put_capture(number, snapshot, info, header)
        })?;
        store.writer().fold_journal()?;
        Ok(row)
    }
}

impl Session {
    fn knows(&self, hash: &BlobHash) -> Result<bool, StoreError> {
        if !self.may_know {
            return Ok(false);
        }
        let size = self.store.read(|reader| reader.blob_size(hash))?;
        Ok(size.is_some())
    }

    fn store(&self, hash: BlobHash, bytes: &[u8], size: u32) -> Result<(), StoreError> {
        let free = locked(&self.open).pop();
        let mut pack = match free {
            Some(pack) => pack,
            None => OpenPack::new()?,
        };
        if bytes.len() >= PACK_BYTES || is_compressed(bytes) {
            let packed = pack.packer.pack(bytes)?;
            self.add(
                packed,
                vec![Place {
                    hash,
                    start: 0,
                    size,
                }],
            )?;
        } else {
            let start = u32::try_from(pack.bytes.len()).expect("BUG: a pack is smaller than that");
            pack.bytes.extend_from_slice(bytes);
            pack.places.push(Place { hash, start, size });
            if pack.bytes.len() >= PACK_BYTES {
                self.close(&mut pack)?;
            }
        }
        locked(&self.open).push(pack);
        Ok(())
    }

    /// Compresses what an open pack holds and empties it.
    fn close(&self, pack: &mut OpenPack) -> Result<(), StoreError> {
        let packed = pack.packer.pack(&pack.bytes)?;
        pack.bytes.clear();
        self.add(packed, std::mem::take(&mut pack.places))
    }

    fn add(&self, packed: Packed, places: Vec<Place>) -> Result<(), StoreError> {
        let full = {
            let mut batch = locked(&self.batch);
            batch.stored_bytes += packed.stored_bytes();
            batch.documents += places.len();
            batch.packs.push((packed, places));
            let is_full = batch.stored_bytes >= BATCH_BYTES || batch.documents >= BATCH_DOCUMENTS;
            is_full.then(|| std::mem::take(&mut *batch))
        };
        full.map_or(Ok(()), |batch| self.hand_over(batch))
    }

    fn hand_over(&self, batch: Batch) -> Result<(), StoreError> {
        let mut waiting = locked(&self.waiting);
        while waiting.answers.len() >= BATCHES_WAITING {
            waiting.settle()?;
        }
        let answer = self
            .store
            .writer()
            .begin(Durability::Process, move |writer| {
                for (packed, places) in &batch.packs {
                    let pack = writer.put_pack(packed)?;
                    writer.put_places(pack, places)?;
                }
                Ok(())
            })?;
        waiting.answers.push_back(answer);
        Ok(())
    }

    /// Writes all that was taken in so far.
    fn flush(&self) -> Result<(), StoreError> {
        let open = std::mem::take(&mut *locked(&self.open));
        for mut pack in open {
            if !pack.places.is_empty() {
                self.close(&mut pack)?;
            }
        }
        let batch = std::mem::take(&mut *locked(&self.batch));
        if !batch.packs.is_empty() {
            self.hand_over(batch)?;
        }
        let mut waiting = locked(&self.waiting);
        while !waiting.answers.is_empty() {
            waiting.settle()?;
        }
        if waiting.has_failed {
            return Err(StoreError::Missing {
                what: "all documents of this capture, since some could not be written".to_owned(),
            });
        }
        Ok(())
    }
}

impl OpenPack {
    fn new() -> Result<Self, StoreError> {
        Ok(Self {
            packer: Packer::new()?,
            bytes: Vec::with_capacity(PACK_BYTES),
            places: Vec::new(),
        })
    }
}

impl Waiting {
    /// Waits for the answer that is due next.
    fn settle(&mut self) -> Result<(), StoreError> {
        let Some(answer) = self.answers.pop_front() else {
            return Ok(());
        };
        let written = answer.recv().unwrap_or(Err(StoreError::Closed));
        self.has_failed |= written.is_err();
        written
    }
}
