//! One store, as kinds see it during one capture or deployment: what its ids lead to, and what its natural keys do.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use slipway_domain::ResourceKey;
use slipway_engine::PlatformError;
use tokio::sync::Mutex as FairMutex;

use super::super::client::{Client, Way};
use super::super::failure::{malformed, refused};
use super::super::names::Names;
use super::super::portable::{Found, Inward, targets, with_variants};
use super::super::store::{Pages, Steps, Store, connection};
use super::product::each;
use super::{LARGEST_PAGE, file, key, kind_of, product};

/// How long the store may take to work a job off.
const JOB_TRIES: u32 = 120;

/// Ids by natural key, for kinds that can't be asked for by it: all of them, listed once.
type Listing = BTreeMap<String, String>;

/// One store during one capture or deployment.
pub(in super::super) struct Context {
    pub(in super::super) store: Arc<Store>,
    pub(in super::super) names: Names,
    /// What natural keys lead to. Written to when something is created or deleted.
    found: Mutex<HashMap<ResourceKey, Found>>,
    listings: FairMutex<HashMap<&'static str, Listing>>,
}

impl Context {
    /// A context that knows nothing yet.
    pub(in super::super) async fn new(store: Arc<Store>) -> Result<Self, PlatformError> {
        let names = store.names().await?;
        Ok(Self {
            store,
            names,
            found: Mutex::default(),
            listings: FairMutex::default(),
        })
    }

    pub(in super::super) fn client(&self) -> &Client {
        &self.store.client
    }

    fn found(&self) -> MutexGuard<'_, HashMap<ResourceKey, Found>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a natural key leads to an id.
    pub(in super::super) async fn learn(&self, kind: &'static str, name: &str, id: &str) {
        if let Some(key) = key(kind, name) {
            self.names.learn(id, &key);
            self.found().remove(&key);
        }
        if let Some(listing) = self.listings.lock().await.get_mut(kind) {
            listing.insert(name.to_owned(), id.to_owned());
        }
    }

    /// Forgets a resource that was deleted, or whose state is not clear.
    pub(in super::super) async fn forget(&self, key: &ResourceKey) {
        if let Some(found) = self.found().remove(key) {
            self.names.forget(&found.id);
        }
        // What was made without an answer is only in a new listing.
        if let Some(kind) = kind_of(key) {
            self.listings.lock().await.remove(kind.name());
        }
    }

    /// The id of a kind that can't be asked for by its natural key. `operation` lists ids and what makes the name.
    pub(in super::super) async fn listed(
        &self,
        kind: &'static str,
        operation: &str,
        name: &str,
        name_of: fn(&Value) -> Option<String>,
    ) -> Result<Option<String>, PlatformError> {
        // Held while they are listed: the others wait for that one listing.
        let mut listings = self.listings.lock().await;
        if !listings.contains_key(kind) {
            let mut listing = Listing::new();
            let mut pages = Pages::new(operation, json!({}), LARGEST_PAGE);
            while let Some(page) = pages.next(self.client(), Way::Admin).await? {
                listing
                    .extend(page.iter().filter_map(|node| {
                        Some((name_of(node)?, node["id"].as_str()?.to_owned()))
                    }));
            }
            listings.insert(kind, listing);
        }
        Ok(listings[kind].get(name).cloned())
    }

    /// Reads a node by its id with an operation that calls it `node`.
    pub(in super::super) async fn node(
        &self,
        operation: &str,
        variables: Value,
    ) -> Result<Option<Value>, PlatformError> {
        let mut data: Value = self.client().ask(operation, variables).await?;
        let node = data["node"].take();
        Ok((!node.is_null()).then_some(node))
    }

    /// Appends the further pages of a connection inside a node. `operation` calls them `nested`; `inner` is the field of
    /// the node that it is in, where that is not the node itself.
    pub(in super::super) async fn rest(
        &self,
        operation: &str,
        id: &str,
        inner: Option<&str>,
        connection_of: &mut Value,
    ) -> Result<(), PlatformError> {
        let mut steps = Steps::default();
        let mut count = each(&connection_of["nodes"]).count();
        while let Some(after) = super::super::store::next_page(connection_of) {
            steps.go(operation, &after, count)?;
            let variables = json!({"id": id, "after": after});
            let (mut data, _) = self
                .client()
                .page(Way::Admin, operation, variables, LARGEST_PAGE)
                .await?;
            let node = match inner {
                Some(inner) => &mut data["node"][inner],
                None => &mut data["node"],
            };
            let mut nested = node["nested"].take();
            let info = nested["pageInfo"].take();
            nested["pageInfo"] = info.clone();
            let (more, _) = connection(&mut nested)
                .ok_or_else(|| malformed(&format!("a page of {operation}")))?;
            count = more.len();
            match connection_of["nodes"].as_array_mut() {
                Some(nodes) => nodes.extend(more),
                None => return Err(malformed(&format!("the first page of {operation}"))),
            }
            connection_of["pageInfo"] = info;
        }
        Ok(())
    }

    /// The further metafields of a node.
    pub(in super::super) async fn rest_of_metafields(
        &self,
        node: &mut Value,
    ) -> Result<(), PlatformError> {
        let id = id_of(node)?;
        self.rest("MetafieldsOf", &id, None, &mut node["metafields"])
            .await
    }

