//! Themes and their files.

use serde_json::json;
use slipway_sandbox::shop::Seed;

use crate::client::Shop;

#[tokio::test]
async fn theme_files_are_listed_with_checksums_and_read_by_name() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let themes = shop
        .data(
            "{ themes(first: 10) { nodes { id name role processing prefix } } }",
            json!({}),
        )
        .await;
    let theme = &themes["themes"]["nodes"][0];
    assert_eq!(theme["role"], "MAIN");
    let query = "query Files($id: ID!, $names: [String!], $after: String) { theme(id: $id) {
        files(first: 20, filenames: $names, after: $after) {
          nodes { filename size checksumMd5 contentType body {
            __typename
            ... on OnlineStoreThemeFileBodyText { content }
            ... on OnlineStoreThemeFileBodyBase64 { contentBase64 }
          } }
          pageInfo { hasNextPage endCursor }
          userErrors { code filename }
        } } }";
    let mut names = Vec::new();
    let mut after = json!(null);
    loop {
        let data = shop
            .data(query, json!({"id": theme["id"], "after": after}))
            .await;
        let files = &data["theme"]["files"];
        names.extend(
            files["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|file| file["filename"].clone()),
        );
        after = files["pageInfo"]["endCursor"].clone();
        if files["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert!(names.len() > 35, "all pages together: {}", names.len());
    let asked = json!([
        "config/settings_data.json",
        "assets/hero.png",
        "none.liquid"
    ]);
    let data = shop
        .data(query, json!({"id": theme["id"], "names": asked}))
        .await;
    let files = &data["theme"]["files"];
    assert_eq!(
        files["nodes"][0]["body"]["__typename"],
        "OnlineStoreThemeFileBodyBase64"
    );
    let settings = files["nodes"][1]["body"]["content"].as_str().unwrap();
    assert!(
        !settings.contains('\n'),
        "settings_data.json is stored minified"
    );
    assert_eq!(
        files["userErrors"],
        json!([{"code": "NOT_FOUND", "filename": "none.liquid"}])
    );
    let data = shop
        .data(
            query,
            json!({"id": theme["id"], "names": ["templates/*.json"]}),
        )
        .await;
    assert_eq!(data["theme"]["files"]["nodes"].as_array().unwrap().len(), 9);
}

const UPSERT: &str = "mutation U($id: ID!, $f: [OnlineStoreThemeFilesUpsertFileInput!]!) { themeFilesUpsert(themeId: $id, files: $f) {
  upsertedThemeFiles { filename checksumMd5 size } job { id done } userErrors { filename code message field } } }";

async fn live(shop: &Shop) -> serde_json::Value {
    let themes = shop
        .data(
            "{ themes(first: 10, roles: [MAIN]) { nodes { id } } }",
            json!({}),
        )
        .await;
    themes["themes"]["nodes"][0]["id"].clone()
}

