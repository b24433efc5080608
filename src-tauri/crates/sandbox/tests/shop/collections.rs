//! Collections, in the model of sources and in the older one.

use serde_json::{Value, json};
use slipway_sandbox::shop::Seed;

use crate::client::Shop;

const CREATE: &str = "mutation C($c: CollectionCreateInput!) { collectionCreate(collection: $c) {
  collection { id handle sortOrder publishedOnCurrentPublication products(first: 10) { nodes { id handle } }
    sources { id title ... on CollectionConditionsSource { inclusion { matchType conditions { id __typename } selections(first: 10) { nodes { product { handle } } } } } } }
  userErrors { field message } } }";

async fn products(shop: &Shop) -> Vec<Value> {
    let data = shop
        .data("{ products(first: 6) { nodes { id handle } } }", json!({}))
        .await;
    data["products"]["nodes"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_manual_collection_keeps_its_order() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let all = products(&shop).await;
    let selections: Vec<Value> = [3, 1, 2]
        .iter()
        .map(|at| json!({"productId": all[*at]["id"]}))
        .collect();
    let source = json!({"source": {"title": "By hand", "inclusion": {"selections": selections}}});
    let made = shop
        .mutate(
            CREATE,
            json!({"c": {"title": "Mine", "sortOrder": "MANUAL", "sources": [source]}}),
        )
        .await["collection"]
        .clone();
    let handles = |collection: &Value| -> Vec<Value> {
        collection["products"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["handle"].clone())
            .collect()
    };
    assert_eq!(
        handles(&made),
        [3, 1, 2].map(|at| all[at]["handle"].clone())
    );
    assert_eq!(made["publishedOnCurrentPublication"], false);
    let reorder = "mutation R($id: ID!, $m: [MoveInput!]!) { collectionReorderProducts(id: $id, moves: $m) { job { done } userErrors { code } } }";
    shop.mutate(
        reorder,
        json!({"id": made["id"], "m": [{"id": all[2]["id"], "newPosition": "0"}]}),
    )
    .await;
    let read = "query R($id: ID!) { collection(id: $id) { products(first: 10) { nodes { handle } } productsCount { count } } }";
    let read_back = shop.data(read, json!({"id": made["id"]})).await;
    assert_eq!(
        handles(&read_back["collection"]),
        [2, 3, 1].map(|at| all[at]["handle"].clone())
    );

    let update = "mutation U($c: CollectionUpdateInput!) { collectionUpdate(collection: $c) { collection { id } job { id done } userErrors { field message } } }";
    let change = json!({"id": made["id"], "sourcesToUpdate": [{"condition": {"id": made["sources"][0]["id"], "inclusion": {
        "selectionsToAdd": [{"productId": all[5]["id"]}], "selectionsToRemove": [{"productId": all[3]["id"]}],
    }}}]});
    assert!(shop.mutate(update, json!({"c": change})).await["job"]["id"].is_string());
    let read_back = shop.data(read, json!({"id": made["id"]})).await;
    assert_eq!(
        handles(&read_back["collection"]),
        [2, 1, 5].map(|at| all[at]["handle"].clone())
    );
}

#[tokio::test]
async fn conditions_choose_by_what_products_are() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let condition = json!({"productTag": {"matchType": "ANY", "relation": "TAGGED_WITH", "values": ["merino"]}});
    let source = json!({"source": {"title": "Wool", "inclusion": {"matchType": "ALL", "conditions": [condition]}}});
    let made = shop
        .mutate(CREATE, json!({"c": {"title": "Wool", "sources": [source]}}))
        .await["collection"]
        .clone();
    let count = made["products"]["nodes"].as_array().unwrap().len();
    assert!(count > 0);
    assert_eq!(
        made["sources"][0]["inclusion"]["conditions"][0]["__typename"],
        "CollectionSourceInclusionConditionProductTag"
    );
    let tag = "mutation T($id: ID!) { tagsAdd(id: $id, tags: [\"merino\"]) { node { id } userErrors { message } } }";
    let held: Vec<Value> = made["products"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].clone())
        .collect();
    let other = products(&shop)
        .await
        .into_iter()
        .find(|product| !held.contains(&product["id"]))
        .unwrap();
    shop.mutate(tag, json!({"id": other["id"]})).await;
    let read = "query R($id: ID!) { collection(id: $id) { productsCount { count } ruleSet { appliedDisjunctively rules { column relation condition } } } }";
    let read_back = shop.data(read, json!({"id": made["id"]})).await;
    assert_eq!(read_back["collection"]["productsCount"]["count"], count + 1);
    assert_eq!(
        read_back["collection"]["ruleSet"]["rules"],
        json!([{"column": "TAG", "relation": "EQUALS", "condition": "merino"}])
    );
    let add = "mutation A($id: ID!, $p: [ID!]!) { collectionAddProducts(id: $id, productIds: $p) { collection { id } userErrors { message } } }";
    let errors = shop
        .user_errors(add, json!({"id": made["id"], "p": [other["id"]]}))
        .await;
    assert_eq!(
        errors[0]["message"],
        "Can't manually add products to a smart collection"
    );
}

#[tokio::test]
async fn the_older_model_still_works() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let create = "mutation C($c: CollectionInput!) { collectionCreate(input: $c) { collection { id handle ruleSet { rules { column relation condition } } } userErrors { field message } } }";
    let rules = json!({"appliedDisjunctively": false, "rules": [{"column": "VENDOR", "relation": "EQUALS", "condition": "Ødegård Strikk"}]});
    let made = shop
        .mutate(create, json!({"c": {"title": "Strikk", "ruleSet": rules}}))
        .await["collection"]
        .clone();
    assert_eq!(made["ruleSet"]["rules"], rules["rules"]);
    let errors = shop.user_errors(create, json!({"c": {"title": "Empty", "ruleSet": {"appliedDisjunctively": false, "rules": []}}})).await;
    assert_eq!(
        errors[0],
        json!({"field": ["ruleSet", "rules"], "message": "Rules cannot be an empty set"})
    );
    let same = shop.mutate(create, json!({"c": {"title": "Strikk"}})).await["collection"].clone();
    assert_eq!(same["handle"], "strikk-1");
    let errors = shop.user_errors(create, json!({"c": {"title": ""}})).await;
    assert_eq!(errors[0]["message"], "Title can't be blank");
}
