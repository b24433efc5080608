//! What releases stand as in an environment: worked out from the deployments there, in the order of the ledger.

use std::collections::BTreeMap;

use super::{Projected, State};
use crate::deployment::{Deployment, DeploymentState};
use crate::ids::{DeploymentId, EffectDigest, EnvironmentId, ReleaseId};
use crate::release::{Life, Release, Standing};

impl State {
    /// The latest deployment to an environment that a rollback can revert: it wrote something, is neither under way nor
    /// rolled back, and is no rollback itself.
    pub fn rollback_candidate(&self, environment: &EnvironmentId) -> Option<&Deployment> {
        self.rollback_candidates(environment).next()
    }

    /// All such deployments, the latest first.
    pub fn rollback_candidates(
        &self,
        environment: &EnvironmentId,
    ) -> impl Iterator<Item = &Deployment> {
        self.deployments_to(environment)
            .into_iter()
            .filter(|deployment| {
                deployment.rolled_back_by.is_none()
                    && deployment.state != DeploymentState::Running
                    && wrote(deployment)
                    && !self.is_revert(deployment)
            })
    }

    /// The rollback that wrote to an environment last, where nothing was deployed on top of it.
    pub fn latest_rollback(&self, environment: &EnvironmentId) -> Option<&Deployment> {
        let latest = self
            .deployments_to(environment)
            .into_iter()
            .find(|deployment| wrote(deployment))?;
        (self.is_revert(latest) && latest.rolled_back_by.is_none()).then_some(latest)
    }

    /// The rollback that put back a part of a deployment, or tried to, and holds; one that put back all of it is the
    /// deployment's own `rolled_back_by`.
    pub fn partial_rollback(&self, deployment: &DeploymentId) -> Option<&Deployment> {
        self.deployments.values().find(|other| {
            let release = self.releases.get(&other.release);
            release.is_some_and(|release| release.reverts.as_ref() == Some(deployment))
                && other.rolled_back_by.is_none()
                && (other.state == DeploymentState::Deployed || wrote(other))
        })
    }

    /// The revert release of a deployment that an earlier try of the same rollback left open, since approvals were missing.
    pub fn waiting_revert(
        &self,
        deployment: &DeploymentId,
        effect: &EffectDigest,
    ) -> Option<&Release> {
        self.releases.values().find(|release| {
            release.reverts.as_ref() == Some(deployment)
                && release.life == Life::Open
                && release.standings.is_empty()
                && release
                    .revision()
                    .is_some_and(|sealed| sealed.effect == *effect)
        })
    }

    /// The release that an environment holds; after a rollback the one that is there again, not the revert.
    pub fn current_release(&self, environment: &EnvironmentId) -> Option<&Release> {
        let deployments = self.deployments_to(environment);
        let current = current(self, &deployments)?;
        self.releases.get(&current.release)
    }

    /// Whether an environment holds something else than the release that was deployed there last: a part of it was rolled
    /// back since, or an older one beneath it, or all that ever went there.
    pub fn is_rolled_back(&self, environment: &EnvironmentId) -> bool {
        let deployments = self.deployments_to(environment);
        let Some(current) = current(self, &deployments) else {
            return false;
        };
        if self.is_revert(current) {
            return true;
        }
        let later = deployments
            .iter()
            .take_while(|deployment| deployment.number > current.number);
        later
            .filter(|deployment| is_in_force(deployment))
            .filter_map(|deployment| self.releases.get(&deployment.release)?.reverts.as_ref())
            .filter_map(|reverted| self.deployments.get(reverted))
            .any(|reverted| reverted.number <= current.number)
    }

    fn is_revert(&self, deployment: &Deployment) -> bool {
        let release = self.releases.get(&deployment.release);
        release.is_some_and(|release| release.reverts.is_some())
    }
}

/// Whether an attempt at something was made, so that the environment may hold a part of it.
fn wrote(deployment: &Deployment) -> bool {
    let counts = &deployment.operations;
    counts.applied + counts.failed + counts.unknown > 0
}

fn is_in_force(deployment: &Deployment) -> bool {
    deployment.state == DeploymentState::Deployed && deployment.rolled_back_by.is_none()
}

/// The deployment that put there what an environment holds. One that found everything there already put nothing there.
fn current<'a>(state: &State, newest_first: &[&'a Deployment]) -> Option<&'a Deployment> {
    let mut in_force = newest_first
        .iter()
        .copied()
        .filter(|deployment| is_in_force(deployment) && !state.is_revert(deployment));
    let by_effect = in_force
        .clone()
        .find(|deployment| deployment.operations.total > 0);
    // Where all was rolled back that ever went there, it holds what the rollback left.
    let reverts = newest_first
        .iter()
        .copied()
        .find(|deployment| is_in_force(deployment));
    by_effect.or_else(|| in_force.next()).or(reverts)
}

/// What each release that was ever deployed to an environment stands as there.
fn standings(state: &State, environment: &EnvironmentId) -> BTreeMap<ReleaseId, Standing> {
    let deployments = state.deployments_to(environment);
    let current = current(state, &deployments);
    let mut standings = BTreeMap::new();
    // What counts is a release's latest attempt; one that ended before it wrote anything does not undo an earlier one.
    let mut is_settled = BTreeMap::new();
    for deployment in deployments {
        let standing = match deployment.state {
            DeploymentState::Running | DeploymentState::Interrupted => Standing::Deploying,
            _ if deployment.rolled_back_by.is_some() => Standing::RolledBack,
            DeploymentState::Failed => Standing::Failed,
            DeploymentState::Cancelled => Standing::Cancelled,
            DeploymentState::Deployed
                if current.is_none_or(|current| {
                    current.release == deployment.release || deployment.number > current.number
                }) =>
            {
                Standing::Deployed
            }
            DeploymentState::Deployed => Standing::Superseded,
        };
        let settles = match standing {
            Standing::Failed | Standing::Cancelled => wrote(deployment),
            // What an earlier attempt wrote and nobody rolled back is still there.
            Standing::RolledBack => false,
            _ => true,
        };
        let known = is_settled.entry(&deployment.release).or_insert(false);
        if !*known {
            let earlier_counts = settles || !standings.contains_key(&deployment.release);
            if earlier_counts {
                standings.insert(deployment.release.clone(), standing);
            }
            *known = settles;
        }
    }
    standings
}

/// Brings what releases stand as in an environment up to date.
pub(super) fn stand(state: &mut State, environment: &EnvironmentId, touched: &mut Projected) {
    for (id, standing) in standings(state, environment) {
        let Some(release) = state.releases.get_mut(&id) else {
            continue;
        };
        let before = release.standings.insert(environment.clone(), standing);
        if before != Some(standing) {
            release.settle();
            touched.releases.push(id);
        }
    }
}
