//! What a plan, a deployment and a rollback look at: what they touch, however much else is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use slipway_domain::{Edits, Environment, ResourceKey, Rule, RuleAction, Rules, SnapshotId};
use slipway_engine::{CaptureNotes, Engine, Job, Look, OnUnreadable, Scope};
use slipway_store::CaptureRow;
use tempfile::TempDir;

use super::world::{Shared, Ticks, World};
use super::{as_it_is, environment, everything, open, person, rollback_of, under_way};

/// How much there is beside what changes.
const REST: u32 = 200;

fn key(name: &str) -> ResourceKey {
    format!("object/page:{name}").parse().expect("a key")
}

/// Many pages, and `changed`, which refers to the first of them.
fn pages(changed: u32) -> BTreeMap<ResourceKey, Vec<u8>> {
    let page = |n: u32| (key(&format!("r{n:03}")), br#"{"value":0}"#.to_vec());
    let refers = serde_json::json!({ "first": key("r000").to_string() });
    let changed = serde_json::json!({ "value": changed, "refers": refers });
    (0..REST)
        .map(page)
        .chain([(key("changed"), changed.to_string().into_bytes())])
        .collect()
}

struct Scene {
    engine: Engine,
    world: Shared,
    clock: Arc<Ticks>,
    target: Environment,
    _folder: TempDir,
}

/// An open release of what two places differ in.
async fn scene(
    source: &BTreeMap<ResourceKey, Vec<u8>>,
    target: &BTreeMap<ResourceKey, Vec<u8>>,
) -> Scene {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let world = Shared::new(World::calm(source, target));
    let clock = Arc::new(Ticks::default());
    let engine = open(&folder.path().join("w.slipway"), &world, &clock);
    environment("source", &engine);
    environment("target", &engine);
    let draft = engine.draft(&person(), everything(), &Job::quiet()).await;
    let draft = draft.expect("a draft");
    engine.seal(&person(), &draft).expect("an open release");
    let state = engine.state().expect("a state");
    let target = engine.environment(&state, "target").expect("the target");
    world.looks();
    Scene {
        engine,
        world,
        clock,
        target,
        _folder: folder,
    }
}

impl Scene {
    fn latest(&self) -> CaptureRow {
        let store = self.engine.store();
        let row = store.read(|reader| reader.latest_capture(&self.target.id));
        row.expect("read").expect("a capture")
    }

    async fn whole(&self) -> SnapshotId {
        let job = Job::quiet();
        let row = (self.engine).capture(&self.target, OnUnreadable::GoOn, &job);
        row.await.expect("a capture").snapshot
    }

    async fn deploy(&self) -> slipway_domain::Deployment {
        let (who, job) = (person(), Job::quiet());
        let deploying = self.engine.deploy(&who, as_it_is(), &job);
        let task = deploying.await.expect("a deployment").task;
        task.await.expect("no panic").expect("an end")
    }
}

fn only(names: &[&str]) -> Scope {
    Scope::Only(names.iter().map(|name| key(name)).collect())
}

#[tokio::test(start_paused = true)]
async fn a_deployment_and_its_rollback_look_at_what_they_touch_and_what_that_has_to_fit() {
    let scene = scene(&pages(1), &pages(0)).await;
    let whole = scene.latest();
    let ended = scene.deploy().await;
    assert_eq!(ended.message, None);
    let around = only(&["changed", "r000"]);
    assert_eq!(
        scene.world.looks(),
        [around.clone(), around.clone()],
        "plan, verify"
    );
    let looked = scene.latest();
    assert_eq!(ended.after, Some(looked.snapshot));
    let part = CaptureNotes::of(&looked).part.expect("a part");
    assert_eq!((part.looked_at, part.whole_at), (2, whole.at));
    assert_eq!(looked.resources, u64::from(REST) + 1);
    assert_eq!(
        looked.snapshot,
        scene.whole().await,
        "as a whole capture finds it"
    );
    assert_eq!(CaptureNotes::of(&scene.latest()).part, None);

    scene.world.looks();
    let request = rollback_of(None, Edits::Keep);
    let (who, job) = (person(), Job::quiet());
    let rollback = scene.engine.rollback(&who, &request, &job);
    let task = under_way(rollback.await).expect("a rollback").task;
    task.await.expect("no panic").expect("an end");
    let looks = scene.world.looks();
    assert_eq!(
        looks,
        [only(&["changed"]), around.clone(), around],
        "work out, plan, verify"
    );
    assert_eq!(scene.latest().snapshot, whole.snapshot);
}

#[tokio::test(start_paused = true)]
async fn what_others_change_elsewhere_is_left_to_the_next_whole_capture() {
    let scene = scene(&pages(1), &pages(0)).await;
    let edit = br#"{"value":7}"#;
    scene.world.edit("target", &key("r150"), edit);
    scene.deploy().await;
    let held = scene.world.lock().places["target"].holds[&key("r150")].clone();
    assert_eq!(held, edit, "it is as they left it");
    let before = scene.latest();
    let after = scene.whole().await;
    let store = scene.engine.store();
    let found = store.read(|reader| reader.compare(&before.snapshot, &after));
    let found: Vec<_> = found
        .expect("read")
        .into_iter()
        .map(|c| c.resource)
        .collect();
    assert_eq!(found, [key("r150")]);
}

#[tokio::test(start_paused = true)]
async fn what_others_change_of_what_it_has_to_fit_is_said() {
    let scene = scene(&pages(1), &pages(0)).await;
    scene.world.lock().holds_at = Some(1);
    let (who, job) = (person(), Job::quiet());
    let deploying = scene.engine.deploy(&who, as_it_is(), &job);
    let deploying = deploying.await.expect("a deployment");
    scene.world.1.reached.notified().await;
    scene.world.edit("target", &key("r000"), br#"{"value":7}"#);
    scene.world.1.open.notify_one();
    let ended = deploying.task.await.expect("no panic").expect("an end");
    let message = ended.message.expect("a message");
    assert!(message.contains("object/page:r000"), "{message}");
    assert_eq!(ended.state, slipway_domain::DeploymentState::Deployed);
}

#[tokio::test(start_paused = true)]
async fn a_look_is_put_onto_the_capture_that_ended_beside_it() {
    let scene = scene(&pages(1), &pages(0)).await;
    scene.world.lock().holds_capture = Some("target".to_owned());
    let (engine, job) = (scene.engine.clone(), Job::quiet());
    let state = engine.state().expect("a state");
    let release = engine.release(&state, "one").expect("the release");
    let target = scene.target.clone();
    let planning = tokio::spawn(async move {
        let planned = engine.plan(&release, &target, Look::Again, &job);
        planned.await.expect("a plan").capture
    });
    scene.world.1.reached.notified().await;
    // It looked; now somebody edits what it did not look at, and that is captured.
    scene.world.edit("target", &key("r150"), br#"{"value":7}"#);
    let whole = scene.whole().await;
    scene.world.1.open.notify_one();
    let row = planning.await.expect("no panic");
    assert_eq!(
        row.snapshot, whole,
        "the edit is not taken back by an older capture"
    );
    assert_eq!(scene.latest().snapshot, whole);
}

#[tokio::test(start_paused = true)]
async fn other_rules_ask_for_a_whole_capture() {
    let scene = scene(&pages(1), &pages(0)).await;
    let held = Rule {
        action: RuleAction::Hold,
        resources: "object/other:*".to_owned(),
        fields: Vec::new(),
        reason: "Legal has to look at it.".to_owned(),
    };
    let mut settings = scene.target.settings.clone();
    settings.rules = Rules(vec![held]);
    let id = scene.target.id.clone();
    let change = slipway_domain::Command::ChangeEnvironment { id, settings };
    scene.engine.decide(&person(), change).expect("a change");
    let state = scene.engine.state().expect("a state");
    let release = scene.engine.release(&state, "one").expect("the release");
    let target = scene
        .engine
        .environment(&state, "target")
        .expect("a target");
    let job = Job::quiet();
    let planned = scene
        .engine
        .plan(&release, &target, Look::Again, &job)
        .await;
    planned.expect("a plan");
    assert_eq!(scene.world.looks(), [Scope::Everything]);
    let planned = scene
        .engine
        .plan(&release, &target, Look::Again, &job)
        .await;
    planned.expect("a plan");
    assert_eq!(
        scene.world.looks(),
        [only(&["changed", "r000"])],
        "under the same rules"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deletion_relies_on_a_whole_capture_of_the_last_day() {
    let mut source = pages(0);
    source.remove(&key("r100"));
    let scene = scene(&source, &pages(0)).await;
    let state = scene.engine.state().expect("a state");
    let release = scene.engine.release(&state, "one").expect("the release");
    let job = Job::quiet();
    let mut looks = Vec::new();
    for hours in [1, 22, 2] {
        scene.clock.skip_hours(hours);
        let planned = scene
            .engine
            .plan(&release, &scene.target, Look::Again, &job);
        planned.await.expect("a plan");
        looks.extend(scene.world.looks());
    }
    let one = only(&["r100"]);
    assert_eq!(looks, [one.clone(), one, Scope::Everything]);
}

#[tokio::test(start_paused = true)]
async fn a_capture_begins_again_after_a_deployment_to_its_place_by_another_name() {
    let scene = scene(&pages(1), &pages(0)).await;
    let mut settings = scene.target.settings.clone();
    settings.name = "mirror".to_owned();
    let id = slipway_domain::EnvironmentId("mirror".to_owned());
    let add = slipway_domain::Command::AddEnvironment { id, settings };
    scene.engine.decide(&person(), add).expect("a second name");
    let state = scene.engine.state().expect("a state");
    let mirror = scene.engine.environment(&state, "mirror").expect("it");
    scene.world.lock().holds_capture = Some("target".to_owned());
    let engine = scene.engine.clone();
    let slow = tokio::spawn(async move {
        let captured = engine
            .capture(&mirror, OnUnreadable::GoOn, &Job::quiet())
            .await;
        captured.expect("a capture")
    });
    scene.world.1.reached.notified().await;
    let ended = scene.deploy().await;
    scene.world.1.open.notify_one();
    let row = slow.await.expect("no panic");
    assert_eq!(
        Some(row.snapshot),
        ended.after,
        "what there is, not what there was"
    );
}
