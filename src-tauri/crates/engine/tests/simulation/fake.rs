//! The platform of a story: every call waits for its turn, fails as the seed says, and is held to what a write needs.

use std::sync::Arc;

use async_trait::async_trait;
use slipway_domain::{
    Assessment, Blocked, Change, ChangeKind, ContentDigest, DeploymentId, Operation,
    OperationState, Reference, References, ResourceKey,
};
use slipway_engine::{
    CaptureSink, Captured, Connected, Content, DocumentError, Platform, PlatformError, Remote,
    Scope, Seen, Semantics, Stamp, Target, json_digest,
};
use slipway_store::{Fates, StoreError};

use crate::chance::Fault;
use crate::process::Life;
use crate::world::{digest, references};

/// How long a lock is held without being renewed, in milliseconds.
const LEASE_MS: i64 = 60_000;

/// Somebody who only looks, and whom nothing befalls.
#[derive(Debug)]
pub(crate) struct Onlooker;

impl Fates for Onlooker {
    fn before_read(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn before_write(&self) -> Result<(), StoreError> {
        panic!("an onlooker writes nothing")
    }

    fn before_commit(&self, _: u64) -> Result<(), StoreError> {
        Ok(())
    }

    fn after_commit(&self, _: u64) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The platform as one process sees it.
pub(crate) struct Fake(pub(crate) Arc<Life>);

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

    fn place(&self, _connection: &serde_json::Value) -> Option<String> {
        None
    }

    fn address(&self, _connection: &serde_json::Value) -> Option<String> {
        None
    }

    fn open(&self, connection: &serde_json::Value) -> Result<Arc<dyn Remote>, PlatformError> {
        let place = connection["place"].as_str().expect("a place").to_owned();
        Ok(Arc::new(Opened {
            life: self.0.clone(),
            place,
            deployment: None,
        }))
    }
}

#[derive(Clone, Debug)]
struct Opened {
    life: Arc<Life>,
    place: String,
    deployment: Option<DeploymentId>,
}

fn unavailable(what: &str) -> PlatformError {
    PlatformError::Unavailable {
        message: format!("{what} can't be reached"),
        hint: "Wait.".to_owned(),
    }
}

impl Opened {
    fn say(&self, what: impl FnOnce() -> String) {
        let (life, place) = (self.life.number, &self.place);
        self.life
            .world
            .say(|| format!("{life}: {place}: {}", what()));
    }

    fn deployment(&self) -> &DeploymentId {
        self.deployment
            .as_ref()
            .expect("a target is a deployment's")
    }

    /// Goes there: the world may have gone on meanwhile.
    async fn reach(&self) -> Result<(), PlatformError> {
        self.life.turn().await;
        match self.life.world.strikes(Fault::PlaceFails, 40) {
            true => Err(unavailable(&self.place)),
            false => Ok(()),
        }
    }

    async fn ask(&self, what: impl FnOnce() -> String) -> Result<(), PlatformError> {
        self.life.turn().await;
        self.say(what);
        match self.life.world.strikes(Fault::ReadFails, 30) {
            true => Err(unavailable("a resource")),
            false => Ok(()),
        }
    }

