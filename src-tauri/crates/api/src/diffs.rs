//! Diffs that were built, kept so that each window of rows costs only its rows.

use std::sync::Arc;

use slipway_diff::json::{EntryCounts, FIELD_ROWS_MAX, FieldModel, JsonDiff};
use slipway_diff::kind::{ContentKind, Image};
use slipway_diff::rows::{Case, Direction, Found, RowModel, RowOptions, View};
use slipway_diff::{canonical, strip_theme_comment};
use slipway_domain::{BlobHash, Change, ResourceKey, Version};
use slipway_engine::{Engine, EngineError};

use crate::carried::{Carried, taken_out};
use crate::kept::Kept;
use crate::wire::{DiffContent, DiffMode, DiffRows, DiffSide, Expansion};

/// How many diffs are kept.
const DIFF_LIMIT: usize = 32;
/// How many bytes of documents they hold together, about.
const DIFF_LIMIT_BYTES: usize = 48 * 1024 * 1024;
/// How many hunks and places of a text are told.
const PLACE_LIMIT: usize = 10_000;

/// The diffs that were looked at last.
#[derive(Debug)]
pub(crate) struct Diffs(Kept<DiffKey, Arc<Diff>>);

impl Default for Diffs {
    fn default() -> Self {
        Self(Kept::new(DIFF_LIMIT, DIFF_LIMIT_BYTES))
    }
}

/// All that a diff follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct DiffKey {
    resource: ResourceKey,
    before: Option<BlobHash>,
    after: Option<BlobHash>,
    look: Look,
}

/// How a diff is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) mode: DiffMode,
    pub(crate) split: bool,
    pub(crate) expanded: Vec<Expansion>,
}

/// A diff that was built.
#[derive(Debug)]
pub(crate) struct Diff {
    pub(crate) before: Option<DiffSide>,
    pub(crate) after: Option<DiffSide>,
    pub(crate) limits: Vec<String>,
    view: View,
    model: Model,
}

#[derive(Clone, Debug)]
enum Model {
    Text {
        rows: RowModel,
        language: String,
    },
    Fields {
        rows: FieldModel,
        counts: EntryCounts,
    },
    Image {
        mime: String,
    },
    Binary,
}

impl Diffs {
    /// The diff of a change as it is looked at; built when it was not looked at so before.
    pub(crate) fn of(
        &self,
        engine: &Engine,
        change: &Change,
        look: &Look,
    ) -> Result<Arc<Diff>, EngineError> {
        let blob = |version: &Option<Version>| version.map(|version| version.blob);
        let key = |expanded: Vec<Expansion>| DiffKey {
            resource: change.resource.clone(),
            before: blob(&change.before),
            after: blob(&change.after),
            look: Look {
                expanded,
                ..look.clone()
            },
        };
        if let Some(known) = self.0.get(&key(look.expanded.clone())) {
            return Ok(known);
        }
        let whole = key(Vec::new());
        let plain = match self.0.get(&whole) {
            Some(known) => known,
            None => {
                let built = Arc::new(Diff::new(engine, change, look.mode, look.split)?);
                self.0.put(whole, built.clone(), built.weight());
                built
            }
        };
        if look.expanded.is_empty() {
            return Ok(plain);
        }
        let expanded = Arc::new(plain.expanded(&look.expanded));
        // The texts are shared with the plain one; what is kept beside them is small.
        self.0.put(
            key(look.expanded.clone()),
            expanded.clone(),
            expanded.weight() / 8,
        );
        Ok(expanded)
    }
}

