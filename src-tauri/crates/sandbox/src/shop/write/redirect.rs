//! URL redirects: one for each path.

use serde_json::{Value, json};

use super::Outcome;
use super::input::{Input, object_or_empty, text as given_text, texts as given_texts};
use super::refusal::UserError;
use crate::shop::search::Query;
use crate::shop::state::{Body, State, text};

fn check(
    state: &State,
    path: &str,
    target: &str,
    own: Option<&str>,
    code: &'static str,
) -> Result<(), UserError> {
    if path.is_empty() {
        return Err(UserError::at("urlRedirect.path", "Path can't be blank").code(code));
    }
    if target.is_empty() {
        return Err(UserError::at("urlRedirect.target", "Target can't be blank").code(code));
    }
    if state
        .find("UrlRedirect", "path", path)
        .iter()
        .any(|id| Some(id.as_str()) != own)
    {
        return Err(UserError::at("urlRedirect.path", "Path has already been taken").code(code));
    }
    if path == target {
        return Err(
            UserError::at("urlRedirect.target", "Target can't be the same as path").code(code),
        );
    }
    Ok(())
}

/// A path as it is kept: without the shop's own address, with a slash in front.
fn kept(state: &State, path: &str) -> String {
    let path = path
        .trim()
        .trim_start_matches(&format!("https://{}", state.store));
    if path.is_empty() || path.starts_with('/') || path.contains("://") {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

pub(super) fn create(state: &mut State, args: &Input) -> Outcome {
    let input = object_or_empty(args, "urlRedirect");
    let path = kept(state, given_text(input, "path").unwrap_or_default());
    let target = kept(state, given_text(input, "target").unwrap_or_default());
    check(state, &path, &target, None, "CREATE_FAILED")?;
    let row = json!({"path": path, "target": target});
    let id = state.create("UrlRedirect", row.as_object().cloned().unwrap_or_default());
    Ok(json!({"urlRedirect": id}))
}

pub(super) fn update(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("UrlRedirect", id) else {
        return Err(UserError::at("id", "URL redirect does not exist")
            .code("DOES_NOT_EXIST")
            .into());
    };
    let input = object_or_empty(args, "urlRedirect");
    let path = kept(
        state,
        given_text(input, "path").unwrap_or_else(|| text(&row, "path")),
    );
    let target = kept(
        state,
        given_text(input, "target").unwrap_or_else(|| text(&row, "target")),
    );
    check(state, &path, &target, Some(id), "UPDATE_FAILED")?;
    state.update(id, |row| {
        row.insert("path".to_owned(), json!(path));
        row.insert("target".to_owned(), json!(target));
    });
    Ok(json!({"urlRedirect": id}))
}

pub(super) fn delete(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    if state.get_as("UrlRedirect", id).is_none() {
        return Err(UserError::at("id", "URL redirect does not exist")
            .code("DOES_NOT_EXIST")
            .into());
    }
    state.remove(id);
    Ok(json!({"deletedUrlRedirectId": id}))
}

pub(super) fn delete_by_ids(state: &mut State, args: &Input) -> Outcome {
    let ids = given_texts(args, "ids");
    if ids.is_empty() {
        return Err(UserError::at("ids", "Ids can't be empty")
            .code("IDS_EMPTY")
            .into());
    }
    for id in ids.iter().filter(|id| id.contains("/UrlRedirect/")) {
        state.remove(id);
    }
    Ok(json!({"job": state.job()}))
}

fn delete_where(state: &mut State, query: Option<&Query>) -> Outcome {
    for row in state.all("UrlRedirect") {
        if query.is_none_or(|query| query.matches(state, &row)) {
            state.remove(text(&row, "id"));
        }
    }
    Ok(json!({"job": state.job()}))
}

pub(super) fn delete_all(state: &mut State, _args: &Input) -> Outcome {
    delete_where(state, None)
}

pub(super) fn delete_by_search(state: &mut State, args: &Input) -> Outcome {
    let query = Query::parse(given_text(args, "search").unwrap_or_default());
    delete_where(state, Some(&query))
}

/// The redirects of an uploaded CSV file: a heading, then path and target on each line.
fn of_csv(state: &State, url: &str) -> Option<Vec<(String, String)>> {
    let served = state.library.get(url)?;
    let content = match &served.body {
        Body::Memory(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Body::File(path) => std::fs::read_to_string(path).ok()?,
    };
    let pairs = content
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(','));
    let bare = |text: &str| text.trim().trim_matches('"').to_owned();
    Some(
        pairs
            .map(|(path, target)| (bare(path), bare(target)))
            .collect(),
    )
}

pub(super) fn create_import(state: &mut State, args: &Input) -> Outcome {
    let url = given_text(args, "url").unwrap_or_default();
    let Some(pairs) = of_csv(state, url) else {
        return Err(UserError::at("url", "File does not exist")
            .code("FILE_DOES_NOT_EXIST")
            .into());
    };
    let shown: Vec<Value> = pairs
        .iter()
        .take(3)
        .map(|(path, target)| json!({"path": path, "target": target}))
        .collect();
    let row = json!({
        "count": pairs.len(), "createdCount": null, "updatedCount": null, "failedCount": null, "finished": false,
        "finishedAt": null, "previewRedirects": shown, "_url": url,
    });
    let id = state.create(
        "UrlRedirectImport",
        row.as_object().cloned().unwrap_or_default(),
    );
    Ok(json!({"urlRedirectImport": id}))
}

pub(super) fn submit_import(state: &mut State, args: &Input) -> Outcome {
    let id = given_text(args, "id").unwrap_or_default();
    let Some(row) = state.get_as("UrlRedirectImport", id) else {
        return Err(UserError::at("id", "Import does not exist")
            .code("NOT_FOUND")
            .into());
    };
    if row["finished"] == true {
        return Err(UserError::at("id", "Import has already been submitted")
            .code("ALREADY_IMPORTED")
            .into());
    }
    let (mut created, mut updated, mut failed) = (0, 0, 0);
    for (path, target) in of_csv(state, text(&row, "_url")).unwrap_or_default() {
        let (path, target) = (kept(state, &path), kept(state, &target));
        let existing = state.find("UrlRedirect", "path", &path).into_iter().next();
        match existing {
            Some(id) => {
                state.update(&id, |row| {
                    row.insert("target".to_owned(), json!(target));
                });
                updated += 1;
            }
            None if check(state, &path, &target, None, "CREATE_FAILED").is_ok() => {
                let row = json!({"path": path, "target": target});
                state.create("UrlRedirect", row.as_object().cloned().unwrap_or_default());
                created += 1;
            }
            None => failed += 1,
        }
    }
    let now = state.now();
    state.update(id, |row| {
        for (name, value) in [
            ("createdCount", created),
            ("updatedCount", updated),
            ("failedCount", failed),
        ] {
            row.insert(name.to_owned(), json!(value));
        }
        row.insert("finished".to_owned(), json!(true));
        row.insert("finishedAt".to_owned(), json!(now));
    });
    Ok(json!({"job": state.job()}))
}
