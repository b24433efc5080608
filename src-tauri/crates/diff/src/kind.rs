//! What content is, for showing it: text with a language, JSON, an image with its size, or neither.
//!
//! Images are known by their first bytes, not by their names; languages by the extension. Nothing is decoded, and SVG is never
//! run: it is text that can also be painted as an image.

use serde::{Deserialize, Serialize};

use crate::text::is_text;

/// What content is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ContentKind {
    /// Text, with a name of its language for colouring, if known: `liquid`, `css`, `javascript`, `html`, `markdown`, `yaml` …
    Text {
        /// The language.
        language: Option<String>,
    },
    /// Text that is named as JSON. Whether it can be read as such is for [`crate::canonical()`] to say.
    Json,
    /// A picture.
    Image(Image),
    /// Anything else.
    Binary,
}

/// A picture, as its first bytes describe it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Image {
    /// Its type, for instance `image/png`.
    pub mime: String,
    /// Its width in pixels, if told.
    pub width: Option<u32>,
    /// Its height in pixels, if told.
    pub height: Option<u32>,
}

impl ContentKind {
    /// Tells what the content of a file or document with this name is. Only the extension of `name` matters.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        if let Some(image) = image(bytes) {
            return Self::Image(image);
        }
        if !is_text(bytes) {
            return Self::Binary;
        }
        let extension = name
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase())
            .unwrap_or_default();
        match extension.as_str() {
            "svg" => Self::Image(svg(bytes)),
            "json" => Self::Json,
            other => Self::Text {
                language: language(other).map(str::to_owned),
            },
        }
    }

    /// Tells whether the content can be compared line by line. An SVG image can.
    pub fn has_lines(&self) -> bool {
        match self {
            Self::Text { .. } | Self::Json => true,
            Self::Image(image) => image.mime == "image/svg+xml",
            Self::Binary => false,
        }
    }
}

fn language(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "liquid" => "liquid",
        "css" => "css",
        "scss" | "sass" => "scss",
        "js" | "mjs" | "cjs" => "javascript",
        "ts" | "mts" => "typescript",
        "html" | "htm" => "html",
        "xml" => "xml",
        "md" | "markdown" => "markdown",
        "yaml" | "yml" => "yaml",
        "toml" => "toml",
        "csv" => "csv",
        "graphql" | "gql" => "graphql",
        "sh" => "shellscript",
        _ => return None,
    })
}

/// Recognises a picture by its first bytes.
fn image(bytes: &[u8]) -> Option<Image> {
    let (mime, size) = match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => ("image/png", png_size(bytes)),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => ("image/gif", gif_size(bytes)),
        [0xff, 0xd8, 0xff, ..] => ("image/jpeg", jpeg_size(bytes)),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => ("image/webp", webp_size(bytes)),
        _ => return None,
    };
    let (width, height) = size.unzip();
    Some(Image {
        mime: mime.to_owned(),
        width,
        height,
    })
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(
        bytes.get(at..at + 2)?.try_into().ok()?,
    )))
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(
        bytes.get(at..at + 2)?.try_into().ok()?,
    )))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    Some(le16(bytes, at)? | u32::from(*bytes.get(at + 2)?) << 16)
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    be32(bytes, 16).zip(be32(bytes, 20))
}

fn gif_size(bytes: &[u8]) -> Option<(u32, u32)> {
    le16(bytes, 6).zip(le16(bytes, 8))
}

/// Walks over the segments to the frame header, which holds the size.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            // Padding, and markers without a length.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            // The kinds of frames; C4, C8 and CC are tables.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return be16(bytes, at + 7).zip(be16(bytes, at + 5));
            }
            // The picture begins, or the file ends, without a frame.
            0xd9 | 0xda => return None,
            _ => at += 2 + be16(bytes, at + 2)? as usize,
        }
    }
}

fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((le24(bytes, 24)? + 1, le24(bytes, 27)? + 1)),
        b"VP8 " => Some((le16(bytes, 26)? & 0x3fff, le16(bytes, 28)? & 0x3fff)),
        b"VP8L" => {
            let bits = le16(bytes, 21)? | le16(bytes, 23)? << 16;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    }
}

