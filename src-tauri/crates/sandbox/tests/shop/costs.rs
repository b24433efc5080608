//! Costs, buckets and throttling.

use std::time::Duration;

use serde_json::json;
use slipway_sandbox::shop::{Clock, Plan, Seed, ShopSpec};

use crate::client::Shop;

#[tokio::test]
async fn requests_cost_what_the_formula_says() {
    let shop = Shop::open(Seed::Empty).await;
    // 2 + floor(2·ln(n)) · (1 + children); objects 1 and what is below them; roots that count 10.
    let cases = [
        ("{ shop { name } }", 1),
        ("{ products(first: 10) { nodes { id } } }", 6),
        (
            "{ products(first: 10) { edges { node { id } } pageInfo { hasNextPage } } }",
            6,
        ),
        ("{ products(first: 250) { nodes { id title } } }", 13),
        (
            "{ products(first: 10) { nodes { id featuredMedia { id } variants(first: 10) { nodes { id price } } } } }",
            34,
        ),
        ("{ productsCount { count } }", 10),
        (
            "mutation { productCreate(product: {title: \"x\"}) { product { id } userErrors { message } } }",
            10,
        ),
        (
            "mutation { productCreate(product: {title: \"y\"}) { product { id variants(first: 10) { nodes { id } } } } }",
            16,
        ),
    ];
    for (query, cost) in cases {
        let answer = shop.ask(query, json!({})).await;
        assert_eq!(
            answer["extensions"]["cost"]["requestedQueryCost"], cost,
            "{query}: {answer}"
        );
    }
    let answer = shop.ask("{ product(id: \"gid://shopify/Product/1\") { id variants(first: 100) { nodes { id } } } }", json!({})).await;
    assert_eq!(
        answer["extensions"]["cost"]["actualQueryCost"], 1,
        "an object that is not there costs 1"
    );
}

#[tokio::test]
async fn a_query_may_cost_a_thousand_points_at_most() {
    let shop = Shop::open(Seed::Empty).await;
    let query = "{ products(first: 250) { nodes { variants(first: 250) { nodes { metafields(first: 250) { nodes { id } } } } } } }";
    let answer = shop.ask(query, json!({})).await;
    let extensions = &answer["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "MAX_COST_EXCEEDED");
    assert_eq!(extensions["maxCost"], 1_000);
    assert!(
        answer.get("extensions").is_none(),
        "no top-level extensions"
    );
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with(&format!(
        "Query cost is {}, which exceeds the single query max cost limit (1000).",
        extensions["cost"]
    )));
}

#[tokio::test]
async fn the_bucket_empties_refills_and_refuses() {
    let clock = Clock::manual();
    let shop = Shop::start(
        ShopSpec::new("test", Seed::Empty)
            .clock(clock.clone())
            .plan(Plan::Advanced),
    )
    .await;
    let query = "{ products(first: 250) { nodes { id variants(first: 250) { nodes { id product { id } } } metafields(first: 250) { nodes { id } } } } }";
    let mut answers = 0;
    let refused = loop {
        let answer = shop
            .ask(
                "mutation { productCreate(product: {title: \"x\"}) { product { id } } }",
                json!({}),
            )
            .await;
        answers += 1;
        if answer["errors"].is_array() {
            break answer;
        }
        assert!(answers < 500, "the bucket of 4000 points must empty");
    };
    assert_eq!(answers, 401, "4000 points are 400 mutations");
    assert_eq!(refused["errors"][0]["message"], "Throttled");
    assert_eq!(refused["errors"][0]["extensions"]["code"], "THROTTLED");
    let cost = &refused["extensions"]["cost"];
    assert!(cost["actualQueryCost"].is_null());
    assert_eq!(
        cost["throttleStatus"],
        json!({"maximumAvailable": 4000.0, "currentlyAvailable": 0, "restoreRate": 200.0})
    );
    assert_eq!(shop.handle().counters().throttled, 1);

    clock.advance(Duration::from_secs(2));
    let answer = shop.ask(query, json!({})).await;
    assert!(answer["errors"].is_null() || answer["errors"][0]["extensions"]["code"] == "THROTTLED");
    clock.advance(Duration::from_secs(30));
    let answer = shop.ask("{ shop { name } }", json!({})).await;
    assert_eq!(
        answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"], 3999,
        "full again, less 1"
    );
}

#[tokio::test]
async fn costs_are_told_field_by_field_on_request() {
    let shop = Shop::open(Seed::Empty).await;
    let request = shop
        .http
        .post(format!(
            "{}/admin/api/2026-10/graphql.json",
            shop.address.base_url
        ))
        .header("X-Shopify-Access-Token", &shop.address.token)
        .header("Shopify-GraphQL-Cost-Debug", "1")
        .json(&json!({"query": "{ products(first: 10) { nodes { featuredMedia { id } } } }"}));
    let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    let fields = answer["extensions"]["cost"]["fields"].as_array().unwrap();
    let products = fields
        .iter()
        .find(|field| field["path"] == json!(["products"]))
        .unwrap();
    assert_eq!(products["requestedTotalCost"], 10);
}
