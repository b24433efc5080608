//! Records: append-only; triggers refuse any update or delete.

use rusqlite::types::Value as Column;
use rusqlite::{ErrorCode, OptionalExtension, Row, params, params_from_iter};
use slipway_domain::{
    DeploymentId, EnvironmentId, Fact, Record, RecordFormat, RecordId, ReleaseId, Signature,
};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;
use crate::settings::to_json;

/// Which records are asked for; what is empty asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// The kinds of facts, see [`Fact::kind`].
    pub kinds: Vec<String>,
    /// The release that they are about, its deployments included.
    pub release: Option<ReleaseId>,
    /// The environment that they are about; for a release, its target.
    pub environment: Option<EnvironmentId>,
}

const COLUMNS: &str = "SELECT position, id, format, bytes, signature FROM record";

impl Reader {
    /// The records after a position, oldest first, with their positions.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn records(
        &self,
        after_position: i64,
        limit: u64,
    ) -> Result<Vec<(i64, Record)>, StoreError> {
        // Added to, as SQLite prepares a statement anew for each bare limit that is bound.
        let mut statement = self.connection.prepare_cached(&format!(
            "{COLUMNS} WHERE position > ?1 ORDER BY position LIMIT ?2"
        ))?;
        let mut rows = statement.query(params![after_position, limit])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push(record(row)?);
        }
        Ok(records)
    }

    /// The records that pass the filter, newest first, with their positions.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn records_newest(
        &self,
        filter: &RecordFilter,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<(i64, Record)>, StoreError> {
        let RecordFilter {
            kinds,
            release,
            environment,
        } = filter;
        let mut conditions = vec!["1".to_owned()];
        let mut values: Vec<Column> = Vec::new();
        if !kinds.is_empty() {
            conditions.push(format!("kind IN ({})", vec!["?"; kinds.len()].join(", ")));
            values.extend(kinds.iter().cloned().map(Column::Text));
        }
        if let Some(ReleaseId(release)) = release {
            conditions.push("release = ?".to_owned());
            values.push(Column::Text(release.clone()));
        }
        if let Some(EnvironmentId(environment)) = environment {
            conditions.push("environment = ?".to_owned());
            values.push(Column::Text(environment.clone()));
        }
        let clamp = |number: u64| Column::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        values.extend([clamp(limit), clamp(offset)]);
        let mut statement = self.connection.prepare_cached(&format!(
            "{COLUMNS} WHERE {} ORDER BY position DESC LIMIT ? OFFSET ?",
            conditions.join(" AND ")
        ))?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push(record(row)?);
        }
        Ok(records)
    }

    /// The record at a position, if there is one.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn record_id(&self, position: i64) -> Result<Option<RecordId>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT id FROM record WHERE position = ?1")?
            .query_row([position], |row| row.get(0).map(RecordId))
            .optional()?)
    }

    /// The position of the newest record; 0 when there is none.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn last_position(&self) -> Result<i64, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT coalesce(max(position), 0) FROM record")?
            .query_row([], |row| row.get(0))?)
    }

    /// Checks that the columns by which records are found say what the records say. Their chains and signatures are checked by
    /// [`slipway_domain::Checker`].
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first record of which that is not so.
    pub(crate) fn verify_records(&self) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT position, id, format, bytes, signature, chain, seq, kind, release, environment, deployment \
             FROM record ORDER BY position",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (position, record) = record(row)?;
            let subject = self.subject(&record.fact)?;
            let found: (String, u64, String) = (row.get(5)?, row.get(6)?, row.get(7)?);
            let about: (Option<String>, Option<String>, Option<String>) =
                (row.get(8)?, row.get(9)?, row.get(10)?);
            let expected = (record.chain(), record.seq, record.fact.kind().to_owned());
            let is_about = (
                subject.release.map(|id| id.0),
                subject.environment.map(|id| id.0),
                subject.deployment.map(|id| id.0),
            );
            // What a newer program says it is about is not known here.
            let is_known = !matches!(record.fact, Fact::Unknown { .. });
            if found != expected || is_known && about != is_about {
                return Err(changed(position));
            }
        }
        Ok(())
    }

    /// What a fact is about; where it does not say so itself, as the records before it tell.
    fn subject(&self, fact: &Fact) -> Result<Subject, StoreError> {
        let mut subject = Subject::of(fact);
        if subject.release.is_none()
            && let Some(deployment) = &subject.deployment
        {
            let started = self
                .connection
                .prepare_cached(
                    "SELECT release, environment FROM record \
                     WHERE deployment = ?1 AND kind = 'deployment_started' LIMIT 1",
                )?
                .query_row([deployment.as_str()], |row| {
                    Ok((
                        row.get::<_, Option<String>>(0)?,
                        row.get::<_, Option<String>>(1)?,
                    ))
                })
                .optional()?;
            if let Some((release, environment)) = started {
                subject.release = release.map(ReleaseId);
                subject.environment = environment.map(EnvironmentId);
            }
        }
        if subject.environment.is_none()
            && let Some(release) = &subject.release
        {
            subject.environment = self
                .connection
                .prepare_cached(
                    "SELECT environment FROM record WHERE release = ?1 AND kind = 'release_drafted' LIMIT 1",
                )?
                .query_row([release.as_str()], |row| row.get::<_, Option<String>>(0))
                .optional()?
                .flatten()
                .map(EnvironmentId);
        }
        Ok(subject)
    }
}

