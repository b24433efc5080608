//! Deployments: validate, order, execute, verify.
//!
//! Invariant: a remote write happens only in [`execute`], under the environment's lock, with its `begin` on disk.
//! Invariant: whatever happens to the process, the journal and the environment together say what is so.

mod execute;
mod lease;
mod running;
mod verify;

use std::sync::Arc;

use slipway_domain::{
    Command, Deployment, DeploymentId, DeploymentState, EffectDigest, Environment, OperationCounts,
    OperationState, Outcome, Person, PlanDigest, Refusal, RefusalKind, Release, ReleaseState,
    StartReason, Verb, effect_digest,
};
use slipway_store::Reader;
use tokio::task::JoinHandle;

use crate::error::EngineError;
use crate::job::{EngineEvent, Job};
use crate::planning::Prepared;
use crate::platform::OnUnreadable;
use crate::releases::{Look, sealing};
use crate::rollback::TakenBack;
use crate::workspace::{Engine, Inner};

pub(crate) use execute::journal;
use lease::Lease;
pub(crate) use running::Running;
pub use running::{LiveDeployment, Phase};

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

impl Engine {
    /// Works out what deploying a release would do.
    ///
    /// # Errors
    /// When the environment can't be captured.
    pub async fn plan(
        &self,
        release: &Release,
        environment: &Environment,
        look: Look,
        job: &Job,
    ) -> Result<Prepared, EngineError> {
        let capture = match look {
            Look::Again => self.capture(environment, OnUnreadable::GoOn, job).await?,
            Look::Latest => self.latest_capture(environment, job).await?,
        };
        let (engine, release, environment) = (self.clone(), release.clone(), environment.clone());
        tokio::task::spawn_blocking(move || engine.prepare(&release, &environment, capture))
            .await
            .expect("BUG: planning panicked")
    }

    /// Validates and starts a deployment; it goes on by itself.
    ///
    /// # Errors
    /// Before anything is written: when the environment is busy, differs from what was reviewed, the plan is blocked, or
    /// approvals are missing.
    pub async fn deploy(
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
        let state = self.state()?;
        let release = self.release(&state, &release)?;
        let environment = match environment {
            Some(name) => self.environment(&state, &name)?,
            None => self.environment(&state, release.target.as_str())?,
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
        let id = DeploymentId(self.new_id("d-"));
        let lease = Lease::acquire(self, &environment, &id).await?;
        let began = self.now();
        let prepared = self.plan(&release, &environment, Look::Again, job).await?;
        if job.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        check(&release, &environment, &prepared, seen)?;
        let Prepared {
            effect,
            plan,
            capture,
            content,
        } = prepared;
        let sealed = match (release.state, &start) {
            (ReleaseState::Draft, StartReason::Quick { .. }) => Some(self.chosen(&release)?),
            _ => None,
        };
        let mut commands = Vec::with_capacity(2);
        if let Some(chosen) = &sealed {
            if effect_digest(chosen) != content {
                return Err(other_content(&release));
            }
            commands.push(sealing(&release, chosen));
        }
        let command = Command::StartDeployment {
            id: release.id.clone(),
            deployment: id.clone(),
            environment: environment.id.clone(),
            effect: effect.digest,
            plan: plan.digest,
            start,
            before: capture.snapshot,
            operations: plan.operations.len() as u64,
        };
        commands.push(command);
        let journal = id.clone();
        // All or nothing: a draft that can't be deployed stays a draft.
        self.decide_all(actor, commands, move |writer| {
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
            vec![(Phase::Validate, began), (Phase::Order, self.now())],
        ))
    }

    /// Takes up a deployment that was interrupted or failed. What was begun and not ended is read back first.
    ///
    /// # Errors
    /// When it is executing, complete, cancelled or rolled back.
    pub async fn resume(
        &self,
        actor: &Person,
        id: &DeploymentId,
    ) -> Result<Deploying, EngineError> {
        let state = self.state()?;
        let deployment = self.deployment(&state, id)?;
        let environment = self.environment(&state, deployment.environment.as_str())?;
        if let Some(name) = self.executing_holder(&deployment)? {
            return Err(refused(
                format!("Deployment {id} is being executed (by {name})"),
                "Wait for it, or cancel it.",
            ));
        }
        let lease = Lease::acquire(self, &environment, id).await?;
        self.clear_cancel_wish(id)?;
        self.decide(
            actor,
            Command::ResumeDeployment {
                deployment: id.clone(),
            },
        )?;
        Ok(self.spawn(actor, id.clone(), environment, lease, Vec::new()))
    }

    /// Tries what failed again, and what was left after it. What was applied is not done twice.
    ///
    /// # Errors
    /// As [`Engine::resume`].
    pub async fn retry(&self, actor: &Person, id: &DeploymentId) -> Result<Deploying, EngineError> {
        self.resume(actor, id).await
    }

    /// Asks a deployment to stop. What is under way is finished; the rest is left out. One that nobody executes ends at
    /// once.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn cancel_deployment(
        &self,
        actor: &Person,
        id: &DeploymentId,
    ) -> Result<(), EngineError> {
        let state = self.state()?;
        let deployment = self.deployment(&state, id)?;
        if deployment.state != DeploymentState::Running {
            return Err(refused(
                format!("Deployment {id} has ended"),
                "To take it back, roll it back.",
            ));
        }
        if let Some(running) = self.inner.running(id) {
            running.job.cancel();
            self.tell(id);
            return Ok(());
        }
        if self.executing_holder(&deployment)?.is_some() {
            let key = cancel_key(id);
            self.inner
                .store
                .write(move |writer| writer.set_setting(&key, &serde_json::Value::Bool(true)))?;
            return Ok(());
        }
        let environment = self.environment(&state, deployment.environment.as_str())?;
        let lease = Lease::acquire(self, &environment, id).await?;
        // What was begun and never ended is settled by reading, so that the trail says what is so.
        execute::give_up(self, &environment, id).await?;
        let counts = self.skip_the_rest(id)?;
        self.decide(
            actor,
            Command::EndDeployment {
                deployment: id.clone(),
                outcome: Outcome::Cancelled,
                operations: counts,
                after: None,
                message: Some(format!(
                    "It was interrupted, and then cancelled by {}.",
                    actor.name
                )),
            },
        )?;
        drop(lease);
        Ok(())
    }

