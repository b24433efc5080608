//! The program with the window, started by somebody who wants something else of it. No display is needed for that.

use std::process::Command;

#[test]
fn arguments_are_answered_without_a_window() {
    let run = |argument: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_slipway-window"))
            .arg(argument)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .output()
            .expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("plain text");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let version = format!("slipway-window {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run("--version"), (Some(0), version, String::new()));
    for argument in ["plan", "--help", "/home/ada/northwind.slipway"] {
        let (exit, stdout, stderr) = run(argument);
        assert_eq!((exit, stdout.as_str()), (Some(2), ""), "{argument}");
        assert!(
            stderr.contains("hint: The commands are those of `slipway`"),
            "{argument}: {stderr}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_it_says_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_slipway-window"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: there is no display"), "{said}");
}
