//! The places that a story deploys to, as they are, whatever anybody believes; and what they see being done to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use slipway_domain::{
    ContentDigest, DeploymentId, Millis, Operation, OperationId, Pass, Plan, Reference, References,
    ResourceKey,
};
use slipway_engine::json_digest;

use crate::chance::{Chance, Fault, Faults};

/// When the stories begin.
const EPOCH: i64 = 1_700_000_000_000;

pub(crate) type Bytes = Arc<[u8]>;
pub(crate) type Holds = BTreeMap<ResourceKey, Bytes>;

/// One place: what it holds, and what was done to it.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) holds: Holds,
    /// What deployments have staged and not published.
    staged: BTreeMap<DeploymentId, BTreeMap<ResourceKey, Option<Bytes>>>,
    published: BTreeSet<DeploymentId>,
    /// When somebody else last changed a resource.
    pub(crate) edited: BTreeMap<ResourceKey, u64>,
    /// When a process last looked at a resource for a deployment.
    looked: BTreeMap<(u32, DeploymentId, ResourceKey), u64>,
    /// Every write that took effect.
    pub(crate) written: Vec<Written>,
    /// When each deployment first reached for the place, and what it held then.
    pub(crate) before: BTreeMap<DeploymentId, (u64, Holds)>,
}

/// A write that took effect.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) moment: u64,
    pub(crate) deployment: DeploymentId,
    pub(crate) operation: OperationId,
    pub(crate) resource: ResourceKey,
    pub(crate) is_staged: bool,
}

impl Place {
    pub(crate) fn holding(holds: Holds) -> Self {
        Self {
            holds,
            ..Self::default()
        }
    }
}

/// Something that waits for its turn.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) number: u64,
    pub(crate) life: u32,
    pub(crate) waker: Waker,
}

/// All there is beside the processes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) chance: Chance,
    pub(crate) faults: Faults,
    pub(crate) places: BTreeMap<String, Place>,
    pub(crate) policy: References,
    /// Kinds of resources that are only seen once they are published.
    pub(crate) staged_kinds: Vec<&'static str>,
    /// Whether places tell contents apart by cheap signs.
    pub(crate) has_stamps: bool,
    /// Whether also commits and answers wait for their turn.
    pub(crate) is_fine: bool,
    pub(crate) waiting: Vec<Ticket>,
    pub(crate) tickets: u64,
    /// The tickets whose turn it is.
    pub(crate) granted: BTreeSet<u64>,
    /// The processes that are seen to be there.
    pub(crate) present: BTreeSet<String>,
    /// Those that were taken for dead while they live.
    pub(crate) believed_gone: BTreeSet<u32>,
    /// Plans never change: read once.
    pub(crate) plans: BTreeMap<DeploymentId, Arc<Plan>>,
    /// Milliseconds that have passed.
    pub(crate) passed: i64,
    /// Whether the clock was never put back.
    pub(crate) is_clock_straight: bool,
    ticks: i64,
    uniques: u64,
    /// Counts what happens.
    pub(crate) moment: u64,
    /// What no correct program does.
    pub(crate) wrong: Vec<String>,
    /// What happened, where that is wanted.
    pub(crate) trace: Option<Vec<String>>,
}

/// What a story begins with: everything of the world that its scene has left.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) names: Vec<&'static str>,
    places: Vec<Holds>,
    policy: References,
    staged_kinds: Vec<&'static str>,
    has_stamps: bool,
    ticks: i64,
    uniques: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn strikes(&self, fault: Fault, one_in: u64) -> bool {
        self.lock().strikes(fault, one_in)
    }

    pub(crate) fn say(&self, what: impl FnOnce() -> String) {
        self.lock().say(what);
    }

    pub(crate) fn wrong(&self, what: String) {
        self.lock().wrong(what);
    }
}

impl World {
    pub(crate) fn new(chance: Chance, faults: Faults, is_traced: bool) -> Self {
        Self {
            chance,
            faults,
            places: BTreeMap::new(),
            policy: References::Loose,
            staged_kinds: Vec::new(),
            has_stamps: false,
            is_fine: false,
            waiting: Vec::new(),
            tickets: 0,
            granted: BTreeSet::new(),
            present: BTreeSet::new(),
            believed_gone: BTreeSet::new(),
            plans: BTreeMap::new(),
            passed: 0,
            is_clock_straight: true,
            ticks: 0,
            uniques: 0,
            moment: 0,
            wrong: Vec::new(),
            trace: is_traced.then(Vec::new),
        }
    }

