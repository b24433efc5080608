//! Pictures of changes: read from the workspace, drawn by the host, remembered. No captured byte goes from here to the page.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use slipway_domain::BlobHash;

use crate::carried::shown;
use crate::host::{Drawn, Host, Undrawn};
use crate::kept::Kept;
use crate::session::{Api, on_disk};
use crate::turns::Turns;
use crate::wire::{ApiError, PictureGet, PictureView};
use crate::workspace::Workspace;

/// The most pixels on a side that may be asked for.
const SIDE_LIMIT: u32 = 2_048;
/// The largest document that a picture is looked for in, in bytes: one of 20 MiB in base 64, and the fields beside it.
const DOCUMENT_LIMIT_BYTES: u64 = 28 * 1024 * 1024;
/// How many pictures are drawn at once.
const AT_ONCE: usize = 2;
/// How many wait to be drawn.
const WAITING_MAX: usize = 64;
/// How many drawings are kept.
const DRAWN_LIMIT: usize = 512;
/// How many bytes they have together, in base 64.
const DRAWN_LIMIT_BYTES: usize = 32 * 1024 * 1024;
/// How many refusals are kept.
const REFUSED_LIMIT: usize = 4_096;

/// A picture in a box.
type Asked = (BlobHash, u32, u32);

/// The pictures that were looked at last, and who is drawn next.
#[derive(Debug)]
pub(crate) struct Pictures {
    drawn: Kept<Asked, Arc<PictureView>>,
    /// What was refused in one size is not tried in another: a bomb costs its time once.
    refused: Kept<BlobHash, Arc<PictureView>>,
    turns: Turns,
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            drawn: Kept::new(DRAWN_LIMIT, DRAWN_LIMIT_BYTES),
            refused: Kept::new(REFUSED_LIMIT, usize::MAX),
            turns: Turns::new(AT_ONCE, WAITING_MAX),
        }
    }
}

impl Pictures {
    fn known(&self, asked: &Asked) -> Option<Arc<PictureView>> {
        self.refused.get(&asked.0).or_else(|| self.drawn.get(asked))
    }

    fn keep(&self, asked: Asked, view: Arc<PictureView>) {
        match &*view {
            PictureView::Drawn { png, .. } => {
                let weight = png.len();
                self.drawn.put(asked, view, weight);
            }
            PictureView::Refused { .. } => self.refused.put(asked.0, view, 0),
        }
    }
}

/// The picture of a blob in a box, or why there is none.
pub(crate) async fn view(api: &Api, request: PictureGet) -> Result<PictureView, ApiError> {
    let PictureGet {
        blob,
        width,
        height,
    } = request;
    if ![width, height]
        .iter()
        .all(|side| (1..=SIDE_LIMIT).contains(side))
    {
        return Err(ApiError::invalid(
            format!("A picture is drawn with 1 to {SIDE_LIMIT} pixels on a side"),
            "",
        ));
    }
    let workspace = api.workspace()?;
    let pictures = &workspace.pictures;
    let asked = (blob, width, height);
    if let Some(known) = pictures.known(&asked) {
        return Ok((*known).clone());
    }
    let _turn = pictures.turns.take().await.ok_or_else(busy)?;
    // Somebody else may have had it drawn meanwhile.
    if let Some(known) = pictures.known(&asked) {
        return Ok((*known).clone());
    }
    let view = Arc::new(draw(&*api.host, &workspace, asked).await?);
    pictures.keep(asked, view.clone());
    Ok((*view).clone())
}

async fn draw(
    host: &dyn Host,
    workspace: &Arc<Workspace>,
    (blob, width, height): Asked,
) -> Result<PictureView, ApiError> {
    let held = workspace.clone();
    let (mime, bytes) = match on_disk(move || read(&held, &blob)).await? {
        Source::Picture(mime, bytes) => (mime, bytes),
        Source::TooLarge(bytes) => {
            let limit = DOCUMENT_LIMIT_BYTES / 1024 / 1024;
            let size = bytes.div_ceil(1024 * 1024);
            let reason = format!("it has {size} MB; at most {limit} MB are read");
            return Ok(refused("", &reason));
        }
    };
    match host.draw(bytes, width, height).await {
        Ok(Drawn {
            png,
            width,
            height,
            notes,
        }) => Ok(PictureView::Drawn {
            png: BASE64_STANDARD.encode(png),
            width,
            height,
            notes,
        }),
        Err(Undrawn::Refused(reason)) => Ok(refused(&mime, &reason)),
        Err(Undrawn::Failed(message)) => Err(ApiError {
            retryable: true,
            ..ApiError::failed(message, "Try again.")
        }),
    }
}

