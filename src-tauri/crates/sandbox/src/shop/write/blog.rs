//! Blogs. A taken handle is never refused: at creation it gets a suffix, at a change it is ignored (as real stores do).

use serde_json::{Map, json};

use super::input::{Input, copy, flag, object_or_empty, text as given_text};
use super::refusal::UserError;
use super::{Outcome, article, handle, metafield};
use crate::shop::state::{State, text};

fn check(input: &Input, required: bool) -> Result<(), UserError> {
    let title = given_text(input, "title");
    if title.is_some_and(|title| title.trim().is_empty()) || required && title.is_none() {
        return Err(UserError::at("blog.title", "Title can't be blank"));
    }
    for (name, shown) in [("title", "Title"), ("handle", "Handle")] {
        if given_text(input, name).is_some_and(|text| text.chars().count() > 255) {
            let message = format!("{shown} is too long (maximum is 255 characters)");
            return Err(UserError::at(&format!("blog.{name}"), message).code("TOO_LONG"));
        }
    }
    Ok(())
}

/// Adds a blog, with whatever handle is free. Returns its global id.
pub(super) fn add(state: &mut State, input: &Input) -> String {
    let title = given_text(input, "title").unwrap_or_default();
    let wanted = given_text(input, "handle")
        .filter(|wanted| !wanted.trim().is_empty())
        .unwrap_or(title);
    let handle = handle::free(state, "Blog", wanted, None);
    let now = state.now();
    let row = json!({
        "title": title, "handle": handle, "commentPolicy": "CLOSED", "templateSuffix": null, "feed": null,
        "createdAt": now, "updatedAt": now,
    });
    let mut row = row.as_object().cloned().unwrap_or_default();
    copy(input, &["commentPolicy", "templateSuffix"], &mut row);
    state.create("Blog", row)
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "blog");
    check(input, true)?;
    let id = add(state, input);
    metafield::set_of_owner(state, &id, input, "blog.metafields")?;
    Ok(json!({"blog": id}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("Blog", id) else {
        return Err(UserError::at("id", "Blog does not exist")
            .code("NOT_FOUND")
            .into());
    };
    let input = object_or_empty(args, "blog");
    check(input, false)?;
    let mut changed = Map::new();
    copy(
        input,
        &["title", "commentPolicy", "templateSuffix"],
        &mut changed,
    );
    let title = given_text(input, "title").unwrap_or_else(|| text(&row, "title"));
    if let Some(wanted) = given_text(input, "handle") {
        let new =
            handle::cleaned(wanted).unwrap_or_else(|| handle::free(state, "Blog", title, Some(id)));
        if handle::is_taken(state, "Blog", &new, Some(id)) {
            return Ok(json!({"blog": id}));
        }
        let old = text(&row, "handle");
        if flag(input, "redirectNewHandle") == Some(true) && old != new {
            handle::redirect(state, &format!("/blogs/{old}"), &format!("/blogs/{new}"));
        }
        changed.insert("handle".to_owned(), json!(new));
    }
    state.touch(id, |row| row.extend(changed));
    metafield::set_of_owner(state, id, input, "blog.metafields")?;
    Ok(json!({"blog": id}))
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    if state.get_as("Blog", id).is_none() {
        return Err(UserError::at("id", "Blog does not exist")
            .code("NOT_FOUND")
            .into());
    }
    for found in state.find("Article", "blog", id) {
        article::remove(state, &found);
    }
    metafield::remove_all_of(state, id);
    state.remove(id);
    Ok(json!({"deletedBlogId": id}))
}
