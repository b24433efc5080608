//! Tests of the platform against the simulated store.

mod bulk;
mod capturing;
mod clearing;
mod connecting;
mod faults;
pub(super) mod hostile;
mod journey;
mod leaving;
mod operations;
mod themes;
mod writing;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use slipway_domain::{DeploymentId, Operation, OperationId, Pass, ResourceKey, Risk, Verb};
use slipway_engine::{
    CaptureSink, Captured, Content, Holds, Known, Memory, Platform, PlatformError, Remote, Scope,
    Secret, SecretPlace, Seen, Stamp, Stopped, Target, Unreadable, Vault, VaultError,
};
use slipway_sandbox::shop::{Clock, Sandbox, Seed, ShopHandle, ShopSpec};

use super::Shopify;

/// A vault in memory.
#[derive(Default)]
pub(super) struct MemoryVault(Mutex<HashMap<SecretPlace, Secret>>);

impl Vault for MemoryVault {
    fn get(&self, place: &SecretPlace) -> Result<Option<Secret>, VaultError> {
        Ok(self.0.lock().expect("no panic").get(place).cloned())
    }

    fn set(&self, place: &SecretPlace, secret: &Secret) -> Result<(), VaultError> {
        let mut secrets = self.0.lock().expect("no panic");
        secrets.insert(place.clone(), secret.clone());
        Ok(())
    }

    fn delete(&self, place: &SecretPlace) -> Result<(), VaultError> {
        self.0.lock().expect("no panic").remove(place);
        Ok(())
    }
}

/// Simulated shops, and the platform that reaches them.
pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) platform: Arc<Shopify>,
    pub(super) vault: Arc<MemoryVault>,
}

impl World {
    /// Shops with these seeds, called `a`, `b` and so on. Their clock runs fast, so that no test waits for points.
    pub(super) async fn of(seeds: &[&str]) -> Self {
        let names = ["shop-a", "shop-b", "shop-c"];
        let specs = names.iter().zip(seeds).map(|(name, seed)| {
            let seed = Seed::parse(seed).expect("a seed");
            ShopSpec::new(*name, seed).clock(Clock::scaled(200))
        });
        Self::with(specs.collect()).await
    }

    pub(super) async fn with(specs: Vec<ShopSpec>) -> Self {
        let sandbox = Sandbox::start(specs, 0)
            .await
            .expect("the simulator starts");
        let vault = Arc::new(MemoryVault::default());
        let world = Self {
            sandbox,
            platform: Arc::new(Shopify::new(vault.clone())),
            vault,
        };
        for shop in world.sandbox.shops() {
            world.keep(&shop.name, shop.token);
        }
        world
    }

    /// Keeps a secret for a shop, in the place of the one before.
    pub(super) fn keep(&self, name: &str, secret: impl Into<String>) {
        let secret = Secret::new(secret.into());
        self.vault
            .set(&self.place(name), &secret)
            .expect("a vault in memory");
    }

    /// Where the secret of a shop is sent.
    pub(super) fn place(&self, name: &str) -> SecretPlace {
        let place = self.platform.secret_place(&self.connection(name));
        place.expect("settings that are right")
    }

    /// The settings of a shop.
    pub(super) fn connection(&self, name: &str) -> Value {
        let shops = self.sandbox.shops();
        let shop = shops.iter().find(|shop| shop.name == name).expect("a shop");
        json!({
            "store": shop.store, "base_url": shop.base_url, "auth": {"kind": "token"},
        })
    }

    pub(super) fn remote(&self, name: &str) -> Arc<dyn Remote> {
        self.platform
            .open(&self.connection(name))
            .expect("settings that are right")
    }

    pub(super) async fn target(&self, name: &str) -> Arc<dyn Target> {
        let deployment = DeploymentId("d-1".to_owned());
        self.remote(name)
            .target(&deployment, Arc::new(Remembered::default()))
            .await
            .expect("a target")
    }

    pub(super) fn handle(&self, name: &str) -> ShopHandle {
        self.sandbox.shop(name).expect("a shop")
    }

