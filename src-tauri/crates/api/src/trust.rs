//! Which workspaces are this machine's own, and where their environments were when a person last saw them.
//!
//! A file each in the data folder, never anything in the workspace: what a file says about itself proves nothing. A
//! workspace is trusted at one path, with one identity, with the places that were seen, and with all records that were seen:
//! an older copy put back over the file is not what it was. What this machine decides about its environments is noted here;
//! what somebody else put into the file has to be seen first.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use slipway_domain::{BlobHash, RecordId, State};
use slipway_engine::{Engine, EngineError};

use crate::remembered::{Remembered, replace};
use crate::wire::ApiError;

/// The setting that identifies a workspace.
const IDENTITY: &str = "identity";
/// The largest of our files that is read, in bytes.
const FILE_LIMIT_BYTES: u64 = 64 * 1024;

/// The workspaces that are trusted.
#[derive(Clone, Debug)]
pub(crate) struct Trusted {
    data_folder: PathBuf,
}

/// What is kept of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// Where it lies; canonical.
    path: String,
    /// Its identity and the digest of its places; `None` for one that was opened here before there was trust, until it is
    /// opened again.
    seen: Option<(String, String)>,
}

/// The newest record of a workspace that was seen; the file holds it from then on. Lies in a file of its own, so that noting it
/// and keeping the places do not undo each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// The identity of the workspace.
    workspace: String,
    /// From 1.
    position: i64,
    record: RecordId,
}

/// What this machine knows of a workspace file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is this machine's own, as it was left.
    Trusted,
    /// Nobody has looked at it here, or at where its environments are now.
    Unknown,
    /// It was this machine's own, and so many of the records that were seen are not in it, or others in their place.
    Older {
        /// At least 1.
        missing_records: u64,
    },
}

impl Trusted {
    pub(crate) fn new(data_folder: PathBuf) -> Self {
        Self { data_folder }
    }

    /// Trusts the workspaces that were opened here by a version that trusted all.
    pub(crate) fn take_over(&self, remembered: &Remembered) {
        for path in remembered.opened_before_trust() {
            let entry = Entry { path, seen: None };
            if let Err(error) = self.write(&entry) {
                tracing::warn!(%error, "a workspace that was opened before is not trusted");
            }
        }
        remembered.trust_is_kept();
    }

    /// Whether the file is the sample: what lies at its place in the program's own folder, and no link to elsewhere.
    pub(crate) fn is_sample(&self, file: &Path) -> bool {
        std::fs::canonicalize(&self.data_folder)
            .is_ok_and(|folder| file == crate::sample::file_in(&folder))
    }

    /// What is known of a workspace.
    pub(crate) fn standing(&self, engine: &Engine) -> Result<Standing, ApiError> {
        let path = real_path(engine);
        if self.is_sample(&path) {
            return Ok(Standing::Trusted);
        }
        let Some(entry) = self.read(&path) else {
            return Ok(Standing::Unknown);
        };
        let Some((identity, places)) = entry.seen else {
            return Ok(Standing::Trusted);
        };
        if self::identity(engine)?.is_none_or(|found| found != identity) {
            return Ok(Standing::Unknown);
        }
        let missing_records = self.missing(engine, &path, &identity)?;
        if missing_records > 0 {
            return Ok(Standing::Older { missing_records });
        }
        Ok(match places_digest(&*engine.state()?) == places {
            true => Standing::Trusted,
            false => Standing::Unknown,
        })
    }

    /// Notes the newest record of a workspace that is this machine's own. An older copy that came into its place meanwhile
    /// changes nothing of what is known.
    pub(crate) fn note_head(&self, engine: &Engine) -> Result<(), ApiError> {
        let path = real_path(engine);
        let Some(identity) = identity(engine)? else {
            return Ok(());
        };
        let known = self.read(&path).and_then(|entry| entry.seen);
        if known.is_none_or(|(known, _)| known != identity)
            || self.missing(engine, &path, &identity)? > 0
        {
            return Ok(());
        }
        self.put_head(engine, &path, identity)
    }

    /// Takes a workspace as it is now, whatever is missing from it.
    pub(crate) fn go_on_from(&self, engine: &Engine) -> Result<(), ApiError> {
        self.keep(engine)?;
        match identity(engine)? {
            Some(identity) => self.put_head(engine, &real_path(engine), identity),
            None => Ok(()),
        }
    }

