//! What people ask for, and whether it may be: the one place where the state of a release is decided on.

mod known;
mod permitted;

pub use self::permitted::{
    Obstacle, PlanActions, ReleaseActions, ReviewStage, TargetActions, dismissable, is_harmless,
    obstacle, plan_actions, release_actions, review_stage, target_actions,
};

use self::known::{
    check_environment, check_tag, check_text, deployment_of, environment, release,
    remove_environment,
};
use crate::approval::approval;
use crate::deployment::{Deployment, DeploymentState, Outcome, StartReason};
use crate::environment::{Environment, EnvironmentDraft};
use crate::fact::Fact;
use crate::ids::{
    CommentId, DeploymentId, EffectDigest, EnvironmentId, Millis, PlanDigest, ReleaseId, ReviewId,
    SnapshotId,
};
use crate::operation::OperationCounts;
use crate::person::Person;
use crate::release::{Candidates, Release, ReleaseKind, ReleaseState};
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
        effect: EffectDigest,
        plan: PlanDigest,
        start: StartReason,
        before: SnapshotId,
        operations: u64,
    },
    /// Take it up again.
    ResumeDeployment { deployment: DeploymentId },
    /// Say how it ended. Of a revert release also `is_restored`: whether all that the deployment which it reverts had
    /// touched is as it was before that one.
    EndDeployment {
        deployment: DeploymentId,
        outcome: Outcome,
        operations: OperationCounts,
        after: Option<SnapshotId>,
        message: Option<String>,
        is_restored: bool,
    },
}

/// What kind of no it is; callers act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// What was asked for is malformed or names something unknown.
    Invalid,
    /// The release or deployment is in a state in which it can't be.
    State,
    /// Approvals are missing.
    Approval,
    /// What was looked at is not what there is any more.
    Stale,
}

/// Why something can't be, and what a person can do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind of no.
    pub kind: RefusalKind,
    /// One sentence that names the thing.
    pub message: String,
    /// What to do.
    pub hint: String,
}

fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal {
        kind: RefusalKind::Invalid,
        message: message.into(),
        hint: hint.into(),
    }
}

fn stale(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal {
        kind: RefusalKind::Stale,
        message: message.into(),
        hint: hint.into(),
    }
}

