//! What shops hold at their start.

use serde_json::{Value, json};
use slipway_sandbox::shop::{Seed, ShopSpec};

use crate::client::Shop;

async fn handles(shop: &Shop, field: &str) -> Vec<String> {
    let query = format!("{{ {field}(first: 250) {{ nodes {{ handle }} }} }}");
    let data = shop.data(&query, json!({})).await;
    let nodes = data[field]["nodes"].as_array().unwrap().clone();
    nodes
        .iter()
        .map(|node| node["handle"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_two_northwind_stores_differ_as_a_step_ahead_does() {
    let development = Shop::open(Seed::NorthwindDevelopment).await;
    let production = Shop::open(Seed::NorthwindProduction).await;
    for field in [
        "products",
        "collections",
        "pages",
        "blogs",
        "articles",
        "menus",
    ] {
        let (ahead, behind) = (
            handles(&development, field).await,
            handles(&production, field).await,
        );
        assert!(!ahead.is_empty() && !behind.is_empty(), "{field}");
    }
    let (ahead, behind) = (
        handles(&development, "products").await,
        handles(&production, "products").await,
    );
    assert!(
        ahead.contains(&"storm-petrel-shell".to_owned())
            && !behind.contains(&"storm-petrel-shell".to_owned())
    );
    assert!(
        !ahead.contains(&"juniper-windbreaker".to_owned())
            && behind.contains(&"juniper-windbreaker".to_owned())
    );
}

#[tokio::test]
async fn every_kind_is_there_with_references_that_lead_somewhere() {
    let shop = Shop::open(Seed::NorthwindDevelopment).await;
    let query = "{
        productByIdentifier(identifier: {handle: \"fjord-down-jacket\"}) {
          options { name optionValues { name hasVariants } }
          variants(first: 50) { nodes { title sku price selectedOptions { name value } inventoryItem { tracked } } }
          media(first: 5) { nodes { alt ... on MediaImage { fileStatus image { url width } } } }
          metafields(first: 50) { nodes { namespace key type value
            reference { __typename ... on Node { id } }
            references(first: 5) { nodes { __typename } } } }
          translations(locale: \"de\") { key value outdated }
          resourcePublicationsV2(first: 5) { nodes { isPublished publication { name } } }
        }
        collectionByIdentifier(identifier: {handle: \"merino\"}) {
          ruleSet { rules { column relation condition } } productsCount { count }
          sources { __typename title ... on CollectionConditionsSource { inclusion { matchType conditions { __typename } } } }
          products(first: 10) { nodes { handle } }
        }
        menus(first: 10) { nodes { handle isDefault items { title type url items { title items { title url resourceId } } } } }
        metaobjects(type: \"maker\", first: 10) { nodes { handle displayName fields { key value reference { __typename } } } }
        metafieldDefinitions(ownerType: PRODUCT, first: 50) { nodes { key type { name } validations { name value } } }
        urlRedirects(first: 20) { nodes { path target } }
        files(first: 100) { nodes { __typename alt fileStatus } }
        shopLocales { locale primary }
    }";
    let data = shop.data(query, json!({})).await;
    let product = &data["productByIdentifier"];
    let metafields = product["metafields"]["nodes"].as_array().unwrap();
    for metafield in metafields {
        let kind = metafield["type"].as_str().unwrap();
        if kind.starts_with("list.") {
            assert!(
                !metafield["references"]["nodes"]
                    .as_array()
                    .unwrap()
                    .is_empty(),
                "{metafield}"
            );
        } else if kind.ends_with("_reference") {
            assert!(metafield["reference"]["id"].is_string(), "{metafield}");
        }
    }
    assert!(metafields.len() > 10);
    assert_eq!(
        product["translations"],
        json!([{"key": "title", "value": "Fjord Daunenjacke", "outdated": false}])
    );
    assert_eq!(
        data["collectionByIdentifier"]["ruleSet"]["rules"][0]["column"],
        "TAG"
    );
    assert!(
        data["collectionByIdentifier"]["productsCount"]["count"]
            .as_u64()
            .unwrap()
            >= 2
    );
    let menus = data["menus"]["nodes"].as_array().unwrap();
    let seasons = menus
        .iter()
        .find(|menu| menu["handle"] == "seasons")
        .unwrap();
    assert_eq!(
        seasons["items"][1]["items"][0]["items"][0]["url"],
        "/products/fjord-down-jacket"
    );
    let kinds: Vec<&str> = data["files"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|file| file["__typename"].as_str())
        .collect();
    for kind in ["MediaImage", "GenericFile", "Video"] {
        assert!(kinds.contains(&kind), "{kind}");
    }
}

#[tokio::test]
async fn generated_products_are_made_as_they_are_asked_for() {
    let shop = Shop::open(Seed::Products(100_000)).await;
    let query = "query P($after: String) { products(first: 3, after: $after) {
        nodes { id handle variants(first: 10) { nodes { sku product { handle } } } metafield(namespace: \"custom\", key: \"material\") { value } }
        pageInfo { hasNextPage endCursor } } productsCount(limit: null) { count precision } }";
    let data = shop.data(query, json!({})).await;
    assert_eq!(
        data["productsCount"],
        json!({"count": 100_000, "precision": "EXACT"})
    );
    assert_eq!(
        data["products"]["nodes"][2]["variants"]["nodes"][3]["sku"],
        "P000003-4"
    );
    let data = shop
        .data(
            query,
            json!({"after": data["products"]["pageInfo"]["endCursor"]}),
        )
        .await;
    assert_eq!(data["products"]["nodes"][0]["handle"], "product-000004");
    let one = "{ productByIdentifier(identifier: {handle: \"product-099999\"}) { id title } }";
    let found = shop.data(one, json!({})).await;
    let id = found["productByIdentifier"]["id"].clone();
    let update = "mutation U($id: ID!) { productUpdate(product: {id: $id, title: \"Renamed\"}) { product { title handle } userErrors { message } } }";
    let payload = shop.mutate(update, json!({"id": id})).await;
    assert_eq!(
        payload["product"],
        json!({"title": "Renamed", "handle": "product-099999"})
    );
    let delete = "mutation D($id: ID!) { productDelete(input: {id: $id}) { deletedProductId userErrors { message } } }";
    shop.mutate(delete, json!({"id": id})).await;
    assert_eq!(
        shop.data(one, json!({})).await["productByIdentifier"],
        Value::Null
    );
}

#[test]
fn seeds_are_named_on_the_command_line() {
    assert_eq!(
        ShopSpec::parse("northwind-production").unwrap().seed,
        Seed::NorthwindProduction
    );
    assert_eq!(
        ShopSpec::parse("load=products:5").unwrap().seed,
        Seed::Products(5)
    );
    assert_eq!(ShopSpec::parse("mine").unwrap().seed, Seed::Empty);
    for wrong in ["", "Upper", "a b", "x=y", "-x", "x=products:99999999999"] {
        assert!(ShopSpec::parse(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_shop_with_a_file_is_found_as_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.json");
    let spec = || {
        ShopSpec::new("test", Seed::Products(50))
            .clock(slipway_sandbox::shop::Clock::manual())
            .kept(file.clone())
    };
    let shop = Shop::start(spec()).await;
    let create =
        "mutation { pageCreate(page: {title: \"Kept\"}) { page { id } userErrors { message } } }";
    let page = shop.mutate(create, json!({})).await["page"]["id"].clone();
    let delete = "mutation { productDelete(input: {id: \"gid://shopify/Product/7\"}) { deletedProductId userErrors { message } } }";
    shop.mutate(delete, json!({})).await;
    let before = shop.handle().snapshot();
    let old_url = shop.address.base_url.clone();
    shop.sandbox.stop().await;

    let shop = Shop::start(spec()).await;
    let moved = |text: String| text.replace(&old_url, &shop.address.base_url);
    let before: Vec<String> = before
        .iter()
        .map(|(id, row)| moved(format!("{id}{row}")))
        .collect();
    let after: Vec<String> = shop
        .handle()
        .snapshot()
        .iter()
        .map(|(id, row)| format!("{id}{row}"))
        .collect();
    assert_eq!(after, before);
    let query = "query N($ids: [ID!]!) { nodes(ids: $ids) { id } productsCount { count }
        themes(first: 1) { nodes { files(first: 1, filenames: [\"layout/theme.liquid\"]) { nodes { body { ... on OnlineStoreThemeFileBodyText { content } } } } } } }";
    let data = shop
        .data(
            query,
            json!({"ids": [page, "gid://shopify/Product/7", "gid://shopify/Product/8"]}),
        )
        .await;
    assert_eq!(
        data["nodes"],
        json!([{"id": page}, null, {"id": "gid://shopify/Product/8"}])
    );
    assert_eq!(data["productsCount"]["count"], 49);
    assert!(data["themes"]["nodes"][0]["files"]["nodes"][0]["body"]["content"].is_string());
    // New objects get new ids.
    let next = shop.mutate(create, json!({})).await["page"]["id"].clone();
    assert_ne!(next, page);

    std::fs::write(&file, "{}").unwrap();
    assert!(
        slipway_sandbox::shop::Sandbox::start(vec![spec()], 0)
            .await
            .is_err(),
        "a foreign file is not overwritten"
    );
}

#[tokio::test]
async fn generated_pictures_can_be_fetched() {
    let shop = Shop::open(Seed::Products(5)).await;
    let query = "{ files(first: 20, query: \"filename:product-000005-2.jpg\") { nodes { ... on MediaImage { id image { url } originalSource { fileSize } } } } }";
    let data = shop.data(query, json!({})).await;
    let found = data["files"]["nodes"].as_array().unwrap();
    assert_eq!(found.len(), 1);
    let answer = shop
        .http
        .get(found[0]["image"]["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let size = found[0]["originalSource"]["fileSize"].as_u64().unwrap();
    assert_eq!(answer.bytes().await.unwrap().len() as u64, size);
    let none = shop
        .http
        .get(format!(
            "{}/files/product-000006-1.jpg",
            shop.address.base_url
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(none.status(), 404);
}

/// Every kind differs between the two stores, so that a comparison of them shows what it can.
#[tokio::test]
async fn every_kind_drifts() {
    let development = Shop::open(Seed::NorthwindDevelopment).await;
    let production = Shop::open(Seed::NorthwindProduction).await;
    let parts = [
        "products(first: 250) { nodes { handle title descriptionHtml tags variants(first: 50) { nodes { sku price } } } }",
        "collections(first: 250) { nodes { handle title descriptionHtml products(first: 100) { nodes { handle } } } }",
        "pages(first: 250) { nodes { handle title body } }",
        "blogs(first: 250) { nodes { handle title commentPolicy metafields(first: 5) { nodes { key value } } } }",
        "articles(first: 250) { nodes { handle title body } }",
        "menus(first: 250) { nodes { handle items { title items { title items { title } } } } }",
        "urlRedirects(first: 250) { nodes { path target } }",
        "metafieldDefinitions(ownerType: PRODUCT, first: 250) { nodes { key name type { name } } }",
        "metaobjectDefinitions(first: 250) { nodes { type fieldDefinitions { key required } } }",
        "metaobjects(type: \"size_guide\", first: 250) { nodes { handle fields { key value } } }",
        "files(first: 250) { nodes { alt } }",
        "translatableResources(resourceType: PAGE, first: 250) { nodes { translations(locale: \"de\") { value } } }",
        "themes(first: 1) { nodes { files(first: 2500) { nodes { filename checksumMd5 } } } }",
    ];
    for part in parts {
        let query = format!("{{ {part} }}");
        development.handle().refill();
        production.handle().refill();
        let (ahead, behind) = (
            development.data(&query, json!({})).await,
            production.data(&query, json!({})).await,
        );
        assert_ne!(ahead, behind, "{part}");
    }
}
