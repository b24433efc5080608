//! How large the page is drawn: changed by keys, remembered from one session to the next.
//!
//! Tauri's own zoom keys are a script in the page that needs the right to call the webview plugin. So the keys are commands
//! of the page like all others, and what they may do is here: one step, within limits.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use tauri::{AppHandle, Manager as _, Runtime, WebviewWindow};

/// The steps, in percent, ascending.
const STEPS: [u16; 13] = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300];
/// How large the page is drawn until somebody says otherwise, in percent.
const ACTUAL: u16 = 100;
/// The file that it is remembered in, in the program's own folder.
const FILE: &str = "zoom";

/// What the page may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Larger.
    In,
    /// Smaller.
    Out,
    /// As it was designed.
    Reset,
}

/// How large the page is drawn; managed by the application.
#[derive(Debug)]
pub(crate) struct Zoom {
    percent: Mutex<u16>,
    /// Where it is remembered; `None` when the system has no folder for that.
    file: Option<PathBuf>,
}

impl Zoom {
    /// As it was left.
    pub(crate) fn remembered<R: Runtime>(app: &AppHandle<R>) -> Self {
        let folder = app.path().app_config_dir().ok();
        let file = folder.map(|folder| folder.join(FILE));
        let text = file.as_ref().and_then(|file| fs::read_to_string(file).ok());
        Self {
            percent: Mutex::new(read(text.as_deref().unwrap_or_default())),
            file,
        }
    }

    /// Draws the window's page as large as it is now.
    pub(crate) fn apply<R: Runtime>(&self, window: &WebviewWindow<R>) -> tauri::Result<()> {
        draw(window, *self.percent())
    }

    /// Goes a step, remembers it and draws the window's page so, where there is one. Returns how large that is, in percent.
    pub(crate) fn go<R: Runtime>(
        &self,
        step: Step,
        window: Option<&WebviewWindow<R>>,
    ) -> tauri::Result<u16> {
        // Held until the window has been told: of two steps at once the later one has the last word.
        let mut percent = self.percent();
        *percent = after(*percent, step);
        if let Some(file) = &self.file {
            // A folder that can't be written to costs the person the memory, not the step.
            let made = file.parent().map(fs::create_dir_all).transpose();
            if let Err(error) = made.and_then(|_| fs::write(file, percent.to_string())) {
                tracing::warn!(%error, "the zoom is not remembered");
            }
        }
        if let Some(window) = window {
            draw(window, *percent)?;
        }
        Ok(*percent)
    }

    fn percent(&self) -> MutexGuard<'_, u16> {
        self.percent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn draw<R: Runtime>(window: &WebviewWindow<R>, percent: u16) -> tauri::Result<()> {
    window.set_zoom(f64::from(percent) / 100.0)
}

/// Reads what was remembered; anything but a step means the actual size.
fn read(text: &str) -> u16 {
    let percent = text.trim().parse().unwrap_or(ACTUAL);
    if STEPS.contains(&percent) {
        percent
    } else {
        ACTUAL
    }
}

fn after(percent: u16, step: Step) -> u16 {
    let next = match step {
        Step::In => STEPS.iter().find(|one| **one > percent),
        Step::Out => STEPS.iter().rfind(|one| **one < percent),
        Step::Reset => Some(&ACTUAL),
    };
    next.copied().unwrap_or(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_at_their_limits() {
        let cases = [
            (100, Step::In, 110),
            (100, Step::Out, 90),
            (300, Step::In, 300),
            (50, Step::Out, 50),
            (250, Step::Reset, 100),
        ];
        for (from, step, to) in cases {
            assert_eq!(after(from, step), to, "{step:?} from {from} %");
        }
    }

    #[test]
    fn what_was_remembered_is_a_step_or_the_actual_size() {
        for (text, percent) in [
            ("150", 150),
            ("75\n", 75),
            ("", 100),
            ("1000000", 100),
            ("-1", 100),
            ("101", 100),
            ("large", 100),
        ] {
            assert_eq!(read(text), percent, "{text:?}");
        }
    }
}
