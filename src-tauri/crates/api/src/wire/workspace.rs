//! The program, its workspace and the person in front of it.

use serde::{Deserialize, Serialize};
use slipway_domain::{Person, Tier};
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
    /// Whether it is only read: it is not known to be this machine's own, and nobody has trusted it yet.
    #[serde(default)]
    pub is_read_only: bool,
    /// How many records that were seen here are not in the file: an older copy lies in its place. Then it is only read, until
    /// somebody goes on from there.
    #[serde(default)]
    pub missing_records: u64,
}

/// What the open workspace leads to, for a person who decides whether to trust it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkspacePlaces {
    /// Its environments, in promotion order.
    pub environments: Vec<PlaceInfo>,
    /// Names exactly these places; trusting is for them alone.
    pub digest: String,
}

/// Where an environment is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlaceInfo {
    /// Its name.
    pub environment: String,
    /// The adapter.
    pub platform: String,
    /// Where requests go: an address, a folder. What can't be shown stands as its number.
    pub place: String,
    /// How close to customers it is.
    pub tier: Tier,
}

/// Trusts the open workspace: its environments may be reached, and it may be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkspaceTrust {
    /// What was seen, see [`WorkspacePlaces`].
    pub digest: String,
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
