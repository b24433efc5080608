//! What only the shell can do for the page: the system's file dialogs, and the zoom.
//!
//! The page asks for them by name through its one command, like for all else. It gets no right to files of its own:
//! a chosen path is a text that it may show and hand to a command, which checks it like any other input.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tauri::{AppHandle, Manager as _, Runtime, async_runtime};
use tauri_plugin_dialog::{DialogExt as _, FileDialogBuilder, FilePath};

use crate::window;
use crate::zoom::{Step, Zoom};

/// Why the system was not asked, or did not do it.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// The page sent something else than the command takes.
    #[error("the request of `{name}` is malformed: {reason}")]
    Malformed {
        /// The command.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The chosen path cannot be written as text.
    #[error("{path:?} is not a name in Unicode; Slipway cannot work with it")]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("the system did not do it: {reason}")]
    Refused {
        /// What it said.
        reason: String,
    },
}

#[derive(Deserialize)]
struct ChooseFolder {
    title: String,
}

#[derive(Deserialize)]
struct ChooseFile {
    title: String,
    /// Without dots; empty for any file.
    extensions: Vec<String>,
}

#[derive(Deserialize)]
struct ChooseNewFile {
    title: String,
    name: String,
}

#[derive(Deserialize)]
struct ZoomStep {
    step: Step,
}

/// Answers `shell_choose_folder`, `shell_choose_file`, `shell_choose_new_file` (each with `{"path"}`, null if nothing
/// was chosen) and `shell_zoom` (with `{"percent"}`). `None` for every other name: that command is not the shell's.
pub async fn answer<R: Runtime>(
    app: &AppHandle<R>,
    name: &str,
    request: Value,
) -> Option<Result<Value, SystemError>> {
    let answer = match name {
        "shell_choose_folder" => choose_folder(app, name, request).await,
        "shell_choose_file" => choose_file(app, name, request).await,
        "shell_choose_new_file" => choose_new_file(app, name, request).await,
        "shell_zoom" => zoom(app, name, request),
        _ => return None,
    };
    Some(answer)
}

async fn choose_folder<R: Runtime>(
    app: &AppHandle<R>,
    name: &str,
    request: Value,
) -> Result<Value, SystemError> {
    let ChooseFolder { title } = parse(name, request)?;
    let dialog = dialog(app, title);
    ask(dialog, FileDialogBuilder::blocking_pick_folder).await
}

async fn choose_file<R: Runtime>(
    app: &AppHandle<R>,
    name: &str,
    request: Value,
) -> Result<Value, SystemError> {
    let ChooseFile { title, extensions } = parse(name, request)?;
    let mut dialog = dialog(app, title);
    if !extensions.is_empty() {
        let extensions: Vec<&str> = extensions.iter().map(String::as_str).collect();
        dialog = dialog.add_filter(extensions.join(", "), &extensions);
    }
    ask(dialog, FileDialogBuilder::blocking_pick_file).await
}

async fn choose_new_file<R: Runtime>(
    app: &AppHandle<R>,
    name: &str,
    request: Value,
) -> Result<Value, SystemError> {
    let ChooseNewFile {
        title,
        name: file_name,
    } = parse(name, request)?;
    let dialog = app
        .dialog()
        .file()
        .set_title(title)
        .set_file_name(file_name);
    ask(dialog, FileDialogBuilder::blocking_save_file).await
}

/// A dialog that belongs to the window, so that the desktop keeps it in front.
fn dialog<R: Runtime>(app: &AppHandle<R>, title: String) -> FileDialogBuilder<R> {
    let dialog = app.dialog().file().set_title(title);
    match app.get_webview_window(window::LABEL) {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    }
}

/// Shows a dialog on a thread that may wait for a person.
async fn ask<R: Runtime>(
    dialog: FileDialogBuilder<R>,
    show: impl FnOnce(FileDialogBuilder<R>) -> Option<FilePath> + Send + 'static,
) -> Result<Value, SystemError> {
    let chosen = async_runtime::spawn_blocking(move || show(dialog))
        .await
        .map_err(refused)?;
    let Some(chosen) = chosen else {
        return Ok(json!({ "path": null }));
    };
    let path = chosen.into_path().map_err(refused)?;
    match path.to_str() {
        Some(text) => Ok(json!({ "path": text })),
        None => Err(SystemError::Path { path }),
    }
}

fn zoom<R: Runtime>(app: &AppHandle<R>, name: &str, request: Value) -> Result<Value, SystemError> {
    let ZoomStep { step } = parse(name, request)?;
    let window = app.get_webview_window(window::LABEL);
    let zoom = app.state::<Zoom>();
    let percent = zoom.go(step, window.as_ref()).map_err(refused)?;
    Ok(json!({ "percent": percent }))
}

fn parse<T: DeserializeOwned>(name: &str, request: Value) -> Result<T, SystemError> {
    serde_json::from_value(request).map_err(|error| SystemError::Malformed {
        name: name.to_owned(),
        reason: error.to_string(),
    })
}

fn refused(error: impl std::fmt::Display) -> SystemError {
    SystemError::Refused {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_request_is_named() {
        let error = parse::<ChooseFolder>("shell_choose_folder", json!({ "name": 1 })).err();
        let message = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            message.contains("shell_choose_folder") && message.contains("title"),
            "{message:?} names the command and the field"
        );
    }
}
