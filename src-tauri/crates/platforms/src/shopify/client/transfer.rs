//! Files to and from the addresses that the store names: contents, staged uploads, results of bulk operations.
//!
//! Invariant: an address that the store names is fetched without a token, and only over https; one of this machine or of a private
//! network only where the store's own address is such a one.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use slipway_engine::PlatformError;
use url::Url;

use super::super::failure::{refused, unavailable};
use super::super::settings::check_address;
use super::{Client, FIRST_PAUSE, TRY_LIMIT, answer, places};

/// How long one file may take.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(600);

/// A place that the store prepared for an upload.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Upload {
    /// Where it goes.
    url: Option<Url>,
    /// By which the store knows it afterwards.
    pub(in super::super) resource_url: Option<String>,
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, Deserialize)]
struct Parameter {
    name: String,
    value: String,
}

impl Client {
    /// Fetches a file of at most `limit_bytes`; nothing when it is larger.
    pub(in super::super) async fn download(
        &self,
        what: &str,
        url: &str,
        limit_bytes: u64,
    ) -> Result<Option<Vec<u8>>, PlatformError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.download_once(what, url, limit_bytes).await {
                Err(PlatformError::Unavailable { .. }) if tries < TRY_LIMIT => {
                    tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(tries - 1)).await;
                }
                done => return done,
            }
        }
    }

    async fn download_once(
        &self,
        what: &str,
        url: &str,
        limit_bytes: u64,
    ) -> Result<Option<Vec<u8>>, PlatformError> {
        let mut stream = self.stream(what, url, 0).await?;
        let mut bytes = Vec::new();
        while let Some(part) = stream.next().await {
            let part = part?;
            if (bytes.len() + part.len()) as u64 > limit_bytes {
                return Ok(None);
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Some(bytes))
    }

    /// Streams a file from a byte onwards.
    pub(in super::super) async fn stream(
        &self,
        what: &str,
        url: &str,
        from_byte: u64,
    ) -> Result<BoxStream<'static, Result<Bytes, PlatformError>>, PlatformError> {
        let url = self.checked(what, url)?;
        let mut request = self
            .inner
            .connections
            .files()?
            .get(url)
            .timeout(TRANSFER_TIMEOUT);
        if from_byte > 0 {
            request = request.header("range", format!("bytes={from_byte}-"));
        }
        let response = request
            .send()
            .await
            .map_err(|error| answer::unreachable(what, &error))?;
        let status = response.status().as_u16();
        // A server that does not know ranges sends the whole.
        let skip = if status == 206 { 0 } else { from_byte };
        if !response.status().is_success() {
            let message = format!("{what} can't be fetched (status {status}).");
            // An address that leads on to another one is none that the store named.
            return Err(if (300..500).contains(&status) && status != 429 {
                refused(
                    message,
                    "Capture the store again: the address may have ended.",
                )
            } else {
                unavailable(message, "Try again in a moment.")
            });
        }
        let what = what.to_owned();
        let mut to_skip = skip;
        let parts = response.bytes_stream().filter_map(move |part| {
            let part = part
                .map_err(|error| answer::unreachable(&what, &error))
                .map(|mut part| {
                    let cut = usize::try_from(to_skip)
                        .unwrap_or(usize::MAX)
                        .min(part.len());
                    to_skip -= cut as u64;
                    part.split_off(cut)
                });
            let is_empty = part.as_ref().is_ok_and(Bytes::is_empty);
            std::future::ready((!is_empty).then_some(part))
        });
        Ok(parts.boxed())
    }

    /// Sends a file to the place that the store prepared: a form with the file last (shopify.dev, API limits).
    pub(in super::super) async fn upload(
        &self,
        to: &Upload,
        filename: &str,
        mime_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), PlatformError> {
        let what = format!("The upload of {filename}");
        let url = to.url.as_ref().map(Url::as_str).unwrap_or_default();
        let url = self.checked(&what, url)?;
        let mut form = Form::new();
        for Parameter { name, value } in &to.parameters {
            form = form.text(name.clone(), value.clone());
        }
        let part = Part::bytes(bytes)
            .file_name(filename.to_owned())
            .mime_str(mime_type)
            .map_err(|_| {
                refused(
                    format!("`{mime_type}` is no media type, so {filename} can't be uploaded."),
                    "Leave the file out of the release and add it in the store.",
                )
            })?;
        let request = self
            .inner
            .connections
            .files()?
            .post(url)
            .timeout(TRANSFER_TIMEOUT);
        let response = request
            .multipart(form.part("file", part))
            .send()
            .await
            // Nothing refers to it yet: sending it again does no harm.
            .map_err(|error| answer::unreachable(&what, &error))?;
        match response.status().as_u16() {
            200..=299 => Ok(()),
            status @ 400..=499 => Err(refused(
                format!("{what} was refused (status {status})."),
                "See whether the store takes files of this type and size.",
            )),
            status => Err(unavailable(
                format!("{what} failed (status {status})."),
                "Try again in a moment.",
            )),
        }
    }

    /// An address that the store named, if it may be reached.
    fn checked(&self, what: &str, url: &str) -> Result<Url, PlatformError> {
        let url = Url::parse(url).map_err(|_| {
            refused(
                format!("{what} has no address that can be reached."),
                "Look at the file in the store; upload it there again.",
            )
        })?;
        check_address(&url)?;
        if places::is_public(&url) || !self.inner.settings.is_public() {
            return Ok(url);
        }
        Err(refused(
            format!(
                "{what} is said to be at an address of this machine or of a private network; it was not asked for."
            ),
            "See whether the store was tampered with.",
        ))
    }
}
