//! Plans that were worked out, ready to be shown page by page.

mod graph;

use slipway_domain::{Blocked, Drift, Operation, OperationId, Plan, Risk, SkippedChange};

use crate::wire::{CycleMember, NEEDS_LIMIT, OperationFilter, Page, PlanOperation, PlanTotals};

pub(crate) use graph::graph;

/// How many entries of each list a view brings along. As many as the window asks for at a time, so that what is short is
/// never asked for separately.
const HEAD_LIMIT: usize = 100;

/// A plan with what its pages are cut from.
#[derive(Debug)]
pub(crate) struct ListedPlan {
    plan: Plan,
    /// Positions of the operations that can't be undone.
    irreversible: Vec<usize>,
    /// Positions of the operations of high risk that can be undone.
    high_risk: Vec<usize>,
    cycles: Vec<CycleMember>,
}

impl ListedPlan {
    pub(crate) fn new(plan: Plan) -> Self {
        let positions = |wanted: fn(&Operation) -> bool| {
            let operations = plan.operations.iter().enumerate();
            let found = operations.filter(|(_, operation)| wanted(operation));
            found.map(|(at, _)| at).collect()
        };
        let cycles = (1..).zip(&plan.cycles).flat_map(|(cycle, ring)| {
            let member = move |resource| CycleMember { cycle, resource };
            ring.iter().cloned().map(member)
        });
        Self {
            irreversible: positions(|operation| !operation.reversible),
            high_risk: positions(|operation| operation.reversible && operation.risk == Risk::High),
            cycles: cycles.collect(),
            plan,
        }
    }

    /// How many entries it keeps in memory.
    pub(crate) fn weight(&self) -> usize {
        let needs: usize = self.operations().iter().map(|one| one.needs.len()).sum();
        // A needed operation is a number where an entry is a resource with its versions and words.
        self.plan.operations.len()
            + needs / 16
            + self.plan.drift.len()
            + self.plan.blocked.len()
            + self.plan.skipped.len()
            + self.cycles.len()
    }

    pub(crate) fn operations(&self) -> &[Operation] {
        &self.plan.operations
    }

    pub(crate) fn totals(&self) -> PlanTotals {
        let mut totals = PlanTotals {
            operations: self.operations().len() as u64,
            irreversible: self.irreversible.len() as u64,
            ..PlanTotals::default()
        };
        let mut wave = None;
        for operation in self.operations() {
            totals.count(operation);
            // Operations are in the order of their waves.
            totals.waves += u32::from(wave != Some(operation.wave));
            wave = Some(operation.wave);
        }
        totals
    }

    /// A page of operations.
    pub(crate) fn operations_page(
        &self,
        filter: OperationFilter,
        offset: u32,
        limit: usize,
    ) -> Page<PlanOperation> {
        let some = |positions: &[usize]| {
            Page::of(positions, offset, limit).map(|at| row(&self.operations()[at]))
        };
        match filter {
            OperationFilter::All => Page::map_of(self.operations(), offset, limit, row),
            OperationFilter::Irreversible => some(&self.irreversible),
            OperationFilter::HighRisk => some(&self.high_risk),
        }
    }

    /// The first operations of a filter, for the view.
    pub(crate) fn operations_head(&self, filter: OperationFilter) -> Page<PlanOperation> {
        self.operations_page(filter, 0, HEAD_LIMIT)
    }

    pub(crate) fn blocked(&self) -> &[Blocked] {
        &self.plan.blocked
    }

    pub(crate) fn drift(&self) -> &[Drift] {
        &self.plan.drift
    }

    pub(crate) fn skipped(&self) -> &[SkippedChange] {
        &self.plan.skipped
    }

    pub(crate) fn cycles(&self) -> &[CycleMember] {
        &self.cycles
    }

    /// What an operation needs; `None` when the plan has no such operation.
    pub(crate) fn needs(&self, operation: OperationId) -> Option<&[OperationId]> {
        let at = usize::try_from(operation.0.checked_sub(1)?).ok()?;
        self.operations().get(at).map(|one| one.needs.as_slice())
    }
}

fn row(operation: &Operation) -> PlanOperation {
    let needs = operation.needs.iter().take(NEEDS_LIMIT).copied().collect();
    PlanOperation {
        needs_total: operation.needs.len() as u64,
        operation: Operation {
            id: operation.id,
            wave: operation.wave,
            verb: operation.verb,
            resource: operation.resource.clone(),
            before: operation.before,
            after: operation.after,
            pass: operation.pass.clone(),
            staged: operation.staged,
            attributes: operation.attributes.clone(),
            keeps: operation.keeps.clone(),
            needs,
            reversible: operation.reversible,
            risk: operation.risk,
            reasons: operation.reasons.clone(),
        },
    }
}

/// The first entries of a list, for a view.
pub(crate) fn head<T: Clone>(list: &[T]) -> Page<T> {
    Page::of(list, 0, HEAD_LIMIT)
}
