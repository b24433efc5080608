//! Records: append-only; triggers refuse any update or delete.

use rusqlite::types::Value as Column;
use rusqlite::{ErrorCode, OptionalExtension, Row, params, params_from_iter};
use slipway_domain::{
    DeploymentId, EnvironmentId, Fact, Millis, Person, Record, RecordId, ReleaseId,
};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;
use crate::settings::{json, to_json};

/// Which records are asked for; what is empty asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// The kinds of facts, see [`Fact::kind`].
    pub kinds: Vec<String>,
    /// The release that they are about, its deployments included.
    pub release: Option<ReleaseId>,
    /// The environment that they are about; for a release, its target.
    pub environment: Option<EnvironmentId>,
    /// The e-mail address of who decided, without regard to case.
    pub author: Option<String>,
    /// A text that the fact or its author's name holds, without regard to the case of Latin letters.
    pub text: Option<String>,
}

const COLUMNS: &str =
    "SELECT position, id, author_name, author_email, seq, prev, at, body, signature FROM record";

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
        let mut statement = self.connection.prepare_cached(&format!(
            "{COLUMNS} WHERE position > ?1 ORDER BY position LIMIT ?2"
        ))?;
        let rows = statement.query_map(params![after_position, limit], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
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
            author,
            text,
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
        if let Some(author) = author {
            conditions.push("lower(author_email) = lower(?)".to_owned());
            values.push(Column::Text(author.clone()));
        }
        if let Some(text) = text {
            conditions
                .push(r"(body LIKE ? ESCAPE '\' OR author_name LIKE ? ESCAPE '\')".to_owned());
            // The body is JSON: a quotation mark stands in it as JSON writes it.
            let quoted = to_json(text);
            values.push(Column::Text(containing(&quoted[1..quoted.len() - 1])));
            values.push(Column::Text(containing(text)));
        }
        let clamp = |number: u64| Column::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        values.extend([clamp(limit), clamp(offset)]);
        let mut statement = self.connection.prepare_cached(&format!(
            "{COLUMNS} WHERE {} ORDER BY position DESC LIMIT ? OFFSET ?",
            conditions.join(" AND ")
        ))?;
        let rows = statement.query_map(params_from_iter(values), row)?;
        Ok(rows.collect::<Result<_, _>>()?)
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

    /// Checks what stands beside each record's identity: that its fact is written as it was, and that the columns by which
    /// records are found say what the fact says. The identities themselves are checked by
    /// [`slipway_domain::verify_chain`].
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first record that was changed.
    pub(crate) fn verify_records(&self) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT position, body, kind, release, environment, deployment FROM record ORDER BY position",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let position: i64 = row.get(0)?;
            let changed = || StoreError::damaged(format!("record {position} was changed"));
            let body: String = row.get(1)?;
            let fact: Fact = serde_json::from_str(&body).map_err(|_| changed())?;
            let subject = self.subject(&fact)?;
            let found: (String, Option<String>, Option<String>, Option<String>) =
                (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
            let expected = (
                fact.kind().to_owned(),
                subject.release.map(|id| id.0),
                subject.environment.map(|id| id.0),
                subject.deployment.map(|id| id.0),
            );
            if body != to_json(&fact) || found != expected {
                return Err(changed());
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
        let Record {
            id,
            author: Person { name, email },
            seq,
            prev,
            at,
            fact,
            signature,
        } = record;
        let Subject {
            release,
            environment,
            deployment,
        } = self.subject(fact)?;
        let appended = self
            .connection
            .prepare_cached(
                "INSERT INTO record (id, author_name, author_email, seq, prev, at, kind, release, environment, \
                 deployment, body, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                id.0,
                name,
                email,
                seq,
                prev.map(|id| id.0),
                at.0,
                fact.kind(),
                release.as_ref().map(ReleaseId::as_str),
                environment.as_ref().map(EnvironmentId::as_str),
                deployment.as_ref().map(DeploymentId::as_str),
                to_json(fact),
                signature,
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

/// The pattern of a text that holds this one.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for char in text.chars() {
        if matches!(char, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern.push('%');
    pattern
}

fn row(row: &Row<'_>) -> rusqlite::Result<(i64, Record)> {
    let record = Record {
        id: RecordId(row.get(1)?),
        author: Person {
            name: row.get(2)?,
            email: row.get(3)?,
        },
        seq: row.get(4)?,
        prev: row.get::<_, Option<[u8; 32]>>(5)?.map(RecordId),
        at: Millis(row.get(6)?),
        fact: json(row, 7)?,
        signature: row.get(8)?,
    };
    Ok((row.get(0)?, record))
}
