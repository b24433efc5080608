//! Bulk operations: one query whose whole result is made into a file of JSON lines (shopify.dev, API limits), streamed from there.
//!
//! Memory: one line, and what belongs to one object; both have their limits.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::{Value, json};
use slipway_engine::PlatformError;
use tokio::time::Instant;

use super::super::client::limits::{self, NoJson, VALUE_LIMIT};
use super::super::client::{Client, Way, user_errors};
use super::super::failure::{malformed, unavailable};
use super::super::kinds::each;

/// How often the operation is asked about, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// The longest line: a product with all of its text.
const LINE_LIMIT_BYTES: usize = 16 * 1024 * 1024;
/// What belongs to one object at most, its lines together.
const GROUP_LIMIT_BYTES: usize = 64 * 1024 * 1024;
/// The most values that belong to one object.
const GROUP_LIMIT_VALUES: usize = 2 * VALUE_LIMIT;
/// How often a broken download goes on.
const RESUME_LIMIT: u32 = 20;
/// How long an operation may count no further before it is given up.
const STALL_LIMIT: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 15 * 60 });
/// How many of the latest operations are looked at for one that is still under way.
const RECENT: u64 = 10;

/// Why there is no result.
#[derive(Debug)]
pub(super) enum NoBulk {
    /// It does not work here and now: the kind is captured by pages instead.
    ByPages(String),
    /// The capture can't go on.
    Failed(PlatformError),
}

impl From<PlatformError> for NoBulk {
    fn from(error: PlatformError) -> Self {
        match error {
            PlatformError::Refused { message, .. } => Self::ByPages(message),
            other => Self::Failed(other),
        }
    }
}

