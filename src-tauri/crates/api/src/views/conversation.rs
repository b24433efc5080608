//! The conversation about a release as threads, and what happened to it in order.

use std::collections::HashMap;

use slipway_domain::{Comment, CommentId, Release, ResourceKey, Review, Revision};

use crate::wire::{Moment, Thread};

/// A comment with its replies, oldest first.
pub(crate) struct Talk<'a> {
    pub(crate) root: &'a Comment,
    pub(crate) replies: Vec<&'a Comment>,
}

impl Talk<'_> {
    /// As it is shown: with its last replies.
    pub(crate) fn shown(&self) -> Thread {
        let earlier = self.replies.len().saturating_sub(Thread::REPLIES);
        Thread {
            root: self.root.clone(),
            replies: self.replies[earlier..].iter().copied().cloned().collect(),
            reply_count: self.replies.len() as u64,
        }
    }

    /// Whether it is about a resource, or a place in it.
    pub(crate) fn is_about(&self, resource: &ResourceKey) -> bool {
        let anchor = self.root.anchor.as_ref();
        anchor.is_some_and(|anchor| anchor.resource() == resource)
    }
}

/// The threads of a conversation, oldest first. What answers no known comment begins a thread.
pub(crate) fn threads(comments: &[Comment]) -> Vec<Talk<'_>> {
    let mut threads: Vec<Talk<'_>> = Vec::new();
    let mut known: HashMap<&CommentId, usize> = HashMap::new();
    for comment in comments {
        let answered = comment.reply_to.as_ref().and_then(|id| known.get(id));
        let at = match answered {
            Some(at) => {
                threads[*at].replies.push(comment);
                *at
            }
            None => {
                threads.push(Talk {
                    root: comment,
                    replies: Vec::new(),
                });
                threads.len() - 1
            }
        };
        known.insert(&comment.id, at);
    }
    threads
}

/// Something that happened to a release, before it is shown.
pub(crate) enum Event<'a> {
    Made(&'a Release),
    Sealed(&'a Revision),
    Reviewed(&'a Review),
    Said(Talk<'a>),
}

impl Event<'_> {
    pub(crate) fn shown(&self) -> Moment {
        match self {
            Self::Made(release) => Moment::Made {
                at: release.created_at,
                by: release.created_by.clone(),
            },
            Self::Sealed(revision) => Moment::Sealed {
                revision: (*revision).clone(),
            },
            Self::Reviewed(review) => Moment::Reviewed {
                review: (*review).clone(),
            },
            Self::Said(talk) => Moment::Said {
                thread: talk.shown(),
            },
        }
    }
}

/// What happened to a release, oldest first; a thread stands where it began.
pub(crate) fn timeline(release: &Release) -> Vec<Event<'_>> {
    let mut events = vec![(release.created_at, Event::Made(release))];
    let sealed = (release.revisions.iter()).map(|one| (one.at, Event::Sealed(one)));
    events.extend(sealed);
    let reviewed = (release.reviews.iter()).map(|one| (one.at, Event::Reviewed(one)));
    events.extend(reviewed);
    let said = threads(&release.comments).into_iter();
    events.extend(said.map(|talk| (talk.root.at, Event::Said(talk))));
    // A stable sort: of what has one time, the kinds stand as above.
    events.sort_by_key(|(at, _)| *at);
    events.into_iter().map(|(_, event)| event).collect()
}
