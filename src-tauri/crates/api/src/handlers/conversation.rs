//! The conversation about a release, page by page.

use slipway_domain::Comment;

use super::page;
use crate::session::Api;
use crate::views::conversation::{Event, Talk, threads, timeline as events};
use crate::wire::{ApiError, CommentListGet, Moment, Page, Thread, ThreadListGet, TimelineGet};

pub(crate) async fn timeline(api: &Api, request: TimelineGet) -> Result<Page<Moment>, ApiError> {
    api.on_disk(move |workspace| {
        let TimelineGet {
            release,
            offset,
            limit,
        } = request;
        let release = workspace.release(&release)?;
        let events = events(&release);
        Ok(Page::map_of(&events, offset, page(limit), Event::shown))
    })
    .await
}

pub(crate) async fn thread_list(
    api: &Api,
    request: ThreadListGet,
) -> Result<Page<Thread>, ApiError> {
    api.on_disk(move |workspace| {
        let ThreadListGet {
            release,
            resource,
            offset,
            limit,
        } = request;
        let release = workspace.release(&release)?;
        let mut threads = threads(&release.comments);
        threads.retain(|talk| talk.is_about(&resource));
        Ok(Page::map_of(&threads, offset, page(limit), Talk::shown))
    })
    .await
}

pub(crate) async fn comment_list(
    api: &Api,
    request: CommentListGet,
) -> Result<Page<Comment>, ApiError> {
    api.on_disk(move |workspace| {
        let CommentListGet {
            release,
            thread,
            offset,
            limit,
        } = request;
        let release = workspace.release(&release)?;
        let Some(id) = thread else {
            return Ok(Page::of(&release.comments, offset, page(limit)));
        };
        let threads = threads(&release.comments);
        let talk = threads.iter().find(|talk| talk.root.id == id);
        let talk = talk.ok_or_else(|| {
            ApiError::invalid(
                format!("No thread of {} begins with {id}", release.tag),
                "Look at its conversation.",
            )
        })?;
        Ok(Page::map_of(&talk.replies, offset, page(limit), |one| {
            (*one).clone()
        }))
    })
    .await
}
