//! The one whole journey: from the first start to a release that was deployed and taken back, as a person clicks it,
//! with a picture of every screen in both themes for somebody to look at.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::harness::Window;
use crate::steps::{applied, go, open_sample, picture, verified};
use crate::tree::{Tree, assert_same, differing, tree};

/// The change that is left out of the release, and its file.
const LEFT_OUT: (&str, &str) = ("about", "objects/pages/about.json");

#[tokio::test]
async fn a_release_goes_from_the_first_start_to_staging_and_back() -> Result<()> {
    let window = Window::open().await?;
    window.resize(1280, 800).await?;
    let sample = window.home().path().join("data/slipway/sample");
    let (source, target) = (sample.join("development"), sample.join("staging"));

    start(&window).await?;
    let before = tree(&target);
    let release = create(&window).await?;
    choose(&window).await?;
    review(&window).await?;
    assert_same(&before, &tree(&target), "nothing is deployed yet");
    deploy(&window).await?;
    assert_eq!(
        differing(&tree(&source), &tree(&target)),
        [LEFT_OUT.1, "theme/config/settings_data.json"],
        "all is deployed but what was left out and what a rule keeps"
    );
    approve_for_production(&window).await?;
    roll_back(&window, &before, &target).await?;
    assert_same(&before, &tree(&target), "the target is as it was");
    look_around(&window, &release).await?;
    window.close().await?;
    Ok(())
}

/// The first page: who acts, and the sample.
async fn start(window: &Window) -> Result<()> {
    open_sample(window).await?;
    picture(window, "board").await
}

/// A release from development to staging, by the dialog; gives the place of its changes.
async fn create(window: &Window) -> Result<String> {
    // The first card is development's.
    window.click("button", "Create release…").await?;
    window.fill("textbox", "Tag", "spring").await?;
    window
        .fill(
            "textbox",
            "Notes",
            "Spring collection\n\nNew shells, a size guide, and a calmer header.",
        )
        .await?;
    window.shows("as captured last").await?;
    picture(window, "create-release").await?;
    window.click("button", "Create release").await?;
    window.named("tab", "Changes").await?;
    window.shows("27 in").await?;
    let place = window.eval("return location.hash").await?;
    Ok(place.as_str().context("a place")?.to_owned())
}

/// Leaves one change out, seals the rest, and comments on a change.
async fn choose(window: &Window) -> Result<()> {
    picture(window, "changes-draft").await?;
    window.fill("textbox", "Filter changes", LEFT_OUT.0).await?;
    // A row that is still on its way elsewhere takes no click.
    window.shows("1 shown").await?;
    window
        .click("checkbox", &format!("Include {}", LEFT_OUT.0))
        .await?;
    window.shows("26 in").await?;
    picture(window, "changes-left-out").await?;
    window.click("button", "Clear the filter").await?;
    window.click("button", "Open for review").await?;
    window.hides("Open for review").await?;

    window.press("j").await?;
    window.press("c").await?;
    window
        .fill(
            "textbox",
            "Comment on this change",
            "The new order reads better.",
        )
        .await?;
    picture(window, "changes-comment").await?;
    window.click("button", "Comment").await?;
    window.hides("Comment on this change").await?;
    window.shows("The new order reads better.").await?;
    // The whole document, one change a page, as a reviewer goes through it.
    for _ in 0..7 {
        window.press("j").await?;
    }
    picture(window, "changes-open").await?;
    window.press("u").await?;
    for _ in 0..5 {
        window.press("j").await?;
    }
    picture(window, "changes-split").await
}

/// Approves the release, and looks at what was said about it.
async fn review(window: &Window) -> Result<()> {
    // It goes on to production after: each verdict says which of the two it is for.
    window.click("button", "Review").await?;
    window.click("menuitem", "Approve for staging…").await?;
    window
        .fill("textbox", "Message (optional)", "Looks right.")
        .await?;
    picture(window, "review").await?;
    window.click("button", "Approve for staging").await?;
    window.hides("Message (optional)").await?;
    window.click("tab", "Overview").await?;
    window.shows("Looks right.").await?;
    picture(window, "overview").await
}

