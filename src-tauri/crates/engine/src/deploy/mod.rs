//! Deployments: validate, order, execute, verify.
//!
//! Invariant: a remote write happens only in the runner, under the lock of its place, with its `begin` on disk.
//! Invariant: whatever happens to the process, the journal and the environment together say what is so.

mod live;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use slipway_domain::{
    Command, Deployment, DeploymentId, DeploymentState, EffectDigest, Environment, Millis,
    OperationCounts, OperationId, OperationState, Outcome, Person, PlanDigest, Release,
    ReleaseState, StartReason, State, Verb, effect_digest, plan_digest,
};
use slipway_store::{Fence, Reader, StoreError, Writer};
use tokio::task::JoinHandle;

use self::live::Running;
pub use self::live::{LiveDeployment, Phase};
use crate::audit::refuse_damaged;
use crate::documents::Documents;
use crate::error::{AfterDrift, DeployError, EngineError};
use crate::job::Job;
use crate::ledger::Ledger;
use crate::locks::{Lease, LocalLocks, Locks, Presence};
use crate::planning::{Prepared, plan};
use crate::releases::{Look, chosen, sealing};
use crate::runner::{Execution, execute, give_up, journal};
use crate::verify::{Ending, Reverted, reverted, verify};

/// What is to be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployRequest {
    /// The release: identity or tag.
    pub release: String,
    /// The environment: identity or name; none: the release's target.
    pub environment: Option<String>,
    /// The plan that was looked at; another one is refused. None: whatever it is.
    pub plan: Option<PlanDigest>,
    /// The set of changes that it was worked out from; another one is refused. None: whatever it is.
    pub content: Option<EffectDigest>,
    /// Goes past the review, for this reason. Seals a draft.
    pub quick: Option<String>,
}

/// What a person saw before they started a deployment; `None`: nothing to hold it to.
#[derive(Clone, Copy, Debug)]
struct Seen {
    plan: Option<PlanDigest>,
    content: Option<EffectDigest>,
}

/// A deployment under way.
#[derive(Debug)]
pub struct Deploying {
    /// Which.
    pub deployment: DeploymentId,
    /// Ends when the deployment does, whatever its outcome. Dropping it does not stop the deployment.
    pub task: JoinHandle<Result<Deployment, EngineError>>,
}

/// The deployments of a workspace, those that this process executes among them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Deployments {
    pub(crate) documents: Documents,
    locks: Arc<dyn Locks>,
    running: Arc<Mutex<HashMap<DeploymentId, Arc<Running>>>>,
}

impl Deployments {
    pub(crate) fn new(documents: Documents, presence: Arc<dyn Presence>) -> Self {
        Self {
            locks: Arc::new(LocalLocks::new(documents.ledger.clone(), presence)),
            documents,
            running: Arc::default(),
        }
    }

    fn ledger(&self) -> &Ledger {
        &self.documents.ledger
    }

    fn lock(&self, environment: &Environment, id: &DeploymentId) -> Result<Lease, EngineError> {
        let place = self.documents.exclusive(environment)?;
        Lease::acquire(&self.locks, &place, &environment.settings.name, id)
    }

    /// The deployment, if this process executes it.
    fn running_one(&self, id: &DeploymentId) -> Option<Arc<Running>> {
        self.listed().get(id).cloned()
    }

    fn listed(&self) -> std::sync::MutexGuard<'_, HashMap<DeploymentId, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Validates and starts a deployment; it goes on by itself.
    ///
    /// # Errors
    /// Before anything is written: when the environment is busy, differs from what was reviewed, the plan is blocked, or
    /// approvals are missing.
    pub(crate) async fn deploy(
        &self,
        actor: &Person,
        request: DeployRequest,
        job: &Job,
    ) -> Result<Deploying, EngineError> {
        let DeployRequest {
            release,
            environment,
            plan,
            content,
            quick,
        } = request;
        let state = self.ledger().state()?;
        let release = self.ledger().release(&state, &release)?;
        let environment = match environment {
            Some(name) => self.ledger().environment(&state, &name)?,
            None => self.ledger().environment(&state, release.target.as_str())?,
        };
        let start = match quick {
            Some(reason) => StartReason::Quick { reason },
            None => StartReason::Approved,
        };
        let seen = Seen { plan, content };
        self.start_seen(actor, release, environment, start, seen, job)
            .await
    }

