//! A parent that was killed ends nothing: its child does so itself.
#![cfg(unix)]

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use slipway_pictures::child::ARGUMENT;

/// Takes minutes.
const SLOW: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><filter id="f"><feTurbulence baseFrequency=".01" numOctaves="9999999"/></filter><rect width="100" height="100" filter="url(#f)"/></svg>"##;

#[test]
fn a_child_whose_parent_is_gone_ends_in_the_middle_of_a_picture() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_slipway-draw-picture"))
        .arg(ARGUMENT)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the child starts");
    let bounds = r#"{"width":400,"height":300}"#;
    let request = format!("{{\"bounds\":{bounds},\"bytes\":{}}}\n{SLOW}", SLOW.len());
    let mut input = child.stdin.take().expect("a pipe");
    input
        .write_all(request.as_bytes())
        .expect("it reads a request");
    // As when a parent ends: nobody writes or reads any more.
    drop(input);
    let ended = child.wait().expect("it ends");
    assert_eq!(
        ended.signal(),
        Some(Signal::XCPU.as_raw()),
        "the system ends it when its time is up"
    );
}

#[test]
fn a_child_that_is_idle_ends_with_its_input() {
    let ended = Command::new(env!("CARGO_BIN_EXE_slipway-draw-picture"))
        .arg(ARGUMENT)
        .stdin(Stdio::null())
        .status()
        .expect("the child starts");
    assert!(ended.success(), "{ended}");
}
