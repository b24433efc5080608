//! A story: people who ask processes for deployments, whatever strikes meanwhile, and how it ends.

use std::collections::BTreeSet;
use std::sync::Arc;

use slipway_domain::{
    ApprovalPolicy, Command, DeploymentState, Edits, EnvironmentDraft, EnvironmentId, References,
    ResourceKey, Rules, State, Tier,
};
use slipway_engine::EngineError;
use slipway_store::{Image, Store, StoreError};

use crate::chance::{Chance, Counts, Fault, Faults};
use crate::check::{audit, check};
use crate::fake::Onlooker;
use crate::moves::{Move, author, choose, options, perform};
use crate::process::{Machine, Process};
use crate::world::{Holds, Place, Scene, Shared, World};

/// After how many turns a story has lost its way.
const TURN_LIMIT: u32 = 20_000;
/// After how much time in which nothing can go on something hangs, in milliseconds.
const HANGS_MS: u64 = 600_000;

/// What became of a story.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// What no correct program does.
    pub(crate) wrong: Vec<String>,
    /// What happened.
    pub(crate) trace: Vec<String>,
    /// What struck, by the number of the question.
    pub(crate) struck: Vec<(u64, Fault)>,
    /// What it held.
    pub(crate) counts: Counts,
}

pub(crate) struct Story {
    pub(crate) world: Shared,
    pub(crate) onlooker: Store,
    machine: Machine,
    processes: [Option<Process>; 2],
    lives: u32,
    turns: u32,
    pub(crate) counts: Counts,
}

/// How many neighbouring seeds tell of one scene: setting it takes as long as what follows.
pub(crate) const SEEDS_OF_A_SCENE: u64 = 16;

/// Where stories are told, one after another.
pub(crate) struct Stage {
    machine: Machine,
    scene: Option<(u64, Scene, Image)>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self {
            machine: Machine::new(),
            scene: None,
        }
    }

    /// Sets the scene with this number, unless it was the last one; it is the same either way.
    fn scene(&mut self, number: u64) -> &Scene {
        if self.scene.as_ref().is_none_or(|(last, ..)| *last != number) {
            self.machine.memory.wipe().expect("an empty memory");
            self.machine.verified = Arc::default();
            let world = World::new(Chance::new(number), Faults::default(), false);
            let mut story = Story::new(world, &self.machine);
            story.world.lock().faults.is_calm = true;
            let names = story.set_the_scene();
            story.open_a_release();
            let scene = story.world.lock().scene(&names);
            let told = story.told();
            assert!(told.wrong.is_empty(), "a scene: {:?}", told.wrong);
            let image = self.machine.memory.image().expect("an image");
            self.scene = Some((number, scene, image));
        }
        let (_, scene, image) = self.scene.as_ref().expect("it was set");
        self.machine.memory.restore(image).expect("the scene");
        scene
    }
}

/// Tells the story of a seed, in which what is named never strikes.
pub(crate) fn tell(seed: u64, without: &BTreeSet<u64>, is_traced: bool, stage: &mut Stage) -> Told {
    let mut chance = Chance::new(seed);
    let faults = Faults::new(chance.below(10), without);
    let mut world = World::new(chance, faults, is_traced);
    world.begin_with(stage.scene(seed / SEEDS_OF_A_SCENE));
    let mut story = Story::new(world, &stage.machine);
    story.run();
    story.told()
}

impl Story {
    pub(crate) fn new(world: World, machine: &Machine) -> Self {
        Self {
            onlooker: Store::in_memory(&machine.memory, Arc::new(Onlooker)).expect("a store"),
            world: Shared::new(world),
            machine: machine.clone(),
            processes: [None, None],
            lives: 0,
            turns: 0,
            counts: Counts::new(),
        }
    }

    /// What became of it.
    pub(crate) fn told(mut self) -> Told {
        self.processes = [None, None];
        let mut world = self.world.lock();
        for (_, fault) in &world.faults.struck {
            let count = self.counts.entry(format!("strikes {fault:?}"));
            *count.or_default() += 1;
        }
        Told {
            wrong: std::mem::take(&mut world.wrong),
            trace: world.trace.take().unwrap_or_default(),
            struck: std::mem::take(&mut world.faults.struck),
            counts: std::mem::take(&mut self.counts),
        }
    }

