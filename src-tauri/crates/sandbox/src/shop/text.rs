//! Texts as the vendor makes them: handles, plain text of HTML, digests.

use md5::Md5;
use sha2::Sha256;

/// A handle made of any text: lower case, everything that is no letter or digit a hyphen, as real stores do.
pub(crate) fn handle(text: &str) -> String {
    let mut handle = String::with_capacity(text.len());
    for letter in text.trim().chars() {
        if letter.is_alphanumeric() || letter == '_' {
            handle.extend(letter.to_lowercase());
        } else if letter != '\'' && letter != '’' && !handle.ends_with('-') && !handle.is_empty()
        {
            handle.push('-');
        }
    }
    handle.trim_end_matches('-').to_owned()
}

/// The next handle to try when one is taken: its number raised, or `-1` added.
pub(crate) fn next_handle(handle: &str) -> String {
    match handle.rsplit_once('-') {
        Some((stem, number)) if !number.is_empty() && number.len() < 10 => {
            match number.parse::<u64>() {
                Ok(number) => format!("{stem}-{}", number + 1),
                Err(_) => format!("{handle}-1"),
            }
        }
        _ => format!("{handle}-1"),
    }
}

/// The text of HTML, without its tags.
pub(crate) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                if !text.is_empty() && !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            _ if in_tag => {}
            letter if letter.is_whitespace() => {
                if !text.is_empty() && !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            letter => text.push(letter),
        }
    }
    let text = text.trim_end();
    text.replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", " ")
}

/// At most this many letters, with an ellipsis where something was cut.
pub(crate) fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(3)).collect();
    format!("{kept}...")
}

/// MD5 in hexadecimal.
pub(crate) fn md5(bytes: &[u8]) -> String {
    hex(&<Md5 as md5::Digest>::digest(bytes))
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&<Sha256 as sha2::Digest>::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_made_of_titles() {
        let cases = [
            ("Blåbær & Co!", "blåbær-co"),
            ("  Two   Words ", "two-words"),
            ("Mara's", "maras"),
            ("---", ""),
            ("ÉTÉ 2026", "été-2026"),
        ];
        for (title, made) in cases {
            assert_eq!(handle(title), made, "{title:?}");
        }
        for (handle, next) in [
            ("a", "a-1"),
            ("a-1", "a-2"),
            ("a-9", "a-10"),
            ("a-b", "a-b-1"),
        ] {
            assert_eq!(next_handle(handle), next);
        }
    }

    #[test]
    fn html_is_read_as_text() {
        assert_eq!(
            plain("<h2>One</h2>\n<p>two &amp; <b>three</b></p>"),
            "One two & three"
        );
        assert_eq!(cut("abcdefgh", 6), "abc...");
        assert_eq!(cut("abc", 6), "abc");
    }
}
