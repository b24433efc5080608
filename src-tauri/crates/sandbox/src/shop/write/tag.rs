//! Tags of products and articles.

use serde_json::{Value, json};

use super::Outcome;
use super::input::{Input, text as given_text, texts as given_texts};
use super::refusal::UserError;
use crate::shop::gid;
use crate::shop::state::{State, texts};

/// Tags as they are kept: trimmed, each once whatever its case, sorted.
pub(super) fn normalised(tags: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    // One text may hold several, with commas between them.
    for tag in tags
        .iter()
        .flat_map(|tag| tag.split(','))
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
    {
        if !kept
            .iter()
            .any(|known| known.to_lowercase() == tag.to_lowercase())
        {
            kept.push(tag.to_owned());
        }
    }
    kept.sort_by_key(|tag| tag.to_lowercase());
    kept
}

fn tagged(state: &State, args: &Input) -> Result<String, UserError> {
    let id = given_text(args, "id").unwrap_or_default();
    let kind = gid::split(id).map_or("Product", |(kind, _)| kind);
    if !matches!(kind, "Product" | "Article") || state.get(id).is_none() {
        return Err(UserError::at("id", format!("{kind} does not exist")));
    }
    Ok(id.to_owned())
}

fn change(state: &mut State, id: &str, change: impl Fn(Vec<String>) -> Vec<String>) -> Value {
    state.touch(id, |row| {
        let tags = change(texts(row, "tags"));
        row.insert("tags".to_owned(), json!(normalised(&tags)));
    });
    json!({"node": id})
}

pub(super) fn add(state: &mut State, args: &Input) -> Outcome {
    let id = tagged(state, args)?;
    let added = normalised(&given_texts(args, "tags"));
    Ok(change(state, &id, |tags| [tags, added.clone()].concat()))
}

pub(super) fn remove(state: &mut State, args: &Input) -> Outcome {
    let id = tagged(state, args)?;
    let gone: Vec<String> = normalised(&given_texts(args, "tags"))
        .iter()
        .map(|tag| tag.to_lowercase())
        .collect();
    Ok(change(state, &id, |tags| {
        tags.into_iter()
            .filter(|tag| !gone.contains(&tag.to_lowercase()))
            .collect()
    }))
}
