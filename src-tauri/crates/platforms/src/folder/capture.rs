//! Capturing a folder: listed first, then read by as many threads as the machine has.
//!
//! Memory: the names and keys of the files (about 150 bytes each), and one file at a time per thread.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use slipway_domain::ResourceKey;
use slipway_engine::{
    CaptureSink, Captured, Content, DocumentError, PlatformError, Scope, Stamp, Stopped,
    Unreadable, json_digest,
};

use super::beneath::{self, LINK, Reading};
use super::failure::told;
use super::names::Family;
use super::scan::{File, Listed, Listing, scan, unreadable};
use super::settings::Holds;
use crate::theme_content;

/// How many files a thread takes at a time.
const PORTION: usize = 64;

/// Longer than the step in which systems count the time of files, in nanoseconds.
const STEP_NS: i64 = 20_000_000;

/// The same for file systems that count in whole or even seconds, and for those whose clock we can't ask.
const COARSE_STEP_NS: i64 = 2_000_000_000;

/// Captures what lies in a scope of the tree at `root` into the sink.
pub(super) fn capture(
    root: &OwnedFd,
    holds: Holds,
    scope: &Scope,
    sink: &dyn CaptureSink,
) -> Result<(), PlatformError> {
    // Asked before anything is read: what changes from here on has a later time, or one too close to it to trust.
    let clock = FileClock::ask(root);
    let mut report = |unreadable: Unreadable| match &unreadable.key {
        Some(key) if sink.is_ignored(key) => Ok(()),
        _ => sink.unreadable(unreadable),
    };
    let listing = match scope {
        Scope::Everything => scan(root, holds, &mut report)?,
        Scope::Only(keys) => Listing::of(keys, holds),
    };
    sink.expect(listing.file_count);
    let portions: Vec<_> = (listing.folders.iter())
        .flat_map(|folder| {
            folder
                .files
                .chunks(PORTION)
                .map(move |files| (folder, files))
        })
        .collect();
    let work = Work {
        root,
        sink,
        clock,
        portions,
        next: AtomicUsize::new(0),
        failure: Mutex::new(None),
    };
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(work.portions.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work.run());
        }
    });
    match work
        .failure
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
    {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

struct Work<'a> {
    root: &'a OwnedFd,
    sink: &'a dyn CaptureSink,
    clock: FileClock,
    portions: Vec<(&'a Listed, &'a [File])>,
    next: AtomicUsize,
    failure: Mutex<Option<PlatformError>>,
}

impl Work<'_> {
    fn run(&self) {
        let mut scratch = Vec::new();
        while self.failure().is_none() {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((folder, files)) = self.portions.get(at) else {
                return;
            };
            if let Err(error) = self.portion(folder, files, &mut scratch) {
                self.failure().get_or_insert(error);
            }
        }
    }

    fn failure(&self) -> MutexGuard<'_, Option<PlatformError>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn portion(
        &self,
        folder: &Listed,
        files: &[File],
        scratch: &mut Vec<u8>,
    ) -> Result<(), PlatformError> {
        let path = folder.folder();
        let opened = match beneath::open_folder(self.root.as_fd(), &path) {
            Ok(opened) => opened,
            Err(_) if beneath::leads_over_link(self.root.as_fd(), &path) => {
                return files.iter().try_for_each(|File { key, name }| {
                    let place = folder.place(name);
                    let note = unreadable(Some(key.clone()), place, LINK.0, LINK.1);
                    Ok(self.sink.unreadable(note)?)
                });
            }
            // A folder that is gone by now holds nothing.
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
            Err(errno) => return Err(told(&path, "read", errno)),
        };
        for file in files {
            self.file(&opened, folder, file, scratch)?;
        }
        Ok(())
    }

    fn file(
        &self,
        opened: &OwnedFd,
        folder: &Listed,
        File { key, name }: &File,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Stopped> {
        let name: &str = name;
        if self.sink.is_ignored(key) {
            return Ok(());
        }
        if let Some(known) = self.sink.known(key)
            && let Ok(stat) = beneath::stat(opened.as_fd(), name)
            && beneath::kind_of(&stat) == FileType::RegularFile
            && *known.stamp.0 == stamp(&stat)
        {
            return self.sink.accept(Captured {
                key: key.clone(),
                content: Content::Unchanged(known.version),
                stamp: Some(known.stamp),
            });
        }
        let key = key.clone();
        let mut is_settled = false;
        let reading = beneath::read_file(opened.as_fd(), name, |stat| {
            is_settled = self.clock.is_settled(stat)
        });
        let (bytes, stat) = match reading {
            Reading::Whole(bytes, stat) => (bytes, stat),
            Reading::Gone => return Ok(()),
            Reading::Unreadable { why, hint } => {
                let place = folder.place(name);
                return (self.sink).unreadable(unreadable(Some(key), place, &why, hint));
            }
        };
        let digest = match folder.family {
            Family::Theme => theme_content::other_digest(key.name(), &bytes),
            Family::Objects => match json_digest(&bytes, scratch) {
                Ok(digest) => Some(digest),
                Err(error) => {
                    let place = folder.place(name);
                    return self.sink.unreadable(invalid(key, place, error));
                }
            },
        };
        self.sink.accept(Captured {
            key,
            content: Content::Bytes { bytes, digest },
            stamp: is_settled.then(|| Stamp(stamp(&stat).into())),
        })
    }
}

