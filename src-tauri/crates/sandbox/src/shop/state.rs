//! What a shop holds: its tables, and what searches do not know of yet.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::clock::{Clock, date_time};
use super::gid;
use super::spec::{Plan, ShopSpec};
use super::table::{Fields, Generate, Table};

/// The fields by which a type is looked up.
const INDEXES: &[(&str, &[&str])] = &[
    ("Product", &["handle"]),
    ("Collection", &["handle"]),
    ("Page", &["handle"]),
    ("Blog", &["handle"]),
    ("Article", &["handle", "blog"]),
    ("Menu", &["handle"]),
    ("Metaobject", &["handle", "type"]),
    ("MetaobjectDefinition", &["type"]),
    ("MetafieldDefinition", &["key"]),
    ("Metafield", &["owner"]),
    ("UrlRedirect", &["path"]),
    ("Translation", &["_resource"]),
    ("ThemeFile", &["_theme", "_key"]),
    ("ProductVariant", &["product"]),
    ("MediaImage", &["_name"]),
    ("GenericFile", &["_name"]),
    ("Video", &["_name"]),
];

/// The types without a field to look up.
const KINDS: &[&str] = &[
    "BasicEvent",
    "UrlRedirectImport",
    "WebhookSubscription",
    "CollectionConditionsSource",
    "CollectionSubCollectionsSource",
    "ExternalVideo",
    "InventoryItem",
    "Location",
    "Model3d",
    "OnlineStoreTheme",
    "ProductOption",
    "ProductOptionValue",
    "Publication",
    "ShopLocale",
];

/// The first id that a written object gets; generated ones lie below.
const FIRST_ID: u64 = 1_000_000_001;

/// A shop's content.
pub(crate) struct State {
    tables: BTreeMap<&'static str, Table>,
    next_id: u64,
    /// Raised by every change.
    revision: u64,
    /// How many products are generated, if any.
    pub(crate) generated: Option<u64>,
    stale: VecDeque<Stale>,
    /// What the present mutation replaced, so that it can be taken back.
    undo: Vec<(&'static str, u64, Option<Arc<Fields>>)>,
    pub(crate) library: Library,
    pub(crate) clock: Clock,
    pub(crate) search_lag_ms: i64,
    pub(crate) job_ms: i64,
    pub(crate) plan: Plan,
    pub(crate) name: String,
    pub(crate) store: String,
    /// Where the shop is reached, without a slash at the end.
    pub(crate) base_url: String,
    /// The app on whose behalf the present request acts.
    pub(crate) app: App,
}

/// An app, by its token.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) id: u64,
    pub(crate) scopes: Vec<String>,
    pub(crate) may_write_themes: bool,
}

/// Bytes that the shop serves.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) content_type: String,
    pub(crate) body: Body,
}

/// Where served bytes lie.
#[derive(Debug)]
pub(crate) enum Body {
    Memory(bytes::Bytes),
    File(std::path::PathBuf),
}

/// A row as searches still see it.
struct Stale {
    until_ms: i64,
    kind: &'static str,
    id: u64,
    before: Option<Arc<Fields>>,
}

