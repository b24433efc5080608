//! Runs the built program without a window, each time as a script would: in a home of its own, told apart from the
//! tester's, and judged by its exit code, its output and what it left on the disk.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Who acts in these tests.
const PERSON: &str = "Ada Byron <ada@northwind.example>";

/// A person's home with a workspace in it. It goes when it is dropped.
pub(crate) struct Desk {
    home: TempDir,
}

impl Desk {
    /// Makes an empty home; there is no workspace yet.
    pub(crate) fn empty() -> Self {
        let home = tempfile::Builder::new()
            .prefix("slipway-")
            .tempdir()
            .expect("a temporary folder");
        Self { home }
    }

    /// Makes a home with an empty workspace.
    pub(crate) fn new() -> Self {
        let desk = Self::empty();
        desk.done(&["workspace", "init", desk.text(&desk.workspace())]);
        desk
    }

    /// A path below the home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The workspace file that [`Desk::new`] makes.
    pub(crate) fn workspace(&self) -> PathBuf {
        self.path("northwind.slipway")
    }

    /// Adds a folder of this home as an environment, by its own name.
    #[allow(dead_code, reason = "shared by tests of which some connect otherwise")]
    pub(crate) fn add(&self, name: &str, more: &[&str]) {
        let path = self.path(name);
        let fixed = ["env", "add", name, "--platform", "folder", "--path"];
        let mut arguments = fixed.to_vec();
        arguments.push(self.text(&path));
        arguments.extend(more);
        self.done(&arguments);
    }

    /// The program with these arguments, ready to run; it remembers nothing of the tester's environment.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .env("SLIPWAY_USER", PERSON)
            .stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        for name in ["DATA", "CONFIG", "CACHE", "STATE"] {
            let folder = self.path(&name.to_lowercase());
            command.env(format!("XDG_{name}_HOME"), folder);
        }
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().expect("the program runs");
        Ended {
            line: arguments.join(" "),
            exit: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs the program with `--json`, which has to do what it was asked, and gives its answer.
    pub(crate) fn done(&self, arguments: &[&str]) -> Value {
        self.ends(0, arguments)
    }

    /// Runs the program with `--json`, which has to end with this exit code, and gives its answer.
    pub(crate) fn ends(&self, exit: i32, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let ended = self.run(&arguments);
        assert_eq!(ended.exit, Some(exit), "the exit code of {ended}");
        ended.json()
    }

    /// A path as an argument.
    pub(crate) fn text<'a>(&self, path: &'a Path) -> &'a str {
        path.to_str().expect("temporary paths are UTF-8")
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    line: String,
    /// The exit code; nothing when a signal ended it.
    pub(crate) exit: Option<i32>,
    /// What it printed.
    pub(crate) stdout: Vec<u8>,
    /// What it said beside.
    pub(crate) stderr: String,
}

impl Ended {
    /// What it printed, as exactly one JSON object.
    pub(crate) fn json(&self) -> Value {
        let value: Value = serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("one JSON value expected ({error}) of {self}"));
        assert!(value.is_object(), "a JSON object expected of {self}");
        value
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stdout = String::from_utf8_lossy(&self.stdout);
        let Self {
            line, exit, stderr, ..
        } = self;
        write!(
            f,
            "`slipway {line}`, which ended with {exit:?} and printed:\n{stdout}\n{stderr}"
        )
    }
}

/// Writes a file and the folders above it.
#[allow(dead_code, reason = "shared by tests of which some need no files")]
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a new folder");
    fs::write(path, bytes).expect("a new file");
}
