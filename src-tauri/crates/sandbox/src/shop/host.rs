//! One shop as the server holds it: its content behind a lock, tokens, buckets, faults and counters.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::bucket::Bucket;
use super::fault::{Fault, Faults};
use super::persist::{self, FileError};
use super::seed;
use super::spec::ShopSpec;
use super::state::{App, Library, State};
use super::table::Fields;

/// How long a token of the client-credentials grant lasts.
pub(crate) const TOKEN_SECONDS: i64 = 86_399;

/// What a shop counted since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// GraphQL requests, refused ones included.
    pub requests: u64,
    /// Those of them that were refused as throttled.
    pub throttled: u64,
    /// Points charged.
    pub points: u64,
    /// GraphQL requests by the name of their operation; without a name by the first field of their root.
    pub operations: BTreeMap<String, u64>,
    /// Requests that are not GraphQL: tokens, uploads, files.
    pub other_requests: u64,
}

/// A shop in the server.
pub(crate) struct Host {
    pub(crate) spec: ShopSpec,
    pub(crate) base_url: String,
    pub(crate) secrets: Secrets,
    pub(crate) folder: PathBuf,
    state: Mutex<State>,
    rest: Mutex<Rest>,
    saved_revision: AtomicU64,
}

/// What tells a request's app.
pub(crate) struct Secrets {
    pub(crate) token: String,
    pub(crate) theme_access: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

/// What changes beside the content.
pub(crate) struct Rest {
    pub(crate) faults: Faults,
    pub(crate) counters: Counters,
    pub(crate) buckets: HashMap<u64, Bucket>,
    pub(crate) granted: HashMap<String, i64>,
    pub(crate) frozen: bool,
    pub(crate) locked: bool,
    pub(crate) revoked: bool,
    requests: u64,
}

impl Host {
    pub(crate) fn new(
        spec: ShopSpec,
        base_url: String,
        folder: PathBuf,
        library: Library,
    ) -> Result<Self, FileError> {
        let mut state = State::new(&spec, base_url.clone(), library);
        let loaded = match &spec.file {
            Some(path) => persist::load(&mut state, path)?,
            None => false,
        };
        if !loaded {
            seed::fill(&mut state, spec.seed);
            state.keep();
        }
        state.search_lag_ms = i64::try_from(spec.search_lag.as_millis()).unwrap_or(i64::MAX);
        let revision = state.revision();
        let secret = |prefix: &str, purpose: &str| {
            let hash = blake3::hash(format!("{purpose}/{}", spec.name).as_bytes());
            format!("{prefix}{}", &hash.to_hex()[..32])
        };
        Ok(Self {
            secrets: Secrets {
                token: secret("shpat_", "token"),
                theme_access: secret("shptka_", "theme access"),
                client_id: secret("", "client id"),
                client_secret: secret("shpss_", "client secret"),
            },
            base_url,
            folder,
            state: Mutex::new(state),
            rest: Mutex::new(Rest {
                faults: Faults::seeded(spec.fault_seed),
                counters: Counters::default(),
                buckets: HashMap::new(),
                granted: HashMap::new(),
                frozen: spec.frozen,
                locked: spec.locked,
                revoked: false,
                requests: 0,
            }),
            saved_revision: AtomicU64::new(if loaded { revision } else { 0 }),
            spec,
        })
    }

    /// Writes the content to its file, if it has one and has changed since.
    pub(crate) fn save(&self) {
        let Some(path) = &self.spec.file else {
            return;
        };
        let (revision, saved) = {
            let state = self.state();
            let revision = state.revision();
            if revision == self.saved_revision.load(Ordering::SeqCst) {
                return;
            }
            (revision, persist::saved(&state))
        };
        match persist::write(path, &saved) {
            Ok(()) => self.saved_revision.store(revision, Ordering::SeqCst),
            Err(error) => tracing::warn!(%error, "a simulated shop is not saved"),
        }
    }

    /// The content. A request that panicked leaves it as it was.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn library(&self) -> Library {
        self.state().library.clone()
    }

    pub(crate) fn request_id(&self) -> String {
        let mut rest = self.rest();
        rest.requests += 1;
        format!("51c0ffee-0001-4000-8000-{:012x}", rest.requests)
    }

