//! Environments that promote to one that is to come: `development` may be added before the `staging` that it promotes to. Only the
//! promotion itself is a decision, and a record.

use rusqlite::params;
use slipway_domain::EnvironmentId;

use crate::connection::{Reader, Writer};
use crate::error::StoreError;

impl Reader {
    /// The environments that wait for one of this name, in whatever case, ascending.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn awaiting(&self, target: &str) -> Result<Vec<EnvironmentId>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT source FROM awaited_promotion WHERE target = ?1 ORDER BY source",
        )?;
        let rows = statement.query_map([folded(target)], |row| row.get(0).map(EnvironmentId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writer {
    /// Notes that an environment promotes to one that is to come.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn await_promotion(
        &mut self,
        source: &EnvironmentId,
        target: &str,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO awaited_promotion (source, target) VALUES (?1, ?2)",
            )?
            .execute(params![source.as_str(), folded(target)])?;
        Ok(())
    }

    /// Nobody waits for an environment of this name any more.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn forget_awaiting(&mut self, target: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM awaited_promotion WHERE target = ?1")?
            .execute([folded(target)])?;
        Ok(())
    }
}

/// Names of environments are compared without case.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}
