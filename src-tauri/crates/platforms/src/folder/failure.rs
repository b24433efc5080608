//! What goes wrong with files, in words.

use rustix::io::Errno;
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

/// Tells what the system said when something was to be done with `place`; `doing` as in "`place` can't be written".
pub(super) fn told(place: &str, doing: &str, errno: Errno) -> PlatformError {
    let message = format!("`{place}` can't be {doing}: {}.", reason(errno));
    match errno {
        Errno::NOSPC | Errno::DQUOT => {
            unavailable(message, "Free space on the disk, then try again.")
        }
        Errno::ACCESS | Errno::PERM => refused(
            message,
            "Give yourself the right to it, or run as a user that has it.",
        ),
        Errno::ROFS => refused(message, "Mount the disk so that it can be written."),
        Errno::LOOP => refused(
            message,
            "Put a real file or folder in the place of the link.",
        ),
        Errno::NOTDIR => refused(
            message,
            "Move the file that stands where a folder is needed.",
        ),
        Errno::ISDIR => refused(
            message,
            "Move the folder that stands where the file belongs.",
        ),
        Errno::NAMETOOLONG => refused(message, "Give the resource a shorter name."),
        Errno::NOENT => unavailable(
            message,
            "See whether the folder was moved or its disk is not mounted.",
        ),
        _ => unavailable(
            message,
            "Try again; if it stays so, see whether the disk is in order.",
        ),
    }
}

/// The system's reason, in a few words that need no manual.
pub(super) fn reason(errno: Errno) -> String {
    match errno {
        Errno::NOSPC => "the disk is full".into(),
        Errno::DQUOT => "the disk quota is used up".into(),
        Errno::ACCESS | Errno::PERM => "permission denied".into(),
        Errno::ROFS => "the disk is read-only".into(),
        Errno::LOOP => "it is a link, and links are not followed".into(),
        Errno::NOTDIR => "a folder on the way to it is a file or a link".into(),
        Errno::ISDIR => "it is a folder".into(),
        Errno::NAMETOOLONG => "its name is too long".into(),
        Errno::NOENT => "it is not there".into(),
        other => std::io::Error::from(other).to_string(),
    }
}

/// Runs what waits for the disk on a thread that may.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PlatformError> + Send + 'static,
) -> Result<T, PlatformError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(PlatformError::Unclear {
                message: "The program ended before the file system answered.".into(),
            }),
        },
    }
}
