//! Whether a deployment has the approvals that its environment asks for.

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::ids::{EffectDigest, ReviewId};
use crate::person::Person;
use crate::release::Release;
use crate::review::{Review, Verdict};

/// How a release's effect on an environment stands with its reviewers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Approval {
    /// How many approvals are needed.
    pub required: u32,
    /// Who approved this very effect.
    pub approved_by: Vec<Person>,
    /// Who asked for changes in this very effect.
    pub changes_requested_by: Vec<Person>,
    /// Verdicts on another effect: they no longer count.
    pub outdated: Vec<ReviewId>,
    /// Whether the deployment may go ahead.
    pub satisfied: bool,
}

/// Counts the reviews of one effect on one environment: the latest verdict of each person, unless it was dismissed. An
/// approval that its author withdrew by a later verdict does not come back when that verdict is dismissed.
pub fn approval(release: &Release, environment: &Environment, effect: &EffectDigest) -> Approval {
    let policy = environment.approval_policy();
    let verdicts = release.reviews.iter().filter(|review| {
        review.environment == environment.id && review.verdict != Verdict::Comment
    });
    let (current, others): (Vec<&Review>, Vec<&Review>) =
        verdicts.partition(|review| &review.effect == effect);
    let outdated = others
        .into_iter()
        .filter(|review| review.dismissed.is_none())
        .map(|review| review.id.clone())
        .collect();
    let mut latest: Vec<&Review> = Vec::new();
    for review in current {
        latest.retain(|earlier| !earlier.by.is(&review.by));
        latest.push(review);
    }
    latest.retain(|review| review.dismissed.is_none());
    let people = |verdict: Verdict| -> Vec<Person> {
        latest
            .iter()
            .filter(|r| r.verdict == verdict)
            .map(|r| r.by.clone())
            .collect()
    };
    let approved_by: Vec<Person> = people(Verdict::Approve)
        .into_iter()
        .filter(|person| policy.author_counts || !release.is_author(person))
        .collect();
    let changes_requested_by = people(Verdict::RequestChanges);
    let satisfied =
        changes_requested_by.is_empty() && approved_by.len() as u64 >= u64::from(policy.required);
    Approval {
        required: policy.required,
        approved_by,
        changes_requested_by,
        outdated,
        satisfied,
    }
}

#[cfg(test)]
mod tests;
