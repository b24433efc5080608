//! One walk of a platform through an environment, and the sink that it delivers into.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use slipway_domain::{CompiledRules, Environment, EnvironmentId, ResourceKey, Version};
use slipway_store::{Ingest, SnapshotEntry, Stamps, Store, StoreError};

use super::notes::{LeftOut, LeftOutCount};
use crate::documents::Documents;
use crate::error::{EngineError, PlatformError};
use crate::job::Job;
use crate::platform::{
    CaptureSink, Captured, Content, Known, OnUnreadable, Scope, Semantics, Stamp, Stopped,
    Unreadable, Vocabulary,
};

/// The most resources that one capture takes; each holds some hundred bytes of memory until its end.
const RESOURCE_LIMIT: usize = 5_000_000;
/// How many unreadable resources a capture names; more are counted only.
const UNREADABLE_LIMIT: usize = 10_000;
/// For how many resources room is made ahead: no more on a platform's word alone.
const ROOM_LIMIT: u64 = 1_000_000;
/// Progress is told every so many resources.
const REPORT_EVERY: u64 = 256;

/// What a platform is to deliver.
pub(super) struct Order {
    pub(super) scope: Scope,
    /// What is most likely there: where a cheap sign tells that it is, it is not read.
    pub(super) expected: BTreeMap<ResourceKey, Option<Version>>,
    pub(super) on_unreadable: OnUnreadable,
}

/// What a platform delivered.
pub(super) struct Collected {
    pub(super) ingest: Ingest,
    /// Those of the last whole capture, where this one is whole too.
    pub(super) stamps: Stamps,
    pub(super) entries: Vec<SnapshotEntry>,
    /// How many of them the last whole capture had, with the same stamp.
    pub(super) unchanged: usize,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) vocabulary: Vocabulary,
    pub(super) phase: String,
}

/// Has the environment's platform deliver what lies in a scope. Nothing of it is a capture yet.
///
/// # Errors
/// When it can't be read as a whole, a resource can't be read and that was to stop it, or it was cancelled.
pub(super) async fn collect(
    documents: &Documents,
    environment: &Environment,
    order: Order,
    job: &Job,
) -> Result<Collected, EngineError> {
    documents.ledger.reach_out()?;
    let Order {
        scope,
        expected,
        on_unreadable,
    } = order;
    let remote = documents.remote(environment)?;
    let ingest = documents.ledger.store().ingest()?;
    let (held, platform, into) = (documents.clone(), remote.clone(), ingest.clone());
    let looking = move || as_captured(&held, platform.as_ref(), &into, &expected);
    let expected = documents.ledger.blocking(looking).await?;
    let rules = environment.settings.rules.compile()?;
    let known = Arc::new(OnceLock::new());
    if scope != Scope::Everything {
        known.get_or_init(|| Ok(Stamps::default()));
    }
    let (store, loaded, id) = (
        documents.ledger.store().clone(),
        known.clone(),
        environment.id.clone(),
    );
    // While the platform lists what there is; who asks for a stamp waits for all of them.
    let loading = documents.ledger.blocking(move || {
        loaded.get_or_init(|| stamps(&store, &id));
    });
    let verb = match &scope {
        Scope::Everything => "Capturing",
        Scope::Only(_) => "Looking at",
    };
    let session = Arc::new(Session {
        phase: format!("{verb} {}", environment.settings.name),
        scope: scope.clone(),
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
    let captured = remote.capture(&scope, session.clone()).await;
    let session =
        Arc::into_inner(session).expect("BUG: a platform kept the sink beyond its capture");
    loading.await;
    captured.map_err(|error| session.explain(error))?;
    let Session {
        ingest,
        taken,
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
        vocabulary,
        ..
    } = taken.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Collected {
        ingest,
        stamps,
        entries,
        unchanged,
        unreadable,
        left_out: left_out.into_list(),
        vocabulary,
        phase,
    })
}

/// How a capture is to find what is expected, where its stamp tells; its documents are stored.
fn as_captured(
    documents: &Documents,
    semantics: &dyn Semantics,
    ingest: &Ingest,
    expected: &BTreeMap<ResourceKey, Option<Version>>,
) -> Result<HashMap<ResourceKey, Known>, EngineError> {
    let mut found = HashMap::new();
    for (key, version) in expected {
        let bytes = || documents.document(version.as_ref()?).ok();
        if let Some(Captured {
            key,
            content: Content::Bytes { bytes, digest },
            stamp: Some(stamp),
        }) = semantics.as_captured(key, &bytes)
        {
            let version = ingest.put(&key, &bytes, digest)?;
            found.insert(key, Known { stamp, version });
        }
    }
    Ok(found)
}

struct Session {
    phase: String,
    scope: Scope,
    ingest: Ingest,
    /// What is most likely there, as a capture is to find it.
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
    vocabulary: Vocabulary,
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

/// By what the last capture recognised what it found. Signs that are damaged only cost time: they are made anew.
fn stamps(store: &Store, environment: &EnvironmentId) -> Result<Stamps, StoreError> {
    match store.read(|reader| reader.stamps(environment)) {
        Err(error @ StoreError::Damaged { .. }) => {
            tracing::warn!(%error, "everything is read");
            let of = environment.clone();
            store.write(move |writer| writer.drop_stamps(&of))?;
            Ok(Stamps::default())
        }
        read => read,
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
        if !self.scope.covers(&key) {
            return Ok(());
        }
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

    fn vocabulary(&self, names: Vocabulary) {
        self.taken().vocabulary.extend(names);
    }
}
