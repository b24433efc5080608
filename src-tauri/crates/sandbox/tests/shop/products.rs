//! Products, their options and variants.

use serde_json::{Value, json};
use slipway_sandbox::shop::{Seed, ShopSpec};

use crate::client::Shop;

const SET: &str = "mutation Set($identifier: ProductSetIdentifiers, $input: ProductSetInput!) {
  productSet(identifier: $identifier, input: $input, synchronous: true) {
    product {
      id handle title tags status publishedAt
      options { id name position optionValues { id name } }
      variants(first: 50) { nodes { id title price compareAtPrice sku position inventoryItem { tracked measurement { weight { value unit } } } } }
      media(first: 10) { nodes { id alt } }
      metafields(first: 10) { nodes { key value } }
    }
    userErrors { field message code }
  }
}";

fn shirt() -> Value {
    json!({
        "title": "Wool Shirt", "tags": [" Wool", "wool", "new"],
        "productOptions": [
            {"name": "Size", "values": [{"name": "S"}, {"name": "M"}]},
            {"name": "Colour", "values": [{"name": "Moss"}]},
        ],
        "variants": [
            {"optionValues": [{"optionName": "Size", "name": "S"}, {"optionName": "Colour", "name": "Moss"}], "price": "80.5", "sku": "W-S"},
            {"optionValues": [{"optionName": "Size", "name": "M"}, {"optionName": "Colour", "name": "Moss"}], "price": 82, "sku": "W-M"},
        ],
        "metafields": [{"namespace": "custom", "key": "care", "type": "single_line_text_field", "value": "cold"}],
        "files": [{"originalSource": "https://pictures.example/shirt.png", "alt": "A shirt"}],
    })
}

