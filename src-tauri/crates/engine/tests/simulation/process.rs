//! A process of a story: an engine with a runtime of its own, which goes on when it is its turn and may end at any moment.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use slipway_domain::{DeviceKey, Fact, Millis, Person, Verified};
use slipway_engine::{
    Clock, Ended, Engine, EngineError, Executor, Keys, Platform, Ports, Presence, Process as Own,
    VaultError, Work,
};
use slipway_store::{Fates, Memory, Store, StoreError};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::chance::Fault;
use crate::fake::{Fake, Onlooker};
use crate::world::{Shared, Ticket};

/// One in so many transactions meets a fault of each kind.
const TRANSACTIONS: u64 = 160;

/// What is known of a process outside of it.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) world: Shared,
    pub(crate) number: u32,
    pub(crate) name: String,
    /// Looks at what it writes.
    pub(crate) onlooker: Store,
    is_dead: AtomicBool,
    /// How many records there were before the transaction that is under way.
    known_records: AtomicI64,
}

impl Life {
    pub(crate) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::Relaxed)
    }

    /// Ends the process: nothing that it still does has an effect.
    pub(crate) fn end(&self) {
        self.is_dead.store(true, Ordering::Relaxed);
        let mut world = self.world.lock();
        world.present.remove(&self.name);
        world.waiting.retain(|ticket| ticket.life != self.number);
        let number = self.number;
        world.say(|| format!("   process {number} ends"));
    }

    /// Once it was taken for dead, somebody else may have the lock: then it does not end a deployment any more.
    fn check_that_it_may_end(&self) {
        let known = self.known_records.load(Ordering::Relaxed);
        let found = self.onlooker.read(|reader| {
            let mut foreign = Vec::new();
            for (_, record) in reader.records(known, 10)? {
                if let Fact::DeploymentEnded { deployment, .. } = &record.fact
                    && reader.lock_of(deployment)?.map(|lock| lock.holder).as_ref()
                        != Some(&self.name)
                {
                    foreign.push(deployment.clone());
                }
            }
            Ok(foreign)
        });
        for deployment in found.expect("the onlooker reads") {
            let what = format!("{deployment} was ended by one that had lost its lock");
            self.world.wrong(what);
        }
    }

    fn was_believed_gone(&self) -> bool {
        self.world.lock().believed_gone.contains(&self.number)
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.is_dead() {
            return Err(StoreError::Closed);
        }
        Ok(())
    }

    /// Waits until it is this one's turn.
    pub(crate) fn turn(self: &Arc<Self>) -> Turn {
        Turn {
            life: self.clone(),
            number: None,
        }
    }

    /// Waits for its turn where also small steps do.
    pub(crate) async fn fine_turn(self: &Arc<Self>) {
        if self.is_dead() || self.world.lock().is_fine {
            self.turn().await;
        }
    }
}

impl Fates for Life {
    fn before_read(&self) -> Result<(), StoreError> {
        self.alive()?;
        match self.world.strikes(Fault::StoreUnread, TRANSACTIONS * 4) {
            true => Err(StoreError::Busy),
            false => Ok(()),
        }
    }

    fn before_write(&self) -> Result<(), StoreError> {
        self.alive()?;
        if self.was_believed_gone() {
            let position = self.onlooker.read(|reader| reader.last_position());
            let position = position.expect("the onlooker reads");
            self.known_records.store(position, Ordering::Relaxed);
        }
        match self.world.strikes(Fault::StoreBusy, TRANSACTIONS) {
            true => Err(StoreError::Busy),
            false => Ok(()),
        }
    }

    fn before_commit(&self, _: u64) -> Result<(), StoreError> {
        if self
            .world
            .strikes(Fault::CrashBeforeCommit, TRANSACTIONS / 2)
        {
            self.end();
        }
        self.alive()?;
        match self.world.strikes(Fault::DiskFull, TRANSACTIONS) {
            true => Err(StoreError::Full),
            false => Ok(()),
        }
    }

    fn after_commit(&self, _: u64) -> Result<(), StoreError> {
        if self.was_believed_gone() {
            self.check_that_it_may_end();
        }
        if self
            .world
            .strikes(Fault::CrashAfterCommit, TRANSACTIONS / 2)
        {
            self.end();
        }
        self.alive()
    }
}

impl Presence for Life {
    fn name(&self) -> &str {
        &self.name
    }

    fn declare(&self) -> std::io::Result<()> {
        let mut world = self.world.lock();
        if !self.is_dead() && !world.believed_gone.contains(&self.number) {
            world.present.insert(self.name.clone());
        }
        Ok(())
    }

    fn is_alive(&self, name: &str) -> bool {
        name == self.name || self.world.lock().present.contains(name)
    }
}

/// Does what blocks at once; who waits for it goes on when it is their turn.
struct Inline(Arc<Life>);

impl Executor for Inline {
    fn begin(&self, work: Work) -> Ended {
        let life = self.0.clone();
        if !life.is_dead() {
            work();
        }
        Box::pin(async move { life.fine_turn().await })
    }
}

