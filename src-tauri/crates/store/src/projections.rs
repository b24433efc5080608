//! Projections: what the records amount to. A cache of [`State`], kept beside the position that it is at.

use rusqlite::params;
use serde::Serialize;
use slipway_domain::{DeploymentId, EnvironmentId, ReleaseId, State};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;
use crate::settings::{json, to_json};

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
                "head" => {
                    state.heads.insert(id, json(row, 2)?);
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
    /// Writes what records touched: those of the named ones that the state holds, the others are deleted; and the heads
    /// of all chains.
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
        for (email, head) in &state.heads {
            self.put_projection("head", email, Some(head))?;
        }
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
            heads: _,
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