fn wrong_state(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal {
        kind: RefusalKind::State,
        message: message.into(),
        hint: hint.into(),
    }
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
        Command::AddEnvironment { id, settings } => {
            check_environment(state, &id, &settings)?;
            let environment = Environment {
                id,
                added_at: now,
                settings,
            };
            Ok(vec![Fact::EnvironmentAdded { environment }])
        }
        Command::ChangeEnvironment { id, settings } => {
            let known = environment(state, &id)?;
            check_environment(state, &id, &settings)?;
            if known.settings == settings {
                return Ok(Vec::new());
            }
            let environment = Environment {
                id,
                added_at: known.added_at,
                settings,
            };
            Ok(vec![Fact::EnvironmentChanged { environment }])
        }
        Command::RemoveEnvironment { id } => remove_environment(state, id),
        Command::DraftRelease {
            id,
            tag,
            notes,
            kind,
            source,
            target,
            candidates,
            reverts,
        } => {
            let tag = check_tag(state, &tag, None)?;
            check_text("The notes", &notes)?;
            environment(state, &source)?;
            environment(state, &target)?;
            if source == target && reverts.is_none() {
                return Err(invalid(
                    "The source and the target are the same environment",
                    "Choose two environments: the changes go from the source to the target.",
                ));
            }
            Ok(vec![Fact::ReleaseDrafted {
                release: id,
                tag,
                notes,
                release_kind: kind,
                source,
                target,
                candidates,
                reverts,
            }])
        }
        Command::DescribeRelease {
            id,
            tag,
            notes,
            kind,
        } => {
            let found = release(state, &id)?;
            let tag = check_tag(state, &tag, Some(&id))?;
            check_text("The notes", &notes)?;
            if tag != found.tag || kind != found.kind {
                renamable(found)?;
            }
            Ok(vec![Fact::ReleaseDescribed {
                release: id,
                tag,
                notes,
                release_kind: kind,
            }])
        }
        Command::RefreshRelease { id, candidates } => {
            editable(release(state, &id)?)?;
            Ok(vec![Fact::ReleaseRefreshed {
                release: id,
                candidates,
            }])
        }
        Command::Seal {
            id,
            effect,
            created,
            modified,
            deleted,
        } => {
            let found = release(state, &id)?;
            editable(found)?;
            if created + modified + deleted == 0 {
                return Err(invalid(
                    format!("{} holds no changes", found.tag),
                    "Include at least one change, or compare the environments again.",
                ));
            }
            if found
                .revision()
                .is_some_and(|revision| revision.effect == effect)
            {
                return Ok(Vec::new());
            }
            let revision = found.revision().map_or(1, |revision| revision.number + 1);
            Ok(vec![Fact::RevisionSealed {
                release: id,
                revision,
                effect,
                created,
                modified,
                deleted,
            }])
        }
        Command::CancelRelease { id, reason } => {
            let found = release(state, &id)?;
            check_text("The reason", &reason)?;
            cancellable(found)?;
            Ok(vec![Fact::ReleaseCancelled {
                release: id,
                reason,
            }])
        }
        Command::Review {
            id,
            review,
            environment: place,
            effect,
            verdict,
            message,
        } => {
            let found = release(state, &id)?;
            environment(state, &place)?;
            check_text("The message", &message)?;
            reviewable(found)?;
            // Between the look and the verdict a revision may have been sealed. What it does elsewhere only its caller knows.
            let is_sealed = found.revision().is_some_and(|known| known.effect == effect);
            if place == found.target && !is_sealed {
                return Err(stale(
                    format!("{} was edited while it was being reviewed", found.tag),
                    "Look at the new revision, then review it.",
                ));
            }
            if verdict != Verdict::Approve && message.trim().is_empty() {
                return Err(invalid(
                    "The review says nothing",
                    "Say what should change, or what you noticed.",
                ));
            }
            let latest = found
                .reviews
                .iter()
                .rfind(|r| r.by.is(actor) && r.environment == place);
            let said_before = latest.is_some_and(|r| {
                r.effect == effect
                    && r.verdict == verdict
                    && r.message == message
                    && r.dismissed.is_none()
            });
            if said_before && verdict != Verdict::Comment {
                return Ok(Vec::new());
            }
            Ok(vec![Fact::Reviewed {
                release: id,
                review,
                environment: place,
                effect,
                verdict,
                message,
            }])
        }
        Command::DismissReview { id, review, reason } => {
            let found = release(state, &id)?;
            check_text("The reason", &reason)?;
            let Some(known) = found.reviews.iter().find(|known| known.id == review) else {
                return Err(invalid(
                    format!("{} has no review {review}", found.tag),
                    "Look at its conversation.",
                ));
            };
            if known.dismissed.is_some() {
                return Err(wrong_state(
                    "The review was dismissed before",
                    "Nothing is left to do.",
                ));
            }
            if reason.trim().is_empty() {
                return Err(invalid(
                    "Dismissing a review needs a reason",
                    "Say why it no longer counts.",
                ));
            }
            Ok(vec![Fact::ReviewDismissed {
                release: id,
                review,
                reason,
            }])
        }
        Command::Comment {
            id,
            comment,
            anchor,
            reply_to,
            body,
        } => {
            let found = release(state, &id)?;
            check_text("The comment", &body)?;
            if body.trim().is_empty() {
                return Err(invalid(
                    "The comment is empty",
                    "Write something, or leave it.",
                ));
            }
            let known = |wanted: &CommentId| found.comments.iter().any(|known| &known.id == wanted);
            if let Some(missing) = reply_to.as_ref().filter(|wanted| !known(wanted)) {
                return Err(invalid(
                    format!("{} has no comment {missing}", found.tag),
                    "Answer one that is there.",
                ));
            }
            Ok(vec![Fact::Commented {
                release: id,
                comment,
                anchor,
                reply_to,
                body,
            }])
        }
        Command::ResolveComment {
            id,
            comment,
            resolved,
        } => {
            let found = release(state, &id)?;
            match found.comments.iter().find(|known| known.id == comment) {
                None => Err(invalid(
                    format!("{} has no comment {comment}", found.tag),
                    "Look at its conversation.",
                )),
                Some(known) if known.resolved == resolved => Ok(Vec::new()),
                Some(_) => Ok(vec![Fact::CommentResolved {
                    release: id,
                    comment,
                    resolved,
                }]),
            }
        }
        Command::StartDeployment {
            id,
            deployment,
            environment: place,
            effect,
            plan,
            start,
            before,
            operations,
        } => {
            let found = release(state, &id)?;
            let place_known = environment(state, &place)?;
            let revision = startable(found)?;
            free(state, place_known)?;
            // Planning takes time: what was planned must still be what is sealed.
            let is_sealed = found.revision().is_some_and(|known| known.effect == effect);
            if place == found.target && !is_sealed {
                return Err(stale(
                    format!("{} was edited while it was being planned", found.tag),
                    "Look at the new plan, then deploy it.",
                ));
            }
            check_start(found, place_known, &effect, &start)?;
            Ok(vec![Fact::DeploymentStarted {
                deployment,
                release: id,
                revision,
                environment: place,
                effect,
                plan,
                start,
                before,
                operations,
            }])
        }
        Command::ResumeDeployment { deployment } => {
            resumable(state, deployment_of(state, &deployment)?)?;
            Ok(vec![Fact::DeploymentResumed { deployment }])
        }
        Command::EndDeployment {
            deployment,
            outcome,
            operations,
            after,
            message,
            is_restored,
        } => {
            let found = deployment_of(state, &deployment)?;
            if found.state != DeploymentState::Running {
                return Err(wrong_state(
                    format!("Deployment {deployment} has ended"),
                    "Nothing is left to do.",
                ));
            }
            let release = state.releases.get(&found.release);
            let reverts = release.and_then(|release| release.reverts.clone());
            let reverts = reverts.filter(|_| outcome == Outcome::Deployed);
            let rolled_back = reverts.map(|reverted| Fact::RolledBack {
                deployment: reverted,
                by: deployment.clone(),
                complete: is_restored,
            });
            let ended = Fact::DeploymentEnded {
                deployment,
                outcome,
                operations,
                after,
                message,
            };
            Ok([ended].into_iter().chain(rolled_back).collect())
        }
    }
}

