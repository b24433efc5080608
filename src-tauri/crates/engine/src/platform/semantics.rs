//! What the documents of a place mean.

use std::sync::Arc;

use slipway_domain::{
    Assessment, Blocked, Change, ChangeKind, ContentDigest, Reference, References, ResourceKey,
    Rule,
};

use super::sink::{Captured, Vocabulary};
use crate::error::DocumentError;

/// What the documents of a place mean, for whoever compares, plans and merges. Pure: nothing here reaches out or reads a disk.
pub trait Semantics: Send + Sync {
    /// Whether references have to exist when they are written.
    fn references_policy(&self) -> References;

    /// The place of a resource's kind in the order of writing: lower is written earlier and deleted later.
    fn layer(&self, key: &ResourceKey, change: ChangeKind) -> u16;

    /// Whether what a reference leads to has to be written before what refers to it. Where it does not, both may stand
    /// in one wave.
    fn is_ordered(&self, _from: &ResourceKey, _reference: &Reference) -> bool {
        true
    }

    /// The digest of what a document means.
    ///
    /// # Errors
    /// When the bytes are no valid document of the resource's kind.
    fn digest(&self, key: &ResourceKey, bytes: &[u8]) -> Result<ContentDigest, DocumentError>;

    /// What a document refers to. May name resources that do not exist.
    fn references(&self, key: &ResourceKey, bytes: &[u8]) -> Vec<Reference>;

    /// The document without the fields at the paths given, as [`Semantics::references`] names them: the first of two passes
    /// over a cycle. Never asked of a platform whose references are loose, which is why it has a body.
    fn without_fields(&self, _key: &ResourceKey, bytes: &[u8], _fields: &[String]) -> Vec<u8> {
        bytes.to_vec()
    }

    /// The definition that a resource has to fit, where it names none in its document.
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

    /// Finds what can't be written for what a document holds: too many tags, too large a description.
    fn check_document(&self, _key: &ResourceKey, _bytes: &[u8]) -> Vec<Blocked> {
        Vec::new()
    }

    /// Finds what can't be written for what is there already or what else comes: a type that never changes, an object that
    /// does not fit its definition. `before` gives the document that is there, `outcome` the one that a resource has after
    /// the release.
    fn check_fit(
        &self,
        _key: &ResourceKey,
        _before: &dyn Fn() -> Option<Vec<u8>>,
        _after: &[u8],
        _outcome: &dyn Fn(&ResourceKey) -> Option<Arc<[u8]>>,
    ) -> Vec<Blocked> {
        Vec::new()
    }

    /// The resource that is published at the end of a deployment, where this place stages.
    fn published_resource(&self) -> Option<ResourceKey>;

    /// Whether what is written of a resource is only seen once it is published.
    fn is_staged(&self, _key: &ResourceKey) -> bool {
        self.published_resource().is_some()
    }

    /// What a capture would deliver for a resource that holds this document, where stamps here tell contents apart, as
    /// checksums do: then what was just written is recognised and not read. `bytes` gives the document, and is asked only
    /// there.
    fn as_captured(
        &self,
        _key: &ResourceKey,
        _bytes: &dyn Fn() -> Option<Vec<u8>>,
    ) -> Option<Captured> {
        None
    }

    /// What of documents stays apart on their way from a place with the names `source` to this one with the names `here`.
    fn apart(&self, _source: &Vocabulary, _here: &Vocabulary) -> Apart {
        Apart::default()
    }

    /// By what a resource is known to be the same though it has another natural key; none where there is no such sign.
    fn signs(&self, _key: &ResourceKey, _bytes: &[u8]) -> Vec<String> {
        Vec::new()
    }

    /// Whether a document is what an operation from `before` to `after` leaves that was cut off between its requests: every
    /// part of it is as before or as after. Then nobody else's work is in it. Places that write in one step leave no
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
}

/// What only one of two places has a name for, as rules about fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// What only the place that is written to has: it stays as it is there.
    pub stays: Vec<Rule>,
    /// What only the source has: it is left out of what is written.
    pub lacks: Vec<Rule>,
}
