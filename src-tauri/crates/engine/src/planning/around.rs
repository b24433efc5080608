//! What has to be looked at to plan a release, and what to verify it: the resources that change, and those that they have to
//! fit.

use std::cell::RefCell;
use std::collections::BTreeSet;

use slipway_domain::{Change, ChangeKind, Environment, Release, ResourceKey};
use slipway_store::CaptureRow;

use crate::capture::Around;
use crate::documents::Documents;
use crate::error::EngineError;
use crate::releases::changes;

use super::{Effect, Outcome};

/// What to look at in an environment whose latest capture is `base`, to plan a release for it.
pub(super) fn around(
    documents: &Documents,
    release: &Release,
    environment: &Environment,
    base: &CaptureRow,
) -> Result<Around, EngineError> {
    let mut changes = changes(documents, release)?;
    let deletes = changes
        .iter()
        .any(|change| change.kind() == ChangeKind::Deleted);
    let mut keys: BTreeSet<ResourceKey> = changes
        .iter()
        .map(|change| change.resource.clone())
        .collect();
    // What it leads to there is seen then, and looked at no closer than that.
    changes.retain(|change| change.after.is_some());
    if !Around::is_much(keys.len(), base) {
        keys.extend(beside(documents, environment, changes, base)?);
        if release.reverts.is_some() {
            keys.extend(led_to_again(documents, release, environment)?);
        }
    }
    Ok(Around {
        keys,
        relies_on_rest: deletes,
    })
}

/// What documents that are to be written have to fit, by the checks that ask for it: definitions, mostly.
pub(crate) fn beside(
    documents: &Documents,
    environment: &Environment,
    changes: Vec<Change>,
    base: &CaptureRow,
) -> Result<BTreeSet<ResourceKey>, EngineError> {
    let remote = documents.remote(environment)?;
    let effect = Effect::of(changes);
    let outcome = Outcome::new(documents, &effect, base);
    let asked = RefCell::new(BTreeSet::new());
    documents.each_change(&effect.changes, |change, before, after| {
        if let Some(after) = after {
            let before = || before.map(<[u8]>::to_vec);
            remote.check_fit(&change.resource, &before, after, &|key| {
                asked.borrow_mut().insert(key.clone());
                outcome.of(key)
            });
        }
        Ok(())
    })?;
    Ok(asked.into_inner())
}

/// What a revert makes resources refer to again.
fn led_to_again(
    documents: &Documents,
    release: &Release,
    environment: &Environment,
) -> Result<BTreeSet<ResourceKey>, EngineError> {
    let remote = documents.remote(environment)?;
    let mut keys = BTreeSet::new();
    for change in changes(documents, release)? {
        let Some(after) = &change.after else { continue };
        let old = match &change.before {
            Some(before) => documents.references(remote.as_ref(), &change.resource, before)?,
            None => [].into(),
        };
        let new = documents.references(remote.as_ref(), &change.resource, after)?;
        let again = new.iter().filter(|reference| !old.contains(reference));
        keys.extend(again.map(|reference| reference.to.clone()));
    }
    Ok(keys)
}
