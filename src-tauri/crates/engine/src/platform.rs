//! The port to the places that hold resources. Each adapter in `platforms` implements it for one kind of remote system.
//!
//! Invariant: only [`Target`] writes, and only the deployment of this crate holds one.
//! Deliberately not here: order, journal, retries of operations, rules of environments. They are the engine's, and the
//! same for every platform.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use slipway_domain::{
    Assessment, Blocked, Change, ChangeKind, ContentDigest, DeploymentId, Operation, Reference,
    References, ResourceKey, Rule, Version,
};

use crate::error::{DocumentError, PlatformError};
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

/// An environment that was opened: reads, and knows what its documents mean.
#[async_trait]
pub trait Remote: Send + Sync {
    /// Whether references have to exist when they are written.
    fn references_policy(&self) -> References;

    /// The place of a resource's kind in the order of writing: lower is written earlier and deleted later.
    fn layer(&self, key: &ResourceKey, change: ChangeKind) -> u16;

    /// The digest of what a document means.
    ///
    /// # Errors
    /// When the bytes are no valid document of the resource's kind.
    fn digest(&self, key: &ResourceKey, bytes: &[u8]) -> Result<ContentDigest, DocumentError>;

    /// The document without the fields at the paths given, as [`Remote::references`] names them: the first of two passes
    /// over a cycle. Pure. Never asked of a platform whose references are loose, which is why it has a body.
    fn without_fields(&self, _key: &ResourceKey, bytes: &[u8], _fields: &[String]) -> Vec<u8> {
        bytes.to_vec()
    }

    /// What a document refers to. May name resources that do not exist.
    fn references(&self, key: &ResourceKey, bytes: &[u8]) -> Vec<Reference>;

    /// The definition that a resource has to fit, where it names none in its document. Pure.
    fn definition_of(&self, _key: &ResourceKey) -> Option<ResourceKey> {
        None
    }

    /// How likely a change is to hurt, and whether it can be undone. `referrers` hold a reference to the resource and
    /// are left as they are by the release.
    fn assess(
        &self,
        change: &Change,
        before: Option<&[u8]>,
        after: Option<&[u8]>,
        referrers: &[ResourceKey],
    ) -> Assessment;

    /// Finds what can't be written to this place at all, before anything is: reserved or colliding names, sizes.
    /// `live` are the keys that the environment holds now, ascending.
    fn check(&self, changes: &[Change], live: &[ResourceKey]) -> Vec<Blocked>;

    /// Finds what can't be written for what a document holds: too many tags, too large a description. Pure.
    fn check_document(&self, _key: &ResourceKey, _bytes: &[u8]) -> Vec<Blocked> {
        Vec::new()
    }

    /// Finds what can't be written for what is there already or what else comes: a type that never changes, an object that
    /// does not fit its definition. `before` gives the document that is there, `outcome` the one that a resource has after
    /// the release. Pure.
    fn check_fit(
        &self,
        _key: &ResourceKey,
        _before: &dyn Fn() -> Option<Vec<u8>>,
        _after: &[u8],
        _outcome: &dyn Fn(&ResourceKey) -> Option<Arc<[u8]>>,
    ) -> Vec<Blocked> {
        Vec::new()
    }

    /// How many operations of a wave may be under way at once. Places that take many resources in one request want many,
    /// so that there is something to put together.
    fn parallel_limit(&self) -> usize {
        4
    }

    /// Whether what a reference leads to has to be written before what refers to it. Where it does not, both may stand
    /// in one wave.
    fn is_ordered(&self, _from: &ResourceKey, _reference: &Reference) -> bool {
        true
    }

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

    /// The resource that is published at the end of a deployment, where this place stages.
    fn published_resource(&self) -> Option<ResourceKey>;

    /// Whether what is written of a resource is only seen once it is published.
    fn is_staged(&self, _key: &ResourceKey) -> bool {
        self.published_resource().is_some()
    }

    /// What a capture would deliver for a resource that holds this document, where stamps here tell contents apart, as
    /// checksums do: then what was just written is recognised and not read. `bytes` gives the document, and is asked only
    /// there. Pure.
    fn as_captured(
        &self,
        _key: &ResourceKey,
        _bytes: &dyn Fn() -> Option<Vec<u8>>,
    ) -> Option<Captured> {
        None
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

    /// What of documents stays apart on their way from a place with the names `source` to this one with the names `here`. Pure.
    fn apart(&self, _source: &Vocabulary, _here: &Vocabulary) -> Apart {
        Apart::default()
    }

    /// By what a resource is known to be the same though it has another natural key; none where there is no such sign. Pure.
    fn signs(&self, _key: &ResourceKey, _bytes: &[u8]) -> Vec<String> {
        Vec::new()
    }

    /// Whether a document is what an operation from `before` to `after` leaves that was cut off between its requests: every
    /// part of it is as before or as after. Then nobody else's work is in it. Pure. Places that write in one step leave no
    /// such thing.
    fn is_half_done(
        &self,
        _key: &ResourceKey,
        _before: Option<&[u8]>,
        _after: Option<&[u8]>,
        _live: &[u8],
    ) -> bool {
        false
    }

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

    /// Told first: what people call the release that is deployed, and which other deployments there may go on later and need what
    /// they staged.
    fn introduce(&self, _release: &str, _unfinished: &[DeploymentId]) {}

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

/// What only one of two places has a name for, as rules about fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// What only the place that is written to has: it stays as it is there.
    pub stays: Vec<Rule>,
    /// What only the source has: it is left out of what is written.
    pub lacks: Vec<Rule>,
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
        /// See [`Remote::digest`].
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
