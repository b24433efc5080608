//! Captures that others came between.

/// Why a capture of an environment was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// A deployment wrote there each time.
    #[error("{environment} was deployed to, again and again, while it was captured")]
    DeployedTo {
        /// Its name.
        environment: String,
    },
    /// Another look was kept first each time.
    #[error("{environment} is looked at by too many at the same time")]
    Crowded {
        /// Its name.
        environment: String,
    },
}

impl CaptureError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::DeployedTo { .. } => "Capture it once the deployments have ended.",
            Self::Crowded { .. } => "Try again in a moment.",
        }
    }
}
