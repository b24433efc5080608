//! The theme files of a store: `theme/file:<path>`, as a folder has them.

mod batch;
mod capture;
mod files;
mod listing;
mod references;
mod staged;
mod staged_names;

use serde::Deserialize;
use serde_json::{Value, json};
use slipway_domain::ResourceKey;
use slipway_engine::PlatformError;

pub(super) use batch::ThemeTarget;
pub(super) use capture::{as_captured, capture};
pub(super) use listing::Listing;
pub(super) use references::{is_ordered, references};

use super::failure::malformed;
use super::store::{Pages, Store};
use crate::theme_content::{FOLDERS, SETTINGS_DATA};

/// One theme of a store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Theme {
    /// Its global id.
    pub(super) id: String,
    /// The name that people gave it; not unique.
    pub(super) name: String,
    /// As `MAIN`.
    pub(super) role: String,
    /// Whether the store is still making it.
    #[serde(default)]
    pub(super) processing: bool,
    /// Whether making it failed.
    #[serde(default)]
    pub(super) processing_failed: bool,
}

impl Theme {
    /// Whether customers see it.
    pub(super) fn is_live(&self) -> bool {
        self.role == "MAIN"
    }

    /// Its number: the newer, the higher.
    fn number(&self) -> Option<u64> {
        super::gid::number(&self.id)
    }

    fn parse(node: Value) -> Result<Self, PlatformError> {
        serde_json::from_value(node).map_err(|_| malformed("a theme"))
    }
}

#[derive(Deserialize)]
struct OneTheme {
    theme: Option<Theme>,
}

async fn by_id(store: &Store, id: &str) -> Result<Option<Theme>, PlatformError> {
    let way = store.client.theme_way();
    let answer: OneTheme = store.client.ask_by(way, "Theme", json!({"id": id})).await?;
    Ok(answer.theme)
}

/// The themes of that exact name.
async fn named(store: &Store, name: &str) -> Result<Vec<Theme>, PlatformError> {
    let mut found = listed(store, json!({"names": [name]})).await?;
    found.retain(|theme| theme.name == name);
    Ok(found)
}

async fn listed(store: &Store, filter: Value) -> Result<Vec<Theme>, PlatformError> {
    let mut themes = Vec::new();
    let mut pages = Pages::new("Themes", filter, 50);
    let way = store.client.theme_way();
    while let Some(page) = pages.next(&store.client, way).await? {
        let read = page
            .into_iter()
            .filter_map(|node| serde_json::from_value(node).ok());
        themes.extend(read);
    }
    Ok(themes)
}

/// The key of a theme file; nothing if it lies outside the folders of a theme.
pub(super) fn key_of(path: &str) -> Option<ResourceKey> {
    let (folder, rest) = path.split_once('/')?;
    (FOLDERS.contains(&folder) && !rest.is_empty())
        .then(|| ResourceKey::new("theme", "file", path).ok())
        .flatten()
}

/// The place of a theme file in the order of writing, from 0. JSON names sections that have to be there; templates for
/// single markets extend others; the merchant's settings name all of it (the vendor's CLI).
pub(super) fn layer(path: &str) -> u16 {
    let is_json = path.ends_with(".json");
    match path.split('/').next() {
        _ if path == SETTINGS_DATA => 3,
        _ if path.contains(".context.") && is_json => 2,
        Some("templates" | "sections") if is_json => 1,
        _ => 0,
    }
}
