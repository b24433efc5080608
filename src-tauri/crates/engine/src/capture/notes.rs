//! What is noted of a capture beside its snapshot.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use slipway_domain::{Millis, ResourceKey, Rules};
use slipway_store::CaptureRow;

use crate::platform::{Unreadable, Vocabulary};

/// How many resources a rule names as examples of what it left out.
const EXAMPLE_LIMIT: usize = 20;

/// What a capture notes beside the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureNotes {
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// What the environment's rules left out, rule by rule.
    pub left_out: Vec<LeftOut>,
    /// The rules that it was captured under; none where an older program captured it.
    #[serde(default)]
    pub rules: Option<Rules>,
    /// The names that its documents may use for what is no resource; none where an older program captured it.
    #[serde(default)]
    pub vocabulary: Vocabulary,
    /// Where only a part was looked at: what. All of the place was where there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// A look at a part of an environment; of the rest it holds what was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// How many resources were looked at.
    pub looked_at: u64,
    /// When all of the place was captured last.
    pub whole_at: Millis,
}

impl CaptureNotes {
    /// The notes of a capture; none where the row holds none that this program understands.
    pub fn of(row: &CaptureRow) -> Self {
        serde_json::from_value(row.notes.clone()).unwrap_or_default()
    }

    /// When all of the place was captured last.
    pub(crate) fn whole_at(&self, row: &CaptureRow) -> Millis {
        self.part.map_or(row.at, |part| part.whole_at)
    }

    /// What is noted after a look at some resources: the rest stays as it was noted.
    pub(crate) fn after(
        mut self,
        keys: &BTreeSet<ResourceKey>,
        unreadable: Vec<Unreadable>,
        vocabulary: Vocabulary,
        part: Part,
    ) -> Self {
        // Of a place whose names were never listed the few that a look meets are not all.
        if !self.vocabulary.0.is_empty() {
            self.vocabulary.extend(vocabulary);
        }
        let mut known = self.unreadable;
        known.retain(|known| {
            let is_seen = known.key.as_ref().is_some_and(|key| keys.contains(key));
            !is_seen && !unreadable.contains(known)
        });
        known.extend(unreadable);
        Self {
            unreadable: known,
            part: Some(part),
            ..self
        }
    }
}

/// What one rule left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The rule's pattern.
    pub pattern: String,
    /// Why, as the rule says.
    pub reason: String,
    /// How many resources.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<ResourceKey>,
}

/// Counts what rules leave out.
#[derive(Debug, Default)]
pub(crate) struct LeftOutCount(BTreeMap<(String, String), (u64, Vec<ResourceKey>)>);

impl LeftOutCount {
    pub(crate) fn add(&mut self, rule: &slipway_domain::Rule, key: &ResourceKey) {
        let (count, examples) = self
            .0
            .entry((rule.resources.clone(), rule.reason.clone()))
            .or_default();
        *count += 1;
        if examples.len() < EXAMPLE_LIMIT {
            examples.push(key.clone());
        }
    }

    pub(crate) fn into_list(self) -> Vec<LeftOut> {
        self.0
            .into_iter()
            .map(|((pattern, reason), (count, mut examples))| {
                examples.sort();
                LeftOut {
                    pattern,
                    reason,
                    count,
                    examples,
                }
            })
            .collect()
    }
}
