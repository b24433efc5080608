//! Rollbacks.

use serde::{Deserialize, Serialize};
use slipway_domain::{DeploymentId, Edits, ReleaseId, ResourceKey, RollbackItem, SnapshotId};
use ts_rs::TS;

use super::PlanView;

/// Asks what taking a deployment back would do, or takes it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackAsk {
    /// The environment: identity or name.
    pub environment: String,
    /// The deployment; none: the latest that can be taken back.
    #[serde(default)]
    pub deployment: Option<DeploymentId>,
    /// Globs of the resources to take back; none: all.
    #[serde(default)]
    pub only: Vec<String>,
    /// What to do with resources that were edited since.
    #[serde(default)]
    pub edits: Edits,
    /// Other choices, resource by resource.
    #[serde(default)]
    pub choices: Vec<(ResourceKey, Edits)>,
    /// The capture that the plan was worked out against, when it is executed: refused when what it touches differs by now.
    #[serde(default)]
    pub live: Option<SnapshotId>,
    /// The job's name, for progress and cancelling.
    #[serde(default)]
    pub job: String,
}

/// What taking a deployment back would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackView {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The release that it deployed.
    pub release: ReleaseId,
    /// That release's tag.
    pub tag: String,
    /// The environment's name.
    pub environment_name: String,
    /// Whether it is production.
    pub to_production: bool,
    /// The release that the environment held before and holds again after, by tag.
    pub returns_to: Option<String>,
    /// The capture that it was worked out against.
    pub live: SnapshotId,
    /// Resource by resource.
    pub resources: Vec<RollbackItem>,
    /// How many are restored or merged, kept, refused, and as they were.
    pub counts: RollbackCounts,
    /// Whether afterwards all is as it was before the deployment.
    pub is_complete: bool,
}

/// A rollback plan in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackCounts {
    /// Put back.
    pub restore: u64,
    /// Merged with an edit.
    pub merge: u64,
    /// Kept as edited.
    pub keep: u64,
    /// As they were.
    pub nothing: u64,
    /// Can't be undone.
    pub refuse: u64,
}

/// What a rollback would send, without sending it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackDryRun {
    /// The rollback plan.
    pub rollback: RollbackView,
    /// The operations that the revert release would make; none when there is nothing to do.
    pub plan: Option<PlanView>,
}

/// A rollback under way: an ordinary deployment of a revert release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackStarted {
    /// The revert release.
    pub release: ReleaseId,
    /// Its tag.
    pub tag: String,
    /// Its deployment.
    pub deployment: DeploymentId,
}
