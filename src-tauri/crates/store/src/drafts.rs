//! What a draft leaves out of its release, and what it took in since something needs it: working choices, no records.

use std::collections::BTreeSet;

use rusqlite::types::Type;
use rusqlite::{Row, params};
use slipway_domain::{ReleaseId, ResourceKey};

use crate::connection::{Reader, Writer};
use crate::error::StoreError;

/// A change that is in a release because another one needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledIn {
    /// What is in.
    pub resource: ResourceKey,
    /// What needs it.
    pub needed_by: ResourceKey,
    /// Where it is referred to.
    pub path: String,
}

impl Reader {
    /// What was taken into a release because something chosen needs it, whether or not it is still in; ascending.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn pulled_in(&self, release: &ReleaseId) -> Result<Vec<PulledIn>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT resource, needed_by, path FROM pulled_in WHERE release = ?1 ORDER BY resource",
        )?;
        let rows = statement.query_map([release.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let mut pulled_in = Vec::new();
        for row in rows {
            let (resource, needed_by, path): (String, String, String) = row?;
            // What names nothing says nothing.
            if let (Ok(resource), Ok(needed_by)) = (resource.parse(), needed_by.parse()) {
                pulled_in.push(PulledIn {
                    resource,
                    needed_by,
                    path,
                });
            }
        }
        Ok(pulled_in)
    }

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
    /// Notes what was taken into a release because something chosen needs it; nothing is known any more of what `chosen` names
    /// beside.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn set_pulled_in(
        &mut self,
        release: &ReleaseId,
        chosen: &[ResourceKey],
        pulled_in: &[PulledIn],
    ) -> Result<(), StoreError> {
        let mut forget = self
            .connection
            .prepare_cached("DELETE FROM pulled_in WHERE release = ?1 AND resource = ?2")?;
        for resource in chosen {
            forget.execute(params![release.as_str(), resource.as_str()])?;
        }
        let mut note = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO pulled_in (release, resource, needed_by, path) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for one in pulled_in {
            let (resource, needed_by) = (one.resource.as_str(), one.needed_by.as_str());
            note.execute(params![release.as_str(), resource, needed_by, one.path])?;
        }
        Ok(())
    }

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
