//! Releases as they are shown.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use slipway_domain::{
    Approval, Change, Deployment, EffectDigest, Environment, Intent, Life, Person, Release,
    ReleaseState, ResourceKey, Standing, State, approval, dismissable, effect_digest, gate,
    release_actions, review_stage, target_actions,
};
use slipway_engine::{EngineError, Held};

use super::environment::{in_promotion_order, is_production, onward};
use crate::wire::{
    ApiError, ChangeCounts, Overlap, PulledIn, ReleaseEnvironment, ReleaseReview, ReleaseSummary,
    ReleaseView,
};
use crate::workspace::{EffectOn, Workspace};

/// How many shared resources an overlap names.
const OVERLAP_EXAMPLES: usize = 10;
/// The longest title that is made from notes, in characters.
const TITLE_LIMIT_CHARS: usize = 200;

/// How many resources that came along a release names.
const PULLED_IN_LIMIT: usize = 100;

/// A release in a list, with the reviews that were found for it.
pub(crate) fn summary(
    workspace: &Workspace,
    state: &State,
    release: &Release,
    reviews: Vec<ReleaseReview>,
) -> Result<ReleaseSummary, ApiError> {
    let target = state.environments.get(&release.target);
    Ok(ReleaseSummary {
        id: release.id.clone(),
        tag: release.tag.clone(),
        title: release
            .notes
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(TITLE_LIMIT_CHARS)
            .collect(),
        state: release.state,
        kind: release.kind,
        source: workspace.environment_name(state, &release.source),
        target: workspace.environment_name(state, &release.target),
        to_production: target.is_some_and(is_production),
        counts: counts(release, || workspace.engine.chosen(release))?,
        approval: approval_on(
            release,
            target,
            release.revision().map(|revision| revision.effect),
        ),
        reviews,
        aftermath: release.aftermath(),
        standings: release
            .standings
            .iter()
            .map(|(id, standing)| (workspace.environment_name(state, id), *standing))
            .collect(),
        unresolved: unresolved(release),
        deployment: deployments_of(state, release)
            .first()
            .map(|deployment| deployment.id.clone()),
        is_revert: release.reverts.is_some(),
        created_by: release.created_by.clone(),
        created_at: release.created_at,
        updated_at: release.updated_at,
    })
}

/// How many threads are not resolved.
fn unresolved(release: &Release) -> u64 {
    release
        .comments
        .iter()
        .filter(|comment| comment.reply_to.is_none() && !comment.resolved)
        .count() as u64
}

/// The deployments of a release, newest first.
fn deployments_of<'a>(state: &'a State, release: &Release) -> Vec<&'a Deployment> {
    let mut found: Vec<_> = state
        .deployments
        .values()
        .filter(|d| d.release == release.id)
        .collect();
    found.sort_by_key(|deployment| Reverse(deployment.number));
    found
}

/// The changes that are in: sealed, or for a draft what is chosen now.
fn counts<C: IntoIterator<Item: Borrow<Change>>>(
    release: &Release,
    chosen: impl FnOnce() -> Result<C, EngineError>,
) -> Result<ChangeCounts, ApiError> {
    Ok(match release.revision() {
        Some(revision) => ChangeCounts {
            created: revision.created,
            modified: revision.modified,
            deleted: revision.deleted,
        },
        None => ChangeCounts::of(chosen()?),
    })
}

/// How a release stands with its reviewers. Nothing is satisfied where there is nothing to deploy yet.
fn approval_on(
    release: &Release,
    environment: Option<&Environment>,
    effect: Option<EffectDigest>,
) -> Approval {
    let effect_or_none = effect.unwrap_or(EffectDigest([0; 32]));
    let counted = environment.map(|environment| approval(release, environment, &effect_or_none));
    let none = || Approval {
        required: 0,
        approved_by: Vec::new(),
        changes_requested_by: Vec::new(),
        outdated: Vec::new(),
        satisfied: false,
    };
    let counted = counted.unwrap_or_else(none);
    Approval {
        satisfied: counted.satisfied && effect.is_some(),
        ..counted
    }
}

