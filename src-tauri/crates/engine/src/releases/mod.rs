//! Drafting, choosing, sealing and refreshing a release.

mod deletions;
mod needs;

use std::collections::BTreeSet;

use slipway_domain::{
    Candidates, Change, ChangeKind, Command, EffectDigest, EnvironmentId, KeyPatterns, Person,
    Refusal, RefusalKind, Release, ReleaseId, ReleaseKind, ResourceKey,
};
use slipway_store::PulledIn;

use crate::capture::{capture, latest_capture};
use crate::compare::{Comparison, Held, compare, kind_between};
use crate::documents::Documents;
use crate::error::{EngineError, Unknown};
use crate::job::Job;
use crate::platform::OnUnreadable;

pub use deletions::Deletions;
use deletions::ask_for_deletions;
use needs::pull_in;
pub(crate) use needs::pulled_in;

/// What a draft is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRequest {
    /// The release's name.
    pub tag: String,
    /// What it is about.
    pub notes: String,
    /// What it may hold; none: what both environments hold.
    pub kind: Option<ReleaseKind>,
    /// Where the changes come from: identity or name.
    pub source: String,
    /// Where they go.
    pub target: String,
    /// Globs of what to include; none: all.
    pub include: Vec<String>,
    /// Globs of what to leave out.
    pub exclude: Vec<String>,
    /// Whether to look at both environments first.
    pub look: Look,
    /// What becomes of it when it deletes a lot.
    pub deletions: Deletions,
}

/// Whether an environment is captured anew, or its latest capture serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Captures it.
    Again,
    /// Takes the latest capture; makes one only where there is none.
    Latest,
}

/// What became of a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// How many changes are in.
    pub included: u64,
    /// How many there are to choose from.
    pub total: u64,
    /// How many of the chosen ones were out and are in now, or the other way round.
    pub changed: u64,
    /// What was taken in with it.
    pub pulled_in: Vec<PulledIn>,
}

/// What a release's changes are chosen from, read once for all that is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    admitted: Vec<Change>,
    excluded: BTreeSet<ResourceKey>,
}

impl Choices {
    /// What the type of the release admits, in key order.
    pub fn admitted(&self) -> &[Change] {
        &self.admitted
    }

    /// What is chosen, in key order.
    pub fn chosen(&self) -> impl Iterator<Item = &Change> {
        let changes = self.admitted.iter();
        changes.filter(|change| !self.excluded.contains(&change.resource))
    }

    /// What is chosen, in key order.
    pub fn into_chosen(mut self) -> Vec<Change> {
        let excluded = self.excluded;
        self.admitted
            .retain(|change| !excluded.contains(&change.resource));
        self.admitted
    }
}

/// Compares two environments by name.
///
/// # Errors
/// When either is unknown or can't be captured.
pub(crate) async fn compare_environments(
    documents: &Documents,
    source: &str,
    target: &str,
    look: Look,
    job: &Job,
) -> Result<(Candidates, Comparison), EngineError> {
    let state = documents.ledger.state()?;
    let source = documents.ledger.environment(&state, source)?;
    let target = documents.ledger.environment(&state, target)?;
    let mut rows = Vec::with_capacity(2);
    for environment in [&source, &target] {
        rows.push(match look {
            Look::Again => capture(documents, environment, OnUnreadable::GoOn, job).await?,
            Look::Latest => latest_capture(documents, environment, job).await?,
        });
    }
    let held = Held {
        environment: &source.id,
        snapshot: &rows[0].snapshot,
    };
    let comparison = compare(documents, held, &rows[1].snapshot, &target)?;
    let changes = if documents.ledger.store().is_writable() {
        let changes = comparison.changes.clone();
        let store = &documents.ledger.store();
        store.write(move |writer| writer.put_change_set(&changes))?
    } else {
        slipway_domain::effect_digest(&comparison.changes)
    };
    let candidates = Candidates {
        changes,
        source: rows[0].snapshot,
        target: rows[1].snapshot,
        at: documents.ledger.now(),
    };
    Ok((candidates, comparison))
}

