//! Reads lists that the api gives page by page to their end.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use slipway_api::wire::{
    CycleMember, NEEDS_LIMIT, PAGE_LIMIT, Page, PlanOperation, PlanView, RollbackRow, RollbackView,
};
use slipway_api::{Api, ApiError};

use crate::ask::ask;

/// All entries of a list. `request` is that of the command, but for `offset` and `limit`.
pub(crate) async fn all<T: DeserializeOwned>(
    api: &Api,
    name: &str,
    mut request: Value,
) -> Result<Vec<T>, ApiError> {
    let mut found: Vec<T> = Vec::new();
    loop {
        request["offset"] = json!(found.len());
        request["limit"] = json!(PAGE_LIMIT);
        let page: Page<T> = ask(api, name, &request).await?;
        let is_last = page.rows.is_empty();
        found.extend(page.rows);
        if is_last || found.len() as u64 >= page.total {
            return Ok(found);
        }
    }
}

/// All entries of a list whose first page is known.
async fn rest<T: DeserializeOwned>(
    api: &Api,
    name: &str,
    request: Value,
    first: Page<T>,
) -> Result<Vec<T>, ApiError> {
    if first.rows.len() as u64 == first.total {
        return Ok(first.rows);
    }
    all(api, name, request).await
}

/// A plan with its lists read to the end.
pub(crate) struct WholePlan {
    /// The plan, whose own lists may be cut off.
    pub(crate) view: PlanView,
    /// Every operation, with all that it needs.
    pub(crate) operations: Vec<PlanOperation>,
}

impl WholePlan {
    /// Reads what a view of a plan leaves out.
    pub(crate) async fn of(api: &Api, mut view: PlanView) -> Result<Self, ApiError> {
        let plan = json!({ "plan": view.fingerprint });
        let mut operations: Vec<PlanOperation> = all(api, "plan_operations", plan.clone()).await?;
        for one in &mut operations {
            if one.needs_total > NEEDS_LIMIT as u64 {
                let of = json!({ "plan": view.fingerprint, "operation": one.operation.id });
                one.operation.needs = all(api, "plan_needs", of).await?;
            }
        }
        view.blocked.rows = rest(api, "plan_blocked", plan.clone(), view.blocked.clone()).await?;
        view.drift.rows = rest(api, "plan_drift", plan.clone(), view.drift.clone()).await?;
        view.skipped.rows = rest(api, "plan_skipped", plan.clone(), view.skipped.clone()).await?;
        view.cycles.rows = rest(api, "plan_cycles", plan, view.cycles.clone()).await?;
        Ok(Self { view, operations })
    }

    /// The plan as one object, its lists whole.
    pub(crate) fn json(&self) -> Value {
        let Self { view, operations } = self;
        let mut json = serde_json::to_value(view).expect("BUG: a plan is plain data");
        let operations = operations.iter().map(|one| &one.operation);
        json["operations"] = json!(operations.collect::<Vec<_>>());
        json["blocked"] = json!(view.blocked.rows);
        json["drift"] = json!(view.drift.rows);
        json["skipped"] = json!(view.skipped.rows);
        json["cycles"] = json!(rings(&view.cycles.rows));
        let fields = json.as_object_mut().expect("BUG: a plan is an object");
        // What names the plan's pages, and lists that say again what `operations` says.
        for only_for_pages in ["fingerprint", "irreversible", "high_risk"] {
            fields.remove(only_for_pages);
        }
        json
    }
}

/// Members of cycles as a list for each cycle.
fn rings(members: &[CycleMember]) -> Vec<Vec<&slipway_api::ResourceKey>> {
    members
        .chunk_by(|one, next| one.cycle == next.cycle)
        .map(|ring| ring.iter().map(|member| &member.resource).collect())
        .collect()
}

/// All resources of a rollback plan.
pub(crate) async fn resources(
    api: &Api,
    view: &RollbackView,
) -> Result<Vec<RollbackRow>, ApiError> {
    all(
        api,
        "rollback_resources",
        json!({ "rollback": view.digest }),
    )
    .await
}
