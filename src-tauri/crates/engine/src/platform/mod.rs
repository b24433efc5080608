//! The port to the places that hold resources. Each adapter in `platforms` implements it for one kind of remote system.
//!
//! A [`Platform`] opens a [`Remote`]; what its documents mean is said by its pure half, [`Semantics`]; what it holds goes into
//! a [`CaptureSink`]; and a [`Target`] writes.
//!
//! Invariant: only [`Target`] writes, and only the deployment of this crate holds one.
//! Deliberately not here: order, journal, retries of operations, rules of environments. They are the engine's, and the
//! same for every platform.

mod remote;
mod semantics;
mod sink;
mod target;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::remote::{Budget, Remote, Scope};
pub use self::semantics::{Apart, Semantics};
pub use self::sink::{
    CaptureSink, Captured, Content, Known, OnUnreadable, Stamp, Stopped, Unreadable, Vocabulary,
};
pub use self::target::{Holds, Memory, Seen, Target};
use crate::error::PlatformError;
use crate::secret::SecretPlace;

/// One kind of remote system.
#[async_trait]
pub trait Platform: Send + Sync {
    /// The name in an environment's settings: `folder`, `shopify`, `fluent`.
    fn name(&self) -> &'static str;

    /// Checks what a person typed to connect an environment, looks at the place, and completes the settings.
    ///
    /// # Errors
    /// When something is missing or wrong, or the place can't be reached.
    async fn connect(&self, connection: &serde_json::Value) -> Result<Connected, PlatformError>;

    /// What such places hold and this platform neither captures nor changes.
    fn leaves_alone(&self) -> Vec<LeftAlone> {
        Vec::new()
    }

    /// The place that the secret of a connection is sent to, worked out from the connection anew each time; `None` when no
    /// secret is needed or the connection can't be read. Pure.
    fn secret_place(&self, _connection: &serde_json::Value) -> Option<SecretPlace> {
        None
    }

    /// What a connection leads to, as it is written there, for a person who decides whether to trust it; `None` when it
    /// can't be read. Pure: nothing is looked up, on the disk either.
    fn address(&self, connection: &serde_json::Value) -> Option<String>;

    /// Names the place that a kept connection leads to, the same for every way of naming it, for people to read; nothing
    /// where that can't be said.
    fn place(&self, connection: &serde_json::Value) -> Option<String>;

    /// Whether two connections lead to places of which one is, or lies within, the other.
    fn overlap(&self, one: &serde_json::Value, other: &serde_json::Value) -> bool {
        let place = self.place(one);
        place.is_some() && place == self.place(other)
    }

    /// Names what a deployment there needs for itself: environments with one name for it exclude each other. Wider than the
    /// place where several of them share what is written.
    fn exclusive(&self, connection: &serde_json::Value) -> Option<String> {
        self.place(connection)
    }

    /// Opens a connected environment. Does not reach out yet.
    ///
    /// # Errors
    /// When the settings are not what [`Platform::connect`] gave.
    fn open(&self, connection: &serde_json::Value) -> Result<Arc<dyn Remote>, PlatformError>;
}

/// What [`Platform::connect`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// The settings to keep: complete, without secrets.
    pub connection: serde_json::Value,
    /// What was found, in words: "a theme with 7 folders".
    pub summary: String,
    /// Which resource families it holds: `theme`, `object`.
    pub families: Vec<String>,
    /// Sentences about what will be left alone or can't be read.
    pub notes: Vec<String>,
    /// What of the place can be reached; none where the summary says it all.
    pub survey: Option<Survey>,
}

/// A place and what of it can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// What the place is, as names and values: "Plan", "Basic".
    pub facts: Vec<(String, String)>,
    /// All kinds of resources, in the order in which people read them.
    pub kinds: Vec<KindAccess>,
    /// The rights that were granted, by the names that the place has for them.
    pub granted: Vec<String>,
}

/// What can be done with the resources of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindAccess {
    /// What people call the kind, in the plural.
    pub kind: String,
    /// The right that is lacking for reading; none where it can be read.
    pub read_lacks: Option<String>,
    /// The right that is lacking for writing; none where it can be written.
    pub write_lacks: Option<String>,
}

/// Something that a place holds and that is neither captured nor changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// What it is, as people call it.
    pub what: &'static str,
    /// Why it stays where it is.
    pub why: &'static str,
}
