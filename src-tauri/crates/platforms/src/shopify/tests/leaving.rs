//! What nobody asked to be taken away stays: channels, app data, failed media, schedules, stock, products of a collection.

use std::time::Duration;

use serde_json::{Value, json};
use slipway_domain::{Deployment, DeploymentState, Operation, ResourceKey, Risk, Verb};
use slipway_engine::Engine;
use slipway_sandbox::shop::{Clock, Fault, FaultKind, Seed, ShopHandle, ShopSpec};
use tempfile::TempDir;

use super::journey::{
    deploy, deploy_as, explain, roll_back, workspace, workspace_of, workspace_with,
};
use super::{World, operation, unseen};

/// Two stores of the same dozen products, and a workspace that promotes from the first to the second.
struct Twins {
    world: World,
    engine: Engine,
    _folder: TempDir,
    dev: ShopHandle,
    prod: ShopHandle,
}

impl Twins {
    async fn new() -> Self {
        let world = World::of(&["products:12", "products:12"]).await;
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            engine: workspace(folder.path(), &world),
            dev: world.handle("shop-a"),
            prod: world.handle("shop-b"),
            world,
            _folder: folder,
        }
    }

    async fn deploy(&self, include: &str) -> Deployment {
        self.ended(deploy(&self.engine, &[include]).await)
    }

    async fn roll_back(&self) -> Deployment {
        self.ended(roll_back(&self.engine).await)
    }

    fn ended(&self, deployment: Deployment) -> Deployment {
        let why = explain(&self.engine, &deployment);
        assert_eq!(deployment.state, DeploymentState::Deployed, "{why}");
        deployment
    }

    /// The one operation of a deployment.
    fn operation(&self, deployment: &Deployment) -> Operation {
        let plan = self
            .engine
            .store()
            .read(|reader| reader.plan(&deployment.id));
        let mut operations = plan.expect("a store").expect("a plan").operations;
        assert_eq!(operations.len(), 1, "{operations:?}");
        operations.remove(0)
    }
}

const PRODUCT: &str = "gid://shopify/Product/1";
const KEY: &str = "shopify/product:product-000001";

fn publish(shop: &ShopHandle, object: &str, publication: &str, date: Option<&str>) {
    let input = json!([{"publicationId": publication, "publishDate": date}]);
    shop.run("publishablePublish", &json!({"id": object, "input": input}));
}

/// Where a product is published, and from when on.
fn published(shop: &ShopHandle, object: &str) -> Value {
    shop.object(object).expect("it is there")["_publications"].clone()
}

fn metafield(shop: &ShopHandle, owner: &str, name: &str, value: &str) {
    let (namespace, key) = name.split_once('.').expect("a namespace");
    let kind = "single_line_text_field";
    let set =
        json!({"ownerId": owner, "namespace": namespace, "key": key, "type": kind, "value": value});
    shop.run("metafieldsSet", &json!({"metafields": [set]}));
}

