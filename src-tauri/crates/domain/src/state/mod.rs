//! The projection of all records: what is so now.

mod deployments;
mod environments;
mod releases;
mod reviews;
mod standing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::deployment::Deployment;
use crate::environment::Environment;
use crate::fact::Fact;
use crate::ids::{DeploymentId, EnvironmentId, RecordId, ReleaseId};
use crate::record::Record;
use crate::release::Release;

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

    /// The deployments to an environment, newest first: in the order of the ledger, whatever clocks said.
    pub fn deployments_to(&self, environment: &EnvironmentId) -> Vec<&Deployment> {
        let mut found: Vec<_> = self
            .deployments
            .values()
            .filter(|deployment| &deployment.environment == environment)
            .collect();
        found.sort_by_key(|deployment| std::cmp::Reverse(deployment.number));
        found
    }

    /// Takes one record in. Total: a fact about something unknown changes nothing, since records of a workspace that
    /// was repaired must still fold.
    pub fn evolve(&mut self, record: &Record) -> Projected {
        self.heads
            .insert(record.author.email.clone(), (record.seq, record.id));
        let mut touched = Projected::default();
        match &record.fact {
            Fact::EnvironmentAdded { .. }
            | Fact::EnvironmentChanged { .. }
            | Fact::EnvironmentRemoved { .. } => environments::evolve(self, record, &mut touched),
            Fact::ReleaseDrafted { .. }
            | Fact::ReleaseDescribed { .. }
            | Fact::ReleaseRefreshed { .. }
            | Fact::RevisionSealed { .. }
            | Fact::ReleaseCancelled { .. } => releases::evolve(self, record, &mut touched),
            Fact::Reviewed { .. }
            | Fact::ReviewDismissed { .. }
            | Fact::Commented { .. }
            | Fact::CommentResolved { .. } => reviews::evolve(self, record, &mut touched),
            Fact::DeploymentStarted { .. }
            | Fact::DeploymentResumed { .. }
            | Fact::DeploymentEnded { .. }
            | Fact::RolledBack { .. } => deployments::evolve(self, record, &mut touched),
        }
        touched
    }

    /// Changes a release, if it is known.
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
}

pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests;
