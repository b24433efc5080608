//! The windows of a diff, and what is looked for in diffs.

use std::sync::Arc;

use rayon::prelude::*;
use slipway_diff::rows::View;
use slipway_domain::{Assessment, Change, ReleaseId, ResourceKey, Version};
use slipway_engine::{Engine, EngineError};

use super::changes::{Place, change_of, marks};
use super::page;
use crate::diffs::{Diff, DiffRequest};
use crate::session::Api;
use crate::wire::{
    ApiError, ChangesFind, ChangesFound, DiffFind, DiffFound, DiffMode, DiffOf, DiffRows,
    DiffRowsGet, DiffSource, DiffView, Documents, DocumentsGet, FoundChange, Towards,
};
use crate::workspace::Workspace;

/// How many gaps of a diff may be opened.
const EXPANSION_LIMIT: usize = 10_000;
/// How many changes are looked through between two reports of progress.
const FIND_AT_ONCE: usize = 64;

pub(crate) async fn diff(api: &Api, of: DiffOf) -> Result<DiffView, ApiError> {
    api.on_disk(move |workspace| {
        let view = view_of(&of);
        let source = of.source.clone();
        let request = requested(workspace, of)?;
        let diff = workspace.diffs.of(&workspace.engine, &request)?;
        let Assessment {
            reasons,
            risk,
            reversible,
        } = match &source {
            DiffSource::Release { release } => assessment(workspace, release, &request.resource)?,
            DiffSource::Versions { .. } => Assessment::default(),
        };
        Ok(DiffView {
            content: diff.content(view),
            change: request.change(),
            before: diff.before.clone(),
            after: diff.after.clone(),
            reasons,
            risk,
            reversible,
            limits: diff.limits.clone(),
        })
    })
    .await
}

/// What the target says about a change of a release.
fn assessment(
    workspace: &Workspace,
    release: &ReleaseId,
    resource: &ResourceKey,
) -> Result<Assessment, ApiError> {
    let place = Place::of(workspace, release)?;
    let marks = marks(workspace, &place.release)?;
    let index = workspace.index(&place.release)?;
    Ok(index.assessment(resource, &marks, &place.assessor(workspace))?)
}

pub(crate) async fn diff_rows(api: &Api, request: DiffRowsGet) -> Result<DiffRows, ApiError> {
    api.on_disk(move |workspace| {
        let DiffRowsGet { diff, from, limit } = request;
        let view = view_of(&diff);
        let diff = built(workspace, diff)?;
        Ok(diff.rows(view, from as usize, page(limit)))
    })
    .await
}

pub(crate) async fn find(
    api: &Api,
    DiffFind { diff, text }: DiffFind,
) -> Result<DiffFound, ApiError> {
    api.on_disk(move |workspace| {
        let view = view_of(&diff);
        let diff = built(workspace, diff)?;
        Ok(DiffFound {
            rows: diff.find(view, &text),
        })
    })
    .await
}

pub(crate) async fn documents(
    api: &Api,
    DocumentsGet { source, resource }: DocumentsGet,
) -> Result<Documents, ApiError> {
    api.on_disk(move |workspace| {
        let request = requested(
            workspace,
            DiffOf {
                source,
                resource,
                mode: DiffMode::Fields,
                split: false,
                expanded: Vec::new(),
            },
        )?;
        let pair = crate::diffs::documents(&workspace.engine, &request)?;
        Ok(Documents { pair })
    })
    .await
}

