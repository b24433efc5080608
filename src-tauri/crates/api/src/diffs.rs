//! Diffs that were built, kept so that each window of rows costs only its rows.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use slipway_diff::json::{EntryCounts, FIELD_ROWS_MAX, FieldModel};
use slipway_diff::kind::{ContentKind, Image};
use slipway_diff::rows::{Case, Direction, Found, RowModel, RowOptions, View};
use slipway_diff::{canonical, theme_json};
use slipway_domain::{BlobHash, ChangeKind, ResourceKey, Version};
use slipway_engine::{Engine, EngineError};

use crate::carried::{Carried, taken_out};
use crate::kept::Kept;
use crate::wire::{DiffContent, DiffMode, DiffRows, DiffSide, DocumentPair, Expansion};

/// How many diffs are kept.
const DIFF_LIMIT: usize = 32;
/// How many bytes of documents they hold together, about.
const DIFF_LIMIT_BYTES: usize = 48 * 1024 * 1024;
/// The longest document that is shown whole, in bytes as it is laid out.
const DOCUMENT_LIMIT_BYTES: usize = 1024 * 1024;
/// How many hunks and places of a text are listed.
const PLACE_LIMIT: usize = 10_000;

/// The diffs that were looked at last.
#[derive(Debug)]
pub(crate) struct Diffs {
    kept: Kept<DiffKey, Arc<Diff>>,
    /// How many were compared so far; opening gaps compares nothing.
    compared: AtomicU64,
}

impl Default for Diffs {
    fn default() -> Self {
        Self {
            kept: Kept::new(DIFF_LIMIT, DIFF_LIMIT_BYTES),
            compared: AtomicU64::new(0),
        }
    }
}

/// All that a diff follows from. Whether its lines stand in one column or two is a matter of reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct DiffKey {
    resource: ResourceKey,
    before: Option<BlobHash>,
    after: Option<BlobHash>,
    mode: DiffMode,
    expanded: Vec<Expansion>,
}

/// What is compared, and which of its gaps are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DiffRequest {
    pub(crate) resource: ResourceKey,
    pub(crate) before: Option<Version>,
    pub(crate) after: Option<Version>,
    pub(crate) mode: DiffMode,
    pub(crate) expanded: Vec<Expansion>,
}

impl DiffRequest {
    /// Whether the resource is created, modified or deleted from the one version to the other.
    pub(crate) fn change(&self) -> ChangeKind {
        match (&self.before, &self.after) {
            (None, _) => ChangeKind::Created,
            (Some(_), None) => ChangeKind::Deleted,
            (Some(_), Some(_)) => ChangeKind::Modified,
        }
    }

    fn key(&self, expanded: &[Expansion]) -> DiffKey {
        let blob = |version: &Option<Version>| version.map(|version| version.blob);
        DiffKey {
            resource: self.resource.clone(),
            before: blob(&self.before),
            after: blob(&self.after),
            mode: self.mode,
            expanded: expanded.to_vec(),
        }
    }
}

/// A diff that was built.
#[derive(Debug)]
pub(crate) struct Diff {
    pub(crate) before: Option<DiffSide>,
    pub(crate) after: Option<DiffSide>,
    pub(crate) limits: Vec<String>,
    model: Model,
}

#[derive(Clone, Debug)]
enum Model {
    Text { rows: RowModel, language: String },
    Fields { rows: FieldModel },
    Image { mime: String },
    Binary,
}

impl Diffs {
    /// The diff of two versions. They are compared once, whoever asks at the same time and however the diff is read.
    pub(crate) fn of(&self, engine: &Engine, of: &DiffRequest) -> Result<Arc<Diff>, EngineError> {
        let plain = self.kept.get_or_weighed(
            of.key(&[]),
            |diff| diff.weight(),
            || {
                self.compared.fetch_add(1, Ordering::Relaxed);
                Diff::new(engine, of).map(Arc::new)
            },
        )?;
        let Some((last, earlier)) = of.expanded.split_last() else {
            return Ok(plain);
        };
        self.kept.get_or_weighed(
            of.key(&of.expanded),
            // The texts are shared with the plain one; what is kept beside them is small.
            |diff| diff.weight() / 8,
            || {
                // Gaps are opened one after another: mostly, all but the last are open in a diff that is known.
                let known = self.kept.get(&of.key(earlier));
                Ok(Arc::new(match known {
                    Some(known) => known.expanded(slice::from_ref(last)),
                    None => plain.expanded(&of.expanded),
                }))
            },
        )
    }

