//! `workspace` and `sample`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use slipway_api::wire::{PlaceInfo, WorkspaceInfo, WorkspacePlaces};
use slipway_api::{Api, ApiError, ErrorCode};

use crate::args::{Sample, Workspace};
use crate::ask::{ask, usage};
use crate::output::{Answer, count};
use crate::text::{Text, prompt, say};

pub(crate) async fn run(api: &Api, command: &Workspace) -> Result<Answer, ApiError> {
    let path = match command {
        Workspace::Init { path } => path,
        Workspace::Trust { path, yes } => return trust(api, path, *yes).await,
    };
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

/// Says where an older copy lies in the place of a workspace.
pub(crate) fn warn_of_older(workspace: &WorkspaceInfo) {
    let WorkspaceInfo {
        path,
        missing_records,
        ..
    } = workspace;
    if *missing_records > 0 {
        let missing = count(*missing_records, "record");
        let are = if *missing_records == 1 { "is" } else { "are" };
        say(format!(
            "warning: {path} is an older copy: {missing} that this machine saw {are} not in it; reviews and deployments may be among them"
        ));
        say("  Put the newer file back. To go on from this one: `slipway workspace trust PATH`.");
    }
}

/// Shows what a workspace leads to, and trusts it when a person says so.
async fn trust(api: &Api, path: &Path, yes: bool) -> Result<Answer, ApiError> {
    let path = absolute(path)?;
    let opened: WorkspaceInfo = ask(api, "workspace_open", json!({ "path": path })).await?;
    let WorkspacePlaces {
        environments,
        digest,
    } = ask(api, "workspace_places", json!({})).await?;
    let places = listed(&environments);
    warn_of_older(&opened);
    if opened.is_read_only {
        say(places.clone());
        if !yes && !confirmed(&opened, environments.len())? {
            return Err(ApiError {
                code: ErrorCode::Refused,
                message: format!("{} stays read-only", opened.path),
                hint: "Give --yes to trust it, if its environments are yours.".to_owned(),
                retryable: false,
            });
        }
        let _: WorkspaceInfo = ask(api, "workspace_trust", json!({ "digest": digest })).await?;
    }
    let json = json!({ "workspace": opened.path, "trusted": true, "environments": environments });
    let done = if opened.is_read_only {
        Text::of(format_args!("Trusted {}", opened.path))
    } else {
        let mut text = places;
        text.line(format_args!("{} is trusted already", opened.path));
        text
    };
    Ok(Answer::new(json, done))
}

/// Asks on the terminal; without one, nobody can say yes.
fn confirmed(workspace: &WorkspaceInfo, environments: usize) -> Result<bool, ApiError> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    prompt(format_args!(
        "Trust {} with {}? Requests and tokens go there. [y/N]",
        workspace.path,
        count(environments as u64, "environment")
    ));
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| usage(format!("Your answer can't be read: {error}")))?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes" | "Yes"))
}

fn listed(environments: &[PlaceInfo]) -> Text {
    if environments.is_empty() {
        return Text::of("It has no environments.");
    }
    let rows: Vec<Vec<String>> = environments
        .iter()
        .map(|info| {
            let PlaceInfo {
                environment,
                platform,
                place,
                tier,
            } = info;
            let tier = serde_json::to_value(tier).unwrap_or_default();
            vec![
                environment.clone(),
                tier.as_str().unwrap_or_default().to_owned(),
                platform.clone(),
                place.clone(),
            ]
        })
        .collect();
    Text::table(&rows)
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
