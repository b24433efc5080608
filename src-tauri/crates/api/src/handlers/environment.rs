//! Environments and their captures.

use std::collections::BTreeMap;
use std::sync::Arc;

use slipway_domain::{Change, Command, EffectDigest, EnvironmentDraft, EnvironmentId, State, Tier};
use slipway_engine::{Connected, Look, OnUnreadable, Platform, Secret, SecretPlace};

use super::{page, promotion};
use crate::session::Api;
use crate::trust::Trusted;
use crate::views::environment::{capture_info, in_promotion_order, left_alone, view};
use crate::wire::{
    ApiError, CaptureInfo, CaptureListGet, CaptureRun, CaptureStart, ChangeCounts,
    CompareChangesGet, CompareResult, CompareStart, ComparedResource, Done, Empty, EnvironmentAdd,
    EnvironmentChange, EnvironmentGet, EnvironmentList, EnvironmentProbe, EnvironmentView, LeftOut,
    Page, ProbeResult, Secrets, SurveyInfo, TierPolicy,
};
use crate::workspace::{Workspace, not_compared};

pub(crate) async fn list(api: &Api, Empty {}: Empty) -> Result<EnvironmentList, ApiError> {
    api.on_disk(|workspace| {
        let state = workspace.state()?;
        let environments = in_promotion_order(&state)
            .into_iter()
            .map(|environment| view(workspace, &state, environment))
            .collect::<Result<_, _>>()?;
        let tier_policies = Tier::ALL
            .map(|tier| TierPolicy {
                tier,
                policy: tier.approval_policy(),
            })
            .to_vec();
        Ok(EnvironmentList {
            environments,
            tier_policies,
        })
    })
    .await
}

pub(crate) async fn get(
    api: &Api,
    EnvironmentGet { environment }: EnvironmentGet,
) -> Result<EnvironmentView, ApiError> {
    api.on_disk(move |workspace| {
        let state = workspace.state()?;
        view(
            workspace,
            &state,
            &workspace.engine.environment(&state, &environment)?,
        )
    })
    .await
}

pub(crate) async fn probe(api: &Api, request: EnvironmentProbe) -> Result<ProbeResult, ApiError> {
    let EnvironmentProbe {
        platform,
        connection,
        secrets,
    } = request;
    let platform = platform_of(api, &platform)?;
    let secrets = placed(platform.as_ref(), &connection, secrets);
    let connected = tried(api, platform.as_ref(), &connection, &secrets).await?;
    Ok(ProbeResult {
        connection: connected.connection,
        summary: connected.summary,
        families: connected.families,
        notes: connected.notes,
        survey: connected.survey.map(SurveyInfo::from),
        leaves_alone: left_alone(platform.leaves_alone()),
    })
}

pub(crate) async fn add(
    api: &Api,
    EnvironmentAdd {
        mut settings,
        promotes_to,
        secrets,
    }: EnvironmentAdd,
) -> Result<EnvironmentView, ApiError> {
    let actor = api.person()?;
    let workspace = api.workspace()?;
    settings.name = settings.name.trim().to_owned();
    let platform = platform_of(api, &settings.platform)?;
    let notice = connect(api, &platform, &mut settings, secrets).await?;
    let id = EnvironmentId(workspace.engine.new_id("e-"));
    decided(api, id.clone(), notice, move |workspace| {
        let engine = &workspace.engine;
        let name = settings.name.clone();
        let known = workspace.state()?;
        own_place(&known, platform.as_ref(), &id, &settings)?;
        let mut awaited = None;
        if let Some(target) = promotes_to {
            match workspace.state()?.environment_named(&target) {
                Some(target) => settings.promotes_to = Some(target.id.clone()),
                None => awaited = Some(target),
            }
        }
        let add = Command::AddEnvironment {
            id: id.clone(),
            settings,
        };
        let state = engine.decide(&actor, add)?;
        if let Some(target) = awaited {
            promotion::wait_for(engine, &id, &target)?;
        }
        promotion::arrive(engine, &actor, &state, &id, &name)
    })
    .await
}

pub(crate) async fn change(
    api: &Api,
    request: EnvironmentChange,
) -> Result<EnvironmentView, ApiError> {
    let EnvironmentChange {
        id,
        mut settings,
        secrets,
    } = request;
    let actor = api.person()?;
    let workspace = api.workspace()?;
    let known = workspace.environment(id.as_str())?.settings;
    settings.name = settings.name.trim().to_owned();
    let platform = platform_of(api, &settings.platform)?;
    let mut notice = None;
    if secrets.is_some()
        || (&known.platform, &known.connection) != (&settings.platform, &settings.connection)
    {
        notice = connect(api, &platform, &mut settings, secrets).await?;
    }
    decided(api, id.clone(), notice, move |workspace| {
        let known = workspace.state()?;
        own_place(&known, platform.as_ref(), &id, &settings)?;
        Ok(workspace
            .engine
            .decide(&actor, Command::ChangeEnvironment { id, settings })?)
    })
    .await
}

