//! The session: a host, at most one open workspace, who acts, and what is under way.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use slipway_domain::{DeploymentId, EnvironmentId, Person};
use slipway_engine::{Engine, Job, Ports};
use tokio::sync::broadcast;

use crate::host::Host;
use crate::jobs::{Jobs, Registered};
use crate::remembered::Remembered;
use crate::trust::Trusted;
use crate::wire::{ApiError, Event, Topic, WorkspaceInfo};
use crate::workspace::Workspace;

/// How many events may wait for a slow listener; it then learns that it missed some.
const EVENT_QUEUE_LIMIT: usize = 1_024;

/// Everything that the outside may call, for one host. Commands come in through [`Api::call`].
pub struct Api {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) remembered: Remembered,
    pub(crate) trusted: Trusted,
    acting: Option<Person>,
    open: RwLock<Option<Arc<Workspace>>>,
    /// Opening, closing and resetting happen one after another.
    pub(crate) opening: tokio::sync::Mutex<()>,
    jobs: Jobs,
    events: broadcast::Sender<Event>,
}

/// What views cost, counted where it happens; times say less, and differ from machine to machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkDone {
    /// How many pairs of documents were compared for diffs that are kept.
    pub diffs_compared: u64,
    /// How many sets of changes were read from the store.
    pub change_sets_read: u64,
}

impl Api {
    /// Starts a session in which no workspace is open.
    pub fn new(host: Arc<dyn Host>) -> Self {
        let remembered = Remembered::new(&host.data_folder());
        let trusted = Trusted::new(host.data_folder());
        trusted.take_over(&remembered);
        Self {
            host,
            remembered,
            trusted,
            acting: None,
            open: RwLock::default(),
            opening: tokio::sync::Mutex::default(),
            jobs: Jobs::default(),
            events: broadcast::channel(EVENT_QUEUE_LIMIT).0,
        }
    }

    /// Makes a person the one who acts in this session, whoever is remembered.
    #[must_use]
    pub fn with_person(self, person: Person) -> Self {
        Self {
            acting: Some(person),
            ..self
        }
    }

    /// Listens to what happens from now on. A listener that is too slow misses events and should ask for everything anew.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The workspace that was opened last and is still there.
    pub fn last_workspace(&self) -> Option<PathBuf> {
        self.recent()
            .first()
            .map(|workspace| PathBuf::from(&workspace.path))
    }

    /// Waits for the end of a deployment that this session started or took up; returns at once for any other.
    ///
    /// # Errors
    /// When the end could not be written down; the outcome itself is the deployment's.
    pub async fn wait(&self, deployment: &DeploymentId) -> Result<(), ApiError> {
        let Some(task) = self.workspace()?.take_task(deployment) else {
            return Ok(());
        };
        match task.await {
            Ok(ended) => Ok(ended.map(drop)?),
            Err(error) => Err(ApiError::failed(
                format!("Deployment {deployment} was cut off: {error}"),
                "Resume it: the environment is read first.",
            )),
        }
    }

    /// Whether a deployment that this session started or took up is still under way.
    pub fn is_deploying(&self) -> bool {
        self.workspace()
            .is_ok_and(|workspace| workspace.is_deploying())
    }

    pub(crate) fn recent(&self) -> Vec<WorkspaceInfo> {
        let known = self.remembered.contents().recent;
        known
            .into_iter()
            .filter(|workspace| Path::new(&workspace.path).is_file())
            .collect()
    }

    /// What a workspace is opened with.
    pub(crate) fn ports(&self) -> Ports {
        Ports {
            platforms: self.host.platforms(),
            clock: self.host.clock(),
            keys: self.host.keys(),
        }
    }

    /// Who acts, if that is known.
    pub(crate) fn known_person(&self) -> Option<Person> {
        self.acting
            .clone()
            .or_else(|| self.remembered.contents().person)
    }

    /// Who acts, for a command that decides.
    pub(crate) fn person(&self) -> Result<Person, ApiError> {
        self.known_person().ok_or_else(ApiError::no_person)
    }

    /// What the open workspace worked out so far.
    ///
    /// # Errors
    /// When none is open.
    pub fn work_done(&self) -> Result<WorkDone, ApiError> {
        let workspace = self.workspace()?;
        Ok(WorkDone {
            diffs_compared: workspace.diffs.compared(),
            change_sets_read: workspace.engine.change_sets_read(),
        })
    }

    /// The open workspace.
    pub(crate) fn workspace(&self) -> Result<Arc<Workspace>, ApiError> {
        self.open
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(ApiError::no_workspace)
    }

    /// Makes a workspace the open one.
    pub(crate) fn install(&self, engine: Engine, info: WorkspaceInfo) -> WorkspaceInfo {
        let (trusted, events) = (self.trusted.clone(), self.events.clone());
        let workspace = Arc::new(Workspace::new(engine, info.clone(), trusted, events));
        drop(self.replace(Some(workspace)));
        // One look into a file from elsewhere does not make it the one that is opened by default.
        if !info.is_read_only
            && let Err(error) = self.remembered.opened(&info)
        {
            // A folder that can't be written to is no reason not to work.
            tracing::warn!(%error, "the workspace is not remembered");
        }
        info
    }

    /// Closes the open workspace. What is being deployed goes on to its end.
    pub fn close(&self) {
        drop(self.replace(None));
    }

    /// Gives back what was open: it is dropped once others can go on.
    fn replace(&self, workspace: Option<Arc<Workspace>>) -> Option<Arc<Workspace>> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *open, workspace)
    }

    /// Begins a job of the open workspace under the name that the caller gave it.
    pub(crate) fn job(&self, workspace: &Workspace, name: &str) -> Result<Registered, ApiError> {
        self.jobs
            .begin(name, Job::new(name, workspace.engine.event_sender()))
    }

    pub(crate) fn cancel_job(&self, name: &str) {
        self.jobs.cancel(name);
    }

    /// Notifies listeners that an environment was captured, of which no record says anything.
    pub(crate) fn notify_captured(&self, workspace: &Workspace, environment: &EnvironmentId) {
        let environment = environment.clone();
        self.notify(workspace, vec![Topic::Capture { environment }]);
    }

    /// Notifies listeners that what they show may be another now, whatever it is.
    pub(crate) fn notify_all(&self, workspace: &Workspace) {
        self.notify(workspace, vec![Topic::All]);
    }

    fn notify(&self, workspace: &Workspace, topics: Vec<Topic>) {
        let position = workspace
            .engine
            .store()
            .read(|reader| reader.last_position())
            .unwrap_or(0);
        self.events
            .send(Event::Changed {
                position: u64::try_from(position).unwrap_or(0),
                topics,
            })
            .ok();
    }

    /// Works with the open workspace on a thread that may wait for the disk.
    pub(crate) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Workspace) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let workspace = self.workspace()?;
        on_disk(move || work(&workspace)).await
    }
}

/// Works on a thread that may wait for the disk.
pub(crate) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(ApiError::failed(
            format!("The work was cut off: {error}"),
            "Try again.",
        )),
    }
}
