//! Whole deployments and rollbacks between simulated shops, through the engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use slipway_domain::{
    Command, Deployment, DeploymentState, DeviceKey, Edits, EnvironmentDraft, EnvironmentId,
    Millis, Person, ResourceKey, Rules, Tier,
};
use slipway_engine::{
    Clock, Deletions, DeployRequest, Deploying, DraftRequest, Engine, Job, Keys, Look,
    OnUnreadable, Ports, RollbackRequest, RollingBack, VaultError,
};

use slipway_sandbox::shop::{Fault, FaultKind, When};

use super::{Collected, World};

/// A clock that ticks when it is looked at.
#[derive(Default)]
struct Ticks {
    now: AtomicI64,
    unique: AtomicU64,
}

impl Clock for Ticks {
    fn now(&self) -> Millis {
        Millis(1_760_000_000_000 + self.now.fetch_add(1, Ordering::Relaxed))
    }

    fn unique(&self) -> u64 {
        // Spread, since identities are made of the lowest bits.
        let number = self.unique.fetch_add(1, Ordering::Relaxed) + 1;
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

pub(super) fn person() -> Person {
    "Mara Lund <mara@example.com>".parse().expect("a person")
}

pub(super) fn workspace(folder: &Path, world: &World) -> Engine {
    workspace_with(folder, world, "in_place")
}

/// Keys that follow from people's addresses.
struct OwnKeys;

impl Keys for OwnKeys {
    fn key(&self, person: &Person) -> Result<Arc<DeviceKey>, VaultError> {
        let mut seed = [0; 32];
        for (byte, of) in seed.iter_mut().zip(person.email.bytes()) {
            *byte = of;
        }
        Ok(Arc::new(DeviceKey::of_seed(&seed)))
    }
}

pub(super) fn workspace_with(folder: &Path, world: &World, theme_strategy: &str) -> Engine {
    workspace_of(folder, world, |connection| {
        connection["theme_strategy"] = theme_strategy.into();
    })
}

/// A workspace whose connections `set` completes.
pub(super) fn workspace_of(
    folder: &Path,
    world: &World,
    set: impl Fn(&mut serde_json::Value),
) -> Engine {
    let path = folder.join("w.slipway");
    let ports = Ports {
        platforms: vec![world.platform.clone()],
        clock: Arc::new(Ticks::default()),
        keys: Arc::new(OwnKeys),
    };
    let engine = Engine::create(&path, ports).expect("a workspace");
    for name in ["shop-a", "shop-b"] {
        let mut connection = world.connection(name);
        set(&mut connection);
        let settings = EnvironmentDraft {
            name: name.to_owned(),
            platform: "shopify".to_owned(),
            tier: Tier::Staging,
            promotes_to: None,
            connection,
            rules: Rules::default(),
            approvals: None,
        };
        let id = EnvironmentId(name.to_owned());
        engine
            .decide(&person(), Command::AddEnvironment { id, settings })
            .expect("an environment");
    }
    engine
}

pub(super) async fn ended(deploying: Deploying) -> Deployment {
    deploying
        .task
        .await
        .expect("no panic")
        .expect("an ended deployment")
}

pub(super) fn explain(engine: &Engine, deployment: &Deployment) -> String {
    let (plan, attempts) = engine
        .store()
        .read(|reader| {
            Ok((
                reader.plan(&deployment.id)?,
                reader.attempts(&deployment.id)?,
            ))
        })
        .expect("a journal");
    let plan = plan.expect("a plan");
    let failed = plan
        .operations
        .iter()
        .zip(&attempts)
        .filter(|(_, attempt)| attempt.message.is_some());
    let lines = failed.map(|(operation, attempt)| {
        format!(
            "{} {:?} {:?} {}",
            operation.resource,
            operation.verb,
            attempt.state,
            attempt.message.as_deref().unwrap_or_default()
        )
    });
    format!(
        "{:?}: {:?}\n{}",
        deployment.state,
        deployment.message,
        lines.collect::<Vec<_>>().join("\n")
    )
}

pub(super) async fn deploy(engine: &Engine, include: &[&str]) -> Deployment {
    deploy_as(engine, "one", include).await
}

pub(super) async fn deploy_as(engine: &Engine, tag: &str, include: &[&str]) -> Deployment {
    let request = DraftRequest {
        tag: tag.to_owned(),
        notes: String::new(),
        kind: None,
        source: "shop-a".to_owned(),
        target: "shop-b".to_owned(),
        include: include.iter().map(|&glob| glob.to_owned()).collect(),
        exclude: vec!["shopify/menu:customer-account-main-menu".to_owned()],
        look: Look::Again,
        deletions: Deletions::Ask,
    };
    let draft = engine
        .draft(&person(), request, &Job::quiet())
        .await
        .expect("a draft");
    engine.seal(&person(), &draft).expect("an open release");
    deploy_release(engine, tag).await
}

/// Deploys the release that is open.
pub(super) async fn deploy_it(engine: &Engine) -> Deployment {
    deploy_release(engine, "one").await
}

async fn deploy_release(engine: &Engine, tag: &str) -> Deployment {
    let request = DeployRequest {
        release: tag.to_owned(),
        environment: None,
        plan: None,
        content: None,
        quick: None,
    };
    let deploying = engine.deploy(&person(), request, &Job::quiet()).await;
    ended(deploying.expect("a deployment that starts")).await
}

/// What documents mean, by key.
fn meaning(world: &World, captured: &Collected) -> BTreeMap<ResourceKey, String> {
    let remote = world.remote("shop-b");
    let documents = captured.documents.iter();
    documents
        .map(|(key, bytes)| {
            let digest = remote.digest(key, bytes).expect("a document");
            (key.clone(), format!("{digest:?}"))
        })
        .collect()
}

fn differences(world: &World, one: &Collected, other: &Collected) -> Vec<String> {
    let (a, b) = (meaning(world, one), meaning(world, other));
    let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
    keys.into_iter()
        .filter(|key| a.get(*key) != b.get(*key))
        .map(|key| {
            let text = |of: &Collected| {
                of.documents
                    .get(key)
                    .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            format!("{key}\n  {:?}\n  {:?}", text(one), text(other))
        })
        .collect()
}

pub(super) async fn roll_back(engine: &Engine) -> Deployment {
    let request = RollbackRequest {
        environment: "shop-b".to_owned(),
        deployment: None,
        only: Vec::new(),
        edits: Edits::Keep,
        choices: BTreeMap::new(),
        plan: None,
        selection: Vec::new(),
        quick: None,
    };
    let rollback = engine.rollback(&person(), &request, &Job::quiet()).await;
    let RollingBack::Started { deploying, .. } = rollback.expect("a rollback") else {
        panic!("nobody is asked for putting back what was there");
    };
    ended(deploying).await
}

async fn there_and_back(seeds: &[&str], include: &[&str]) {
    let world = World::of(seeds).await;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = workspace(folder.path(), &world);
    let (source, before) = (
        world.captured("shop-a").await,
        world.captured("shop-b").await,
    );
    let deployment = deploy(&engine, include).await;
    assert_eq!(
        deployment.state,
        DeploymentState::Deployed,
        "{}",
        explain(&engine, &deployment)
    );
    let after = world.captured("shop-b").await;
    if include.is_empty() {
        let different = differences(&world, &source, &after);
        assert!(
            different.is_empty(),
            "the target is as the source:\n{}",
            different.join("\n")
        );
    }
    let rollback = roll_back(&engine).await;
    assert_eq!(
        rollback.state,
        DeploymentState::Deployed,
        "{}",
        explain(&engine, &rollback)
    );
    let restored = world.captured("shop-b").await;
    let different = differences(&world, &before, &restored);
    assert!(
        different.is_empty(),
        "the target is as before:\n{}",
        different.join("\n")
    );
}

/// Retries a deployment until it has nothing left to do.
pub(super) async fn to_the_end(engine: &Engine, mut deployment: Deployment) -> Deployment {
    for _ in 0..10 {
        if deployment.state == DeploymentState::Deployed {
            break;
        }
        let again = engine.retry(&person(), &deployment.id).await;
        deployment = ended(again.expect("a deployment that goes on")).await;
    }
    deployment
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_says_where_it_is_reached_unless_that_is_the_vendors_own_address() {
    let world = World::of(&["empty", "empty"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = workspace(folder.path(), &world);
    let state = engine.state().expect("a state");
    let mut store = engine.environment(&state, "shop-a").expect("known");
    let url = world.connection("shop-a")["base_url"].clone();
    let address = engine.other_address(&store).expect("a simulated store's");
    assert!(
        address.starts_with(url.as_str().expect("text")),
        "{address}"
    );

    store.settings.connection["base_url"] = serde_json::Value::Null;
    assert_eq!(engine.other_address(&store), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_reaches_its_end_over_a_bad_line() {
    let world = World::of(&["northwind-development", "northwind-production"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = workspace(folder.path(), &world);
    let source = world.captured("shop-a").await;
    let shop = world.handle("shop-b");
    for kind in [
        FaultKind::LostAnswer,
        FaultKind::Reset,
        FaultKind::HalfBody,
        FaultKind::Throttled,
        FaultKind::InternalError,
        FaultKind::Status {
            status: 503,
            retry_after: None,
        },
    ] {
        shop.fault(Fault::once(kind).when(When::Probability(0.02)));
    }
    let deployment = deploy(&engine, &[]).await;
    let deployment = to_the_end(&engine, deployment).await;
    shop.clear_faults();
    assert_eq!(
        deployment.state,
        DeploymentState::Deployed,
        "{}",
        explain(&engine, &deployment)
    );
    let different = differences(&world, &source, &world.captured("shop-b").await);
    assert!(
        different.is_empty(),
        "the target is as the source:\n{}",
        different.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_theme_goes_there_and_back() {
    there_and_back(
        &["northwind-development", "northwind-production"],
        &["theme/*"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_goes_into_an_empty_shop_and_out_again() {
    there_and_back(&["northwind-development", "empty"], &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_goes_into_production_and_back() {
    there_and_back(&["northwind-development", "northwind-production"], &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn theme_files_that_were_written_are_verified_by_their_checksums() {
    let world = World::of(&["northwind-development", "northwind-production"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = workspace(folder.path(), &world);
    let state = engine.state().expect("a state");
    let target = engine.environment(&state, "shop-b").expect("known");
    let quiet = Job::quiet();
    let captured = engine.capture(&target, OnUnreadable::GoOn, &quiet).await;
    captured.expect("a capture");
    let shop = world.handle("shop-b");
    shop.reset_counters();
    let deployment = deploy(&engine, &["theme/*"]).await;
    let why = explain(&engine, &deployment);
    assert_eq!(deployment.state, DeploymentState::Deployed, "{why}");
    let counters = shop.counters().operations;
    let asked = |name: &str| counters.get(name).copied().unwrap_or_default();
    assert_eq!(asked("ThemeFileBodies"), 0, "{counters:?}");
    assert!(asked("UpsertThemeFiles") >= 2, "{counters:?}");
    assert!(asked("DeleteThemeFiles") <= 1, "{counters:?}");
    let listed = asked("LiveThemeFileChecksums") + asked("ThemeFileChecksums");
    assert!(listed <= 4, "{counters:?}");

    // What the capture noted without reading is what a capture that knows nothing reads.
    let known = engine.store().read(|reader| {
        let row = reader.latest_capture(&target.id)?.expect("a capture");
        reader.entries_page(&row.snapshot, None, 10_000)
    });
    let read = world.captured("shop-b").await.documents;
    for (key, version) in known.expect("a snapshot") {
        let document = engine.store().read(|reader| reader.blob(&version.blob));
        let document = document.expect("a store").expect("it is stored");
        if key.family() == "theme" {
            assert_eq!(document, read[&key], "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_a_staged_theme_back_publishes_the_former_theme() {
    let world = World::of(&["northwind-development", "northwind-production"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = workspace_with(folder.path(), &world, "staged");
    let shop = world.handle("shop-b");
    let live = || {
        let ids = shop.ids("OnlineStoreTheme");
        let live = ids.into_iter().find(|id| {
            let theme = shop.object(id);
            theme.is_some_and(|theme| theme["role"] == "MAIN")
        });
        live.expect("a live theme")
    };
    let (former, before) = (live(), world.captured("shop-b").await);
    let deployment = deploy(&engine, &["theme/*"]).await;
    let why = explain(&engine, &deployment);
    assert_eq!(deployment.state, DeploymentState::Deployed, "{why}");
    assert_ne!(live(), former, "a copy was published");
    shop.reset_counters();
    let rollback = roll_back(&engine).await;
    let why = explain(&engine, &rollback);
    assert_eq!(rollback.state, DeploymentState::Deployed, "{why}");
    assert_eq!(live(), former, "the former theme is live again");
    let counters = shop.counters().operations;
    for write in ["UpsertThemeFiles", "DeleteThemeFiles", "DuplicateTheme"] {
        assert_eq!(counters.get(write), None, "{counters:?}");
    }
    let different = differences(&world, &before, &world.captured("shop-b").await);
    assert!(different.is_empty(), "{}", different.join("\n"));

    // Deployed again it finds the copy of the first time, writes no file, and is taken back all the same.
    let again = deploy_it(&engine).await;
    assert_eq!(
        again.state,
        DeploymentState::Deployed,
        "{}",
        explain(&engine, &again)
    );
    assert_ne!(live(), former, "the copy is published again");
    let rollback = roll_back(&engine).await;
    assert_eq!(
        rollback.state,
        DeploymentState::Deployed,
        "{}",
        explain(&engine, &rollback)
    );
    assert_eq!(live(), former, "and the former theme again");
    let state = engine.state().expect("a state");
    assert!(state.deployments[&again.id].rolled_back_by.is_some());
}
