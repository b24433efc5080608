//! Rollbacks that do not begin.

use slipway_domain::{DeploymentId, ResourceKey};

/// Why a rollback does not begin. Nothing was written for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollbackError {
    /// Nothing was deployed there that is not taken back.
    #[error("{environment} has no deployment that could be rolled back")]
    NothingDeployed {
        /// Its name.
        environment: String,
        /// The latest deployment that wrote there, where that is a rollback.
        rollback: Option<DeploymentId>,
    },
    /// The deployment went elsewhere.
    #[error("Deployment {deployment} was not to {environment}")]
    Elsewhere {
        /// Which.
        deployment: DeploymentId,
        /// The name of the environment that was asked about.
        environment: String,
    },
    /// It was taken back.
    #[error("Deployment {deployment} was rolled back before, by {by}")]
    RolledBack {
        /// Which.
        deployment: DeploymentId,
        /// The deployment that took it back.
        by: DeploymentId,
    },
    /// It has not ended.
    #[error("Deployment {deployment} is under way")]
    UnderWay {
        /// Which.
        deployment: DeploymentId,
    },
    /// It has not ended, and nobody executes it.
    #[error("Deployment {deployment} was interrupted")]
    Interrupted {
        /// Which.
        deployment: DeploymentId,
    },
    /// The patterns leave nothing.
    #[error("The deployment of {tag} touched nothing that matches {patterns}")]
    NothingMatches {
        /// The tag of the release.
        tag: String,
        /// The patterns, separated by commas.
        patterns: String,
    },
    /// The selection leaves nothing that would be written.
    #[error("Nothing is selected that a rollback in {environment} would change")]
    NothingSelected {
        /// Its name.
        environment: String,
    },
    /// The plan is not the one that was looked at.
    #[error("The rollback plan changed since it was looked at; nothing was written")]
    OtherPlan,
    /// All that would change can't be undone.
    #[error("{first} can't be undone: {reason}")]
    Irreversible {
        /// The first, in the order of the plan.
        first: ResourceKey,
        /// Why not.
        reason: String,
        /// What makes up for it.
        compensation: String,
    },
    /// All that would change was edited since, and edits are kept.
    #[error(
        "Every resource that would be rolled back in {environment} was edited since, and the edits are kept"
    )]
    EditsKept {
        /// Its name.
        environment: String,
    },
    /// It holds what it held before.
    #[error("{environment} is as it was before the deployment")]
    AsBefore {
        /// Its name.
        environment: String,
    },
}

impl RollbackError {
    /// Whether something is not as it was when somebody looked at it; else it is refused as it is.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::OtherPlan)
    }

    /// What to do.
    pub fn hint(&self) -> String {
        match self {
            Self::NothingDeployed {
                rollback: Some(rollback),
                ..
            } => format!(
                "The latest was a rollback itself: to bring back what it took out, roll back {rollback}."
            ),
            Self::RolledBack { by, .. } => format!("To bring it back, roll back {by}."),
            Self::Irreversible { compensation, .. } => compensation.clone(),
            Self::NothingDeployed { rollback: None, .. } => {
                "A rollback reverts what Slipway deployed.".to_owned()
            }
            Self::Elsewhere { .. } => "Name its own environment.".to_owned(),
            Self::UnderWay { .. } => "Cancel it first, or wait for its end.".to_owned(),
            Self::Interrupted { .. } => {
                "Resume it to its end, or cancel it; then roll it back.".to_owned()
            }
            Self::NothingMatches { .. } => {
                "Look at its resources with --plan, without a pattern.".to_owned()
            }
            Self::NothingSelected { .. } => "Select at least one resource.".to_owned(),
            Self::OtherPlan => "Look at the new plan, then roll back.".to_owned(),
            Self::EditsKept { .. } => "Choose overwrite or merge for the edits.".to_owned(),
            Self::AsBefore { .. } => "There is nothing to roll back.".to_owned(),
        }
    }
}
