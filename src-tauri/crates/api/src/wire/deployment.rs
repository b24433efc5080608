//! Plans and deployments.

use serde::{Deserialize, Serialize};
use slipway_domain::{
    Attempt, Blocked, Deployment, DeploymentId, DeploymentState, Drift, EffectDigest,
    EnvironmentId, Gate, Millis, Obstacle, Operation, OperationCounts, OperationState, Pass,
    PlanActions, PlanDigest, PlanFingerprint, ReleaseId, Risk, SkippedChange, Verb,
};
use ts_rs::TS;

use super::{CycleMember, LeftOut, Page, PlanOperation};

/// Asks what deploying a release would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanGet {
    /// The release: identity or tag.
    pub release: String,
    /// The environment: identity or name; none: the release's target.
    #[serde(default)]
    pub environment: Option<String>,
    /// Whether to capture the environment first; without, the plan is against the latest capture, and works offline.
    pub capture: bool,
    /// The job's name, for progress and cancelling.
    #[serde(default)]
    pub job: String,
}

/// What deploying a release would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanView {
    /// Identifies the plan.
    pub digest: PlanDigest,
    /// What its pages are asked for by: `plan_operations`, `plan_blocked` and the like.
    pub fingerprint: PlanFingerprint,
    /// The effect that reviews approve.
    pub effect: EffectDigest,
    /// The release.
    pub release: ReleaseId,
    /// The environment.
    pub environment: EnvironmentId,
    /// Its name.
    pub environment_name: String,
    /// The address that its requests go to, where that is not the vendor's own.
    pub other_address: Option<String>,
    /// Whether it is production.
    pub to_production: bool,
    /// When the environment was captured that the plan is against.
    pub captured_at: Millis,
    /// How many create, update, delete; how many can't be undone.
    pub totals: PlanTotals,
    /// About how long it takes, in milliseconds; none where nothing was measured yet.
    pub estimate_ms: Option<u64>,
    /// What keeps it from being executed: the first of it, as in the lists below.
    pub blocked: Page<Blocked>,
    /// Operations that can't be undone.
    pub irreversible: Page<PlanOperation>,
    /// Operations of high risk that can be undone.
    pub high_risk: Page<PlanOperation>,
    /// What is not as it was reviewed.
    pub drift: Page<Drift>,
    /// What needs no operation.
    pub skipped: Page<SkippedChange>,
    /// What the environment's rules keep out.
    pub left_out: Vec<LeftOut>,
    /// How many fields of what is written stay as the environment has them, by its rules.
    pub kept_fields: u64,
    /// Resources that refer to each other in cycles, one cycle after another.
    pub cycles: Page<CycleMember>,
    /// What it needs before it is executed, and what of that is missing.
    pub gate: Gate,
    /// The set of changes that it follows from: what is sealed, or for a draft what starting it would seal.
    pub content: EffectDigest,
    /// What keeps it from being executed first; none when it can be.
    pub obstacle: Option<Obstacle>,
    /// What may be done with it.
    pub can: PlanActions,
    /// Whether one key press may confirm it: all of it can be undone, and none of it is of high risk.
    pub is_harmless: bool,
}

/// A plan in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanTotals {
    /// All operations.
    pub operations: u64,
    /// Operations that create.
    pub create: u64,
    /// Operations that update.
    pub update: u64,
    /// Operations that delete.
    pub delete: u64,
    /// Operations that can't be undone.
    pub irreversible: u64,
    /// The highest risk among them.
    pub risk: Risk,
    /// How many waves.
    pub waves: u32,
    /// Operations that write a part of their resource.
    pub partial: u64,
    /// Operations that need others.
    pub dependent: u64,
}

impl PlanTotals {
    /// Takes an operation in, but for the number of operations, of waves and of what can't be undone.
    pub(crate) fn count(&mut self, operation: &Operation) {
        match operation.verb {
            Verb::Create => self.create += 1,
            Verb::Update => self.update += 1,
            Verb::Delete => self.delete += 1,
            Verb::Publish => {}
        }
        self.risk = self.risk.max(operation.risk);
        self.partial += u64::from(operation.pass != Pass::Whole);
        self.dependent += u64::from(!operation.needs.is_empty());
    }
}

