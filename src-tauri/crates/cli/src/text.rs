//! Lines for people, and the only way to stdout and stderr.
//!
//! Invariant: what comes from a file, a store or another person is read by a terminal as text alone. Every line is made
//! harmless here, so that no name begins a line of its own, turns the direction of what follows, or acts on the terminal.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};

use slipway_api::visible;

/// Lines that a terminal only shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(String);

impl Text {
    /// Adds one line, whatever it holds.
    pub(crate) fn line(&mut self, line: impl Display) {
        self.0.push_str(&visible(&line.to_string()));
        self.0.push('\n');
    }

    /// Adds other lines.
    pub(crate) fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    /// These lines after another one.
    pub(crate) fn headed(self, line: impl Display) -> Self {
        let mut text = Self::of(line);
        text.append(&self);
        text
    }

    /// One line.
    pub(crate) fn of(line: impl Display) -> Self {
        let mut text = Self::default();
        text.line(line);
        text
    }

    /// Rows laid out in columns, two spaces between them; the last column is not padded.
    pub(crate) fn table(rows: &[Vec<String>]) -> Self {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| visible(cell)).collect())
            .collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                line.push_str(cell);
                if column + 1 < row.len() {
                    let pad = widths[column] - cell.chars().count() + 2;
                    line.extend(std::iter::repeat_n(' ', pad));
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        Self(text)
    }

    /// The bytes to print.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<String> for Text {
    fn from(line: String) -> Self {
        Self::of(line)
    }
}

impl From<&str> for Text {
    fn from(line: &str) -> Self {
        Self::of(line)
    }
}

/// A patch for a terminal: its lines, without what would act there. Other programs get its bytes.
pub(crate) fn shown_patch(patch: &[u8]) -> Text {
    let mut text = Text::default();
    for line in String::from_utf8_lossy(patch).lines() {
        // Tabs are content; between them nothing acts.
        let parts: Vec<String> = line.split('\t').map(visible).collect();
        text.0.push_str(&parts.join("\t"));
        text.0.push('\n');
    }
    text
}

/// Writes to stdout.
///
/// # Errors
/// When nobody reads it any more.
pub(crate) fn print(bytes: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}

/// Writes lines to stderr; who does not read them misses them.
pub(crate) fn say(text: impl Into<Text>) {
    std::io::stderr().write_all(text.into().as_bytes()).ok();
}

/// Asks on stderr, and stays on the line.
pub(crate) fn prompt(question: impl Display) {
    let mut stderr = std::io::stderr();
    write!(stderr, "{} ", visible(&question.to_string())).ok();
    stderr.flush().ok();
}

/// Writes one line of progress, in the place of the one before on a terminal; `None` wipes it.
pub(crate) fn renew(line: Option<&str>) {
    let mut stderr = std::io::stderr();
    let line = line.map(visible).unwrap_or_default();
    write!(stderr, "\r\x1b[K{line}").ok();
    stderr.flush().ok();
}

/// Whether people see stdout as it is.
pub(crate) fn is_seen() -> bool {
    std::io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_readable_and_names_do_nothing() {
        let rows = [
            vec!["a".to_owned(), "bb".to_owned()],
            vec!["ccc".to_owned(), String::new()],
        ];
        assert_eq!(Text::table(&rows).0, "a    bb\nccc\n");
        let hostile = vec!["a\u{1b}[2J".to_owned(), "b\nc".to_owned()];
        assert_eq!(Text::table(&[hostile]).0, "a\\u{1b}[2J  b\\u{a}c\n");
    }

    #[test]
    fn a_name_begins_no_line_and_turns_none() {
        let mut text = Text::from("can't be read: two\nCaptured prod: 0 resources.css");
        text.line("evil\u{1b}]0;pwned\u{7}\u{202e}\u{9b}2K");
        assert_eq!(
            text.headed("a\rb").0,
            "a\\u{d}b\ncan't be read: two\\u{a}Captured prod: 0 resources.css\nevil\\u{1b}]0;pwned\\u{7}\\u{202e}\\u{9b}2K\n"
        );
        assert_eq!(
            shown_patch(b"+a\tb\x1b[2J\r\n-\xff\n").0,
            "+a\tb\\u{1b}[2J\n-\u{fffd}\n"
        );
    }
}
