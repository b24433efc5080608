//! Locks: a lease on a place, so that one deployment at a time writes to it.

use rusqlite::{OptionalExtension, Row, params};
use slipway_domain::{DeploymentId, Millis};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;

/// Who may write to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockHolder {
    /// What the holder shows when it writes.
    pub fence: Fence,
    /// Who: a process, in words that no other has.
    pub holder: String,
    /// For which deployment.
    pub deployment: DeploymentId,
    /// Until when, unless it is renewed; after that anybody may take the lock.
    pub expires_at: Millis,
}

/// The proof of a lock: whoever holds it now has the greatest token of the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Of what.
    pub place: String,
    /// Grows with every holder of the place.
    pub token: u64,
}

const COLUMNS: &str = "SELECT place, token, holder, deployment, expires_at FROM lock";

impl Reader {
    /// The lock on a place, expired or not; nothing when nobody took it or it was given back.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn lock(&self, place: &str) -> Result<Option<LockHolder>, StoreError> {
        let sql = format!("{COLUMNS} WHERE place = ?1 AND holder IS NOT NULL");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row([place], holder).optional()?)
    }

    /// The lock that is held for a deployment, expired or not.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn lock_of(&self, deployment: &DeploymentId) -> Result<Option<LockHolder>, StoreError> {
        let sql = format!("{COLUMNS} WHERE deployment = ?1 AND holder IS NOT NULL");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement
            .query_row([deployment.as_str()], holder)
            .optional()?)
    }
}

fn holder(row: &Row<'_>) -> rusqlite::Result<LockHolder> {
    Ok(LockHolder {
        fence: Fence {
            place: row.get(0)?,
            token: row.get(1)?,
        },
        holder: row.get(2)?,
        deployment: DeploymentId(row.get(3)?),
        expires_at: Millis(row.get(4)?),
    })
}

impl Writer {
    /// Takes the lock of a place for `ttl_ms` milliseconds, if nobody holds it now; otherwise gives who does.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn acquire_lock(
        &mut self,
        place: &str,
        holder: &str,
        deployment: &DeploymentId,
        now: Millis,
        ttl_ms: i64,
    ) -> Result<Result<Fence, LockHolder>, StoreError> {
        if let Some(other) = self.lock(place)?
            && other.expires_at > now
        {
            return Ok(Err(other));
        }
        let token = self
            .connection
            .prepare_cached(
                "INSERT INTO lock (place, token, holder, deployment, expires_at) VALUES (?1, 1, ?2, ?3, ?4) \
                 ON CONFLICT (place) DO UPDATE SET token = token + 1, holder = excluded.holder, \
                 deployment = excluded.deployment, expires_at = excluded.expires_at RETURNING token",
            )?
            .query_row(
                params![
                    place,
                    holder,
                    deployment.as_str(),
                    now.0.saturating_add(ttl_ms)
                ],
                |row| row.get(0),
            )?;
        Ok(Ok(Fence {
            place: place.to_owned(),
            token,
        }))
    }

    /// Holds the lock for `ttl_ms` milliseconds from now.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when it was lost: somebody else took it, since it had expired.
    pub fn renew_lock(
        &mut self,
        fence: &Fence,
        now: Millis,
        ttl_ms: i64,
    ) -> Result<(), StoreError> {
        self.check_fence(fence)?;
        self.connection
            .prepare_cached("UPDATE lock SET expires_at = ?2 WHERE place = ?1")?
            .execute(params![fence.place, now.0.saturating_add(ttl_ms)])?;
        Ok(())
    }

    /// Sees to it that what is written in this transaction is written by whoever holds the lock.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when it was lost.
    pub fn check_fence(&self, fence: &Fence) -> Result<(), StoreError> {
        match self.lock(&fence.place)? {
            Some(held) if held.fence == *fence => Ok(()),
            _ => Err(StoreError::Fenced {
                place: fence.place.clone(),
            }),
        }
    }

    /// Gives the lock back; somebody else's stays.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn release_lock(&mut self, fence: &Fence) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE lock SET holder = NULL, deployment = NULL, expires_at = 0 WHERE place = ?1 AND token = ?2",
            )?
            .execute(params![fence.place, fence.token])?;
        Ok(())
    }
}
