//! Handles: made of titles, and given by hand.

use crate::shop::state::{State, text};
use crate::shop::text::{handle as slug, next_handle};

/// Whether another object of the kind has this handle.
pub(crate) fn is_taken(state: &State, kind: &str, handle: &str, own: Option<&str>) -> bool {
    state
        .find(kind, "handle", handle)
        .iter()
        .any(|id| Some(id.as_str()) != own)
}

/// A handle made of a title that no other object of the kind has; an empty title falls back to the kind.
pub(crate) fn free(state: &State, kind: &str, title: &str, own: Option<&str>) -> String {
    let mut handle = slug(title);
    if handle.is_empty() {
        handle = kind.to_lowercase();
    }
    while is_taken(state, kind, &handle, own) {
        handle = next_handle(&handle);
    }
    handle
}

/// A handle as it is kept of what was given; nothing of white space.
pub(crate) fn cleaned(given: &str) -> Option<String> {
    Some(slug(given)).filter(|handle| !handle.is_empty())
}

/// A new address for an old one, after a handle changed and a redirect was asked for.
pub(crate) fn redirect(state: &mut State, from: &str, to: &str) {
    if state.find("UrlRedirect", "path", from).is_empty() {
        let mut fields = serde_json::Map::new();
        fields.insert("path".to_owned(), from.into());
        fields.insert("target".to_owned(), to.into());
        state.create("UrlRedirect", fields);
    }
}

/// The handle of an object, or an empty text.
pub(crate) fn of(state: &State, id: &str) -> String {
    state
        .get(id)
        .map_or_else(String::new, |row| text(&row, "handle").to_owned())
}
