//! Capturing simulated shops.

use std::collections::BTreeMap;
use std::sync::Arc;

use slipway_engine::{Platform as _, PlatformError, Scope};
use slipway_sandbox::shop::{Clock, Seed, ShopSpec};

use super::super::gid::PREFIX;
use super::super::kinds::KINDS;
use super::super::portable::{references, targets};
use super::hostile::{Reply, Server};
use super::{Collector, World};

#[tokio::test]
async fn everything_is_captured_in_portable_form() {
    let world = World::of(&["northwind-development"]).await;
    let captured = world.captured("shop-a").await;
    for kind in KINDS {
        assert!(
            !captured.of_kind(kind.name()).is_empty(),
            "no {} was captured",
            kind.name()
        );
    }
    let own = world.connection("shop-a");
    let own = [&own["store"], &own["base_url"]].map(|text| text.as_str().expect("text"));
    for (key, bytes) in captured
        .documents
        .iter()
        .filter(|(key, _)| key.family() == "shopify")
    {
        let text = String::from_utf8_lossy(bytes);
        let ids = text
            .match_indices(PREFIX)
            .map(|(at, _)| &text[at + PREFIX.len()..]);
        let foreign: Vec<&str> = ids.filter(|id| !id.starts_with("Taxonomy")).collect();
        assert!(foreign.is_empty(), "{key} holds ids: {text}");
        for volatile in ["updatedAt", "createdAt", "cursor", "compareDigest"] {
            assert!(
                !text.contains(&format!("\"{volatile}\"")),
                "{key} holds {volatile}"
            );
        }
        // Where an image comes from is no part of what the document means.
        let mut document = captured.json(key.as_str());
        if let Some(image) = document["image"].as_object_mut() {
            image.shift_remove("source");
        }
        for address in own {
            assert!(
                !document.to_string().contains(address),
                "{key} holds {address}: {document}"
            );
        }
        let named: Vec<_> = references(&document)
            .into_iter()
            .map(|reference| reference.to)
            .collect();
        assert!(
            targets(&document).iter().all(|key| named.contains(key)),
            "{key}: {named:?}"
        );
    }
}

