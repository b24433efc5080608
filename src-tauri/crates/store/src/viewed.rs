//! Which changes of a release were looked at.

use std::collections::BTreeMap;

use rusqlite::params;
use slipway_domain::{ReleaseId, ResourceKey};

use crate::connection::{Reader, Writer};
use crate::drafts::key;
use crate::error::StoreError;

impl Reader {
    /// The changes that were looked at, each with the fingerprint of what it was then.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn viewed(&self, release: &ReleaseId) -> Result<BTreeMap<ResourceKey, String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT resource, fingerprint FROM viewed WHERE release = ?1")?;
        let rows =
            statement.query_map([release.as_str()], |row| Ok((key(row, 0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writer {
    /// Notes that a change was looked at as it is now, or that it was not after all.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn set_viewed(
        &mut self,
        release: &ReleaseId,
        resource: &ResourceKey,
        fingerprint: Option<&str>,
    ) -> Result<(), StoreError> {
        let (release, resource) = (release.as_str(), resource.as_str());
        match fingerprint {
            Some(fingerprint) => self
                .connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO viewed (release, resource, fingerprint) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![release, resource, fingerprint])?,
            None => self
                .connection
                .prepare_cached("DELETE FROM viewed WHERE release = ?1 AND resource = ?2")?
                .execute(params![release, resource])?,
        };
        Ok(())
    }
}
