//! A strict JSON reader that writes as it reads. It builds no tree: objects are written in the order found, and where that is not
//! the sorted order, their entries are put in order afterwards within the output.

use std::cmp::Ordering;

use super::{DEPTH_MAX, JsonError, Layout, number};

/// Memory that is used again for the next document.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    entries: Vec<Entry>,
    reordered: Vec<u8>,
}

/// One entry of the objects that are open, as written to the output.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Where the key's opening quote is in the output.
    start: usize,
    /// Where the key ends, closing quote included.
    key_end: usize,
    /// Where the value ends.
    end: usize,
    /// Where the key is in the document.
    source: usize,
    /// Whether the written key has escapes.
    escaped: bool,
}

pub(super) fn document(
    bytes: &[u8],
    layout: Layout,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    if let Err(error) = str::from_utf8(bytes) {
        return Err(JsonError::at(
            bytes,
            error.valid_up_to(),
            "this is not UTF-8",
        ));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(JsonError::at(
            bytes,
            0,
            "the file starts with a byte-order mark; save it without one",
        ));
    }
    scratch.entries.clear();
    let mut reader = Reader {
        bytes,
        at: 0,
        depth: 0,
        layout,
        scratch,
        out,
    };
    let result = reader.value().and_then(|()| reader.end());
    result.map_err(|fault| JsonError::at(bytes, fault.offset, &fault.message))?;
    if layout == Layout::Indented {
        out.push(b'\n');
    }
    Ok(())
}

struct Fault {
    offset: usize,
    message: String,
}

type Step<T> = Result<T, Fault>;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    layout: Layout,
    scratch: &'a mut Scratch,
    out: &'a mut Vec<u8>,
}

