//! The commands on a machine that has nothing but the C library: a build server, a container.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The program, as cargo built it.
const PROGRAM: &str = env!("CARGO_BIN_EXE_slipway");

/// Libraries that every Linux with glibc has: parts of the C library, and the compiler's own. Names end where versions begin.
const EVERYWHERE: &[&str] = &[
    "ld-linux",
    "libc.so",
    "libdl.so",
    "libgcc_s.so",
    "libm.so",
    "libpthread.so",
    "librt.so",
    "linux-vdso.so",
];

/// The libraries that the loader brings in for the program, as (name, place), those of libraries included. The kernel's own
/// has no place.
fn libraries() -> Vec<(String, Option<PathBuf>)> {
    // The loader lists what it would load, and stops.
    let output = Command::new(PROGRAM)
        .env_clear()
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .output()
        .expect("the program is there");
    let listed = String::from_utf8(output.stdout).expect("plain names");
    let libraries: Vec<_> = listed.lines().filter_map(library).collect();
    assert!(
        libraries.iter().any(|(name, _)| name == "libc.so.6"),
        "the loader lists libraries: {listed}"
    );
    libraries
}

/// Reads one line of the loader's: `libm.so.6 => /lib/libm.so.6 (0x7f…)`, or a path or a name alone.
fn library(line: &str) -> Option<(String, Option<PathBuf>)> {
    let (named, _) = line.trim().rsplit_once(" (")?;
    let (name, place) = named.split_once(" => ").unwrap_or((named, named));
    let name = Path::new(name).file_name()?.to_str()?.to_owned();
    Some((name, place.starts_with('/').then(|| place.into())))
}

#[test]
fn the_program_needs_no_library_beyond_the_c_library() {
    let libraries = libraries();
    let others: Vec<&str> = libraries
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !EVERYWHERE.iter().any(|known| name.starts_with(known)))
        .collect();
    assert!(others.is_empty(), "the commands need {others:?}");
}

/// A file system that holds the program, the libraries that it names, and what the test puts there.
struct BareRoot(tempfile::TempDir);

impl BareRoot {
    fn new() -> Self {
        let root = Self(tempfile::tempdir().expect("a temporary folder"));
        root.copy(Path::new(PROGRAM), "slipway");
        for place in libraries().into_iter().filter_map(|(_, place)| place) {
            let below = place.strip_prefix("/").expect("an absolute path");
            root.copy(&place, below);
        }
        for folder in ["home", "tmp"] {
            fs::create_dir(root.path(folder)).expect("a folder");
        }
        root
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// Copies a file, by a process of its own: one that was open for writing in this process, another thread's child may
    /// hold open at the moment at which the program is to start.
    fn copy(&self, from: &Path, to: impl AsRef<Path>) {
        let to = self.path(to);
        fs::create_dir_all(to.parent().expect("a file lies in a folder")).expect("a folder");
        let copied = Command::new("cp")
            .args([OsStr::new("-L"), from.as_os_str(), to.as_os_str()])
            .status();
        assert!(copied.expect("cp runs").success(), "{}", from.display());
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Runs a command with this as all that there is. Someone who is not root is so in a namespace of their own.
    fn run(&self, arguments: &[&str]) -> std::io::Result<Output> {
        Command::new("unshare")
            .args(["--user", "--map-root-user", "--root"])
            .arg(self.0.path())
            .arg("/slipway")
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", "/home")
            .env("SLIPWAY_USER", "Ada Byron <ada@northwind.example>")
            .env("SLIPWAY_WORKSPACE", "/home/northwind.slipway")
            .stdin(Stdio::null())
            .output()
    }

    /// Runs a command that has to succeed, and gives its JSON object.
    fn done(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments).expect("unshare ran before");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }
}

#[test]
fn a_release_is_deployed_on_a_machine_with_nothing_else_on_it() {
    let root = BareRoot::new();
    match root.run(&["--version"]) {
        Ok(output) if output.status.success() => {
            let version = String::from_utf8_lossy(&output.stdout);
            assert_eq!(
                version.trim(),
                concat!("slipway ", env!("CARGO_PKG_VERSION"))
            );
        }
        Ok(output) if output.stderr.starts_with(b"unshare: ") => {
            let why = String::from_utf8_lossy(&output.stderr);
            return println!("skipped: this machine allows no namespaces: {}", why.trim());
        }
        Ok(output) => panic!("it does not start: {output:?}"),
        Err(error) => return println!("skipped: `unshare` does not run: {error}"),
    }
    root.write("new/sections/header.liquid", "<header>new</header>\n");
    root.write("old/sections/header.liquid", "<header>old</header>\n");
    for arguments in [
        &["workspace", "init", "/home/northwind.slipway"][..],
        &[
            "env",
            "add",
            "old",
            "--platform=folder",
            "--layout=theme",
            "--path=/old",
        ],
        &[
            "env",
            "add",
            "new",
            "--platform=folder",
            "--layout=theme",
            "--path=/new",
            "--promotes-to=old",
        ],
        &["release", "create", "spring", "--from=new", "--to=old"],
        &["release", "open", "spring"],
    ] {
        root.done(&[arguments, &["--json"]].concat());
    }
    let environments = root.done(&["env", "list", "--json"]);
    assert_eq!(
        environments["environments"].as_array().map(Vec::len),
        Some(2)
    );
    let plan = root.done(&["plan", "spring", "--json"]);
    assert_eq!(
        plan["operations"][0]["resource"], "theme/file:sections/header.liquid",
        "{plan}"
    );
    let deployed = root.done(&["deploy", "spring", "--json"]);
    assert_eq!(deployed["state"], "deployed", "{deployed}");
    let header = fs::read_to_string(root.path("old/sections/header.liquid")).expect("a file");
    assert_eq!(header, "<header>new</header>\n");
}
