//! What `slipway` does without a command: hands over to the program with the window.

use std::process::{Command, ExitCode};

use slipway_api::{ApiError, ErrorCode};
use slipway_machine::programs;

/// Opens the window in place of this program; where systems know no such thing, waits for its end.
///
/// # Errors
/// When it is not installed, or does not start.
pub(crate) fn open() -> Result<ExitCode, ApiError> {
    let program = programs::find(programs::WINDOW).ok_or_else(|| ApiError {
        code: ErrorCode::Invalid,
        message: format!(
            "The window is not installed: there is no `{}` beside this program or in $PATH",
            programs::WINDOW
        ),
        hint: "Install Slipway's desktop package, or run a command: `slipway --help` lists them."
            .to_owned(),
        retryable: false,
    })?;
    replaced_by(Command::new(&program)).map_err(|error| ApiError {
        code: ErrorCode::Failed,
        message: format!("{} could not be started: {error}", program.display()),
        hint: String::new(),
        retryable: false,
    })
}

#[cfg(unix)]
fn replaced_by(mut program: Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    // Returns only when the other program did not start.
    Err(program.exec())
}

#[cfg(not(unix))]
fn replaced_by(mut program: Command) -> std::io::Result<ExitCode> {
    let ended = program.status()?;
    let code = ended.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
