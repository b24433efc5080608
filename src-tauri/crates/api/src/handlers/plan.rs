//! The parts of a plan that can be long, page by page.

use std::sync::Arc;

use slipway_domain::{Blocked, Drift, OperationId, PlanFingerprint, SkippedChange};

use super::page;
use crate::plans::{ListedPlan, graph};
use crate::session::Api;
use crate::wire::{
    ApiError, CycleMember, Page, PlanGraph, PlanGraphGet, PlanNeedsGet, PlanOperation,
    PlanOperationsGet, PlanPageGet,
};

pub(crate) async fn operations(
    api: &Api,
    request: PlanOperationsGet,
) -> Result<Page<PlanOperation>, ApiError> {
    let PlanOperationsGet {
        plan,
        filter,
        offset,
        limit,
    } = request;
    Ok(listed(api, &plan)?.operations_page(filter, offset, page(limit)))
}

pub(crate) async fn needs(api: &Api, request: PlanNeedsGet) -> Result<Page<OperationId>, ApiError> {
    let PlanNeedsGet {
        plan,
        operation,
        offset,
        limit,
    } = request;
    let plan = listed(api, &plan)?;
    let needs = plan.needs(operation).ok_or_else(|| {
        ApiError::invalid(format!("The plan has no operation {}", operation.0), "")
    })?;
    Ok(Page::of(needs, offset, page(limit)))
}

pub(crate) async fn blocked(api: &Api, request: PlanPageGet) -> Result<Page<Blocked>, ApiError> {
    part(api, &request, ListedPlan::blocked)
}

pub(crate) async fn drift(api: &Api, request: PlanPageGet) -> Result<Page<Drift>, ApiError> {
    part(api, &request, ListedPlan::drift)
}

pub(crate) async fn skipped(
    api: &Api,
    request: PlanPageGet,
) -> Result<Page<SkippedChange>, ApiError> {
    part(api, &request, ListedPlan::skipped)
}

pub(crate) async fn cycles(api: &Api, request: PlanPageGet) -> Result<Page<CycleMember>, ApiError> {
    part(api, &request, ListedPlan::cycles)
}

pub(crate) async fn draw(api: &Api, request: PlanGraphGet) -> Result<PlanGraph, ApiError> {
    let plan = listed(api, &request.plan)?;
    api.on_disk(move |_| Ok(graph(plan.operations()))).await
}

fn part<T: Clone>(
    api: &Api,
    request: &PlanPageGet,
    list: fn(&ListedPlan) -> &[T],
) -> Result<Page<T>, ApiError> {
    let plan = listed(api, &request.plan)?;
    Ok(Page::of(list(&plan), request.offset, page(request.limit)))
}

/// A plan that was worked out before.
fn listed(api: &Api, plan: &PlanFingerprint) -> Result<Arc<ListedPlan>, ApiError> {
    let kept = api.workspace()?.plans.get(plan);
    kept.ok_or_else(|| ApiError::expired("This plan is no longer in memory"))
}
