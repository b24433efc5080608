//! A release as a patch.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rayon::prelude::*;
use slipway_diff::patch::{
    Extension, Named, PatchOptions, Sides, file_names, readable, write_patch,
};
use slipway_domain::{Change, ChangeKind, ResourceKey};
use slipway_engine::Engine;

use crate::carried;
use crate::session::Api;
use crate::wire::{ApiError, Patch, PatchGet};

/// The largest patch, in bytes.
const PATCH_LIMIT_BYTES: usize = 512 * 1024 * 1024;

pub(crate) async fn patch(api: &Api, request: PatchGet) -> Result<Patch, ApiError> {
    let bytes = api.patch_bytes(request).await?;
    Ok(Patch {
        base64: BASE64_STANDARD.encode(bytes),
    })
}

impl Api {
    /// The patch of a release as bytes, for hosts in whose process it is not carried as text.
    ///
    /// # Errors
    /// When there is no such release, it does not change the resource, or the patch is too large.
    pub async fn patch_bytes(&self, request: PatchGet) -> Result<Vec<u8>, ApiError> {
        self.on_disk(move |workspace| {
            let PatchGet {
                release,
                resource,
                unified,
            } = request;
            let engine = &workspace.engine;
            let state = workspace.state()?;
            let release = engine.release(&state, &release)?;
            let target = engine.environment(&state, release.target.as_str())?;
            let mut changes = engine.changes(&release)?;
            if let Some(resource) = &resource {
                changes.retain(|change| change.resource == *resource);
                if changes.is_empty() {
                    return Err(ApiError::invalid(
                        format!("{} does not change {resource}", release.tag),
                        "Look at its changes again.",
                    ));
                }
            }
            let options =
                unified.map_or_else(PatchOptions::default, |context| PatchOptions { context });
            let keys: Vec<ResourceKey> = changes
                .iter()
                .map(|change| change.resource.clone())
                .collect();
            let paths = engine.paths_of(&target, &keys)?;
            let named: Vec<Named<'_>> = changes
                .iter()
                .zip(&paths)
                .map(|(change, path)| named(change, path.as_deref()))
                .collect();
            let mut files: Vec<(String, (&Change, Form))> = file_names(&named)
                .into_iter()
                .zip(changes.iter().zip(paths.iter().map(Form::of)))
                .collect();
            files.sort_by(|(a, _), (b, _)| a.cmp(b));
            let size = AtomicUsize::new(0);
            let parts: Vec<Vec<u8>> = files
                .par_iter()
                .map(|(path, (change, form))| {
                    let part = patch_of(engine, path, change, *form, options)?;
                    let size = size.fetch_add(part.len(), Ordering::Relaxed) + part.len();
                    if size > PATCH_LIMIT_BYTES {
                        return Err(ApiError::refused(
                            format!(
                                "The patch of {} has more than {} MiB",
                                release.tag,
                                PATCH_LIMIT_BYTES / 1024 / 1024
                            ),
                            "Ask for the patch of single resources.",
                        ));
                    }
                    Ok(part)
                })
                .collect::<Result<_, _>>()?;
            Ok(parts.concat())
        })
        .await
    }
}

/// A change as its file in a patch is named.
fn named<'a>(change: &'a Change, own: Option<&'a str>) -> Named<'a> {
    let key = &change.resource;
    Named {
        family: key.family(),
        kind: key.kind(),
        name: key.name(),
        own,
        extension: match key.is_theme_file() {
            true => Extension::AsNamed,
            false => Extension::Json,
        },
        sides: match change.kind() {
            ChangeKind::Created => Sides::After,
            ChangeKind::Deleted => Sides::Before,
            ChangeKind::Modified => Sides::Both,
        },
    }
}

/// How a document stands in a patch.
#[derive(Clone, Copy)]
enum Form {
    /// To the byte: it is a file where it lives, and the patch can be applied there.
    AsItIs,
    /// Laid out to be read: it is an object of a store.
    Readable,
}

impl Form {
    fn of(path: &Option<String>) -> Self {
        match path {
            Some(_) => Self::AsItIs,
            None => Self::Readable,
        }
    }
}

fn patch_of(
    engine: &Engine,
    path: &str,
    change: &Change,
    form: Form,
    options: PatchOptions,
) -> Result<Vec<u8>, ApiError> {
    let document = |side: &Option<_>| {
        let version = side.as_ref();
        let bytes = version
            .map(|version| engine.document(version))
            .transpose()?;
        Ok::<_, ApiError>(match (form, bytes) {
            // What is no document is shown as it is.
            (Form::Readable, Some(bytes)) => {
                let bytes = carried::named(&change.resource, bytes);
                Some(readable(&bytes).unwrap_or(bytes))
            }
            (_, bytes) => bytes,
        })
    };
    let (before, after) = (document(&change.before)?, document(&change.after)?);
    let mut part = Vec::new();
    write_patch(
        &mut part,
        path,
        before.as_deref(),
        after.as_deref(),
        options,
    )
    .expect("BUG: memory takes what is written");
    Ok(part)
}