impl State {
    pub(crate) fn new(spec: &ShopSpec, base_url: String, library: Library) -> Self {
        let millis =
            |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self {
            tables: INDEXES
                .iter()
                .map(|(kind, fields)| (*kind, Table::indexed(fields)))
                .collect(),
            next_id: FIRST_ID
                + u64::from(blake3::hash(spec.name.as_bytes()).as_bytes()[0]) * 1_000_003,
            revision: 0,
            generated: None,
            stale: VecDeque::new(),
            undo: Vec::new(),
            library,
            clock: spec.clock.clone(),
            search_lag_ms: 0,
            job_ms: millis(spec.job_time),
            plan: spec.plan,
            name: spec.name.clone(),
            store: spec.store(),
            base_url,
            app: App {
                id: 1,
                scopes: spec.scopes.clone(),
                may_write_themes: spec.theme_exemption,
            },
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// The present time as fields hold it.
    pub(crate) fn now(&self) -> String {
        date_time(self.now_ms())
    }

    pub(crate) fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    pub(crate) fn generate(&mut self, kind: &'static str, rows: Box<dyn Generate>) {
        self.tables.entry(kind).or_default().generate(rows);
    }

    /// Adds an object and returns its global id.
    pub(crate) fn create(&mut self, kind: &'static str, fields: Fields) -> String {
        let id = self.new_id();
        self.create_as(kind, id, fields)
    }

    /// Adds an object with this number, which [`State::new_id`] gave.
    pub(crate) fn create_as(&mut self, kind: &'static str, id: u64, fields: Fields) -> String {
        let gid = gid::gid(kind, id);
        let mut row = Map::new();
        row.insert("id".to_owned(), json!(gid));
        row.extend(fields);
        self.set(kind, id, Some(row));
        gid
    }

    /// The object with this global id.
    pub(crate) fn get(&self, gid: &str) -> Option<Arc<Fields>> {
        let (kind, id) = gid::parse(gid)?;
        self.tables.get(kind)?.get(id)
    }

    /// The object with this global id, if it is of this type.
    pub(crate) fn get_as(&self, kind: &str, gid: &str) -> Option<Arc<Fields>> {
        gid::number_of(kind, gid).and_then(|id| self.tables.get(kind)?.get(id))
    }

    /// The object with this number.
    pub(crate) fn row(&self, kind: &str, id: u64) -> Option<Arc<Fields>> {
        self.tables.get(kind)?.get(id)
    }

    /// Changes an object that exists; nothing happens when it does not.
    pub(crate) fn update(&mut self, gid: &str, change: impl FnOnce(&mut Fields)) {
        let Some((kind, id)) = gid::parse(gid) else {
            return;
        };
        let Some((kind, table)) = self.tables.get_key_value(kind) else {
            return;
        };
        if let Some(row) = table.get(id) {
            let kind = *kind;
            let mut fields = Fields::clone(&row);
            change(&mut fields);
            self.set(kind, id, Some(fields));
        }
    }

    /// Changes an object and marks it as updated now.
    pub(crate) fn touch(&mut self, gid: &str, change: impl FnOnce(&mut Fields)) {
        let now = self.now();
        self.update(gid, |fields| {
            change(fields);
            fields.insert("updatedAt".to_owned(), json!(now));
        });
    }

    /// Takes an object away. Returns what it was.
    pub(crate) fn remove(&mut self, gid: &str) -> Option<Arc<Fields>> {
        let (kind, id) = gid::parse(gid)?;
        let (kind, table) = self.tables.get_key_value(kind)?;
        let row = table.get(id)?;
        let kind = *kind;
        self.set(kind, id, None);
        Some(row)
    }

    fn set(&mut self, kind: &'static str, id: u64, fields: Option<Fields>) {
        let table = self.tables.entry(kind).or_default();
        let before = table.set(id, fields.map(Arc::new));
        if self.search_lag_ms > 0 {
            self.stale.push_back(Stale {
                until_ms: self.clock.now_ms() + self.search_lag_ms,
                kind,
                id,
                before: before.clone(),
            });
        }
        self.undo.push((kind, id, before));
        self.revision += 1;
    }

    /// A number that differs after every change.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = (&'static str, &Table)> {
        self.tables.iter().map(|(kind, table)| (*kind, table))
    }

    /// Puts a row back as a file held it; rows of types that no longer exist are let go.
    pub(crate) fn restore(&mut self, kind: &str, id: u64, row: Option<Fields>) {
        let known = self.tables.get_key_value(kind).map(|(kind, _)| *kind);
        if let Some(kind) = known.or_else(|| KINDS.iter().find(|known| **known == kind).copied()) {
            self.set(kind, id, row);
        }
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.next_id
    }

    pub(crate) fn set_next_id(&mut self, next_id: u64) {
        self.next_id = next_id;
    }

    /// The objects that were made and taken away since the last call of [`State::keep`]: type, id, and whether it is
    /// there now.
    pub(crate) fn made_and_gone(&self) -> Vec<(&'static str, u64, bool)> {
        let mut seen = BTreeMap::new();
        for (kind, id, before) in &self.undo {
            seen.entry((*kind, *id)).or_insert(before.is_some());
        }
        let now = |kind: &str, id: u64| self.row(kind, id).is_some();
        seen.into_iter()
            .map(|((kind, id), was)| (kind, id, was, now(kind, id)))
            .filter(|(_, _, was, is)| was != is)
            .map(|(kind, id, _, is)| (kind, id, is))
            .collect()
    }

    /// Keeps what was changed since the last call of this or [`State::take_back`].
    pub(crate) fn keep(&mut self) {
        self.undo.clear();
    }

    /// Takes back what was changed since the last call of this or [`State::keep`].
    pub(crate) fn take_back(&mut self) {
        while let Some((kind, id, before)) = self.undo.pop() {
            let table = self.tables.entry(kind).or_default();
            table.set(id, before);
            if self.search_lag_ms > 0 {
                self.stale.pop_back();
            }
        }
    }

    /// The numbers of all objects of a type, in the order of their creation.
    pub(crate) fn ids(&self, kind: &str) -> Vec<u64> {
        self.tables.get(kind).map(Table::ids).unwrap_or_default()
    }

    pub(crate) fn count(&self, kind: &str) -> usize {
        self.tables.get(kind).map_or(0, Table::len)
    }

    /// The global ids of the objects of a type that have this value in this field.
    pub(crate) fn find(&self, kind: &str, field: &str, value: &str) -> Vec<String> {
        let ids = self.tables.get(kind).map(|table| table.find(field, value));
        ids.unwrap_or_default()
            .into_iter()
            .map(|id| gid::gid(kind, id))
            .collect()
    }

    /// The first object of a type that has this value in this field.
    pub(crate) fn find_one(&self, kind: &str, field: &str, value: &str) -> Option<Arc<Fields>> {
        let table = self.tables.get(kind)?;
        table.get(*table.find(field, value).first()?)
    }

    /// All objects of a type. For small types: it makes every generated row.
    pub(crate) fn all(&self, kind: &str) -> Vec<Arc<Fields>> {
        self.ids(kind)
            .into_iter()
            .filter_map(|id| self.row(kind, id))
            .collect()
    }

    /// The objects of a type that were written since the start, or all if none is generated.
    pub(crate) fn written(&self, kind: &str) -> Vec<Arc<Fields>> {
        let table = self.tables.get(kind);
        table
            .map(|table| table.written().map(|(_, row)| row.clone()).collect())
            .unwrap_or_default()
    }

    /// The numbers of the objects of a type that were written or taken away since the start.
    pub(crate) fn changed_ids(&self, kind: &str) -> Vec<u64> {
        let table = self.tables.get(kind);
        table
            .map(|table| table.changed().map(|(id, _)| id).collect())
            .unwrap_or_default()
    }

    /// What searches see in place of the present rows of a type: the rows before writes that are not indexed yet.
    pub(crate) fn unindexed(&mut self, kind: &str) -> HashMap<u64, Option<Arc<Fields>>> {
        let now_ms = self.now_ms();
        while self
            .stale
            .front()
            .is_some_and(|stale| stale.until_ms <= now_ms)
        {
            self.stale.pop_front();
        }
        let mut seen = HashMap::new();
        for stale in self.stale.iter().filter(|stale| stale.kind == kind) {
            seen.entry(stale.id).or_insert_with(|| stale.before.clone());
        }
        seen
    }

    /// Every written object by its global id, without what changes by itself: for comparing two states.
    pub(crate) fn snapshot(&self) -> BTreeMap<String, Value> {
        const PASSING: &[&str] = &[
            "Job",
            "BulkOperation",
            "ProductSetOperation",
            "ProductDeleteOperation",
        ];
        self.tables
            .iter()
            .filter(|(kind, _)| !PASSING.contains(kind))
            .flat_map(|(kind, table)| {
                table
                    .written()
                    .map(move |(id, row)| (gid::gid(kind, id), Value::Object(Fields::clone(row))))
            })
            .collect()
    }

    /// Begins a job that ends by itself, and returns its global id.
    pub(crate) fn job(&mut self) -> String {
        let ends_ms = self.now_ms() + self.job_ms;
        let mut fields = Fields::new();
        fields.insert("_ends_ms".to_owned(), json!(ends_ms));
        self.create("Job", fields)
    }

    /// Serves bytes below the shop's address, and returns where.
    pub(crate) fn serve(&self, path: &str, content_type: &str, body: Body) -> String {
        let url = format!("{}/{path}", self.base_url);
        self.library.add(&url, content_type, body);
        url
    }
}

/// Everything that a server's shops serve by address: files, theme files, uploads, results. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Library(Arc<Mutex<HashMap<String, Arc<Served>>>>);

impl Library {
    pub(crate) fn add(&self, url: &str, content_type: &str, body: Body) {
        let served = Served {
            content_type: content_type.to_owned(),
            body,
        };
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.insert(Self::key(url).to_owned(), Arc::new(served));
    }

    /// What is served at an address, whatever query follows it.
    pub(crate) fn get(&self, url: &str) -> Option<Arc<Served>> {
        let shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.get(Self::key(url)).cloned()
    }

    fn key(url: &str) -> &str {
        url.split(['?', '#']).next().unwrap_or(url)
    }
}

/// Text in a field, or nothing.
pub(crate) fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The texts of a list in a field.
pub(crate) fn texts(fields: &Fields, name: &str) -> Vec<String> {
    let list = fields.get(name).and_then(Value::as_array);
    list.map(|list| {
        list.iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    })
    .unwrap_or_default()
}
