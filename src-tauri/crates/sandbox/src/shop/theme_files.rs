//! Theme files as a shop stores them: normalised, with the checksums by which the vendor's CLI compares them.

use std::io::{Cursor, Read as _};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::state::{Body, State, text};
use super::text::md5;

/// What a theme's file is looked up by.
pub(crate) fn key(theme: &str, name: &str) -> String {
    format!("{theme}/{name}")
}

/// The theme's file with this name.
pub(crate) fn find(state: &State, theme: &str, name: &str) -> Option<String> {
    state
        .find("ThemeFile", "_key", &key(theme, name))
        .into_iter()
        .next()
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
    fields.insert("_key".to_owned(), json!(key(theme, name)));
    let path = format!("files/theme/{checksum}/{name}");
    state.serve(&path, content_type(name), Body::Memory(Bytes::from(stored)));
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

/// What is stored of a file's content: text has line feeds only, `config/settings_data.json` is minified, all else stays
/// as it came.
///
/// The vendor's own client takes a file for unchanged by the checksum of just that, though it sends what the file holds.
fn normalised(name: &str, content: &[u8]) -> Vec<u8> {
    let text = match std::str::from_utf8(content) {
        Ok(text) if has_line_feeds_only(name) => text.replace("\r\n", "\n"),
        _ => return content.to_vec(),
    };
    if name != "config/settings_data.json" {
        return text.into_bytes();
    }
    let text = match (text.find("/*"), text.find("*/")) {
        (Some(start), Some(end)) if start < end && text[..start].trim().is_empty() => {
            &text[end + 2..]
        }
        _ => text.as_str(),
    };
    minified(text).into_bytes()
}

/// Whether a file is one of those that keep no carriage returns; of the other text files nobody says so.
fn has_line_feeds_only(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    [
        "liquid", "json", "css", "scss", "sass", "js", "mjs", "map", "svg",
    ]
    .contains(&extension)
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

/// The folders of a theme.
const FOLDERS: &[&str] = &[
    "assets",
    "blocks",
    "config",
    "layout",
    "locales",
    "sections",
    "snippets",
    "templates",
];

/// In which order files of one request are taken: what others refer to before what refers to it.
pub(crate) fn rank(name: &str) -> u8 {
    match name {
        "config/settings_schema.json" => 0,
        "config/settings_data.json" => 6,
        _ if name.starts_with("templates/") && name.ends_with(".json") => 5,
        _ if name.starts_with("sections/") && name.ends_with(".json") => 4,
        _ if name.starts_with("sections/") => 3,
        _ if name.starts_with("blocks/") => 2,
        _ => 1,
    }
}

/// The most bytes of a file, by the vendor's documentation of themes.
fn bytes_max(name: &str) -> usize {
    const KB: usize = 1024;
    match name {
        "config/settings_data.json" => 1_536 * KB,
        _ if name.starts_with("assets/") => 20 * KB * KB,
        _ if name.starts_with("locales/") => 1_536 * KB,
        _ if name.ends_with(".json") => 512 * KB,
        _ => 256 * KB,
    }
}

/// Checks a file before it is written; the message says what is wrong with it.
pub(crate) fn check_file(
    state: &State,
    theme: &str,
    name: &str,
    content: &[u8],
) -> Result<(), String> {
    let Some((folder, rest)) = name.split_once('/') else {
        return Err("Filename must be in a theme folder".to_owned());
    };
    let nested = rest.contains('/') && !(folder == "templates" && rest.matches('/').count() == 1);
    if !FOLDERS.contains(&folder) || rest.is_empty() || nested {
        return Err(format!("Filename {name:?} is not a valid theme file"));
    }
    if content.len() > bytes_max(name) {
        let limit = bytes_max(name) / 1024;
        return Err(format!("File size is too large: the limit is {limit} KB"));
    }
    if folder != "assets" && is_text(name) && std::str::from_utf8(content).is_err() {
        return Err("File is not valid UTF-8".to_owned());
    }
    if !name.ends_with(".json") || folder == "assets" {
        return check_schema(name, content);
    }
    let text = without_comments(&String::from_utf8_lossy(content));
    let parsed: Value =
        serde_json::from_str(&text).map_err(|error| format!("Invalid JSON: {error}"))?;
    if !matches!(folder, "templates" | "sections") {
        return Ok(());
    }
    let sections = parsed["sections"]
        .as_object()
        .ok_or_else(|| "Missing required key 'sections'".to_owned())?;
    for (id, section) in sections {
        let kind = section["type"].as_str().unwrap_or_default();
        if kind.is_empty() {
            return Err(format!("Section '{id}' is missing a 'type'"));
        }
        let is_own = !kind.starts_with("shopify://") && !kind.starts_with('@') && kind != "apps";
        if is_own && find(state, theme, &format!("sections/{kind}.liquid")).is_none() {
            return Err(format!(
                "Section id '{id}' is of type '{kind}', which does not refer to an existing section file"
            ));
        }
    }
    Ok(())
}

/// Checks the JSON of a section's or block's `{% schema %}`.
fn check_schema(name: &str, content: &[u8]) -> Result<(), String> {
    if !name.ends_with(".liquid") || !(name.starts_with("sections/") || name.starts_with("blocks/"))
    {
        return Ok(());
    }
    let text = String::from_utf8_lossy(content);
    let start = [
        "{% schema %}",
        "{%- schema -%}",
        "{%- schema %}",
        "{% schema -%}",
    ]
    .iter()
    .find_map(|tag| text.find(tag).map(|at| at + tag.len()));
    let Some(start) = start else {
        return Ok(());
    };
    let end = [
        "{% endschema %}",
        "{%- endschema -%}",
        "{%- endschema %}",
        "{% endschema -%}",
    ]
    .iter()
    .find_map(|tag| text[start..].find(tag))
    .ok_or_else(|| "Liquid syntax error: 'schema' tag was never closed".to_owned())?;
    serde_json::from_str::<Value>(&without_comments(&text[start..start + end]))
        .map(drop)
        .map_err(|error| format!("Invalid JSON in tag 'schema': {error}"))
}

/// JSON without the comments and trailing commas that theme files may hold.
fn without_comments(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    let mut letters = json.chars().peekable();
    let (mut in_string, mut escaped) = (false, false);
    while let Some(letter) = letters.next() {
        if in_string {
            in_string = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            plain.push(letter);
            continue;
        }
        match (letter, letters.peek()) {
            ('/', Some('*')) => {
                let mut last = ' ';
                letters.next();
                for inner in letters.by_ref() {
                    if last == '*' && inner == '/' {
                        break;
                    }
                    last = inner;
                }
            }
            ('/', Some('/')) => {
                for inner in letters.by_ref() {
                    if inner == '\n' {
                        break;
                    }
                }
            }
            ('}' | ']', _) => {
                let kept = plain.trim_end().trim_end_matches(',').len();
                plain.truncate(kept);
                plain.push(letter);
            }
            _ => {
                in_string = letter == '"';
                plain.push(letter);
            }
        }
    }
    plain
}

/// The files of a theme's zip, by their names in the theme; a single folder around all is left out.
pub(crate) fn unpack(zip: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let broken = |_| "Zip file could not be read".to_owned();
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).map_err(broken)?;
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive
            .by_index(index)
            .map_err(|_| "Zip file could not be read".to_owned())?;
        let Some(path) = entry.enclosed_name() else {
            continue;
        };
        let path = path.to_string_lossy().replace('\\', "/");
        let place = FOLDERS.iter().find_map(|folder| {
            let start = format!("{folder}/");
            if path.starts_with(&start) {
                Some(0)
            } else {
                path.find(&format!("/{start}")).map(|at| at + 1)
            }
        });
        if let (Some(at), true) = (place, entry.is_file()) {
            let mut content = Vec::new();
            entry
                .read_to_end(&mut content)
                .map_err(|_| "Zip file could not be read".to_owned())?;
            files.push((path[at..].to_owned(), content));
        }
    }
    Ok(files)
}
