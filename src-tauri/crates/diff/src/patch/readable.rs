//! Documents as a person reads them in a patch: a field a line, and texts of several lines with a line for each.
//!
//! What stands over several lines is written as strings beside each other, as C and Python write them:
//!
//! ```text
//! "body": "<p>First</p>\n"
//!         "<p>Second</p>"
//! ```

use crate::canonical::{JsonError, pretty};

/// Lays a document out. It is JSON but for texts of several lines.
///
/// # Errors
/// Names the first place where `document` is not strict JSON.
pub fn readable(document: &[u8]) -> Result<Vec<u8>, JsonError> {
    let laid_out = pretty(document)?;
    let mut out = Vec::with_capacity(laid_out.len() + laid_out.len() / 8);
    for line in laid_out.split_inclusive(|byte| *byte == b'\n') {
        match split(line) {
            Some((start, value, end)) => {
                write_lines(&mut out, &line[..start], &value, &line[end..])
            }
            None => out.extend_from_slice(line),
        }
    }
    Ok(out)
}

/// The text that a line of a laid-out document ends in, and where it stands, if it goes over several lines.
fn split(line: &[u8]) -> Option<(usize, String, usize)> {
    let mut start = line.iter().position(|byte| *byte != b' ')?;
    let (mut text, mut end) = string_at(line, start)?;
    if line.get(end) == Some(&b':') {
        start = end + 2;
        (text, end) = string_at(line, start)?;
    }
    let goes_on = pieces(&text).nth(1).is_some();
    goes_on.then_some((start, text, end))
}

/// The string that begins at a place, and where it ends.
fn string_at(line: &[u8], start: usize) -> Option<(String, usize)> {
    let rest = line
        .get(start..)
        .filter(|rest| rest.first() == Some(&b'"'))?;
    let mut read = serde_json::Deserializer::from_slice(rest).into_iter::<String>();
    let text = read.next()?.ok()?;
    Some((text, start + read.byte_offset()))
}

fn write_lines(out: &mut Vec<u8>, before: &[u8], text: &str, after: &[u8]) {
    out.extend_from_slice(before);
    let indent = str::from_utf8(before).map_or(before.len(), |before| before.chars().count());
    for (number, piece) in pieces(text).enumerate() {
        if number > 0 {
            out.push(b'\n');
            out.resize(out.len() + indent, b' ');
        }
        serde_json::to_writer(&mut *out, piece).expect("BUG: memory takes what is written");
    }
    out.extend_from_slice(after);
}

/// A text by its lines; markup that has none, by its elements.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let has_lines = text.trim_end_matches('\n').contains('\n');
    let is_markup = !has_lines && text.contains("</");
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = match (has_lines, is_markup) {
            (true, _) => rest.find('\n').map(|at| at + 1),
            (_, true) => rest.find("><").map(|at| at + 1),
            _ => None,
        };
        let (piece, later) = rest.split_at(end.unwrap_or(rest.len()));
        rest = later;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_and_each_line_of_a_text_has_a_line_of_its_own() {
        let document = r#"{"title":"Größe","body":"<p>First</p>\n\n<p>\"Second\"</p>\n","html":"<ul><li>a</li></ul>",
            "plain":"one\n","tags":["a\nb","c"],"empty":"","nested":{"\u00e4\"":"x\ny"},"n":1.10}"#;
        let expected = r#"{
  "body": "<p>First</p>\n"
          "\n"
          "<p>\"Second\"</p>\n",
  "empty": "",
  "html": "<ul>"
          "<li>a</li>"
          "</ul>",
  "n": 1.1,
  "nested": {
    "ä\"": "x\n"
           "y"
  },
  "plain": "one\n",
  "tags": [
    "a\n"
    "b",
    "c"
  ],
  "title": "Größe"
}
"#;
        let laid_out = readable(document.as_bytes()).expect("JSON");
        assert_eq!(str::from_utf8(&laid_out), Ok(expected));
    }

    #[test]
    fn what_is_no_document_is_no_document() {
        assert!(readable(b"{").is_err());
    }
}
