//! Each command of the command line: asks the api, and lays the answer out.

mod audit;
mod deployment;
mod environment;
mod pages;
mod progress;
mod release;
mod rollback;
mod sandbox;
mod workspace;

use std::sync::Arc;

use serde_json::json;
use slipway_api::{Api, ApiError, ErrorCode, wire};

use crate::args::{Arguments, Command};
use crate::ask::ask;
use crate::output::Answer;

/// The job's name under which progress is reported.
const JOB: &str = "command-line";

/// Runs one command.
pub(crate) async fn run(api: Arc<Api>, arguments: Arguments) -> Result<Answer, ApiError> {
    let Arguments {
        workspace,
        json,
        user: _,
        command,
    } = arguments;
    match &command {
        Command::Sandbox(sandbox) => return sandbox::serve(sandbox, json).await,
        Command::Workspace(command) => return workspace::run(&api, command).await,
        Command::Sample(command) => return workspace::sample(&api, command).await,
        _ => {}
    }
    // A variable that is set to nothing says nothing.
    let path = workspace
        .filter(|path| !path.as_os_str().is_empty())
        .or_else(|| api.last_workspace())
        .ok_or_else(|| ApiError {
            code: ErrorCode::NoWorkspace,
            message: "No workspace was named, and none was used before".to_owned(),
            hint: "Make one with `slipway workspace init PATH`, or name one with --workspace."
                .to_owned(),
            retryable: false,
        })?;
    let path = workspace::absolute(&path)?;
    let opened: wire::WorkspaceInfo = ask(&api, "workspace_open", json!({ "path": path })).await?;
    workspace::warn_of_older(&opened);
    let _told = progress::tell(&api);
    match command {
        Command::Workspace(_) | Command::Sample(_) | Command::Sandbox(_) => {
            unreachable!("BUG: handled above")
        }
        Command::Env(command) => environment::run(&api, command).await,
        Command::Capture {
            environment,
            stop_at_unreadable,
        } => environment::capture(&api, environment, stop_at_unreadable).await,
        Command::Compare { a, b, offline } => environment::compare(&api, a, b, !offline).await,
        Command::Release(command) => release::run(&api, command).await,
        Command::Review(review) => release::review(&api, review).await,
        Command::Plan { tag, to, offline } => deployment::plan(&api, tag, to, !offline).await,
        Command::Deploy {
            tag,
            to,
            dry_run: true,
            quick,
            reason: _,
        } => deployment::dry_run(&api, tag, to, quick).await,
        Command::Deploy {
            tag,
            to,
            dry_run: false,
            quick: _,
            reason,
        } => deployment::deploy(&api, tag, to, reason).await,
        Command::Deployment(command) => deployment::run(&api, command).await,
        Command::Rollback(rollback) => rollback::run(&api, rollback).await,
        Command::Audit(audit) => audit::run(&api, audit).await,
    }
}
