//! The open workspace and its use cases. Nothing is worked out here: each method is the room's that it belongs to.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use slipway_domain::{
    Assessment, Candidates, Change, Command, Deployment, DeploymentId, EffectDigest, Environment,
    EnvironmentId, Gate, Millis, Person, Release, ReleaseId, ResourceKey, RollbackPlan, SnapshotId,
    State, Verified, Version,
};
use slipway_store::{Access, CaptureRow, PulledIn, Store};
use tokio::sync::broadcast;

use crate::audit;
use crate::capture;
use crate::clock::Clock;
use crate::compare::{self, Comparison, Held};
use crate::deploy::{DeployRequest, Deploying, Deployments, LiveDeployment};
use crate::documents::Documents;
use crate::error::EngineError;
use crate::executor::{Executor, Threads};
use crate::job::{EngineEvent, Job};
use crate::keys::Keys;
use crate::ledger::{Audit, Ledger, Replace};
use crate::locks::{Holder, Presence};
use crate::planning::{self, Effect, Prepared};
use crate::platform::{LeftAlone, OnUnreadable, Platform};
use crate::releases::{self, Choice, Choices, Deletions, DraftRequest, Look};
use crate::rollback::{self, RollbackRequest, RollingBack};

/// What the engine reaches the world through.
#[derive(Clone)]
pub struct Ports {
    /// The adapters that are known.
    pub platforms: Vec<Arc<dyn Platform>>,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
    /// The keys with which what people decide is signed.
    pub keys: Arc<dyn Keys>,
}

/// What makes the process that an engine runs in.
#[derive(Clone)]
pub struct Process {
    /// Where work is done that blocks.
    pub executor: Arc<dyn Executor>,
    /// By what other processes see that it is there.
    pub presence: Arc<dyn Presence>,
    /// The signatures of records that it has verified.
    pub verified: Arc<Verified>,
}

/// An open workspace and its use cases. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    ledger: Ledger,
    documents: Documents,
    deployments: Deployments,
}

impl Engine {
    /// Makes a new workspace.
    ///
    /// # Errors
    /// When the file is there already or can't be made.
    pub fn create(path: &Path, ports: Ports) -> Result<Self, EngineError> {
        Self::here(Store::create(path)?, ports)
    }

    /// Opens a workspace.
    ///
    /// # Errors
    /// When the file is not there, is no workspace, is damaged, or was written by a newer program.
    pub fn open(path: &Path, ports: Ports) -> Result<Self, EngineError> {
        Self::open_for(path, Access::Write, ports)
    }

    /// Opens a workspace; for reading only, it is not written and no environment is reached until
    /// [`Engine::allow_writes`].
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_for(path: &Path, access: Access, ports: Ports) -> Result<Self, EngineError> {
        Self::here(Store::open_for(path, access)?, ports)
    }

    fn here(store: Store, ports: Ports) -> Result<Self, EngineError> {
        let holder = Holder::new(store.path(), ports.clock.unique());
        let process = Process {
            executor: Arc::new(Threads),
            presence: Arc::new(holder),
            verified: Arc::default(),
        };
        Self::over(store, ports, process)
    }

