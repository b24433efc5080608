//! Which resources of a rollback plan are rolled back: what a person included and left out, step by step.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{RollbackAction, RollbackItem};
use crate::resource::ResourceKey;

/// The most steps that a selection has.
pub const SELECTION_STEP_LIMIT: usize = 10_000;
/// The most steps of a selection that go by a filter; each resource is held against all of them.
pub const SELECTION_FILTER_LIMIT: usize = 100;

/// A kind of resource in a rollback plan, as a person filters them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RollbackKind {
    /// Every resource.
    #[default]
    All,
    /// Edited since the deployment.
    Edited,
    /// Not edited since, and to be restored.
    Unedited,
    /// Edited since, and the edit stays. Follows the choices about edits, so it filters and does not select.
    Kept,
    /// Can't be undone.
    Refused,
    /// Already as it was.
    Unchanged,
}

/// Which resources of a rollback plan are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RollbackFilter {
    /// What the key contains, whatever its case; empty: anything.
    #[serde(default)]
    pub text: String,
    /// Of which kind.
    #[serde(default)]
    pub kind: RollbackKind,
}

impl RollbackFilter {
    /// Prepares the filter for many resources.
    pub fn compile(&self) -> CompiledRollbackFilter {
        CompiledRollbackFilter {
            text: self.text.trim().to_lowercase(),
            kind: self.kind,
        }
    }
}

/// A filter that is ready to be applied.
#[derive(Clone, Debug)]
pub struct CompiledRollbackFilter {
    text: String,
    kind: RollbackKind,
}

impl CompiledRollbackFilter {
    /// Whether a resource is meant.
    pub fn matches(&self, item: &RollbackItem) -> bool {
        let is_of_kind = match self.kind {
            RollbackKind::All => true,
            RollbackKind::Edited => item.edited,
            RollbackKind::Unedited => !item.edited && item.action == RollbackAction::Restore,
            RollbackKind::Kept => item.action == RollbackAction::Keep,
            RollbackKind::Refused => item.action == RollbackAction::Refuse,
            RollbackKind::Unchanged => item.action == RollbackAction::Nothing,
        };
        is_of_kind
            && (self.text.is_empty() || item.resource.as_str().to_lowercase().contains(&self.text))
    }
}

/// One step of a selection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum SelectionStep {
    /// Includes or leaves out all that a filter matches.
    Matching {
        /// The filter.
        filter: RollbackFilter,
        /// Whether they are included from here on.
        included: bool,
    },
    /// Includes or leaves out one resource.
    Resource {
        /// Which.
        resource: ResourceKey,
        /// Whether it is included from here on.
        included: bool,
    },
}

/// Why steps make no selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// There are too many.
    #[error(
        "A selection has at most {SELECTION_STEP_LIMIT} steps, {SELECTION_FILTER_LIMIT} of them by a filter"
    )]
    TooLong,
    /// A filter would select something else as soon as a choice about an edit changes.
    #[error("Resources are not selected by whether their edit stays")]
    ByChoice,
}

/// A selection that is ready to be applied. Everything is included until a step says otherwise, and a later step wins.
///
/// Steps go by facts about a resource, never by what a choice about edits makes of it: another choice moves no resource in or
/// out of the selection.
#[derive(Clone, Debug, Default)]
pub struct RollbackSelection {
    filters: Vec<(usize, CompiledRollbackFilter, bool)>,
    resources: HashMap<ResourceKey, (usize, bool)>,
}

impl RollbackSelection {
    /// Reads the steps of a selection, in order.
    ///
    /// # Errors
    /// When there are more than the limits allow, or one goes by [`RollbackKind::Kept`].
    pub fn new(steps: &[SelectionStep]) -> Result<Self, SelectionError> {
        let mut selection = Self::default();
        for (at, step) in steps.iter().enumerate() {
            match step {
                SelectionStep::Matching { filter, .. } if filter.kind == RollbackKind::Kept => {
                    return Err(SelectionError::ByChoice);
                }
                SelectionStep::Matching { filter, included } => {
                    selection.filters.push((at, filter.compile(), *included));
                }
                SelectionStep::Resource { resource, included } => {
                    selection
                        .resources
                        .insert(resource.clone(), (at, *included));
                }
            }
        }
        if steps.len() > SELECTION_STEP_LIMIT || selection.filters.len() > SELECTION_FILTER_LIMIT {
            return Err(SelectionError::TooLong);
        }
        Ok(selection)
    }

    /// Whether a resource is included.
    pub fn includes(&self, item: &RollbackItem) -> bool {
        let own = self.resources.get(&item.resource).copied();
        let by_filter = self
            .filters
            .iter()
            .rev()
            .take_while(|(at, ..)| own.is_none_or(|(own, _)| *at > own))
            .find(|(_, filter, _)| filter.matches(item))
            .map(|(.., included)| *included);
        by_filter
            .or(own.map(|(_, included)| included))
            .unwrap_or(true)
    }
}
