//! The open workspace's truth: what is so now, and the one way to decide something.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use slipway_domain::{
    Checker, Command, Deployment, DeploymentId, Environment, EnvironmentId, Millis, Person,
    Projected, Release, State, Verified, decide,
};
use slipway_store::{Reader, Store, StoreError, Writer};
use tokio::sync::broadcast;

use crate::clock::Clock;
use crate::error::{EngineError, Unknown};
use crate::executor::{self, Executor};
use crate::job::EngineEvent;
use crate::keys::Keys;

/// How many events may wait for a slow listener; it then learns that it missed some.
const EVENT_QUEUE_LIMIT: usize = 1_024;
/// How many records are folded at a time.
const RECORD_PAGE: u64 = 1_000;

/// The store with the state that its records amount to, the time, and who listens. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    keys: Arc<dyn Keys>,
    executor: Arc<dyn Executor>,
    verified: Arc<Verified>,
    events: broadcast::Sender<EngineEvent>,
    /// How many sets of changes were read from the store.
    change_sets_read: AtomicU64,
    folded: RwLock<Folded>,
    /// Whether what is projected could be read.
    is_projected: AtomicBool,
    /// What was folded from nothing, with every signature checked, the last time that was asked for.
    checked: Mutex<Option<Folded>>,
}

/// The state and the position of the record that it goes up to.
#[derive(Clone, Default)]
struct Folded {
    state: Arc<State>,
    position: i64,
}

