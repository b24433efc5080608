//! The handle on an open workspace.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use crate::connection::{Durability, PAGE_BYTES, Reader, Writer, connect, locked, settle};
use crate::error::{OpenError, StoreError};
use crate::guard::{Purpose, Steps, size_bytes};
use crate::memory::{Fates, Inline, Memory};
use crate::migrations::{self, APPLICATION_ID, MIGRATIONS, newest};
use crate::schema;
use crate::writing::Writing;

/// How many idle read connections are kept.
const IDLE_READERS: usize = 4;
/// The largest file that [`Store::look_through`] looks at, in bytes: a second or so.
const LOOKED_THROUGH_BYTES: u64 = 256 << 20;

/// What may be done with a workspace that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is read, until [`Store::allow_writes`]: nobody has said yet that the file is this machine's own.
    Read,
    /// It is read and written.
    Write,
}

/// An open workspace; clones share it. It is closed when the last clone goes, after what was begun has been written.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// Connections that nobody uses now. Locked to take one out or put one back, never while it is used.
    idle: Mutex<Vec<Reader>>,
    /// The connection that [`Store::data_version`] asks; the number means something on one connection only.
    watch: Mutex<Option<Connection>>,
    is_writable: AtomicBool,
    // Last, so that the readers are closed before the writer folds the journal in.
    writer: Writing,
}

impl Store {
    /// Makes a new, empty workspace.
    ///
    /// # Errors
    /// When there is a file at the path already, or it can't be made; nothing is left behind then.
    pub fn create(path: &Path) -> Result<Self, OpenError> {
        let io = |source| OpenError::Io {
            path: path.to_owned(),
            source,
        };
        let mut new = OpenOptions::new();
        // What a workspace holds is its owner's; SQLite gives the files beside it the same mode.
        match new.write(true).create_new(true).mode(0o600).open(path) {
            // The umask takes away what it needs itself.
            Ok(file) => file
                .set_permissions(Permissions::from_mode(0o600))
                .map_err(io)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(OpenError::Exists {
                    path: path.to_owned(),
                });
            }
            Err(error) => return Err(io(error)),
        }
        let path = &one_name(path).map_err(io)?;
        let made = make(path)
            .and_then(|(connection, steps)| Self::over(path, connection, steps, Access::Write));
        made.map_err(|source| {
            let _ = std::fs::remove_file(path);
            OpenError::Store {
                path: path.to_owned(),
                source,
            }
        })
    }

    /// Opens a workspace; one in an older format is copied and then brought to the present one.
    ///
    /// # Errors
    /// When there is none, the file is something else or damaged, holds what no workspace of its format has, or a newer
    /// program wrote it. A file that is refused is left as it is.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_for(path, Access::Write)
    }

    /// As [`Store::open`]; for reading only, nothing is written, but to bring a file in an older format to the present one.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_for(path: &Path, access: Access) -> Result<Self, OpenError> {
        Self::open_with(path, MIGRATIONS, access)
    }

    pub(crate) fn open_with(
        path: &Path,
        migrations: &[&str],
        access: Access,
    ) -> Result<Self, OpenError> {
        check_header(path, newest(migrations))?;
        let path = &one_name(path).map_err(|source| OpenError::Io {
            path: path.to_owned(),
            source,
        })?;
        refuse_second_name(path)?;
        open_journal(path);
        let store = |source| OpenError::Store {
            path: path.to_owned(),
            source,
        };
        let (mut connection, steps) = connect(path).map_err(store)?;
        let from = migrations::format(&connection).map_err(store)?;
        let to = newest(migrations);
        // The header of the file may be behind its journal.
        refuse_newer(path, from, to)?;
        if let Some(difference) =
            schema::difference(&connection, migrations, from).map_err(store)?
        {
            return Err(OpenError::Foreign {
                path: path.to_owned(),
                difference,
            });
        }
        if from < to {
            steps.renew(Purpose::Write);
            migrations::copy_first(&connection, path, from)
                .and_then(|()| migrations::migrate(&mut connection, migrations))
                .map_err(|source| OpenError::Migration {
                    path: path.to_owned(),
                    from,
                    to,
                    source,
                })?;
            tracing::info!(path = %path.display(), from, to, "workspace brought to a newer format");
        }
        Self::over(path, connection, steps, access).map_err(store)
    }

    fn over(
        path: &Path,
        connection: Connection,
        steps: Steps,
        access: Access,
    ) -> Result<Self, StoreError> {
        if access == Access::Write {
            settle(&connection)?;
        }
        let first = Reader::open(path)?;
        Ok(Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                idle: Mutex::new(vec![first]),
                watch: Mutex::new(None),
                is_writable: AtomicBool::new(access == Access::Write),
                writer: Writing::apart(Writer::over(connection, steps)?)?,
            }),
        })
    }

    /// Opens the workspace that a memory holds, as one process of a simulation: it is written on the thread of whoever asks,
    /// and `fates` decide what becomes of it. Any number of stores may be open on one memory, for processes beside each
    /// other; whoever simulates sees to it that one calls at a time.
    ///
    /// # Errors
    /// When SQLite can't.
    pub fn in_memory(memory: &Arc<Memory>, fates: Arc<dyn Fates>) -> Result<Self, StoreError> {
        Ok(Self {
            shared: Arc::new(Shared {
                path: memory.path().to_owned(),
                idle: Mutex::default(),
                watch: Mutex::new(None),
                is_writable: AtomicBool::new(true),
                writer: Writing::Inline(Box::new(Inline::open(memory, fates)?)),
            }),
        })
    }

    /// Lets a workspace that was opened for reading be written from now on.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn allow_writes(&self) -> Result<(), StoreError> {
        self.shared.is_writable.store(true, Ordering::Release);
        self.shared.writer.settle()
    }

    /// Whether the workspace is written when that is asked for.
    pub fn is_writable(&self) -> bool {
        self.shared.is_writable.load(Ordering::Acquire)
    }

    /// Looks for pages of the file that are used twice or lead back, without a look at what the rows mean. A file that is
    /// too large for that passes.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first of them.
    pub fn look_through(&self) -> Result<(), StoreError> {
        if size_bytes(self.path()) > LOOKED_THROUGH_BYTES {
            return Ok(());
        }
        let found: String = self.read(|reader| {
            let check = "PRAGMA quick_check(1)";
            Ok(reader.connection.query_row(check, [], |row| row.get(0))?)
        })?;
        if found == "ok" {
            Ok(())
        } else {
            Err(StoreError::damaged(found))
        }
    }

    pub(crate) fn refuse_read_only(&self) -> Result<(), StoreError> {
        if self.is_writable() {
            Ok(())
        } else {
            Err(StoreError::ReadOnly)
        }
    }

    /// Where the workspace lies: the path without links.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Reads inside one transaction: all that the closure sees is of one moment. Never waits for a writer.
    ///
    /// # Errors
    /// What the closure gives, or that the file can't be read.
    pub fn read<T>(
        &self,
        f: impl FnOnce(&Reader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Writing::Inline(inline) = &self.shared.writer {
            return inline.read(f);
        }
        let idle = locked(&self.shared.idle).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.shared.path)?,
        };
        let (result, reader) = reader.transaction(f)?;
        let mut idle = locked(&self.shared.idle);
        if idle.len() < IDLE_READERS {
            idle.push(reader);
        }
        drop(idle);
        result
    }

    /// Runs the closure on the writer's thread in one transaction, and waits for its end. What it gives counts after the
    /// commit; when it gives an error or panics, nothing was written.
    ///
    /// # Errors
    /// What the closure gives, or that the file can't be written.
    ///
    /// # Panics
    /// When called inside such a closure: it would wait for itself.
    pub fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.refuse_read_only()?;
        self.shared.writer.run(Durability::Process, f)
    }

    /// As [`Store::write`], and returns only when what was written (this and everything before) outlasts a power cut.
    ///
    /// # Errors
    /// As [`Store::write`].
    ///
    /// # Panics
    /// As [`Store::write`].
    pub fn write_durable<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.refuse_read_only()?;
        self.shared.writer.run(Durability::Power, f)
    }

    /// A number that changes when anything was committed to the file, by this program or another; costs microseconds.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn data_version(&self) -> Result<u64, StoreError> {
        if let Writing::Inline(inline) = &self.shared.writer {
            return inline.data_version();
        }
        let mut watch = locked(&self.shared.watch);
        let connection = match watch.take() {
            Some(connection) => connection,
            None => connect(&self.shared.path)?.0,
        };
        let version = connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        *watch = Some(connection);
        Ok(version)
    }

    pub(crate) fn writer(&self) -> &Writing {
        &self.shared.writer
    }
}