/// Makes a draft from what two environments differ in.
///
/// # Errors
/// When the tag is taken, the environments hold the same, or either can't be captured.
pub(crate) async fn draft(
    documents: &Documents,
    actor: &Person,
    request: DraftRequest,
    job: &Job,
) -> Result<Release, EngineError> {
    let DraftRequest {
        tag,
        notes,
        kind,
        source,
        target,
        include,
        exclude,
        look,
        deletions,
    } = request;
    let include = KeyPatterns::new(&include)?;
    let exclude = KeyPatterns::new(&exclude)?;
    let state = documents.ledger.state()?;
    let source_environment = documents.ledger.environment(&state, &source)?;
    let target_environment = documents.ledger.environment(&state, &target)?;
    if source_environment.id == target_environment.id {
        return Err(Refusal {
            kind: RefusalKind::Invalid,
            message: "The source and the target are the same environment".to_owned(),
            hint: "Choose two environments: the changes go from the source to the target."
                .to_owned(),
        }
        .into());
    }
    // A tag that is taken is told before minutes are spent on a capture.
    if let Some(other) = state.release_tagged(tag.trim()) {
        return Err(Refusal {
            kind: RefusalKind::Invalid,
            message: format!("There is a release {} already", other.tag),
            hint: "Choose another tag: each names one release for good.".to_owned(),
        }
        .into());
    }
    let (candidates, comparison) =
        compare_environments(documents, &source, &target, look, job).await?;
    let kind = match kind {
        Some(kind) => kind,
        None => kind_between(documents, &candidates.source, &candidates.target)?,
    };
    let admitted: Vec<&Change> = comparison
        .changes
        .iter()
        .filter(|change| kind.admits(&change.resource))
        .collect();
    if admitted.is_empty() && comparison.unreadable().next().is_none() {
        let (source, target) = (
            &source_environment.settings.name,
            &target_environment.settings.name,
        );
        return Err(Refusal {
            kind: RefusalKind::State,
            message: format!("{source} and {target} hold the same: there is nothing to release"),
            hint: "Change something in the source, or choose another type.".to_owned(),
        }
        .into());
    }
    let unreadable = || {
        let places = comparison.unreadable();
        places.filter_map(|place| place.key.as_ref())
    };
    let unreadable_count = unreadable().count();
    let mut excluded: BTreeSet<ResourceKey> = admitted
        .iter()
        .map(|change| &change.resource)
        .chain(unreadable())
        .filter(|key| exclude.matches(key) || !include.is_empty() && !include.matches(key))
        .cloned()
        .collect();
    let offered = admitted.len() + unreadable_count;
    if !include.is_empty() && excluded.len() == offered {
        return Err(Refusal {
            kind: RefusalKind::Invalid,
            message: format!("None of the {offered} changes is chosen: no resource's key matches"),
            hint: format!(
                "A pattern is held against the whole key, for instance `{}`.",
                admitted
                    .first()
                    .map_or("object/*", |change| change.resource.as_str())
            ),
        }
        .into());
    }
    if deletions == Deletions::Ask {
        let of = (&source_environment, &target_environment);
        ask_for_deletions(documents, of, &candidates, &admitted, &excluded)?;
    }
    let remote = documents.remote(&source_environment)?;
    let left_out_by_name = |key: &ResourceKey| exclude.matches(key);
    let pulled_in = pull_in(
        documents,
        remote.as_ref(),
        &admitted,
        &mut excluded,
        left_out_by_name,
    )?;
    let id = ReleaseId(documents.ledger.new_id("r-"));
    let command = Command::DraftRelease {
        id: id.clone(),
        tag,
        notes,
        kind,
        source: source_environment.id,
        target: target_environment.id,
        candidates,
        reverts: None,
    };
    let release = id.clone();
    let state = documents
        .ledger
        .decide_with(actor, command, move |writer| {
            writer.set_pulled_in(&release, &[], &pulled_in)?;
            writer.replace_excluded(&release, &excluded)
        })?;
    Ok(state.releases[&id].clone())
}

/// Includes or leaves out changes of a draft or of an open release. What an included change needs comes with it.
///
/// # Errors
/// When the release can't be edited, or a resource is none of its candidates.
pub(crate) fn choose(
    documents: &Documents,
    id: &ReleaseId,
    resources: &[ResourceKey],
    included: bool,
) -> Result<Choice, EngineError> {
    let state = documents.ledger.state()?;
    let release = documents.ledger.release(&state, id.as_str())?;
    if !release.is_editable() {
        return Err(Refusal {
            kind: RefusalKind::State,
            message: format!(
                "{} is {}: its changes are fixed",
                release.tag, release.state
            ),
            hint: "Create a new release.".to_owned(),
        }
        .into());
    }
    let candidates = candidates(documents, &release)?;
    let admitted: Vec<&Change> = candidates
        .iter()
        .filter(|change| release.kind.admits(&change.resource))
        .collect();
    let mut excluded = documents
        .ledger
        .store()
        .read(|reader| reader.excluded(id))?;
    let changed = resources
        .iter()
        .filter(|resource| excluded.contains(*resource) == included)
        .count() as u64;
    let mut pulled_in = Vec::new();
    if included {
        for resource in resources {
            excluded.remove(resource);
        }
        let source = documents
            .ledger
            .environment(&state, release.source.as_str())?;
        let remote = documents.remote(&source)?;
        pulled_in = pull_in(documents, remote.as_ref(), &admitted, &mut excluded, |_| {
            false
        })?;
    } else {
        excluded.extend(resources.iter().cloned());
    }
    let total = admitted.len() as u64;
    let out = admitted
        .iter()
        .filter(|change| excluded.contains(&change.resource))
        .count() as u64;
    // Only what was chosen now is written: somebody else may be choosing beside it.
    let with_it = pulled_in.iter().map(|pulled| &pulled.resource);
    let chosen: Vec<ResourceKey> = resources.iter().chain(with_it).cloned().collect();
    let (id, taken_in) = (id.clone(), pulled_in.clone());
    documents.ledger.store().write(move |writer| {
        writer.set_pulled_in(&id, &chosen, &taken_in)?;
        writer.set_excluded(&id, &chosen, !included)
    })?;
    Ok(Choice {
        included: total - out,
        total,
        changed,
        pulled_in,
    })
}

