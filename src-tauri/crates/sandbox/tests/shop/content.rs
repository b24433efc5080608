//! Pages, blogs, articles, menus and redirects.

use serde_json::{Value, json};
use slipway_sandbox::shop::Seed;

use crate::client::Shop;

const PAGE: &str = "mutation P($p: PageCreateInput!) { pageCreate(page: $p) { page { id handle title body isPublished publishedAt } userErrors { field message code } } }";
const BLOG: &str = "mutation B($b: BlogCreateInput!) { blogCreate(blog: $b) { blog { id handle commentPolicy } userErrors { field message code } } }";
const ARTICLE: &str = "mutation A($a: ArticleCreateInput!) { articleCreate(article: $a) { article { id handle tags author { name } blog { handle updatedAt } } userErrors { field message code } } }";

#[tokio::test]
async fn pages_are_published_unless_told_otherwise_and_refuse_taken_handles() {
    let shop = Shop::open(Seed::Empty).await;
    let html = "<p>As <b>written</b>,\n  kept.</p>";
    let page = shop
        .mutate(PAGE, json!({"p": {"title": "About us", "body": html}}))
        .await["page"]
        .clone();
    assert_eq!(
        (page["handle"].as_str(), page["body"].as_str()),
        (Some("about-us"), Some(html))
    );
    assert_eq!(page["isPublished"], true);
    let errors = shop
        .user_errors(PAGE, json!({"p": {"title": "Other", "handle": "about-us"}}))
        .await;
    assert_eq!(
        errors[0],
        json!({"field": ["page", "handle"], "message": "Handle has already been taken", "code": "TAKEN"})
    );
    let errors = shop.user_errors(PAGE, json!({"p": {"title": " "}})).await;
    assert_eq!(
        (errors[0]["message"].as_str(), errors[0]["code"].as_str()),
        (Some("Title can't be blank"), Some("BLANK"))
    );
    let errors = shop
        .user_errors(
            PAGE,
            json!({"p": {"title": "Big", "body": "x".repeat(512 * 1024 + 1)}}),
        )
        .await;
    assert_eq!(
        errors[0]["message"],
        "Content is too big (maximum is 512 KB)"
    );
    let errors = shop.user_errors(PAGE, json!({"p": {"title": "Soon", "isPublished": true, "publishDate": "2031-01-01T00:00:00Z"}})).await;
    assert_eq!(errors[0]["code"], "INVALID_PUBLISH_DATE");
    let update = "mutation U($id: ID!, $p: PageUpdateInput!) { pageUpdate(id: $id, page: $p) { page { title handle isPublished } userErrors { code } } }";
    let updated = shop
        .mutate(
            update,
            json!({"id": page["id"], "p": {"isPublished": false, "title": "Us"}}),
        )
        .await;
    assert_eq!(
        updated["page"],
        json!({"title": "Us", "handle": "about-us", "isPublished": false})
    );
    let errors = shop
        .user_errors(
            update,
            json!({"id": "gid://shopify/Page/9", "p": {"title": "x"}}),
        )
        .await;
    assert_eq!(errors[0]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn blogs_suffix_silently_and_take_their_articles_along() {
    let shop = Shop::open(Seed::Empty).await;
    let blog = shop.mutate(BLOG, json!({"b": {"title": "News"}})).await["blog"].clone();
    let second = shop
        .mutate(BLOG, json!({"b": {"title": "Other", "handle": "news"}}))
        .await["blog"]
        .clone();
    assert_eq!(
        (blog["handle"].as_str(), second["handle"].as_str()),
        (Some("news"), Some("news-1"))
    );
    let update = "mutation U($id: ID!, $b: BlogUpdateInput!) { blogUpdate(id: $id, blog: $b) { blog { handle title } userErrors { code } } }";
    let unchanged = shop
        .mutate(
            update,
            json!({"id": second["id"], "b": {"handle": "news", "title": "Ignored"}}),
        )
        .await;
    assert_eq!(
        unchanged["blog"],
        json!({"handle": "news-1", "title": "Other"}),
        "a taken handle changes nothing, without an error"
    );

    let article = json!({"title": "First", "blogId": blog["id"], "author": {"name": "Ada"}, "tags": ["b", "a"]});
    let made = shop.mutate(ARTICLE, json!({"a": article})).await["article"].clone();
    assert_eq!(
        (made["handle"].as_str(), &made["tags"]),
        (Some("first"), &json!(["a", "b"]))
    );
    let same = json!({"title": "Second", "handle": "first", "blogId": blog["id"], "author": {"name": "Ada"}});
    assert_eq!(
        shop.user_errors(ARTICLE, json!({"a": same})).await[0]["code"],
        "TAKEN"
    );
    let elsewhere = json!({"title": "Second", "handle": "first", "blogId": second["id"], "author": {"name": "Ada"}});
    shop.mutate(ARTICLE, json!({"a": elsewhere})).await;
    let cases = [
        (
            json!({"title": "x", "author": {"name": "A"}}),
            "BLOG_REFERENCE_REQUIRED",
        ),
        (
            json!({"title": "x", "author": {"name": "A"}, "blogId": "gid://shopify/Blog/9"}),
            "NOT_FOUND",
        ),
        (
            json!({"title": "x", "author": {}, "blogId": blog["id"]}),
            "AUTHOR_FIELD_REQUIRED",
        ),
    ];
    for (article, code) in cases {
        assert_eq!(
            shop.user_errors(ARTICLE, json!({"a": article})).await[0]["code"],
            code
        );
    }
    let before = shop.handle().object(blog["id"].as_str().unwrap()).unwrap()["updatedAt"].clone();
    shop.clock.advance(std::time::Duration::from_secs(60));
    let touch = "mutation U($id: ID!) { articleUpdate(id: $id, article: {title: \"Newer\"}) { article { title } userErrors { code } } }";
    shop.mutate(touch, json!({"id": made["id"]})).await;
    let after = shop.handle().object(blog["id"].as_str().unwrap()).unwrap()["updatedAt"].clone();
    assert_ne!(before, after, "writing an article touches its blog");
    let delete =
        "mutation D($id: ID!) { blogDelete(id: $id) { deletedBlogId userErrors { code } } }";
    shop.mutate(delete, json!({"id": blog["id"]})).await;
    let gone = shop
        .data(
            "query N($id: ID!) { node(id: $id) { id } }",
            json!({"id": made["id"]}),
        )
        .await;
    assert_eq!(gone["node"], Value::Null);
}

#[tokio::test]
async fn menus_are_trees_of_three_levels() {
    let shop = Shop::open(Seed::NorthwindProduction).await;
    let collection = shop.handle().ids("Collection").remove(0);
    let create = "mutation M($t: String!, $h: String!, $i: [MenuItemCreateInput!]!) { menuCreate(title: $t, handle: $h, items: $i) {
        menu { id isDefault items { id title url items { title url items { title } } } } userErrors { field message code } } }";
    let level = |items: Value| json!([{"title": "x", "type": "HTTP", "url": "/x", "items": items}]);
    let deep = level(level(level(level(json!([])))));
    let errors = shop
        .user_errors(create, json!({"t": "Deep", "h": "deep", "i": deep}))
        .await;
    assert_eq!(errors[0]["code"], "NESTING_TOO_DEEP");
    let gone = json!([{"title": "x", "type": "PRODUCT", "resourceId": "gid://shopify/Product/1"}]);
    let errors = shop
        .user_errors(create, json!({"t": "Gone", "h": "gone", "i": gone}))
        .await;
    assert_eq!(errors[0]["code"], "NOT_FOUND");
    let items = json!([{"title": "All", "type": "COLLECTION", "resourceId": collection, "items": level(level(json!([])))}]);
    let made = shop
        .mutate(create, json!({"t": "Own", "h": "own", "i": items}))
        .await["menu"]
        .clone();
    assert!(
        made["items"][0]["url"]
            .as_str()
            .unwrap()
            .starts_with("/collections/")
    );

    let update = "mutation U($id: ID!, $i: [MenuItemUpdateInput!]!) { menuUpdate(id: $id, title: \"Own\", items: $i) { menu { items { id title } } userErrors { code } } }";
    let kept = json!([{"id": made["items"][0]["id"], "title": "Kept", "type": "FRONTPAGE"}, {"title": "New", "type": "SEARCH"}]);
    let updated = shop
        .mutate(update, json!({"id": made["id"], "i": kept}))
        .await;
    assert_eq!(updated["menu"]["items"][0]["id"], made["items"][0]["id"]);
    assert_eq!(updated["menu"]["items"].as_array().unwrap().len(), 2);
    let found = shop
        .data(
            "{ menus(first: 10, query: \"handle:own\") { nodes { handle isDefault } } }",
            json!({}),
        )
        .await;
    let found = found["menus"]["nodes"].as_array().unwrap().clone();
    assert!(
        found.iter().all(|menu| menu["isDefault"] == true),
        "searches find the default menus alone"
    );
    let delete =
        "mutation D($id: ID!) { menuDelete(id: $id) { deletedMenuId userErrors { code } } }";
    let default = shop
        .handle()
        .ids("Menu")
        .into_iter()
        .find(|id| shop.handle().object(id).unwrap()["isDefault"] == true)
        .unwrap();
    assert_eq!(
        shop.user_errors(delete, json!({"id": default})).await[0]["code"],
        "UNABLE_TO_DELETE_DEFAULT_MENU"
    );
    shop.mutate(delete, json!({"id": made["id"]})).await;
}

