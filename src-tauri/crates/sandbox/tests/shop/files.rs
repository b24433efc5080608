//! Files, staged uploads and bulk operations.

use serde_json::{Value, json};
use slipway_sandbox::shop::Seed;

use crate::client::Shop;

const CREATE: &str = "mutation C($f: [FileCreateInput!]!) { fileCreate(files: $f) { files { id fileStatus alt ... on MediaImage { image { url } } ... on GenericFile { url } } userErrors { field message code } } }";
const STAGE: &str = "mutation S($i: [StagedUploadInput!]!) { stagedUploadsCreate(input: $i) { stagedTargets { url resourceUrl parameters { name value } } userErrors { field message } } }";

/// Uploads by POST, as a form whose last part is the file. Returns where it lies, and its key.
async fn upload(
    shop: &Shop,
    resource: &str,
    name: &str,
    mime: &str,
    bytes: &[u8],
) -> (String, String) {
    let input =
        json!([{"resource": resource, "filename": name, "mimeType": mime, "httpMethod": "POST"}]);
    let target = shop.mutate(STAGE, json!({"i": input})).await["stagedTargets"][0].clone();
    let mut form = reqwest::multipart::Form::new();
    let mut key = String::new();
    for parameter in target["parameters"].as_array().unwrap() {
        let (name, value) = (
            parameter["name"].as_str().unwrap(),
            parameter["value"].as_str().unwrap(),
        );
        if name == "key" {
            key = value.to_owned();
        }
        form = form.text(name.to_owned(), value.to_owned());
    }
    let form = form.part(
        "file",
        reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned()),
    );
    let answer = shop
        .http
        .post(target["url"].as_str().unwrap())
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    (target["resourceUrl"].as_str().unwrap().to_owned(), key)
}

