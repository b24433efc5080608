//! Environments and their captures.

use serde::{Deserialize, Serialize};
use slipway_domain::{
    ApprovalPolicy, DeploymentId, Environment, EnvironmentDraft, EnvironmentId, Millis, Person,
    ReleaseId, SnapshotId, Tier,
};
use ts_rs::TS;

use super::ChangeCounts;

/// Names an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EnvironmentGet {
    /// Its identity, or its name.
    pub environment: String,
}

/// Looks at a place before it is added.
#[derive(Clone, Debug, PartialEq, Deserialize, TS)]
pub struct EnvironmentProbe {
    /// The adapter.
    pub platform: String,
    /// What was typed.
    #[ts(type = "Record<string, unknown>")]
    pub connection: serde_json::Value,
    /// What proves who asks, where the place wants that; none: what is kept already.
    #[serde(default)]
    #[ts(optional)]
    pub secrets: Option<Secrets>,
}

/// Secrets that a person typed. They go to the machine's keyring, and never come back.
#[derive(Clone, PartialEq, Eq, Deserialize, TS)]
pub struct Secrets {
    /// The access token, or the app's secret.
    pub access: String,
    /// The password for theme files, where there is one beside it.
    #[serde(default)]
    #[ts(optional)]
    pub theme: Option<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("••••")
    }
}

/// What was found there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProbeResult {
    /// The completed settings.
    #[ts(type = "Record<string, unknown>")]
    pub connection: serde_json::Value,
    /// What was found, in words.
    pub summary: String,
    /// The resource families.
    pub families: Vec<String>,
    /// What will be left alone or can't be read.
    pub notes: Vec<String>,
    /// What of it can be reached, where that is more than a sentence.
    pub survey: Option<SurveyInfo>,
    /// What such places hold and Slipway neither captures nor changes.
    pub leaves_alone: Vec<LeftAloneInfo>,
}

/// A place, and what of it can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SurveyInfo {
    /// What it is, as names and values: "Plan", "Basic".
    pub facts: Vec<(String, String)>,
    /// All kinds of resources.
    pub kinds: Vec<KindAccessInfo>,
    /// The rights that were granted.
    pub granted: Vec<String>,
}

/// What can be done with the resources of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KindAccessInfo {
    /// What people call it, in the plural.
    pub kind: String,
    /// The right that is lacking for reading.
    pub read_lacks: Option<String>,
    /// The right that is lacking for writing.
    pub write_lacks: Option<String>,
}

/// Something that is neither captured nor changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeftAloneInfo {
    /// What it is.
    pub what: String,
    /// Why it stays where it is.
    pub why: String,
}

/// Adds an environment; the platform completes its connection.
#[derive(Clone, Debug, PartialEq, Deserialize, TS)]
pub struct EnvironmentAdd {
    /// What was set.
    pub settings: EnvironmentDraft,
    /// The name of the environment that it promotes to, in the place of `settings.promotes_to`. It may be added later: the
    /// promotion is then set when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub promotes_to: Option<String>,
    /// What proves who asks, where the place wants that; none: what is kept already.
    #[serde(default)]
    #[ts(optional)]
    pub secrets: Option<Secrets>,
}

/// Changes an environment.
#[derive(Clone, Debug, PartialEq, Deserialize, TS)]
pub struct EnvironmentChange {
    /// Which.
    pub id: EnvironmentId,
    /// All its settings.
    pub settings: EnvironmentDraft,
    /// New secrets; none: those that are kept.
    #[serde(default)]
    #[ts(optional)]
    pub secrets: Option<Secrets>,
}

/// A release, briefly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseRef {
    /// Its identity.
    pub id: ReleaseId,
    /// Its tag.
    pub tag: String,
}

/// A capture of an environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaptureInfo {
    /// What was captured.
    pub snapshot: SnapshotId,
    /// When.
    pub at: Millis,
    /// When all of the place was captured: before `at`, where only a part was looked at since.
    pub whole_at: Millis,
    /// How many resources were looked at; none: all.
    pub looked_at: Option<u64>,
    /// How many resources it holds.
    pub resources: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// Against the capture before.
    pub created: u64,
    /// Against the capture before.
    pub modified: u64,
    /// Against the capture before.
    pub deleted: u64,
    /// Against the capture before.
    pub unchanged: u64,
    /// What could not be read; at most the first 1,000.
    pub unreadable: Vec<UnreadableInfo>,
    /// What the environment's rules left out: rule by rule.
    pub left_out: Vec<LeftOut>,
}

