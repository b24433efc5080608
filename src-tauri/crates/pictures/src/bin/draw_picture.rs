//! The child by itself; see `slipway_pictures::child`.

use std::process::ExitCode;

fn main() -> ExitCode {
    slipway_pictures::child::run_if_asked().unwrap_or(ExitCode::from(2))
}
