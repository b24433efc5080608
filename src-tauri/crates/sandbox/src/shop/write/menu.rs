//! Menus: trees of at most three levels, replaced as a whole.

use serde_json::{Value, json};

use super::input::{Input, given, list, text as given_text};
use super::refusal::{Refusal, UserError};
use super::{Outcome, handle, metafield};
use crate::shop::read::load;
use crate::shop::state::{State, text};

/// The most levels of a menu.
const LEVELS_MAX: usize = 3;

/// Kinds of items that lead to an object, and the object's type.
const TARGETS: &[(&str, &str)] = &[
    ("ARTICLE", "Article"),
    ("BLOG", "Blog"),
    ("COLLECTION", "Collection"),
    ("METAOBJECT", "Metaobject"),
    ("PAGE", "Page"),
    ("PRODUCT", "Product"),
];

fn items(
    state: &mut State,
    wanted: &[Value],
    at: &str,
    level: usize,
    old: &[String],
) -> Result<Value, UserError> {
    if level > LEVELS_MAX && !wanted.is_empty() {
        let message = format!("Menu items can't be nested more than {LEVELS_MAX} levels deep.");
        return Err(UserError::at("items", message).code("NESTING_TOO_DEEP"));
    }
    let mut made = Vec::new();
    for (index, item) in wanted.iter().enumerate() {
        let at = format!("{at}.{index}");
        let kind = item["type"].as_str().unwrap_or_default();
        let target = item["resourceId"].as_str();
        if let Some((_, wanted_kind)) = TARGETS.iter().find(|(name, _)| *name == kind) {
            let fits = target.is_some_and(|id| {
                id.contains(&format!("/{wanted_kind}/")) && load(state, id).is_some()
            });
            if !fits {
                let message = format!("{} does not exist.", target.unwrap_or("The resource"));
                return Err(UserError::at(&format!("{at}.resourceId"), message).code("NOT_FOUND"));
            }
        }
        let known = item["id"]
            .as_str()
            .filter(|id| old.iter().any(|known| known == id))
            .map(str::to_owned);
        let id = known.unwrap_or_else(|| crate::shop::gid::gid("MenuItem", state.new_id()));
        let inner = items(
            state,
            item["items"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default(),
            &format!("{at}.items"),
            level + 1,
            old,
        )?;
        let tags = item["tags"].as_array().cloned().unwrap_or_default();
        let url = if kind == "HTTP" || target.is_none() {
            item["url"].clone()
        } else {
            Value::Null
        };
        made.push(json!({
            "id": id, "title": item["title"], "type": kind, "resourceId": target, "tags": tags, "url": url,
            "items": inner,
        }));
    }
    Ok(Value::Array(made))
}

fn ids(items: &Value, into: &mut Vec<String>) {
    for item in items.as_array().into_iter().flatten() {
        into.extend(item["id"].as_str().map(str::to_owned));
        ids(&item["items"], into);
    }
}

fn check_title(args: &Input) -> Result<(), UserError> {
    if given_text(args, "title").is_none_or(|title| title.trim().is_empty()) {
        return Err(UserError::at("title", "Title can't be blank"));
    }
    Ok(())
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    check_title(args)?;
    let wanted = given_text(args, "handle").unwrap_or_default();
    let title = given_text(args, "title").unwrap_or_default();
    let handle =
        handle::cleaned(wanted).unwrap_or_else(|| handle::free(state, "Menu", title, None));
    if handle::is_taken(state, "Menu", &handle, None) {
        return Err(UserError::at("handle", "Handle has already been taken")
            .code("TAKEN")
            .into());
    }
    let items = items(
        state,
        list(args, "items").unwrap_or_default(),
        "items",
        1,
        &[],
    )?;
    let row = json!({"title": title, "handle": handle, "isDefault": false, "items": items});
    let id = state.create("Menu", row.as_object().cloned().unwrap_or_default());
    Ok(json!({"menu": id}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("Menu", id) else {
        return Err(UserError::at("id", "Menu does not exist")
            .code("NOT_FOUND")
            .into());
    };
    check_title(args)?;
    let is_default = row.get("isDefault").and_then(Value::as_bool) == Some(true);
    let mut handle = text(&row, "handle").to_owned();
    if given(args, "handle")
        && let Some(wanted) = given_text(args, "handle").and_then(handle::cleaned)
        && wanted != handle
    {
        if is_default {
            let message = "The handle of a default menu can't be changed.";
            return Err(Refusal::from(UserError::at("handle", message)));
        }
        if handle::is_taken(state, "Menu", &wanted, Some(id)) {
            return Err(UserError::at("handle", "Handle has already been taken")
                .code("TAKEN")
                .into());
        }
        handle = wanted;
    }
    let mut old = Vec::new();
    ids(&row["items"], &mut old);
    let items = items(
        state,
        list(args, "items").unwrap_or_default(),
        "items",
        1,
        &old,
    )?;
    let title = given_text(args, "title").unwrap_or_default().to_owned();
    state.update(id, |row| {
        row.insert("title".to_owned(), json!(title));
        row.insert("handle".to_owned(), json!(handle));
        row.insert("items".to_owned(), items);
    });
    Ok(json!({"menu": id}))
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("Menu", id) else {
        return Err(UserError::at("id", "Menu does not exist")
            .code("MENU_DOES_NOT_EXIST")
            .into());
    };
    if row.get("isDefault").and_then(Value::as_bool) == Some(true) {
        let message = "Default menu cannot be deleted";
        return Err(UserError::at("id", message)
            .code("UNABLE_TO_DELETE_DEFAULT_MENU")
            .into());
    }
    metafield::remove_all_of(state, id);
    state.remove(id);
    Ok(json!({"deletedMenuId": id}))
}
