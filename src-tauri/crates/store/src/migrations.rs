//! Brings a file to the present format: ordered SQL, all or nothing, after a copy of the file was made.
//!
//! Invariant: a migration that has been released is never edited; a new one is added after it.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::StoreError;

/// Marks a SQLite file as a workspace: "SLIP".
pub(crate) const APPLICATION_ID: u32 = 0x534C_4950;

/// The SQL of each format, from format 1.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_workspace.sql"),
    include_str!("migrations/0002_places.sql"),
    include_str!("migrations/0003_signed_records.sql"),
    include_str!("migrations/0004_targets.sql"),
    include_str!("migrations/0005_working_state.sql"),
    include_str!("migrations/0006_steps.sql"),
];

/// The format that a list of migrations leads to.
pub(crate) fn newest(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).expect("BUG: more migrations than fit a format number")
}

/// The format of the connected file; 0: it is empty.
pub(crate) fn format(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Runs what is missing, in one transaction.
pub(crate) fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    // Read again under the lock: another process may have been quicker.
    let from = format(&transaction)?;
    for (sql, number) in migrations.iter().zip(1u32..).skip(from as usize) {
        transaction
            .execute_batch(sql)
            .map_err(|error| StoreError::Step {
                step: number,
                source: Box::new(error.into()),
            })?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.commit()?;
    Ok(())
}

/// Copies the connected file, whatever its journal holds included, to [`copy_path`].
pub(crate) fn copy_first(
    connection: &Connection,
    path: &Path,
    from: u32,
) -> Result<(), StoreError> {
    let copy = copy_path(path, from);
    let partial = copy.with_extension("partial");
    // What a run that was cut off left behind.
    let _ = std::fs::remove_file(&partial);
    {
        // Made here and nowhere else: no link that lies there is followed.
        let mut new = OpenOptions::new();
        new.write(true)
            .create_new(true)
            .mode(0o600)
            .open(&partial)?;
        let mut target = Connection::open_with_flags(&partial, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let backup = rusqlite::backup::Backup::new(connection, &mut target)?;
        backup.run_to_completion(1_000, std::time::Duration::ZERO, None)?;
    }
    std::fs::rename(&partial, &copy)?;
    Ok(())
}

/// Where the file is kept as it was before a migration: `name.slipway` in format 1 as `name.slipway.format-1`.
pub(crate) fn copy_path(path: &Path, from: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".format-{from}"));
    name.into()
}
