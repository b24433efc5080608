//! A store: its client, and what is known of it.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use slipway_engine::{PlatformError, Vault};
use tokio::sync::OnceCell;
use url::Url;

use super::client::{Client, Way};
use super::failure::malformed;
use super::names::Names;
use super::publications::Publications;
use super::settings::Settings;
use super::theme::Listing;

/// How many of a small kind are asked for at once.
const PAGE: u64 = 100;
/// The most nodes of a small kind.
const NODE_LIMIT: usize = 100_000;
/// The most pages of one list: of the smallest pages, as many as the largest lists have.
const PAGE_LIMIT: usize = 1_000_000;
/// The most pages in a row that hold nothing.
const EMPTY_LIMIT: u32 = 20;

/// One store, as long as the program runs.
pub(super) struct Store {
    pub(super) client: Client,
    /// What its theme holds.
    pub(super) theme: Listing,
    /// Where it sells.
    pub(super) publications: Publications,
    facts: OnceCell<Arc<Facts>>,
}

/// What is known of a store, asked for once.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// The name that people gave it.
    pub(super) name: String,
    /// The name of its plan.
    pub(super) plan: String,
    /// The address that customers see.
    pub(super) url: Url,
    /// The hosts that lead to it.
    pub(super) hosts: BTreeSet<String>,
    /// The host and port of another address at which it answers; its files may have that as well.
    pub(super) base: Option<String>,
    /// The number of the app that asks.
    pub(super) app: Option<u64>,
    /// What the app may do.
    pub(super) scopes: BTreeSet<String>,
    /// The versions of the API that it supports.
    pub(super) versions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    shop: Shop,
    current_app_installation: Option<Installation>,
    #[serde(default)]
    public_api_versions: Vec<ApiVersion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shop {
    name: String,
    myshopify_domain: String,
    url: Option<String>,
    primary_domain: Option<Domain>,
    plan: Option<Plan>,
}

#[derive(Deserialize)]
struct Domain {
    url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    public_display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Installation {
    #[serde(default)]
    access_scopes: Vec<Handle>,
    app: Option<App>,
}

#[derive(Deserialize)]
struct Handle {
    handle: String,
}

#[derive(Deserialize)]
struct App {
    id: String,
}

#[derive(Deserialize)]
struct ApiVersion {
    handle: String,
    supported: bool,
}

impl Store {
    /// A store for checked settings. Does not reach out.
    pub(super) fn new(settings: Settings, vault: Arc<dyn Vault>) -> Self {
        Self {
            client: Client::new(settings, vault),
            theme: Listing::default(),
            publications: Publications::default(),
            facts: OnceCell::new(),
        }
    }

    /// What is known of it.
    pub(super) async fn facts(&self) -> Result<Arc<Facts>, PlatformError> {
        let facts = self.facts.get_or_try_init(|| async {
            let (answer, _) = self.client.ask_partly("ShopAndAccess", json!({})).await?;
            let answer = serde_json::from_value(answer)
                .map_err(|_| malformed("what a store says of itself"))?;
            facts(self.client.settings(), answer).map(Arc::new)
        });
        facts.await.cloned()
    }

    /// Names for one capture or deployment: ids change when objects are made anew.
    pub(super) async fn names(&self) -> Result<Names, PlatformError> {
        Ok(Names::new(self.facts().await?))
    }

    /// All nodes of a small kind; `name` is of an operation whose connection is called `page`.
    pub(super) async fn all(
        &self,
        way: Way,
        name: &str,
        variables: Value,
    ) -> Result<Vec<Value>, PlatformError> {
        let mut nodes = Vec::new();
        let mut pages = Pages::new(name, variables, PAGE);
        while let Some(page) = pages.next(&self.client, way).await? {
            nodes.extend(page);
            if nodes.len() > NODE_LIMIT {
                return Err(malformed(&format!("an end of {name}")));
            }
        }
        Ok(nodes)
    }
}

/// Where a walk over pages was. One that leads back, or goes on without anything on its pages, would be read for ever.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// The places where pages began, as hashes.
    seen: HashSet<u64>,
    /// How many pages in a row held nothing.
    empty: u32,
}