/// The one name under which everybody knows an existing file, whatever links lead there: journal and locks lie beside it.
fn one_name(path: &Path) -> std::io::Result<PathBuf> {
    std::fs::canonicalize(path)
}

/// SQLite would look for the journal beside the name that it was given.
fn refuse_second_name(path: &Path) -> Result<(), OpenError> {
    #[cfg(unix)]
    if std::fs::metadata(path).is_ok_and(|found| std::os::unix::fs::MetadataExt::nlink(&found) > 1)
    {
        return Err(OpenError::SecondName {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// Lets its owner read and write what lies beside the file. A program that was killed under a strict umask leaves it as nobody
/// can open it, and with it the workspace.
fn open_journal(path: &Path) {
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        let Ok(found) = std::fs::symlink_metadata(&beside) else {
            continue;
        };
        let mode = found.permissions().mode();
        if found.is_file() && mode & 0o600 != 0o600 {
            let opened = Permissions::from_mode(mode | 0o600);
            if let Err(error) = std::fs::set_permissions(&beside, opened) {
                tracing::warn!(%error, "what lies beside the workspace can't be opened");
            }
        }
    }
}

/// Fills the empty file.
fn make(path: &Path) -> Result<(Connection, Steps), StoreError> {
    let (mut connection, steps) = connect(path)?;
    steps.renew(Purpose::Write);
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    migrations::migrate(&mut connection, MIGRATIONS)?;
    Ok((connection, steps))
}

/// Looks at the first bytes of the file without SQLite, which would touch the files beside it.
fn check_header(path: &Path, known: u32) -> Result<(), OpenError> {
    let io = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => OpenError::NotFound {
            path: path.to_owned(),
        },
        _ => OpenError::Io {
            path: path.to_owned(),
            source,
        },
    };
    let mut header = Vec::with_capacity(100);
    let file = File::open(path).map_err(io)?;
    file.take(100).read_to_end(&mut header).map_err(io)?;
    let number = |at: usize| {
        let bytes = header.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    // Where they stand: section 1.3 of SQLite's file format.
    let (Some(format), Some(application)) = (number(60), number(68)) else {
        return Err(OpenError::NotAWorkspace {
            path: path.to_owned(),
        });
    };
    if !header.starts_with(b"SQLite format 3\0") || application != APPLICATION_ID {
        return Err(OpenError::NotAWorkspace {
            path: path.to_owned(),
        });
    }
    refuse_newer(path, format, known)
}

fn refuse_newer(path: &Path, found: u32, known: u32) -> Result<(), OpenError> {
    if found > known {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(())
}
