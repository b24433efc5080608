//! Deploying where the content lies: each file is replaced in one step.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use async_trait::async_trait;
use slipway_domain::{Operation, ResourceKey};
use slipway_engine::{Holds, PlatformError, Seen, Target};

use super::failure::blocking;
use super::settings;
use super::tree::{Expected, Tree};

/// A folder whose content is written in place.
#[derive(Debug)]
pub(super) struct InPlace {
    tree: Arc<Tree>,
}

impl InPlace {
    /// Opens the folder, and removes what an interrupted deployment has left half written.
    pub(super) fn open(root: OwnedFd, holds: settings::Holds) -> Result<Self, PlatformError> {
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

    async fn look(
        &self,
        key: &ResourceKey,
        _after: Option<&[u8]>,
        _before: Option<&[u8]>,
    ) -> Result<Seen, PlatformError> {
        let (tree, key) = (Arc::clone(&self.tree), key.clone());
        let found = blocking(move || tree.look(&key)).await?;
        Ok(match found {
            Some((bytes, stamp)) => Seen {
                holds: Holds::Bytes(bytes),
                token: Some(Arc::new(stamp)),
            },
            None => Holds::Nothing.into(),
        })
    }

    async fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
        expected: &Seen,
    ) -> Result<(), PlatformError> {
        let (tree, operation, bytes, expected) = (
            Arc::clone(&self.tree),
            operation.clone(),
            bytes.map(<[u8]>::to_vec),
            Expected::of(expected),
        );
        blocking(move || tree.apply(&operation, bytes.as_deref(), expected)).await
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