impl Writer {
    /// Appends records.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when their author's chain has grown meanwhile.
    pub fn append(&mut self, records: &[Record]) -> Result<(), StoreError> {
        for record in records {
            self.append_one(record)?;
        }
        Ok(())
    }

    fn append_one(&mut self, record: &Record) -> Result<(), StoreError> {
        let Subject {
            release,
            environment,
            deployment,
        } = self.subject(&record.fact)?;
        let appended = self
            .connection
            .prepare_cached(
                "INSERT INTO record (id, format, bytes, signature, chain, seq, kind, release, environment, deployment) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                record.id.0,
                record.format().number(),
                record.bytes(),
                record.signature().map(to_json),
                record.chain(),
                record.seq,
                record.fact.kind(),
                release.as_ref().map(ReleaseId::as_str),
                environment.as_ref().map(EnvironmentId::as_str),
                deployment.as_ref().map(DeploymentId::as_str),
            ]);
        match appended {
            Ok(_) => Ok(()),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Err(StoreError::Conflict)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What a fact is about.
#[derive(Debug, Default)]
struct Subject {
    release: Option<ReleaseId>,
    environment: Option<EnvironmentId>,
    deployment: Option<DeploymentId>,
}

impl Subject {
    /// As far as the fact itself says.
    fn of(fact: &Fact) -> Self {
        let mut subject = Self::default();
        match fact {
            Fact::WorkspaceCreated { .. }
            | Fact::LedgerMigrated { .. }
            | Fact::PersonAdded { .. }
            | Fact::Unknown { .. } => {}
            Fact::EnvironmentAdded { environment } | Fact::EnvironmentChanged { environment } => {
                subject.environment = Some(environment.id.clone());
            }
            Fact::EnvironmentRemoved { environment } => {
                subject.environment = Some(environment.clone());
            }
            Fact::ReleaseDrafted {
                release, target, ..
            } => {
                subject.release = Some(release.clone());
                subject.environment = Some(target.clone());
            }
            Fact::Reviewed {
                release,
                environment,
                ..
            } => {
                subject.release = Some(release.clone());
                subject.environment = Some(environment.clone());
            }
            Fact::ReleaseDescribed { release, .. }
            | Fact::ReleaseRefreshed { release, .. }
            | Fact::RevisionSealed { release, .. }
            | Fact::ReleaseCancelled { release, .. }
            | Fact::ReviewDismissed { release, .. }
            | Fact::Commented { release, .. }
            | Fact::CommentResolved { release, .. } => subject.release = Some(release.clone()),
            Fact::DeploymentStarted {
                deployment,
                release,
                environment,
                ..
            } => {
                subject.deployment = Some(deployment.clone());
                subject.release = Some(release.clone());
                subject.environment = Some(environment.clone());
            }
            Fact::DeploymentResumed { deployment }
            | Fact::DeploymentEnded { deployment, .. }
            | Fact::RolledBack { deployment, .. } => {
                subject.deployment = Some(deployment.clone());
            }
        }
        subject
    }
}

fn changed(position: i64) -> StoreError {
    StoreError::damaged(format!("record {position} was changed"))
}

/// A record from the first columns of a row, with its position.
fn record(row: &Row<'_>) -> Result<(i64, Record), StoreError> {
    let position = row.get(0)?;
    let id = RecordId(row.get(1)?);
    let format = row.get(2)?;
    let format = RecordFormat::of_number(format).ok_or_else(|| {
        StoreError::damaged(format!(
            "record {position} is of the format {format}, which is not known"
        ))
    })?;
    let bytes: Vec<u8> = row.get(3)?;
    let signature: Option<String> = row.get(4)?;
    let signature = signature
        .map(|text| serde_json::from_str::<Signature>(&text))
        .transpose()
        .map_err(|_| changed(position))?;
    let record = Record::read(format, bytes, signature).map_err(|_| changed(position))?;
    if record.id != id {
        return Err(changed(position));
    }
    Ok((position, record))
}
