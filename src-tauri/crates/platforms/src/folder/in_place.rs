//! Deploying where the content lies: each file is replaced in one step.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use async_trait::async_trait;
use slipway_domain::{Operation, ResourceKey};
use slipway_engine::{PlatformError, Target};

use super::failure::blocking;
use super::settings::Holds;
use super::tree::Tree;

/// A folder whose content is written in place.
#[derive(Debug)]
pub(super) struct InPlace {
    tree: Arc<Tree>,
}

impl InPlace {
    /// Opens the folder, and removes what an interrupted deployment has left half written.
    pub(super) fn open(root: OwnedFd, holds: Holds) -> Result<Self, PlatformError> {
        let tree = Tree::new(root, holds);
        tree.clean()?;
        Ok(Self {
            tree: Arc::new(tree),
        })
    }
}

#[async_trait]
impl Target for InPlace {
    async fn read(&self, key: &ResourceKey) -> Result<Option<Vec<u8>>, PlatformError> {
        let (tree, key) = (Arc::clone(&self.tree), key.clone());
        blocking(move || tree.read(&key)).await
    }

    async fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
    ) -> Result<(), PlatformError> {
        let (tree, operation, bytes) = (
            Arc::clone(&self.tree),
            operation.clone(),
            bytes.map(<[u8]>::to_vec),
        );
        blocking(move || tree.apply(&operation, bytes.as_deref())).await
    }

    /// Nothing is staged: every operation was visible when it was done.
    async fn publish(&self) -> Result<(), PlatformError> {
        Ok(())
    }

    async fn is_published(&self) -> Result<bool, PlatformError> {
        Ok(true)
    }

    async fn abandon(&self) -> Result<(), PlatformError> {
        let tree = Arc::clone(&self.tree);
        blocking(move || tree.clean()).await
    }
}
