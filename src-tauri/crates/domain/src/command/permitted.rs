//! What may be done, asked in advance: the checks of [`super::decide`], answered with yes or no, so that a caller offers what
//! would be granted and nothing else.
//!
//! Deliberately not here: a check of its own that `decide` does not make. What is added is only whether there is anything to
//! do: nobody is offered to review or deploy what an environment already holds.

use serde::{Deserialize, Serialize};

use super::deployments::{free, startable};
use super::releases::{cancellable, editable, refreshable, renamable};
use super::reviews::reviewable;
use crate::approval::Approval;
use crate::environment::Environment;
use crate::gate::{Gate, Intent, gate};
use crate::ids::{EffectDigest, ReviewId};
use crate::operation::Risk;
use crate::person::Person;
use crate::plan::Plan;
use crate::release::{Life, Release, Standing};
use crate::review::{Review, Verdict};
use crate::state::State;

/// What may be done with a release as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ReleaseActions {
    /// Choose which changes are in.
    pub choose: bool,
    /// Seal what is chosen: opens a draft, or makes the next revision of an open release.
    pub open: bool,
    /// Change the tag and the type. Notes can always be changed.
    pub rename: bool,
    /// Capture and compare its environments again.
    pub refresh: bool,
    /// Cancel it.
    pub cancel: bool,
}

/// What may be done with a release in one environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TargetActions {
    /// Review its effect there.
    pub review: bool,
    /// Deploy it there, as soon as the approvals are there that the environment asks for.
    pub deploy: bool,
    /// Deploy it there without them, with a reason. Opens a draft.
    pub quick_deploy: bool,
}

/// What may be done with a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanActions {
    /// Execute it.
    pub deploy: bool,
    /// Execute it without the approvals that it lacks, with a reason. Opens a draft.
    pub quick_deploy: bool,
    /// Refresh its release, so that the next revision is planned against the environment as it is.
    pub refresh: bool,
}

/// Why a plan can't be executed as it is. Where several are true, the first in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Obstacle {
    /// The release is being deployed or was cancelled, or another deployment to the environment did not end.
    State,
    /// The environment is not as it was reviewed.
    Drift,
    /// Something in it can't be written.
    Blocked,
    /// It has no operations: the environment holds everything already.
    Empty,
    /// The release is a draft.
    Draft,
    /// Something is missing that people can give: see the [`Gate`].
    Gate,
}

/// How far the review of a release's effect on an environment is, as one person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ReviewStage {
    /// It waits for a verdict, and this person's would count.
    AsksYou,
    /// It waits for others: this person has given a verdict, or may not approve it.
    AsksOthers,
    /// Every approval that is needed is there.
    Approved,
}

/// What may be done with a release; `edited` says whether its choice differs from the sealed revision.
pub fn release_actions(release: &Release, edited: bool) -> ReleaseActions {
    let can_edit = editable(release).is_ok();
    ReleaseActions {
        choose: can_edit,
        open: can_edit && (release.life == Life::Draft || edited),
        rename: renamable(release).is_ok(),
        refresh: refreshable(release).is_ok(),
        cancel: cancellable(release).is_ok(),
    }
}

/// What may be done with a release in an environment on which it has this effect: `None` for a draft, and where it changes
/// nothing.
pub fn target_actions(
    state: &State,
    release: &Release,
    environment: &Environment,
    effect: Option<&EffectDigest>,
) -> TargetActions {
    let is_draft = release.life == Life::Draft && release.target == environment.id;
    let is_free = free(state, environment).is_ok();
    let lacks_it = effect.is_some() && !holds(release, environment);
    let deploy = lacks_it && is_free && startable(release).is_ok();
    let is_agreed =
        || effect.is_some_and(|e| gate(state, release, environment, e, Intent::Deploy).is_open());
    TargetActions {
        review: lacks_it && is_free && reviewable(release).is_ok(),
        deploy,
        quick_deploy: deploy && !is_agreed() || is_draft && is_free,
    }
}