    fn spawn(
        &self,
        actor: &Person,
        id: DeploymentId,
        environment: Environment,
        lease: Lease,
        phases: Vec<(Phase, slipway_domain::Millis)>,
    ) -> Deploying {
        let verification = Job::part_of(id.clone(), self.event_sender());
        let running = Arc::new(Running::new(verification, phases));
        let mut known = self
            .inner
            .running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        known.insert(id.clone(), running.clone());
        drop(known);
        let (engine, actor, deployment) = (self.clone(), actor.clone(), id.clone());
        let listed = Listed {
            inner: self.inner.clone(),
            deployment: id.clone(),
        };
        let task = tokio::spawn(async move {
            let ended = engine
                .run(&actor, &deployment, &environment, &running)
                .await;
            drop(listed);
            drop(lease);
            engine.tell(&deployment);
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
    ) -> Result<Deployment, EngineError> {
        running.enter(Phase::Execute, self.now());
        self.tell(id);
        let ending = match execute::execute(self, id, environment, running).await {
            Ok(execute::Execution::Complete) => {
                running.enter(Phase::Verify, self.now());
                self.tell(id);
                verify::verify(self, id, environment, running).await
            }
            Ok(execute::Execution::Cancelled) => {
                self.skip_the_rest(id)?;
                Ok(verify::Ending {
                    outcome: Outcome::Cancelled,
                    after: None,
                    message: None,
                })
            }
            Ok(execute::Execution::Failed(message)) => Ok(verify::Ending {
                outcome: Outcome::Failed,
                after: None,
                message: Some(message),
            }),
            Err(error) => Err(error),
        };
        let ending = ending.unwrap_or_else(|error| verify::Ending {
            outcome: Outcome::Failed,
            after: None,
            message: Some(error.to_string()),
        });
        let counts = self.counts(id)?;
        let end = Command::EndDeployment {
            deployment: id.clone(),
            outcome: ending.outcome,
            operations: counts,
            after: ending.after,
            message: ending.message,
        };
        let mut commands = vec![end];
        let mut taken_back = None;
        if let (Outcome::Deployed, Some(after)) = (ending.outcome, &ending.after) {
            let deployment = self.deployment(&*self.state()?, id)?;
            if let Some(TakenBack {
                command,
                deployment,
                reverted,
            }) = self.taken_back(&deployment, after)?
            {
                commands.push(command);
                taken_back = Some((deployment, reverted));
            }
        }
        let (key, phases) = (running::phases_key(id), running.phases());
        // All or nothing: a crash must not leave a rollback that ended and a trail that does not say so.
        let state = self.decide_all(actor, commands, move |writer| {
            if let Some((deployment, reverted)) = &taken_back {
                writer.set_states(deployment, reverted)?;
            }
            let phases = serde_json::to_value(phases).expect("BUG: phases are plain data");
            writer.set_setting(&key, &phases)
        })?;
        self.deployment(&state, id)
    }

    /// The deployment of an identity.
    ///
    /// # Errors
    /// When there is none.
    pub fn deployment(
        &self,
        state: &slipway_domain::State,
        id: &DeploymentId,
    ) -> Result<Deployment, EngineError> {
        state.deployments.get(id).cloned().ok_or_else(|| {
            EngineError::unknown(
                format!("There is no deployment `{id}`"),
                "Look at the list of deployments.",
            )
        })
    }

    fn counts(&self, id: &DeploymentId) -> Result<OperationCounts, EngineError> {
        Ok(self
            .inner
            .store
            .read(|reader: &Reader| reader.operation_counts(id))?)
    }

    fn skip_the_rest(&self, id: &DeploymentId) -> Result<OperationCounts, EngineError> {
        let (plan, attempts) = execute::journal(self, id)?;
        // What was only staged and never published is not in the environment.
        let is_void = plan
            .operations
            .iter()
            .zip(&attempts)
            .any(|(operation, attempt)| {
                operation.verb == Verb::Publish && attempt.state != OperationState::Applied
            });
        let skipped: Vec<_> = plan
            .operations
            .iter()
            .zip(&attempts)
            .filter_map(|(operation, attempt)| {
                let message = match attempt.state {
                    OperationState::Pending => "The deployment was cancelled before it.",
                    OperationState::Applied if is_void => {
                        "It was staged; the deployment was cancelled before it was published."
                    }
                    _ => return None,
                };
                Some((
                    operation.id,
                    OperationState::Skipped,
                    Some(message.to_owned()),
                ))
            })
            .collect();
        let deployment = id.clone();
        self.inner
            .store
            .write_durable(move |writer| writer.set_states(&deployment, &skipped))?;
        self.counts(id)
    }

    /// Tells listeners that something about a deployment is new.
    pub(crate) fn tell(&self, id: &DeploymentId) {
        self.inner
            .events
            .send(EngineEvent::Deployment {
                deployment: id.clone(),
            })
            .ok();
    }

    fn clear_cancel_wish(&self, id: &DeploymentId) -> Result<(), EngineError> {
        let key = cancel_key(id);
        let wished = self
            .inner
            .store
            .read(|reader| reader.setting(&key))?
            .is_some_and(|wish| !wish.is_null());
        if wished {
            self.inner
                .store
                .write(move |writer| writer.set_setting(&key, &serde_json::Value::Null))?;
        }
        Ok(())
    }
}

/// A deployment in the list of those that this process executes; off the list when it is dropped, however its task ends.
struct Listed {
    inner: Arc<Inner>,
    deployment: DeploymentId,
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut known = self
            .inner
            .running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        known.remove(&self.deployment);
    }
}

/// Where another process leaves its wish that a deployment stop.
pub(crate) fn cancel_key(id: &DeploymentId) -> String {
    format!("cancel:{id}")
}

pub(crate) fn refused(message: impl Into<String>, hint: impl Into<String>) -> EngineError {
    Refusal {
        kind: RefusalKind::State,
        message: message.into(),
        hint: hint.into(),
    }
    .into()
}

/// Everything that stops a deployment before its first write, drift first.
fn check(
    release: &Release,
    environment: &Environment,
    prepared: &Prepared,
    seen: Seen,
) -> Result<(), EngineError> {
    let name = &environment.settings.name;
    let plan = &prepared.plan;
    if seen.content.is_some_and(|seen| seen != prepared.content) {
        return Err(other_content(release));
    }
    if let Some(first) = plan.drift.first() {
        let others = match plan.drift.len() - 1 {
            0 => String::new(),
            1 => " and 1 other".to_owned(),
            n => format!(" and {n} others"),
        };
        return Err(EngineError::conflict(
            format!(
                "{}{others} changed in {name} since {} was compared; nothing was written",
                first.resource, release.tag
            ),
            // Refreshing alone seals nothing: saying it again would lead in a circle.
            if release
                .revision()
                .is_some_and(|sealed| sealed.at < release.candidates.at)
            {
                format!(
                    "It was refreshed and not opened again: `slipway release open {}` makes the next revision.",
                    release.tag
                )
            } else {
                "Refresh the release, look at what is different now, open it again and have it reviewed."
                    .to_owned()
            },
        ));
    }
    if let Some(first) = plan.blocked.first() {
        return Err(refused(
            format!(
                "{} can't be deployed to {name}: {}",
                release.tag, first.message
            ),
            first.hint.clone(),
        ));
    }
    if seen.plan.is_some_and(|seen| seen != plan.digest) {
        return Err(EngineError::conflict(
            format!("The plan for {name} is another one by now; nothing was written"),
            "Look at the new plan, then deploy it.",
        ));
    }
    Ok(())
}

fn other_content(release: &Release) -> EngineError {
    EngineError::conflict(
        format!(
            "{} holds other changes than the plan that was looked at; nothing was written",
            release.tag
        ),
        "Look at the new plan, then deploy it.",
    )
}