/// A release with all that is known of it.
pub(crate) fn view(
    workspace: &Workspace,
    state: &State,
    release: Release,
    person: Option<&Person>,
) -> Result<ReleaseView, ApiError> {
    let engine = &workspace.engine;
    let target = state.environments.get(&release.target);
    // What there is to choose from is read once, for all that follows from it.
    let choices = engine.choices(&release)?;
    let candidate_count = choices.admitted().len() as u64;
    let chosen = choices.into_chosen();
    let edited = match release.revision() {
        Some(revision) if release.is_editable() => effect_digest(&chosen) != revision.effect,
        _ => false,
    };
    let compared = match target {
        // A revert release was never chosen from a comparison.
        Some(target) if release.reverts.is_none() => {
            let candidates = &release.candidates;
            let from = Held {
                environment: &release.source,
                snapshot: &candidates.source,
            };
            Some(workspace.compared(from, &candidates.target, target)?)
        }
        _ => None,
    };
    let compared = compared.as_deref();
    let environments = environments(workspace, state, &release, person)?;
    let is_in = |key: &ResourceKey| {
        let found = chosen.binary_search_by(|change| change.resource.cmp(key));
        found.is_ok()
    };
    let pulled_in = engine.pulled_in(&release.id)?.into_iter();
    let pulled_in = pulled_in.filter(|pulled| is_in(&pulled.resource));
    let pulled_in = pulled_in
        .take(PULLED_IN_LIMIT)
        .map(PulledIn::from)
        .collect();
    let aftermath = release.aftermath();
    // What was replaced or rolled back everywhere is not led on.
    let next = environments.iter().find(|place| {
        let is_ahead = place.standing.is_some_and(Standing::is_ahead);
        aftermath.is_none() && is_ahead && place.effect.is_some()
    });
    let effect_in = |id| environments.iter().find(|place| place.id == id)?.effect;
    let dismissable = dismissable(&release, |review| effect_in(review.environment.clone()));
    Ok(ReleaseView {
        can: release_actions(&release, edited),
        aftermath,
        next: next.map(|place| place.id.clone()),
        dismissable: dismissable.into_iter().cloned().collect(),
        source_name: workspace.environment_name(state, &release.source),
        target_name: workspace.environment_name(state, &release.target),
        to_production: target.is_some_and(is_production),
        counts: counts(&release, || Ok(&chosen))?,
        candidate_count,
        pulled_in,
        left_out: compared.map_or_else(Vec::new, |compared| compared.left_out.clone()),
        not_compared: compared.map_or_else(Vec::new, |compared| compared.not_compared.clone()),
        not_compared_count: compared.map_or(0, |compared| compared.not_compared_count),
        edited,
        environments,
        deployments: deployments_of(state, &release)
            .iter()
            .map(|deployment| deployment.id.clone())
            .collect(),
        overlaps: overlaps(workspace, state, &release, &chosen)?,
        unresolved: unresolved(&release),
        release: release.into(),
    })
}

/// Its target, those that the target promotes to, and wherever else it has been; not where its changes come from.
fn places<'a>(state: &'a State, release: &Release) -> Vec<&'a Environment> {
    let mut places: Vec<&Environment> = Vec::new();
    if let Some(target) = state.environments.get(&release.target) {
        places.push(target);
        // A rollback belongs to the place that it restores.
        if release.reverts.is_none() {
            places.extend(onward(state, target));
        }
    }
    let been = in_promotion_order(state)
        .into_iter()
        .filter(|environment| release.standings.contains_key(&environment.id));
    for environment in been {
        if !places.iter().any(|known| known.id == environment.id) {
            places.push(environment);
        }
    }
    places.retain(|place| place.id != release.source || place.id == release.target);
    places
}

/// A release seen from the environments on its way.
fn environments(
    workspace: &Workspace,
    state: &State,
    release: &Release,
    person: Option<&Person>,
) -> Result<Vec<ReleaseEnvironment>, ApiError> {
    places(state, release)
        .into_iter()
        .map(|place| environment(workspace, state, release, place, person))
        .collect()
}