/// Runs a query to its end, and opens its result. One of the same text that is still under way, left by a capture that was
/// interrupted, is waited for instead of a new one.
pub(super) async fn run(client: &Client, query: &str) -> Result<Lines, NoBulk> {
    let id = match begin(client, query).await {
        // Its answer was lost: it is under way, or never began.
        Err(NoBulk::Failed(PlatformError::Unavailable { .. })) => begin(client, query).await?,
        begun => begun?,
    };
    let (mut pause, longest) = PAUSE;
    let mut counted = (Value::Null, Instant::now());
    loop {
        let data: Value = client.ask("BulkOperationState", json!({"id": id})).await?;
        let state = &data["bulkOperation"];
        match state["status"].as_str() {
            Some("COMPLETED") => {
                return Ok(Lines::new(client, state["url"].as_str()));
            }
            Some("CREATED" | "RUNNING" | "CANCELING") => {}
            status => {
                let code = state["errorCode"].as_str().unwrap_or_default();
                let status = status.unwrap_or("GONE");
                return Err(NoBulk::ByPages(format!("it ended as {status} {code}")));
            }
        }
        if counted.0 != state["objectCount"] {
            counted = (state["objectCount"].clone(), Instant::now());
        } else if counted.1.elapsed() > STALL_LIMIT {
            return Err(NoBulk::ByPages("it comes to no end".to_owned()));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

async fn begin(client: &Client, query: &str) -> Result<String, NoBulk> {
    match under_way(client, query).await? {
        Some(id) => Ok(id),
        None => start(client, query).await,
    }
}

async fn under_way(client: &Client, query: &str) -> Result<Option<String>, NoBulk> {
    let variables = json!({"first": RECENT});
    let data: Value = client.ask("RecentBulkOperations", variables).await?;
    let found = each(&data["page"]["nodes"]).find(|operation| {
        let is_open = matches!(operation["status"].as_str(), Some("CREATED" | "RUNNING"));
        is_open
            && operation["query"]
                .as_str()
                .is_some_and(|text| text.trim() == query.trim())
    });
    Ok(found.and_then(|operation| operation["id"].as_str().map(str::to_owned)))
}

async fn start(client: &Client, query: &str) -> Result<String, NoBulk> {
    let payload = client
        .attempt(Way::Admin, "RunBulkQuery", json!({"query": query}))
        .await;
    let payload = match payload {
        Ok(payload) => payload,
        // Nothing is written by it: one that nobody waits for does no harm.
        Err(PlatformError::Unclear { message }) => {
            return Err(NoBulk::Failed(unavailable(
                message,
                "Capture the store again.",
            )));
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(error) = user_errors(&payload).first() {
        return Err(NoBulk::ByPages(error.message.clone()));
    }
    let id = payload["bulkOperation"]["id"].as_str();
    Ok(id.ok_or_else(|| malformed("a bulk operation"))?.to_owned())
}

/// The lines of a result.
pub(super) struct Lines {
    client: Client,
    /// Nothing: there are none.
    url: Option<String>,
    stream: Option<BoxStream<'static, Result<Bytes, PlatformError>>>,
    buffer: Vec<u8>,
    /// Where the next line begins in the buffer.
    at: usize,
    received: u64,
    resumed: u32,
    /// The bytes and the values of the row that was given last.
    last: (usize, usize),
}

impl Lines {
    fn new(client: &Client, url: Option<&str>) -> Self {
        Self {
            client: client.clone(),
            url: url.map(str::to_owned),
            stream: None,
            buffer: Vec::new(),
            at: 0,
            received: 0,
            resumed: 0,
            last: (0, 0),
        }
    }

    /// The next row; nothing after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Value>, PlatformError> {
        let mut searched = self.at;
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.buffer[searched..]) {
                let line = &self.buffer[self.at..searched + end];
                let row = parsed(line)?;
                self.last = (line.len(), limits::value_count(line));
                self.at = searched + end + 1;
                searched = self.at;
                if let Some(row) = row {
                    return Ok(Some(row));
                }
                continue;
            }
            self.buffer.drain(..self.at);
            self.at = 0;
            searched = self.buffer.len();
            if searched > LINE_LIMIT_BYTES {
                return Err(malformed("lines of a length that one object can have"));
            }
            match self.receive().await? {
                Some(part) => self.buffer.extend_from_slice(&part),
                // The last line may have no end.
                None => {
                    let row = parsed(&self.buffer)?;
                    self.last = (self.buffer.len(), limits::value_count(&self.buffer));
                    self.buffer.clear();
                    return Ok(row);
                }
            }
        }
    }

    /// The next part of the file. A connection that breaks is taken up where it broke.
    async fn receive(&mut self) -> Result<Option<Bytes>, PlatformError> {
        let Some(url) = &self.url else {
            return Ok(None);
        };
        loop {
            let stream = match &mut self.stream {
                Some(stream) => stream,
                None => {
                    let what = "The result of a bulk operation";
                    let opened = self.client.stream(what, url, self.received).await?;
                    self.stream.insert(opened)
                }
            };
            match stream.next().await {
                Some(Ok(part)) => {
                    self.received += part.len() as u64;
                    return Ok(Some(part));
                }
                None => return Ok(None),
                Some(Err(error)) => {
                    self.resumed += 1;
                    if self.resumed > RESUME_LIMIT {
                        return Err(error);
                    }
                    self.stream = None;
                    tokio::time::sleep(PAUSE.0).await;
                }
            }
        }
    }
}

fn parsed(line: &[u8]) -> Result<Option<Value>, PlatformError> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    limits::json(line).map(Some).map_err(|error| match error {
        NoJson::TooMany => malformed("lines of as many values as one object can have"),
        NoJson::Malformed => malformed("valid JSON in the result of a bulk operation"),
    })
}

/// Rows put together: each object with the rows that belong to it, directly or by way of another.
pub(super) struct Groups {
    lines: Lines,
    next: Option<Value>,
}

impl Groups {
    pub(super) fn new(lines: Lines) -> Self {
        Self { lines, next: None }
    }

    /// The next object and its rows; nothing after the last.
    pub(super) async fn next(&mut self) -> Result<Option<(Value, Vec<Value>)>, PlatformError> {
        let first = match self.next.take() {
            Some(first) => Some(first),
            None => self.lines.next().await?,
        };
        let Some(first) = first else {
            return Ok(None);
        };
        let mut rows = Vec::new();
        let (mut bytes, mut values) = (0, 0);
        while let Some(row) = self.lines.next().await? {
            if row.get("__parentId").is_none() {
                self.next = Some(row);
                break;
            }
            bytes += self.lines.last.0;
            values += self.lines.last.1;
            if bytes > GROUP_LIMIT_BYTES || values > GROUP_LIMIT_VALUES {
                return Err(malformed("as many lines as one object can have"));
            }
            rows.push(row);
        }
        Ok(Some((first, rows)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::hostile::{Reply, Server};
    use super::*;

    async fn lines(reply: Reply) -> (Server, Lines) {
        let server = Server::start(reply).await;
        let client = server.store().client;
        let lines = Lines::new(&client, Some(&server.url));
        (server, lines)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_operation_that_comes_to_no_end_is_given_up() {
        let data = json!({
            "page": {"nodes": []}, "payload": {"bulkOperation": {"id": "gid://shopify/BulkOperation/1"}, "userErrors": []},
            "bulkOperation": {"status": "RUNNING", "objectCount": "7"},
        });
        let server = Server::start(Reply::whole(json!({"data": data}).to_string())).await;
        let client = server.store().client;
        let run = tokio::time::timeout(
            Duration::from_secs(30),
            run(&client, "{ products { edges { node { id } } } }"),
        );
        match run.await.expect("it ends") {
            Err(NoBulk::ByPages(why)) => assert!(why.contains("no end"), "{why}"),
            other => panic!("{:?}", other.map(drop)),
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_line_and_an_object_end() {
        let (server, mut endless) = lines(Reply::endless(r#"{"id":""#, "a")).await;
        let refused = endless.next().await.expect_err("a line that never ends");
        assert!(
            refused.to_string().contains("lines of a length"),
            "{refused}"
        );
        assert!(server.sent_bytes() < 2 * LINE_LIMIT_BYTES);

        let child = "{\"__parentId\":\"gid://shopify/Product/1\",\"a\":[0,0,0,0,0,0,0,0,0,0]}\n";
        let parent = "{\"id\":\"gid://shopify/Product/1\"}\n";
        let (server, endless) = lines(Reply::endless(parent, child)).await;
        let refused = Groups::new(endless).next().await;
        let refused = refused.expect_err("an object that never ends");
        assert!(refused.to_string().contains("as many lines"), "{refused}");
        assert!(server.sent_bytes() < 2 * GROUP_LIMIT_BYTES);

        let (_server, mut wide) = lines(Reply {
            times: 60,
            ..Reply::endless("[", "[],")
        })
        .await;
        let refused = wide.next().await.expect_err("a line of millions of values");
        assert!(refused.to_string().contains("as many values"), "{refused}");
    }
}