    pub(crate) async fn start(
        &self,
        actor: &Person,
        release: Release,
        environment: Environment,
        start: StartReason,
        expected: Option<PlanDigest>,
        job: &Job,
    ) -> Result<Deploying, EngineError> {
        let seen = Seen {
            plan: expected,
            content: None,
        };
        self.start_seen(actor, release, environment, start, seen, job)
            .await
    }

    async fn start_seen(
        &self,
        actor: &Person,
        release: Release,
        environment: Environment,
        start: StartReason,
        seen: Seen,
        job: &Job,
    ) -> Result<Deploying, EngineError> {
        let id = DeploymentId(self.ledger().new_id("d-"));
        let lease = self.lock(&environment, &id)?;
        let began = self.ledger().now();
        refuse_damaged(self.ledger(), None).await?;
        let prepared = plan(&self.documents, &release, &environment, Look::Again, job).await?;
        if job.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        check(&release, &environment, &prepared, seen)?;
        let Prepared {
            effect,
            plan,
            capture,
            content,
            kept_fields: _,
        } = prepared;
        let sealed = match (release.state, &start) {
            (ReleaseState::Draft, StartReason::Quick { .. }) => {
                Some(chosen(&self.documents, &release)?)
            }
            _ => None,
        };
        let mut commands = Vec::with_capacity(2);
        if let Some(chosen) = &sealed {
            if effect_digest(chosen) != content {
                let tag = release.tag.clone();
                return Err(DeployError::OtherContent { tag }.into());
            }
            commands.push(sealing(&release, chosen));
        }
        let command = Command::StartDeployment {
            id: release.id.clone(),
            deployment: id.clone(),
            environment: environment.id.clone(),
            content,
            effect: effect.digest,
            plan: plan.digest,
            start,
            before: capture.snapshot,
            operations: plan.operations.len() as u64,
        };
        commands.push(command);
        let (journal, fence) = (id.clone(), lease.fence().clone());
        // All or nothing: a draft that can't be deployed stays a draft.
        self.ledger().decide_all(actor, commands, move |writer| {
            writer.check_fence(&fence)?;
            if let Some(chosen) = sealed {
                writer.put_change_set(&chosen)?;
            }
            writer.put_change_set(&effect.changes)?;
            writer.put_plan(&journal, &plan)
        })?;
        Ok(self.spawn(
            actor,
            id,
            environment,
            lease,
            vec![
                (Phase::Validate, began),
                (Phase::Order, self.ledger().now()),
            ],
        ))
    }

    /// Takes up a deployment that was interrupted or failed. What was begun and not ended is read back first.
    ///
    /// # Errors
    /// When it is executing, complete, cancelled or rolled back, and when the gate is closed: approvals are gone, or what it
    /// was planned with is another by now.
    pub(crate) async fn resume(
        &self,
        actor: &Person,
        id: &DeploymentId,
    ) -> Result<Deploying, EngineError> {
        let state = self.ledger().state()?;
        let deployment = self.ledger().deployment(&state, id)?;
        let environment = self
            .ledger()
            .environment(&state, deployment.environment.as_str())?;
        if let Some(name) = self.locks.executing(id)? {
            return Err(DeployError::Executing {
                deployment: id.clone(),
                by: name,
            }
            .into());
        }
        let lease = self.lock(&environment, id)?;
        self.clear_cancel_wish(id)?;
        refuse_damaged(self.ledger(), Some(id)).await?;
        let (planned, _) = journal(self.ledger(), id)?;
        let (command, fence) = (
            Command::ResumeDeployment {
                deployment: id.clone(),
                plan: plan_digest(&planned.operations),
            },
            lease.fence().clone(),
        );
        self.ledger()
            .decide_with(actor, command, move |writer| writer.check_fence(&fence))?;
        Ok(self.spawn(actor, id.clone(), environment, lease, Vec::new()))
    }

    /// Tries what failed again, and what was left after it. What was applied is not done twice.
    ///
    /// # Errors
    /// As [`Engine::resume`].
    pub(crate) async fn retry(
        &self,
        actor: &Person,
        id: &DeploymentId,
    ) -> Result<Deploying, EngineError> {
        self.resume(actor, id).await
    }