/// Whether no deployment to an environment is under way.
fn free(state: &State, environment: &Environment) -> Result<(), Refusal> {
    let running = state.deployments.values().find(|other| {
        other.environment == environment.id && other.state == DeploymentState::Running
    });
    running.map_or(Ok(()), |running| {
        Err(wrong_state(
            format!(
                "{} has a deployment that did not end: {}",
                environment.settings.name, running.id
            ),
            "Resume it to its end, or cancel it, before the next one starts.",
        ))
    })
}

/// Whether a deployment may start, and which revision it takes.
fn startable(release: &Release) -> Result<u32, Refusal> {
    match release.state {
        ReleaseState::Open | ReleaseState::Deployed | ReleaseState::Failed => {
            let revision = release.revision();
            Ok(revision
                .expect("BUG: an open release has a revision")
                .number)
        }
        ReleaseState::Draft => Err(wrong_state(
            format!("{} is a draft", release.tag),
            "Open it first, or use quick deploy.",
        )),
        ReleaseState::Deploying => Err(wrong_state(
            format!("{} is being deployed", release.tag),
            "Wait for its deployment to end, or resume it if it was interrupted.",
        )),
        ReleaseState::Cancelled => Err(wrong_state(
            format!("{} is cancelled and can't be deployed", release.tag),
            "Create a new release.",
        )),
    }
}

