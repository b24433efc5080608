//! Turns the bytes of a line into what is painted: text, emphasised text, and names for what cannot be seen.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// How many characters of a long line are shown before its first difference.
const LEAD_CHARS: usize = 200;

/// A run of characters that are painted alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Segment {
    /// What to paint. For a hidden character this is its code, for instance `U+202E`, never the character itself.
    pub text: String,
    /// Whether it differs from the paired line.
    pub emphasis: bool,
    /// The character or byte that stands here and cannot be seen.
    pub hidden: Option<Hidden>,
}

/// A character that is invisible, or that alters how others are painted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Hidden {
    /// Its name, for instance `RIGHT-TO-LEFT OVERRIDE`.
    pub name: String,
    /// Its code, for instance `U+202E`, or `0xFF` for a byte that is not UTF-8.
    pub code: String,
}

/// A line, or the part of it that is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) segments: Vec<Segment>,
    /// How many characters before the shown ones were left out.
    pub(crate) skipped_chars: u64,
    /// How many characters the whole line has, if not all are shown.
    pub(crate) truncated: Option<u64>,
}

/// Cuts a line into segments and shows at most `limit_chars` of it: from the start or, if its first difference (at byte
/// `focus`) lies further on, from shortly before that.
pub(crate) fn show(
    content: &[u8],
    emphasised: &[Range<usize>],
    focus: usize,
    limit_chars: usize,
) -> Shown {
    if content.len() <= limit_chars {
        return Shown {
            segments: segments(content, 0, emphasised, usize::MAX),
            ..Shown::default()
        };
    }
    let total = count_units(content);
    if total <= limit_chars {
        return Shown {
            segments: segments(content, 0, emphasised, usize::MAX),
            ..Shown::default()
        };
    }
    let focus_char = count_units(&content[..focus.min(content.len())]);
    let skipped = if focus_char + LEAD_CHARS < limit_chars {
        0
    } else {
        focus_char
            .saturating_sub(LEAD_CHARS)
            .min(total - limit_chars)
    };
    let start = units(content)
        .nth(skipped)
        .map_or(content.len(), |(at, _)| at);
    Shown {
        segments: segments(content, start, emphasised, limit_chars),
        skipped_chars: skipped as u64,
        truncated: Some(total as u64),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Char(char),
    Byte(u8),
}

/// Counts the characters and, where it is not UTF-8, the bytes of a line.
fn count_units(content: &[u8]) -> usize {
    content
        .utf8_chunks()
        .map(|chunk| chunk.valid().chars().count() + chunk.invalid().len())
        .sum()
}

/// Walks through the characters and, where it is not UTF-8, the bytes of a line.
fn units(content: &[u8]) -> impl Iterator<Item = (usize, Unit)> {
    let mut base = 0;
    content.utf8_chunks().flat_map(move |chunk| {
        let start = base;
        base += chunk.valid().len() + chunk.invalid().len();
        let invalid_at = start + chunk.valid().len();
        let chars = chunk
            .valid()
            .char_indices()
            .map(move |(at, c)| (start + at, Unit::Char(c)));
        let bytes = chunk
            .invalid()
            .iter()
            .enumerate()
            .map(move |(at, &byte)| (invalid_at + at, Unit::Byte(byte)));
        chars.chain(bytes)
    })
}

fn segments(
    content: &[u8],
    start: usize,
    emphasised: &[Range<usize>],
    limit_chars: usize,
) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    let mut ranges = emphasised.iter().peekable();
    let mut previous = None;
    let mut following = units(&content[start..]).peekable();
    let mut shown = 0;
    while let Some((offset, unit)) = following.next() {
        if shown == limit_chars {
            break;
        }
        shown += 1;
        let at = start + offset;
        while ranges.next_if(|range| range.end <= at).is_some() {}
        let emphasis = ranges.peek().is_some_and(|range| range.start <= at);
        let next = match following.peek() {
            Some((_, Unit::Char(next))) => Some(*next),
            _ => None,
        };
        let hidden = match unit {
            Unit::Byte(byte) => Some(Hidden {
                name: "INVALID BYTE".to_owned(),
                code: format!("0x{byte:02X}"),
            }),
            Unit::Char(c) => hidden_name(previous, c, next).map(|name| Hidden {
                name: name.to_owned(),
                code: format!("U+{:04X}", u32::from(c)),
            }),
        };
        match (unit, hidden) {
            (Unit::Char(c), None) => match out.last_mut() {
                Some(last) if last.emphasis == emphasis && last.hidden.is_none() => {
                    last.text.push(c)
                }
                _ => out.push(Segment {
                    text: c.to_string(),
                    emphasis,
                    hidden: None,
                }),
            },
            (_, hidden) => {
                let text = hidden
                    .as_ref()
                    .map(|hidden| hidden.code.clone())
                    .unwrap_or_default();
                out.push(Segment {
                    text,
                    emphasis,
                    hidden,
                });
            }
        }
        previous = match unit {
            Unit::Char(c) => Some(c),
            Unit::Byte(_) => None,
        };
    }
    out
}

