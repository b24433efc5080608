//! Capturing a store: kind by kind, streamed, each document made portable on its way. Some resources only are asked for by
//! their natural keys.
//!
//! Memory: the ids and natural keys of what was seen (about 150 bytes each), and a few megabytes of documents.

mod bulk;
mod bulk_products;
mod objects;
mod source;

use std::sync::Arc;

use slipway_domain::ResourceKey;
use slipway_engine::{CaptureSink, Captured, PlatformError, Scope, Unreadable};

use super::apart;
use super::kinds::{Context, KINDS, Kind, key};
use super::scopes;
use super::store::Store;
use super::theme;

/// Captures what the settings and the granted rights reach of a scope.
pub(super) async fn capture(
    store: &Arc<Store>,
    scope: &Scope,
    sink: Arc<dyn CaptureSink>,
) -> Result<(), PlatformError> {
    let settings = store.client.settings();
    if store.client.is_theme_only().await? {
        return theme::capture(store, scope, &sink).await;
    }
    let facts = store.facts().await?;
    let context = Context::new(Arc::clone(store)).await?;
    if *scope == Scope::Everything && context.sees_publications() {
        sink.vocabulary(apart::channels(
            context.publications(&[]).await?.into_keys(),
        ));
    }
    for kind in KINDS {
        let only = match scope {
            Scope::Everything => None,
            Scope::Only(keys) => Some(of_kind(kind, keys)),
        };
        if only.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        if !facts.scopes.is_empty() && !scopes::has(&facts.scopes, kind.scopes()) {
            let why = format!("{} is not granted", kind.scopes().join(" or "));
            let hint = "Grant the app that scope, then capture again.";
            tell(&sink, unknown(kind.name(), &why, hint)).await?;
            continue;
        }
        let denials = store.client.denials();
        let captured = match only {
            None => objects::capture(&context, kind, &sink).await,
            Some(keys) => objects::capture_only(&context, kind, keys, &sink).await,
        };
        match captured {
            // What one kind asks for and may not have ends no capture of the others.
            Err(PlatformError::Refused { message, hint }) if store.client.denials() > denials => {
                tell(&sink, unknown(kind.name(), &message, &hint)).await?;
            }
            captured => captured?,
        }
    }
    let has_theme = match scope {
        Scope::Everything => true,
        Scope::Only(keys) => keys.iter().any(|key| key.family() == "theme"),
    };
    if !has_theme {
        return Ok(());
    }
    if settings.theme_access || scopes::has(&facts.scopes, scopes::THEMES.read) {
        theme::capture(store, scope, &sink).await?;
    }
    Ok(())
}

/// The resources that are of a kind.
fn of_kind(kind: &dyn Kind, keys: &[ResourceKey]) -> Vec<ResourceKey> {
    let is_it = |key: &&ResourceKey| key.family() == "shopify" && key.kind() == kind.name();
    keys.iter().filter(is_it).cloned().collect()
}

/// A note that nothing is known of a kind: what is not seen is not deleted.
fn unknown(kind: &str, why: &str, hint: &str) -> Unreadable {
    Unreadable {
        key: key(kind, "*"),
        ..note(
            format!("every {kind}"),
            format!("can't be read: {why}"),
            hint,
        )
    }
}

/// A note that keeps no resource from being deployed.
fn note(place: String, message: String, hint: &str) -> Unreadable {
    Unreadable {
        key: None,
        place,
        line: None,
        column: None,
        message,
        hint: hint.to_owned(),
    }
}

/// Hands resources to the sink, on a thread that may block.
pub(super) async fn deliver(
    sink: &Arc<dyn CaptureSink>,
    resources: Vec<Captured>,
) -> Result<(), PlatformError> {
    if resources.is_empty() {
        return Ok(());
    }
    let sink = Arc::clone(sink);
    blocking(move || {
        resources
            .into_iter()
            .try_for_each(|resource| sink.accept(resource))
    })
    .await
}

/// Tells the sink what could not be read.
pub(super) async fn tell(
    sink: &Arc<dyn CaptureSink>,
    unreadable: Unreadable,
) -> Result<(), PlatformError> {
    let sink = Arc::clone(sink);
    blocking(move || sink.unreadable(unreadable)).await
}

async fn blocking(
    work: impl FnOnce() -> Result<(), slipway_engine::Stopped> + Send + 'static,
) -> Result<(), PlatformError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(PlatformError::from),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(PlatformError::Stopped),
        },
    }
}
