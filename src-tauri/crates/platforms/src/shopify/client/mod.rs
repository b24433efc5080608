//! The client of the Admin API: sends one operation, pays for it, and says what came of it.
//!
//! Invariant: a mutation is sent again only when the store said that it was not carried out. A lost answer to one is
//! [`PlatformError::Unclear`].
//! Invariant: no token, password or signed address gets into an error or a log.
//! Deliberately not here: what the operations mean; that is the kinds'.

mod answer;
mod auth;
mod connections;
mod cost;
pub(super) mod limits;
pub(super) mod places;
pub(super) mod steps;
mod transfer;
mod user_errors;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use slipway_domain::StepOutcome;
use slipway_engine::{Budget, PlatformError, Secret, Vault};
use thousands::Separable as _;
use tokio::sync::Semaphore;

pub(super) use transfer::Upload;
pub(super) use user_errors::{UserError, user_errors};

use super::failure::{malformed, refused, unavailable};
use super::operations::{Operation, operation};
use super::settings::Settings;
use answer::{Answer, Body, Denied};
use auth::{Renewal, THEME_PASSWORD, Tokens};
use connections::{Connections, Reach};
use cost::{Reservation, Scheduler};
use limits::{Cut, NoJson, VALUE_LIMIT};

/// The longest answer that is read: 250 pages of half a megabyte each would be twice of it, and are asked for in parts.
const BODY_LIMIT_BYTES: usize = 96 * 1024 * 1024;
/// How long the store may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(if cfg!(test) { 600 } else { 60_000 });
/// How many requests are under way at once; more would only wait in the store.
const REQUEST_LIMIT: usize = 16;
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a read is tried.
const TRY_LIMIT: u32 = 4;
/// How often a request is sent that the store puts off.
const PUT_OFF_LIMIT: u32 = 12;
/// The pause before the second try; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The smallest page that is asked for.
const SMALLEST_PAGE: u64 = 1;

/// By which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    /// With the environment's own token.
    Admin,
    /// With the password for theme files.
    Theme,
}

/// A client of one store. Cheap to clone; clones share the scheduler and the tokens.
#[derive(Clone)]
pub(super) struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    connections: Connections,
    settings: Settings,
    tokens: Tokens,
    admin: Arc<Scheduler>,
    theme: Arc<Scheduler>,
    under_way: Semaphore,
    denials: AtomicU64,
}

impl Client {
    /// A client for checked settings. Does not reach out.
    pub(super) fn new(settings: Settings, vault: Arc<dyn Vault>) -> Self {
        let reach = match settings.is_public() {
            _ if settings.is_on_this_machine() => Reach::Loopback,
            true => Reach::Public,
            false => Reach::Private,
        };
        Self {
            inner: Arc::new(Inner {
                connections: Connections::new(reach),
                settings,
                tokens: Tokens::new(vault),
                admin: Arc::new(Scheduler::new()),
                theme: Arc::new(Scheduler::new()),
                under_way: Semaphore::new(REQUEST_LIMIT),
                denials: AtomicU64::new(0),
            }),
        }
    }

    /// The settings that it was made for.
    pub(super) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The way that requests about themes go.
    pub(super) fn theme_way(&self) -> Way {
        if self.inner.settings.theme_access {
            Way::Theme
        } else {
            Way::Admin
        }
    }

    /// Whether the environment's only secret is a password for theme files.
    pub(super) async fn is_theme_only(&self) -> Result<bool, PlatformError> {
        let token = self
            .inner
            .tokens
            .token(&self.inner.connections, &self.inner.settings)
            .await?;
        Ok(token.expose().starts_with(THEME_PASSWORD))
    }

    /// What is left of the store's budget, as far as it has said.
    pub(super) fn budget(&self) -> Option<Budget> {
        let inner = &self.inner;
        inner.admin.budget().or_else(|| inner.theme.budget())
    }