#[tokio::test]
async fn references_lead_to_what_is_captured() {
    let world = World::of(&["northwind-development"]).await;
    let captured = world.captured("shop-a").await;
    let mut missing = BTreeMap::new();
    for key in captured
        .documents
        .keys()
        .filter(|key| key.family() == "shopify")
    {
        for to in targets(&captured.json(key.as_str())) {
            if !captured.documents.contains_key(&to) && to.kind() != "policy" {
                missing.insert(key.clone(), to);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn two_captures_are_the_same_to_the_byte() {
    let world = World::of(&["northwind-production"]).await;
    let (one, other) = (
        world.captured("shop-a").await,
        world.captured("shop-a").await,
    );
    assert_eq!(one.documents, other.documents);
}

#[tokio::test]
async fn files_are_fetched_again_only_when_they_changed() {
    let world = World::of(&["northwind-development"]).await;
    let first = world.captured("shop-a").await;
    let again = world.captured_after("shop-a", &first).await;
    assert_eq!(
        again.of_kind("file"),
        Vec::<&slipway_domain::ResourceKey>::new()
    );
    assert_eq!(
        again.of_kind("product").len(),
        first.of_kind("product").len()
    );
}

#[tokio::test]
async fn a_kind_that_may_not_be_read_is_unknown_and_not_gone() {
    let seed = Seed::parse("northwind-development").expect("a seed");
    let spec = ShopSpec::new("shop-a", seed)
        .clock(Clock::scaled(200))
        .without_scope("read_files")
        .without_scope("write_files");
    let world = World::with(vec![spec]).await;
    let captured = world.captured("shop-a").await;
    assert!(captured.of_kind("file").is_empty());
    let all = "shopify/file:*".parse().expect("a key");
    let note = captured
        .notes
        .iter()
        .find(|note| note.key.as_ref() == Some(&all));
    assert!(
        note.expect("a note").message.contains("read_files"),
        "{:?}",
        captured.notes
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_read_ends_no_capture_of_the_rest() {
    let seed = || Seed::parse("northwind-development").expect("a seed");
    let all = World::of(&["northwind-development"])
        .await
        .captured("shop-a")
        .await;
    // Which kinds are lost with a right that none of them is captured by.
    for (scope, kinds) in [
        ("read_locales", &["translation"][..]),
        ("read_legal_policies", &[]),
        ("read_inventory", &[]),
        ("read_publications", &[]),
        (
            "read_metaobject_definitions",
            &["metaobject-definition", "metaobject"],
        ),
    ] {
        let spec = ShopSpec::new("shop-a", seed())
            .clock(Clock::scaled(200))
            .without_scope(scope)
            .without_scope(&scope.replace("read_", "write_"));
        let world = World::with(vec![spec]).await;
        let captured = world.captured("shop-a").await;
        for kind in KINDS {
            let unknown = format!("shopify/{}:*", kind.name());
            let note = captured
                .notes
                .iter()
                .find(|note| note.key.as_ref().is_some_and(|key| key.as_str() == unknown));
            if kinds.contains(&kind.name()) {
                let note = note.unwrap_or_else(|| panic!("{scope}: {}", kind.name()));
                assert!(note.message.contains("can't be read"), "{}", note.message);
            } else {
                let count = |of: &super::Collected| of.of_kind(kind.name()).len();
                assert_eq!(count(&captured), count(&all), "{scope}: {}", kind.name());
                assert!(note.is_none(), "{scope}: {note:?}");
            }
        }
        let connected = world.platform.connect(&world.connection("shop-a")).await;
        let notes = connected.expect("a connection").notes.join(" ");
        let is_named = notes.contains(scope);
        assert!(is_named || scope == "read_inventory", "{scope}: {notes}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_can_not_be_had_and_a_name_that_can_not_be_are_named_and_the_rest_goes_on() {
    let world = World::of(&["northwind-development"]).await;
    let shop = world.handle("shop-a");
    let whole = world.captured("shop-a").await;
    let image = shop.ids("MediaImage").remove(0);
    let gone = Server::start(Reply {
        status: "404 Not Found",
        ..Reply::whole("")
    })
    .await;
    shop.edit(&image, "_url", format!("{}away.png", gone.url));
    let file = shop.ids("ThemeFile").remove(0);
    shop.edit(&file, "filename", "nowhere/a.liquid");
    let captured = world.captured("shop-a").await;
    assert_eq!(
        captured.of_kind("file").len() + 1,
        whole.of_kind("file").len()
    );
    assert_eq!(
        captured.of_kind("product").len(),
        whole.of_kind("product").len()
    );
    let place = |part: &str| captured.notes.iter().any(|note| note.place.contains(part));
    assert!(place("away.png"), "{:?}", captured.notes);
    assert!(place("nowhere/a.liquid"), "{:?}", captured.notes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_is_down_ends_the_capture_and_makes_no_file_unreadable() {
    let world = World::of(&["northwind-development"]).await;
    let shop = world.handle("shop-a");
    let busy = Server::start(Reply {
        status: "503 Service Unavailable",
        ..Reply::whole("")
    })
    .await;
    let image = shop.ids("MediaImage").remove(0);
    // Nobody listens at the second.
    for url in [busy.url.as_str(), "https://127.0.0.1:9/"] {
        shop.edit(&image, "_url", format!("{url}away.png"));
        let sink = Arc::new(Collector::default());
        let remote = world.remote("shop-a");
        let captured = remote.capture(&Scope::Everything, sink.clone()).await;
        let error = captured.expect_err("what was not fetched is not captured");
        assert!(
            matches!(error, PlatformError::Unavailable { .. }),
            "{url}: {error:?}"
        );
        drop(remote);
        let notes = Arc::into_inner(sink).expect("nobody keeps it").collected();
        let is_named = |place: &str| place.contains("away.png");
        assert!(
            !notes.notes.iter().any(|note| is_named(&note.place)),
            "{:?}",
            notes.notes
        );
    }
}
