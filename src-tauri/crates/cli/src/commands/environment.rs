//! `env`, `capture` and `compare`.

use std::io::IsTerminal as _;

use serde_json::{Value, json};
use slipway_api::wire::{
    CaptureInfo, CompareResult, ComparedResource, Done, EnvironmentList, EnvironmentView, LeftOut,
    NotCompared, UnreadableInfo,
};
use slipway_api::{Api, ApiError};

use super::JOB;
use super::pages::all;
use super::workspace::absolute;
use crate::args::{Env, EnvAdd, Layout, ThemeStrategy, Tier, UnknownMetafields};
use crate::ask::{ask, usage};
use crate::output::{Answer, count};
use crate::text::{Text, say};

pub(crate) async fn run(api: &Api, command: Env) -> Result<Answer, ApiError> {
    match command {
        Env::Add(add) => self::add(api, *add).await,
        Env::List => list(api).await,
        Env::Remove { name } => {
            let _: Done = ask(api, "environment_remove", json!({ "environment": name })).await?;
            Ok(Answer::new(
                json!({ "removed": name }),
                format!("Removed {name}; what it holds stays as it is."),
            ))
        }
    }
}

async fn add(api: &Api, add: EnvAdd) -> Result<Answer, ApiError> {
    let EnvAdd {
        name,
        platform,
        path,
        layout,
        store,
        base_url,
        theme,
        theme_strategy,
        unknown_metafields,
        api_version,
        client_id,
        tier,
        promotes_to,
        ignore,
        hold,
        keep,
    } = add;
    let path = path.map(|path| absolute(&path)).transpose()?;
    let secrets = match &store {
        Some(_) => secrets()?,
        None => None,
    };
    let layout = match layout {
        Layout::Auto => "auto",
        Layout::Theme => "theme",
        Layout::Objects => "objects",
        Layout::Releases => "releases",
    };
    let tier = match tier {
        Tier::Development => "development",
        Tier::Staging => "staging",
        Tier::Production => "production",
    };
    let settings = json!({
        "name": name,
        "platform": platform,
        "tier": tier,
        "promotes_to": null,
        "connection": match store {
            None => json!({ "path": path, "layout": layout }),
            Some(store) => {
                let mut connection = json!({
                    "store": store,
                    "auth": match client_id {
                        None => json!({ "kind": "token" }),
                        Some(id) => json!({ "kind": "client_credentials", "client_id": id }),
                    },
                    "theme_access": secrets.as_ref().is_some_and(|secrets| secrets.get("theme").is_some()),
                });
                let strategy = theme_strategy.map(|strategy| match strategy {
                    ThemeStrategy::InPlace => "in_place".to_owned(),
                    ThemeStrategy::Staged => "staged".to_owned(),
                });
                let unknown = unknown_metafields.map(|unknown| match unknown {
                    UnknownMetafields::Keep => "keep".to_owned(),
                    UnknownMetafields::Remove => "remove".to_owned(),
                });
                for (field, value) in [
                    ("unknown_metafields", unknown),
                    ("base_url", base_url),
                    ("theme", theme),
                    ("theme_strategy", strategy),
                    ("api_version", api_version),
                ] {
                    if let Some(value) = value {
                        connection[field] = json!(value);
                    }
                }
                connection
            }
        },
        "rules": rules(&ignore, &hold, &keep)?,
        "approvals": null,
    });
    let request = json!({ "settings": settings, "promotes_to": promotes_to, "secrets": secrets });
    let added: EnvironmentView = ask(api, "environment_add", request).await?;
    if let Some(notice) = &added.notice {
        say(format!("note: {notice}"));
    }
    let text = format!("Added {}: {}", added.environment.settings.name, added.place);
    Ok(Answer::new(
        json!({ "environment": environment_json(&added, promotes_to.as_deref()) }),
        text,
    ))
}

