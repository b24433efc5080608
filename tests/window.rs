//! Journeys through the real window: few, whole, and only what no smaller test can show.
//!
//! They need a display (`make test` gives them one) and run one after another: two windows that fight for two cores
//! tell nothing about either.

#[path = "window/harness.rs"]
#[allow(
    dead_code,
    reason = "the harness offers a whole set; a journey takes what it needs"
)]
mod harness;
#[path = "window/heavy.rs"]
mod heavy;
#[path = "window/journey.rs"]
mod journey;
#[path = "window/refusals.rs"]
mod refusals;
#[path = "window/steps.rs"]
mod steps;
#[path = "window/stores.rs"]
mod stores;
#[path = "headless/tree.rs"]
mod tree;

use anyhow::Result;
use harness::Window;
use serde_json::json;

#[tokio::test]
async fn the_window_opens_and_shows_its_page() -> Result<()> {
    let window = Window::open().await?;
    window.element("app").await?;
    window.settled().await?;
    let title = window.title().await?;
    assert!(
        title.contains("Slipway"),
        "the title names the program, but reads {title:?}"
    );
    window.screenshot("opened").await?;
    window.close().await?;
    Ok(())
}

#[tokio::test]
async fn the_page_has_no_right_beyond_its_own_command() -> Result<()> {
    let window = Window::open().await?;
    let refused = [
        "plugin:dialog|open",
        "plugin:window|close",
        "plugin:webview|create_webview_window",
        "plugin:webview|set_webview_zoom",
        "plugin:app|version",
        "plugin:event|emit",
    ];
    for command in refused {
        let answer = window.invoke(command, json!({})).await?;
        assert!(
            answer
                .as_ref()
                .is_err_and(|error| error.to_string().contains("not allowed")),
            "the capability file does not list `{command}`, yet it answered {answer:?}"
        );
    }
    let inline_script = window
        .eval(
            "const script = document.createElement('script');
             script.textContent = 'window.escaped = true';
             document.body.append(script);
             return window.escaped === true",
        )
        .await?;
    assert_eq!(
        inline_script, false,
        "the content security policy stops scripts that the page does not ship"
    );
    window.close().await?;
    Ok(())
}

#[tokio::test]
async fn the_page_is_drawn_larger_by_key_and_stays_so() -> Result<()> {
    let window = Window::open().await?;
    window.settled().await?;
    let actual = window.eval("return window.innerWidth").await?;
    let actual = actual.as_f64().unwrap_or_default();
    for chord in ["Control+=", "Control+=", "Control+-"] {
        window.press(chord).await?;
    }
    is_wide(&window, actual / 1.1).await?;
    let home = window.close().await?;
    let again = harness::Launch::default().home(home).open().await?;
    again.settled().await?;
    is_wide(&again, actual / 1.1).await?;
    again.press("Control+0").await?;
    is_wide(&again, actual).await?;
    again.close().await?;
    Ok(())
}

/// Waits until the page is so wide, in CSS pixels and give or take their rounding.
async fn is_wide(window: &Window, wanted: f64) -> Result<()> {
    window
        .until("the page is drawn as large as asked for", async || {
            let width = window.eval("return window.innerWidth").await?;
            let width = width.as_f64().unwrap_or_default();
            Ok(((width - wanted).abs() < 3.0).then_some(()))
        })
        .await
}

/// The journeys are worth as much as the harness that they stand on.
#[tokio::test]
async fn the_harness_finds_and_moves_what_a_person_would() -> Result<()> {
    let window = Window::open().await?;
    window
        .eval(
            "document.body.innerHTML = `
                <label>Tag <input id=tag value=old></label>
                <button id=hidden hidden>Deploy</button>
                <button id=shown aria-label='Deploy to production'>→</button>
                <div role=tab tabindex=0>Changes <span>52</span></div>
                <p data-testid=said></p>`;
             const said = document.querySelector('p');
             const say = text => { said.textContent += text + ';'; };
             document.querySelector('#hidden').onclick = () => say('hidden');
             document.querySelector('#shown').onclick = () => say('deployed ' + tag.value);
             document.querySelector('[role=tab]').onclick = () => say('changes');
             addEventListener('keydown', event => {
                 if (event.ctrlKey && event.key === 'k') say('palette');
                 if (event.key === 'Escape') setTimeout(say, 200, 'closed');
             });",
        )
        .await?;
    window.fill("textbox", "Tag", "spring-24.3").await?;
    window.click("button", "Deploy to production").await?;
    window.click("tab", "Changes").await?;
    window.press("Control+k").await?;
    window.press("Escape").await?;
    window.shows("closed").await?;
    assert_eq!(
        window.text("said").await?,
        "deployed spring-24.3;changes;palette;closed;",
        "each step did what a person's would have done, in this order"
    );
    assert!(
        !window.has("button", "Nowhere").await?,
        "what is not there is not found"
    );
    window.resize(1600, 1000).await?;
    window.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_home_outlives_its_window() -> Result<()> {
    let window = Window::open().await?;
    let stored = window.home().path().join("data");
    let home = window.close().await?;
    assert!(stored.is_dir(), "the program keeps its data below the home");
    let dark = harness::Launch::default().home(home).dark().open().await?;
    assert_eq!(
        dark.eval("return matchMedia('(prefers-color-scheme: dark)').matches")
            .await?,
        true,
        "a desktop that prefers dark tells the page"
    );
    drop(dark.kill());
    Ok(())
}
