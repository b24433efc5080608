//! What a release does to an environment, and the plan for it.

mod around;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use slipway_domain::{
    Assessment, Blocked, Change, ChangeKind, EffectDigest, Environment, Plan, PlanInput, Reference,
    Release, ResourceKey, Risk, Rule, SnapshotId, Verb, Version, effect_digest,
};
use slipway_store::CaptureRow;

use self::around::around;
use crate::capture::{CaptureNotes, LeftOut, LeftOutCount, latest_capture, look};
use crate::compare::{Held, hidden_by, notes_of, with_kept_fields};
use crate::documents::{Documents, Passage};
use crate::error::EngineError;
use crate::job::Job;
use crate::platform::{Semantics, Unreadable};
use crate::releases::{Look, candidates, changes};

pub(crate) use self::around::beside;

/// What a release does to an environment as it was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Names it; what reviews approve.
    pub digest: EffectDigest,
    /// Resource by resource, in key order.
    pub changes: Vec<Change>,
    /// What the environment's rules keep out.
    pub left_out: Vec<LeftOut>,
}

impl Effect {
    /// An effect of these changes, in key order.
    fn of(changes: Vec<Change>) -> Self {
        Self {
            digest: effect_digest(&changes),
            changes,
            left_out: Vec::new(),
        }
    }
}

/// A plan with what it was worked out from.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What the release does there.
    pub effect: Effect,
    /// The operations.
    pub plan: Plan,
    /// How many fields the environment keeps as it has them in what is written.
    pub kept_fields: u64,
    /// The capture that it is against.
    pub capture: CaptureRow,
    /// The set of changes that it follows from: what is sealed, or for a draft what opening it would seal.
    pub content: EffectDigest,
}

/// Works out what deploying a release would do. Where it looks again, at what that touches.
///
/// # Errors
/// When the environment can't be looked at.
pub(crate) async fn plan(
    documents: &Documents,
    release: &Release,
    environment: &Environment,
    how: Look,
    job: &Job,
) -> Result<Prepared, EngineError> {
    let capture = match how {
        Look::Again => {
            let (held, of, to) = (documents.clone(), release.clone(), environment.clone());
            let around = move |base: &CaptureRow| around(&held, &of, &to, base);
            look(documents, environment, around, job).await?
        }
        Look::Latest => latest_capture(documents, environment, job).await?,
    };
    let (held, release, environment) = (documents.clone(), release.clone(), environment.clone());
    let preparing = move || prepare(&held, &release, &environment, capture);
    documents.ledger.blocking(preparing).await
}

/// What a release does to an environment. On its own target that is what was sealed; on another one, the sealed
/// content against what that one holds, under that one's rules.
///
/// # Errors
/// When the store does not hold the changes.
pub(crate) fn effect(
    documents: &Documents,
    release: &Release,
    environment: &Environment,
    capture: &CaptureRow,
) -> Result<Effect, EngineError> {
    effect_of(
        documents,
        changes(documents, release)?,
        release,
        environment,
        capture,
    )
}

/// As [`effect`], of changes that were read already.
fn effect_of(
    documents: &Documents,
    sealed: Vec<Change>,
    release: &Release,
    environment: &Environment,
    capture: &CaptureRow,
) -> Result<Effect, EngineError> {
    if environment.id == release.target {
        return Ok(Effect::of(sealed));
    }
    let remote = documents.remote(environment)?;
    let passage = passage(documents, remote.as_ref(), release, environment, capture)?;
    let live = held(documents, capture, &sealed)?;
    let state = documents.ledger.state()?;
    let own = state.environments.get(&release.target);
    let is_of_another_platform =
        own.is_none_or(|own| own.settings.platform != environment.settings.platform);
    let mut left_out = LeftOutCount::default();
    let mut changes = Vec::with_capacity(sealed.len());
    for change in sealed {
        if let Some(rule) = passage.withholds(&change.resource) {
            left_out.add(rule, &change.resource);
            continue;
        }
        let before = live.get(&change.resource).copied();
        let after = match change.after {
            Some(after) if is_of_another_platform => {
                Some(documents.in_terms_of(remote.as_ref(), &change.resource, after)?)
            }
            after => after,
        };
        let Some(change) = Change::between(&change.resource, before, after) else {
            continue;
        };
        let remote = remote.as_ref();
        let count = |rule: &Rule, key: &ResourceKey| left_out.add(rule, key);
        let change = documents.without_unknown(remote, &passage, change, count)?;
        let Some(change) = change else { continue };
        if let Ok(change) = with_kept_fields(documents, &passage, remote, change)? {
            changes.push(change);
        }
    }
    Ok(Effect {
        left_out: left_out.into_list(),
        ..Effect::of(changes)
    })
}

