//! The changes of a release: the tree, and the windows of a diff.

use serde::{Deserialize, Serialize};
use slipway_domain::{BlobHash, ChangeKind, ReleaseId, ResourceKey, Risk, Version};
use ts_rs::TS;

/// Which changes to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ChangeFilter {
    /// Only keys that hold this text, without regard to case.
    pub text: String,
    /// Only these kinds of change; empty: all.
    pub kinds: Vec<ChangeKind>,
    /// Only what is risky or can't be undone.
    pub risky: bool,
    /// Only what was not viewed yet.
    pub unviewed: bool,
    /// Only what has comments that are not resolved.
    pub commented: bool,
    /// Only what is in (a draft's choice).
    pub included: bool,
}

/// Asks for rows of the tree of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangeRowsGet {
    /// Which release.
    pub release: ReleaseId,
    /// What to show.
    #[serde(default)]
    pub filter: ChangeFilter,
    /// The ids of the groups that are folded.
    #[serde(default)]
    pub folded: Vec<String>,
    /// The first row, from 0.
    pub from: u32,
    /// How many rows.
    pub limit: u32,
}

/// A window of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangeRows {
    /// The rows asked for.
    pub rows: Vec<ChangeRow>,
    /// How many rows there are with this filter and these folds.
    pub total_rows: u32,
    /// How many changes match the filter.
    pub matching: u32,
    /// How many of these are in.
    pub matching_included: u32,
    /// How many changes there are.
    pub total: u32,
    /// How many of them were viewed.
    pub viewed: u32,
    /// How many of them are in.
    pub included: u32,
}

/// Asks where a change stands in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangePlaceGet {
    /// Which release.
    pub release: ReleaseId,
    /// Which change.
    pub resource: ResourceKey,
    /// What the tree shows.
    #[serde(default)]
    pub filter: ChangeFilter,
    /// The ids of the groups that are folded.
    #[serde(default)]
    pub folded: Vec<String>,
}

/// Where a change stands in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangePlace {
    /// Its row, or that of the outermost folded group that holds it; none where it does not match the filter.
    pub row: Option<u32>,
}

/// A row of the tree: a group, or a change in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChangeRow {
    /// A kind, or a folder of a theme.
    Group {
        /// Names it in `folded`.
        id: String,
        /// What it is called: "Products", "sections".
        title: String,
        /// How deep it stands, from 0.
        depth: u8,
        /// How many changes it holds that match the filter.
        count: u32,
        /// How many of these are in.
        included: u32,
        /// Whether it is folded.
        folded: bool,
    },
    /// A change.
    Change {
        /// Its place among all changes of the release in the order of the tree without filter and folds, from 0.
        index: u32,
        /// How deep it stands.
        depth: u8,
        /// Which resource.
        resource: ResourceKey,
        /// What it is called in the tree: the last part of its name.
        title: String,
        /// How it changes.
        change: ChangeKind,
        /// Whether it is in.
        included: bool,
        /// Why it can't be deployed at all: a rule of the target, or the release's type.
        withheld: Option<String>,
        /// Whether the person viewed it as it is.
        viewed: bool,
        /// Comments that are not resolved.
        comments: u32,
        /// How likely it is to hurt.
        risk: Risk,
        /// Whether a rollback can bring back what it changes.
        reversible: bool,
        /// The chosen change that needs this one.
        needed_by: Option<ResourceKey>,
    },
}

/// Asks for the order of changes, for the continuous diff document: 10,000 of them at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangeOrderGet {
    /// Which release.
    pub release: ReleaseId,
    /// What to show.
    #[serde(default)]
    pub filter: ChangeFilter,
    /// The first one, from 0.
    #[serde(default)]
    pub from: u32,
}

/// The changes that match, in the order of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangeOrder {
    /// Resource, change, and the byte sizes before and after: for a guess at the height before it is opened.
    pub changes: Vec<(ResourceKey, ChangeKind, u64, u64)>,
    /// How many match in all.
    pub total: u32,
}

/// Marks a change as viewed, or not. The mark lapses when the change does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ViewedSet {
    /// Which release.
    pub release: ReleaseId,
    /// Which change.
    pub resource: ResourceKey,
    /// Viewed or not.
    pub viewed: bool,
}

/// How a document is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum DiffMode {
    /// Objects by field, all else as text.
    #[default]
    Fields,
    /// As text, objects laid out with one field a line.
    Raw,
}

/// Hidden lines that were asked to be shown. The expansions of a diff are done one after another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Expansion {
    /// The field whose text has the gap, as its rows have it; none: the document itself is the text.
    #[serde(default)]
    #[ts(optional)]
    pub path: Option<String>,
    /// The gap's id, as its row has it.
    pub gap: u32,
    /// How many of its lines are shown at its beginning.
    pub from_start: u32,
    /// How many of its lines are shown at its end.
    pub from_end: u32,
}

/// Where the two versions of a diff come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DiffSource {
    /// A release: what it changes on its target.
    Release {
        /// Which.
        release: ReleaseId,
    },
    /// Any two versions that the core listed: of a rollback, a capture, a review.
    Versions {
        /// What there is before; `null` when the resource is created.
        before: Option<Version>,
        /// What there is after; `null` when the resource is deleted.
        after: Option<Version>,
    },
}

/// Names a diff: two versions of a resource, and how they are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct DiffOf {
    /// Where its versions come from.
    pub source: DiffSource,
    /// Which resource.
    pub resource: ResourceKey,
    /// How it is compared.
    #[serde(default)]
    pub mode: DiffMode,
    /// Whether lines stand in two columns.
    #[serde(default)]
    pub split: bool,
    /// Gaps that were opened.
    #[serde(default)]
    pub expanded: Vec<Expansion>,
}

