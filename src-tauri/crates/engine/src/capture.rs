//! Capture: streams what an environment holds into the store.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};
use slipway_domain::{
    CompiledRules, DeploymentId, DeploymentState, Environment, Millis, ResourceKey, Rules, Version,
};
use slipway_store::{
    CaptureRow, Ingest, Reader, SnapshotEntry, SnapshotHeader, Stamps, StoreError,
};

use crate::documents::Documents;
use crate::error::{EngineError, PlatformError};
use crate::executor::drop_apart;
use crate::job::Job;
use crate::platform::{
    CaptureSink, Captured, Content, Known, OnUnreadable, Remote, Stamp, Stopped, Unreadable,
};

/// How often a capture is begun again when a deployment ends beside it.
const REPEATS: usize = 3;

/// The most resources that one capture takes; each holds some hundred bytes of memory until its end.
const RESOURCE_LIMIT: usize = 5_000_000;
/// How many unreadable resources a capture names; more are counted only.
const UNREADABLE_LIMIT: usize = 10_000;
/// How many resources a rule names as examples of what it left out.
const EXAMPLE_LIMIT: usize = 20;
/// For how many resources room is made ahead: no more on a platform's word alone.
const ROOM_LIMIT: u64 = 1_000_000;
/// Progress is told every so many resources.
const REPORT_EVERY: u64 = 256;

/// What a capture notes beside the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureNotes {
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// What the environment's rules left out, rule by rule.
    pub left_out: Vec<LeftOut>,
    /// The rules that it was captured under; none where an older program captured it.
    #[serde(default)]
    pub rules: Option<Rules>,
}

impl CaptureNotes {
    /// The notes of a capture; none where the row holds none that this program understands.
    pub fn of(row: &CaptureRow) -> Self {
        serde_json::from_value(row.notes.clone()).unwrap_or_default()
    }
}

/// What one rule left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The rule's pattern.
    pub pattern: String,
    /// Why, as the rule says.
    pub reason: String,
    /// How many resources.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<ResourceKey>,
}

/// Counts what rules leave out.
#[derive(Debug, Default)]
pub(crate) struct LeftOutCount(BTreeMap<(String, String), (u64, Vec<ResourceKey>)>);

impl LeftOutCount {
    pub(crate) fn add(&mut self, rule: &slipway_domain::Rule, key: &ResourceKey) {
        let (count, examples) = self
            .0
            .entry((rule.resources.clone(), rule.reason.clone()))
            .or_default();
        *count += 1;
        if examples.len() < EXAMPLE_LIMIT {
            examples.push(key.clone());
        }
    }

    pub(crate) fn into_list(self) -> Vec<LeftOut> {
        self.0
            .into_iter()
            .map(|((pattern, reason), (count, mut examples))| {
                examples.sort();
                LeftOut {
                    pattern,
                    reason,
                    count,
                    examples,
                }
            })
            .collect()
    }
}

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
        let is_current = || Ok(before == Deployed::to(documents, environment)?);
        let taken = take(
            documents,
            environment,
            BTreeMap::new(),
            on_unreadable,
            job,
            &is_current,
        );
        if let Some(row) = taken.await? {
            return Ok(row);
        }
    }
    Err(EngineError::conflict(
        format!(
            "{} was deployed to, again and again, while it was captured",
            environment.settings.name
        ),
        "Capture it once the deployments have ended.",
    ))
}

/// What was deployed to an environment, as far as a capture beside it may miss it.
#[derive(PartialEq, Eq)]
struct Deployed {
    latest: Option<(DeploymentId, DeploymentState)>,
    /// While a deployment is under way, its verification captures too.
    captured: Option<Millis>,
}

impl Deployed {
    fn to(documents: &Documents, environment: &Environment) -> Result<Self, EngineError> {
        let state = documents.ledger.state()?;
        let latest = state.deployments_to(&environment.id).into_iter().next();
        let is_running = latest.is_some_and(|latest| latest.state == DeploymentState::Running);
        let captured = match is_running {
            true => documents
                .ledger
                .store()
                .read(|reader| reader.latest_capture(&environment.id))?
                .map(|row| row.at),
            false => None,
        };
        Ok(Self {
            latest: latest.map(|latest| (latest.id.clone(), latest.state)),
            captured,
        })
    }
}

