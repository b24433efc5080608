//! Whether everything that is stored is what it was when it was stored.

use std::ops::ControlFlow;

use slipway_domain::{BlobHash, EffectDigest, SnapshotId};

use crate::connection::Reader;
use crate::error::StoreError;

impl Reader {
    /// Checks the file's structure, and everything that is named by its content against its name: documents, snapshots,
    /// change sets, and how records stand in the file. Reads the whole file. The identities of records are checked by
    /// [`slipway_domain::verify_chain`].
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first thing that is not as it was.
    pub fn verify(&self) -> Result<(), StoreError> {
        let structure: String =
            self.connection
                .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if structure != "ok" {
            return Err(StoreError::damaged(structure));
        }
        let mut references = self.connection.prepare("PRAGMA foreign_key_check")?;
        if references.exists([])? {
            return Err(StoreError::damaged("a row refers to one that is not there"));
        }
        self.verify_records()?;
        // In the order of the packs, so that each is decoded once.
        for hash in self.hashes("SELECT hash FROM blob ORDER BY pack, start")? {
            self.blob(&BlobHash(hash))?;
        }
        self.known_snapshots.borrow_mut().clear();
        for hash in self.hashes("SELECT hash FROM snapshot")? {
            let id = SnapshotId(hash);
            let mut found = 0;
            self.entries(&id, &mut |_, _| {
                found += 1;
                ControlFlow::Continue(())
            })?;
            if self.snapshot_info(&id)?.map(|info| info.resources) != Some(found) {
                let what = format!("snapshot {id} has {found} resources, and says otherwise");
                return Err(StoreError::damaged(what));
            }
        }
        for hash in self.hashes("SELECT effect FROM change_set")? {
            self.change_set(&EffectDigest(hash))?;
        }
        Ok(())
    }

    fn hashes(&self, sql: &str) -> Result<Vec<[u8; 32]>, StoreError> {
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