#[tokio::test]
async fn files_are_uploaded_and_processed_after_a_while() {
    let shop = Shop::open(Seed::Empty).await;
    let (source, _) = upload(&shop, "FILE", "notes.txt", "text/plain", b"plain words").await;
    let file = json!({"originalSource": source, "alt": "Notes", "contentType": "FILE"});
    let made = shop.mutate(CREATE, json!({"f": [file]})).await["files"][0].clone();
    assert_eq!(
        (made["fileStatus"].as_str(), &made["url"]),
        (Some("UPLOADED"), &Value::Null)
    );
    let update = "mutation U($f: [FileUpdateInput!]!) { fileUpdate(files: $f) { files { alt } userErrors { field message code } } }";
    let errors = shop
        .user_errors(update, json!({"f": [{"id": made["id"], "alt": "x"}]}))
        .await;
    assert_eq!(
        (errors[0]["code"].as_str(), errors[0]["message"].as_str()),
        (
            Some("NON_READY_STATE"),
            Some("Non-ready files cannot be updated.")
        )
    );
    shop.clock.advance(std::time::Duration::from_secs(5));
    let read = "query R($id: ID!) { node(id: $id) { ... on GenericFile { fileStatus url mimeType originalFileSize } } }";
    let ready = shop.data(read, json!({"id": made["id"]})).await["node"].clone();
    assert_eq!(
        (
            ready["fileStatus"].as_str(),
            ready["originalFileSize"].as_u64()
        ),
        (Some("READY"), Some(11))
    );
    let bytes = shop
        .http
        .get(ready["url"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(&bytes[..], b"plain words");
    shop.mutate(update, json!({"f": [{"id": made["id"], "alt": "Other"}]}))
        .await;
}

#[tokio::test]
async fn names_that_are_taken_are_resolved_as_asked() {
    let shop = Shop::open(Seed::Empty).await;
    let file = |mode: &str| json!([{"originalSource": "https://pictures.example/a.png", "filename": "a.png", "duplicateResolutionMode": mode}]);
    let first =
        shop.mutate(CREATE, json!({"f": file("APPEND_UUID")})).await["files"][0]["id"].clone();
    let second =
        shop.mutate(CREATE, json!({"f": file("APPEND_UUID")})).await["files"][0]["id"].clone();
    assert_ne!(first, second);
    let replaced =
        shop.mutate(CREATE, json!({"f": file("REPLACE")})).await["files"][0]["id"].clone();
    assert_eq!(replaced, first);
    assert_eq!(
        shop.user_errors(CREATE, json!({"f": file("RAISE_ERROR")}))
            .await[0]["code"],
        "FILENAME_ALREADY_EXISTS"
    );
    let wrong = json!([{"originalSource": "https://pictures.example/a.png", "filename": "a.jpg"}]);
    assert_eq!(
        shop.user_errors(CREATE, json!({"f": wrong})).await[0]["code"],
        "MISMATCHED_FILENAME_AND_ORIGINAL_SOURCE"
    );
    let found = shop
        .data(
            "{ files(first: 5, query: \"filename:a.png\") { nodes { id } } }",
            json!({}),
        )
        .await;
    assert_eq!(found["files"]["nodes"], json!([{"id": first}]));
    let delete = "mutation D($ids: [ID!]!) { fileDelete(fileIds: $ids) { deletedFileIds userErrors { message code } } }";
    let gone = "gid://shopify/MediaImage/1";
    let errors = shop
        .user_errors(delete, json!({"ids": [first, gone]}))
        .await;
    assert_eq!(
        errors[0]["message"],
        format!("File id {gone} does not exist.")
    );
    shop.mutate(delete, json!({"ids": [first]})).await;
}

/// Waits until an operation has ended. Each look gives the background a moment.
async fn ended(shop: &Shop, id: &Value) -> Value {
    let read = "query B($id: ID!) { bulkOperation(id: $id) { status url objectCount rootObjectCount fileSize type errorCode } }";
    for _ in 0..500 {
        let operation = shop.data(read, json!({"id": id})).await["bulkOperation"].clone();
        if !matches!(operation["status"].as_str(), Some("CREATED" | "RUNNING")) {
            return operation;
        }
        shop.handle().refill();
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the bulk operation does not end");
}

async fn lines(shop: &Shop, operation: &Value) -> Vec<Value> {
    let text = shop
        .http
        .get(operation["url"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const RUN: &str = "mutation R($q: String!) { bulkOperationRunQuery(query: $q) { bulkOperation { id status } userErrors { field message code } } }";

#[tokio::test]
async fn a_bulk_query_writes_rows_with_their_parents() {
    let shop = Shop::open(Seed::Products(500)).await;
    let query = "{ products { edges { node { id handle options { name } variants { edges { node { id sku } } } metafields { edges { node { id key value } } } } } } }";
    let begun = shop.mutate(RUN, json!({"q": query})).await["bulkOperation"].clone();
    assert_eq!(begun["status"], "CREATED");
    let operation = ended(&shop, &begun["id"]).await;
    assert_eq!(
        (
            operation["status"].as_str(),
            operation["rootObjectCount"].as_str()
        ),
        (Some("COMPLETED"), Some("500"))
    );
    let lines = lines(&shop, &operation).await;
    assert_eq!(operation["objectCount"], lines.len().to_string());
    assert_eq!(lines.len(), 500 * (1 + 4 + 3));
    assert_eq!(lines[0]["handle"], "product-000001");
    assert_eq!(lines[1]["__parentId"], lines[0]["id"]);
    assert!(
        lines[0].get("variants").is_none(),
        "connections are rows of their own"
    );
    let none = shop
        .mutate(RUN, json!({"q": "{ pages { edges { node { id } } } }"}))
        .await["bulkOperation"]["id"]
        .clone();
    assert_eq!(
        ended(&shop, &none).await["url"],
        Value::Null,
        "an operation that finds nothing has no file"
    );
}

#[tokio::test]
async fn bulk_queries_are_refused_for_their_shape() {
    let shop = Shop::open(Seed::Empty).await;
    let cases = [
        (
            "{ shop { name } }",
            "Bulk queries must contain at least one connection.",
        ),
        (
            "{ node(id: \"gid://shopify/Product/1\") { id } }",
            "Bulk queries cannot contain a top level `node` field.",
        ),
        (
            "mutation { shopLocaleDisable(locale: \"de\") { locale } }",
            "Invalid operation type. Only `query` operations are supported.",
        ),
        (
            "{ products { edges { node { title variants { edges { node { id } } } } } } }",
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of 'ID' return type. Connection fields without 'id': products.",
        ),
        (
            "{ products { nodes { id } } }",
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: 'products { edges { node {'. Selecting via 'nodes' is not supported. Invalid connection fields: 'products'.",
        ),
    ];
    for (query, message) in cases {
        let errors = shop.user_errors(RUN, json!({"q": query})).await;
        assert_eq!(
            (errors[0]["code"].as_str(), errors[0]["message"].as_str()),
            (Some("INVALID"), Some(message))
        );
    }
}

#[tokio::test]
async fn a_bulk_mutation_runs_once_for_each_line() {
    let shop = Shop::open(Seed::Empty).await;
    let lines_in = (0..30)
        .map(|number| json!({"p": {"title": format!("Page {number}")}}).to_string())
        .collect::<Vec<_>>()
        .join("\n");
    let (_, key) = upload(
        &shop,
        "BULK_MUTATION_VARIABLES",
        "pages.jsonl",
        "text/jsonl",
        lines_in.as_bytes(),
    )
    .await;
    let run = "mutation R($m: String!, $p: String!) { bulkOperationRunMutation(mutation: $m, stagedUploadPath: $p) { bulkOperation { id } userErrors { field message code } } }";
    let mutation = "mutation M($p: PageCreateInput!) { pageCreate(page: $p) { page { id handle } userErrors { message } } }";
    let errors = shop
        .user_errors(run, json!({"m": mutation, "p": "tmp/none"}))
        .await;
    assert_eq!(errors[0]["code"], "NO_SUCH_FILE");
    let begun =
        shop.mutate(run, json!({"m": mutation, "p": key})).await["bulkOperation"]["id"].clone();
    let operation = ended(&shop, &begun).await;
    assert_eq!(operation["status"], "COMPLETED");
    let lines = lines(&shop, &operation).await;
    assert_eq!(
        (lines.len(), lines[3]["__lineNumber"].as_u64()),
        (30, Some(3))
    );
    assert_eq!(lines[3]["data"]["pageCreate"]["page"]["handle"], "page-3");
    assert_eq!(shop.handle().ids("Page").len(), 30);
}