    /// What a shop holds.
    pub(super) async fn captured(&self, name: &str) -> Collected {
        self.captured_after(name, &Collected::default()).await
    }

    /// What a shop holds, captured by somebody who knows what it held.
    pub(super) async fn captured_after(&self, name: &str, before: &Collected) -> Collected {
        let sink = Arc::new(Collector {
            known: before.stamps.clone(),
            ..Collector::default()
        });
        let captured = self
            .remote(name)
            .capture(&Scope::Everything, sink.clone())
            .await;
        captured.expect("the shop can be captured");
        Arc::into_inner(sink)
            .expect("nobody keeps the sink")
            .collected()
    }
}

/// What targets keep, as the journal does.
#[derive(Default)]
pub(super) struct Remembered(Mutex<Option<Vec<u8>>>);

#[async_trait]
impl Memory for Remembered {
    async fn recall(&self) -> Result<Option<Vec<u8>>, PlatformError> {
        Ok(self.0.lock().expect("no panic").clone())
    }

    async fn keep(&self, bytes: Vec<u8>) -> Result<(), PlatformError> {
        *self.0.lock().expect("no panic") = Some(bytes);
        Ok(())
    }
}

/// What was looked at by nobody may be anything.
pub(super) fn unseen() -> Seen {
    Holds::Before.into()
}

/// What a capture gave.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) documents: BTreeMap<ResourceKey, Vec<u8>>,
    pub(super) stamps: BTreeMap<ResourceKey, Stamp>,
    pub(super) notes: Vec<Unreadable>,
    pub(super) unchanged: usize,
}

impl Collected {
    pub(super) fn json(&self, key: &str) -> Value {
        let key: ResourceKey = key.parse().expect("a valid key");
        let bytes = self.documents.get(&key);
        let bytes = bytes.unwrap_or_else(|| panic!("{key} was not captured"));
        serde_json::from_slice(bytes).expect("a JSON document")
    }

    pub(super) fn of_kind(&self, kind: &str) -> Vec<&ResourceKey> {
        self.documents
            .keys()
            .filter(|key| key.family() == "shopify" && key.kind() == kind)
            .collect()
    }
}

/// A sink in memory.
#[derive(Default)]
pub(super) struct Collector {
    collected: Mutex<Collected>,
    pub(super) known: BTreeMap<ResourceKey, Stamp>,
}

impl Collector {
    pub(super) fn collected(self) -> Collected {
        self.collected.into_inner().expect("no panic")
    }
}

impl CaptureSink for Collector {
    fn known(&self, key: &ResourceKey) -> Option<Known> {
        let stamp = self.known.get(key)?.clone();
        Some(Known {
            stamp,
            version: slipway_domain::Version::of_bytes(b"known"),
        })
    }

    fn is_ignored(&self, _key: &ResourceKey) -> bool {
        false
    }

    fn expect(&self, _resource_count: u64) {}

    fn accept(&self, resource: Captured) -> Result<(), Stopped> {
        let mut collected = self.collected.lock().expect("no panic");
        let Captured {
            key,
            content,
            stamp,
        } = resource;
        if let Some(stamp) = stamp {
            collected.stamps.insert(key.clone(), stamp);
        }
        match content {
            Content::Bytes { bytes, .. } => {
                let before = collected.documents.insert(key.clone(), bytes);
                assert!(before.is_none(), "{key} came twice");
            }
            Content::Unchanged(_) => collected.unchanged += 1,
        }
        Ok(())
    }

    fn unreadable(&self, unreadable: Unreadable) -> Result<(), Stopped> {
        self.collected
            .lock()
            .expect("no panic")
            .notes
            .push(unreadable);
        Ok(())
    }
}

/// An operation on one resource.
pub(super) fn operation(key: &ResourceKey, verb: Verb) -> Operation {
    Operation {
        id: OperationId(1),
        wave: 1,
        verb,
        resource: key.clone(),
        before: None,
        after: None,
        pass: Pass::Whole,
        staged: false,
        attributes: None,
        keeps: Vec::new(),
        needs: Vec::new(),
        reversible: true,
        risk: Risk::Low,
        reasons: Vec::new(),
    }
}