    /// Asks a deployment to stop. What is under way is finished; the rest is left out. One that nobody executes ends at
    /// once.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) async fn cancel_deployment(
        &self,
        actor: &Person,
        id: &DeploymentId,
    ) -> Result<(), EngineError> {
        let state = self.ledger().state()?;
        let deployment = self.ledger().deployment(&state, id)?;
        if deployment.state != DeploymentState::Running {
            return Err(DeployError::Ended {
                deployment: id.clone(),
            }
            .into());
        }
        if let Some(running) = self.running_one(id) {
            running.job.cancel();
            self.ledger().tell(id);
            return Ok(());
        }
        if self.locks.executing(id)?.is_some() {
            let id = id.clone();
            self.ledger()
                .store()
                .write(move |writer| writer.set_cancel_wish(&id, true))?;
            return Ok(());
        }
        let environment = self
            .ledger()
            .environment(&state, deployment.environment.as_str())?;
        let lease = Arc::new(self.lock(&environment, id)?);
        // What was begun and never ended is settled by reading, so that the trail says what is so.
        give_up(&self.documents, &environment, id, &lease).await?;
        let ending = Ending {
            outcome: Outcome::Cancelled,
            after: None,
            message: Some(format!(
                "It was interrupted, and then cancelled by {}.",
                actor.name
            )),
        };
        self.end(actor, id, ending, None, lease.fence(), |_| Ok(()))?;
        Ok(())
    }

    fn spawn(
        &self,
        actor: &Person,
        id: DeploymentId,
        environment: Environment,
        lease: Lease,
        phases: Vec<(Phase, Millis)>,
    ) -> Deploying {
        let verification = Job::part_of(id.clone(), self.ledger().event_sender());
        let running = Arc::new(Running::new(verification, phases));
        self.listed().insert(id.clone(), running.clone());
        let (deployments, actor, deployment) = (self.clone(), actor.clone(), id.clone());
        let listed = Listed {
            deployments: self.clone(),
            deployment: id.clone(),
        };
        let lease = Arc::new(lease);
        let task = tokio::spawn(async move {
            let ended = deployments
                .run(&actor, &deployment, &environment, &running, &lease)
                .await;
            drop(listed);
            drop(lease);
            deployments.ledger().tell(&deployment);
            ended
        });
        Deploying {
            deployment: id,
            task,
        }
    }

    async fn run(
        &self,
        actor: &Person,
        id: &DeploymentId,
        environment: &Environment,
        running: &Running,
        lease: &Arc<Lease>,
    ) -> Result<Deployment, EngineError> {
        running.enter(Phase::Execute, self.ledger().now());
        self.ledger().tell(id);
        let ending = match execute(&self.documents, id, environment, &running.job, lease).await {
            Ok(Execution::Complete) => {
                running.enter(Phase::Verify, self.ledger().now());
                self.ledger().tell(id);
                verify(&self.documents, id, environment, &running.verification).await
            }
            Ok(Execution::Cancelled) => Ok(Ending {
                outcome: Outcome::Cancelled,
                after: None,
                message: None,
            }),
            Ok(Execution::Failed(message)) => Ok(Ending {
                outcome: Outcome::Failed,
                after: None,
                message: Some(message),
            }),
            Err(error) => Err(error),
        };
        let counts = self.counts(id)?;
        let ending = match ending {
            // Its journal could not say what became of an operation: it is interrupted, and whoever takes it up reads that.
            Err(error) if counts.unknown > 0 => return Err(error),
            ending => ending.unwrap_or_else(|error| Ending {
                outcome: Outcome::Failed,
                after: None,
                message: Some(error.to_string()),
            }),
        };
        let state = self.ledger().state()?;
        let release = &self.ledger().deployment(&state, id)?.release;
        let release = state.releases.get(release);
        let reverts = release.and_then(|release| release.reverts.clone());
        let reverted = match (reverts, ending.outcome, &ending.after) {
            (Some(of), Outcome::Deployed, Some(after)) => {
                Some(reverted(&self.documents, environment, of, after)?)
            }
            _ => None,
        };
        let (of, phases) = (id.clone(), running.phases());
        let note = move |writer: &mut Writer| {
            let phases = serde_json::to_value(phases).expect("BUG: phases are plain data");
            writer.set_phases(&of, &phases)
        };
        let state = self.end(actor, id, ending, reverted, lease.fence(), note)?;
        self.ledger().deployment(&state, id)
    }

    /// Ends a deployment. All or nothing: a crash must neither leave a rollback that ended and a trail that does not say so,
    /// nor operations that were left out of a deployment that can still be resumed.
    fn end(
        &self,
        actor: &Person,
        id: &DeploymentId,
        ending: Ending,
        reverted: Option<Reverted>,
        fence: &Fence,
        note: impl FnOnce(&mut Writer) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Arc<State>, EngineError> {
        let (deployment, fence) = (id.clone(), fence.clone());
        let is_restored = reverted.as_ref().is_some_and(|found| found.is_complete);
        let make = move |writer: &mut Writer| {
            writer.check_fence(&fence)?;
            if ending.outcome == Outcome::Cancelled {
                let rest = rest(writer, &deployment)?;
                writer.set_states(&deployment, &rest)?;
            }
            Ok(vec![Command::EndDeployment {
                operations: writer.operation_counts(&deployment)?,
                journal: writer.journal_seal(&deployment, None)?,
                deployment,
                outcome: ending.outcome,
                after: ending.after,
                message: ending.message,
                is_restored,
            }])
        };
        self.ledger().decide_made(actor, make, move |writer| {
            if let Some(reverted) = &reverted {
                writer.set_states(&reverted.deployment, &reverted.operations)?;
            }
            note(writer)
        })
    }

    fn counts(&self, id: &DeploymentId) -> Result<OperationCounts, EngineError> {
        Ok(self
            .ledger()
            .store()
            .read(|reader| reader.operation_counts(id))?)
    }

    fn clear_cancel_wish(&self, id: &DeploymentId) -> Result<(), EngineError> {
        let store = self.ledger().store();
        if store.read(|reader| reader.is_cancel_wished(id))? {
            let id = id.clone();
            store.write(move |writer| writer.set_cancel_wish(&id, false))?;
        }
        Ok(())
    }
}

