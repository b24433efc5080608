//! Captures: which environment was seen to hold which snapshot, and when.

use rusqlite::{OptionalExtension, Row, params};
use slipway_domain::{ChangeKind, EnvironmentId, Millis, SnapshotId};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;
use crate::snapshots::SnapshotInfo;

/// One capture of an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptureRow {
    /// What was seen.
    pub snapshot: SnapshotId,
    /// Where.
    pub environment: EnvironmentId,
    /// When.
    pub at: Millis,
    /// The number of resources.
    pub resources: u64,
    /// The sizes of their documents, added up.
    pub bytes: u64,
    /// How many were not there in the capture before.
    pub created: u64,
    /// How many had other content in the capture before.
    pub modified: u64,
    /// How many of the capture before are gone.
    pub deleted: u64,
    /// How many had the same content in the capture before.
    pub unchanged: u64,
    /// What could not be read and what was left out; opaque here.
    pub notes: serde_json::Value,
}

/// What is noted about a capture beside its entries.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotHeader {
    /// What was captured.
    pub environment: EnvironmentId,
    /// When.
    pub at: Millis,
    /// What could not be read and what was left out; opaque here.
    pub notes: serde_json::Value,
}

const COLUMNS: &str = "SELECT snapshot.hash, environment, at, resources, bytes, created, modified, deleted, \
                       unchanged, notes FROM capture JOIN snapshot ON snapshot.id = capture.snapshot";

impl Reader {
    /// The newest capture of an environment.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn latest_capture(
        &self,
        environment: &EnvironmentId,
    ) -> Result<Option<CaptureRow>, StoreError> {
        Ok(self.captures(environment, 1, 0)?.pop())
    }

    /// The captures of an environment, newest first.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn captures(
        &self,
        environment: &EnvironmentId,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<CaptureRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "{COLUMNS} WHERE environment = ?1 ORDER BY capture.id DESC LIMIT ?2 OFFSET ?3"
        ))?;
        let rows = statement.query_map(params![environment.as_str(), limit, offset], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest capture of any environment that holds the snapshot.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn capture_of(&self, snapshot: &SnapshotId) -> Result<Option<CaptureRow>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!(
                "{COLUMNS} WHERE snapshot.hash = ?1 ORDER BY capture.id DESC LIMIT 1"
            ))?
            .query_row([snapshot.0], row)
            .optional()?)
    }
}

impl Writer {
    /// Notes a capture, with what changed since the one before.
    pub(crate) fn put_capture(
        &mut self,
        snapshot: i64,
        id: SnapshotId,
        SnapshotInfo { resources, bytes }: SnapshotInfo,
        header: SnapshotHeader,
    ) -> Result<CaptureRow, StoreError> {
        let SnapshotHeader {
            environment,
            at,
            notes,
        } = header;
        let (mut created, mut modified, mut deleted) = (0, 0, 0);
        match self.latest_capture(&environment)? {
            None => created = resources,
            Some(previous) => {
                for change in self.compare(&previous.snapshot, &id)? {
                    *match change.kind() {
                        ChangeKind::Created => &mut created,
                        ChangeKind::Modified => &mut modified,
                        ChangeKind::Deleted => &mut deleted,
                    } += 1;
                }
            }
        }
        let unchanged = resources - created - modified;
        self.connection
            .prepare_cached(
                "INSERT INTO capture (environment, snapshot, at, created, modified, deleted, unchanged, notes) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                environment.as_str(),
                snapshot,
                at.0,
                created,
                modified,
                deleted,
                unchanged,
                notes.to_string(),
            ])?;
        Ok(CaptureRow {
            snapshot: id,
            environment,
            at,
            resources,
            bytes,
            created,
            modified,
            deleted,
            unchanged,
            notes,
        })
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<CaptureRow> {
    Ok(CaptureRow {
        snapshot: SnapshotId(row.get(0)?),
        environment: EnvironmentId(row.get(1)?),
        at: Millis(row.get(2)?),
        resources: row.get(3)?,
        bytes: row.get(4)?,
        created: row.get(5)?,
        modified: row.get(6)?,
        deleted: row.get(7)?,
        unchanged: row.get(8)?,
        notes: crate::settings::json(row, 9)?,
    })
}
