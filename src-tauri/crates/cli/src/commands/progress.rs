//! Progress on stderr: one line that renews itself on a terminal, a line every few seconds elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use slipway_api::wire::Progress;
use slipway_api::{Api, Event};
use tokio::task::AbortHandle;

use crate::text::{renew, say};

/// How often a line is written where no terminal renews it.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Reports progress until it is dropped.
pub(crate) struct Telling(AbortHandle);

impl Drop for Telling {
    fn drop(&mut self) {
        self.0.abort();
        if std::io::stderr().is_terminal() {
            renew(None);
        }
    }
}

/// Begins to tell progress.
pub(crate) fn tell(api: &Api) -> Telling {
    let mut events = api.events();
    let is_terminal = std::io::stderr().is_terminal();
    let task = tokio::spawn(async move {
        let mut written = Instant::now();
        while let Ok(event) = events.recv().await {
            let Event::Progress(Progress {
                phase, done, total, ..
            }) = event
            else {
                continue;
            };
            let line = match total {
                Some(total) => format!("{phase}: {done} of {total}"),
                None => format!("{phase}: {done}"),
            };
            if is_terminal {
                renew(Some(&line));
            } else if written.elapsed() >= LINE_EVERY {
                say(line);
                written = Instant::now();
            }
        }
    });
    Telling(task.abort_handle())
}
