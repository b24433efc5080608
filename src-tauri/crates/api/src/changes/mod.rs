//! The changes of a release as people look at them: in the order of a tree, filtered, folded, with risk and marks.

mod index;
mod tree;

use slipway_domain::{Change, EffectDigest, Release};

pub(crate) use index::{Assessor, ChangeIndex, Marks, Shown, Window, fingerprint};

/// Names the list that a release's tree shows: what there is to choose from while that can be edited, then what was sealed.
pub(crate) fn list_digest(release: &Release) -> EffectDigest {
    match release.revision() {
        Some(revision) if !release.is_editable() => revision.effect,
        _ => release.candidates.changes,
    }
}

/// Why a change can't be in a release, whatever is chosen.
pub(crate) fn withheld(release: &Release, change: &Change) -> Option<String> {
    (!release.kind.admits(&change.resource))
        .then(|| format!("The release is of type {}.", release.kind))
}