/// Ends when it is the process's turn; never where the process has ended.
pub(crate) struct Turn {
    life: Arc<Life>,
    number: Option<u64>,
}

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.life.is_dead() {
            return Poll::Pending;
        }
        let life = self.life.clone();
        let mut world = life.world.lock();
        match self.number {
            Some(number) if world.granted.remove(&number) => {
                self.number = None;
                return Poll::Ready(());
            }
            Some(_) => {}
            None => {
                world.tickets += 1;
                let number = world.tickets;
                self.number = Some(number);
                world.waiting.push(Ticket {
                    number,
                    life: life.number,
                    waker: context.waker().clone(),
                });
            }
        }
        Poll::Pending
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let mut world = self.life.world.lock();
            world.waiting.retain(|ticket| ticket.number != number);
            world.granted.remove(&number);
        }
    }
}

/// Time and chance of a story.
struct Ticks(Shared);

impl Clock for Ticks {
    fn now(&self) -> Millis {
        self.0.lock().now()
    }

    fn unique(&self) -> u64 {
        self.0.lock().unique()
    }
}

/// Keys that follow from people's addresses.
struct OwnKeys;

impl Keys for OwnKeys {
    fn key(&self, person: &Person) -> Result<Arc<DeviceKey>, VaultError> {
        static MADE: Mutex<BTreeMap<String, Arc<DeviceKey>>> = Mutex::new(BTreeMap::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let key = made.entry(person.email.clone()).or_insert_with(|| {
            let mut seed = [0; 32];
            for (byte, of) in seed.iter_mut().zip(person.email.bytes()) {
                *byte = of;
            }
            Arc::new(DeviceKey::of_seed(&seed))
        });
        Ok(key.clone())
    }
}

/// What outlasts the processes.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) memory: Arc<Memory>,
    /// Kept beyond a process, since verifying is half of what a story would take; an audit verifies all anew.
    pub(crate) verified: Arc<Verified>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self {
            memory: Arc::new(Memory::new().expect("a memory")),
            verified: Arc::default(),
        }
    }
}

/// Something that a person has asked a process for.
pub(crate) struct Asked {
    pub(crate) what: String,
    task: JoinHandle<Result<(), EngineError>>,
}

pub(crate) struct Process {
    pub(crate) life: Arc<Life>,
    pub(crate) engine: Engine,
    pub(crate) asked: Vec<Asked>,
    runtime: Runtime,
}

impl Process {
    pub(crate) fn start(world: &Shared, machine: &Machine, number: u32) -> Self {
        let name = format!("{:016x}", world.lock().unique());
        let memory = &machine.memory;
        let life = Arc::new(Life {
            world: world.clone(),
            number,
            name,
            onlooker: Store::in_memory(memory, Arc::new(Onlooker)).expect("a store"),
            is_dead: AtomicBool::new(false),
            known_records: AtomicI64::new(0),
        });
        let store = Store::in_memory(memory, life.clone()).expect("a store");
        let platforms: Vec<Arc<dyn Platform>> = vec![Arc::new(Fake(life.clone()))];
        let ports = Ports {
            platforms,
            clock: Arc::new(Ticks(world.clone())),
            keys: Arc::new(OwnKeys),
        };
        let own = Own {
            executor: Arc::new(Inline(life.clone())),
            presence: life.clone(),
            verified: machine.verified.clone(),
        };
        let engine = Engine::over(store, ports, own).expect("an engine");
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            // All that can go on does, before anybody else.
            .event_interval(1_000_000)
            .build()
            .expect("a runtime");
        world.say(|| format!("   process {number} begins"));
        Self {
            life,
            engine,
            asked: Vec::new(),
            runtime,
        }
    }

    /// Asks it for something, which begins when it goes on.
    pub(crate) fn ask(
        &mut self,
        what: String,
        doing: impl Future<Output = Result<(), EngineError>> + Send + 'static,
    ) {
        let number = self.life.number;
        self.life.world.say(|| format!("{number}: {what}"));
        let task = self.runtime.spawn(doing);
        self.asked.push(Asked { what, task });
    }

    /// Lets it go on until all that it does waits for something; before that so many milliseconds pass.
    pub(crate) fn go_on(&mut self, passed: u64) {
        let gone_on = catch_unwind(AssertUnwindSafe(|| {
            self.runtime.block_on(async {
                if passed > 0 {
                    tokio::time::advance(Duration::from_millis(passed)).await;
                }
                Drained(2).await;
            });
        }));
        if gone_on.is_err() {
            self.life.world.wrong("a process panicked".to_owned());
        }
    }

    /// What has come to its end of what was asked for.
    pub(crate) fn ended(&mut self) -> Vec<(String, Result<(), EngineError>)> {
        let mut ended = Vec::new();
        let mut index = 0;
        while index < self.asked.len() {
            if !self.asked[index].task.is_finished() {
                index += 1;
                continue;
            }
            let asked = self.asked.remove(index);
            match self.runtime.block_on(asked.task) {
                Ok(result) => ended.push((asked.what, result)),
                Err(error) => {
                    let what = format!("{}: {error}", asked.what);
                    self.life.world.wrong(what);
                }
            }
        }
        ended
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Whatever its guards do when they go, it is dead by then.
        self.life.end();
    }
}

/// Lets all that can go on do so, this many times, without time passing.
struct Drained(u8);

impl Future for Drained {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