#[tokio::test]
async fn redirects_are_one_for_each_path() {
    let shop = Shop::open(Seed::Empty).await;
    let create = "mutation R($r: UrlRedirectInput!) { urlRedirectCreate(urlRedirect: $r) { urlRedirect { id path target } userErrors { field code message } } }";
    let made = shop
        .mutate(create, json!({"r": {"path": "/old", "target": "/new"}}))
        .await["urlRedirect"]
        .clone();
    let errors = shop
        .user_errors(create, json!({"r": {"path": "/old", "target": "/other"}}))
        .await;
    assert_eq!(errors[0]["code"], "CREATE_FAILED");
    let found = shop
        .data(
            "{ urlRedirects(first: 5, query: \"path:/old\") { nodes { id } } }",
            json!({}),
        )
        .await;
    assert_eq!(found["urlRedirects"]["nodes"], json!([{"id": made["id"]}]));
    let bulk = "mutation D($ids: [ID!]!) { urlRedirectBulkDeleteByIds(ids: $ids) { job { id done } userErrors { code } } }";
    let job = shop.mutate(bulk, json!({"ids": [made["id"]]})).await["job"].clone();
    assert_eq!(job["done"], false);
    shop.clock.advance(std::time::Duration::from_secs(5));
    let job = shop
        .data(
            "query J($id: ID!) { job(id: $id) { done query { shop { name } } } }",
            json!({"id": job["id"]}),
        )
        .await;
    assert_eq!(job["job"]["done"], true);
    assert_eq!(
        shop.user_errors(bulk, json!({"ids": []})).await[0]["code"],
        "IDS_EMPTY"
    );
}
