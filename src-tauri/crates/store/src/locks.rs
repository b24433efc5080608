//! Locks: a lease on an environment, so that one deployment at a time writes to it.

use rusqlite::{OptionalExtension, params};
use slipway_domain::{DeploymentId, EnvironmentId, Millis};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;

/// Who may write to an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockHolder {
    /// Who: a process, in words that no other has.
    pub holder: String,
    /// For which deployment.
    pub deployment: Option<DeploymentId>,
    /// Until when, unless it is renewed; after that anybody may take the lock.
    pub expires_at: Millis,
}

impl Reader {
    /// The lock on an environment, expired or not; nothing when nobody took it or it was given back.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn lock(&self, environment: &EnvironmentId) -> Result<Option<LockHolder>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT holder, deployment, expires_at FROM lock WHERE environment = ?1",
            )?
            .query_row([environment.as_str()], |row| {
                Ok(LockHolder {
                    holder: row.get(0)?,
                    deployment: row.get::<_, Option<String>>(1)?.map(DeploymentId),
                    expires_at: Millis(row.get(2)?),
                })
            })
            .optional()?)
    }
}

impl Writer {
    /// Takes the lock for `ttl_ms` milliseconds, if nobody else holds it now; otherwise gives who does.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn acquire_lock(
        &mut self,
        environment: &EnvironmentId,
        holder: &str,
        deployment: Option<&DeploymentId>,
        now: Millis,
        ttl_ms: i64,
    ) -> Result<Result<(), LockHolder>, StoreError> {
        if let Some(other) = self.lock(environment)?
            && other.holder != holder
            && other.expires_at > now
        {
            return Ok(Err(other));
        }
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO lock (environment, holder, deployment, expires_at) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                environment.as_str(),
                holder,
                deployment.map(DeploymentId::as_str),
                now.0.saturating_add(ttl_ms),
            ])?;
        Ok(Ok(()))
    }

    /// Holds the lock for `ttl_ms` milliseconds from now. False: somebody else took it, since it had expired, or it was
    /// given back; the holder must stop writing.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn renew_lock(
        &mut self,
        environment: &EnvironmentId,
        holder: &str,
        now: Millis,
        ttl_ms: i64,
    ) -> Result<bool, StoreError> {
        let renewed = self
            .connection
            .prepare_cached(
                "UPDATE lock SET expires_at = ?3 WHERE environment = ?1 AND holder = ?2",
            )?
            .execute(params![
                environment.as_str(),
                holder,
                now.0.saturating_add(ttl_ms)
            ])?;
        Ok(renewed == 1)
    }

    /// Gives the lock back; somebody else's stays.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn release_lock(
        &mut self,
        environment: &EnvironmentId,
        holder: &str,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM lock WHERE environment = ?1 AND holder = ?2")?
            .execute(params![environment.as_str(), holder])?;
        Ok(())
    }
}
