//! What weighs on a window: pictures that are made to harm it, and a very large release. Each is opened as a person opens
//! it; the window says what it can't show, goes on to what is next, and is as light afterwards as it was.
//!
//! What the core makes of each picture, `pictures/tests/hostile` tells; that the page holds nothing else, this does.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::harness::{Home, Launch, Memory, Window};
use crate::steps::{go, introduce, picture};

/// The files of a theme, in the order in which they are opened.
const ASSETS: &str = "theme/assets";
/// A picture that does no harm; what drawing one costs is spent on it.
const HARMLESS: &str = "a-logo.svg";
/// What is opened after each picture.
const NEXT: (&str, &str) = ("next.css", "body { color: teal }");

const CHANGES: usize = 10_000;
const KINDS: usize = 10;
/// The rows that come with one request.
const PAGE_ROWS: usize = 200;
const ROW_PX: usize = 28;
/// How often the tree is stopped on its way to the end.
const STOPS: usize = 10;

#[tokio::test]
async fn hostile_pictures_show_as_words_or_bitmaps_and_leave_nothing_behind() -> Result<()> {
    let home = Home::new()?;
    let release = draft(&home, "pictures", |source, target| {
        for side in [source, target] {
            write(&side.join(ASSETS).join("same.css"), b"p {}")?;
        }
        write(&source.join(ASSETS).join(NEXT.0), NEXT.1.as_bytes())?;
        write(
            &source.join(ASSETS).join(HARMLESS),
            &svg("<circle r=\"9\"/>"),
        )?;
        for (name, bytes, _) in hostile() {
            write(&source.join(ASSETS).join(name), &bytes)?;
        }
        Ok(())
    })?;
    let window = open(home).await?;
    changes(&window, &release).await?;
    let drawn = open_picture(&window, HARMLESS).await?;
    ensure!(drawn == "a bitmap", "a picture is drawn: {drawn}");
    go(&window, "#/board").await?;
    let before = at_rest(&window).await?;

    changes(&window, &release).await?;
    for (name, _, expected) in hostile() {
        let shown = open_picture(&window, name).await?;
        assert!(
            shown.contains(expected),
            "{name} shows as {expected}, not as: {shown}"
        );
        picture(&window, &format!("hostile-{name}")).await?;
        filter(&window, NEXT.0).await?;
        window.shows(NEXT.1).await?;
    }
    go(&window, "#/board").await?;
    let after = forgets(&window, before).await?;
    println!("before: {before}; after hostile pictures: {after}");
    window.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_tree_of_10_000_changes_is_read_to_its_end_page_by_page() -> Result<()> {
    let home = Home::new()?;
    let release = draft(&home, "large", |source, target| {
        for at in 0..CHANGES {
            let (kind, item) = (at % KINDS, at / KINDS);
            let name = format!("objects/kind-{kind}/item-{item:04}.json");
            let document = json!({ "name": name, "price": item });
            write(&source.join(name), document.to_string().as_bytes())?;
        }
        fs::create_dir_all(target.join("objects"))?;
        Ok(())
    })?;
    let window = open(home).await?;
    // What the first visit costs is not what the rows cost.
    changes(&window, &release).await?;
    go(&window, "#/board").await?;
    let before = at_rest(&window).await?;
    count_requests(&window).await?;

    changes(&window, &release).await?;
    let rows = CHANGES + KINDS;
    let height = window
        .eval("return document.querySelector('[role=tree]').scrollHeight")
        .await?;
    assert_eq!(height, json!(rows * ROW_PX), "every row has its place");
    for stop in 0..=STOPS {
        read_tree(&window, stop as f64 / STOPS as f64).await?;
    }
    let last = read_tree(&window, 1.0).await?;
    assert!(
        last.contains(&format!("item-{:04}", CHANGES / KINDS - 1)),
        "the last row is the last change, not {last}"
    );
    picture(&window, "tree-end").await?;
    let asked = requests(&window, "change_rows").await?;
    // What is in view at a stop may lie on two pages.
    let most = 2 * (STOPS + 1);
    assert!(
        (STOPS..=most).contains(&asked),
        "{asked} requests for rows: more than the pages that were seen, of {}",
        rows / PAGE_ROWS
    );
    let asked = requests(&window, "").await?;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let more = requests(&window, "").await? - asked;
    assert!(more <= 2, "{more} requests while nothing happens");
    go(&window, "#/board").await?;
    let after = forgets(&window, before).await?;
    println!("before: {before}; after {CHANGES} changes: {after}; {asked} requests");
    window.close().await?;
    Ok(())
}

/// The pictures, and what the window shows for each.
fn hostile() -> [(&'static str, Vec<u8>, &'static str); 4] {
    [
        ("entities.svg", entities(), "it is damaged"),
        (
            "long-text.svg",
            svg(&format!(
                "<text y=\"20\">{}</text>",
                "lorem ipsum ".repeat(750)
            )),
            "a bitmap",
        ),
        ("uses.svg", uses(), "it has too many elements"),
        ("vast.png", VAST_PNG.to_vec(), "60,000 × 60,000 pixels"),
    ]
}

fn svg(inner: &str) -> Vec<u8> {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="400" height="40">{inner}</svg>"#
    )
    .into_bytes()
}

