//! What can go wrong with a workspace file.

use std::path::PathBuf;

/// A read or a write that was not done; a write that gives an error has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another program has been writing for longer than the store waits.
    #[error("the workspace is being written by another program")]
    Busy,
    /// Something that was stored is not what it was.
    #[error("the workspace is damaged: {what}")]
    Damaged {
        /// What does not hold, as a clause: "blob 1f2e… does not have its bytes any more".
        what: String,
    },
    /// The disk has no room for what was to be written.
    #[error("the disk is full, so the workspace could not be written")]
    Full,
    /// The file, its folder or the disk does not let itself be written.
    #[error("the workspace can't be written: its file, its folder or its disk is read-only")]
    Unwritable,
    /// The disk does not do what is asked of it.
    #[error("the disk failed while the workspace was read or written: {0}")]
    Disk(String),
    /// A step that brings the file to a newer format could not be taken.
    #[error("step {step} could not be taken: {source}")]
    Step {
        /// The format that it leads to.
        step: u32,
        /// Why.
        source: Box<StoreError>,
    },
    /// The file is not known to be this machine's own, and is only read until a person has seen what it leads to.
    #[error("the workspace is open read-only until it is trusted")]
    ReadOnly,
    /// Somebody else appended records first: fold them and decide again.
    #[error("the workspace has newer records than this decision was based on")]
    Conflict,
    /// Whoever writes lost the lock on the place that it writes to: somebody else has it.
    #[error("the lock on {place} was lost: another deployment has it, or it ended")]
    Fenced {
        /// What was locked.
        place: String,
    },
    /// A document is larger than the store takes.
    #[error("{what} has {found} bytes; the store takes at most {limit}", limit = crate::BLOB_LIMIT_BYTES)]
    TooLarge {
        /// Whose document it is.
        what: String,
        /// The document's size in bytes.
        found: u64,
    },
    /// A place listed one resource twice: which of the two it holds can't be said.
    #[error("{key} was captured twice")]
    Twice {
        /// The resource.
        key: slipway_domain::ResourceKey,
    },
    /// What was to be changed is not there.
    #[error("the workspace does not hold {what}")]
    Missing {
        /// What was looked for: "operation 3 of deployment d1".
        what: String,
    },
    /// A write was given up because the code that made it failed.
    #[error("a write to the workspace was given up: {message}")]
    Panicked {
        /// What the code said.
        message: String,
    },
    /// The operating system refused something beside the file's content: a copy, a thread.
    #[error("the workspace could not be handled: {0}")]
    Io(#[from] std::io::Error),
    /// The writer has ended.
    #[error("the workspace is closed")]
    Closed,
    /// Anything else that SQLite reports.
    #[error("the workspace could not be read or written: {}", said(.0))]
    Sqlite(rusqlite::Error),
}

/// What SQLite says, without the statement that it says it of.
fn said(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

impl StoreError {
    /// A damaged file, with what of it.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match &error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged {
                    what: format!("SQLite says “{error}”"),
                },
                ErrorCode::DiskFull => Self::Full,
                ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
                    Self::Unwritable
                }
                // The index of the journal lies beside it, and could not grow.
                _ if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
                ErrorCode::SystemIoFailure => Self::Disk(error.to_string()),
                // Nobody interrupts but the budget of steps.
                ErrorCode::OperationInterrupted => Self::Damaged {
                    what: "reading it takes more steps than a file of its size can need".to_owned(),
                },
                _ => Self::Sqlite(error),
            },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => Self::Damaged {
                what: format!("a value can't be what it is ({error})"),
            },
            _ => Self::Sqlite(error),
        }
    }
}

/// A workspace that could not be created or opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no file.
    #[error("there is no workspace at {}", path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is a file already.
    #[error("{} exists already", path.display())]
    Exists {
        /// Where the workspace was to be made.
        path: PathBuf,
    },
    /// The file has a second name, under which another program would neither see its journal nor its locks.
    #[error("{} has another name as well (a hard link), under which it could be written at the same time", path.display())]
    SecondName {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a Slipway workspace", path.display())]
    NotAWorkspace {
        /// The file.
        path: PathBuf,
    },
    /// The file holds other tables, indices, triggers or views than a workspace of its format; it was left as it is.
    #[error("{} is not as Slipway makes it: it {difference}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The first difference, as a clause: "holds the trigger `x`, which no workspace of format 1 has".
        difference: String,
    },
    /// A newer Slipway wrote the file; it was left as it is.
    #[error(
        "{} was written by a newer Slipway (format {found}, this one knows up to {known}); it was not touched",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: u32,
        /// The newest format that this program understands.
        known: u32,
    },
    /// The file could not be brought to the present format; it is as it was.
    #[error("{} could not be brought from format {from} to {to}: {source}", path.display())]
    Migration {
        /// The file.
        path: PathBuf,
        /// The format that it has.
        from: u32,
        /// The format that it was to get.
        to: u32,
        /// Why.
        source: StoreError,
    },
    /// The file system refused.
    #[error("{} could not be opened: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file can't be used.
    #[error("{} could not be opened: {source}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
}
