//! Articles, each in a blog. Their handles are unique within it.

use serde_json::{Map, Value, json};

use super::input::{
    Input, copy, flag, given, list, object, object_or_empty, text as given_text,
    texts as given_texts,
};
use super::page::published_at;
use super::refusal::{Refusal, UserError};
use super::{Outcome, blog, file, handle, metafield, tag};
use crate::shop::state::{State, text};
use crate::shop::text::{handle as slug, next_handle};

/// The largest body, in bytes.
const BODY_MAX: usize = 1024 * 1024;

fn is_taken(state: &State, blog: &str, handle: &str, own: Option<&str>) -> bool {
    state.find("Article", "handle", handle).iter().any(|id| {
        Some(id.as_str()) != own && state.get(id).is_some_and(|row| text(&row, "blog") == blog)
    })
}

fn free(state: &State, blog: &str, title: &str, own: Option<&str>) -> String {
    let mut handle = slug(title);
    if handle.is_empty() {
        handle = "article".to_owned();
    }
    while is_taken(state, blog, &handle, own) {
        handle = next_handle(&handle);
    }
    handle
}

fn check(input: &Input, required: bool) -> Result<(), UserError> {
    let title = given_text(input, "title");
    if title.is_some_and(|title| title.trim().is_empty()) || required && title.is_none() {
        return Err(UserError::at("article.title", "Title can't be blank").code("BLANK"));
    }
    for (name, shown, max) in [("title", "Title", 255), ("handle", "Handle", 265)] {
        if given_text(input, name).is_some_and(|text| text.chars().count() > max) {
            let message = format!("{shown} is too long (maximum is {max} characters)");
            return Err(UserError::at(&format!("article.{name}"), message).code("TOO_LONG"));
        }
    }
    if given_text(input, "body").is_some_and(|body| body.len() > BODY_MAX) {
        return Err(UserError::at(
            "article.body",
            "Content is too big (maximum is 1 MB)",
        ));
    }
    Ok(())
}

/// The blog that an article is in: by id, or a new one.
fn blog_of(state: &mut State, args: &Input, input: &Input) -> Result<Option<String>, UserError> {
    let new = object(args, "blog");
    match (given_text(input, "blogId"), new) {
        (Some(_), Some(_)) => {
            let message = "Can't create a blog from input if a blog ID is supplied.";
            Err(UserError::at("article", message).code("AMBIGUOUS_BLOG"))
        }
        (Some(id), None) if state.get_as("Blog", id).is_none() => {
            Err(UserError::at("article", "Must reference an existing blog.").code("NOT_FOUND"))
        }
        (Some(id), None) => Ok(Some(id.to_owned())),
        (None, Some(new)) => Ok(Some(blog::add(state, new))),
        (None, None) => Ok(None),
    }
}

