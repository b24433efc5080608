//! PNG, JPEG, GIF and WebP. Nothing is decoded before the size is known and small enough.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::LimitErrorKind;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, Limits, RgbaImage, imageops};

use crate::draw::{Drawn, fit};
use crate::picture::{Bounds, Note, Refusal};
use crate::{PIXEL_LIMIT, child};

/// The name by which nearly every sRGB profile calls itself.
const SRGB: &[u8] = b"sRGB";
/// The same in the two-byte text of newer profiles.
const SRGB_WIDE: &[u8] = b"s\0R\0G\0B";

/// The format of a bitmap, by its first bytes.
pub(crate) fn format_of(bytes: &[u8]) -> Option<ImageFormat> {
    image::guess_format(bytes).ok().filter(|format| {
        matches!(
            format,
            ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP
        )
    })
}

/// Draws a bitmap; a smaller one where it is larger than the box.
pub(crate) fn draw(bytes: &[u8], format: ImageFormat, bounds: Bounds) -> Result<Drawn, Refusal> {
    let source = Cursor::new(bytes);
    match format {
        ImageFormat::Png => {
            let decoder = PngDecoder::new(source).map_err(refusal)?;
            let moves = decoder.is_apng().map_err(refusal)?;
            decoded(decoder, moves, bounds)
        }
        ImageFormat::Jpeg => decoded(JpegDecoder::new(source).map_err(refusal)?, false, bounds),
        ImageFormat::Gif => {
            let moves = has_second_frame(bytes);
            decoded(GifDecoder::new(source).map_err(refusal)?, moves, bounds)
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(source).map_err(refusal)?;
            let moves = decoder.has_animation();
            decoded(decoder, moves, bounds)
        }
        _ => Err(Refusal::UnknownFormat),
    }
}

fn decoded(mut decoder: impl ImageDecoder, moves: bool, bounds: Bounds) -> Result<Drawn, Refusal> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Refusal::NoSize);
    }
    if u64::from(width) * u64::from(height) > PIXEL_LIMIT {
        return Err(Refusal::TooManyPixels { width, height });
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(child::MEMORY_LIMIT_BYTES);
    decoder.set_limits(limits).map_err(refusal)?;
    // What is said beside the pixels is of no use when it can't be read, and no reason not to show them.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let mut notes = Vec::new();
    if moves {
        notes.push(Note::FirstFrame);
    }
    if profile.is_some_and(|profile| !is_srgb(&profile)) {
        notes.push(Note::ColourProfile);
    }
    let image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    let lies = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let stood = if lies {
        Bounds {
            width: bounds.height,
            height: bounds.width,
        }
    } else {
        bounds
    };
    let mut image = DynamicImage::ImageRgba8(shrunk(image, stood));
    image.apply_orientation(orientation);
    Ok(Drawn {
        pixels: image.into_rgba8(),
        natural: if lies {
            (height, width)
        } else {
            (width, height)
        },
        notes,
    })
}

/// The picture, no larger than the box.
fn shrunk(image: DynamicImage, bounds: Bounds) -> RgbaImage {
    let (width, height) = (image.width(), image.height());
    if width <= bounds.width && height <= bounds.height {
        return image.into_rgba8();
    }
    let (to_width, to_height) = fit(f64::from(width), f64::from(height), bounds);
    if !image.color().has_alpha() {
        return image.thumbnail_exact(to_width, to_height).into_rgba8();
    }
    // Colours are averaged by how much of them shows: what is transparent has none to give.
    let mut pixels = image.into_rgba8();
    for pixel in pixels.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let shown = |colour: u8| ((u32::from(colour) * u32::from(alpha) + 127) / 255) as u8;
        pixel.0 = [shown(red), shown(green), shown(blue), alpha];
    }
    let mut small = imageops::thumbnail(&pixels, to_width, to_height);
    for pixel in small.pixels_mut() {
        pixel.0 = demultiplied(pixel.0);
    }
    small
}

/// A colour out of its product with alpha.
pub(crate) fn demultiplied([red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    let alpha_wide = u32::from(alpha);
    let full = |colour: u8| {
        let wide = (u32::from(colour) * 255 + alpha_wide / 2).checked_div(alpha_wide);
        wide.unwrap_or(0).min(255) as u8
    };
    [full(red), full(green), full(blue), alpha]
}

/// Tells whether a GIF moves. Nothing of its pixels is decoded.
fn has_second_frame(bytes: &[u8]) -> bool {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let Ok(mut frames) = options.read_info(bytes) else {
        return false;
    };
    (0..2).all(|_| matches!(frames.next_frame_info(), Ok(Some(_))))
}

fn is_srgb(profile: &[u8]) -> bool {
    // The name stands near the beginning; a profile of megabytes is not searched for it.
    let head = &profile[..profile.len().min(4_096)];
    let names = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    names(SRGB) || names(SRGB_WIDE)
}

fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(limit) if limit.kind() == LimitErrorKind::InsufficientMemory => {
            Refusal::TooMuchMemory {
                limit_mebibytes: child::MEMORY_LIMIT_BYTES / 1024 / 1024,
            }
        }
        ImageError::Unsupported(_) => Refusal::UnknownFormat,
        // The library's sentence repeats the format, which the reader knows.
        ImageError::Decoding(error) => match std::error::Error::source(&error) {
            Some(source) => Refusal::damaged(source),
            None => Refusal::damaged(error),
        },
        other => Refusal::damaged(other),
    }
}
