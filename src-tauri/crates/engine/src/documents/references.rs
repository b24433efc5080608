//! Who refers to whom, read from documents and remembered by their digests.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use slipway_domain::{BlobHash, Reference, ResourceKey, SnapshotId, Version};

use super::Documents;
use crate::error::EngineError;
use crate::platform::Semantics;

/// How many documents' references are remembered.
const DOCUMENT_LIMIT: usize = 200_000;
/// How many captures' referrers are remembered.
const SNAPSHOT_LIMIT: usize = 8;

/// What was read before. A document's references depend on its kind as well as on its bytes, so the key is part of it.
#[derive(Default)]
pub(crate) struct ReferenceCache {
    documents: Mutex<Known>,
    snapshots: Mutex<Vec<(SnapshotId, Arc<Referrers>)>>,
}

type Known = HashMap<(ResourceKey, BlobHash), Arc<[Reference]>>;

/// For each resource, what refers to it.
pub(crate) type Referrers = HashMap<ResourceKey, Vec<ResourceKey>>;

impl Documents {
    /// What a document refers to.
    pub(crate) fn references(
        &self,
        semantics: &dyn Semantics,
        key: &ResourceKey,
        version: &Version,
    ) -> Result<Arc<[Reference]>, EngineError> {
        self.references_in(semantics, key, version, || self.document(version))
    }

    /// As [`Documents::references`], of bytes that are at hand.
    pub(crate) fn references_in<B: AsRef<[u8]>>(
        &self,
        semantics: &dyn Semantics,
        key: &ResourceKey,
        version: &Version,
        bytes: impl FnOnce() -> Result<B, EngineError>,
    ) -> Result<Arc<[Reference]>, EngineError> {
        let cache = &self.cache.documents;
        let at = (key.clone(), version.blob);
        if let Some(known) = cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&at)
        {
            return Ok(known.clone());
        }
        let found: Arc<[Reference]> = semantics.references(key, bytes()?.as_ref()).into();
        let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= DOCUMENT_LIMIT {
            cache.clear();
        }
        cache.insert(at, found.clone());
        Ok(found)
    }

    /// Who refers to whom in a capture. Reads every document the first time.
    pub(crate) fn referrers(
        &self,
        semantics: &dyn Semantics,
        snapshot: &SnapshotId,
    ) -> Result<Arc<Referrers>, EngineError> {
        let cache = &self.cache.snapshots;
        let known = cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, referrers)) = known.iter().find(|(id, _)| id == snapshot) {
            return Ok(referrers.clone());
        }
        drop(known);
        let mut entries: BTreeMap<ResourceKey, Version> = BTreeMap::new();
        self.ledger.store().read(|reader| {
            reader.entries(snapshot, &mut |key, version| {
                entries.insert(key, version);
                ControlFlow::Continue(())
            })
        })?;
        let mut referrers = Referrers::new();
        for (key, version) in &entries {
            for reference in self.references(semantics, key, version)?.iter() {
                if reference.to != *key && entries.contains_key(&reference.to) {
                    let from = referrers.entry(reference.to.clone()).or_default();
                    if from.last() != Some(key) {
                        from.push(key.clone());
                    }
                }
            }
        }
        let referrers = Arc::new(referrers);
        let mut known = cache.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= SNAPSHOT_LIMIT {
            known.remove(0);
        }
        known.push((*snapshot, referrers.clone()));
        Ok(referrers)
    }
}