fn fields(state: &mut State, input: &Input) -> Result<Map<String, Value>, Refusal> {
    let mut fields = Map::new();
    copy(input, &["title", "summary", "templateSuffix"], &mut fields);
    if given(input, "body") {
        fields.insert(
            "body".to_owned(),
            json!(given_text(input, "body").unwrap_or_default()),
        );
    }
    if list(input, "tags").is_some() {
        fields.insert(
            "tags".to_owned(),
            json!(tag::normalised(&given_texts(input, "tags"))),
        );
    }
    let author = object_or_empty(input, "author");
    if let Some(name) = given_text(author, "name").filter(|name| !name.is_empty()) {
        fields.insert("author".to_owned(), json!({"name": name}));
        fields.insert("_author".to_owned(), json!(name));
    }
    if let Some(image) = file::image(state, input, "image")? {
        fields.insert("_image".to_owned(), json!(image));
    }
    Ok(fields)
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "article");
    check(input, true)?;
    let Some(blog) = blog_of(state, args, input)? else {
        let message = "Must reference or create a blog when creating an article.";
        return Err(UserError::at("article", message)
            .code("BLOG_REFERENCE_REQUIRED")
            .into());
    };
    let author = object_or_empty(input, "author");
    let named = given_text(author, "name").is_some_and(|name| !name.is_empty());
    if !named && given_text(author, "userId").is_none() {
        let message = "Can't create an article if both author name and user ID are blank.";
        return Err(UserError::at("article", message)
            .code("AUTHOR_FIELD_REQUIRED")
            .into());
    }
    let title = given_text(input, "title").unwrap_or_default();
    let handle = match given_text(input, "handle").and_then(handle::cleaned) {
        Some(wanted) if is_taken(state, &blog, &wanted, None) => {
            return Err(
                UserError::at("article.handle", "Handle has already been taken")
                    .code("TAKEN")
                    .into(),
            );
        }
        Some(wanted) => wanted,
        None => free(state, &blog, title, None),
    };
    let now = state.now();
    let row = json!({
        "title": title, "handle": handle, "blog": blog, "body": "", "summary": null, "tags": [], "templateSuffix": null,
        "author": null, "createdAt": now, "updatedAt": now,
        "publishedAt": published_at(state, input, "article", None)?,
    });
    let mut row = row.as_object().cloned().unwrap_or_default();
    row.extend(fields(state, input)?);
    let blog_title = text(&state.get(&blog).unwrap_or_default(), "title").to_owned();
    row.insert("_blog_title".to_owned(), json!(blog_title));
    let id = state.create("Article", row);
    metafield::set_of_owner(state, &id, input, "article.metafields")?;
    state.touch(&blog, |_| {});
    Ok(json!({"article": id}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("Article", id) else {
        return Err(UserError::at("id", "Article does not exist")
            .code("NOT_FOUND")
            .into());
    };
    let input = object_or_empty(args, "article");
    check(input, false)?;
    let author = object_or_empty(input, "author");
    if given_text(author, "userId").is_some() {
        let (message, code) = if given_text(author, "name").is_some() {
            (
                "Can't update an article author if both author name and user ID are supplied.",
                "AMBIGUOUS_AUTHOR",
            )
        } else {
            (
                "User must exist if a user ID is supplied.",
                "AUTHOR_MUST_EXIST",
            )
        };
        return Err(UserError::at("article", message).code(code).into());
    }
    let image = object_or_empty(input, "image");
    let has_image = !text(&row, "_image").is_empty();
    if given_text(image, "altText").is_some() && given_text(image, "url").is_none() {
        if !has_image {
            let message = "Cannot update image alt text without an existing image or providing a new image URL";
            return Err(UserError::at("article.image", message)
                .code("INVALID")
                .into());
        }
        let alt = given_text(image, "altText").unwrap_or_default().to_owned();
        state.touch(text(&row, "_image"), |row| {
            row.insert("alt".to_owned(), json!(alt));
        });
    }
    let old_blog = text(&row, "blog").to_owned();
    let blog = blog_of(state, args, input)?.unwrap_or_else(|| old_blog.clone());
    let mut changed = fields(state, input)?;
    let before = row.get("publishedAt").cloned().unwrap_or_default();
    changed.insert(
        "publishedAt".to_owned(),
        published_at(state, input, "article", Some(&before))?,
    );
    if let Some(wanted) = given_text(input, "handle") {
        let title = given_text(input, "title").unwrap_or_else(|| text(&row, "title"));
        let new = handle::cleaned(wanted).unwrap_or_else(|| free(state, &blog, title, Some(id)));
        if is_taken(state, &blog, &new, Some(id)) {
            return Err(
                UserError::at("article.handle", "Handle has already been taken")
                    .code("TAKEN")
                    .into(),
            );
        }
        let old = text(&row, "handle");
        if flag(input, "redirectNewHandle") == Some(true) && old != new {
            let blog = handle::of(state, &blog);
            handle::redirect(
                state,
                &format!("/blogs/{blog}/{old}"),
                &format!("/blogs/{blog}/{new}"),
            );
        }
        changed.insert("handle".to_owned(), json!(new));
    }
    changed.insert("blog".to_owned(), json!(blog));
    state.touch(id, |row| row.extend(changed));
    metafield::set_of_owner(state, id, input, "article.metafields")?;
    state.touch(&old_blog, |_| {});
    state.touch(&blog, |_| {});
    Ok(json!({"article": id}))
}

/// Takes an article away.
pub(super) fn remove(state: &mut State, id: &str) {
    metafield::remove_all_of(state, id);
    state.remove(id);
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("Article", id) else {
        return Err(UserError::at("id", "Article does not exist")
            .code("NOT_FOUND")
            .into());
    };
    remove(state, id);
    state.touch(text(&row, "blog"), |_| {});
    Ok(json!({"deletedArticleId": id}))
}