    /// What a story may begin with.
    pub(crate) fn scene(&self, names: &[&'static str]) -> Scene {
        let holds = |name: &&str| self.places[*name].holds.clone();
        Scene {
            names: names.to_vec(),
            places: names.iter().map(holds).collect(),
            policy: self.policy,
            staged_kinds: self.staged_kinds.clone(),
            has_stamps: self.has_stamps,
            ticks: self.ticks,
            uniques: self.uniques,
        }
    }

    /// Begins with a scene.
    pub(crate) fn begin_with(&mut self, scene: &Scene) {
        let places = scene.names.iter().zip(&scene.places);
        self.places = places
            .map(|(name, holds)| ((*name).to_owned(), Place::holding(holds.clone())))
            .collect();
        self.policy = scene.policy;
        self.staged_kinds.clone_from(&scene.staged_kinds);
        self.has_stamps = scene.has_stamps;
        self.ticks = scene.ticks;
        self.uniques = scene.uniques;
    }

    pub(crate) fn strikes(&mut self, fault: Fault, one_in: u64) -> bool {
        let strikes = self.faults.strikes(&mut self.chance, fault, one_in);
        if strikes && !matches!(fault, Fault::OutOfTurn | Fault::Pause) {
            let number = self.faults.struck.last().map_or(0, |(number, _)| *number);
            self.say(|| format!("   !! {fault:?} (#{number})"));
        }
        strikes
    }

    pub(crate) fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>5} {}", self.moment, what()));
        }
    }

    pub(crate) fn wrong(&mut self, what: String) {
        self.say(|| format!("WRONG {what}"));
        self.wrong.push(what);
    }

    /// The next moment.
    pub(crate) fn next(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    /// The time now; never twice the same, unless the clock is put back.
    pub(crate) fn now(&mut self) -> Millis {
        self.ticks += 1;
        Millis(EPOCH + self.passed + self.ticks)
    }

    pub(crate) fn unique(&mut self) -> u64 {
        self.uniques += 1;
        self.uniques.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn place(&mut self, name: &str) -> &mut Place {
        self.places.get_mut(name).expect("a known place")
    }

    pub(crate) fn is_staged(&self, key: &ResourceKey) -> bool {
        self.staged_kinds.contains(&key.kind())
    }

    /// What a deployment's target holds: where the place stages, in the staged copy.
    fn held(&self, place: &str, deployment: &DeploymentId, key: &ResourceKey) -> Option<Bytes> {
        let place = &self.places[place];
        let staged = place.staged.get(deployment).and_then(|copy| copy.get(key));
        staged
            .cloned()
            .unwrap_or_else(|| place.holds.get(key).cloned())
    }

    /// A process looks at a resource.
    pub(crate) fn look(
        &mut self,
        name: &str,
        life: u32,
        deployment: &DeploymentId,
        key: &ResourceKey,
    ) -> Option<Bytes> {
        let moment = self.next();
        let looked = (life, deployment.clone(), key.clone());
        self.place(name).looked.insert(looked, moment);
        self.held(name, deployment, key)
    }

    /// Somebody else changes a resource.
    pub(crate) fn edit(&mut self, name: &str) {
        let holds = &self.places[name].holds;
        let keys: Vec<ResourceKey> = holds.keys().cloned().collect();
        let staged = self.staged_kinds.clone();
        let keys: Vec<ResourceKey> = keys
            .into_iter()
            .filter(|key| !staged.contains(&key.kind()))
            .collect();
        if keys.is_empty() {
            return;
        }
        let key = self.chance.of(&keys).clone();
        let deletes = self.policy == References::Loose && self.chance.one_in(4);
        let moment = self.next();
        self.say(|| {
            format!(
                "   somebody {} {key} in {name}",
                if deletes { "deletes" } else { "edits" }
            )
        });
        let bytes: Bytes = format!(r#"{{"edited":{moment}}}"#).into_bytes().into();
        let place = self.place(name);
        match deletes {
            true => drop(place.holds.remove(&key)),
            false => drop(place.holds.insert(key.clone(), bytes)),
        }
        place.edited.insert(key, moment);
    }

    /// Does what an operation says, and notes what is wrong with that. Whether it was done: like a system with optimistic
    /// concurrency, a place does not take what was meant for what it held before somebody's edit.
    pub(crate) fn write(
        &mut self,
        name: &str,
        life: u32,
        deployment: &DeploymentId,
        operation: &Operation,
        bytes: Option<&[u8]>,
    ) -> bool {
        let key = &operation.resource;
        let held = self.held(name, deployment, key);
        let is_staged = self.is_staged(key);
        let moment = self.next();
        let place = &self.places[name];
        let looked = (life, deployment.clone(), key.clone());
        let looked = place.looked.get(&looked).copied();
        let edited = place.edited.get(key).copied().unwrap_or(0);
        let digest = |bytes: &Option<Bytes>| bytes.as_deref().map(digest);
        let expected = operation.before.map(|version| version.digest);
        let outcome = bytes.map(self::digest);
        if digest(&held) != expected {
            match looked {
                Some(looked) if edited > looked => return false,
                _ if digest(&held) == outcome => {
                    self.wrong(format!("{name}: {key} was applied twice"));
                }
                _ => self.wrong(format!("{name}: {key} was overwritten blindly")),
            }
        }
        if looked.is_none() {
            self.wrong(format!("{name}: {key} was written without a look at it"));
        }
        let is_created = expected.is_none() && !matches!(operation.pass, Pass::Fill { .. });
        if held.is_some() == is_created && bytes.is_some() {
            self.wrong(format!(
                "{name}: {key} was {}",
                if is_created {
                    "created twice"
                } else {
                    "updated, but is not there"
                }
            ));
        }
        let after: Option<Bytes> = bytes.map(Bytes::from);
        let place = self.place(name);
        if is_staged {
            let copy = place.staged.entry(deployment.clone()).or_default();
            copy.insert(key.clone(), after);
        } else {
            put(&mut place.holds, key, after);
        }
        place.written.push(Written {
            moment,
            deployment: deployment.clone(),
            operation: operation.id,
            resource: key.clone(),
            is_staged,
        });
        true
    }

    /// What a document refers to that is not there, where a place does not take that. What the plan makes itself comes first.
    pub(crate) fn leads_nowhere(
        &mut self,
        name: &str,
        deployment: &DeploymentId,
        bytes: Option<&[u8]>,
    ) -> Option<ResourceKey> {
        if self.policy != References::Enforced {
            return None;
        }
        let references = bytes.map(references).unwrap_or_default();
        let is_there = |to: &ResourceKey| self.held(name, deployment, to).is_some();
        let missing = references
            .into_iter()
            .find(|found| !is_there(&found.to))?
            .to;
        let plan = self.plans.get(deployment);
        let is_planned = plan.is_some_and(|plan| {
            let mut operations = plan.operations.iter();
            operations.any(|operation| operation.resource == missing && operation.after.is_some())
        });
        if is_planned && !self.places[name].edited.contains_key(&missing) {
            self.wrong(format!(
                "{name}: what refers to {missing} was written before it"
            ));
        }
        Some(missing)
    }

    pub(crate) fn publish(&mut self, name: &str, deployment: &DeploymentId) {
        let moment = self.next();
        let place = self.place(name);
        if !place.published.insert(deployment.clone()) {
            self.wrong(format!("{name}: {deployment} was published twice"));
            return;
        }
        let staged = place.staged.remove(deployment).unwrap_or_default();
        for (key, after) in staged {
            put(&mut place.holds, &key, after);
        }
        for written in &mut place.written {
            if written.deployment == *deployment && written.is_staged {
                // Now it is there.
                written.is_staged = false;
                written.moment = moment;
            }
        }
    }

    pub(crate) fn is_published(&self, name: &str, deployment: &DeploymentId) -> bool {
        self.places[name].published.contains(deployment)
    }

    pub(crate) fn abandon(&mut self, name: &str, deployment: &DeploymentId) {
        if self.is_published(name, deployment) {
            self.wrong(format!(
                "{name}: {deployment} was abandoned, and is published"
            ));
        }
        self.next();
        let place = self.place(name);
        place.staged.remove(deployment);
        let is_gone = |written: &Written| written.deployment == *deployment && written.is_staged;
        place.written.retain(|written| !is_gone(written));
    }
}

fn put(holds: &mut Holds, key: &ResourceKey, after: Option<Bytes>) {
    match after {
        Some(bytes) => drop(holds.insert(key.clone(), bytes)),
        None => drop(holds.remove(key)),
    }
}

pub(crate) fn digest(bytes: &[u8]) -> ContentDigest {
    json_digest(bytes, &mut Vec::new()).expect("JSON")
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