/// One side of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffSide {
    /// Its bytes.
    pub blob: BlobHash,
    /// How many; of a file that the document carries, as many as that has.
    pub size_bytes: u64,
    /// Pixels, for an image.
    pub dimensions: Option<(u32, u32)>,
    /// The type of the image that it is, or that its document carries; see [`PictureGet`].
    pub picture: Option<String>,
}

/// What a diff holds, before its rows are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffView {
    /// How it is shown.
    pub content: DiffContent,
    /// How the resource changes.
    pub change: ChangeKind,
    /// What the target holds.
    pub before: Option<DiffSide>,
    /// What it is to hold.
    pub after: Option<DiffSide>,
    /// What is risky about it or can't be undone; only the change of a release has a risk.
    pub reasons: Vec<String>,
    /// How risky it is.
    pub risk: Risk,
    /// Whether a rollback can bring back what it changes.
    pub reversible: bool,
    /// Limits that were met, said in a sentence: "Word emphasis is off: the file has 1,000,000 lines".
    pub limits: Vec<String>,
}

/// How a diff is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DiffContent {
    /// Lines.
    Text {
        /// For colours: `liquid`, `json`, `css` …; empty: none.
        language: String,
        /// How many rows in the asked-for view.
        rows: u32,
        /// Lines added.
        added: u64,
        /// Lines removed.
        removed: u64,
        /// The row of the beginning of each hunk; at most 10,000.
        hunks: Vec<u32>,
    },
    /// Fields.
    Fields {
        /// How many rows.
        rows: u32,
        /// Fields created, modified, deleted.
        counts: super::ChangeCounts,
        /// Elements that only moved.
        moved: u64,
        /// The row of each change; at most 10,000.
        hunks: Vec<u32>,
    },
    /// Images side by side, see [`PictureGet`].
    Image {
        /// Its type, `image/png`.
        mime: String,
    },
    /// Sizes and digests only.
    Binary,
}

/// Asks for rows of a diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffRowsGet {
    /// Which diff.
    pub diff: DiffOf,
    /// The first row, from 0.
    pub from: u32,
    /// How many rows.
    pub limit: u32,
}

/// A window of a diff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DiffRows {
    /// Rows of lines.
    Text {
        /// The rows.
        rows: Vec<slipway_diff::rows::Row>,
    },
    /// Rows of fields.
    Fields {
        /// The rows.
        rows: Vec<slipway_diff::json::FieldRow>,
    },
}

/// Looks for a text in a diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffFind {
    /// Which diff.
    pub diff: DiffOf,
    /// What to look for, without regard to case.
    pub text: String,
}

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffFound {
    /// Rows; at most 10,000.
    pub rows: Vec<u32>,
}

/// Asks for a document before and after, whole: for showing it as its readers know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentsGet {
    /// Where its versions come from.
    pub source: DiffSource,
    /// Which resource.
    pub resource: ResourceKey,
}

/// A document before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Documents {
    /// `null` when a side is no JSON, or longer than 1 MiB.
    pub pair: Option<DocumentPair>,
}

/// A document before and after as JSON, without a file that it carries: objects with one field a line and their keys in order, a
/// theme's files as they are written, without the comment at their head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentPair {
    /// Before; `null` when it is created.
    pub before: Option<String>,
    /// After; `null` when it is deleted.
    pub after: Option<String>,
}

/// Looks for a text in the diffs of a release, as a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangesFind {
    /// Which release.
    pub release: ReleaseId,
    /// In which of its changes.
    #[serde(default)]
    pub filter: ChangeFilter,
    /// What to look for, without regard to case.
    pub text: String,
    /// Where to begin: beyond this change, in the order of the tree; `null`: at the first one, or the last.
    pub beyond: Option<ResourceKey>,
    /// Which way.
    pub towards: Towards,
    /// How many changes to find at most.
    pub limit: u32,
    /// Names the job, for its progress and to cancel it.
    #[serde(default)]
    pub job: String,
}

/// Which way a list is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Towards {
    /// From its beginning.
    End,
    /// From its end.
    Beginning,
}

/// The changes that hold a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangesFound {
    /// The changes, in the order that they were gone through.
    pub found: Vec<FoundChange>,
    /// Whether there are none beyond these.
    pub is_all: bool,
}

/// A change whose diff holds a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundChange {
    /// Which.
    pub resource: ResourceKey,
    /// In how many rows of its diff by fields, no gap opened; at most 10,000.
    pub rows: u32,
}

/// Asks for the picture that a side of a change is, or that its document carries, drawn into a box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PictureGet {
    /// Which.
    pub blob: BlobHash,
    /// The box's width in pixels of the screen, from 1 to 2,048.
    pub width: u32,
    /// The box's height in pixels of the screen, from 1 to 2,048.
    pub height: u32,
}

/// A picture that was drawn outside of the page and of this process, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PictureView {
    /// It was drawn.
    Drawn {
        /// A PNG that Slipway wrote, in base 64; it fits into the box. Captured bytes never come so far.
        png: String,
        /// The width that the picture has by itself, in pixels.
        width: u32,
        /// The height that it has by itself, in pixels.
        height: u32,
        /// What the drawing does not show, a sentence each.
        notes: Vec<String>,
    },
    /// It is not drawn.
    Refused {
        /// Why, in a sentence: "This SVG can't be drawn: it takes longer than 5 s."
        message: String,
    },
}

/// Asks for the patch of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PatchGet {
    /// Its identity, or its tag.
    pub release: String,
    /// Only this resource.
    #[serde(default)]
    pub resource: Option<ResourceKey>,
    /// Lines of context; none: 3.
    #[serde(default)]
    pub unified: Option<u32>,
}

/// A patch that `git apply` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Patch {
    /// The patch in base 64: it may hold any bytes.
    pub base64: String,
}
