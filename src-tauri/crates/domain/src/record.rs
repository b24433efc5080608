//! Records: the append-only trail of decisions from which all else about releases is derived.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::deployment::{Outcome, StartReason};
use crate::environment::Environment;
use crate::ids::{
    CommentId, DeploymentId, EffectDigest, EnvironmentId, Millis, PlanDigest, RecordId, ReleaseId,
    ReviewId, SnapshotId,
};
use crate::operation::OperationCounts;
use crate::release::{Candidates, ReleaseKind};
use crate::review::{Anchor, Verdict};

/// Somebody who decides: a name and an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Person {
    /// How they are called.
    pub name: String,
    /// Tells people of one name apart; compared without regard to case.
    pub email: String,
}

/// The text does not name a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` does not name a person: expected `Name <mail@example.com>`")]
pub struct PersonError {
    text: String,
}

impl Person {
    /// Whether both are one person.
    pub fn is(&self, other: &Self) -> bool {
        self.email.eq_ignore_ascii_case(&other.email)
    }
}

impl FromStr for Person {
    type Err = PersonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || PersonError {
            text: text.to_owned(),
        };
        let (name, rest) = text.split_once('<').ok_or_else(refused)?;
        let email = rest.trim().strip_suffix('>').ok_or_else(refused)?.trim();
        let name = name.trim();
        let valid = !name.is_empty()
            && email.contains('@')
            && !email.contains(char::is_whitespace)
            && !text.contains(char::is_control);
        valid
            .then(|| Self {
                name: name.to_owned(),
                email: email.to_owned(),
            })
            .ok_or_else(refused)
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

/// Something that was decided or that happened; past tense, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "the fields are those of the projections that they fill"
)]
pub enum Fact {
    /// An environment became known.
    EnvironmentAdded { environment: Environment },
    /// Its settings or rules are others now.
    EnvironmentChanged { environment: Environment },
    /// It is no longer looked after; what it held stays where it is.
    EnvironmentRemoved { environment: EnvironmentId },
    /// A release was started.
    ReleaseDrafted {
        release: ReleaseId,
        tag: String,
        notes: String,
        release_kind: ReleaseKind,
        source: EnvironmentId,
        target: EnvironmentId,
        candidates: Candidates,
        reverts: Option<DeploymentId>,
    },
    /// Its tag, notes or kind are others now.
    ReleaseDescribed {
        release: ReleaseId,
        tag: String,
        notes: String,
        release_kind: ReleaseKind,
    },
    /// Its environments were compared again.
    ReleaseRefreshed {
        release: ReleaseId,
        candidates: Candidates,
    },
    /// A revision was sealed; the first one opens the release.
    RevisionSealed {
        release: ReleaseId,
        revision: u32,
        effect: EffectDigest,
        created: u64,
        modified: u64,
        deleted: u64,
    },
    /// It was given up.
    ReleaseCancelled { release: ReleaseId, reason: String },
    /// Somebody reviewed it.
    Reviewed {
        release: ReleaseId,
        review: ReviewId,
        environment: EnvironmentId,
        effect: EffectDigest,
        verdict: Verdict,
        message: String,
    },
    /// A review no longer counts.
    ReviewDismissed {
        release: ReleaseId,
        review: ReviewId,
        reason: String,
    },
    /// Somebody remarked something.
    Commented {
        release: ReleaseId,
        comment: CommentId,
        anchor: Option<Anchor>,
        reply_to: Option<CommentId>,
        body: String,
    },
    /// A remark was settled, or opened again.
    CommentResolved {
        release: ReleaseId,
        comment: CommentId,
        resolved: bool,
    },
    /// A plan began to be executed.
    DeploymentStarted {
        deployment: DeploymentId,
        release: ReleaseId,
        revision: u32,
        environment: EnvironmentId,
        effect: EffectDigest,
        plan: PlanDigest,
        start: StartReason,
        before: SnapshotId,
        operations: u64,
    },
    /// It was taken up again after an interruption or a failure.
    DeploymentResumed { deployment: DeploymentId },
    /// It ended.
    DeploymentEnded {
        deployment: DeploymentId,
        outcome: Outcome,
        operations: OperationCounts,
        after: Option<SnapshotId>,
        message: Option<String>,
    },
    /// Everything that a deployment had applied was taken back by another one, or the named part of it.
    RolledBack {
        deployment: DeploymentId,
        by: DeploymentId,
        complete: bool,
    },
}

impl Fact {
    /// The kind's name as it stands in the record.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::EnvironmentAdded { .. } => "environment_added",
            Self::EnvironmentChanged { .. } => "environment_changed",
            Self::EnvironmentRemoved { .. } => "environment_removed",
            Self::ReleaseDrafted { .. } => "release_drafted",
            Self::ReleaseDescribed { .. } => "release_described",
            Self::ReleaseRefreshed { .. } => "release_refreshed",
            Self::RevisionSealed { .. } => "revision_sealed",
            Self::ReleaseCancelled { .. } => "release_cancelled",
            Self::Reviewed { .. } => "reviewed",
            Self::ReviewDismissed { .. } => "review_dismissed",
            Self::Commented { .. } => "commented",
            Self::CommentResolved { .. } => "comment_resolved",
            Self::DeploymentStarted { .. } => "deployment_started",
            Self::DeploymentResumed { .. } => "deployment_resumed",
            Self::DeploymentEnded { .. } => "deployment_ended",
            Self::RolledBack { .. } => "rolled_back",
        }
    }
}