    fn run(&mut self) {
        let is_fine = self.world.lock().chance.one_in(2);
        self.world.lock().is_fine = is_fine;
        let moves = 1 + self.world.lock().chance.below(4);
        for _ in 0..moves {
            let slot = usize::from(self.world.lock().chance.one_in(6));
            self.ask_something(slot);
            self.go_on();
            if self.is_over() {
                return;
            }
        }
        self.world.say(|| "   all is calm from now on".to_owned());
        self.world.lock().faults.is_calm = true;
        self.come_to_rest();
        check(self);
        if !self.is_over() && self.world.lock().chance.one_in(3) && self.take_back() {
            self.come_to_rest();
            check(self);
        }
        let has_signatures = self.world.lock().chance.one_in(6);
        audit(self, has_signatures);
    }

    /// Most stories are about what comes after it.
    pub(crate) fn open_a_release(&mut self) {
        self.calmly(|story| {
            let (tag, only) = ("r0".to_owned(), None);
            story.ask(0, Move::Draft { tag, only });
            story.go_on();
            let drafted = story.state().releases.keys().next().cloned();
            if let Some(id) = drafted {
                story.ask(0, Move::Seal(id));
                story.go_on();
            }
        });
    }

    /// Ends a process.
    pub(crate) fn end(&mut self, slot: usize) {
        self.processes[slot] = None;
    }

    fn is_over(&self) -> bool {
        !self.world.lock().wrong.is_empty()
    }

