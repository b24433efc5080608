//! Staged uploads, and the addresses at which files, theme files and results are served.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::Method;
use http::request::Parts;

use super::answer::Answered;
use super::host::Host;
use super::seed;
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

/// Takes an upload: the bytes of a PUT at their key, or the file of a form at the key that the form names.
pub(crate) async fn upload(host: &Arc<Host>, parts: &Parts, key: &str, body: Bytes) -> Answered {
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let content_type = header("content-type")
        .unwrap_or("application/octet-stream")
        .to_owned();
    let keep = |key: &str, content_type: &str, bytes: Bytes| {
        let url = format!("{}/uploads/{key}", host.base_url);
        host.library().add(&url, content_type, Body::Memory(bytes));
        url
    };
    match parts.method {
        Method::GET => return serve(host, &format!("uploads/{key}")),
        Method::PUT => {
            keep(key, &content_type, body);
            return Answered::new(200, "text/plain", "");
        }
        Method::POST => {}
        _ => return Answered::refused(404, "Not Found"),
    }
    let Ok(boundary) = multer::parse_boundary(&content_type) else {
        return Answered::refused(400, "An upload by POST must be a form with a file");
    };
    let whole = stream::once(async move { Ok::<_, std::io::Error>(body) });
    let mut form = multer::Multipart::new(whole, boundary);
    let mut wanted = None;
    let mut mime = String::from("application/octet-stream");
    while let Ok(Some(field)) = form.next_field().await {
        match field.name().unwrap_or_default() {
            "key" => wanted = field.text().await.ok(),
            "Content-Type" | "content-type" => mime = field.text().await.unwrap_or(mime),
            "file" => {
                let Some(key) = wanted.filter(|key| key.starts_with("tmp/")) else {
                    return Answered::refused(400, "The form must name a key before its file");
                };
                let Ok(bytes) = field.bytes().await else {
                    return Answered::refused(400, "The form's file is incomplete");
                };
                let url = keep(&key, &mime, bytes);
                let answer = format!(
                    "<?xml version='1.0' encoding='UTF-8'?><PostResponse><Location>{url}</Location><Key>{key}</Key></PostResponse>"
                );
                return Answered::new(201, "application/xml", answer);
            }
            _ => {}
        }
    }
    Answered::refused(400, "The form holds no file")
}

/// Serves the bytes at a path below the shop's address.
pub(crate) async fn download(host: &Arc<Host>, path: &str) -> Answered {
    serve(host, path)
}

fn serve(host: &Host, path: &str) -> Answered {
    let served = host
        .library()
        .get(&format!("{}/{}", host.base_url, unescape_path(path)));
    let Some(served) = served else {
        let generated = path
            .strip_prefix("files/")
            .and_then(|name| seed::picture(&host.state(), name));
        return match generated {
            Some(picture) => Answered::new(200, "image/svg+xml", picture),
            None => Answered::refused(404, "Not Found"),
        };
    };
    match &served.body {
        Body::Memory(bytes) => Answered::new(200, &served.content_type, bytes.clone()),
        Body::File(path) => match std::fs::File::open(path) {
            Ok(file) => Answered::file(&served.content_type, file),
            Err(_) => Answered::refused(404, "Not Found"),
        },
    }
}

/// A path with what was written as `%20` and the like.
fn unescape_path(path: &str) -> String {
    unescape(&path.replace('+', "%2B"))
}