/// The metafields of an object, by name.
fn metafields(shop: &ShopHandle, owner: &str) -> Vec<String> {
    let all = shop.ids("Metafield").into_iter();
    let rows = all.filter_map(|id| shop.object(&id));
    let own = rows.filter(|row| row["owner"] == owner);
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let mut names: Vec<String> = own
        .map(|row| {
            format!(
                "{}.{}={}",
                text(&row, "namespace"),
                text(&row, "key"),
                text(&row, "value")
            )
        })
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_only_one_store_has_is_left_as_it_is() {
    let twins = Twins::new().await;
    let google = twins.prod.install_channel("Google & YouTube");
    publish(&twins.prod, PRODUCT, &google, None);
    // No rule can name them, and they are left alone.
    for title in ["*", "Why?"] {
        publish(
            &twins.prod,
            PRODUCT,
            &twins.prod.install_channel(title),
            None,
        );
    }
    let own = twins.dev.install_channel("Dev. App");
    publish(&twins.dev, PRODUCT, &own, None);
    twins.dev.edit(PRODUCT, "title", "Renamed");
    let before = published(&twins.prod, PRODUCT);

    let deployment = twins.deploy(KEY).await;
    assert_eq!(
        twins.prod.object(PRODUCT).expect("it is there")["title"],
        "Renamed"
    );
    assert_eq!(
        published(&twins.prod, PRODUCT),
        before,
        "it stays on Google"
    );
    let reasons = twins.operation(&deployment).reasons.join(" ");
    assert!(
        reasons.contains("publications.Google & YouTube"),
        "{reasons}"
    );
    assert!(
        reasons.contains("“Dev. App” is not in this store"),
        "{reasons}"
    );

    twins.roll_back().await;
    assert_ne!(
        twins.prod.object(PRODUCT).expect("it is there")["title"],
        "Renamed"
    );
    assert_eq!(published(&twins.prod, PRODUCT), before);

    // What is new there and only sold by way of an app that is not: it is made without.
    let input = json!({"title": "New", "handle": "new", "status": "ACTIVE"});
    let made = twins
        .dev
        .run("productSet", &json!({"input": input, "synchronous": true}));
    publish(
        &twins.dev,
        made["product"].as_str().expect("an id"),
        &own,
        None,
    );
    let world = &twins.world;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = workspace(folder.path(), world);
    let deployment = deploy(&engine, &["shopify/product:new"]).await;
    let why = explain(&engine, &deployment);
    assert_eq!(deployment.state, DeploymentState::Deployed, "{why}");
    assert_eq!(
        world.captured("shop-b").await.json("shopify/product:new")["publications"],
        json!({})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn app_data_that_only_the_target_has_stays_and_may_change_meanwhile() {
    let twins = Twins::new().await;
    metafield(&twins.prod, PRODUCT, "reviews.rating", "4.5");
    let variant = "gid://shopify/ProductVariant/1";
    metafield(&twins.prod, variant, "feeds.size", "M");
    twins.dev.edit(PRODUCT, "title", "Renamed");
    let deployment = twins.deploy(KEY).await;
    let held = |rating: &str| {
        let all = metafields(&twins.prod, PRODUCT).join(" ");
        assert!(all.contains(&format!("reviews.rating={rating}")), "{all}");
        let all = metafields(&twins.prod, variant).join(" ");
        assert!(all.contains("feeds.size=M"), "{all}");
    };
    held("4.5");
    let operation = twins.operation(&deployment);
    let reasons = operation.reasons.join(" ");
    assert!(reasons.contains("reviews"), "{reasons}");
    assert!(reasons.contains("feeds"), "{reasons}");
    // The app goes on; that is no edit of what was deployed.
    metafield(&twins.prod, PRODUCT, "reviews.rating", "4.7");
    twins.roll_back().await;
    assert_ne!(
        twins.prod.object(PRODUCT).expect("it is there")["title"],
        "Renamed"
    );
    held("4.7");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metafields_that_go_are_named_and_go_last() {
    let twins = Twins::new().await;
    metafield(&twins.prod, PRODUCT, "custom.hint", "mine");
    twins.dev.edit(PRODUCT, "title", "Renamed");
    twins.prod.fault(
        Fault::once(FaultKind::Status {
            status: 403,
            retry_after: None,
        })
        .on("SetProduct"),
    );
    let refused = deploy(&twins.engine, &[KEY]).await;
    assert_ne!(refused.state, DeploymentState::Deployed);
    let all = metafields(&twins.prod, PRODUCT).join(" ");
    assert!(
        all.contains("custom.hint=mine"),
        "a refusal takes nothing away: {all}"
    );
    let operation = twins.operation(&refused);
    let reasons = operation.reasons.join(" ");
    assert_eq!(operation.risk, Risk::High);
    assert!(
        reasons.contains("Deletes 1 metafield: custom.hint."),
        "{reasons}"
    );
    let again = super::journey::to_the_end(&twins.engine, refused).await;
    twins.ended(again);
    let all = metafields(&twins.prod, PRODUCT).join(" ");
    assert!(!all.contains("custom.hint"), "{all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_that_no_document_can_name_stay_where_they_are() {
    let twins = Twins::new().await;
    let media = |shop: &ShopHandle| shop.object(PRODUCT).expect("it is there")["media"].clone();
    let failed = media(&twins.prod)[0].as_str().expect("an id").to_owned();
    twins.prod.edit(&failed, "_fails", true);
    let shown = "gid://shopify/ProductVariant/1";
    twins.prod.edit(shown, "media", json!([failed]));
    let before = media(&twins.prod);
    twins.dev.edit(PRODUCT, "title", "Renamed");
    let whole = media(&twins.dev);
    // Without the picture whose twin failed, there is nothing to name it by.
    twins.dev.edit(PRODUCT, "media", json!([whole[1]]));
    twins.deploy(KEY).await;
    assert_eq!(media(&twins.prod), before);
    assert_eq!(
        twins.prod.object(shown).expect("it is there")["media"],
        json!([failed])
    );
    twins.roll_back().await;
    assert_eq!(media(&twins.prod), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_that_is_to_be_published_later_is_so_after_a_deployment_and_a_rollback() {
    let twins = Twins::new().await;
    let store = twins.prod.ids("Publication").remove(0);
    let date = "2031-05-01T08:00:00Z";
    twins.prod.run(
        "publishableUnpublish",
        &json!({"id": PRODUCT, "input": [{"publicationId": store}]}),
    );
    publish(&twins.prod, PRODUCT, &store, Some(date));
    let before = published(&twins.prod, PRODUCT);
    twins.dev.edit(PRODUCT, "title", "Renamed");
    let soon = "gid://shopify/Product/2";
    publish(
        &twins.dev,
        soon,
        &twins.dev.ids("Publication")[0],
        Some(date),
    );
    twins.deploy("shopify/product:product-00000[12]").await;
    assert_ne!(
        published(&twins.prod, PRODUCT),
        before,
        "it is published as in the source"
    );
    assert_eq!(published(&twins.prod, soon)[&store], date);
    let captured = twins
        .world
        .captured("shop-b")
        .await
        .json("shopify/product:product-000002");
    assert_eq!(captured["publications"]["Online Store"], date);
    twins.roll_back().await;
    assert_eq!(
        published(&twins.prod, PRODUCT)[&store],
        date,
        "and scheduled again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_of_publication_that_has_passed_by_now_is_said() {
    let world = World::of(&["products:2"]).await;
    let target = world.target("shop-a").await;
    let key: ResourceKey = KEY.parse().expect("a key");
    let read = async || {
        let bytes = target
            .read(&key)
            .await
            .expect("a look")
            .expect("it is there");
        serde_json::from_slice::<Value>(&bytes).expect("JSON")
    };
    let mut document = read().await;
    document["publications"]["Online Store"] = json!("2026-02-01T08:00:00Z");
    let (update, bytes) = (operation(&key, Verb::Update), document.to_string());
    let written = target
        .apply(&update, Some(bytes.as_bytes()), &unseen())
        .await;
    let refused = written.expect_err("it would be published at once");
    assert!(
        refused.to_string().contains("which has passed"),
        "{refused}"
    );
    assert_eq!(read().await["publications"]["Online Store"], true);
    let sent = world.handle("shop-a").counters().operations;
    assert_eq!(sent.get("SetProduct"), None, "nothing was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_has_passed_by_the_clock_of_the_store_alone_is_said_last() {
    let clock = Clock::scaled(200);
    clock.advance(Duration::from_secs(50 * 365 * 86_400));
    let seed = Seed::parse("products:2").expect("a seed");
    let world = World::with(vec![ShopSpec::new("shop-a", seed).clock(clock)]).await;
    let (shop, target) = (world.handle("shop-a"), world.target("shop-a").await);
    let other = shop.install_channel("Market");
    publish(&shop, PRODUCT, &other, None);
    let key: ResourceKey = KEY.parse().expect("a key");
    let bytes = target.read(&key).await.expect("a look");
    let mut document: Value =
        serde_json::from_slice(&bytes.expect("it is there")).expect("a document");
    // Still to come here.
    document["publications"] = json!({"Online Store": "2056-02-01T08:00:00Z"});
    let (update, bytes) = (operation(&key, Verb::Update), document.to_string());
    let written = target
        .apply(&update, Some(bytes.as_bytes()), &unseen())
        .await;
    let refused = written.expect_err("it is published at once");
    assert!(
        refused.to_string().contains("it is published now"),
        "{refused}"
    );
    assert_eq!(
        published(&shop, PRODUCT)[&other],
        Value::Null,
        "the rest was done before"
    );
}

/// Gives the first value of the first option of the product another name.
fn rename_value(shop: &ShopHandle) {
    let option = shop.object(PRODUCT).expect("it is there")["options"][0].clone();
    let option = option.as_str().expect("an id");
    let value = shop.object(option).expect("it is there")["optionValues"][0].clone();
    let update = json!([{"id": value, "name": "Newly named"}]);
    shop.run(
        "productOptionUpdate",
        &json!({"productId": PRODUCT, "option": {"id": option}, "optionValuesToUpdate": update}),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_of_an_option_that_was_renamed_keeps_its_stock() {
    let twins = Twins::new().await;
    let stock = |shop: &ShopHandle| -> Vec<(String, Value)> {
        let product = shop.object(PRODUCT).expect("it is there");
        let variants = product["variants"].as_array().expect("a list").clone();
        let rows = variants.iter().map(|id| {
            shop.object(id.as_str().expect("an id"))
                .expect("it is there")
        });
        rows.map(|row| (row["id"].to_string(), row["inventoryQuantity"].clone()))
            .collect()
    };
    let before = stock(&twins.prod);
    rename_value(&twins.dev);
    let deployment = twins.deploy(KEY).await;
    let captured = twins.world.captured("shop-b").await.json(KEY);
    assert!(
        captured["variants"].to_string().contains("Newly named"),
        "{captured}"
    );
    assert_eq!(stock(&twins.prod), before, "the same variants");
    assert!(twins.operation(&deployment).reversible);
    twins.roll_back().await;
    assert_eq!(stock(&twins.prod), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn app_data_stays_with_a_variant_whose_value_was_renamed() {
    let twins = Twins::new().await;
    let product = twins.prod.object(PRODUCT).expect("it is there");
    let variants = product["variants"].as_array().expect("a list").iter();
    let variants: Vec<&str> = variants.filter_map(Value::as_str).collect();
    for variant in &variants {
        metafield(&twins.prod, variant, "feeds.size", "M");
    }
    rename_value(&twins.dev);
    twins.deploy(KEY).await;
    let captured = twins.world.captured("shop-b").await.json(KEY);
    assert!(captured["variants"].to_string().contains("Newly named"));
    let assert_kept = || {
        for variant in &variants {
            let all = metafields(&twins.prod, variant).join(" ");
            assert!(all.contains("feeds.size=M"), "{variant}: {all}");
        }
    };
    assert_kept();
    twins.roll_back().await;
    assert_kept();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variant_that_is_counted_and_goes_can_not_be_had_back() {
    let twins = Twins::new().await;
    let product = twins.dev.object(PRODUCT).expect("it is there");
    let gone = json!([product["variants"][0], product["variants"][3]]);
    twins.dev.run(
        "productVariantsBulkDelete",
        &json!({"productId": PRODUCT, "variantsIds": gone}),
    );
    let operation = twins.operation(&twins.deploy(KEY).await);
    let reasons = operation.reasons.join(" ");
    assert!(
        reasons.contains("2 variants are deleted for good, with their stock"),
        "{reasons}"
    );
    assert!(!operation.reversible);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_is_changed_where_it_is_however_many_products_it_has() {
    let world = World::of(&["products:270"]).await;
    let (shop, target) = (world.handle("shop-a"), world.target("shop-a").await);
    let key: ResourceKey = "shopify/collection:many".parse().expect("a key");
    let write = async |chosen: std::ops::RangeInclusive<u32>| {
        let product =
            |number| json!({"product": {"ref": format!("shopify/product:product-{number:06}")}});
        let products: Vec<Value> = chosen.map(product).collect();
        let document = json!({
            "title": "Many", "sortOrder": "BEST_SELLING", "publications": {},
            "sources": [{"title": "Products", "inclusion": {"products": products}}],
        });
        let bytes = document.to_string();
        target.read(&key).await.expect("a look");
        let (update, bytes) = (operation(&key, Verb::Update), Some(bytes.as_bytes()));
        let written = target.apply(&update, bytes, &unseen()).await;
        written.expect("it is written");
        let found = target
            .read(&key)
            .await
            .expect("a look")
            .expect("it is there");
        let found: Value = serde_json::from_slice(&found).expect("JSON");
        assert_eq!(found["sources"], document["sources"]);
    };
    write(1..=262).await;
    let sources = shop.ids("CollectionConditionsSource");
    shop.reset_counters();
    // One is added: one request says so.
    write(1..=263).await;
    assert_eq!(shop.counters().operations["UpdateCollection"], 1);
    // More than a request takes come and go.
    write(258..=270).await;
    write(1..=262).await;
    assert_eq!(
        shop.ids("CollectionConditionsSource"),
        sources,
        "it was not made anew"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staged_themes_are_called_after_their_release_and_do_not_pile_up() {
    let world = World::of(&["northwind-development", "northwind-production"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = workspace_with(folder.path(), &world, "staged");
    let shop = world.handle("shop-b");
    let names = || -> Vec<String> {
        let themes = shop.ids("OnlineStoreTheme").into_iter();
        let rows = themes.map(|id| shop.object(&id).expect("it is there"));
        rows.map(|row| row["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let live = || {
        let mut themes = shop.ids("OnlineStoreTheme").into_iter();
        themes
            .find(|id| shop.object(id).is_some_and(|row| row["role"] == "MAIN"))
            .expect("a live one")
    };
    let theme = live();
    let first = deploy(&engine, &["theme/*"]).await;
    let why = explain(&engine, &first);
    assert_eq!(first.state, DeploymentState::Deployed, "{why}");
    let own = shop.object(&live()).expect("it is there")["name"].clone();
    let own = own.as_str().expect("text").to_owned();
    let (_, sign) = own.split_once(" (").expect("a sign");
    let source = world.handle("shop-a");
    let change = |value: &str| {
        let files = json!([
            {"filename": "snippets/more.liquid", "body": {"type": "TEXT", "value": value}}
        ]);
        let theme = source.ids("OnlineStoreTheme").remove(0);
        source.run(
            "themeFilesUpsert",
            &json!({"themeId": theme, "files": files}),
        );
    };
    change("one");
    // As many as a store takes, most of them left by a deployment that is over.
    let by_hand = ["Slipway redesign (v2)", "Slipway two (0badcafe)"];
    let copies = (0..16).map(|number| format!("Slipway r{number} ({sign}"));
    for name in by_hand.map(str::to_owned).into_iter().chain(copies) {
        let args = json!({"id": theme, "name": name});
        shop.run("themeDuplicate", &args);
        let made = shop.ids("OnlineStoreTheme").pop().expect("it was made");
        shop.edit(&made, "_ready_ms", 0);
        // What holds something else can't be published in the place of a copy.
        let gone = json!({"themeId": made, "files": ["layout/theme.liquid"]});
        shop.run("themeFilesDelete", &gone);
    }
    let deployment = deploy_as(&engine, "two", &["theme/*"]).await;
    let why = explain(&engine, &deployment);
    assert_eq!(deployment.state, DeploymentState::Deployed, "{why}");
    let name = shop.object(&live()).expect("it is there")["name"].clone();
    assert!(
        name.as_str().expect("text").starts_with("Slipway two ("),
        "{name}"
    );
    let left = names();
    let old = left.iter().filter(|name| name.ends_with(sign));
    assert_eq!(old.count(), 3, "{left:?}");
    for name in by_hand.iter().chain(&["Harbour"]) {
        assert!(left.contains(&(*name).to_owned()), "{name}: {left:?}");
    }

    // Without any that may go, it is known before anything is written.
    for number in 0..20 - left.len() {
        shop.run(
            "themeDuplicate",
            &json!({"id": theme, "name": format!("By hand {number}")}),
        );
    }
    let before = shop.snapshot();
    change("two");
    // Another workspace takes none of this one's.
    let folder = tempfile::tempdir().expect("a folder");
    let engine = workspace_with(folder.path(), &world, "staged");
    let refused = deploy(&engine, &["theme/*"]).await;
    let why = explain(&engine, &refused);
    assert!(why.contains("20 themes, as many as it takes"), "{why}");
    assert!(shop.snapshot() == before, "nothing was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_in_json_arrive_as_they_were_written() {
    let twins = Twins::new().await;
    let value = r#"{"big":12345678901234567890123,"price":1.10,"of":[2e3,1]}"#;
    let set = json!({
        "ownerId": PRODUCT, "namespace": "custom", "key": "numbers", "type": "json", "value": value,
    });
    twins
        .dev
        .run("metafieldsSet", &json!({"metafields": [set]}));
    twins.deploy(KEY).await;
    let all = metafields(&twins.prod, PRODUCT);
    assert!(all.contains(&format!("custom.numbers={value}")), "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_that_has_another_handle_is_offered_to_be_renamed() {
    let twins = Twins::new().await;
    twins.dev.edit(PRODUCT, "handle", "another-name");
    let deployment = deploy(&twins.engine, &[KEY, "shopify/product:another-name"]).await;
    let deployment = twins.ended(deployment);
    let plan = twins
        .engine
        .store()
        .read(|reader| reader.plan(&deployment.id));
    let operations = plan.expect("a store").expect("a plan").operations;
    assert_eq!(operations.len(), 2, "{operations:?}");
    for operation in operations {
        let reasons = operation.reasons.join(" ");
        assert!(
            reasons.contains("Rename it in the environment by hand"),
            "{reasons}"
        );
        assert_eq!(operation.risk, Risk::High);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metafields_of_unknown_namespaces_go_where_that_is_a_rule() {
    let twins = Twins::new().await;
    metafield(&twins.prod, PRODUCT, "reviews.rating", "4.5");
    twins.dev.edit(PRODUCT, "title", "Renamed");
    let folder = tempfile::tempdir().expect("a folder");
    let engine = workspace_of(folder.path(), &twins.world, |connection| {
        connection["unknown_metafields"] = "remove".into();
    });
    let deployment = deploy(&engine, &[KEY]).await;
    let why = explain(&engine, &deployment);
    assert_eq!(deployment.state, DeploymentState::Deployed, "{why}");
    let plan = engine.store().read(|reader| reader.plan(&deployment.id));
    let plan = plan.expect("a store").expect("a plan");
    let reasons = plan.operations[0].reasons.join(" ");
    assert!(
        reasons.contains("Deletes 1 metafield: reviews.rating."),
        "{reasons}"
    );
    let all = metafields(&twins.prod, PRODUCT).join(" ");
    assert!(!all.contains("reviews"), "{all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_that_changed_costs_few_requests() {
    let twins = Twins::new().await;
    twins.dev.edit(PRODUCT, "title", "Renamed");
    twins.deploy(KEY).await;
    twins.roll_back().await;
    twins.prod.reset_counters();
    twins.ended(super::journey::deploy_it(&twins.engine).await);
    let counters = twins.prod.counters();
    assert!(counters.requests <= 12, "{counters:?}");
    assert!(counters.points <= 200, "{counters:?}");
}
