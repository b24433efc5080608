//! Modes of files and folders: which new ones get, and which come back with what a rollback restores.
//!
//! Written down as `755/600`: the folders on the way, outermost first, then the file, in octal. Invariant: only rights of
//! reading, writing and entering come back; nothing runs as somebody else for it.

use std::os::fd::{AsFd as _, OwnedFd};

use super::beneath;

/// The mode of a new file, whatever the umask is.
pub(super) const NEW_FILE: u32 = 0o644;
/// The mode of a new folder, whatever the umask is.
pub(super) const NEW_FOLDER: u32 = 0o755;
/// The mode of a folder that nobody else has to look into.
pub(super) const PRIVATE_FOLDER: u32 = 0o700;

/// What of a mode is ever given to a file.
const RIGHTS: u32 = 0o777;

/// The modes along a path; nothing is known of what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Modes(Vec<u32>);

impl Modes {
    /// Those of a file and of the folders that lead to it; `None` where it is not there.
    pub(super) fn of(root: &OwnedFd, path: &str) -> Option<Self> {
        let mut modes = Vec::new();
        let mut folder = beneath::open_folder(root.as_fd(), "").ok()?;
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        for part in parent.split('/').filter(|part| !part.is_empty()) {
            folder = beneath::open_folder(folder.as_fd(), part).ok()?;
            modes.push(rustix::fs::fstat(&folder).ok()?.st_mode & RIGHTS);
        }
        modes.push(beneath::stat(folder.as_fd(), name).ok()?.st_mode & RIGHTS);
        Some(Self(modes))
    }

    /// Reads what was written down; nothing where that is not what this program writes.
    pub(super) fn parse(text: &str) -> Self {
        let parts = text.split('/').map(|part| u32::from_str_radix(part, 8));
        let modes: Result<Vec<u32>, _> = parts.collect();
        let modes = modes.unwrap_or_default();
        Self(modes.into_iter().map(|mode| mode & RIGHTS).collect())
    }

    /// Of the file at a path.
    pub(super) fn file(&self, path: &str) -> u32 {
        let is_of_it = self.0.len() == path.split('/').count();
        let known = self.0.last().filter(|_| is_of_it);
        known.copied().unwrap_or(NEW_FILE)
    }

    /// Of the folder that is so deep on the way to the file, from 0. One that nobody could write to would be in the way.
    pub(super) fn folder(&self, depth: usize) -> u32 {
        let known = self.0.split_last().and_then(|(_, above)| above.get(depth));
        known.map_or(NEW_FOLDER, |mode| mode | PRIVATE_FOLDER)
    }
}

impl std::fmt::Display for Modes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|mode| format!("{mode:o}")).collect();
        f.write_str(&parts.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_down_is_read_and_nothing_else() {
        for (text, file, folder) in [
            ("750/600", 0o600, 0o750),
            ("755/4755", 0o755, 0o755),
            ("0/0", 0, 0o700),
            ("600", NEW_FILE, NEW_FOLDER),
            ("7x5/600", NEW_FILE, NEW_FOLDER),
            ("", NEW_FILE, NEW_FOLDER),
            ("1/2/3", NEW_FILE, 0o701),
            ("-1/600", NEW_FILE, NEW_FOLDER),
        ] {
            let modes = Modes::parse(text);
            let found = (modes.file("assets/a.css"), modes.folder(0));
            assert_eq!(found, (file, folder), "{text:?}");
        }
        assert_eq!(Modes(vec![0o755, 0o600]).to_string(), "755/600");
    }
}