fn invalid(key: ResourceKey, place: String, error: DocumentError) -> Unreadable {
    let why = format!("is not valid JSON: {}", error.message);
    Unreadable {
        line: Some(error.line),
        column: Some(error.column),
        ..unreadable(
            Some(key),
            place,
            &why,
            "Correct the file there, then capture again.",
        )
    }
}

/// How many bytes a stamp has.
const STAMP_BYTES: usize = 56;

/// The sign by which a file is known again.
pub(super) type FileStamp = [u8; STAMP_BYTES];

/// The rule by which versions are digested: a version of an older one is worked out anew.
const RULE: u64 = 2;

/// The sign by which a file is known again: size, times of content and of the entry, inode, device; and the rule.
pub(super) fn stamp(stat: &Stat) -> FileStamp {
    let mut bytes = [0; STAMP_BYTES];
    let parts = [
        RULE,
        stat.st_size as u64,
        stat.st_mtime as u64,
        stat.st_ctime as u64,
        stat.st_mtime_nsec << 32 | stat.st_ctime_nsec,
        stat.st_ino,
        stat.st_dev,
    ];
    for (room, part) in bytes.chunks_exact_mut(8).zip(parts) {
        room.copy_from_slice(&part.to_le_bytes());
    }
    bytes
}

/// What the file system's own clock shows, at least: the latest time seen on any file.
///
/// A file that was changed within one step of the clock could be changed again and keep its time, size and inode; the
/// stamp of such a file tells nothing ("racily clean"), so it gets none and is read again by the next capture.
#[derive(Debug)]
struct FileClock {
    latest_ns: AtomicI64,
    step_ns: i64,
}

impl FileClock {
    /// Asks by a file without a name, which nobody sees; where there is no such thing, by the files as they are read.
    fn ask(root: &OwnedFd) -> Self {
        #[cfg(target_os = "linux")]
        {
            let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
            let asked = rustix::fs::openat(root, ".", flags, Mode::RUSR | Mode::WUSR)
                .and_then(|file| rustix::fs::fstat(&file));
            if let Ok(stat) = asked {
                return Self {
                    latest_ns: AtomicI64::new(changed_ns(&stat)),
                    step_ns: STEP_NS,
                };
            }
        }
        Self {
            latest_ns: AtomicI64::new(0),
            step_ns: COARSE_STEP_NS,
        }
    }

    /// Whether a later change of the file, which was described before it is read, is bound to show in its stamp.
    fn is_settled(&self, stat: &Stat) -> bool {
        // Not the time of the content, which programs can set to what they like.
        let changed_ns = changed_ns(stat);
        let latest_ns = self
            .latest_ns
            .fetch_max(changed_ns, Ordering::Relaxed)
            .max(changed_ns);
        let step_ns = if stat.st_ctime_nsec == 0 {
            COARSE_STEP_NS
        } else {
            self.step_ns
        };
        changed_ns.saturating_add(step_ns) <= latest_ns
    }
}

fn changed_ns(stat: &Stat) -> i64 {
    stat.st_ctime
        .saturating_mul(1_000_000_000)
        .saturating_add(stat.st_ctime_nsec as i64)
}