impl Ledger {
    /// Takes an open store over.
    pub(crate) fn over(
        store: Store,
        clock: Arc<dyn Clock>,
        keys: Arc<dyn Keys>,
        executor: Arc<dyn Executor>,
        verified: Arc<Verified>,
    ) -> Result<Self, EngineError> {
        let (Folded { state, position }, is_projected) = load(&store, &verified)?;
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                clock,
                keys,
                executor,
                verified,
                events: broadcast::channel(EVENT_QUEUE_LIMIT).0,
                change_sets_read: AtomicU64::new(0),
                checked: Mutex::default(),
                is_projected: AtomicBool::new(is_projected),
                folded: RwLock::new(Folded { state, position }),
            }),
        })
    }

    /// Lets a workspace that was opened for reading be written, and its environments be reached.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(crate) fn allow_writes(&self) -> Result<(), EngineError> {
        Ok(self.inner.store.allow_writes()?)
    }

    /// Refuses to reach an environment that nobody has looked at yet: its place comes from the file.
    pub(crate) fn reach_out(&self) -> Result<(), EngineError> {
        if self.inner.store.is_writable() {
            Ok(())
        } else {
            Err(StoreError::ReadOnly.into())
        }
    }

    /// The workspace's file.
    pub(crate) fn path(&self) -> &Path {
        self.inner.store.path()
    }

    /// The store, for reading what the use cases left there.
    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// How many sets of changes were read from the store since it was opened: what a view of releases costs.
    pub(crate) fn change_sets_read(&self) -> u64 {
        self.inner.change_sets_read.load(Ordering::Relaxed)
    }

    /// Notes that a set of changes was read from the store.
    pub(crate) fn count_change_set(&self) {
        self.inner.change_sets_read.fetch_add(1, Ordering::Relaxed);
    }

    /// The time now.
    pub(crate) fn now(&self) -> Millis {
        self.inner.clock.now()
    }

    /// Listens to what happens from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<EngineEvent> {
        self.inner.events.subscribe()
    }

    /// Where jobs and others send what happens.
    pub(crate) fn event_sender(&self) -> broadcast::Sender<EngineEvent> {
        self.inner.events.clone()
    }

    /// What is so now, other processes' decisions included.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn state(&self) -> Result<Arc<State>, EngineError> {
        let Inner {
            store, verified, ..
        } = &*self.inner;
        let known = self.inner.folded();
        let caught_up = store.read(|reader| catch_up(reader, known, verified))?;
        Ok(self.inner.publish(caught_up))
    }

    /// The environment of an identity or a name.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn environment(
        &self,
        state: &State,
        name: &str,
    ) -> Result<Environment, EngineError> {
        state
            .environments
            .get(&EnvironmentId(name.to_owned()))
            .or_else(|| state.environment_named(name))
            .cloned()
            .ok_or_else(|| {
                let names = state.environments.values();
                let mut known: Vec<_> = names.map(|one| one.settings.name.clone()).collect();
                known.sort_unstable();
                let name = name.to_owned();
                Unknown::Environment { name, known }.into()
            })
    }

    /// The release of an identity or a tag.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn release(&self, state: &State, tag: &str) -> Result<Release, EngineError> {
        state
            .releases
            .get(&slipway_domain::ReleaseId(tag.to_owned()))
            .or_else(|| state.release_tagged(tag))
            .cloned()
            .ok_or_else(|| {
                Unknown::Release {
                    tag: tag.to_owned(),
                }
                .into()
            })
    }

    /// The deployment of an identity.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn deployment(
        &self,
        state: &State,
        id: &DeploymentId,
    ) -> Result<Deployment, EngineError> {
        let found = state.deployments.get(id).cloned();
        found.ok_or_else(|| Unknown::Deployment { id: id.clone() }.into())
    }

    /// Does work that blocks where it holds nobody up. It begins at once.
    pub(crate) fn blocking<T, W>(&self, work: W) -> impl Future<Output = T> + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        executor::begin(self.inner.executor.as_ref(), work)
    }

    /// Tells listeners that something about a deployment is new.
    pub(crate) fn tell(&self, id: &DeploymentId) {
        let deployment = id.clone();
        self.inner
            .events
            .send(EngineEvent::Deployment { deployment })
            .ok();
    }

    /// Decides a command: appends what follows from it, projects it, and tells listeners after the commit. Returns the
    /// state after it.
    ///
    /// # Errors
    /// The domain's refusal, or a failing store; then nothing was written.
    pub(crate) fn decide(
        &self,
        actor: &Person,
        command: Command,
    ) -> Result<Arc<State>, EngineError> {
        self.decide_with(actor, command, |_| Ok(()))
    }

    /// As [`Ledger::decide`], with writes that stand or fall together with the decision.
    pub(crate) fn decide_with(
        &self,
        actor: &Person,
        command: Command,
        with: impl FnOnce(&mut Writer) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Arc<State>, EngineError> {
        self.decide_all(actor, vec![command], with)
    }

    /// Decides commands one after another, all of them or none, with the writes that belong to them.
    pub(crate) fn decide_all(
        &self,
        actor: &Person,
        commands: Vec<Command>,
        with: impl FnOnce(&mut Writer) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Arc<State>, EngineError> {
        self.decide_made(actor, move |_| Ok(commands), with)
    }

    /// As [`Ledger::decide_all`], where what is decided tells of what is written first in the same transaction.
    pub(crate) fn decide_made(
        &self,
        actor: &Person,
        make: impl FnOnce(&mut Writer) -> Result<Vec<Command>, StoreError> + Send + 'static,
        with: impl FnOnce(&mut Writer) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Arc<State>, EngineError> {
        let key = self.inner.keys.key(actor)?;
        let (known, actor, now) = (self.inner.folded(), actor.clone(), self.inner.clock.now());
        let (ledger, refusal) = (self.clone(), Arc::new(OnceLock::new()));
        let refused = refusal.clone();
        let decided = self.inner.store.write_durable(move |writer| {
            let Folded { state, position } = catch_up(writer, known, &ledger.inner.verified)?;
            check_end(writer, &state, position)?;
            // A newer program folds otherwise: what an older one projected was dropped when the file was migrated.
            let is_projected = ledger.inner.is_projected.load(Ordering::Relaxed);
            if !is_projected || writer.projected_position()? < position {
                writer.replace_projections(&state, position)?;
            }
            let mut next = State::clone(&state);
            let mut projected = Projected::default();
            let mut records = Vec::new();
            for command in make(writer)? {
                let facts = match decide(&next, command, &actor, now) {
                    Ok(facts) => facts,
                    // What was written before goes with the transaction.
                    Err(why) => {
                        refused.get_or_init(|| why);
                        return Err(StoreError::Conflict);
                    }
                };
                let (more, touched) = next.record(&actor, &key, now, facts, || ledger.new_id(""));
                records.extend(more);
                projected.extend(touched);
            }
            writer.append(&records)?;
            let position = if records.is_empty() {
                position
            } else {
                writer.last_position()?
            };
            let Projected {
                environments,
                releases,
                deployments,
            } = &projected;
            writer.store_projections(&next, environments, releases, deployments, position)?;
            with(writer)?;
            Ok(Folded {
                state: Arc::new(next),
                position,
            })
        });
        if let Some(refusal) = refusal.get() {
            return Err(refusal.clone().into());
        }
        let folded = decided?;
        self.inner.is_projected.store(true, Ordering::Relaxed);
        let position = folded.position;
        let state = self.inner.publish(folded);
        self.inner
            .events
            .send(EngineEvent::Changed { position })
            .ok();
        Ok(state)
    }

    /// Folds all records from nothing and compares with what is projected; with `replace`, puts the folded in its place.
    /// Returns how many records there are and whether both were equal.
    ///
    /// # Errors
    /// When the store fails, or a record is not what it says it is.
    pub(crate) fn rebuild(&self, replace: Replace) -> Result<Audit, EngineError> {
        let audit = self.inner.store.read(|reader| {
            let mut records = Vec::new();
            let mut position = 0;
            loop {
                let page = reader.records(position, RECORD_PAGE)?;
                let Some((last, _)) = page.last() else { break };
                position = *last;
                records.extend(page.into_iter().map(|(_, record)| record));
            }
            let projected = projected(reader)?.unwrap_or_default();
            let folded = State::of(&records);
            let problem = slipway_domain::verify_chain(&records)
                .err()
                .map(|error| error.to_string())
                .or_else(|| missing(&projected.state, &folded));
            Ok((
                records.len() as u64,
                *projected.state == folded && projected.position == position,
                problem,
                folded,
                position,
            ))
        })?;
        let (records, projections_match, problem, folded, position) = audit;
        // What a changed record says is not put in the place of what followed from the true one.
        let replace = replace == Replace::Yes && problem.is_none();
        if replace {
            let folded = Folded {
                state: Arc::new(folded),
                position,
            };
            // What was decided meanwhile is folded in the same transaction: the projections must not fall behind.
            let verified = self.inner.verified.clone();
            let folded = self.inner.store.write_durable(move |writer| {
                let folded = catch_up(writer, folded, &verified)?;
                writer.replace_projections(&folded.state, folded.position)?;
                Ok(folded)
            })?;
            let position = folded.position;
            self.inner.publish(folded);
            self.inner
                .events
                .send(EngineEvent::Changed { position })
                .ok();
        }
        let projections_match = projections_match || replace;
        Ok(Audit {
            records,
            problem,
            projections_match,
        })
    }

    /// The state that follows from the records, every one of them checked, and the one that is projected; both of one moment.
    /// What was checked before by this process is not checked again.
    pub(crate) fn checked(&self, reader: &Reader) -> Result<(Arc<State>, Arc<State>), StoreError> {
        let mut known = self
            .inner
            .checked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = known.clone().unwrap_or_default();
        let checked = catch_up(reader, before, &self.inner.verified)?;
        let projected = projected(reader)?.unwrap_or_default();
        let projected = catch_up(reader, projected, &self.inner.verified)?;
        *known = Some(checked.clone());
        Ok((checked.state, projected.state))
    }

    /// Sixty-four bits that were not given before.
    pub(crate) fn unique(&self) -> u64 {
        self.inner.clock.unique()
    }

    /// A new identity: the prefix and 128 bits in 26 characters, so that two machines give no identity twice.
    pub(crate) fn new_id(&self, prefix: &str) -> String {
        // Crockford's alphabet: no letters that look like digits.
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut bits = u128::from(self.unique()) << 64 | u128::from(self.unique());
        let mut id = String::with_capacity(prefix.len() + 26);
        id.push_str(prefix);
        for _ in 0..26 {
            id.push(DIGITS[(bits & 31) as usize] as char);
            bits >>= 5;
        }
        id
    }
}

/// Whether there were more records once.
fn missing(projected: &State, folded: &State) -> Option<String> {
    (projected.records > folded.records).then(|| {
        format!(
            "the trail had {} records and has {}: the last ones are missing",
            projected.records, folded.records
        )
    })
}

/// Whether an audit puts what it folded in the place of the projections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// It only compares.
    No,
    /// It replaces them.
    Yes,
}

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// How many records there are.
    pub records: u64,
    /// The first record that is not what it says it is.
    pub problem: Option<String>,
    /// Whether the projections follow from the records.
    pub projections_match: bool,
}

