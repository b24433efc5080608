//! Whole trees: copied, digested, removed. Links are copied and digested as links, never followed.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, Timespec, Timestamps};
use rustix::io::Errno;

use super::beneath;
use super::scan::DEPTH_MAX;

/// Gives a new file or folder the permissions of another and, if the system lets, its owner and group. What a file was run as
/// is not passed on: other bytes may stand in it now.
pub(super) fn dress(file: &OwnedFd, like: &Stat) -> Result<(), Errno> {
    let group = rustix::fs::Gid::from_raw(like.st_gid);
    if rustix::process::geteuid().is_root() {
        let owner = rustix::fs::Uid::from_raw(like.st_uid);
        rustix::fs::fchown(file, Some(owner), Some(group))?;
    } else if rustix::fs::fstat(file)?.st_gid != like.st_gid {
        match rustix::fs::fchown(file, None, Some(group)) {
            Ok(()) | Err(Errno::PERM) => {}
            Err(errno) => return Err(errno),
        }
    }
    let kept = match beneath::kind_of(like) {
        FileType::Directory => 0o3777,
        _ => 0o777,
    };
    rustix::fs::fchmod(file, Mode::from_raw_mode(like.st_mode & kept))
}

/// Copies everything that `from` holds into `to`, which is empty: bytes, links, permissions, times.
///
/// What interrupted writes have left, pipes, sockets and devices are not taken along.
pub(super) fn copy(from: &OwnedFd, to: &OwnedFd) -> io::Result<()> {
    copy_at(from, to, 0)
}

fn copy_at(from: &OwnedFd, to: &OwnedFd, depth: usize) -> io::Result<()> {
    too_deep(depth)?;
    for entry in beneath::entries(from.as_fd())? {
        let name = &entry.name;
        if beneath::is_leftover(name.as_bytes()) {
            continue;
        }
        match entry.kind {
            FileType::Directory => {
                let inner = open_folder(from, name)?;
                let like = rustix::fs::fstat(&inner)?;
                rustix::fs::mkdirat(to, name, Mode::RWXU)?;
                let copy = open_folder(to, name)?;
                copy_at(&inner, &copy, depth + 1)?;
                dress(&copy, &like)?;
            }
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(from, name, Vec::new())?;
                rustix::fs::symlinkat(&target, to, name)?;
            }
            FileType::RegularFile => copy_file(from, to, name)?,
            _ => {}
        }
    }
    Ok(())
}

fn copy_file(from: &OwnedFd, to: &OwnedFd, name: &std::ffi::CStr) -> io::Result<()> {
    let mut source = open_file(from, name)?;
    let like = rustix::fs::fstat(&source)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut copy = File::from(rustix::fs::openat(
        to,
        name,
        flags,
        Mode::RUSR | Mode::WUSR,
    )?);
    io::copy(&mut source, &mut copy)?;
    let copy = OwnedFd::from(copy);
    dress(&copy, &like)?;
    let time = |sec: i64, nsec: u64| Timespec {
        tv_sec: sec,
        tv_nsec: nsec.try_into().unwrap_or(0),
    };
    // Readers that cache by the time of a file see that it is the same.
    rustix::fs::futimens(
        &copy,
        &Timestamps {
            last_access: time(like.st_atime as i64, like.st_atime_nsec as u64),
            last_modification: time(like.st_mtime as i64, like.st_mtime_nsec as u64),
        },
    )?;
    Ok(())
}

/// The digest that names a release's folder: the first 32 hexadecimal characters of BLAKE3 over, per file in the order
/// of paths, the path's length (64 bits, little-endian), the path, the content's length, the content.
pub(super) fn digest(root: &OwnedFd) -> io::Result<String> {
    let mut paths = Vec::new();
    list(root, &mut Vec::new(), &mut paths, 0)?;
    paths.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (path, is_link) in paths {
        hasher
            .update(&(path.len() as u64).to_le_bytes())
            .update(&path);
        let path = std::ffi::CString::new(path)?;
        if is_link {
            let target = rustix::fs::readlinkat(root, &path, Vec::new())?;
            let target = target.as_bytes();
            hasher
                .update(&(target.len() as u64).to_le_bytes())
                .update(target);
            continue;
        }
        let file = open_file(root, &path)?;
        let length = file.metadata()?.len();
        hasher.update(&length.to_le_bytes());
        let mut read = file.take(length);
        let count = io::copy(&mut read, &mut hasher)?;
        if count != length {
            return Err(io::Error::other("a file became shorter while it was read"));
        }
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

type Listed = (Vec<u8>, bool);

fn list(
    folder: &OwnedFd,
    path: &mut Vec<u8>,
    into: &mut Vec<Listed>,
    depth: usize,
) -> io::Result<()> {
    too_deep(depth)?;
    let length = path.len();
    for entry in beneath::entries(folder.as_fd())? {
        path.extend_from_slice(entry.name.as_bytes());
        match entry.kind {
            FileType::Directory => {
                let inner = open_folder(folder, &entry.name)?;
                path.push(b'/');
                list(&inner, path, into, depth + 1)?;
            }
            FileType::RegularFile => into.push((path.clone(), false)),
            FileType::Symlink => into.push((path.clone(), true)),
            _ => {}
        }
        path.truncate(length);
    }
    Ok(())
}

/// Removes a folder with all that it holds; one that is not there is removed.
pub(super) fn remove(parent: &OwnedFd, name: &str) -> io::Result<()> {
    remove_at(parent, &std::ffi::CString::new(name)?, 0)
}

fn remove_at(parent: &OwnedFd, name: &std::ffi::CStr, depth: usize) -> io::Result<()> {
    too_deep(depth)?;
    let folder = match open_folder(parent, name) {
        Err(Errno::NOENT) => return Ok(()),
        folder => folder?,
    };
    for entry in beneath::entries(folder.as_fd())? {
        if entry.kind == FileType::Directory {
            remove_at(&folder, &entry.name, depth + 1)?;
        } else {
            rustix::fs::unlinkat(&folder, &entry.name, AtFlags::empty())?;
        }
    }
    rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)?;
    Ok(())
}

/// Sees to it that everything written below the folder is on the disk.
pub(super) fn sync(folder: &OwnedFd) -> Result<(), Errno> {
    #[cfg(target_os = "linux")]
    return rustix::fs::syncfs(folder);
    #[cfg(not(target_os = "linux"))]
    {
        rustix::fs::sync();
        rustix::fs::fsync(folder)
    }
}

fn open_folder(at: &OwnedFd, name: &std::ffi::CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(at, name, flags, Mode::empty())
}

fn open_file(at: &OwnedFd, name: &std::ffi::CStr) -> Result<File, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::openat(at, name, flags, Mode::empty()).map(File::from)
}

fn too_deep(depth: usize) -> io::Result<()> {
    if depth > DEPTH_MAX {
        return Err(io::Error::other(format!(
            "folders are nested deeper than {DEPTH_MAX}"
        )));
    }
    Ok(())
}
