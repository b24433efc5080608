//! The one window: how it opens, what it remembers and where its page may go.

use tauri::plugin::TauriPlugin;
use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{AppHandle, Manager as _, Runtime, Url, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;

use crate::zoom::Zoom;

/// The label that the configuration and the capability file give the window.
pub(crate) const LABEL: &str = "main";

/// Opens the window that `tauri.conf.json` describes. It shows once its page is there: no flash of an empty one.
///
/// # Errors
///
/// When the webview cannot be made.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let config = app
        .config()
        .app
        .windows
        .iter()
        .find(|window| window.label == LABEL)
        .expect("BUG: tauri.conf.json describes no window `main`");
    let dev_url = app.config().build.dev_url.clone();
    let window = WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(move |url| stays_inside(url, dev_url.as_ref()))
        .on_new_window(|_url, _features| NewWindowResponse::Deny)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished {
                // Fails only when the window has been closed already.
                let _ = window.show();
            }
        })
        .build()?;
    app.state::<Zoom>().apply(&window)
}

/// Shows the window to somebody who asked for it again; a new one where it was closed while a deployment went on.
pub(crate) fn bring_to_front<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(LABEL) else {
        // As with those below: without a display there is nothing to show.
        let _ = open(app);
        return;
    };
    // A desktop may refuse any of these; the window is then where it was, and nothing is lost.
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}

/// Remembers size and place from one session to the next; not whether the window was visible.
pub(crate) fn remembered_place<R: Runtime>() -> TauriPlugin<R> {
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::all() - StateFlags::VISIBLE - StateFlags::DECORATIONS)
        .build()
}

/// Tells whether the page, or a frame in it, may load `url`. Captured content is data: no link in it leads the window away.
fn stays_inside(url: &Url, dev_url: Option<&Url>) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Where the webview has no schemes of its own, Tauri serves the page from this name.
        "http" | "https" if url.host_str() == Some("tauri.localhost") => true,
        // Frames that the page fills itself; they inherit its content security policy.
        "about" | "blob" => true,
        _ => cfg!(dev) && dev_url.is_some_and(|dev| dev.origin() == url.origin()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_cannot_be_led_away() {
        let cases = [
            ("tauri://localhost/index.html", true, "the page itself"),
            ("http://tauri.localhost/", true, "the page on Windows"),
            ("about:srcdoc", true, "a frame with given content"),
            ("blob:tauri://localhost/1", true, "a frame with own content"),
            ("tauri://elsewhere/", false, "another host of our scheme"),
            ("https://example.com/", false, "a link in captured content"),
            ("http://tauri.localhost.example.com/", false, "a look-alike"),
            ("file:///etc/passwd", false, "a local file"),
            ("data:text/html,<p>", false, "a page in a link"),
            ("javascript:alert(1)", false, "a script in a link"),
        ];
        for (url, expected, what) in cases {
            let url = Url::parse(url).expect("test URLs parse");
            assert_eq!(stays_inside(&url, None), expected, "{what}: {url}");
        }
    }
}
