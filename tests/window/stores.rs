//! The journey on the sample's two simulated stores: a release with every kind in it and theme files beside, from the store
//! where people work to the one where customers are, and back, with a picture of what each kind looks like.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::harness::{Home, Window};
use crate::steps::{applied, open_sample, picture, pictures, verified};

const SOURCE: &str = "store-development";
const TARGET: &str = "store-production";

/// What every release of the sample's stores has to hold: each kind, and how its keys begin.
const KINDS: [(&str, &str); 13] = [
    ("product", "shopify/product:"),
    ("collection", "shopify/collection:"),
    ("page", "shopify/page:"),
    ("blog", "shopify/blog:"),
    ("article", "shopify/article:"),
    ("menu", "shopify/menu:"),
    ("metafield-definition", "shopify/metafield-definition:"),
    ("metaobject-definition", "shopify/metaobject-definition:"),
    ("metaobject", "shopify/metaobject:"),
    ("file", "shopify/file:"),
    ("redirect", "shopify/redirect:"),
    ("translation", "shopify/translation:"),
    ("theme", "theme/file:"),
];

#[tokio::test]
async fn a_release_with_every_kind_goes_to_a_store_and_back() -> Result<()> {
    let window = Window::open().await?;
    window.resize(1280, 800).await?;
    open_sample(&window).await?;
    window.shows(&format!("ahead of {TARGET}")).await?;
    let before = Held::now(window.home())?;
    ensure!(!before.differing.is_empty(), "the stores differ");

    create(&window).await?;
    let count = look(&window).await?;
    assert_eq!(
        count,
        before.differing.len(),
        "all that differs is in the release"
    );
    review(&window).await?;
    deploy(&window).await?;
    let deployed = Held::now(window.home())?;
    assert_eq!(
        deployed.differing,
        Vec::<String>::new(),
        "a fresh capture of the target equals the source"
    );
    roll_back(&window).await?;
    let after = Held::now(window.home())?;
    assert_eq!(
        after.differing, before.differing,
        "the stores differ in what they differed in before"
    );
    assert_eq!(
        after.snapshot, before.snapshot,
        "a fresh capture of the target is the one from before: the plan named nothing that would not come back"
    );
    window.close().await?;
    Ok(())
}

/// What the target holds, and how it differs from the source, both captured anew.
struct Held {
    /// Names what the target holds: the same content has the same name.
    snapshot: Value,
    /// As `modified shopify/page:about`.
    differing: Vec<String>,
}

impl Held {
    fn now(home: &Home) -> Result<Self> {
        home.headless(&["capture", SOURCE])?;
        let captured = home.headless(&["capture", TARGET])?;
        let compared = home.headless(&["compare", SOURCE, TARGET])?;
        let changes = compared["changes"]
            .as_array()
            .context("a list of changes")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line =
            |change: &Value| format!("{} {}", text(&change["change"]), text(&change["resource"]));
        Ok(Self {
            snapshot: captured["snapshot"].clone(),
            differing: changes.iter().map(line).collect(),
        })
    }
}

/// A hybrid release, by the dialog.
async fn create(window: &Window) -> Result<()> {
    pictures(window, "stores-board").await?;
    window
        .click_in(
            "environment-store-development",
            "[data-testid=create-release]",
        )
        .await?;
    window.fill("textbox", "Tag", "store-spring").await?;
    window
        .fill(
            "textbox",
            "Notes",
            "Spring in the store\n\nShells, a size guide, and the theme that shows them.",
        )
        .await?;
    picture(window, "stores-create-release").await?;
    window.click("button", "Create release").await?;
    // Both stores are captured first.
    window.shows_in_the_end("hybrid").await
}

/// Looks at every kind of change; gives how many changes are in.
async fn look(window: &Window) -> Result<usize> {
    window.shows(" in").await?;
    pictures(window, "stores-changes").await?;
    for (kind, start) in KINDS {
        window.fill("textbox", "Filter changes", start).await?;
        let script = format!(
            "const first = document.querySelector('[data-section] h2');
             return first !== null && first.title.startsWith({})",
            json!(start)
        );
        window
            .until(&format!("a {kind} is in the release"), async || {
                Ok((window.eval(&script).await? == true).then_some(()))
            })
            .await?;
        picture(window, &format!("stores-{kind}")).await?;
    }
    window
        .fill(
            "textbox",
            "Filter changes",
            "shopify/product:storm-petrel-shell",
        )
        .await?;
    window.shows("1 shown").await?;
    pictures(window, "stores-product-created").await?;
    window.click("button", "Clear the filter").await?;
    number_before(&window.visible_text().await?, " included\n").context("how many are in")
}

/// The number right before some words.
fn number_before(text: &str, words: &str) -> Option<usize> {
    text.match_indices(words).find_map(|(at, _)| {
        let before = &text[..at];
        let digits = before.len()
            - before
                .trim_end_matches(|letter: char| letter.is_ascii_digit())
                .len();
        before[at - digits..].parse().ok()
    })
}

async fn review(window: &Window) -> Result<()> {
    window.click("button", "Open for review").await?;
    window.hides("Open for review").await?;
    window
        .click("button", &format!("Review for {TARGET}"))
        .await?;
    window
        .click("menuitem", &format!("Approve for {TARGET}…"))
        .await?;
    window
        .click("button", &format!("Approve for {TARGET}"))
        .await?;
    window.hides("Message (optional)").await
}

/// Looks at the plan, deploys, and watches the operations to the end.
async fn deploy(window: &Window) -> Result<()> {
    window.click("tab", "Plan").await?;
    window.shows("waves").await?;
    pictures(window, "stores-plan").await?;
    window
        .click("button", &format!("Deploy to {TARGET}…"))
        .await?;
    window.shows("operations to store-production").await?;
    picture(window, "stores-deploy").await?;
    window
        .click("button", "operations to store-production")
        .await?;
    window.named("heading", "store-spring").await?;
    picture(window, "stores-deploying").await?;
    window.shows_in_the_end(&verified(TARGET)).await?;
    all_done(window).await?;
    pictures(window, "stores-deployment").await
}

/// Takes the deployment back from the Board: all is simple, so one click is enough.
async fn roll_back(window: &Window) -> Result<()> {
    window.click("link", "Board").await?;
    window.named("link", "store-spring").await?;
    pictures(window, "stores-board-deployed").await?;
    window
        .click_in("environment-store-production", "[data-testid=roll-back]")
        .await?;
    window.shows("Everything returns to").await?;
    pictures(window, "stores-rollback").await?;
    window
        .click("button", "resources in store-production")
        .await?;
    window.shows_in_the_end(&verified(TARGET)).await?;
    all_done(window).await?;
    picture(window, "stores-rollback-deployment").await?;
    window.click("link", "Board").await?;
    window.named("heading", "Board").await?;
    picture(window, "stores-board-rolled-back").await
}

/// Every operation was seen to its end.
async fn all_done(window: &Window) -> Result<()> {
    let told = applied(window).await?;
    let (done, of) = told.split_once(" of ").context("a count")?;
    ensure!(done == of && done != "0", "{told} operations were applied");
    Ok(())
}