    /// Sends an operation and reads its data into a type.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        name: &str,
        variables: Value,
    ) -> Result<T, PlatformError> {
        self.ask_by(Way::Admin, name, variables).await
    }

    /// As [`Client::ask`] for a read of several things: gives what the app has a right to, and the paths of the rest.
    pub(super) async fn ask_partly(
        &self,
        name: &str,
        variables: Value,
    ) -> Result<(Value, Vec<Value>), PlatformError> {
        let operation = operation(name);
        match self.try_send(Way::Admin, operation, &variables).await? {
            Sent::Data(data) => Ok((data, Vec::new())),
            Sent::Partly(data, denied) if data.is_object() => Ok((data, denied.paths)),
            Sent::Partly(_, denied) => Err(self.denied(denied)),
            Sent::TooCostly => Err(too_costly(&self.inner.settings, operation)),
        }
    }

    /// How often something was denied so far: an error after one more is that the app lacks a right.
    pub(super) fn denials(&self) -> u64 {
        self.inner.denials.load(Ordering::Relaxed)
    }

    fn denied(&self, denied: Denied) -> PlatformError {
        self.inner.denials.fetch_add(1, Ordering::Relaxed);
        denied.error
    }

    /// As [`Client::ask`], by a way.
    pub(super) async fn ask_by<T: DeserializeOwned>(
        &self,
        way: Way,
        name: &str,
        variables: Value,
    ) -> Result<T, PlatformError> {
        let operation = operation(name);
        let data = self.send(way, operation, variables).await?;
        serde_json::from_value(data).map_err(|error| {
            tracing::debug!(operation = name, %error, "an answer has another form");
            answer::lost(
                malformed(&format!("what {name} asks for")),
                operation.is_mutation,
            )
        })
    }

    /// Sends a mutation whose payload is called `payload`, and refuses what its user errors refuse.
    pub(super) async fn change(
        &self,
        name: &str,
        variables: Value,
    ) -> Result<Value, PlatformError> {
        self.change_by(Way::Admin, name, variables).await
    }

    /// As [`Client::change`], by a way.
    pub(super) async fn change_by(
        &self,
        way: Way,
        name: &str,
        variables: Value,
    ) -> Result<Value, PlatformError> {
        let step = steps::begin(name);
        let payload = match self.attempt(way, name, variables).await {
            Err(error @ PlatformError::Unclear { .. }) => return Err(error),
            Err(error) => {
                steps::end(step, StepOutcome::Failed);
                return Err(error);
            }
            Ok(payload) => payload,
        };
        match user_errors(&payload) {
            errors if errors.is_empty() => {
                steps::end(step, StepOutcome::Done);
                Ok(payload)
            }
            errors => {
                steps::end(step, StepOutcome::Failed);
                Err(user_errors::refusal(&self.inner.settings.store, &errors))
            }
        }
    }

    /// Sends a mutation whose payload is called `payload`, and gives it with its user errors.
    pub(super) async fn attempt(
        &self,
        way: Way,
        name: &str,
        variables: Value,
    ) -> Result<Value, PlatformError> {
        let data: Value = self.ask_by(way, name, variables).await?;
        match data.get("payload") {
            Some(payload) if payload.is_object() => Ok(payload.clone()),
            // A mutation that failed as a whole answers null for its payload.
            _ => Err(answer::lost(
                malformed(&format!("the outcome of {name}")),
                true,
            )),
        }
    }

    /// Sends a read that takes `first`, with smaller pages where the store finds larger ones too costly. Returns the
    /// data and the size that worked.
    pub(super) async fn page(
        &self,
        way: Way,
        name: &str,
        mut variables: Value,
        size: u64,
    ) -> Result<(Value, u64), PlatformError> {
        let operation = operation(name);
        let mut size = size;
        loop {
            variables["first"] = json!(size);
            match self.try_send(way, operation, &variables).await? {
                Sent::Data(data) => return Ok((data, size)),
                Sent::Partly(_, denied) => return Err(self.denied(denied)),
                Sent::TooCostly if size > SMALLEST_PAGE => {
                    size = (size / 2).max(SMALLEST_PAGE);
                }
                Sent::TooCostly => return Err(too_costly(&self.inner.settings, operation)),
            }
        }
    }

    async fn send(
        &self,
        way: Way,
        operation: &Operation,
        variables: Value,
    ) -> Result<Value, PlatformError> {
        match self.try_send(way, operation, &variables).await? {
            Sent::Data(data) => Ok(data),
            // It was carried out; only what it answers is not for the app.
            Sent::Partly(data, _) if operation.is_mutation && data["payload"].is_object() => {
                Ok(data)
            }
            Sent::Partly(_, denied) => Err(self.denied(denied)),
            Sent::TooCostly => Err(too_costly(&self.inner.settings, operation)),
        }
    }

    /// Sends until there is an answer that counts.
    async fn try_send(
        &self,
        way: Way,
        operation: &Operation,
        variables: &Value,
    ) -> Result<Sent, PlatformError> {
        let body = json!({
            "query": operation.text, "operationName": operation.name, "variables": variables
        });
        let body = Bytes::from(serde_json::to_vec(&body).expect("BUG: a request is plain data"));
        // Requests of one operation and page size cost about the same.
        let what = match variables.get("first") {
            Some(first) => format!("{} {first}", operation.name),
            None => operation.name.to_owned(),
        };
        let scheduler = self.scheduler(way);
        let (mut lost, mut put_off, mut renewed) = (0, 0, false);
        loop {
            let token = self.token(way).await?;
            let place = self.inner.under_way.acquire().await;
            let reservation = scheduler.reserve(&what).await;
            let pause = match self.once(way, &token, &body, reservation).await {
                Answer::Data(data) => return Ok(Sent::Data(data)),
                Answer::Partly(data, denied) => return Ok(Sent::Partly(data, denied)),
                Answer::TooCostly => return Ok(Sent::TooCostly),
                Answer::Failed(error) => return Err(error),
                Answer::Unauthorized => {
                    if renewed || self.inner.tokens.renew(&token).await == Renewal::Impossible {
                        return Err(rejected(&self.inner.settings, way));
                    }
                    renewed = true;
                    Duration::ZERO
                }
                Answer::Later(pause, error) => {
                    put_off += 1;
                    if put_off >= PUT_OFF_LIMIT {
                        return Err(error);
                    }
                    pause
                }
                Answer::Lost(error) => {
                    lost += 1;
                    if operation.is_mutation || lost >= TRY_LIMIT {
                        return Err(answer::lost(error, operation.is_mutation));
                    }
                    FIRST_PAUSE * 2_u32.pow(lost - 1)
                }
            };
            drop(place);
            tracing::debug!(operation = operation.name, ?pause, "sending again");
            tokio::time::sleep(pause).await;
        }
    }

    /// Sends once. Never logs the token.
    async fn once(
        &self,
        way: Way,
        token: &Secret,
        body: &Bytes,
        reservation: Reservation,
    ) -> Answer {
        let settings = &self.inner.settings;
        let store = &settings.store;
        let Ok(headers) = headers(settings, token) else {
            return Answer::Failed(refused(
                format!("The access token of {store} holds characters that no token has."),
                "Connect the environment again and paste the token alone.",
            ));
        };
        let is_theme_password = token.expose().starts_with(THEME_PASSWORD);
        let endpoint = if way == Way::Theme || is_theme_password {
            settings.theme_access_endpoint()
        } else {
            settings.admin_endpoint()
        };
        let http = match self.inner.connections.http() {
            Ok(http) => http,
            Err(error) => return Answer::Failed(error),
        };
        let request = http.post(endpoint).headers(headers).body(body.clone());
        let response = match request.send().await {
            Ok(response) => response,
            // Nothing was sent.
            Err(error) if error.is_connect() => {
                return Answer::Later(FIRST_PAUSE, answer::unreachable(store, &error));
            }
            Err(error) => return Answer::Lost(answer::unreachable(store, &error)),
        };
        let status = response.status().as_u16();
        if status != 200 {
            let retry_after = response.headers().get(RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| value.to_str().ok());
            return answer::status(store, status, retry_after);
        }
        let bytes = match limits::body(response, BODY_LIMIT_BYTES).await {
            Ok(bytes) => bytes,
            Err(Cut::Broken(error)) => return Answer::Lost(answer::unreachable(store, &error)),
            Err(Cut::TooLong) => {
                return Answer::Failed(refused(
                    format!("{store} gave an answer of more than {BODY_LIMIT_BYTES} bytes."),
                    "Leave the largest resources out by a rule of the environment.",
                ));
            }
        };
        match limits::json::<Body>(&bytes) {
            Ok(body) => {
                if let Some(cost) = body.cost() {
                    reservation.settle(cost);
                }
                answer::body(store, body.without(&[token.expose()]))
            }
            Err(NoJson::TooMany) => Answer::Failed(refused(
                format!(
                    "{store} gave an answer of more than {} values.",
                    VALUE_LIMIT.separate_with_commas()
                ),
                "Leave the largest resources out by a rule of the environment.",
            )),
            Err(NoJson::Malformed) => Answer::Lost(unavailable(
                format!("{store} gave an answer that is no whole JSON document."),
                "Try again in a moment.",
            )),
        }
    }

    fn scheduler(&self, way: Way) -> &Arc<Scheduler> {
        match way {
            Way::Admin => &self.inner.admin,
            Way::Theme => &self.inner.theme,
        }
    }

    async fn token(&self, way: Way) -> Result<Secret, PlatformError> {
        let inner = &self.inner;
        match way {
            Way::Admin => {
                inner
                    .tokens
                    .token(&inner.connections, &inner.settings)
                    .await
            }
            Way::Theme => inner.tokens.theme_password(&inner.settings),
        }
    }
}

enum Sent {
    Data(Value),
    Partly(Value, Denied),
    TooCostly,
}

fn too_costly(settings: &Settings, operation: &Operation) -> PlatformError {
    refused(
        format!(
            "{} finds {} too costly for one request.",
            settings.store, operation.name
        ),
        "Leave the largest resources out by a rule of the environment.",
    )
}

fn rejected(settings: &Settings, way: Way) -> PlatformError {
    let what = match way {
        Way::Admin => "access token",
        Way::Theme => "password for theme files",
    };
    refused(
        format!("{} does not accept the {what}.", settings.store),
        "It was revoked or mistyped: connect the environment again with a new one.",
    )
}

fn headers(settings: &Settings, token: &Secret) -> Result<HeaderMap, ()> {
    let mut headers = HeaderMap::new();
    let mut secret = HeaderValue::from_str(token.expose()).map_err(drop)?;
    secret.set_sensitive(true);
    headers.insert("x-shopify-access-token", secret);
    let store = HeaderValue::from_str(&settings.store).map_err(drop)?;
    headers.insert("x-shopify-shop", store);
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("accept", HeaderValue::from_static("application/json"));
    Ok(headers)
}
