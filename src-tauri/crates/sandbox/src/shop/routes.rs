//! From a request's address to what answers it, and the refusals that come before GraphQL: unknown shop, frozen,
//! locked, wrong token, wrong method, wrong version.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::answer::{Answered, Ending};
use super::api;
use super::files;
use super::host::{Host, TOKEN_SECONDS};

/// The largest body that is read: a bulk mutation's 100 MB, and what surrounds it.
const BODY_BYTES_MAX: usize = 110 * 1024 * 1024;

/// What a request's address asks for, below its shop's.
enum Route<'a> {
    GraphQl { version: &'a str },
    Token,
    Upload { key: &'a str },
    Bytes { path: &'a str },
    Nothing,
}

pub(crate) async fn answer(shops: &Arc<[Arc<Host>]>, request: Request<Incoming>) -> Answered {
    let (parts, body) = request.into_parts();
    let Some((host, path)) = locate(shops, &parts) else {
        return Answered::refused(404, "Not Found");
    };
    let host = host.clone();
    let path = path.to_owned();
    let body = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Answered::refused(413, "Request Entity Too Large"),
    };
    let route = route(&path);
    if !matches!(route, Route::GraphQl { .. }) {
        host.rest().counters.other_requests += 1;
    }
    match route {
        Route::GraphQl { version } => graphql(&host, &parts, version, body).await,
        Route::Token => token(&host, &parts, &body),
        Route::Upload { key } => files::upload(&host, &parts, key, body).await,
        Route::Bytes { path } => files::download(&host, path).await,
        Route::Nothing => Answered::refused(404, "Not Found"),
    }
}

/// The shop that a request means, and the rest of its path.
fn locate<'a>(shops: &'a [Arc<Host>], parts: &'a Parts) -> Option<(&'a Arc<Host>, &'a str)> {
    let path = parts.uri.path();
    if let Some(rest) = path.strip_prefix("/shops/") {
        let (name, rest) = rest.split_once('/')?;
        let host = shops.iter().find(|host| host.spec.name == name)?;
        return Some((host, rest));
    }
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    let store = header("x-shopify-shop")
        .or_else(|| header("host"))
        .or_else(|| parts.uri.host())?;
    let store = store.trim_start_matches("https://").split(':').next()?;
    let host = shops.iter().find(|host| host.spec.store() == store)?;
    Some((host, path.trim_start_matches('/')))
}

fn route(path: &str) -> Route<'_> {
    let api = path
        .strip_prefix("admin/api/")
        .or_else(|| path.strip_prefix("cli/admin/api/"));
    if let Some(rest) = api {
        return match rest.split_once('/') {
            Some((version, "graphql.json" | "graphql")) => Route::GraphQl { version },
            _ => Route::Nothing,
        };
    }
    if path == "admin/oauth/access_token" {
        return Route::Token;
    }
    match path.strip_prefix("uploads/") {
        Some(key) => Route::Upload { key },
        None if path.starts_with("files/") => Route::Bytes { path },
        None => Route::Nothing,
    }
}

async fn graphql(host: &Arc<Host>, parts: &Parts, version: &str, body: Bytes) -> Answered {
    let request_id = host.request_id();
    let answered = |answered: Answered| answered.header("x-request-id", &request_id);
    {
        let rest = host.rest();
        if rest.locked {
            return answered(Answered::refused(423, "Locked"));
        }
        if rest.frozen {
            return answered(Answered::refused(402, "Unavailable Shop"));
        }
    }
    if parts.method != Method::POST {
        return answered(Answered::refused(404, "Not Found"));
    }
    let Some(version) = api::version(version) else {
        return answered(Answered::refused(404, "Not Found"));
    };
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let accepts = header("accept").is_none_or(|accept| {
        [
            "application/json",
            "application/*",
            "*/*",
            "application/graphql-response+json",
        ]
        .iter()
        .any(|kind| accept.contains(kind))
    });
    if !accepts {
        return answered(Answered::refused(406, "Not Acceptable"));
    }
    let Some(app) = header("x-shopify-access-token").and_then(|token| host.app(token)) else {
        return answered(Answered::refused(
            401,
            "[API] Invalid API key or access token (unrecognized login or wrong password)",
        ));
    };
    let is_text =
        header("content-type").is_some_and(|kind| kind.starts_with("application/graphql"));
    let request = if is_text {
        json!({"query": String::from_utf8_lossy(&body)})
    } else {
        match serde_json::from_slice::<Value>(&body) {
            Ok(request @ Value::Object(_)) => request,
            _ => return answered(Answered::refused(400, "Bad Request")),
        }
    };
    let debug = header("shopify-graphql-cost-debug") == Some("1");
    answered(api::answer(host, app, &request, debug, &request_id).await)
        .header("x-shopify-api-version", version)
        .header("server-timing", "processing;dur=1")
}

/// The client-credentials grant of apps, as JSON or as a form.
fn token(host: &Host, parts: &Parts, body: &Bytes) -> Answered {
    for fault in host.rest().faults.strike(&["access_token".to_owned()]) {
        match fault {
            super::fault::FaultKind::Status { status, .. } => {
                return Answered::refused(status, "Fault");
            }
            super::fault::FaultKind::Reset => return Answered::cut(Ending::Reset),
            super::fault::FaultKind::LostAnswer => return Answered::cut(Ending::Lost),
            _ => {}
        }
    }
    if parts.method != Method::POST {
        return Answered::refused(404, "Not Found");
    }
    let text = String::from_utf8_lossy(body);
    let given = |name: &str| match serde_json::from_slice::<Value>(body) {
        Ok(value) => value[name].as_str().map(str::to_owned),
        Err(_) => files::form_value(&text, name),
    };
    if given("grant_type").as_deref() != Some("client_credentials") {
        let error = json!({"error": "unsupported_grant_type", "error_description": "The grant type is not supported."});
        return Answered::json(400, &error);
    }
    let (id, secret) = (given("client_id"), given("client_secret"));
    match host.grant(&id.unwrap_or_default(), &secret.unwrap_or_default()) {
        Some(token) => Answered::json(
            200,
            &json!({
                "access_token": token,
                "scope": host.spec.scopes.join(","),
                "expires_in": TOKEN_SECONDS,
            }),
        ),
        None => Answered::json(
            401,
            &json!({"error": "invalid_client", "error_description": "Client authentication failed."}),
        ),
    }
}