#[tokio::test]
async fn theme_files_are_written_one_by_one() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let theme = live(&shop).await;
    let text = |name: &str, value: &str| json!({"filename": name, "body": {"type": "TEXT", "value": value}});
    let files = json!([
        text("templates/page.extra.json", "{\"sections\":{\"main\":{\"type\":\"fresh\"}},\"order\":[\"main\"]}"),
        text("sections/fresh.liquid", "<p>New</p>{% schema %}{\"name\":\"Fresh\"}{% endschema %}"),
        {"filename": "assets/dot.png", "body": {"type": "BASE64", "value": "iVBORw0KGgo="}},
        text("templates/broken.json", "{"),
        text("elsewhere/x.liquid", "x"),
        text("templates/lost.json", "{\"sections\":{\"a\":{\"type\":\"nowhere\"}},\"order\":[]}"),
    ]);
    let data = shop.data(UPSERT, json!({"id": theme, "f": files})).await;
    let payload = &data["themeFilesUpsert"];
    let done: Vec<&str> = payload["upsertedThemeFiles"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|file| file["filename"].as_str())
        .collect();
    assert_eq!(
        done,
        [
            "templates/page.extra.json",
            "sections/fresh.liquid",
            "assets/dot.png"
        ]
    );
    let wrong: Vec<&str> = payload["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|error| error["filename"].as_str())
        .collect();
    assert_eq!(wrong.len(), 3, "{}", payload["userErrors"]);
    assert!(
        payload["userErrors"]
            .as_array()
            .unwrap()
            .iter()
            .all(|error| error["code"] == "FILE_VALIDATION_ERROR")
    );

    let many: Vec<serde_json::Value> = (0..51)
        .map(|number| text(&format!("snippets/s{number}.liquid"), "x"))
        .collect();
    assert_eq!(
        shop.user_errors(UPSERT, json!({"id": theme, "f": many}))
            .await[0]["code"],
        "LESS_THAN_OR_EQUAL_TO"
    );
    let twice = json!([
        text("snippets/a.liquid", "1"),
        text("snippets/a.liquid", "2")
    ]);
    assert_eq!(
        shop.user_errors(UPSERT, json!({"id": theme, "f": twice}))
            .await[0]["code"],
        "DUPLICATE_FILE_INPUT"
    );

    let settings = text(
        "config/settings_data.json",
        "/* kept by the editor */\r\n{\r\n  \"current\": { \"a\": \"b  c\" }\r\n}\r\n",
    );
    let payload = shop
        .mutate(UPSERT, json!({"id": theme, "f": [settings]}))
        .await;
    // The MD5 of {"current":{"a":"b  c"}}.
    assert_eq!(
        payload["upsertedThemeFiles"][0]["checksumMd5"],
        "9ea5c6ee65d7fd1a4b2e299b21ce7cd8"
    );
    let lines = [
        text("assets/lines.css", "a\r\nb\r\n"),
        text("assets/lines.txt", "a\r\nb\r\n"),
    ];
    let payload = shop.mutate(UPSERT, json!({"id": theme, "f": lines})).await;
    let sizes = ["4", "6"];
    for (file, size) in sizes.iter().enumerate() {
        assert_eq!(payload["upsertedThemeFiles"][file]["size"], *size);
    }

    let delete = "mutation D($id: ID!, $f: [String!]!) { themeFilesDelete(themeId: $id, files: $f) { deletedThemeFiles { filename } userErrors { filename code } } }";
    let data = shop
        .data(
            delete,
            json!({"id": theme, "f": ["assets/dot.png", "assets/none.png"]}),
        )
        .await;
    assert_eq!(
        data["themeFilesDelete"],
        json!({
            "deletedThemeFiles": [{"filename": "assets/dot.png"}],
            "userErrors": [{"filename": "assets/none.png", "code": "NOT_FOUND"}],
        })
    );
    let copy = "mutation C($id: ID!) { themeFilesCopy(themeId: $id, files: [{srcFilename: \"sections/fresh.liquid\", dstFilename: \"sections/copy.liquid\"}]) { copiedThemeFiles { filename } userErrors { code } } }";
    shop.mutate(copy, json!({"id": theme})).await;
}

#[tokio::test]
async fn a_theme_is_duplicated_published_and_deleted() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let theme = live(&shop).await;
    let duplicate = "mutation D($id: ID!) { themeDuplicate(id: $id, name: \"Next\") { newTheme { id name role processing files(first: 250) { nodes { filename checksumMd5 } } } userErrors { code } } }";
    let copy = shop.mutate(duplicate, json!({"id": theme})).await["newTheme"].clone();
    assert_eq!(
        (
            copy["name"].as_str(),
            copy["role"].as_str(),
            copy["processing"].as_bool()
        ),
        (Some("Next"), Some("UNPUBLISHED"), Some(true))
    );
    let files = "query F($id: ID!) { theme(id: $id) { role processing files(first: 250) { nodes { filename checksumMd5 } } } }";
    assert_eq!(
        shop.data(files, json!({"id": theme})).await["theme"]["files"],
        copy["files"]
    );
    let publish =
        "mutation P($id: ID!) { themePublish(id: $id) { theme { role } userErrors { code } } }";
    assert_eq!(
        shop.user_errors(publish, json!({"id": copy["id"]})).await[0]["code"],
        "CANNOT_PUBLISH_THEME_DURING_INSTALL"
    );
    shop.clock.advance(std::time::Duration::from_secs(5));
    assert_eq!(
        shop.mutate(publish, json!({"id": copy["id"]})).await["theme"]["role"],
        "MAIN"
    );
    assert_eq!(
        shop.data(files, json!({"id": theme})).await["theme"]["role"],
        "UNPUBLISHED",
        "the former one steps back"
    );
    let delete = "mutation D($id: ID!) { themeDelete(id: $id) { deletedThemeId userErrors { code message } } }";
    assert!(
        !shop
            .user_errors(delete, json!({"id": copy["id"]}))
            .await
            .as_array()
            .unwrap()
            .is_empty(),
        "the published theme stays"
    );
    shop.mutate(delete, json!({"id": theme})).await;
    let create = "mutation C($s: URL!) { themeCreate(source: $s, name: \"Skeleton\", role: DEVELOPMENT) { theme { id role } userErrors { code } } }";
    let made = shop
        .mutate(create, json!({"s": "https://themes.example/skeleton.zip"}))
        .await["theme"]
        .clone();
    shop.clock.advance(std::time::Duration::from_secs(5));
    assert!(
        !shop
            .user_errors(publish, json!({"id": made["id"]}))
            .await
            .as_array()
            .unwrap()
            .is_empty(),
        "a development theme can't be published"
    );
}
