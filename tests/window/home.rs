//! A folder that stands in for a person's home, and Slipway's programs in it.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

/// The program with the window.
pub(crate) const WINDOW: &str = env!("CARGO_BIN_EXE_slipway-window");

/// The program with the commands. It belongs to another package, so cargo does not build it for these tests; the window
/// looks for it where they do: beside itself.
///
/// # Errors
///
/// When it is not there.
pub(crate) fn commands() -> Result<PathBuf> {
    let program = Path::new(WINDOW).with_file_name("slipway");
    ensure!(
        program.is_file(),
        "{} is missing: `make` builds it before the tests and benches that need it",
        program.display()
    );
    Ok(program)
}

/// A folder that stands in for a person's home. It goes when it is dropped.
pub(crate) struct Home(TempDir);

impl Home {
    /// Makes an empty home.
    ///
    /// # Errors
    ///
    /// When no temporary folder can be made.
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("slipway-").tempdir()?;
        for name in ["data", "config", "cache", "state", "run", "tmp"] {
            let path = folder.path().join(name);
            // The runtime folder must be its owner's alone.
            fs::DirBuilder::new().mode(0o700).create(path)?;
        }
        Ok(Self(folder))
    }

    /// The home's path; `data`, `config`, `cache` and `state` in it are the XDG folders.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs a command in this home, beside the one that is open, and gives its answer.
    ///
    /// # Errors
    ///
    /// When it does not do what it was asked; the error holds what it printed.
    pub(crate) fn headless(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = Command::new(commands()?);
        command
            .args(arguments)
            .arg("--json")
            .env_clear()
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("SLIPWAY_USER", "Ada Byron <ada@northwind.example>")
            .stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        self.live_in(&mut command);
        let output = command.output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`slipway {}` printed:\n{said}", arguments.join(" "));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Makes a program take this home for its person's.
    pub(super) fn live_in(&self, command: &mut Command) {
        command
            .env("TMPDIR", self.path().join("tmp"))
            .env("HOME", self.path())
            .env("XDG_RUNTIME_DIR", self.path().join("run"));
        for name in ["DATA", "CONFIG", "CACHE", "STATE"] {
            let folder = self.path().join(name.to_lowercase());
            command.env(format!("XDG_{name}_HOME"), folder);
        }
    }

    pub(super) fn driver_log(&self) -> String {
        fs::read_to_string(self.path().join("driver.log")).unwrap_or_default()
    }
}
