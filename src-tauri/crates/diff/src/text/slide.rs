//! Puts insertions and deletions where a reader expects them.
//!
//! A block that was inserted before or after an equal line can often be shown in several places. Of these, the one is
//! chosen that keeps whole paragraphs, objects and elements together: next to blank lines, at the outermost
//! indentation, and not before a line that closes something.

use super::{Change, Lines, Span};

/// How far a block is moved at most, in lines: enough for a long function, little enough to be quick.
const REACH_LINES: u32 = 200;
/// How much of a line is looked at for its indentation.
const INDENT_BYTES: usize = 200;

/// Moves every pure insertion and deletion to its best place; the equal lines between changes stay equal.
pub(super) fn settle(changes: &mut [Change], before: Lines<'_>, after: Lines<'_>) {
    for at in 0..changes.len() {
        let earlier = at.checked_sub(1).map_or((0, 0), |last| {
            (changes[last].before.end + 1, changes[last].after.end + 1)
        });
        let later = changes
            .get(at + 1)
            .map(|next| (next.before.start - 1, next.after.start - 1));
        let change = changes[at];
        let (lines, block, floor, ceiling) =
            match (change.before.is_empty(), change.after.is_empty()) {
                (true, false) => (
                    after,
                    change.after,
                    earlier.1,
                    later.map_or(after.len(), |(_, line)| line),
                ),
                (false, true) => (
                    before,
                    change.before,
                    earlier.0,
                    later.map_or(before.len(), |(line, _)| line),
                ),
                _ => continue,
            };
        // At the very start there is no equal line to keep before the block.
        let floor = if at == 0 { 0 } else { floor };
        let shift = best_shift(lines, block, floor, ceiling);
        let moved = |span: Span| {
            let start = u32::try_from(i64::from(span.start) + shift)
                .expect("BUG: a block moves within its text");
            Span::new(start, start + span.len())
        };
        changes[at] = Change {
            before: moved(change.before),
            after: moved(change.after),
        };
    }
}

/// Finds how far `block` should move, within `floor..ceiling`; zero where it cannot.
fn best_shift(lines: Lines<'_>, block: Span, floor: u32, ceiling: u32) -> i64 {
    let mut up = 0;
    while up < REACH_LINES
        && block.start - up > floor
        && lines.raw(block.start - up - 1) == lines.raw(block.end - up - 1)
    {
        up += 1;
    }
    let mut down = 0;
    while down < REACH_LINES
        && block.end + down < ceiling
        && lines.raw(block.end + down) == lines.raw(block.start + down)
    {
        down += 1;
    }
    let (up, down) = (i64::from(up), i64::from(down));
    (-up..=down)
        .min_by_key(|&shift| (cost(lines, block, shift), -shift))
        .unwrap_or(0)
}

fn cost(lines: Lines<'_>, block: Span, shift: i64) -> u32 {
    let moved = |line: u32| {
        u32::try_from(i64::from(line) + shift).expect("BUG: a block moves within its text")
    };
    boundary_cost(lines, moved(block.start)) + boundary_cost(lines, moved(block.end))
}

/// Says how badly a text splits before `line`.
fn boundary_cost(lines: Lines<'_>, line: u32) -> u32 {
    if line == 0 || line >= lines.len() {
        return 0;
    }
    let (next, previous) = (trimmed(lines, line), trimmed(lines, line - 1));
    let near_blank = next.1.is_empty() || previous.1.is_empty();
    let indent = if next.1.is_empty() {
        previous.0
    } else {
        next.0
    };
    let splits_pair = u32::from(closes(next.1)) * 8;
    indent * 2 + splits_pair + u32::from(!near_blank) * 3
}

/// Returns the indentation of a line, in columns, and the line without it.
fn trimmed(lines: Lines<'_>, line: u32) -> (u32, &[u8]) {
    let content = lines.split(line).0;
    let looked_at = &content[..content.len().min(INDENT_BYTES)];
    let text = looked_at.trim_ascii();
    let indent = looked_at
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace());
    (
        indent.map(|&byte| if byte == b'\t' { 4 } else { 1 }).sum(),
        text,
    )
}

/// Tells whether a line closes what an earlier one opened.
fn closes(text: &[u8]) -> bool {
    let tag = text
        .strip_prefix(b"{%-")
        .or_else(|| text.strip_prefix(b"{%"))
        .map(<[u8]>::trim_ascii_start);
    matches!(text.first(), Some(b'}' | b']' | b')'))
        || text.starts_with(b"</")
        || tag.is_some_and(|tag| tag.starts_with(b"end"))
}
