//! The projection of all records: what is so now.

mod deployments;
mod environments;
mod people;
mod releases;
mod reviews;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::deployment::Deployment;
use crate::device::{Device, DeviceId};
use crate::environment::Environment;
use crate::fact::Fact;
use crate::ids::{
    DeploymentId, EnvironmentId, Millis, PersonId, RecordId, ReleaseId, TrailDigest, WorkspaceId,
};
use crate::person::Person;
use crate::record::{Author, Record};
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
    /// The newest record of each chain, by its name.
    pub heads: BTreeMap<String, (u64, RecordId)>,
    /// The devices that were introduced.
    pub devices: BTreeMap<DeviceId, Device>,
    /// The people that were introduced.
    pub people: BTreeMap<PersonId, Person>,
    /// Which workspace it is; `None` before its first signed record.
    pub workspace: Option<WorkspaceId>,
    /// The last record.
    pub last: Option<RecordId>,
    /// How many records there are.
    pub records: u64,
    /// All of them, in their order.
    pub trail: TrailDigest,
    /// The kinds of facts of a newer program on which the gate depends: while there are any, it is closed.
    pub unknown_gates: BTreeSet<String>,
}

/// A fact with who decided it, and when they say they did.
#[derive(Clone, Copy)]
struct Entry<'a> {
    by: &'a Person,
    at: Millis,
    fact: &'a Fact,
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

impl Projected {
    /// Takes in what else was touched.
    pub fn extend(&mut self, more: Self) {
        let Self {
            environments,
            releases,
            deployments,
        } = more;
        self.environments.extend(environments);
        self.releases.extend(releases);
        self.deployments.extend(deployments);
    }
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
        self.heads.insert(record.chain(), (record.seq, record.id));
        self.last = Some(record.id);
        self.records += 1;
        self.trail = self.trail.then(record.id);
        let mut touched = Projected::default();
        if people::evolve(self, record) {
            return touched;
        }
        // What a device decided that nobody introduced counts for nothing, and stays to be seen.
        let Some(by) = self.author(record) else {
            return touched;
        };
        let entry = Entry {
            by: &by,
            at: record.at,
            fact: &record.fact,
        };
        match entry.fact {
            Fact::WorkspaceCreated { .. }
            | Fact::LedgerMigrated { .. }
            | Fact::PersonAdded { .. }
            | Fact::Unknown { .. } => {}
            Fact::EnvironmentAdded { .. }
            | Fact::EnvironmentChanged { .. }
            | Fact::EnvironmentRemoved { .. } => environments::evolve(self, entry, &mut touched),
            Fact::ReleaseDrafted { .. }
            | Fact::ReleaseDescribed { .. }
            | Fact::ReleaseRefreshed { .. }
            | Fact::RevisionSealed { .. }
            | Fact::ReleaseCancelled { .. } => releases::evolve(self, entry, &mut touched),
            Fact::Reviewed { .. }
            | Fact::ReviewDismissed { .. }
            | Fact::Commented { .. }
            | Fact::CommentResolved { .. } => reviews::evolve(self, entry, &mut touched),
            Fact::DeploymentStarted { .. }
            | Fact::DeploymentResumed { .. }
            | Fact::DeploymentEnded { .. }
            | Fact::RolledBack { .. } => deployments::evolve(self, entry, &mut touched),
        }
        touched
    }

    /// Who decided a record; `None`: a device that nobody introduced.
    pub fn author(&self, record: &Record) -> Option<Person> {
        match &record.author {
            Author::Person(person) => Some(person.clone()),
            Author::Device(device) => {
                let person = self.devices.get(device)?.person.as_ref()?;
                self.people.get(person).cloned()
            }
        }
    }

    /// Changes a release, if it is known.
    fn with_release(
        &mut self,
        id: &ReleaseId,
        entry: Entry<'_>,
        touched: &mut Projected,
        change: impl FnOnce(&mut Release),
    ) {
        if let Some(release) = self.releases.get_mut(id) {
            change(release);
            release.updated_at = entry.at;
            touched.releases.push(id.clone());
        }
    }
}

pub(crate) fn same_name(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests;
