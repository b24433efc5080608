//! `release` and `review`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use slipway_api::wire::{
    PatchGet, PulledIn, ReleaseEnvironment, ReleaseList, ReleaseSummary, ReleaseView,
};
use slipway_api::{Api, ApiError, ErrorCode, ReleaseState, Requirement, ResourceKey, Standing};

use super::JOB;
use super::environment::{notes, unread};
use super::pages::all;
use crate::args::{Kind, Release, Review};
use crate::ask::{ask, usage};
use crate::output::{Answer, count, missing_words};
use crate::text::Text;

/// How many releases one page has.
const PAGE: u32 = 1_000;

pub(crate) async fn run(api: &Api, command: Release) -> Result<Answer, ApiError> {
    match command {
        Release::Create {
            tag,
            from,
            to,
            kind,
            include,
            exclude,
            notes,
            allow_deletes,
        } => {
            let kind = kind.map(|kind| match kind {
                Kind::Objects => "objects",
                Kind::Theme => "theme",
                Kind::Hybrid => "hybrid",
            });
            let request = json!({
                "tag": tag, "notes": notes, "kind": kind, "source": from, "target": to,
                "include": include, "exclude": exclude, "capture": true,
                "allow_deletes": allow_deletes, "job": JOB,
            });
            let view = ask(api, "release_create", request).await?;
            show(api, view, "Created").await
        }
        Release::Open { tag } => {
            let view = ask(api, "release_open", json!({ "release": tag })).await?;
            show(api, view, "Opened").await
        }
        Release::Refresh { tag, allow_deletes } => {
            let request = json!({ "release": tag, "allow_deletes": allow_deletes, "job": JOB });
            let view = ask(api, "release_refresh", request).await?;
            show(api, view, "Compared again:").await
        }
        Release::Cancel { tag, reason } => {
            let request = json!({ "release": tag, "reason": reason });
            let view = ask(api, "release_cancel", request).await?;
            show(api, view, "Cancelled").await
        }
        Release::Show { tag } => {
            let view = ask(api, "release_get", json!({ "release": tag })).await?;
            show(api, view, "").await
        }
        Release::List => list(api).await,
        Release::Diff {
            tag,
            resource,
            unified,
        } => {
            let resource = resource.map(|key| key.parse::<ResourceKey>()).transpose();
            let resource = resource.map_err(|error| usage(error.to_string()))?;
            let request = PatchGet {
                release: tag.clone(),
                resource,
                unified,
            };
            let bytes = api.patch_bytes(request).await?;
            let patch = Some(bytes.clone());
            Ok(Answer {
                json: Box::new(move || {
                    json!({
                        "release": tag,
                        "patch_base64": STANDARD.encode(&bytes),
                        "patch": String::from_utf8_lossy(&bytes),
                    })
                }),
                text: Text::default(),
                patch,
                exit: 0,
                is_said: false,
            })
        }
    }
}

pub(crate) async fn review(api: &Api, review: Review) -> Result<Answer, ApiError> {
    let Review {
        tag,
        approve,
        request_changes,
        comment: _,
        message,
        environment,
    } = review;
    let (verdict, done) = match (approve, request_changes) {
        (true, _) => ("approve", "Approved"),
        (_, true) => ("request_changes", "Requested changes to"),
        _ => ("comment", "Commented on"),
    };
    let ask_for = json!({ "release": tag, "environment": environment });
    let place: ReleaseEnvironment = ask(api, "release_environment", ask_for).await?;
    let name = &place.name;
    let (Some(effect), Some(revision)) = (place.effect, place.revision) else {
        return Err(nothing_to_review(&tag, &place));
    };
    let request = json!({
        "release": tag,
        "environment": place.id,
        "effect": effect,
        "revision": revision,
        "verdict": verdict,
        "message": message,
    });
    let view: ReleaseView = ask(api, "review_submit", request).await?;
    let counts = place.counts;
    let total = counts.created + counts.modified + counts.deleted;
    let mark = if place.is_production {
        " (production)"
    } else {
        ""
    };
    let mut answer = show(api, view, "").await?;
    answer.text = answer.text.headed(format_args!(
        "{done} {tag} for {name}{mark}: revision {revision}, effect {}, {}",
        effect.short(),
        count(total, "change"),
    ));
    Ok(answer.with_entry(
        "review",
        json!({
            "environment": name,
            "is_production": place.is_production,
            "effect": effect,
            "revision": revision,
            "verdict": verdict,
        }),
    ))
}

