//! A deployment that this process executes, and what any process can see of one.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use slipway_domain::{
    Deployment, DeploymentId, DeploymentState, Millis, OperationCounts, OperationState,
};

use super::Deployments;
use crate::error::EngineError;
use crate::job::{Job, Progress};
use crate::platform::Budget;

/// The steps of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Captures the environment and checks what can be known before the first write.
    Validate,
    /// Puts the operations in order.
    Order,
    /// Executes them.
    Execute,
    /// Compares the environment with what it should be.
    Verify,
}

/// A deployment that this process executes.
#[derive(Debug)]
pub(super) struct Running {
    pub(crate) job: Job,
    pub(crate) verification: Job,
    phases: Mutex<Vec<(Phase, Millis)>>,
}

impl Running {
    pub(crate) fn new(verification: Job, phases: Vec<(Phase, Millis)>) -> Self {
        Self {
            job: Job::quiet(),
            verification,
            phases: Mutex::new(phases),
        }
    }

    pub(crate) fn enter(&self, phase: Phase, now: Millis) {
        self.phases
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((phase, now));
    }

    pub(crate) fn phases(&self) -> Vec<(Phase, Millis)> {
        self.phases
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Where a deployment is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveDeployment {
    /// Its state; interrupted when it did not end and nobody executes it.
    pub state: DeploymentState,
    /// The step that it is in; nothing when it is over.
    pub phase: Option<Phase>,
    /// When each step began; nothing where another process executes it or it was cut off.
    pub phase_started: Vec<(Phase, Millis)>,
    /// How far the verification is.
    pub progress: Option<Progress>,
    /// Its operations in numbers.
    pub counts: OperationCounts,
    /// About how many milliseconds are left.
    pub remaining_ms: Option<u64>,
    /// Whether it was asked to stop.
    pub is_cancelling: bool,
    /// What is left of what the environment allows to be asked, while this process executes it.
    pub budget: Option<Budget>,
}

impl Deployments {
    /// Where a deployment is now, whichever process executes it.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn live(&self, deployment: &Deployment) -> Result<LiveDeployment, EngineError> {
        let id = &deployment.id;
        let counts = self
            .ledger()
            .store()
            .read(|reader| reader.operation_counts(id))?;
        let running = self.running_one(id);
        let is_executing = running.is_some() || self.locks.executing(id)?.is_some();
        let state = match deployment.state {
            DeploymentState::Running if !is_executing => DeploymentState::Interrupted,
            state => state,
        };
        let phase_started = match &running {
            Some(running) => running.phases(),
            None => self.past_phases(id)?,
        };
        let phase = (state == DeploymentState::Running).then(|| {
            phase_started
                .last()
                .map_or(Phase::Execute, |(phase, _)| *phase)
        });
        let progress = running
            .as_ref()
            .filter(|_| phase == Some(Phase::Verify))
            .and_then(|running| running.verification.latest());
        let budget = running.is_some().then(|| self.budget(deployment)).flatten();
        let is_cancelling = running
            .as_ref()
            .is_some_and(|running| running.job.is_cancelled());
        let began = phase_started
            .iter()
            .rfind(|(phase, _)| *phase == Phase::Execute)
            .map(|(_, at)| *at);
        let remaining_ms = match (phase, began) {
            (Some(Phase::Execute), Some(began)) => {
                remaining_ms(&counts, began, self.ledger().now())
            }
            _ => None,
        };
        Ok(LiveDeployment {
            state,
            phase,
            phase_started,
            progress,
            counts,
            remaining_ms,
            is_cancelling,
            budget,
        })
    }

    /// What is left of what the deployment's environment allows to be asked, where it counts that.
    fn budget(&self, deployment: &Deployment) -> Option<Budget> {
        let state = self.ledger().state().ok()?;
        let environment = self
            .ledger()
            .environment(&state, deployment.environment.as_str());
        self.documents.remote(&environment.ok()?).ok()?.budget()
    }

    /// When each step of a deployment began that has ended; nothing for one that was cut off.
    fn past_phases(&self, id: &DeploymentId) -> Result<Vec<(Phase, Millis)>, EngineError> {
        let kept = self.ledger().store().read(|reader| reader.phases(id))?;
        Ok(kept
            .and_then(|kept| serde_json::from_value(kept).ok())
            .unwrap_or_default())
    }

    /// How long one operation took on average in the latest deployments to an environment, in milliseconds.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn measured_operation_ms(
        &self,
        environment: &slipway_domain::EnvironmentId,
    ) -> Result<Option<u64>, EngineError> {
        const DEPLOYMENTS: usize = 3;
        let state = self.ledger().state()?;
        let (mut spent, mut count) = (0, 0);
        for deployment in state
            .deployments_to(environment)
            .into_iter()
            .take(DEPLOYMENTS)
        {
            let attempts = self
                .ledger()
                .store()
                .read(|reader| reader.attempts(&deployment.id))?;
            let applied: Vec<_> = attempts
                .iter()
                .filter(|attempt| {
                    matches!(
                        attempt.state,
                        OperationState::Applied | OperationState::Reverted
                    )
                })
                .collect();
            let began = applied.iter().filter_map(|attempt| attempt.began_at).min();
            let ended = applied.iter().filter_map(|attempt| attempt.ended_at).max();
            if let (Some(began), Some(ended)) = (began, ended) {
                // Operations run side by side: the whole span counts, not the sum of the parts.
                spent += u64::try_from(ended.0 - began.0).unwrap_or(0);
                count += applied.len() as u64;
            }
        }
        Ok((count > 0).then(|| spent.div_ceil(count)))
    }
}

fn remaining_ms(counts: &OperationCounts, began: Millis, now: Millis) -> Option<u64> {
    let done = counts.total - counts.pending - counts.unknown;
    let spent = u64::try_from(now.0 - began.0).ok()?;
    (done > 0).then(|| spent * (counts.total - done) / done)
}