/// Entities that stand for ten of the one before each, nine levels deep.
fn entities() -> Vec<u8> {
    let levels: String = (1..10)
        .map(|level| {
            format!(
                "<!ENTITY a{level} \"{}\">",
                format!("&a{};", level - 1).repeat(10)
            )
        })
        .collect();
    let mut bomb = format!("<!DOCTYPE svg [<!ENTITY a0 \"lol\">{levels}]>").into_bytes();
    bomb.extend(svg("<text y=\"20\">&a9;</text>"));
    bomb
}

/// Groups that use the one before ten times each, ten levels deep.
fn uses() -> Vec<u8> {
    let levels: String = (1..=10)
        .map(|level| {
            let inner = format!("<use xlink:href=\"#u{}\"/>", level - 1).repeat(10);
            format!("<g id=\"u{level}\">{inner}</g>")
        })
        .collect();
    svg(&format!(
        "<defs><g id=\"u0\"><rect width=\"1\" height=\"1\"/></g>{levels}</defs><use xlink:href=\"#u10\"/>"
    ))
}

/// A PNG of a few bytes, whose header says that it has 60,000 × 60,000 pixels.
const VAST_PNG: &[u8] = b"\x89PNG\r\n\x1a\n\
    \0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0\x80\xd2\x75\x42\
    \0\0\0\x08IDAT\x78\x9c\x03\0\0\0\0\x01\x48\x06\x89\xd2\
    \0\0\0\0IEND\xae\x42\x60\x82";

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
    Ok(fs::write(path, bytes)?)
}

/// Makes a workspace of two folders that `fill` writes, and a draft of what they differ in. Gives its identity.
fn draft(home: &Home, tag: &str, fill: impl Fn(&Path, &Path) -> Result<()>) -> Result<String> {
    let [source, target] = ["source", "target"].map(|name| home.path().join(name));
    fill(&source, &target)?;
    let workspace = home.path().join(format!("data/{tag}.slipway"));
    let text = |path: &Path| path.display().to_string();
    home.headless(&["workspace", "init", &text(&workspace)])?;
    for (name, path) in [("source", &source), ("target", &target)] {
        let add = ["env", "add", name, "--platform", "folder", "--path"];
        home.headless(&[&add[..], &[&text(path)]].concat())?;
    }
    let create = [
        "release", "create", tag, "--from", "source", "--to", "target",
    ];
    let made = home.headless(&create)?;
    let id = made["release"]["id"].as_str().context("an identity")?;
    Ok(id.to_owned())
}

/// Opens the window on the workspace of a home.
async fn open(home: Home) -> Result<Window> {
    let window = Launch::default().home(home).open().await?;
    window.resize(1280, 800).await?;
    introduce(&window).await?;
    window.click("button", "Open").await?;
    window.named("heading", "Board").await?;
    Ok(window)
}