/// Sees to it that no other environment is the same place: each has its own lock and its own record of what stands there.
fn own_place(
    state: &State,
    platform: &dyn Platform,
    id: &EnvironmentId,
    settings: &EnvironmentDraft,
) -> Result<(), ApiError> {
    let Some(place) = platform.place(&settings.connection) else {
        return Ok(());
    };
    let other = state.environments.values().find(|other| {
        // One of the same name is reported as that.
        other.id != *id
            && other.settings.name != settings.name
            && other.settings.platform == settings.platform
            && platform.overlap(&other.settings.connection, &settings.connection)
    });
    match other {
        None => Ok(()),
        Some(other) => {
            let is_same = platform.place(&other.settings.connection).as_ref() == Some(&place);
            let name = &other.settings.name;
            let message = match is_same {
                true => format!("`{place}` is the environment {name} already"),
                false => format!("`{place}` and the environment {name} lie one within the other"),
            };
            let hint = "Use that one, or give another place.";
            Err(ApiError::refused(message, hint))
        }
    }
}

/// Decides something about an environment and shows it as it is then.
async fn decided(
    api: &Api,
    id: EnvironmentId,
    notice: Option<String>,
    decide: impl FnOnce(&Workspace) -> Result<Arc<State>, ApiError> + Send + 'static,
) -> Result<EnvironmentView, ApiError> {
    let trusted = api.trusted.clone();
    api.on_disk(move |workspace| {
        let state = decide(workspace)?;
        keep_places(&trusted, workspace);
        let environment = workspace.engine.environment(&state, id.as_str())?;
        let view = view(workspace, &state, &environment)?;
        Ok(EnvironmentView { notice, ..view })
    })
    .await
}

/// Keeps where the environments are now: who decided that has seen it. Should that fail, the next start asks.
fn keep_places(trusted: &Trusted, workspace: &Workspace) {
    if let Err(error) = trusted.keep(&workspace.engine) {
        tracing::warn!(%error, "where the environments are is not remembered");
    }
}

/// Connects to what was typed and completes it in the settings. Says what a person should know of the secrets.
async fn connect(
    api: &Api,
    platform: &Arc<dyn Platform>,
    settings: &mut EnvironmentDraft,
    secrets: Option<Secrets>,
) -> Result<Option<String>, ApiError> {
    let secrets = placed(platform.as_ref(), &settings.connection, secrets);
    settings.connection = tried(api, platform.as_ref(), &settings.connection, &secrets)
        .await?
        .connection;
    let host = api.host.clone();
    // A keyring may ask a person to unlock it.
    let kept = tokio::task::spawn_blocking(move || {
        secrets
            .into_iter()
            .try_for_each(|(place, secret)| host.keep_secret(&place, secret))
    })
    .await
    .expect("BUG: keeping a secret panicked");
    Ok(kept
        .err()
        .map(|error| format!("{} {}", error.message, error.hint)))
}

/// Connects with secrets that were typed. Where that fails, those that were held before are held again: a typing error must
/// not shut an environment out that is connected to the same place.
async fn tried(
    api: &Api,
    platform: &dyn Platform,
    connection: &serde_json::Value,
    secrets: &[(SecretPlace, Secret)],
) -> Result<Connected, ApiError> {
    let before: Vec<_> = secrets
        .iter()
        .map(|(place, secret)| {
            let before = api.host.hold_secret(place, Some(secret.clone()));
            (place, before)
        })
        .collect();
    let connected = platform.connect(connection).await;
    if connected.is_err() {
        for (place, secret) in before {
            api.host.hold_secret(place, secret);
        }
    }
    Ok(connected?)
}

/// What was typed, with the places that it is sent to.
fn placed(
    platform: &dyn Platform,
    connection: &serde_json::Value,
    secrets: Option<Secrets>,
) -> Vec<(SecretPlace, Secret)> {
    let (Some(place), Some(Secrets { access, theme })) =
        (platform.secret_place(connection), secrets)
    else {
        return Vec::new();
    };
    let theme = theme.map(|theme| (place.clone().theme(), Secret::new(theme)));
    [(place, Secret::new(access))]
        .into_iter()
        .chain(theme)
        .collect()
}

pub(crate) async fn remove(
    api: &Api,
    EnvironmentGet { environment }: EnvironmentGet,
) -> Result<Done, ApiError> {
    let actor = api.person()?;
    let trusted = api.trusted.clone();
    api.on_disk(move |workspace| {
        let id = workspace.environment(&environment)?.id;
        workspace
            .engine
            .decide(&actor, Command::RemoveEnvironment { id })?;
        keep_places(&trusted, workspace);
        Ok(Done {})
    })
    .await
}

