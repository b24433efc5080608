//! A place that is written to.

use std::sync::Arc;

use async_trait::async_trait;
use slipway_domain::{DeploymentId, Operation, ResourceKey, Step, Version};

use crate::error::PlatformError;

/// What a target has to know again when its deployment is taken up by another process. It lies beside the journal.
#[async_trait]
pub trait Memory: Send + Sync {
    /// What was kept last.
    ///
    /// # Errors
    /// When it can't be read.
    async fn recall(&self) -> Result<Option<Vec<u8>>, PlatformError>;

    /// Keeps it, in the place of what was kept before; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it can't be written, or another process has taken the deployment over.
    async fn keep(&self, bytes: Vec<u8>) -> Result<(), PlatformError>;
}

/// An environment opened for the operations of one deployment.
#[async_trait]
pub trait Target: Send + Sync {
    /// Reads what the target holds for a resource now: where the place stages, in the staged copy.
    ///
    /// # Errors
    /// When it can't be read.
    async fn read(&self, key: &ResourceKey) -> Result<Option<Vec<u8>>, PlatformError>;

    /// Told first: what people call the release that is deployed, and which other deployments are over: nobody needs what they
    /// staged.
    fn introduce(&self, _release: &str, _ended: &[DeploymentId]) {}

    /// Told once, before the first operation of a run and after an interruption again, what the deployment is to make.
    /// `document` gives the bytes of a version. A place that stages may find that it holds the outcome already.
    ///
    /// # Errors
    /// When the place can't be read.
    async fn prepare(
        &self,
        _operations: &[Operation],
        _document: &(dyn for<'v> Fn(&'v Version) -> Option<Vec<u8>> + Send + Sync),
    ) -> Result<(), PlatformError> {
        Ok(())
    }

    /// Whether [`Target::look`] can make use of documents for a resource.
    fn recognises(&self, _key: &ResourceKey) -> bool {
        false
    }

    /// As [`Target::read`], for a place that can tell more than bytes do: by a cheap sign, as a checksum, that it holds the
    /// document `after` or `before`; or that it differs from `before` only in what other operations of this deployment
    /// take along.
    ///
    /// # Errors
    /// When it can't be read.
    async fn look(
        &self,
        key: &ResourceKey,
        _after: Option<&[u8]>,
        _before: Option<&[u8]>,
    ) -> Result<Seen, PlatformError> {
        Ok(self.read(key).await?.into())
    }

    /// Does what the operation says: creates or replaces with `bytes`, or deletes where there are none. What is created has
    /// the operation's attributes. The engine has compared before, and reads back after; `expected` is what it saw. A place
    /// that can compare and write in one step does, and one that can't compares as late as it can.
    ///
    /// # Errors
    /// When it was not done, since something else is there ([`PlatformError::Changed`]) or otherwise, or when that is not
    /// known ([`PlatformError::Unclear`]).
    async fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
        expected: &Seen,
    ) -> Result<(), PlatformError>;

    /// The requests that were made for a resource since this was asked last, in their order, where one operation takes several.
    fn take_steps(&self, _key: &ResourceKey) -> Vec<Step> {
        Vec::new()
    }

    /// Makes what was staged visible in one step. Called again after an interruption: then it does what is left.
    ///
    /// # Errors
    /// As [`Target::apply`].
    async fn publish(&self) -> Result<(), PlatformError>;

    /// Clears away what was only staged, once it is published; publishes nothing.
    ///
    /// # Errors
    /// When it can't be cleared away.
    async fn clear_up(&self) -> Result<(), PlatformError> {
        Ok(())
    }

    /// Whether [`Target::publish`] has taken effect.
    ///
    /// # Errors
    /// When it can't be read.
    async fn is_published(&self) -> Result<bool, PlatformError>;

    /// Removes what was staged and not published; nothing else.
    ///
    /// # Errors
    /// When it can't be removed.
    async fn abandon(&self) -> Result<(), PlatformError>;
}

/// What [`Target::look`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What is there.
    pub holds: Holds,
    /// By what the place tells whether it still is, where it has such a sign: an etag, the time and number of a file.
    /// Opaque to the engine.
    pub token: Option<Arc<[u8]>>,
}

impl From<Holds> for Seen {
    fn from(holds: Holds) -> Self {
        Self { holds, token: None }
    }
}

impl From<Option<Vec<u8>>> for Seen {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        bytes.map_or(Holds::Nothing, Holds::Bytes).into()
    }
}

/// What a target holds for a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The resource is not there.
    Nothing,
    /// It holds what the operation is to make.
    After,
    /// It holds what the operation expects.
    Before,
    /// It holds this.
    Bytes(Vec<u8>),
}
