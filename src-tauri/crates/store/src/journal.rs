//! Plans, their operations, and the journal of every attempt.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};
use slipway_domain::{
    Attempt, DeploymentId, JournalDigest, JournalSeal, Millis, Operation, OperationCounts,
    OperationId, OperationState, Plan, Step,
};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;
use crate::locks::Fence;
use crate::settings::{json, to_json};

/// All states, with the names that they have in the file.
const STATES: [(OperationState, &str); 6] = [
    (OperationState::Pending, "pending"),
    (OperationState::Unknown, "unknown"),
    (OperationState::Applied, "applied"),
    (OperationState::Skipped, "skipped"),
    (OperationState::Failed, "failed"),
    (OperationState::Reverted, "reverted"),
];

impl Reader {
    /// The plan of a deployment, as it was stored.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn plan(&self, deployment: &DeploymentId) -> Result<Option<Plan>, StoreError> {
        let plan: Option<Plan> = self
            .connection
            .prepare_cached("SELECT body FROM plan WHERE deployment = ?1")?
            .query_row([deployment.as_str()], |row| json(row, 0))
            .optional()?;
        let Some(mut plan) = plan else {
            return Ok(None);
        };
        let mut statement = self
            .connection
            .prepare_cached("SELECT body FROM operation WHERE deployment = ?1 ORDER BY id")?;
        let rows = statement.query_map([deployment.as_str()], |row| json(row, 0))?;
        plan.operations = rows.collect::<Result<_, _>>()?;
        Ok(Some(plan))
    }

    /// The latest attempt at each operation, in the order of the operations.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn attempts(&self, deployment: &DeploymentId) -> Result<Vec<Attempt>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT state, attempts, began_at, ended_at, message, hint, drifted, steps FROM operation \
             WHERE deployment = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([deployment.as_str()], |row| attempt(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the journal of a deployment says: all of it, or its first entries.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn journal_seal(
        &self,
        deployment: &DeploymentId,
        entries: Option<u64>,
    ) -> Result<JournalSeal, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT operation, event, state, at, message FROM journal WHERE deployment = ?1 \
             ORDER BY position LIMIT ?2",
        )?;
        let limit = entries.map_or(-1, |entries| i64::try_from(entries).unwrap_or(i64::MAX));
        let mut rows = statement.query(params![deployment.as_str(), limit])?;
        let mut hasher = blake3::Hasher::new_derive_key("slipway journal v1");
        let mut entries = 0;
        while let Some(row) = rows.next()? {
            let entry: (u32, String, String, Option<i64>, Option<String>) = (
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            );
            hasher.update(to_json(&entry).as_bytes());
            hasher.update(b"\n");
            entries += 1;
        }
        Ok(JournalSeal {
            entries,
            digest: JournalDigest(*hasher.finalize().as_bytes()),
        })
    }

    /// The first operation of a deployment whose state is not what its journal said of it last.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn contradicted(
        &self,
        deployment: &DeploymentId,
    ) -> Result<Option<OperationId>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT id FROM operation WHERE deployment = ?1 AND state <> coalesce( \
                     (SELECT state FROM journal WHERE journal.deployment = operation.deployment \
                      AND journal.operation = operation.id ORDER BY position DESC LIMIT 1), 'pending') \
                 ORDER BY id LIMIT 1",
            )?
            .query_row([deployment.as_str()], |row| row.get(0).map(OperationId))
            .optional()?)
    }

    /// The operations in any of the states (none named: in any at all), in their order, from `offset` on; and how many
    /// there are of them altogether.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn operations_page(
        &self,
        deployment: &DeploymentId,
        states: &[OperationState],
        limit: u64,
        offset: u64,
    ) -> Result<(Vec<(Operation, Attempt)>, u64), StoreError> {
        // As JSON, since a statement that is kept prepared has a fixed number of parameters.
        let names = if states.is_empty() {
            STATES.map(|(_, name)| name).to_vec()
        } else {
            states.iter().map(|state| name(*state)).collect()
        };
        let names = to_json(&names);
        let mut statement = self.connection.prepare_cached(
            "SELECT body, state, attempts, began_at, ended_at, message, hint, drifted, steps FROM operation \
             WHERE deployment = ?1 AND state IN (SELECT value FROM json_each(?2)) ORDER BY id LIMIT ?3 OFFSET ?4",
        )?;
        let rows = statement
            .query_map(params![deployment.as_str(), names, limit, offset], |row| {
                Ok((json(row, 0)?, attempt(row, 1)?))
            })?;
        let operations = rows.collect::<Result<_, _>>()?;
        let count = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM operation \
                 WHERE deployment = ?1 AND state IN (SELECT value FROM json_each(?2))",
            )?
            .query_row(params![deployment.as_str(), names], |row| row.get(0))?;
        Ok((operations, count))
    }

    /// How many operations are in each state.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn operation_counts(
        &self,
        deployment: &DeploymentId,
    ) -> Result<OperationCounts, StoreError> {
        let mut counts = OperationCounts::default();
        let mut statement = self.connection.prepare_cached(
            "SELECT state, count(*) FROM operation WHERE deployment = ?1 GROUP BY state",
        )?;
        let mut rows = statement.query([deployment.as_str()])?;
        while let Some(row) = rows.next()? {
            let count = row.get(1)?;
            counts.total += count;
            *match state(row, 0)? {
                OperationState::Pending => &mut counts.pending,
                OperationState::Unknown => &mut counts.unknown,
                OperationState::Applied => &mut counts.applied,
                OperationState::Skipped => &mut counts.skipped,
                OperationState::Failed => &mut counts.failed,
                OperationState::Reverted => &mut counts.reverted,
            } = count;
        }
        Ok(counts)
    }
}

