//! The journal of one deployment: what is begun is on the disk before it is sent, what became of it before anything else is.

use std::sync::Arc;

use async_trait::async_trait;
use slipway_domain::{Attempt, DeploymentId, OperationId, OperationState, Plan, Step};
use slipway_store::{AttemptEnd, Fence, StoreError, Writer};

use crate::error::{EngineError, PlatformError, Unknown};
use crate::ledger::Ledger;
use crate::locks::Lease;
use crate::platform::Memory;

/// The most that a target may have kept, in bytes.
const MEMORY_LIMIT_BYTES: usize = 16 << 20;

/// The plan of a deployment and what became of each operation.
pub(crate) fn journal(
    ledger: &Ledger,
    id: &DeploymentId,
) -> Result<(Plan, Vec<Attempt>), EngineError> {
    let (plan, attempts) = ledger
        .store()
        .read(|reader| Ok((reader.plan(id)?, reader.attempts(id)?)))?;
    let plan = plan.ok_or_else(|| Unknown::Plan {
        deployment: id.clone(),
    })?;
    assert!(
        plan.operations.len() == attempts.len(),
        "BUG: the journal of {id} does not fit its plan"
    );
    Ok((plan, attempts))
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) state: OperationState,
    /// What happened, when it was skipped or failed.
    pub(super) message: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) is_drifted: bool,
    /// How far it came, where it failed and some of it was done.
    pub(super) steps: Vec<Step>,
}

impl Settled {
    pub(super) fn applied() -> Self {
        Self {
            state: OperationState::Applied,
            message: None,
            hint: None,
            is_drifted: false,
            steps: Vec::new(),
        }
    }

    pub(super) fn of(state: OperationState, message: impl Into<String>) -> Self {
        Self {
            state,
            message: Some(message.into()),
            ..Self::applied()
        }
    }

    pub(super) fn failed(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..Self::of(OperationState::Failed, message)
        }
    }

    /// Failed since something else is there than what the plan expects.
    pub(super) fn drifted(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            is_drifted: true,
            ..Self::failed(message, hint)
        }
    }
}

/// The journal of a deployment, for whoever holds the lock of its place. Cheap to clone.
#[derive(Clone)]
pub(super) struct Journal {
    ledger: Ledger,
    id: DeploymentId,
    lease: Arc<Lease>,
}

impl Journal {
    pub(super) fn new(ledger: &Ledger, id: &DeploymentId, lease: &Arc<Lease>) -> Self {
        Self {
            ledger: ledger.clone(),
            id: id.clone(),
            lease: lease.clone(),
        }
    }

    /// Notes that an operation begins.
    pub(super) async fn begin(&self, operation: OperationId) -> Result<(), EngineError> {
        let now = self.ledger.now();
        self.write(move |writer, fence, id| writer.begin(fence, id, operation, now))
            .await?;
        self.ledger.tell(&self.id);
        Ok(())
    }

    /// Notes how an operation ended.
    pub(super) async fn end(
        &self,
        operation: OperationId,
        settled: Settled,
    ) -> Result<(), EngineError> {
        let at = self.ledger.now();
        self.write(move |writer, fence, id| {
            let end = AttemptEnd {
                state: settled.state,
                at,
                message: settled.message.as_deref(),
                hint: settled.hint.as_deref(),
                is_drifted: settled.is_drifted,
                steps: &settled.steps,
            };
            writer.end(fence, id, operation, end)
        })
        .await?;
        self.ledger.tell(&self.id);
        Ok(())
    }

    async fn write(
        &self,
        work: impl FnOnce(&mut Writer, &Fence, &DeploymentId) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), EngineError> {
        let (store, id, fence) = (
            self.ledger.store().clone(),
            self.id.clone(),
            self.lease.fence().clone(),
        );
        let writing = move || store.write_durable(move |writer| work(writer, &fence, &id));
        Ok(self.ledger.blocking(writing).await?)
    }
}

#[async_trait]
impl Memory for Journal {
    async fn recall(&self) -> Result<Option<Vec<u8>>, PlatformError> {
        let (store, id) = (self.ledger.store().clone(), self.id.clone());
        let reading = move || store.read(|reader| reader.target_memory(&id));
        self.ledger.blocking(reading).await.map_err(unavailable)
    }

    async fn keep(&self, bytes: Vec<u8>) -> Result<(), PlatformError> {
        if bytes.len() > MEMORY_LIMIT_BYTES {
            return Err(PlatformError::Refused {
                message: format!(
                    "What has to be known of the place has {} bytes; {MEMORY_LIMIT_BYTES} are kept.",
                    bytes.len()
                ),
                hint: "See whether it holds files with very long names.".to_owned(),
            });
        }
        let kept = self.write(move |writer, fence, id| writer.set_target_memory(fence, id, &bytes));
        kept.await.map_err(unavailable)
    }
}

fn unavailable(error: impl std::fmt::Display) -> PlatformError {
    PlatformError::Unavailable {
        message: format!("The journal can't be used: {error}"),
        hint: "Resume the deployment.".to_owned(),
    }
}
