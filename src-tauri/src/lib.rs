//! The shell: window, single instance and IPC transport. It is the only crate that knows Tauri.
//!
//! Deliberately absent: business rules (they live in `slipway-api` and below) and a native menu bar. The page draws
//! its own from the command table; on macOS Tauri adds the standard one, without which copy and paste would not work.

mod ipc;
pub mod system;
mod window;
mod zoom;

use std::sync::Arc;

use anyhow::Context as _;
use slipway_api::Api;
use slipway_machine::Machine;
use tauri::{Manager as _, RunEvent, generate_context, generate_handler};

/// Fails where there is certainly no display: GTK would panic.
#[cfg(target_os = "linux")]
fn ensure_display() -> anyhow::Result<()> {
    let names = ["WAYLAND_DISPLAY", "DISPLAY"];
    let is_there = names
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    anyhow::ensure!(
        is_there,
        "there is no display to open a window on; `slipway --help` lists the commands, which need none"
    );
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn ensure_display() -> anyhow::Result<()> {
    Ok(())
}

/// Opens the window and runs until it is closed. Returns the exit code that the session asked for.
///
/// A second start on the same desktop session brings the first one's window to the front and ends with 0.
///
/// # Errors
///
/// When no display can be reached or the webview cannot be made.
pub fn open_window() -> anyhow::Result<i32> {
    ensure_display()?;
    let api = Arc::new(Api::new(Arc::new(Machine::new())));
    let setup = api.clone();
    // First of all plugins, so that a second start ends before it touches anything.
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(
            |app, _arguments, _folder| window::bring_to_front(app),
        ))
        .plugin(window::remembered_place())
        .plugin(tauri_plugin_dialog::init())
        .manage(api.clone())
        .invoke_handler(generate_handler![ipc::call])
        .setup(move |app| {
            ipc::carry_events(app.handle(), &setup);
            app.manage(zoom::Zoom::remembered(app.handle()));
            Ok(window::open(app.handle())?)
        })
        .build(generate_context!("tauri.conf.json"))
        .context("the window could not be opened")?;
    Ok(app.run_return(move |app, event| {
        if matches!(event, RunEvent::Exit) {
            api.close();
        }
        // The last window is closed while something is being deployed: the program goes on without one until that has
        // ended. Should it be ended all the same, the next start takes the deployment up again.
        if let RunEvent::ExitRequested {
            code: None,
            api: exit,
            ..
        } = event
            && api.is_deploying()
        {
            exit.prevent_exit();
            ipc::exit_when_idle(app, &api);
        }
    }))
}
