//! What a platform or a use case could not do: one type for each use case, and one that holds them all.

mod capture;
mod deploy;
mod lock;
mod rollback;
mod unknown;

use slipway_domain::{PatternError, Refusal, SelectionError};
use slipway_store::{OpenError, StoreError};

pub use self::capture::CaptureError;
pub use self::deploy::{AfterDrift, DeployError};
pub use self::lock::LockError;
pub use self::rollback::RollbackError;
pub use self::unknown::Unknown;

/// Why a use case did not reach its end.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A rule, a state or a missing approval is in the way.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What was asked for names something unknown.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// Others came between a capture.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The lock of the place was not given.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A deployment does not begin or go on.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// A rollback does not begin.
    #[error(transparent)]
    Rollback(#[from] RollbackError),
    /// The environment can't be reached, read or written.
    #[error(transparent)]
    Platform(PlatformError),
    /// The workspace file failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The workspace file can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The key of whoever decides can't be read, made or kept.
    #[error(transparent)]
    Keys(#[from] VaultError),
    /// A pattern can't be read.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The steps make no selection.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A person cancelled it.
    #[error("cancelled; nothing was written")]
    Cancelled,
}

impl From<PlatformError> for EngineError {
    fn from(error: PlatformError) -> Self {
        match error {
            PlatformError::Stopped => Self::Cancelled,
            other => Self::Platform(other),
        }
    }
}

/// Bytes that are no document of their kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct DocumentError {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

/// What a vault could not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct VaultError {
    /// One sentence that names the vault, never the secret.
    pub message: String,
    /// What a person can do.
    pub hint: String,
}

/// What a platform could not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// The settings or the document are not right; trying again does not help.
    #[error("{message}")]
    Refused {
        /// One sentence that names the thing.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The place can't be reached or is busy; trying again may help.
    #[error("{message}")]
    Unavailable {
        /// One sentence that names the thing.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Something else is there than what was seen; it was not overwritten.
    #[error("{message}")]
    Changed {
        /// One sentence that names the thing.
        message: String,
    },
    /// It is not known whether a write took effect: the truth has to be read.
    #[error("{message}")]
    Unclear {
        /// One sentence that names the thing.
        message: String,
    },
    /// The sink asked to stop.
    #[error("the capture was stopped")]
    Stopped,
}

impl PlatformError {
    /// What a person can do about it.
    pub fn hint(&self) -> &str {
        match self {
            Self::Refused { hint, .. } | Self::Unavailable { hint, .. } => hint,
            Self::Changed { .. } => {
                "Look at what is there now. Refresh the release, or undo that edit and retry."
            }
            Self::Unclear { .. } => "Resume the deployment: it reads the environment first.",
            Self::Stopped => "",
        }
    }
}
