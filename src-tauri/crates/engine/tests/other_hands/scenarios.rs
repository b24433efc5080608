//! A person who cancels, an editor who changes what is to be written, a capture beside it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use slipway_domain::{
    Command, Deployment, DeploymentState, Edits, EnvironmentDraft, OperationCounts, ResourceKey,
    Rule, RuleAction, Rules, Standing, StepOutcome,
};
use slipway_engine::{Deploying, Engine, Job, Look, OnUnreadable};

use super::world::{Place, Shared, Ticks, World};
use super::{
    as_it_is, environment, environment_with, everything, open, person, rollback_of, under_way,
};

fn holds(kinds: &[(&str, u32)]) -> BTreeMap<ResourceKey, Vec<u8>> {
    let of = |(kind, count): &(&str, u32)| {
        let kind = (*kind).to_owned();
        (0..*count).map(move |n| {
            let key = ResourceKey::new("object", &kind, &format!("r{n}")).expect("a key");
            (key, format!(r#"{{"value":{n}}}"#).into_bytes())
        })
    };
    kinds.iter().flat_map(of).collect()
}

/// Deploys all of the source to an empty target, and cancels while the write with this number is under way.
async fn cancelled_at(path: &Path, world: &Shared, at: u64) -> (Engine, Deployment) {
    let engine = open(path, world, &Arc::new(Ticks::default()));
    let deploying = deploying_at(&engine, world, at).await;
    engine
        .cancel_deployment(&person(), &deploying.deployment)
        .await
        .expect("the wish is taken");
    world.1.open.notify_one();
    let ended = deploying.task.await.expect("no panic");
    (engine, ended.expect("an end"))
}

/// Deploys all of the source to an empty target; the write with this number waits to be let go.
async fn deploying_at(engine: &Engine, world: &Shared, at: u64) -> Deploying {
    environment("source", engine);
    environment("target", engine);
    let draft = engine.draft(&person(), everything(), &Job::quiet()).await;
    let draft = draft.expect("a draft");
    engine.seal(&person(), &draft).expect("an open release");
    world.lock().holds_at = Some(at);
    let deploying = engine.deploy(&person(), as_it_is(), &Job::quiet()).await;
    let deploying = deploying.expect("a deployment");
    world.1.reached.notified().await;
    deploying
}

#[tokio::test(start_paused = true)]
async fn what_is_cancelled_during_its_last_operation_is_deployed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = holds(&[("page", 1)]);
    let world = Shared::new(World::calm(&source, &BTreeMap::new()));
    let (_, ended) = cancelled_at(&folder.path().join("w.slipway"), &world, 1).await;
    assert_eq!(ended.state, DeploymentState::Deployed, "{ended:?}");
    assert!(ended.after.is_some(), "it was verified");
    assert_eq!(world.lock().places["target"].holds, source);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_hybrid_says_what_was_applied_and_its_rollback_reverts_that() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = holds(&[("page", 17), ("theme2", 3)]);
    let world = Shared::new(World {
        staged: vec!["theme2"],
        ..World::calm(&source, &BTreeMap::new())
    });
    // Kinds that end with 2 are written in a later wave: at the eighteenth write all pages are there.
    let (engine, ended) = cancelled_at(&folder.path().join("w.slipway"), &world, 18).await;
    assert_eq!(ended.state, DeploymentState::Cancelled);
    assert!(!world.lock().is_published);
    let expected = OperationCounts {
        total: 21,
        applied: 17,
        skipped: 4,
        ..OperationCounts::default()
    };
    assert_eq!(ended.operations, expected, "what was staged is not there");
    let release = &engine.state().expect("a state").releases[&ended.release];
    assert_eq!(
        release.standing(&ended.environment),
        Some(Standing::Cancelled)
    );

    let request = rollback_of(None, Edits::Keep);
    let rollback = engine.rollback(&person(), &request, &Job::quiet()).await;
    let deploying = under_way(rollback).expect("a rollback");
    let rolled_back = deploying.task.await.expect("no panic").expect("an end");
    assert_eq!(rolled_back.operations.applied, 17, "{rolled_back:?}");
    let left: Vec<String> = world.lock().places["target"]
        .holds
        .keys()
        .filter(|key| key.kind() == "page")
        .map(ToString::to_string)
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_published_where_nothing_is_staged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = holds(&[("page", 2)]);
    let world = Shared::new(World {
        staged: vec!["theme2"],
        ..World::calm(&source, &BTreeMap::new())
    });
    // Held and let go: the wish comes with the last operation.
    let (_, ended) = cancelled_at(&folder.path().join("w.slipway"), &world, 2).await;
    assert_eq!((ended.operations.total, ended.operations.applied), (2, 2));
    assert!(!world.lock().is_published);
}

#[tokio::test(start_paused = true)]
async fn what_never_began_is_left_alone_by_a_rollback() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = holds(&[("page", 1), ("late2", 1)]);
    let world = Shared::new(World::calm(&source, &BTreeMap::new()));
    let engine = open(
        &folder.path().join("w.slipway"),
        &world,
        &Arc::new(Ticks::default()),
    );
    let deploying = deploying_at(&engine, &world, 1).await;
    // While the first wave is written, somebody makes what the second one is to create.
    let late: ResourceKey = "object/late2:r0".parse().expect("a key");
    let edit = br#"{"edited":"by somebody else"}"#.to_vec();
    world.edit("target", &late, &edit);
    world.1.open.notify_one();
    let ended = deploying.task.await.expect("no panic").expect("an end");
    assert_eq!(ended.state, DeploymentState::Failed, "{ended:?}");
    assert_eq!((ended.operations.applied, ended.operations.failed), (1, 1));

    let request = rollback_of(None, Edits::Overwrite);
    let rollback = engine.rollback(&person(), &request, &Job::quiet()).await;
    let deploying = under_way(rollback).expect("a rollback");
    deploying.task.await.expect("no panic").expect("an end");
    let held = world.lock().places["target"].holds.clone();
    assert_eq!(
        held,
        BTreeMap::from([(late, edit)]),
        "the edit, and nothing else"
    );
    let state = engine.state().expect("a state");
    let rolled_back = &state.deployments[&ended.id].rolled_back_by;
    assert!(rolled_back.is_some(), "and it is complete without it");
}

