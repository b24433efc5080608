//! The connection of a folder: what a person types, and what is kept.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use slipway_domain::Layout;
use slipway_engine::PlatformError;

use super::failure::refused;

/// Which content a folder holds, and where in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Holds {
    /// A theme at the root.
    Theme,
    /// Objects at the root.
    Objects,
    /// A theme in `theme/` and objects in `objects/`.
    Both,
}

impl Holds {
    /// The resource families.
    pub(super) fn families(self) -> Vec<String> {
        match self {
            Self::Theme => vec!["theme".into()],
            Self::Objects => vec!["object".into()],
            Self::Both => vec!["theme".into(), "object".into()],
        }
    }
}

/// What is kept of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    /// The folder, absolute and without links.
    pub(super) path: PathBuf,
    /// How it is laid out.
    pub(super) layout: Layout,
    /// What it holds; nothing when that shows only once a release is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) holds: Option<Holds>,
}

impl Settings {
    /// Reads what [`super::connect::connect`] gave.
    pub(super) fn kept(connection: &Value) -> Result<Self, PlatformError> {
        let mut settings: Self = serde_json::from_value(connection.clone()).map_err(|error| {
            refused(
                format!("The folder's connection is not complete: {error}."),
                "Connect the environment again.",
            )
        })?;
        if !settings.path.is_absolute() {
            return Err(refused(
                format!(
                    "The folder's path is not absolute: {}.",
                    settings.path.display()
                ),
                "Connect the environment again.",
            ));
        }
        settings.holds = settings.holds.or(match settings.layout {
            Layout::Theme => Some(Holds::Theme),
            Layout::Objects => Some(Holds::Objects),
            Layout::Releases => None,
        });
        Ok(settings)
    }
}

/// Reads the path that a person typed, made absolute, and the layout, if one was named.
pub(super) fn typed(connection: &Value) -> Result<(PathBuf, Option<Layout>), PlatformError> {
    let path = match connection.get("path") {
        Some(Value::String(path)) if !path.trim().is_empty() => path,
        None | Some(Value::Null | Value::String(_)) => {
            return Err(refused("No folder is named.", "Give the folder's path."));
        }
        Some(other) => {
            return Err(refused(
                format!("The folder's path has to be text, not {other}."),
                "Give the folder's path.",
            ));
        }
    };
    let layout = match connection.get("layout") {
        None | Some(Value::Null) => None,
        Some(Value::String(layout)) => match layout.as_str() {
            "auto" | "" => None,
            "theme" => Some(Layout::Theme),
            "objects" => Some(Layout::Objects),
            "releases" => Some(Layout::Releases),
            _ => return Err(unknown_layout(layout)),
        },
        Some(other) => return Err(unknown_layout(&other.to_string())),
    };
    let absolute = std::path::absolute(Path::new(path)).map_err(|error| {
        refused(
            format!("`{path}` can't be made an absolute path: {error}."),
            "Give the whole path, from `/` on.",
        )
    })?;
    Ok((absolute, layout))
}

fn unknown_layout(layout: &str) -> PlatformError {
    refused(
        format!("`{layout}` is not a layout of folders."),
        "Say auto, theme, objects or releases.",
    )
}
