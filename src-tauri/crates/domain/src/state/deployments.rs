//! How deployments and rollbacks change what is so.

use super::{Entry, Projected, State, standing};
use crate::deployment::{Deployment, DeploymentState, Outcome};
use crate::fact::Fact;
use crate::ids::DeploymentId;
use crate::operation::OperationCounts;

pub(super) fn evolve(state: &mut State, entry: Entry<'_>, touched: &mut Projected) {
    match entry.fact {
        Fact::DeploymentStarted {
            deployment,
            release,
            revision,
            environment,
            effect,
            plan,
            start,
            rules,
            connection,
            before,
            operations,
        } => {
            touched.deployments.push(deployment.clone());
            let number = state.deployments.len() as u64 + 1;
            state.deployments.insert(
                deployment.clone(),
                Deployment {
                    id: deployment.clone(),
                    number,
                    release: release.clone(),
                    revision: *revision,
                    environment: environment.clone(),
                    effect: *effect,
                    plan: *plan,
                    start: start.clone(),
                    rules: *rules,
                    connection: *connection,
                    before: *before,
                    after: None,
                    state: DeploymentState::Running,
                    operations: OperationCounts {
                        total: *operations,
                        pending: *operations,
                        ..OperationCounts::default()
                    },
                    journal: None,
                    message: None,
                    by: entry.by.clone(),
                    started_at: entry.at,
                    ended_at: None,
                    rolled_back_by: None,
                },
            );
            state.with_release(release, entry, touched, |_| {});
            standing::stand(state, environment, touched);
        }
        Fact::DeploymentResumed { deployment } => {
            let Some(resumed) = state.deployments.get_mut(deployment) else {
                return;
            };
            resumed.state = DeploymentState::Running;
            resumed.ended_at = None;
            resumed.message = None;
            touched.deployments.push(deployment.clone());
            let (release, environment) = (resumed.release.clone(), resumed.environment.clone());
            state.with_release(&release, entry, touched, |_| {});
            standing::stand(state, &environment, touched);
        }
        Fact::DeploymentEnded {
            deployment,
            outcome,
            operations,
            journal,
            after,
            message,
        } => {
            let Some(ended) = state.deployments.get_mut(deployment) else {
                return;
            };
            touched.deployments.push(deployment.clone());
            ended.state = match outcome {
                Outcome::Deployed => DeploymentState::Deployed,
                Outcome::Failed => DeploymentState::Failed,
                Outcome::Cancelled => DeploymentState::Cancelled,
            };
            ended.operations = *operations;
            ended.journal = *journal;
            ended.after = *after;
            ended.message.clone_from(message);
            ended.ended_at = Some(entry.at);
            let (release, environment) = (ended.release.clone(), ended.environment.clone());
            state.with_release(&release, entry, touched, |_| {});
            standing::stand(state, &environment, touched);
        }
        Fact::RolledBack {
            deployment,
            by,
            complete,
        } => {
            let Some(found) = state.deployments.get(deployment) else {
                return;
            };
            let (release, environment) = (found.release.clone(), found.environment.clone());
            touched.deployments.push(deployment.clone());
            if *complete {
                roll_back(state, deployment, by, touched);
            }
            state.with_release(&release, entry, touched, |_| {});
            standing::stand(state, &environment, touched);
        }
        other => unreachable!("BUG: {} is no fact about a deployment", other.kind()),
    }
}

/// Marks a deployment as rolled back by another one. Rolling back a revert undoes what that one rolled back, which then
/// stands again; and so on, in turns, down a row of reverts of reverts.
fn roll_back(state: &mut State, id: &DeploymentId, by: &DeploymentId, touched: &mut Projected) {
    let mut next = Some((id.clone(), Some(by.clone())));
    // Bounded, since the records of a damaged workspace may revert in a ring.
    for _ in 0..state.deployments.len() {
        let Some((at, rolled_back_by)) = next else {
            break;
        };
        next = mark(state, &at, rolled_back_by, touched);
    }
}

/// Marks a deployment as rolled back by another one, or as standing again. Returns the deployment that it had itself rolled
/// back, with what that becomes by it.
fn mark(
    state: &mut State,
    id: &DeploymentId,
    by: Option<DeploymentId>,
    touched: &mut Projected,
) -> Option<(DeploymentId, Option<DeploymentId>)> {
    let deployment = state.deployments.get_mut(id)?;
    deployment.rolled_back_by.clone_from(&by);
    touched.deployments.push(id.clone());
    let reverted = state.releases.get(&deployment.release)?.reverts.clone()?;
    if by.is_none() {
        return Some((reverted, Some(id.clone())));
    }
    // A partial rollback had left it standing.
    let was_rolled_back = state.deployments.get(&reverted)?.rolled_back_by.as_ref() == Some(id);
    was_rolled_back.then_some((reverted, None))
}
