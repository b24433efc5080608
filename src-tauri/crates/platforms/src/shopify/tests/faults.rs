//! Each way of asking a store × each way in which it can fail.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use slipway_domain::{DeploymentId, ResourceKey, Verb};
use slipway_engine::{Platform as _, PlatformError, Scope, Target};
use slipway_sandbox::shop::{Fault, FaultKind, When};

use super::super::Shopify;
use super::{Collector, Remembered, World, operation, unseen};

/// What a fault does to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is done all the same.
    Done,
    /// It is refused; the sentence holds this.
    Refused(&'static str),
    /// It can't be done now; the sentence holds this.
    Unavailable(&'static str),
    /// Nobody knows.
    Unclear,
}

fn status(status: u16) -> FaultKind {
    FaultKind::Status {
        status,
        retry_after: Some(Duration::from_millis(10)),
    }
}

/// Each fault, what it does to a read when it strikes once and when it strikes always, and to a write.
fn faults() -> Vec<(FaultKind, Outcome, Outcome, Outcome)> {
    use Outcome::{Done, Refused, Unavailable, Unclear};
    let refused = |kind, part| (kind, Refused(part), Refused(part), Refused(part));
    vec![
        refused(status(401), "does not accept the access token"),
        refused(status(402), "is frozen"),
        refused(status(403), "does not let this app in"),
        refused(status(404), "does not know this address"),
        refused(status(423), "is locked"),
        (status(429), Done, Unavailable("fewer requests"), Done),
        (FaultKind::Throttled, Done, Unavailable("busy"), Done),
        (
            status(500),
            Done,
            Unavailable("a problem of its own"),
            Unclear,
        ),
        (
            FaultKind::InternalError,
            Done,
            Unavailable("a problem of its own"),
            Unclear,
        ),
        (
            FaultKind::Reset,
            Done,
            Unavailable("broke the connection off"),
            Unclear,
        ),
        (
            FaultKind::LostAnswer,
            Done,
            Unavailable("broke the connection off"),
            Unclear,
        ),
        (FaultKind::HalfBody, Done, Unavailable(""), Unclear),
        (
            FaultKind::BadJson,
            Done,
            Unavailable("no whole JSON document"),
            Unclear,
        ),
        (
            FaultKind::Slow(Duration::from_millis(900)),
            Done,
            Unavailable("did not answer in time"),
            Unclear,
        ),
    ]
}

fn judge(result: Result<(), PlatformError>, expected: Outcome, what: &str) {
    match (&result, expected) {
        (Ok(()), Outcome::Done) | (Err(PlatformError::Unclear { .. }), Outcome::Unclear) => {}
        (Err(PlatformError::Refused { message, hint }), Outcome::Refused(part))
        | (Err(PlatformError::Unavailable { message, hint }), Outcome::Unavailable(part)) => {
            assert!(message.contains(part), "{what}: {message}");
            assert!(!hint.is_empty(), "{what}: it says what to do");
        }
        _ => panic!("{what}: {result:?} instead of {expected:?}"),
    }
}

/// Reading, and the operation that is struck.
async fn read(world: &World, target: &Arc<dyn Target>, path: &str) -> Result<(), PlatformError> {
    let key = |text: &str| text.parse::<ResourceKey>().expect("a valid key");
    match path {
        "Redirects" => {
            world
                .remote("shop-a")
                .capture(&Scope::Everything, Arc::new(Collector::default()))
                .await
        }
        "LiveThemeFileChecksums" => {
            let key = key("theme/file:layout/theme.liquid");
            // A few seconds old, what a platform knows would still count.
            let platform = Shopify::new(world.vault.clone());
            let remote = platform.open(&world.connection("shop-a"))?;
            let target = remote
                .target(
                    &DeploymentId("d-1".to_owned()),
                    Arc::new(Remembered::default()),
                )
                .await?;
            target.look(&key, None, None).await.map(drop)
        }
        _ => target.read(&key("shopify/product:nothing")).await.map(drop),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_go_on_after_what_passes_and_say_what_does_not() {
    let world = World::of(&["northwind-development"]).await;
    let shop = world.handle("shop-a");
    let target = world.target("shop-a").await;
    for path in ["Redirects", "LiveThemeFileChecksums", "Product"] {
        for (kind, once, _, _) in faults() {
            shop.clear_faults();
            shop.fault(Fault::once(kind.clone()).on(path));
            judge(
                read(&world, &target, path).await,
                once,
                &format!("{path}, once {kind:?}"),
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_pass_is_said_after_some_tries() {
    let world = World::of(&["empty"]).await;
    let shop = world.handle("shop-a");
    let target = world.target("shop-a").await;
    for (kind, _, always, _) in faults() {
        // Twelve pauses of a second are too long for a test; that they end is the same for one fault.
        if matches!(kind, FaultKind::Throttled) {
            continue;
        }
        shop.clear_faults();
        shop.fault(Fault::once(kind.clone()).on("Product").when(When::Always));
        judge(
            read(&world, &target, "Product").await,
            always,
            &format!("always {kind:?}"),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_is_never_sent_twice_unless_the_store_says_that_it_was_not_done() {
    let world = World::of(&["empty"]).await;
    let shop = world.handle("shop-a");
    for (at, (kind, _, _, expected)) in faults().into_iter().enumerate() {
        let target = world.target("shop-a").await;
        let key: ResourceKey = format!("shopify/redirect:/old-{at}")
            .parse()
            .expect("a valid key");
        let bytes = json!({"target": "/new"}).to_string();
        shop.clear_faults();
        shop.reset_counters();
        shop.fault(Fault::once(kind.clone()).on("CreateRedirect"));
        assert_eq!(target.read(&key).await.expect("a look"), None);
        let written = target
            .apply(
                &operation(&key, Verb::Create),
                Some(bytes.as_bytes()),
                &unseen(),
            )
            .await;
        judge(written, expected, &format!("{kind:?}"));
        let sent = shop.counters().operations["CreateRedirect"];
        let is_put_off = matches!(
            kind,
            FaultKind::Throttled | FaultKind::Status { status: 429, .. }
        );
        assert_eq!(sent, if is_put_off { 2 } else { 1 }, "{kind:?}");
        // Whether a store that is slow goes on without a listener is its own affair.
        if matches!(kind, FaultKind::Slow(_)) {
            continue;
        }
        let is_there = target.read(&key).await.expect("a look").is_some();
        let was_carried_out = matches!(
            kind,
            FaultKind::LostAnswer | FaultKind::HalfBody | FaultKind::BadJson
        );
        assert_eq!(
            is_there,
            was_carried_out || expected == Outcome::Done,
            "{kind:?}: the truth is read"
        );
    }
}
