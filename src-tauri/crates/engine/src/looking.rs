//! What people ask about single resources, beside any plan.

use std::collections::HashMap;
use std::sync::Arc;

use slipway_domain::{Environment, ResourceKey, SnapshotId};

use crate::error::EngineError;
use crate::workspace::Engine;

impl Engine {
    /// The path of each resource in an environment, as people and patches write it; nothing where a resource has none.
    ///
    /// # Errors
    /// When the environment's connection is not complete.
    pub fn paths_of(
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
    pub fn referrers_in(
        &self,
        environment: &Environment,
        snapshot: &SnapshotId,
    ) -> Result<Arc<HashMap<ResourceKey, Vec<ResourceKey>>>, EngineError> {
        let remote = self.remote(environment)?;
        self.referrers(remote.as_ref(), snapshot)
    }
}
