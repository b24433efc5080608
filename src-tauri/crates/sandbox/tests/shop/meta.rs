//! Definitions, metafields and metaobjects.

use serde_json::{Value, json};
use slipway_sandbox::shop::Seed;

use crate::client::Shop;

const DEFINE: &str = "mutation D($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) { createdDefinition { id type { name category } } userErrors { field message code } } }";
const DEFINE_OBJECT: &str = "mutation D($d: MetaobjectDefinitionCreateInput!) { metaobjectDefinitionCreate(definition: $d) { metaobjectDefinition { id type fieldDefinitions { key required type { name } } } userErrors { field message code elementKey elementIndex } } }";
const SET: &str = "mutation S($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { metafields { id key value compareDigest } userErrors { field message code elementIndex } } }";
const UPSERT: &str = "mutation U($h: MetaobjectHandleInput!, $m: MetaobjectUpsertInput!) { metaobjectUpsert(handle: $h, metaobject: $m) { metaobject { id handle displayName fields { key value } } userErrors { field message code } } }";

async fn product(shop: &Shop) -> Value {
    let create = "mutation { productCreate(product: {title: \"Owner\"}) { product { id } userErrors { message } } }";
    shop.mutate(create, json!({})).await["product"]["id"].clone()
}

#[tokio::test]
async fn metafields_are_set_all_or_none_by_their_definitions() {
    let shop = Shop::open(Seed::Empty).await;
    let owner = product(&shop).await;
    let definition = |key: &str, kind: &str, validations: Value| json!({"d": {"ownerType": "PRODUCT", "namespace": "custom", "key": key, "name": key, "type": kind, "validations": validations}});
    let max = json!([{"name": "max", "value": "5"}]);
    shop.mutate(DEFINE, definition("grade", "number_integer", max))
        .await;
    let errors = shop
        .user_errors(DEFINE, definition("grade", "number_integer", json!([])))
        .await;
    assert_eq!(
        errors[0]["message"],
        "Key is in use for Product metafields on the 'custom' namespace."
    );
    assert_eq!(errors[0]["code"], "TAKEN");
    let field = |key: &str, value: &str| json!({"ownerId": owner, "namespace": "custom", "key": key, "type": "number_integer", "value": value});

    let errors = shop
        .user_errors(
            SET,
            json!({"m": [field("count", "3"), field("grade", "9")]}),
        )
        .await;
    assert_eq!(
        errors,
        json!([{"field": ["metafields", "1", "value"], "message": "Value has a maximum of 5.", "code": "INVALID_VALUE", "elementIndex": null}])
    );
    let read =
        "query R($id: ID!) { product(id: $id) { metafields(first: 5) { nodes { key value } } } }";
    assert_eq!(
        shop.data(read, json!({"id": owner})).await["product"]["metafields"]["nodes"],
        json!([]),
        "atomic"
    );

    let many: Vec<Value> = (0..26)
        .map(|number| field(&format!("key_{number}"), "1"))
        .collect();
    let errors = shop.user_errors(SET, json!({"m": many})).await;
    assert_eq!(
        (errors[0]["message"].as_str(), errors[0]["code"].as_str()),
        (
            Some("Exceeded the maximum metafields input limit of 25."),
            Some("LESS_THAN_OR_EQUAL_TO")
        )
    );

    let set = shop.mutate(SET, json!({"m": [field("grade", "3")]})).await["metafields"][0].clone();
    let digest = set["compareDigest"].as_str().unwrap().to_owned();
    assert_eq!(digest.len(), 64);
    let compare = |value: &str, digest: Value| {
        let mut field = field("grade", value);
        field["compareDigest"] = digest;
        json!({"m": [field]})
    };
    assert_eq!(
        shop.user_errors(SET, compare("4", json!(null))).await[0]["code"],
        "STALE_OBJECT",
        "null is for creation"
    );
    assert_eq!(
        shop.user_errors(SET, compare("4", json!("0".repeat(64))))
            .await[0]["code"],
        "STALE_OBJECT"
    );
    assert_eq!(
        shop.user_errors(SET, compare("4", json!("short"))).await[0]["code"],
        "INVALID_COMPARE_DIGEST"
    );
    shop.mutate(SET, compare("3", json!("0".repeat(64)))).await;
    shop.mutate(SET, compare("4", json!(digest))).await;

    let delete = "mutation D($m: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $m) { deletedMetafields { key } userErrors { message } } }";
    let rows = json!([{"ownerId": owner, "namespace": "custom", "key": "grade"}, {"ownerId": owner, "namespace": "custom", "key": "none"}]);
    assert_eq!(
        shop.mutate(delete, json!({"m": rows})).await["deletedMetafields"],
        json!([{"key": "grade"}, null])
    );
}

