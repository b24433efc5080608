//! The parent's side: children that draw, and the end of those that take too much.

use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use crate::child::{ARGUMENT, MEMORY_LIMIT_BYTES};
use crate::frames::{HEADER_LIMIT_BYTES, Reply, Request, header, parsed};
use crate::picture::{Bounds, Picture, Refusal};
use crate::{INPUT_LIMIT_BYTES, SIDE_LIMIT};

/// The largest PNG that a child may give: all pixels uncompressed, and some.
const PNG_LIMIT_BYTES: usize = (SIDE_LIMIT as usize * SIDE_LIMIT as usize * 4) + 1024 * 1024;
/// What the programs take their own secrets from.
const OWN_VARIABLES: &str = "SLIPWAY_";

/// Keeps what the programs take their own secrets from from a child.
pub fn hide_own_variables(command: &mut std::process::Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with(OWN_VARIABLES) {
            command.env_remove(name);
        }
    }
}

/// What a painter holds its children to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a picture may take, its child's start included.
    pub wall: Duration,
    /// How long a child waits for the next picture.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(5),
            idle: Duration::from_secs(10),
        }
    }
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum Undrawn {
    /// The picture is not drawn, now or later.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No child could be started.
    #[error("the process that draws pictures can't be started: {0}")]
    Unavailable(#[from] io::Error),
}

/// Has pictures drawn by child processes. A child draws one picture after another, until one is refused, it is not needed for a
/// while, or the painter is dropped. Needs a tokio runtime with I/O and time. How many are drawn at once, the caller decides.
#[derive(Debug)]
pub struct Painter {
    /// `None`: this program.
    program: Option<PathBuf>,
    limits: Limits,
    idle: Arc<Idle>,
}

/// Children that wait for the next picture.
#[derive(Debug, Default)]
struct Idle(Mutex<Vec<Worker>>);

impl Painter {
    /// A painter whose children are this very program; it has to call [`run_if_asked`](crate::child::run_if_asked) first of
    /// all.
    pub fn of_this_program() -> Self {
        Self::new(None, Limits::default())
    }

    /// A painter whose children are another program, within other limits. `None`: this program.
    pub fn new(program: Option<PathBuf>, limits: Limits) -> Self {
        Self {
            program,
            limits,
            idle: Arc::default(),
        }
    }

    /// Draws a picture into a box; see [`draw()`](crate::draw()).
    ///
    /// # Errors
    /// Why it is not drawn.
    pub async fn draw(&self, bytes: &[u8], bounds: Bounds) -> Result<Picture, Undrawn> {
        if bytes.len() > INPUT_LIMIT_BYTES {
            let bytes = bytes.len() as u64;
            return Err(Refusal::TooManyBytes { bytes }.into());
        }
        let bounds = bounds.within_limits();
        let mut worker = match self.idle.take() {
            Some(worker) => worker,
            None => Worker::start(self.program.as_ref())?,
        };
        let refusal = match timeout(self.limits.wall, worker.draw(bytes, bounds)).await {
            Ok(Some(Ok(picture))) => {
                self.idle.put(worker, self.limits.idle);
                return Ok(picture);
            }
            Ok(Some(Err(refusal))) => {
                // Refusing may have taken much; the next picture begins afresh.
                worker.end().await;
                refusal
            }
            Ok(None) => worker.end().await.map_or(Refusal::Crashed, why_ended),
            Err(_) => {
                worker.end().await;
                Refusal::TooSlow {
                    limit_ms: u64::try_from(self.limits.wall.as_millis()).unwrap_or(u64::MAX),
                }
            }
        };
        tracing::debug!(%refusal, "a picture is not drawn");
        Err(refusal.into())
    }
}

impl Idle {
    fn workers(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A child that still lives.
    fn take(&self) -> Option<Worker> {
        let mut workers = self.workers();
        while let Some(mut worker) = workers.pop() {
            if matches!(worker.child.try_wait(), Ok(None)) {
                return Some(worker);
            }
        }
        None
    }

    /// Keeps a child for a while.
    fn put(self: &Arc<Self>, worker: Worker, at_most: Duration) {
        let id = worker.child.id();
        self.workers().push(worker);
        let idle = Arc::downgrade(self);
        tokio::spawn(async move {
            sleep(at_most).await;
            let Some(idle) = idle.upgrade() else { return };
            let rested = {
                let mut workers = idle.workers();
                let at = workers.iter().position(|worker| worker.child.id() == id);
                at.map(|at| workers.remove(at))
            };
            if let Some(worker) = rested {
                worker.end().await;
            }
        });
    }
}

/// A child, and the pipes to it. It ends when it is dropped.
#[derive(Debug)]
struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn start(program: Option<&PathBuf>) -> io::Result<Self> {
        let program = match program {
            Some(program) => program.clone(),
            // What runs, even where an update has put another file in its place.
            None if cfg!(target_os = "linux") => PathBuf::from("/proc/self/exe"),
            None => std::env::current_exe()?,
        };
        let mut command = Command::new(program);
        command
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        hide_own_variables(command.as_std_mut());
        let mut child = command.spawn()?;
        let input = child.stdin.take().expect("BUG: its stdin is a pipe");
        let output = child.stdout.take().expect("BUG: its stdout is a pipe");
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    /// Has a picture drawn; `None` when the child ended over it, or did not answer as it should.
    async fn draw(&mut self, bytes: &[u8], bounds: Bounds) -> Option<Result<Picture, Refusal>> {
        let request = Request {
            bounds,
            bytes: bytes.len(),
        };
        self.input.write_all(&header(&request)).await.ok()?;
        self.input.write_all(bytes).await.ok()?;
        self.input.flush().await.ok()?;
        let mut line = Vec::new();
        (&mut self.output)
            .take(HEADER_LIMIT_BYTES)
            .read_until(b'\n', &mut line)
            .await
            .ok()?;
        match parsed(&line)? {
            Reply::Refused(refusal) => Some(Err(refusal)),
            Reply::Drawn {
                bytes,
                width,
                height,
                notes,
            } => {
                if bytes > PNG_LIMIT_BYTES {
                    return None;
                }
                let mut png = vec![0; bytes];
                self.output.read_exact(&mut png).await.ok()?;
                is_png_within(&png, bounds).then_some(Ok(Picture {
                    png,
                    width,
                    height,
                    notes,
                }))
            }
        }
    }

    /// Ends the child, and gives how it ended; `None` when the system does not say.
    async fn end(mut self) -> Option<ExitStatus> {
        // One that has ended already can't be ended again, and says itself how it did.
        let _ = self.child.start_kill();
        self.child.wait().await.ok()
    }
}

/// Tells whether bytes begin like a PNG of at most this size. Whatever a child was brought to write, the page gets nothing else.
fn is_png_within(bytes: &[u8], bounds: Bounds) -> bool {
    let Some(head) = bytes.get(..24) else {
        return false;
    };
    let number =
        |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    head.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        && (1..=bounds.width).contains(&number(16))
        && (1..=bounds.height).contains(&number(20))
}

/// What the end of a child says about the picture that it was drawing.
#[cfg(unix)]
fn why_ended(status: ExitStatus) -> Refusal {
    use std::os::unix::process::ExitStatusExt as _;

    use rustix::process::Signal;

    let signal = status.signal();
    let is = |known: Signal| signal == Some(known.as_raw());
    if is(Signal::XCPU) {
        Refusal::TooSlow {
            limit_ms: u64::try_from(Limits::default().wall.as_millis()).unwrap_or(u64::MAX),
        }
    } else if is(Signal::ABORT) || is(Signal::SEGV) {
        // Rust ends a process so when memory or the stack runs out.
        Refusal::TooMuchMemory {
            limit_mebibytes: MEMORY_LIMIT_BYTES / 1024 / 1024,
        }
    } else {
        Refusal::Crashed
    }
}

#[cfg(not(unix))]
fn why_ended(_status: ExitStatus) -> Refusal {
    Refusal::Crashed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pngs_that_fit_are_passed_on() {
        let bounds = Bounds {
            width: 10,
            height: 20,
        };
        let png = |width: u8, height: u8| {
            let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0".to_vec();
            bytes.extend([width, 0, 0, 0, height]);
            bytes
        };
        for (bytes, fits) in [
            (png(10, 20), true),
            (png(1, 1), true),
            (png(11, 20), false),
            (png(10, 21), false),
            (png(0, 20), false),
            (png(10, 20)[..23].to_vec(), false),
            (
                b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(),
                false,
            ),
            (Vec::new(), false),
        ] {
            assert_eq!(is_png_within(&bytes, bounds), fits, "{bytes:?}");
        }
    }
}