    pub(crate) fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    pub(crate) fn set_the_scene(&mut self) -> Vec<&'static str> {
        let places: Vec<&'static str> = {
            let mut world = self.world.lock();
            let world = &mut *world;
            let chance = &mut world.chance;
            if chance.one_in(2) {
                world.policy = References::Enforced;
            }
            if chance.one_in(3) {
                world.staged_kinds = vec![*chance.of(&["kind0", "kind2"])];
            }
            world.has_stamps = chance.one_in(2);
            let names = match chance.one_in(3) {
                true => vec!["source", "target", "next"],
                false => vec!["source", "target"],
            };
            let size = 2 + chance.below(6);
            for name in &names {
                let place = Place::holding(documents(chance, size));
                world.places.insert((*name).to_owned(), place);
            }
            names
        };
        self.calmly(|story| {
            for name in &places {
                let policy = story
                    .world
                    .lock()
                    .chance
                    .one_in(3)
                    .then_some(ApprovalPolicy {
                        required: 1,
                        author_counts: false,
                    });
                let settings = EnvironmentDraft {
                    name: (*name).to_owned(),
                    platform: "fake".to_owned(),
                    tier: Tier::Staging,
                    promotes_to: None,
                    connection: serde_json::json!({ "place": name }),
                    rules: Rules::default(),
                    approvals: policy,
                };
                let id = EnvironmentId((*name).to_owned());
                let command = Command::AddEnvironment { id, settings };
                let engine = &story.process(0).engine;
                engine.decide(&author(), command).expect("an environment");
            }
        });
        places
    }

    /// Does something to which nothing happens.
    pub(crate) fn calmly<T>(&mut self, doing: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.world.lock().faults.is_calm, true);
        let done = doing(self);
        self.world.lock().faults.is_calm = before;
        done
    }

    /// The process in a slot; begins where there is none.
    fn process(&mut self, slot: usize) -> &mut Process {
        if self.processes[slot].is_none() {
            let before = std::mem::replace(&mut self.world.lock().faults.is_calm, true);
            self.lives += 1;
            let process = Process::start(&self.world, &self.machine, self.lives);
            self.processes[slot] = Some(process);
            self.world.lock().faults.is_calm = before;
        }
        self.processes[slot].as_mut().expect("it is there")
    }

    /// What is so now.
    pub(crate) fn state(&mut self) -> Arc<State> {
        self.calmly(|story| story.process(0).engine.state().expect("a state"))
    }

    pub(crate) fn engine(&mut self) -> slipway_engine::Engine {
        self.process(0).engine.clone()
    }

    fn ask_something(&mut self, slot: usize) {
        let chosen = self.calmly(|story| {
            let world = story.world.clone();
            let engine = story.process(slot).engine.clone();
            let state = engine.state().expect("a state");
            let live = |deployment: &_| engine.live(deployment).expect("its state").state;
            // Whoever asks looks at the world through the engine, which looks at the clock.
            let mut chance = world.lock().chance.clone();
            let options = options(&state, &live, &mut chance);
            let chosen = choose(&options, &mut chance);
            world.lock().chance = chance;
            chosen
        });
        if let Some(chosen) = chosen {
            self.ask(slot, chosen);
        }
    }

    pub(crate) fn ask(&mut self, slot: usize, asked: Move) {
        let what = format!("{asked:?}");
        let kind = what.split([' ', '(', '{']).next().unwrap_or_default();
        self.count(format!("asks {kind}"));
        let process = self.process(slot);
        let engine = process.engine.clone();
        process.ask(what, perform(engine, asked));
        process.go_on(0);
    }

    /// Goes on until all that was asked for has ended, or whoever was asked.
    pub(crate) fn go_on(&mut self) {
        self.go_on_for(TURN_LIMIT);
    }

    /// As [`Story::go_on`], for at most so many turns.
    pub(crate) fn go_on_for(&mut self, turns: u32) {
        let mut waited = 0;
        for _ in 0..=turns {
            self.hear();
            if self.is_over() {
                return;
            }
            if !self.is_busy(0) && !self.is_busy(1) {
                return;
            }
            self.turns += 1;
            if self.turns > TURN_LIMIT {
                self.world
                    .wrong("the story does not come to an end".to_owned());
                return;
            }
            self.strike();
            match self.grant() {
                true => waited = 0,
                false if self.is_busy(0) || self.is_busy(1) => {
                    let passed = match waited {
                        0..2_000 => 250,
                        _ => 15_000,
                    };
                    waited += passed;
                    self.pass(passed);
                    if waited > HANGS_MS {
                        self.world.wrong("what was asked for hangs".to_owned());
                    }
                }
                false => {}
            }
        }
    }

    /// Lets only one process go on until what it was asked for has ended.
    pub(crate) fn go_on_alone(&mut self, slot: usize) {
        loop {
            self.hear();
            if !self.is_busy(slot) || self.is_over() {
                return;
            }
            let number = self.process(slot).life.number;
            let waker = {
                let mut world = self.world.lock();
                let found = world
                    .waiting
                    .iter()
                    .position(|ticket| ticket.life == number);
                let ticket = world.waiting.remove(found.expect("it waits for its turn"));
                world.granted.insert(ticket.number);
                ticket.waker
            };
            waker.wake();
            self.process(slot).go_on(0);
        }
    }

    /// Whether a process does something that it was asked for.
    pub(crate) fn is_busy(&self, slot: usize) -> bool {
        let process = self.processes[slot].as_ref();
        process.is_some_and(|process| !process.asked.is_empty())
    }

    /// A living process is taken for a dead one.
    pub(crate) fn believe_gone(&mut self, slot: usize) {
        let life = &self.process(slot).life;
        let mut world = life.world.lock();
        world.present.remove(&life.name);
        world.believed_gone.insert(life.number);
    }

    /// What happens beside: edits, a second process, an end.
    fn strike(&mut self) {
        if self.world.lock().faults.is_calm {
            return;
        }
        if self.world.strikes(Fault::Edit, 60) {
            let mut world = self.world.lock();
            let names: Vec<String> = world.places.keys().cloned().collect();
            let name = world.chance.of(&names).clone();
            world.edit(&name);
        }
        let busy = match (self.is_busy(0), self.is_busy(1)) {
            (true, true) => usize::from(self.world.lock().chance.one_in(2)),
            (true, false) => 0,
            (false, true) => 1,
            (false, false) => return,
        };
        if self.world.strikes(Fault::Rival, 60) {
            let rival = 1 - busy;
            if !self.is_busy(rival) || self.world.lock().chance.one_in(3) {
                self.ask_something(rival);
            } else {
                self.ask_something(busy);
            }
        }
        if self.world.strikes(Fault::BelievedGone, 150) {
            self.believe_gone(busy);
        }
        if self.world.strikes(Fault::Crash, 70) {
            self.process(busy).life.end();
        }
        if self.world.strikes(Fault::ClockBack, 150) {
            let mut world = self.world.lock();
            let back = *world.chance.of(&[1_000, 90_000, 3_600_000]);
            world.passed -= back;
            world.is_clock_straight = false;
        }
        if self.world.strikes(Fault::Pause, 30) {
            let passed = *self
                .world
                .lock()
                .chance
                .of(&[1, 300, 2_000, 16_000, 70_000]);
            self.pass(passed);
        }
    }

    /// Lets one that waits go on; whether there was one.
    fn grant(&mut self) -> bool {
        let (life, waker) = {
            let mut world = self.world.lock();
            if world.waiting.is_empty() {
                return false;
            }
            let count = world.waiting.len() as u64;
            let index = match count > 1 && world.strikes(Fault::OutOfTurn, 2) {
                true => world.chance.below(count) as usize,
                false => 0,
            };
            let ticket = world.waiting.remove(index);
            world.granted.insert(ticket.number);
            (ticket.life, ticket.waker)
        };
        waker.wake();
        for process in self.processes.iter_mut().flatten() {
            if process.life.number == life {
                process.go_on(0);
            }
        }
        true
    }

    fn pass(&mut self, milliseconds: u64) {
        self.world.lock().passed += milliseconds.cast_signed();
        for process in self.processes.iter_mut().flatten() {
            process.go_on(milliseconds);
        }
    }

    /// Takes away processes that have ended, and hears what became of what was asked for.
    fn hear(&mut self) {
        for slot in 0..self.processes.len() {
            let Some(process) = &mut self.processes[slot] else {
                continue;
            };
            if process.life.is_dead() {
                self.processes[slot] = None;
                continue;
            }
            for (what, result) in process.ended() {
                let number = process.life.number;
                self.world.say(|| match &result {
                    Ok(()) => format!("{number}: done"),
                    Err(error) => format!("{number}: {error}"),
                });
                let Err(error) = result else { continue };
                if let Some(reason) = unheard_of(&error) {
                    self.world.wrong(format!("{what}: {reason}: {error}"));
                }
                let world = self.world.clone();
                let is_calm = world.lock().faults.is_calm;
                *self.counts.entry(kind_of(&error, is_calm)).or_default() += 1;
            }
        }
    }

    /// Takes every deployment to its end.
    pub(crate) fn come_to_rest(&mut self) {
        if self.world.lock().chance.one_in(2) {
            self.processes = [None, None];
        }
        self.go_on();
        // What could not be given back is given back after a while.
        self.pass(16_000);
        self.hear();
        for _ in 0..12 {
            if self.is_over() {
                return;
            }
            let open = self.calmly(|story| {
                let engine = story.engine();
                let state = engine.state().expect("a state");
                state.deployments.values().find_map(|deployment| {
                    let live = engine.live(deployment).expect("its state").state;
                    let is_open = deployment.state == DeploymentState::Running;
                    is_open.then(|| (deployment.id.clone(), live))
                })
            });
            let Some((id, live)) = open else {
                self.retry_what_failed();
                return;
            };
            if live != DeploymentState::Interrupted {
                self.world
                    .wrong(format!("{id} is {live:?}, and nobody executes it"));
                return;
            }
            self.ask(0, Move::Resume(id.clone()));
            self.go_on();
            if self.state().deployments[&id].state == DeploymentState::Running {
                self.ask(0, Move::Cancel(id.clone()));
                self.go_on();
            }
            if !self.is_over() && self.state().deployments[&id].state == DeploymentState::Running {
                self.world
                    .wrong(format!("{id} can neither be resumed nor cancelled"));
            }
        }
        if !self.is_over() {
            self.world
                .wrong("deployments do not come to an end".to_owned());
        }
    }

    /// What failed reaches its end when it is tried again, unless somebody's edit or decision is in the way.
    fn retry_what_failed(&mut self) {
        let state = self.state();
        let failed = state.deployments.values().filter(|deployment| {
            deployment.state == DeploymentState::Failed && deployment.rolled_back_by.is_none()
        });
        for deployment in failed {
            let before = self.counts.get("refused when calm").copied();
            self.ask(0, Move::Resume(deployment.id.clone()));
            self.go_on();
            if self.is_over() {
                return;
            }
            let was_refused = self.counts.get("refused when calm").copied() != before;
            let after = self.state().deployments[&deployment.id].clone();
            let world = self.world.lock();
            let place = &world.places[deployment.environment.as_str()];
            let others = place
                .written
                .iter()
                .any(|written| written.deployment != deployment.id);
            let leads_nowhere = |message: &String| message.contains("which is not there");
            let is_explained = was_refused
                || !place.edited.is_empty()
                || others
                || after.message.as_ref().is_some_and(leads_nowhere);
            drop(world);
            if after.state == DeploymentState::Failed && !is_explained {
                self.world.wrong(format!(
                    "{} fails again, and nobody else was there: {:?}",
                    deployment.id, after.message
                ));
            }
        }
    }

    /// Takes the latest deployment back; whether there was one.
    fn take_back(&mut self) -> bool {
        let state = self.state();
        let places: Vec<&EnvironmentId> = state.environments.keys().collect();
        let environment = (*self.world.lock().chance.of(&places)).clone();
        let Some(found) = state.rollback_candidate(&environment) else {
            return false;
        };
        let asked = Move::RollBack {
            deployment: found.id.clone(),
            environment,
            only: None,
            edits: Edits::Keep,
            quick: false,
        };
        self.ask(0, asked);
        self.go_on();
        true
    }
}