/// The rules for what a release brings into an environment. What a revert brings is the environment's own.
fn passage(
    documents: &Documents,
    semantics: &dyn Semantics,
    release: &Release,
    environment: &Environment,
    capture: &CaptureRow,
) -> Result<Passage, EngineError> {
    if release.reverts.is_some() {
        return Ok(Passage::new(semantics, environment, None)?);
    }
    let held = Held {
        environment: &release.source,
        snapshot: &release.candidates.source,
    };
    let source = documents
        .ledger
        .store()
        .read(|reader| notes_of(reader, held))?;
    let here = CaptureNotes::of(capture);
    let names = (&source.vocabulary, &here.vocabulary);
    Ok(Passage::new(semantics, environment, Some(names))?)
}

/// What the environment holds of the resources that change.
fn held(
    documents: &Documents,
    capture: &CaptureRow,
    changes: &[Change],
) -> Result<BTreeMap<ResourceKey, Version>, EngineError> {
    let keys: Vec<ResourceKey> = changes
        .iter()
        .map(|change| change.resource.clone())
        .collect();
    Ok(documents
        .ledger
        .store()
        .read(|reader| reader.lookup(&capture.snapshot, &keys))?)
}

/// Works out the plan of a release for an environment as it was captured. Writes nothing remote.
///
/// # Errors
/// When the store does not hold what it needs.
pub(crate) fn prepare(
    documents: &Documents,
    release: &Release,
    environment: &Environment,
    capture: CaptureRow,
) -> Result<Prepared, EngineError> {
    let remote = documents.remote(environment)?;
    // Read once: the choice of a draft may change meanwhile, and what is planned is what is named.
    let changes = changes(documents, release)?;
    let content = effect_digest(&changes);
    let unseen = blocked_by_unseen(&changes, environment, &capture);
    let reviewed = effect_of(documents, changes, release, environment, &capture)?;
    let mut effect = reviewed.clone();
    let live = held(documents, &capture, &effect.changes)?;
    let changes = &mut effect.changes;
    let passage = passage(documents, remote.as_ref(), release, environment, &capture)?;
    let fields = documents.settle_kept(remote.as_ref(), environment, &passage, changes, &live)?;
    let mut live_keys = Vec::new();
    documents.ledger.store().read(|reader| {
        reader.entries(&capture.snapshot, &mut |key, _| {
            live_keys.push(key);
            ControlFlow::Continue(())
        })
    })?;
    let facts = gather(
        documents,
        remote.as_ref(),
        release,
        &effect,
        &capture,
        &live_keys,
    )?;
    let mut blocked = remote.check(&effect.changes, &live_keys);
    blocked.extend(facts.blocked);
    blocked.extend(blocked_by_unreadable(documents, release, &capture)?);
    blocked.extend(unseen);
    blocked.extend(facts.torn);
    blocked.extend(fields.blocked);
    blocked.extend(blocked_by_rules(
        documents,
        release,
        environment,
        &reviewed,
    )?);
    let deleted: Vec<ResourceKey> = (effect.changes.iter())
        .filter(|change| change.kind() == ChangeKind::Deleted)
        .map(|change| change.resource.clone())
        .collect();
    let mut attributes = remote.attributes(&deleted);
    attributes.extend(attributes_before(documents, release)?);
    let mut assessments = facts.assessments;
    let written = effect.changes.iter().map(|change| change.resource.clone());
    let left_out = documents.left_out(&passage, &release.candidates.source, written)?;
    for (key, sentence) in fields.said.into_iter().chain(left_out) {
        assessments.entry(key).or_default().add_reason(sentence);
    }
    let (partials, failed) = (RefCell::new(Vec::new()), RefCell::new(None));
    let without = |key: &ResourceKey, version: &Version, fields: &[String]| {
        partial(documents, remote.as_ref(), key, version, fields, &partials).unwrap_or_else(
            |error| {
                failed.borrow_mut().get_or_insert(error);
                *version
            },
        )
    };
    let plan = slipway_domain::plan(PlanInput {
        changes: &effect.changes,
        live: &live,
        references_after: &facts.after,
        references_before: &facts.before,
        layers: &facts.layers,
        assessments: &assessments,
        references: remote.references_policy(),
        without: &without,
        attributes: &attributes,
        keeps: &fields.keeps,
        blocked,
        publish: remote.published_resource(),
        is_staged: &|key| remote.is_staged(key),
    });
    // Planned as whole it would be written before what it refers to.
    if let Some(error) = failed.into_inner() {
        return Err(error);
    }
    let partials = partials.into_inner();
    if !partials.is_empty() {
        documents.ledger.store().write(move |writer| {
            partials
                .iter()
                .try_for_each(|bytes| writer.put_blob(bytes).map(drop))
        })?;
    }
    Ok(Prepared {
        effect: reviewed,
        plan,
        kept_fields: fields.count,
        capture,
        content,
    })
}

