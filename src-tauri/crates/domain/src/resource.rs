//! Resources, their versions, and the changes between two captures.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{BlobHash, ContentDigest, EffectDigest};

/// The natural key of a resource: `<family>/<kind>:<name>`, as `theme/file:sections/header.liquid`.
///
/// Ordered by bytes. At most [`ResourceKey::LIMIT_BYTES`] bytes; holds no control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(type = "string"))]
#[serde(transparent)]
pub struct ResourceKey(std::sync::Arc<str>);

/// The text is not a resource key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceKeyError {
    /// It does not have the form `<family>/<kind>:<name>`.
    #[error("`{0}` is not a resource key: expected `<family>/<kind>:<name>`")]
    Form(String),
    /// It is longer than a key may be.
    #[error("a resource key has at most {limit} bytes, this one has {found}", limit = ResourceKey::LIMIT_BYTES)]
    Long {
        /// The key's length in bytes.
        found: usize,
    },
    /// It holds a control character.
    #[error("`{0}` holds a control character, which a resource key can't")]
    Control(String),
}

impl ResourceKey {
    /// The longest key, in bytes: a path of 4,096 bytes with its family and kind.
    pub const LIMIT_BYTES: usize = 4_352;

    /// Joins the parts of a key.
    ///
    /// # Errors
    /// When the parts make no valid key.
    pub fn new(family: &str, kind: &str, name: &str) -> Result<Self, ResourceKeyError> {
        format!("{family}/{kind}:{name}").parse()
    }

    /// The whole key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The family: `theme`, `object`, `shopify`, `fluent`.
    pub fn family(&self) -> &str {
        self.split().0
    }

    /// Whether it is a file of a theme, named by its path and changed by the line; all else is a document of fields.
    /// The line between the two kinds of a release.
    pub fn is_theme_file(&self) -> bool {
        self.family() == "theme"
    }

    /// The kind inside the family: `file`, `product`.
    pub fn kind(&self) -> &str {
        self.split().1
    }

    /// The name inside the kind; may itself hold `/` and `:`.
    pub fn name(&self) -> &str {
        self.split().2
    }

    fn split(&self) -> (&str, &str, &str) {
        split(&self.0).expect("BUG: a resource key is checked when it is made")
    }
}

fn split(text: &str) -> Option<(&str, &str, &str)> {
    let (head, name) = text.split_once(':')?;
    let (family, kind) = head.split_once('/')?;
    let filled = !family.is_empty() && !kind.is_empty() && !name.is_empty();
    (filled && !kind.contains('/')).then_some((family, kind, name))
}

impl FromStr for ResourceKey {
    type Err = ResourceKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > Self::LIMIT_BYTES {
            return Err(ResourceKeyError::Long { found: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(ResourceKeyError::Control(text.escape_debug().to_string()));
        }
        match split(text) {
            Some(_) => Ok(Self(text.into())),
            None => Err(ResourceKeyError::Form(text.to_owned())),
        }
    }
}

impl<'de> Deserialize<'de> for ResourceKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a resource held when it was captured: the bytes, and what they mean.
///
/// Equality for release managers is that of `digest`: a JSON document that was only formatted anew is the same
/// content. The bytes are kept beside it, so that what is deployed or restored is what was there, byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Version {
    /// The digest of the content.
    pub digest: ContentDigest,
    /// The bytes.
    pub blob: BlobHash,
}

impl Version {
    /// A version whose content is its bytes (files that have no canonical form).
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let hash = *blake3::hash(bytes).as_bytes();
        Self {
            digest: ContentDigest(hash),
            blob: BlobHash(hash),
        }
    }

    /// Whether both hold the same content; nothing equals nothing.
    pub fn same_content(a: Option<&Self>, b: Option<&Self>) -> bool {
        a.map(|version| version.digest) == b.map(|version| version.digest)
    }
}

/// What happened to a resource between two captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is only in the second.
    Created,
    /// It is in both, with different content.
    Modified,
    /// It is only in the first.
    Deleted,
}

