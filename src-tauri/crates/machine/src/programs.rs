//! Where Slipway's programs lie on this machine.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The program with the commands.
pub const COMMANDS: &str = "slipway";
/// The program with the window.
pub const WINDOW: &str = "slipway-window";

/// Finds one of Slipway's programs: beside the one that runs, else on `$PATH`. `None` when it is in neither place.
pub fn find(name: &str) -> Option<PathBuf> {
    let own = env::current_exe().ok();
    let own_folder = own.as_deref().and_then(Path::parent);
    find_in(name, own_folder, env::var_os("PATH").as_deref())
}

fn find_in(name: &str, own_folder: Option<&Path>, path: Option<&OsStr>) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let on_path = path.into_iter().flat_map(env::split_paths);
    own_folder
        .map(Path::to_owned)
        .into_iter()
        // A folder named from where one happens to be is no place to run programs from.
        .chain(on_path.filter(|folder| folder.is_absolute()))
        .map(|folder| folder.join(&file))
        .find(|program| is_executable(program))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_program_is_found_beside_this_one_then_on_the_path() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folder = |name: &str, mode: Option<u32>| {
            let folder = root.path().join(name);
            fs::create_dir(&folder).expect("a folder");
            if let Some(mode) = mode {
                let program = folder.join(WINDOW);
                fs::write(&program, "").expect("a file");
                fs::set_permissions(&program, fs::Permissions::from_mode(mode)).expect("a mode");
            }
            folder
        };
        let (with, other) = (folder("with", Some(0o755)), folder("other", Some(0o755)));
        let (without, not_executable) = (folder("without", None), folder("text", Some(0o644)));
        let relative = PathBuf::from("with");
        let cases: [(&str, &Path, &[&PathBuf], Option<&PathBuf>); 6] = [
            ("beside", &with, &[&other], Some(&with)),
            ("on the path", &without, &[&with, &other], Some(&with)),
            ("not executable", &not_executable, &[&other], Some(&other)),
            ("nowhere", &without, &[&not_executable], None),
            ("no path at all", &without, &[], None),
            ("a relative folder", &without, &[&relative], None),
        ];
        for (what, own, path, expected) in cases {
            let path = env::join_paths(path).expect("plain names");
            assert_eq!(
                find_in(WINDOW, Some(own), Some(&path)),
                expected.map(|folder| folder.join(WINDOW)),
                "{what}"
            );
        }
    }
}