/// How an attempt at an operation ended.
#[derive(Clone, Copy, Debug)]
pub struct AttemptEnd<'a> {
    /// What became of the operation.
    pub state: OperationState,
    /// When.
    pub at: Millis,
    /// What happened, when it was skipped or failed: one sentence.
    pub message: Option<&'a str>,
    /// What a person can do.
    pub hint: Option<&'a str>,
    /// Whether it failed since the environment held something else than the plan expects.
    pub is_drifted: bool,
    /// How far it came, where it failed and some of it was done.
    pub steps: &'a [Step],
}

/// What the journal says happened.
#[derive(Clone, Copy)]
enum Event {
    Begin,
    End,
    Set,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::End => "end",
            Self::Set => "set",
        }
    }
}

impl Writer {
    /// Stores the plan of a deployment, all its operations pending. A deployment has one plan, once.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn put_plan(&mut self, deployment: &DeploymentId, plan: &Plan) -> Result<(), StoreError> {
        let Plan {
            digest,
            operations,
            drift,
            blocked,
            skipped,
            cycles,
        } = plan;
        let rest = Plan {
            digest: *digest,
            operations: Vec::new(),
            drift: drift.clone(),
            blocked: blocked.clone(),
            skipped: skipped.clone(),
            cycles: cycles.clone(),
        };
        self.connection
            .prepare_cached("INSERT INTO plan (deployment, body) VALUES (?1, ?2)")?
            .execute(params![deployment.as_str(), to_json(&rest)])?;
        let mut statement = self
            .connection
            .prepare_cached("INSERT INTO operation (deployment, id, body) VALUES (?1, ?2, ?3)")?;
        for operation in operations {
            statement.execute(params![
                deployment.as_str(),
                operation.id.0,
                to_json(operation)
            ])?;
        }
        Ok(())
    }

    /// Notes that an attempt at an operation begins: its state is unknown until it ends.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lock was lost, [`StoreError::Missing`] when the plan has no such operation.
    pub fn begin(
        &mut self,
        fence: &Fence,
        deployment: &DeploymentId,
        operation: OperationId,
        at: Millis,
    ) -> Result<(), StoreError> {
        self.check_fence(fence)?;
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE operation SET state = 'unknown', attempts = attempts + 1, began_at = ?3, ended_at = NULL, \
                 message = NULL, hint = NULL, drifted = 0, steps = NULL WHERE deployment = ?1 AND id = ?2",
            )?
            .execute(params![deployment.as_str(), operation.0, at.0])?;
        expect_one(changed, deployment, operation)?;
        self.note(
            deployment,
            operation,
            Event::Begin,
            OperationState::Unknown,
            Some(at),
            None,
        )
    }

    /// Notes how an attempt at an operation ended.
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn end(
        &mut self,
        fence: &Fence,
        deployment: &DeploymentId,
        operation: OperationId,
        end: AttemptEnd<'_>,
    ) -> Result<(), StoreError> {
        self.check_fence(fence)?;
        let AttemptEnd {
            state,
            at,
            message,
            hint,
            is_drifted,
            steps,
        } = end;
        let steps = (!steps.is_empty()).then(|| to_json(&steps));
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE operation SET state = ?3, ended_at = ?4, message = ?5, hint = ?6, drifted = ?7, steps = ?8 \
                 WHERE deployment = ?1 AND id = ?2",
            )?
            .execute(params![
                deployment.as_str(),
                operation.0,
                name(state),
                at.0,
                message,
                hint,
                is_drifted,
                steps
            ])?;
        expect_one(changed, deployment, operation)?;
        self.note(deployment, operation, Event::End, state, Some(at), message)
    }

    /// Sets the states of operations without an attempt: those that are skipped with what they needed, or reverted.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the plan has no such operation.
    pub fn set_states(
        &mut self,
        deployment: &DeploymentId,
        states: &[(OperationId, OperationState, Option<String>)],
    ) -> Result<(), StoreError> {
        for (operation, state, message) in states {
            let changed = self
                .connection
                .prepare_cached(
                    "UPDATE operation SET state = ?3, message = ?4, hint = NULL, drifted = 0, steps = NULL WHERE deployment = ?1 AND id = ?2",
                )?
                .execute(params![
                    deployment.as_str(),
                    operation.0,
                    name(*state),
                    message
                ])?;
            expect_one(changed, deployment, *operation)?;
            let message = message.as_deref();
            self.note(deployment, *operation, Event::Set, *state, None, message)?;
        }
        Ok(())
    }

    fn note(
        &mut self,
        deployment: &DeploymentId,
        operation: OperationId,
        event: Event,
        state: OperationState,
        at: Option<Millis>,
        message: Option<&str>,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO journal (deployment, operation, event, state, at, message) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                deployment.as_str(),
                operation.0,
                event.name(),
                name(state),
                at.map(|at| at.0),
                message,
            ])?;
        Ok(())
    }
}