/// A resource that differs: what the target has, and what it is to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Change {
    /// Which resource.
    pub resource: ResourceKey,
    /// What the target holds; nothing when the change creates.
    pub before: Option<Version>,
    /// What the target is to hold; nothing when the change deletes.
    pub after: Option<Version>,
}

impl Change {
    /// Makes a change, unless both sides hold the same content.
    pub fn between(
        resource: &ResourceKey,
        before: Option<Version>,
        after: Option<Version>,
    ) -> Option<Self> {
        if Version::same_content(before.as_ref(), after.as_ref()) {
            return None;
        }
        Some(Self {
            resource: resource.clone(),
            before,
            after,
        })
    }

    /// Whether it creates, modifies or deletes.
    pub fn kind(&self) -> ChangeKind {
        match (&self.before, &self.after) {
            (None, Some(_)) => ChangeKind::Created,
            (Some(_), None) => ChangeKind::Deleted,
            (Some(_), Some(_)) => ChangeKind::Modified,
            (None, None) => panic!("BUG: a change of {} has no side", self.resource),
        }
    }

    /// The same change seen the other way round.
    pub fn reversed(&self) -> Self {
        Self {
            resource: self.resource.clone(),
            before: self.after,
            after: self.before,
        }
    }
}

/// Digests what a set of changes does to one environment: BLAKE3 over, per resource in key order, its key, the content
/// expected there and the content and bytes put there.
///
/// # Panics
/// When the entries are not strictly ordered by resource: two orders of one effect must not have two digests.
pub fn effect_digest(entries: &[Change]) -> EffectDigest {
    let mut hasher = blake3::Hasher::new_derive_key("slipway effect v1");
    let mut previous: Option<&ResourceKey> = None;
    for entry in entries {
        assert!(
            previous.is_none_or(|key| key < &entry.resource),
            "BUG: effect entries out of order at {}",
            entry.resource
        );
        previous = Some(&entry.resource);
        let key = entry.resource.as_str().as_bytes();
        hasher.update(&(key.len() as u64).to_le_bytes());
        hasher.update(key);
        match &entry.before {
            None => hasher.update(&[0]),
            Some(version) => hasher.update(&[1]).update(&version.digest.0),
        };
        match &entry.after {
            None => hasher.update(&[0]),
            Some(version) => hasher
                .update(&[1])
                .update(&version.digest.0)
                .update(&version.blob.0),
        };
    }
    EffectDigest(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_checked_and_split_at_the_first_colon() {
        let key: ResourceKey = "fluent/workflow:ORDER::HD".parse().expect("a valid key");
        assert_eq!(
            (key.family(), key.kind(), key.name()),
            ("fluent", "workflow", "ORDER::HD")
        );
        for bad in [
            "",
            "theme",
            "theme/file",
            "theme/file:",
            "/file:a",
            "theme/:a",
            "a/b/c:d",
            "a/b:c\nd",
        ] {
            assert!(
                bad.parse::<ResourceKey>().is_err(),
                "{bad:?} should be refused"
            );
        }
    }

    #[test]
    fn the_effect_digest_ignores_how_the_target_is_formatted_but_not_what_is_put_there() {
        let key: ResourceKey = "object/page:about".parse().expect("a valid key");
        let version = |digest: &[u8], blob: &[u8]| Version {
            digest: ContentDigest::of(digest),
            blob: BlobHash::of(blob),
        };
        let effect = |before: Version, after: Version| {
            effect_digest(&[Change {
                resource: key.clone(),
                before: Some(before),
                after: Some(after),
            }])
        };
        let base = effect(version(b"a", b"a"), version(b"b", b"b"));
        assert_eq!(
            base,
            effect(version(b"a", b" a"), version(b"b", b"b")),
            "formatting of the target"
        );
        assert_ne!(
            base,
            effect(version(b"a", b"a"), version(b"b", b" b")),
            "bytes that are deployed"
        );
        assert_ne!(
            base,
            effect(version(b"c", b"a"), version(b"b", b"b")),
            "content of the target"
        );
    }
}
