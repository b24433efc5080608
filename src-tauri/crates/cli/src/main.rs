//! `slipway`: the commands, for people and scripts, on machines with and without a display.

use std::process::ExitCode;

fn main() -> ExitCode {
    slipway_machine::forbid_core_dumps();
    slipway_machine::draw_if_asked().unwrap_or_else(|| slipway_cli::run(std::env::args_os()))
}
