//! What is so after every story: nothing was done twice, nothing was lost, and all who tell of it tell the same.

use std::collections::BTreeMap;

use slipway_domain::{
    Attempt, Change, Deployment, DeploymentId, DeploymentState, EffectDigest, EnvironmentId, Fact,
    Operation, OperationState, Person, Plan, Release, ReleaseId, ReviewId, StartReason, State,
    Verb, Verdict, Version,
};
use slipway_engine::Replace;

use crate::story::Story;
use crate::world::{Bytes, Place, World, digest};

/// Looks at everything. What is wrong stands in the world afterwards.
pub(crate) fn check(story: &mut Story) {
    if !story.world.lock().wrong.is_empty() {
        return;
    }
    let state = story.state();
    for deployment in state.deployments.values() {
        let found = story.onlooker.read(|reader| {
            let effect = reader.change_set(&deployment.effect)?;
            let (plan, attempts) = (
                reader.plan(&deployment.id)?,
                reader.attempts(&deployment.id)?,
            );
            Ok((plan, attempts, effect, reader.lock_of(&deployment.id)?))
        });
        let (plan, attempts, effect, lock) = found.expect("the onlooker reads");
        // What was there already when it was planned is not looked for.
        let operations = plan.iter().flat_map(|plan| &plan.operations);
        let looked_for: Vec<_> = operations.map(|operation| &operation.resource).collect();
        let mut expected = effect.clone().unwrap_or_default();
        expected.retain(|change| looked_for.contains(&&change.resource));
        what_was_verified_was_seen(story, deployment, &expected);
        let mut world = story.world.lock();
        let (Some(plan), Some(_)) = (plan, effect) else {
            world.wrong(format!("{} has no plan or no effect", deployment.id));
            return;
        };
        if let Some(lock) = lock
            && world.present.contains(&lock.holder)
        {
            world.wrong(format!("{} still holds its lock", deployment.id));
        }
        every_operation_has_a_final_state(&mut world, deployment, &plan, &attempts);
        the_journal_tells_what_the_place_holds(&mut world, deployment, &plan, &attempts);
        let expected: BTreeMap<_, _> = expected
            .iter()
            .map(|change| (&change.resource, change.after.map(|after| after.digest)))
            .collect();
        if deployment.state == DeploymentState::Deployed {
            for (key, after) in expected {
                let place = &world.places[deployment.environment.as_str()];
                let held = place.holds.get(key).map(|bytes| digest(bytes));
                if is_last(place, deployment, key.as_str()) && held != after {
                    world.wrong(format!("{}: {key} is lost", deployment.id));
                }
            }
        }
        what_was_taken_back_is_as_before(&mut world, &state, deployment, &plan, &attempts);
        what_a_rollback_wrote_is_as_before(&mut world, &state, deployment, &plan);
        drop(world);
        story.count(format!("ends {:?}", deployment.state));
        if state.releases[&deployment.release].reverts.is_some() {
            story.count(format!("rollback ends {:?}", deployment.state));
        }
        if deployment.environment.as_str() == "next" {
            story.count("promoted");
        }
        for attempt in &attempts {
            story.count(format!("operation {:?}", attempt.state));
        }
        if deployment.rolled_back_by.is_some() {
            story.count("rolled back");
        }
    }
}

/// Looks at the trail, once everything is over; also at every signature, where that is wanted.
pub(crate) fn audit(story: &mut Story, has_signatures: bool) {
    if !story.world.lock().wrong.is_empty() {
        return;
    }
    let folded = nobody_went_past_the_gate(story);
    let projected = story.onlooker.read(|reader| reader.load_state());
    if projected.expect("the onlooker reads").0 != folded {
        let what = "what is shown does not follow from the records";
        story.world.wrong(what.to_owned());
    }
    if !has_signatures {
        return;
    }
    let engine = story.engine();
    match engine.audit(Replace::No) {
        Ok(audit) if audit.projections_match && audit.problem.is_none() => {}
        Ok(audit) => story.world.wrong(format!("the audit finds {audit:?}")),
        Err(error) => story.world.wrong(format!("the audit fails: {error}")),
    }
}