impl Inner {
    fn folded(&self) -> Folded {
        self.folded
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Makes a newer state the known one; an older one is dropped.
    fn publish(&self, folded: Folded) -> Arc<State> {
        let mut known = self.folded.write().unwrap_or_else(PoisonError::into_inner);
        if folded.position >= known.position {
            *known = folded;
        }
        known.state.clone()
    }
}

/// What is projected; `None` where that can't be read: it all follows from the records.
fn projected(reader: &Reader) -> Result<Option<Folded>, StoreError> {
    match reader.load_state() {
        Ok((state, position)) => Ok(Some(Folded {
            state: Arc::new(state),
            position,
        })),
        Err(error @ StoreError::Damaged { .. }) => {
            tracing::warn!(%error, "the projections are worked out anew");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The state as it is projected. Projections that are behind, as a migration leaves them, are folded once, where the file may
/// be written; a file that can't be is folded by whoever asks.
/// Also says whether what is projected can be read by now.
fn load(store: &Store, verified: &Arc<Verified>) -> Result<(Folded, bool), StoreError> {
    let (projected, newest) =
        store.read(|reader| Ok((projected(reader)?, reader.last_position()?)))?;
    let is_projected = projected.is_some();
    let known = projected.unwrap_or_default();
    if known.position >= newest || !store.is_writable() {
        return Ok((known, is_projected));
    }
    let (behind, verified) = (known.clone(), verified.clone());
    let folded = store.write_durable(move |writer| {
        let folded = catch_up(writer, behind, &verified)?;
        writer.replace_projections(&folded.state, folded.position)?;
        Ok(folded)
    });
    Ok(match folded {
        Ok(folded) => (folded, true),
        Err(error) => {
            tracing::warn!(%error, "the projections could not be brought up to date");
            (known, is_projected)
        }
    })
}

/// Refuses to go on where records are missing that were there before.
fn check_end(reader: &Reader, state: &State, position: i64) -> Result<(), StoreError> {
    let found = match position {
        0 => None,
        _ => reader.record_id(position)?,
    };
    if found == state.last {
        return Ok(());
    }
    Err(StoreError::damaged(format!(
        "its last record, number {} of the trail, is not there any more",
        state.records
    )))
}

/// Folds the records that other processes appended since.
fn catch_up(
    reader: &Reader,
    known: Folded,
    verified: &Arc<Verified>,
) -> Result<Folded, StoreError> {
    let Folded {
        mut state,
        mut position,
    } = known;
    loop {
        let page = reader.records(position, RECORD_PAGE)?;
        let Some((last, _)) = page.last() else {
            return Ok(Folded { state, position });
        };
        position = *last;
        let mut checker = Checker::after(&state, verified);
        let next = Arc::make_mut(&mut state);
        for (_, record) in &page {
            checker
                .check(record)
                .map_err(|error| StoreError::damaged(error.to_string()))?;
            next.evolve(record);
        }
    }
}
