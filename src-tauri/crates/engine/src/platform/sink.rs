//! Where what a place holds goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use slipway_domain::{ContentDigest, ResourceKey, Version};

use crate::error::PlatformError;

/// What the engine does with a resource that can't be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnreadable {
    /// Names it and goes on.
    #[default]
    GoOn,
    /// Stops the capture.
    Stop,
}

/// Where a capture goes. Its methods may block: an adapter calls them from threads that may.
pub trait CaptureSink: Send + Sync {
    /// What the last capture had for a resource, when it may still be so.
    fn known(&self, key: &ResourceKey) -> Option<Known>;

    /// Whether a rule of the environment leaves the resource out. The sink counts and names it.
    fn is_ignored(&self, key: &ResourceKey) -> bool;

    /// Says how many resources there will be, as soon as it is known.
    fn expect(&self, resource_count: u64);

    /// Takes one resource.
    ///
    /// # Errors
    /// When the capture was cancelled or can't go on: the adapter returns at once with [`PlatformError::Stopped`].
    fn accept(&self, resource: Captured) -> Result<(), Stopped>;

    /// Notes a resource that can't be read.
    ///
    /// # Errors
    /// When the capture is to stop at such a resource.
    fn unreadable(&self, unreadable: Unreadable) -> Result<(), Stopped>;

    /// Notes names that documents of the place may use; adds to those that were noted. A sink that is no capture needs none.
    fn vocabulary(&self, _names: Vocabulary) {}
}

/// The names that documents of a place use for what is no resource, by what they name: its sales channels, the namespaces of
/// its apps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vocabulary(pub BTreeMap<String, BTreeSet<String>>);

impl Vocabulary {
    /// Adds the names of another look at the same place.
    pub fn extend(&mut self, other: Self) {
        for (of, names) in other.0 {
            self.0.entry(of).or_default().extend(names);
        }
    }
}

/// The sink takes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl From<Stopped> for PlatformError {
    fn from(Stopped: Stopped) -> Self {
        Self::Stopped
    }
}

/// A cheap sign that a resource did not change: for a file its size, times and inode. Opaque to the engine; at most 64 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp(pub Arc<[u8]>);

/// What the last capture had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The sign that was noted.
    pub stamp: Stamp,
    /// The version.
    pub version: Version,
}

/// One resource as captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// Which.
    pub key: ResourceKey,
    /// What it holds.
    pub content: Content,
    /// The sign by which the next capture may recognise it; nothing: read it again next time.
    pub stamp: Option<Stamp>,
}

/// What a captured resource holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Its bytes, and the digest of their meaning where that is not the digest of the bytes.
    Bytes {
        /// The document.
        bytes: Vec<u8>,
        /// See [`super::Semantics::digest`].
        digest: Option<ContentDigest>,
    },
    /// What the last capture had; it was not read.
    Unchanged(Version),
}

/// A resource that could not be captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// Which, if its name makes a key.
    pub key: Option<ResourceKey>,
    /// Where it stands, for people: a path relative to the environment.
    pub place: String,
    /// The line, from 1, where one is known.
    pub line: Option<u64>,
    /// The column, from 1, where one is known.
    pub column: Option<u64>,
    /// What is wrong: one sentence.
    pub message: String,
    /// What a person can do.
    pub hint: String,
}
