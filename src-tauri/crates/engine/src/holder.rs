//! Who holds a lock: this process, recognisable by other processes as alive or gone.
//!
//! A lease alone would make the next start wait for its end after a crash. So each process that deploys also holds a
//! file lock beside the workspace, which the operating system lets go when the process ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

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

    /// The name under which this process holds locks.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes this process recognisable as alive; kept until it ends.
    pub(crate) fn declare(&self) -> std::io::Result<()> {
        let mut held = self
            .held
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if held.is_none() {
            fs::create_dir_all(&self.folder)?;
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(self.folder.join(&self.name))?;
            file.lock()?;
            *held = Some(file);
        }
        Ok(())
    }

    /// Whether the process of that name is still there. A holder that left no file is gone.
    pub(crate) fn is_alive(&self, name: &str) -> bool {
        if name == self.name {
            return true;
        }
        let file = match File::open(self.folder.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return false,
            // There, and not to be looked at: somebody else's, so it counts.
            Err(_) => return true,
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// Removes the file of a holder that is gone.
    pub(crate) fn bury(&self, name: &str) {
        fs::remove_file(self.folder.join(name)).ok();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let held = self
            .held
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if held.take().is_some() {
            self.bury(&self.name.clone());
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
}
