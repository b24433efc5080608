//! The open workspace: its engine, and what was worked out from it before.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use slipway_domain::{
    Change, ChangeKind, Deployment, DeploymentId, EffectDigest, Environment, EnvironmentId, Fact,
    PlanFingerprint, Release, ReleaseId, ResourceKey, Revision, RollbackDigest, RollbackPlan,
    SnapshotId, State,
};
use slipway_engine::{Comparison, Deploying, Engine, EngineError, Held, Unreadable};
use slipway_store::{CaptureRow, RecordFilter};
use tokio::sync::broadcast::Sender;
use tokio::task::JoinHandle;

use crate::changes::{ChangeIndex, list_digest};
use crate::diffs::Diffs;
use crate::events;
use crate::kept::Kept;
use crate::pictures::Pictures;
use crate::plans::ListedPlan;
use crate::trust::Trusted;
use crate::wire::{
    ApiError, ChangeCounts, ComparedResource, Event, LeftOut, NotCompared, WorkspaceInfo,
};

/// How many resources are named that were not compared.
const NOT_COMPARED_LIMIT: usize = 100;

/// How many releases' changes are kept in the order of the tree.
const INDEX_LIMIT: usize = 4;
/// How many comparisons and effects are kept, in numbers and digests only.
const COMPARISON_LIMIT: usize = 256;

/// How many plans, rollback plans and comparisons are kept for their pages, and how many entries they have together.
const LISTED_LIMIT: usize = 8;
const LISTED_ENTRIES_LIMIT: usize = 300_000;

type Task = JoinHandle<Result<Deployment, EngineError>>;

/// What two captures differ in, in numbers.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) counts: ChangeCounts,
    pub(crate) left_out: Vec<LeftOut>,
    /// The first of what could not be read in either.
    pub(crate) not_compared: Vec<NotCompared>,
    pub(crate) not_compared_count: u64,
}

/// What a release does to an environment, in numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EffectOn {
    pub(crate) digest: EffectDigest,
    pub(crate) counts: ChangeCounts,
}

/// A comparison follows from both captures and the target's settings.
type ComparedKey = ((EnvironmentId, SnapshotId), SnapshotId, String);

/// What is chosen because something else needs it: resource and who needs it.
pub(crate) type NeededBy = BTreeMap<ResourceKey, ResourceKey>;

/// An open workspace. Dropping it closes it; what is being deployed goes on to its end.
pub(crate) struct Workspace {
    pub(crate) engine: Engine,
    pub(crate) info: WorkspaceInfo,
    pub(crate) diffs: Diffs,
    pub(crate) pictures: Pictures,
    indexes: Kept<(EffectDigest, EnvironmentId), Arc<ChangeIndex>>,
    comparisons: Kept<ComparedKey, Arc<Compared>>,
    effects: Kept<(EffectDigest, SnapshotId, String), Option<EffectOn>>,
    /// What was worked out last, for its pages.
    pub(crate) plans: Kept<PlanFingerprint, Arc<ListedPlan>>,
    pub(crate) rollbacks: Kept<RollbackDigest, Arc<RollbackPlan>>,
    pub(crate) listed_changes: Kept<EffectDigest, Arc<Vec<ComparedResource>>>,
    tasks: Mutex<HashMap<DeploymentId, Task>>,
    carrying: JoinHandle<()>,
    trusted: Trusted,
}

impl Drop for Workspace {
    fn drop(&mut self) {
        self.carrying.abort();
        if self.info.is_read_only {
            return;
        }
        events::note_head(&self.trusted, &self.engine);
    }
}

