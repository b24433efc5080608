//! Operations: the steps of a plan and what became of each.

use serde::{Deserialize, Serialize};

use crate::ids::Millis;
use crate::resource::{ResourceKey, Version};

/// The number of an operation in its plan, from 1 in the order of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct OperationId(pub u32);

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Makes the resource.
    Create,
    /// Changes it.
    Update,
    /// Removes it.
    Delete,
    /// Makes what was staged visible in one step.
    Publish,
}

/// How likely a change is to hurt.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// An ordinary change.
    #[default]
    Low,
    /// Worth a second look.
    Medium,
    /// Something that customers notice, or that other things depend on.
    High,
}

/// Which part of a resource an operation writes. Cycles of references are written in two passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Pass {
    /// All of it.
    #[default]
    Whole,
    /// All but the fields that refer to what does not exist yet.
    First {
        /// The paths of the fields left out.
        without: Vec<String>,
    },
    /// The fields that the first pass left out.
    Fill {
        /// Their paths.
        fields: Vec<String>,
    },
}

/// One step of a plan: one verb on one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Operation {
    /// Its number in the plan.
    pub id: OperationId,
    /// The wave that it belongs to, from 1; waves run one after another.
    pub wave: u32,
    /// What it does.
    pub verb: Verb,
    /// To which resource.
    pub resource: ResourceKey,
    /// What must be there when it starts; anything else is drift.
    pub before: Option<Version>,
    /// What is there when it is done.
    pub after: Option<Version>,
    /// Which part it writes.
    pub pass: Pass,
    /// Whether what it writes is only seen once it is published.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub staged: bool,
    /// What of the resource is no content, as its platform writes it down (a file's mode): of a deletion what was there, of a
    /// creation what it is given. A rollback reads it from the plan that it reverts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<String>,
    /// The patterns of the fields that the environment keeps: they are as they are found there when it is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keeps: Vec<String>,
    /// The operations that must have been applied before.
    pub needs: Vec<OperationId>,
    /// Whether a rollback can bring back what it changes.
    pub reversible: bool,
    /// How likely it is to hurt.
    pub risk: Risk,
    /// Why it is risky or can't be undone, and what it takes along; sentences.
    pub reasons: Vec<String>,
}

/// What became of an operation.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum OperationState {
    /// Not started.
    #[default]
    Pending,
    /// Begun, its end not known: being done now, or cut off by a crash. Settled by reading the resource back.
    Unknown,
    /// Done, and seen to be done.
    Applied,
    /// Not done, on purpose.
    Skipped,
    /// Tried, and not done.
    Failed,
    /// Done, and taken back by a later deployment.
    Reverted,
}

impl OperationState {
    /// Whether a resumed deployment has to look at it again.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Unknown | Self::Failed)
    }
}

/// The latest try of an operation, as the journal has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Attempt {
    /// What became of it.
    pub state: OperationState,
    /// How often it was tried.
    pub attempts: u32,
    /// When the latest try began.
    pub began_at: Option<Millis>,
    /// When the latest try ended.
    pub ended_at: Option<Millis>,
    /// What happened, when it was skipped or failed: one sentence.
    pub message: Option<String>,
    /// What a person can do.
    pub hint: Option<String>,
    /// Whether it failed since the environment held something else than the plan expects.
    pub is_drifted: bool,
    /// The requests that were made, in their order, where it failed and some of it was done.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// One of several requests that an operation takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Step {
    /// What it does, in a few words: "set metafields".
    pub what: String,
    /// What became of it.
    pub outcome: StepOutcome,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum StepOutcome {
    /// It was carried out.
    Done,
    /// It was not.
    Failed,
    /// No answer came.
    Unknown,
}

/// How many operations are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OperationCounts {
    /// All of them.
    pub total: u64,
    /// Not started.
    pub pending: u64,
    /// Begun, end not known.
    pub unknown: u64,
    /// Done.
    pub applied: u64,
    /// Left out.
    pub skipped: u64,
    /// Not done.
    pub failed: u64,
    /// Taken back.
    pub reverted: u64,
}

impl OperationCounts {
    /// Counts the states.
    pub fn of(states: impl IntoIterator<Item = OperationState>) -> Self {
        let mut counts = Self::default();
        for state in states {
            counts.total += 1;
            *match state {
                OperationState::Pending => &mut counts.pending,
                OperationState::Unknown => &mut counts.unknown,
                OperationState::Applied => &mut counts.applied,
                OperationState::Skipped => &mut counts.skipped,
                OperationState::Failed => &mut counts.failed,
                OperationState::Reverted => &mut counts.reverted,
            } += 1;
        }
        counts
    }
}
