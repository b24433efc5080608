//! The sample: a workspace on folders of its own, made at its first opening and restored on request.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use slipway_domain::{Command, EnvironmentDraft, EnvironmentId, Person};
use slipway_engine::{Engine, Job, OnUnreadable, Ports};

use crate::handlers::workspace::{NAME, info, open_at};
use crate::host::SampleEnvironment;
use crate::remembered::private_folder;
use crate::session::{Api, on_disk};
use crate::wire::{ApiError, WorkspaceInfo};

/// The sample's folder in the data folder.
const FOLDER: &str = "sample";
const SAMPLE_NAME: &str = "Northwind Outfitters";

/// Opens the sample; makes it when it is not there.
pub(crate) async fn open(api: &Api) -> Result<WorkspaceInfo, ApiError> {
    let _opening = api.opening.lock().await;
    let file = file(api);
    if file.is_file() {
        open_at(api, file).await
    } else {
        make(api, file).await
    }
}

/// Puts the sample's folders and its workspace back to what they were at the first opening.
pub(crate) async fn reset(api: &Api) -> Result<WorkspaceInfo, ApiError> {
    let _opening = api.opening.lock().await;
    let open = api.workspace().ok();
    if let Some(workspace) = open.filter(|workspace| workspace.info.is_sample) {
        if workspace.is_deploying() {
            return Err(ApiError::refused(
                "The sample has a deployment under way",
                "Wait for its end, or cancel it; then reset the sample.",
            ));
        }
        api.close();
    }
    let file = file(api);
    let removed = file.clone();
    on_disk(move || remove(&removed)).await?;
    make(api, file).await
}

fn folder(api: &Api) -> PathBuf {
    api.host.data_folder().join(FOLDER)
}

fn file(api: &Api) -> PathBuf {
    file_in(&api.host.data_folder())
}

/// Where the sample's workspace lies in a data folder.
pub(crate) fn file_in(data_folder: &Path) -> PathBuf {
    data_folder.join(FOLDER).join("northwind.slipway")
}

async fn make(api: &Api, file: PathBuf) -> Result<WorkspaceInfo, ApiError> {
    let (host, folder) = (api.host.clone(), folder(api));
    let environments = on_disk(move || {
        let failed = |message: String| {
            ApiError::failed(message, "Make room for the sample, then try again.")
        };
        private_folder(&folder)
            .map_err(|error| failed(format!("{} can't be made: {error}", folder.display())))?;
        // What lies there is overwritten.
        if fs::symlink_metadata(&folder).is_ok_and(|found| !found.is_dir()) {
            return Err(ApiError::refused(
                format!(
                    "{} is a link, so the sample is not written",
                    folder.display()
                ),
                "Remove the link, then try again.",
            ));
        }
        host.write_sample(&folder).map_err(failed)
    })
    .await?;
    // The first start is before anybody said who they are; the sample then sets itself up.
    let actor = api.known_person().unwrap_or_else(|| Person {
        name: SAMPLE_NAME.to_owned(),
        email: "hello@northwind.example".to_owned(),
    });
    match set_up(&file, api.ports(), &actor, environments).await {
        Ok(engine) => {
            let info = info(api, &engine)?;
            Ok(api.install(engine, info))
        }
        // Half a sample would be taken for a whole one next time.
        Err(error) => {
            on_disk(move || remove(&file)).await.ok();
            Err(error)
        }
    }
}

async fn set_up(
    file: &Path,
    ports: Ports,
    actor: &Person,
    environments: Vec<SampleEnvironment>,
) -> Result<Engine, ApiError> {
    let (path, platforms) = (file.to_owned(), ports.platforms.clone());
    let engine = on_disk(move || {
        let engine = Engine::create(&path, ports)?;
        engine
            .store()
            .write(|writer| writer.set_setting(NAME, &Value::from(SAMPLE_NAME)))?;
        Ok(engine)
    })
    .await?;
    for environment in environments {
        let SampleEnvironment {
            name,
            platform,
            connection,
            tier,
            promotes_to,
            rules,
        } = environment;
        let adapter = platforms
            .iter()
            .find(|known| known.name() == platform)
            .ok_or_else(|| {
                ApiError::failed(
                    format!("This program has no platform `{platform}`"),
                    "The sample needs it.",
                )
            })?;
        let connected = adapter.connect(&connection).await?;
        let state = engine.state()?;
        let promotes_to = match promotes_to {
            Some(target) => Some(engine.environment(&state, &target)?.id),
            None => None,
        };
        let id = EnvironmentId(engine.new_id("e-"));
        let settings = EnvironmentDraft {
            name,
            platform: platform.to_owned(),
            tier,
            promotes_to,
            connection: connected.connection,
            rules,
            approvals: None,
        };
        let state = engine.decide(
            actor,
            Command::AddEnvironment {
                id: id.clone(),
                settings,
            },
        )?;
        engine
            .capture(&state.environments[&id], OnUnreadable::GoOn, &Job::quiet())
            .await?;
    }
    Ok(engine)
}

/// Removes the workspace file and what SQLite and locks keep beside it.
fn remove(file: &Path) -> Result<(), ApiError> {
    for beside in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(beside);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(ApiError::failed(
                    format!("{} can't be removed: {error}", Path::new(&path).display()),
                    "Close the programs that use it, then try again.",
                ));
            }
        }
    }
    Ok(())
}
