//! What the processes of a window have in memory, as the kernel counts it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

const MIB: u64 = 1024 * 1024;
/// How much a process may keep beyond what it had, beside half as much again: what it read is kept for a while, and
/// what it freed is not all handed back.
const SLACK_BYTES: u64 = 96 * MIB;
/// The kernel shows the first 15 letters of a program's name.
const PAGE: &str = "WebKitWebProces";

/// The resident memory of the processes behind a window, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// The program, and the processes of its own that it draws pictures in.
    window_bytes: u64,
    /// The processes that show the page.
    page_bytes: u64,
}

impl Memory {
    /// Adds up the processes of a group.
    ///
    /// # Errors
    ///
    /// When the program or its page has gone.
    pub(super) fn of_group(group: u32) -> Result<Self> {
        let mut memory = Self {
            window_bytes: 0,
            page_bytes: 0,
        };
        for entry in fs::read_dir("/proc")? {
            let process = entry?.path();
            // One that has ended since has nothing in memory.
            let Some((name, bytes)) = member(&process, group) else {
                continue;
            };
            match name.as_str() {
                "slipway-window" => memory.window_bytes += bytes,
                PAGE => memory.page_bytes += bytes,
                _ => {}
            }
        }
        ensure!(memory.window_bytes > 0, "the program has gone");
        ensure!(memory.page_bytes > 0, "the page has gone");
        Ok(memory)
    }

    /// Tells whether this is about as much as there was before, for each of the two.
    pub(crate) fn is_about(self, before: Self) -> bool {
        let is_about = |now: u64, before: u64| now <= before + before / 2 + SLACK_BYTES;
        is_about(self.window_bytes, before.window_bytes)
            && is_about(self.page_bytes, before.page_bytes)
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            window_bytes,
            page_bytes,
        } = self;
        write!(
            f,
            "{} MiB in the program, {} MiB in its page",
            window_bytes / MIB,
            page_bytes / MIB
        )
    }
}

/// The name and the resident memory of a process, if it is one of this group.
fn member(process: &Path, group: u32) -> Option<(String, u64)> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let (head, fields) = stat.rsplit_once(") ")?;
    let (_, name) = head.split_once('(')?;
    let found: u32 = fields.split(' ').nth(2)?.parse().ok()?;
    if found != group {
        return None;
    }
    Some((name.to_owned(), resident_bytes(process).ok()?))
}

/// The resident memory of a process, by its folder in `/proc`.
///
/// # Errors
///
/// When it has gone.
pub(crate) fn resident_bytes(process: &Path) -> Result<u64> {
    let status = fs::read_to_string(process.join("status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.context("no memory")?.parse::<u64>()? * 1024)
}
