//! Who holds a lock: this process, recognisable by other processes as alive or gone.
//!
//! A lease alone would make the next start wait for its end after a crash. So each process that deploys also holds a
//! file lock beside the workspace, which the operating system lets go when the process ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The port to which processes are there that hold locks, this one among them.
pub trait Presence: Send + Sync {
    /// The name under which this process holds locks; no other has it.
    fn name(&self) -> &str;

    /// Makes this process recognisable as alive, until it ends.
    ///
    /// # Errors
    /// When that can't be done: then it takes no lock.
    fn declare(&self) -> std::io::Result<()>;

    /// Whether the process of that name is still there.
    fn is_alive(&self, name: &str) -> bool;
}

/// This process as a holder of locks in one workspace.
#[derive(Debug)]
pub(crate) struct Holder {
    name: String,
    folder: PathBuf,
    held: Mutex<Option<File>>,
}

impl Holder {
    pub(crate) fn new(workspace: &Path, unique: u64) -> Self {
        let mut folder = workspace.as_os_str().to_owned();
        folder.push(".locks");
        Self {
            name: format!("{unique:016x}"),
            folder: folder.into(),
            held: Mutex::default(),
        }
    }

    /// Locks this process's file. Another one may take it for a dead holder's in the moment between making and locking,
    /// and remove it: then it is made again.
    fn lock_own_file(&self) -> std::io::Result<File> {
        let path = self.folder.join(&self.name);
        loop {
            self.make_folder()?;
            // Never through a link that lies there: a new name has no file yet.
            let opened = OpenOptions::new()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(&path);
            let file = match opened {
                // The last other holder took the folder with it.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                // Left by a holder that had this name before.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    fs::remove_file(&path)?;
                    continue;
                }
                opened => opened?,
            };
            file.lock()?;
            if fs::metadata(&path).is_ok_and(|found| is_same(&found, &file)) {
                return Ok(file);
            }
        }
    }

    /// Makes the folder of the locks. A link in its place is refused: files are made and removed in it.
    fn make_folder(&self) -> std::io::Result<()> {
        match fs::DirBuilder::new().mode(0o700).create(&self.folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => made?,
        }
        if fs::symlink_metadata(&self.folder).is_ok_and(|found| !found.is_dir()) {
            return Err(std::io::Error::new(
                ErrorKind::NotADirectory,
                format!("{} is no folder", self.folder.display()),
            ));
        }
        Ok(())
    }

    /// Removes the files of holders that were killed; each while it is locked here, so that no living one loses its own.
    fn bury_the_gone(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name != self.name.as_str()
                && name.to_str().is_some_and(is_name)
                && let Ok(file) = File::open(entry.path())
                && file.try_lock().is_ok()
            {
                fs::remove_file(entry.path()).ok();
            }
        }
    }
}

impl Presence for Holder {
    fn name(&self) -> &str {
        &self.name
    }

    /// Buries those too that ended without doing so.
    fn declare(&self) -> std::io::Result<()> {
        let mut held = self
            .held
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if held.is_none() {
            *held = Some(self.lock_own_file()?);
            self.bury_the_gone();
        }
        Ok(())
    }

    /// A holder that left no file is gone.
    fn is_alive(&self, name: &str) -> bool {
        if name == self.name {
            return true;
        }
        // The name comes from the workspace file: it must lead nowhere else.
        if !is_name(name) {
            return false;
        }
        let file = match File::open(self.folder.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return false,
            // There, and not to be looked at: somebody else's, so it counts.
            Err(_) => return true,
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

/// Whether a text is the name of a holder: sixteen hexadecimal digits.
fn is_name(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether that is the open file.
fn is_same(found: &fs::Metadata, file: &File) -> bool {
    file.metadata()
        .is_ok_and(|own| own.dev() == found.dev() && own.ino() == found.ino())
}

impl Drop for Holder {
    fn drop(&mut self) {
        let held = self
            .held
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if held.take().is_some() {
            fs::remove_file(self.folder.join(&self.name)).ok();
            // Only goes when no other holder has a file there.
            fs::remove_dir(&self.folder).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_alive_while_it_is_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workspace = folder.path().join("w.slipway");
        let first = Holder::new(&workspace, 1);
        first.declare().expect("a lock file");
        let second = Holder::new(&workspace, 2);
        assert!(second.is_alive(first.name()), "its file is locked");
        let name = first.name().to_owned();
        drop(first);
        assert!(!second.is_alive(&name), "its file is gone");
        assert!(!second.is_alive("0000000000000009"), "it was never there");
    }

    #[test]
    fn a_name_from_a_file_leads_nowhere_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outside = File::create(folder.path().join("outside")).expect("a file");
        outside.lock().expect("a lock");
        let first = Holder::new(&folder.path().join("w.slipway"), 1);
        first.declare().expect("a lock file");
        for name in ["../outside", "/dev/zero", "", "."] {
            assert!(!first.is_alive(name), "{name} is no holder's");
        }
    }

    #[test]
    fn links_in_the_place_of_locks_are_not_followed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let theirs = folder.path().join("theirs");
        fs::create_dir(&theirs).expect("a folder");
        fs::write(theirs.join("0000000000000009"), "mine").expect("a file");
        let workspace = folder.path().join("w.slipway");
        let locks = folder.path().join("w.slipway.locks");
        std::os::unix::fs::symlink(&theirs, &locks).expect("a link");
        let refused = Holder::new(&workspace, 1).declare();
        assert!(refused.is_err(), "a link is no folder: {refused:?}");
        assert_eq!(
            fs::read_dir(&theirs).map_or(0, Iterator::count),
            1,
            "as it was"
        );

        fs::remove_file(&locks).expect("the link goes");
        fs::create_dir(&locks).expect("a folder");
        let note = locks.join("note.txt");
        fs::write(&note, "mine").expect("a file of somebody else");
        let victim = theirs.join("0000000000000009");
        let own = locks.join("0000000000000001");
        std::os::unix::fs::symlink(&victim, own).expect("a link");
        let holder = Holder::new(&workspace, 1);
        holder.declare().expect("a lock file");
        assert!(note.exists(), "what is no holder's stays");
        assert_eq!(fs::read(&victim).expect("the file"), b"mine");
    }

    #[test]
    fn what_killed_holders_left_goes_with_the_next_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workspace = folder.path().join("w.slipway");
        let first = Holder::new(&workspace, 1);
        first.declare().expect("a lock file");
        let locks = folder.path().join("w.slipway.locks");
        // Killed before it took any lock in the workspace: nothing else names it.
        fs::write(locks.join("0000000000000009"), "").expect("a file of a dead holder");
        let second = Holder::new(&workspace, 2);
        second.declare().expect("a lock file");
        let left = || fs::read_dir(&locks).map_or(0, Iterator::count);
        assert_eq!(left(), 2, "the living ones' files stay");
        assert!(second.is_alive(first.name()) && first.is_alive(second.name()));
        drop((first, second));
        assert_eq!(left(), 0);
    }
}
