//! How facts about releases change what is so.

use std::collections::BTreeMap;

use super::{Entry, Projected, State};
use crate::fact::Fact;
use crate::release::{Life, Release, ReleaseState, Revision};

pub(super) fn evolve(state: &mut State, entry: Entry<'_>, touched: &mut Projected) {
    match entry.fact {
        Fact::ReleaseDrafted {
            release,
            tag,
            notes,
            release_kind,
            source,
            target,
            candidates,
            reverts,
        } => {
            touched.releases.push(release.clone());
            state.releases.insert(
                release.clone(),
                Release {
                    id: release.clone(),
                    tag: tag.clone(),
                    notes: notes.clone(),
                    kind: *release_kind,
                    source: source.clone(),
                    target: target.clone(),
                    life: Life::Draft,
                    state: ReleaseState::Draft,
                    candidates: candidates.clone(),
                    revisions: Vec::new(),
                    reviews: Vec::new(),
                    comments: Vec::new(),
                    standings: BTreeMap::new(),
                    reverts: reverts.clone(),
                    created_at: entry.at,
                    created_by: entry.by.clone(),
                    updated_at: entry.at,
                },
            );
        }
        Fact::ReleaseDescribed {
            release,
            tag,
            notes,
            release_kind,
        } => {
            state.with_release(release, entry, touched, |release| {
                release.tag.clone_from(tag);
                release.notes.clone_from(notes);
                release.kind = *release_kind;
            });
        }
        Fact::ReleaseRefreshed {
            release,
            candidates,
        } => {
            state.with_release(release, entry, touched, |release| {
                release.candidates = candidates.clone();
            });
        }
        Fact::RevisionSealed {
            release,
            revision,
            effect,
            created,
            modified,
            deleted,
        } => {
            state.with_release(release, entry, touched, |release| {
                release.life = Life::Open;
                release.revisions.push(Revision {
                    number: *revision,
                    effect: *effect,
                    created: *created,
                    modified: *modified,
                    deleted: *deleted,
                    at: entry.at,
                    by: entry.by.clone(),
                });
                release.settle();
            });
        }
        Fact::ReleaseCancelled { release, reason: _ } => {
            state.with_release(release, entry, touched, |release| {
                release.life = Life::Closed;
                release.settle();
            });
        }
        other => unreachable!("BUG: {} is no fact about a release", other.kind()),
    }
}
