//! `slipway` alone hands over to the program with the window, where there is one.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Stands in for the window: says which one it is, and ends as only it would.
const WINDOW: &str = "#!/bin/sh\necho \"$0 was given $# arguments\"\nexit 7\n";

/// A folder with the program in it, as if installed there.
struct Installed(TempDir);

impl Installed {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // By a process of its own: see what `execve` says of a file that another process has open for writing.
        let copied = Command::new("cp")
            .arg(env!("CARGO_BIN_EXE_slipway"))
            .arg(folder.path())
            .status();
        assert!(copied.expect("cp runs").success());
        Self(folder)
    }

    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.0.path().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    fn run(&self, path: &Path) -> Output {
        Command::new(self.0.path().join("slipway"))
            .env_clear()
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .expect("the program starts")
    }
}

fn put_window(folder: &Path) {
    let window = folder.join("slipway-window");
    fs::write(&window, WINDOW).expect("a file");
    fs::set_permissions(&window, fs::Permissions::from_mode(0o755)).expect("a mode");
}

#[test]
fn alone_it_opens_the_window_where_that_is_installed() {
    let installed = Installed::new();
    let path = installed.folder("path");

    let without = installed.run(&path);
    let said = String::from_utf8_lossy(&without.stderr);
    assert_eq!(without.status.code(), Some(2), "a usage error: {said}");
    assert!(without.stdout.is_empty(), "{without:?}");
    assert!(
        said.contains("slipway-window") && said.contains("hint: Install"),
        "it says what is missing and how to get it: {said}"
    );

    for (place, what) in [
        (path.as_path(), "on the path"),
        (installed.0.path(), "beside it"),
    ] {
        put_window(place);
        let ended = installed.run(&path);
        let said = String::from_utf8_lossy(&ended.stdout);
        assert_eq!(ended.status.code(), Some(7), "{what}: {ended:?}");
        assert_eq!(
            said.trim(),
            format!(
                "{} was given 0 arguments",
                place.join("slipway-window").display()
            ),
            "{what}"
        );
    }
}