/// Reads the size of an SVG from the attributes of its first tag, or from its view box.
fn svg(bytes: &[u8]) -> Image {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(16 * 1024)]);
    let tag = text
        .find("<svg")
        .map(|start| &text[start..])
        .and_then(|rest| rest.find('>').map(|end| &rest[..end]))
        .unwrap_or_default();
    let length = |value: &str| {
        value
            .trim()
            .trim_end_matches("px")
            .parse::<f64>()
            .ok()
            .filter(|length| (0.0..1e9).contains(length))
            .map(|length| length.round() as u32)
    };
    let mut view_box = attribute(tag, "viewBox")
        .unwrap_or_default()
        .split([' ', ','])
        .filter(|part| !part.is_empty())
        .skip(2)
        .map(length);
    let (box_width, box_height) = (view_box.next().flatten(), view_box.next().flatten());
    Image {
        mime: "image/svg+xml".to_owned(),
        width: attribute(tag, "width").and_then(length).or(box_width),
        height: attribute(tag, "height").and_then(length).or(box_height),
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.match_indices(name).find_map(|(at, _)| {
        tag[..at].ends_with(char::is_whitespace).then_some(())?;
        let value = tag[at + name.len()..]
            .trim_start()
            .strip_prefix('=')?
            .trim_start();
        let quote = value
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''))?;
        value[1..].split(quote).next()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(language: &str) -> ContentKind {
        ContentKind::Text {
            language: Some(language.to_owned()),
        }
    }

    fn picture(mime: &str, size: Option<(u32, u32)>) -> ContentKind {
        let (width, height) = size.unzip();
        ContentKind::Image(Image {
            mime: mime.to_owned(),
            width,
            height,
        })
    }

    #[test]
    fn content_is_known_by_name_and_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08";
        let jpeg =
            b"\xff\xd8\xff\xe0\0\x04\0\0\xff\xff\xc4\0\x03\0\xff\xc2\0\x11\x08\x01\xe0\x02\x80\x03";
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01";
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x7f\xc2\x77\0";
        let extended = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";
        let cases: &[(&str, &[u8], ContentKind)] = &[
            ("sections/header.liquid", b"{{ a }}", text("liquid")),
            ("assets/theme.css", b"", text("css")),
            ("assets/theme.JS", b"x", text("javascript")),
            ("README.md", b"# x", text("markdown")),
            ("a.yml", b"a: 1", text("yaml")),
            ("LICENSE", b"words", ContentKind::Text { language: None }),
            (
                "config/settings_data.json",
                b"/* x */ {}",
                ContentKind::Json,
            ),
            ("a.json", b"\0", ContentKind::Binary),
            ("font.woff2", b"wOF2\0\x01", ContentKind::Binary),
            ("a.css", b"\xff\xfe", ContentKind::Binary),
            ("a.png", png, picture("image/png", Some((640, 480)))),
            (
                "named-wrongly.json",
                png,
                picture("image/png", Some((640, 480))),
            ),
            ("cut.png", &png[..10], picture("image/png", None)),
            (
                "a.gif",
                b"GIF89a\x80\x02\xe0\x01\0",
                picture("image/gif", Some((640, 480))),
            ),
            ("a.jpg", jpeg, picture("image/jpeg", Some((640, 480)))),
            ("cut.jpg", &jpeg[..12], picture("image/jpeg", None)),
            ("a.webp", lossy, picture("image/webp", Some((640, 480)))),
            ("a.webp", lossless, picture("image/webp", Some((640, 480)))),
            ("a.webp", extended, picture("image/webp", Some((640, 480)))),
            (
                "a.svg",
                b"<?xml?><svg stroke-width='2' width=\"24px\" height='16'>",
                picture("image/svg+xml", Some((24, 16))),
            ),
            (
                "a.svg",
                b"<svg viewBox=\"0 0 32 8\">",
                picture("image/svg+xml", Some((32, 8))),
            ),
            ("a.svg", b"no tag", picture("image/svg+xml", None)),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(
                ContentKind::of(name, bytes),
                *expected,
                "kind of {name}: {bytes:?}"
            );
        }
    }

    #[test]
    fn headers_that_lie_are_not_followed() {
        let segments = |marker: &[u8]| [b"\xff\xd8".as_slice(), &marker.repeat(1 << 20)].concat();
        let attributes = format!("<svg {}", "width".repeat(1 << 20)).into_bytes();
        let cases: &[(&str, &[u8], ContentKind)] = &[
            (
                "sizes as large as can be written",
                b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08",
                picture("image/png", Some((u32::MAX, u32::MAX))),
            ),
            (
                "segments without an end",
                &segments(b"\xff\xe0\0\0"),
                picture("image/jpeg", None),
            ),
            (
                "nothing but padding",
                &segments(b"\xff"),
                picture("image/jpeg", None),
            ),
            (
                "a segment beyond the end",
                b"\xff\xd8\xff\xe0\xff\xff",
                picture("image/jpeg", None),
            ),
            (
                "a tag without an end",
                &attributes,
                picture("image/svg+xml", None),
            ),
            (
                "lengths that are none",
                b"<svg width='1e999' height='-1' viewBox='0 0 NaN 1e10'>",
                picture("image/svg+xml", None),
            ),
            (
                "names and quotes that are cut",
                "<svg é=\" width= height='é viewBox".as_bytes(),
                picture("image/svg+xml", None),
            ),
        ];
        for (what, bytes, expected) in cases {
            assert_eq!(ContentKind::of("a.svg", bytes), *expected, "{what}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_kind(head in 0..6_usize, rest in proptest::collection::vec(any::<u8>(), 0..60), name in ".{0,3}[.](svg|json|png)") {
            let heads: [&[u8]; 6] = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8", b"<svg width="];
            ContentKind::of(&name, &[heads[head], &rest].concat());
        }
    }
}
