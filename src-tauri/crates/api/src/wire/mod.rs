//! What crosses the wire: the request and the response of every command, the events, and the error.
//!
//! The TypeScript in `ui/src/generated` is made from these types by a test. Times are milliseconds since the Unix
//! epoch, digests 64 hexadecimal digits. Every list that can grow is paged: `from` (or `offset`) and a `limit` of at
//! most [`PAGE_LIMIT`].

mod changes;
mod conversation;
mod deployment;
mod environment;
mod plan;
mod release;
mod rollback;
mod trail;
mod workspace;

pub use changes::*;
pub use conversation::*;
pub use deployment::*;
pub use environment::*;
pub use plan::*;
pub use release::*;
pub use rollback::*;
pub use trail::*;
pub use workspace::*;

use serde::{Deserialize, Serialize};
use slipway_domain::{DeploymentId, EnvironmentId, ReleaseId};
use ts_rs::TS;

/// The most rows that one page holds; a larger `limit` is cut to it.
pub const PAGE_LIMIT: u32 = 1_000;

/// A part of a list that can be long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Page<T> {
    /// The part; empty beyond the end.
    pub rows: Vec<T>,
    /// How many entries the whole list has.
    pub total: u64,
}

impl<T: Clone> Page<T> {
    /// Cuts a page out of a list.
    pub(crate) fn of(list: &[T], offset: u32, limit: usize) -> Self {
        Self::map_of(list, offset, limit, T::clone)
    }
}

impl<T> Page<T> {
    /// Cuts a page out of a list and makes rows of it.
    pub(crate) fn map_of<U>(
        list: &[U],
        offset: u32,
        limit: usize,
        row: impl FnMut(&U) -> T,
    ) -> Self {
        let rows = list.iter().skip(offset as usize).take(limit);
        Self {
            rows: rows.map(row).collect(),
            total: list.len() as u64,
        }
    }

    /// The same page with other rows.
    pub(crate) fn map<U>(self, row: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(row).collect(),
            total: self.total,
        }
    }
}

/// A command that needs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// A command that answers only that it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Done {}

/// How many resources a comparison creates, modifies and deletes in the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangeCounts {
    /// Only in the source.
    pub created: u64,
    /// In both, with different content.
    pub modified: u64,
    /// Only in the target.
    pub deleted: u64,
}

/// Something that happened; reported after it was committed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A long command goes on.
    Progress(Progress),
    /// Something was decided or captured: whatever shows what it is about asks again.
    Changed {
        /// The newest record's position in the trail.
        position: u64,
        /// What it is about; at least one.
        topics: Vec<Topic>,
    },
    /// An operation of a running deployment began or ended; sent at most every 100 ms for each deployment.
    Deployment {
        /// Which.
        deployment: DeploymentId,
    },
}

/// What a change in the workspace is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Topic {
    /// Everything: another workspace was opened, events were missed, or too much changed at once.
    All,
    /// The settings, the rules or the existence of an environment.
    Environment {
        /// Which.
        environment: EnvironmentId,
    },
    /// What an environment held when it was captured last.
    Capture {
        /// Which.
        environment: EnvironmentId,
    },
    /// What is said about a release, its choice, its revisions or its life.
    Release {
        /// Which.
        release: ReleaseId,
    },
    /// The reviews of a release.
    Review {
        /// Which.
        release: ReleaseId,
    },
    /// The conversation about a release.
    Comment {
        /// Which.
        release: ReleaseId,
    },
    /// A deployment, and with it what its environment holds.
    Deployment {
        /// Which.
        deployment: DeploymentId,
        /// Its release; `None` when that is not known here.
        release: Option<ReleaseId>,
        /// Its environment; `None` when that is not known here.
        environment: Option<EnvironmentId>,
    },
}

/// How far a long command is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Progress {
    /// The name that the caller gave the job.
    pub job: String,
    /// What is being done: "Capturing production".
    pub phase: String,
    /// How many are done.
    pub done: u64,
    /// How many there are, once that is known.
    pub total: Option<u64>,
}

/// What kind of error it is; callers act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// What was asked for is malformed or names something unknown. CLI: exit 2.
    Invalid,
    /// No workspace is open.
    NoWorkspace,
    /// Nobody has said who acts here yet.
    NoPerson,
    /// Refused by a state, a rule, a missing approval or because it can't be undone. CLI: exit 3.
    Refused,
    /// It would delete so much that a person has to say that it is meant: ask, and send it again with `allow_deletes`. CLI: exit 3.
    Deletions,
    /// The environment is not as it was reviewed, or two things contradict. CLI: exit 4.
    Conflict,
    /// What was asked for was worked out before and is no longer in memory: ask for it again from the start. CLI: exit 1.
    Expired,
    /// Somebody cancelled it.
    Cancelled,
    /// The remote system, the disk or the workspace file failed. CLI: exit 1.
    Failed,
}

/// An error as it crosses the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What a caller acts on.
    pub code: ErrorCode,
    /// What happened, to what: one sentence.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// Whether trying again may help.
    pub retryable: bool,
}
