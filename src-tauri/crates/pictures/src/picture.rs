//! What is asked for, and what comes of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use thousands::Separable as _;

use crate::{INPUT_LIMIT_BYTES, PIXEL_LIMIT, SIDE_LIMIT};

/// The longest explanation of a decoder that is passed on, in characters.
const REASON_LIMIT: usize = 160;

/// The box that a picture has to fit into, in pixels of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bounds {
    /// From 1 to [`SIDE_LIMIT`]; more is taken for that.
    pub width: u32,
    /// From 1 to [`SIDE_LIMIT`]; more is taken for that.
    pub height: u32,
}

impl Bounds {
    /// The bounds with sides that are drawn.
    pub(crate) fn within_limits(self) -> Self {
        Self {
            width: self.width.clamp(1, SIDE_LIMIT),
            height: self.height.clamp(1, SIDE_LIMIT),
        }
    }
}

/// A picture that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// A PNG that fits into the bounds that were asked for.
    pub png: Vec<u8>,
    /// The width that the picture has by itself, in pixels; of an SVG, in CSS pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// What the drawing does not show.
    pub notes: Vec<Note>,
}

/// Something that a drawing does not show as others would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// It moves; its first frame was drawn.
    FirstFrame,
    /// It names pictures outside of its own bytes; they were not loaded.
    OutsidePictures,
    /// It has text; the fonts are those of this machine.
    LocalFonts,
    /// It has a colour profile other than sRGB, which was not applied.
    ColourProfile,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstFrame => "Only the first frame of its animation is shown.",
            Self::OutsidePictures => "Pictures that it links to are not loaded.",
            Self::LocalFonts => "Its text is set in the fonts of this machine.",
            Self::ColourProfile => "Its colour profile is not applied.",
        })
    }
}

/// Why a picture is not drawn. Its text completes "It can't be drawn: …", without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It has too many bytes.
    TooManyBytes {
        /// How many.
        bytes: u64,
    },
    /// It has too many pixels.
    TooManyPixels {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// It has more elements, or deeper nesting, than are drawn.
    TooComplex,
    /// It takes too long.
    TooSlow {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// It takes too much memory.
    TooMuchMemory {
        /// The limit, in MiB.
        limit_mebibytes: u64,
    },
    /// It can't be read.
    Damaged {
        /// What the decoder says.
        reason: String,
    },
    /// Its width or height is zero.
    NoSize,
    /// No decoder knows it.
    UnknownFormat,
    /// The decoder stopped at it.
    Crashed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyBytes { bytes } => write!(
                f,
                "it has {}; at most {} are drawn",
                megabytes(*bytes),
                megabytes(INPUT_LIMIT_BYTES as u64)
            ),
            Self::TooManyPixels { width, height } => write!(
                f,
                "it is {} × {} pixels; at most {} million are drawn",
                width.separate_with_commas(),
                height.separate_with_commas(),
                PIXEL_LIMIT / 1_000_000
            ),
            Self::TooComplex => {
                f.write_str("it has too many elements, or they are nested too deeply")
            }
            Self::TooSlow { limit_ms } => {
                write!(f, "it takes longer than {} s", limit_ms.div_ceil(1_000))
            }
            Self::TooMuchMemory { limit_mebibytes } => write!(
                f,
                "it takes more memory than the {limit_mebibytes} MB that a drawing may use"
            ),
            Self::Damaged { reason } => write!(f, "it is damaged ({reason})"),
            Self::NoSize => f.write_str("it has no size"),
            Self::UnknownFormat => f.write_str("it is in a format that is not drawn"),
            Self::Crashed => f.write_str("the decoder failed on it"),
        }
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// It can't be read, in the words of whoever tried: one line, cut to a readable length.
    pub(crate) fn damaged(reason: impl fmt::Display) -> Self {
        let reason: String = reason.to_string();
        let plain = reason.chars().map(|c| if c.is_control() { ' ' } else { c });
        let mut reason: String = plain.take(REASON_LIMIT).collect();
        reason.truncate(reason.trim_end_matches(['.', ' ']).len());
        Self::Damaged { reason }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1024 * 1024).separate_with_commas())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_completes_a_sentence() {
        let cases = [
            (
                Refusal::TooManyBytes { bytes: 21_000_000 },
                "it has 21 MB; at most 20 MB are drawn",
            ),
            (
                Refusal::TooManyPixels {
                    width: 40_000,
                    height: 40_000,
                },
                "it is 40,000 × 40,000 pixels; at most 67 million are drawn",
            ),
            (
                Refusal::TooSlow { limit_ms: 5_000 },
                "it takes longer than 5 s",
            ),
            (
                Refusal::TooMuchMemory {
                    limit_mebibytes: 512,
                },
                "it takes more memory than the 512 MB that a drawing may use",
            ),
            (
                Refusal::damaged("unexpected\nend of file."),
                "it is damaged (unexpected end of file)",
            ),
        ];
        for (refusal, sentence) in cases {
            assert_eq!(refusal.to_string(), sentence);
        }
    }

    #[test]
    fn what_a_decoder_says_is_cut() {
        let Refusal::Damaged { reason } = Refusal::damaged("é".repeat(10_000)) else {
            panic!("damaged is damaged");
        };
        assert_eq!(reason.chars().count(), REASON_LIMIT);
    }
}