/// What a blob holds for the eye.
enum Source {
    /// A picture: its type and its bytes.
    Picture(String, Vec<u8>),
    /// More bytes than are looked at.
    TooLarge(u64),
}

fn read(workspace: &Workspace, blob: &BlobHash) -> Result<Source, ApiError> {
    let missing = || ApiError::invalid(format!("The workspace does not hold {}", blob.short()), "");
    let (size, bytes) = workspace.engine.store().read(|reader| {
        let size = reader.blob_size(blob)?;
        let small = size.is_some_and(|size| size <= DOCUMENT_LIMIT_BYTES);
        let bytes = if small { reader.blob(blob)? } else { None };
        Ok((size, bytes))
    })?;
    let size = size.ok_or_else(missing)?;
    if size > DOCUMENT_LIMIT_BYTES {
        return Ok(Source::TooLarge(size));
    }
    let (mime, bytes) = shown(bytes.ok_or_else(missing)?).ok_or_else(|| {
        ApiError::invalid(
            format!("{} is not an image", blob.short()),
            "Look at it as text.",
        )
    })?;
    Ok(Source::Picture(mime, bytes))
}

fn refused(mime: &str, reason: &str) -> PictureView {
    let kind = match mime {
        "image/svg+xml" => "SVG",
        "image/png" => "PNG",
        "image/jpeg" => "JPEG",
        "image/gif" => "GIF",
        "image/webp" => "WebP image",
        _ => "image",
    };
    PictureView::Refused {
        message: format!("This {kind} can't be drawn: {reason}."),
    }
}

fn busy() -> ApiError {
    ApiError {
        retryable: true,
        ..ApiError::failed(
            "Many other images are waiting to be drawn",
            "Scroll to it again.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(digit: char) -> BlobHash {
        let text = digit.to_string().repeat(64);
        text.parse().expect("a digest")
    }

    fn drawn(bytes: usize) -> Arc<PictureView> {
        Arc::new(PictureView::Drawn {
            png: "A".repeat(bytes),
            width: 1,
            height: 1,
            notes: Vec::new(),
        })
    }

    #[test]
    fn drawings_are_known_by_their_box_and_refusals_by_the_picture() {
        let pictures = Pictures::default();
        pictures.keep((blob('a'), 100, 100), drawn(10));
        assert!(pictures.known(&(blob('a'), 100, 100)).is_some());
        assert!(
            pictures.known(&(blob('a'), 200, 100)).is_none(),
            "another box takes another drawing"
        );
        pictures.keep(
            (blob('b'), 100, 100),
            Arc::new(refused("image/svg+xml", "it takes longer than 5 s")),
        );
        let known = pictures.known(&(blob('b'), 200, 100));
        assert_eq!(
            known.as_deref(),
            Some(&PictureView::Refused {
                message: "This SVG can't be drawn: it takes longer than 5 s.".to_owned()
            }),
            "a refusal holds for every box"
        );
    }

    #[test]
    fn drawings_take_no_more_memory_than_they_may() {
        let pictures = Pictures::default();
        pictures.keep((blob('c'), 1, 1), Arc::new(refused("", "it is damaged")));
        for side in 1..=40 {
            pictures.keep((blob('a'), side, 1), drawn(1024 * 1024));
        }
        let held = (1..=40).filter(|side| pictures.known(&(blob('a'), *side, 1)).is_some());
        assert_eq!(held.count(), DRAWN_LIMIT_BYTES / 1024 / 1024);
        assert!(
            pictures.known(&(blob('c'), 1, 1)).is_some(),
            "drawings push no refusal out"
        );
    }
}
