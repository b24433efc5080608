//! `slipway-window`: opens the window. The commands are those of `slipway`.

use std::env;
use std::ffi::OsStr;
use std::process::ExitCode;

/// As `slipway` ends when its arguments are wrong.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    slipway_machine::forbid_core_dumps();
    if let Some(code) = slipway_machine::draw_if_asked() {
        return code;
    }
    if let Some(argument) = env::args_os().nth(1) {
        return answer(&argument);
    }
    match slipway_window::open_window() {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Answers an argument: the only one there is asks for the version.
fn answer(argument: &OsStr) -> ExitCode {
    if argument == "--version" {
        println!("slipway-window {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    eprintln!("error: slipway-window opens the window and takes no arguments");
    eprintln!("hint: The commands are those of `slipway`: `slipway --help` lists them.");
    ExitCode::from(EXIT_USAGE)
}
