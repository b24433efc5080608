//! Themes and their files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Outcome;
use super::input::{Input, object_or_empty, objects, text as given_text, texts as given_texts};
use super::refusal::{Refusal, UserError};
use crate::shop::state::{Body, State, text};
use crate::shop::theme_files::{self, check_file, unpack};

/// The most files of one upsert, and of one copy.
const UPSERT_MAX: usize = 50;

/// The most files of one deletion.
const DELETE_MAX: usize = 100;

/// What a theme holds when it comes from an address that can't be reached.
const SKELETON: &[(&str, &str)] = &[
    (
        "layout/theme.liquid",
        "<!doctype html>\n<html>\n  <head>{{ content_for_header }}</head>\n  <body>{{ content_for_layout }}</body>\n</html>\n",
    ),
    (
        "layout/password.liquid",
        "<!doctype html>\n<html>\n  <head>{{ content_for_header }}</head>\n  <body>{{ content_for_layout }}</body>\n</html>\n",
    ),
    ("config/settings_schema.json", "[]"),
    ("config/settings_data.json", "{\"current\":{}}"),
    ("locales/en.default.json", "{}"),
    ("templates/index.json", "{\"sections\":{},\"order\":[]}"),
];

fn theme_of(state: &State, args: &Input, name: &str) -> Result<String, UserError> {
    let id = given_text(args, name).unwrap_or_default();
    match state.get_as("OnlineStoreTheme", id) {
        Some(_) => Ok(id.to_owned()),
        None => Err(UserError::at(name, "Theme does not exist").code("NOT_FOUND")),
    }
}

/// How many themes a shop takes: what users say, the vendor does not.
const THEMES_MAX: usize = 20;

fn check_room(state: &State) -> Result<(), UserError> {
    if state.ids("OnlineStoreTheme").len() < THEMES_MAX {
        return Ok(());
    }
    Err(UserError::at(
        "id",
        format!("You can have at most {THEMES_MAX} themes"),
    ))
}

fn add(state: &mut State, name: &str, role: &str) -> String {
    let now = state.now();
    let ready_ms = state.now_ms() + state.job_ms;
    let row = json!({
        "name": name, "role": role, "processingFailed": false, "themeStoreId": null, "createdAt": now, "updatedAt": now,
        "_ready_ms": ready_ms,
    });
    state.create(
        "OnlineStoreTheme",
        row.as_object().cloned().unwrap_or_default(),
    )
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let source = given_text(args, "source").unwrap_or_default();
    let role = given_text(args, "role").unwrap_or("UNPUBLISHED");
    if !matches!(role, "UNPUBLISHED" | "DEVELOPMENT") {
        let message = "Theme role must be UNPUBLISHED or DEVELOPMENT.";
        return Err(UserError::at("role", message)
            .code("INVALID_THEME_ROLE_FOR_THEME_CREATION")
            .into());
    }
    let zip = state
        .library
        .get(source)
        .and_then(|served| match &served.body {
            Body::Memory(bytes) => Some(bytes.to_vec()),
            Body::File(path) => std::fs::read(path).ok(),
        });
    let here = state.base_url.split("/shops/").next().unwrap_or_default();
    let files: Vec<(String, Vec<u8>)> = match zip {
        Some(zip) => {
            unpack(&zip).map_err(|message| UserError::at("source", message).code("INVALID_ZIP"))?
        }
        None if source.starts_with(here) || !source.ends_with(".zip") => {
            return Err(UserError::at("source", "Source is not a zip file")
                .code("INVALID_ZIP")
                .into());
        }
        None => SKELETON
            .iter()
            .map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec()))
            .collect(),
    };
    if files.is_empty() {
        return Err(UserError::at("source", "Zip is empty")
            .code("ZIP_IS_EMPTY")
            .into());
    }
    check_room(state)?;
    let theme = add(
        state,
        given_text(args, "name").unwrap_or("Untitled theme"),
        role,
    );
    for (name, content) in files {
        theme_files::put(state, &theme, &name, &content);
    }
    Ok(json!({"theme": theme}))
}