/// What a revert gives back beside content: as the plan that it reverts has noted it of what was deleted.
fn attributes_before(
    documents: &Documents,
    release: &Release,
) -> Result<BTreeMap<ResourceKey, String>, EngineError> {
    let Some(deployment) = &release.reverts else {
        return Ok(BTreeMap::new());
    };
    let plan = (documents.ledger.store()).read(|reader| reader.plan(deployment))?;
    let operations = plan.map_or_else(Vec::new, |plan| plan.operations);
    let deletions = operations
        .into_iter()
        .filter(|operation| operation.verb == Verb::Delete);
    Ok(deletions
        .filter_map(|operation| Some((operation.resource, operation.attributes?)))
        .collect())
}

/// What the first of two passes writes; its bytes are added to those to be stored.
fn partial(
    documents: &Documents,
    semantics: &dyn Semantics,
    key: &ResourceKey,
    version: &Version,
    fields: &[String],
    partials: &RefCell<Vec<Vec<u8>>>,
) -> Result<Version, EngineError> {
    let whole = documents.document(version)?;
    let bytes = semantics.without_fields(key, &whole, fields);
    let raw = Version::of_bytes(&bytes);
    let digest = semantics.digest(key, &bytes).unwrap_or(raw.digest);
    partials.borrow_mut().push(bytes);
    Ok(Version {
        digest,
        blob: raw.blob,
    })
}

