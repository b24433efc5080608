//! Servers that mean harm: what they send is bounded, and no token follows where they point.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use slipway_engine::{Platform as _, PlatformError, Secret, Vault as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::MemoryVault;
use crate::shopify::Shopify;
use crate::shopify::client::{Upload, Way};
use crate::shopify::settings::Settings;
use crate::shopify::store::Store;

/// What a server answers to every request.
#[derive(Clone, Debug)]
pub(in super::super) struct Reply {
    /// As `200 OK`.
    pub(in super::super) status: &'static str,
    /// A header more, whole.
    pub(in super::super) header: String,
    /// How the body begins.
    pub(in super::super) body: Vec<u8>,
    /// What follows, again and again.
    pub(in super::super) again: Vec<u8>,
    /// How often.
    pub(in super::super) times: usize,
}

impl Reply {
    /// A whole answer.
    pub(in super::super) fn whole(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: "200 OK",
            header: String::new(),
            body: body.into(),
            again: Vec::new(),
            times: 0,
        }
    }

    /// One that goes on for gigabytes.
    pub(in super::super) fn endless(body: impl Into<Vec<u8>>, again: &str) -> Self {
        let again = again.repeat((64 << 10) / again.len());
        Self {
            times: (8 << 30) / again.len(),
            again: again.into_bytes(),
            ..Self::whole(body)
        }
    }
}

/// A server on this machine, as long as the test runs.
pub(in super::super) struct Server {
    pub(in super::super) url: String,
    requests: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Server {
    pub(in super::super) async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let (requests, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, bytes) = (requests.clone(), sent.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(answer(stream, reply.clone(), bytes.clone()));
            }
        });
        Self {
            url,
            requests,
            sent,
        }
    }

    /// How many requests came.
    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// How much of bodies was taken from it.
    pub(in super::super) fn sent_bytes(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// A store that is this server.
    pub(in super::super) fn store(&self) -> Store {
        self.store_by(json!({ "kind": "token" }))
    }

    fn store_by(&self, auth: Value) -> Store {
        let settings = Settings::parse(&self.connection(auth)).expect("settings");
        let vault = Arc::new(MemoryVault::default());
        vault
            .set(
                &settings.secret_place(),
                &Secret::new("shpat_secret".into()),
            )
            .expect("a vault in memory");
        Store::new(settings, vault)
    }

    fn connection(&self, auth: Value) -> Value {
        json!({ "store": "northwind.myshopify.com", "base_url": self.url, "auth": auth })
    }
}