fn every_operation_has_a_final_state(
    world: &mut World,
    deployment: &Deployment,
    plan: &Plan,
    attempts: &[Attempt],
) {
    use OperationState::{Applied, Failed, Pending, Reverted, Skipped, Unknown};
    let id = &deployment.id;
    for (operation, attempt) in plan.operations.iter().zip(attempts) {
        let key = &operation.resource;
        let fits = match (deployment.state, attempt.state) {
            (_, Unknown) => false,
            (_, Applied | Reverted | Skipped) => true,
            (DeploymentState::Failed, Pending | Failed) => true,
            (DeploymentState::Cancelled, Failed) => true,
            (_, Pending | Failed) => false,
        };
        if !fits {
            let (ended, left) = (deployment.state, attempt.state);
            world.wrong(format!("{id} is {ended:?}, and {key} is {left:?}"));
        }
        if matches!(attempt.state, Failed | Skipped) && attempt.message.is_none() {
            world.wrong(format!(
                "{id}: {key} does not say why it is {:?}",
                attempt.state
            ));
        }
    }
    let is_explained = deployment.message.is_some() || deployment.state != DeploymentState::Failed;
    if !is_explained {
        world.wrong(format!("{id} failed and does not say why"));
    }
    if deployment.operations.total != plan.operations.len() as u64 {
        world.wrong(format!("{id} counts other operations than its plan"));
    }
}

/// A deployment that is said to be complete was seen to be: the capture that its verification made holds what it was to make.
fn what_was_verified_was_seen(story: &Story, deployment: &Deployment, effect: &[Change]) {
    if deployment.state != DeploymentState::Deployed {
        return;
    }
    let id = &deployment.id;
    let Some(after) = deployment.after else {
        story
            .world
            .wrong(format!("{id} is complete and was not verified"));
        return;
    };
    let keys: Vec<_> = effect
        .iter()
        .map(|change| change.resource.clone())
        .collect();
    let seen = story.onlooker.read(|reader| reader.lookup(&after, &keys));
    let seen = seen.expect("the onlooker reads");
    for change in effect {
        let key = &change.resource;
        if !Version::same_content(seen.get(key), change.after.as_ref()) {
            let what = format!("{id} is complete, and {key} was seen to be something else");
            story.world.wrong(what);
        }
    }
}

/// Whether nobody else touched a resource after a deployment wrote it, or first reached for its place.
fn is_last(place: &Place, deployment: &Deployment, key: &str) -> bool {
    let Some((reached, _)) = place.before.get(&deployment.id) else {
        return false;
    };
    let own = place
        .written
        .iter()
        .filter(|written| written.deployment == deployment.id && written.resource.as_str() == key);
    let since = own.map(|written| written.moment).min().unwrap_or(*reached);
    let since = since.min(*reached);
    let edited = place
        .edited
        .iter()
        .any(|(edited, moment)| edited.as_str() == key && *moment > since);
    let others = place.written.iter().any(|written| {
        written.resource.as_str() == key
            && written.deployment != deployment.id
            && written.moment > since
    });
    !edited && !others
}

fn the_journal_tells_what_the_place_holds(
    world: &mut World,
    deployment: &Deployment,
    plan: &Plan,
    attempts: &[Attempt],
) {
    let id = &deployment.id;
    let name = deployment.environment.as_str();
    let mut complaints = Vec::new();
    let place = &world.places[name];
    let last_of = |operation: &Operation| {
        let same = |other: &&Operation| other.resource == operation.resource;
        plan.operations.iter().rfind(same).map(|last| last.id)
    };
    for (operation, attempt) in plan.operations.iter().zip(attempts) {
        let key = &operation.resource;
        if operation.verb == Verb::Publish {
            let is_published = world.is_published(name, id);
            let says_so = matches!(
                attempt.state,
                OperationState::Applied | OperationState::Reverted
            );
            if is_published != says_so && attempt.state != OperationState::Failed {
                complaints.push(format!(
                    "{id}: published: {is_published}, said to be {:?}",
                    attempt.state
                ));
            }
            continue;
        }
        let written = place
            .written
            .iter()
            .filter(|written| written.deployment == *id && written.operation == operation.id);
        let times = written.clone().count();
        let took_effect = written.clone().any(|written| !written.is_staged);
        let waits = operation.staged && !world.is_published(name, id);
        let is_last = is_last(place, deployment, key.as_str());
        match attempt.state {
            OperationState::Applied if times == 0 && is_last => {
                complaints.push(format!(
                    "{id}: {key} is said to be applied, and nobody wrote it"
                ));
            }
            OperationState::Applied if waits => {}
            OperationState::Applied if is_last && last_of(operation) == Some(operation.id) => {
                let held = place.holds.get(key).map(|bytes| digest(bytes));
                if held != operation.after.map(|after| after.digest) {
                    complaints.push(format!(
                        "{id}: {key} is said to be applied, and is not there"
                    ));
                }
            }
            OperationState::Skipped | OperationState::Pending if took_effect && is_last => {
                complaints.push(format!(
                    "{id}: {key} was written, and is said to be {:?}",
                    attempt.state
                ));
            }
            _ => {}
        }
        if times > 0 && attempt.attempts == 0 {
            complaints.push(format!("{id}: {key} was written, and never begun"));
        }
        if times > 1 && is_last {
            complaints.push(format!("{id}: {key} was written {times} times"));
        }
    }
    for complaint in complaints {
        world.wrong(complaint);
    }
}

