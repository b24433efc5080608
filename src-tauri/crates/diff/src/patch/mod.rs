//! Patches that `git apply` takes, and that lead to exactly the tree after; and documents that no tree holds, laid out to be read.
//!
//! Text goes as hunks of lines, with its carriage returns and without a final newline where there is none; all else goes as
//! `GIT binary patch`. Each patch begins with `diff --git` and names both blobs by git's ids in full, as binary patches need.
//!
//! Not here: renames (a rename is a deletion and a creation), links, submodules and modes other than regular files.

mod binary;
mod names;
mod quote;
mod readable;

use std::io::{self, Write};

use sha1::{Digest, Sha1};

use crate::text::{Change, Ending, LineIndex, Lines, Span, Whitespace, diff_lines, is_text};
pub use names::{Extension, Named, Sides, file_names};
pub use quote::quoted;
pub use readable::readable;

/// The mode of the files in patches: regular, not executable.
const MODE: &str = "100644";

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchOptions {
    /// How many unchanged lines stand around a change. `git apply` wants at least one, unless told otherwise.
    pub context: u32,
}

impl Default for PatchOptions {
    fn default() -> Self {
        Self {
            context: crate::rows::CONTEXT_LINES,
        }
    }
}

/// Appends the patch of one file to `out`; nothing if nothing changes. A side that is not there is no file, an empty one is.
///
/// `path` is relative, with `/` between its parts.
///
/// # Errors
/// Only those of `out`; a `Vec<u8>` has none.
pub fn write_patch(
    out: &mut impl Write,
    path: &str,
    before: Option<&[u8]>,
    after: Option<&[u8]>,
    options: PatchOptions,
) -> io::Result<()> {
    if before == after {
        return Ok(());
    }
    let (old_name, new_name) = (quoted(&format!("a/{path}")), quoted(&format!("b/{path}")));
    writeln!(out, "diff --git {old_name} {new_name}")?;
    let (old_id, new_id) = (
        before.map_or_else(no_blob, blob_id),
        after.map_or_else(no_blob, blob_id),
    );
    match (before, after) {
        (None, _) => writeln!(out, "new file mode {MODE}\nindex {old_id}..{new_id}")?,
        (_, None) => writeln!(out, "deleted file mode {MODE}\nindex {old_id}..{new_id}")?,
        _ => writeln!(out, "index {old_id}..{new_id} {MODE}")?,
    }
    let (old, new) = (before.unwrap_or_default(), after.unwrap_or_default());
    if old == new {
        // An empty file comes or goes: the head says it all.
        return Ok(());
    }
    if !is_text(old) || !is_text(new) {
        return binary::write(out, old, new);
    }
    // A name with a space would end there, if not for the tab.
    let name = |name: &str, file: Option<&[u8]>| match file {
        None => "/dev/null".to_owned(),
        Some(_) if name.contains(' ') && !name.starts_with('"') => format!("{name}\t"),
        Some(_) => name.to_owned(),
    };
    writeln!(
        out,
        "--- {}\n+++ {}",
        name(&old_name, before),
        name(&new_name, after)
    )?;
    let (old_index, new_index) = (LineIndex::new(old), LineIndex::new(new));
    write_hunks(out, old_index.of(old), new_index.of(new), options)
}

fn write_hunks(
    out: &mut impl Write,
    before: Lines<'_>,
    after: Lines<'_>,
    options: PatchOptions,
) -> io::Result<()> {
    let changes = diff_lines(before, after, Whitespace::Exact);
    let context = options.context;
    let mut rest = &changes[..];
    while let [first, ..] = rest {
        // Changes whose context would touch go into one hunk.
        let together = 1 + rest
            .windows(2)
            .take_while(|pair| {
                pair[1].before.start - pair[0].before.end <= context.saturating_mul(2)
            })
            .count();
        let (hunk, later) = rest.split_at(together);
        rest = later;
        let last = hunk[together - 1];
        let lead = context.min(first.before.start);
        let tail = context.min(before.len() - last.before.end);
        let old = Span::new(first.before.start - lead, last.before.end + tail);
        let new = Span::new(first.after.start - lead, last.after.end + tail);
        writeln!(out, "@@ -{} +{} @@", range(old), range(new))?;
        write_hunk(out, before, after, old, hunk)?;
    }
    Ok(())
}

fn write_hunk(
    out: &mut impl Write,
    before: Lines<'_>,
    after: Lines<'_>,
    old: Span,
    changes: &[Change],
) -> io::Result<()> {
    let mut at = old.start;
    for change in changes {
        write_lines(out, b" ", before, Span::new(at, change.before.start))?;
        write_lines(out, b"-", before, change.before)?;
        write_lines(out, b"+", after, change.after)?;
        at = change.before.end;
    }
    write_lines(out, b" ", before, Span::new(at, old.end))
}

fn write_lines(out: &mut impl Write, sign: &[u8], lines: Lines<'_>, span: Span) -> io::Result<()> {
    for line in span.start..span.end {
        out.write_all(sign)?;
        out.write_all(lines.raw(line))?;
        if lines.split(line).1 == Ending::None {
            out.write_all(b"\n\\ No newline at end of file\n")?;
        }
    }
    Ok(())
}

/// Writes a span as the head of a hunk does: first line from 1 and count, but the line before for no lines.
fn range(span: Span) -> String {
    let start = span.start + u32::from(!span.is_empty());
    if span.len() == 1 {
        start.to_string()
    } else {
        format!("{start},{}", span.len())
    }
}

/// Returns git's id of a file's bytes, in hexadecimal.
pub fn blob_id(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Returns the id that stands for no file.
fn no_blob() -> String {
    "0".repeat(40)
}

#[cfg(test)]
mod tests;
