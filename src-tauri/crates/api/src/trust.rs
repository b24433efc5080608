//! Which workspaces are this machine's own, and where their environments were when a person last saw them.
//!
//! A file each in the data folder, never anything in the workspace: what a file says about itself proves nothing. A
//! workspace is trusted at one path, with one identity, and with the places that were seen. What this machine decides
//! about its environments is noted here; what somebody else put into the file has to be seen first.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use slipway_domain::{BlobHash, State};
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

    /// Whether a workspace is this machine's own, with its environments where they were seen.
    pub(crate) fn is_trusted(&self, engine: &Engine) -> Result<bool, ApiError> {
        let path = real_path(engine);
        if self.is_sample(&path) {
            return Ok(true);
        }
        let Some(entry) = self.read(&path) else {
            return Ok(false);
        };
        Ok(match entry.seen {
            None => true,
            Some((identity, places)) => {
                self::identity(engine)?.is_some_and(|found| found == identity)
                    && places_digest(&*engine.state()?) == places
            }
        })
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
        use std::io::Read as _;
        let path = path.display().to_string();
        let file = std::fs::File::open(self.file(&path)).ok()?;
        let mut bytes = Vec::new();
        file.take(FILE_LIMIT_BYTES).read_to_end(&mut bytes).ok()?;
        let entry: Entry = serde_json::from_slice(&bytes).ok()?;
        (entry.path == path).then_some(entry)
    }

    fn write(&self, entry: &Entry) -> Result<(), ApiError> {
        let file = self.file(&entry.path);
        let bytes = serde_json::to_vec_pretty(entry).expect("BUG: an entry is plain data");
        replace(&file, &bytes).map_err(|error| {
            ApiError::failed(
                format!("{} can't be written: {error}", file.display()),
                "Make the folder writable; the workspace is asked about again otherwise.",
            )
        })
    }

    fn file(&self, path: &str) -> PathBuf {
        let name = BlobHash::of(path.as_bytes());
        self.data_folder
            .join("trusted")
            .join(format!("{name}.json"))
    }
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
