//! HTTP answers, whole or broken.

use std::io::{self, Read as _};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use serde_json::{Value, json};

/// A body that may break off.
pub(crate) type AnswerBody = BoxBody<Bytes, io::Error>;

/// How much of a file is read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// What becomes of a request.
pub(crate) struct Answered {
    pub(crate) response: Response<AnswerBody>,
    pub(crate) ending: Ending,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The answer is sent.
    Whole,
    /// The connection closes without it.
    Lost,
    /// The connection is reset without it.
    Reset,
}

impl Answered {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut response = Response::new(whole(body.into()));
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = HeaderValue::from_str(content_type);
        if let Ok(content_type) = content_type {
            response
                .headers_mut()
                .insert(http::header::CONTENT_TYPE, content_type);
        }
        Self {
            response,
            ending: Ending::Whole,
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// A file, sent as it is read.
    pub(crate) fn file(content_type: &str, mut file: std::fs::File) -> Self {
        let length = file.metadata().map_or(0, |meta| meta.len());
        let pieces = std::iter::from_fn(move || {
            let mut piece = vec![0; PIECE_BYTES];
            match file.read(&mut piece) {
                Ok(0) => None,
                Ok(count) => {
                    piece.truncate(count);
                    Some(Ok(Frame::data(Bytes::from(piece))))
                }
                Err(error) => Some(Err(error)),
            }
        });
        let mut answered = Self::new(200, content_type, "");
        *answered.response.body_mut() = BodyExt::boxed(StreamBody::new(stream::iter(pieces)));
        answered.header("content-length", &length.to_string())
    }

    /// An error of the layer in front of GraphQL: `{"errors": …}`.
    pub(crate) fn refused(status: u16, errors: &str) -> Self {
        Self::json(status, &json!({"errors": errors}))
    }

    /// The connection closes instead.
    pub(crate) fn cut(ending: Ending) -> Self {
        Self {
            ending,
            ..Self::new(500, "text/plain", "")
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.response.headers_mut().insert(name, value);
        }
        self
    }

    /// Breaks the body off in its middle, though the whole length is announced.
    pub(crate) fn half(mut self, body: &Bytes) -> Self {
        let half = body.slice(..body.len() / 2);
        let broken = io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "broken off, as a fault asked for",
        );
        let frames = stream::iter([Ok(Frame::data(half)), Err(broken)]);
        *self.response.body_mut() = BodyExt::boxed(StreamBody::new(frames));
        self.header("content-length", &body.len().to_string())
    }
}

fn whole(body: Bytes) -> AnswerBody {
    Full::new(body).map_err(|never| match never {}).boxed()
}
