//! The program, its workspace and the person in front of it.

use serde::{Deserialize, Serialize};
use slipway_domain::Person;
use ts_rs::TS;

/// A workspace that is open or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkspaceInfo {
    /// Its file's name without the extension, or the name it was given.
    pub name: String,
    /// Its file.
    pub path: String,
    /// Whether it is the sample.
    pub is_sample: bool,
}

/// What the window needs to know when it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AppStatus {
    /// The program's version.
    pub version: String,
    /// The workspace that is open.
    pub workspace: Option<WorkspaceInfo>,
    /// Workspaces opened before that are still there, latest first; at most 10.
    pub recent: Vec<WorkspaceInfo>,
    /// Who acts.
    pub person: Option<Person>,
    /// Who that might be, from git or the system; to be confirmed at the first start.
    pub suggested_person: Option<Person>,
    /// Where a new workspace is put by default.
    pub default_folder: String,
}

/// Makes a workspace and opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkspaceCreate {
    /// Its name.
    pub name: String,
    /// Its file; none: in the default folder.
    pub path: Option<String>,
}

/// Opens a workspace that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkspaceOpen {
    /// Its file.
    pub path: String,
}

/// Says who acts here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PersonSet {
    /// How they are called.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

/// Something that the window remembers: theme, widths, open rows. Not for decisions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PreferenceSet {
    /// Its name; at most 100 characters.
    pub name: String,
    /// Its value; at most 64 KiB of JSON.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
}

/// Everything that the window remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Preferences {
    /// By name.
    #[ts(type = "Record<string, unknown>")]
    pub preferences: serde_json::Map<String, serde_json::Value>,
}

/// Cancels a long command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JobCancel {
    /// The name that the caller gave the job.
    pub job: String,
}