    /// The app that a token stands for.
    pub(crate) fn app(&self, token: &str) -> Option<App> {
        let rest = self.rest();
        if rest.revoked {
            return None;
        }
        if token == self.secrets.theme_access {
            return Some(App {
                id: 2,
                scopes: vec!["read_themes".to_owned(), "write_themes".to_owned()],
                may_write_themes: true,
            });
        }
        let now_ms = self.spec.clock.now_ms();
        let granted = rest
            .granted
            .get(token)
            .is_some_and(|until_ms| now_ms < *until_ms);
        (granted || token == self.secrets.token).then(|| App {
            id: 1,
            scopes: self.spec.scopes.clone(),
            may_write_themes: self.spec.theme_exemption,
        })
    }

    /// Grants a token to the app with these credentials.
    pub(crate) fn grant(&self, client_id: &str, client_secret: &str) -> Option<String> {
        if client_id != self.secrets.client_id || client_secret != self.secrets.client_secret {
            return None;
        }
        let now_ms = self.spec.clock.now_ms();
        let mut rest = self.rest();
        let number = rest.granted.len();
        let hash = blake3::hash(format!("grant {number}/{}", self.spec.name).as_bytes());
        let token = format!("shpat_{}", &hash.to_hex()[..32]);
        rest.granted
            .insert(token.clone(), now_ms + TOKEN_SECONDS * 1_000);
        Some(token)
    }
}

/// A shop, as tests hold it.
#[derive(Clone)]
pub struct ShopHandle(pub(crate) Arc<Host>);

impl ShopHandle {
    /// Makes something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.0.rest().faults.arm(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.0.rest().faults.clear();
    }

    /// What the shop counted since its start, or since [`ShopHandle::reset_counters`].
    pub fn counters(&self) -> Counters {
        self.0.rest().counters.clone()
    }

    /// Begins counting anew.
    pub fn reset_counters(&self) {
        self.0.rest().counters = Counters::default();
    }

    /// Fills the buckets of all apps.
    pub fn refill(&self) {
        self.0.rest().buckets.clear();
    }

    /// Every object by its global id, for comparing two moments. Generated objects that nobody touched are left out.
    pub fn snapshot(&self) -> BTreeMap<String, Value> {
        self.0.state().snapshot()
    }

    /// The fields of an object, by its global id.
    pub fn object(&self, id: &str) -> Option<Value> {
        let row = self.0.state().get(id)?;
        Some(Value::Object(Fields::clone(&row)))
    }

    /// The global ids of the objects of a type, in the order of their creation.
    pub fn ids(&self, kind: &str) -> Vec<String> {
        let state = self.0.state();
        let ids = state.ids(kind).into_iter();
        ids.map(|id| super::gid::gid(kind, id)).collect()
    }

    /// Sets a field of an object, as another user would in the admin. Whether there is such an object.
    pub fn edit(&self, id: &str, field: &str, value: impl Into<Value>) -> bool {
        let mut state = self.0.state();
        let exists = state.get(id).is_some();
        let value = value.into();
        state.touch(id, |fields| {
            fields.insert(field.to_owned(), value);
        });
        state.keep();
        exists
    }

    /// Runs a mutation as a person or another app would, and returns its payload.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub fn run(&self, name: &str, args: &Value) -> Value {
        let given = args.as_object().cloned().unwrap_or_default();
        let payload = super::write::mutate(&mut self.0.state(), name, &given);
        let payload = payload.unwrap_or_else(|fail| panic!("{name} {args}: {fail:?}"));
        assert_eq!(
            payload["userErrors"],
            Value::Array(Vec::new()),
            "{name} {args}"
        );
        payload
    }

    /// Installs a sales channel, and returns the id of its publication.
    pub fn install_channel(&self, title: &str) -> String {
        super::seed::channel(&mut self.0.state(), title)
    }

    /// Closes or opens the shop for an open bill (status 402).
    pub fn set_frozen(&self, frozen: bool) {
        self.0.rest().frozen = frozen;
    }

    /// Locks or unlocks the shop (status 423).
    pub fn set_locked(&self, locked: bool) {
        self.0.rest().locked = locked;
    }

    /// Makes all tokens invalid, or valid again (status 401). Granted ones are gone for good.
    pub fn set_revoked(&self, revoked: bool) {
        let mut rest = self.0.rest();
        rest.revoked = revoked;
        rest.granted.clear();
    }

    /// The client id of the shop's app, for the client-credentials grant.
    pub fn client_id(&self) -> &str {
        &self.0.secrets.client_id
    }

    /// The client secret of the shop's app.
    pub fn client_secret(&self) -> &str {
        &self.0.secrets.client_secret
    }

    /// The shop's Theme Access password.
    pub fn theme_access_password(&self) -> &str {
        &self.0.secrets.theme_access
    }
}
