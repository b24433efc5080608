//! The core behind loopback HTTP, for tests that drive the page in an ordinary browser. Built only on request and never
//! part of a release: it asks nobody who they are.
//!
//! `slipway-web PORT PAGE_FOLDER`: `POST /api/<command>`, `GET /events`, and the page itself. Port 0 takes any; the
//! address is the first line on stdout.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use slipway_api::{Api, ErrorCode};
use slipway_machine::Machine;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::{Stream, StreamExt as _};
use tower_http::services::ServeDir;

fn main() -> anyhow::Result<ExitCode> {
    match slipway_machine::draw_if_asked() {
        Some(code) => Ok(code),
        None => serve().map(|()| ExitCode::SUCCESS),
    }
}

#[tokio::main]
async fn serve() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().context("a port is missing")?.parse()?;
    let page = arguments.next().context("the page's folder is missing")?;
    let api = Arc::new(Api::new(Arc::new(Machine::new())));
    let app = Router::new()
        .route("/api/{name}", post(call))
        .route("/events", get(events))
        .fallback_service(ServeDir::new(page))
        .with_state(api);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

async fn call(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    Json(request): Json<Value>,
) -> Response {
    match api.call(&name, request).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => {
            let status = match error.code {
                ErrorCode::Invalid | ErrorCode::NoWorkspace | ErrorCode::NoPerson => {
                    StatusCode::BAD_REQUEST
                }
                ErrorCode::Refused | ErrorCode::Deletions => StatusCode::FORBIDDEN,
                ErrorCode::Conflict => StatusCode::CONFLICT,
                ErrorCode::Expired => StatusCode::GONE,
                ErrorCode::Cancelled | ErrorCode::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, Json(error)).into_response()
        }
    }
}

async fn events(State(api): State<Arc<Api>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    // A listener that was too slow gets a fresh start with the next event.
    let events = BroadcastStream::new(api.events())
        .filter_map(Result::ok)
        .map(|event| {
            Ok(Event::default()
                .json_data(event)
                .expect("BUG: an event is plain data"))
        });
    Sse::new(events).keep_alive(KeepAlive::default())
}
