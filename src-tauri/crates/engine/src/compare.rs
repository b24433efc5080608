//! Compare: what two environments differ in, and what of it may go to the target.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use slipway_domain::{
    Change, Environment, EnvironmentId, ReleaseKind, ResourceKey, Rule, SnapshotId,
};
use slipway_store::{Reader, StoreError};

use crate::capture::{CaptureNotes, LeftOut, LeftOutCount};
use crate::documents::{Documents, Passage, has_fields};
use crate::error::EngineError;
use crate::platform::{Semantics, Unreadable};

/// What two captures differ in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What a release may choose from, in key order: from the target's state to the source's.
    pub changes: Vec<Change>,
    /// What the target's rules keep out.
    pub left_out: Vec<LeftOut>,
    /// What could not be read in the source, and so was not compared.
    pub unreadable_in_source: Vec<Unreadable>,
    /// What could not be read in the target, and so was not compared.
    pub unreadable_in_target: Vec<Unreadable>,
}

impl Comparison {
    /// What could not be read in either.
    pub fn unreadable(&self) -> impl Iterator<Item = &Unreadable> {
        self.unreadable_in_source
            .iter()
            .chain(&self.unreadable_in_target)
    }
}

/// What an environment was seen to hold. Its rules, and what could not be read of it, go with it: another environment may have
/// been seen to hold the same under others.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// Where.
    pub environment: &'a EnvironmentId,
    /// What.
    pub snapshot: &'a SnapshotId,
}

/// Compares two captures, and applies the rules of the target. What the source never captures is unknown there, and so
/// no change.
///
/// # Errors
/// When the store fails or a rule's pattern can't be read.
pub(crate) fn compare(
    documents: &Documents,
    source: Held<'_>,
    target: &SnapshotId,
    target_environment: &Environment,
) -> Result<Comparison, EngineError> {
    let held = Held {
        environment: &target_environment.id,
        snapshot: target,
    };
    let (changes, from, to) = documents.ledger.store().read(|reader| {
        let changes = reader.compare(target, source.snapshot)?;
        Ok((changes, notes_of(reader, source)?, notes_of(reader, held)?))
    })?;
    let remote = documents.remote(target_environment)?;
    let passage = Passage::new(
        remote.as_ref(),
        target_environment,
        Some((&from.vocabulary, &to.vocabulary)),
    )?;
    let state = documents.ledger.state()?;
    let rules_now = || {
        let environment = state.environments.get(source.environment);
        environment.map(|environment| environment.settings.rules.clone())
    };
    let source_rules = from
        .rules
        .or_else(rules_now)
        .unwrap_or_default()
        .compile()?;
    let unreadable = from.unreadable.iter().chain(&to.unreadable);
    let unknown: BTreeSet<&str> = unreadable
        .filter_map(|place| place.key.as_ref().map(ResourceKey::as_str))
        .collect();
    let mut left_out = LeftOutCount::default();
    let mut kept = Vec::with_capacity(changes.len());
    let source_now = state.environments.get(source.environment);
    let is_of_another_platform = source_now
        .is_none_or(|source| source.settings.platform != target_environment.settings.platform);
    for change in changes
        .into_iter()
        .filter(|change| !is_below(&change.resource, &unknown))
    {
        let rule = source_rules
            .ignores(&change.resource)
            .or_else(|| passage.withholds(&change.resource));
        if let Some(rule) = rule {
            left_out.add(rule, &change.resource);
            continue;
        }
        let change = match change.after {
            Some(after) if is_of_another_platform => {
                let key = &change.resource;
                let after = documents.in_terms_of(remote.as_ref(), key, after)?;
                let Some(change) = Change::between(key, change.before, Some(after)) else {
                    continue;
                };
                change
            }
            _ => change,
        };
        let remote = remote.as_ref();
        let count = |rule: &Rule, key: &ResourceKey| left_out.add(rule, key);
        let change = documents.without_unknown(remote, &passage, change, count)?;
        let Some(change) = change else { continue };
        let before = change.before;
        match with_kept_fields(documents, &passage, remote, change)? {
            Ok(change) => kept.push(change),
            Err(resource) => {
                let there = || before.map_or(Ok(Vec::new()), |before| documents.document(&before));
                for rule in passage.keeping(&resource, there)? {
                    left_out.add(rule, &resource);
                }
            }
        }
    }
    Ok(Comparison {
        changes: kept,
        left_out: left_out.into_list(),
        unreadable_in_source: from.unreadable,
        unreadable_in_target: to.unreadable,
    })
}

