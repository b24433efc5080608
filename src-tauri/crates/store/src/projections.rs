//! Projections: what the records amount to. A cache of [`State`], kept beside the position that it is at.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;
use serde::{Deserialize, Serialize};
use slipway_domain::{
    DeploymentId, Device, DeviceId, EnvironmentId, Fact, Person, PersonId, RecordId, ReleaseId,
    State, TrailDigest, WorkspaceId,
};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;
use crate::settings::{json, to_json};

/// How far the ledger is, and who is known in it.
#[derive(Serialize, Deserialize)]
struct Ledger<'a> {
    workspace: Cow<'a, Option<WorkspaceId>>,
    heads: Cow<'a, BTreeMap<String, (u64, RecordId)>>,
    devices: Cow<'a, BTreeMap<DeviceId, Device>>,
    people: Cow<'a, BTreeMap<PersonId, Person>>,
    last: Option<RecordId>,
    records: u64,
    trail: TrailDigest,
    /// The kinds of facts that were understood when it was folded.
    kinds: Cow<'a, [Cow<'a, str>]>,
    unknown_gates: Cow<'a, BTreeSet<String>>,
}

impl<'a> Ledger<'a> {
    fn of(state: &'a State) -> Self {
        Self {
            workspace: Cow::Borrowed(&state.workspace),
            heads: Cow::Borrowed(&state.heads),
            devices: Cow::Borrowed(&state.devices),
            people: Cow::Borrowed(&state.people),
            last: state.last,
            records: state.records,
            trail: state.trail,
            kinds: Fact::KINDS
                .iter()
                .map(|kind| Cow::Borrowed(*kind))
                .collect(),
            unknown_gates: Cow::Borrowed(&state.unknown_gates),
        }
    }
}

impl Reader {
    /// The state, and the position of the last record that it took in.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn load_state(&self) -> Result<(State, i64), StoreError> {
        let mut state = State::default();
        let mut statement = self
            .connection
            .prepare_cached("SELECT kind, id, body FROM projection")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(1)?;
            match row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)? {
                "environment" => {
                    state.environments.insert(EnvironmentId(id), json(row, 2)?);
                }
                "release" => {
                    state.releases.insert(ReleaseId(id), json(row, 2)?);
                }
                "deployment" => {
                    state.deployments.insert(DeploymentId(id), json(row, 2)?);
                }
                "ledger" => {
                    let Ledger {
                        workspace,
                        heads,
                        devices,
                        people,
                        last,
                        records,
                        trail,
                        kinds,
                        unknown_gates,
                    } = json(row, 2)?;
                    if *kinds != Fact::KINDS {
                        // Another program folded it, which may have passed over what this one understands.
                        return Ok((State::default(), 0));
                    }
                    state.trail = trail;
                    state.workspace = workspace.into_owned();
                    state.heads = heads.into_owned();
                    state.devices = devices.into_owned();
                    state.people = people.into_owned();
                    state.last = last;
                    state.records = records;
                    state.unknown_gates = unknown_gates.into_owned();
                }
                other => {
                    return Err(StoreError::damaged(format!(
                        "there is no projection of the kind “{other}”"
                    )));
                }
            }
        }
        Ok((state, self.projected_position()?))
    }

    /// The position of the last record that the projections took in; 0 for none.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn projected_position(&self) -> Result<i64, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT position FROM projected")?
            .query_row([], |row| row.get(0))?)
    }
}

impl Writer {
    /// Writes what records touched: those of the named ones that the state holds, the others are deleted; and how far the
    /// ledger is.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn store_projections(
        &mut self,
        state: &State,
        environments: &[EnvironmentId],
        releases: &[ReleaseId],
        deployments: &[DeploymentId],
        position: i64,
    ) -> Result<(), StoreError> {
        for id in environments {
            self.put_projection("environment", id.as_str(), state.environments.get(id))?;
        }
        for id in releases {
            self.put_projection("release", id.as_str(), state.releases.get(id))?;
        }
        for id in deployments {
            self.put_projection("deployment", id.as_str(), state.deployments.get(id))?;
        }
        self.put_projection("ledger", "", Some(&Ledger::of(state)))?;
        self.connection
            .prepare_cached("UPDATE projected SET position = ?1")?
            .execute([position])?;
        Ok(())
    }

    /// Writes the whole state in place of what was there.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn replace_projections(&mut self, state: &State, position: i64) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM projection", [])?;
        let State {
            environments,
            releases,
            deployments,
            ..
        } = state;
        self.store_projections(
            state,
            &environments.keys().cloned().collect::<Vec<_>>(),
            &releases.keys().cloned().collect::<Vec<_>>(),
            &deployments.keys().cloned().collect::<Vec<_>>(),
            position,
        )
    }

    fn put_projection<T: Serialize>(
        &mut self,
        kind: &str,
        id: &str,
        body: Option<&T>,
    ) -> Result<(), StoreError> {
        match body {
            Some(body) => self
                .connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO projection (kind, id, body) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![kind, id, to_json(body)])?,
            None => self
                .connection
                .prepare_cached("DELETE FROM projection WHERE kind = ?1 AND id = ?2")?
                .execute(params![kind, id])?,
        };
        Ok(())
    }
}