/// A release seen from one environment.
pub(crate) fn environment(
    workspace: &Workspace,
    state: &State,
    release: &Release,
    environment: &Environment,
    person: Option<&Person>,
) -> Result<ReleaseEnvironment, ApiError> {
    let found = effect(workspace, release, environment)?;
    let effect = found.map(|found| found.digest);
    let approval = approval_on(release, Some(environment), effect);
    let review = review_stage(
        state,
        release,
        environment,
        effect.as_ref(),
        &approval,
        person,
    );
    let can = target_actions(state, release, environment, effect.as_ref());
    let gate = effect.map(|effect| gate(state, release, environment, &effect, Intent::Deploy));
    Ok(ReleaseEnvironment {
        id: environment.id.clone(),
        name: environment.settings.name.clone(),
        is_production: is_production(environment),
        standing: release.standing(&environment.id),
        effect,
        counts: found.map_or_else(ChangeCounts::default, |found| found.counts),
        revision: release.revision().map(|revision| revision.number),
        approval,
        gate,
        review,
        can,
    })
}

/// What a release does to an environment as of its latest capture; on its own target, what was sealed.
fn effect(
    workspace: &Workspace,
    release: &Release,
    environment: &Environment,
) -> Result<Option<EffectOn>, ApiError> {
    if environment.id == release.target {
        return Ok(release.revision().map(EffectOn::sealed));
    }
    match workspace.latest_capture(&environment.id)? {
        Some(capture) => workspace.effect_on(release, environment, &capture),
        None => Ok(None),
    }
}

/// Where a release is up for review, or approved and not deployed yet.
pub(crate) fn reviews(
    workspace: &Workspace,
    state: &State,
    release: &Release,
    person: Option<&Person>,
) -> Result<Vec<ReleaseReview>, ApiError> {
    // What was replaced or rolled back everywhere does not go on.
    if release.life != Life::Open || release.aftermath().is_some() {
        return Ok(Vec::new());
    }
    let mut reviews = Vec::new();
    for place in places(state, release) {
        if !release.standing(&place.id).is_some_and(Standing::is_ahead) {
            continue;
        }
        let found = environment(workspace, state, release, place, person)?;
        if let Some(stage) = found.review {
            reviews.push(ReleaseReview {
                environment: found.id,
                name: found.name,
                is_production: found.is_production,
                approval: found.approval,
                stage,
            });
        }
    }
    Ok(reviews)
}

/// Other releases under way that change the same resources of the same environment. `chosen` is what is chosen now.
fn overlaps(
    workspace: &Workspace,
    state: &State,
    release: &Release,
    chosen: &[Change],
) -> Result<Vec<Overlap>, ApiError> {
    let is_open =
        |release: &Release| matches!(release.state, ReleaseState::Open | ReleaseState::Deploying);
    if !release.is_editable() && !is_open(release) {
        return Ok(Vec::new());
    }
    let others: Vec<&Release> = state
        .releases
        .values()
        .filter(|other| other.id != release.id && other.target == release.target && is_open(other))
        .collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let is_as_chosen = |effect: EffectDigest| effect_digest(chosen) == effect;
    let sealed = match release.revision() {
        Some(revision) if !is_as_chosen(revision.effect) => {
            Some(workspace.engine.change_set(&revision.effect)?)
        }
        _ => None,
    };
    let own: BTreeSet<_> = sealed
        .as_deref()
        .unwrap_or(chosen)
        .iter()
        .map(|change| &change.resource)
        .collect();
    let mut overlaps = Vec::new();
    for other in others {
        let changes = workspace.engine.changes(other)?;
        let shared: Vec<_> = changes
            .into_iter()
            .map(|change| change.resource)
            .filter(|resource| own.contains(resource))
            .collect();
        if !shared.is_empty() {
            overlaps.push(Overlap {
                release: other.id.clone(),
                tag: other.tag.clone(),
                count: shared.len() as u64,
                examples: shared.into_iter().take(OVERLAP_EXAMPLES).collect(),
            });
        }
    }
    Ok(overlaps)
}
