//! Hostile pictures, made by code.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// An SVG of a size, with this inside.
pub(crate) fn svg(inner: &str) -> Vec<u8> {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100">{inner}</svg>"#
    )
    .into_bytes()
}

/// Entities that stand for ten of the one before, nine levels deep: three gigabytes of text out of a few hundred bytes.
pub(crate) fn entity_bomb() -> Vec<u8> {
    let mut dtd = String::from(r#"<!ENTITY a0 "lol">"#);
    for level in 1..10 {
        let before = format!("&a{};", level - 1).repeat(10);
        write!(dtd, r#"<!ENTITY a{level} "{before}">"#).expect("a text takes what is written");
    }
    format!(
        r#"<!DOCTYPE svg [{dtd}]><svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><text y="50">&a9;</text></svg>"#
    )
    .into_bytes()
}

/// So many characters of text in one element.
pub(crate) fn long_text(characters: usize) -> Vec<u8> {
    svg(&format!(
        r#"<text y="50">{}</text>"#,
        "lorem ".repeat(characters / 6)
    ))
}

/// Groups that use the one before ten times, so many levels deep.
pub(crate) fn nested_use(levels: usize) -> Vec<u8> {
    let mut inner = String::from(r#"<defs><g id="u0"><rect width="1" height="1"/></g>"#);
    for level in 1..=levels {
        let uses = format!(r##"<use xlink:href="#u{}"/>"##, level - 1).repeat(10);
        write!(inner, r#"<g id="u{level}">{uses}</g>"#).expect("a text takes what is written");
    }
    write!(inner, r##"</defs><use xlink:href="#u{levels}"/>"##).expect("as above");
    svg(&inner)
}

/// Elements inside each other.
pub(crate) fn deep(element: &str, levels: usize) -> Vec<u8> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    svg(&format!("{}{}", open.repeat(levels), close.repeat(levels)))
}

/// Filters over filters, each over all of the picture and more.
pub(crate) fn filters() -> Vec<u8> {
    let steps = r#"<feTurbulence baseFrequency=".01" numOctaves="40"/><feGaussianBlur stdDeviation="400"/><feMorphology operator="dilate" radius="300"/>"#;
    svg(&format!(
        r##"<filter id="f" x="-2" y="-2" width="5" height="5">{}</filter><rect width="100" height="100" filter="url(#f)"/>"##,
        steps.repeat(40)
    ))
}

/// A pattern inside a pattern inside a pattern.
pub(crate) fn patterns() -> Vec<u8> {
    let mut inner = String::new();
    for level in 0..40 {
        write!(
            inner,
            r##"<pattern id="p{level}" width=".01" height=".01" patternUnits="userSpaceOnUse"><rect width="100" height="100" fill="url(#p{})"/></pattern>"##,
            level + 1
        )
        .expect("a text takes what is written");
    }
    inner.push_str(r##"<rect width="100" height="100" fill="url(#p0)"/>"##);
    svg(&inner)
}

/// So many bytes of one path.
pub(crate) fn long_path(bytes: usize) -> Vec<u8> {
    let mut path = String::from("M0 0");
    let mut at = 1_u32;
    while path.len() < bytes {
        at = at.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        write!(path, "L{} {}", at % 100, at / 65_536 % 100).expect("a text takes what is written");
    }
    svg(&format!(
        r#"<path d="{path}" stroke="red" stroke-dasharray=".1"/>"#
    ))
}

/// An SVG in an SVG in an SVG, as data.
pub(crate) fn nested_data(levels: usize) -> Vec<u8> {
    let mut inner = svg(r#"<rect width="9" height="9"/>"#);
    for _ in 0..levels {
        let data = BASE64_STANDARD.encode(&inner);
        inner = svg(&format!(
            r#"<image width="100" height="100" xlink:href="data:image/svg+xml;base64,{data}"/>"#
        ));
    }
    inner
}

/// A PNG that says it is so large, and holds so many rows' worth of zeroes.
pub(crate) fn png(width: u32, height: u32, rows: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    chunk(&mut png, b"IHDR", &header);
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::fast());
    let row = vec![0; width as usize * 4 + 1];
    for _ in 0..rows {
        pixels
            .write_all(&row)
            .expect("memory takes what is written");
    }
    chunk(&mut png, b"IDAT", &pixels.finish().expect("as above"));
    chunk(&mut png, b"IEND", &[]);
    png
}

/// A PNG whose colour profile is megabytes of nothing.
pub(crate) fn png_with_profile(bytes: usize) -> Vec<u8> {
    let plain = png(2, 2, 2);
    let mut profile = b"odd\0\0".to_vec();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed
        .write_all(&vec![7; bytes])
        .expect("memory takes what is written");
    profile.extend(packed.finish().expect("as above"));
    let mut png = plain[..33].to_vec();
    chunk(&mut png, b"iCCP", &profile);
    png.extend(&plain[33..]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).expect("a chunk of a test is small");
    png.extend(length.to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(data);
    let mut sum = flate2::Crc::new();
    sum.update(&png[from..]);
    png.extend(sum.sum().to_be_bytes());
}

/// A GIF of so many frames of one pixel.
pub(crate) fn gif(frames: usize) -> Vec<u8> {
    let mut gif = b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    for _ in 0..frames {
        gif.extend(b"\x21\xf9\x04\0\x01\0\0\0");
        gif.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
    }
    gif.push(b';');
    gif
}

/// A GIF whose first frame says that it is as large as can be.
pub(crate) fn gif_with_huge_frame() -> Vec<u8> {
    let mut gif = b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    gif.extend(b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;");
    gif
}

/// A JPEG of one colour.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let pixels = image::RgbImage::from_pixel(width, height, image::Rgb([200, 30, 30]));
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
        .encode_image(&pixels)
        .expect("pixels can be written as a JPEG");
    jpeg
}

/// A JPEG with this after its first marker, as a segment of a kind.
pub(crate) fn jpeg_with(marker: u8, data: &[u8]) -> Vec<u8> {
    let plain = jpeg(40, 20);
    let length = u16::try_from(data.len() + 2).expect("a segment of a test is small");
    let mut jpeg = plain[..2].to_vec();
    jpeg.extend([0xff, marker]);
    jpeg.extend(length.to_be_bytes());
    jpeg.extend(data);
    jpeg.extend(&plain[2..]);
    jpeg
}

/// The notes of a camera that was held on its side.
pub(crate) fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0".to_vec();
    exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    exif.extend([0; 4]);
    exif
}
