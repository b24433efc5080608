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

/// Captures of an environment that followed one another and found the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureRun {
    /// What was seen.
    pub snapshot: SnapshotId,
    /// When for the first time.
    pub first_at: Millis,
    /// When for the last time.
    pub last_at: Millis,
    /// How many times.
    pub times: u64,
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
}

/// The captures of an environment, each with the number of its run.
const NUMBERED: &str = "WITH marked AS (SELECT id, snapshot IS NOT LAG(snapshot) OVER (ORDER BY id) AS begins \
                        FROM capture WHERE environment = ?1), \
                        numbered AS (SELECT id, begins, SUM(begins) OVER (ORDER BY id) AS run FROM marked)";

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
        Ok(self
            .connection
            .prepare_cached(&format!(
                "{COLUMNS} WHERE environment = ?1 ORDER BY capture.id DESC LIMIT 1"
            ))?
            .query_row([environment.as_str()], row)
            .optional()?)
    }

    /// The captures of an environment, newest first, those in a row that found the same as one; and how many of these
    /// there are in all.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn capture_runs(
        &self,
        environment: &EnvironmentId,
        limit: u64,
        offset: u64,
    ) -> Result<(Vec<CaptureRun>, u64), StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "{NUMBERED}, runs AS (SELECT MIN(id) AS first, MAX(id) AS last, COUNT(*) AS times FROM numbered \
             GROUP BY run ORDER BY run DESC LIMIT ?2 OFFSET ?3) \
             SELECT snapshot.hash, first.at, last.at, times, resources, bytes, first.created, first.modified, \
             first.deleted FROM runs JOIN capture AS first ON first.id = runs.first \
             JOIN capture AS last ON last.id = runs.last JOIN snapshot ON snapshot.id = first.snapshot \
             ORDER BY first.id DESC"
        ))?;
        let rows = statement.query_map(params![environment.as_str(), limit, offset], |row| {
            Ok(CaptureRun {
                snapshot: SnapshotId(row.get(0)?),
                first_at: Millis(row.get(1)?),
                last_at: Millis(row.get(2)?),
                times: row.get(3)?,
                resources: row.get(4)?,
                bytes: row.get(5)?,
                created: row.get(6)?,
                modified: row.get(7)?,
                deleted: row.get(8)?,
            })
        })?;
        let runs = rows.collect::<Result<_, _>>()?;
        let total = self
            .connection
            .prepare_cached(&format!(
                "{NUMBERED} SELECT COALESCE(SUM(begins), 0) FROM numbered"
            ))?
            .query_row([environment.as_str()], |row| row.get(0))?;
        Ok((runs, total))
    }

    /// The newest capture in which an environment held the snapshot. Another environment may hold the same, seen under other rules.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn capture_of(
        &self,
        environment: &EnvironmentId,
        snapshot: &SnapshotId,
    ) -> Result<Option<CaptureRow>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!(
                "{COLUMNS} WHERE environment = ?1 AND snapshot.hash = ?2 ORDER BY capture.id DESC LIMIT 1"
            ))?
            .query_row(params![environment.as_str(), snapshot.0], row)
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
