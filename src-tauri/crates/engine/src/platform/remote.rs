//! A place that was opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use slipway_domain::{Blocked, Change, DeploymentId, ResourceKey};

use super::semantics::Semantics;
use super::sink::CaptureSink;
use super::target::{Memory, Target};
use crate::error::PlatformError;

/// What a look at an environment covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that it holds.
    Everything,
    /// These resources, ascending and each once.
    Only(Arc<[ResourceKey]>),
}

impl Scope {
    /// Whether a resource lies in it.
    pub fn covers(&self, key: &ResourceKey) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(keys) => keys.binary_search(key).is_ok(),
        }
    }
}

/// What a place allows to be asked, in its own points: while it is spent, requests wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// What is left, in points.
    pub available: u64,
    /// The most that there can be, in points.
    pub limit: u64,
    /// What comes back, in points a second.
    pub per_second: u64,
}

/// An environment that was opened: what reaches out to it.
#[async_trait]
pub trait Remote: Semantics {
    /// Finds what can't be written to this place at all, before anything is: reserved or colliding names, sizes.
    /// `live` are the keys that the environment holds now, ascending.
    fn check(&self, changes: &[Change], live: &[ResourceKey]) -> Vec<Blocked>;

    /// The path of a resource as people and patches write it, relative to where the place's content begins; nothing
    /// where resources have no paths.
    fn path_of(&self, _key: &ResourceKey) -> Option<String> {
        None
    }

    /// What of resources is no content and would go with them, as this place writes it down: the mode of a file. What is not
    /// there has none. May read the place; one that can't be read has none either.
    fn attributes(&self, _keys: &[ResourceKey]) -> BTreeMap<ResourceKey, String> {
        BTreeMap::new()
    }

    /// How many operations of a wave may be under way at once. Places that take many resources in one request want many,
    /// so that there is something to put together.
    fn parallel_limit(&self) -> usize {
        4
    }

    /// What is left of what the place allows to be asked, where it counts that and has said so. Does not reach out.
    fn budget(&self) -> Option<Budget> {
        None
    }

    /// Reads what lies in a scope, streaming into the sink; from any number of threads. What else it delivers is passed by;
    /// a resource of the scope that it neither delivers nor names as unreadable is not there.
    ///
    /// # Errors
    /// When the place can't be read as a whole, or the sink stopped. A single resource that can't be read is told to
    /// the sink instead.
    async fn capture(&self, scope: &Scope, sink: Arc<dyn CaptureSink>)
    -> Result<(), PlatformError>;

    /// Opens the place for one deployment, or takes that deployment up again after an interruption. `memory` holds what was
    /// kept in it by then.
    ///
    /// # Errors
    /// When the place can't be reached or prepared.
    async fn target(
        &self,
        deployment: &DeploymentId,
        memory: Arc<dyn Memory>,
    ) -> Result<Arc<dyn Target>, PlatformError>;
}
