//! Whatever the schema promises of an object can be asked for: every field of every type that the seeds hold.

use std::collections::BTreeMap;

use apollo_compiler::Schema;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use serde_json::json;
use slipway_sandbox::shop::{ADMIN_SCHEMA, Seed};

use crate::client::Shop;

/// Fields that lead into the shop's orders, customers and the like, of which it has none and says so.
const LEFT_OUT: &[&str] = &[
    "contextualPricing",
    "deliveryProfile",
    "feedback",
    "restrictedForResource",
];

/// A selection of all fields of a type that need no arguments, with what they hold that has no id of its own.
fn selection(schema: &Schema, kind: &str, depth: usize) -> String {
    let fields = match &schema.types[kind] {
        ExtendedType::Object(object) => &object.fields,
        _ => return "__typename".to_owned(),
    };
    let mut selected = vec!["__typename".to_owned()];
    for (name, field) in fields {
        let needs = field
            .arguments
            .iter()
            .any(|argument| argument.is_required());
        if needs || LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        selected.extend(field_selection(schema, field, depth));
    }
    selected.join(" ")
}

fn field_selection(schema: &Schema, field: &FieldDefinition, depth: usize) -> Option<String> {
    let name = &field.name;
    let inner = field.ty.inner_named_type().as_str();
    let kind = &schema.types[inner];
    if kind.is_leaf() {
        return Some(name.to_string());
    }
    let first = if field.argument_by_name("first").is_some() {
        "(first: 2)"
    } else {
        ""
    };
    if inner.ends_with("Connection") {
        if depth > 0 {
            return None;
        }
        let node = schema
            .type_field(inner, "nodes")
            .ok()?
            .ty
            .inner_named_type();
        let nodes = below(schema, node, depth + 1);
        return Some(format!(
            "{name}{first} {{ nodes {{ {nodes} }} edges {{ cursor }} pageInfo {{ hasNextPage }} }}"
        ));
    }
    Some(format!(
        "{name}{first} {{ {} }}",
        below(schema, inner, depth + 1)
    ))
}

/// What is selected of an object below another: all of it, unless it is one that has its own turn.
fn below(schema: &Schema, kind: &str, depth: usize) -> String {
    let own_turn = match &schema.types[kind] {
        ExtendedType::Object(object) => object
            .implements_interfaces
            .iter()
            .any(|name| name.as_str() == "Node"),
        _ => true,
    };
    if own_turn || depth > 3 {
        "__typename".to_owned()
    } else {
        selection(schema, kind, depth)
    }
}

#[tokio::test]
async fn every_field_of_every_seeded_object_has_an_answer() {
    let schema = Schema::parse_and_validate(ADMIN_SCHEMA, "admin.graphql").unwrap();
    let shop = Shop::open(Seed::NorthwindDevelopment).await;
    let handle = shop.handle();
    let mut by_kind: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for id in handle.snapshot().keys() {
        let kind = id
            .trim_start_matches("gid://shopify/")
            .split('/')
            .next()
            .unwrap();
        let is_node = schema.is_subtype("Node", kind);
        if is_node {
            by_kind.entry(kind.to_owned()).or_default().push(id.clone());
        }
    }
    assert!(by_kind.len() > 20, "{:?}", by_kind.keys());
    let mut missing = Vec::new();
    for (kind, ids) in by_kind {
        let selected = selection(&schema, &kind, 0);
        let query = format!(
            "query N($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {{ {selected} }} }} }}"
        );
        for ids in ids.chunks(20) {
            handle.refill();
            let answer = shop.ask(&query, json!({"ids": ids})).await;
            for error in answer["errors"].as_array().into_iter().flatten() {
                missing.push(format!("{kind}: {} {}", error["message"], error["path"]));
            }
        }
    }
    missing.sort();
    missing.dedup_by(|one, other| one.split(" [").next() == other.split(" [").next());
    assert_eq!(missing, Vec::<String>::new());
}

#[tokio::test]
async fn the_shop_and_its_app_are_described() {
    let schema = Schema::parse_and_validate(ADMIN_SCHEMA, "admin.graphql").unwrap();
    let shop = Shop::open(Seed::Empty).await;
    let app = selection(&schema, "AppInstallation", 0);
    let data = shop
        .ask(
            &format!("{{ currentAppInstallation {{ {app} }} publicApiVersions {{ handle }} }}"),
            json!({}),
        )
        .await;
    assert!(data["errors"].is_null(), "{}", data["errors"]);
    let facts = "name email contactEmail myshopifyDomain url currencyCode ianaTimezone weightUnit unitSystem createdAt updatedAt
        plan { publicDisplayName partnerDevelopment shopifyPlus } primaryDomain { host url sslEnabled }
        shopAddress { countryCodeV2 } resourceLimits { maxProductVariants maxProductOptions locationLimit redirectLimitReached } billingAddress { id } taxesIncluded setupRequired";
    let data = shop
        .data(&format!("{{ shop {{ {facts} }} }}"), json!({}))
        .await;
    assert_eq!(data["shop"]["myshopifyDomain"], "test.myshopify.com");
}
