//! Themes and their files.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Answer;
use crate::shop::gid;
use crate::shop::graphql::{Found, Rows};
use crate::shop::state::{Body, State, text};
use crate::shop::table::Fields;
use crate::shop::theme_files::is_text;

/// Bodies of more bytes than this are not sent in the answer but served at an address.
const INLINE_BYTES_MAX: usize = 1_000_000;

pub(super) fn field(
    state: &State,
    on: &str,
    name: &str,
    object: &Arc<Fields>,
    given: &Map<String, Value>,
) -> Answer {
    Ok(match (on, name) {
        ("OnlineStoreTheme", "files") => Some(files(state, object, given)),
        ("OnlineStoreTheme", "processing") => {
            let until_ms = object.get("_ready_ms").and_then(Value::as_i64).unwrap_or(0);
            Some(json!(state.now_ms() < until_ms).into())
        }
        ("OnlineStoreTheme", "prefix") => {
            let number = gid::parse(text(object, "id")).map_or(0, |(_, id)| id);
            Some(json!(format!("/t/{number}")).into())
        }
        ("OnlineStoreThemeFile", "body") => Some(body(state, object)),
        _ => None,
    })
}

fn files(state: &State, theme: &Fields, given: &Map<String, Value>) -> Found {
    let asked: Option<Vec<&str>> = given
        .get("filenames")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect());
    let mut files: Vec<(String, u64)> = state
        .find("ThemeFile", "_theme", text(theme, "id"))
        .iter()
        .filter_map(|id| {
            let number = gid::number_of("ThemeFile", id)?;
            let row = state.get(id)?;
            Some((text(&row, "filename").to_owned(), number))
        })
        .filter(|(name, _)| {
            asked
                .as_ref()
                .is_none_or(|asked| asked.iter().any(|pattern| fits(pattern, name)))
        })
        .collect();
    files.sort();
    let missing = asked.iter().flatten().filter(|asked| {
        !asked.contains('*')
            && files
                .binary_search_by(|(name, _)| name.as_str().cmp(asked))
                .is_err()
    });
    let missing: Vec<Value> = missing
        .map(|name| json!({"code": "NOT_FOUND", "filename": name}))
        .collect();
    let mut beside = Map::new();
    beside.insert("userErrors".to_owned(), Value::Array(missing));
    let (names, ids) = files.into_iter().unzip();
    Found::Rows(
        Rows {
            sorted_by: Some(names),
            beside,
            ..Rows::ids("ThemeFile", ids)
        }
        .of_theme_files(),
    )
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(start) else {
        return false;
    };
    rest.is_empty()
        || (0..=name.len())
            .filter(|at| name.is_char_boundary(*at))
            .any(|at| fits(rest, &name[at..]))
}

fn body(state: &State, file: &Fields) -> Found {
    let url = format!("{}/{}", state.base_url, text(file, "_path"));
    let served = state.library.get(&url);
    let content = match served.as_ref().map(|served| &served.body) {
        Some(Body::Memory(bytes)) if bytes.len() <= INLINE_BYTES_MAX => bytes,
        _ => return json!({"__typename": "OnlineStoreThemeFileBodyUrl", "url": url}).into(),
    };
    match std::str::from_utf8(content) {
        Ok(content) if is_text(text(file, "filename")) => {
            json!({"__typename": "OnlineStoreThemeFileBodyText", "content": content}).into()
        }
        _ => {
            let content = STANDARD.encode(content);
            json!({"__typename": "OnlineStoreThemeFileBodyBase64", "contentBase64": content}).into()
        }
    }
}
