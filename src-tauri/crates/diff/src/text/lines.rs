//! Where the lines of a text begin: offsets into the bytes, never copies of them.

use serde::{Deserialize, Serialize};

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A line feed.
    Lf,
    /// A carriage return and a line feed.
    CrLf,
    /// Nothing: the last line of a file without a final newline.
    None,
}

/// A half-open range of zero-based line indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Span {
    /// The first line.
    pub start: u32,
    /// The line after the last.
    pub end: u32,
}

impl Span {
    /// Makes the span from `start` up to, but without, `end`.
    pub fn new(start: u32, end: u32) -> Self {
        debug_assert!(start <= end, "BUG: span {start}..{end} runs backwards");
        Self { start, end }
    }

    /// Returns the span that lies `lines` further on.
    #[must_use]
    pub fn moved(self, lines: u32) -> Self {
        Self::new(self.start + lines, self.end + lines)
    }

    /// Counts the lines.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Tells whether there is no line in it.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Tells whether `line` lies in it.
    pub fn contains(self, line: u32) -> bool {
        self.start <= line && line < self.end
    }
}

/// The offsets at which the lines of one text begin.
///
/// A line ends at a line feed and includes it, as in git; a lone carriage return is part of its line. Four bytes a line.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds the lines of `bytes`. What lies past the first 4 GiB is one last line.
    pub fn new(bytes: &[u8]) -> Self {
        let mut starts = Vec::with_capacity(bytes.len() / 32);
        if !bytes.is_empty() {
            starts.push(0);
        }
        let last = bytes.len().saturating_sub(1);
        let ends = memchr::memchr_iter(b'\n', &bytes[..last]);
        starts.extend(ends.map_while(|end| u32::try_from(end + 1).ok()));
        starts.shrink_to_fit();
        Self { starts }
    }

    /// Looks at `bytes`, from which this index was made, line by line.
    pub fn of<'a>(&'a self, bytes: &'a [u8]) -> Lines<'a> {
        Lines {
            bytes,
            starts: &self.starts,
        }
    }
}

/// A text seen as lines; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    starts: &'a [u32],
}

impl<'a> Lines<'a> {
    /// Counts the lines; an empty text has none.
    pub fn len(self) -> u32 {
        u32::try_from(self.starts.len()).expect("BUG: line starts are distinct u32 values")
    }

    /// Tells whether there is no line.
    pub fn is_empty(self) -> bool {
        self.starts.is_empty()
    }

    /// Says at which byte `line` begins; for the line after the last, the length of the text.
    pub fn offset(self, line: u32) -> usize {
        self.starts
            .get(line as usize)
            .map_or(self.bytes.len(), |&start| start as usize)
    }

    /// Returns a line with its ending.
    pub fn raw(self, line: u32) -> &'a [u8] {
        &self.bytes[self.offset(line)..self.offset(line + 1)]
    }

    /// Returns a line without its ending, and the ending.
    pub fn split(self, line: u32) -> (&'a [u8], Ending) {
        match self.raw(line) {
            [content @ .., b'\r', b'\n'] => (content, Ending::CrLf),
            [content @ .., b'\n'] => (content, Ending::Lf),
            content => (content, Ending::None),
        }
    }

    /// Returns the bytes of consecutive lines, endings included.
    pub fn span(self, span: Span) -> &'a [u8] {
        &self.bytes[self.offset(span.start)..self.offset(span.end)]
    }

    /// Says which line holds the byte at `offset`.
    pub fn line_at(self, offset: usize) -> u32 {
        let after = self
            .starts
            .partition_point(|&start| start as usize <= offset);
        u32::try_from(after.saturating_sub(1)).expect("BUG: line starts are distinct u32 values")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_at_line_feeds_alone() {
        let cases: &[(&str, &[(&str, Ending)])] = &[
            ("", &[]),
            ("\n", &[("", Ending::Lf)]),
            ("a", &[("a", Ending::None)]),
            ("a\n", &[("a", Ending::Lf)]),
            ("a\r\nb", &[("a", Ending::CrLf), ("b", Ending::None)]),
            ("a\rb\n", &[("a\rb", Ending::Lf)]),
            ("a\r", &[("a\r", Ending::None)]),
            ("\n\n", &[("", Ending::Lf), ("", Ending::Lf)]),
            ("\r\r\n", &[("\r", Ending::CrLf)]),
        ];
        for (text, expected) in cases {
            let index = LineIndex::new(text.as_bytes());
            let lines = index.of(text.as_bytes());
            let actual: Vec<_> = (0..lines.len()).map(|line| lines.split(line)).collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(text, ending)| (text.as_bytes(), *ending))
                .collect();
            assert_eq!(actual, expected, "lines of {text:?}");
        }
    }

    #[test]
    fn a_byte_is_found_in_its_line() {
        let text = b"ab\n\ncd";
        let index = LineIndex::new(text);
        let lines = index.of(text);
        let found: Vec<u32> = (0..text.len())
            .map(|offset| lines.line_at(offset))
            .collect();
        assert_eq!(
            found,
            [0, 0, 0, 1, 2, 2],
            "each byte belongs to the line that it stands in, its line feed included"
        );
    }
}
