//! A client for the tests, as plain as can be.

use reqwest::Response;
use serde_json::{Value, json};
use slipway_sandbox::shop::{Clock, Sandbox, Seed, ShopAddress, ShopHandle, ShopSpec};

/// A shop under test.
pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
    pub(crate) address: ShopAddress,
    pub(crate) http: reqwest::Client,
    pub(crate) clock: Clock,
}

impl Shop {
    /// A shop with this content, whose clock only the test moves, and whose searches do not lag.
    pub(crate) async fn open(seed: Seed) -> Self {
        let mut spec = ShopSpec::new("test", seed).clock(Clock::manual());
        spec.search_lag = std::time::Duration::ZERO;
        Self::start(spec).await
    }

    pub(crate) async fn start(spec: ShopSpec) -> Self {
        // Where all crates are built together, the client speaks TLS as well and wants to know whose; once for all tests.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let clock = spec.clock.clone();
        let sandbox = Sandbox::start(vec![spec], 0).await.unwrap();
        let address = sandbox.shops().remove(0);
        Self {
            sandbox,
            address,
            http: reqwest::Client::new(),
            clock,
        }
    }

    pub(crate) fn handle(&self) -> ShopHandle {
        self.sandbox.shop(&self.address.name).unwrap()
    }

    /// Sends a body as it is.
    pub(crate) async fn post(&self, version: &str, token: &str, body: &Value) -> Response {
        let url = format!("{}/admin/api/{version}/graphql.json", self.address.base_url);
        let request = self
            .http
            .post(url)
            .header("X-Shopify-Access-Token", token)
            .json(body);
        request.send().await.unwrap()
    }

    /// The whole answer to a request.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        let body = json!({"query": query, "variables": variables});
        let answer = self.post("2026-10", &self.address.token, &body).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// The data of an answer that must hold no errors.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.ask(query, variables).await;
        assert!(
            answer["errors"].is_null(),
            "{query} brought {}",
            answer["errors"]
        );
        answer["data"].take()
    }

    /// The payload of a mutation that must bring no user errors.
    pub(crate) async fn mutate(&self, query: &str, variables: Value) -> Value {
        let data = self.data(query, variables).await;
        let payload = data.as_object().unwrap().values().next().unwrap().clone();
        assert_eq!(payload["userErrors"], json!([]), "{query}");
        payload
    }

    /// The user errors of a mutation.
    pub(crate) async fn user_errors(&self, query: &str, variables: Value) -> Value {
        let data = self.data(query, variables).await;
        data.as_object().unwrap().values().next().unwrap()["userErrors"].clone()
    }
}
