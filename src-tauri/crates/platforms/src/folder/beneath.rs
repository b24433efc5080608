//! Files below an opened folder: reached one component at a time, links never followed.
//!
//! Invariant: no function here takes a path that was not checked by [`super::names`] or read from the folder itself.

use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

/// The largest file that is read, in bytes: 20 MiB.
pub(super) const FILE_LIMIT_BYTES: u64 = 20 * 1024 * 1024;

/// How often a file that changes while it is read is read again.
const READS_MAX: u32 = 4;

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Opens the folder at an absolute path without links, as [`Path::canonicalize`] gives it.
pub(super) fn open_root(path: &Path) -> Result<OwnedFd, Errno> {
    rustix::fs::open(path, FOLDER, Mode::empty())
}

/// Opens the folder at `path` below `at`; an empty path is `at` itself.
pub(super) fn open_folder(at: BorrowedFd<'_>, path: &str) -> Result<OwnedFd, Errno> {
    let mut folder: Option<OwnedFd> = None;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let parent = folder.as_ref().map_or(at, |folder| folder.as_fd());
        folder = Some(rustix::fs::openat(parent, name, FOLDER, Mode::empty())?);
    }
    match folder {
        Some(folder) => Ok(folder),
        None => rustix::fs::openat(at, ".", FOLDER, Mode::empty()),
    }
}

/// Whether a link stands on the way to the folder at `path`, or in its place.
pub(super) fn leads_over_link(at: BorrowedFd<'_>, path: &str) -> bool {
    let ends = path.match_indices('/').map(|(end, _)| end);
    ends.chain([path.len()])
        .map(|end| stat(at, &path[..end]))
        .take_while(Result::is_ok)
        .flatten()
        .any(|stat| kind_of(&stat) == FileType::Symlink)
}

/// How the name of a file or folder begins that is being made; hidden, so that captures pass it by.
pub(super) const TEMP_PREFIX: &str = ".slipway-";
/// How such a name ends.
pub(super) const TEMP_SUFFIX: &str = ".tmp";

/// As [`open_folder`], and makes what is missing on the way, durably. `mode_of` gives the mode of a new folder by how deep
/// it is, from 0.
pub(super) fn make_folder(
    at: BorrowedFd<'_>,
    path: &str,
    mode_of: impl Fn(usize) -> u32,
) -> Result<OwnedFd, Errno> {
    let mut folder = open_folder(at, "")?;
    let names = path.split('/').filter(|name| !name.is_empty());
    for (depth, name) in names.enumerate() {
        folder = match rustix::fs::openat(&folder, name, FOLDER, Mode::empty()) {
            Err(Errno::NOENT) => make_one(&folder, name, mode_of(depth))?,
            opened => opened?,
        };
    }
    Ok(folder)
}

/// Makes one folder, or opens it where somebody else was faster. It gets its name when it has its mode: the umask takes
/// nothing away, and an interruption leaves no folder that nobody can enter.
fn make_one(parent: &OwnedFd, name: &str, mode: u32) -> Result<OwnedFd, Errno> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let temp = format!("{TEMP_PREFIX}{}-{number}{TEMP_SUFFIX}", std::process::id());
    rustix::fs::mkdirat(parent, &temp, Mode::RWXU)?;
    let named = (|| {
        let folder = rustix::fs::openat(parent, &temp, FOLDER, Mode::empty())?;
        // A folder may hand its group down.
        let inherited = rustix::fs::fstat(&folder)?.st_mode & 0o2000;
        rustix::fs::fchmod(&folder, Mode::from_raw_mode(mode | inherited))?;
        let flags = RenameFlags::NOREPLACE;
        match rustix::fs::renameat_with(parent, &temp, parent, name, flags) {
            // An empty folder of that name would be replaced; what is written to it starts over.
            Err(errno) if is_unsupported(errno) => {
                rustix::fs::renameat(parent, &temp, parent, name)?;
            }
            renamed => renamed?,
        }
        rustix::fs::fsync(parent)?;
        Ok(folder)
    })();
    named.or_else(|errno| {
        let _ = rustix::fs::unlinkat(parent, &temp, AtFlags::REMOVEDIR);
        match errno {
            Errno::EXIST | Errno::NOTEMPTY => {
                rustix::fs::openat(parent, name, FOLDER, Mode::empty())
            }
            errno => Err(errno),
        }
    })
}

/// Whether a file system can't say that a name must be free.
fn is_unsupported(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP)
}

/// Whether a write that was interrupted has left the entry.
pub(super) fn is_leftover(name: &[u8]) -> bool {
    name.starts_with(TEMP_PREFIX.as_bytes()) && name.ends_with(TEMP_SUFFIX.as_bytes())
}

/// An entry of a folder.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name, in whatever encoding it has.
    pub(super) name: CString,
    /// What it is; a link is a link.
    pub(super) kind: FileType,
}

