//! Facts in words: what somebody did, in the past tense and without its subject.

use slipway_domain::{
    Anchor, DeploymentId, EnvironmentId, Fact, OperationCounts, Outcome, ReleaseId, StartReason,
    Verdict,
};

/// Gives the names of what facts are about.
pub(crate) trait Names {
    /// A release's tag.
    fn release(&self, id: &ReleaseId) -> String;
    /// An environment's name.
    fn environment(&self, id: &EnvironmentId) -> String;
    /// The tag and the environment's name of a deployment.
    fn deployment(&self, id: &DeploymentId) -> (String, String);
}

/// Says a fact: "opened spring-24.3 with 52 changes".
pub(crate) fn sentence(fact: &Fact, names: &impl Names) -> String {
    match fact {
        Fact::EnvironmentAdded { environment } => {
            format!("added the environment {}", environment.settings.name)
        }
        Fact::EnvironmentChanged { environment } => {
            format!("changed the settings of {}", environment.settings.name)
        }
        Fact::EnvironmentRemoved { environment } => {
            format!("removed the environment {}", names.environment(environment))
        }
        Fact::ReleaseDrafted {
            tag,
            source,
            target,
            reverts,
            ..
        } => match reverts {
            Some(deployment) => {
                let (taken_back, place) = names.deployment(deployment);
                format!("drafted {tag} to take {taken_back} back in {place}")
            }
            None => {
                format!(
                    "drafted {tag} from {} to {}",
                    names.environment(source),
                    names.environment(target)
                )
            }
        },
        Fact::ReleaseDescribed { tag, .. } => format!("changed the description of {tag}"),
        Fact::ReleaseRefreshed { release, .. } => {
            format!(
                "compared the environments of {} again",
                names.release(release)
            )
        }
        Fact::RevisionSealed {
            release,
            revision,
            created,
            modified,
            deleted,
            ..
        } => {
            let (tag, changes) = (
                names.release(release),
                count(created + modified + deleted, "change"),
            );
            match revision {
                1 => format!("opened {tag} with {changes}"),
                _ => format!("edited {tag}: revision {revision} with {changes}"),
            }
        }
        Fact::ReleaseCancelled { release, reason } => {
            format!("cancelled {}{}", names.release(release), because(reason))
        }
        Fact::Reviewed {
            release,
            environment,
            verdict,
            ..
        } => {
            let (tag, place) = (names.release(release), names.environment(environment));
            match verdict {
                Verdict::Approve => format!("approved {tag} for {place}"),
                Verdict::RequestChanges => format!("requested changes to {tag} for {place}"),
                Verdict::Comment => format!("reviewed {tag} for {place}"),
            }
        }
        Fact::ReviewDismissed {
            release, reason, ..
        } => {
            format!(
                "dismissed a review of {}{}",
                names.release(release),
                because(reason)
            )
        }
        Fact::Commented {
            release,
            anchor,
            reply_to,
            ..
        } => {
            let tag = names.release(release);
            match (reply_to, anchor.as_ref().map(Anchor::resource)) {
                (Some(_), _) => format!("answered a comment on {tag}"),
                (None, Some(resource)) => format!("commented on {resource} in {tag}"),
                (None, None) => format!("commented on {tag}"),
            }
        }
        Fact::CommentResolved {
            release, resolved, ..
        } => {
            let verb = if *resolved { "resolved" } else { "reopened" };
            format!("{verb} a comment on {}", names.release(release))
        }
        Fact::DeploymentStarted {
            release,
            environment,
            start,
            operations,
            ..
        } => {
            let (tag, place) = (names.release(release), names.environment(environment));
            let operations = count(*operations, "operation");
            match start {
                StartReason::Approved => {
                    format!("started to deploy {tag} to {place}: {operations}")
                }
                StartReason::Quick { reason } => {
                    format!(
                        "started to deploy {tag} to {place} without a review: {operations}{}",
                        because(reason)
                    )
                }
                StartReason::Rollback { .. } => {
                    format!("started the rollback {tag} in {place}: {operations}")
                }
            }
        }
        Fact::WorkspaceCreated { .. } => "created the workspace".to_owned(),
        Fact::LedgerMigrated { count: taken, .. } => {
            format!("took over {} from an older format", count(*taken, "record"))
        }
        Fact::PersonAdded { name, email, .. } => {
            format!("introduced {name} <{email}> with a device")
        }
        Fact::Unknown { name, version } => {
            format!("decided what only a newer Slipway understands: {name}, version {version}")
        }
        Fact::DeploymentResumed { deployment } => {
            let (tag, place) = names.deployment(deployment);
            format!("resumed the deployment of {tag} to {place}")
        }
        Fact::DeploymentEnded {
            deployment,
            outcome,
            operations,
            message,
            ..
        } => {
            let (tag, place) = names.deployment(deployment);
            let done = done(operations);
            match (outcome, message) {
                (Outcome::Deployed, _) => format!("deployed {tag} to {place}: {done}"),
                (Outcome::Failed, Some(message)) => {
                    format!("did not get {tag} deployed to {place}: {done}; {message}")
                }
                (Outcome::Failed, None) => format!("did not get {tag} deployed to {place}: {done}"),
                (Outcome::Cancelled, _) => {
                    format!("stopped the deployment of {tag} to {place}: {done}")
                }
            }
        }
        Fact::RolledBack {
            deployment,
            complete,
            ..
        } => {
            let (tag, place) = names.deployment(deployment);
            match complete {
                true => format!("rolled {tag} back in {place}"),
                false => format!("rolled a part of {tag} back in {place}"),
            }
        }
    }
}

