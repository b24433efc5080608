//! The platform `folder`: an environment that is a folder on this machine.
//!
//! Three layouts: a theme at the root; objects, one JSON document each (or `theme/` and `objects/` side by side); and
//! releases, where the same content stands under `releases/<digest>/` and a link `current` leads to one of them.
//!
//! Invariant: nothing outside the folder is read or written. Every path is walked one component at a time from the
//! opened root, and no link is followed but `current`. The root's own path holds none: they are resolved when it is connected.
//! Invariant: a file is replaced in one step (written beside, synced, renamed); a release is published in one step.
//! Deliberately not here: merging, comparing, keeping old versions. What the folder does not show stays as it is.

mod assess;
mod beneath;
mod capture;
mod check;
mod connect;
mod detect;
mod failure;
mod in_place;
mod layer;
mod modes;
mod names;
mod references;
mod releases;
mod remote;
mod scan;
mod settings;
mod tree;
mod tree_copy;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use slipway_engine::{Connected, Platform, PlatformError, Remote};

pub(crate) use assess::assess as assess_theme_file;
pub(crate) use references::theme_references;

use failure::blocking;
use remote::FolderRemote;
use settings::Settings;

/// The platform `folder`. Its connection is `{"path", "layout"}`; [`Platform::connect`] makes the path absolute, finds the
/// layout where it is `auto` or missing, and adds what the folder `holds`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Folder;

#[async_trait]
impl Platform for Folder {
    fn name(&self) -> &'static str {
        "folder"
    }

    async fn connect(&self, connection: &serde_json::Value) -> Result<Connected, PlatformError> {
        let connection = connection.clone();
        blocking(move || connect::connect(&connection)).await
    }

    fn place(&self, connection: &serde_json::Value) -> Option<String> {
        let path = Settings::kept(connection).ok()?.path;
        let real = path.canonicalize().unwrap_or(path);
        Some(real.display().to_string())
    }

    fn overlap(&self, one: &serde_json::Value, other: &serde_json::Value) -> bool {
        let (Some(one), Some(other)) = (self.place(one), self.place(other)) else {
            return false;
        };
        // By their parts: `shop` does not hold `shop-2`.
        let (one, other) = (Path::new(&one), Path::new(&other));
        one.starts_with(other) || other.starts_with(one)
    }

    fn address(&self, connection: &serde_json::Value) -> Option<String> {
        let path = Settings::kept(connection).ok()?.path;
        Some(path.display().to_string())
    }

    fn open(&self, connection: &serde_json::Value) -> Result<Arc<dyn Remote>, PlatformError> {
        Ok(Arc::new(FolderRemote::new(Settings::kept(connection)?)))
    }
}
