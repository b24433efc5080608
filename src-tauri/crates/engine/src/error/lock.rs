//! Locks that were not given.

use std::io;

use slipway_domain::DeploymentId;

/// Why the lock of a place was not given.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another deployment has it.
    #[error("{environment} is being deployed to by deployment {deployment}")]
    Held {
        /// The name of the environment whose place it is.
        environment: String,
        /// Who has it.
        deployment: DeploymentId,
    },
    /// The file beside the workspace by which others know that this process lives can't be made.
    #[error("The lock beside the workspace can't be made: {0}")]
    NoFile(io::Error),
}

impl LockError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Held { .. } => "Wait until it has ended, or cancel it.",
            Self::NoFile(_) => "Make its folder writable.",
        }
    }
}
