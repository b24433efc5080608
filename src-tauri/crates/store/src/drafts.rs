//! What a draft leaves out of its release: a working choice, no record.

use std::collections::BTreeSet;

use rusqlite::types::Type;
use rusqlite::{Row, params};
use slipway_domain::{ReleaseId, ResourceKey};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;

impl Reader {
    /// The resources that a draft leaves out.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn excluded(&self, release: &ReleaseId) -> Result<BTreeSet<ResourceKey>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT resource FROM draft_exclusion WHERE release = ?1")?;
        let rows = statement.query_map([release.as_str()], |row| key(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writer {
    /// Leaves resources out of a draft, or takes them in again.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn set_excluded(
        &mut self,
        release: &ReleaseId,
        resources: &[ResourceKey],
        excluded: bool,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(if excluded {
            "INSERT INTO draft_exclusion (release, resource) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM draft_exclusion WHERE release = ?1 AND resource = ?2"
        })?;
        for resource in resources {
            statement.execute(params![release.as_str(), resource.as_str()])?;
        }
        Ok(())
    }

    /// Leaves exactly these resources out of a draft.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn replace_excluded(
        &mut self,
        release: &ReleaseId,
        resources: &BTreeSet<ResourceKey>,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM draft_exclusion WHERE release = ?1")?
            .execute([release.as_str()])?;
        let resources: Vec<_> = resources.iter().cloned().collect();
        self.set_excluded(release, &resources, true)
    }
}

/// Reads a column that holds a resource key.
pub(crate) fn key(row: &Row<'_>, column: usize) -> rusqlite::Result<ResourceKey> {
    row.get_ref(column)?
        .as_str()?
        .parse()
        .map_err(|error: slipway_domain::ResourceKeyError| {
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
        })
}
