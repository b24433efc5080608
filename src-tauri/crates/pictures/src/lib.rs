//! Pictures from outside, drawn as bitmaps of our own.
//!
//! A picture in a capture is hostile until it is drawn: it can ask for more time, memory and pixels than there are. So
//! [`draw()`] has limits of its own, and [`Painter`] has it called in a child process that can be killed. What comes back is a
//! PNG that this program wrote, or a [`Refusal`] that says why there is none.
//!
//! Deliberately absent: everything of Slipway's (blobs, releases, the wire to the page), and any way for a picture to reach
//! beyond its own bytes. An SVG loads no file and no address.

mod bitmap;
pub mod child;
mod draw;
mod frames;
mod painter;
mod picture;
mod vector;

pub use draw::draw;
pub use painter::{Limits, Painter, Undrawn, hide_own_variables};
pub use picture::{Bounds, Note, Picture, Refusal};
pub use vector::Fonts;

/// The largest picture that is drawn, in bytes.
pub const INPUT_LIMIT_BYTES: usize = 20 * 1024 * 1024;
/// The most pixels that a bitmap may have.
pub const PIXEL_LIMIT: u64 = 64 * 1024 * 1024;
/// The most pixels that a drawn picture has on a side.
pub const SIDE_LIMIT: u32 = 2_048;
