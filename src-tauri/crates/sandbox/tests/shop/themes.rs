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