/// Reads every document of the effect once: what it refers to, how likely its change is to hurt, what of it can't be written.
fn gather(
    documents: &Documents,
    semantics: &dyn Semantics,
    release: &Release,
    effect: &Effect,
    capture: &CaptureRow,
    live_keys: &[ResourceKey],
) -> Result<Gathered, EngineError> {
    let changes = &effect.changes;
    let touched: BTreeSet<&ResourceKey> = changes.iter().map(|change| &change.resource).collect();
    let deletes = changes
        .iter()
        .any(|change| change.kind() == ChangeKind::Deleted);
    let referrers = if deletes {
        Some(documents.referrers(semantics, &capture.snapshot)?)
    } else {
        None
    };
    // What a chosen document may refer to that neither the release nor the target has.
    let absent: BTreeSet<ResourceKey> = candidates(documents, release)?
        .into_iter()
        .filter(|change| {
            change.kind() == ChangeKind::Created && !touched.contains(&change.resource)
        })
        .map(|change| change.resource)
        .collect();
    let outcome = Outcome::new(documents, effect, capture);
    // A revert is worked out from the capture before the deployment: what led nowhere then may do so again.
    let before_it = Earlier {
        documents,
        semantics,
        snapshot: &release.candidates.source,
    };
    // In key order.
    let holds = |key: &ResourceKey| live_keys.binary_search(key).is_ok();
    let mut gathered = Gathered::default();
    let mut renamed = Renamed::default();
    documents.each_change(changes, |change, before, after| {
        let key = &change.resource;
        let layer = semantics.layer(key, change.kind());
        gathered.layers.insert(key.clone(), layer);
        let references = |version: &Option<Version>, bytes: Option<&[u8]>| {
            let (Some(version), Some(bytes)) = (version, bytes) else {
                return Ok(Vec::new());
            };
            let found = documents.references_in(semantics, key, version, || Ok(bytes))?;
            Ok::<_, EngineError>(found.to_vec())
        };
        let (old, new) = (
            references(&change.before, before)?,
            references(&change.after, after)?,
        );
        let left_behind: Vec<ResourceKey> = match (&referrers, change.kind()) {
            (Some(referrers), ChangeKind::Deleted) => referrers
                .get(key)
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .filter(|from| !touched.contains(from))
                .cloned()
                .collect(),
            _ => Vec::new(),
        };
        if release.reverts.is_some() {
            let torn = torn(
                key,
                &left_behind,
                (&old, &new),
                &before_it,
                |to| match outcome.change(to) {
                    Some(change) => change.after.is_some(),
                    None => holds(to),
                },
            )?;
            gathered.torn.extend(torn);
        }
        let mut assessment = semantics.assess(change, before, after, &left_behind);
        for reference in new
            .iter()
            .filter(|reference| absent.contains(&reference.to))
        {
            assessment.risk = Risk::High;
            assessment.add_reason(format!(
                "It refers to {} at {}, which is neither in the release nor in the environment.",
                reference.to, reference.path
            ));
        }
        gathered.assessments.insert(key.clone(), assessment);
        renamed.take(semantics, change, before.or(after));
        if let Some(after) = after {
            let before = || before.map(<[u8]>::to_vec);
            let outcome = |key: &ResourceKey| outcome.of(key);
            gathered
                .blocked
                .extend(semantics.check_document(key, after));
            gathered
                .blocked
                .extend(semantics.check_fit(key, &before, after, &outcome));
        }
        let ordering = |mut references: Vec<Reference>| {
            references.retain(|reference| semantics.is_ordered(key, reference));
            references
        };
        if change.before.is_some() {
            gathered.before.insert(key.clone(), ordering(old));
        }
        if change.after.is_some() {
            gathered.after.insert(key.clone(), ordering(new));
        }
        Ok(())
    })?;
    renamed.tell(&mut gathered.assessments);
    Ok(gathered)
}

/// What goes and what comes, by the signs that they are known by: what has the same ones is one thing under another name.
#[derive(Default)]
struct Renamed(BTreeMap<(String, Vec<String>), [Vec<ResourceKey>; 2]>);

impl Renamed {
    /// Takes a change and the document that goes or comes.
    fn take(&mut self, semantics: &dyn Semantics, change: &Change, bytes: Option<&[u8]>) {
        let side = match change.kind() {
            ChangeKind::Deleted => 0,
            ChangeKind::Created => 1,
            ChangeKind::Modified => return,
        };
        let key = &change.resource;
        let signs = bytes.map_or_else(Vec::new, |bytes| semantics.signs(key, bytes));
        if !signs.is_empty() {
            let sides = self.0.entry((key.kind().to_owned(), signs)).or_default();
            sides[side].push(key.clone());
        }
    }

    /// Says of each that it could be renamed instead.
    fn tell(self, assessments: &mut BTreeMap<ResourceKey, Assessment>) {
        for [gone, come] in self.0.into_values() {
            let ([gone], [come]) = (gone.as_slice(), come.as_slice()) else {
                continue;
            };
            for (key, sentence) in [
                (gone, format!("It comes again as {come}.")),
                (come, format!("It is {gone} under another name.")),
            ] {
                let assessment = assessments.entry(key.clone()).or_default();
                assessment.risk = Risk::High;
                assessment.add_reason(format!(
                    "{sentence} Rename it in the environment by hand, with a redirect, and refresh the release: then what hangs on it stays."
                ));
            }
        }
    }
}

/// What an environment held before the deployment that a release reverts.
struct Earlier<'a> {
    documents: &'a Documents,
    semantics: &'a dyn Semantics,
    snapshot: &'a SnapshotId,
}