/// Whether a deployment may be taken up again.
fn resumable(state: &State, deployment: &Deployment) -> Result<(), Refusal> {
    let id = &deployment.id;
    match deployment.state {
        DeploymentState::Running | DeploymentState::Interrupted | DeploymentState::Failed => {}
        DeploymentState::Deployed => {
            return Err(wrong_state(
                format!("Deployment {id} is complete"),
                "Nothing is left to do.",
            ));
        }
        DeploymentState::Cancelled => {
            return Err(wrong_state(
                format!("Deployment {id} was cancelled"),
                "Create a new release for what was left out, or roll back what was applied.",
            ));
        }
    }
    if deployment.rolled_back_by.is_some() {
        return Err(wrong_state(
            format!("Deployment {id} was rolled back"),
            "Deploy the release again instead.",
        ));
    }
    let found = release(state, &deployment.release)?;
    if found.state == ReleaseState::Cancelled {
        return Err(wrong_state(
            format!(
                "{} was cancelled in a later deployment and is not deployed any more",
                found.tag
            ),
            "Create a new release, or roll back what was applied.",
        ));
    }
    let other = state.deployments.values().find(|other| {
        other.id != *id
            && other.state == DeploymentState::Running
            && (other.environment == deployment.environment || other.release == deployment.release)
    });
    match other {
        None => Ok(()),
        Some(other) => Err(wrong_state(
            format!(
                "Another deployment of the release or to the environment did not end: {}",
                other.id
            ),
            "Resume that one to its end, or cancel it, first.",
        )),
    }
}

fn check_start(
    release: &Release,
    environment: &Environment,
    effect: &EffectDigest,
    start: &StartReason,
) -> Result<(), Refusal> {
    match start {
        StartReason::Quick { reason } if reason.trim().is_empty() => Err(invalid(
            "Quick deploy needs a reason",
            "Say why the review is skipped; it stays in the trail.",
        )),
        StartReason::Quick { .. } => Ok(()),
        StartReason::Rollback if release.reverts.is_some() => Ok(()),
        StartReason::Rollback => Err(invalid(
            format!("{} is no revert release", release.tag),
            "Only a revert release is deployed as a rollback.",
        )),
        StartReason::Approved => {
            let approval = approval(release, environment, effect);
            if approval.satisfied {
                return Ok(());
            }
            let name = &environment.settings.name;
            let message = if approval.changes_requested_by.is_empty() {
                format!(
                    "{} needs {} to be deployed to {name}, and has {}",
                    release.tag,
                    count(u64::from(approval.required), "approval"),
                    approval.approved_by.len()
                )
            } else {
                format!(
                    "Changes to {} were requested by {}",
                    release.tag, approval.changes_requested_by[0].name
                )
            };
            let hint = if approval.outdated.is_empty() {
                "Have it approved, or use quick deploy with a reason."
            } else {
                "Earlier approvals were for another effect: look at what changed since, and approve again."
            };
            Err(Refusal {
                kind: RefusalKind::Approval,
                message,
                hint: hint.to_owned(),
            })
        }
    }
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

fn editable(release: &Release) -> Result<(), Refusal> {
    match release.state {
        ReleaseState::Draft | ReleaseState::Open => Ok(()),
        other => Err(wrong_state(
            format!("{} is {other}: its changes are fixed", release.tag),
            "Create a new release.",
        )),
    }
}

fn renamable(release: &Release) -> Result<(), Refusal> {
    match release.state {
        ReleaseState::Draft => Ok(()),
        _ => Err(wrong_state(
            format!(
                "The tag and type of {} were fixed when it was opened",
                release.tag
            ),
            "Notes can still be changed. For another tag or type, create a new release.",
        )),
    }
}

fn cancellable(release: &Release) -> Result<(), Refusal> {
    match release.state {
        ReleaseState::Draft | ReleaseState::Open => Ok(()),
        ReleaseState::Deploying => Err(wrong_state(
            format!("{} is being deployed", release.tag),
            "Cancel its deployment: what is under way is finished, the rest is left out.",
        )),
        other => Err(wrong_state(
            format!("{} is {other} and can't be cancelled", release.tag),
            "A deployed release is undone by a rollback.",
        )),
    }
}

fn reviewable(release: &Release) -> Result<(), Refusal> {
    match release.state {
        ReleaseState::Draft | ReleaseState::Cancelled => Err(wrong_state(
            format!("{} is {} and can't be reviewed", release.tag, release.state),
            "A release is reviewed once it is open.",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
