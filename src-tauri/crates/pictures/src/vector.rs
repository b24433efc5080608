//! SVG. It reaches nothing beyond its own bytes: links to files and addresses are left out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use image::RgbaImage;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, FontResolver, ImageHrefResolver, Options, Tree, fontdb};

use crate::bitmap::demultiplied;
use crate::draw::{Drawn, fit};
use crate::picture::{Bounds, Note, Refusal};

/// The fonts of this machine, read when the first text needs them.
///
/// Text is drawn, because a logo or a badge without its words would look like a change that nobody made.
#[derive(Debug, Default)]
pub struct Fonts(OnceLock<Arc<fontdb::Database>>);

impl Fonts {
    fn database(&self) -> &Arc<fontdb::Database> {
        self.0.get_or_init(|| {
            let mut database = fontdb::Database::new();
            database.load_system_fonts();
            Arc::new(named(database))
        })
    }
}

/// Gives generic families a font where the system names none that is there.
fn named(mut database: fontdb::Database) -> fontdb::Database {
    use fontdb::{Database, Family};
    type Set = fn(&mut Database, String);
    let Some(any) = database
        .faces()
        .find_map(|face| face.families.first().map(|(name, _)| name.clone()))
    else {
        return database;
    };
    let generic: [(Family, Set); 5] = [
        (Family::SansSerif, Database::set_sans_serif_family),
        (Family::Serif, Database::set_serif_family),
        (Family::Monospace, Database::set_monospace_family),
        (Family::Cursive, Database::set_cursive_family),
        (Family::Fantasy, Database::set_fantasy_family),
    ];
    for (family, set) in generic {
        let query = fontdb::Query {
            families: &[family],
            ..fontdb::Query::default()
        };
        if database.query(&query).is_none() {
            set(&mut database, any.clone());
        }
    }
    database
}

/// Draws an SVG as large as fits into the box.
pub(crate) fn draw(bytes: &[u8], bounds: Bounds, fonts: &Fonts) -> Result<Drawn, Refusal> {
    let has_text = AtomicBool::new(false);
    let links_outside = AtomicBool::new(false);
    let select_font = FontResolver::default_font_selector();
    let options = Options {
        font_family: "sans-serif".to_owned(),
        image_href_resolver: ImageHrefResolver {
            resolve_data: ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| {
                links_outside.store(true, Ordering::Relaxed);
                None
            }),
        },
        font_resolver: FontResolver {
            select_font: Box::new(|font, database| {
                has_text.store(true, Ordering::Relaxed);
                if database.is_empty() {
                    *database = fonts.database().clone();
                }
                select_font(font, database)
            }),
            select_fallback: FontResolver::default_fallback_selector(),
        },
        ..Options::default()
    };
    let tree = Tree::from_data(bytes, &options).map_err(refusal)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let (to_width, to_height) = fit(width.into(), height.into(), bounds);
    let mut pixmap = Pixmap::new(to_width, to_height).ok_or(Refusal::NoSize)?;
    let scale = Transform::from_scale(to_width as f32 / width, to_height as f32 / height);
    resvg::render(&tree, scale, &mut pixmap.as_mut());
    let mut pixels = RgbaImage::from_raw(to_width, to_height, pixmap.take())
        .expect("BUG: a pixmap has four bytes a pixel");
    for pixel in pixels.pixels_mut() {
        pixel.0 = demultiplied(pixel.0);
    }
    let notes = [
        (&links_outside, Note::OutsidePictures),
        (&has_text, Note::LocalFonts),
    ];
    Ok(Drawn {
        pixels,
        natural: (whole(width), whole(height)),
        notes: notes
            .into_iter()
            .filter_map(|(seen, note)| seen.load(Ordering::Relaxed).then_some(note))
            .collect(),
    })
}

/// A length in whole pixels, at least one.
fn whole(length: f32) -> u32 {
    // The cast keeps what is out of range in it.
    (length.round() as u32).max(1)
}

fn refusal(error: usvg::Error) -> Refusal {
    match error {
        usvg::Error::NotAnUtf8Str => Refusal::damaged("its text is not UTF-8"),
        usvg::Error::ElementsLimitReached
        | usvg::Error::ParsingFailed(usvg::roxmltree::Error::NodesLimitReached) => {
            Refusal::TooComplex
        }
        usvg::Error::InvalidSize => Refusal::NoSize,
        usvg::Error::SvgzFeatureNotEnabled | usvg::Error::MalformedGZip => Refusal::UnknownFormat,
        usvg::Error::ParsingFailed(error) => Refusal::damaged(error),
    }
}