    /// Finds everything that a document refers to.
    ///
    /// # Errors
    /// When something is not there.
    pub(in super::super) async fn inward(
        &self,
        of: &str,
        document: &Value,
    ) -> Result<Inward, PlatformError> {
        let mut found = HashMap::new();
        for key in targets(document) {
            match self.find(&key).await? {
                Some(there) => drop(found.insert(key, there)),
                None => {
                    return Err(refused(
                        format!(
                            "{of} refers to {key}, which is not in {}.",
                            self.client().settings().store
                        ),
                        "Put it into the release as well, or take the reference out in the source.",
                    ));
                }
            }
        }
        for key in with_variants(document) {
            if let Some(there) = found.get_mut(&key) {
                there.variants = product::variants(self, key.name()).await?;
            }
        }
        Ok(Inward::new(Arc::clone(&self.names.facts), found))
    }

    /// What a natural key leads to; nothing if it is not there.
    pub(in super::super) async fn find(
        &self,
        key: &ResourceKey,
    ) -> Result<Option<Found>, PlatformError> {
        if let Some(found) = self.found().get(key) {
            return Ok(Some(found.clone()));
        }
        let name = key.name();
        let by_id = |id: Option<String>| {
            id.map(|id| Found {
                id,
                ..Found::default()
            })
        };
        let found = match key.kind() {
            "product" => product::find(self, name).await?,
            "file" => file::find(self, name).await?,
            "policy" => by_id(self.policy(name).await?),
            _ => match kind_of(key) {
                Some(kind) => {
                    let node = kind.fetch(self, name).await?;
                    by_id(node.and_then(|node| node["id"].as_str().map(str::to_owned)))
                }
                None => None,
            },
        };
        if let Some(found) = &found {
            self.found().insert(key.clone(), found.clone());
        }
        Ok(found)
    }

    async fn policy(&self, name: &str) -> Result<Option<String>, PlatformError> {
        let data: Value = self.client().ask("ShopPolicies", json!({})).await?;
        let policies = data["shop"]["shopPolicies"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let found = policies.iter().find(|policy| policy["policy"] == name);
        Ok(found.and_then(|policy| policy["id"].as_str().map(str::to_owned)))
    }

    /// Whether publications can be read.
    pub(in super::super) fn sees_publications(&self) -> bool {
        let scopes = &self.names.facts.scopes;
        super::super::scopes::has(scopes, super::super::scopes::PUBLICATIONS.read)
    }

    /// The publications of the store by title: all of `wanted` that there are, and the others.
    pub(in super::super) async fn publications(
        &self,
        wanted: &[&str],
    ) -> Result<BTreeMap<String, String>, PlatformError> {
        let has_all = |known: &[(String, String)]| {
            let has = |wanted: &&str| known.iter().any(|(_, title)| title == wanted);
            wanted.iter().all(has)
        };
        let listed = self.store.publications.list(self.client(), has_all).await?;
        let by_title = listed.iter().cloned().map(|(id, title)| (title, id));
        Ok(by_title.collect())
    }

    /// Takes note of an object that was created, after seeing that it got the name that it was to have: a store may give
    /// another one without saying so (Admin API schema). Then it is removed with `clean_up`.
    pub(in super::super) async fn created(
        &self,
        kind: &'static str,
        name: &str,
        payload: &Value,
        clean_up: (&str, fn(&str) -> Value),
    ) -> Result<String, PlatformError> {
        let object = &payload["object"];
        let id = object["id"]
            .as_str()
            .ok_or_else(|| malformed("the object that it created"))?;
        let expected = name.rsplit('/').next().unwrap_or(name);
        match object["handle"].as_str() {
            Some(handle) if handle != expected => {
                let (operation, variables) = clean_up;
                let removed = self.client().change(operation, variables(id)).await;
                let rest = match removed {
                    Ok(_) => "what was made instead was removed",
                    Err(_) => "what was made instead is still there",
                };
                Err(refused(
                    format!(
                        "The store named it `{handle}` instead of `{expected}`: the name is taken there; {rest}."
                    ),
                    "Rename the other object in the store, capture it and refresh the release.",
                ))
            }
            _ => {
                self.learn(kind, name, id).await;
                Ok(id.to_owned())
            }
        }
    }

    /// Waits until the store has worked a job off.
    pub(in super::super) async fn finish(&self, job: &Value) -> Result<(), PlatformError> {
        let Some(id) = job["id"].as_str().filter(|_| job["done"] == json!(false)) else {
            return Ok(());
        };
        let mut pause = std::time::Duration::from_millis(100);
        for _ in 0..JOB_TRIES {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(std::time::Duration::from_secs(2));
            let state: Value = self.client().ask("JobState", json!({"id": id})).await?;
            if state["job"]["done"] != json!(false) {
                return Ok(());
            }
        }
        Err(super::super::failure::unclear(
            "The store took the change and is still working on it.",
        ))
    }
}

/// The id of a node.
pub(super) fn id_of(node: &Value) -> Result<String, PlatformError> {
    node["id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| malformed("an id"))
}
