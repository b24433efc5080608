//! What keeps a file from somebody else from doing harm while it is read: SQLite's own defences, limits on what one row
//! may hold, and a budget of steps for each transaction.
//!
//! Invariant: no file can make a read endless. A table takes at least a few bytes a row, so that a whole file is read in
//! a number of steps that follows from its size; what takes more is a tree of pages that leads back into itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;

use crate::error::StoreError;

/// The largest row or text that SQLite handles, in bytes: the changes of some millions of resources.
const ROW_LIMIT_BYTES: i32 = 512 << 20;
/// The longest statement that SQLite parses, those of a file's schema included, in bytes.
const STATEMENT_LIMIT_BYTES: i32 = 64 << 10;
/// The largest text that is read as JSON from one column, in bytes.
pub(crate) const JSON_LIMIT_BYTES: usize = 64 << 20;
/// How many steps pass between two looks at the budget.
const STEPS_AT_ONCE: u16 = 1_000;

/// For what a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It only reads.
    Read,
    /// It writes, also what the file did not hold yet.
    Write,
}

/// The steps that the statements of one transaction may still take, in SQLite's instructions.
#[derive(Debug)]
pub(crate) struct Steps {
    /// The file; none in memory, where nothing is anybody else's.
    path: Option<PathBuf>,
    left: Arc<AtomicU64>,
}

impl Steps {
    /// Gives the next transaction its budget: what an honest file of this size needs at most, some ten times over.
    pub(crate) fn renew(&self, purpose: Purpose) {
        let bytes = self.path.as_deref().map_or(0, size_bytes);
        let (least, per_byte) = match purpose {
            Purpose::Read => (5_000_000, 16),
            Purpose::Write => (100_000_000, 64),
        };
        self.left.store(least + bytes * per_byte, Ordering::Relaxed);
    }
}

/// The bytes of the file and of the journal beside it.
pub(crate) fn size_bytes(path: &Path) -> u64 {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-wal");
    let size = |path: &Path| fs::metadata(path).map_or(0, |meta| meta.len());
    size(path) + size(journal.as_ref())
}

/// Sets a new connection up, before its first statement.
pub(crate) fn guard(connection: &mut Connection, path: Option<&Path>) -> Result<Steps, StoreError> {
    // Only our own triggers are in the file, see `schema`; views there are none.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    // Else many statements are prepared anew for each value: there are no statistics that could make a better plan of it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, ROW_LIMIT_BYTES),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, STATEMENT_LIMIT_BYTES),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 8),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
    ] {
        connection.set_limit(limit, most)?;
    }
    let steps = Steps {
        path: path.map(Path::to_owned),
        left: Arc::default(),
    };
    steps.renew(Purpose::Read);
    let left = Arc::clone(&steps.left);
    connection.progress_handler(
        i32::from(STEPS_AT_ONCE),
        Some(move || {
            let steps = u64::from(STEPS_AT_ONCE);
            let spent = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(steps)
            });
            spent.is_err()
        }),
    )?;
    Ok(steps)
}