/// A resource that could not be captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UnreadableInfo {
    /// The file or object, for people.
    pub place: String,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, from 1.
    pub column: Option<u64>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// A resource that could not be read in one of two environments, and so was not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NotCompared {
    /// The name of the environment.
    pub environment: String,
    /// What could not be read there.
    pub unreadable: UnreadableInfo,
}

/// What one rule left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeftOut {
    /// The rule's pattern.
    pub pattern: String,
    /// Why, as the rule says.
    pub reason: String,
    /// How many resources.
    pub count: u64,
    /// Some of them; at most 20.
    pub examples: Vec<String>,
}

/// An environment with all that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EnvironmentView {
    /// Itself.
    pub environment: Environment,
    /// The approvals that a deployment to it needs.
    pub policy: ApprovalPolicy,
    /// Where it is, in one line for people: a folder, a store.
    pub place: String,
    /// What a person should know of what was just done.
    pub notice: Option<String>,
    /// The release that it holds.
    pub current: Option<ReleaseRef>,
    /// Whether a rollback put it there.
    pub is_rolled_back: bool,
    /// When that was deployed, and by whom.
    pub deployed: Option<(Millis, Person)>,
    /// The deployment that "Roll back" undoes.
    pub rollback: Option<DeploymentId>,
    /// A deployment that is running or was interrupted.
    pub running: Option<DeploymentId>,
    /// The latest capture.
    pub capture: Option<CaptureInfo>,
    /// How many resources of the last deployment differ from what it put there, as of the latest capture.
    pub drifted: u64,
    /// How many changes it is ahead of the environment that it promotes to, as of the latest captures.
    pub ahead: Option<ChangeCounts>,
    /// What it may hold beside, and Slipway neither captures nor changes.
    pub leaves_alone: Vec<LeftAloneInfo>,
    /// What may be done with what it holds.
    pub can: EnvironmentActions,
}

/// What may be done with what an environment holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EnvironmentActions {
    /// Promote the release that it holds to the next environment. What a rollback put back does not travel on.
    pub promote: bool,
    /// Make a release from it for the next environment.
    pub create_release: bool,
    /// Roll back the deployment that it holds.
    pub roll_back: bool,
}

/// The approvals that environments of a tier ask for unless they have a policy of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TierPolicy {
    /// The tier.
    pub tier: Tier,
    /// What it asks for.
    pub policy: ApprovalPolicy,
}

/// All environments, in promotion order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EnvironmentList {
    /// The chains one after another, each from its source to its end.
    pub environments: Vec<EnvironmentView>,
    /// What each tier asks for, the one closest to customers last.
    pub tier_policies: Vec<TierPolicy>,
}

/// Captures an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaptureStart {
    /// Its identity, or its name.
    pub environment: String,
    /// Stop at the first resource that can't be read, or name it and go on.
    #[serde(default)]
    pub stop_at_unreadable: bool,
    /// The job's name, for progress and cancelling.
    #[serde(default)]
    pub job: String,
}

/// The captures of an environment, newest first; those in a row that found the same are one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaptureListGet {
    /// Its identity, or its name.
    pub environment: String,
    /// How many to pass over.
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// Captures that followed one another and found the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaptureRun {
    /// What was captured.
    pub snapshot: SnapshotId,
    /// When for the first time.
    pub first_at: Millis,
    /// When for the last time.
    pub last_at: Millis,
    /// How many times.
    pub times: u64,
    /// How many resources it holds.
    pub resources: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// Against the capture before the first.
    pub counts: ChangeCounts,
}

/// Compares what two environments held when they were last captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CompareStart {
    /// Where changes would come from: identity or name.
    pub source: String,
    /// Where they would go.
    pub target: String,
    /// Whether to capture both first. Without, an environment that was never captured is captured all the same.
    pub capture: bool,
    /// The job's name, for progress and cancelling.
    #[serde(default)]
    pub job: String,
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CompareResult {
    /// What its changes are asked for by.
    pub comparison: slipway_domain::EffectDigest,
    /// How many.
    pub counts: ChangeCounts,
    /// By resource family and kind: `theme/file`, `object/products`.
    pub by_kind: Vec<(String, ChangeCounts)>,
    /// What the target's rules leave out of a release.
    pub left_out: Vec<LeftOut>,
    /// What could not be read; at most 100.
    pub not_compared: Vec<NotCompared>,
    /// How many could not be read.
    pub not_compared_count: u64,
}

/// Asks for the changes that a comparison found, in key order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CompareChangesGet {
    /// Which comparison.
    pub comparison: slipway_domain::EffectDigest,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// One resource that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ComparedResource {
    /// Which.
    pub resource: slipway_domain::ResourceKey,
    /// How.
    pub change: slipway_domain::ChangeKind,
}
