//! What an environment keeps of the documents of a plan, as it is there now.

use std::collections::BTreeMap;

use slipway_domain::{Blocked, Change, Environment, ResourceKey, Version};

use super::keep::{NotKept, has_fields};
use super::{Documents, EngineError, Passage};
use crate::platform::Semantics;

/// What an environment's rules keep of the documents that are written.
#[derive(Debug, Default)]
pub(crate) struct KeptFields {
    /// By resource, the patterns of the fields.
    pub(crate) keeps: BTreeMap<ResourceKey, Vec<String>>,
    /// By resource, a sentence about it.
    pub(crate) said: Vec<(ResourceKey, String)>,
    /// How many fields there are.
    pub(crate) count: u64,
    /// What can't be kept.
    pub(crate) blocked: Vec<Blocked>,
}

impl Documents {
    /// Takes what the environment keeps as it is there now: another value of such a field is no drift, and is what is written.
    ///
    /// # Errors
    /// When the store does not hold a document.
    pub(crate) fn settle_kept(
        &self,
        semantics: &dyn Semantics,
        environment: &Environment,
        passage: &Passage,
        changes: &mut [Change],
        live: &BTreeMap<ResourceKey, Version>,
    ) -> Result<KeptFields, EngineError> {
        let mut kept = KeptFields::default();
        let name = &environment.settings.name;
        for change in changes {
            let key = change.resource.clone();
            let (Some(before), Some(after)) = (change.before, change.after) else {
                continue;
            };
            if !has_fields(&key) {
                continue;
            }
            let there = live.get(&key).copied().unwrap_or(before);
            let fields = passage.kept_fields(&key, || self.document(&there))?;
            if fields.is_empty() {
                continue;
            }
            let is_same = |expected: &Version| {
                let pair = (Some(expected), Some(&there));
                self.is_same_but_kept(semantics, &key, pair, &fields)
            };
            if is_same(&after) {
                change.after = Some(there);
                continue;
            }
            // What drifted otherwise is named as that.
            let there = if is_same(&before) { there } else { before };
            match self.with_kept(semantics, &key, (after, there), &fields)? {
                Ok((after, count)) => {
                    (change.before, change.after) = (Some(there), Some(after));
                    if count > 0 {
                        kept.said.push((key.clone(), said(count, name, &fields)));
                        kept.count += count;
                    }
                    kept.keeps.insert(key, fields);
                }
                Err(not_kept) => kept.blocked.push(blocked(key, name, passage, &not_kept)),
            }
        }
        Ok(kept)
    }
}

fn said(count: u64, name: &str, fields: &[String]) -> String {
    let noun = if count == 1 { "field" } else { "fields" };
    // As people write them, without what says how they are found.
    let fields = fields
        .iter()
        .map(|field| field.replace("?.", ".").replace("*=options", "*"));
    let fields = fields.collect::<Vec<_>>().join(", ");
    format!("It keeps {count} {noun} as {name} has it: {fields}.")
}

fn blocked(key: ResourceKey, name: &str, passage: &Passage, not_kept: &NotKept) -> Blocked {
    let pattern = &not_kept.pattern;
    let rule = passage.keeps(&key, pattern);
    let resources = rule.map_or("*", |rule| rule.resources.as_str());
    Blocked {
        message: format!(
            "A rule of {name} (`{resources}`) keeps its `{pattern}` as it is there, and {not_kept}."
        ),
        resource: key,
        hint: "Correct the document, leave it out of the release, or change the rule.".to_owned(),
    }
}