impl Reader<'_> {
    fn fault<T>(&self, offset: usize, message: impl Into<String>) -> Step<T> {
        Err(Fault {
            offset,
            message: message.into(),
        })
    }

    /// Makes the fault that says what was found where something else was expected.
    fn expected<T>(&self, what: &str) -> Step<T> {
        let rest = &self.bytes[self.at..];
        let found = match str::from_utf8(rest)
            .ok()
            .and_then(|text| text.chars().next())
        {
            None => "the end of the file".to_owned(),
            Some(c) if c.is_control() => format!("the character U+{:04X}", u32::from(c)),
            Some(c) => format!("`{c}`"),
        };
        self.fault(self.at, format!("expected {what}, found {found}"))
    }

    fn skip_whitespace(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn end(&mut self) -> Step<()> {
        match self.skip_whitespace() {
            None => Ok(()),
            Some(_) => self.expected("the end of the file"),
        }
    }

    fn value(&mut self) -> Step<()> {
        match self.skip_whitespace() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.expected("a value"),
        }
    }

    fn word(&mut self, word: &[u8]) -> Step<()> {
        if !self.bytes[self.at..].starts_with(word) {
            return self.expected("a value");
        }
        self.out.extend_from_slice(word);
        self.at += word.len();
        Ok(())
    }

    fn nested(&mut self, read: fn(&mut Self) -> Step<()>) -> Step<()> {
        if self.depth == DEPTH_MAX {
            return self.fault(
                self.at,
                format!("this is nested more than {DEPTH_MAX} levels deep"),
            );
        }
        self.depth += 1;
        self.at += 1;
        read(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn new_line(&mut self, depth: usize) {
        if self.layout == Layout::Indented {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b' ', 2 * depth));
        }
    }

    fn array(&mut self) -> Step<()> {
        self.out.push(b'[');
        if self.skip_whitespace() == Some(b']') {
            self.at += 1;
            self.out.push(b']');
            return Ok(());
        }
        loop {
            self.new_line(self.depth);
            self.value()?;
            match self.skip_whitespace() {
                Some(b',') => {
                    self.at += 1;
                    self.out.push(b',');
                    if self.skip_whitespace() == Some(b']') {
                        return self.expected("a value after the comma");
                    }
                }
                Some(b']') => break,
                _ => return self.expected("`,` or `]`"),
            }
        }
        self.at += 1;
        self.new_line(self.depth - 1);
        self.out.push(b']');
        Ok(())
    }

    fn object(&mut self) -> Step<()> {
        self.out.push(b'{');
        if self.skip_whitespace() == Some(b'}') {
            self.at += 1;
            self.out.push(b'}');
            return Ok(());
        }
        let body = self.out.len();
        let first = self.scratch.entries.len();
        let mut sorted = true;
        loop {
            self.new_line(self.depth);
            if self.skip_whitespace() != Some(b'"') {
                return self.expected("a key in quotes");
            }
            let (start, source) = (self.out.len(), self.at);
            let escaped = self.string()?;
            let key_end = self.out.len();
            // Its own entry waits beneath those of the objects inside its value.
            let entry = Entry {
                start,
                key_end,
                end: key_end,
                source,
                escaped,
            };
            if let [.., last] = &self.scratch.entries[first..] {
                sorted &= compare(self.out, last, &entry) == Ordering::Less;
            }
            if self.skip_whitespace() != Some(b':') {
                return self.expected("`:`");
            }
            self.at += 1;
            self.out
                .extend_from_slice(if self.layout == Layout::Indented {
                    b": "
                } else {
                    b":"
                });
            self.value()?;
            self.scratch.entries.push(Entry {
                end: self.out.len(),
                ..entry
            });
            match self.skip_whitespace() {
                Some(b',') => {
                    self.at += 1;
                    self.out.push(b',');
                }
                Some(b'}') => break,
                _ => return self.expected("`,` or `}`"),
            }
        }
        self.at += 1;
        if !sorted {
            self.sort(first, body)?;
        }
        self.scratch.entries.truncate(first);
        self.new_line(self.depth - 1);
        self.out.push(b'}');
        Ok(())
    }

    /// Puts the entries from `first` on, which were written from `body` on, in the order of their keys.
    fn sort(&mut self, first: usize, body: usize) -> Step<()> {
        let out = &*self.out;
        let entries = &mut self.scratch.entries[first..];
        entries.sort_by(|a, b| compare(out, a, b).then(a.source.cmp(&b.source)));
        for pair in entries.windows(2) {
            if compare(out, &pair[0], &pair[1]) == Ordering::Equal {
                let (key, offset) = (
                    String::from_utf8_lossy(&out[pair[1].start..pair[1].key_end]).into_owned(),
                    pair[1].source,
                );
                return self.fault(offset, format!("the key {key} stands twice in this object"));
            }
        }
        let reordered = &mut self.scratch.reordered;
        reordered.clear();
        // Whatever stands before the first entry (line break and indentation) stands before each.
        let lead = entries
            .iter()
            .map(|entry| entry.start)
            .min()
            .unwrap_or(body)
            - body;
        for (number, entry) in entries.iter().enumerate() {
            if number > 0 {
                reordered.push(b',');
            }
            reordered.extend_from_slice(&out[body..body + lead]);
            reordered.extend_from_slice(&out[entry.start..entry.end]);
        }
        debug_assert_eq!(
            reordered.len(),
            out.len() - body,
            "BUG: sorting loses nothing"
        );
        self.out.truncate(body);
        self.out.extend_from_slice(reordered);
        Ok(())
    }

    fn number(&mut self) -> Step<()> {
        let start = self.at;
        let digits = |reader: &mut Self| {
            let first = reader.at;
            while reader.bytes.get(reader.at).is_some_and(u8::is_ascii_digit) {
                reader.at += 1;
            }
            if reader.at == first {
                reader.expected("a digit")
            } else {
                Ok(reader.at - first)
            }
        };
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        let integer = self.at;
        let count = digits(self)?;
        if count > 1 && self.bytes[integer] == b'0' {
            return self.fault(integer, "a number cannot begin with 0");
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            digits(self)?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            digits(self)?;
        }
        match number::write(&self.bytes[start..self.at], self.out) {
            Ok(()) => Ok(()),
            Err(number::OutOfRange) => self.fault(start, "this number is out of range"),
        }
    }

    /// Copies a string, with its quotes. Returns whether the written form has escapes.
    fn string(&mut self) -> Step<bool> {
        let open = self.at;
        self.out.push(b'"');
        self.at += 1;
        let mut escaped = false;
        loop {
            let rest = &self.bytes[self.at..];
            let plain = rest
                .iter()
                .position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)
                .unwrap_or(rest.len());
            self.out.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match rest.get(plain) {
                Some(b'"') => {
                    self.at += 1;
                    self.out.push(b'"');
                    return Ok(escaped);
                }
                Some(b'\\') => escaped |= self.escape()?,
                Some(b'\n' | b'\r') | None => return self.fault(open, "this string has no end"),
                Some(byte) => {
                    return self.fault(
                        self.at,
                        format!("the control character U+{byte:04X} must be escaped in a string"),
                    );
                }
            }
        }
    }

    /// Reads an escape and writes what it stands for. Returns whether that had to be escaped too.
    fn escape(&mut self) -> Step<bool> {
        let start = self.at;
        let Some(&kind) = self.bytes.get(self.at + 1) else {
            return self.fault(start, "this string has no end");
        };
        self.at += 2;
        let c = match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode_escape(start)?,
            _ => return self.fault(start, "there is no such escape in JSON"),
        };
        let short = match c {
            '"' => b'"',
            '\\' => b'\\',
            '\u{8}' => b'b',
            '\u{c}' => b'f',
            '\n' => b'n',
            '\r' => b'r',
            '\t' => b't',
            '\0'..='\u{1f}' => {
                self.out
                    .extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes());
                return Ok(true);
            }
            _ => {
                self.out
                    .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(false);
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
        Ok(true)
    }

    fn unicode_escape(&mut self, start: usize) -> Step<char> {
        let first = self.hex(start)?;
        let code = match first {
            0xd800..0xdc00 => {
                if self.bytes[self.at..].starts_with(b"\\u") {
                    self.at += 2;
                    let second = self.hex(start)?;
                    // Wrong halves give a code that is no character.
                    if (0xdc00..0xe000).contains(&second) {
                        0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                    } else {
                        first
                    }
                } else {
                    first
                }
            }
            code => code,
        };
        char::from_u32(code).map_or_else(
            || self.fault(start, "this escape is half a character (a lone surrogate)"),
            Ok,
        )
    }

    fn hex(&mut self, start: usize) -> Step<u32> {
        let digits = self
            .bytes
            .get(self.at..self.at + 4)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let Some(code) = digits
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        else {
            return self.fault(start, "`\\u` needs four hexadecimal digits");
        };
        self.at += 4;
        Ok(code)
    }
}

/// Compares two written keys by their characters.
fn compare(out: &[u8], a: &Entry, b: &Entry) -> Ordering {
    let (x, y) = (&out[a.start..a.key_end], &out[b.start..b.key_end]);
    if a.escaped || b.escaped {
        let plain = |key: &[u8]| {
            serde_json::from_slice::<String>(key).expect("BUG: a written key is a JSON string")
        };
        plain(x).cmp(&plain(y))
    } else {
        // Without the quotes: a key that begins another comes first.
        x[1..x.len() - 1].cmp(&y[1..y.len() - 1])
    }
}
