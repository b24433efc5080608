//! Faults on request, scopes and the theme exemption.

use std::time::Duration;

use serde_json::{Value, json};
use slipway_sandbox::shop::{Clock, Fault, FaultKind, Seed, ShopSpec, When};

use crate::client::Shop;

const CREATE: &str = "mutation Make($title: String!) { productCreate(product: {title: $title}) { product { id } userErrors { message } } }";

/// Sends a request and says how it failed, if it did.
async fn send(shop: &Shop, title: &str) -> Result<Value, reqwest::Error> {
    let url = format!("{}/admin/api/2026-10/graphql.json", shop.address.base_url);
    let body = json!({"query": CREATE, "variables": {"title": title}});
    let request = shop
        .http
        .post(url)
        .header("X-Shopify-Access-Token", &shop.address.token)
        .json(&body);
    request.send().await?.error_for_status()?.json().await
}

async fn titles(shop: &Shop) -> Vec<String> {
    let data = shop
        .data("{ products(first: 50) { nodes { title } } }", json!({}))
        .await;
    let nodes = data["products"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["title"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn faults_strike_before_or_after_the_change() {
    let shop = Shop::open(Seed::Empty).await;
    let handle = shop.handle();
    let cases = [
        (
            FaultKind::Status {
                status: 503,
                retry_after: None,
            },
            "status",
            false,
        ),
        (FaultKind::Reset, "reset", false),
        (FaultKind::LostAnswer, "lost", true),
        (FaultKind::HalfBody, "half", true),
        (FaultKind::BadJson, "bad json", true),
    ];
    for (kind, title, applied) in cases {
        handle.fault(Fault::once(kind).on("Make"));
        assert!(send(&shop, title).await.is_err(), "{title}");
        assert_eq!(
            titles(&shop).await.contains(&title.to_owned()),
            applied,
            "{title}"
        );
        assert!(
            send(&shop, &format!("after {title}")).await.is_ok(),
            "only one request is struck"
        );
    }
}

#[tokio::test]
async fn faults_choose_their_requests() {
    let shop = Shop::open(Seed::Empty).await;
    let handle = shop.handle();
    handle.fault(
        Fault::once(FaultKind::Throttled)
            .on("productCreate")
            .when(When::Nth(2)),
    );
    assert!(send(&shop, "one").await.unwrap()["errors"].is_null());
    assert_eq!(
        send(&shop, "two").await.unwrap()["errors"][0]["extensions"]["code"],
        "THROTTLED"
    );
    handle.fault(Fault::once(FaultKind::InternalError).when(When::Always));
    assert_eq!(
        send(&shop, "three").await.unwrap()["errors"][0]["extensions"]["code"],
        "INTERNAL_SERVER_ERROR"
    );
    handle.clear_faults();
    handle.fault(Fault::once(FaultKind::Status {
        status: 429,
        retry_after: Some(Duration::from_secs(4)),
    }));
    let url = format!("{}/admin/api/2026-10/graphql.json", shop.address.base_url);
    let answer = shop
        .http
        .post(url)
        .json(&json!({}))
        .header("X-Shopify-Access-Token", &shop.address.token)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["retry-after"].to_str().unwrap()
        ),
        (429, "4.0")
    );
    assert_eq!(handle.counters().operations["Make"], 3);
}

#[tokio::test]
async fn another_user_changes_a_thing_in_between() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let handle = shop.handle();
    let id = handle.ids("Page").remove(0);
    let drift = FaultKind::Drift {
        id: id.clone(),
        field: "title".to_owned(),
        value: json!("Meanwhile"),
    };
    handle.fault(Fault::once(drift).on("node"));
    let query = "query N($id: ID!) { node(id: $id) { ... on Page { title } } }";
    assert_eq!(
        shop.data(query, json!({"id": id})).await["node"]["title"],
        "Meanwhile"
    );
    let before = handle.snapshot();
    assert!(handle.edit(&id, "title", "Again"));
    assert_ne!(handle.snapshot(), before);
}

#[tokio::test]
async fn rights_are_asked_for() {
    let spec = ShopSpec::new("test", Seed::Empty).clock(Clock::manual());
    let mut spec = spec
        .without_scope("write_products")
        .without_scope("write_online_store_navigation")
        .without_scope("read_online_store_navigation");
    spec.theme_exemption = false;
    let shop = Shop::start(spec).await;
    let answer = shop.ask(CREATE, json!({"title": "x"})).await;
    assert_eq!(answer["data"], json!({"productCreate": null}));
    let error = &answer["errors"][0];
    assert_eq!(
        error["message"],
        "Access denied for productCreate field. Required access: `write_products` access scope."
    );
    assert_eq!(error["extensions"]["code"], "ACCESS_DENIED");
    assert_eq!(error["path"], json!(["productCreate"]));
    let answer = shop
        .ask("{ menus(first: 1) { nodes { id } } }", json!({}))
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "ACCESS_DENIED");
    assert!(
        answer["data"].is_null(),
        "a list that can't be null takes all with it"
    );

    let theme = shop.handle().ids("OnlineStoreTheme").remove(0);
    let rename = "mutation R($id: ID!) { themeUpdate(id: $id, input: {name: \"Mine\"}) { theme { name } userErrors { message } } }";
    let answer = shop.ask(rename, json!({"id": theme})).await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("write_themes and an exemption from Shopify to modify themes"),
        "{message}"
    );
    // A Theme Access password needs no exemption.
    let body = json!({"query": rename, "variables": {"id": theme}});
    let answer: Value = shop
        .post("2026-10", shop.handle().theme_access_password(), &body)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["data"]["themeUpdate"]["theme"]["name"], "Mine");
    let scopes = shop
        .data(
            "{ currentAppInstallation { accessScopes { handle } } }",
            json!({}),
        )
        .await;
    let scopes = scopes["currentAppInstallation"]["accessScopes"].to_string();
    assert!(scopes.contains("read_products") && !scopes.contains("write_products"));
}

#[tokio::test]
async fn rights_hold_for_objects_by_id_and_for_metafields() {
    let seeded = ShopSpec::new("test", Seed::NorthwindProduction).clock(Clock::manual());
    let shop = Shop::start(
        seeded
            .without_scope("write_products")
            .without_scope("write_metaobjects")
            .without_scope("read_metaobjects"),
    )
    .await;
    let handle = shop.handle();
    let (product, metaobject) = (
        handle.ids("Product").remove(0),
        handle.ids("Metaobject").remove(0),
    );
    let set = "mutation S($id: ID!) { metafieldsSet(metafields: [{ownerId: $id, namespace: \"custom\", key: \"note\", type: \"single_line_text_field\", value: \"x\"}]) { metafields { id } userErrors { code } } }";
    let answer = shop.ask(set, json!({"id": product})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["requiredAccess"],
        "`write_products` access scope."
    );
    let read = "query N($id: ID!) { node(id: $id) { id } }";
    assert_eq!(
        shop.data(read, json!({"id": product})).await["node"]["id"],
        product,
        "reading is still allowed"
    );
    let answer = shop.ask(read, json!({"id": metaobject})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "ACCESS_DENIED");
}
