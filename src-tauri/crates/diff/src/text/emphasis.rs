//! Word emphasis: which parts of two paired lines differ.
//!
//! Work is limited, counted in comparisons of words: for one pair of lines, and for all that are painted together. What would go
//! beyond either limit is emphasised as one part.

use std::hash::Hash;
use std::ops::Range;

use similar::{Algorithm, DiffOp};

/// Up to this many differing bytes on either side are compared word by word; more are emphasised as one.
const WORDS_BYTES_MAX: usize = 32 * 1024;
/// Lines that have less than this in common (percent of the longer, whitespace aside) get no emphasis: all of it would be emphasised.
const COMMON_PERCENT_MIN: usize = 25;
/// How many comparisons one pair of lines may take: 4,000 words that have nothing in common.
const LINE_COMPARISONS_MAX: u64 = 16_000_000;
/// How many comparisons one window of rows may take.
const WINDOW_COMPARISONS_MAX: u64 = 64_000_000;
/// Lines longer than this get no emphasis at all.
const LINE_BYTES_MAX: usize = 1024 * 1024;

/// How many comparisons of words are left for what is painted together.
#[derive(Debug)]
pub(crate) struct Budget {
    comparisons: u64,
}

impl Budget {
    /// What one window of rows may take.
    pub(crate) fn of_window() -> Self {
        Self {
            comparisons: WINDOW_COMPARISONS_MAX,
        }
    }

    /// Takes what a comparison may need at most; `false`, and nothing is taken, when that is not left.
    fn take(&mut self, comparisons: u64) -> bool {
        let fits = comparisons <= self.comparisons.min(LINE_COMPARISONS_MAX);
        if fits {
            self.comparisons -= comparisons;
        }
        fits
    }
}

/// The parts of two lines that differ, as byte ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Emphasis {
    /// What is only in the line before.
    pub(crate) before: Vec<Range<usize>>,
    /// What is only in the line after.
    pub(crate) after: Vec<Range<usize>>,
    /// How many bytes both lines begin with.
    pub(crate) common_prefix_bytes: usize,
}

/// Compares two lines word by word, as far as the budget allows. Lines that have little in common, are very long, or are not
/// UTF-8, get no ranges.
pub(crate) fn emphasise(before: &[u8], after: &[u8], budget: &mut Budget) -> Emphasis {
    let plain = || Emphasis {
        common_prefix_bytes: common_prefix(before, after),
        ..Emphasis::default()
    };
    if before.len().max(after.len()) > LINE_BYTES_MAX {
        return plain();
    }
    let (Ok(old), Ok(new)) = (str::from_utf8(before), str::from_utf8(after)) else {
        return plain();
    };
    let prefix = old.floor_char_boundary(common_prefix(before, after));
    let suffix = common_suffix(&before[prefix..], &after[prefix..]);
    // The cuts may stand within a word: step out to whole words.
    let start = word_start(old, prefix).min(word_start(new, prefix));
    let old_end = word_end(old, old.ceil_char_boundary(old.len() - suffix));
    let new_end = word_end(new, new.ceil_char_boundary(new.len() - suffix));
    let back = (old.len() - old_end).min(new.len() - new_end);
    let (old_middle, new_middle) = (&old[start..old.len() - back], &new[start..new.len() - back]);

    let by_word = (old_middle.len().max(new_middle.len()) <= WORDS_BYTES_MAX)
        .then(|| (words(old_middle), words(new_middle)))
        .and_then(|(old, new)| Some((compare(&old, &new, budget)?, old, new)));
    let (operations, old_words, new_words) = by_word.unwrap_or_else(|| {
        let (old, new) = (vec![old_middle], vec![new_middle]);
        let operations = vec![DiffOp::Replace {
            old_index: 0,
            old_len: 1,
            new_index: 0,
            new_len: 1,
        }];
        (operations, old, new)
    });
    let mut emphasis = Emphasis {
        common_prefix_bytes: prefix,
        ..Emphasis::default()
    };
    let mut common = visible(&old[..start]) + visible(&old[old.len() - back..]);
    let (mut old_at, mut new_at) = (start, start);
    // Whitespace alone between two differences reads better as part of them.
    let mut bridge: Option<(usize, usize)> = None;
    for operation in &operations {
        let length = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>();
        let old_next = old_at + length(&old_words[operation.old_range()]);
        let new_next = new_at + length(&new_words[operation.new_range()]);
        if matches!(operation, DiffOp::Equal { .. }) {
            let seen = visible(&old[old_at..old_next]);
            common += seen;
            if seen > 0 {
                bridge = None;
            }
        } else {
            let (old_from, new_from) = bridge.unwrap_or((old_at, new_at));
            extend(&mut emphasis.before, old_from..old_next);
            extend(&mut emphasis.after, new_from..new_next);
            bridge = Some((old_next, new_next));
        }
        (old_at, new_at) = (old_next, new_next);
    }
    let longer = visible(old).max(visible(new));
    if common * 100 < longer * COMMON_PERCENT_MIN {
        emphasis.before.clear();
        emphasis.after.clear();
    }
    emphasis
}