    /// How many diffs were compared so far.
    pub(crate) fn compared(&self) -> u64 {
        self.compared.load(Ordering::Relaxed)
    }
}

impl Diff {
    /// Compares two versions; nothing is kept of it.
    pub(crate) fn new(engine: &Engine, of: &DiffRequest) -> Result<Self, EngineError> {
        let mode = of.mode;
        let Pair { before, after } = Pair::<Held>::of(engine, of)?;
        let side = |version: &Option<Version>, held: &Option<Held>| {
            let (version, held) = (version.as_ref()?, held.as_ref()?);
            Some(DiffSide {
                blob: version.blob,
                size_bytes: held.size_bytes,
                dimensions: held.picture.as_ref().and_then(|p| p.width.zip(p.height)),
                picture: held.picture.as_ref().map(|picture| picture.mime.clone()),
            })
        };
        let sides = (side(&of.before, &before), side(&of.after, &after));
        let mut limits = Vec::new();
        let both = Pair { before, after };
        if mode == DiffMode::Raw && both.sides().any(|held| held.carries_file) {
            limits.push(
                "The file's content is left out; its digest says whether it changed.".to_owned(),
            );
        }
        let kinds = both.map(|held| held.kind.clone());
        let model = Model::new(
            both.into_documents(),
            &kinds,
            &of.resource,
            mode,
            &mut limits,
        );
        Ok(Self {
            before: sides.0,
            after: sides.1,
            limits,
            model,
        })
    }

    fn expanded(&self, expanded: &[Expansion]) -> Self {
        let mut model = self.model.clone();
        for Expansion {
            path,
            gap,
            from_start,
            from_end,
        } in expanded
        {
            let mut open = |direction, count| match (&mut model, path) {
                (_, _) if count == 0 => {}
                (Model::Text { rows, .. }, None) => {
                    rows.expand(*gap, direction, count);
                }
                (Model::Fields { rows }, Some(path)) => {
                    rows.expand(path, *gap, direction, count);
                }
                _ => {}
            };
            // Its end first: the gap keeps its name then.
            open(Direction::Up, *from_end);
            open(Direction::Down, *from_start);
        }
        let Self {
            before,
            after,
            limits,
            model: _,
        } = self;
        Self {
            before: before.clone(),
            after: after.clone(),
            limits: limits.clone(),
            model,
        }
    }

    fn weight(&self) -> usize {
        let size = |side: &Option<DiffSide>| side.as_ref().map_or(0, |side| side.size_bytes);
        let bytes = usize::try_from(size(&self.before) + size(&self.after)).unwrap_or(usize::MAX);
        match &self.model {
            Model::Text { .. } => bytes.saturating_mul(2),
            // Values take more room than their text.
            Model::Fields { .. } => bytes.saturating_mul(4),
            Model::Image { .. } | Model::Binary => 0,
        }
    }

    /// How it is shown.
    pub(crate) fn content(&self, view: View) -> DiffContent {
        match &self.model {
            Model::Text { rows, language } => {
                let counts = rows.counts();
                DiffContent::Text {
                    language: language.clone(),
                    rows: number(rows.row_count(view)),
                    added: counts.added,
                    removed: counts.removed,
                    hunks: places(rows.hunk_positions(view)),
                }
            }
            Model::Fields { rows } => {
                let EntryCounts {
                    created,
                    modified,
                    deleted,
                    moved,
                } = rows.counts();
                DiffContent::Fields {
                    rows: number(rows.row_count(view)),
                    counts: crate::wire::ChangeCounts {
                        created,
                        modified,
                        deleted,
                    },
                    moved,
                    hunks: places(&rows.hunk_positions(view)),
                }
            }
            Model::Image { mime } => DiffContent::Image { mime: mime.clone() },
            Model::Binary => DiffContent::Binary,
        }
    }

