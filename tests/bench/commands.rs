//! Short commands, as a script or a prompt runs them all day: what a start costs, and what is read of a workspace.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::measure::{Measured, median_of, print_alone, print_row, run};
use crate::{done, git, slipway};

/// How often each is run.
const RUNS: usize = 21;

/// Measures in a home of its own.
pub(crate) fn measure(folder: &Path) {
    let home = folder.join("commands-home");
    fs::create_dir_all(&home).expect("a home");
    let many = |command: &dyn Fn() -> Command| -> Measured {
        median_of(&[(); RUNS].map(|()| run(command())))
    };
    print_row(
        "slipway --version ÷ git --version",
        &many(&|| slipway(&home, &["--version"])),
        &many(&|| git(folder, &["--version"])),
        "under 10 ms and 15 MB",
    );

    let on_sample = |arguments: &[&str]| {
        let mut command = slipway(&home, arguments);
        command.env_remove("SLIPWAY_WORKSPACE");
        command
    };
    done(on_sample(&["sample", "open"]));
    let create = ["release", "create", "spring", "--from", "development"];
    done(on_sample(&[&create[..], &["--to", "staging"]].concat()));
    done(on_sample(&["release", "open", "spring"]));
    for arguments in [
        &["env", "list"][..],
        &["release", "list"],
        &["plan", "spring", "--offline"],
        &["plan", "spring"],
    ] {
        print_alone(
            &format!("slipway {}, of the sample", arguments.join(" ")),
            &many(&|| on_sample(arguments)),
            "under 30 ms",
        );
    }
}