    fn put_head(&self, engine: &Engine, path: &Path, workspace: String) -> Result<(), ApiError> {
        let newest = engine.store().read(|reader| {
            let position = reader.last_position()?;
            Ok((position, reader.record_id(position)?))
        });
        let (position, Some(record)) = newest.map_err(EngineError::from)? else {
            return Ok(());
        };
        let head = Head {
            workspace,
            position,
            record,
        };
        let file = self.head_file(path);
        if read(&file).as_ref() == Some(&head) {
            return Ok(());
        }
        put(&file, &head)
    }

    /// How many of the records that were seen are not in a workspace; at least one where another stands in the place of the
    /// newest.
    fn missing(&self, engine: &Engine, path: &Path, identity: &str) -> Result<u64, ApiError> {
        let seen = read::<Head>(&self.head_file(path));
        let Some(seen) = seen.filter(|head| head.workspace == identity) else {
            return Ok(0);
        };
        let found = engine
            .store()
            .read(|reader| Ok((reader.record_id(seen.position)?, reader.last_position()?)));
        let (found, last) = found.map_err(EngineError::from)?;
        if found == Some(seen.record) {
            return Ok(0);
        }
        Ok(u64::try_from(seen.position - last).unwrap_or(0).max(1))
    }

    /// Keeps that a workspace is this machine's own, with its environments where they are now.
    pub(crate) fn keep(&self, engine: &Engine) -> Result<(), ApiError> {
        let identity = match identity(engine)? {
            Some(identity) => identity,
            None => {
                let identity = engine.new_id("w-") + &engine.new_id("");
                let value = Value::from(identity.clone());
                engine
                    .store()
                    .write(move |writer| writer.set_setting(IDENTITY, &value))?;
                identity
            }
        };
        let path = real_path(engine);
        let entry = Entry {
            path: path.display().to_string(),
            seen: Some((identity, places_digest(&*engine.state()?))),
        };
        if self.read(&path).as_ref() == Some(&entry) {
            return Ok(());
        }
        self.write(&entry)
    }

    fn read(&self, path: &Path) -> Option<Entry> {
        let entry: Entry = read(&self.file(path))?;
        (Path::new(&entry.path) == path).then_some(entry)
    }

    fn write(&self, entry: &Entry) -> Result<(), ApiError> {
        put(&self.file(Path::new(&entry.path)), entry)
    }

    fn file(&self, path: &Path) -> PathBuf {
        self.named(path, "json")
    }

    fn head_file(&self, path: &Path) -> PathBuf {
        self.named(path, "head.json")
    }

    fn named(&self, path: &Path, extension: &str) -> PathBuf {
        let name = BlobHash::of(path.display().to_string().as_bytes());
        self.data_folder
            .join("trusted")
            .join(format!("{name}.{extension}"))
    }
}

/// What a file of ours holds; nothing where it is not there or no longer ours.
fn read<T: DeserializeOwned>(file: &Path) -> Option<T> {
    use std::io::Read as _;
    let file = std::fs::File::open(file).ok()?;
    let mut bytes = Vec::new();
    file.take(FILE_LIMIT_BYTES).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn put<T: Serialize>(file: &Path, content: &T) -> Result<(), ApiError> {
    let bytes = serde_json::to_vec_pretty(content).expect("BUG: what is kept is plain data");
    replace(file, &bytes).map_err(|error| {
        ApiError::failed(
            format!("{} can't be written: {error}", file.display()),
            "Make the folder writable; the workspace is asked about again otherwise.",
        )
    })
}

/// A digest of where all environments are: what a person sees before trusting them, and what decides where secrets go.
pub(crate) fn places_digest(state: &State) -> String {
    let places: Vec<_> = state
        .environments
        .values()
        .map(|environment| {
            let settings = &environment.settings;
            (&environment.id, &settings.platform, &settings.connection)
        })
        .collect();
    let bytes = serde_json::to_vec(&places).expect("BUG: settings are plain data");
    BlobHash::of(&bytes).to_string()
}

fn identity(engine: &Engine) -> Result<Option<String>, ApiError> {
    let found = engine
        .store()
        .read(|reader| reader.setting(IDENTITY))
        .map_err(EngineError::from)?;
    Ok(found.and_then(|value| value.as_str().map(str::to_owned)))
}

/// Where a workspace lies, whatever links lead there.
pub(crate) fn real_path(engine: &Engine) -> PathBuf {
    std::fs::canonicalize(engine.path()).unwrap_or_else(|_| engine.path().to_owned())
}
