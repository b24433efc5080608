//! What a chosen change needs and comes along with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use slipway_domain::{Change, ChangeKind, Reference, ReleaseId, ResourceKey};
use slipway_store::PulledIn;

use crate::documents::Documents;
use crate::error::EngineError;
use crate::platform::Semantics;

/// What was taken into a release because something chosen needs it, whether or not it is still in.
///
/// # Errors
/// When the store can't be read.
pub(crate) fn pulled_in(
    documents: &Documents,
    release: &ReleaseId,
) -> Result<Vec<PulledIn>, EngineError> {
    Ok((documents.ledger.store()).read(|reader| reader.pulled_in(release))?)
}

/// Takes in what the chosen changes need and the target does not have as they need it, unless it was left out by name: what they
/// refer to where it is new, and the definition that they would not fit without. Returns what was taken in.
pub(super) fn pull_in(
    documents: &Documents,
    semantics: &dyn Semantics,
    candidates: &[&Change],
    excluded: &mut BTreeSet<ResourceKey>,
    left_out_by_name: impl Fn(&ResourceKey) -> bool,
) -> Result<Vec<PulledIn>, EngineError> {
    if excluded.is_empty() {
        return Ok(Vec::new());
    }
    let by_key: BTreeMap<&ResourceKey, &Change> = candidates
        .iter()
        .map(|change| (&change.resource, *change))
        .collect();
    let mut pulled_in = Vec::new();
    let mut waiting: Vec<&Change> = candidates
        .iter()
        .copied()
        .filter(|change| !excluded.contains(&change.resource))
        .collect();
    while let Some(change) = waiting.pop() {
        let Some(after) = &change.after else { continue };
        let references = documents.references(semantics, &change.resource, after)?;
        let mut needs: Vec<Reference> = references
            .iter()
            .filter(|reference| {
                let needed = by_key.get(&reference.to);
                needed.is_some_and(|needed| needed.kind() == ChangeKind::Created)
            })
            .cloned()
            .collect();
        if let Some(definition) = semantics.definition_of(&change.resource)
            && let Some(needed) = by_key.get(&definition)
            && !fits_without(documents, semantics, change, needed)?
        {
            needs.push(Reference {
                path: "its definition".to_owned(),
                to: definition,
            });
        }
        for Reference { path, to } in needs {
            if !left_out_by_name(&to) && excluded.remove(&to) {
                waiting.push(by_key[&to]);
                pulled_in.push(PulledIn {
                    resource: to,
                    needed_by: change.resource.clone(),
                    path,
                });
            }
        }
    }
    Ok(pulled_in)
}

/// Whether a change can be written while its definition stays as it is.
fn fits_without(
    documents: &Documents,
    semantics: &dyn Semantics,
    change: &Change,
    definition: &Change,
) -> Result<bool, EngineError> {
    let (Some(after), Some(_)) = (&change.after, &definition.after) else {
        return Ok(true);
    };
    let Some(held) = &definition.before else {
        return Ok(false);
    };
    let held: Arc<[u8]> = documents.document(held)?.into();
    let after = documents.document(after)?;
    let before = || documents.document(change.before.as_ref()?).ok();
    let outcome = |key: &ResourceKey| (*key == definition.resource).then(|| held.clone());
    let blocked = semantics.check_fit(&change.resource, &before, &after, &outcome);
    Ok(blocked.is_empty())
}