impl Diff {
    fn new(
        engine: &Engine,
        change: &Change,
        mode: DiffMode,
        split: bool,
    ) -> Result<Self, EngineError> {
        let document =
            |version: &Option<Version>| version.as_ref().map(|v| engine.document(v)).transpose();
        let name = file_name(&change.resource);
        let held = |version: &Option<Version>| -> Result<Option<Held>, EngineError> {
            let bytes = document(version)?;
            Ok(bytes.map(|bytes| Held::new(&change.resource, &name, bytes)))
        };
        let (before, after) = (held(&change.before)?, held(&change.after)?);
        let side = |version: &Option<Version>, held: &Option<Held>| {
            let (version, held) = (version.as_ref()?, held.as_ref()?);
            Some(DiffSide {
                blob: version.blob,
                size_bytes: held.size_bytes,
                dimensions: held.picture.as_ref().and_then(|p| p.width.zip(p.height)),
                picture: held.picture.as_ref().map(|picture| picture.mime.clone()),
            })
        };
        let sides = (side(&change.before, &before), side(&change.after, &after));
        let view = if split { View::Split } else { View::Unified };
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
            &change.resource,
            mode,
            view,
            &mut limits,
        );
        Ok(Self {
            before: sides.0,
            after: sides.1,
            limits,
            view,
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
                (Model::Fields { rows, .. }, Some(path)) => {
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
            view,
            model: _,
        } = self;
        Self {
            before: before.clone(),
            after: after.clone(),
            limits: limits.clone(),
            view: *view,
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
    pub(crate) fn content(&self) -> DiffContent {
        match &self.model {
            Model::Text { rows, language } => {
                let counts = rows.counts();
                DiffContent::Text {
                    language: language.clone(),
                    rows: number(rows.row_count(self.view)),
                    added: counts.added,
                    removed: counts.removed,
                    hunks: places(rows.hunk_positions(self.view)),
                }
            }
            Model::Fields { rows, counts } => {
                let EntryCounts {
                    created,
                    modified,
                    deleted,
                    moved,
                } = *counts;
                DiffContent::Fields {
                    rows: number(rows.row_count()),
                    counts: crate::wire::ChangeCounts {
                        created,
                        modified,
                        deleted,
                    },
                    moved,
                    hunks: places(&rows.hunk_positions()),
                }
            }
            Model::Image { mime } => DiffContent::Image { mime: mime.clone() },
            Model::Binary => DiffContent::Binary,
        }
    }

    /// The rows of a window; none where there are no rows.
    pub(crate) fn rows(&self, from: usize, limit: usize) -> DiffRows {
        let to = from.saturating_add(limit);
        match &self.model {
            Model::Text { rows, .. } => DiffRows::Text {
                rows: rows.rows(self.view, from, to),
            },
            Model::Fields { rows, .. } => DiffRows::Fields {
                rows: rows.rows(from, to),
            },
            Model::Image { .. } | Model::Binary => DiffRows::Text { rows: Vec::new() },
        }
    }

    /// The rows that hold a text, each once.
    pub(crate) fn find(&self, text: &str) -> Vec<u32> {
        let found = match &self.model {
            Model::Text { rows, .. } => rows.find(self.view, text, Case::Insensitive, PLACE_LIMIT),
            Model::Fields { rows, .. } => rows.find(text, Case::Insensitive, PLACE_LIMIT),
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
        view: View,
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
        let is_object = resource.family() != "theme";
        let is_json = is_object || kinds.sides().all(|kind| *kind == ContentKind::Json);
        if is_json
            && mode == DiffMode::Fields
            && let Some(model) = Self::fields(&documents, view, limits)
        {
            return model;
        }
        let language = match kinds.sides().last() {
            _ if is_json => "json".to_owned(),
            Some(ContentKind::Text { language }) => language.clone().unwrap_or_default(),
            Some(ContentKind::Image(_)) => "xml".to_owned(),
            _ => String::new(),
        };
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
        if rows.hunk_positions(view).len() > PLACE_LIMIT {
            limits.push(format!(
                "Only the first {PLACE_LIMIT} of its changes can be gone to."
            ));
        }
        Self::Text { rows, language }
    }

    /// By field; nothing where a side can't be read as JSON, or only the formatting differs.
    fn fields(documents: &Pair<Vec<u8>>, view: View, limits: &mut Vec<String>) -> Option<Self> {
        let read = documents.map(|bytes| canonical::parse(strip_theme_comment(bytes)));
        if let Some(error) = read.sides().find_map(|read| read.as_ref().err()) {
            limits.push(format!(
                "It is shown as text: it can't be read as JSON ({error})."
            ));
            return None;
        }
        let values = read.map(|read| read.as_ref().ok().cloned().unwrap_or_default());
        let rows = FieldModel::new(
            values.before.as_ref(),
            values.after.as_ref(),
            view,
            RowOptions::default(),
        );
        if rows.row_count() == 0 {
            limits.push("It is shown as text: only the formatting differs.".to_owned());
            return None;
        }
        if rows.limited() {
            limits.push(format!("Only the first {FIELD_ROWS_MAX} rows are shown."));
        }
        let counts = match (&values.before, &values.after) {
            (Some(before), Some(after)) => JsonDiff::new(before, after).counts(),
            (None, _) => EntryCounts {
                created: 1,
                ..EntryCounts::default()
            },
            (_, None) => EntryCounts {
                deleted: 1,
                ..EntryCounts::default()
            },
        };
        Some(Self::Fields { rows, counts })
    }
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

/// What the extension of a resource is read from: objects are JSON, whatever their name.
pub(crate) fn file_name(resource: &ResourceKey) -> String {
    match resource.family() {
        "theme" => resource.name().to_owned(),
        _ => format!("{}.json", resource.name()),
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
