//! What is remembered outside any workspace: who acts here, which workspaces were open, what the window keeps.
//!
//! One JSON file in the data folder, replaced in one step. It holds nothing that a decision follows from.

use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use slipway_domain::Person;

use crate::wire::{ApiError, WorkspaceInfo};

/// How many workspaces are remembered.
const RECENT_LIMIT: usize = 10;
/// The longest name of a preference, in characters.
const PREFERENCE_NAME_LIMIT_CHARS: usize = 100;
/// The longest value of a preference, in bytes of JSON.
const PREFERENCE_LIMIT_BYTES: usize = 64 * 1024;
/// How many preferences are kept.
const PREFERENCE_LIMIT: usize = 1_000;

/// The version of the file: from 1 on, which workspaces are trusted is kept apart, see [`crate::trust`].
const VERSION: u32 = 1;

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Contents {
    version: u32,
    pub(crate) person: Option<Person>,
    pub(crate) recent: Vec<WorkspaceInfo>,
    pub(crate) preferences: Map<String, Value>,
}

/// The file of what is remembered.
#[derive(Debug)]
pub(crate) struct Remembered {
    file: PathBuf,
    /// Keeps two changes of this process apart. Each reads the file anew, so that another process's changes stay.
    changing: Mutex<()>,
}

impl Remembered {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            file: folder.join("settings.json"),
            changing: Mutex::default(),
        }
    }

    /// What is remembered; empty when the file is missing or can't be read: it is a convenience.
    pub(crate) fn contents(&self) -> Contents {
        let Ok(bytes) = fs::read(&self.file) else {
            return Contents::default();
        };
        serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            tracing::warn!(file = %self.file.display(), %error, "what was remembered can't be read");
            Contents::default()
        })
    }

    /// The files that were opened by a version that trusted whatever it opened.
    pub(crate) fn opened_before_trust(&self) -> Vec<String> {
        let contents = self.contents();
        if contents.version >= VERSION {
            return Vec::new();
        }
        contents
            .recent
            .into_iter()
            .map(|known| known.path)
            .collect()
    }

    /// Notes that what was opened before is no longer trusted for that alone.
    pub(crate) fn trust_is_kept(&self) {
        if self.file.is_file()
            && let Err(error) = self.change(|_| ())
        {
            tracing::warn!(%error, "what is remembered can't be written");
        }
    }

    /// Makes a person the one who acts here.
    pub(crate) fn set_person(&self, person: Person) -> Result<(), ApiError> {
        self.change(|contents| contents.person = Some(person))
    }

    /// Puts a workspace at the head of the recent ones.
    pub(crate) fn opened(&self, workspace: &WorkspaceInfo) -> Result<(), ApiError> {
        self.change(|contents| {
            contents.recent.retain(|known| known.path != workspace.path);
            let known = WorkspaceInfo {
                is_read_only: false,
                missing_records: 0,
                ..workspace.clone()
            };
            contents.recent.insert(0, known);
            contents.recent.truncate(RECENT_LIMIT);
        })
    }

    /// Keeps a preference; `null` forgets it.
    pub(crate) fn set_preference(&self, name: String, value: Value) -> Result<(), ApiError> {
        let length = name.chars().count();
        if name.is_empty() || length > PREFERENCE_NAME_LIMIT_CHARS {
            return Err(ApiError::invalid(
                format!(
                    "A preference's name has 1 to {PREFERENCE_NAME_LIMIT_CHARS} characters, this one has {length}"
                ),
                "",
            ));
        }
        let size = value.to_string().len();
        if size > PREFERENCE_LIMIT_BYTES {
            return Err(ApiError::invalid(
                format!(
                    "A preference has at most {PREFERENCE_LIMIT_BYTES} bytes, `{name}` has {size}"
                ),
                "",
            ));
        }
        let known = self.contents().preferences;
        if known.len() >= PREFERENCE_LIMIT && !known.contains_key(&name) {
            return Err(ApiError::invalid(
                format!("At most {PREFERENCE_LIMIT} preferences are kept"),
                "",
            ));
        }
        self.change(|contents| {
            if value.is_null() {
                contents.preferences.shift_remove(&name);
            } else {
                contents.preferences.insert(name, value);
            }
        })
    }

    fn change(&self, change: impl FnOnce(&mut Contents)) -> Result<(), ApiError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.contents();
        let mut contents = before.clone();
        contents.version = VERSION;
        change(&mut contents);
        if contents == before {
            return Ok(());
        }
        replace(
            &self.file,
            &serde_json::to_vec_pretty(&contents).expect("BUG: settings are plain data"),
        )
        .map_err(|error| {
            ApiError::failed(
                format!("{} can't be written: {error}", self.file.display()),
                "",
            )
        })
    }
}

/// Makes a folder that only its owner may look into, with those above it; one that is there stays as it is.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut new = DirBuilder::new();
    new.recursive(true).mode(0o700).create(folder)
}

/// Writes beside, syncs, renames: a reader sees the old file or the new one. Only its owner may read it.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        private_folder(folder)?;
    }
    let beside = file.with_extension(format!("json.{}", std::process::id()));
    // What a run of the same number left behind, or somebody's link: neither is written through.
    fs::remove_file(&beside).ok();
    let mut new = File::options();
    let mut written = new.write(true).create_new(true).mode(0o600).open(&beside)?;
    written.write_all(bytes).and_then(|()| written.sync_all())?;
    fs::rename(&beside, file).inspect_err(|_| {
        fs::remove_file(&beside).ok();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(number: usize) -> WorkspaceInfo {
        WorkspaceInfo {
            name: format!("w{number}"),
            path: format!("/w{number}.slipway"),
            is_sample: false,
            is_read_only: false,
            missing_records: 0,
        }
    }

    #[test]
    fn what_was_opened_last_comes_first_and_ten_are_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let remembered = Remembered::new(&folder.path().join("not/there/yet"));
        for number in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 3] {
            remembered
                .opened(&workspace(number))
                .expect("it can be written");
        }
        let names: Vec<_> = remembered
            .contents()
            .recent
            .into_iter()
            .map(|known| known.name)
            .collect();
        assert_eq!(
            names,
            ["w3", "w11", "w10", "w9", "w8", "w7", "w6", "w5", "w4", "w2"],
            "latest first, none twice"
        );
    }

    #[test]
    fn preferences_have_limits() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let remembered = Remembered::new(folder.path());
        let cases = [
            ("theme".to_owned(), Value::from("dark"), true),
            (String::new(), Value::from(1), false),
            ("x".repeat(101), Value::from(1), false),
            (
                "big".to_owned(),
                Value::from("x".repeat(PREFERENCE_LIMIT_BYTES)),
                false,
            ),
        ];
        for (name, value, fits) in cases {
            let kept = remembered.set_preference(name.clone(), value);
            assert_eq!(kept.is_ok(), fits, "a name of {} characters", name.len());
        }
        assert_eq!(
            remembered.contents().preferences.len(),
            1,
            "only what fits is kept"
        );
        remembered
            .set_preference("theme".into(), Value::Null)
            .expect("it can be written");
        assert!(remembered.contents().preferences.is_empty(), "null forgets");
    }

    #[test]
    fn a_damaged_file_is_no_obstacle() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("settings.json"), "{").expect("a file");
        let remembered = Remembered::new(folder.path());
        assert_eq!(
            remembered.contents(),
            Contents::default(),
            "it reads as empty"
        );
        remembered.opened(&workspace(1)).expect("it is replaced");
        assert_eq!(
            remembered.contents().recent,
            [workspace(1)],
            "it is whole again"
        );
    }
}