impl Earlier<'_> {
    fn version(&self, key: &ResourceKey) -> Result<Option<Version>, EngineError> {
        let (one, store) = (std::slice::from_ref(key), self.documents.ledger.store());
        let found = store.read(|reader| reader.lookup(self.snapshot, one))?;
        Ok(found.get(key).copied())
    }

    /// Whether a resource referred to another one that was not there.
    fn led_nowhere(&self, from: &ResourceKey, to: &ResourceKey) -> Result<bool, EngineError> {
        let (Some(version), None) = (self.version(from)?, self.version(to)?) else {
            return Ok(false);
        };
        let references = self.documents.references(self.semantics, from, &version)?;
        Ok(references.iter().any(|reference| reference.to == *to))
    }
}

/// What a part of a rollback would tear from what it hangs together with; `left_behind` refer to a resource that goes.
fn torn(
    key: &ResourceKey,
    left_behind: &[ResourceKey],
    (old, new): (&[Reference], &[Reference]),
    before_it: &Earlier<'_>,
    is_there: impl Fn(&ResourceKey) -> bool,
) -> Result<Vec<Blocked>, EngineError> {
    let mut torn = Vec::new();
    for from in left_behind {
        if before_it.led_nowhere(from, key)? {
            continue;
        }
        torn.push(Blocked {
            resource: key.clone(),
            message: format!("{from} still refers to it, and stays as it is."),
            hint: format!("Roll {from} back with it, or leave {key} out."),
        });
    }
    for Reference { to, .. } in new.iter().filter(|reference| !old.contains(reference)) {
        if !is_there(to) && before_it.version(to)?.is_some() {
            torn.push(Blocked {
                resource: key.clone(),
                message: format!("It refers to {to} again, which is not there any more."),
                hint: format!("Roll {to} back with it, or leave {key} out."),
            });
        }
    }
    Ok(torn)
}

/// Assesses a change of a release, for showing it before there is a plan. `capture` is of the target.
///
/// # Errors
/// When the store does not hold what it needs.
pub(crate) fn assess_change(
    documents: &Documents,
    environment: &Environment,
    change: &Change,
    untouched_referrers: &[ResourceKey],
) -> Result<Assessment, EngineError> {
    let remote = documents.remote(environment)?;
    let bytes =
        |version: &Option<Version>| version.as_ref().map(|v| documents.document(v)).transpose();
    let (before, after) = (bytes(&change.before)?, bytes(&change.after)?);
    Ok(remote.assess(
        change,
        before.as_deref(),
        after.as_deref(),
        untouched_referrers,
    ))
}

/// What resources hold once an effect is applied. Many objects share a definition: it is read once.
struct Outcome<'a> {
    documents: &'a Documents,
    capture: &'a CaptureRow,
    changed: HashMap<&'a ResourceKey, &'a Change>,
    known: RefCell<HashMap<ResourceKey, Option<Arc<[u8]>>>>,
}

impl<'a> Outcome<'a> {
    fn new(documents: &'a Documents, effect: &'a Effect, capture: &'a CaptureRow) -> Self {
        let changes = effect.changes.iter();
        Self {
            documents,
            capture,
            changed: changes.map(|change| (&change.resource, change)).collect(),
            known: RefCell::default(),
        }
    }

    /// What becomes of a resource, if it changes.
    fn change(&self, key: &ResourceKey) -> Option<&'a Change> {
        self.changed.get(key).copied()
    }

    /// The document that a resource has then; `None` for none, and for one that can't be read now: it is told of when it comes
    /// to it.
    fn of(&self, key: &ResourceKey) -> Option<Arc<[u8]>> {
        if let Some(known) = self.known.borrow().get(key) {
            return known.clone();
        }
        let version = match self.changed.get(key) {
            Some(change) => change.after,
            None => {
                let store = self.documents.ledger.store();
                let (snapshot, one) = (&self.capture.snapshot, std::slice::from_ref(key));
                let found = store.read(|reader| reader.lookup(snapshot, one));
                found.ok().and_then(|found| found.get(key).copied())
            }
        };
        let bytes = version.and_then(|version| self.documents.document(&version).ok());
        let bytes = bytes.map(Arc::<[u8]>::from);
        self.known.borrow_mut().insert(key.clone(), bytes.clone());
        bytes
    }
}

