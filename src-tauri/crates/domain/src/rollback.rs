//! The rollback plan: what undoing a deployment would do, resource by resource.

mod selection;

use serde::{Deserialize, Serialize};

use crate::ids::{DeploymentId, ReleaseId, RollbackDigest, SnapshotId};
use crate::operation::OperationState;
use crate::resource::{Change, ResourceKey, Version};

pub use selection::{
    CompiledRollbackFilter, RollbackFilter, RollbackKind, RollbackSelection,
    SELECTION_FILTER_LIMIT, SELECTION_STEP_LIMIT, SelectionError, SelectionStep,
};

/// What to do with a resource that was edited after the deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Edits {
    /// Leave it as it is now.
    #[default]
    Keep,
    /// Put back what was there before the deployment; the edit is lost (and stays in the workspace's captures).
    Overwrite,
    /// Take back what the deployment changed and keep what was edited since.
    Merge,
}

/// Where the old version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RollbackSource {
    /// The capture made just before the deployment.
    Backup,
    /// An older capture in the workspace.
    Snapshot,
    /// The version history of the platform.
    History,
}

/// What is known about one resource that a deployment touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Which resource.
    pub resource: ResourceKey,
    /// What it held before the deployment.
    pub before: Option<Version>,
    /// What the deployment put there.
    pub deployed: Option<Version>,
    /// What it holds now.
    pub live: Option<Version>,
    /// What became of the operation.
    pub state: OperationState,
    /// Where the old version is; nothing: its bytes are nowhere to be found.
    pub source: Option<RollbackSource>,
    /// Why the change can't be undone, and the compensating action.
    pub irreversible: Option<(String, String)>,
    /// What the plan of the deployment said of its deletion: what went with it, and does not come back with it alone.
    pub went_along: Vec<String>,
    /// The person's choice, should it have been edited since.
    pub edits: Edits,
    /// The merge of *live* with what the rollback takes back, when it could be made; else why not.
    pub merged: Option<Result<Version, String>>,
    /// The release that changed it since, if Slipway deployed one.
    pub changed_by: Option<ReleaseId>,
    /// Why it can't be read as it is now, and what to do about that.
    pub unreadable: Option<(String, String)>,
}

/// What a rollback does with a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum RollbackAction {
    /// Puts the old version back.
    Restore,
    /// Puts a merge of the old version and the edits since.
    Merge,
    /// Leaves it: somebody edited it since, and the edit is kept.
    Keep,
    /// Nothing to do.
    Nothing,
    /// Can't be undone.
    Refuse,
}

/// One line of a rollback plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RollbackItem {
    /// Which resource.
    pub resource: ResourceKey,
    /// What the rollback does with it.
    pub action: RollbackAction,
    /// What it holds now.
    pub current: Option<Version>,
    /// What it holds afterwards.
    pub target: Option<Version>,
    /// What the deployment had put there.
    pub deployed: Option<Version>,
    /// Where the old version comes from.
    pub source: Option<RollbackSource>,
    /// Whether it was edited since the deployment.
    pub edited: bool,
    /// The choice that was made for an edit.
    pub edits: Edits,
    /// The release that changed it since, if one did.
    pub changed_by: Option<ReleaseId>,
    /// Why it is so: one sentence.
    pub message: String,
    /// What a person can do about what is kept or refused; empty where nothing is to be done.
    pub hint: String,
}

/// What undoing a deployment would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RollbackPlan {
    /// The deployment to be taken back.
    pub deployment: DeploymentId,
    /// The capture of the environment that it was worked out against.
    pub live: SnapshotId,
    /// Every resource that the deployment touched, in key order.
    pub items: Vec<RollbackItem>,
}

impl RollbackItem {
    /// Whether the rollback writes the resource.
    pub fn is_written(&self) -> bool {
        matches!(self.action, RollbackAction::Restore | RollbackAction::Merge)
    }

    /// Whether the resource is afterwards as it was before the deployment.
    pub fn is_plain(&self) -> bool {
        matches!(
            self.action,
            RollbackAction::Restore | RollbackAction::Nothing
        )
    }
}

impl RollbackPlan {
    /// Identifies what a person agrees to: the deployment and, for each of its resources, what it holds now, what it will hold
    /// and the choice about its edit. What else the environment holds is not part of it, so an edit elsewhere leaves it valid.
    pub fn digest(&self) -> RollbackDigest {
        let lines: Vec<_> = self
            .items
            .iter()
            .map(|item| {
                (
                    &item.resource,
                    &item.action,
                    item.current.map(|version| version.digest),
                    item.is_written().then_some(item.target),
                    item.edited.then_some(item.edits),
                )
            })
            .collect();
        let bytes =
            serde_json::to_vec(&(&self.deployment, lines)).expect("BUG: a plan is plain data");
        RollbackDigest(blake3::derive_key("slipway rollback plan v1", &bytes))
    }

