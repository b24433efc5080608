//! A remote system that lives in memory, and waits where a test says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use slipway_domain::{
    Assessment, Blocked, Change, ChangeKind, ContentDigest, DeploymentId, Millis, Operation,
    Reference, References, ResourceKey, Step, StepOutcome,
};
use slipway_engine::{
    CaptureSink, Captured, Clock, Connected, Content, DocumentError, Memory, Platform,
    PlatformError, Remote, Scope, Seen, Semantics, Target, json_digest,
};
use tokio::sync::Notify;

/// Time that goes on by a millisecond whenever somebody looks.
#[derive(Debug, Default)]
pub(crate) struct Ticks(AtomicU64);

impl Ticks {
    pub(crate) fn skip_hours(&self, hours: u64) {
        self.0.fetch_add(hours * 3_600_000, Ordering::Relaxed);
    }
}

impl Clock for Ticks {
    fn now(&self) -> Millis {
        Millis(1_700_000_000_000 + self.0.fetch_add(1, Ordering::Relaxed) as i64)
    }

    fn unique(&self) -> u64 {
        (self.0.fetch_add(1, Ordering::Relaxed) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// One place: what it holds, and how often it was written.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) holds: BTreeMap<ResourceKey, Vec<u8>>,
    pub(crate) writes: u64,
}

/// All places.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) places: BTreeMap<String, Place>,
    /// The write before which the world waits to be let go, from 1.
    pub(crate) holds_at: Option<u64>,
    /// The place whose next capture waits, once it has looked, until the test lets it go.
    pub(crate) holds_capture: Option<String>,
    /// Kinds of resources that are only seen once they are published.
    pub(crate) staged: Vec<&'static str>,
    pub(crate) is_published: bool,
    /// A resource whose first request is carried out, and the second one refused.
    pub(crate) refuses: Option<ResourceKey>,
    /// What was asked for of the target, capture by capture.
    pub(crate) looks: Vec<Scope>,
}

#[derive(Clone, Debug)]
pub(crate) struct Shared(pub(crate) Arc<Mutex<World>>, pub(crate) Arc<Gate>);

/// Where a write waits until a test has done something beside it.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    pub(crate) reached: Notify,
    pub(crate) open: Notify,
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)), Arc::default())
    }

    /// What was asked for of the target since the last time.
    pub(crate) fn looks(&self) -> Vec<Scope> {
        std::mem::take(&mut self.lock().looks)
    }

    /// Somebody else writes a resource.
    pub(crate) fn edit(&self, place: &str, key: &ResourceKey, bytes: &[u8]) {
        let mut world = self.lock();
        let place = world.places.get_mut(place).expect("a known place");
        place.holds.insert(key.clone(), bytes.to_vec());
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// Two places in which nothing goes wrong.
    pub(crate) fn calm(
        source: &BTreeMap<ResourceKey, Vec<u8>>,
        target: &BTreeMap<ResourceKey, Vec<u8>>,
    ) -> Self {
        let place = |holds: &BTreeMap<ResourceKey, Vec<u8>>| Place {
            holds: holds.clone(),
            ..Place::default()
        };
        Self {
            places: [
                ("source".to_owned(), place(source)),
                ("target".to_owned(), place(target)),
            ]
            .into(),
            holds_at: None,
            holds_capture: None,
            staged: Vec::new(),
            is_published: false,
            refuses: None,
            looks: Vec::new(),
        }
    }

    fn write(&mut self, place: &str, operation: &Operation, bytes: Option<&[u8]>) {
        let place = self.places.get_mut(place).expect("a known place");
        place.writes += 1;
        let key = &operation.resource;
        match bytes {
            Some(bytes) => drop(place.holds.insert(key.clone(), bytes.to_vec())),
            None => drop(place.holds.remove(key)),
        }
    }
}

/// The references of a document: `{"refers": {"name": "key"}}`.
pub(crate) fn references(bytes: &[u8]) -> Vec<Reference> {
    let document: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
    let Some(refers) = document["refers"].as_object() else {
        return Vec::new();
    };
    refers
        .iter()
        .map(|(name, to)| Reference {
            path: format!("refers.{name}"),
            to: to.as_str().expect("a key").parse().expect("a key"),
        })
        .collect()
}

#[derive(Debug)]
pub(crate) struct Fake(pub(crate) Shared);

#[async_trait]
impl Platform for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn connect(&self, connection: &serde_json::Value) -> Result<Connected, PlatformError> {
        Ok(Connected {
            connection: connection.clone(),
            summary: String::new(),
            families: vec!["object".to_owned()],
            notes: Vec::new(),
            survey: None,
        })
    }

    fn place(&self, connection: &serde_json::Value) -> Option<String> {
        connection["place"].as_str().map(str::to_owned)
    }

    fn address(&self, _connection: &serde_json::Value) -> Option<String> {
        None
    }

    fn open(&self, connection: &serde_json::Value) -> Result<Arc<dyn Remote>, PlatformError> {
        let place = connection["place"].as_str().expect("a place").to_owned();
        Ok(Arc::new(Opened {
            world: self.0.clone(),
            place,
        }))
    }
}