/// Why an error should never be heard of, whatever strikes.
fn unheard_of(error: &EngineError) -> Option<&'static str> {
    match error {
        EngineError::Store(
            StoreError::Busy
            | StoreError::Full
            | StoreError::Conflict
            | StoreError::Fenced { .. }
            | StoreError::Closed,
        ) => None,
        EngineError::Store(_) | EngineError::Open(_) => Some("the store"),
        EngineError::Unknown(_) => Some("something unknown"),
        EngineError::Keys(_) | EngineError::Pattern(_) | EngineError::Selection(_) => {
            Some("what was asked for")
        }
        EngineError::Refused(_)
        | EngineError::Capture(_)
        | EngineError::Lock(_)
        | EngineError::Deploy(_)
        | EngineError::Rollback(_)
        | EngineError::Platform(_)
        | EngineError::Cancelled => None,
    }
}

fn kind_of(error: &EngineError, is_calm: bool) -> String {
    let kind = match error {
        EngineError::Refused(_)
        | EngineError::Capture(_)
        | EngineError::Lock(_)
        | EngineError::Deploy(_)
        | EngineError::Rollback(_) => "refused",
        EngineError::Store(StoreError::Fenced { .. }) => "fenced",
        EngineError::Store(_) => "the store failed",
        EngineError::Platform(_) => "the place failed",
        _ => "other errors",
    };
    match is_calm {
        true => format!("{kind} when calm"),
        false => kind.to_owned(),
    }
}

/// What a place holds at first: up to so many resources, which refer to each other.
fn documents(chance: &mut Chance, size: u64) -> Holds {
    let keys: Vec<ResourceKey> = (0..size)
        .map(|n| ResourceKey::new("object", &format!("kind{}", n % 3), &format!("r{n}")))
        .collect::<Result<_, _>>()
        .expect("keys");
    let here: Vec<ResourceKey> = keys.into_iter().filter(|_| !chance.one_in(3)).collect();
    let of = |key: &ResourceKey, chance: &mut Chance| {
        let refers: serde_json::Map<String, serde_json::Value> = (0..chance.below(3))
            .map(|n| (format!("to{n}"), chance.of(&here).as_str().into()))
            .collect();
        let document = serde_json::json!({ "value": chance.below(3), "refers": refers });
        let bytes = serde_json::to_vec(&document).expect("JSON");
        (key.clone(), bytes.into())
    };
    here.iter().map(|key| of(key, chance)).collect()
}