impl Workspace {
    pub(crate) fn new(
        engine: Engine,
        info: WorkspaceInfo,
        trusted: Trusted,
        events: Sender<Event>,
    ) -> Self {
        let noting = (!info.is_read_only).then(|| trusted.clone());
        let from = engine.events();
        let carrying = tokio::spawn(events::carry(engine.clone(), from, events, noting));
        Self {
            engine,
            info,
            diffs: Diffs::default(),
            pictures: Pictures::default(),
            indexes: Kept::new(INDEX_LIMIT, usize::MAX),
            comparisons: Kept::new(COMPARISON_LIMIT, usize::MAX),
            effects: Kept::new(COMPARISON_LIMIT, usize::MAX),
            plans: Kept::new(LISTED_LIMIT, LISTED_ENTRIES_LIMIT),
            rollbacks: Kept::new(LISTED_LIMIT, LISTED_ENTRIES_LIMIT),
            listed_changes: Kept::new(LISTED_LIMIT, LISTED_ENTRIES_LIMIT),
            tasks: Mutex::default(),
            carrying,
            trusted,
        }
    }

    pub(crate) fn state(&self) -> Result<Arc<State>, ApiError> {
        Ok(self.engine.state()?)
    }

    /// The environment of an identity or a name.
    pub(crate) fn environment(&self, name: &str) -> Result<Environment, ApiError> {
        Ok(self.engine.environment(&*self.state()?, name)?)
    }

    /// The release of an identity or a tag.
    pub(crate) fn release(&self, tag: &str) -> Result<Release, ApiError> {
        Ok(self.engine.release(&*self.state()?, tag)?)
    }

    /// The deployment of an identity.
    pub(crate) fn deployment(&self, id: &DeploymentId) -> Result<Deployment, ApiError> {
        Ok(self.engine.deployment(&*self.state()?, id)?)
    }

    /// What two captures differ in, under the rules of the target.
    pub(crate) fn compared(
        &self,
        source: Held<'_>,
        target: &SnapshotId,
        environment: &Environment,
    ) -> Result<Arc<Compared>, ApiError> {
        let from = (source.environment.clone(), *source.snapshot);
        self.comparisons
            .get_or((from, *target, settings_key(environment)), || {
                let comparison = self.engine.compare(source, target, environment)?;
                let from = self.environment_name(&*self.state()?, source.environment);
                let (not_compared, not_compared_count) =
                    not_compared(&comparison, &from, &environment.settings.name);
                let left_out = comparison.left_out.into_iter().map(LeftOut::from).collect();
                Ok(Arc::new(Compared {
                    counts: ChangeCounts::of(&comparison.changes),
                    left_out,
                    not_compared,
                    not_compared_count,
                }))
            })
    }

    /// What a release does to an environment as it was captured; `None` when it does nothing there.
    pub(crate) fn effect_on(
        &self,
        release: &Release,
        environment: &Environment,
        capture: &CaptureRow,
    ) -> Result<Option<EffectOn>, ApiError> {
        let Some(revision) = release.revision() else {
            return Ok(None);
        };
        if environment.id == release.target {
            return Ok(Some(EffectOn::sealed(revision)));
        }
        self.effects.get_or(
            (revision.effect, capture.snapshot, settings_key(environment)),
            || {
                let effect = self.engine.effect(release, environment, capture)?;
                Ok((!effect.changes.is_empty()).then(|| EffectOn {
                    digest: effect.digest,
                    counts: ChangeCounts::of(&effect.changes),
                }))
            },
        )
    }

    /// The latest capture of an environment.
    pub(crate) fn latest_capture(
        &self,
        environment: &EnvironmentId,
    ) -> Result<Option<CaptureRow>, ApiError> {
        Ok(self
            .engine
            .store()
            .read(|reader| reader.latest_capture(environment))?)
    }

    /// The changes of a release in the order of the tree: all there is to choose from while that can be edited, what
    /// was sealed after.
    pub(crate) fn index(&self, release: &Release) -> Result<Arc<ChangeIndex>, ApiError> {
        let key = (list_digest(release), release.target.clone());
        self.indexes.get_or(key, || {
            let changes = self.engine.change_set(&list_digest(release))?;
            Ok(Arc::new(ChangeIndex::new(changes)))
        })
    }