#[derive(Clone, Debug)]
struct Opened {
    world: Shared,
    place: String,
}

impl Semantics for Opened {
    fn references_policy(&self) -> References {
        References::Loose
    }

    fn layer(&self, key: &ResourceKey, _: ChangeKind) -> u16 {
        u16::from(key.kind().ends_with('2'))
    }

    fn digest(&self, _: &ResourceKey, bytes: &[u8]) -> Result<ContentDigest, DocumentError> {
        json_digest(bytes, &mut Vec::new())
    }

    fn without_fields(&self, _: &ResourceKey, bytes: &[u8], fields: &[String]) -> Vec<u8> {
        let mut document: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
        let refers = document["refers"].as_object_mut().expect("an object");
        for path in fields {
            refers.remove(path.trim_start_matches("refers."));
        }
        serde_json::to_vec(&document).expect("JSON")
    }

    fn references(&self, _: &ResourceKey, bytes: &[u8]) -> Vec<Reference> {
        references(bytes)
    }

    fn assess(
        &self,
        _: &Change,
        _: Option<&[u8]>,
        _: Option<&[u8]>,
        _: &[ResourceKey],
    ) -> Assessment {
        Assessment::default()
    }

    /// Asks what a document refers to, and finds nothing wrong with it.
    fn check_fit(
        &self,
        _: &ResourceKey,
        _: &dyn Fn() -> Option<Vec<u8>>,
        after: &[u8],
        outcome: &dyn Fn(&ResourceKey) -> Option<Arc<[u8]>>,
    ) -> Vec<Blocked> {
        for reference in references(after) {
            outcome(&reference.to);
        }
        Vec::new()
    }

    fn published_resource(&self) -> Option<ResourceKey> {
        let stages = !self.world.lock().staged.is_empty();
        stages.then(|| "object/stage:published".parse().expect("a key"))
    }

    fn is_staged(&self, key: &ResourceKey) -> bool {
        self.world.lock().staged.contains(&key.kind())
    }
}

#[async_trait]
impl Remote for Opened {
    fn check(&self, _: &[Change], _: &[ResourceKey]) -> Vec<Blocked> {
        Vec::new()
    }

    async fn capture(
        &self,
        scope: &Scope,
        sink: Arc<dyn CaptureSink>,
    ) -> Result<(), PlatformError> {
        let (holds, is_held) = {
            let mut world = self.world.lock();
            if self.place == "target" {
                world.looks.push(scope.clone());
            }
            let is_held = world.holds_capture.take_if(|place| *place == self.place);
            (world.places[&self.place].holds.clone(), is_held.is_some())
        };
        if is_held {
            self.world.1.reached.notify_one();
            self.world.1.open.notified().await;
        }
        for (key, bytes) in holds {
            if !scope.covers(&key) {
                continue;
            }
            let digest = self.digest(&key, &bytes).ok();
            sink.accept(Captured {
                key,
                content: Content::Bytes { bytes, digest },
                stamp: None,
            })?;
        }
        Ok(())
    }

    async fn target(
        &self,
        _: &DeploymentId,
        _: Arc<dyn Memory>,
    ) -> Result<Arc<dyn Target>, PlatformError> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Target for Opened {
    async fn read(&self, key: &ResourceKey) -> Result<Option<Vec<u8>>, PlatformError> {
        Ok(self.world.lock().places[&self.place]
            .holds
            .get(key)
            .cloned())
    }

    async fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
        _: &Seen,
    ) -> Result<(), PlatformError> {
        let is_held = {
            let mut world = self.world.lock();
            let writes: u64 = world.places.values().map(|place| place.writes).sum();
            world.holds_at.take_if(|at| *at == writes + 1).is_some()
        };
        if is_held {
            self.world.1.reached.notify_one();
            self.world.1.open.notified().await;
        }
        let mut world = self.world.lock();
        if world.refuses.as_ref() == Some(&operation.resource) {
            return Err(PlatformError::Refused {
                message: "Not there.".to_owned(),
                hint: "Elsewhere.".to_owned(),
            });
        }
        world.write(&self.place, operation, bytes);
        Ok(())
    }

    fn take_steps(&self, key: &ResourceKey) -> Vec<Step> {
        let made = [
            ("make", StepOutcome::Done),
            ("publish", StepOutcome::Failed),
        ];
        let made = made.map(|(what, outcome)| Step {
            what: what.to_owned(),
            outcome,
        });
        match self.world.lock().refuses.as_ref() == Some(key) {
            true => made.into(),
            false => Vec::new(),
        }
    }

    async fn publish(&self) -> Result<(), PlatformError> {
        self.world.lock().is_published = true;
        Ok(())
    }

    async fn is_published(&self) -> Result<bool, PlatformError> {
        Ok(self.world.lock().is_published)
    }

    async fn abandon(&self) -> Result<(), PlatformError> {
        Ok(())
    }
}