/// Whether the release is what was deployed to the environment last.
fn holds(release: &Release, environment: &Environment) -> bool {
    release.standing(&environment.id) == Some(Standing::Deployed)
}

/// Whether an environment is where a release goes next: its own target, and the one that an environment which holds it
/// promotes to. One that it has been to, and failed, was replaced or rolled back in, is not.
fn is_next(state: &State, release: &Release, environment: &Environment) -> bool {
    if release.life != Life::Open
        || !release
            .standing(&environment.id)
            .is_some_and(Standing::is_ahead)
    {
        return false;
    }
    // A rollback belongs to the place that it restores.
    let is_promoted = || {
        release.reverts.is_none()
            && state.environments.values().any(|from| {
                from.settings.promotes_to.as_ref() == Some(&environment.id) && holds(release, from)
            })
    };
    environment.id == release.target || is_promoted()
}

/// How far the review of a release in an environment is for a person; `None` where the release is not up for review there.
pub fn review_stage(
    state: &State,
    release: &Release,
    environment: &Environment,
    effect: Option<&EffectDigest>,
    approval: &Approval,
    person: Option<&Person>,
) -> Option<ReviewStage> {
    effect.filter(|_| is_next(state, release, environment))?;
    if approval.satisfied {
        return Some(ReviewStage::Approved);
    }
    let is_asked = person.is_none_or(|person| {
        let mut answered = approval
            .approved_by
            .iter()
            .chain(&approval.changes_requested_by);
        let may_approve = environment.approval_policy().author_counts || !release.is_author(person);
        may_approve && !answered.any(|known| known.is(person))
    });
    Some(if is_asked {
        ReviewStage::AsksYou
    } else {
        ReviewStage::AsksOthers
    })
}

/// The reviews of a release that a person may dismiss: verdicts that count in an environment that does not hold it yet.
/// `effects` are its effects there.
pub fn dismissable(
    release: &Release,
    effects: impl Fn(&Review) -> Option<EffectDigest>,
) -> Vec<&ReviewId> {
    if reviewable(release).is_err() {
        return Vec::new();
    }
    let counts = |review: &&Review| {
        review.dismissed.is_none()
            && review.verdict != Verdict::Comment
            && release.standing(&review.environment) != Some(Standing::Deployed)
            && effects(review) == Some(review.effect)
    };
    let counting = release.reviews.iter().filter(counts);
    counting.map(|review| &review.id).collect()
}

/// What keeps a plan from being executed first; `None` when it can be.
pub fn obstacle(
    state: &State,
    release: &Release,
    environment: &Environment,
    plan: &Plan,
    gate: &Gate,
) -> Option<Obstacle> {
    let is_draft = release.life == Life::Draft;
    let in_the_way = [
        (
            Obstacle::State,
            !is_draft && startable(release).is_err() || free(state, environment).is_err(),
        ),
        (Obstacle::Drift, !plan.drift.is_empty()),
        (Obstacle::Blocked, !plan.blocked.is_empty()),
        (Obstacle::Empty, plan.operations.is_empty()),
        (Obstacle::Draft, is_draft),
        (Obstacle::Gate, !gate.is_open()),
    ];
    in_the_way
        .into_iter()
        .find_map(|(obstacle, is_there)| is_there.then_some(obstacle))
}

/// What may be done with a plan of a release that this stands in the way of.
pub fn plan_actions(release: &Release, obstacle: Option<Obstacle>) -> PlanActions {
    PlanActions {
        deploy: obstacle.is_none(),
        quick_deploy: matches!(obstacle, Some(Obstacle::Draft | Obstacle::Gate)),
        refresh: refreshable(release).is_ok(),
    }
}

/// Whether one key press may confirm a plan: everything in it can be undone, and nothing in it is of high risk.
pub fn is_harmless(plan: &Plan) -> bool {
    plan.operations
        .iter()
        .all(|operation| operation.reversible && operation.risk < Risk::High)
}

#[cfg(test)]
mod tests;
