//! Releases, reviews and the conversation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use slipway_domain::{
    Anchor, Approval, Candidates, CommentId, DeploymentId, EffectDigest, EnvironmentId, Gate, Life,
    Millis, Person, Release, ReleaseActions, ReleaseId, ReleaseKind, ReleaseState, ResourceKey,
    Review, ReviewId, ReviewStage, Revision, Standing, TargetActions, Verdict,
};
use ts_rs::TS;

use super::{ChangeCounts, ChangeFilter, LeftOut, NotCompared};

/// Names a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseGet {
    /// Its identity, or its tag.
    pub release: String,
}

/// Names a release and an environment, wherever that is on the release's way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseEnvironmentGet {
    /// The release: identity or tag.
    pub release: String,
    /// The environment: identity or name; none: the release's target.
    #[serde(default)]
    pub environment: Option<String>,
}

/// Makes a draft from what two environments differ in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseCreate {
    /// Its name; unique.
    pub tag: String,
    /// What it is about.
    pub notes: String,
    /// What it may hold; none: what both environments hold.
    pub kind: Option<ReleaseKind>,
    /// Where the changes come from: identity or name.
    pub source: String,
    /// Where they go.
    pub target: String,
    /// Globs of the resources to include; none: all.
    #[serde(default)]
    pub include: Vec<String>,
    /// Globs of the resources to leave out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Whether to capture both environments first; what was never captured is captured all the same.
    pub capture: bool,
    /// Whether a person said that it may delete most of what the target holds, or all that the source has lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_deletes: bool,
    /// The job's name, for progress and cancelling.
    #[serde(default)]
    pub job: String,
}

/// Changes what is said about a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseDescribe {
    /// Which.
    pub release: ReleaseId,
    /// Its tag; fixed once it is open.
    pub tag: String,
    /// Its notes.
    pub notes: String,
    /// Its type; fixed once it is open.
    pub kind: ReleaseKind,
}

/// Captures both environments and compares them again; the choice made so far is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseRefresh {
    /// Its identity, or its tag.
    pub release: String,
    /// Whether a person said that it may delete most of what the target holds, or all that the source has lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_deletes: bool,
    /// The job's name, for progress and cancelling.
    #[serde(default)]
    pub job: String,
}

/// Gives a release up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseCancel {
    /// Its identity, or its tag.
    pub release: String,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
}

/// Includes or leaves out changes of a draft, or of an open release that is being edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseInclude {
    /// Which.
    pub release: ReleaseId,
    /// Which changes.
    pub selection: Selection,
    /// In or out.
    pub included: bool,
}

/// Which changes of a release are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Selection {
    /// These, by name.
    Resources {
        /// At most 100,000.
        resources: Vec<ResourceKey>,
    },
    /// Those that the tree of changes shows with a filter, folded or not, as they are when the command is done.
    Matching {
        /// The filter.
        filter: ChangeFilter,
        /// Only those in this group of the tree, by its id; none: all.
        group: Option<String>,
    },
}

/// What became of the choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IncludeResult {
    /// How many changes are in.
    pub included: u64,
    /// How many there are to choose from.
    pub total: u64,
    /// How many of the selected ones were out and are in now, or the other way round.
    pub changed: u64,
    /// What was taken in because something chosen needs it.
    pub pulled_in: Vec<PulledIn>,
}

/// A change that was taken in because another one needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PulledIn {
    /// What was taken in.
    pub resource: ResourceKey,
    /// What needs it.
    pub needed_by: ResourceKey,
    /// Where it is referred to.
    pub path: String,
}

/// Which releases to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseListGet {
    /// Only these states; empty: all.
    #[serde(default)]
    pub states: Vec<ReleaseState>,
    /// Only tags, notes or authors that hold this text.
    #[serde(default)]
    pub text: String,
    /// Only those that are up for review somewhere.
    #[serde(default)]
    pub in_review: bool,
    /// How many to pass over.
    #[serde(default)]
    pub offset: u32,
    /// How many to give.
    pub limit: u32,
}

/// A release in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseSummary {
    /// Its identity.
    pub id: ReleaseId,
    /// Its tag.
    pub tag: String,
    /// The first line of its notes.
    pub title: String,
    /// Where it is in its life.
    pub state: ReleaseState,
    /// What it may hold.
    pub kind: ReleaseKind,
    /// Where its changes come from.
    pub source: String,
    /// Where they go.
    pub target: String,
    /// Whether that is production.
    pub to_production: bool,
    /// How many changes it holds.
    pub counts: ChangeCounts,
    /// How it stands with its reviewers, for its target.
    pub approval: Approval,
    /// Where it is up for review, or approved and not deployed yet, in promotion order.
    pub reviews: Vec<ReleaseReview>,
    /// What it stands as where it has been: environment name and standing.
    pub standings: Vec<(String, Standing)>,
    /// What became of it once it was deployed and no environment holds it any more.
    pub aftermath: Option<Standing>,
    /// Open comments.
    pub unresolved: u64,
    /// The deployment that is running or was the last.
    pub deployment: Option<DeploymentId>,
    /// Whether it takes a deployment back.
    pub is_revert: bool,
    /// Who made it.
    pub created_by: Person,
    /// When.
    pub created_at: Millis,
    /// When anything was last decided about it.
    pub updated_at: Millis,
}

