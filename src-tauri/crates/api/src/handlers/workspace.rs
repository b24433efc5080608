//! The program, its workspace and the person in front of it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use slipway_domain::Person;
use slipway_engine::{Engine, EngineError};

use crate::session::{Api, on_disk};
use crate::wire::{
    ApiError, AppStatus, Done, Empty, JobCancel, PersonSet, PreferenceSet, Preferences,
    WorkspaceCreate, WorkspaceInfo, WorkspaceOpen,
};

/// The extension of a workspace file.
pub(crate) const EXTENSION: &str = "slipway";
/// The setting of a workspace that holds the name it was given.
pub(crate) const NAME: &str = "name";
/// The setting of a workspace that says that it is the sample.
pub(crate) const SAMPLE: &str = "sample";
/// The longest name of a workspace, in characters.
const NAME_LIMIT_CHARS: usize = 80;

pub(crate) async fn status(api: &Api, Empty {}: Empty) -> Result<AppStatus, ApiError> {
    Ok(AppStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        workspace: api.workspace().ok().map(|workspace| workspace.info.clone()),
        recent: api.recent(),
        person: api.known_person(),
        suggested_person: api.host.suggested_person(),
        default_folder: default_folder(api).display().to_string(),
    })
}

pub(crate) async fn create(api: &Api, request: WorkspaceCreate) -> Result<WorkspaceInfo, ApiError> {
    let WorkspaceCreate { name, path } = request;
    let name = checked_name(&name)?;
    let path = match path {
        Some(path) => absolute(&path)?,
        None => default_folder(api).join(file_name(&name)),
    };
    let _opening = api.opening.lock().await;
    let (platforms, clock) = (api.host.platforms(), api.host.clock());
    let (engine, info) = on_disk(move || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                ApiError::failed(
                    format!("{} can't be made: {error}", folder.display()),
                    "Choose another folder.",
                )
            })?;
        }
        let engine = Engine::create(&path, platforms, clock)?;
        engine
            .store()
            .write(move |writer| writer.set_setting(NAME, &Value::from(name)))?;
        let info = info(&engine)?;
        Ok((engine, info))
    })
    .await?;
    Ok(api.install(engine, info))
}

pub(crate) async fn open(
    api: &Api,
    WorkspaceOpen { path }: WorkspaceOpen,
) -> Result<WorkspaceInfo, ApiError> {
    let path = absolute(&path)?;
    let _opening = api.opening.lock().await;
    open_at(api, path).await
}

/// Opens a workspace; the one that is open already stays as it is.
pub(crate) async fn open_at(api: &Api, path: PathBuf) -> Result<WorkspaceInfo, ApiError> {
    let (platforms, clock) = (api.host.platforms(), api.host.clock());
    let known = api.workspace().ok().map(|workspace| workspace.info.clone());
    let host = api.host.clone();
    let opened = on_disk(move || {
        let is_open = known.filter(|info| {
            std::fs::canonicalize(&path).is_ok_and(|real| real == Path::new(&info.path))
        });
        if let Some(info) = is_open {
            return Ok(Err(info));
        }
        let engine = Engine::open(&path, platforms, clock)?;
        let info = info(&engine)?;
        if let (true, Some(folder)) = (info.is_sample, Path::new(&info.path).parent()) {
            host.serve_sample(folder);
        }
        Ok(Ok((engine, info)))
    })
    .await?;
    match opened {
        Ok((engine, info)) => Ok(api.install(engine, info)),
        Err(info) => Ok(info),
    }
}

pub(crate) async fn close(api: &Api, Empty {}: Empty) -> Result<Done, ApiError> {
    let _opening = api.opening.lock().await;
    api.close();
    Ok(Done {})
}

pub(crate) async fn open_sample(api: &Api, Empty {}: Empty) -> Result<WorkspaceInfo, ApiError> {
    crate::sample::open(api).await
}

pub(crate) async fn reset_sample(api: &Api, Empty {}: Empty) -> Result<WorkspaceInfo, ApiError> {
    crate::sample::reset(api).await
}