#[tokio::test(start_paused = true)]
async fn what_fails_half_way_says_how_far_it_came_until_it_is_tried_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let world = Shared::new(World::calm(&holds(&[("page", 2)]), &BTreeMap::new()));
    let path = folder.path().join("w.slipway");
    let engine = open(&path, &world, &Arc::new(Ticks::default()));
    let refused: ResourceKey = "object/page:r1".parse().expect("a key");
    world.lock().refuses = Some(refused);
    let deploying = deploying_at(&engine, &world, 1).await;
    world.1.open.notify_one();
    let ended = deploying.task.await.expect("no panic").expect("an end");
    let steps = || {
        let attempts = engine.store().read(|reader| reader.attempts(&ended.id));
        let attempts = attempts.expect("a journal").into_iter();
        let steps = attempts.map(|attempt| attempt.steps.into_iter());
        let outcomes = steps.map(|steps| steps.map(|step| step.outcome).collect());
        outcomes.collect::<Vec<Vec<_>>>()
    };
    assert_eq!(
        steps(),
        [vec![], vec![StepOutcome::Done, StepOutcome::Failed]]
    );
    world.lock().refuses = None;
    let again = engine.retry(&person(), &ended.id).await.expect("it begins");
    let ended_again = again.task.await.expect("no panic").expect("an end");
    assert_eq!(
        ended_again.state,
        DeploymentState::Deployed,
        "{ended_again:?}"
    );
    assert_eq!(steps(), [vec![], vec![]]);
}