/// Looks at the plan, deploys, and watches the operations to the end.
async fn deploy(window: &Window) -> Result<()> {
    window.click("tab", "Plan").await?;
    window.shows("waves").await?;
    picture(window, "plan").await?;
    window.click("button", "Deploy to staging…").await?;
    window
        .named("button", "Deploy 26 operations to staging")
        .await?;
    picture(window, "deploy").await?;
    window
        .click("button", "Deploy 26 operations to staging")
        .await?;
    window.shows(&verified("staging")).await?;
    assert_eq!(
        applied(window).await?,
        "26 of 26",
        "every operation was seen to its end"
    );
    picture(window, "deployment").await?;
    window.click("link", "spring").await?;
    window.named("tab", "Deployments").await?;
    picture(window, "release-deployments").await?;
    window.click("tab", "Activity").await?;
    picture(window, "release-activity").await
}

/// Approves what was deployed to staging for the next environment, production.
async fn approve_for_production(window: &Window) -> Result<()> {
    window.click("tab", "Overview").await?;
    window.click("button", "Review for production").await?;
    window.click("menuitem", "Approve for production…").await?;
    picture(window, "review-production").await?;
    window.click("button", "Approve for production").await?;
    window.shows("Approved spring for production").await?;
    picture(window, "overview-production").await
}

/// Takes the deployment back from the Board.
async fn roll_back(window: &Window, before: &Tree, target: &Path) -> Result<()> {
    window.click("link", "Board").await?;
    window.named("link", "spring").await?;
    picture(window, "board-deployed").await?;
    let deployed = tree(target);
    window.click("button", "Roll back").await?;
    window.click("button", "Dry run").await?;
    window.named("button", "Dry run again").await?;
    picture(window, "rollback").await?;
    assert_same(&deployed, &tree(target), "a dry run writes nothing");
    anyhow::ensure!(deployed != *before, "there is something to take back");
    window
        .click("button", "Roll back 26 resources in staging")
        .await?;
    window.shows(&verified("staging")).await?;
    assert_eq!(applied(window).await?, "26 of 26");
    picture(window, "rollback-deployment").await?;
    window.click("link", "Board").await?;
    picture(window, "board-rolled-back").await
}

/// Every other screen, two of them in a large window, and the theme as a person switches it.
async fn look_around(window: &Window, release: &str) -> Result<()> {
    for place in ["Releases", "Reviews", "Environments", "Activity"] {
        window.click("link", place).await?;
        window.named("heading", place).await?;
        picture(window, &place.to_lowercase()).await?;
    }
    window.resize(1600, 1000).await?;
    window.click("link", "Board").await?;
    picture(window, "board-large").await?;
    go(window, release).await?;
    window.named("tab", "Changes").await?;
    picture(window, "changes-large").await?;
    window.resize(1280, 800).await?;
    window.click("link", "Environments").await?;
    window.click("link", "staging").await?;
    picture(window, "environment").await?;
    window.click("link", "Settings").await?;
    for part in ["workspace", "audit", "general"] {
        go(window, &format!("#/settings/{part}")).await?;
        picture(window, &format!("settings-{part}")).await?;
    }
    // By keyboard: from the system's theme over light to dark.
    window.named("radio", "Dark").await?;
    window
        .eval("document.querySelector('input[name=theme]:checked').focus()")
        .await?;
    window.press("ArrowDown").await?;
    window.press("ArrowDown").await?;
    assert_eq!(
        window
            .eval("return getComputedStyle(document.body).colorScheme")
            .await?,
        "dark",
        "the theme is the person's choice"
    );
    window.press("?").await?;
    picture(window, "shortcuts").await?;
    window.press("Escape").await?;
    window.press("Control+k").await?;
    picture(window, "palette").await
}
