//! The changes of a release: the tree, and the windows of a diff.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rayon::prelude::*;
use slipway_diff::patch::{PatchOptions, write_patch};
use slipway_domain::{Change, Environment, Release, ReleaseId, ResourceKey};
use slipway_engine::Engine;

use super::page;
use crate::changes::{Assessor, Marks, Window, fingerprint, is_editable};
use crate::diffs::Look;
use crate::pictures;
use crate::session::Api;
use crate::wire::{
    ApiError, ChangeOrder, ChangeOrderGet, ChangeRows, ChangeRowsGet, DiffFind, DiffFound, DiffOf,
    DiffRows, DiffRowsGet, DiffView, Done, Patch, PatchGet, PictureGet, PictureView, ViewedSet,
};
use crate::workspace::Workspace;

/// The largest patch, in bytes.
const PATCH_LIMIT_BYTES: usize = 512 * 1024 * 1024;
/// How many gaps of a diff may be opened.
const EXPANSION_LIMIT: usize = 10_000;

pub(crate) async fn rows(api: &Api, request: ChangeRowsGet) -> Result<ChangeRows, ApiError> {
    api.on_disk(move |workspace| {
        let ChangeRowsGet {
            release,
            filter,
            folded,
            from,
            limit,
        } = request;
        let place = Place::of(workspace, &release)?;
        let index = workspace.index(&place.release)?;
        let marks = marks(workspace, &place.release)?;
        let window = Window {
            release: &place.release,
            filter: &filter,
            folded: &folded,
            from: from as usize,
            limit: page(limit),
        };
        Ok(index.rows(&window, &marks, &place.assessor(workspace))?)
    })
    .await
}

pub(crate) async fn order(api: &Api, request: ChangeOrderGet) -> Result<ChangeOrder, ApiError> {
    api.on_disk(move |workspace| {
        let ChangeOrderGet { release, filter } = request;
        let place = Place::of(workspace, &release)?;
        let index = workspace.index(&place.release)?;
        let marks = marks(workspace, &place.release)?;
        let changes = index.order(&place.release, &filter, &marks, &place.assessor(workspace))?;
        Ok(ChangeOrder { changes })
    })
    .await
}

/// A release and its target.
struct Place {
    release: Release,
    target: Environment,
}

impl Place {
    fn of(workspace: &Workspace, release: &ReleaseId) -> Result<Self, ApiError> {
        let state = workspace.state()?;
        let release = workspace.engine.release(&state, release.as_str())?;
        let target = workspace
            .engine
            .environment(&state, release.target.as_str())?;
        Ok(Self { release, target })
    }

    fn assessor<'a>(&'a self, workspace: &'a Workspace) -> Assessor<'a> {
        Assessor {
            engine: &workspace.engine,
            environment: &self.target,
            target: self.release.candidates.target,
        }
    }
}

fn marks(workspace: &Workspace, release: &Release) -> Result<Marks, ApiError> {
    let (excluded, viewed) = workspace.engine.store().read(|reader| {
        let excluded = if is_editable(release) {
            reader.excluded(&release.id)?
        } else {
            Default::default()
        };
        Ok((excluded, reader.viewed(&release.id)?))
    })?;
    let mut comments: HashMap<ResourceKey, u32> = HashMap::new();
    for comment in release
        .comments
        .iter()
        .filter(|comment| comment.reply_to.is_none() && !comment.resolved)
    {
        if let Some(anchor) = &comment.anchor {
            *comments.entry(anchor.resource().clone()).or_default() += 1;
        }
    }
    Ok(Marks {
        excluded,
        viewed,
        comments,
        needed_by: workspace.needed_by(&release.id),
    })
}

/// The change of a release that a resource has.
fn change_of(
    workspace: &Workspace,
    release: &Release,
    resource: &ResourceKey,
) -> Result<Change, ApiError> {
    workspace
        .index(release)?
        .change(resource)
        .cloned()
        .ok_or_else(|| {
            ApiError::invalid(
                format!("{} does not change {resource}", release.tag),
                "Look at its changes again.",
            )
        })
}

pub(crate) async fn set_viewed(api: &Api, request: ViewedSet) -> Result<Done, ApiError> {
    api.on_disk(move |workspace| {
        let ViewedSet {
            release,
            resource,
            viewed,
        } = request;
        let found = workspace.release(release.as_str())?;
        let change = change_of(workspace, &found, &resource)?;
        let mark = viewed.then(|| fingerprint(&change));
        workspace
            .engine
            .store()
            .write(move |writer| writer.set_viewed(&release, &resource, mark.as_deref()))?;
        Ok(Done {})
    })
    .await
}

pub(crate) async fn diff(api: &Api, request: DiffOf) -> Result<DiffView, ApiError> {
    api.on_disk(move |workspace| {
        let (release, resource, look) = look(request)?;
        let place = Place::of(workspace, &release)?;
        let change = change_of(workspace, &place.release, &resource)?;
        let diff = workspace.diffs.of(&workspace.engine, &change, &look)?;
        let marks = marks(workspace, &place.release)?;
        let index = workspace.index(&place.release)?;
        let assessment = index.assessment(&resource, &marks, &place.assessor(workspace))?;
        Ok(DiffView {
            content: diff.content(),
            change: change.kind(),
            before: diff.before.clone(),
            after: diff.after.clone(),
            reasons: assessment.reasons,
            risk: assessment.risk,
            reversible: assessment.reversible,
            limits: diff.limits.clone(),
        })
    })
    .await
}

