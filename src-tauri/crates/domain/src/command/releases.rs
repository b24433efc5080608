//! Whether a release may be drafted, described, refreshed, sealed or cancelled.

use super::Command;
use super::known::{check_tag, check_text, environment, release};
use crate::fact::Fact;
use crate::refusal::{Refusal, invalid, wrong_state};
use crate::release::{Life, Release, Standing};
use crate::state::State;

pub(super) fn decide(state: &State, command: Command) -> Result<Vec<Fact>, Refusal> {
    match command {
        Command::DraftRelease {
            id,
            tag,
            notes,
            kind,
            source,
            target,
            candidates,
            reverts,
        } => {
            let tag = check_tag(state, &tag, None)?;
            check_text("The notes", &notes)?;
            environment(state, &source)?;
            environment(state, &target)?;
            if source == target && reverts.is_none() {
                return Err(invalid(
                    "The source and the target are the same environment",
                    "Choose two environments: the changes go from the source to the target.",
                ));
            }
            Ok(vec![Fact::ReleaseDrafted {
                release: id,
                tag,
                notes,
                release_kind: kind,
                source,
                target,
                candidates,
                reverts,
            }])
        }
        Command::DescribeRelease {
            id,
            tag,
            notes,
            kind,
        } => {
            let found = release(state, &id)?;
            let tag = check_tag(state, &tag, Some(&id))?;
            check_text("The notes", &notes)?;
            if tag != found.tag || kind != found.kind {
                renamable(found)?;
            }
            Ok(vec![Fact::ReleaseDescribed {
                release: id,
                tag,
                notes,
                release_kind: kind,
            }])
        }
        Command::RefreshRelease { id, candidates } => {
            refreshable(release(state, &id)?)?;
            Ok(vec![Fact::ReleaseRefreshed {
                release: id,
                candidates,
            }])
        }
        Command::Seal {
            id,
            effect,
            created,
            modified,
            deleted,
        } => {
            let found = release(state, &id)?;
            editable(found)?;
            if created + modified + deleted == 0 {
                return Err(invalid(
                    format!("{} holds no changes", found.tag),
                    "Include at least one change, or compare the environments again.",
                ));
            }
            if found
                .revision()
                .is_some_and(|revision| revision.effect == effect)
            {
                return Ok(Vec::new());
            }
            let revision = found.revision().map_or(1, |revision| revision.number + 1);
            Ok(vec![Fact::RevisionSealed {
                release: id,
                revision,
                effect,
                created,
                modified,
                deleted,
            }])
        }
        Command::CancelRelease { id, reason } => {
            let found = release(state, &id)?;
            check_text("The reason", &reason)?;
            cancellable(found)?;
            Ok(vec![Fact::ReleaseCancelled {
                release: id,
                reason,
            }])
        }
        _ => unreachable!("BUG: a command about something else"),
    }
}

pub(super) fn editable(release: &Release) -> Result<(), Refusal> {
    if release.is_editable() {
        return Ok(());
    }
    Err(wrong_state(
        format!(
            "{} is {}: its changes are fixed",
            release.tag, release.state
        ),
        "Create a new release.",
    ))
}

/// Whether its environments may be compared again: a revert release was worked out from one and the same.
pub(super) fn refreshable(release: &Release) -> Result<(), Refusal> {
    if release.reverts.is_some() {
        return Err(wrong_state(
            format!(
                "{} was worked out by a rollback and can't be refreshed",
                release.tag
            ),
            "Cancel it and roll back again: that looks at what is there now.",
        ));
    }
    editable(release)
}

pub(super) fn renamable(release: &Release) -> Result<(), Refusal> {
    match release.life {
        Life::Draft => Ok(()),
        Life::Open | Life::Closed => Err(wrong_state(
            format!(
                "The tag and type of {} were fixed when it was opened",
                release.tag
            ),
            "Notes can still be changed. For another tag or type, create a new release.",
        )),
    }
}

pub(super) fn cancellable(release: &Release) -> Result<(), Refusal> {
    let stands_as = |standing| release.standings.values().any(|known| *known == standing);
    if release.life == Life::Closed {
        Err(wrong_state(
            format!("{} is cancelled already", release.tag),
            "Nothing is left to do.",
        ))
    } else if stands_as(Standing::Deploying) {
        Err(wrong_state(
            format!("{} is being deployed", release.tag),
            "Cancel its deployment: what is under way is finished, the rest is left out.",
        ))
    } else if release.is_fixed() {
        Err(wrong_state(
            format!(
                "{} is {} and can't be cancelled",
                release.tag, release.state
            ),
            "A deployed release is undone by a rollback.",
        ))
    } else {
        Ok(())
    }
}