/// `1 change`, `2 changes`.
fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The states that operations ended in; those that none is in are left out.
fn done(counts: &OperationCounts) -> String {
    let OperationCounts {
        total: _,
        pending,
        unknown,
        applied,
        skipped,
        failed,
        reverted,
    } = *counts;
    let parts: Vec<String> = [
        (applied, "applied"),
        (skipped, "skipped"),
        (failed, "failed"),
        (reverted, "reverted"),
        (unknown, "unknown"),
        (pending, "pending"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, state)| format!("{count} {state}"))
    .collect();
    if parts.is_empty() {
        "nothing was left to do".to_owned()
    } else {
        parts.join(", ")
    }
}

/// The first line of a reason, after a dash.
fn because(reason: &str) -> String {
    match reason.trim().lines().next() {
        Some(line) if !line.is_empty() => format!(" – {line}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::{
        Candidates, CommentId, EffectDigest, Millis, PlanDigest, ReleaseKind, ReviewId, SnapshotId,
    };

    use super::*;

    struct Fixed;

    impl Names for Fixed {
        fn release(&self, _: &ReleaseId) -> String {
            "v1".to_owned()
        }

        fn environment(&self, id: &EnvironmentId) -> String {
            id.to_string()
        }

        fn deployment(&self, _: &DeploymentId) -> (String, String) {
            ("v1".to_owned(), "production".to_owned())
        }
    }

    #[test]
    fn facts_read_as_sentences() {
        let release = ReleaseId("r".into());
        let deployment = DeploymentId("d".into());
        let (source, target) = (
            EnvironmentId("staging".into()),
            EnvironmentId("production".into()),
        );
        let effect = EffectDigest([0; 32]);
        let drafted = |reverts| Fact::ReleaseDrafted {
            release: release.clone(),
            tag: "v1".into(),
            notes: String::new(),
            release_kind: ReleaseKind::Hybrid,
            source: source.clone(),
            target: target.clone(),
            candidates: Candidates {
                changes: effect,
                source: SnapshotId([0; 32]),
                target: SnapshotId([0; 32]),
                at: Millis(0),
            },
            reverts,
        };
        let sealed = |revision, created| Fact::RevisionSealed {
            release: release.clone(),
            revision,
            effect,
            created,
            modified: 0,
            deleted: 0,
        };
        let started = |start, operations| Fact::DeploymentStarted {
            deployment: deployment.clone(),
            release: release.clone(),
            revision: 1,
            environment: target.clone(),
            effect,
            plan: PlanDigest([0; 32]),
            start,
            rules: None,
            connection: None,
            before: SnapshotId([0; 32]),
            operations,
        };
        let ended = |outcome, applied, failed, message: Option<&str>| Fact::DeploymentEnded {
            deployment: deployment.clone(),
            outcome,
            operations: OperationCounts {
                total: applied + failed,
                applied,
                failed,
                ..OperationCounts::default()
            },
            journal: None,
            after: None,
            message: message.map(str::to_owned),
        };
        let reviewed = |verdict| Fact::Reviewed {
            release: release.clone(),
            review: ReviewId("v".into()),
            environment: target.clone(),
            effect,
            verdict,
            message: String::new(),
        };
        let commented = |anchor, reply_to| Fact::Commented {
            release: release.clone(),
            comment: CommentId("c".into()),
            anchor,
            reply_to,
            body: "?".into(),
        };
        let cases = [
            (drafted(None), "drafted v1 from staging to production"),
            (
                drafted(Some(deployment.clone())),
                "drafted v1 to take v1 back in production",
            ),
            (sealed(1, 1), "opened v1 with 1 change"),
            (sealed(2, 52), "edited v1: revision 2 with 52 changes"),
            (
                Fact::ReleaseCancelled {
                    release: release.clone(),
                    reason: "Too early.\nSorry.".into(),
                },
                "cancelled v1 – Too early.",
            ),
            (reviewed(Verdict::Approve), "approved v1 for production"),
            (
                reviewed(Verdict::RequestChanges),
                "requested changes to v1 for production",
            ),
            (commented(None, None), "commented on v1"),
            (
                commented(
                    Some(Anchor::Resource {
                        resource: "object/products:a".parse().expect("a key"),
                    }),
                    None,
                ),
                "commented on object/products:a in v1",
            ),
            (
                commented(None, Some(CommentId("c0".into()))),
                "answered a comment on v1",
            ),
            (
                started(StartReason::Approved, 3),
                "started to deploy v1 to production: 3 operations",
            ),
            (
                started(
                    StartReason::Quick {
                        reason: "Outage".into(),
                    },
                    1,
                ),
                "started to deploy v1 to production without a review: 1 operation – Outage",
            ),
            (
                started(StartReason::Rollback { edits: true }, 2),
                "started the rollback v1 in production: 2 operations",
            ),
            (
                ended(Outcome::Deployed, 3, 0, None),
                "deployed v1 to production: 3 applied",
            ),
            (
                ended(Outcome::Deployed, 0, 0, None),
                "deployed v1 to production: nothing was left to do",
            ),
            (
                ended(Outcome::Failed, 2, 1, Some("the disk is full")),
                "did not get v1 deployed to production: 2 applied, 1 failed; the disk is full",
            ),
            (
                ended(Outcome::Cancelled, 2, 0, None),
                "stopped the deployment of v1 to production: 2 applied",
            ),
            (
                Fact::RolledBack {
                    deployment: deployment.clone(),
                    by: DeploymentId("d2".into()),
                    complete: true,
                },
                "rolled v1 back in production",
            ),
        ];
        for (fact, expected) in cases {
            assert_eq!(sentence(&fact, &Fixed), expected, "{}", fact.kind());
        }
    }
}