    /// What is in a release because something else needs it.
    pub(crate) fn needed_by(&self, release: &ReleaseId) -> Result<NeededBy, ApiError> {
        let pulled_in = self.engine.pulled_in(release)?.into_iter();
        Ok(pulled_in
            .map(|pulled| (pulled.resource, pulled.needed_by))
            .collect())
    }

    /// The name of an environment; of one that was removed, the last that it had.
    pub(crate) fn environment_name(&self, state: &State, id: &EnvironmentId) -> String {
        if let Some(environment) = state.environments.get(id) {
            return environment.settings.name.clone();
        }
        let filter = RecordFilter {
            kinds: vec!["environment_added".into(), "environment_changed".into()],
            environment: Some(id.clone()),
            ..RecordFilter::default()
        };
        let latest = self
            .engine
            .store()
            .read(|reader| reader.records_newest(&filter, 1, 0))
            .unwrap_or_default();
        match latest.into_iter().next().map(|(_, record)| record.fact) {
            Some(
                Fact::EnvironmentAdded { environment } | Fact::EnvironmentChanged { environment },
            ) => environment.settings.name,
            _ => id.to_string(),
        }
    }

    /// Keeps hold of a deployment that was started here, so that it can be waited for.
    pub(crate) fn hold(&self, deploying: Deploying) -> DeploymentId {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|_, task| !task.is_finished());
        tasks.insert(deploying.deployment.clone(), deploying.task);
        deploying.deployment
    }

    pub(crate) fn take_task(&self, deployment: &DeploymentId) -> Option<Task> {
        self.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(deployment)
    }

    pub(crate) fn is_deploying(&self) -> bool {
        self.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .any(|task| !task.is_finished())
    }
}

impl EffectOn {
    /// What a revision does to its release's own target.
    pub(crate) fn sealed(revision: &Revision) -> Self {
        Self {
            digest: revision.effect,
            counts: ChangeCounts {
                created: revision.created,
                modified: revision.modified,
                deleted: revision.deleted,
            },
        }
    }
}

/// What could not be read in either of two environments, of these names: the first of it, and how much there is.
pub(crate) fn not_compared(
    comparison: &Comparison,
    source: &str,
    target: &str,
) -> (Vec<NotCompared>, u64) {
    let of = |environment: &str, unreadable: &[Unreadable]| {
        let environment = environment.to_owned();
        let named = unreadable.iter().cloned().map(move |one| NotCompared {
            environment: environment.clone(),
            unreadable: one.into(),
        });
        let mut named = named.collect::<Vec<_>>();
        named.sort_by(|a, b| a.unreadable.place.cmp(&b.unreadable.place));
        named
    };
    let mut all = of(source, &comparison.unreadable_in_source);
    all.extend(of(target, &comparison.unreadable_in_target));
    let count = all.len() as u64;
    all.truncate(NOT_COMPARED_LIMIT);
    (all, count)
}

/// What of an environment's settings a comparison with it depends on.
fn settings_key(environment: &Environment) -> String {
    let settings = &environment.settings;
    serde_json::to_string(&(&environment.id, &settings.rules, &settings.connection))
        .expect("BUG: settings are plain data")
}

impl ChangeCounts {
    /// Counts changes by kind.
    pub(crate) fn of(changes: impl IntoIterator<Item: Borrow<Change>>) -> Self {
        let mut counts = Self::default();
        for change in changes {
            let change: &Change = change.borrow();
            counts.add(change.kind());
        }
        counts
    }

    pub(crate) fn add(&mut self, kind: ChangeKind) {
        *match kind {
            ChangeKind::Created => &mut self.created,
            ChangeKind::Modified => &mut self.modified,
            ChangeKind::Deleted => &mut self.deleted,
        } += 1;
    }
}

impl From<slipway_engine::LeftOut> for LeftOut {
    fn from(left_out: slipway_engine::LeftOut) -> Self {
        let slipway_engine::LeftOut {
            pattern,
            reason,
            count,
            examples,
        } = left_out;
        Self {
            pattern,
            reason,
            count,
            examples: examples.iter().map(ToString::to_string).collect(),
        }
    }
}
