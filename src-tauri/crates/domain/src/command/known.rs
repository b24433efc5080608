//! What a command names has to be there, and what it says has to fit.

use super::{NAME_LIMIT_CHARS, TEXT_LIMIT_BYTES};
use crate::deployment::Deployment;
use crate::environment::Environment;
use crate::ids::{DeploymentId, EnvironmentId, ReleaseId};
use crate::refusal::{Refusal, invalid};
use crate::release::Release;
use crate::state::{State, same_name};

pub(super) fn release<'a>(state: &'a State, id: &ReleaseId) -> Result<&'a Release, Refusal> {
    state.releases.get(id).ok_or_else(|| {
        invalid(
            format!("There is no release {id}"),
            "Look at the list of releases.",
        )
    })
}

pub(super) fn environment<'a>(
    state: &'a State,
    id: &EnvironmentId,
) -> Result<&'a Environment, Refusal> {
    state.environments.get(id).ok_or_else(|| {
        invalid(
            format!("There is no environment {id}"),
            "Look at the list of environments.",
        )
    })
}

pub(super) fn deployment_of<'a>(
    state: &'a State,
    id: &DeploymentId,
) -> Result<&'a Deployment, Refusal> {
    state.deployments.get(id).ok_or_else(|| {
        invalid(
            format!("There is no deployment {id}"),
            "Look at the list of deployments.",
        )
    })
}

pub(super) fn check_tag(
    state: &State,
    tag: &str,
    own: Option<&ReleaseId>,
) -> Result<String, Refusal> {
    let tag = tag.trim();
    check_name("A tag", tag)?;
    match state
        .release_tagged(tag)
        .filter(|other| Some(&other.id) != own)
    {
        Some(other) => Err(invalid(
            format!("There is a release {} already", other.tag),
            "Choose another tag: each names one release for good.",
        )),
        None => Ok(tag.to_owned()),
    }
}

/// Whether a character is not seen, or changes how others are read: control characters, marks of the writing direction,
/// characters without width.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

pub(super) fn check_name(what: &str, name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(invalid(
            format!("{what} can't be empty"),
            "Type at least one character.",
        ));
    }
    let count = name.chars().count();
    if count > NAME_LIMIT_CHARS {
        return Err(invalid(
            format!("{what} has at most {NAME_LIMIT_CHARS} characters, this one has {count}"),
            "Shorten it; the notes take the rest.",
        ));
    }
    if name.chars().any(is_unseen) || !same_name(name, name.trim()) {
        return Err(invalid(
            format!("{what} can't hold control characters or begin or end with a space"),
            "Take them out.",
        ));
    }
    Ok(())
}

pub(super) fn check_text(what: &str, text: &str) -> Result<(), Refusal> {
    if text.len() > TEXT_LIMIT_BYTES {
        return Err(invalid(
            format!(
                "{what} is {} bytes long, at most {TEXT_LIMIT_BYTES} are kept",
                text.len()
            ),
            "Shorten it, or link to the long version.",
        ));
    }
    Ok(())
}
