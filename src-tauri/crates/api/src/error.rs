//! From what a use case could not do to what crosses the wire; the one place where codes are chosen.

use slipway_domain::{PatternError, Refusal, RefusalKind};
use slipway_engine::{EngineError, PlatformError, VaultError};
use slipway_store::{OpenError, StoreError};

use crate::wire::{ApiError, ErrorCode};

/// What a person can do about a workspace whose bytes are not what they were.
const DAMAGED: &str =
    "Restore the workspace file from a copy; the environments themselves are untouched.";

const UNWRITABLE: &str =
    "Make the file and its folder yours to read and write, or copy the workspace to where it is.";
const DISK: &str = "See whether the disk is in order, then try again.";

impl ApiError {
    fn new(code: ErrorCode, message: impl ToString, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.to_string(),
            hint: hint.into(),
            retryable: false,
        }
    }

    pub(crate) fn invalid(message: impl ToString, hint: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid, message, hint)
    }

    pub(crate) fn refused(message: impl ToString, hint: impl Into<String>) -> Self {
        Self::new(ErrorCode::Refused, message, hint)
    }

    pub(crate) fn conflict(message: impl ToString, hint: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, message, hint)
    }

    fn refused_or_conflict(is_conflict: bool, error: impl ToString, hint: String) -> Self {
        match is_conflict {
            true => Self::conflict(error, hint),
            false => Self::refused(error, hint),
        }
    }

    pub(crate) fn expired(message: impl ToString) -> Self {
        Self::new(
            ErrorCode::Expired,
            message,
            "Ask for it again; nothing was written.",
        )
        .retryable()
    }

    pub(crate) fn failed(message: impl ToString, hint: impl Into<String>) -> Self {
        Self::new(ErrorCode::Failed, message, hint)
    }

    pub(crate) fn no_workspace() -> Self {
        Self::new(
            ErrorCode::NoWorkspace,
            "No workspace is open",
            "Open one, or create one.",
        )
    }

    pub(crate) fn no_person() -> Self {
        Self::new(
            ErrorCode::NoPerson,
            "Nobody has said who acts here",
            "Give a name and an e-mail address first: in the window, with `--user \"Name <mail>\"`, or in git's settings.",
        )
    }

    pub(crate) fn read_only() -> Self {
        Self::refused(
            "The workspace is open read-only until it is trusted",
            "Look at where its environments are, then trust it: `slipway workspace trust PATH`, or “Review environments” in the window.",
        )
    }

    pub(crate) fn older_copy(missing: u64) -> Self {
        let records = match missing {
            1 => "1 record that this machine saw is".to_owned(),
            _ => format!("{missing} records that this machine saw are"),
        };
        Self::refused(
            format!("An older copy lies in the place of the workspace: {records} not in it"),
            "Put the newer file back. To go on from this one: `slipway workspace trust PATH`, or “Review environments” in the window.",
        )
    }

    fn retryable(self) -> Self {
        Self {
            retryable: true,
            ..self
        }
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => refusal.into(),
            EngineError::Unknown(error) => Self::invalid(&error, error.hint()),
            EngineError::Capture(error) => Self::conflict(&error, error.hint()),
            EngineError::Lock(error) => Self::refused(&error, error.hint()),
            EngineError::Deploy(error) => {
                Self::refused_or_conflict(error.is_conflict(), &error, error.hint())
            }
            EngineError::Rollback(error) => {
                Self::refused_or_conflict(error.is_conflict(), &error, error.hint())
            }
            EngineError::Platform(error) => error.into(),
            EngineError::Store(error) => error.into(),
            EngineError::Open(error) => error.into(),
            EngineError::Keys(VaultError { message, hint }) => Self::failed(message, hint),
            EngineError::Pattern(error) => error.into(),
            EngineError::Selection(error) => {
                Self::invalid(error, "Select by a filter instead of one by one.")
            }
            EngineError::Cancelled => Self::new(
                ErrorCode::Cancelled,
                "It was cancelled; nothing was written",
                "",
            ),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(
        Refusal {
            kind,
            message,
            hint,
        }: Refusal,
    ) -> Self {
        match kind {
            RefusalKind::Invalid => Self::invalid(message, hint),
            RefusalKind::State | RefusalKind::Approval => Self::refused(message, hint),
            RefusalKind::Deletions => Self::new(ErrorCode::Deletions, message, hint),
            RefusalKind::Stale => Self::conflict(message, hint),
        }
    }
}

impl From<PatternError> for ApiError {
    fn from(error: PatternError) -> Self {
        Self::invalid(
            error,
            "Fix the pattern: `*` stands for anything, `[…]` for one of several characters.",
        )
    }
}

impl From<PlatformError> for ApiError {
    fn from(error: PlatformError) -> Self {
        let failed = Self::failed(&error, error.hint());
        match error {
            PlatformError::Refused { .. } => failed,
            PlatformError::Changed { .. } => Self::new(ErrorCode::Conflict, &error, error.hint()),
            PlatformError::Unavailable { .. } | PlatformError::Unclear { .. } => failed.retryable(),
            PlatformError::Stopped => Self::new(ErrorCode::Cancelled, error, ""),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = sentence(&error.to_string());
        match error {
            StoreError::ReadOnly => Self::read_only(),
            StoreError::Busy => Self::failed(message, "Try again in a moment.").retryable(),
            StoreError::Conflict => Self::failed(message, "Try again.").retryable(),
            StoreError::Fenced { .. } => {
                Self::refused(message, "Look at the deployments of the environment.")
            }
            StoreError::Full => {
                Self::failed(message, "Make room on the disk, then try again.").retryable()
            }
            StoreError::Unwritable => Self::failed(message, UNWRITABLE),
            StoreError::Disk(_) => Self::failed(message, DISK).retryable(),
            StoreError::Damaged { .. } => Self::failed(message, DAMAGED),
            StoreError::TooLarge { .. } => {
                Self::failed(message, "Leave it out with a rule of the environment.")
            }
            StoreError::Twice { .. } => {
                Self::failed(message, "Capture the environment again.").retryable()
            }
            StoreError::Io(_) | StoreError::Sqlite(_) => Self::failed(message, DISK),
            StoreError::Missing { .. } => Self::failed(
                message,
                "`slipway audit --verify` says whether the workspace is damaged; capture the environments again if it is not.",
            ),
            StoreError::Panicked { .. } | StoreError::Step { .. } | StoreError::Closed => {
                Self::failed(message, "")
            }
        }
    }
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        let message = sentence(&error.to_string());
        match error {
            OpenError::NotFound { .. } => {
                Self::invalid(message, "Check the path, or create a workspace there.")
            }
            OpenError::Exists { .. } => Self::invalid(message, "Open it, or choose another name."),
            OpenError::NotAWorkspace { .. } => {
                Self::invalid(message, "Choose a file that Slipway made.")
            }
            OpenError::Foreign { .. } => Self::refused(
                message,
                "Somebody changed its structure, so nothing in it is used. Take a copy that Slipway made.",
            ),
            OpenError::SecondName { .. } => Self::refused(
                message,
                "Remove the other name, or make it a copy of its own.",
            ),
            OpenError::Newer { .. } => Self::refused(message, "Open it with the newer Slipway."),
            OpenError::Migration { .. } => Self::failed(message, "A copy of it lies beside it."),
            OpenError::Io { .. } => Self::failed(message, UNWRITABLE),
            // What to do does not depend on when it shows.
            OpenError::Store { source, .. } => Self {
                message,
                ..source.into()
            },
        }
    }
}

/// An error's text, which begins small, as a sentence.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
