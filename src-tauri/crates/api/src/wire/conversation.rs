//! The conversation about a release, and what happened to it beside that.

use serde::{Deserialize, Serialize};
use slipway_domain::{Comment, CommentId, Millis, Person, ResourceKey, Review, Revision};
use ts_rs::TS;

/// Asks for what happened to a release, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimelineGet {
    /// Its identity, or its tag.
    pub release: String,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// Something that happened to a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Moment {
    /// It was made.
    Made {
        /// When.
        at: Millis,
        /// Who made it.
        by: Person,
    },
    /// A revision was sealed.
    Sealed {
        /// Which.
        revision: Revision,
    },
    /// It was reviewed.
    Reviewed {
        /// The review.
        review: Review,
    },
    /// A thread began.
    Said {
        /// The thread.
        thread: Thread,
    },
}

/// Asks for the threads about places in a resource, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThreadListGet {
    /// The release: identity or tag.
    pub release: String,
    /// The resource.
    pub resource: ResourceKey,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// A comment and its replies. A reply to a reply belongs to the same thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Thread {
    /// The comment that began it.
    pub root: Comment,
    /// The last replies, oldest first; at most [`Thread::REPLIES`].
    pub replies: Vec<Comment>,
    /// How many replies there are.
    pub reply_count: u64,
}

impl Thread {
    /// How many replies a thread comes with.
    pub const REPLIES: usize = 20;
}

/// Asks for comments, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommentListGet {
    /// The release: identity or tag.
    pub release: String,
    /// Only the replies in the thread that this comment began; none: the whole conversation.
    #[serde(default)]
    pub thread: Option<CommentId>,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}