#[tokio::test]
async fn reference_definitions_need_their_values_deleted_too() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let delete = "mutation D($i: MetafieldDefinitionIdentifierInput!, $all: Boolean) { metafieldDefinitionDelete(identifier: $i, deleteAllAssociatedMetafields: $all) { deletedDefinition { key } userErrors { field message code } } }";
    let care = json!({"ownerType": "PRODUCT", "namespace": "custom", "key": "care_guide"});
    let errors = shop.user_errors(delete, json!({"i": care})).await;
    assert_eq!(errors[0]["code"], "REFERENCE_TYPE_DELETION_ERROR");
    shop.mutate(delete, json!({"i": care, "all": true})).await;
    let read = "{ productByIdentifier(identifier: {handle: \"gull-beanie\"}) { metafield(namespace: \"custom\", key: \"care_guide\") { id } } }";
    assert_eq!(
        shop.data(read, json!({})).await["productByIdentifier"]["metafield"],
        Value::Null
    );
}

#[tokio::test]
async fn metaobjects_follow_their_definition() {
    let shop = Shop::open(Seed::Empty).await;
    let fields = json!([
        {"key": "title", "name": "Title", "type": "single_line_text_field", "required": true},
        {"key": "count", "name": "Count", "type": "number_integer"},
    ]);
    let definition = json!({"type": "note", "name": "Note", "displayNameKey": "title", "fieldDefinitions": fields});
    let made =
        shop.mutate(DEFINE_OBJECT, json!({"d": definition})).await["metaobjectDefinition"].clone();
    assert_eq!(
        shop.user_errors(DEFINE_OBJECT, json!({"d": definition}))
            .await[0]["message"],
        "Type has already been taken"
    );
    let reserved = json!({"type": "other", "name": "x", "fieldDefinitions": [{"key": "handle", "type": "boolean"}]});
    assert_eq!(
        shop.user_errors(DEFINE_OBJECT, json!({"d": reserved}))
            .await[0]["code"],
        "RESERVED_NAME"
    );

    let upsert = |handle: &str, fields: Value| json!({"h": {"type": "note", "handle": handle}, "m": {"fields": fields}});
    let first = shop
        .mutate(
            UPSERT,
            upsert("one", json!([{"key": "title", "value": "One"}])),
        )
        .await["metaobject"]
        .clone();
    assert_eq!(first["displayName"], "One");
    let again = shop
        .mutate(
            UPSERT,
            upsert("one", json!([{"key": "count", "value": "4"}])),
        )
        .await["metaobject"]
        .clone();
    assert_eq!(
        (&again["id"], &again["fields"][0]["value"]),
        (&first["id"], &json!("One")),
        "what is not given stays"
    );
    let cases = [
        (json!([]), "OBJECT_FIELD_REQUIRED", "Title can't be blank"),
        (
            json!([{"key": "title", "value": "x"}, {"key": "count", "value": "many"}]),
            "INVALID_VALUE",
            "Value must be an integer.",
        ),
        (
            json!([{"key": "nope", "value": "x"}]),
            "UNDEFINED_OBJECT_FIELD",
            "Field definition \"nope\" does not exist",
        ),
        (
            json!([{"key": "title", "value": "x"}, {"key": "title", "value": "y"}]),
            "DUPLICATE_FIELD_INPUT",
            "Field \"title\" duplicates other inputs",
        ),
    ];
    for (fields, code, message) in cases {
        let errors = shop.user_errors(UPSERT, upsert("two", fields)).await;
        assert_eq!(
            (errors[0]["code"].as_str(), errors[0]["message"].as_str()),
            (Some(code), Some(message))
        );
    }
    let by_handle = "{ metaobjectByHandle(handle: {type: \"note\", handle: \"one\"}) { id } }";
    assert_eq!(
        shop.data(by_handle, json!({})).await["metaobjectByHandle"]["id"],
        first["id"]
    );

    let update = "mutation U($id: ID!, $d: MetaobjectDefinitionUpdateInput!) { metaobjectDefinitionUpdate(id: $id, definition: $d) { metaobjectDefinition { fieldDefinitions { key } } userErrors { field code } } }";
    let change = json!({"fieldDefinitions": [{"create": {"key": "body", "type": "multi_line_text_field"}}, {"delete": {"key": "count"}}]});
    let updated = shop
        .mutate(update, json!({"id": made["id"], "d": change}))
        .await;
    assert_eq!(
        updated["metaobjectDefinition"]["fieldDefinitions"],
        json!([{"key": "title"}, {"key": "body"}])
    );
    let delete = "mutation D($id: ID!) { metaobjectDefinitionDelete(id: $id) { deletedId userErrors { code } } }";
    shop.mutate(delete, json!({"id": made["id"]})).await;
    assert_eq!(
        shop.data(by_handle, json!({})).await["metaobjectByHandle"],
        Value::Null,
        "its metaobjects go with it"
    );
}