/// Everything that a release's changes are chosen from, in key order.
///
/// # Errors
/// When the store does not hold it.
pub(crate) fn candidates(
    documents: &Documents,
    release: &Release,
) -> Result<Vec<Change>, EngineError> {
    change_set(documents, &release.candidates.changes)
}

/// Everything that a release's changes are chosen from, and what is chosen of it now.
///
/// # Errors
/// When the store does not hold it.
pub(crate) fn choices(documents: &Documents, release: &Release) -> Result<Choices, EngineError> {
    let excluded = documents
        .ledger
        .store()
        .read(|reader| reader.excluded(&release.id))?;
    let mut admitted = candidates(documents, release)?;
    admitted.retain(|change| release.kind.admits(&change.resource));
    Ok(Choices { admitted, excluded })
}

/// The changes that are chosen now, in key order: what opening the release would seal.
///
/// # Errors
/// When the store does not hold the candidates.
pub(crate) fn chosen(documents: &Documents, release: &Release) -> Result<Vec<Change>, EngineError> {
    Ok(choices(documents, release)?.into_chosen())
}

/// What a release holds: sealed, or for a draft what is chosen now.
///
/// # Errors
/// When the store does not hold it.
pub(crate) fn changes(
    documents: &Documents,
    release: &Release,
) -> Result<Vec<Change>, EngineError> {
    match release.revision() {
        Some(revision) => change_set(documents, &revision.effect),
        None => chosen(documents, release),
    }
}

/// The set of changes of a digest.
///
/// # Errors
/// When the store does not hold it.
pub(crate) fn change_set(
    documents: &Documents,
    id: &EffectDigest,
) -> Result<Vec<Change>, EngineError> {
    documents.ledger.count_change_set();
    let found = documents
        .ledger
        .store()
        .read(|reader| reader.change_set(id))?;
    found.ok_or_else(|| Unknown::ChangeSet { id: *id }.into())
}

/// Opens a draft: seals what is chosen as its first revision; for an open release, as the next one.
///
/// # Errors
/// When nothing is chosen, or the release is in another state.
pub(crate) fn seal(
    documents: &Documents,
    actor: &Person,
    release: &Release,
) -> Result<Release, EngineError> {
    let changes = chosen(documents, release)?;
    let command = sealing(release, &changes);
    let state = documents
        .ledger
        .decide_with(actor, command, move |writer| {
            writer.put_change_set(&changes).map(drop)
        })?;
    Ok(state.releases[&release.id].clone())
}

/// Captures and compares a release's environments again. The choice is kept; what is new is in.
///
/// # Errors
/// When its changes are fixed, an environment can't be captured, or it would delete so much that somebody has to say so.
pub(crate) async fn refresh(
    documents: &Documents,
    actor: &Person,
    release: &Release,
    deletions: Deletions,
    job: &Job,
) -> Result<Release, EngineError> {
    let (candidates, comparison) = compare_environments(
        documents,
        release.source.as_str(),
        release.target.as_str(),
        Look::Again,
        job,
    )
    .await?;
    if deletions == Deletions::Ask {
        let state = documents.ledger.state()?;
        let environment = |id: &EnvironmentId| documents.ledger.environment(&state, id.as_str());
        let (source, target) = (environment(&release.source)?, environment(&release.target)?);
        let admitted: Vec<&Change> = (comparison.changes.iter())
            .filter(|change| release.kind.admits(&change.resource))
            .collect();
        let excluded = (documents.ledger.store()).read(|reader| reader.excluded(&release.id))?;
        let of = (&source, &target);
        ask_for_deletions(documents, of, &candidates, &admitted, &excluded)?;
    }
    let state = documents.ledger.decide(
        actor,
        Command::RefreshRelease {
            id: release.id.clone(),
            candidates,
        },
    )?;
    Ok(state.releases[&release.id].clone())
}

/// The command that seals changes as a release's next revision. The caller stores them with it.
pub(crate) fn sealing(release: &Release, changes: &[Change]) -> Command {
    let count = |kind: ChangeKind| {
        changes
            .iter()
            .filter(|change| change.kind() == kind)
            .count() as u64
    };
    Command::Seal {
        id: release.id.clone(),
        effect: slipway_domain::effect_digest(changes),
        created: count(ChangeKind::Created),
        modified: count(ChangeKind::Modified),
        deleted: count(ChangeKind::Deleted),
    }
}
