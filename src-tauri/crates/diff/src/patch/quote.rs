//! How a name is written in a patch.

/// Quotes a name as git does by default: with C escapes and octal numbers if it has a quote, a backslash, a control character or
/// anything past ASCII; else it stays as it is.
pub fn quoted(name: &str) -> String {
    if name
        .bytes()
        .all(|byte| (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\')
    {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len() + 8);
    out.push('"');
    for byte in name.bytes() {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0x07 => out.push_str("\\a"),
            0x08 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            0x0b => out.push_str("\\v"),
            0x0c => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            b' '..0x7f => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_git_does() {
        let cases = [
            ("a/plain name.txt", "a/plain name.txt"),
            ("a/quote\".txt", "\"a/quote\\\".txt\""),
            ("a/tab\t.txt", "\"a/tab\\t.txt\""),
            ("a/é", "\"a/\\303\\251\""),
            ("a/b\\c", "\"a/b\\\\c\""),
            ("a/\u{1}", "\"a/\\001\""),
        ];
        for (name, expected) in cases {
            assert_eq!(quoted(name), expected, "quoting of {name:?}");
        }
    }
}
