//! Connections to the file, and the two handles that the tables' methods hang on.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use slipway_domain::SnapshotId;

use crate::error::StoreError;
use crate::guard::{Purpose, Steps, guard};
use crate::pack_cache::PackCache;

/// How long a connection waits for another program's write.
pub(crate) const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared: more than there are.
const STATEMENT_COUNT: usize = 128;
/// The size from which the write-ahead log is folded into the file, in pages of [`PAGE_BYTES`]: 32 MiB.
const CHECKPOINT_PAGES: u32 = 4_096;
/// The size that the write-ahead log keeps when it was folded in.
const JOURNAL_LIMIT_BYTES: u32 = 4 << 20;
/// The size of SQLite's own pages in a new file.
pub(crate) const PAGE_BYTES: u32 = 8_192;

/// What a commit has to outlast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The end of this program.
    Process,
    /// A power cut.
    Power,
}

/// Reads a workspace; inside [`crate::Store::read`] it sees one moment of it.
#[derive(Debug)]
pub struct Reader {
    pub(crate) connection: Connection,
    pub(crate) steps: Steps,
    pub(crate) packs: RefCell<PackCache>,
    /// The snapshots whose pages were found to be theirs: that is looked at once.
    pub(crate) known_snapshots: RefCell<HashSet<SnapshotId>>,
}

/// Writes a workspace; sees its own writes as a [`Reader`].
#[derive(Debug)]
pub struct Writer {
    reader: Reader,
    /// What commits outlast as it is set now.
    pub(crate) durability: Option<Durability>,
}

impl Deref for Writer {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Reader {
    /// Opens a connection that can't write.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        Self::over(connect(path)?)
    }

    /// Takes over a connection, which can't write from now on.
    pub(crate) fn over((connection, steps): (Connection, Steps)) -> Result<Self, StoreError> {
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -4_096)?;
        Ok(Self {
            connection,
            steps,
            packs: RefCell::new(PackCache::default()),
            known_snapshots: RefCell::default(),
        })
    }
}

impl Reader {
    /// Reads inside one transaction. Gives the connection back when that ended; one whose transaction does not end is not
    /// used again.
    pub(crate) fn transaction<T>(
        self,
        f: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<(Result<T, StoreError>, Self), StoreError> {
        self.steps.renew(Purpose::Read);
        run(&self.connection, "BEGIN")?;
        let result = f(&self);
        self.steps.renew(Purpose::Read);
        run(&self.connection, "COMMIT")?;
        Ok((result, self))
    }
}

impl Writer {
    /// Takes over the connection that writes.
    pub(crate) fn over(connection: Connection, steps: Steps) -> Result<Self, StoreError> {
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "journal_size_limit", JOURNAL_LIMIT_BYTES)?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        Ok(Self {
            reader: Reader {
                connection,
                steps,
                // A pack seen inside a transaction that is then rolled back must not be remembered.
                packs: RefCell::new(PackCache::none()),
                known_snapshots: RefCell::default(),
            },
            durability: None,
        })
    }
}

/// Connects to an existing file. The steps are the budget of the connection's statements, renewed for each transaction.
pub(crate) fn connect(path: &Path) -> Result<(Connection, Steps), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    set_up(Connection::open_with_flags(path, flags)?, Some(path))
}

/// Sets up what was just connected, before its first statement.
pub(crate) fn set_up(
    mut connection: Connection,
    path: Option<&Path>,
) -> Result<(Connection, Steps), StoreError> {
    let steps = guard(&mut connection, path)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_COUNT);
    connection.pragma_update(None, "foreign_keys", true)?;
    // Else `INSERT OR REPLACE` would delete a record without asking its trigger.
    connection.pragma_update(None, "recursive_triggers", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok((connection, steps))
}

/// Runs a statement that begins or ends a transaction.
pub(crate) fn run(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

/// Locks what holds no invariant that a panic could break.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Folds the write-ahead log into the file as far as readers and other programs allow; waits for nobody.
pub(crate) fn checkpoint(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::ZERO)?;
    let folded = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.busy_timeout(BUSY_WAIT)?;
    match folded.map_err(StoreError::from) {
        Err(StoreError::Busy) => Ok(()),
        other => other,
    }
}

/// Brings the file into the form in which it is written: with a write-ahead log, which is folded in as far as that goes.
pub(crate) fn settle(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(mode, "no write-ahead log here: readers wait for writers");
    }
    // So that the file's own header says which format it has.
    checkpoint(connection)
}