/// A release that is up for review in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseReview {
    /// Where.
    pub environment: EnvironmentId,
    /// Its name.
    pub name: String,
    /// Whether it is production.
    pub is_production: bool,
    /// How the release stands with its reviewers there.
    pub approval: Approval,
    /// How far the review is for the person who asks.
    pub stage: ReviewStage,
}

/// A page of releases, latest decision first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseList {
    /// The page.
    pub releases: Vec<ReleaseSummary>,
    /// How many there are.
    pub total: u64,
    /// How many are in each state, whatever was asked for.
    pub by_state: Vec<(ReleaseState, u64)>,
}

/// A release: all of it but the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseInfo {
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

impl From<Release> for ReleaseInfo {
    fn from(release: Release) -> Self {
        let Release {
            id,
            tag,
            notes,
            kind,
            source,
            target,
            life,
            state,
            candidates,
            revisions,
            reviews,
            comments: _,
            standings,
            reverts,
            created_at,
            created_by,
            updated_at,
        } = release;
        Self {
            id,
            tag,
            notes,
            kind,
            source,
            target,
            life,
            state,
            candidates,
            revisions,
            reviews,
            standings,
            reverts,
            created_at,
            created_by,
            updated_at,
        }
    }
}

/// A release with all that is known of it, beside its conversation, which is read page by page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseView {
    /// Itself.
    pub release: ReleaseInfo,
    /// How many threads are not resolved; of each resource, the tree of changes says it.
    pub unresolved: u64,
    /// The names of the source and the target.
    pub source_name: String,
    /// The name of the target.
    pub target_name: String,
    /// Whether the target is production.
    pub to_production: bool,
    /// The changes that are in: chosen in a draft, sealed after.
    pub counts: ChangeCounts,
    /// How many there are to choose from.
    pub candidate_count: u64,
    /// What is in because something else needs it; at most 100.
    pub pulled_in: Vec<PulledIn>,
    /// What its target's rules leave out.
    pub left_out: Vec<LeftOut>,
    /// What could not be read when the environments were compared; at most 100.
    pub not_compared: Vec<NotCompared>,
    /// How many could not be read.
    pub not_compared_count: u64,
    /// Whether the choice differs from the sealed revision: opening again would make the next one.
    pub edited: bool,
    /// What may be done with it as a whole.
    pub can: ReleaseActions,
    /// What became of it once it was deployed and no environment holds it any more.
    pub aftermath: Option<Standing>,
    /// How it stands in each environment on its way, in promotion order, and what may be done there.
    pub environments: Vec<ReleaseEnvironment>,
    /// Which of these it goes to next: the first on its way where it has not been. None where there is none left, and where
    /// it was replaced or rolled back.
    pub next: Option<EnvironmentId>,
    /// The reviews that may be dismissed.
    pub dismissable: Vec<ReviewId>,
    /// Its deployments, newest first.
    pub deployments: Vec<DeploymentId>,
    /// Other open releases that change the same resources.
    pub overlaps: Vec<Overlap>,
}

/// A release seen from one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseEnvironment {
    /// Which.
    pub id: EnvironmentId,
    /// Its name.
    pub name: String,
    /// Whether it is production.
    pub is_production: bool,
    /// What the release stands as there.
    pub standing: Option<Standing>,
    /// Its effect there, as of the latest capture; none for a draft or where it holds nothing of its kind.
    pub effect: Option<EffectDigest>,
    /// How many resources that changes.
    pub counts: ChangeCounts,
    /// The revision that the effect is of; none for a draft.
    pub revision: Option<u32>,
    /// How it stands with its reviewers there.
    pub approval: Approval,
    /// What it needs before it is deployed there, and what of that is missing; none where it changes nothing.
    pub gate: Option<Gate>,
    /// How far the review is there for the person who asks; none where it is not up for review.
    pub review: Option<ReviewStage>,
    /// What may be done with it there.
    pub can: TargetActions,
}

/// Another open release that touches the same resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Overlap {
    /// Which release.
    pub release: ReleaseId,
    /// Its tag.
    pub tag: String,
    /// How many resources both change.
    pub count: u64,
    /// Some of them; at most 10.
    pub examples: Vec<ResourceKey>,
}

/// Reviews a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReviewSubmit {
    /// Its identity, or its tag.
    pub release: String,
    /// The environment whose effect is reviewed, by identity or name.
    pub environment: String,
    /// The effect that the reviewer looked at; refused when it is another one by now.
    pub effect: EffectDigest,
    /// The revision that the reviewer looked at; refused when another one was opened since.
    pub revision: u32,
    /// What is said.
    pub verdict: Verdict,
    /// Why.
    #[serde(default)]
    pub message: String,
}

/// Takes a review out of the count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReviewDismiss {
    /// Which release.
    pub release: ReleaseId,
    /// Which review.
    pub review: ReviewId,
    /// Why it no longer counts.
    pub reason: String,
}

/// Remarks something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommentAdd {
    /// Which release.
    pub release: ReleaseId,
    /// About what; none: the whole.
    pub anchor: Option<Anchor>,
    /// The comment that it answers.
    pub reply_to: Option<CommentId>,
    /// The text.
    pub body: String,
}

/// Resolves a comment, or reopens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CommentResolve {
    /// Which release.
    pub release: ReleaseId,
    /// Which comment.
    pub comment: CommentId,
    /// Resolved or not.
    pub resolved: bool,
}