#[tokio::test(start_paused = true)]
async fn a_try_that_wrote_nothing_does_not_stand_before_the_one_that_did() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let world = Shared::new(World::calm(&holds(&[("page", 2)]), &BTreeMap::new()));
    let path = folder.path().join("w.slipway");
    let engine = open(&path, &world, &Arc::new(Ticks::default()));
    let refused: ResourceKey = "object/page:r1".parse().expect("a key");
    world.lock().refuses = Some(refused);
    let first = deploying_at(&engine, &world, 1).await;
    world.1.open.notify_one();
    let first = first.task.await.expect("no panic").expect("an end");
    assert_eq!((first.operations.applied, first.operations.failed), (1, 1));
    let again = engine.deploy(&person(), as_it_is(), &Job::quiet()).await;
    let again = again.expect("it begins").task.await;
    let again = again.expect("no panic").expect("an end");
    assert_eq!((again.operations.applied, again.operations.failed), (0, 1));

    let request = rollback_of(None, Edits::Keep);
    let rollback = engine.rollback(&person(), &request, &Job::quiet()).await;
    let rollback = under_way(rollback).expect("a rollback");
    rollback.task.await.expect("no panic").expect("an end");
    assert!(
        world.lock().places["target"].holds.is_empty(),
        "nothing is left of it"
    );
    let state = engine.state().expect("a state");
    assert!(state.deployments[&first.id].rolled_back_by.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_not_taken_up_again_under_other_rules_or_at_another_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = holds(&[("page", 1), ("late2", 1)]);
    let world = Shared::new(World::calm(&source, &BTreeMap::new()));
    let path = folder.path().join("w.slipway");
    let engine = open(&path, &world, &Arc::new(Ticks::default()));
    let deploying = deploying_at(&engine, &world, 1).await;
    // Somebody makes what the second wave is to create, so that it fails.
    let late: ResourceKey = "object/late2:r0".parse().expect("a key");
    world.edit("target", &late, br#"{"edited":"by somebody else"}"#);
    world.1.open.notify_one();
    let ended = deploying.task.await.expect("no panic").expect("an end");
    assert_eq!(ended.state, DeploymentState::Failed, "{ended:?}");
    {
        let mut now = world.lock();
        let place = now.places.get_mut("target").expect("a place");
        place.holds.remove(&late);
    }

    let state = engine.state().expect("a state");
    let target = state.environments[&ended.environment].clone();
    let change = |edit: &dyn Fn(&mut EnvironmentDraft)| {
        let mut settings = target.settings.clone();
        edit(&mut settings);
        let id = target.id.clone();
        let change = Command::ChangeEnvironment { id, settings };
        engine.decide(&person(), change).expect("a change");
    };
    let held = Rule {
        action: RuleAction::Hold,
        resources: late.to_string(),
        fields: Vec::new(),
        reason: "Legal has to look at it.".to_owned(),
    };
    change(&|settings| settings.rules = Rules(vec![held.clone()]));
    let refused = engine
        .retry(&person(), &ended.id)
        .await
        .expect_err("on hold");
    assert!(refused.to_string().contains("rules"), "{refused}");
    change(&|settings| settings.connection = serde_json::json!({ "place": "source" }));
    let refused = engine
        .retry(&person(), &ended.id)
        .await
        .expect_err("elsewhere");
    assert!(refused.to_string().contains("another place"), "{refused}");
    change(&|_| {});
    let deploying = engine.retry(&person(), &ended.id).await.expect("as it was");
    let ended = deploying.task.await.expect("no panic").expect("an end");
    assert_eq!(ended.state, DeploymentState::Deployed, "{ended:?}");
    assert_eq!(world.lock().places["target"].holds, source);
}

#[tokio::test(start_paused = true)]
async fn a_capture_that_began_before_a_deployment_ended_is_not_the_latest_after_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = holds(&[("page", 3)]);
    let world = Shared::new(World::calm(&source, &BTreeMap::new()));
    let path = folder.path().join("w.slipway");
    let engine = open(&path, &world, &Arc::new(Ticks::default()));
    environment("source", &engine);
    environment("target", &engine);
    let draft = engine.draft(&person(), everything(), &Job::quiet()).await;
    engine
        .seal(&person(), &draft.expect("a draft"))
        .expect("open");
    world.lock().holds_capture = Some("target".to_owned());
    let target = engine.environment(&engine.state().expect("a state"), "target");
    let (target, other) = (target.expect("an environment"), engine.clone());
    let at = target.clone();
    let slow =
        tokio::spawn(async move { other.capture(&at, OnUnreadable::GoOn, &Job::quiet()).await });
    world.1.reached.notified().await;
    // It has seen that nothing is there; now all of it comes.
    let deploying = engine.deploy(&person(), as_it_is(), &Job::quiet()).await;
    let task = deploying.expect("a deployment").task;
    let ended = task.await.expect("no panic").expect("an end");
    assert_eq!(ended.state, DeploymentState::Deployed, "{ended:?}");
    world.1.open.notify_one();
    let row = slow.await.expect("no panic").expect("a capture");
    let latest = engine
        .store()
        .read(|reader| reader.latest_capture(&target.id));
    let latest = latest.expect("read").expect("a capture");
    assert_eq!(row.snapshot, latest.snapshot);
    assert_eq!(
        Some(latest.snapshot),
        ended.after,
        "what there is, not what there was"
    );
}

