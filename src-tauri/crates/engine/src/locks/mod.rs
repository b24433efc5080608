//! The lock of an environment: one deployment at a time, never for ever.

mod holder;

use std::sync::Arc;
use std::time::Duration;

use slipway_domain::{Deployment, DeploymentId, Environment, EnvironmentId};
use tokio::task::JoinHandle;

use self::holder::Holder;
use crate::error::EngineError;
use crate::ledger::Ledger;

/// A lock that nobody renewed for this long is free, in milliseconds.
const LEASE_MS: i64 = 60_000;
/// How often a held lock is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(15);

/// The locks that this process takes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Locks {
    ledger: Ledger,
    holder: Arc<Holder>,
}

/// A held lock; given back when it is dropped.
pub(crate) struct Lease {
    locks: Locks,
    environment: EnvironmentId,
    renewing: JoinHandle<()>,
}

impl Locks {
    pub(crate) fn new(ledger: Ledger) -> Self {
        let holder = Arc::new(Holder::new(ledger.path(), ledger.unique()));
        Self { ledger, holder }
    }

    /// Takes the lock of an environment for a deployment. A lock whose holder is gone is taken over at once.
    pub(crate) fn acquire(
        &self,
        environment: &Environment,
        deployment: &DeploymentId,
    ) -> Result<Lease, EngineError> {
        let Self { ledger, holder } = self;
        ledger.reach_out()?;
        holder.declare().map_err(|error| {
            EngineError::refused(
                format!("The lock beside the workspace can't be made: {error}"),
                "Make its folder writable.",
            )
        })?;
        let (id, own) = (environment.id.clone(), holder.name().to_owned());
        if let Some(held) = ledger.store().read(|reader| reader.lock(&id))?
            && held.holder != own
        {
            if holder.is_alive(&held.holder) {
                // It counts however old its lease is; a machine that slept did not renew it.
                return Err(busy(environment, held.deployment.as_ref()));
            }
            let place = id.clone();
            ledger
                .store()
                .write_durable(move |writer| writer.release_lock(&place, &held.holder))?;
        }
        let (place, wanted, now) = (id.clone(), deployment.clone(), ledger.now());
        let taken = ledger.store().write_durable(move |writer| {
            // In the same transaction, since all tasks of this process have one name.
            if let Some(held) = writer.lock(&place)?
                && held.holder == own
            {
                return Ok(Err(held));
            }
            writer.acquire_lock(&place, &own, Some(&wanted), now, LEASE_MS)
        })?;
        if let Err(held) = taken {
            return Err(busy(environment, held.deployment.as_ref()));
        }
        Ok(Lease {
            locks: self.clone(),
            environment: id.clone(),
            renewing: tokio::spawn(renew(self.clone(), id)),
        })
    }

    /// The holder that executes a deployment now, if any does.
    pub(crate) fn executing_holder(
        &self,
        deployment: &Deployment,
    ) -> Result<Option<String>, EngineError> {
        let held = self
            .ledger
            .store()
            .read(|reader| reader.lock(&deployment.environment))?;
        Ok(held
            .filter(|held| held.deployment.as_ref() == Some(&deployment.id))
            .filter(|held| self.holder.is_alive(&held.holder))
            .map(|held| held.holder))
    }
}

fn busy(environment: &Environment, deployment: Option<&DeploymentId>) -> EngineError {
    let by = deployment
        .map(|id| format!(" by deployment {id}"))
        .unwrap_or_default();
    EngineError::refused(
        format!("{} is being deployed to{by}", environment.settings.name),
        "Wait until it has ended, or cancel it.",
    )
}

async fn renew(locks: Locks, environment: EnvironmentId) {
    let Locks { ledger, holder } = locks;
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        let (place, holder, now) = (environment.clone(), holder.name().to_owned(), ledger.now());
        let renewed = ledger
            .store()
            .write(move |writer| writer.renew_lock(&place, &holder, now, LEASE_MS));
        if let Err(error) = renewed {
            tracing::warn!(%error, "the lock could not be renewed");
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewing.abort();
        let Locks { ledger, holder } = &self.locks;
        let (place, holder) = (self.environment.clone(), holder.name().to_owned());
        let released = ledger
            .store()
            .write_durable(move |writer| writer.release_lock(&place, &holder));
        if let Err(error) = released {
            tracing::warn!(%error, "the lock could not be given back; it ends by itself");
        }
    }
}