    /// Whether who writes may: its `begin` is on disk, for this very operation of the plan, under the lock that it holds. One
    /// that lost the lock after its `begin` comes too late: what it sends never arrives.
    fn may_write(&self, operation: &Operation) -> bool {
        let id = self.deployment();
        let known = self.life.world.lock().plans.get(id).cloned();
        let lock_name = format!("environment {}", self.place);
        let found = self.life.onlooker.read(|reader| {
            let plan = match known {
                Some(plan) => Some(plan),
                None => reader.plan(id)?.map(Arc::new),
            };
            Ok((plan, reader.attempts(id)?, reader.lock(&lock_name)?))
        });
        let (plan, attempts, lock) = found.expect("the onlooker reads");
        let mut world = self.life.world.lock();
        let key = &operation.resource;
        let Some(plan) = plan else {
            world.wrong(format!("{key} was written without a plan"));
            return false;
        };
        world.plans.insert(id.clone(), plan.clone());
        let planned = plan.operations.iter().position(|known| known == operation);
        let Some(index) = planned else {
            world.wrong(format!("{key} was written, and is not in the plan"));
            return false;
        };
        let is_begun = attempts[index].state == OperationState::Unknown;
        let was_believed_gone = world.believed_gone.contains(&self.life.number);
        match lock {
            Some(lock) if lock.holder == self.life.name && lock.deployment == *id => {
                if !is_begun {
                    world.wrong(format!("{key} was written without its begin"));
                }
                true
            }
            Some(lock) if was_believed_gone => {
                let taken = lock.expires_at.0 - LEASE_MS;
                let began = attempts[index].began_at.map_or(0, |at| at.0);
                if is_begun && began > taken && world.is_clock_straight {
                    world.wrong(format!("{key} was begun after the lock was lost"));
                }
                false
            }
            None if was_believed_gone => false,
            _ => {
                world.wrong(format!("{key} was written without the lock"));
                true
            }
        }
    }
}

impl Semantics for Opened {
    fn references_policy(&self) -> References {
        self.life.world.lock().policy
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

    /// Asks what a document refers to, and finds nothing wrong with it: so that is looked at as well.
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
        let stages = !self.life.world.lock().staged_kinds.is_empty();
        stages.then(|| "object/stage:published".parse().expect("a key"))
    }

    fn is_staged(&self, key: &ResourceKey) -> bool {
        self.life.world.lock().is_staged(key)
    }

    fn as_captured(
        &self,
        key: &ResourceKey,
        bytes: &dyn Fn() -> Option<Vec<u8>>,
    ) -> Option<Captured> {
        if !self.life.world.lock().has_stamps {
            return None;
        }
        let bytes = bytes()?;
        Some(Captured {
            key: key.clone(),
            stamp: Some(stamp(&bytes)),
            content: Content::Bytes {
                digest: Some(digest(&bytes)),
                bytes,
            },
        })
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
        self.reach().await?;
        self.say(|| "is captured".to_owned());
        let (holds, has_stamps) = {
            let mut world = self.life.world.lock();
            world.next();
            (world.places[&self.place].holds.clone(), world.has_stamps)
        };
        for (key, bytes) in holds {
            if !scope.covers(&key) {
                continue;
            }
            let stamp = has_stamps.then(|| stamp(&bytes));
            let known = stamp.as_ref().and_then(|_| sink.known(&key));
            let content = match known {
                Some(known) if Some(&known.stamp) == stamp.as_ref() => {
                    Content::Unchanged(known.version)
                }
                _ => Content::Bytes {
                    digest: Some(digest(&bytes)),
                    bytes: bytes.to_vec(),
                },
            };
            sink.accept(Captured {
                key,
                content,
                stamp,
            })?;
        }
        // The answer takes its time.
        self.life.fine_turn().await;
        Ok(())
    }

    async fn target(
        &self,
        deployment: &DeploymentId,
        _: Arc<dyn slipway_engine::Memory>,
    ) -> Result<Arc<dyn Target>, PlatformError> {
        self.reach().await?;
        self.say(|| format!("is opened for {deployment}"));
        {
            let mut world = self.life.world.lock();
            let moment = world.next();
            let place = world.place(&self.place);
            let holds = &place.holds;
            let before = &mut place.before;
            before
                .entry(deployment.clone())
                .or_insert_with(|| (moment, holds.clone()));
        }
        let mut target = self.clone();
        target.deployment = Some(deployment.clone());
        Ok(Arc::new(target))
    }
}

fn stamp(bytes: &[u8]) -> Stamp {
    Stamp(blake(bytes).into())
}

fn blake(bytes: &[u8]) -> Vec<u8> {
    blake3::hash(bytes).as_bytes()[..8].to_vec()
}

#[async_trait]
impl Target for Opened {
    async fn read(&self, key: &ResourceKey) -> Result<Option<Vec<u8>>, PlatformError> {
        self.ask(|| format!("{key} is read")).await?;
        let held = {
            let mut world = self.life.world.lock();
            let life = self.life.number;
            world.look(&self.place, life, self.deployment(), key)
        };
        self.life.fine_turn().await;
        Ok(held.map(|bytes| bytes.to_vec()))
    }