async fn changes(window: &Window, release: &str) -> Result<()> {
    go(window, &format!("#/release/{release}/changes")).await?;
    window.named("tree", "Changes").await?;
    Ok(())
}

async fn filter(window: &Window, name: &str) -> Result<()> {
    window.fill("textbox", "Filter changes", name).await?;
    let script = format!(
        "const heads = [...document.querySelectorAll('[data-section] h2')];
         return heads.length === 1 && heads[0].title.endsWith({})",
        json!(format!("/{name}"))
    );
    window
        .until(&format!("{name} alone is shown"), async || {
            Ok((window.eval(&script).await? == true).then_some(()))
        })
        .await
}

/// Opens a picture; gives the words that stand for it, or `a bitmap`.
async fn open_picture(window: &Window, name: &str) -> Result<String> {
    filter(window, name).await?;
    if window.has("button", "Picture").await? {
        window.click("button", "Picture").await?;
    }
    let script = "const picture = document.querySelector('[data-section] .picture');
        if (picture === null || picture.ariaBusy === 'true') return null;
        const image = picture.querySelector('img');
        if (image === null) return picture.innerText;
        return image.src.startsWith('data:image/png;base64,') && image.naturalWidth > 0 ? 'a bitmap' : null";
    let shown: Value = window
        .until(&format!("{name} is drawn or refused"), async || {
            let shown = window.eval(script).await?;
            Ok((!shown.is_null()).then_some(shown))
        })
        .await?;
    Ok(shown.as_str().context("words")?.to_owned())
}

/// The memory of a window that shows the board and does nothing.
async fn at_rest(window: &Window) -> Result<Memory> {
    window.named("heading", "Board").await?;
    window.settled().await?;
    window.memory()
}

/// Waits until a window that shows the board has about as much memory as before.
async fn forgets(window: &Window, before: Memory) -> Result<Memory> {
    window.named("heading", "Board").await?;
    window.settled().await?;
    window
        .until(&format!("it is back to {before}"), async || {
            let now = window.memory()?;
            ensure!(now.is_about(before), "it has {now}");
            Ok(Some(now))
        })
        .await
}

/// Makes the page count what it asks of the core, by the name of the command.
async fn count_requests(window: &Window) -> Result<()> {
    let script = "const send = window.fetch;
        window.asked = [];
        window.fetch = (address, options) => {
            const body = options?.body;
            const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
            window.asked.push(JSON.parse(text).name ?? '');
            return send(address, options);
        };";
    window.eval(script).await?;
    Ok(())
}

/// How many requests were made since they are counted; those of one command, or all.
async fn requests(window: &Window, command: &str) -> Result<usize> {
    let script = format!(
        "return window.asked.filter(name => name.startsWith({})).length",
        json!(command)
    );
    let count = window.eval(&script).await?.as_u64();
    Ok(usize::try_from(count.context("a count")?)?)
}

/// Scrolls the tree to a share of its height, waits until every row in view is there, and reads the last.
async fn read_tree(window: &Window, share: f64) -> Result<String> {
    let scroll = format!(
        "const tree = document.querySelector('[role=tree]');
         tree.scrollTop = {share} * (tree.scrollHeight - tree.clientHeight)"
    );
    window.eval(&scroll).await?;
    let script = format!(
        "const tree = document.querySelector('[role=tree]'), view = tree.getBoundingClientRect();
         const rows = [...tree.querySelectorAll('[role=treeitem]')].filter(row => {{
             const {{ top, bottom }} = row.getBoundingClientRect();
             return bottom > view.top + 1 && top < view.bottom - 1;
         }});
         const isThere = rows.length >= Math.floor(view.height / {ROW_PX})
             && tree.querySelector('[aria-busy]') === null;
         return isThere ? rows.at(-1).innerText : null"
    );
    let last = window
        .until("the rows in view are there", async || {
            let last = window.eval(&script).await?;
            Ok((!last.is_null()).then_some(last))
        })
        .await?;
    Ok(last.as_str().context("a name")?.to_owned())
}