/// What a fact is about: who shows that asks again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An environment's settings, rules or existence.
    Environment(EnvironmentId),
    /// What a release is chosen from: both of its environments were captured and compared.
    Candidates(ReleaseId),
    /// A release: what is said about it, its revisions, its life.
    Release(ReleaseId),
    /// The reviews of a release.
    Review(ReleaseId),
    /// The conversation about a release.
    Comment(ReleaseId),
    /// A deployment: what an environment holds, and what its release stands as there.
    Deployment(DeploymentId),
}

impl Fact {
    /// What it is about. A rollback is about both deployments.
    pub fn subjects(&self) -> Vec<Subject> {
        match self {
            Self::EnvironmentAdded { environment } | Self::EnvironmentChanged { environment } => {
                vec![Subject::Environment(environment.id.clone())]
            }
            Self::EnvironmentRemoved { environment } => {
                vec![Subject::Environment(environment.clone())]
            }
            Self::ReleaseDrafted { release, .. } | Self::ReleaseRefreshed { release, .. } => {
                vec![Subject::Candidates(release.clone())]
            }
            Self::ReleaseDescribed { release, .. }
            | Self::RevisionSealed { release, .. }
            | Self::ReleaseCancelled { release, .. } => vec![Subject::Release(release.clone())],
            Self::Reviewed { release, .. } | Self::ReviewDismissed { release, .. } => {
                vec![Subject::Review(release.clone())]
            }
            Self::Commented { release, .. } | Self::CommentResolved { release, .. } => {
                vec![Subject::Comment(release.clone())]
            }
            Self::DeploymentStarted { deployment, .. }
            | Self::DeploymentResumed { deployment }
            | Self::DeploymentEnded { deployment, .. } => {
                vec![Subject::Deployment(deployment.clone())]
            }
            Self::RolledBack { deployment, by, .. } => vec![
                Subject::Deployment(deployment.clone()),
                Subject::Deployment(by.clone()),
            ],
        }
    }
}

/// One link of a person's chain of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// BLAKE3 of [`Record::bytes`].
    pub id: RecordId,
    /// Who decided.
    pub author: Person,
    /// The place in the author's chain, from 1.
    pub seq: u64,
    /// The author's record before this one.
    pub prev: Option<RecordId>,
    /// When.
    pub at: Millis,
    /// What.
    pub fact: Fact,
    /// The author's signature over the id; empty while a workspace has one local user.
    pub signature: Vec<u8>,
}

/// A record that is not what it says it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Its bytes do not give its identity.
    #[error(
        "record {seq} of {author} was changed: its content gives {found}, its identity is {id}"
    )]
    Changed {
        /// Whose chain.
        author: Person,
        /// The place in the chain.
        seq: u64,
        /// The identity it claims.
        id: RecordId,
        /// What its bytes give.
        found: RecordId,
    },
    /// It does not follow on the author's previous record.
    #[error(
        "record {seq} of {author} does not follow on record {expected_seq}: a record is missing or out of order"
    )]
    Broken {
        /// Whose chain.
        author: Person,
        /// The place that it claims.
        seq: u64,
        /// The place that was due.
        expected_seq: u64,
    },
}

impl Record {
    /// Links a fact to its author's chain.
    pub fn link(author: Person, previous: Option<(u64, RecordId)>, at: Millis, fact: Fact) -> Self {
        let (seq, prev) = match previous {
            Some((seq, id)) => (seq + 1, Some(id)),
            None => (1, None),
        };
        let mut record = Self {
            id: RecordId([0; 32]),
            author,
            seq,
            prev,
            at,
            fact,
            signature: Vec::new(),
        };
        record.id = RecordId::of(&record.bytes());
        record
    }

    /// The bytes that the identity is the hash of: JSON of author, seq, prev, at and fact, in this order.
    pub fn bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            author: &'a Person,
            seq: u64,
            prev: Option<RecordId>,
            at: Millis,
            fact: &'a Fact,
        }
        let Self {
            id: _,
            author,
            seq,
            prev,
            at,
            fact,
            signature: _,
        } = self;
        serde_json::to_vec(&Body {
            author,
            seq: *seq,
            prev: *prev,
            at: *at,
            fact,
        })
        .expect("BUG: a record is plain data")
    }
}

/// Walks records in the order in which they were appended and checks every identity and every chain.
///
/// # Errors
/// The first record that was changed, left out or moved.
pub fn verify_chain<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<u64, RecordError> {
    let mut heads: BTreeMap<&str, (u64, RecordId)> = BTreeMap::new();
    let mut count = 0;
    for record in records {
        let found = RecordId::of(&record.bytes());
        if found != record.id {
            let Record {
                author, seq, id, ..
            } = record.clone();
            return Err(RecordError::Changed {
                author,
                seq,
                id,
                found,
            });
        }
        let head = heads.get(record.author.email.as_str()).copied();
        let expected_seq = head.map_or(1, |(seq, _)| seq + 1);
        if record.seq != expected_seq || record.prev != head.map(|(_, id)| id) {
            let Record { author, seq, .. } = record.clone();
            return Err(RecordError::Broken {
                author,
                seq,
                expected_seq,
            });
        }
        heads.insert(&record.author.email, (record.seq, record.id));
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests;