const C0: [&str; 32] = [
    "NULL",
    "START OF HEADING",
    "START OF TEXT",
    "END OF TEXT",
    "END OF TRANSMISSION",
    "ENQUIRY",
    "ACKNOWLEDGE",
    "BELL",
    "BACKSPACE",
    "TAB",
    "LINE FEED",
    "VERTICAL TAB",
    "FORM FEED",
    "CARRIAGE RETURN",
    "SHIFT OUT",
    "SHIFT IN",
    "DATA LINK ESCAPE",
    "DEVICE CONTROL ONE",
    "DEVICE CONTROL TWO",
    "DEVICE CONTROL THREE",
    "DEVICE CONTROL FOUR",
    "NEGATIVE ACKNOWLEDGE",
    "SYNCHRONOUS IDLE",
    "END OF TRANSMISSION BLOCK",
    "CANCEL",
    "END OF MEDIUM",
    "SUBSTITUTE",
    "ESCAPE",
    "FILE SEPARATOR",
    "GROUP SEPARATOR",
    "RECORD SEPARATOR",
    "UNIT SEPARATOR",
];

/// Writes a text so that nothing in it acts unseen: what has no shape of its own, or turns the direction of what follows, stands as
/// its number (`\u{202e}`); tabs and ends of lines too.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut previous = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\t' || hidden_name(previous, c, rest.clone().next()).is_some() {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
        previous = Some(c);
    }
    shown
}

