use proptest::prelude::*;

use super::*;

fn changes(before: &[u8], after: &[u8], whitespace: Whitespace) -> Vec<Change> {
    let (old, new) = (LineIndex::new(before), LineIndex::new(after));
    diff_lines(old.of(before), new.of(after), whitespace)
}

/// Shows a diff as lines that begin with ` `, `-` or `+`.
fn shown(before: &str, after: &str) -> String {
    let (old, new) = (
        LineIndex::new(before.as_bytes()),
        LineIndex::new(after.as_bytes()),
    );
    let (old, new) = (old.of(before.as_bytes()), new.of(after.as_bytes()));
    let mut out = String::new();
    let mut add = |sign: char, lines: Lines<'_>, span: Span| {
        for line in span.start..span.end {
            out.push(sign);
            out += &String::from_utf8_lossy(lines.raw(line)).replace('\r', "\\r");
            if lines.split(line).1 == Ending::None {
                out += "\\\n";
            }
        }
    };
    let mut at = 0;
    for change in diff_lines(old, new, Whitespace::Exact) {
        add(' ', old, Span::new(at, change.before.start));
        add('-', old, change.before);
        add('+', new, change.after);
        at = change.before.end;
    }
    add(' ', old, Span::new(at, old.len()));
    out
}

#[test]
fn lines_are_compared_byte_for_byte() {
    let cases = [
        ("", "", ""),
        ("a\n", "a\n", " a\n"),
        ("", "a\n", "+a\n"),
        ("a", "", "-a\\\n"),
        ("a", "a\n", "-a\\\n+a\n"),
        ("a\r\n", "a\n", "-a\\r\n+a\n"),
        ("a\nb\nc\n", "a\nx\nc\n", " a\n-b\n+x\n c\n"),
        ("a\nb\n", "a\nb\nc", " a\n b\n+c\\\n"),
        ("a\na\n", "a\na\na\n", " a\n a\n+a\n"),
    ];
    for (before, after, expected) in cases {
        assert_eq!(
            shown(before, after),
            expected,
            "diff of {before:?} and {after:?}"
        );
    }
}

#[test]
fn insertions_keep_whole_blocks_together() {
    let cases = [
        (
            "{\n  a\n}\n",
            "{\n  a\n}\n\n{\n  b\n}\n",
            " {\n   a\n }\n+\n+{\n+  b\n+}\n",
        ),
        (
            "<ul>\n  <li>\n    a\n  </li>\n</ul>\n",
            "<ul>\n  <li>\n    a\n  </li>\n  <li>\n    b\n  </li>\n</ul>\n",
            " <ul>\n   <li>\n     a\n   </li>\n+  <li>\n+    b\n+  </li>\n </ul>\n",
        ),
        (
            "{% if a %}\n  x\n{% endif %}\n{% if c %}\n  z\n{% endif %}\n",
            "{% if a %}\n  x\n{% endif %}\n{% if b %}\n  y\n{% endif %}\n{% if c %}\n  z\n{% endif %}\n",
            " {% if a %}\n   x\n {% endif %}\n+{% if b %}\n+  y\n+{% endif %}\n {% if c %}\n   z\n {% endif %}\n",
        ),
    ];
    for (before, after, expected) in cases {
        assert_eq!(
            shown(before, after),
            expected,
            "the block that was added is shown whole"
        );
    }
}

#[test]
fn whitespace_can_be_ignored() {
    assert!(
        changes(b"a b\n", b"  a\tb\r\n", Whitespace::Ignore).is_empty(),
        "only whitespace differs"
    );
    assert_eq!(changes(b"a b\n", b"  a\tb\r\n", Whitespace::Exact).len(), 1);
    assert_eq!(
        changes(b"a\n\nb\n", b"a\nc\n", Whitespace::Ignore).len(),
        1,
        "other differences stay"
    );
}

#[test]
fn text_is_told_from_binary() {
    for (bytes, expected) in [
        (&b""[..], true),
        (b"a\r\n", true),
        ("é".as_bytes(), true),
        (b"a\0b", false),
        (b"\xff\xfe", false),
        (b"\xc3", false),
    ] {
        assert_eq!(is_text(bytes), expected, "kind of {bytes:?}");
    }
}

/// Texts of few different lines, so that diffs have much to choose from.
pub(crate) fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        proptest::sample::select(vec![
            "a\n", "b\n", "\n", "  c\n", "}\n", "d\r\n", "e\r", "f g\n", "f  g\n",
        ]),
        0..40,
    )
    .prop_flat_map(|lines| (Just(lines.concat()), prop_oneof!["", "end"]))
    .prop_map(|(text, last)| text + &last)
}

proptest! {
    #[test]
    fn what_is_not_changed_is_equal(before in text(), after in text()) {
        let (old, new) = (LineIndex::new(before.as_bytes()), LineIndex::new(after.as_bytes()));
        let (old, new) = (old.of(before.as_bytes()), new.of(after.as_bytes()));
        let (mut b, mut a) = (0, 0);
        let all = diff_lines(old, new, Whitespace::Exact);
        let end = Change { before: Span::new(old.len(), old.len()), after: Span::new(new.len(), new.len()) };
        for (at, change) in all.iter().chain([&end]).enumerate() {
            prop_assert_eq!(old.span(Span::new(b, change.before.start)), new.span(Span::new(a, change.after.start)), "equal lines are equal");
            prop_assert!(at == 0 || at == all.len() || change.before.start > b, "two changes never touch");
            (b, a) = (change.before.end, change.after.end);
        }
    }

    #[test]
    fn ignoring_whitespace_leaves_the_rest(before in text(), after in text()) {
        let strip = |bytes: &[u8]| without_whitespace(bytes);
        let (old, new) = (LineIndex::new(before.as_bytes()), LineIndex::new(after.as_bytes()));
        let (old, new) = (old.of(before.as_bytes()), new.of(after.as_bytes()));
        let (mut b, mut a) = (0, 0);
        for change in diff_lines(old, new, Whitespace::Ignore) {
            prop_assert_eq!(strip(old.span(Span::new(b, change.before.start))), strip(new.span(Span::new(a, change.after.start))));
            (b, a) = (change.before.end, change.after.end);
        }
        prop_assert_eq!(strip(&before.as_bytes()[old.offset(b)..]), strip(&after.as_bytes()[new.offset(a)..]));
    }
}
