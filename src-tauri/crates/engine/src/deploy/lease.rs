//! The lock of an environment: one deployment at a time, never for ever.

use std::sync::Arc;
use std::time::Duration;

use slipway_domain::{Deployment, DeploymentId, Environment, EnvironmentId};
use tokio::task::JoinHandle;

use super::refused;
use crate::error::EngineError;
use crate::workspace::{Engine, Inner};

/// A lock that nobody renewed for this long is free, in milliseconds.
const LEASE_MS: i64 = 60_000;
/// How often a held lock is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(15);

/// A held lock; given back when it is dropped.
pub(crate) struct Lease {
    inner: Arc<Inner>,
    environment: EnvironmentId,
    renewing: JoinHandle<()>,
}

impl Lease {
    /// Takes the lock of an environment for a deployment. A lock whose holder is gone is taken over at once.
    pub(crate) async fn acquire(
        engine: &Engine,
        environment: &Environment,
        deployment: &DeploymentId,
    ) -> Result<Self, EngineError> {
        engine.reach_out()?;
        let inner = &engine.inner;
        inner.holder.declare().map_err(|error| {
            refused(
                format!("The lock beside the workspace can't be made: {error}"),
                "Make its folder writable.",
            )
        })?;
        let id = environment.id.clone();
        if let Some(held) = inner.store.read(|reader| reader.lock(&id))? {
            if held.holder != inner.holder.name() && !inner.holder.is_alive(&held.holder) {
                let (id, gone) = (id.clone(), held.holder);
                inner
                    .store
                    .write_durable(move |writer| writer.release_lock(&id, &gone))?;
            } else if held.holder != inner.holder.name() {
                // Alive: it counts however old its lease is; a machine that slept did not renew it.
                return Err(busy(environment, held.deployment.as_ref()));
            }
        }
        let (place, holder, wanted, now) = (
            id.clone(),
            inner.holder.name().to_owned(),
            deployment.clone(),
            inner.clock.now(),
        );
        let taken = inner.store.write_durable(move |writer| {
            // In the same transaction, since all tasks of this process have one name.
            if let Some(held) = writer.lock(&place)?
                && held.holder == holder
            {
                return Ok(Err(held));
            }
            writer.acquire_lock(&place, &holder, Some(&wanted), now, LEASE_MS)
        })?;
        if let Err(held) = taken {
            return Err(busy(environment, held.deployment.as_ref()));
        }
        Ok(Self {
            inner: inner.clone(),
            environment: id.clone(),
            renewing: tokio::spawn(renew(inner.clone(), id)),
        })
    }
}

fn busy(environment: &Environment, deployment: Option<&DeploymentId>) -> EngineError {
    let by = deployment
        .map(|id| format!(" by deployment {id}"))
        .unwrap_or_default();
    refused(
        format!("{} is being deployed to{by}", environment.settings.name),
        "Wait until it has ended, or cancel it.",
    )
}

async fn renew(inner: Arc<Inner>, environment: EnvironmentId) {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        let (place, holder, now) = (
            environment.clone(),
            inner.holder.name().to_owned(),
            inner.clock.now(),
        );
        let renewed = inner
            .store
            .write(move |writer| writer.renew_lock(&place, &holder, now, LEASE_MS));
        if let Err(error) = renewed {
            tracing::warn!(%error, "the lock could not be renewed");
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewing.abort();
        let (place, holder) = (
            self.environment.clone(),
            self.inner.holder.name().to_owned(),
        );
        let released = self
            .inner
            .store
            .write_durable(move |writer| writer.release_lock(&place, &holder));
        if let Err(error) = released {
            tracing::warn!(%error, "the lock could not be given back; it ends by itself");
        }
    }
}

impl Engine {
    /// The holder that executes a deployment now, if any does.
    pub(crate) fn executing_holder(
        &self,
        deployment: &Deployment,
    ) -> Result<Option<String>, EngineError> {
        let held = self
            .inner
            .store
            .read(|reader| reader.lock(&deployment.environment))?;
        Ok(held
            .filter(|held| held.deployment.as_ref() == Some(&deployment.id))
            .filter(|held| self.inner.holder.is_alive(&held.holder))
            .map(|held| held.holder))
    }
}
