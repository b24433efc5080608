//! A tree of content that is written to: files replaced in one step, folders made and removed as needed.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{PoisonError, RwLock};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use slipway_domain::{Operation, ResourceKey};
use slipway_engine::{Holds as Held, PlatformError, Seen};

use super::beneath::{self, Reading, TEMP_PREFIX, TEMP_SUFFIX, is_leftover};
use super::capture::{FileStamp, stamp};
use super::failure::{refused, told};
use super::modes::Modes;
use super::names;
use super::settings::Holds;

/// How often a write starts over when the folder it writes to is removed under it.
const STARTS_MAX: u32 = 3;

/// A tree of content, opened to be written.
#[derive(Debug)]
pub(super) struct Tree {
    root: OwnedFd,
    holds: Holds,
    /// Writers share it; who removes empty folders has it alone, so that no folder goes while a file is on its way in.
    folders: RwLock<()>,
}

impl Tree {
    /// Takes the root of the tree, and what it holds.
    pub(super) fn new(root: OwnedFd, holds: Holds) -> Self {
        Self {
            root,
            holds,
            folders: RwLock::new(()),
        }
    }

    /// The opened root.
    pub(super) fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// What it holds.
    pub(super) fn holds(&self) -> Holds {
        self.holds
    }

    fn path(&self, key: &ResourceKey) -> Result<String, PlatformError> {
        names::path_of(key, self.holds).map_err(|bad| refused(bad.message, bad.hint))
    }

    /// Reads a resource; nothing if it is not there.
    pub(super) fn read(&self, key: &ResourceKey) -> Result<Option<Vec<u8>>, PlatformError> {
        Ok(self.look(key)?.map(|(bytes, _)| bytes))
    }

    /// Reads a resource, and the stamp by which it is known again.
    pub(super) fn look(
        &self,
        key: &ResourceKey,
    ) -> Result<Option<(Vec<u8>, FileStamp)>, PlatformError> {
        let path = self.path(key)?;
        let (parent, name) = split(&path);
        let folder = match beneath::open_folder(self.root.as_fd(), parent) {
            Ok(folder) => folder,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            Err(errno) => return Err(told(&path, "read", errno)),
        };
        match beneath::read_file(folder.as_fd(), name, |_| ()) {
            Reading::Whole(bytes, stat) => Ok(Some((bytes, stamp(&stat)))),
            Reading::Gone => Ok(None),
            Reading::Unreadable { why, hint } => Err(refused(format!("`{path}` {why}."), hint)),
        }
    }

    /// Does an operation: writes the bytes, or removes the file where there are none; but nothing where something else is
    /// there than what is expected.
    pub(super) fn apply(
        &self,
        operation: &Operation,
        bytes: Option<&[u8]>,
        expected: Expected,
    ) -> Result<(), PlatformError> {
        let path = self.path(&operation.resource)?;
        match bytes {
            Some(bytes) => self.write(&path, operation, bytes, expected),
            None => self.remove(&path, expected),
        }
    }

    /// What a deletion of the resource would take along beside its bytes; `None` where it is not there.
    pub(super) fn modes(&self, key: &ResourceKey) -> Option<Modes> {
        Modes::of(&self.root, &self.path(key).ok()?)
    }