pub(super) fn duplicate(state: &mut State, args: &Input) -> Outcome {
    let source = theme_of(state, args, "id")?;
    let old_name = state
        .get(&source)
        .map(|row| text(&row, "name").to_owned())
        .unwrap_or_default();
    let name =
        given_text(args, "name").map_or_else(|| format!("Copy of {old_name}"), str::to_owned);
    check_room(state)?;
    let theme = add(state, &name, "UNPUBLISHED");
    for file in state.find("ThemeFile", "_theme", &source) {
        let mut fields = Map::clone(&state.get(&file).unwrap_or_default());
        fields.remove("id");
        fields.insert("_theme".to_owned(), json!(theme));
        let key = theme_files::key(&theme, text(&fields, "filename"));
        fields.insert("_key".to_owned(), json!(key));
        state.create("ThemeFile", fields);
    }
    Ok(json!({"newTheme": theme}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let theme = theme_of(state, args, "id")?;
    let name = given_text(object_or_empty(args, "input"), "name")
        .unwrap_or_default()
        .to_owned();
    if name.trim().is_empty() {
        return Err(UserError::at("input.name", "Name can't be blank")
            .code("INVALID")
            .into());
    }
    if name.chars().count() > 50 {
        let message = "Name is too long (maximum is 50 characters)";
        return Err(UserError::at("input.name", message).code("TOO_LONG").into());
    }
    state.touch(&theme, |row| {
        row.insert("name".to_owned(), json!(name));
    });
    Ok(json!({"theme": theme}))
}

pub(super) fn publish(state: &mut State, args: &Input) -> Outcome {
    let theme = theme_of(state, args, "id")?;
    let row = state.get(&theme).unwrap_or_default();
    if row.get("_ready_ms").and_then(Value::as_i64).unwrap_or(0) > state.now_ms() {
        let message = "Theme can't be published while it is being installed.";
        return Err(UserError::at("id", message)
            .code("CANNOT_PUBLISH_THEME_DURING_INSTALL")
            .into());
    }
    if text(&row, "role") == "DEVELOPMENT" {
        return Err(
            UserError::at("id", "A development theme can't be published.")
                .code("NOT_FOUND")
                .into(),
        );
    }
    let all: Vec<String> = state
        .all("OnlineStoreTheme")
        .iter()
        .map(|row| text(row, "id").to_owned())
        .collect();
    for other in all {
        if state
            .get(&other)
            .is_some_and(|row| text(&row, "role") == "MAIN")
            && other != theme
        {
            set_role(state, &other, "UNPUBLISHED");
        }
    }
    set_role(state, &theme, "MAIN");
    Ok(json!({"theme": theme}))
}

fn set_role(state: &mut State, theme: &str, role: &str) {
    state.touch(theme, |row| {
        row.insert("role".to_owned(), json!(role));
    });
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let theme = theme_of(state, args, "id")?;
    if state
        .get(&theme)
        .is_some_and(|row| text(&row, "role") == "MAIN")
    {
        return Err(UserError::at("id", "The published theme can't be deleted.")
            .code("NOT_FOUND")
            .into());
    }
    for file in state.find("ThemeFile", "_theme", &theme) {
        state.remove(&file);
    }
    state.remove(&theme);
    Ok(json!({"deletedThemeId": theme}))
}

fn too_many(field: &str, max: usize) -> Refusal {
    let message = format!("Exceeded the maximum of {max} files.");
    UserError::at(field, message)
        .code("LESS_THAN_OR_EQUAL_TO")
        .with("filename", Value::Null)
        .into()
}

fn file_error(
    field: &str,
    name: &str,
    message: impl Into<String>,
    code: &'static str,
) -> UserError {
    UserError::at(field, message)
        .code(code)
        .with("filename", name)
}

/// A payload in which some files may have errors: the others are done.
fn each(
    state: &mut State,
    theme: &str,
    name: &str,
    done: Vec<Value>,
    errors: &[UserError],
) -> Value {
    if !done.is_empty() {
        state.touch(theme, |_| {});
    }
    let errors: Value = errors.iter().map(UserError::to_json).collect();
    json!({name: done, "userErrors": errors})
}

pub(super) fn upsert_files(state: &mut State, args: &Input) -> Outcome {
    let theme = theme_of(state, args, "themeId")?;
    let mut files: Vec<(usize, &Input)> = objects(args, "files").enumerate().collect();
    if files.len() > UPSERT_MAX {
        return Err(too_many("files", UPSERT_MAX));
    }
    let names: Vec<&str> = files
        .iter()
        .filter_map(|(_, file)| given_text(file, "filename"))
        .collect();
    if let Some(twice) = names
        .iter()
        .enumerate()
        .find(|(at, name)| names[..*at].contains(name))
    {
        let (at, name) = twice;
        let field = format!("files.{at}.filename");
        return Err(
            file_error(&field, name, "Duplicate file input", "DUPLICATE_FILE_INPUT").into(),
        );
    }
    // What others refer to comes first, as in the real thing.
    files.sort_by_key(|(_, file)| {
        theme_files::rank(given_text(file, "filename").unwrap_or_default())
    });
    let mut done = Vec::new();
    let mut errors = Vec::new();
    for (index, file) in files {
        let name = given_text(file, "filename").unwrap_or_default();
        let body = object_or_empty(file, "body");
        let value = given_text(body, "value").unwrap_or_default();
        let field = format!("files.{index}");
        let content = match given_text(body, "type") {
            Some("BASE64") => STANDARD
                .decode(value)
                .map_err(|_| "Body is not valid Base64".to_owned()),
            Some("URL") => {
                fetched(state, value).ok_or_else(|| "Body can't be fetched from its URL".to_owned())
            }
            _ => Ok(value.as_bytes().to_vec()),
        };
        let checked =
            content.and_then(|content| check_file(state, &theme, name, &content).map(|()| content));
        match checked {
            Ok(content) => {
                let id = theme_files::put(state, &theme, name, &content);
                done.push((index, theme_files::result(state, &id)));
            }
            Err(message) => errors.push(file_error(&field, name, message, "FILE_VALIDATION_ERROR")),
        }
    }
    done.sort_by_key(|(index, _)| *index);
    let done: Vec<Value> = done.into_iter().map(|(_, file)| file).collect();
    let job = if done.is_empty() {
        Value::Null
    } else {
        json!(state.job())
    };
    let mut payload = each(state, &theme, "upsertedThemeFiles", done, &errors);
    payload["job"] = job;
    Ok(payload)
}

fn fetched(state: &State, url: &str) -> Option<Vec<u8>> {
    match &state.library.get(url)?.body {
        Body::Memory(bytes) => Some(bytes.to_vec()),
        Body::File(path) => std::fs::read(path).ok(),
    }
}

pub(super) fn delete_files(state: &mut State, args: &Input) -> Outcome {
    let theme = theme_of(state, args, "themeId")?;
    let names = given_texts(args, "files");
    if names.len() > DELETE_MAX {
        return Err(too_many("files", DELETE_MAX));
    }
    let mut done = Vec::new();
    let mut errors = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match theme_files::find(state, &theme, name) {
            Some(id) => {
                done.push(theme_files::result(state, &id));
                state.remove(&id);
            }
            None => {
                errors.push(file_error(
                    &format!("files.{index}"),
                    name,
                    "File not found",
                    "NOT_FOUND",
                ));
            }
        }
    }
    Ok(each(state, &theme, "deletedThemeFiles", done, &errors))
}

pub(super) fn copy_files(state: &mut State, args: &Input) -> Outcome {
    let theme = theme_of(state, args, "themeId")?;
    let files: Vec<&Input> = objects(args, "files").collect();
    if files.len() > UPSERT_MAX {
        return Err(too_many("files", UPSERT_MAX));
    }
    let mut done = Vec::new();
    let mut errors = Vec::new();
    for (index, file) in files.into_iter().enumerate() {
        let (source, target) = (
            given_text(file, "srcFilename").unwrap_or_default(),
            given_text(file, "dstFilename").unwrap_or_default(),
        );
        let field = format!("files.{index}");
        let Some(row) = theme_files::find(state, &theme, source).and_then(|id| state.get(&id))
        else {
            errors.push(file_error(&field, source, "File not found", "NOT_FOUND"));
            continue;
        };
        let url = format!("{}/{}", state.base_url, text(&row, "_path"));
        let content = fetched(state, &url).unwrap_or_default();
        match check_file(state, &theme, target, &content) {
            Ok(()) => {
                let id = theme_files::put(state, &theme, target, &content);
                done.push(theme_files::result(state, &id));
            }
            Err(message) => {
                errors.push(file_error(&field, target, message, "FILE_VALIDATION_ERROR"))
            }
        }
    }
    Ok(each(state, &theme, "copiedThemeFiles", done, &errors))
}
