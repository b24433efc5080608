//! Deployments that do not begin, or do not go on.

use slipway_domain::{Blocked, DeploymentId, ResourceKey};

/// Why a deployment does not begin or does not go on. Nothing was written for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeployError {
    /// Somebody executes it now.
    #[error("Deployment {deployment} is being executed (by {by})")]
    Executing {
        /// Which.
        deployment: DeploymentId,
        /// The process.
        by: String,
    },
    /// It is over.
    #[error("Deployment {deployment} has ended")]
    Ended {
        /// Which.
        deployment: DeploymentId,
    },
    /// Somebody edited what it changes, since it was compared.
    #[error("{first}{} changed in {environment} since {tag} was compared; nothing was written", and_others(.count))]
    Drifted {
        /// The first that changed, in the order of the plan.
        first: ResourceKey,
        /// How many changed.
        count: usize,
        /// The name of the environment.
        environment: String,
        /// The tag of the release.
        tag: String,
        /// What leads on.
        way_on: AfterDrift,
    },
    /// The place does not take it.
    #[error("{tag} can't be deployed to {environment}: {}: {}", .first.resource, .first.message)]
    Blocked {
        /// The tag of the release.
        tag: String,
        /// The name of the environment.
        environment: String,
        /// The first obstacle, in the order of the plan.
        first: Blocked,
    },
    /// The plan is not the one that was looked at.
    #[error("The plan for {environment} is another one by now; nothing was written")]
    OtherPlan {
        /// The name of the environment.
        environment: String,
    },
    /// The changes are not those that the plan was worked out from that was looked at.
    #[error("{tag} holds other changes than the plan that was looked at; nothing was written")]
    OtherContent {
        /// The tag of the release.
        tag: String,
    },
    /// The work of an operation died in this process; what it wrote has to be read.
    #[error("An operation ended unexpectedly: {reason}")]
    Died {
        /// What the runtime says.
        reason: String,
    },
}

/// What leads on once an environment was seen to have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterDrift {
    /// Comparing again.
    Refresh,
    /// Opening again: it was compared again, and that seals nothing.
    Open,
    /// Rolling back again: the release is a revert.
    RollBack,
}

impl DeployError {
    /// Whether something is not as it was when somebody looked at it; else it is refused as it is.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Drifted { .. }
            | Self::OtherPlan { .. }
            | Self::OtherContent { .. }
            | Self::Died { .. } => true,
            Self::Executing { .. } | Self::Ended { .. } | Self::Blocked { .. } => false,
        }
    }

    /// What to do.
    pub fn hint(&self) -> String {
        match self {
            Self::Executing { .. } => "Wait for it, or cancel it.".to_owned(),
            Self::Ended { .. } => "To take it back, roll it back.".to_owned(),
            Self::Drifted { way_on, tag, .. } => match way_on {
                AfterDrift::Refresh => "Refresh the release, look at what is different now, open it again and have it reviewed.".to_owned(),
                AfterDrift::Open => format!(
                    "It was refreshed and not opened again: `slipway release open {tag}` makes the next revision."
                ),
                AfterDrift::RollBack => {
                    "Cancel it and roll back again: that looks at what is there now.".to_owned()
                }
            },
            Self::Blocked { first, .. } => first.hint.clone(),
            Self::OtherPlan { .. } | Self::OtherContent { .. } => {
                "Look at the new plan, then deploy it.".to_owned()
            }
            Self::Died { .. } => "Resume the deployment.".to_owned(),
        }
    }
}

fn and_others(count: &usize) -> String {
    match count.saturating_sub(1) {
        0 => String::new(),
        1 => " and 1 other".to_owned(),
        others => format!(" and {others} others"),
    }
}