/// The token of a store: from a variable, else the first line of stdin where that is no terminal; and the password for theme
/// files, where there is one.
fn secrets() -> Result<Option<Value>, ApiError> {
    let variable = |name: &str| {
        let text = std::env::var(name).unwrap_or_default().trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    let typed = match variable("SLIPWAY_TOKEN") {
        None if !std::io::stdin().is_terminal() => {
            let mut line = String::new();
            std::io::stdin()
                .read_line(&mut line)
                .map_err(|error| usage(format!("The token can't be read from stdin: {error}")))?;
            Some(line.trim().to_owned()).filter(|line| !line.is_empty())
        }
        typed => typed,
    };
    Ok(typed.map(|access| match variable("SLIPWAY_THEME_TOKEN") {
        Some(theme) => json!({ "access": access, "theme": theme }),
        None => json!({ "access": access }),
    }))
}

fn rules(ignore: &[String], hold: &[String], keep: &[String]) -> Result<Vec<Value>, ApiError> {
    let rule = |action: &str, resources: &str, fields: Vec<&str>| json!({ "action": action, "resources": resources, "fields": fields, "reason": "Set when the environment was added." });
    let mut rules: Vec<Value> = ignore
        .iter()
        .map(|glob| rule("ignore", glob, Vec::new()))
        .collect();
    rules.extend(hold.iter().map(|glob| rule("hold", glob, Vec::new())));
    for keep in keep {
        let (glob, fields) = keep.split_once('=').unwrap_or((keep, ""));
        let fields: Vec<&str> = fields
            .split(',')
            .filter(|field| !field.is_empty())
            .collect();
        if glob.is_empty() {
            return Err(usage(format!("`--keep {keep}` names no resources")));
        }
        rules.push(rule("keep", glob, fields));
    }
    Ok(rules)
}

fn environment_json(view: &EnvironmentView, promotes_to: Option<&str>) -> Value {
    let settings = &view.environment.settings;
    json!({
        "id": view.environment.id,
        "name": settings.name,
        "platform": settings.platform,
        "tier": settings.tier,
        "promotes_to": promotes_to,
        "connection": settings.connection,
        "place": view.place,
        "rules": settings.rules,
        "current": view.current.as_ref().map(|release| &release.tag),
        "captured_at": view.capture.as_ref().map(|capture| capture.whole_at),
        "drifted": view.drifted,
    })
}

async fn list(api: &Api) -> Result<Answer, ApiError> {
    let EnvironmentList { environments, .. } = ask(api, "environment_list", json!({})).await?;
    let rows: Vec<Vec<String>> = environments
        .iter()
        .map(|view| {
            let settings = &view.environment.settings;
            let holds = view
                .current
                .as_ref()
                .map_or("no release", |release| release.tag.as_str());
            vec![
                settings.name.clone(),
                serde_json::to_value(settings.tier)
                    .ok()
                    .and_then(|t| t.as_str().map(str::to_owned))
                    .unwrap_or_default(),
                holds.to_owned(),
                view.place.clone(),
            ]
        })
        .collect();
    let text = if rows.is_empty() {
        Text::of("No environments yet. Add one with `slipway env add`.")
    } else {
        Text::table(&rows)
    };
    let name_of = |view: &EnvironmentView| {
        let target = view.environment.settings.promotes_to.as_ref()?;
        let found = environments
            .iter()
            .find(|other| other.environment.id == *target)?;
        Some(found.environment.settings.name.clone())
    };
    let environments: Vec<Value> = environments
        .iter()
        .map(|view| environment_json(view, name_of(view).as_deref()))
        .collect();
    Ok(Answer::new(json!({ "environments": environments }), text))
}

pub(crate) async fn capture(
    api: &Api,
    environment: String,
    stop_at_unreadable: bool,
) -> Result<Answer, ApiError> {
    let request =
        json!({ "environment": environment, "stop_at_unreadable": stop_at_unreadable, "job": JOB });
    let capture: CaptureInfo = ask(api, "capture", request).await?;
    let CaptureInfo {
        snapshot,
        at,
        // A capture that was asked for is whole.
        whole_at: _,
        looked_at: _,
        resources,
        bytes,
        created,
        modified,
        deleted,
        unchanged,
        unreadable,
        left_out,
    } = capture;
    let mut text = Text::of(format_args!(
        "Captured {environment}: {}, {created} created, {modified} modified, {deleted} deleted, {unchanged} unchanged",
        count(resources, "resource")
    ));
    text.append(&notes(&unreadable, &left_out));
    let json = json!({
        "snapshot": snapshot, "at": at, "resources": resources, "bytes": bytes,
        "created": created, "modified": modified, "deleted": deleted, "unchanged": unchanged,
        "unreadable": unreadable, "left_out": left_out,
    });
    Ok(Answer::new(json, text))
}

/// What two environments were not compared in, environment by environment.
pub(crate) fn unread(not_compared: &[NotCompared], count_of_all: u64) -> Text {
    let mut text = Text::default();
    for NotCompared {
        environment,
        unreadable,
    } in not_compared
    {
        let what = format!("can't be read in {environment}");
        unread_line(&mut text, &what, unreadable);
    }
    let more = count_of_all.saturating_sub(not_compared.len() as u64);
    if more > 0 {
        text.line(format_args!("can't be read: {more} more"));
    }
    text
}

fn unread_line(text: &mut Text, what: &str, unreadable: &UnreadableInfo) {
    let UnreadableInfo {
        place,
        line,
        column,
        message,
        hint,
    } = unreadable;
    let at = match (line, column) {
        (Some(line), Some(column)) => format!("{place}:{line}:{column}"),
        _ => place.clone(),
    };
    text.line(format_args!("{what}: {at}: {message}"));
    if !hint.is_empty() {
        text.line(format_args!("  {hint}"));
    }
}

/// What could not be read and what rules left out, a line each.
pub(crate) fn notes(unreadable: &[UnreadableInfo], left_out: &[LeftOut]) -> Text {
    let mut text = Text::default();
    for place in unreadable {
        unread_line(&mut text, "can't be read", place);
    }
    for LeftOut {
        pattern,
        reason,
        count: left,
        ..
    } in left_out
    {
        text.line(format_args!(
            "left out: {} by {pattern}: {reason}",
            count(*left, "resource")
        ));
    }
    text
}

pub(crate) async fn compare(
    api: &Api,
    a: String,
    b: String,
    capture: bool,
) -> Result<Answer, ApiError> {
    let request = json!({ "source": a, "target": b, "capture": capture, "job": JOB });
    let CompareResult {
        comparison,
        counts,
        by_kind: _,
        left_out,
        not_compared,
        not_compared_count,
    } = ask(api, "compare", request).await?;
    let pages = json!({ "comparison": comparison });
    let changes: Vec<ComparedResource> = all(api, "compare_changes", pages).await?;
    let mut text = Text::default();
    for change in &changes {
        let mark = match change.change {
            slipway_api::ChangeKind::Created => '+',
            slipway_api::ChangeKind::Modified => '~',
            slipway_api::ChangeKind::Deleted => '-',
        };
        text.line(format_args!("{mark} {}", change.resource));
    }
    if changes.is_empty() && not_compared.is_empty() {
        text.line(format_args!("{a} and {b} hold the same."));
    } else if changes.is_empty() {
        text.line(format_args!(
            "{a} and {b} hold the same, as far as they can be read."
        ));
    } else {
        let total = counts.created + counts.modified + counts.deleted;
        text.line(format_args!(
            "{}: {} created, {} modified, {} deleted",
            count(total, "change"),
            counts.created,
            counts.modified,
            counts.deleted
        ));
    }
    text.append(&unread(&not_compared, not_compared_count));
    text.append(&notes(&[], &left_out));
    Ok(Answer::new(
        json!({
            "counts": counts, "changes": changes, "left_out": left_out,
            "not_compared": not_compared, "not_compared_count": not_compared_count,
        }),
        text,
    ))
}