/// Keeps the target's own fields in a modification; the resource alone when nothing else differs. Where they can't be kept, the
/// change stays as it is: planning names what is in the way.
pub(crate) fn with_kept_fields(
    documents: &Documents,
    passage: &Passage,
    semantics: &dyn Semantics,
    change: Change,
) -> Result<Result<Change, ResourceKey>, EngineError> {
    let (Some(before), Some(after)) = (change.before, change.after) else {
        return Ok(Ok(change));
    };
    if !has_fields(&change.resource) {
        return Ok(Ok(change));
    }
    let fields = passage.kept_fields(&change.resource, || documents.document(&before))?;
    if fields.is_empty() {
        return Ok(Ok(change));
    }
    let kept = documents.with_kept(semantics, &change.resource, (after, before), &fields)?;
    let Ok((after, _)) = kept else {
        return Ok(Ok(change));
    };
    Ok(Change::between(&change.resource, Some(before), Some(after)).ok_or(change.resource))
}

/// What both captures hold: the kind of a release between them, unless one is asked for.
pub(crate) fn kind_between(
    documents: &Documents,
    source: &SnapshotId,
    target: &SnapshotId,
) -> Result<ReleaseKind, EngineError> {
    let families = |snapshot: &SnapshotId| -> Result<(bool, bool), EngineError> {
        let (mut theme, mut objects) = (false, false);
        documents.ledger.store().read(|reader| {
            reader.entries(snapshot, &mut |key, _| {
                if key.is_theme_file() {
                    theme = true
                } else {
                    objects = true
                }
                if theme && objects {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
        })?;
        Ok((theme, objects))
    };
    let (source, target) = (families(source)?, families(target)?);
    // A side that holds nothing yet says nothing about what it may hold.
    let both = match (source, target) {
        ((false, false), other) | (other, (false, false)) => other,
        (source, target) => (source.0 && target.0, source.1 && target.1),
    };
    Ok(match both {
        (true, false) => ReleaseKind::Theme,
        (false, true) => ReleaseKind::Objects,
        _ => ReleaseKind::Hybrid,
    })
}

/// What was noted when an environment was seen to hold a snapshot.
pub(crate) fn notes_of(reader: &Reader, held: Held<'_>) -> Result<CaptureNotes, StoreError> {
    let row = reader.capture_of(held.environment, held.snapshot)?;
    Ok(row.map(|row| CaptureNotes::of(&row)).unwrap_or_default())
}

/// Whether a resource is one of those that can't be read, or lies below one: what is hidden is not deleted.
fn is_below(key: &ResourceKey, unknown: &BTreeSet<&str>) -> bool {
    hidden_by(key, |name| unknown.get(name)).is_some()
}

/// What can't be read and so hides a resource: itself, a folder on the way to it, or all of its kind.
pub(crate) fn hidden_by<T>(key: &ResourceKey, find: impl Fn(&str) -> Option<T>) -> Option<T> {
    let text = key.as_str();
    let all_of_its_kind = format!("{}/{}:*", key.family(), key.kind());
    find(text).or_else(|| find(&all_of_its_kind)).or_else(|| {
        let mut ends = text.match_indices('/');
        ends.find_map(|(slash, _)| find(&text[..slash]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_an_unreadable_folder_is_unknown() {
        let unknown = BTreeSet::from([
            "theme/file:assets/out",
            "object/pages:about",
            "object/menus:*",
        ]);
        let cases = [
            ("theme/file:assets/out", true),
            ("theme/file:assets/out/logo.svg", true),
            ("theme/file:assets/outer.svg", false),
            ("object/pages:about", true),
            ("object/pages:about-us", false),
            ("object/menus:main/sub", true),
        ];
        for (key, expected) in cases {
            let key: ResourceKey = key.parse().expect("a key");
            assert_eq!(is_below(&key, &unknown), expected, "{key}");
        }
    }
}