impl Steps {
    /// Goes on to a place, after a page with so many nodes.
    ///
    /// # Errors
    /// When the walk gets nowhere.
    pub(super) fn go(
        &mut self,
        name: &str,
        after: &str,
        nodes: usize,
    ) -> Result<(), PlatformError> {
        self.empty = if nodes == 0 { self.empty + 1 } else { 0 };
        let mut hasher = DefaultHasher::new();
        after.hash(&mut hasher);
        let is_new = self.seen.insert(hasher.finish());
        if is_new && self.empty < EMPTY_LIMIT && self.seen.len() < PAGE_LIMIT {
            return Ok(());
        }
        Err(malformed(&format!("a next page of {name} that leads on")))
    }
}

/// Walks a connection called `page`, page by page.
pub(super) struct Pages {
    name: String,
    variables: Value,
    size: u64,
    steps: Steps,
    is_done: bool,
}

impl Pages {
    pub(super) fn new(name: &str, variables: Value, size: u64) -> Self {
        Self {
            name: name.to_owned(),
            variables,
            size,
            steps: Steps::default(),
            is_done: false,
        }
    }

    /// Whether the last page was read.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// The nodes of the next page; nothing after the last.
    pub(super) async fn next(
        &mut self,
        client: &Client,
        way: Way,
    ) -> Result<Option<Vec<Value>>, PlatformError> {
        if self.is_done {
            return Ok(None);
        }
        let variables = self.variables.clone();
        let (mut data, size) = client.page(way, &self.name, variables, self.size).await?;
        self.size = size;
        let (nodes, after) = connection(&mut data["page"])
            .ok_or_else(|| malformed(&format!("a page of {}", self.name)))?;
        match after {
            Some(after) => {
                self.steps.go(&self.name, &after, nodes.len())?;
                self.variables["after"] = json!(after);
            }
            None => self.is_done = true,
        }
        Ok(Some(nodes))
    }
}

/// The nodes of a connection, and where the next page begins. `None` if it is none.
pub(super) fn connection(connection: &mut Value) -> Option<(Vec<Value>, Option<String>)> {
    let after = next_page(connection);
    match connection.get_mut("nodes")?.take() {
        Value::Array(nodes) => Some((nodes, after)),
        _ => None,
    }
}

/// Where the next page of a connection begins, if there is one.
pub(super) fn next_page(connection: &Value) -> Option<String> {
    let info = connection.get("pageInfo")?;
    let has_next = info["hasNextPage"].as_bool().unwrap_or(false);
    has_next.then(|| info["endCursor"].as_str().unwrap_or_default().to_owned())
}

fn facts(settings: &Settings, answer: Answer) -> Result<Facts, PlatformError> {
    let Answer {
        shop,
        current_app_installation: installation,
        public_api_versions: versions,
    } = answer;
    let primary = shop.primary_domain.map(|domain| domain.url);
    let customers = primary
        .or_else(|| shop.url.clone())
        .unwrap_or_else(|| format!("https://{}", shop.myshopify_domain));
    let url = Url::parse(&customers).map_err(|_| malformed("an address for its customers"))?;
    let urls = shop.url.iter().filter_map(|url| Url::parse(url).ok());
    let mut hosts: BTreeSet<String> = urls.chain([url.clone()]).map(|u| host(&u)).collect();
    hosts.insert(shop.myshopify_domain);
    hosts.insert(settings.store.clone());
    let (scopes, app) = match installation {
        Some(Installation { access_scopes, app }) => (access_scopes, app),
        None => (Vec::new(), None),
    };
    let plan = shop.plan.and_then(|plan| plan.public_display_name);
    Ok(Facts {
        name: shop.name,
        plan: plan.unwrap_or_else(|| "unknown".to_owned()),
        url,
        hosts,
        base: settings.base_url.as_ref().map(host),
        app: app.and_then(|app| super::gid::number(&app.id)),
        scopes: scopes.into_iter().map(|scope| scope.handle).collect(),
        versions: versions
            .into_iter()
            .filter(|version| version.supported)
            .map(|version| version.handle)
            .collect(),
    })
}

/// The host of an address, with its port where it has one.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
