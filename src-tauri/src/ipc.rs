//! The page's one way in and the core's one way out: the command `call`, and the event `slipway`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use slipway_api::{Api, ApiError, ErrorCode};
use tauri::{AppHandle, Emitter as _, Manager as _, Runtime, State, async_runtime};
use tokio::sync::broadcast::error::RecvError;

use crate::system;

/// The event under which the page hears the core.
const EVENT: &str = "slipway";
/// How often an exit that waits for a deployment looks whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Does a command of the core, or one of the few that only the shell can do.
///
/// # Errors
///
/// The command's error, as it crosses the wire.
#[tauri::command]
pub(crate) async fn call<R: Runtime>(
    app: AppHandle<R>,
    api: State<'_, Arc<Api>>,
    name: String,
    request: Value,
) -> Result<Value, ApiError> {
    match system::answer(&app, &name, request.clone()).await {
        Some(answer) => answer.map_err(|error| ApiError {
            code: ErrorCode::Invalid,
            message: error.to_string(),
            hint: String::new(),
            retryable: false,
        }),
        None => api.call(&name, request).await,
    }
}

/// Carries the core's events to the page for as long as the program runs.
pub(crate) fn carry_events<R: Runtime>(app: &AppHandle<R>, api: &Api) {
    let (app, mut events) = (app.clone(), api.events());
    async_runtime::spawn(async move {
        loop {
            match events.recv().await {
                // A page that is not there yet asks for everything when it comes.
                Ok(event) => drop(app.emit(EVENT, event)),
                Err(RecvError::Lagged(_)) => {
                    let topics = vec![slipway_api::Topic::All];
                    let event = slipway_api::Event::Changed {
                        position: 0,
                        topics,
                    };
                    drop(app.emit(EVENT, event));
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
}

/// Ends the program once nothing is being deployed any more, unless a window was opened again meanwhile.
pub(crate) fn exit_when_idle<R: Runtime>(app: &AppHandle<R>, api: &Arc<Api>) {
    let (app, api) = (app.clone(), api.clone());
    async_runtime::spawn(async move {
        while api.is_deploying() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        if app.webview_windows().is_empty() {
            app.exit(0);
        }
    });
}
