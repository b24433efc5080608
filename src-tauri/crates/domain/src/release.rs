//! Releases: a named, reviewed set of changes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{DeploymentId, EffectDigest, EnvironmentId, Millis, ReleaseId, SnapshotId};
use crate::person::Person;
use crate::resource::ResourceKey;
use crate::review::{Comment, Review};

/// Where a release is in its life, whatever environments hold of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Life {
    /// Being put together; its changes can be chosen.
    Draft,
    /// Sealed: it can be reviewed and deployed.
    Open,
    /// Given up.
    Closed,
}

/// What lists show of a release: its life and, once it is open, what it stands as in its own target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ReleaseState {
    /// Being put together; its changes can be chosen.
    Draft,
    /// Sealed and under review.
    Open,
    /// Being written to an environment.
    Deploying,
    /// All of it was applied and verified.
    Deployed,
    /// Given up.
    Cancelled,
    /// A deployment did not reach its end.
    Failed,
}

impl fmt::Display for ReleaseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Deploying => "deploying",
            Self::Deployed => "deployed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        })
    }
}

/// What a release may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ReleaseKind {
    /// Store data and configuration.
    Objects,
    /// Theme files only.
    Theme,
    /// Both.
    Hybrid,
}

impl ReleaseKind {
    /// Whether a release of this kind may hold the resource.
    pub fn admits(self, key: &ResourceKey) -> bool {
        match self {
            Self::Hybrid => true,
            Self::Theme => key.is_theme_file(),
            Self::Objects => !key.is_theme_file(),
        }
    }
}

impl fmt::Display for ReleaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Objects => "objects",
            Self::Theme => "theme",
            Self::Hybrid => "hybrid",
        })
    }
}

/// What a release stands as in one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It could be deployed there.
    Ready,
    /// It is being written there, or that was interrupted.
    Deploying,
    /// It is what was deployed there last.
    Deployed,
    /// A later release was deployed there.
    Superseded,
    /// Its deployment there did not reach its end.
    Failed,
    /// Its deployment there was cancelled.
    Cancelled,
    /// It was rolled back there.
    RolledBack,
}

impl Standing {
    /// Whether the release can go there next.
    pub fn is_ahead(self) -> bool {
        matches!(self, Self::Ready | Self::Cancelled)
    }
}

/// The comparison that a release's changes are chosen from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Candidates {
    /// The set of all changes between the two captures.
    pub changes: EffectDigest,
    /// The capture of the source.
    pub source: SnapshotId,
    /// The capture of the target.
    pub target: SnapshotId,
    /// When they were compared.
    pub at: Millis,
}

/// What was sealed when the release was opened, or edited after; immutable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Revision {
    /// From 1.
    pub number: u32,
    /// The effect on the release's target; names the sealed set of changes in the store.
    pub effect: EffectDigest,
    /// How many resources it creates.
    pub created: u64,
    /// How many resources it modifies.
    pub modified: u64,
    /// How many resources it deletes.
    pub deleted: u64,
    /// When it was sealed.
    pub at: Millis,
    /// Who sealed it.
    pub by: Person,
}

impl Revision {
    /// All the changes in it.
    pub fn change_count(&self) -> u64 {
        self.created + self.modified + self.deleted
    }
}

/// A tag, notes, and a set of changes on their way through environments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Release {
    /// Its identity.
    pub id: ReleaseId,
    /// Its name, unique in the workspace without regard to case.
    pub tag: String,
    /// What it is about.
    pub notes: String,
    /// What it may hold.
    pub kind: ReleaseKind,
    /// Where the changes come from.
    pub source: EnvironmentId,
    /// Where they are meant to go first.
    pub target: EnvironmentId,
    /// Where it is in its life.
    pub life: Life,
    /// What lists show: follows from its life and what it stands as in its target.
    pub state: ReleaseState,
    /// What its changes are chosen from.
    pub candidates: Candidates,
    /// What was sealed, oldest first; the last one counts.
    pub revisions: Vec<Revision>,
    /// The reviews, oldest first.
    pub reviews: Vec<Review>,
    /// The conversation, oldest first.
    pub comments: Vec<Comment>,
    /// What it stands as where it has been.
    pub standings: BTreeMap<EnvironmentId, Standing>,
    /// The deployment that it takes back, when it is a revert release.
    pub reverts: Option<DeploymentId>,
    /// When it was made.
    pub created_at: Millis,
    /// Who made it.
    pub created_by: Person,
    /// When anything about it was last decided.
    pub updated_at: Millis,
}

impl Release {
    /// The revision that counts; none while it is a draft.
    pub fn revision(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// What became of it once it was deployed and no environment holds it any more: rolled back, or superseded. `None`
    /// while one does, and before.
    pub fn aftermath(&self) -> Option<Standing> {
        let stands_as = |wanted: Standing| self.standings.values().any(|known| *known == wanted);
        if self.state != ReleaseState::Deployed || stands_as(Standing::Deployed) {
            return None;
        }
        [Standing::RolledBack, Standing::Superseded]
            .into_iter()
            .find(|standing| stands_as(*standing))
    }

    /// What it stands as in an environment: [`Standing::Ready`] when it was never deployed there but could be.
    pub fn standing(&self, environment: &EnvironmentId) -> Option<Standing> {
        let ready = (self.life == Life::Open).then_some(Standing::Ready);
        self.standings.get(environment).copied().or(ready)
    }

    /// Whether its changes can still be chosen: no environment holds it or a part of it, or is being written.
    pub fn is_editable(&self) -> bool {
        self.life != Life::Closed && !self.is_fixed()
    }

    /// Whether an environment holds it or a part of it, or it is being written there.
    pub(crate) fn is_fixed(&self) -> bool {
        self.standings
            .values()
            .any(|standing| !standing.is_ahead() && *standing != Standing::RolledBack)
    }

    /// Who made it what it is: whoever began it or sealed any of its revisions.
    pub fn authors(&self) -> Vec<&Person> {
        let sealed = self.revisions.iter().map(|revision| &revision.by);
        let mut authors: Vec<&Person> = Vec::new();
        for person in [&self.created_by].into_iter().chain(sealed) {
            if !authors.iter().any(|known| known.is(person)) {
                authors.push(person);
            }
        }
        authors
    }

    /// Whether a person is one of them.
    pub fn is_author(&self, person: &Person) -> bool {
        self.authors().iter().any(|known| known.is(person))
    }

    /// Works out what lists show.
    pub(crate) fn settle(&mut self) {
        self.state = match self.life {
            Life::Draft => ReleaseState::Draft,
            Life::Closed => ReleaseState::Cancelled,
            Life::Open => match self.standings.get(&self.target) {
                None | Some(Standing::Ready) => ReleaseState::Open,
                Some(Standing::Deploying) => ReleaseState::Deploying,
                Some(Standing::Failed) => ReleaseState::Failed,
                Some(Standing::Cancelled) => ReleaseState::Cancelled,
                Some(Standing::Deployed | Standing::Superseded | Standing::RolledBack) => {
                    ReleaseState::Deployed
                }
            },
        };
    }
}
