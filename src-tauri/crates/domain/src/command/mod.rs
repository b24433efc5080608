//! What people ask for, and whether it may be: the one place where the state of a release is decided on.

mod deployments;
mod environments;
mod known;
mod permitted;
mod releases;
mod reviews;

pub use self::permitted::{
    Obstacle, PlanActions, ReleaseActions, ReviewStage, TargetActions, dismissable, is_harmless,
    obstacle, plan_actions, release_actions, review_stage, target_actions,
};

use crate::deployment::{JournalSeal, Outcome, StartReason};
use crate::environment::EnvironmentDraft;
use crate::fact::Fact;
use crate::ids::{
    CommentId, DeploymentId, EffectDigest, EnvironmentId, Millis, PlanDigest, ReleaseId, ReviewId,
    SnapshotId,
};
use crate::operation::OperationCounts;
use crate::person::Person;
use crate::refusal::Refusal;
use crate::release::{Candidates, ReleaseKind};
use crate::review::{Anchor, Verdict};
use crate::state::State;

/// The longest tag or environment name, in characters.
pub(crate) const NAME_LIMIT_CHARS: usize = 80;
/// The longest note, comment or reason, in bytes.
pub(crate) const TEXT_LIMIT_BYTES: usize = 64 * 1024;

/// Something that a person, or the engine on their behalf, asks for. Identities are chosen by the caller.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "the fields are those of the facts that they become"
)]
pub enum Command {
    /// Look after an environment.
    AddEnvironment {
        id: EnvironmentId,
        settings: EnvironmentDraft,
    },
    /// Change what was set about it.
    ChangeEnvironment {
        id: EnvironmentId,
        settings: EnvironmentDraft,
    },
    /// No longer look after it.
    RemoveEnvironment { id: EnvironmentId },
    /// Start a release.
    DraftRelease {
        id: ReleaseId,
        tag: String,
        notes: String,
        kind: ReleaseKind,
        source: EnvironmentId,
        target: EnvironmentId,
        candidates: Candidates,
        reverts: Option<DeploymentId>,
    },
    /// Change its tag, notes or kind.
    DescribeRelease {
        id: ReleaseId,
        tag: String,
        notes: String,
        kind: ReleaseKind,
    },
    /// Compare its environments again.
    RefreshRelease {
        id: ReleaseId,
        candidates: Candidates,
    },
    /// Seal the chosen changes: opens a draft, or makes the next revision of an open release.
    Seal {
        id: ReleaseId,
        effect: EffectDigest,
        created: u64,
        modified: u64,
        deleted: u64,
    },
    /// Give it up.
    CancelRelease { id: ReleaseId, reason: String },
    /// Review it.
    Review {
        id: ReleaseId,
        review: ReviewId,
        environment: EnvironmentId,
        effect: EffectDigest,
        verdict: Verdict,
        message: String,
    },
    /// Take a review out of the count.
    DismissReview {
        id: ReleaseId,
        review: ReviewId,
        reason: String,
    },
    /// Remark something.
    Comment {
        id: ReleaseId,
        comment: CommentId,
        anchor: Option<Anchor>,
        reply_to: Option<CommentId>,
        body: String,
    },
    /// Settle a remark, or open it again.
    ResolveComment {
        id: ReleaseId,
        comment: CommentId,
        resolved: bool,
    },
    /// Begin to execute a plan.
    StartDeployment {
        id: ReleaseId,
        deployment: DeploymentId,
        environment: EnvironmentId,
        /// The sealed set of changes that it was planned from.
        content: EffectDigest,
        effect: EffectDigest,
        plan: PlanDigest,
        start: StartReason,
        before: SnapshotId,
        operations: u64,
    },
    /// Take it up again, or try again what failed of it; `plan` is the digest of the plan that lies in the workspace for it.
    ResumeDeployment {
        deployment: DeploymentId,
        plan: PlanDigest,
    },
    /// Say how it ended. Of a revert release also `is_restored`: whether all that the deployment which it reverts had
    /// touched is as it was before that one.
    EndDeployment {
        deployment: DeploymentId,
        outcome: Outcome,
        operations: OperationCounts,
        journal: JournalSeal,
        after: Option<SnapshotId>,
        message: Option<String>,
        is_restored: bool,
    },
}

/// Decides a command: the facts that follow from it, or why it can't be. Pure; evolving the facts is the caller's.
///
/// # Errors
/// The refusal, with a hint.
pub fn decide(
    state: &State,
    command: Command,
    actor: &Person,
    now: Millis,
) -> Result<Vec<Fact>, Refusal> {
    match command {
        Command::AddEnvironment { .. }
        | Command::ChangeEnvironment { .. }
        | Command::RemoveEnvironment { .. } => environments::decide(state, command, now),
        Command::DraftRelease { .. }
        | Command::DescribeRelease { .. }
        | Command::RefreshRelease { .. }
        | Command::Seal { .. }
        | Command::CancelRelease { .. } => releases::decide(state, command),
        Command::Review { .. }
        | Command::DismissReview { .. }
        | Command::Comment { .. }
        | Command::ResolveComment { .. } => reviews::decide(state, command, actor),
        Command::StartDeployment { .. }
        | Command::ResumeDeployment { .. }
        | Command::EndDeployment { .. } => deployments::decide(state, command),
    }
}

#[cfg(test)]
mod tests;
