//! Capture: streams what an environment holds into the store, all of it or some resources.

mod look;
mod notes;
mod session;

use std::collections::BTreeMap;

use slipway_domain::{DeploymentId, DeploymentState, Environment, Millis, ResourceKey, Version};
use slipway_store::{CaptureRow, Reader, SnapshotHeader};

use self::session::{Collected, Order, collect};
use crate::documents::Documents;
use crate::error::{CaptureError, EngineError};
use crate::executor::drop_apart;
use crate::job::Job;
use crate::platform::{OnUnreadable, Scope};

pub(crate) use self::look::{Around, look, look_after};
pub(crate) use self::notes::LeftOutCount;
pub use self::notes::{CaptureNotes, LeftOut, Part};

/// How often a capture is begun again when a deployment ends beside it.
const REPEATS: usize = 3;

/// Captures an environment.
///
/// # Errors
/// When it can't be read as a whole, a resource can't be read and the capture was to stop there, or it was cancelled.
pub(crate) async fn capture(
    documents: &Documents,
    environment: &Environment,
    on_unreadable: OnUnreadable,
    job: &Job,
) -> Result<CaptureRow, EngineError> {
    for _ in 0..REPEATS {
        let before = Deployed::to(documents, environment)?;
        let order = Order {
            scope: Scope::Everything,
            expected: BTreeMap::new(),
            on_unreadable,
        };
        let collected = collect(documents, environment, order, job).await?;
        if before == Deployed::to(documents, environment)? {
            return keep(documents, environment, collected, job).await;
        }
    }
    let environment = environment.settings.name.clone();
    Err(CaptureError::DeployedTo { environment }.into())
}

/// What was deployed to a place, by whatever name, as far as a capture beside it may miss it.
#[derive(PartialEq, Eq)]
struct Deployed {
    /// An older deployment may be resumed beside a newer one.
    deployments: Vec<(DeploymentId, DeploymentState, Option<Millis>)>,
    /// While one is under way, its verification captures too.
    captured: Vec<Option<Millis>>,
}

impl Deployed {
    fn to(documents: &Documents, environment: &Environment) -> Result<Self, EngineError> {
        let state = documents.ledger.state()?;
        let place = documents.exclusive(environment)?;
        let (mut deployments, mut captured) = (Vec::new(), Vec::new());
        for other in state.environments.values() {
            let is_it = documents
                .exclusive(other)
                .is_ok_and(|exclusive| exclusive == place);
            if !is_it && other.id != environment.id {
                continue;
            }
            let all = state.deployments_to(&other.id);
            if all.iter().any(|one| one.state == DeploymentState::Running) {
                let store = documents.ledger.store();
                let row = store.read(|reader| reader.latest_capture(&other.id))?;
                captured.push(row.map(|row| row.at));
            }
            let all = all.into_iter();
            deployments.extend(all.map(|one| (one.id.clone(), one.state, one.ended_at)));
        }
        Ok(Self {
            deployments,
            captured,
        })
    }
}

/// Captures an environment, whatever is deployed there meanwhile, right after these versions were written.
async fn capture_now(
    documents: &Documents,
    environment: &Environment,
    expected: BTreeMap<ResourceKey, Option<Version>>,
    job: &Job,
) -> Result<CaptureRow, EngineError> {
    let order = Order {
        scope: Scope::Everything,
        expected,
        on_unreadable: OnUnreadable::GoOn,
    };
    let collected = collect(documents, environment, order, job).await?;
    keep(documents, environment, collected, job).await
}

/// Makes what a platform delivered of a whole environment its latest capture.
async fn keep(
    documents: &Documents,
    environment: &Environment,
    collected: Collected,
    job: &Job,
) -> Result<CaptureRow, EngineError> {
    let Collected {
        ingest,
        stamps,
        entries,
        unchanged,
        unreadable,
        left_out,
        vocabulary,
        phase,
    } = collected;
    let notes = CaptureNotes {
        unreadable,
        left_out,
        rules: Some(environment.settings.rules.clone()),
        vocabulary,
        part: None,
    };
    let header = header(documents, environment, notes);
    let count = entries.len() as u64;
    // Where each resource of the last capture was seen unchanged, and no other, there is nothing to sort or compare.
    let still = stamps
        .still(unchanged)
        .filter(|_| unchanged == entries.len());
    // Giving the memory of all stamps back takes a while, which nobody has to wait for.
    drop_apart(stamps, entries.len());
    let finishing = documents.ledger.blocking(move || match still {
        Some(snapshot) => {
            let count = entries.len();
            drop_apart(entries, count);
            ingest.finish_as(snapshot, header)
        }
        None => ingest.finish(entries, header),
    });
    let row = finishing.await?;
    job.report(&phase, count, Some(count));
    Ok(row)
}

fn header(documents: &Documents, environment: &Environment, notes: CaptureNotes) -> SnapshotHeader {
    SnapshotHeader {
        environment: environment.id.clone(),
        at: documents.ledger.now(),
        notes: serde_json::to_value(notes).expect("BUG: notes are plain data"),
    }
}

/// The latest capture of an environment; makes one when there is none.
///
/// # Errors
/// As [`capture`].
pub(crate) async fn latest_capture(
    documents: &Documents,
    environment: &Environment,
    job: &Job,
) -> Result<CaptureRow, EngineError> {
    let id = environment.id.clone();
    match documents
        .ledger
        .store()
        .read(|reader: &Reader| reader.latest_capture(&id))?
    {
        Some(row) => Ok(row),
        None => capture(documents, environment, OnUnreadable::GoOn, job).await,
    }
}
