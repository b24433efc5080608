//! Another hand while a deployment runs, on a real file with real threads: each scenario is what went wrong once. Seeded
//! stories are the simulation's.

mod looks;
mod scenarios;
mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use slipway_domain::{
    Command, DeploymentId, DeviceKey, Edits, EnvironmentDraft, EnvironmentId, Person, Rules, Tier,
};
use slipway_engine::{
    Deletions, DeployRequest, Deploying, DraftRequest, Engine, EngineError, Keys, Look, Ports,
    RollbackRequest, RollingBack, VaultError,
};
use world::{Fake, Shared, Ticks};

fn person() -> Person {
    "Mara Lund <mara@example.com>".parse().expect("a person")
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

fn open(path: &Path, world: &Shared, clock: &Arc<Ticks>) -> Engine {
    let platforms: Vec<Arc<dyn slipway_engine::Platform>> = vec![Arc::new(Fake(world.clone()))];
    let ports = Ports {
        platforms,
        clock: clock.clone(),
        keys: Arc::new(OwnKeys),
    };
    let opened = if path.exists() {
        Engine::open(path, ports)
    } else {
        Engine::create(path, ports)
    };
    opened.expect("a workspace")
}

/// All that the source has and the target has not, as the release `one`.
fn everything() -> DraftRequest {
    DraftRequest {
        tag: "one".to_owned(),
        notes: String::new(),
        kind: None,
        source: "source".to_owned(),
        target: "target".to_owned(),
        include: Vec::new(),
        exclude: Vec::new(),
        look: Look::Again,
        deletions: Deletions::Ask,
    }
}

/// Deploys the release `one` to its target, whatever its plan is.
fn as_it_is() -> DeployRequest {
    DeployRequest {
        release: "one".to_owned(),
        environment: None,
        plan: None,
        content: None,
        quick: None,
    }
}

/// Rolls back all of a deployment to the target; none: the latest that can be.
fn rollback_of(deployment: Option<DeploymentId>, edits: Edits) -> RollbackRequest {
    RollbackRequest {
        environment: "target".to_owned(),
        deployment,
        only: Vec::new(),
        edits,
        choices: BTreeMap::new(),
        plan: None,
        selection: Vec::new(),
        quick: None,
    }
}

/// The deployment of a rollback that nobody is asked for.
fn under_way(rollback: Result<RollingBack, EngineError>) -> Result<Deploying, EngineError> {
    match rollback? {
        RollingBack::Started { deploying, .. } => Ok(deploying),
        RollingBack::Waits { gate, .. } => panic!("the rollback waits: {gate:?}"),
    }
}

fn environment(name: &str, engine: &Engine) {
    environment_with(name, engine, Rules::default());
}

fn environment_with(name: &str, engine: &Engine, rules: Rules) {
    let settings = EnvironmentDraft {
        name: name.to_owned(),
        platform: "fake".to_owned(),
        tier: Tier::Staging,
        promotes_to: None,
        connection: serde_json::json!({ "place": name }),
        rules,
        approvals: None,
    };
    engine
        .decide(
            &person(),
            Command::AddEnvironment {
                id: EnvironmentId(name.to_owned()),
                settings,
            },
        )
        .expect("an environment");
}
