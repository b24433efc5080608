//! The parts of a plan that can be long, page by page, and its graph.
//!
//! A plan that was worked out is kept for a while under its fingerprint. One that is no longer kept answers
//! [`ErrorCode::Expired`](super::ErrorCode::Expired): ask for the plan again.

use serde::{Deserialize, Serialize};
use slipway_domain::{Operation, OperationId, PlanFingerprint, ResourceKey, Verb};
use ts_rs::TS;

/// The most operations that a row of a plan names as needed; `plan_needs` gives all.
pub const NEEDS_LIMIT: usize = 100;

/// An operation of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanOperation {
    /// Itself; of what it needs, at most [`NEEDS_LIMIT`].
    #[serde(flatten)]
    pub operation: Operation,
    /// How many operations it needs.
    pub needs_total: u64,
}

/// Which operations of a plan are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OperationFilter {
    /// All of them, in order.
    #[default]
    All,
    /// Those that can't be undone.
    Irreversible,
    /// Those of high risk that can be undone.
    HighRisk,
}

/// Asks for operations of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanOperationsGet {
    /// Which plan.
    pub plan: PlanFingerprint,
    /// Which of its operations.
    #[serde(default)]
    pub filter: OperationFilter,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// Asks for a part of one of a plan's lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanPageGet {
    /// Which plan.
    pub plan: PlanFingerprint,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// Asks which operations another one needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanNeedsGet {
    /// Which plan.
    pub plan: PlanFingerprint,
    /// The operation that needs them.
    pub operation: OperationId,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// A resource that is part of a cycle of references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CycleMember {
    /// Which cycle of the plan, from 1.
    pub cycle: u64,
    /// The resource.
    pub resource: ResourceKey,
}

/// Asks for the graph of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanGraphGet {
    /// Which plan.
    pub plan: PlanFingerprint,
}

/// The waves of a plan as a graph that stays small however many operations there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanGraph {
    /// Whether boxes stand for many operations; else each stands for one.
    pub is_grouped: bool,
    /// The waves that are drawn, in order.
    pub waves: Vec<GraphWave>,
    /// How many more waves there are.
    pub waves_left_out: u64,
    /// The boxes, wave by wave.
    pub boxes: Vec<GraphBox>,
}

/// A wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GraphWave {
    /// Its number.
    pub wave: u32,
    /// How many operations it has.
    pub operations: u64,
}

/// A box of the graph: one operation, or the operations of a wave that do the same to resources of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GraphBox {
    /// The wave.
    pub wave: u32,
    /// What it does; of several verbs, the most frequent.
    pub verb: Verb,
    /// What it stands for.
    pub content: GraphContent,
    /// How many operations it stands for.
    pub operations: u64,
    /// The first of them.
    pub first: OperationId,
    /// Whether one of them can't be undone or is of high risk.
    pub is_grave: bool,
    /// The boxes that must be done before, as positions in the list of boxes.
    pub needs: Vec<u32>,
}

/// What a box of the graph stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum GraphContent {
    /// One operation.
    Resource {
        /// On this resource.
        resource: ResourceKey,
    },
    /// All operations with its verb on resources of a kind.
    Kind {
        /// The kind.
        kind: String,
    },
    /// All other operations of the wave.
    Others,
}