pub(crate) async fn set_person(
    api: &Api,
    PersonSet { name, email }: PersonSet,
) -> Result<Done, ApiError> {
    let refused = |message: String| {
        ApiError::invalid(
            message,
            "Give a name, and an address like name@example.com.",
        )
    };
    if name.contains(['<', '>']) || email.contains(['<', '>']) {
        return Err(refused(
            "A name and an address can't hold `<` or `>`".to_owned(),
        ));
    }
    let person: Person = format!("{name} <{email}>")
        .parse()
        .map_err(|_| refused(format!("`{name}`, `{email}` does not name a person")))?;
    api.remembered.set_person(person)?;
    Ok(Done {})
}

pub(crate) async fn preferences(api: &Api, Empty {}: Empty) -> Result<Preferences, ApiError> {
    Ok(Preferences {
        preferences: api.remembered.contents().preferences,
    })
}

pub(crate) async fn set_preference(api: &Api, request: PreferenceSet) -> Result<Done, ApiError> {
    let PreferenceSet { name, value } = request;
    api.remembered.set_preference(name, value)?;
    Ok(Done {})
}

pub(crate) async fn cancel_job(api: &Api, JobCancel { job }: JobCancel) -> Result<Done, ApiError> {
    api.cancel_job(&job);
    Ok(Done {})
}

fn default_folder(api: &Api) -> PathBuf {
    api.host.data_folder().join("workspaces")
}

/// What is known of a workspace that was opened.
pub(crate) fn info(engine: &Engine) -> Result<WorkspaceInfo, ApiError> {
    let (name, sample) = engine
        .store()
        .read(|reader| Ok((reader.setting(NAME)?, reader.setting(SAMPLE)?)))
        .map_err(EngineError::from)?;
    let path = std::fs::canonicalize(engine.path()).unwrap_or_else(|_| engine.path().to_owned());
    let given = name.as_ref().and_then(Value::as_str).map(str::to_owned);
    let of_file = || {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    Ok(WorkspaceInfo {
        name: given.unwrap_or_else(of_file),
        path: path.display().to_string(),
        is_sample: sample == Some(Value::Bool(true)),
    })
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    let count = name.chars().count();
    if count == 0 || count > NAME_LIMIT_CHARS || name.chars().any(char::is_control) {
        return Err(ApiError::invalid(
            format!(
                "A workspace's name has 1 to {NAME_LIMIT_CHARS} characters, and no control characters"
            ),
            "Choose another name.",
        ));
    }
    Ok(name.to_owned())
}

/// A name as a file's, on any system.
fn file_name(name: &str) -> String {
    let kept = |c: char| {
        if c.is_alphanumeric() || "-_ .".contains(c) {
            c
        } else {
            '-'
        }
    };
    let stem: String = name.chars().map(kept).collect();
    format!("{}.{EXTENSION}", stem.trim_matches(['.', ' ']))
}

/// A path from outside: it has to say where it leads by itself.
pub(crate) fn absolute(path: &str) -> Result<PathBuf, ApiError> {
    let checked = PathBuf::from(path);
    if !checked.is_absolute() || path.chars().any(char::is_control) {
        return Err(ApiError::invalid(
            format!("`{}` is not a whole path", path.escape_debug()),
            "Give the path from the root on.",
        ));
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_make_files_inside_the_folder() {
        for (name, file) in [
            ("Northwind", "Northwind.slipway"),
            ("a/b\\c:d", "a-b-c-d.slipway"),
            ("../..", "-.slipway"),
            ("Größe 2", "Größe 2.slipway"),
        ] {
            assert_eq!(file_name(name), file, "{name}");
        }
    }

    #[test]
    fn paths_from_outside_are_whole() {
        assert!(absolute("/a/b.slipway").is_ok(), "a whole path");
        for path in ["", "a.slipway", "./a", "../a", "/a\n"] {
            assert!(absolute(path).is_err(), "{path:?} should be refused");
        }
    }
}