pub(crate) async fn capture(api: &Api, request: CaptureStart) -> Result<CaptureInfo, ApiError> {
    let CaptureStart {
        environment,
        stop_at_unreadable,
        job,
    } = request;
    let workspace = api.workspace()?;
    let environment = workspace.environment(&environment)?;
    let job = api.job(&workspace, &job)?;
    let on_unreadable = if stop_at_unreadable {
        OnUnreadable::Stop
    } else {
        OnUnreadable::GoOn
    };
    let row = workspace
        .engine
        .capture(&environment, on_unreadable, &job)
        .await?;
    api.notify_captured(&workspace, &environment.id);
    Ok(capture_info(row))
}

pub(crate) async fn captures(
    api: &Api,
    request: CaptureListGet,
) -> Result<Page<CaptureRun>, ApiError> {
    let CaptureListGet {
        environment,
        offset,
        limit,
    } = request;
    api.on_disk(move |workspace| {
        let id = workspace.environment(&environment)?.id;
        let store = workspace.engine.store();
        let (runs, total) =
            store.read(|reader| reader.capture_runs(&id, page(limit) as u64, u64::from(offset)))?;
        Ok(Page {
            rows: runs.into_iter().map(CaptureRun::from).collect(),
            total,
        })
    })
    .await
}

impl From<slipway_store::CaptureRun> for CaptureRun {
    fn from(run: slipway_store::CaptureRun) -> Self {
        let slipway_store::CaptureRun {
            snapshot,
            first_at,
            last_at,
            times,
            resources,
            bytes,
            created,
            modified,
            deleted,
        } = run;
        Self {
            snapshot,
            first_at,
            last_at,
            times,
            resources,
            bytes,
            counts: ChangeCounts {
                created,
                modified,
                deleted,
            },
        }
    }
}

pub(crate) async fn compare(api: &Api, request: CompareStart) -> Result<CompareResult, ApiError> {
    let CompareStart {
        source,
        target,
        capture,
        job,
    } = request;
    let workspace = api.workspace()?;
    let job = api.job(&workspace, &job)?;
    let look = if capture { Look::Again } else { Look::Latest };
    let (candidates, comparison) = workspace
        .engine
        .compare_environments(&source, &target, look, &job)
        .await?;
    if capture {
        for captured in [&source, &target] {
            api.notify_captured(&workspace, &workspace.environment(captured)?.id);
        }
    }
    let mut by_kind: BTreeMap<String, ChangeCounts> = BTreeMap::new();
    for change in &comparison.changes {
        let key = &change.resource;
        by_kind
            .entry(format!("{}/{}", key.family(), key.kind()))
            .or_default()
            .add(change.kind());
    }
    let counts = ChangeCounts::of(&comparison.changes);
    let name = |id: &str| Ok::<_, ApiError>(workspace.environment(id)?.settings.name);
    let (not_compared, not_compared_count) =
        not_compared(&comparison, &name(&source)?, &name(&target)?);
    list_changes(&workspace, candidates.changes, &comparison.changes);
    Ok(CompareResult {
        comparison: candidates.changes,
        counts,
        by_kind: by_kind.into_iter().collect(),
        left_out: comparison.left_out.into_iter().map(LeftOut::from).collect(),
        not_compared,
        not_compared_count,
    })
}

pub(crate) async fn compared_changes(
    api: &Api,
    request: CompareChangesGet,
) -> Result<Page<ComparedResource>, ApiError> {
    api.on_disk(move |workspace| {
        let CompareChangesGet {
            comparison,
            offset,
            limit,
        } = request;
        let changes = match workspace.listed_changes.get(&comparison) {
            Some(kept) => kept,
            // Every comparison is stored as well, which is read when others were asked for since.
            None => {
                let stored = workspace.engine.change_set(&comparison)?;
                list_changes(workspace, comparison, &stored)
            }
        };
        Ok(Page::of(&changes, offset, page(limit)))
    })
    .await
}

/// Keeps what a comparison lists, for its pages.
fn list_changes(
    workspace: &Workspace,
    comparison: EffectDigest,
    changes: &[Change],
) -> Arc<Vec<ComparedResource>> {
    let listed = changes.iter().map(|change| ComparedResource {
        change: change.kind(),
        resource: change.resource.clone(),
    });
    let listed: Arc<Vec<_>> = Arc::new(listed.collect());
    let weight = listed.len();
    workspace
        .listed_changes
        .put(comparison, listed.clone(), weight);
    listed
}

fn platform_of(api: &Api, name: &str) -> Result<Arc<dyn Platform>, ApiError> {
    let platforms = api.host.platforms();
    let names: Vec<_> = platforms.iter().map(|platform| platform.name()).collect();
    let hint = format!("This program knows: {}.", names.join(", "));
    let found = platforms
        .into_iter()
        .find(|platform| platform.name() == name);
    found.ok_or_else(|| ApiError::invalid(format!("There is no platform `{name}`"), hint))
}
