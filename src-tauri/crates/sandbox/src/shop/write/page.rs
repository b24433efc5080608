//! Pages.

use serde_json::{Map, Value, json};

use super::input::{Input, copy, flag, given, object_or_empty, text as given_text};
use super::refusal::UserError;
use super::{Outcome, handle, metafield};
use crate::shop::clock::{date_time, parse_ms};
use crate::shop::state::{State, text};

/// The largest body, in bytes.
const BODY_MAX: usize = 512 * 1024;

/// When something is published, by what was given of it: a date, nothing, or what is there already.
pub(super) fn published_at(
    state: &State,
    input: &Input,
    at: &str,
    before: Option<&Value>,
) -> Result<Value, UserError> {
    let date = given_text(input, "publishDate").and_then(parse_ms);
    let now_ms = state.now_ms();
    if flag(input, "isPublished") == Some(true) && date.is_some_and(|date| date > now_ms) {
        let message = "Can’t set isPublished to true and also set a future publish date.";
        return Err(UserError::at(at, message).code("INVALID_PUBLISH_DATE"));
    }
    if let Some(date) = date {
        return Ok(json!(date_time(date)));
    }
    Ok(match (flag(input, "isPublished"), before) {
        (Some(false), _) => Value::Null,
        (_, Some(before)) if !before.is_null() => before.clone(),
        (Some(true), _) => json!(state.now()),
        (None, Some(_)) => Value::Null,
        (None, None) => json!(state.now()),
    })
}

fn check(state: &State, input: &Input, own: Option<&str>) -> Result<(), UserError> {
    let title = given_text(input, "title");
    if title.is_some_and(|title| title.trim().is_empty()) || own.is_none() && title.is_none() {
        return Err(UserError::at("page.title", "Title can't be blank").code("BLANK"));
    }
    if title.is_some_and(|title| title.chars().count() > 255) {
        let error = UserError::at(
            "page.title",
            "Title is too long (maximum is 255 characters)",
        );
        return Err(error.code("TOO_LONG"));
    }
    if given_text(input, "body").is_some_and(|body| body.len() > BODY_MAX) {
        return Err(
            UserError::at("page.body", "Content is too big (maximum is 512 KB)").code("TOO_BIG"),
        );
    }
    let wanted = given_text(input, "handle").unwrap_or_default();
    if wanted.chars().count() > 255 {
        let error = UserError::at(
            "page.handle",
            "Handle is too long (maximum is 255 characters)",
        );
        return Err(error.code("TOO_LONG"));
    }
    if handle::cleaned(wanted).is_some_and(|wanted| handle::is_taken(state, "Page", &wanted, own)) {
        return Err(UserError::at("page.handle", "Handle has already been taken").code("TAKEN"));
    }
    Ok(())
}

fn fields(input: &Input) -> Map<String, Value> {
    let mut fields = Map::new();
    copy(input, &["title", "templateSuffix"], &mut fields);
    if given(input, "body") {
        fields.insert(
            "body".to_owned(),
            json!(given_text(input, "body").unwrap_or_default()),
        );
    }
    fields
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "page");
    check(state, input, None)?;
    let title = given_text(input, "title").unwrap_or_default();
    let handle = given_text(input, "handle").and_then(handle::cleaned);
    let handle = handle.unwrap_or_else(|| handle::free(state, "Page", title, None));
    let now = state.now();
    let row = json!({
        "title": title, "handle": handle, "body": "", "templateSuffix": null, "createdAt": now, "updatedAt": now,
        "publishedAt": published_at(state, input, "page", None)?,
    });
    let mut row = row.as_object().cloned().unwrap_or_default();
    row.extend(fields(input));
    let id = state.create("Page", row);
    metafield::set_of_owner(state, &id, input, "page.metafields")?;
    Ok(json!({"page": id}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("Page", id) else {
        return Err(UserError::at("id", "Page does not exist")
            .code("NOT_FOUND")
            .into());
    };
    let input = object_or_empty(args, "page");
    check(state, input, Some(id))?;
    let mut changed = fields(input);
    let before = row.get("publishedAt").cloned().unwrap_or_default();
    changed.insert(
        "publishedAt".to_owned(),
        published_at(state, input, "page", Some(&before))?,
    );
    if let Some(wanted) = given_text(input, "handle") {
        let title = given_text(input, "title").unwrap_or_else(|| text(&row, "title"));
        let new =
            handle::cleaned(wanted).unwrap_or_else(|| handle::free(state, "Page", title, Some(id)));
        let old = text(&row, "handle");
        if flag(input, "redirectNewHandle") == Some(true) && old != new {
            handle::redirect(state, &format!("/pages/{old}"), &format!("/pages/{new}"));
        }
        changed.insert("handle".to_owned(), json!(new));
    }
    state.touch(id, |row| row.extend(changed));
    metafield::set_of_owner(state, id, input, "page.metafields")?;
    Ok(json!({"page": id}))
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    if state.get_as("Page", id).is_none() {
        return Err(UserError::at("id", "Page does not exist")
            .code("NOT_FOUND")
            .into());
    }
    metafield::remove_all_of(state, id);
    state.remove(id);
    Ok(json!({"deletedPageId": id}))
}
