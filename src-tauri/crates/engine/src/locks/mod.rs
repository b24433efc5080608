//! Locks: one deployment at a time to a place, never for ever.
//!
//! Invariant: what a deployment writes to the journal is written in a transaction that has checked its [`Fence`], so that
//! whoever lost the lock writes nothing more, whatever it believes.

mod holder;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use slipway_domain::DeploymentId;
use slipway_store::{Fence, LockHolder, StoreError};
use tokio::task::JoinHandle;

pub(crate) use self::holder::Holder;
pub use self::holder::Presence;
use crate::error::{EngineError, LockError};
use crate::ledger::Ledger;

/// A lock that nobody renewed for this long is free, in milliseconds.
const LEASE_MS: i64 = 60_000;
/// How often a held lock is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(15);

/// The port to who may write to a place. Calls may block for as long as a commit takes.
pub(crate) trait Locks: Send + Sync {
    /// Takes the lock of a place for a deployment, or says who has it. A lock whose holder is gone is taken over at once.
    ///
    /// # Errors
    /// When it can't be known who has it.
    fn acquire(
        &self,
        place: &str,
        deployment: &DeploymentId,
    ) -> Result<Result<Fence, LockHolder>, EngineError>;

    /// Keeps the lock.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when it was lost; another one when that is not known.
    fn renew(&self, fence: &Fence) -> Result<(), StoreError>;

    /// Gives the lock back; somebody else's stays.
    ///
    /// # Errors
    /// When it could not be given back.
    fn release(&self, fence: &Fence) -> Result<(), StoreError>;

    /// The holder that executes a deployment now, if any does.
    ///
    /// # Errors
    /// When it can't be known.
    fn executing(&self, deployment: &DeploymentId) -> Result<Option<String>, EngineError>;
}

/// A held lock; given back when it is dropped. Where that fails, it is tried again until it is done: others wait for it as
/// long as this process is there.
pub(crate) struct Lease {
    locks: Arc<dyn Locks>,
    fence: Fence,
    marks: Arc<Marks>,
    renewing: JoinHandle<()>,
}

/// What a lease and its renewal tell each other.
#[derive(Default)]
struct Marks {
    /// It was seen to be somebody else's.
    is_lost: AtomicBool,
    /// It is not needed any more, and is still to be given back.
    is_left: AtomicBool,
}

impl Lease {
    /// Takes the lock of a place, which is that of an environment, for a deployment.
    ///
    /// # Errors
    /// When somebody has it, or it can't be known who does.
    pub(crate) fn acquire(
        locks: &Arc<dyn Locks>,
        place: &str,
        environment: &str,
        deployment: &DeploymentId,
    ) -> Result<Self, EngineError> {
        let fence = locks
            .acquire(place, deployment)?
            .map_err(|held| LockError::Held {
                environment: environment.to_owned(),
                deployment: held.deployment,
            })?;
        let marks = Arc::<Marks>::default();
        Ok(Self {
            locks: locks.clone(),
            renewing: tokio::spawn(renew(locks.clone(), fence.clone(), marks.clone())),
            fence,
            marks,
        })
    }

    /// What is shown when something is written under this lock.
    pub(crate) fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Refuses to go on once the lock was seen to be lost.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        if self.marks.is_lost.load(Ordering::Relaxed) {
            let place = self.fence.place.clone();
            return Err(StoreError::Fenced { place }.into());
        }
        Ok(())
    }
}

async fn renew(locks: Arc<dyn Locks>, fence: Fence, marks: Arc<Marks>) {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        if marks.is_left.load(Ordering::Relaxed) {
            match locks.release(&fence) {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "the lock could not be given back yet"),
            }
            continue;
        }
        match locks.renew(&fence) {
            Ok(()) => {}
            Err(error @ StoreError::Fenced { .. }) => {
                tracing::error!(%error, "the deployment stops");
                marks.is_lost.store(true, Ordering::Relaxed);
                return;
            }
            // Nobody takes it while this process is seen to be alive; and whoever writes shows the fence.
            Err(error) => tracing::warn!(%error, "the lock could not be renewed"),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        match self.locks.release(&self.fence) {
            Ok(()) => self.renewing.abort(),
            Err(error) => {
                tracing::warn!(%error, "the lock could not be given back yet");
                self.marks.is_left.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// The locks of one workspace file, between the processes of one machine.
pub(crate) struct LocalLocks {
    ledger: Ledger,
    holder: Arc<dyn Presence>,
}

impl LocalLocks {
    pub(crate) fn new(ledger: Ledger, holder: Arc<dyn Presence>) -> Self {
        Self { ledger, holder }
    }
}

impl Locks for LocalLocks {
    fn acquire(
        &self,
        place: &str,
        deployment: &DeploymentId,
    ) -> Result<Result<Fence, LockHolder>, EngineError> {
        let Self { ledger, holder } = self;
        ledger.reach_out()?;
        holder.declare().map_err(LockError::NoFile)?;
        let own = holder.name().to_owned();
        if let Some(held) = ledger.store().read(|reader| reader.lock(place))?
            && held.holder != own
        {
            if holder.is_alive(&held.holder) {
                // It counts however old its lease is; a machine that slept did not renew it.
                return Ok(Err(held));
            }
            self.release(&held.fence)?;
        }
        let (place, wanted, now) = (place.to_owned(), deployment.clone(), ledger.now());
        Ok(ledger.store().write_durable(move |writer| {
            writer.acquire_lock(&place, &own, &wanted, now, LEASE_MS)
        })?)
    }

    fn renew(&self, fence: &Fence) -> Result<(), StoreError> {
        let (fence, now) = (fence.clone(), self.ledger.now());
        let store = self.ledger.store();
        store.write(move |writer| writer.renew_lock(&fence, now, LEASE_MS))
    }

    fn release(&self, fence: &Fence) -> Result<(), StoreError> {
        let fence = fence.clone();
        let store = self.ledger.store();
        store.write_durable(move |writer| writer.release_lock(&fence))
    }

    fn executing(&self, deployment: &DeploymentId) -> Result<Option<String>, EngineError> {
        let store = self.ledger.store();
        let held = store.read(|reader| reader.lock_of(deployment))?;
        Ok(held
            .map(|held| held.holder)
            .filter(|name| self.holder.is_alive(name)))
    }
}