#[tokio::test]
async fn a_product_is_set_as_a_whole() {
    let shop = Shop::open(Seed::Empty).await;
    let made = shop.mutate(SET, json!({"input": shirt()})).await["product"].clone();
    assert_eq!(made["handle"], "wool-shirt");
    assert_eq!(
        made["tags"],
        json!(["new", "Wool"]),
        "trimmed, each once, sorted"
    );
    assert_eq!(
        made["publishedAt"],
        Value::Null,
        "not published by being made"
    );
    assert_eq!(made["variants"]["nodes"][0]["price"], "80.50");
    assert_eq!(made["variants"]["nodes"][1]["title"], "M / Moss");

    // Lists that are given replace; what has the same values keeps its id; lists that are not given stay.
    let input = json!({
        "productOptions": [{"name": "Size", "values": [{"name": "M"}, {"name": "L"}]}, {"name": "Colour", "values": [{"name": "Moss"}]}],
        "variants": [
            {"optionValues": [{"optionName": "Size", "name": "M"}, {"optionName": "Colour", "name": "Moss"}], "price": "90"},
            {"optionValues": [{"optionName": "Size", "name": "L"}, {"optionName": "Colour", "name": "Moss"}], "price": "92"},
        ],
        "metafields": [],
    });
    let changed = shop
        .mutate(
            SET,
            json!({"identifier": {"handle": "wool-shirt"}, "input": input}),
        )
        .await["product"]
        .clone();
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(
        changed["variants"]["nodes"][0]["id"],
        made["variants"]["nodes"][1]["id"]
    );
    assert_eq!(changed["variants"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(changed["options"][0]["id"], made["options"][0]["id"]);
    assert_eq!(changed["metafields"]["nodes"], json!([]));
    assert_eq!(changed["tags"], made["tags"]);
    assert_eq!(changed["media"], made["media"]);
}

#[tokio::test]
async fn wrong_products_are_refused_and_change_nothing() {
    let shop = Shop::open(Seed::Empty).await;
    shop.mutate(SET, json!({"input": shirt()})).await;
    let before = shop.handle().snapshot();
    let with = |change: Value| {
        let mut input = shirt();
        input
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        input
    };
    let twice = json!([shirt()["variants"][0], shirt()["variants"][0]]);
    let cases = [
        (
            with(json!({"handle": "wool-shirt"})),
            json!(["input", "handle"]),
            "Handle 'wool-shirt' already in use. Please provide a new handle.",
        ),
        (
            with(json!({"title": "x".repeat(256)})),
            json!(["input", "title"]),
            "is too long (maximum is 255 characters)",
        ),
        (
            with(json!({"variants": null})),
            json!(["input", "variants"]),
            "Variants input is required when updating product options",
        ),
        (
            with(json!({"variants": twice})),
            json!(["input", "variants", "1"]),
            "The variant 'S / Moss' already exists. Please change at least one option value.",
        ),
        (
            with(json!({"productOptions": [{"name": "A / B", "values": [{"name": "x"}]}]})),
            json!(["input", "productOptions", "0", "name"]),
            "The name contains unsupported sequence ' / '",
        ),
    ];
    for (input, field, message) in cases {
        let errors = shop.user_errors(SET, json!({"input": input})).await;
        assert_eq!(
            (&errors[0]["field"], errors[0]["message"].as_str().unwrap()),
            (&field, message)
        );
    }
    let errors = shop.user_errors(SET, json!({"identifier": {"handle": "x"}, "input": with(json!({"id": "gid://shopify/Product/1"}))})).await;
    assert_eq!(errors[0]["code"], "ID_NOT_ALLOWED");
    let variants: Vec<Value> = (0..2_049)
        .map(
            |number| json!({"optionValues": [{"optionName": "Size", "name": format!("{number}")}]}),
        )
        .collect();
    let errors = shop
        .user_errors(SET, json!({"input": with(json!({"variants": variants}))}))
        .await;
    assert_eq!(errors[0]["code"], "VARIANTS_OVER_LIMIT");
    assert_eq!(
        shop.handle().snapshot(),
        before,
        "a refused mutation leaves everything as it was"
    );
}

#[tokio::test]
async fn handles_follow_titles_and_are_suffixed() {
    let shop = Shop::open(Seed::Empty).await;
    let create = "mutation C($p: ProductCreateInput!) { productCreate(product: $p) { product { id handle } userErrors { field message } } }";
    let make =
        async |input: Value| shop.mutate(create, json!({"p": input})).await["product"].clone();
    assert_eq!(
        make(json!({"title": "Blåbær & Co!"})).await["handle"],
        "blåbær-co"
    );
    assert_eq!(
        make(json!({"title": "Blåbær Co"})).await["handle"],
        "blåbær-co-1"
    );
    assert_eq!(
        make(json!({"title": "Blåbær Co"})).await["handle"],
        "blåbær-co-2"
    );
    let own = make(json!({"title": "A", "handle": "  My Handle "})).await;
    assert_eq!(own["handle"], "my-handle");
    let update = "mutation U($p: ProductUpdateInput!) { productUpdate(product: $p) { product { handle } userErrors { field message } } }";
    let updated = shop
        .mutate(update, json!({"p": {"id": own["id"], "title": "B"}}))
        .await;
    assert_eq!(
        updated["product"]["handle"], "my-handle",
        "left out, it stays"
    );
    let updated = shop
        .mutate(update, json!({"p": {"id": own["id"], "handle": " "}}))
        .await;
    assert_eq!(
        updated["product"]["handle"], "b",
        "white space makes it anew of the title"
    );
    let redirects = shop
        .data(
            "{ urlRedirects(first: 5) { nodes { path target } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        redirects["urlRedirects"]["nodes"],
        json!([]),
        "no redirect unless asked for"
    );
    shop.mutate(
        update,
        json!({"p": {"id": own["id"], "handle": "c", "redirectNewHandle": true}}),
    )
    .await;
    let redirects = shop
        .data(
            "{ urlRedirects(first: 5) { nodes { path target } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        redirects["urlRedirects"]["nodes"],
        json!([{"path": "/products/b", "target": "/products/c"}])
    );
}

#[tokio::test]
async fn variants_are_changed_in_bulk() {
    let shop = Shop::open(Seed::Empty).await;
    let made = shop.mutate(SET, json!({"input": shirt()})).await["product"].clone();
    let update = "mutation U($id: ID!, $v: [ProductVariantsBulkInput!]!) { productVariantsBulkUpdate(productId: $id, variants: $v) {
        productVariants { price } userErrors { field message code } } }";
    let first = made["variants"]["nodes"][0]["id"].clone();
    let done = shop
        .mutate(
            update,
            json!({"id": made["id"], "v": [{"id": first, "price": "70"}]}),
        )
        .await;
    assert_eq!(done["productVariants"][0]["price"], "70.00");
    let errors = shop
        .user_errors(
            update,
            json!({"id": made["id"], "v": [{"price": "70"}, {"id": first, "price": "-1"}]}),
        )
        .await;
    assert_eq!(errors[0]["code"], "PRODUCT_VARIANT_ID_MISSING");
    assert_eq!(
        errors[1],
        json!({"field": ["variants", "1", "price"], "message": "Price must be greater than or equal to 0", "code": "GREATER_THAN_OR_EQUAL_TO"})
    );
    let create = "mutation C($id: ID!, $v: [ProductVariantsBulkInput!]!) { productVariantsBulkCreate(productId: $id, variants: $v) {
        product { options { name values } } productVariants { title } userErrors { field message code } } }";
    let errors = shop.user_errors(create, json!({"id": made["id"], "v": [{"optionValues": [{"optionName": "Size", "name": "L"}]}]})).await;
    assert_eq!(
        errors[0]["message"],
        "You need to add option values for Colour"
    );
    let large = json!({"optionValues": [{"optionName": "Size", "name": "L"}, {"optionName": "Colour", "name": "Moss"}]});
    let done = shop
        .mutate(create, json!({"id": made["id"], "v": [large]}))
        .await;
    assert_eq!(done["productVariants"][0]["title"], "L / Moss");
    assert_eq!(
        done["product"]["options"][0]["values"],
        json!(["S", "M", "L"])
    );
    let delete = "mutation D($id: ID!, $v: [ID!]!) { productVariantsBulkDelete(productId: $id, variantsIds: $v) { product { variantsCount { count } } userErrors { code } } }";
    let done = shop
        .mutate(delete, json!({"id": made["id"], "v": [first]}))
        .await;
    assert_eq!(done["product"]["variantsCount"]["count"], 2);
}

