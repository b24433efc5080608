//! Whole deployments and rollbacks between simulated shops, through the engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use slipway_domain::{
    Command, Deployment, DeploymentState, Edits, EnvironmentDraft, EnvironmentId, Millis, Person,
    ResourceKey, Rules, Tier,
};
use slipway_engine::{
    Clock, DeployRequest, Deploying, DraftRequest, Engine, Job, Look, RollbackRequest,
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

fn person() -> Person {
    "Mara Lund <mara@example.com>".parse().expect("a person")
}

fn workspace(folder: &Path, world: &World) -> Engine {
    let path = folder.join("w.slipway");
    let clock = Arc::new(Ticks::default());
    let engine = Engine::create(&path, vec![world.platform.clone()], clock).expect("a workspace");
    for name in ["shop-a", "shop-b"] {
        let settings = EnvironmentDraft {
            name: name.to_owned(),
            platform: "shopify".to_owned(),
            tier: Tier::Staging,
            promotes_to: None,
            connection: world.connection(name),
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

async fn ended(deploying: Deploying) -> Deployment {
    deploying
        .task
        .await
        .expect("no panic")
        .expect("an ended deployment")
}

fn explain(engine: &Engine, deployment: &Deployment) -> String {
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

async fn deploy(engine: &Engine, include: &[&str]) -> Deployment {
    let request = DraftRequest {
        tag: "one".to_owned(),
        notes: String::new(),
        kind: None,
        source: "shop-a".to_owned(),
        target: "shop-b".to_owned(),
        include: include.iter().map(|&glob| glob.to_owned()).collect(),
        exclude: vec!["shopify/menu:customer-account-main-menu".to_owned()],
        look: Look::Again,
    };
    let draft = engine
        .draft(&person(), request, &Job::quiet())
        .await
        .expect("a draft");
    engine.seal(&person(), &draft).expect("an open release");
    let request = DeployRequest {
        release: "one".to_owned(),
        environment: None,
        plan: None,
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
    let request = RollbackRequest {
        environment: "shop-b".to_owned(),
        deployment: None,
        only: Vec::new(),
        edits: Edits::Keep,
        choices: BTreeMap::new(),
        live: None,
    };
    let rollback = engine.rollback(&person(), &request, &Job::quiet()).await;
    let (_, deploying) = rollback.expect("a rollback that starts");
    let rollback = ended(deploying).await;
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
async fn to_the_end(engine: &Engine, mut deployment: Deployment) -> Deployment {
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