    fn write(
        &self,
        path: &str,
        operation: &Operation,
        bytes: &[u8],
        expected: Expected,
    ) -> Result<(), PlatformError> {
        if bytes.len() as u64 > beneath::FILE_LIMIT_BYTES {
            return Err(refused(
                format!(
                    "`{path}` would have {} bytes; files up to {} bytes (20 MiB) are written.",
                    bytes.len(),
                    beneath::FILE_LIMIT_BYTES
                ),
                "Make it smaller, or leave it out of the release.",
            ));
        }
        let (parent, name) = split(path);
        let temp = format!("{TEMP_PREFIX}{}{TEMP_SUFFIX}", operation.id.0);
        let modes = (operation.attributes.as_deref()).map_or_else(Modes::default, Modes::parse);
        let _shared = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        let mut start = 1;
        let folder = loop {
            let folder =
                beneath::make_folder(self.root.as_fd(), parent, |depth| modes.folder(depth));
            let mode = modes.file(path);
            let result = folder.and_then(|folder| {
                write_beside(&folder, name, &temp, path, mode, bytes, expected).map(|()| folder)
            });
            match result {
                Ok(folder) => break folder,
                Err(Errno::NOENT) if start < STARTS_MAX => start += 1,
                Err(CHANGED) => return Err(changed(path)),
                Err(errno) => {
                    return Err(match names::reserved(path) {
                        Some(bad) if errno == Errno::INVAL => refused(bad.message, bad.hint),
                        _ => told(path, "written", errno),
                    });
                }
            }
        };
        rustix::fs::fsync(&folder).map_err(|errno| unclear(path, "written", errno))
    }

    fn remove(&self, path: &str, expected: Expected) -> Result<(), PlatformError> {
        let _alone = self.folders.write().unwrap_or_else(PoisonError::into_inner);
        let (mut parent, name) = split(path);
        match beneath::open_folder(self.root.as_fd(), parent) {
            Ok(folder) => {
                match beneath::stat(folder.as_fd(), name).map(|stat| beneath::kind_of(&stat)) {
                    _ if !expected.is_met(&folder, name) => return Err(changed(path)),
                    Ok(FileType::Symlink) => return Err(told(path, "removed", Errno::LOOP)),
                    Ok(_) | Err(Errno::NOENT) => {}
                    Err(errno) => return Err(told(path, "removed", errno)),
                }
                beneath::remove(folder.as_fd(), name)
                    .map_err(|errno| told(path, "removed", errno))?;
                rustix::fs::fsync(&folder).map_err(|errno| unclear(path, "removed", errno))?;
            }
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
            Err(errno) => return Err(told(path, "removed", errno)),
        }
        // The folders that hold a family stay: they say what the environment holds.
        let stays = if self.holds == Holds::Both { 1 } else { 0 };
        while parent.split('/').filter(|name| !name.is_empty()).count() > stays {
            let (above, name) = split(parent);
            let removed = beneath::open_folder(self.root.as_fd(), above).and_then(|above| {
                rustix::fs::unlinkat(&above, name, AtFlags::REMOVEDIR)?;
                rustix::fs::fsync(&above)
            });
            // It still holds something, or somebody else has it in use: it stays.
            if removed.is_err() {
                break;
            }
            parent = above;
        }
        Ok(())
    }

    /// Removes the files that interrupted writes have left.
    pub(super) fn clean(&self) -> Result<(), PlatformError> {
        let bases: &[&str] = match self.holds {
            Holds::Theme => &names::THEME_FOLDERS,
            Holds::Objects => &[""],
            Holds::Both => &["theme", "objects"],
        };
        for base in bases {
            match beneath::open_folder(self.root.as_fd(), base) {
                Ok(folder) => clean(&folder, 0).map_err(|errno| told(base, "cleaned", errno))?,
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(errno) => return Err(told(base, "read", errno)),
            }
        }
        Ok(())
    }
}

/// What has to be there, for it to be overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Whatever it is.
    Anything,
    /// No file.
    Nothing,
    /// The file that had this stamp.
    File(FileStamp),
}

impl Expected {
    /// What a look has seen.
    pub(super) fn of(seen: &Seen) -> Self {
        let token = seen
            .token
            .as_deref()
            .and_then(|token| token.try_into().ok());
        match (&seen.holds, token) {
            (Held::Nothing, _) => Self::Nothing,
            (_, Some(stamp)) => Self::File(stamp),
            _ => Self::Anything,
        }
    }

    /// Whether it is there now.
    fn is_met(self, folder: &OwnedFd, name: &str) -> bool {
        let found = beneath::stat(folder.as_fd(), name);
        match self {
            Self::Anything => true,
            Self::Nothing => matches!(found, Err(Errno::NOENT)),
            Self::File(expected) => found.is_ok_and(|stat| stamp(&stat) == expected),
        }
    }
}

