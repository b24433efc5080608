//! Connecting to simulated shops.

use serde_json::json;
use slipway_engine::{Platform, PlatformError, Secret, Vault};
use slipway_sandbox::shop::{Clock, Seed, ShopSpec};

use super::World;

#[tokio::test]
async fn a_shop_says_what_it_is_and_what_can_be_reached() {
    let world = World::of(&["northwind-development"]).await;
    let connected = world
        .platform
        .connect(&world.connection("shop-a"))
        .await
        .expect("a shop");
    assert_eq!(connected.families, ["shopify", "theme"]);
    assert!(
        connected.summary.contains("API 2026-10"),
        "{}",
        connected.summary
    );
    assert!(
        connected
            .summary
            .contains("reads 12 and writes 12 of 12 kinds"),
        "{}",
        connected.summary
    );
    let kept = connected.connection.to_string();
    assert!(!kept.contains("shpat_"), "no secret in {kept}");
    world
        .platform
        .open(&connected.connection)
        .expect("kept settings open again");
}

#[tokio::test]
async fn missing_scopes_name_the_kinds_that_they_cost() {
    let seed = Seed::parse("empty").expect("a seed");
    let spec = ShopSpec::new("shop-a", seed)
        .clock(Clock::scaled(200))
        .without_scope("read_files")
        .without_scope("write_files");
    let world = World::with(vec![spec]).await;
    let connected = world
        .platform
        .connect(&world.connection("shop-a"))
        .await
        .expect("a shop");
    assert!(
        connected
            .notes
            .iter()
            .any(|note| note.contains("read_files") && note.contains("files can't be read")),
        "{:?}",
        connected.notes
    );
    let survey = connected.survey.expect("more than a sentence");
    let lacking: Vec<_> = survey
        .kinds
        .iter()
        .filter(|kind| kind.read_lacks.is_some() || kind.write_lacks.is_some())
        .collect();
    let [files] = lacking.as_slice() else {
        panic!("files alone are out of reach: {lacking:?}");
    };
    assert_eq!(files.kind, "files");
    assert_eq!(files.read_lacks.as_deref(), Some("read_files"));
    assert_eq!(files.write_lacks.as_deref(), Some("write_files"));
    let facts: Vec<&str> = survey.facts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(facts, ["Shop", "Store", "Plan", "API version", "Theme"]);
    assert!(survey.granted.contains(&"read_products".to_owned()));
    assert!(
        !world.platform.leaves_alone().is_empty(),
        "what stays where it is has a list"
    );
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let world = World::of(&["empty"]).await;
    let right = world.connection("shop-a");
    let mut cases = Vec::new();
    for (field, value, part) in [
        (
            "base_url",
            json!("http://127.0.0.1:9/"),
            "holds no secret for shop-a.myshopify.com@http://127.0.0.1:9/",
        ),
        (
            "api_version",
            json!("2031-04"),
            "does not know this address or API version",
        ),
        ("theme", json!("999999999"), "has no theme 999999999"),
    ] {
        let mut connection = right.clone();
        connection[field] = value;
        cases.push((connection, part));
    }
    for (connection, part) in cases {
        match world.platform.connect(&connection).await {
            Err(PlatformError::Refused { message, hint }) => {
                assert!(message.contains(part), "{message}");
                assert!(
                    !hint.is_empty() && !message.contains("shpat_"),
                    "{message} {hint}"
                );
            }
            other => panic!("{part}: {other:?}"),
        }
    }
    world.keep("shop-a", "shpat_wrong");
    let refused = world.platform.connect(&right).await;
    let refused = refused.expect_err("a wrong token").to_string();
    assert!(
        refused.contains("does not accept the access token") && !refused.contains("shpat_"),
        "{refused}"
    );
    let shops = world.sandbox.shops();
    world.keep("shop-a", shops[0].token.clone());
    let shop = world.handle("shop-a");
    shop.set_frozen(true);
    let refused = world
        .platform
        .connect(&right)
        .await
        .expect_err("a frozen shop");
    assert!(refused.to_string().contains("is frozen"), "{refused}");
    shop.set_frozen(false);
    shop.set_locked(true);
    let refused = world
        .platform
        .connect(&right)
        .await
        .expect_err("a locked shop");
    assert!(refused.to_string().contains("is locked"), "{refused}");
}

#[tokio::test]
async fn an_app_fetches_its_token_and_renews_it() {
    let world = World::of(&["empty"]).await;
    let shop = world.handle("shop-a");
    world.keep("shop-a", shop.client_secret());
    let mut connection = world.connection("shop-a");
    connection["auth"] = json!({"kind": "client_credentials", "client_id": shop.client_id()});
    world
        .platform
        .connect(&connection)
        .await
        .expect("an app's token");
    connection["auth"]["client_id"] = json!("another");
    let refused = world
        .platform
        .connect(&connection)
        .await
        .expect_err("another app");
    assert!(
        refused.to_string().contains("gave the app no access token"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_theme_password_reaches_the_theme_alone() {
    let world = World::of(&["northwind-development"]).await;
    let shop = world.handle("shop-a");
    let password = Secret::new(shop.theme_access_password().to_owned());
    world.keep("shop-a", password.expose());
    let connected = world
        .platform
        .connect(&world.connection("shop-a"))
        .await
        .expect("a password");
    assert_eq!(connected.families, ["theme"]);
    let survey = connected.survey.expect("more than a sentence");
    let reached: Vec<&str> = survey
        .kinds
        .iter()
        .filter(|kind| kind.read_lacks.is_none() && kind.write_lacks.is_none())
        .map(|kind| kind.kind.as_str())
        .collect();
    assert_eq!(reached, ["theme files"]);
    let shops = world.sandbox.shops();
    world.keep("shop-a", shops[0].token.clone());
    let beside = world.place("shop-a").theme();
    world.vault.set(&beside, &password).expect("a vault");
    let mut both = world.connection("shop-a");
    both["theme_access"] = json!(true);
    let connected = world.platform.connect(&both).await.expect("both");
    assert_eq!(connected.families, ["shopify", "theme"]);
}