fn what_was_taken_back_is_as_before(
    world: &mut World,
    state: &State,
    deployment: &Deployment,
    plan: &Plan,
    attempts: &[Attempt],
) {
    let Some(by) = &deployment.rolled_back_by else {
        return;
    };
    let id = &deployment.id;
    let name = deployment.environment.as_str();
    let mut complaints = Vec::new();
    if !state.deployments.contains_key(by) {
        complaints.push(format!("{id} was rolled back by {by}, which there is not"));
    }
    let place = &world.places[name];
    let Some((reached, before)) = place.before.get(id) else {
        world.wrong(format!("{id} was rolled back, and never reached its place"));
        return;
    };
    for (operation, attempt) in plan.operations.iter().zip(attempts) {
        let key = &operation.resource;
        if operation.verb == Verb::Publish || attempt.attempts == 0 {
            continue;
        }
        let is_edited = place.edited.get(key).is_some_and(|moment| moment > reached);
        let others = place.written.iter().any(|written| {
            written.resource == *key
                && written.moment > *reached
                && written.deployment != *id
                && written.deployment != *by
        });
        let is = |bytes: Option<&Bytes>| bytes.map(|bytes| digest(bytes));
        if !is_edited && !others && is(place.holds.get(key)) != is(before.get(key)) {
            complaints.push(format!("{id} was rolled back, and {key} is not as before"));
        }
    }
    for complaint in complaints {
        world.wrong(complaint);
    }
}

/// What a rollback wrote is as it was before the deployment that it rolls back, also where it leaves a part of that.
fn what_a_rollback_wrote_is_as_before(
    world: &mut World,
    state: &State,
    deployment: &Deployment,
    plan: &Plan,
) {
    let reverts = state.releases[&deployment.release].reverts.as_ref();
    let place = &world.places[deployment.environment.as_str()];
    let before = reverts.and_then(|reverted| place.before.get(reverted));
    let (Some(reverted), Some((reached, before)), DeploymentState::Deployed) =
        (reverts, before, deployment.state)
    else {
        return;
    };
    let mut complaints = Vec::new();
    let written = plan
        .operations
        .iter()
        .filter(|operation| operation.verb != Verb::Publish);
    for Operation { resource, .. } in written {
        let is_own = |of: &DeploymentId| of == reverted || *of == deployment.id;
        let by_others = place.written.iter().any(|written| {
            written.resource == *resource
                && written.moment > *reached
                && !is_own(&written.deployment)
        });
        let edited = place.edited.get(resource);
        if by_others || edited.is_some_and(|moment| moment > reached) {
            continue;
        }
        let is = |bytes: Option<&Bytes>| bytes.map(|bytes| digest(bytes));
        if is(place.holds.get(resource)) != is(before.get(resource)) {
            let id = &deployment.id;
            complaints.push(format!(
                "{id} rolled {resource} back to something else than before"
            ));
        }
    }
    for complaint in complaints {
        world.wrong(complaint);
    }
}

/// The latest word of each person on an effect in an environment: a verdict, and whether it was dismissed.
type Word = (Person, Verdict, ReviewId, bool);