/// As [`capture`], right after these versions were written: where a cheap sign tells that a resource holds what
/// was written, it is not read.
pub(crate) async fn capture_after(
    documents: &Documents,
    environment: &Environment,
    written: BTreeMap<ResourceKey, Option<Version>>,
    on_unreadable: OnUnreadable,
    job: &Job,
) -> Result<CaptureRow, EngineError> {
    let taken = take(documents, environment, written, on_unreadable, job, &|| {
        Ok(true)
    });
    Ok(taken.await?.expect("BUG: it is current"))
}

/// Captures an environment; nothing is kept, and none given, when it is not current any more by then: what was deployed there
/// meanwhile may be in it by half.
async fn take(
    documents: &Documents,
    environment: &Environment,
    written: BTreeMap<ResourceKey, Option<Version>>,
    on_unreadable: OnUnreadable,
    job: &Job,
    is_current: &(dyn Fn() -> Result<bool, EngineError> + Sync),
) -> Result<Option<CaptureRow>, EngineError> {
    documents.ledger.reach_out()?;
    let remote = documents.remote(environment)?;
    let ingest = documents.ledger.store().ingest()?;
    let (held, platform, into) = (documents.clone(), remote.clone(), ingest.clone());
    let looking = move || as_captured(&held, platform.as_ref(), &into, &written);
    let expected = documents.ledger.blocking(looking).await?;
    let rules = environment.settings.rules.compile()?;
    let id = environment.id.clone();
    let known = Arc::new(OnceLock::new());
    let (store, loaded) = (documents.ledger.store().clone(), known.clone());
    // While the platform lists what there is; who asks for a stamp waits for all of them.
    let loading = documents.ledger.blocking(move || {
        loaded.get_or_init(|| store.read(|reader| reader.stamps(&id)));
    });
    let session = Arc::new(Session {
        phase: format!("Capturing {}", environment.settings.name),
        ingest,
        expected,
        known,
        rules,
        on_unreadable,
        job: job.clone(),
        count: AtomicU64::new(0),
        done: AtomicU64::new(0),
        taken: Mutex::default(),
    });
    session.job.report(&session.phase, 0, None);
    let captured = remote.capture(session.clone()).await;
    let session =
        Arc::into_inner(session).expect("BUG: a platform kept the sink beyond its capture");
    loading.await;
    captured.map_err(|error| session.explain(error))?;
    let Session {
        ingest,
        taken,
        job,
        phase,
        known,
        ..
    } = session;
    let stamps = Arc::into_inner(known).and_then(OnceLock::into_inner);
    let stamps = stamps.transpose()?.unwrap_or_default();
    let Taken {
        entries,
        unchanged,
        unreadable,
        left_out,
        ..
    } = taken.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !is_current()? {
        return Ok(None);
    }
    let notes = CaptureNotes {
        unreadable,
        left_out: left_out.into_list(),
        rules: Some(environment.settings.rules.clone()),
    };
    let header = SnapshotHeader {
        environment: environment.id.clone(),
        at: documents.ledger.now(),
        notes: serde_json::to_value(notes).expect("BUG: notes are plain data"),
    };
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
    Ok(Some(row))
}

