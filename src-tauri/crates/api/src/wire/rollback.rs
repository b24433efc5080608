//! Rollbacks.

use serde::{Deserialize, Serialize};
use slipway_domain::{
    DeploymentId, Edits, Gate, ReleaseId, ResourceKey, RollbackAction, RollbackDigest,
    RollbackFilter, RollbackItem, SelectionStep, SnapshotId,
};
use ts_rs::TS;

use super::{Page, PlanView};

/// Asks what rolling a deployment back would do, or does it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackAsk {
    /// The environment: identity or name.
    pub environment: String,
    /// The deployment; none: the latest that can be rolled back.
    #[serde(default)]
    pub deployment: Option<DeploymentId>,
    /// Globs of the resources to roll back; none: all.
    #[serde(default)]
    pub only: Vec<String>,
    /// What to do with resources that were edited since.
    #[serde(default)]
    pub edits: Edits,
    /// Other choices, resource by resource.
    #[serde(default)]
    pub choices: Vec<(ResourceKey, Edits)>,
    /// The plan that was looked at, for a dry run and for executing: refused as a conflict when the environment and the
    /// choices ask for another one by now. None: whatever it is.
    #[serde(default)]
    pub plan: Option<RollbackDigest>,
    /// Which of the plan's resources are rolled back, for a dry run and for executing; no steps: all.
    #[serde(default)]
    pub selection: Vec<SelectionStep>,
    /// Executes it without the approvals that it lacks, and says why.
    #[serde(default)]
    pub quick: Option<String>,
    /// The job's name, for progress and cancelling.
    #[serde(default)]
    pub job: String,
}

/// What rolling a deployment back would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackView {
    /// Identifies the plan; what its pages are asked for by.
    pub digest: RollbackDigest,
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
    /// How many resources the deployment affected.
    pub total: u64,
    /// How many of them were edited since.
    pub edited: u64,
    /// How many are restored or merged, kept, refused, and as they were.
    pub counts: RollbackCounts,
    /// The first of those that can't be undone.
    pub refused: Page<RollbackItem>,
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

impl RollbackCounts {
    /// Takes a resource in.
    pub(crate) fn count(&mut self, item: &RollbackItem) {
        *match item.action {
            RollbackAction::Restore => &mut self.restore,
            RollbackAction::Merge => &mut self.merge,
            RollbackAction::Keep => &mut self.keep,
            RollbackAction::Nothing => &mut self.nothing,
            RollbackAction::Refuse => &mut self.refuse,
        } += 1;
    }
}

/// Asks what a selection of a rollback plan's resources comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackSelectedGet {
    /// Which plan.
    pub rollback: RollbackDigest,
    /// What is listed.
    #[serde(default)]
    pub filter: RollbackFilter,
    /// What is selected.
    #[serde(default)]
    pub selection: Vec<SelectionStep>,
}

/// What a selection comes to, over the whole plan and over what a filter lists of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackSelected {
    /// What becomes of the selected resources.
    pub counts: RollbackCounts,
    /// How many resources could be written, selected or not.
    pub available: u64,
    /// Whether everything goes back to what it was and there is nothing to decide.
    pub is_simple: bool,
    /// How many resources the filter lists.
    pub listed: u64,
    /// How many of those could be written.
    pub listed_available: u64,
    /// How many of those are selected.
    pub listed_selected: u64,
    /// Whether it writes over anything that was edited since the deployment, merged or not.
    pub writes_edits: bool,
    /// What it needs before it is executed, and what of that is missing. Where something is, executing it opens its revert
    /// release for review.
    pub gate: Gate,
}

/// Asks for resources of a rollback plan, in key order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackResourcesGet {
    /// Which plan.
    pub rollback: RollbackDigest,
    /// Which of its resources.
    #[serde(default)]
    pub filter: RollbackFilter,
    /// What is selected.
    #[serde(default)]
    pub selection: Vec<SelectionStep>,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// A resource of a rollback plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackRow {
    /// What happens to it.
    pub item: RollbackItem,
    /// Whether it could be written.
    pub is_available: bool,
    /// Whether it is selected.
    pub is_selected: bool,
}

/// What a rollback would send, without sending it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackDryRun {
    /// The rollback plan.
    pub rollback: RollbackView,
    /// The operations that the revert release would make for what is selected; none when there is nothing to do.
    pub plan: Option<PlanView>,
}

/// A rollback that was asked for: an ordinary deployment of a revert release, or one that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RollbackStarted {
    /// The revert release.
    pub release: ReleaseId,
    /// Its tag.
    pub tag: String,
    /// Its deployment; none where it is open and waits for what is missing.
    pub deployment: Option<DeploymentId>,
    /// What it waits for; none where it is under way.
    pub gate: Option<Gate>,
}
