//! The rules of Slipway, without the world: resources and their versions, releases and how their state moves,
//! reviews and what they approve, plans, operations, standings and rollbacks.
//!
//! Invariant: nothing here reads a clock, a file, a socket or a random number; what a rule needs is an argument.
//! Invariant: every decision about a release goes through [`decide`], every change of state through [`State::evolve`].
//! Deliberately not here: how documents are stored (`store`), compared inside (`diff`) or moved (`engine`, `platforms`).

mod approval;
mod canonical;
mod chain;
mod command;
mod deployment;
mod device;
mod environment;
mod fact;
#[cfg(test)]
mod fixture;
mod gate;
mod ids;
mod operation;
mod pattern;
mod person;
mod plan;
mod record;
mod refusal;
mod release;
mod resource;
mod review;
mod rollback;
mod state;

pub use approval::{Approval, approval};
pub use chain::{Checker, Verified, verify_chain};
pub use command::{
    Command, Obstacle, PlanActions, ReleaseActions, ReviewStage, TargetActions, decide,
    dismissable, is_harmless, obstacle, plan_actions, release_actions, review_stage,
    target_actions,
};
pub use deployment::{Deployment, DeploymentState, JournalSeal, Outcome, StartReason};
pub use device::{Device, DeviceId, DeviceKey, PublicKey, Signature};
pub use environment::{
    ApprovalPolicy, CompiledRules, Environment, EnvironmentDraft, Layout, Rule, RuleAction, Rules,
    Tier,
};
pub use fact::{Fact, Subject};
pub use gate::{Gate, Intent, Planned, Requirement, Warning, gate, rollback_gate};
pub use ids::{
    BlobHash, CommentId, ConnectionDigest, ContentDigest, DeploymentId, EffectDigest,
    EnvironmentId, JournalDigest, Millis, ParseHashError, PersonId, PlanDigest, PlanFingerprint,
    RecordId, ReleaseId, ReviewId, RollbackDigest, RulesDigest, SnapshotId, TrailDigest,
    WorkspaceId,
};
pub use operation::{
    Attempt, Operation, OperationCounts, OperationId, OperationState, Pass, Risk, Step,
    StepOutcome, Verb,
};
pub use pattern::{KeyPatterns, PatternError};
pub use person::{Person, PersonError, PersonKind};
pub use plan::{
    Assessment, Blocked, Drift, Plan, PlanInput, Reference, References, SkippedChange, plan,
    plan_digest,
};
pub use record::{Author, Record, RecordError, RecordFormat};
pub use refusal::{Refusal, RefusalKind};
pub use release::{Candidates, Life, Release, ReleaseKind, ReleaseState, Revision, Standing};
pub use resource::{Change, ChangeKind, ResourceKey, ResourceKeyError, Version, effect_digest};
pub use review::{Anchor, Comment, Review, Side, Verdict};
pub use rollback::{
    CompiledRollbackFilter, Edits, RollbackAction, RollbackFilter, RollbackItem, RollbackKind,
    RollbackPlan, RollbackSelection, RollbackSource, SELECTION_FILTER_LIMIT, SELECTION_STEP_LIMIT,
    SelectionError, SelectionStep, Touched, rollback_plan,
};
pub use state::{Projected, State};
