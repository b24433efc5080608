//! Deletions that look like those of a source that is not whole: they are asked about before a release holds them.

use std::collections::BTreeSet;

use slipway_domain::{
    Candidates, Change, ChangeKind, Environment, Refusal, RefusalKind, ResourceKey,
};

use crate::documents::Documents;
use crate::error::EngineError;

/// What becomes of a release that would delete so much that its source may not be whole: it holds nothing, or lost more than half
/// since its capture before, or more than half of the target would go, and more than 10 resources each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletions {
    /// It is refused, until somebody says that this is meant.
    Ask,
    /// Somebody said so.
    Allow,
}

/// As many deletions are read before they are approved, whatever share of a place they are.
const DELETIONS_UNASKED: u64 = 10;

/// Refuses deletions that look like those of a source that is not whole.
pub(super) fn ask_for_deletions(
    documents: &Documents,
    (source, target): (&Environment, &Environment),
    candidates: &Candidates,
    admitted: &[&Change],
    excluded: &BTreeSet<ResourceKey>,
) -> Result<(), EngineError> {
    let is_deleted = |change: &&&Change| {
        change.kind() == ChangeKind::Deleted && !excluded.contains(&change.resource)
    };
    let deleted = admitted.iter().filter(is_deleted).count() as u64;
    // Captures in a row that found the same are one: being asked again does not make the loss a habit.
    let (from, to) = documents.ledger.store().read(|reader| {
        let (runs, _) = reader.capture_runs(&source.id, 1, 0)?;
        let from = runs
            .into_iter()
            .find(|run| run.snapshot == candidates.source);
        Ok((from, reader.capture_of(&target.id, &candidates.target)?))
    })?;
    let (Some(from), Some(to), true) = (from, to, deleted > 0) else {
        return Ok(());
    };
    // A release of the same content is there: somebody looked at that loss, and meant it.
    let state = documents.ledger.state()?;
    let is_known = state.releases.values().any(|release| {
        release.source == source.id && release.candidates.source == candidates.source
    });
    let (source, target) = (&source.settings.name, &target.settings.name);
    let still = from.resources - from.created;
    let why = if from.resources == 0 {
        format!("{source} holds nothing")
    } else if !is_known && from.deleted > DELETIONS_UNASKED && from.deleted > still {
        let before = from.deleted + still;
        format!(
            "{source} lost {} of {before} resources since it was captured before",
            from.deleted
        )
    } else if deleted > DELETIONS_UNASKED && deleted * 2 > to.resources {
        format!(
            "{target} holds {} resources, and {source} lacks more than half of them",
            to.resources
        )
    } else {
        return Ok(());
    };
    let noun = if deleted == 1 {
        "resource"
    } else {
        "resources"
    };
    Err(Refusal {
        kind: RefusalKind::Deletions,
        message: format!("{why}: the release would delete {deleted} {noun} in {target}"),
        hint: format!(
            "See whether {source} is whole and at the right place. If the deletions are meant, allow them: `--allow-deletes`."
        ),
    }
    .into())
}