/// Looks through the changes of a release, some at a time, until enough are found. Nothing of it is kept.
pub(crate) async fn find_all(api: &Api, request: ChangesFind) -> Result<ChangesFound, ApiError> {
    let workspace = api.workspace()?;
    let job = api.job(&workspace, &request.job)?;
    api.on_disk(move |workspace| {
        let ChangesFind {
            release,
            filter,
            text,
            beyond,
            towards,
            limit,
            job: _,
        } = request;
        let place = Place::of(workspace, &release)?;
        let index = workspace.index(&place.release)?;
        let view = place.shown(workspace, &filter)?;
        let mut changes = index.changes(&view)?;
        if towards == Towards::Beginning {
            changes.reverse();
        }
        let begin = beyond.and_then(|beyond| {
            let at = changes
                .iter()
                .position(|change| change.resource == beyond)?;
            Some(at + 1)
        });
        let changes = &changes[begin.unwrap_or(0)..];
        let (limit, total) = (page(limit).max(1), changes.len() as u64);
        let mut found = Vec::new();
        let mut passed = 0;
        for some in changes.chunks(FIND_AT_ONCE) {
            if job.is_cancelled() {
                return Err(EngineError::Cancelled.into());
            }
            job.report("Searching", passed, Some(total));
            let rows: Vec<u32> = some
                .par_iter()
                .map(|change| rows_with(&workspace.engine, change, &text))
                .collect::<Result<_, _>>()?;
            passed += some.len() as u64;
            let holding = some.iter().zip(rows).filter(|(_, rows)| *rows > 0);
            found.extend(holding.map(|(change, rows)| FoundChange {
                resource: change.resource.clone(),
                rows,
            }));
            if found.len() >= limit {
                break;
            }
        }
        let is_all = passed == total && found.len() <= limit;
        found.truncate(limit);
        Ok(ChangesFound { found, is_all })
    })
    .await
}

/// In how many rows of its diff a change holds a text.
fn rows_with(engine: &Engine, change: &Change, text: &str) -> Result<u32, ApiError> {
    let Change {
        resource,
        before,
        after,
    } = change.clone();
    let request = DiffRequest {
        resource,
        before,
        after,
        mode: DiffMode::Fields,
        expanded: Vec::new(),
    };
    let rows = Diff::new(engine, &request)?.find(View::Unified, text);
    Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
}

fn view_of(of: &DiffOf) -> View {
    if of.split { View::Split } else { View::Unified }
}

fn built(workspace: &Workspace, of: DiffOf) -> Result<Arc<Diff>, ApiError> {
    let request = requested(workspace, of)?;
    Ok(workspace.diffs.of(&workspace.engine, &request)?)
}

/// The versions that a diff is about.
fn requested(workspace: &Workspace, of: DiffOf) -> Result<DiffRequest, ApiError> {
    let DiffOf {
        source,
        resource,
        mode,
        split: _,
        expanded,
    } = of;
    if expanded.len() > EXPANSION_LIMIT {
        return Err(ApiError::invalid(
            format!("At most {EXPANSION_LIMIT} gaps are opened in one diff"),
            "",
        ));
    }
    let (before, after) = match source {
        DiffSource::Release { release } => {
            let release = workspace.release(release.as_str())?;
            let change = change_of(workspace, &release, &resource)?;
            (change.before, change.after)
        }
        DiffSource::Versions {
            before: None,
            after: None,
        } => {
            return Err(ApiError::invalid(
                format!("Neither version of {resource} is named"),
                "Name the version before, the one after, or both.",
            ));
        }
        DiffSource::Versions { before, after } => {
            for version in before.iter().chain(&after) {
                held(workspace, &resource, version)?;
            }
            (before, after)
        }
    };
    Ok(DiffRequest {
        resource,
        before,
        after,
        mode,
        expanded,
    })
}

/// Checks that the workspace holds a version that somebody names.
fn held(workspace: &Workspace, resource: &ResourceKey, version: &Version) -> Result<(), ApiError> {
    let store = workspace.engine.store();
    let size = store.read(|reader| reader.blob_size(&version.blob))?;
    size.map(drop).ok_or_else(|| {
        ApiError::invalid(
            format!(
                "The workspace does not hold the version {} of {resource}",
                version.blob.short()
            ),
            "Look at the list again that it came from.",
        )
    })
}
