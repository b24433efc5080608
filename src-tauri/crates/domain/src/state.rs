//! The projection of all records: what is so now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::deployment::{Deployment, DeploymentState, Outcome};
use crate::environment::Environment;
use crate::fact::Fact;
use crate::ids::{DeploymentId, EnvironmentId, RecordId, ReleaseId};
use crate::operation::OperationCounts;
use crate::record::Record;
use crate::release::{Release, ReleaseState, Revision, Standing};
use crate::review::{Comment, Review};

/// Everything that was decided in a workspace, folded. Holds no documents: sets of changes and captures are named by
/// their digests and kept by the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The environments that are looked after.
    pub environments: BTreeMap<EnvironmentId, Environment>,
    /// All releases.
    pub releases: BTreeMap<ReleaseId, Release>,
    /// All deployments.
    pub deployments: BTreeMap<DeploymentId, Deployment>,
    /// The newest record of each author, by e-mail address.
    pub heads: BTreeMap<String, (u64, RecordId)>,
}

/// Which projections a record touched, so that only these are written again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projected {
    /// The environments.
    pub environments: Vec<EnvironmentId>,
    /// The releases.
    pub releases: Vec<ReleaseId>,
    /// The deployments.
    pub deployments: Vec<DeploymentId>,
}

impl State {
    /// Folds records from nothing.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut state = Self::default();
        for record in records {
            state.evolve(record);
        }
        state
    }

    /// The environment of a name, without regard to case.
    pub fn environment_named(&self, name: &str) -> Option<&Environment> {
        self.environments
            .values()
            .find(|environment| same_name(&environment.settings.name, name))
    }

    /// The release of a tag, without regard to case.
    pub fn release_tagged(&self, tag: &str) -> Option<&Release> {
        self.releases
            .values()
            .find(|release| same_name(&release.tag, tag))
    }

    /// The deployments to an environment, newest first.
    pub fn deployments_to(&self, environment: &EnvironmentId) -> Vec<&Deployment> {
        let mut found: Vec<_> = self
            .deployments
            .values()
            .filter(|deployment| &deployment.environment == environment)
            .collect();
        found.sort_by(|a, b| {
            b.started_at
                .cmp(&a.started_at)
                .then_with(|| b.id.cmp(&a.id))
        });
        found
    }

    /// The release that an environment holds: the one whose standing there is [`Standing::Deployed`]; when a rollback
    /// brought an older one back, that one and not the revert.
    pub fn current_release(&self, environment: &EnvironmentId) -> Option<&Release> {
        let mut holding: Vec<_> = self
            .releases
            .values()
            .filter(|release| release.standings.get(environment) == Some(&Standing::Deployed))
            .collect();
        holding.sort_by_key(|release| release.reverts.is_some());
        holding.first().copied()
    }

    /// Takes one record in. Total: a fact about something unknown changes nothing, since records of a workspace that
    /// was repaired must still fold.
    pub fn evolve(&mut self, record: &Record) -> Projected {
        self.heads
            .insert(record.author.email.clone(), (record.seq, record.id));
        let mut touched = Projected::default();
        match &record.fact {
            Fact::EnvironmentAdded { environment } | Fact::EnvironmentChanged { environment } => {
                touched.environments.push(environment.id.clone());
                self.environments
                    .insert(environment.id.clone(), environment.clone());
            }
            Fact::EnvironmentRemoved { environment } => {
                touched.environments.push(environment.clone());
                self.environments.remove(environment);
                for other in self.environments.values_mut() {
                    if other.settings.promotes_to.as_ref() == Some(environment) {
                        other.settings.promotes_to = None;
                        touched.environments.push(other.id.clone());
                    }
                }
            }
            Fact::ReleaseDrafted {
                release,
                tag,
                notes,
                release_kind,
                source,
                target,
                candidates,
                reverts,
            } => {
                touched.releases.push(release.clone());
                self.releases.insert(
                    release.clone(),
                    Release {
                        id: release.clone(),
                        tag: tag.clone(),
                        notes: notes.clone(),
                        kind: *release_kind,
                        source: source.clone(),
                        target: target.clone(),
                        state: ReleaseState::Draft,
                        candidates: candidates.clone(),
                        revisions: Vec::new(),
                        reviews: Vec::new(),
                        comments: Vec::new(),
                        standings: BTreeMap::new(),
                        reverts: reverts.clone(),
                        created_at: record.at,
                        created_by: record.author.clone(),
                        updated_at: record.at,
                    },
                );
            }
            Fact::ReleaseDescribed {
                release,
                tag,
                notes,
                release_kind,
            } => {
                self.with_release(release, record, &mut touched, |release| {
                    release.tag.clone_from(tag);
                    release.notes.clone_from(notes);
                    release.kind = *release_kind;
                });
            }
            Fact::ReleaseRefreshed {
                release,
                candidates,
            } => {
                self.with_release(release, record, &mut touched, |release| {
                    release.candidates = candidates.clone();
                });
            }
            Fact::RevisionSealed {
                release,
                revision,
                effect,
                created,
                modified,
                deleted,
            } => {
                self.with_release(release, record, &mut touched, |release| {
                    release.state = ReleaseState::Open;
                    release.revisions.push(Revision {
                        number: *revision,
                        effect: *effect,
                        created: *created,
                        modified: *modified,
                        deleted: *deleted,
                        at: record.at,
                        by: record.author.clone(),
                    });
                });
            }
            Fact::ReleaseCancelled { release, reason: _ } => {
                self.with_release(release, record, &mut touched, |release| {
                    release.state = ReleaseState::Cancelled;
                });
            }
            Fact::Reviewed {
                release,
                review,
                environment,
                effect,
                verdict,
                message,
            } => {
                self.with_release(release, record, &mut touched, |release| {
                    release.reviews.push(Review {
                        id: review.clone(),
                        by: record.author.clone(),
                        at: record.at,
                        environment: environment.clone(),
                        effect: *effect,
                        revision: release.revision().map_or(0, |revision| revision.number),
                        verdict: *verdict,
                        message: message.clone(),
                        dismissed: None,
                    });
                });
            }
            Fact::ReviewDismissed {
                release,
                review,
                reason,
            } => {
                self.with_release(release, record, &mut touched, |release| {
                    if let Some(review) = release.reviews.iter_mut().find(|r| &r.id == review) {
                        review.dismissed = Some((record.author.clone(), reason.clone()));
                    }
                });
            }
            Fact::Commented {
                release,
                comment,
                anchor,
                reply_to,
                body,
            } => {
                self.with_release(release, record, &mut touched, |release| {
                    release.comments.push(Comment {
                        id: comment.clone(),
                        by: record.author.clone(),
                        at: record.at,
                        revision: release.revision().map_or(0, |revision| revision.number),
                        anchor: anchor.clone(),
                        reply_to: reply_to.clone(),
                        body: body.clone(),
                        resolved: false,
                    });
                });
            }
            Fact::CommentResolved {
                release,
                comment,
                resolved,
            } => {
                self.with_release(release, record, &mut touched, |release| {
                    if let Some(comment) = release.comments.iter_mut().find(|c| &c.id == comment) {
                        comment.resolved = *resolved;
                    }
                });
            }
            Fact::DeploymentStarted {
                deployment,
                release,
                revision,
                environment,
                effect,
                plan,
                start,
                before,
                operations,
            } => {
                touched.deployments.push(deployment.clone());
                self.deployments.insert(
                    deployment.clone(),
                    Deployment {
                        id: deployment.clone(),
                        release: release.clone(),
                        revision: *revision,
                        environment: environment.clone(),
                        effect: *effect,
                        plan: *plan,
                        start: start.clone(),
                        before: *before,
                        after: None,
                        state: DeploymentState::Running,
                        operations: OperationCounts {
                            total: *operations,
                            pending: *operations,
                            ..OperationCounts::default()
                        },
                        message: None,
                        by: record.author.clone(),
                        started_at: record.at,
                        ended_at: None,
                        rolled_back_by: None,
                    },
                );
                self.with_release(release, record, &mut touched, |release| {
                    release.state = ReleaseState::Deploying;
                });
            }
            Fact::DeploymentResumed { deployment } => {
                self.resume(deployment, record, &mut touched);
            }
            Fact::DeploymentEnded {
                deployment,
                outcome,
                operations,
                after,
                message,
            } => {
                let Some(ended) = self.deployments.get_mut(deployment) else {
                    return touched;
                };
                touched.deployments.push(deployment.clone());
                ended.state = match outcome {
                    Outcome::Deployed => DeploymentState::Deployed,
                    Outcome::Failed => DeploymentState::Failed,
                    Outcome::Cancelled => DeploymentState::Cancelled,
                };
                ended.operations = *operations;
                ended.after = *after;
                ended.message.clone_from(message);
                ended.ended_at = Some(record.at);
                let (release, environment) = (ended.release.clone(), ended.environment.clone());
                self.with_release(&release, record, &mut touched, |release| {
                    release.state = match outcome {
                        Outcome::Deployed => ReleaseState::Deployed,
                        Outcome::Failed => ReleaseState::Failed,
                        Outcome::Cancelled => ReleaseState::Cancelled,
                    };
                });
                if *outcome == Outcome::Deployed {
                    self.supersede(&release, &environment, &mut touched);
                }
            }
            Fact::RolledBack {
                deployment,
                by,
                complete,
            } => {
                self.roll_back(deployment, by, *complete, record, &mut touched);
            }
        }
        touched
    }

    fn with_release(
        &mut self,
        id: &ReleaseId,
        record: &Record,
        touched: &mut Projected,
        change: impl FnOnce(&mut Release),
    ) {
        if let Some(release) = self.releases.get_mut(id) {
            change(release);
            release.updated_at = record.at;
            touched.releases.push(id.clone());
        }
    }

    fn resume(&mut self, id: &DeploymentId, record: &Record, touched: &mut Projected) {
        let Some(deployment) = self.deployments.get_mut(id) else {
            return;
        };
        deployment.state = DeploymentState::Running;
        deployment.ended_at = None;
        deployment.message = None;
        touched.deployments.push(id.clone());
        let release = deployment.release.clone();
        self.with_release(&release, record, touched, |release| {
            release.state = ReleaseState::Deploying;
        });
    }

    /// The release now stands as deployed in the environment, whatever stood so before is superseded.
    fn supersede(
        &mut self,
        release: &ReleaseId,
        environment: &EnvironmentId,
        touched: &mut Projected,
    ) {
        for other in self.releases.values_mut() {
            let standing = other.standings.get(environment).copied();
            if &other.id == release {
                other
                    .standings
                    .insert(environment.clone(), Standing::Deployed);
            } else if standing == Some(Standing::Deployed) {
                other
                    .standings
                    .insert(environment.clone(), Standing::Superseded);
                touched.releases.push(other.id.clone());
            }
        }
    }

    /// A complete rollback also brings back the release that stood there before the one taken back, if it was the
    /// newest; a partial one leaves the standing as it is.
    ///
    /// Taking back a revert undoes what that one took back, which then stands again; and so on, in turns, down a row of
    /// reverts of reverts.
    fn roll_back(
        &mut self,
        id: &DeploymentId,
        by: &DeploymentId,
        complete: bool,
        record: &Record,
        touched: &mut Projected,
    ) {
        let Some(deployment) = self.deployments.get(id).cloned() else {
            return;
        };
        if !complete {
            touched.deployments.push(id.clone());
            return;
        }
        let environment = &deployment.environment;
        let mut next = Some((id.clone(), Some(by.clone())));
        // Bounded, since the records of a damaged workspace may revert in a ring.
        for _ in 0..self.deployments.len() {
            let Some((at, taken_back_by)) = next else {
                break;
            };
            next = self.take_back(&at, taken_back_by, record, touched);
        }
        let restored = self
            .deployments_to(environment)
            .into_iter()
            .filter(|other| (other.started_at, &other.id) < (deployment.started_at, &deployment.id))
            .find(|other| {
                other.state == DeploymentState::Deployed
                    && other.rolled_back_by.is_none()
                    && self
                        .releases
                        .get(&other.release)
                        .is_some_and(|release| release.reverts.is_none())
            })
            .map(|other| other.release.clone());
        let newer = self.deployments_to(environment).into_iter().any(|other| {
            other.id != *by
                && other.state == DeploymentState::Deployed
                && other.rolled_back_by.is_none()
                // A rollback put nothing new there.
                && self
                    .releases
                    .get(&other.release)
                    .is_some_and(|release| release.reverts.is_none())
                && (other.started_at, &other.id) > (deployment.started_at, &deployment.id)
        });
        if let Some(restored) =
            restored.filter(|restored| !newer && *restored != deployment.release)
        {
            self.with_release(&restored, record, touched, |release| {
                release
                    .standings
                    .insert(environment.clone(), Standing::Deployed);
            });
        }
    }

    /// Marks a deployment as taken back by another one, or as standing again. Returns the deployment that it had itself
    /// taken back, with what that becomes by it.
    fn take_back(
        &mut self,
        id: &DeploymentId,
        by: Option<DeploymentId>,
        record: &Record,
        touched: &mut Projected,
    ) -> Option<(DeploymentId, Option<DeploymentId>)> {
        let deployment = self.deployments.get_mut(id)?;
        deployment.rolled_back_by.clone_from(&by);
        touched.deployments.push(id.clone());
        let environment = deployment.environment.clone();
        let standing = match (&by, deployment.state) {
            (Some(_), _) => Some(Standing::RolledBack),
            (None, DeploymentState::Deployed) => Some(Standing::Superseded),
            (None, _) => None,
        };
        let release = deployment.release.clone();
        self.with_release(&release, record, touched, |release| match standing {
            Some(standing) => drop(release.standings.insert(environment, standing)),
            None => drop(release.standings.remove(&environment)),
        });
        let reverted = self.releases.get(&release)?.reverts.clone()?;
        if by.is_none() {
            return Some((reverted, Some(id.clone())));
        }
        // A partial rollback had left it standing.
        let was_taken_back = self.deployments.get(&reverted)?.rolled_back_by.as_ref() == Some(id);
        was_taken_back.then_some((reverted, None))
    }
}

pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests;
