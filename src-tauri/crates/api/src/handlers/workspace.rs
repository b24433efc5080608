//! The program, its workspace and the person in front of it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use slipway_diff::text::visible;
use slipway_domain::Person;
use slipway_engine::{Access, Engine, EngineError};

use crate::session::{Api, on_disk};
use crate::trust::{Standing, places_digest, real_path};
use crate::views::environment::{address, in_promotion_order};
use crate::wire::{
    ApiError, AppStatus, Done, Empty, JobCancel, PersonSet, PlaceInfo, PreferenceSet, Preferences,
    WorkspaceCreate, WorkspaceInfo, WorkspaceOpen, WorkspacePlaces, WorkspaceTrust,
};

/// The extension of a workspace file.
pub(crate) const EXTENSION: &str = "slipway";
/// The setting of a workspace that holds the name it was given.
pub(crate) const NAME: &str = "name";
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
    let ports = api.ports();
    let trusted = api.trusted.clone();
    let engine = on_disk(move || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                ApiError::failed(
                    format!("{} can't be made: {error}", folder.display()),
                    "Choose another folder.",
                )
            })?;
        }
        let engine = Engine::create(&path, ports)?;
        engine
            .store()
            .write(move |writer| writer.set_setting(NAME, &Value::from(name)))?;
        // Should that not be remembered, the next start asks.
        if let Err(error) = trusted.keep(&engine) {
            tracing::warn!(%error, "the new workspace is not remembered as this machine's own");
        }
        Ok(engine)
    })
    .await?;
    let info = info(api, &engine)?;
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

/// Opens a workspace; the one that is open already stays as it is. One that is not this machine's own is only read.
pub(crate) async fn open_at(api: &Api, path: PathBuf) -> Result<WorkspaceInfo, ApiError> {
    let ports = api.ports();
    let known = api.workspace().ok().map(|workspace| workspace.info.clone());
    let trusted = api.trusted.clone();
    let opened = on_disk(move || {
        let is_open = known.filter(|info| {
            std::fs::canonicalize(&path).is_ok_and(|real| real == Path::new(&info.path))
        });
        if let Some(info) = is_open {
            return Ok(Err(info));
        }
        let engine = Engine::open_for(&path, Access::Read, ports)?;
        let standing = trusted.standing(&engine)?;
        if standing == Standing::Trusted {
            engine.allow_writes()?;
            if let Err(error) = trusted.keep(&engine) {
                tracing::warn!(%error, "where the environments are is not remembered");
            }
        } else {
            engine.store().look_through()?;
        }
        Ok(Ok((engine, standing)))
    })
    .await?;
    match opened {
        Ok((engine, standing)) => {
            let mut info = info(api, &engine)?;
            if let Standing::Older { missing_records } = standing {
                info.missing_records = missing_records;
            }
            Ok(api.install(engine, info))
        }
        Err(info) => Ok(info),
    }
}

pub(crate) async fn places(api: &Api, Empty {}: Empty) -> Result<WorkspacePlaces, ApiError> {
    api.on_disk(|workspace| {
        let state = workspace.state()?;
        let environments = in_promotion_order(&state)
            .into_iter()
            .map(|environment| PlaceInfo {
                environment: visible(&environment.settings.name),
                platform: visible(&environment.settings.platform),
                place: visible(&address(&workspace.engine, environment)),
                tier: environment.settings.tier,
            })
            .collect();
        Ok(WorkspacePlaces {
            environments,
            digest: places_digest(&state),
        })
    })
    .await
}

pub(crate) async fn trust(
    api: &Api,
    WorkspaceTrust { digest }: WorkspaceTrust,
) -> Result<WorkspaceInfo, ApiError> {
    let _opening = api.opening.lock().await;
    let trusted = api.trusted.clone();
    let engine = api
        .on_disk(move |workspace| {
            let engine = workspace.engine.clone();
            if places_digest(&*engine.state()?) != digest {
                return Err(ApiError::conflict(
                    "The workspace's environments are no longer where they were when you looked",
                    "Look at them again.",
                ));
            }
            engine.allow_writes()?;
            trusted.go_on_from(&engine)?;
            Ok(engine)
        })
        .await?;
    let info = info(api, &engine)?;
    Ok(api.install(engine, info))
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
pub(crate) fn info(api: &Api, engine: &Engine) -> Result<WorkspaceInfo, ApiError> {
    let name = engine
        .store()
        .read(|reader| reader.setting(NAME))
        .map_err(EngineError::from)?;
    let path = real_path(engine);
    let given = name.as_ref().and_then(Value::as_str);
    let given = given.and_then(|name| checked_name(name).ok());
    let of_file = || {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    Ok(WorkspaceInfo {
        name: given.unwrap_or_else(of_file),
        path: path.display().to_string(),
        is_sample: api.trusted.is_sample(&path),
        is_read_only: !engine.store().is_writable(),
        missing_records: 0,
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
