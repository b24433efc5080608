//! A no, with its reason and what to do about it.

/// What kind of no it is; callers act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// What was asked for is malformed or names something unknown.
    Invalid,
    /// The release or deployment is in a state in which it can't be.
    State,
    /// Approvals are missing.
    Approval,
    /// It would delete so much that somebody has to say so.
    Deletions,
    /// What was looked at is not what there is any more.
    Stale,
}

/// Why something can't be, and what a person can do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind of no.
    pub kind: RefusalKind,
    /// One sentence that names the thing.
    pub message: String,
    /// What to do.
    pub hint: String,
}

pub(crate) fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal {
        kind: RefusalKind::Invalid,
        message: message.into(),
        hint: hint.into(),
    }
}

pub(crate) fn stale(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal {
        kind: RefusalKind::Stale,
        message: message.into(),
        hint: hint.into(),
    }
}

pub(crate) fn wrong_state(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal {
        kind: RefusalKind::State,
        message: message.into(),
        hint: hint.into(),
    }
}
