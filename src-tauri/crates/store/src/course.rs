//! The course of a deployment beside its journal: what its place has to be told again, whether it is to stop, and when its steps
//! began.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;
use slipway_domain::DeploymentId;

use crate::connection::{Reader, Writer};
use crate::error::StoreError;
use crate::locks::Fence;
use crate::settings::json;

impl Reader {
    /// What [`Writer::set_target_memory`] kept for a deployment.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn target_memory(&self, deployment: &DeploymentId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT body FROM target_memory WHERE deployment = ?1")?
            .query_row([deployment.as_str()], |row| row.get(0))
            .optional()?)
    }

    /// Whether somebody wishes that a deployment stop which another process executes.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn is_cancel_wished(&self, deployment: &DeploymentId) -> Result<bool, StoreError> {
        let wished = self
            .connection
            .prepare_cached("SELECT is_cancel_wished FROM plan WHERE deployment = ?1")?
            .query_row([deployment.as_str()], |row| row.get(0))
            .optional()?;
        Ok(wished.unwrap_or(false))
    }

    /// When the steps of a deployment that ended began, as [`Writer::set_phases`] kept it.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn phases(&self, deployment: &DeploymentId) -> Result<Option<Value>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT phases FROM plan WHERE deployment = ?1 AND phases IS NOT NULL")?
            .query_row([deployment.as_str()], |row| json(row, 0))
            .optional()?)
    }
}

impl Writer {
    /// Keeps what the place of a deployment has to be told when it is taken up again, in the place of what was kept before.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lock was lost.
    pub fn set_target_memory(
        &mut self,
        fence: &Fence,
        deployment: &DeploymentId,
        body: &[u8],
    ) -> Result<(), StoreError> {
        self.check_fence(fence)?;
        self.connection
            .prepare_cached(
                "INSERT INTO target_memory (deployment, body) VALUES (?1, ?2) \
                 ON CONFLICT (deployment) DO UPDATE SET body = ?2",
            )?
            .execute(params![deployment.as_str(), body])?;
        Ok(())
    }

    /// Wishes that a deployment stop which another process executes, or takes that back.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn set_cancel_wish(
        &mut self,
        deployment: &DeploymentId,
        is_wished: bool,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE plan SET is_cancel_wished = ?2 WHERE deployment = ?1")?
            .execute(params![deployment.as_str(), is_wished])?;
        Ok(())
    }

    /// Keeps when the steps of a deployment began.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn set_phases(
        &mut self,
        deployment: &DeploymentId,
        phases: &Value,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE plan SET phases = ?2 WHERE deployment = ?1")?
            .execute(params![deployment.as_str(), phases.to_string()])?;
        Ok(())
    }
}