    /// The rows of a window; none where there are no rows.
    pub(crate) fn rows(&self, view: View, from: usize, limit: usize) -> DiffRows {
        let to = from.saturating_add(limit);
        match &self.model {
            Model::Text { rows, .. } => DiffRows::Text {
                rows: rows.rows(view, from, to),
            },
            Model::Fields { rows } => DiffRows::Fields {
                rows: rows.rows(view, from, to),
            },
            Model::Image { .. } | Model::Binary => DiffRows::Text { rows: Vec::new() },
        }
    }

    /// The rows that hold a text, each once.
    pub(crate) fn find(&self, view: View, text: &str) -> Vec<u32> {
        let found = match &self.model {
            Model::Text { rows, .. } => rows.find(view, text, Case::Insensitive, PLACE_LIMIT),
            Model::Fields { rows } => rows.find(view, text, Case::Insensitive, PLACE_LIMIT),
            Model::Image { .. } | Model::Binary => Found::default(),
        };
        let mut rows: Vec<u32> = found
            .matches
            .iter()
            .map(|found| number(found.row))
            .collect();
        rows.dedup();
        rows
    }
}

/// One side of a change, as it is compared.
struct Held {
    /// The document, without a file that it carries.
    document: Vec<u8>,
    kind: ContentKind,
    size_bytes: u64,
    /// The picture that it is or carries.
    picture: Option<Image>,
    carries_file: bool,
}

impl Held {
    fn new(resource: &ResourceKey, name: &str, document: Vec<u8>) -> Self {
        if let Some(carried) = taken_out(resource, &document) {
            let Carried {
                document,
                size_bytes,
                picture,
            } = carried;
            return Self {
                document,
                kind: ContentKind::Json,
                size_bytes,
                picture,
                carries_file: true,
            };
        }
        let kind = ContentKind::of(name, &document);
        let picture = match &kind {
            ContentKind::Image(image) => Some(image.clone()),
            _ => None,
        };
        Self {
            size_bytes: document.len() as u64,
            document,
            kind,
            picture,
            carries_file: false,
        }
    }
}

impl Pair<Held> {
    fn of(engine: &Engine, of: &DiffRequest) -> Result<Self, EngineError> {
        let name = file_name(&of.resource);
        let held = |version: &Option<Version>| -> Result<Option<Held>, EngineError> {
            let bytes = version.as_ref().map(|v| engine.document(v)).transpose()?;
            Ok(bytes.map(|bytes| Held::new(&of.resource, &name, bytes)))
        };
        Ok(Self {
            before: held(&of.before)?,
            after: held(&of.after)?,
        })
    }

    fn into_documents(self) -> Pair<Vec<u8>> {
        Pair {
            before: self.before.map(|held| held.document),
            after: self.after.map(|held| held.document),
        }
    }
}

/// Both sides of something.
struct Pair<T> {
    before: Option<T>,
    after: Option<T>,
}

impl<T> Pair<T> {
    fn map<U>(&self, each: impl Fn(&T) -> U) -> Pair<U> {
        Pair {
            before: self.before.as_ref().map(&each),
            after: self.after.as_ref().map(&each),
        }
    }

    fn sides(&self) -> impl Iterator<Item = &T> {
        self.before.iter().chain(&self.after)
    }
}

