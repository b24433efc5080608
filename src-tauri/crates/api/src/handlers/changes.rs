//! The changes of a release: the tree, the marks on it, and the images.

use std::collections::HashMap;

use slipway_domain::{Change, Environment, Release, ReleaseId, ResourceKey};

use super::page;
use crate::changes::{Assessor, Marks, Shown, Window, fingerprint};
use crate::pictures;
use crate::session::Api;
use crate::wire::{
    ApiError, ChangeFilter, ChangeOrder, ChangeOrderGet, ChangePlace, ChangePlaceGet, ChangeRows,
    ChangeRowsGet, Done, PictureGet, PictureView, Selection, ViewedSet,
};
use crate::workspace::Workspace;

/// How many changes one answer puts in order.
const ORDER_PAGE: usize = 10_000;

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
        let view = place.shown(workspace, &filter)?;
        let window = Window {
            folded: &folded,
            from: from as usize,
            limit: page(limit),
        };
        let index = workspace.index(&place.release)?;
        Ok(index.rows(&window, &view)?)
    })
    .await
}

pub(crate) async fn place(api: &Api, request: ChangePlaceGet) -> Result<ChangePlace, ApiError> {
    api.on_disk(move |workspace| {
        let ChangePlaceGet {
            release,
            resource,
            filter,
            folded,
        } = request;
        let place = Place::of(workspace, &release)?;
        let view = place.shown(workspace, &filter)?;
        let index = workspace.index(&place.release)?;
        Ok(ChangePlace {
            row: index.place(&resource, &folded, &view)?,
        })
    })
    .await
}

/// The changes of a selection: those named, or those that the tree shows.
pub(crate) fn selected(
    workspace: &Workspace,
    release: &ReleaseId,
    selection: Selection,
) -> Result<Vec<ResourceKey>, ApiError> {
    match selection {
        Selection::Resources { resources } => Ok(resources),
        Selection::Matching { filter, group } => {
            let place = Place::of(workspace, release)?;
            let view = place.shown(workspace, &filter)?;
            let index = workspace.index(&place.release)?;
            index.members(group.as_deref(), &view)?.ok_or_else(|| {
                ApiError::invalid(
                    format!(
                        "{} has no group {}",
                        place.release.tag,
                        group.unwrap_or_default()
                    ),
                    "Look at its changes again.",
                )
            })
        }
    }
}

pub(crate) async fn order(api: &Api, request: ChangeOrderGet) -> Result<ChangeOrder, ApiError> {
    api.on_disk(move |workspace| {
        let ChangeOrderGet {
            release,
            filter,
            from,
        } = request;
        let place = Place::of(workspace, &release)?;
        let view = place.shown(workspace, &filter)?;
        let page = from as usize..(from as usize).saturating_add(ORDER_PAGE);
        Ok(workspace.index(&place.release)?.order(page, &view)?)
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

    /// The changes that a filter shows, and what they follow from.
    pub(super) fn shown<'a>(
        &'a self,
        workspace: &'a Workspace,
        filter: &'a ChangeFilter,
    ) -> Result<Shown<'a>, ApiError> {
        Ok(Shown {
            release: &self.release,
            filter,
            marks: marks(workspace, &self.release)?,
            assessor: self.assessor(workspace),
        })
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
        let excluded = if release.is_editable() {
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
        needed_by: workspace.needed_by(&release.id)?,
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

pub(crate) async fn picture(api: &Api, request: PictureGet) -> Result<PictureView, ApiError> {
    pictures::view(api, request).await
}
