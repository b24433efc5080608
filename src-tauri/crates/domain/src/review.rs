//! Reviews and the conversation about a release.

use serde::{Deserialize, Serialize};

use crate::ids::{CommentId, EffectDigest, EnvironmentId, Millis, ReviewId};
use crate::person::Person;
use crate::resource::ResourceKey;

/// What a reviewer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may be deployed.
    Approve,
    /// It must not be deployed as it is.
    RequestChanges,
    /// Neither; a remark about the whole.
    Comment,
}

/// One person's verdict on one effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Review {
    /// Its identity.
    pub id: ReviewId,
    /// Whose it is.
    pub by: Person,
    /// When it was given.
    pub at: Millis,
    /// The environment that the effect is on.
    pub environment: EnvironmentId,
    /// What was looked at; a release whose effect is another one is not what was approved.
    pub effect: EffectDigest,
    /// The revision that was current.
    pub revision: u32,
    /// What was said.
    pub verdict: Verdict,
    /// Why; may be empty for an approval.
    pub message: String,
    /// Set when somebody dismissed it: who and why.
    pub dismissed: Option<(Person, String)>,
}

/// Which side of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What the target had.
    Before,
    /// What the target gets.
    After,
}

/// The place that a comment is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Anchor {
    /// The whole resource.
    Resource {
        /// Which.
        resource: ResourceKey,
    },
    /// A line of a text.
    Line {
        /// Which resource.
        resource: ResourceKey,
        /// Which side of the diff.
        side: Side,
        /// The line, from 1.
        line: u32,
        /// The line's text when the comment was made, so that it can be found again.
        text: String,
    },
    /// A field of a document.
    Field {
        /// Which resource.
        resource: ResourceKey,
        /// The field's path.
        path: String,
    },
}

impl Anchor {
    /// The resource that the place is in.
    pub fn resource(&self) -> &ResourceKey {
        match self {
            Self::Resource { resource }
            | Self::Line { resource, .. }
            | Self::Field { resource, .. } => resource,
        }
    }
}

/// A remark on a release or on a place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Comment {
    /// Its identity.
    pub id: CommentId,
    /// Who wrote it.
    pub by: Person,
    /// When.
    pub at: Millis,
    /// The revision that was current.
    pub revision: u32,
    /// What it is about; nothing: the release.
    pub anchor: Option<Anchor>,
    /// The comment that it answers.
    pub reply_to: Option<CommentId>,
    /// The text, at most 64 KiB.
    pub body: String,
    /// Whether the question is settled.
    pub resolved: bool,
}