/// Starts a deployment. It goes on after the command has answered; watch its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeployStart {
    /// The release: identity or tag.
    pub release: String,
    /// The environment: identity or name; none: the release's target.
    #[serde(default)]
    pub environment: Option<String>,
    /// The plan that was looked at: refused when the environment asks for another one by now. None: whatever it is.
    #[serde(default)]
    pub plan: Option<PlanDigest>,
    /// The set of changes that the plan was worked out from: refused when the release holds another one by now, so that a
    /// draft is sealed as it was shown. None: whatever it is.
    #[serde(default)]
    pub content: Option<EffectDigest>,
    /// Quick deploy: skip the review, and say why. Opens a draft.
    #[serde(default)]
    pub quick: Option<String>,
    /// The job's name, for the progress of what comes before the first write.
    #[serde(default)]
    pub job: String,
}

/// Names a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeploymentGet {
    /// Which.
    pub deployment: DeploymentId,
}

/// A deployment that was started or taken up again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeploymentStarted {
    /// Which.
    pub deployment: DeploymentId,
}

/// Where a running deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentPhase {
    /// Captures the environment and checks everything that can be known before the first write.
    Validate,
    /// Puts the operations in order.
    Order,
    /// Executes them.
    Execute,
    /// Compares the environment with what it should be.
    Verify,
    /// Over.
    Ended,
}

/// A deployment with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeploymentView {
    /// Itself; its state is `interrupted` when nobody is executing it.
    pub deployment: Deployment,
    /// The release's tag.
    pub tag: String,
    /// The environment's name.
    pub environment_name: String,
    /// Whether that is production.
    pub to_production: bool,
    /// Where it is.
    pub phase: DeploymentPhase,
    /// Its operations in numbers, as of now.
    pub counts: OperationCounts,
    /// How much of the current phase is done, when it is not the execution.
    pub progress: Option<(u64, Option<u64>)>,
    /// When the first operation began, by phase: validate, order, execute, verify.
    pub phase_started: Vec<(DeploymentPhase, Millis)>,
    /// About how many milliseconds are left.
    pub remaining_ms: Option<u64>,
    /// Whether it was asked to stop.
    pub is_cancelling: bool,
    /// What is left of what the environment allows to be asked, while this program executes it; none where it does not count.
    pub budget: Option<BudgetInfo>,
    /// Whether it can be resumed, retried, rolled back, cancelled.
    pub can: DeploymentActions,
    /// Of one that was interrupted or failed: what it needs before it is taken up again, and what of that is missing.
    pub gate: Option<Gate>,
    /// The deployment that it undoes, when it is a rollback.
    pub reverts: Option<DeploymentId>,
}

/// What an environment allows to be asked, in its own points: while it is spent, requests wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BudgetInfo {
    /// What is left, in points.
    pub available: u64,
    /// The most that there can be, in points.
    pub limit: u64,
    /// What comes back, in points a second.
    pub per_second: u64,
}

/// What may be done with a deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeploymentActions {
    /// Take up after an interruption.
    pub resume: bool,
    /// Try what failed again.
    pub retry: bool,
    /// Stop.
    pub cancel: bool,
    /// Roll back.
    pub roll_back: bool,
}

/// Asks for deployments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeploymentListGet {
    /// Only to this environment: identity or name.
    #[serde(default)]
    pub environment: Option<String>,
    /// Only of this release: identity or tag.
    #[serde(default)]
    pub release: Option<String>,
    /// Only in these states.
    #[serde(default)]
    pub states: Vec<DeploymentState>,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// A page of deployments, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeploymentList {
    /// The page.
    pub deployments: Vec<DeploymentView>,
    /// How many there are.
    pub total: u64,
}

/// Asks for operations of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OperationsGet {
    /// Which deployment.
    pub deployment: DeploymentId,
    /// Only in these states; empty: all.
    #[serde(default)]
    pub states: Vec<OperationState>,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// An operation and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OperationRow {
    /// What it does.
    pub operation: Operation,
    /// What became of it.
    pub attempt: Attempt,
}

/// A page of operations, in the order of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Operations {
    /// The page.
    pub operations: Vec<OperationRow>,
    /// How many match.
    pub total: u64,
}