    /// Takes over an open store, as a process that is not this one as a whole: a simulation has several.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn over(store: Store, ports: Ports, process: Process) -> Result<Self, EngineError> {
        let Process {
            executor,
            presence,
            verified,
        } = process;
        let Ports {
            platforms,
            clock,
            keys,
        } = ports;
        let ledger = Ledger::over(store, clock, keys, executor, verified)?;
        let documents = Documents::new(ledger.clone(), platforms);
        Ok(Self {
            ledger,
            deployments: Deployments::new(documents.clone(), presence),
            documents,
        })
    }

    /// Lets a workspace that was opened for reading be written, and its environments be reached.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn allow_writes(&self) -> Result<(), EngineError> {
        self.ledger.allow_writes()
    }

    /// The workspace's file.
    pub fn path(&self) -> &Path {
        self.ledger.path()
    }

    /// The store, for reading what the use cases left there.
    pub fn store(&self) -> &Store {
        self.ledger.store()
    }

    /// How many sets of changes were read from the store since it was opened: what a view of releases costs.
    pub fn change_sets_read(&self) -> u64 {
        self.ledger.change_sets_read()
    }

    /// The time now.
    pub fn now(&self) -> Millis {
        self.ledger.now()
    }

    /// Listens to what happens from now on.
    pub fn events(&self) -> broadcast::Receiver<EngineEvent> {
        self.ledger.events()
    }

    /// Where jobs and others send what happens.
    pub fn event_sender(&self) -> broadcast::Sender<EngineEvent> {
        self.ledger.event_sender()
    }

    /// What is so now, other processes' decisions included.
    ///
    /// # Errors
    /// When the store fails.
    pub fn state(&self) -> Result<Arc<State>, EngineError> {
        self.ledger.state()
    }

    /// The environment of an identity or a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn environment(&self, state: &State, name: &str) -> Result<Environment, EngineError> {
        self.ledger.environment(state, name)
    }

    /// The release of an identity or a tag.
    ///
    /// # Errors
    /// When there is none.
    pub fn release(&self, state: &State, tag: &str) -> Result<Release, EngineError> {
        self.ledger.release(state, tag)
    }

    /// What an environment's connection leads to, as it is written there; `None` when this program can't read it.
    pub fn address(&self, environment: &Environment) -> Option<String> {
        self.documents.address(environment)
    }

    /// The address that requests to an environment go to, where that is not its vendor's own.
    pub fn other_address(&self, environment: &Environment) -> Option<String> {
        self.documents.other_address(environment)
    }

    /// What an environment may hold beside, and is neither captured nor changed.
    pub fn leaves_alone(&self, environment: &Environment) -> Vec<LeftAlone> {
        self.documents.leaves_alone(environment)
    }

    /// Decides a command: appends what follows from it, projects it, and tells listeners after the commit. Returns the
    /// state after it.
    ///
    /// # Errors
    /// The domain's refusal, or a failing store; then nothing was written.
    pub fn decide(&self, actor: &Person, command: Command) -> Result<Arc<State>, EngineError> {
        self.ledger.decide(actor, command)
    }

    /// Audits the workspace: records, chains and signatures, what is named by its content, plans, journals and the captures of
    /// deployments. With `replace`, folds all records and puts what they amount to in the place of what is shown.
    ///
    /// # Errors
    /// When the file can't be read. What is damaged is no error: it is what an audit finds.
    pub fn audit(&self, replace: Replace) -> Result<Audit, EngineError> {
        audit::audit(&self.ledger, replace)
    }

    /// A new identity: the prefix and 128 bits in 26 characters.
    pub fn new_id(&self, prefix: &str) -> String {
        self.ledger.new_id(prefix)
    }

    /// The bytes of a version.
    ///
    /// # Errors
    /// When the store does not hold them undamaged.
    pub fn document(&self, version: &Version) -> Result<Vec<u8>, EngineError> {
        self.documents.document(version)
    }

    /// The path of each resource in an environment, as people and patches write it; nothing where a resource has none.
    ///
    /// # Errors
    /// When the environment's connection is not complete.
    pub fn paths_of(
        &self,
        environment: &Environment,
        keys: &[ResourceKey],
    ) -> Result<Vec<Option<String>>, EngineError> {
        self.documents.paths_of(environment, keys)
    }

    /// For each resource of a capture that others refer to, these others. Reads every document the first time.
    ///
    /// # Errors
    /// When the store does not hold them.
    pub fn referrers_in(
        &self,
        environment: &Environment,
        snapshot: &SnapshotId,
    ) -> Result<Arc<HashMap<ResourceKey, Vec<ResourceKey>>>, EngineError> {
        self.documents.referrers_in(environment, snapshot)
    }

    /// Captures an environment.
    ///
    /// # Errors
    /// When it can't be read as a whole, a resource can't be read and the capture was to stop there, or it was cancelled.
    pub async fn capture(
        &self,
        environment: &Environment,
        on_unreadable: OnUnreadable,
        job: &Job,
    ) -> Result<CaptureRow, EngineError> {
        capture::capture(&self.documents, environment, on_unreadable, job).await
    }

    /// The latest capture of an environment; makes one when there is none.
    ///
    /// # Errors
    /// As [`Engine::capture`].
    pub async fn latest_capture(
        &self,
        environment: &Environment,
        job: &Job,
    ) -> Result<CaptureRow, EngineError> {
        capture::latest_capture(&self.documents, environment, job).await
    }

    /// Compares two captures, and applies the rules of the target. What the source never captures is unknown there, and so
    /// no change.
    ///
    /// # Errors
    /// When the store fails or a rule's pattern can't be read.
    pub fn compare(
        &self,
        source: Held<'_>,
        target: &SnapshotId,
        target_environment: &Environment,
    ) -> Result<Comparison, EngineError> {
        compare::compare(&self.documents, source, target, target_environment)
    }

    /// Compares two environments by name.
    ///
    /// # Errors
    /// When either is unknown or can't be captured.
    pub async fn compare_environments(
        &self,
        source: &str,
        target: &str,
        look: Look,
        job: &Job,
    ) -> Result<(Candidates, Comparison), EngineError> {
        releases::compare_environments(&self.documents, source, target, look, job).await
    }

    /// Makes a draft from what two environments differ in.
    ///
    /// # Errors
    /// When the tag is taken, the environments hold the same, or either can't be captured.
    pub async fn draft(
        &self,
        actor: &Person,
        request: DraftRequest,
        job: &Job,
    ) -> Result<Release, EngineError> {
        releases::draft(&self.documents, actor, request, job).await
    }

    /// Includes or leaves out changes of a draft or of an open release. What an included change needs comes with it.
    ///
    /// # Errors
    /// When the release can't be edited, or a resource is none of its candidates.
    pub fn choose(
        &self,
        id: &ReleaseId,
        resources: &[ResourceKey],
        included: bool,
    ) -> Result<Choice, EngineError> {
        releases::choose(&self.documents, id, resources, included)
    }

    /// Everything that a release's changes are chosen from, in key order.
    ///
    /// # Errors
    /// When the store does not hold it.
    pub fn candidates(&self, release: &Release) -> Result<Vec<Change>, EngineError> {
        releases::candidates(&self.documents, release)
    }

    /// Everything that a release's changes are chosen from, and what is chosen of it now.
    ///
    /// # Errors
    /// When the store does not hold it.
    pub fn choices(&self, release: &Release) -> Result<Choices, EngineError> {
        releases::choices(&self.documents, release)
    }

    /// The changes that are chosen now, in key order: what opening the release would seal.
    ///
    /// # Errors
    /// When the store does not hold the candidates.
    pub fn chosen(&self, release: &Release) -> Result<Vec<Change>, EngineError> {
        releases::chosen(&self.documents, release)
    }

    /// What a release holds: sealed, or for a draft what is chosen now.
    ///
    /// # Errors
    /// When the store does not hold it.
    pub fn changes(&self, release: &Release) -> Result<Vec<Change>, EngineError> {
        releases::changes(&self.documents, release)
    }

    /// The set of changes of a digest.
    ///
    /// # Errors
    /// When the store does not hold it.
    pub fn change_set(&self, id: &EffectDigest) -> Result<Vec<Change>, EngineError> {
        releases::change_set(&self.documents, id)
    }

    /// Opens a draft: seals what is chosen as its first revision; for an open release, as the next one.
    ///
    /// # Errors
    /// When nothing is chosen, or the release is in another state.
    pub fn seal(&self, actor: &Person, release: &Release) -> Result<Release, EngineError> {
        releases::seal(&self.documents, actor, release)
    }

    /// Captures and compares a release's environments again. The choice is kept; what is new is in.
    ///
    /// # Errors
    /// When its changes are fixed, or an environment can't be captured.
    pub async fn refresh(
        &self,
        actor: &Person,
        release: &Release,
        deletions: Deletions,
        job: &Job,
    ) -> Result<Release, EngineError> {
        releases::refresh(&self.documents, actor, release, deletions, job).await
    }

    /// What was taken into a release because something chosen needs it, whether or not it is still in.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn pulled_in(&self, release: &ReleaseId) -> Result<Vec<PulledIn>, EngineError> {
        releases::pulled_in(&self.documents, release)
    }

    /// What a release does to an environment. On its own target that is what was sealed; on another one, the sealed
    /// content against what that one holds, under that one's rules.
    ///
    /// # Errors
    /// When the store does not hold the changes.
    pub fn effect(
        &self,
        release: &Release,
        environment: &Environment,
        capture: &CaptureRow,
    ) -> Result<Effect, EngineError> {
        planning::effect(&self.documents, release, environment, capture)
    }

    /// Works out the plan of a release for an environment as it was captured. Writes nothing remote.
    ///
    /// # Errors
    /// When the store does not hold what it needs.
    pub fn prepare(
        &self,
        release: &Release,
        environment: &Environment,
        capture: CaptureRow,
    ) -> Result<Prepared, EngineError> {
        planning::prepare(&self.documents, release, environment, capture)
    }

    /// Assesses a change of a release, for showing it before there is a plan. `capture` is of the target.
    ///
    /// # Errors
    /// When the store does not hold what it needs.
    pub fn assess_change(
        &self,
        environment: &Environment,
        change: &Change,
        untouched_referrers: &[ResourceKey],
    ) -> Result<Assessment, EngineError> {
        planning::assess_change(&self.documents, environment, change, untouched_referrers)
    }

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
        planning::plan(&self.documents, release, environment, look, job).await
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
        self.deployments.deploy(actor, request, job).await
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
        self.deployments.resume(actor, id).await
    }

    /// Tries what failed again, and what was left after it. What was applied is not done twice.
    ///
    /// # Errors
    /// As [`Engine::resume`].
    pub async fn retry(&self, actor: &Person, id: &DeploymentId) -> Result<Deploying, EngineError> {
        self.deployments.retry(actor, id).await
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
        self.deployments.cancel_deployment(actor, id).await
    }

    /// The deployment of an identity.
    ///
    /// # Errors
    /// When there is none.
    pub fn deployment(&self, state: &State, id: &DeploymentId) -> Result<Deployment, EngineError> {
        self.ledger.deployment(state, id)
    }

    /// Where a deployment is now, whichever process executes it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn live(&self, deployment: &Deployment) -> Result<LiveDeployment, EngineError> {
        self.deployments.live(deployment)
    }

    /// How long one operation took on average in the latest deployments to an environment, in milliseconds.
    ///
    /// # Errors
    /// When the store fails.
    pub fn measured_operation_ms(
        &self,
        environment: &EnvironmentId,
    ) -> Result<Option<u64>, EngineError> {
        self.deployments.measured_operation_ms(environment)
    }

    /// Works out what taking a deployment back would do. Captures the environment first; writes nothing remote.
    ///
    /// # Errors
    /// When there is nothing to take back, or the environment can't be captured.
    pub async fn rollback_plan(
        &self,
        request: &RollbackRequest,
        job: &Job,
    ) -> Result<RollbackPlan, EngineError> {
        rollback::preview(&self.deployments, request, job).await
    }

    /// As [`Engine::rollback_plan`], and the operations that would be sent for what is selected; none when there is nothing to
    /// do.
    ///
    /// # Errors
    /// As [`Engine::rollback_plan`], and a conflict when the plan is another one than was looked at.
    pub async fn rollback_dry_run(
        &self,
        actor: Option<&Person>,
        request: &RollbackRequest,
        job: &Job,
    ) -> Result<(RollbackPlan, Option<(Prepared, Gate)>), EngineError> {
        rollback::dry_run(&self.deployments, actor, request, job).await
    }

    /// Takes a deployment back: makes the revert release and deploys it, or leaves it open where the gate misses something.
    ///
    /// # Errors
    /// Before anything is written: when there is nothing to take back, everything is refused, or the plan is another one than
    /// was looked at.
    pub async fn rollback(
        &self,
        actor: &Person,
        request: &RollbackRequest,
        job: &Job,
    ) -> Result<RollingBack, EngineError> {
        rollback::roll_back(&self.deployments, actor, request, job).await
    }
}
