//! The child: a process of this program that draws pictures for its parent, within limits that it sets itself.
//!
//! It reads requests from stdin and writes replies to stdout until its input ends. What takes too much ends the process, and
//! the parent says so: see [`Painter`](crate::Painter).

use std::ffi::OsStr;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::process::ExitCode;

use crate::frames::{HEADER_LIMIT_BYTES, Reply, Request, header, parsed};
use crate::picture::Picture;
use crate::vector::Fonts;
use crate::{INPUT_LIMIT_BYTES, draw};

/// The hidden command by which a program is asked to be the child.
pub const ARGUMENT: &str = "draw-picture";
/// How much memory drawing may take, beyond what the process has before it begins.
pub const MEMORY_LIMIT_BYTES: u64 = 512 * 1024 * 1024;
/// How much time of a processor a picture may take, in seconds: a little more than the parent waits. It ends a child whose
/// parent is gone.
#[cfg(unix)]
const CPU_LIMIT_S: u64 = 6;
/// How deep the decoders may call themselves, in bytes of stack.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Is the child if the program's arguments say so, and gives the code to exit with. Programs call this before all else.
pub fn run_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let is_asked = arguments.next().as_deref() == Some(OsStr::new(ARGUMENT));
    (is_asked && arguments.next().is_none()).then(run)
}

fn run() -> ExitCode {
    let drawing = std::thread::Builder::new()
        .name("draw-picture".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(serve);
    match drawing.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Draws what is asked for until the input ends.
///
/// # Errors
/// When the parent is gone, or does not speak as it should.
fn serve() -> io::Result<()> {
    limits::for_process();
    let fonts = Fonts::default();
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    loop {
        let mut line = Vec::new();
        (&mut input)
            .take(HEADER_LIMIT_BYTES)
            .read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(());
        }
        let Some(Request { bounds, bytes }) = parsed(&line) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        if bytes > INPUT_LIMIT_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut picture = vec![0; bytes];
        input.read_exact(&mut picture)?;
        limits::for_picture();
        match draw(&picture, bounds, &fonts) {
            Ok(Picture {
                png,
                width,
                height,
                notes,
            }) => {
                let reply = Reply::Drawn {
                    bytes: png.len(),
                    width,
                    height,
                    notes,
                };
                output.write_all(&header(&reply))?;
                output.write_all(&png)?;
            }
            Err(refusal) => output.write_all(&header(&Reply::Refused(refusal)))?,
        }
        output.flush()?;
    }
}

/// Limits that the system holds the process to. Where it can't, the parent's time-out is what is left.
#[cfg(unix)]
mod limits {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};

    use super::CPU_LIMIT_S;

    /// No files are written, not even of a crash, and memory ends somewhere.
    pub(super) fn for_process() {
        lower(Resource::Core, 0);
        lower(Resource::Fsize, 0);
        #[cfg(target_os = "linux")]
        if let Some(now) = memory_bytes() {
            lower(Resource::As, now + super::MEMORY_LIMIT_BYTES);
        }
    }

    /// The time that the next picture has, counted from now.
    pub(super) fn for_picture() {
        let spent = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
        let end = u64::try_from(spent).unwrap_or(0) + CPU_LIMIT_S + 1;
        lower(Resource::Cpu, end);
    }

    /// Sets what the system holds the process to; the bound up to which it could be raised again stays.
    fn lower(resource: Resource, to: u64) {
        let Rlimit { maximum, .. } = getrlimit(resource);
        let current = Some(maximum.map_or(to, |most| most.min(to)));
        // Only a limit above the maximum is refused.
        let set = setrlimit(resource, Rlimit { current, maximum });
        debug_assert!(
            set.is_ok(),
            "a limit below the maximum was refused: {set:?}"
        );
    }

    /// How much memory the process has mapped.
    #[cfg(target_os = "linux")]
    fn memory_bytes() -> Option<u64> {
        let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
        let pages: u64 = pages.split(' ').next()?.parse().ok()?;
        Some(pages * rustix::param::page_size() as u64)
    }
}

#[cfg(not(unix))]
mod limits {
    pub(super) fn for_process() {}
    pub(super) fn for_picture() {}
}
