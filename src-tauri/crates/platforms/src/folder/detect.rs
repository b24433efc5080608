//! Telling what a folder holds from what lies in it.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::FileType;
use rustix::io::Errno;

use super::beneath;
use super::names::{self, THEME_FOLDERS};
use super::settings::Holds;

/// How many folders are looked into for a sign.
const FOLDERS_MAX: usize = 2_000;

/// The files of a theme's `config`.
const THEME_SETTINGS: [&str; 2] = ["settings_schema.json", "settings_data.json"];

/// What a folder holds, and the sign that it was told by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detected {
    /// What it holds.
    pub(super) holds: Holds,
    /// The sign: "`layout/theme.liquid` is there".
    pub(super) sign: String,
}

fn detected(holds: Holds, sign: impl Into<String>) -> Detected {
    Detected {
        holds,
        sign: sign.into(),
    }
}

/// Tells what the tree at `root` holds; nothing if nothing in it says so.
pub(super) fn detect(root: &OwnedFd) -> Result<Option<Detected>, Errno> {
    let folders = folders(root)?;
    let has = |name: &str| folders.iter().any(|folder| folder == name);
    if has("theme") && has("objects") {
        return Ok(Some(detected(
            Holds::Both,
            "`theme` and `objects` lie side by side",
        )));
    }
    if let Some(sign) = theme_sign(root, &folders) {
        return Ok(Some(detected(Holds::Theme, sign)));
    }
    if folders.is_empty() {
        return Ok(None);
    }
    if has("theme") && is_theme(root, "theme") {
        return Ok(Some(detected(Holds::Both, "`theme` holds a theme")));
    }
    if folders == ["objects"] {
        return Ok(Some(detected(Holds::Both, "there is a folder `objects`")));
    }
    if folders
        .iter()
        .all(|name| THEME_FOLDERS.contains(&name.as_str()))
    {
        return Ok(Some(detected(
            Holds::Theme,
            "its folders are those of a theme",
        )));
    }
    let mut looks = FOLDERS_MAX;
    for name in &folders {
        if let Some(file) = find(root, name, &mut looks, &|file| file.ends_with(".json")) {
            return Ok(Some(detected(Holds::Objects, format!("`{file}` is there"))));
        }
    }
    Ok(None)
}

/// The names of the folders in a folder that captures would look into.
fn folders(folder: &OwnedFd) -> Result<Vec<String>, Errno> {
    let mut names: Vec<String> = (beneath::entries(folder.as_fd())?.into_iter())
        .filter(|entry| entry.kind == FileType::Directory)
        .filter_map(|entry| entry.name.into_string().ok())
        .filter(|name| !names::is_passed_by(name))
        .collect();
    names.sort_unstable();
    Ok(names)
}

fn is_theme(root: &OwnedFd, name: &str) -> bool {
    let inner = beneath::open_folder(root.as_fd(), name).and_then(|folder| folders(&folder));
    inner.is_ok_and(|folders| {
        folders
            .iter()
            .any(|name| THEME_FOLDERS.contains(&name.as_str()))
    })
}

/// What only a theme has: Liquid in its folders, or its settings.
fn theme_sign(root: &OwnedFd, folders: &[String]) -> Option<String> {
    let mut looks = FOLDERS_MAX;
    let themed = THEME_FOLDERS
        .iter()
        .filter(|name| folders.iter().any(|folder| folder == *name));
    let mut signs = themed.filter_map(|name| match *name {
        "config" => {
            find(root, name, &mut looks, &|file| {
                THEME_SETTINGS.contains(&file)
            })
            .filter(|file| {
                // Deeper ones are somebody else's.
                file.matches('/').count() == 1
            })
        }
        "assets" | "locales" => None,
        _ => find(root, name, &mut looks, &|file| file.ends_with(".liquid")),
    });
    signs.next().map(|file| format!("`{file}` is there"))
}

/// The first file, by its path, below a folder whose name fits.
fn find(
    root: &OwnedFd,
    path: &str,
    looks: &mut usize,
    fits: &dyn Fn(&str) -> bool,
) -> Option<String> {
    *looks = looks.checked_sub(1)?;
    let folder = beneath::open_folder(root.as_fd(), path).ok()?;
    let mut entries = beneath::entries(folder.as_fd()).ok()?;
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let names = |kind: FileType| {
        let fitting = entries.iter().filter(move |entry| entry.kind == kind);
        fitting
            .filter_map(|entry| entry.name.to_str().ok())
            .filter(|name| !names::is_passed_by(name))
    };
    if let Some(name) = names(FileType::RegularFile).find(|name| fits(name)) {
        return Some(format!("{path}/{name}"));
    }
    names(FileType::Directory).find_map(|name| find(root, &format!("{path}/{name}"), looks, fits))
}