/// Names a character that a reader would not see, or returns nothing for one that is fine where it stands.
fn hidden_name(previous: Option<char>, c: char, next: Option<char>) -> Option<&'static str> {
    if (' '..='\u{7e}').contains(&c) || c == '\t' {
        return None;
    }
    // Joiners and selectors belong to emoji and to many scripts; beside ASCII they are suspicious.
    let in_script = |neighbour: Option<char>| neighbour.is_some_and(|c| !c.is_ascii());
    Some(match c {
        '\0'..='\u{1f}' => C0[c as usize],
        '\u{7f}' => "DELETE",
        '\u{80}'..='\u{9f}' => "CONTROL",
        '\u{ad}' => "SOFT HYPHEN",
        '\u{34f}' => "COMBINING GRAPHEME JOINER",
        '\u{61c}' => "ARABIC LETTER MARK",
        '\u{115f}' => "HANGUL CHOSEONG FILLER",
        '\u{1160}' => "HANGUL JUNGSEONG FILLER",
        '\u{17b4}' | '\u{17b5}' => "KHMER VOWEL INHERENT",
        '\u{180b}'..='\u{180d}' | '\u{180f}' => "MONGOLIAN FREE VARIATION SELECTOR",
        '\u{180e}' => "MONGOLIAN VOWEL SEPARATOR",
        '\u{200b}' => "ZERO WIDTH SPACE",
        '\u{200c}' | '\u{200d}' if in_script(previous) && in_script(next) => return None,
        '\u{200c}' => "ZERO WIDTH NON-JOINER",
        '\u{200d}' => "ZERO WIDTH JOINER",
        '\u{200e}' => "LEFT-TO-RIGHT MARK",
        '\u{200f}' => "RIGHT-TO-LEFT MARK",
        '\u{2028}' => "LINE SEPARATOR",
        '\u{2029}' => "PARAGRAPH SEPARATOR",
        '\u{202a}' => "LEFT-TO-RIGHT EMBEDDING",
        '\u{202b}' => "RIGHT-TO-LEFT EMBEDDING",
        '\u{202c}' => "POP DIRECTIONAL FORMATTING",
        '\u{202d}' => "LEFT-TO-RIGHT OVERRIDE",
        '\u{202e}' => "RIGHT-TO-LEFT OVERRIDE",
        '\u{2060}' => "WORD JOINER",
        '\u{2061}'..='\u{2064}' => "INVISIBLE OPERATOR",
        '\u{2066}' => "LEFT-TO-RIGHT ISOLATE",
        '\u{2067}' => "RIGHT-TO-LEFT ISOLATE",
        '\u{2068}' => "FIRST STRONG ISOLATE",
        '\u{2069}' => "POP DIRECTIONAL ISOLATE",
        '\u{206a}'..='\u{206f}' => "DEPRECATED FORMAT CHARACTER",
        '\u{3164}' => "HANGUL FILLER",
        '\u{fe00}'..='\u{fe0f}' if in_script(previous) => return None,
        '\u{fe00}'..='\u{fe0f}' => "VARIATION SELECTOR",
        '\u{feff}' => "BYTE ORDER MARK",
        '\u{ffa0}' => "HALFWIDTH HANGUL FILLER",
        '\u{fff9}'..='\u{fffb}' => "INTERLINEAR ANNOTATION",
        '\u{e0000}'..='\u{e007f}' => "TAG CHARACTER",
        '\u{e0100}'..='\u{e01ef}' => "VARIATION SELECTOR SUPPLEMENT",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(content: &[u8]) -> String {
        let shown = show(content, &[], 0, 1000);
        shown
            .segments
            .iter()
            .map(|segment| {
                segment.hidden.as_ref().map_or_else(
                    || segment.text.clone(),
                    |hidden| format!("<{} {}>", hidden.name, hidden.code),
                )
            })
            .collect()
    }

    #[test]
    fn hidden_characters_are_named() {
        let cases: &[(&[u8], &str)] = &[
            ("plain\ttab é 日".as_bytes(), "plain\ttab é 日"),
            ("a\u{202e}b".as_bytes(), "a<RIGHT-TO-LEFT OVERRIDE U+202E>b"),
            ("a\u{200b}b".as_bytes(), "a<ZERO WIDTH SPACE U+200B>b"),
            (b"a\rb", "a<CARRIAGE RETURN U+000D>b"),
            (b"\x1b[1m", "<ESCAPE U+001B>[1m"),
            ("\u{feff}x".as_bytes(), "<BYTE ORDER MARK U+FEFF>x"),
            (
                "👨\u{200d}👩 ❤\u{fe0f}".as_bytes(),
                "👨\u{200d}👩 ❤\u{fe0f}",
            ),
            ("a\u{200d}b".as_bytes(), "a<ZERO WIDTH JOINER U+200D>b"),
            (b"a\xffb\xc3", "a<INVALID BYTE 0xFF>b<INVALID BYTE 0xC3>"),
            ("\u{85}".as_bytes(), "<CONTROL U+0085>"),
        ];
        for (content, expected) in cases {
            assert_eq!(painted(content), *expected, "painting of {content:?}");
        }
    }

    #[test]
    fn what_acts_unseen_stands_as_its_number() {
        for (text, shown) in [
            ("größe 日 👨\u{200d}👩", "größe 日 👨\u{200d}👩"),
            ("/srv/\u{202e}gnp.shop", "/srv/\\u{202e}gnp.shop"),
            ("a\u{200b}b\u{1b}[2J\n", "a\\u{200b}b\\u{1b}[2J\\u{a}"),
            (
                "\t\r\u{7f}\u{9b}\u{2028}",
                "\\u{9}\\u{d}\\u{7f}\\u{9b}\\u{2028}",
            ),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn emphasis_splits_segments() {
        let shown = show(b"price: 10.00", std::slice::from_ref(&(7..9)), 7, 100);
        let parts: Vec<_> = shown
            .segments
            .iter()
            .map(|segment| (segment.text.as_str(), segment.emphasis))
            .collect();
        assert_eq!(parts, [("price: ", false), ("10", true), (".00", false)]);
    }

    #[test]
    fn long_lines_are_cut_around_the_first_difference() {
        let line = "é".repeat(40_000);
        let from_start = show(line.as_bytes(), &[], 0, 5_000);
        assert_eq!(
            from_start.truncated,
            Some(40_000),
            "characters are counted, not bytes"
        );
        assert_eq!(from_start.skipped_chars, 0);
        assert_eq!(from_start.segments[0].text.chars().count(), 5_000);

        let later = show(line.as_bytes(), &[], 2 * 20_000, 5_000);
        assert_eq!(
            later.skipped_chars, 19_800,
            "a little of what stands before the difference is shown"
        );

        let at_end = show(line.as_bytes(), &[], line.len(), 5_000);
        assert_eq!(
            at_end.skipped_chars, 35_000,
            "never fewer characters than the limit"
        );

        let short = show("é".repeat(3_000).as_bytes(), &[], 0, 5_000);
        assert_eq!(
            short.truncated, None,
            "6,000 bytes but only 3,000 characters"
        );
    }
}
