//! Facts: what was decided or happened, and what each is about.

use serde::{Deserialize, Serialize};

use crate::deployment::{JournalSeal, Outcome, StartReason};
use crate::device::PublicKey;
use crate::environment::Environment;
use crate::ids::{
    CommentId, ConnectionDigest, DeploymentId, EffectDigest, EnvironmentId, PersonId, PlanDigest,
    RecordId, ReleaseId, ReviewId, RulesDigest, SnapshotId, TrailDigest,
};
use crate::operation::OperationCounts;
use crate::person::PersonKind;
use crate::release::{Candidates, ReleaseKind};
use crate::review::{Anchor, Verdict};

/// Something that was decided or that happened; past tense, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "the fields are those of the projections that they fill"
)]
pub enum Fact {
    /// The ledger begins; who may administer it, by the keys of their devices, and how many of them have to agree.
    WorkspaceCreated {
        admins: Vec<PublicKey>,
        threshold: u32,
    },
    /// A ledger of an older format goes on signed: its last record, how many there are, and all of them in their order.
    LedgerMigrated {
        last: Option<RecordId>,
        count: u64,
        trail: TrailDigest,
        admins: Vec<PublicKey>,
        threshold: u32,
    },
    /// A person was introduced with a device of theirs, or is called otherwise from now on.
    PersonAdded {
        person: PersonId,
        name: String,
        email: String,
        person_kind: PersonKind,
        device: PublicKey,
    },
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
        #[serde(default)]
        rules: Option<RulesDigest>,
        #[serde(default)]
        connection: Option<ConnectionDigest>,
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
        #[serde(default)]
        journal: Option<JournalSeal>,
        after: Option<SnapshotId>,
        message: Option<String>,
    },
    /// Everything that a deployment had applied was taken back by another one, or the named part of it.
    RolledBack {
        deployment: DeploymentId,
        by: DeploymentId,
        complete: bool,
    },
    /// A newer program's: of a kind, or of a version of it, that this one does not know.
    Unknown { name: String, version: u64 },
}

impl Fact {
    /// The kinds that this program knows, as they stand in records.
    pub const KINDS: [&'static str; 19] = [
        "workspace_created",
        "ledger_migrated",
        "person_added",
        "environment_added",
        "environment_changed",
        "environment_removed",
        "release_drafted",
        "release_described",
        "release_refreshed",
        "revision_sealed",
        "release_cancelled",
        "reviewed",
        "review_dismissed",
        "commented",
        "comment_resolved",
        "deployment_started",
        "deployment_resumed",
        "deployment_ended",
        "rolled_back",
    ];

    /// The keys that it makes known.
    pub(crate) fn keys(&self) -> &[PublicKey] {
        match self {
            Self::WorkspaceCreated { admins, .. } | Self::LedgerMigrated { admins, .. } => admins,
            Self::PersonAdded { device, .. } => std::slice::from_ref(device),
            _ => &[],
        }
    }

    /// The kind's name as it stands in the record.
    pub fn kind(&self) -> &str {
        match self {
            Self::WorkspaceCreated { .. } => "workspace_created",
            Self::LedgerMigrated { .. } => "ledger_migrated",
            Self::PersonAdded { .. } => "person_added",
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
            Self::Unknown { name, .. } => name,
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
            // Who shows people reads them with what they decided.
            Self::WorkspaceCreated { .. }
            | Self::LedgerMigrated { .. }
            | Self::PersonAdded { .. }
            | Self::Unknown { .. } => Vec::new(),
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
