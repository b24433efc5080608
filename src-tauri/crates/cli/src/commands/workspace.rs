//! `workspace` and `sample`.

use std::path::{Path, PathBuf};

use serde_json::json;
use slipway_api::{Api, ApiError, wire::WorkspaceInfo};

use crate::args::{Sample, Workspace};
use crate::ask::{ask, usage};
use crate::output::Answer;

pub(crate) async fn run(api: &Api, command: &Workspace) -> Result<Answer, ApiError> {
    let Workspace::Init { path } = command;
    let path = absolute(path)?;
    let name = path.file_stem().map_or_else(
        || "Workspace".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let made: WorkspaceInfo = ask(
        api,
        "workspace_create",
        json!({ "name": name, "path": path }),
    )
    .await?;
    Ok(answer(&made, "Made"))
}

pub(crate) async fn sample(api: &Api, command: &Sample) -> Result<Answer, ApiError> {
    let (name, done) = match command {
        Sample::Open => ("sample_open", "Opened"),
        Sample::Reset => ("sample_reset", "Restored"),
    };
    let opened: WorkspaceInfo = ask(api, name, json!({})).await?;
    Ok(answer(&opened, done))
}

fn answer(workspace: &WorkspaceInfo, done: &str) -> Answer {
    let json = json!({ "workspace": workspace.path, "name": workspace.name, "is_sample": workspace.is_sample });
    Answer::new(
        json,
        format!("{done} {} at {}", workspace.name, workspace.path),
    )
}

/// The path from the root: what the api remembers must not depend on where the command was given.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, ApiError> {
    std::path::absolute(path)
        .map_err(|error| usage(format!("{} is no path: {error}", path.display())))
}
