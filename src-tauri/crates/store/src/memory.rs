//! A workspace in memory, for the simulation of deployments; no program opens one.
//!
//! It is a database of SQLite's `memdb`, with the same tables and the same statements as a file. What was committed outlasts
//! the stores that are opened on it, as a disk outlasts processes; what a process does there is up to its [`Fates`].

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::connection::{Durability, Reader, Writer, locked, set_up};
use crate::error::StoreError;
use crate::migrations::{self, MIGRATIONS};
use crate::transaction::transact;

/// The size of SQLite's own pages: small, since they are copied all the time.
const MEMORY_PAGE_BYTES: u32 = 2_048;

/// Decides what becomes of a process's transactions: whether each goes on, or fails as a full disk or another program makes it
/// fail. A process that has crashed gets [`StoreError::Closed`] for whatever it still tries: it reads and writes nothing more.
pub trait Fates: Debug + Send + Sync {
    /// Asked before a transaction begins that only reads.
    ///
    /// # Errors
    /// What it fails with; nothing is read then.
    fn before_read(&self) -> Result<(), StoreError>;

    /// Asked before a transaction begins that writes.
    ///
    /// # Errors
    /// What it fails with; nothing is written then.
    fn before_write(&self) -> Result<(), StoreError>;

    /// Asked before the commit with this number, counted from 1 since the process began.
    ///
    /// # Errors
    /// What it fails with; nothing is written then.
    fn before_commit(&self, number: u64) -> Result<(), StoreError>;

    /// Asked after that commit.
    ///
    /// # Errors
    /// What is said to whoever wrote, though it is written.
    fn after_commit(&self, number: u64) -> Result<(), StoreError>;
}

/// Where a simulated workspace lies.
#[derive(Debug)]
pub struct Memory {
    path: PathBuf,
    /// The workspace as it is made, for [`Memory::wipe`].
    empty: Image,
    /// The number of its schema.
    schema: u32,
    /// Holds the memory while no store is open.
    keeper: Mutex<Connection>,
    /// Connections of stores that are gone, with what they have prepared.
    idle: Mutex<(Vec<Reader>, Vec<Writer>)>,
}

/// What a memory held once.
#[derive(Debug)]
pub struct Image(Mutex<Connection>);

fn copy(from: &Connection, to: &mut Connection) -> Result<(), StoreError> {
    match Backup::new(from, to)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(StoreError::Busy),
    }
}

impl Memory {
    /// Makes a new, empty workspace.
    ///
    /// # Errors
    /// When SQLite can't.
    pub fn new() -> Result<Self, StoreError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!("file:/slipway-{number}?vfs=memdb"));
        let mut empty = Connection::open_in_memory()?;
        empty.pragma_update(None, "page_size", MEMORY_PAGE_BYTES)?;
        migrations::migrate(&mut empty, MIGRATIONS)?;
        let schema = empty.query_row("PRAGMA schema_version", [], |row| row.get(0))?;
        let made = Self {
            schema,
            keeper: Mutex::new(open(&path)?),
            path,
            empty: Image(Mutex::new(empty)),
            idle: Mutex::default(),
        };
        made.wipe()?;
        Ok(made)
    }

    /// Makes it the empty workspace again that it was, as [`Memory::restore`] does.
    ///
    /// # Errors
    /// When SQLite can't.
    pub fn wipe(&self) -> Result<(), StoreError> {
        self.restore(&self.empty)
    }

    /// What it holds now.
    ///
    /// # Errors
    /// When SQLite can't.
    pub fn image(&self) -> Result<Image, StoreError> {
        let mut image = Connection::open_in_memory()?;
        copy(&locked(&self.keeper), &mut image)?;
        Ok(Image(Mutex::new(image)))
    }

    /// Makes it hold again what it held once. Its stores are gone by then, and it is nobody else's.
    ///
    /// # Errors
    /// When SQLite can't.
    pub fn restore(&self, image: &Image) -> Result<(), StoreError> {
        let (image, mut keeper) = (locked(&image.0), locked(&self.keeper));
        copy(&image, &mut keeper)?;
        // A copy counts as another schema, for which all that is prepared would be prepared again.
        Ok(keeper.pragma_update(None, "schema_version", self.schema)?)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn reader(&self) -> Result<Reader, StoreError> {
        match locked(&self.idle).0.pop() {
            Some(reader) => Ok(reader),
            None => Reader::over(set_up(open(&self.path)?, None)?),
        }
    }

    fn writer(&self) -> Result<Writer, StoreError> {
        let idle = locked(&self.idle).1.pop();
        match idle {
            Some(writer) => Ok(writer),
            None => {
                let (connection, steps) = set_up(open(&self.path)?, None)?;
                Writer::over(connection, steps)
            }
        }
    }
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// The connections of one simulated process.
#[derive(Debug)]
pub(crate) struct Inline {
    memory: Arc<Memory>,
    fates: Arc<dyn Fates>,
    commits: AtomicU64,
    /// Empty while it is used.
    reader: Mutex<Option<Reader>>,
    writer: Mutex<Option<Writer>>,
}

impl Inline {
    pub(crate) fn open(memory: &Arc<Memory>, fates: Arc<dyn Fates>) -> Result<Self, StoreError> {
        Ok(Self {
            reader: Mutex::new(Some(memory.reader()?)),
            writer: Mutex::new(Some(memory.writer()?)),
            memory: memory.clone(),
            fates,
            commits: AtomicU64::new(0),
        })
    }

    pub(crate) fn read<T>(
        &self,
        f: impl FnOnce(&Reader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.fates.before_read()?;
        let idle = locked(&self.reader).take();
        let reader = match idle {
            Some(reader) => reader,
            // It is read while it is read.
            None => self.memory.reader()?,
        };
        let (result, reader) = reader.transaction(f)?;
        let more = locked(&self.reader).replace(reader);
        locked(&self.memory.idle)
            .0
            .extend(more.inspect(Reader::forget));
        result
    }

    pub(crate) fn transact<T>(
        &self,
        durability: Durability,
        f: impl FnOnce(&mut Writer) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut writer = match self.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                panic!("BUG: a write inside a write would wait for itself")
            }
        };
        let writer = writer.as_mut().expect("BUG: only dropping takes it");
        self.fates.before_write()?;
        let mut number = 0;
        let value = transact(writer, durability, f, || {
            number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
            self.fates.before_commit(number)
        })?;
        self.fates.after_commit(number)?;
        Ok(value)
    }

    /// The connection that keeps the memory sees every commit as another's.
    pub(crate) fn data_version(&self) -> Result<u64, StoreError> {
        self.fates.before_read()?;
        let keeper = locked(&self.memory.keeper);
        Ok(keeper.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }
}

impl Drop for Inline {
    fn drop(&mut self) {
        let (reader, writer) = (locked(&self.reader).take(), locked(&self.writer).take());
        let mut idle = locked(&self.memory.idle);
        // What they remember is this process's.
        idle.0.extend(reader.inspect(Reader::forget));
        idle.1.extend(writer.inspect(|writer| writer.forget()));
    }
}

impl Reader {
    fn forget(&self) {
        let packs = &mut *self.packs.borrow_mut();
        *packs = packs.emptied();
        self.known_snapshots.borrow_mut().clear();
    }
}
