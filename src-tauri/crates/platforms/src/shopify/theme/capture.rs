//! Capturing a theme: checksums of all files first, then the contents of those that changed, fifty in a request.
//!
//! Memory: the paths and checksums, and the contents of a few requests.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use slipway_domain::ResourceKey;
use slipway_engine::{CaptureSink, Captured, Content, PlatformError, Scope, Stamp, Unreadable};

use super::super::capture::{deliver, tell};
use super::super::store::Store;
use super::files::{self, BODY_PAGE, Bodies, ThemeFile};
use super::key_of;
use crate::theme_content;

/// How many requests for contents are under way at once.
const REQUESTS_AT_ONCE: usize = 4;

/// Captures what lies in a scope of the chosen theme.
pub(in super::super) async fn capture(
    store: &Store,
    scope: &Scope,
    sink: &Arc<dyn CaptureSink>,
) -> Result<(), PlatformError> {
    let (theme, checksums) = store.theme.read(store).await?;
    let mut unchanged = Vec::new();
    let mut changed = Vec::new();
    for (path, checksum) in checksums {
        let Some(key) = key_of(&path) else {
            if *scope == Scope::Everything {
                tell(sink, misnamed(path)).await?;
            }
            continue;
        };
        if !scope.covers(&key) || sink.is_ignored(&key) {
            continue;
        }
        let stamp = checksum.map(stamp_of);
        match sink.known(&key) {
            Some(known) if Some(&known.stamp) == stamp.as_ref() => unchanged.push(Captured {
                key,
                content: Content::Unchanged(known.version),
                stamp,
            }),
            _ => changed.push(path),
        }
    }
    deliver(sink, unchanged).await?;
    let portions: Vec<Vec<String>> = changed.chunks(BODY_PAGE).map(<[String]>::to_vec).collect();
    let id = theme.id.as_str();
    let mut answers = stream::iter(portions)
        .map(|paths| async move { files::bodies(store, id, &paths).await })
        .buffer_unordered(REQUESTS_AT_ONCE);
    while let Some(Bodies { read, unreadable }) = answers.try_next().await? {
        let read = read.into_iter().filter_map(captured).collect();
        deliver(sink, read).await?;
        for (path, why) in unreadable {
            tell(sink, unread(key_of(&path), path, &why)).await?;
        }
    }
    Ok(())
}

/// What a capture delivers for a file that a store made of this document.
pub(in super::super) fn as_captured(key: &ResourceKey, bytes: &[u8]) -> Option<Captured> {
    let bytes = theme_content::as_kept(key.name(), bytes).into_owned();
    captured(ThemeFile {
        path: key.name().to_owned(),
        checksum: Some(files::checksum_of(&bytes)),
        bytes,
    })
}

fn captured(file: ThemeFile) -> Option<Captured> {
    let ThemeFile {
        path,
        checksum,
        bytes,
    } = file;
    Some(Captured {
        key: key_of(&path)?,
        content: Content::Bytes {
            digest: Some(theme_content::digest_in_store(&path, &bytes)),
            bytes,
        },
        stamp: checksum.map(stamp_of),
    })
}

/// The sign of a file: its checksum, and the rule by which versions are digested. One of an older rule is read anew.
fn stamp_of(checksum: [u8; 16]) -> Stamp {
    const RULE: u8 = 2;
    let mut sign = vec![RULE];
    sign.extend(checksum);
    Stamp(sign.into())
}

/// A file whose name no theme file can have, as far as this program knows. It stays as it is.
fn misnamed(path: String) -> Unreadable {
    Unreadable {
        key: None,
        message: "has a name that no file of a theme can have, and is left as it is".to_owned(),
        place: path,
        line: None,
        column: None,
        hint: "Look at it in the store's code editor.".to_owned(),
    }
}

fn unread(key: Option<ResourceKey>, path: String, why: &str) -> Unreadable {
    Unreadable {
        key,
        message: format!("can't be read from the theme: {why}"),
        place: path,
        line: None,
        column: None,
        hint: "Capture again; if it stays so, look at the file in the store's code editor."
            .to_owned(),
    }
}