fn nothing_to_review(tag: &str, place: &ReleaseEnvironment) -> ApiError {
    let (message, hint) = if place.revision.is_none() {
        (
            format!("{tag} is a draft and can't be reviewed"),
            "Open it first: `slipway release open`.".to_owned(),
        )
    } else {
        (
            format!(
                "As of its latest capture, {tag} changes nothing in {}",
                place.name
            ),
            format!("Capture it: `slipway capture {}`.", place.name),
        )
    };
    ApiError {
        code: ErrorCode::Refused,
        message,
        hint,
        retryable: false,
    }
}

async fn show(api: &Api, view: ReleaseView, done: &str) -> Result<Answer, ApiError> {
    let release = &view.release;
    let revision = release.revisions.last();
    let comments: Vec<Value> = all(api, "comment_list", json!({ "release": release.id })).await?;
    let total = view.counts.created + view.counts.modified + view.counts.deleted;
    let approval = view
        .environments
        .iter()
        .find(|place| place.id == release.target)
        .map(|place| &place.approval);
    let done = if done.is_empty() {
        String::new()
    } else {
        format!("{done} ")
    };
    let mut text = Text::of(format_args!(
        "{done}{} ({}): {} → {}, {}, {}: {} created, {} modified, {} deleted",
        release.tag,
        state_words(release.state, view.aftermath),
        view.source_name,
        view.target_name,
        release.kind,
        count(total, "change"),
        view.counts.created,
        view.counts.modified,
        view.counts.deleted,
    ));
    for place in &view.environments {
        let approval = &place.approval;
        if approval.required > 0 {
            text.line(format_args!(
                "{}: {} of {}",
                place.name,
                approval.approved_by.len(),
                count(u64::from(approval.required), "approval")
            ));
        }
        // What is wanted of reviewers stands in the line before.
        let others = place.gate.iter().flat_map(|gate| &gate.missing);
        for requirement in others.filter(|one| !matches!(one, Requirement::Approvals { .. })) {
            text.line(format_args!(
                "{}: {}",
                place.name,
                missing_words(requirement)
            ));
        }
    }
    for pulled in &view.pulled_in {
        let PulledIn {
            resource,
            needed_by,
            path,
        } = pulled;
        text.line(format_args!(
            "came along: {resource}, needed by {needed_by} ({path})"
        ));
    }
    text.append(&unread(&view.not_compared, view.not_compared_count));
    text.append(&notes(&[], &view.left_out));
    let mut json = json!({
        "id": release.id,
        "tag": release.tag,
        "state": release.state,
        "type": release.kind,
        "notes": release.notes,
        "source": view.source_name,
        "target": view.target_name,
        "counts": view.counts,
        "changes": total,
        "candidates": view.candidate_count,
        "revision": revision.map(|revision| revision.number),
        "effect": revision.map(|revision| revision.effect),
        "approval": approval,
        "environments": view.environments,
        "reviews": release.reviews,
        "comments": comments,
        "pulled_in": view.pulled_in,
        "left_out": view.left_out,
        "not_compared": view.not_compared,
        "not_compared_count": view.not_compared_count,
        "deployments": view.deployments,
        "overlaps": view.overlaps,
        "reverts": release.reverts,
    });
    // The release's own object again under its name, for scripts that read it there.
    let copy = json.clone();
    json["release"] = copy;
    Ok(Answer::new(json, text))
}

/// A release's state in words: that it was deployed says nothing of what became of it.
fn state_words(state: ReleaseState, aftermath: Option<Standing>) -> String {
    match aftermath {
        Some(Standing::RolledBack) => "rolled back".to_owned(),
        _ => state.to_string(),
    }
}

async fn list(api: &Api) -> Result<Answer, ApiError> {
    let mut releases: Vec<ReleaseSummary> = Vec::new();
    loop {
        let request = json!({ "offset": releases.len(), "limit": PAGE });
        let page: ReleaseList = ask(api, "release_list", request).await?;
        let got = page.releases.len();
        releases.extend(page.releases);
        if got == 0 || releases.len() as u64 >= page.total {
            break;
        }
    }
    let rows: Vec<Vec<String>> = releases
        .iter()
        .map(|release| {
            let total = release.counts.created + release.counts.modified + release.counts.deleted;
            vec![
                release.tag.clone(),
                state_words(release.state, release.aftermath),
                format!("{} → {}", release.source, release.target),
                count(total, "change"),
                release.title.clone(),
            ]
        })
        .collect();
    let text = if rows.is_empty() {
        Text::of("No releases yet. Create one with `slipway release create`.")
    } else {
        Text::table(&rows)
    };
    let releases: Vec<Value> = releases
        .iter()
        .map(|release| {
            let mut object = serde_json::to_value(release).expect("BUG: a summary is plain data");
            object["type"] = object["kind"].clone();
            object
        })
        .collect();
    Ok(Answer::new(json!({ "releases": releases }), text))
}
