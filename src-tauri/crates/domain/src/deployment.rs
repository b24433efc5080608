//! Deployments: one execution of one plan.

use serde::{Deserialize, Serialize};

use crate::ids::{
    ConnectionDigest, DeploymentId, EffectDigest, EnvironmentId, JournalDigest, Millis, PlanDigest,
    ReleaseId, RulesDigest, SnapshotId,
};
use crate::operation::OperationCounts;
use crate::person::Person;

/// Where a deployment is. `Interrupted` is never recorded: it is what [`DeploymentState::Running`] is called when
/// nobody holds the environment's lock for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum DeploymentState {
    /// Being executed.
    Running,
    /// Its process ended before it did; can be resumed.
    Interrupted,
    /// All was applied and verified.
    Deployed,
    /// At least one operation, or the verification, failed; can be retried or rolled back.
    Failed,
    /// Stopped by a person; what was applied stays until it is rolled back.
    Cancelled,
}

/// How a deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All was applied and verified.
    Deployed,
    /// Something was not.
    Failed,
    /// A person stopped it.
    Cancelled,
}

/// Why a deployment was started without the approvals that its environment asks for, or why none were needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum StartReason {
    /// The approvals were there, or none were asked for.
    Approved,
    /// Quick deploy: a person went past the review, and said why.
    Quick {
        /// Their reason.
        reason: String,
    },
    /// It takes back another deployment to what was there before.
    Rollback {
        /// Whether it writes over what was edited since that one.
        #[serde(default)]
        edits: bool,
    },
}

/// What the journal of a deployment said when it ended. More is added to a journal by a retry and by a rollback; what stands in
/// it is never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct JournalSeal {
    /// How many entries it had.
    pub entries: u64,
    /// What they said.
    pub digest: JournalDigest,
}

/// One execution of one plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Deployment {
    /// Its identity.
    pub id: DeploymentId,
    /// Its place among all deployments, from 1, in the order of the ledger.
    pub number: u64,
    /// What is deployed.
    pub release: ReleaseId,
    /// Which revision of it.
    pub revision: u32,
    /// Where to.
    pub environment: EnvironmentId,
    /// The effect that was approved.
    pub effect: EffectDigest,
    /// The plan that is executed.
    pub plan: PlanDigest,
    /// On what grounds.
    pub start: StartReason,
    /// The rules of the environment when it began; `None`: an older program began it.
    pub rules: Option<RulesDigest>,
    /// Where the environment was when it began; `None`: an older program began it.
    pub connection: Option<ConnectionDigest>,
    /// The capture made just before: the backup.
    pub before: SnapshotId,
    /// The capture made by the verification.
    pub after: Option<SnapshotId>,
    /// Where it is.
    pub state: DeploymentState,
    /// What became of the operations, when it last ended.
    pub operations: OperationCounts,
    /// What its journal said then; `None` before, and of one that an older program ended.
    pub journal: Option<JournalSeal>,
    /// What went wrong: one sentence.
    pub message: Option<String>,
    /// Who started it.
    pub by: Person,
    /// When.
    pub started_at: Millis,
    /// When it ended; again nothing while it is resumed.
    pub ended_at: Option<Millis>,
    /// The deployment that took this one back, if any did.
    pub rolled_back_by: Option<DeploymentId>,
}
