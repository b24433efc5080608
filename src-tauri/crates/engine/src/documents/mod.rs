//! Documents: their bytes, what they mean to their platform, and who refers to whom.

mod json;
mod keep;
mod merge;
mod passage;
mod references;
mod settle;
mod unsaved;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use slipway_domain::{Change, Environment, ResourceKey, SnapshotId, Version};

use crate::error::{EngineError, Unknown};
use crate::ledger::Ledger;
use crate::platform::{LeftAlone, Platform, Remote, Semantics};
use crate::secret::Reach;

pub use json::{json_digest, plain_theme_json, read_json, theme_json_digest};
pub(crate) use keep::{has_fields, is_same_but_kept, keep_fields};
pub(crate) use merge::merge_documents;
pub(crate) use passage::Passage;
use references::ReferenceCache;
use unsaved::Unsaved;

/// How many changes are read in one transaction.
const PORTION: usize = 500;

fn not_held(version: &Version) -> EngineError {
    let blob = version.blob;
    Unknown::Document { blob }.into()
}

/// The documents of a workspace, and the platforms that they belong to. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Documents {
    pub(crate) ledger: Ledger,
    platforms: Arc<BTreeMap<&'static str, Arc<dyn Platform>>>,
    cache: Arc<ReferenceCache>,
    unsaved: Arc<Unsaved>,
}

impl Documents {
    pub(crate) fn new(ledger: Ledger, platforms: Vec<Arc<dyn Platform>>) -> Self {
        let named = platforms.into_iter();
        Self {
            ledger,
            platforms: Arc::new(named.map(|platform| (platform.name(), platform)).collect()),
            cache: Arc::default(),
            unsaved: Arc::default(),
        }
    }

    /// Opens an environment for reading.
    pub(crate) fn remote(&self, environment: &Environment) -> Result<Arc<dyn Remote>, EngineError> {
        let platform = self.platform(&environment.settings.platform)?;
        Ok(platform.open(&environment.settings.connection)?)
    }

    /// What an environment's connection leads to, as it is written there; `None` when this program can't read it.
    pub(crate) fn address(&self, environment: &Environment) -> Option<String> {
        let platform = self.platform(&environment.settings.platform).ok()?;
        platform.address(&environment.settings.connection)
    }

    /// The address that requests to an environment go to, where that is not its vendor's own.
    pub(crate) fn other_address(&self, environment: &Environment) -> Option<String> {
        let platform = self.platform(&environment.settings.platform).ok()?;
        let place = platform.secret_place(&environment.settings.connection)?;
        match place.reach {
            Reach::Own => None,
            Reach::At { base, .. } => Some(base),
        }
    }

    /// What an environment may hold beside, and is neither captured nor changed.
    pub(crate) fn leaves_alone(&self, environment: &Environment) -> Vec<LeftAlone> {
        let platform = self.platform(&environment.settings.platform);
        platform.map_or_else(|_| Vec::new(), |platform| platform.leaves_alone())
    }

    /// What a deployment to the environment needs for itself: whoever writes to the same is waited for.
    pub(crate) fn exclusive(&self, environment: &Environment) -> Result<String, EngineError> {
        let platform = self.platform(&environment.settings.platform)?;
        let place = platform.exclusive(&environment.settings.connection);
        Ok(match place {
            Some(place) => format!("{}: {place}", platform.name()),
            None => format!("environment {}", environment.id),
        })
    }

    fn platform(&self, name: &str) -> Result<&Arc<dyn Platform>, EngineError> {
        self.platforms.get(name).ok_or_else(|| {
            let known = self.platforms.keys().copied().collect();
            let name = name.to_owned();
            Unknown::Platform { name, known }.into()
        })
    }

    /// The bytes of a version.
    ///
    /// # Errors
    /// When the store does not hold them undamaged.
    pub(crate) fn document(&self, version: &Version) -> Result<Vec<u8>, EngineError> {
        let bytes = self
            .ledger
            .store()
            .read(|reader| reader.blob(&version.blob))?;
        bytes
            .or_else(|| self.unsaved.get(&version.blob))
            .ok_or_else(|| not_held(version))
    }

    /// A version in the terms of the place that it goes to: each platform says what two documents are the same by.
    ///
    /// # Errors
    /// When the store does not hold it.
    pub(crate) fn in_terms_of(
        &self,
        semantics: &dyn Semantics,
        key: &ResourceKey,
        version: Version,
    ) -> Result<Version, EngineError> {
        let digest = semantics.digest(key, &self.document(&version)?);
        Ok(Version {
            digest: digest.unwrap_or(version.digest),
            ..version
        })
    }

    /// Goes through changes with the bytes before and after each, reading every document once. `f` is called while the store
    /// is read, and must not write.
    ///
    /// # Errors
    /// What `f` gives, or that the store does not hold a document undamaged.
    pub(crate) fn each_change(
        &self,
        changes: &[Change],
        mut f: impl FnMut(&Change, Option<&[u8]>, Option<&[u8]>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        for portion in changes.chunks(PORTION) {
            self.ledger.store().read(|reader| {
                let bytes = |version: &Option<Version>| -> Result<_, EngineError> {
                    let Some(version) = version else {
                        return Ok(None);
                    };
                    let bytes = reader.blob(&version.blob)?;
                    bytes.map(Some).ok_or_else(|| not_held(version))
                };
                Ok(portion.iter().try_for_each(|change| {
                    let (before, after) = (bytes(&change.before)?, bytes(&change.after)?);
                    f(change, before.as_deref(), after.as_deref())
                }))
            })??;
        }
        Ok(())
    }

    /// The path of each resource in an environment, as people and patches write it; nothing where a resource has none.
    ///
    /// # Errors
    /// When the environment's connection is not complete.
    pub(crate) fn paths_of(
        &self,
        environment: &Environment,
        keys: &[ResourceKey],
    ) -> Result<Vec<Option<String>>, EngineError> {
        let remote = self.remote(environment)?;
        Ok(keys.iter().map(|key| remote.path_of(key)).collect())
    }

    /// For each resource of a capture that others refer to, these others. Reads every document the first time.
    ///
    /// # Errors
    /// When the store does not hold them.
    pub(crate) fn referrers_in(
        &self,
        environment: &Environment,
        snapshot: &SnapshotId,
    ) -> Result<Arc<HashMap<ResourceKey, Vec<ResourceKey>>>, EngineError> {
        let remote = self.remote(environment)?;
        self.referrers(remote.as_ref(), snapshot)
    }
}
