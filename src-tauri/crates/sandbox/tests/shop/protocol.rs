//! What comes before any content: versions, tokens, statuses, errors of the GraphQL layer.

use serde_json::{Value, json};
use slipway_sandbox::shop::Seed;

use crate::client::Shop;

#[tokio::test]
async fn versions_are_told_and_unstable_is_not_supported() {
    let shop = Shop::open(Seed::Empty).await;
    let body = json!({"query": "{ publicApiVersions { handle displayName supported } }"});
    let answer = shop.post("unstable", &shop.address.token, &body).await;
    assert_eq!(answer.headers()["x-shopify-api-version"], "unstable");
    assert!(answer.headers().contains_key("x-request-id"));
    let answer: Value = answer.json().await.unwrap();
    let versions = answer["data"]["publicApiVersions"]
        .as_array()
        .unwrap()
        .clone();
    let supported: Vec<&str> = versions
        .iter()
        .filter(|version| version["supported"] == true)
        .filter_map(|version| version["handle"].as_str())
        .collect();
    assert_eq!(
        supported,
        ["2026-04", "2026-07", "2026-10"],
        "the CLI takes the greatest that is supported"
    );
    assert!(
        versions
            .iter()
            .any(|version| version["handle"] == "unstable" && version["supported"] == false)
    );
}

#[tokio::test]
async fn requests_are_refused_before_graphql() {
    let shop = Shop::open(Seed::Empty).await;
    let token = shop.address.token.clone();
    let body = json!({"query": "{ shop { name } }"});
    let wrong = shop.post("2026-10", "shpat_wrong", &body).await;
    assert_eq!(wrong.status(), 401);
    let errors: Value = wrong.json().await.unwrap();
    assert_eq!(
        errors["errors"],
        "[API] Invalid API key or access token (unrecognized login or wrong password)"
    );
    assert_eq!(
        shop.post("2031-01", &token, &body).await.status(),
        404,
        "no such version"
    );
    let old = shop.post("2025-01", &token, &body).await;
    assert_eq!(
        old.headers()["x-shopify-api-version"],
        "2026-04",
        "an old version falls forward"
    );

    let bearer = shop.http.post(format!(
        "{}/admin/api/2026-10/graphql.json",
        shop.address.base_url
    ));
    let bearer = bearer.bearer_auth(&token).json(&body).send().await.unwrap();
    assert_eq!(bearer.status(), 401, "Bearer alone is not enough");

    shop.handle().set_frozen(true);
    assert_eq!(shop.post("2026-10", &token, &body).await.status(), 402);
    shop.handle().set_frozen(false);
    shop.handle().set_locked(true);
    assert_eq!(shop.post("2026-10", &token, &body).await.status(), 423);
}

#[tokio::test]
async fn shops_are_told_apart_by_header() {
    let shop = Shop::open(Seed::Empty).await;
    let root = format!("http://{}", shop.sandbox.address());
    for header in ["Host", "X-Shopify-Shop"] {
        for path in ["admin", "cli/admin"] {
            let request = shop
                .http
                .post(format!("{root}/{path}/api/2026-10/graphql.json"))
                .header(header, "test.myshopify.com")
                .header(
                    "X-Shopify-Access-Token",
                    shop.handle().theme_access_password(),
                )
                .json(&json!({"query": "{ shop { myshopifyDomain } }"}));
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            assert_eq!(
                answer["data"]["shop"]["myshopifyDomain"], "test.myshopify.com",
                "{header} {path}"
            );
        }
    }
}

#[tokio::test]
async fn client_credentials_bring_a_token_for_a_day() {
    let shop = Shop::open(Seed::Empty).await;
    let handle = shop.handle();
    let grant = |secret: &str| {
        let request = shop.http.post(format!(
            "{}/admin/oauth/access_token",
            shop.address.base_url
        ));
        let body = json!({
            "client_id": handle.client_id(), "client_secret": secret, "grant_type": "client_credentials",
        });
        request.json(&body).send()
    };
    assert_eq!(grant("wrong").await.unwrap().status(), 401);
    let granted: Value = grant(handle.client_secret())
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(granted["expires_in"], 86_399);
    let token = granted["access_token"].as_str().unwrap();
    let body = json!({"query": "{ shop { name } }"});
    assert_eq!(shop.post("2026-10", token, &body).await.status(), 200);
    shop.clock.advance(std::time::Duration::from_secs(86_400));
    assert_eq!(
        shop.post("2026-10", token, &body).await.status(),
        401,
        "the token is over"
    );
}

#[tokio::test]
async fn invalid_requests_are_answered_in_the_real_shapes() {
    let shop = Shop::open(Seed::Empty).await;
    let cases = [
        ("query Name { shop { nome } }", json!({}), "undefinedField"),
        ("{ shop { name { x } } }", json!({}), "selectionMismatch"),
        ("{ shop }", json!({}), "selectionMismatch"),
        ("{ product { id } }", json!({}), "missingRequiredArguments"),
        (
            "{ products(first: \"a\") { nodes { id } } }",
            json!({}),
            "argumentLiteralsIncompatible",
        ),
        (
            "{ products(size: 1) { nodes { id } } }",
            json!({}),
            "argumentNotAccepted",
        ),
        (
            "query Q($x: Int) { shop { name } }",
            json!({}),
            "variableNotUsed",
        ),
        ("{ shop @nope { name } }", json!({}), "undefinedDirective"),
        (
            "query Q($id: ID!) { product(id: $id) { id } }",
            json!({}),
            "INVALID_VARIABLE",
        ),
        ("{ shop {", json!({}), "PARSE_ERROR"),
        ("{ products { nodes { id } } }", json!({}), "BAD_REQUEST"),
        (
            "{ products(first: 251) { nodes { id } } }",
            json!({}),
            "BAD_REQUEST",
        ),
        (
            "{ node(id: \"nonsense\") { id } }",
            json!({}),
            "RESOURCE_NOT_FOUND",
        ),
    ];
    for (query, variables, code) in cases {
        let answer = shop.ask(query, variables).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], code,
            "{query}: {answer}"
        );
    }
    let answer = shop.ask("query Name { shop { nome } }", json!({})).await;
    assert_eq!(
        answer["errors"][0],
        json!({
            "message": "Field 'nome' doesn't exist on type 'Shop'",
            "locations": [{"line": 1, "column": 21}],
            "path": ["query Name", "shop", "nome"],
            "extensions": {"code": "undefinedField", "typeName": "Shop", "fieldName": "nome"},
        })
    );
    assert!(answer.get("data").is_none());
    let tags: Vec<String> = (0..251).map(|number| format!("tag {number}")).collect();
    let query =
        "mutation M($p: ProductCreateInput!) { productCreate(product: $p) { product { id } } }";
    let answer = shop
        .ask(query, json!({"p": {"title": "x", "tags": tags}}))
        .await;
    assert_eq!(
        answer["errors"][0]["message"],
        "The input array size of 251 is greater than the maximum allowed of 250."
    );
    assert!(answer.get("data").is_none(), "not even a null");
}

#[tokio::test]
async fn the_schema_introspects() {
    let shop = Shop::open(Seed::Empty).await;
    let data = shop
        .data(
            "{ __schema { queryType { name } } __type(name: \"Product\") { fields { name } } }",
            json!({}),
        )
        .await;
    assert_eq!(data["__schema"]["queryType"]["name"], "QueryRoot");
    assert!(data["__type"]["fields"].as_array().unwrap().len() > 50);
}