/// How a capture is to find what was written, where its stamp tells; its documents are stored.
fn as_captured(
    documents: &Documents,
    remote: &dyn Remote,
    ingest: &Ingest,
    written: &BTreeMap<ResourceKey, Option<Version>>,
) -> Result<HashMap<ResourceKey, Known>, EngineError> {
    let mut expected = HashMap::new();
    for (key, version) in written {
        let bytes = || documents.document(version.as_ref()?).ok();
        if let Some(Captured {
            key,
            content: Content::Bytes { bytes, digest },
            stamp: Some(stamp),
        }) = remote.as_captured(key, &bytes)
        {
            let version = ingest.put(&key, &bytes, digest)?;
            expected.insert(key, Known { stamp, version });
        }
    }
    Ok(expected)
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

struct Session {
    phase: String,
    ingest: Ingest,
    /// What was written right before, as a capture is to find it.
    expected: HashMap<ResourceKey, Known>,
    /// What the capture before this one found.
    known: Arc<OnceLock<Result<Stamps, StoreError>>>,
    rules: CompiledRules,
    on_unreadable: OnUnreadable,
    job: Job,
    count: AtomicU64,
    done: AtomicU64,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    entries: Vec<SnapshotEntry>,
    /// How many of them the last capture had, with the same stamp.
    unchanged: usize,
    unreadable: Vec<Unreadable>,
    left_out: LeftOutCount,
    /// Why the sink stopped, when it was not the person who did.
    failure: Option<EngineError>,
}

impl Session {
    fn taken(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn explain(&self, error: PlatformError) -> EngineError {
        match error {
            PlatformError::Stopped => self
                .taken()
                .failure
                .take()
                .unwrap_or(EngineError::Cancelled),
            other => EngineError::Platform(other),
        }
    }

    fn count(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(REPORT_EVERY) {
            let count = self.count.load(Ordering::Relaxed);
            self.job
                .report(&self.phase, done, (count > 0).then_some(count));
        }
    }
}

impl CaptureSink for Session {
    fn known(&self, key: &ResourceKey) -> Option<Known> {
        if let Some(known) = self.expected.get(key) {
            return Some(known.clone());
        }
        let known = self.known.wait().as_ref().ok()?;
        let (stamp, version) = known.get(key)?;
        (!stamp.is_empty()).then(|| Known {
            stamp: Stamp(stamp.clone()),
            version: *version,
        })
    }

    fn is_ignored(&self, key: &ResourceKey) -> bool {
        match self.rules.ignores(key) {
            Some(rule) => {
                self.taken().left_out.add(rule, key);
                true
            }
            None => false,
        }
    }

    fn expect(&self, resource_count: u64) {
        self.count.store(resource_count, Ordering::Relaxed);
        let room = resource_count.min(ROOM_LIMIT);
        (self.taken().entries).reserve(usize::try_from(room).unwrap_or(0));
        self.job.report(
            &self.phase,
            self.done.load(Ordering::Relaxed),
            Some(resource_count),
        );
    }

    fn accept(&self, resource: Captured) -> Result<(), Stopped> {
        if self.job.is_cancelled() {
            return Err(Stopped);
        }
        let Captured {
            key,
            content,
            stamp,
        } = resource;
        let is_unchanged =
            matches!(content, Content::Unchanged(_)) && !self.expected.contains_key(&key);
        let version = match content {
            Content::Unchanged(version) => version,
            Content::Bytes { bytes, digest } => {
                self.ingest.put(&key, &bytes, digest).map_err(|error| {
                    self.taken().failure = Some(error.into());
                    Stopped
                })?
            }
        };
        let mut taken = self.taken();
        if taken.entries.len() >= RESOURCE_LIMIT {
            taken.failure = Some(EngineError::Platform(PlatformError::Refused {
                message: format!("The place holds more than {RESOURCE_LIMIT} resources"),
                hint: "Leave out what you don't release by rules of the environment.".to_owned(),
            }));
            return Err(Stopped);
        }
        taken.unchanged += usize::from(is_unchanged);
        taken.entries.push(SnapshotEntry {
            key,
            version,
            stamp: stamp.map(|stamp| stamp.0),
        });
        drop(taken);
        self.count();
        Ok(())
    }

    fn unreadable(&self, unreadable: Unreadable) -> Result<(), Stopped> {
        let mut taken = self.taken();
        if self.on_unreadable == OnUnreadable::Stop {
            let place = match (unreadable.line, unreadable.column) {
                (Some(line), Some(column)) => format!("{}:{line}:{column}", unreadable.place),
                _ => unreadable.place,
            };
            taken.failure = Some(EngineError::Platform(PlatformError::Refused {
                message: format!("{place}: {}", unreadable.message),
                hint: unreadable.hint,
            }));
            return Err(Stopped);
        }
        if taken.unreadable.len() < UNREADABLE_LIMIT {
            taken.unreadable.push(unreadable);
        }
        Ok(())
    }
}
