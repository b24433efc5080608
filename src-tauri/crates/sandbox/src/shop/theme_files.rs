//! Theme files as a shop stores them: normalised, with their checksums (FACTS.md §4.1).

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::state::{Body, State, text};
use super::text::md5;

/// The theme's file with this name.
pub(crate) fn find(state: &State, theme: &str, name: &str) -> Option<String> {
    let mut files = state.find("ThemeFile", "_theme", theme).into_iter();
    files.find(|id| {
        state
            .get(id)
            .is_some_and(|row| text(&row, "filename") == name)
    })
}

/// Writes a file of a theme: adds it, or replaces its content. Returns its global id.
pub(crate) fn put(state: &mut State, theme: &str, name: &str, content: &[u8]) -> String {
    let stored = normalised(name, content);
    let checksum = md5(&stored);
    let now = state.now();
    let existing = find(state, theme, name);
    if let Some(id) = &existing
        && state
            .get(id)
            .is_some_and(|row| text(&row, "checksumMd5") == checksum)
    {
        return id.clone();
    }
    let mut fields = Map::new();
    fields.insert("__typename".to_owned(), json!("OnlineStoreThemeFile"));
    fields.insert("filename".to_owned(), json!(name));
    fields.insert("checksumMd5".to_owned(), json!(checksum));
    fields.insert("size".to_owned(), json!(stored.len().to_string()));
    fields.insert("contentType".to_owned(), json!(content_type(name)));
    fields.insert("updatedAt".to_owned(), json!(now));
    fields.insert("_theme".to_owned(), json!(theme));
    let text = if is_text(name) {
        String::from_utf8(stored.clone()).ok()
    } else {
        None
    };
    fields.insert("_text".to_owned(), json!(text));
    let path = format!("files/theme/{checksum}/{name}");
    state.serve(
        path.clone(),
        content_type(name),
        Body::Memory(Bytes::from(stored)),
    );
    fields.insert("_path".to_owned(), json!(path));
    match existing {
        Some(id) => {
            state.update(&id, |row| row.extend(fields));
            id
        }
        None => {
            fields.insert("createdAt".to_owned(), json!(now));
            state.create("ThemeFile", fields)
        }
    }
}

/// What is stored of a file's content: `config/settings_data.json` is minified, all else stays as it came.
fn normalised(name: &str, content: &[u8]) -> Vec<u8> {
    if name != "config/settings_data.json" {
        return content.to_vec();
    }
    let Ok(text) = std::str::from_utf8(content) else {
        return content.to_vec();
    };
    let text = text.replace("\r\n", "\n");
    let text = match (text.find("/*"), text.find("*/")) {
        (Some(start), Some(end)) if start < end && text[..start].trim().is_empty() => {
            &text[end + 2..]
        }
        _ => text.as_str(),
    };
    minified(text).into_bytes()
}

/// JSON without the white space outside its strings.
fn minified(json: &str) -> String {
    let mut minified = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for letter in json.chars() {
        if in_string {
            in_string = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            minified.push(letter);
        } else if !letter.is_whitespace() {
            in_string = letter == '"';
            minified.push(letter);
        }
    }
    minified
}

/// Whether a file is text by its name.
pub(crate) fn is_text(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    [
        "liquid", "json", "js", "css", "scss", "svg", "txt", "html", "md", "mjs", "ts", "map",
        "yml",
    ]
    .contains(&extension)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "liquid" => "application/x-liquid",
        "json" => "application/json",
        "js" | "mjs" => "application/javascript",
        "css" | "scss" => "text/css",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain",
        _ => "application/octet-stream",
    }
}

/// The parts of a stored file that the result of an operation shows.
pub(crate) fn result(state: &State, id: &str) -> Value {
    let row = state.get(id).unwrap_or_default();
    let names = ["filename", "checksumMd5", "size", "createdAt", "updatedAt"];
    let fields = names.iter().map(|name| {
        (
            (*name).to_owned(),
            row.get(*name).cloned().unwrap_or_default(),
        )
    });
    Value::Object(fields.collect())
}
