//! Releases, reviews and the conversation.

use slipway_domain::{
    Command, CommentId, EffectDigest, Environment, Release, ReleaseState, ReviewId,
};
use slipway_engine::{Choice, DraftRequest, Look};

use super::changes::selected;
use super::page;
use crate::session::Api;
use crate::views::release::{summary, view};
use crate::wire::{
    ApiError, CommentAdd, CommentResolve, IncludeResult, PulledIn, ReleaseCancel, ReleaseCreate,
    ReleaseDescribe, ReleaseGet, ReleaseInclude, ReleaseList, ReleaseListGet, ReleaseRefresh,
    ReleaseView, ReviewDismiss, ReviewSubmit, Selection,
};
use crate::workspace::Workspace;

/// How many resources one choice may name.
const CHOICE_LIMIT: usize = 100_000;

pub(crate) async fn list(api: &Api, request: ReleaseListGet) -> Result<ReleaseList, ApiError> {
    api.on_disk(move |workspace| {
        let ReleaseListGet {
            states,
            text,
            offset,
            limit,
        } = request;
        let state = workspace.state()?;
        let text = text.trim().to_lowercase();
        let mut by_state: Vec<(ReleaseState, u64)> = [
            ReleaseState::Draft,
            ReleaseState::Open,
            ReleaseState::Deploying,
            ReleaseState::Deployed,
            ReleaseState::Cancelled,
            ReleaseState::Failed,
        ]
        .map(|state| (state, 0))
        .to_vec();
        for release in state.releases.values() {
            for (known, count) in &mut by_state {
                *count += u64::from(*known == release.state);
            }
        }
        let mut found: Vec<&Release> = state
            .releases
            .values()
            .filter(|release| states.is_empty() || states.contains(&release.state))
            .filter(|release| text.is_empty() || holds(release, &text))
            .collect();
        found.sort_by(|a, b| (b.updated_at, &b.id).cmp(&(a.updated_at, &a.id)));
        let total = found.len() as u64;
        let releases = found
            .into_iter()
            .skip(offset as usize)
            .take(page(limit))
            .map(|release| summary(workspace, &state, release))
            .collect::<Result<_, _>>()?;
        Ok(ReleaseList {
            releases,
            total,
            by_state,
        })
    })
    .await
}

fn holds(release: &Release, text: &str) -> bool {
    let author = &release.created_by;
    [&release.tag, &release.notes, &author.name, &author.email]
        .iter()
        .any(|field| field.to_lowercase().contains(text))
}

pub(crate) async fn get(
    api: &Api,
    ReleaseGet { release }: ReleaseGet,
) -> Result<ReleaseView, ApiError> {
    shown(api, move |workspace| workspace.release(&release)).await
}

/// Does something with a release and shows it as it is then.
async fn shown(
    api: &Api,
    done: impl FnOnce(&Workspace) -> Result<Release, ApiError> + Send + 'static,
) -> Result<ReleaseView, ApiError> {
    api.on_disk(move |workspace| {
        let release = done(workspace)?;
        let state = workspace.state()?;
        view(workspace, &state, release)
    })
    .await
}

pub(crate) async fn create(api: &Api, request: ReleaseCreate) -> Result<ReleaseView, ApiError> {
    let ReleaseCreate {
        tag,
        notes,
        kind,
        source,
        target,
        include,
        exclude,
        capture,
        job,
    } = request;
    let actor = api.person()?;
    let workspace = api.workspace()?;
    let job = api.job(&workspace, &job)?;
    let look = if capture { Look::Again } else { Look::Latest };
    let draft = DraftRequest {
        tag,
        notes,
        kind,
        source,
        target,
        include,
        exclude,
        look,
    };
    let release = workspace.engine.draft(&actor, draft, &job).await?;
    shown(api, |_| Ok(release)).await
}

pub(crate) async fn describe(api: &Api, request: ReleaseDescribe) -> Result<ReleaseView, ApiError> {
    let ReleaseDescribe {
        release,
        tag,
        notes,
        kind,
    } = request;
    let id = release.clone();
    decided(api, release.0, move |_, _| {
        Ok(Command::DescribeRelease {
            id,
            tag,
            notes,
            kind,
        })
    })
    .await
}

/// Decides a command about a release and shows it as it is then.
async fn decided(
    api: &Api,
    release: String,
    command: impl FnOnce(&Workspace, &Release) -> Result<Command, ApiError> + Send + 'static,
) -> Result<ReleaseView, ApiError> {
    let actor = api.person()?;
    shown(api, move |workspace| {
        let engine = &workspace.engine;
        let found = workspace.release(&release)?;
        let command = command(workspace, &found)?;
        let state = engine.decide(&actor, command)?;
        Ok(engine.release(&state, found.id.as_str())?)
    })
    .await
}

pub(crate) async fn refresh(api: &Api, request: ReleaseRefresh) -> Result<ReleaseView, ApiError> {
    let ReleaseRefresh { release, job } = request;
    let actor = api.person()?;
    let workspace = api.workspace()?;
    let found = workspace.release(&release)?;
    let job = api.job(&workspace, &job)?;
    let release = workspace.engine.refresh(&actor, &found, &job).await?;
    shown(api, |_| Ok(release)).await
}

