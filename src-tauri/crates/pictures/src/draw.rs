//! From bytes to a picture; pure but for the fonts of the machine, which are read when a text needs them.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, RgbaImage};

use crate::picture::{Bounds, Note, Picture, Refusal};
use crate::vector::Fonts;
use crate::{INPUT_LIMIT_BYTES, bitmap, vector};

/// A picture as pixels, and what is to be said of it.
pub(crate) struct Drawn {
    /// The pixels, alpha not multiplied in.
    pub(crate) pixels: RgbaImage,
    /// The size that the picture has by itself.
    pub(crate) natural: (u32, u32),
    pub(crate) notes: Vec<Note>,
}

/// Draws a picture into a box: smaller where it is larger, an SVG as large as fits. What it is, its bytes say.
///
/// It limits bytes, pixels and the decoders' memory, but a picture can still take long and allocate much: call it where that
/// can be stopped, as [`Painter`](crate::Painter) does.
///
/// # Errors
/// Why it is not drawn.
pub fn draw(bytes: &[u8], bounds: Bounds, fonts: &Fonts) -> Result<Picture, Refusal> {
    if bytes.len() > INPUT_LIMIT_BYTES {
        return Err(Refusal::TooManyBytes {
            bytes: bytes.len() as u64,
        });
    }
    let bounds = bounds.within_limits();
    let Drawn {
        pixels,
        natural: (width, height),
        notes,
    } = match bitmap::format_of(bytes) {
        Some(format) => bitmap::draw(bytes, format, bounds)?,
        None => vector::draw(bytes, bounds, fonts)?,
    };
    assert!(
        pixels.width() <= bounds.width && pixels.height() <= bounds.height,
        "BUG: a picture of {} × {} was drawn into {bounds:?}",
        pixels.width(),
        pixels.height()
    );
    Ok(Picture {
        png: encode(&pixels),
        width,
        height,
        notes,
    })
}

fn encode(pixels: &RgbaImage) -> Vec<u8> {
    let mut png = Vec::new();
    // It is looked at once and thrown away: time matters more than size.
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
        .write_image(
            pixels,
            pixels.width(),
            pixels.height(),
            ExtendedColorType::Rgba8,
        )
        .expect("BUG: pixels in memory can be written as a PNG");
    png
}

/// The largest size of a shape in a box, each side at least 1.
pub(crate) fn fit(width: f64, height: f64, bounds: Bounds) -> (u32, u32) {
    let scale = (f64::from(bounds.width) / width).min(f64::from(bounds.height) / height);
    let side = |natural: f64, most: u32| {
        // The cast keeps what is out of range in it.
        ((natural * scale).round() as u32).clamp(1, most)
    };
    (side(width, bounds.width), side(height, bounds.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_fits_into_a_box() {
        let bounds = Bounds {
            width: 200,
            height: 100,
        };
        for (width, height, fitted) in [
            (400.0, 100.0, (200, 50)),
            (100.0, 400.0, (25, 100)),
            (1.0, 1.0, (100, 100)),
            (1e30, 1.0, (200, 1)),
            (1.0, 1e30, (1, 100)),
            (1e-30, 1e-30, (100, 100)),
        ] {
            assert_eq!(fit(width, height, bounds), fitted, "{width} × {height}");
        }
    }
}