/// What a cancelled deployment leaves out, with the reason.
fn rest(
    reader: &Reader,
    id: &DeploymentId,
) -> Result<Vec<(OperationId, OperationState, Option<String>)>, StoreError> {
    let plan = reader.plan(id)?.ok_or_else(|| StoreError::Missing {
        what: format!("the plan of deployment {id}"),
    })?;
    let attempts = reader.attempts(id)?;
    let all = || plan.operations.iter().zip(&attempts);
    // What was only staged and never published is not in the environment.
    let is_void = all().any(|(operation, attempt)| {
        operation.verb == Verb::Publish && attempt.state != OperationState::Applied
    });
    let left_out = all().filter_map(|(operation, attempt)| {
        let message = match attempt.state {
            OperationState::Pending => "The deployment was cancelled before it.",
            OperationState::Applied if is_void && operation.staged => {
                "It was staged; the deployment was cancelled before it was published."
            }
            _ => return None,
        };
        let message = Some(message.to_owned());
        Some((operation.id, OperationState::Skipped, message))
    });
    Ok(left_out.collect())
}

/// A deployment in the list of those that this process executes; off the list when it is dropped, however its task ends.
struct Listed {
    deployments: Deployments,
    deployment: DeploymentId,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.deployments.listed().remove(&self.deployment);
    }
}

/// Everything that stops a deployment before its first write, drift first.
fn check(
    release: &Release,
    environment: &Environment,
    prepared: &Prepared,
    seen: Seen,
) -> Result<(), DeployError> {
    let environment = environment.settings.name.clone();
    let tag = release.tag.clone();
    let plan = &prepared.plan;
    if seen.content.is_some_and(|seen| seen != prepared.content) {
        return Err(DeployError::OtherContent { tag });
    }
    if let Some(first) = plan.drift.first() {
        return Err(DeployError::Drifted {
            first: first.resource.clone(),
            count: plan.drift.len(),
            environment,
            tag,
            way_on: after_drift(release),
        });
    }
    if let Some(first) = plan.blocked.first().cloned() {
        return Err(DeployError::Blocked {
            tag,
            environment,
            first,
        });
    }
    if seen.plan.is_some_and(|seen| seen != plan.digest) {
        return Err(DeployError::OtherPlan { environment });
    }
    Ok(())
}

fn after_drift(release: &Release) -> AfterDrift {
    let sealed = release.revision();
    if release.reverts.is_some() {
        AfterDrift::RollBack
    } else if sealed.is_some_and(|sealed| sealed.at < release.candidates.at) {
        // Refreshing alone seals nothing: saying it again would lead in a circle.
        AfterDrift::Open
    } else {
        AfterDrift::Refresh
    }
}
