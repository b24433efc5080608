//! What documents refer to. A reference to something that does not exist does no harm: it orders nothing.

mod liquid;
mod objects;
mod templates;

use slipway_domain::{Reference, ResourceKey};

/// Finds what a document refers to, each target once a place, in the order of the text.
pub(super) fn references(key: &ResourceKey, bytes: &[u8]) -> Vec<Reference> {
    let mut found = match key.family() {
        "object" => objects::references(bytes),
        "theme" => theme(key.name(), bytes),
        _ => Vec::new(),
    };
    found.retain(|reference| reference.to != *key);
    found
}

/// What a theme file refers to among the theme's files.
pub(crate) fn theme_references(key: &ResourceKey, bytes: &[u8]) -> Vec<Reference> {
    let mut found = theme(key.name(), bytes);
    found.retain(|reference| reference.to != *key);
    found
}

fn theme(path: &str, bytes: &[u8]) -> Vec<Reference> {
    let is_template = path.starts_with("templates/") || path.starts_with("sections/");
    if path.ends_with(".liquid") {
        liquid::references(&String::from_utf8_lossy(bytes))
    } else if is_template && path.ends_with(".json") {
        templates::references(bytes)
    } else {
        Vec::new()
    }
}

/// A reference to a theme file; nothing if the name can't be one.
fn to_file(path: String, folder: &str, name: &str, ending: &str) -> Option<Reference> {
    let is_name = !name.is_empty() && name.len() <= 200 && !name.starts_with(['/', '.']);
    let to =
        is_name.then(|| ResourceKey::new("theme", "file", &format!("{folder}/{name}{ending}")));
    Some(Reference {
        path,
        to: to?.ok()?,
    })
}

/// Appends a field to a path, as diffs print paths: `a.b`, or `a["b.c"]` where the name would be misread.
fn push_field(path: &mut String, name: &str) {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if name.is_empty() || !name.chars().all(is_word) {
        path.push_str(&format!("[{}]", serde_json::Value::from(name)));
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}