/// Counts the reviews anew, from the facts alone.
fn nobody_went_past_the_gate(story: &mut Story) -> State {
    let records = story.onlooker.read(|reader| reader.records(0, 10_000));
    let mut state = State::default();
    let mut started = Vec::new();
    let mut words: BTreeMap<(ReleaseId, EnvironmentId, EffectDigest), Vec<Word>> = BTreeMap::new();
    for (_, record) in records.expect("the onlooker reads") {
        let by = state.author(&record);
        if let Fact::DeploymentStarted {
            deployment,
            release,
            environment,
            effect,
            ..
        } = &record.fact
        {
            let release = &state.releases[release];
            let sealed = release.revision().map(|revision| revision.effect);
            let is_target = release.target == *environment;
            started.push((deployment.clone(), *effect, sealed, is_target));
        }
        match &record.fact {
            Fact::Reviewed {
                release,
                review,
                environment,
                effect,
                verdict,
                ..
            } if *verdict != Verdict::Comment => {
                let about = (release.clone(), environment.clone(), *effect);
                let said = words.entry(about).or_default();
                let by = by.expect("an author");
                said.retain(|(other, ..)| *other != by);
                said.push((by, *verdict, review.clone(), false));
            }
            Fact::ReviewDismissed { review, .. } => {
                for word in words.values_mut().flatten() {
                    word.3 |= word.2 == *review;
                }
            }
            Fact::DeploymentStarted {
                deployment,
                release,
                environment,
                effect,
                start: StartReason::Approved,
                ..
            } => {
                let about = (release.clone(), environment.clone(), *effect);
                let said = words.get(&about).map_or(&[][..], Vec::as_slice);
                if let Some(why) = lacks(&state, &about.0, environment, said) {
                    story
                        .world
                        .wrong(format!("{deployment} began though {why}"));
                }
            }
            Fact::DeploymentResumed { deployment } => {
                let found = &state.deployments[deployment];
                let about = (
                    found.release.clone(),
                    found.environment.clone(),
                    found.effect,
                );
                let said = words.get(&about).map_or(&[][..], Vec::as_slice);
                let why = match found.start {
                    StartReason::Approved => lacks(&state, &about.0, &about.1, said),
                    _ => None,
                };
                let place = &state.environments[&found.environment];
                let why = why
                    .or((found.rules != Some(place.rules_digest()))
                        .then_some("the rules are others"));
                if let Some(why) = why {
                    story
                        .world
                        .wrong(format!("{deployment} went on though {why}"));
                }
            }
            _ => {}
        }
        state.evolve(&record);
    }
    for (deployment, effect, sealed, is_target) in started {
        if !is_what_was_sealed(story, &effect, sealed.as_ref(), is_target) {
            let what = format!("{deployment} began with something else than was sealed");
            story.world.wrong(what);
        }
    }
    state
}

/// Whether an effect is what a sealed revision does: in its own target the very same, elsewhere what it leaves of it.
fn is_what_was_sealed(
    story: &Story,
    effect: &EffectDigest,
    sealed: Option<&EffectDigest>,
    is_target: bool,
) -> bool {
    let Some(sealed) = sealed else { return false };
    if is_target || effect == sealed {
        return effect == sealed;
    }
    let found = story
        .onlooker
        .read(|reader| Ok((reader.change_set(effect)?, reader.change_set(sealed)?)));
    let (Some(effect), Some(sealed)) = found.expect("the onlooker reads") else {
        return false;
    };
    effect.iter().all(|change| {
        sealed.iter().any(|of| {
            of.resource == change.resource
                && Version::same_content(of.after.as_ref(), change.after.as_ref())
        })
    })
}

/// What is lacking for a deployment.
fn lacks(
    state: &State,
    release: &ReleaseId,
    environment: &EnvironmentId,
    said: &[Word],
) -> Option<&'static str> {
    let release: &Release = &state.releases[release];
    let policy = state.environments[environment].approval_policy();
    let valid = said.iter().filter(|(.., is_dismissed)| !is_dismissed);
    let approvals = valid.clone().filter(|(by, verdict, ..)| {
        *verdict == Verdict::Approve && (policy.author_counts || !release.is_author(by))
    });
    if valid
        .clone()
        .any(|(_, verdict, ..)| *verdict == Verdict::RequestChanges)
    {
        return Some("changes were requested");
    }
    (approvals.count() < policy.required as usize).then_some("approvals were missing")
}