    async fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
        _: &Seen,
    ) -> Result<(), PlatformError> {
        self.life.turn().await;
        let key = &operation.resource;
        self.say(|| format!("{key} is written ({:?})", operation.verb));
        let unclear = || PlatformError::Unclear {
            message: format!("no answer about {key}"),
        };
        let strikes = |fault, one_in| self.life.world.strikes(fault, one_in);
        if strikes(Fault::Busy, 25) {
            return Err(unavailable("a resource"));
        }
        if strikes(Fault::Refused, 80) {
            return Err(PlatformError::Refused {
                message: format!("{key} is not taken"),
                hint: "Change it.".to_owned(),
            });
        }
        if strikes(Fault::LostBefore, 25) || !self.may_write(operation) {
            return Err(unclear());
        }
        let (life, id) = (self.life.number, self.deployment());
        if let Some(to) = self.life.world.lock().leads_nowhere(&self.place, id, bytes) {
            return Err(PlatformError::Refused {
                message: format!("{key} refers to {to}, which is not there"),
                hint: "Make it first.".to_owned(),
            });
        }
        let is_done = self
            .life
            .world
            .lock()
            .write(&self.place, life, id, operation, bytes);
        if !is_done {
            self.say(|| "somebody was quicker".to_owned());
            return Err(unclear());
        }
        self.life.fine_turn().await;
        match strikes(Fault::LostAfter, 20) {
            true => Err(unclear()),
            false => Ok(()),
        }
    }

    async fn publish(&self) -> Result<(), PlatformError> {
        self.life.turn().await;
        self.say(|| "is published".to_owned());
        let strikes = |fault, one_in| self.life.world.strikes(fault, one_in);
        if strikes(Fault::Busy, 15) {
            return Err(unavailable("the stage"));
        }
        let unclear = || PlatformError::Unclear {
            message: "no answer about the publication".to_owned(),
        };
        if strikes(Fault::LostBefore, 15) {
            return Err(unclear());
        }
        let known = self.life.world.lock().plans.get(self.deployment()).cloned();
        let found = self.life.onlooker.read(|reader| match known {
            Some(plan) => Ok(Some(plan)),
            None => Ok(reader.plan(self.deployment())?.map(Arc::new)),
        });
        let plan = found.expect("the onlooker reads").expect("a plan");
        let publication = plan
            .operations
            .iter()
            .find(|operation| operation.verb == slipway_domain::Verb::Publish);
        let Some(publication) = publication else {
            let mut world = self.life.world.lock();
            world.wrong("something was published, and that is not in the plan".to_owned());
            return Ok(());
        };
        if !self.may_write(publication) {
            return Err(unclear());
        }
        self.life
            .world
            .lock()
            .publish(&self.place, self.deployment());
        self.life.fine_turn().await;
        match strikes(Fault::LostAfter, 10) {
            true => Err(unclear()),
            false => Ok(()),
        }
    }

    async fn is_published(&self) -> Result<bool, PlatformError> {
        self.ask(|| "is it published?".to_owned()).await?;
        let world = self.life.world.lock();
        Ok(world.is_published(&self.place, self.deployment()))
    }

    async fn abandon(&self) -> Result<(), PlatformError> {
        self.reach().await?;
        self.say(|| "the stage is abandoned".to_owned());
        let mut world = self.life.world.lock();
        world.abandon(&self.place, self.deployment());
        Ok(())
    }
}
