//! The trail of everything that was decided.

use serde::{Deserialize, Serialize};
use slipway_domain::{Fact, Millis, Person, RecordId};
use ts_rs::TS;

/// Asks for entries of the trail, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrailGet {
    /// Only these kinds of fact, as [`Fact::kind`] names them; empty: all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Only about this release: identity or tag.
    #[serde(default)]
    pub release: Option<String>,
    /// Only about this environment: identity or name.
    #[serde(default)]
    pub environment: Option<String>,
    /// Only what holds this text.
    #[serde(default)]
    pub text: String,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// An entry of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrailEntry {
    /// Its place in the trail, from 1.
    pub position: u64,
    /// Its identity.
    pub id: RecordId,
    /// Who.
    pub author: Person,
    /// When.
    pub at: Millis,
    /// What.
    pub fact: Fact,
    /// What, in a sentence without its subject: "opened spring-24.3 with 52 changes".
    pub sentence: String,
    /// The release that it is about: identity and tag.
    pub release: Option<super::ReleaseRef>,
    /// The environment that it is about, by name.
    pub environment: Option<String>,
}

/// A page of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Trail {
    /// Newest first.
    pub entries: Vec<TrailEntry>,
    /// How many match.
    pub total: u64,
}

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditResult {
    /// How many records were read.
    pub records: u64,
    /// Whether every record is what it says it is, and every chain is whole.
    pub intact: bool,
    /// What is not, in a sentence.
    pub problem: Option<String>,
    /// Whether what is shown follows from the records; after a rebuild always.
    pub projections_match: bool,
}

/// Writes the whole trail to a file, one JSON record a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditExport {
    /// The file; it must not be there yet.
    pub path: String,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditExported {
    /// The file.
    pub path: String,
    /// How many records.
    pub records: u64,
}