/// Reads a request, sends the reply for as long as somebody takes it, and closes.
async fn answer(mut stream: TcpStream, reply: Reply, sent: Arc<AtomicUsize>) -> Option<()> {
    let mut request = Vec::new();
    let end = loop {
        stream
            .read_buf(&mut request)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        let end = request.windows(4).position(|part| part == b"\r\n\r\n");
        if let Some(end) = end {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0);
    while request.len() < end + length {
        stream
            .read_buf(&mut request)
            .await
            .ok()
            .filter(|read| *read > 0)?;
    }
    let Reply {
        status,
        header,
        body,
        again,
        times,
    } = reply;
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{header}\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(&body).await.ok()?;
    sent.fetch_add(body.len(), Ordering::Relaxed);
    for _ in 0..times {
        stream.write_all(&again).await.ok()?;
        sent.fetch_add(again.len(), Ordering::Relaxed);
    }
    stream.shutdown().await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_follows_a_redirect() {
    let thief = Server::start(Reply::whole("{}")).await;
    for status in [
        "301 Moved",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let server = Server::start(Reply {
            status,
            header: format!("location: {}admin\r\n", thief.url),
            ..Reply::whole("")
        })
        .await;
        let app = json!({ "kind": "client_credentials", "client_id": "app" });
        for store in [server.store(), server.store_by(app)] {
            let asked = store.client.ask::<Value>("ShopAndAccess", json!({})).await;
            asked.expect_err("a redirect is no answer");
        }
        assert!(server.requests() >= 2, "{status}: it was asked");
    }
    assert_eq!(thief.requests(), 0, "nobody went where a redirect points");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_names_another_places_secret_does_not_get_it() {
    let thief = Server::start(Reply::whole("{}")).await;
    let vault = Arc::new(MemoryVault::default());
    let platform = Shopify::new(vault.clone());
    let victim = json!({ "store": "northwind.myshopify.com", "auth": { "kind": "token" } });
    let own = platform.secret_place(&victim).expect("settings");
    vault
        .set(&own, &Secret::new("shpat_victim".into()))
        .expect("a vault in memory");
    let mut hostile = victim.clone();
    hostile["base_url"] = json!(thief.url);
    hostile["secret"] = json!(own.to_string());
    let connected = platform.connect(&hostile).await;
    match connected {
        Err(PlatformError::Refused { message, .. }) => {
            assert!(message.contains("holds no secret"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(thief.requests(), 0, "it was not even asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_read_up_to_a_limit() {
    let app = json!({ "kind": "client_credentials", "client_id": "app" });
    let token = Server::start(Reply::endless(r#"{"access_token":""#, "a")).await;
    let store = token.store_by(app);
    let asked = store.client.ask::<Value>("ShopAndAccess", json!({}));
    asked.await.expect_err("a token that never ends");
    assert!(
        token.sent_bytes() < 16 << 20,
        "{} bytes",
        token.sent_bytes()
    );

    let nested = Server::start(Reply {
        times: 40,
        ..Reply::endless(r#"{"data":{"nodes":["#, "[],")
    })
    .await;
    let store = nested.store();
    let asked = store.client.ask::<Value>("ShopAndAccess", json!({}));
    match asked.await {
        Err(PlatformError::Refused { message, .. }) => {
            assert!(message.contains("1,000,000 values"), "{message}");
        }
        other => panic!("{other:?}"),
    }

    let refusal = Server::start(Reply {
        status: "403 Forbidden",
        ..Reply::endless("", "no ")
    })
    .await;
    let store = refusal.store();
    let asked = store.client.ask::<Value>("ShopAndAccess", json!({}));
    asked.await.expect_err("a refusal");
    assert!(
        refusal.sent_bytes() < 16 << 20,
        "{} bytes",
        refusal.sent_bytes()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_leads_back_ends() {
    let page = json!({ "data": { "page": {
        "nodes": [{}], "pageInfo": { "hasNextPage": true, "endCursor": "again" }
    } } });
    let server = Server::start(Reply::whole(page.to_string())).await;
    let store = server.store();
    let all = store.all(Way::Admin, "Redirects", json!({}));
    let all = tokio::time::timeout(Duration::from_secs(20), all).await;
    let refused = all.expect("it ends").expect_err("there is no end of it");
    assert!(refused.to_string().contains("next page"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_goes_round_or_on_without_anything_ends() {
    for page in [
        json!({"nodes": [], "pageInfo": {"hasNextPage": true, "endCursor": "next"}}),
        json!({"nodes": [{}], "pageInfo": {"hasNextPage": true}}),
    ] {
        let data = json!({"page": page, "node": {"nested": page}});
        let server = Server::start(Reply::whole(json!({"data": data}).to_string())).await;
        let store = Arc::new(server.store());
        let walk = store.all(Way::Admin, "Redirects", json!({}));
        let walk = tokio::time::timeout(Duration::from_secs(20), walk).await;
        walk.expect("it ends").expect_err("there is no end of it");
    }
    let mut steps = crate::shopify::store::Steps::default();
    for (after, nodes) in [("a", 1), ("b", 0), ("c", 1)] {
        steps.go("Pages", after, nodes).expect("it leads on");
    }
    steps.go("Pages", "a", 1).expect_err("it was there before");
    let mut steps = crate::shopify::store::Steps::default();
    let gone = (0..100).try_for_each(|number| steps.go("Pages", &number.to_string(), 0));
    gone.expect_err("there is nothing on the way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_a_store_echoes_is_not_told() {
    let said = "no shpat_secret, please";
    let errors = json!({"errors": [{"message": said}]});
    let payload =
        json!({"data": {"payload": {"userErrors": [{"field": [said], "message": said}]}}});
    // Escaped, it is the same text.
    let escaped = payload.to_string().replace("shpat", "\\u0073hpat");
    for body in [errors.to_string(), payload.to_string(), escaped] {
        let server = Server::start(Reply::whole(body.clone())).await;
        let refused = server
            .store()
            .client
            .change("DeletePage", json!({"id": "x"}))
            .await;
        let message = refused.expect_err("a refusal").to_string();
        assert!(message.contains("no ••••, please"), "{body}: {message}");
        assert!(!message.contains("shpat_secret"), "{body}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_elsewhere_makes_nobody_ask_this_machine() {
    let inside = Server::start(Reply::whole("a secret of this network")).await;
    let connection = json!({"store": "northwind.myshopify.com", "auth": {"kind": "token"}});
    let settings = Settings::parse(&connection).expect("settings");
    let store = Store::new(settings, Arc::new(MemoryVault::default()));
    let port = inside
        .url
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .expect("a port");
    for url in [
        inside.url.clone(),
        format!("https://localhost:{port}/"),
        format!("https://127.0.0.1:{port}/x"),
    ] {
        let fetched = store.client.download("A file", &url, 100).await;
        let refused = fetched.expect_err("it is not asked for");
        assert!(
            matches!(refused, PlatformError::Refused { .. }),
            "{url}: {refused}"
        );
        let upload: Upload = serde_json::from_value(json!({"url": url})).expect("a place");
        let sent = store
            .client
            .upload(&upload, "a.txt", "text/plain", b"x".to_vec())
            .await;
        sent.expect_err("nothing is sent there");
    }
    assert_eq!(inside.requests(), 0);
}
