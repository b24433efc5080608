//! Staged uploads, and the addresses at which files, theme files and results are served.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;

use super::answer::Answered;
use super::host::Host;
use super::state::Body;

/// A value of a form, as `application/x-www-form-urlencoded` writes it.
pub(crate) fn form_value(form: &str, name: &str) -> Option<String> {
    form.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| unescape(value))
    })
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.unwrap_or(b'0'));
                let digits = String::from_utf8_lossy(&digits).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) async fn upload(
    _host: &Arc<Host>,
    _parts: &Parts,
    _key: &str,
    _body: Bytes,
) -> Answered {
    Answered::refused(404, "Not Found")
}

/// Serves the bytes at a path below the shop's address.
pub(crate) async fn download(host: &Arc<Host>, path: &str) -> Answered {
    let served = host.state().bytes.get(path).cloned();
    let Some(served) = served else {
        return Answered::refused(404, "Not Found");
    };
    match &served.body {
        Body::Memory(bytes) => Answered::new(200, &served.content_type, bytes.clone()),
        Body::File(path) => match std::fs::read(path) {
            Ok(bytes) => Answered::new(200, &served.content_type, bytes),
            Err(_) => Answered::refused(404, "Not Found"),
        },
    }
}
