//! The changes of a release: the tree, the marks on it, and the images.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use slipway_domain::{Change, Environment, Release, ReleaseId, ResourceKey};

use super::page;
use crate::carried::shown;
use crate::changes::{Assessor, Marks, Window, fingerprint, is_editable};
use crate::session::Api;
use crate::wire::{
    ApiError, BlobContent, BlobGet, ChangeOrder, ChangeOrderGet, ChangeRows, ChangeRowsGet, Done,
    ViewedSet,
};
use crate::workspace::Workspace;

/// How many changes one answer puts in order.
const ORDER_PAGE: usize = 10_000;
/// The largest image that is shown, in bytes.
const IMAGE_LIMIT_BYTES: u64 = 20 * 1024 * 1024;

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
        let ChangeOrderGet {
            release,
            filter,
            from,
        } = request;
        let place = Place::of(workspace, &release)?;
        let index = workspace.index(&place.release)?;
        let marks = marks(workspace, &place.release)?;
        let page = from as usize..(from as usize).saturating_add(ORDER_PAGE);
        let assessor = place.assessor(workspace);
        Ok(index.order(&place.release, &filter, page, &marks, &assessor)?)
    })
    .await
}

/// A release and its target.
pub(super) struct Place {
    pub(super) release: Release,
    target: Environment,
}

impl Place {
    pub(super) fn of(workspace: &Workspace, release: &ReleaseId) -> Result<Self, ApiError> {
        let state = workspace.state()?;
        let release = workspace.engine.release(&state, release.as_str())?;
        let target = workspace
            .engine
            .environment(&state, release.target.as_str())?;
        Ok(Self { release, target })
    }

    pub(super) fn assessor<'a>(&'a self, workspace: &'a Workspace) -> Assessor<'a> {
        Assessor {
            engine: &workspace.engine,
            environment: &self.target,
            target: self.release.candidates.target,
        }
    }
}

pub(super) fn marks(workspace: &Workspace, release: &Release) -> Result<Marks, ApiError> {
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
pub(super) fn change_of(
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

pub(crate) async fn blob(api: &Api, BlobGet { blob }: BlobGet) -> Result<BlobContent, ApiError> {
    api.on_disk(move |workspace| {
        let missing =
            || ApiError::invalid(format!("The workspace does not hold {}", blob.short()), "");
        let bytes = workspace.engine.store().read(|reader| {
            let size = reader.blob_size(&blob)?;
            if size.is_some_and(|size| size <= IMAGE_LIMIT_BYTES) {
                reader.blob(&blob)
            } else {
                Ok(None)
            }
        })?;
        let bytes = bytes.ok_or_else(missing)?;
        let (mime, bytes) = shown(bytes).ok_or_else(|| {
            ApiError::invalid(
                format!("{} is not an image", blob.short()),
                "Look at it as text.",
            )
        })?;
        Ok(BlobContent {
            mime,
            base64: BASE64_STANDARD.encode(&bytes),
        })
    })
    .await
}
