//! Whether a release may be reviewed and spoken about.

use super::Command;
use super::known::{check_text, environment, release};
use crate::fact::Fact;
use crate::ids::CommentId;
use crate::person::Person;
use crate::refusal::{Refusal, invalid, stale, wrong_state};
use crate::release::{Life, Release};
use crate::review::Verdict;
use crate::state::State;

pub(super) fn decide(
    state: &State,
    command: Command,
    actor: &Person,
) -> Result<Vec<Fact>, Refusal> {
    match command {
        Command::Review {
            id,
            review,
            environment: place,
            effect,
            verdict,
            message,
        } => {
            let found = release(state, &id)?;
            environment(state, &place)?;
            check_text("The message", &message)?;
            reviewable(found)?;
            // Between the look and the verdict a revision may have been sealed. What it does elsewhere only its caller knows.
            let is_sealed = found.revision().is_some_and(|known| known.effect == effect);
            if place == found.target && !is_sealed {
                return Err(stale(
                    format!("{} was edited while it was being reviewed", found.tag),
                    "Look at the new revision, then review it.",
                ));
            }
            if verdict != Verdict::Approve && message.trim().is_empty() {
                return Err(invalid(
                    "The review says nothing",
                    "Say what should change, or what you noticed.",
                ));
            }
            let latest = found
                .reviews
                .iter()
                .rfind(|r| r.by.is(actor) && r.environment == place);
            let said_before = latest.is_some_and(|r| {
                r.effect == effect
                    && r.verdict == verdict
                    && r.message == message
                    && r.dismissed.is_none()
            });
            if said_before && verdict != Verdict::Comment {
                return Ok(Vec::new());
            }
            Ok(vec![Fact::Reviewed {
                release: id,
                review,
                environment: place,
                effect,
                verdict,
                message,
            }])
        }
        Command::DismissReview { id, review, reason } => {
            let found = release(state, &id)?;
            check_text("The reason", &reason)?;
            let Some(known) = found.reviews.iter().find(|known| known.id == review) else {
                return Err(invalid(
                    format!("{} has no review {review}", found.tag),
                    "Look at its conversation.",
                ));
            };
            if known.dismissed.is_some() {
                return Err(wrong_state(
                    "The review was dismissed before",
                    "Nothing is left to do.",
                ));
            }
            if reason.trim().is_empty() {
                return Err(invalid(
                    "Dismissing a review needs a reason",
                    "Say why it no longer counts.",
                ));
            }
            Ok(vec![Fact::ReviewDismissed {
                release: id,
                review,
                reason,
            }])
        }
        Command::Comment {
            id,
            comment,
            anchor,
            reply_to,
            body,
        } => {
            let found = release(state, &id)?;
            check_text("The comment", &body)?;
            if body.trim().is_empty() {
                return Err(invalid(
                    "The comment is empty",
                    "Write something, or leave it.",
                ));
            }
            let known = |wanted: &CommentId| found.comments.iter().any(|known| &known.id == wanted);
            if let Some(missing) = reply_to.as_ref().filter(|wanted| !known(wanted)) {
                return Err(invalid(
                    format!("{} has no comment {missing}", found.tag),
                    "Answer one that is there.",
                ));
            }
            Ok(vec![Fact::Commented {
                release: id,
                comment,
                anchor,
                reply_to,
                body,
            }])
        }
        Command::ResolveComment {
            id,
            comment,
            resolved,
        } => {
            let found = release(state, &id)?;
            match found.comments.iter().find(|known| known.id == comment) {
                None => Err(invalid(
                    format!("{} has no comment {comment}", found.tag),
                    "Look at its conversation.",
                )),
                Some(known) if known.resolved == resolved => Ok(Vec::new()),
                Some(_) => Ok(vec![Fact::CommentResolved {
                    release: id,
                    comment,
                    resolved,
                }]),
            }
        }
        _ => unreachable!("BUG: a command about something else"),
    }
}

pub(super) fn reviewable(release: &Release) -> Result<(), Refusal> {
    match release.life {
        Life::Open => Ok(()),
        Life::Draft | Life::Closed => Err(wrong_state(
            format!("{} is {} and can't be reviewed", release.tag, release.state),
            "A release is reviewed once it is open.",
        )),
    }
}