#[tokio::test]
async fn deleting_a_product_takes_what_is_its_own() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let found = shop.data("{ productByIdentifier(identifier: {handle: \"gull-beanie\"}) { id media(first: 1) { nodes { id } } variants(first: 1) { nodes { id } } } }", json!({})).await;
    let product = &found["productByIdentifier"];
    let delete = "mutation D($id: ID!) { productDelete(input: {id: $id}) { deletedProductId userErrors { message } } }";
    shop.mutate(delete, json!({"id": product["id"]})).await;
    let nodes = shop.data(
        "query N($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        json!({"ids": [product["id"], product["variants"]["nodes"][0]["id"], product["media"]["nodes"][0]["id"]]}),
    );
    assert_eq!(
        nodes.await["nodes"],
        json!([null, null, {"id": product["media"]["nodes"][0]["id"]}]),
        "its files stay"
    );
    let errors = shop.user_errors(delete, json!({"id": product["id"]})).await;
    assert_eq!(errors[0]["message"], "Product does not exist");
}

#[tokio::test]
async fn searches_lag_and_reads_by_id_do_not() {
    let mut spec = ShopSpec::new("test", Seed::Empty).clock(slipway_sandbox::shop::Clock::manual());
    spec.search_lag = std::time::Duration::from_secs(5);
    let shop = Shop::start(spec).await;
    let made = shop.mutate(SET, json!({"input": shirt()})).await["product"].clone();
    let search = "{ products(first: 5, query: \"handle:wool-shirt\") { nodes { id } } }";
    assert_eq!(
        shop.data(search, json!({})).await["products"]["nodes"],
        json!([])
    );
    let direct = shop
        .data(
            "query N($id: ID!) { product(id: $id) { handle } }",
            json!({"id": made["id"]}),
        )
        .await;
    assert_eq!(direct["product"]["handle"], "wool-shirt");
    shop.clock.advance(std::time::Duration::from_secs(6));
    assert_eq!(
        shop.data(search, json!({})).await["products"]["nodes"],
        json!([{"id": made["id"]}])
    );
}

#[tokio::test]
async fn publishing_is_a_step_of_its_own() {
    let shop = Shop::open(Seed::Empty).await;
    let made = shop.mutate(SET, json!({"input": shirt()})).await["product"].clone();
    let publications = shop
        .data(
            "{ publications(first: 5) { nodes { id name catalog { title } } } }",
            json!({}),
        )
        .await;
    let online = &publications["publications"]["nodes"][0];
    assert_eq!(online["catalog"]["title"], "Online Store");
    let publish = "mutation P($id: ID!, $in: [PublicationInput!]!) { publishablePublish(id: $id, input: $in) {
        publishable { publishedOnPublication(publicationId: \"PUB\") ... on Product { publishedAt } } userErrors { field message } } }";
    let publish = publish.replace("PUB", online["id"].as_str().unwrap());
    let done = shop
        .mutate(
            &publish,
            json!({"id": made["id"], "in": [{"publicationId": online["id"]}]}),
        )
        .await;
    assert_eq!(done["publishable"]["publishedOnPublication"], true);
    assert!(done["publishable"]["publishedAt"].is_string());
    let errors = shop.user_errors(&publish, json!({"id": made["id"], "in": [{"publicationId": online["id"]}, {"publicationId": online["id"]}]})).await;
    assert_eq!(
        errors[0]["message"],
        "The same publication was specified more than once"
    );
}