fn expect_one(
    changed: usize,
    deployment: &DeploymentId,
    operation: OperationId,
) -> Result<(), StoreError> {
    if changed == 1 {
        return Ok(());
    }
    Err(StoreError::Missing {
        what: format!("operation {} of deployment {deployment}", operation.0),
    })
}

fn name(state: OperationState) -> &'static str {
    STATES
        .iter()
        .find(|(known, _)| *known == state)
        .map(|(_, name)| *name)
        .expect("BUG: a state has no name in the file")
}

fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<OperationState> {
    let found = row.get_ref(column)?.as_str()?;
    STATES
        .iter()
        .find(|(_, name)| *name == found)
        .map(|(state, _)| *state)
        .ok_or_else(|| {
            let error = format!("an operation can't be “{found}”");
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
        })
}

/// Reads seven columns from the given one on.
fn attempt(row: &Row<'_>, from: usize) -> rusqlite::Result<Attempt> {
    Ok(Attempt {
        state: state(row, from)?,
        attempts: row.get(from + 1)?,
        began_at: row.get::<_, Option<i64>>(from + 2)?.map(Millis),
        ended_at: row.get::<_, Option<i64>>(from + 3)?.map(Millis),
        message: row.get(from + 4)?,
        hint: row.get(from + 5)?,
        is_drifted: row.get(from + 6)?,
        steps: match row.get_ref(from + 7)?.data_type() {
            Type::Null => Vec::new(),
            _ => json(row, from + 7)?,
        },
    })
}
