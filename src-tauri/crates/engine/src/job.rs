//! Long work: how far it is, and whether it is still wanted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use slipway_domain::DeploymentId;
use tokio::sync::broadcast;

/// Something that happened; sent after it was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineEvent {
    /// A job goes on.
    Progress {
        /// The job's name.
        job: String,
        /// What is being done.
        phase: String,
        /// How many are done.
        done: u64,
        /// How many there are, once that is known.
        total: Option<u64>,
    },
    /// A record was appended.
    Changed {
        /// The newest record's position.
        position: i64,
    },
    /// An operation of a deployment began or ended.
    Deployment {
        /// Which.
        deployment: DeploymentId,
    },
}

/// How much of a job is done, and how much there is, once that is known.
pub type Progress = (u64, Option<u64>);

/// One long piece of work: carries its progress out and a wish to stop in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Job {
    watched: Watched,
    cancelled: Arc<AtomicBool>,
    latest: Arc<Mutex<Option<Progress>>>,
}

/// Who hears of a job's progress.
#[derive(Clone, Debug)]
enum Watched {
    /// Nobody.
    Not,
    /// Whoever knows the job's name.
    By(Arc<str>, broadcast::Sender<EngineEvent>),
    /// Whoever watches the deployment that it is a part of.
    As(DeploymentId, broadcast::Sender<EngineEvent>),
}

impl Job {
    /// A job that tells its progress. A job without a name tells nothing.
    pub fn new(name: &str, events: broadcast::Sender<EngineEvent>) -> Self {
        Self::watched(match name {
            "" => Watched::Not,
            name => Watched::By(name.into(), events),
        })
    }

    /// A job that is a part of a deployment: its progress is asked for there.
    pub(crate) fn part_of(
        deployment: DeploymentId,
        events: broadcast::Sender<EngineEvent>,
    ) -> Self {
        Self::watched(Watched::As(deployment, events))
    }

    /// A job that nobody watches.
    pub fn quiet() -> Self {
        Self::watched(Watched::Not)
    }

    fn watched(watched: Watched) -> Self {
        Self {
            watched,
            cancelled: Arc::default(),
            latest: Arc::default(),
        }
    }

    /// What was reported last.
    pub(crate) fn latest(&self) -> Option<Progress> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks it to stop at the next place where it safely can.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked it to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Tells how far it is. Nobody listening is no error.
    pub fn report(&self, phase: &str, done: u64, total: Option<u64>) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some((done, total));
        let (event, events) = match &self.watched {
            Watched::Not => return,
            Watched::By(job, events) => {
                let (job, phase) = (job.to_string(), phase.to_owned());
                let event = EngineEvent::Progress {
                    job,
                    phase,
                    done,
                    total,
                };
                (event, events)
            }
            Watched::As(deployment, events) => {
                let deployment = deployment.clone();
                (EngineEvent::Deployment { deployment }, events)
            }
        };
        events.send(event).ok();
    }
}