pub(crate) async fn include(api: &Api, request: ReleaseInclude) -> Result<IncludeResult, ApiError> {
    let ReleaseInclude {
        release,
        selection,
        included,
    } = request;
    if let Selection::Resources { resources } = &selection
        && resources.len() > CHOICE_LIMIT
    {
        return Err(ApiError::invalid(
            format!(
                "At most {CHOICE_LIMIT} changes are named at once, these are {}",
                resources.len()
            ),
            "Choose in several steps.",
        ));
    }
    api.on_disk(move |workspace| {
        let resources = selected(workspace, &release, selection)?;
        let Choice {
            included: count,
            total,
            changed,
            pulled_in,
        } = workspace.engine.choose(&release, &resources, included)?;
        let needed = pulled_in
            .iter()
            .map(|pulled| (pulled.resource.clone(), pulled.needed_by.clone()))
            .collect();
        workspace.note_needed(&release, if included { &[] } else { &resources }, needed);
        Ok(IncludeResult {
            included: count,
            total,
            changed,
            pulled_in: pulled_in.into_iter().map(PulledIn::from).collect(),
        })
    })
    .await
}

impl From<slipway_engine::PulledIn> for PulledIn {
    fn from(pulled: slipway_engine::PulledIn) -> Self {
        let slipway_engine::PulledIn {
            resource,
            needed_by,
            path,
        } = pulled;
        Self {
            resource,
            needed_by,
            path,
        }
    }
}

pub(crate) async fn open(
    api: &Api,
    ReleaseGet { release }: ReleaseGet,
) -> Result<ReleaseView, ApiError> {
    let actor = api.person()?;
    shown(api, move |workspace| {
        let found = workspace.release(&release)?;
        Ok(workspace.engine.seal(&actor, &found)?)
    })
    .await
}

pub(crate) async fn cancel(
    api: &Api,
    ReleaseCancel { release, reason }: ReleaseCancel,
) -> Result<ReleaseView, ApiError> {
    decided(api, release, move |_, found| {
        Ok(Command::CancelRelease {
            id: found.id.clone(),
            reason,
        })
    })
    .await
}

pub(crate) async fn review(api: &Api, request: ReviewSubmit) -> Result<ReleaseView, ApiError> {
    let ReviewSubmit {
        release,
        environment,
        effect,
        verdict,
        message,
    } = request;
    decided(api, release, move |workspace, found| {
        let engine = &workspace.engine;
        let state = workspace.state()?;
        let environment = engine.environment(
            &state,
            environment.as_deref().unwrap_or(found.target.as_str()),
        )?;
        let current = current_effect(workspace, found, &environment)?;
        if effect.is_some_and(|seen| seen != current) {
            return Err(ApiError::conflict(
                format!(
                    "What {} does to {} is not what was looked at any more",
                    found.tag, environment.settings.name
                ),
                "Look at the changes again, then review them.",
            ));
        }
        Ok(Command::Review {
            id: found.id.clone(),
            review: ReviewId(engine.new_id("v-")),
            environment: environment.id,
            effect: current,
            verdict,
            message,
        })
    })
    .await
}

/// What is reviewed now: the effect on an environment as it was captured last.
fn current_effect(
    workspace: &Workspace,
    release: &Release,
    environment: &Environment,
) -> Result<EffectDigest, ApiError> {
    let Some(revision) = release.revision() else {
        return Err(ApiError::refused(
            format!("{} is {} and can't be reviewed", release.tag, release.state),
            "A release is reviewed once it is open.",
        ));
    };
    if environment.id == release.target {
        return Ok(revision.effect);
    }
    let name = &environment.settings.name;
    let capture = workspace.latest_capture(&environment.id)?.ok_or_else(|| {
        ApiError::refused(
            format!("{name} was never captured"),
            "Capture it, then review what happens there.",
        )
    })?;
    workspace
        .effect_on(release, environment, &capture)?
        .ok_or_else(|| {
            ApiError::refused(
                format!("{} does nothing to {name}", release.tag),
                "There is nothing to review there.",
            )
        })
}

pub(crate) async fn dismiss(api: &Api, request: ReviewDismiss) -> Result<ReleaseView, ApiError> {
    let ReviewDismiss {
        release,
        review,
        reason,
    } = request;
    let id = release.clone();
    decided(api, release.0, move |_, _| {
        Ok(Command::DismissReview { id, review, reason })
    })
    .await
}

pub(crate) async fn comment(api: &Api, request: CommentAdd) -> Result<ReleaseView, ApiError> {
    let CommentAdd {
        release,
        anchor,
        reply_to,
        body,
    } = request;
    let id = release.clone();
    decided(api, release.0, move |workspace, _| {
        let comment = CommentId(workspace.engine.new_id("c-"));
        Ok(Command::Comment {
            id,
            comment,
            anchor,
            reply_to,
            body,
        })
    })
    .await
}

pub(crate) async fn resolve(api: &Api, request: CommentResolve) -> Result<ReleaseView, ApiError> {
    let CommentResolve {
        release,
        comment,
        resolved,
    } = request;
    let id = release.clone();
    decided(api, release.0, move |_, _| {
        Ok(Command::ResolveComment {
            id,
            comment,
            resolved,
        })
    })
    .await
}