    /// The part of the plan that a selection includes.
    #[must_use]
    pub fn selected(mut self, selection: &RollbackSelection) -> Self {
        self.items.retain(|item| selection.includes(item));
        self
    }

    /// The changes that the revert release makes, in key order.
    pub fn changes(&self) -> Vec<Change> {
        Self::changes_of(&self.items)
    }

    /// The changes that these lines of a plan make, in their order.
    pub fn changes_of<'a>(items: impl IntoIterator<Item = &'a RollbackItem>) -> Vec<Change> {
        items
            .into_iter()
            .filter(|item| item.is_written())
            .filter_map(|item| Change::between(&item.resource, item.current, item.target))
            .collect()
    }

    /// Whether it writes over anything that was edited since the deployment, merged or not.
    pub fn writes_edits(&self) -> bool {
        self.items
            .iter()
            .any(|item| item.is_written() && item.edited)
    }

    /// Whether afterwards all is as it was before the deployment.
    pub fn is_complete(&self) -> bool {
        self.items.iter().all(RollbackItem::is_plain)
    }
}

/// Works out what undoing a deployment does. Pure.
pub fn rollback_plan(
    deployment: DeploymentId,
    live: SnapshotId,
    touched: Vec<Touched>,
) -> RollbackPlan {
    let mut items: Vec<RollbackItem> = touched.into_iter().map(item).collect();
    items.sort_by(|a, b| a.resource.cmp(&b.resource));
    RollbackPlan {
        deployment,
        live,
        items,
    }
}

fn item(touched: Touched) -> RollbackItem {
    let Touched {
        resource,
        before,
        deployed,
        live,
        state,
        source,
        irreversible,
        went_along,
        edits,
        merged,
        changed_by,
        unreadable,
    } = touched;
    let same =
        |a: &Option<Version>, b: &Option<Version>| Version::same_content(a.as_ref(), b.as_ref());
    let edited = !same(&live, &deployed) && !same(&live, &before);
    let mut item = RollbackItem {
        resource,
        action: RollbackAction::Nothing,
        current: live,
        target: live,
        deployed,
        source,
        edited,
        edits,
        changed_by,
        message: String::new(),
        hint: String::new(),
    };
    let mut settle = |action, target, message: String, hint: String| {
        item.action = action;
        item.target = target;
        item.message = message;
        item.hint = hint;
    };
    let unread =
        unreadable.map(|(reason, hint)| (format!("It can't be read as it is now: {reason}"), hint));
    let untouched = matches!(state, OperationState::Pending | OperationState::Skipped);
    if let Some((reason, hint)) = unread {
        // What nobody can read is in no capture: writing over it would lose it.
        settle(RollbackAction::Refuse, live, reason, hint);
    } else if same(&live, &before) {
        settle(
            RollbackAction::Nothing,
            live,
            "It is as it was before the deployment.".into(),
            String::new(),
        );
    } else if untouched {
        // Also where it is as the deployment would have made it: then somebody else did.
        settle(
            RollbackAction::Nothing,
            live,
            "The deployment did not touch it; it was edited since.".into(),
            String::new(),
        );
    } else if let Some((reason, compensation)) = irreversible {
        settle(RollbackAction::Refuse, live, reason, compensation);
    } else if before.is_some() && source.is_none() {
        settle(
            RollbackAction::Refuse,
            live,
            "Its old version is in no capture of this workspace.".into(),
            "Restore it from the source that made it, then capture the environment.".into(),
        );
    } else if !edited {
        let message = match before {
            None => "The deployment created it; it is deleted.".to_owned(),
            Some(_) if live.is_none() => {
                let again = "The deployment deleted it; it is created again.";
                [again]
                    .into_iter()
                    .chain(went_along.iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            Some(_) => "The version from before the deployment is put back.".to_owned(),
        };
        settle(RollbackAction::Restore, before, message, String::new());
    } else {
        match (edits, merged) {
            (Edits::Overwrite, _) => settle(
                RollbackAction::Restore,
                before,
                "It was edited since; the edit is overwritten.".into(),
                "The edited version stays in the capture made before the rollback.".into(),
            ),
            (Edits::Merge, Some(Ok(version))) => settle(
                RollbackAction::Merge,
                Some(version),
                "It was edited since; the edit is kept and the deployment's part is reverted."
                    .into(),
                String::new(),
            ),
            (Edits::Merge, Some(Err(conflict))) => settle(
                RollbackAction::Keep,
                live,
                conflict,
                "Choose to keep or to overwrite the edit, or mend it by hand.".into(),
            ),
            (Edits::Merge, None) | (Edits::Keep, _) => settle(
                RollbackAction::Keep,
                live,
                "It was edited since the deployment; the edit is kept.".into(),
                "Choose overwrite or merge to take the deployment's part back.".into(),
            ),
        }
    }
    item
}

#[cfg(test)]
mod tests;