pub(crate) async fn diff_rows(api: &Api, request: DiffRowsGet) -> Result<DiffRows, ApiError> {
    api.on_disk(move |workspace| {
        let DiffRowsGet { diff, from, limit } = request;
        Ok(built(workspace, diff)?.rows(from as usize, page(limit)))
    })
    .await
}

pub(crate) async fn find(
    api: &Api,
    DiffFind { diff, text }: DiffFind,
) -> Result<DiffFound, ApiError> {
    api.on_disk(move |workspace| {
        Ok(DiffFound {
            rows: built(workspace, diff)?.find(&text),
        })
    })
    .await
}

fn built(
    workspace: &Workspace,
    of: DiffOf,
) -> Result<std::sync::Arc<crate::diffs::Diff>, ApiError> {
    let (release, resource, look) = look(of)?;
    let release = workspace.release(release.as_str())?;
    let change = change_of(workspace, &release, &resource)?;
    Ok(workspace.diffs.of(&workspace.engine, &change, &look)?)
}

fn look(of: DiffOf) -> Result<(ReleaseId, ResourceKey, Look), ApiError> {
    let DiffOf {
        release,
        resource,
        mode,
        split,
        expanded,
    } = of;
    if expanded.len() > EXPANSION_LIMIT {
        return Err(ApiError::invalid(
            format!("At most {EXPANSION_LIMIT} gaps are opened in one diff"),
            "",
        ));
    }
    Ok((
        release,
        resource,
        Look {
            mode,
            split,
            expanded,
        },
    ))
}

pub(crate) async fn picture(api: &Api, request: PictureGet) -> Result<PictureView, ApiError> {
    pictures::view(api, request).await
}

pub(crate) async fn patch(api: &Api, request: PatchGet) -> Result<Patch, ApiError> {
    let bytes = api.patch_bytes(request).await?;
    Ok(Patch {
        base64: BASE64_STANDARD.encode(bytes),
    })
}

impl Api {
    /// The patch of a release as bytes, for hosts in whose process it is not carried as text.
    ///
    /// # Errors
    /// When there is no such release, it does not change the resource, or the patch is too large.
    pub async fn patch_bytes(&self, request: PatchGet) -> Result<Vec<u8>, ApiError> {
        self.on_disk(move |workspace| {
            let PatchGet {
                release,
                resource,
                unified,
            } = request;
            let engine = &workspace.engine;
            let state = workspace.state()?;
            let release = engine.release(&state, &release)?;
            let target = engine.environment(&state, release.target.as_str())?;
            let mut changes = engine.changes(&release)?;
            if let Some(resource) = &resource {
                changes.retain(|change| change.resource == *resource);
                if changes.is_empty() {
                    return Err(ApiError::invalid(
                        format!("{} does not change {resource}", release.tag),
                        "Look at its changes again.",
                    ));
                }
            }
            let options =
                unified.map_or_else(PatchOptions::default, |context| PatchOptions { context });
            let keys: Vec<ResourceKey> = changes
                .iter()
                .map(|change| change.resource.clone())
                .collect();
            let mut files: Vec<(String, &Change)> = engine
                .paths_of(&target, &keys)?
                .into_iter()
                .zip(&changes)
                .map(|(path, change)| {
                    let key = &change.resource;
                    let path = path.unwrap_or_else(|| {
                        format!("{}/{}/{}", key.family(), key.kind(), key.name())
                    });
                    (path, change)
                })
                .collect();
            files.sort_by(|(a, _), (b, _)| a.cmp(b));
            let size = AtomicUsize::new(0);
            let parts: Vec<Vec<u8>> = files
                .par_iter()
                .map(|(path, change)| {
                    let part = patch_of(engine, path, change, options)?;
                    let size = size.fetch_add(part.len(), Ordering::Relaxed) + part.len();
                    if size > PATCH_LIMIT_BYTES {
                        return Err(ApiError::refused(
                            format!(
                                "The patch of {} has more than {} MiB",
                                release.tag,
                                PATCH_LIMIT_BYTES / 1024 / 1024
                            ),
                            "Ask for the patch of single resources.",
                        ));
                    }
                    Ok(part)
                })
                .collect::<Result<_, _>>()?;
            Ok(parts.concat())
        })
        .await
    }
}

fn patch_of(
    engine: &Engine,
    path: &str,
    change: &Change,
    options: PatchOptions,
) -> Result<Vec<u8>, ApiError> {
    let document = |side: &Option<_>| {
        let version = side.as_ref();
        version.map(|version| engine.document(version)).transpose()
    };
    let (before, after) = (document(&change.before)?, document(&change.after)?);
    let mut part = Vec::new();
    write_patch(
        &mut part,
        path,
        before.as_deref(),
        after.as_deref(),
        options,
    )
    .expect("BUG: memory takes what is written");
    Ok(part)
}
