//! What stores refuse, as the window says it: a connection that does not work, a plan that can't be carried out, an
//! operation that fails. What the sentences are for each case, the platform's own tests tell; that they show, this does.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use slipway_sandbox::shop::{Fault, FaultKind, Sandbox, ShopHandle, ShopSpec, When};

use crate::harness::{Home, Launch, Window};
use crate::steps::{go, introduce, picture, pictures};

const SOURCE: &str = "store-development";
const TARGET: &str = "store-production";

/// The sample's shops, served by this test, so that it can make them difficult.
struct Shops {
    sandbox: Sandbox,
}

impl Shops {
    /// Makes the sample in a home, and takes over the shops that it has.
    async fn of(home: &Home) -> Result<Self> {
        home.headless(&["sample", "open"])?;
        let folder = home.path().join("data/slipway/sample/shops");
        let addresses: Value = serde_json::from_str(&read(&folder.join("shops.json"))?)?;
        let url = addresses["shops"][0]["base_url"]
            .as_str()
            .context("an address")?;
        let port: u16 = url::Url::parse(url)?.port().context("a port")?;
        let shop = |name: &str| -> Result<ShopSpec> {
            Ok(ShopSpec::parse(name)?.kept(folder.join(format!("{name}.json"))))
        };
        let shops = vec![
            shop("northwind-production")?.without_scope("write_files"),
            shop("northwind-development")?,
        ];
        Ok(Self {
            sandbox: Sandbox::start(shops, port).await?,
        })
    }

    fn development(&self) -> Result<ShopHandle> {
        self.sandbox.shop("northwind-development").context("a shop")
    }

    fn production(&self) -> Result<ShopHandle> {
        self.sandbox.shop("northwind-production").context("a shop")
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// The global id of the object of a type whose field has this value.
fn id_of(shop: &ShopHandle, kind: &str, field: &str, value: &str) -> Result<String> {
    let mut ids = shop.ids(kind).into_iter();
    let found = ids.find(|id| shop.object(id).is_some_and(|row| row[field] == value));
    found.with_context(|| format!("a {kind} {value}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_store_refuses_is_said_where_it_happens() -> Result<()> {
    let home = Home::new()?;
    let shops = Shops::of(&home).await?;
    let blocked = too_much(&shops)?;
    release(
        &home,
        "too-much",
        &["shopify/product:*", "shopify/metaobject:*"],
    )?;
    release(&home, "taken", &["shopify/article:*"])?;

    let window = Launch::default().home(home).open().await?;
    window.resize(1280, 800).await?;
    introduce(&window).await?;
    window.click("button", "Open").await?;
    window.named("heading", "Board").await?;
    connections(&window, &shops).await?;
    plan(&window, &blocked).await?;
    failed_operation(&window, &shops).await?;
    window.close().await?;
    shops.sandbox.stop().await;
    Ok(())
}

/// Puts into the source what no store takes; gives what the plan has to say about it.
fn too_much(shops: &Shops) -> Result<[&'static str; 2]> {
    let shop = shops.development()?;
    let product = |handle| id_of(&shop, "Product", "handle", handle);
    let long = "x".repeat(3 << 20);
    shop.edit(&product("alder-rain-shell")?, "descriptionHtml", long);
    let tags: Vec<String> = (0..251).map(|number| format!("tag {number:03}")).collect();
    shop.edit(&product("cedar-fleece-hoodie")?, "tags", tags);
    Ok([
        "Its description has 3 MB; a store takes 512 KB.",
        "It has 251 tags; a store takes 250.",
    ])
}

/// An open, approved release of these resources.
fn release(home: &Home, tag: &str, include: &[&str]) -> Result<()> {
    let mut create = vec!["release", "create", tag, "--from", SOURCE, "--to", TARGET];
    for glob in include {
        create.extend(["--include", glob]);
    }
    home.headless(&create)?;
    home.headless(&["release", "open", tag])?;
    home.headless(&["review", tag, "--approve"])?;
    Ok(())
}

/// Tests the connection of a store that does what stores do.
async fn connections(window: &Window, shops: &Shops) -> Result<()> {
    let shop = shops.production()?;
    window.click("link", "Environments").await?;
    picture(window, "stores-environments").await?;
    window.click("link", TARGET).await?;
    window.named("heading", TARGET).await?;
    pictures(window, "stores-environment").await?;
    window.click("button", "Settings and rules…").await?;
    let test = async |said: &str, name: &str| -> Result<()> {
        window.click("button", "Test connection").await?;
        window.shows(said).await?;
        window
            .eval("document.querySelector('dialog .body').scrollTo(0, 99999)")
            .await?;
        picture(window, &format!("refusals-{name}")).await
    };
    test(
        "Connected; 1 kind can't be read or written",
        "missing-scope",
    )
    .await?;
    window.shows("needs write_files").await?;
    window.shows("Never captured and never changed").await?;
    window.resize(1600, 1000).await?;
    picture(window, "refusals-missing-scope-large").await?;
    window.resize(1280, 800).await?;
    shop.set_frozen(true);
    test("is frozen: its plan has not been paid", "frozen").await?;
    shop.set_frozen(false);
    shop.set_locked(true);
    test("is locked (status 423)", "locked").await?;
    shop.set_locked(false);
    shop.set_revoked(true);
    test("does not accept the access token", "token").await?;
    shop.set_revoked(false);
    let unknown = FaultKind::Status {
        status: 404,
        retry_after: None,
    };
    shop.fault(Fault::once(unknown).on("ShopAndAccess").when(When::Always));
    test("does not know this address or API version", "version").await?;
    shop.clear_faults();
    window.click("button", "Cancel").await
}

/// A plan that can't be carried out says why, resource by resource.
async fn plan(window: &Window, blocked: &[&str]) -> Result<()> {
    open_release(window, "too-much").await?;
    window.click("tab", "Plan").await?;
    window
        .shows("Nothing is deployed while this is so.")
        .await?;
    for said in blocked {
        window.shows(said).await?;
    }
    assert!(
        window.eval("return [...document.querySelectorAll('button')].some(one => one.innerText.startsWith('Deploy to') && !one.disabled)").await? == false,
        "what is blocked can't be deployed"
    );
    pictures(window, "refusals-plan").await
}

/// Another user takes a handle in the moment before it is written.
async fn failed_operation(window: &Window, shops: &Shops) -> Result<()> {
    let shop = shops.production()?;
    shop.fault(
        Fault::once(FaultKind::Drift {
            id: id_of(&shop, "Article", "handle", "the-case-for-wool")?,
            field: "handle".to_owned(),
            value: json!("layering-for-autumn"),
        })
        .on("CreateArticle"),
    );
    open_release(window, "taken").await?;
    window.click("tab", "Plan").await?;
    window
        .click("button", &format!("Deploy to {TARGET}…"))
        .await?;
    window
        .click("button", "operations to store-production")
        .await?;
    window
        .shows_in_the_end("Handle has already been taken")
        .await?;
    window
        .shows("Another object there has the name: rename one of them")
        .await?;
    pictures(window, "refusals-deployment").await
}

async fn open_release(window: &Window, tag: &str) -> Result<()> {
    go(window, "#/releases").await?;
    // The list handles the click for its rows.
    let script = format!(
        "const row = [...document.querySelectorAll('.tag')].find(one => one.textContent.trim() === {});
         row?.click();
         return row !== undefined",
        json!(tag)
    );
    window
        .until(&format!("{tag} is in the list"), async || {
            Ok((window.eval(&script).await? == true).then_some(()))
        })
        .await?;
    window.named("tab", "Plan").await.map(drop)
}