/// What was sealed for its own target before a rule there held it back or kept a field of it. A revert gives back what
/// was there, whatever was ruled since.
fn blocked_by_rules(
    documents: &Documents,
    release: &Release,
    environment: &Environment,
    effect: &Effect,
) -> Result<Vec<Blocked>, EngineError> {
    if release.reverts.is_some() || environment.id != release.target {
        return Ok(Vec::new());
    }
    let remote = documents.remote(environment)?;
    let passage = Passage::new(remote.as_ref(), environment, None)?;
    let name = &environment.settings.name;
    let mut blocked = Vec::new();
    for change in &effect.changes {
        let key = &change.resource;
        let message = if let Some(rule) = passage.withholds(key) {
            format!("A rule of {name} leaves out `{}`.", rule.resources)
        } else if with_kept_fields(documents, &passage, remote.as_ref(), change.clone())?
            .is_ok_and(|kept| kept == *change)
        {
            continue;
        } else {
            format!("A rule of {name} keeps fields of it as they are there.")
        };
        blocked.push(Blocked {
            resource: key.clone(),
            message,
            hint: "The rule is newer than what was opened: refresh the release and open it again, or change the rule."
                .to_owned(),
        });
    }
    Ok(blocked)
}

/// A resource that could not be read in the source, and was not left out on purpose, keeps the release from being
/// deployed: nobody knows what it should become.
fn blocked_by_unreadable(
    documents: &Documents,
    release: &Release,
    capture: &CaptureRow,
) -> Result<Vec<Blocked>, EngineError> {
    if release.reverts.is_some() {
        return Ok(Vec::new());
    }
    let held = Held {
        environment: &release.source,
        snapshot: &release.candidates.source,
    };
    let (source, excluded) = documents.ledger.store().read(|reader| {
        Ok((
            notes_of(reader, held)?.unreadable,
            reader.excluded(&release.id)?,
        ))
    })?;
    let in_target: BTreeSet<ResourceKey> = CaptureNotes::of(capture)
        .unreadable
        .into_iter()
        .filter_map(|place| place.key)
        .collect();
    Ok(source
        .into_iter()
        .filter_map(|place| place.key.clone().map(|key| (key, place)))
        .filter(|(key, _)| {
            release.kind.admits(key) && !excluded.contains(key) && !in_target.contains(key)
        })
        .map(|(resource, place)| unreadable_in(resource, &place, "the source"))
        .collect())
}

/// A resource that can't be read in the target keeps a release from being deployed that changes it: that it is not seen does
/// not say that it is not there.
fn blocked_by_unseen(
    sealed: &[Change],
    environment: &Environment,
    capture: &CaptureRow,
) -> Vec<Blocked> {
    let unreadable = CaptureNotes::of(capture).unreadable;
    let by_key: BTreeMap<&str, &Unreadable> = unreadable
        .iter()
        .filter_map(|place| Some((place.key.as_ref()?.as_str(), place)))
        .collect();
    let unseen = sealed.iter().filter_map(|change| {
        let key = &change.resource;
        let place = hidden_by(key, |name| by_key.get(name).copied())?;
        Some(unreadable_in(
            key.clone(),
            place,
            &environment.settings.name,
        ))
    });
    unseen.collect()
}

fn unreadable_in(resource: ResourceKey, place: &Unreadable, where_it_is: &str) -> Blocked {
    let at = match (place.line, place.column) {
        (Some(line), Some(column)) => format!("line {line}, column {column}: "),
        _ => String::new(),
    };
    let Unreadable {
        place,
        message,
        hint,
        ..
    } = place;
    Blocked {
        resource,
        message: format!("{place} can't be read in {where_it_is}: {at}{message}"),
        hint: format!("{hint} Then refresh the release, or leave this resource out of it.")
            .trim()
            .to_owned(),
    }
}

#[derive(Default)]
struct Gathered {
    before: BTreeMap<ResourceKey, Vec<Reference>>,
    after: BTreeMap<ResourceKey, Vec<Reference>>,
    layers: BTreeMap<ResourceKey, u16>,
    assessments: BTreeMap<ResourceKey, Assessment>,
    /// What can't be written for what it holds, by itself and beside the rest.
    blocked: Vec<Blocked>,
    /// References that lead nowhere afterwards. A deployment may mean that; a rollback of a part is torn from what it hangs
    /// together with.
    torn: Vec<Blocked>,
}
