//! The command line: the program `slipway`.
//!
//! A thin host of `api`: it reads arguments, calls commands, prints what they answer, and turns error codes into exit
//! codes. No rule about releases lives here. Deliberately absent: the window and every library that it needs, so that
//! the commands run on machines without a display.

// Every way to a terminal leads through `text`.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod ask;
mod commands;
mod output;
mod text;
mod window;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use slipway_api::Api;
use slipway_machine::Machine;

/// Runs a command line, the program's name first; opens the window when there is nothing else. Returns the exit code:
/// 0 done, 1 failed, 2 usage, 3 refused, 4 drift or conflict.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.len() <= 1 {
        return window::open()
            .unwrap_or_else(|error| output::print_error(&error, output::Format::Text));
    }
    let wants_json = arguments.iter().any(|argument| argument == "--json");
    let arguments = match args::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) if wants_json && error.use_stderr() => {
            let text = error.to_string();
            let message = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
            return output::print_error(&ask::usage(message), output::Format::Json);
        }
        // Help and version are no errors; everything else is a usage error.
        Err(error) if !error.use_stderr() => {
            error.print().ok();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            for line in error.to_string().lines() {
                text::say(line);
            }
            return ExitCode::from(output::EXIT_USAGE);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            text::say(format!("error: no threads could be started: {error}"));
            return ExitCode::from(output::EXIT_FAILED);
        }
    };
    let format = if arguments.json {
        output::Format::Json
    } else {
        output::Format::Text
    };
    let ended = runtime.block_on(async {
        let machine = Arc::new(Machine::new());
        let mut api = Api::new(machine.clone());
        if let Some(person) = ask::person(arguments.user.as_deref(), &*machine)? {
            api = api.with_person(person);
        }
        commands::run(Arc::new(api), arguments).await
    });
    match ended {
        Ok(answer) => answer.print(format),
        Err(error) => output::print_error(&error, format),
    }
}
