//! What a use case could not do.

use slipway_domain::{PatternError, Refusal, SelectionError};
use slipway_store::{OpenError, StoreError};

use crate::platform::PlatformError;

/// Why a use case did not reach its end.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A rule, a state or a missing approval is in the way.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The environment is not as it was reviewed, or two things contradict.
    #[error("{message}")]
    Conflict {
        /// One sentence that names the thing.
        message: String,
        /// What to do.
        hint: String,
    },
    /// What was asked for names something unknown.
    #[error("{message}")]
    Unknown {
        /// One sentence that names the thing.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The environment can't be reached, read or written.
    #[error(transparent)]
    Platform(PlatformError),
    /// The workspace file failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The workspace file can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
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

impl EngineError {
    pub(crate) fn unknown(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unknown {
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn conflict(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Conflict {
            message: message.into(),
            hint: hint.into(),
        }
    }
}