#[tokio::test(start_paused = true)]
async fn rules_go_with_the_capture_though_another_environment_holds_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (shared, more) = (holds(&[("page", 2)]), holds(&[("page", 2), ("secret", 3)]));
    let mut calm = World::calm(&shared, &more);
    let same = calm.places["source"].holds.clone();
    calm.places.insert(
        "staging".to_owned(),
        Place {
            holds: same,
            ..Place::default()
        },
    );
    let world = Shared::new(calm);
    let path = folder.path().join("w.slipway");
    let engine = open(&path, &world, &Arc::new(Ticks::default()));
    let ignored = Rules(vec![Rule {
        action: RuleAction::Ignore,
        resources: "object/secret:*".to_owned(),
        fields: Vec::new(),
        reason: "Never leaves this machine.".to_owned(),
    }]);
    environment_with("source", &engine, ignored);
    environment("staging", &engine);
    environment("target", &engine);
    let job = Job::quiet();
    // The later capture has the same content, and knows nothing of the rule.
    for name in ["target", "source", "staging"] {
        let state = engine.state().expect("a state");
        let found = engine.environment(&state, name).expect("an environment");
        engine
            .capture(&found, OnUnreadable::GoOn, &job)
            .await
            .expect("a capture");
    }
    let compare = |from| engine.compare_environments(from, "target", Look::Latest, &job);
    let (_, compared) = compare("source").await.expect("a comparison");
    assert!(compared.changes.is_empty(), "{:?}", compared.changes);
    let (_, compared) = compare("staging").await.expect("a comparison");
    assert_eq!(compared.changes.len(), 3, "staging really holds none of it");
}

#[test]
fn what_another_program_projected_otherwise_is_folded_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("w.slipway");
    let world = Shared::new(World::calm(&BTreeMap::new(), &BTreeMap::new()));
    let clock = Arc::new(Ticks::default());
    let engine = open(&path, &world, &clock);
    environment("source", &engine);
    let known = engine.state().expect("a state");
    // As a migration leaves them.
    let dropped = engine
        .store()
        .write(|writer| writer.replace_projections(&slipway_domain::State::default(), 0));
    dropped.expect("written");
    drop(engine);
    let engine = open(&path, &world, &clock);
    let projected = engine.store().read(|reader| reader.load_state());
    let (state, position) = projected.expect("the projections");
    assert_eq!(
        (&state, position),
        (&*known, 3),
        "nobody decided anything since"
    );
}