impl Model {
    fn new(
        documents: Pair<Vec<u8>>,
        kinds: &Pair<ContentKind>,
        resource: &ResourceKey,
        mode: DiffMode,
        limits: &mut Vec<String>,
    ) -> Self {
        let has_lines = kinds.sides().all(ContentKind::has_lines);
        let image = kinds.sides().filter_map(|kind| match kind {
            ContentKind::Image(image) => Some(image.mime.clone()),
            _ => None,
        });
        if let Some(mime) = image
            .last()
            .filter(|_| mode == DiffMode::Fields || !has_lines)
        {
            return Self::Image { mime };
        }
        if !has_lines {
            return Self::Binary;
        }
        let is_object = !resource.is_theme_file();
        let is_json = is_object || kinds.sides().all(|kind| *kind == ContentKind::Json);
        if is_json
            && mode == DiffMode::Fields
            && let Some(model) = Self::fields(&documents, limits)
        {
            return model;
        }
        let language = match kinds.sides().last() {
            _ if is_json => "json".to_owned(),
            Some(ContentKind::Text { language }) => language.clone().unwrap_or_default(),
            Some(ContentKind::Image(_)) => "xml".to_owned(),
            _ => String::new(),
        };
        let is_line_endings = matches!(
            (&documents.before, &documents.after),
            (Some(before), Some(after)) if before != after && lines(before).eq(lines(after))
        );
        let Pair { before, after } = if is_object {
            laid_out(documents)
        } else {
            documents
        };
        let rows = RowModel::new(
            before.unwrap_or_default(),
            after.unwrap_or_default(),
            RowOptions::default(),
        );
        if is_line_endings {
            limits.push("Only the line endings differ.".to_owned());
        }
        if rows.hunk_positions(View::Unified).len() > PLACE_LIMIT {
            limits.push(format!(
                "Only the first {PLACE_LIMIT} of its changes can be gone to."
            ));
        }
        Self::Text { rows, language }
    }

    /// By field; `None` when a side can't be read as JSON, or only the formatting differs.
    fn fields(documents: &Pair<Vec<u8>>, limits: &mut Vec<String>) -> Option<Self> {
        let read = documents.map(|bytes| canonical::parse(&theme_json(bytes)));
        if let Some(error) = read.sides().find_map(|read| read.as_ref().err()) {
            limits.push(format!(
                "It is shown as text: it can't be read as JSON ({error})."
            ));
            return None;
        }
        let Pair { before, after } = read;
        let (before, after) = (before.and_then(Result::ok), after.and_then(Result::ok));
        let rows = FieldModel::new(before.as_ref(), after.as_ref(), RowOptions::default());
        if rows.row_count(View::Unified) == 0 {
            limits.push("It is shown as text: only the formatting differs.".to_owned());
            return None;
        }
        if rows.limited() {
            limits.push(format!("Only the first {FIELD_ROWS_MAX} rows are shown."));
        }
        Some(Self::Fields { rows })
    }
}

/// The lines of a text, without what ends them.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Objects with one field a line; as they are where they can't be read.
fn laid_out(documents: Pair<Vec<u8>>) -> Pair<Vec<u8>> {
    let pretty = documents.map(|bytes| canonical::pretty(bytes).ok());
    if pretty.sides().any(Option::is_none) {
        return documents;
    }
    Pair {
        before: pretty.before.flatten(),
        after: pretty.after.flatten(),
    }
}

/// A document before and after as its readers know it, without a file that it carries. `None` when a side is no JSON or is too
/// long to be shown whole. Nothing is compared for it.
pub(crate) fn documents(
    engine: &Engine,
    of: &DiffRequest,
) -> Result<Option<DocumentPair>, EngineError> {
    let is_object = !of.resource.is_theme_file();
    let held = Pair::of(engine, of)?;
    let is_json = |held: &Held| is_object || held.kind == ContentKind::Json;
    if !held.sides().all(is_json) {
        return Ok(None);
    }
    let laid_out = held.map(|held| {
        let document = theme_json(&held.document);
        let pretty = canonical::pretty(&document).ok()?;
        // A theme's file is shown in the order that its author gave it.
        let bytes = if is_object {
            pretty
        } else {
            document.into_owned()
        };
        let text = String::from_utf8(bytes).ok()?;
        (text.len() <= DOCUMENT_LIMIT_BYTES).then_some(text)
    });
    if laid_out.sides().any(Option::is_none) {
        return Ok(None);
    }
    let Pair { before, after } = laid_out;
    Ok(Some(DocumentPair {
        before: before.flatten(),
        after: after.flatten(),
    }))
}

/// What the extension of a resource is read from: objects are JSON, whatever their name.
pub(crate) fn file_name(resource: &ResourceKey) -> String {
    match resource.is_theme_file() {
        true => resource.name().to_owned(),
        false => format!("{}.json", resource.name()),
    }
}

fn places(rows: &[usize]) -> Vec<u32> {
    rows.iter()
        .take(PLACE_LIMIT)
        .map(|row| number(*row))
        .collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
