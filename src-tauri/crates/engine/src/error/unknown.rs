//! Names that lead to nothing.

use slipway_domain::{BlobHash, DeploymentId, EffectDigest};

/// What was asked for names something that the workspace does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No environment has this identity or name.
    #[error("There is no environment `{name}`")]
    Environment {
        /// What was asked for.
        name: String,
        /// The names that there are, ascending.
        known: Vec<String>,
    },
    /// No release has this identity or tag.
    #[error("There is no release `{tag}`")]
    Release {
        /// What was asked for.
        tag: String,
    },
    /// No deployment has this identity.
    #[error("There is no deployment `{id}`")]
    Deployment {
        /// What was asked for.
        id: DeploymentId,
    },
    /// No adapter has this name.
    #[error("There is no platform `{name}`")]
    Platform {
        /// What was asked for.
        name: String,
        /// The names that there are, ascending.
        known: Vec<&'static str>,
    },
    /// The plan of a deployment is not here.
    #[error("Deployment {deployment} has no plan in this workspace")]
    Plan {
        /// Whose.
        deployment: DeploymentId,
    },
    /// A set of changes is not here.
    #[error("The workspace does not hold the changes {}", .id.short())]
    ChangeSet {
        /// Which.
        id: EffectDigest,
    },
    /// A document is not here.
    #[error("The workspace does not hold the document {}", .blob.short())]
    Document {
        /// Its bytes.
        blob: BlobHash,
    },
}

impl Unknown {
    /// What to do.
    pub fn hint(&self) -> String {
        match self {
            Self::Environment { known, .. } if known.is_empty() => {
                "Add one first: this workspace has no environments.".to_owned()
            }
            Self::Environment { known, .. } => format!("There are: {}.", known.join(", ")),
            Self::Release { .. } => "Look at the list of releases.".to_owned(),
            Self::Deployment { .. } => "Look at the list of deployments.".to_owned(),
            Self::Platform { known, .. } => format!("This program knows: {}.", known.join(", ")),
            Self::Plan { .. } => "Deploy the release again.".to_owned(),
            Self::ChangeSet { .. } => {
                "Compare the environments again: refresh the release.".to_owned()
            }
            Self::Document { .. } => "Capture the environment again.".to_owned(),
        }
    }
}