/// Stands for a file that is another one than was expected.
const CHANGED: Errno = Errno::STALE;

fn changed(path: &str) -> PlatformError {
    PlatformError::Changed {
        message: format!(
            "`{path}` was changed while it was being written; it was not overwritten."
        ),
    }
}

fn clean(folder: &OwnedFd, depth: usize) -> Result<(), Errno> {
    for entry in beneath::entries(folder.as_fd())? {
        let name = entry.name.as_bytes();
        match entry.kind {
            FileType::RegularFile if is_leftover(name) => {
                rustix::fs::unlinkat(folder, &entry.name, AtFlags::empty())?;
            }
            // One that holds something is none of ours.
            FileType::Directory if is_leftover(name) => {
                let _ = rustix::fs::unlinkat(folder, &entry.name, AtFlags::REMOVEDIR);
            }
            _ => {}
        }
        let text = String::from_utf8_lossy(name);
        let is_entered = entry.kind == FileType::Directory && !names::is_passed_by(&text);
        if is_entered && depth < super::scan::DEPTH_MAX {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            // What can't be opened can't have been written to either.
            if let Ok(inner) = rustix::fs::openat(folder, &entry.name, flags, Mode::empty()) {
                clean(&inner, depth + 1)?;
            }
        }
    }
    Ok(())
}

/// Writes the bytes beside the file and renames them over it; `mode` is that of a new one. On an error nothing has changed, and
/// until it has its name nobody else can read it.
fn write_beside(
    folder: &OwnedFd,
    name: &str,
    temp: &str,
    path: &str,
    mode: u32,
    bytes: &[u8],
    expected: Expected,
) -> Result<(), Errno> {
    let replaced = match beneath::stat(folder.as_fd(), name) {
        Ok(stat) => Some(stat),
        Err(Errno::NOENT) => None,
        Err(errno) => return Err(errno),
    };
    match replaced.as_ref().map(beneath::kind_of) {
        None if names::reserved(path).is_some() => return Err(Errno::INVAL),
        None | Some(FileType::RegularFile) => {}
        Some(FileType::Symlink) => return Err(Errno::LOOP),
        Some(_) => return Err(Errno::ISDIR),
    }
    beneath::remove(folder.as_fd(), temp)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, temp, flags, Mode::RUSR | Mode::WUSR)?;
    let written = (|| {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = rustix::io::write(&file, rest)?;
            rest = &rest[count..];
        }
        match &replaced {
            Some(stat) => super::tree_copy::dress(&file, stat)?,
            None => rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?,
        }
        rustix::fs::fsync(&file)?;
        // As late as can be: what somebody wrote meanwhile stays.
        if !expected.is_met(folder, name) {
            return Err(CHANGED);
        }
        if expected == Expected::Nothing {
            return rename_to_new(folder, temp, name);
        }
        rustix::fs::renameat(folder, temp, folder, name)
    })();
    if written.is_err() {
        // The first error is the one to tell; what stays is cleaned by the next deployment.
        let _ = beneath::remove(folder.as_fd(), temp);
    }
    written
}

/// Renames to a name that nobody may have taken meanwhile, in one step where the file system can.
fn rename_to_new(folder: &OwnedFd, temp: &str, name: &str) -> Result<(), Errno> {
    match rustix::fs::renameat_with(folder, temp, folder, name, RenameFlags::NOREPLACE) {
        Err(Errno::EXIST) => Err(CHANGED),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            rustix::fs::renameat(folder, temp, folder, name)
        }
        renamed => renamed,
    }
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn unclear(path: &str, done: &str, errno: Errno) -> PlatformError {
    PlatformError::Unclear {
        message: format!(
            "`{path}` was {done}, but the disk did not confirm it: {}.",
            super::failure::reason(errno)
        ),
    }
}
