//! What the journeys have in common: the first page, places, pictures of screens in both themes.

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::harness::Window;

/// What a deployment says when all of it was read back.
pub(crate) fn verified(environment: &str) -> String {
    format!("Read back and verified: {environment} holds what the release wants.")
}

/// Says who acts, on the first page.
pub(crate) async fn introduce(window: &Window) -> Result<()> {
    window.fill("textbox", "Name", "Mara Lind").await?;
    window
        .fill("textbox", "E-mail", "mara@northwind.example")
        .await
}

/// Says who acts, and opens the sample.
pub(crate) async fn open_sample(window: &Window) -> Result<()> {
    introduce(window).await?;
    picture(window, "start").await?;
    window.click("button", "Open the sample").await?;
    window.named("heading", "Board").await?;
    window.shows("ahead of staging").await
}

/// How many operations of the deployment that is shown are done, of how many.
pub(crate) async fn applied(window: &Window) -> Result<String> {
    let script = "const bar = document.querySelector('main [role=progressbar]')
            ?? document.querySelector('[role=progressbar]');
        return `${bar.ariaValueNow} of ${bar.ariaValueMax}`";
    let told = window.eval(script).await?;
    Ok(told.as_str().context("a bar of operations")?.to_owned())
}

/// Goes to an address of the page.
pub(crate) async fn go(window: &Window, place: &str) -> Result<()> {
    let script = format!("location.hash = {}", json!(place));
    window.eval(&script).await?;
    Ok(())
}

/// Takes a picture of a screen at rest, in both themes.
pub(crate) async fn picture(window: &Window, name: &str) -> Result<()> {
    let chosen = window
        .eval("return document.documentElement.dataset.theme ?? ''")
        .await?;
    for theme in ["light", "dark"] {
        put_theme(window, theme).await?;
        window.settled().await?;
        window.screenshot(&format!("{name}-{theme}")).await?;
    }
    put_theme(window, chosen.as_str().unwrap_or_default()).await
}

/// Takes pictures of a screen in both themes, in a small and in a large window.
pub(crate) async fn pictures(window: &Window, name: &str) -> Result<()> {
    picture(window, name).await?;
    window.resize(1600, 1000).await?;
    picture(window, &format!("{name}-large")).await?;
    window.resize(1280, 800).await
}

async fn put_theme(window: &Window, theme: &str) -> Result<()> {
    let script = format!(
        "const root = document.documentElement;
         if ({0}) root.dataset.theme = {0}; else delete root.dataset.theme",
        json!(theme)
    );
    window.eval(&script).await?;
    Ok(())
}
