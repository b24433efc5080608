//! Starts Slipway: the window without arguments, the command line with them.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = slipway_cli::draw_if_asked() {
        return code;
    }
    if std::env::args_os().len() > 1 {
        return slipway_cli::run(std::env::args_os());
    }
    match slipway::open_window() {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            eprintln!("slipway: {error:#}");
            ExitCode::FAILURE
        }
    }
}
