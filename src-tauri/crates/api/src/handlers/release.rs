//! Releases, reviews and the conversation.

use slipway_domain::{
    Command, CommentId, EffectDigest, Environment, Release, ReleaseState, ReviewId,
};
use slipway_engine::{Choice, Deletions, DraftRequest, Look};

use super::changes::selected;
use super::page;
use crate::session::Api;
use crate::views::release::{self, reviews, summary, view};
use crate::wire::{
    ApiError, CommentAdd, CommentResolve, IncludeResult, PulledIn, ReleaseCancel, ReleaseCreate,
    ReleaseDescribe, ReleaseEnvironment, ReleaseEnvironmentGet, ReleaseGet, ReleaseInclude,
    ReleaseList, ReleaseListGet, ReleaseRefresh, ReleaseView, ReviewDismiss, ReviewSubmit,
    Selection,
};
use crate::workspace::Workspace;

/// How many resources one choice may name.
const CHOICE_LIMIT: usize = 100_000;

pub(crate) async fn list(api: &Api, request: ReleaseListGet) -> Result<ReleaseList, ApiError> {
    let person = api.known_person();
    api.on_disk(move |workspace| {
        let person = person.as_ref();
        let ReleaseListGet {
            states,
            text,
            in_review,
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
        let reviews_of = |release: &Release| reviews(workspace, &state, release, person);
        if in_review {
            let mut up = Vec::new();
            for release in found {
                if !reviews_of(release)?.is_empty() {
                    up.push(release);
                }
            }
            found = up;
        }
        found.sort_by(|a, b| (b.updated_at, &b.id).cmp(&(a.updated_at, &a.id)));
        let total = found.len() as u64;
        let releases = found
            .into_iter()
            .skip(offset as usize)
            .take(page(limit))
            .map(|release| summary(workspace, &state, release, reviews_of(release)?))
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

pub(crate) async fn environment(
    api: &Api,
    request: ReleaseEnvironmentGet,
) -> Result<ReleaseEnvironment, ApiError> {
    let person = api.known_person();
    api.on_disk(move |workspace| {
        let ReleaseEnvironmentGet {
            release,
            environment,
        } = request;
        let state = workspace.state()?;
        let found = workspace.engine.release(&state, &release)?;
        let environment = workspace.engine.environment(
            &state,
            environment.as_deref().unwrap_or(found.target.as_str()),
        )?;
        release::environment(workspace, &state, &found, &environment, person.as_ref())
    })
    .await
}

/// Does something with a release and shows it as it is then.
async fn shown(
    api: &Api,
    done: impl FnOnce(&Workspace) -> Result<Release, ApiError> + Send + 'static,
) -> Result<ReleaseView, ApiError> {
    let person = api.known_person();
    api.on_disk(move |workspace| {
        let release = done(workspace)?;
        let state = workspace.state()?;
        view(workspace, &state, release, person.as_ref())
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
        allow_deletes,
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
        deletions: deletions(allow_deletes),
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
    let ReleaseRefresh {
        release,
        allow_deletes,
        job,
    } = request;
    let actor = api.person()?;
    let workspace = api.workspace()?;
    let found = workspace.release(&release)?;
    let job = api.job(&workspace, &job)?;
    let deletions = deletions(allow_deletes);
    let refreshed = workspace
        .engine
        .refresh(&actor, &found, deletions, &job)
        .await;
    let release = refreshed?;
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
        Ok(IncludeResult {
            included: count,
            total,
            changed,
            pulled_in: pulled_in.into_iter().map(PulledIn::from).collect(),
        })
    })
    .await
}

fn deletions(allow: bool) -> Deletions {
    if allow {
        Deletions::Allow
    } else {
        Deletions::Ask
    }
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
        revision,
        verdict,
        message,
    } = request;
    let person = api.known_person();
    decided(api, release, move |workspace, found| {
        let engine = &workspace.engine;
        let state = workspace.state()?;
        let environment = engine.environment(&state, &environment)?;
        let current =
            release::environment(workspace, &state, found, &environment, person.as_ref())?;
        check_seen(workspace, found, &environment, &current, (effect, revision))?;
        Ok(Command::Review {
            id: found.id.clone(),
            review: ReviewId(engine.new_id("v-")),
            environment: environment.id,
            effect,
            verdict,
            message,
        })
    })
    .await
}

/// Refuses a review of what was never there to review, or is another effect or revision by now than was `seen`.
fn check_seen(
    workspace: &Workspace,
    release: &Release,
    environment: &Environment,
    current: &ReleaseEnvironment,
    seen: (EffectDigest, u32),
) -> Result<(), ApiError> {
    let (tag, name) = (&release.tag, &environment.settings.name);
    let Some(sealed) = release.revision() else {
        return Err(ApiError::refused(
            format!("{tag} is {} and can't be reviewed", release.state),
            "A release is reviewed once it is open.",
        ));
    };
    let Some(effect) = current.effect else {
        return Err(if workspace.latest_capture(&environment.id)?.is_none() {
            ApiError::refused(
                format!("{name} was never captured"),
                "Capture it, then review what happens there.",
            )
        } else {
            ApiError::refused(
                format!("{tag} does nothing to {name}"),
                "There is nothing to review there.",
            )
        });
    };
    if seen.1 != sealed.number {
        return Err(ApiError::conflict(
            format!(
                "Revision {} of {tag} was opened since revision {} was looked at",
                sealed.number, seen.1
            ),
            "Look at the changes again, then review them.",
        ));
    }
    if seen.0 != effect {
        return Err(ApiError::conflict(
            format!("What {tag} does to {name} is not what was looked at any more"),
            "Look at the changes again, then review them.",
        ));
    }
    Ok(())
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
