//! Newtypes for everything that has an identity, so that one can't be passed for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Millis(pub i64);

/// The text was not 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a digest: 64 hexadecimal digits were expected")]
pub struct ParseHashError {
    text: String,
}

macro_rules! hash_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(type = "string"))]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// Hashes the bytes with BLAKE3.
            pub fn of(bytes: &[u8]) -> Self {
                Self(*blake3::hash(bytes).as_bytes())
            }

            /// The first eight hexadecimal digits, for people.
            pub fn short(&self) -> String {
                self.to_string()[..8].to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl FromStr for $name {
            type Err = ParseHashError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                blake3::Hash::from_hex(text)
                    .map(|hash| Self(*hash.as_bytes()))
                    .map_err(|_| ParseHashError { text: text.to_owned() })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

macro_rules! id_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identity as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

hash_newtype! {
    /// BLAKE3 of a document's bytes: where the store keeps them.
    BlobHash
}
hash_newtype! {
    /// BLAKE3 of what a document *means*: of its canonical form where it has one (JSON), else of its bytes. Two
    /// versions with one content digest are no change.
    ContentDigest
}
hash_newtype! {
    /// Identifies an immutable capture by its content.
    SnapshotId
}
hash_newtype! {
    /// Identifies what a revision does to one environment; reviews approve it. See [`crate::effect_digest`].
    EffectDigest
}
hash_newtype! {
    /// Identifies a plan: its operations, their order and what each expects to find.
    PlanDigest
}
hash_newtype! {
    /// Identifies all that a plan says. See [`crate::Plan::fingerprint`].
    PlanFingerprint
}
hash_newtype! {
    /// Identifies a rollback plan: what a person agrees to. See [`crate::RollbackPlan::digest`].
    RollbackDigest
}
hash_newtype! {
    /// Identifies the rules of an environment. See [`crate::Environment::rules_digest`].
    RulesDigest
}
hash_newtype! {
    /// Identifies where an environment is. See [`crate::Environment::connection_digest`].
    ConnectionDigest
}
hash_newtype! {
    /// Identifies what a journal says. See [`crate::JournalSeal`].
    JournalDigest
}
hash_newtype! {
    /// Identifies all records up to one, in the order of the ledger: each one's is the hash of the one before and its identity.
    TrailDigest
}
hash_newtype! {
    /// BLAKE3 of a record's bytes.
    RecordId
}
id_newtype! {
    /// Identifies an environment; its name can change, this can't.
    EnvironmentId
}
id_newtype! {
    /// Identifies a release; its tag can change while it is a draft, this can't.
    ReleaseId
}
id_newtype! {
    /// Identifies one execution of a plan.
    DeploymentId
}
id_newtype! {
    /// Identifies a workspace: 128 random bits or more.
    WorkspaceId
}
id_newtype! {
    /// Identifies a person, whatever their name, address and devices.
    PersonId
}
id_newtype! {
    /// Identifies a review.
    ReviewId
}
id_newtype! {
    /// Identifies a comment.
    CommentId
}

impl Default for TrailDigest {
    /// That of no records.
    fn default() -> Self {
        Self([0; 32])
    }
}

impl TrailDigest {
    /// With one more record.
    #[must_use]
    pub fn then(self, record: RecordId) -> Self {
        Self(blake3::derive_key(
            "slipway trail v1",
            &[self.0, record.0].concat(),
        ))
    }
}
