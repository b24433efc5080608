//! How reviews and comments change what is so.

use super::{Entry, Projected, State};
use crate::fact::Fact;
use crate::review::{Comment, Review};

pub(super) fn evolve(state: &mut State, entry: Entry<'_>, touched: &mut Projected) {
    match entry.fact {
        Fact::Reviewed {
            release,
            review,
            environment,
            effect,
            verdict,
            message,
        } => {
            state.with_release(release, entry, touched, |release| {
                release.reviews.push(Review {
                    id: review.clone(),
                    by: entry.by.clone(),
                    at: entry.at,
                    environment: environment.clone(),
                    effect: *effect,
                    revision: release.revision().map_or(0, |revision| revision.number),
                    verdict: *verdict,
                    message: message.clone(),
                    dismissed: None,
                });
            });
        }
        Fact::ReviewDismissed {
            release,
            review,
            reason,
        } => {
            state.with_release(release, entry, touched, |release| {
                if let Some(review) = release.reviews.iter_mut().find(|r| &r.id == review) {
                    review.dismissed = Some((entry.by.clone(), reason.clone()));
                }
            });
        }
        Fact::Commented {
            release,
            comment,
            anchor,
            reply_to,
            body,
        } => {
            state.with_release(release, entry, touched, |release| {
                release.comments.push(Comment {
                    id: comment.clone(),
                    by: entry.by.clone(),
                    at: entry.at,
                    revision: release.revision().map_or(0, |revision| revision.number),
                    anchor: anchor.clone(),
                    reply_to: reply_to.clone(),
                    body: body.clone(),
                    resolved: false,
                });
            });
        }
        Fact::CommentResolved {
            release,
            comment,
            resolved,
        } => {
            state.with_release(release, entry, touched, |release| {
                if let Some(comment) = release.comments.iter_mut().find(|c| &c.id == comment) {
                    comment.resolved = *resolved;
                }
            });
        }
        other => unreachable!("BUG: {} is neither review nor comment", other.kind()),
    }
}