/// Compares words, if the budget holds what that takes at most.
fn compare<T: Hash + Eq + Ord>(old: &[T], new: &[T], budget: &mut Budget) -> Option<Vec<DiffOp>> {
    let words = (old.len() + new.len()) as u64;
    budget
        .take(words * words)
        .then(|| similar::capture_diff_slices(Algorithm::Myers, old, new))
}

/// Adds a range, joined to the last one if they touch.
fn extend(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end >= range.start => last.end = range.end.max(last.end),
        _ if range.is_empty() => {}
        _ => ranges.push(range),
    }
}

/// Counts the bytes that are not whitespace.
fn visible(text: &str) -> usize {
    text.bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .count()
}

/// How many bytes are compared at once.
const STRIDE: usize = 64;

pub(crate) fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let strides = a
        .chunks_exact(STRIDE)
        .zip(b.chunks_exact(STRIDE))
        .take_while(|(a, b)| a == b)
        .count();
    let start = strides * STRIDE;
    start
        + a[start..]
            .iter()
            .zip(&b[start..])
            .take_while(|(a, b)| a == b)
            .count()
}

pub(crate) fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let strides = a
        .rchunks_exact(STRIDE)
        .zip(b.rchunks_exact(STRIDE))
        .take_while(|(a, b)| a == b)
        .count();
    let end = strides * STRIDE;
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    end + a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    /// Goes with whatever stands before it.
    Mark,
    Single,
}

fn class(c: char) -> Class {
    match c {
        '\u{300}'..='\u{36f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{200d}'
        | '\u{1f3fb}'..='\u{1f3ff}' => Class::Mark,
        // Scripts that put no spaces between words: each character is a word.
        '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
            Class::Single
        }
        '_' => Class::Word,
        c if c.is_alphanumeric() => Class::Word,
        c if c.is_whitespace() => Class::Space,
        _ => Class::Single,
    }
}