/// Lists a folder. An entry that vanishes meanwhile may be missing.
pub(super) fn entries(folder: BorrowedFd<'_>) -> Result<Vec<Entry>, Errno> {
    let mut entries = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            // Some file systems don't say in the listing.
            FileType::Unknown => match stat(folder, name) {
                Ok(stat) => kind_of(&stat),
                Err(Errno::NOENT) => continue,
                Err(errno) => return Err(errno),
            },
            kind => kind,
        };
        entries.push(Entry {
            name: name.to_owned(),
            kind,
        });
    }
    Ok(entries)
}

/// What an entry is, without following it.
pub(super) fn stat(folder: BorrowedFd<'_>, name: impl rustix::path::Arg) -> Result<Stat, Errno> {
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// What was described.
pub(super) fn kind_of(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// Removes a file; one that is not there is removed.
pub(super) fn remove(folder: BorrowedFd<'_>, name: &str) -> Result<(), Errno> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Err(Errno::NOENT) => Ok(()),
        result => result,
    }
}

/// What reading a file gave.
#[derive(Debug)]
pub(super) enum Reading {
    /// The bytes, and what the system said of the file when they were read.
    Whole(Vec<u8>, Stat),
    /// There is no such file (any more).
    Gone,
    /// It can't be read.
    Unreadable {
        /// One sentence, after the file's name: "is a link…".
        why: String,
        /// What to do.
        hint: &'static str,
    },
}

fn unreadable(why: impl Into<String>, hint: &'static str) -> Reading {
    Reading::Unreadable {
        why: why.into(),
        hint,
    }
}

/// Why links are named and not read.
pub(super) const LINK: (&str, &str) = (
    "is a link, and links are not followed",
    "Put a real file or folder in its place, or leave it out by a rule.",
);

/// Reads a file as it was at one moment: one that changes meanwhile is read again, a few times.
///
/// `before_read` sees what the system says of the file before its bytes are read.
pub(super) fn read_file(
    folder: BorrowedFd<'_>,
    name: &str,
    mut before_read: impl FnMut(&Stat),
) -> Reading {
    for read in 1..=READS_MAX {
        match read_once(folder, name, &mut before_read) {
            Ok(Some(reading)) => return reading,
            // Whoever writes it is given a moment to finish.
            Ok(None) => std::thread::sleep(Duration::from_millis(5) * read),
            Err(Errno::NOENT) => return Reading::Gone,
            Err(Errno::LOOP) => return unreadable(LINK.0, LINK.1),
            Err(Errno::ACCESS | Errno::PERM) => {
                return unreadable(
                    "can't be read: permission denied",
                    "Give yourself the right to read it, or leave it out by a rule.",
                );
            }
            Err(errno) => {
                return unreadable(
                    format!("can't be read: {}", super::failure::reason(errno)),
                    "See whether the disk is in order, then capture again.",
                );
            }
        }
    }
    unreadable(
        format!("changed each of the {READS_MAX} times that it was read"),
        "Capture again when nothing writes to it.",
    )
}

/// Reads a file once; nothing if it changed meanwhile.
fn read_once(
    folder: BorrowedFd<'_>,
    name: &str,
    before_read: &mut impl FnMut(&Stat),
) -> Result<Option<Reading>, Errno> {
    // Without NONBLOCK, opening a pipe would wait for somebody to write to it.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, name, flags, Mode::empty())?;
    let before = rustix::fs::fstat(&file)?;
    if kind_of(&before) != FileType::RegularFile {
        return Ok(Some(unreadable(
            "is no regular file",
            "Move it away, or leave it out by a rule.",
        )));
    }
    let size_bytes = u64::try_from(before.st_size).unwrap_or(u64::MAX);
    if size_bytes > FILE_LIMIT_BYTES {
        return Ok(Some(unreadable(
            format!(
                "has {size_bytes} bytes; files up to {FILE_LIMIT_BYTES} bytes (20 MiB) are read"
            ),
            "Make it smaller, or leave it out by a rule.",
        )));
    }
    before_read(&before);
    let size = usize::try_from(size_bytes).expect("BUG: the limit fits into memory");
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        if rustix::io::read(&file, spare_capacity(&mut bytes))? == 0 {
            break;
        }
    }
    let after = rustix::fs::fstat(&file)?;
    let same = bytes.len() == size && unchanged(&before, &after);
    Ok(same.then_some(Reading::Whole(bytes, before)))
}

fn unchanged(a: &Stat, b: &Stat) -> bool {
    let times = |stat: &Stat| {
        (
            stat.st_mtime,
            stat.st_mtime_nsec,
            stat.st_ctime,
            stat.st_ctime_nsec,
        )
    };
    a.st_size == b.st_size && times(a) == times(b)
}
