//! What goes wrong with a store, in words.

use slipway_engine::PlatformError;

/// Makes a [`PlatformError::Refused`].
pub(super) fn refused(message: impl Into<String>, hint: impl Into<String>) -> PlatformError {
    PlatformError::Refused {
        message: message.into(),
        hint: hint.into(),
    }
}

/// Makes a [`PlatformError::Unavailable`].
pub(super) fn unavailable(message: impl Into<String>, hint: impl Into<String>) -> PlatformError {
    PlatformError::Unavailable {
        message: message.into(),
        hint: hint.into(),
    }
}

/// Makes a [`PlatformError::Unclear`].
pub(super) fn unclear(message: impl Into<String>) -> PlatformError {
    PlatformError::Unclear {
        message: message.into(),
    }
}

/// An answer that does not have the form that the API promises.
pub(super) fn malformed(what: &str) -> PlatformError {
    unavailable(
        format!("The store answered without {what}."),
        "Try again; if it stays so, see whether the API version of this environment is still supported.",
    )
}