#[tokio::test]
async fn an_apps_own_namespace_is_stored_under_its_id() {
    let shop = Shop::open(Seed::Empty).await;
    let owner = product(&shop).await;
    let field = json!({"ownerId": owner, "namespace": "$app:notes", "key": "first", "type": "single_line_text_field", "value": "x"});
    shop.mutate(SET, json!({"m": [field]})).await;
    let read = "query R($id: ID!) { product(id: $id) { own: metafield(namespace: \"$app:notes\", key: \"first\") { namespace value } } }";
    assert_eq!(
        shop.data(read, json!({"id": owner})).await["product"]["own"],
        json!({"namespace": "app--1--notes", "value": "x"})
    );
}

#[tokio::test]
async fn translations_hang_on_the_digest_of_their_source() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let page = shop.handle().ids("Page").remove(0);
    let read = "query T($id: ID!) { translatableResource(resourceId: $id) { translatableContent { key value digest locale } translations(locale: \"de\") { key value outdated } } }";
    let content =
        shop.data(read, json!({"id": page})).await["translatableResource"]["translatableContent"]
            [0]
        .clone();
    let register = "mutation R($id: ID!, $t: [TranslationInput!]!) { translationsRegister(resourceId: $id, translations: $t) { translations { key value } userErrors { field message code } } }";
    let row = |locale: &str, digest: &Value| json!([{"key": "title", "locale": locale, "value": "Titel", "translatableContentDigest": digest}]);
    let errors = shop
        .user_errors(register, json!({"id": page, "t": row("de", &json!("old"))}))
        .await;
    assert_eq!(
        (errors[0]["code"].as_str(), errors[0]["message"].as_str()),
        (
            Some("INVALID_TRANSLATABLE_CONTENT"),
            Some("Translatable content hash is invalid")
        )
    );
    let errors = shop
        .user_errors(
            register,
            json!({"id": page, "t": row("fr", &content["digest"])}),
        )
        .await;
    assert_eq!(errors[0]["code"], "INVALID_LOCALE_FOR_SHOP");
    shop.mutate(
        register,
        json!({"id": page, "t": row("de", &content["digest"])}),
    )
    .await;
    shop.handle().edit(&page, "title", "Changed since");
    let after =
        shop.data(read, json!({"id": page})).await["translatableResource"]["translations"].clone();
    assert_eq!(
        after,
        json!([{"key": "title", "value": "Titel", "outdated": true}])
    );
    let remove = "mutation R($id: ID!) { translationsRemove(resourceId: $id, translationKeys: [\"title\"], locales: [\"de\"]) { translations { key } userErrors { code } } }";
    shop.mutate(remove, json!({"id": page})).await;
    let enable = "mutation E { shopLocaleEnable(locale: \"sv\") { shopLocale { locale published } userErrors { message } } }";
    assert_eq!(
        shop.mutate(enable, json!({})).await["shopLocale"],
        json!({"locale": "sv", "published": false})
    );
    assert_eq!(
        shop.user_errors(enable, json!({})).await[0]["message"],
        "Locale has already been taken"
    );
}