/// Cuts a text into words, runs of whitespace and single characters.
pub(crate) fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::with_capacity(text.len() / 4 + 1);
    let mut start = 0;
    let mut open = None;
    for (at, c) in text.char_indices() {
        let class = class(c);
        let continues = class == Class::Mark || (open == Some(class) && class != Class::Single);
        if !continues || open.is_none() {
            if at > start {
                words.push(&text[start..at]);
            }
            start = at;
            open = Some(class);
        }
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

/// Steps back from `at` to where the word that it stands in begins.
fn word_start(text: &str, at: usize) -> usize {
    let Some(next) = text[at..].chars().next().map(class) else {
        return at;
    };
    let joined = |class| class == next || next == Class::Mark;
    let mut start = at;
    if next == Class::Single {
        return start;
    }
    for (before, c) in text[..at].char_indices().rev() {
        let class = class(c);
        if class == Class::Mark || joined(class) {
            start = before;
        } else {
            break;
        }
    }
    start
}

/// Steps on from `at` to where the word that it stands in ends.
fn word_end(text: &str, at: usize) -> usize {
    let Some(last) = text[..at].chars().next_back().map(class) else {
        return at;
    };
    let run = text[at..].char_indices().find(|(_, c)| {
        let class = class(*c);
        !(class == Class::Mark || (class == last && last != Class::Single))
    });
    at + run.map_or(text.len() - at, |(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows a line with its emphasised parts in brackets.
    fn marked(text: &str, ranges: &[Range<usize>]) -> String {
        let mut out = String::new();
        let mut at = 0;
        for range in ranges {
            out += &format!("{}[{}]", &text[at..range.start], &text[range.clone()]);
            at = range.end;
        }
        out + &text[at..]
    }

    #[test]
    fn words_that_differ_are_emphasised() {
        let cases = [
            (
                "price: 10.00",
                "price: 12.00",
                "price: [10].00",
                "price: [12].00",
            ),
            (
                "let colour = red;",
                "let colour = red, blue;",
                "let colour = red;",
                "let colour = red[, blue];",
            ),
            ("header_logo", "header_logos", "header_logo", "header_logos"),
            (
                "the header_logo here",
                "the header_logos here",
                "the [header_logo] here",
                "the [header_logos] here",
            ),
            (
                "a one two b cccc",
                "a three four b cccc",
                "a [one two] b cccc",
                "a [three four] b cccc",
            ),
            (
                "nothing alike",
                "0123456789 at all",
                "nothing alike",
                "0123456789 at all",
            ),
            ("same", "same", "same", "same"),
            (
                "日本語のテキスト",
                "日本人のテキスト",
                "日本[語]のテキスト",
                "日本[人]のテキスト",
            ),
            (
                "naïve cafe\u{301} x",
                "naïve cafe x",
                "naïve [cafe\u{301}] x",
                "naïve [cafe] x",
            ),
            (
                "indent same",
                "    indent same",
                "indent same",
                "[    ]indent same",
            ),
            ("", "abc", "", "abc"),
        ];
        for (before, after, old, new) in cases {
            let emphasis = emphasise(
                before.as_bytes(),
                after.as_bytes(),
                &mut Budget::of_window(),
            );
            let actual = (
                marked(before, &emphasis.before),
                marked(after, &emphasis.after),
            );
            assert_eq!(
                actual,
                (old.to_owned(), new.to_owned()),
                "emphasis of {before:?} and {after:?}"
            );
        }
    }

    /// A word that counts how often it is compared.
    #[derive(Debug, Eq)]
    struct Counted<'a> {
        word: usize,
        comparisons: &'a std::cell::Cell<u64>,
    }

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.comparisons.set(self.comparisons.get() + 1);
            self.word == other.word
        }
    }

    impl Hash for Counted<'_> {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            self.word.hash(state);
        }
    }

    impl PartialOrd for Counted<'_> {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Counted<'_> {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.word.cmp(&other.word)
        }
    }

    #[test]
    fn no_more_is_compared_than_was_taken() {
        let comparisons = std::cell::Cell::new(0);
        let counted = |words: Vec<usize>| -> Vec<Counted<'_>> {
            let words = words.into_iter();
            words
                .map(|word| Counted {
                    word,
                    comparisons: &comparisons,
                })
                .collect()
        };
        let cases = [
            ("nothing alike", (0..500).collect(), (500..1_000).collect()),
            ("backwards", (0..500).collect(), (0..500).rev().collect()),
            (
                "few words",
                (0..500).map(|at| at % 2).collect(),
                (0..500).map(|at| at % 3).collect(),
            ),
        ];
        for (case, old, new) in cases {
            let (old, new): (Vec<_>, Vec<_>) = (counted(old), counted(new));
            let mut budget = Budget::of_window();
            let before = budget.comparisons;
            comparisons.set(0);
            compare(&old, &new, &mut budget).expect("there is enough left");
            let taken = before - budget.comparisons;
            assert!(
                (1..=taken).contains(&comparisons.get()),
                "{case}: {} comparisons, {taken} taken",
                comparisons.get()
            );
        }
    }

    #[test]
    fn a_window_does_not_compare_without_end() {
        let line = |word: &str| {
            let middle: String = (0..400).map(|at| format!("{word}{at} ")).collect();
            format!("{}{middle}{}", "same ".repeat(900), "end ".repeat(900))
        };
        let (before, after) = (line("a"), line("b"));
        let mut budget = Budget::of_window();
        let emphases: Vec<Emphasis> = (0..200)
            .map(|_| emphasise(before.as_bytes(), after.as_bytes(), &mut budget))
            .collect();
        assert!(emphases[0].before.len() == 1, "words are joined");
        assert_eq!(
            emphases[199].before, emphases[0].before,
            "what is not compared by word is emphasised as one part"
        );
        let spent = WINDOW_COMPARISONS_MAX - budget.comparisons;
        assert!(spent > 0, "the first lines were compared");
        let more = emphasise(
            before.as_bytes(),
            after.as_bytes(),
            &mut Budget { comparisons: 10 },
        );
        assert_eq!(more.before, emphases[0].before);
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        let cut = emphasise(long.as_bytes(), b"xx", &mut Budget::of_window());
        assert_eq!((cut.before.len(), cut.common_prefix_bytes), (0, 2));
    }

    #[test]
    fn words_join_to_the_text() {
        for text in [
            "",
            "a b",
            "{{ product.title | escape }}",
            "e\u{301}e",
            "\u{301}",
            "  x\t\n",
        ] {
            assert_eq!(
                words(text).concat(),
                text,
                "no character of {text:?} is lost"
            );
        }
    }
}
