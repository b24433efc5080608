//! Addresses inside texts: those of the store and its files on the way out, and back on the way in.

use std::borrow::Cow;

use super::super::names::filename;
use super::super::store::Facts;
use super::refs::name_end;
use super::{FILE_LINK, STORE_LINK};

/// Where the vendor serves the files of all stores.
const CDN: &str = "cdn.shopify.com";

/// What an address means.
#[derive(Debug, PartialEq, Eq)]
enum Address<'t> {
    /// A file of the store, and what follows its name, without the version.
    File(String, String),
    /// Another place in the store: path and what follows it.
    Store(&'t str),
    /// Somewhere else.
    Elsewhere,
}

/// Makes the addresses in a text portable.
pub(super) fn outward<'t>(facts: &Facts, text: &'t str) -> Cow<'t, str> {
    rewritten(text, |address| match judge(facts, address) {
        Address::File(name, rest) => Some(format!("{FILE_LINK}{name}{rest}")),
        Address::Store(path) => Some(format!("{STORE_LINK}{path}")),
        Address::Elsewhere => None,
    })
}

/// Calls `replace` with every absolute address in a text, with or without its scheme.
fn rewritten<'t>(text: &'t str, replace: impl Fn(&str) -> Option<String>) -> Cow<'t, str> {
    let mut written: Option<String> = None;
    let mut copied = 0;
    let mut from = 0;
    while let Some(at) = text[from..].find("//").map(|at| from + at) {
        let start = ["https:", "http:"]
            .iter()
            .find(|scheme| text[..at].ends_with(*scheme))
            .map_or(at, |scheme| at - scheme.len());
        let is_end =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | '\\' | ',');
        let end = text[at..]
            .find(is_end)
            .map_or(text.len(), |length| at + length);
        if start >= copied
            && let Some(replacement) = replace(&text[start..end])
        {
            let written = written.get_or_insert_default();
            written.push_str(&text[copied..start]);
            written.push_str(&replacement);
            copied = end;
        }
        from = end.max(at + 2);
    }
    match written {
        None => Cow::Borrowed(text),
        Some(mut written) => {
            written.push_str(&text[copied..]);
            Cow::Owned(written)
        }
    }
}

fn judge<'t>(facts: &Facts, address: &'t str) -> Address<'t> {
    let Some((_, rest)) = address.split_once("//") else {
        return Address::Elsewhere;
    };
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = host.to_ascii_lowercase();
    let is_own = facts.hosts.contains(&host);
    let serves_files = is_own || facts.base.as_ref() == Some(&host);
    let path_only = path.split(['?', '#']).next().unwrap_or_default();
    let is_file = (host == CDN && path.starts_with("/s/files/"))
        || (serves_files && (path.contains("/cdn/shop/") || path.contains("/s/files/")));
    let folder = path_only.rsplit('/').nth(1).unwrap_or_default();
    if is_file && matches!(folder, "files" | "products" | "videos") {
        return match filename(path) {
            Some(name) if name_end(&name) == name.len() => {
                Address::File(name, without_version(&path[path_only.len()..]))
            }
            _ => Address::Elsewhere,
        };
    }
    if is_own {
        return Address::Store(path.strip_prefix('/').unwrap_or(path));
    }
    Address::Elsewhere
}

/// What follows a path, without the version that the store gave the file.
fn without_version(rest: &str) -> String {
    let (query, fragment) = rest.split_at(rest.find('#').unwrap_or(rest.len()));
    let kept: Vec<&str> = query
        .trim_start_matches('?')
        .split("&amp;")
        .flat_map(|part| part.split('&'))
        .filter(|pair| !pair.is_empty() && !pair.starts_with("v="))
        .collect();
    if kept.is_empty() {
        return fragment.to_owned();
    }
    format!("?{}{fragment}", kept.join("&"))
}

/// Puts addresses of a store in the place of portable ones. `url_of` gives the address of a file.
pub(super) fn inward(facts: &Facts, text: &str, url_of: impl Fn(&str) -> Option<String>) -> String {
    let base = facts.url.as_str().trim_end_matches('/');
    let text = text.replace(STORE_LINK, &format!("{base}/"));
    let mut written = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(FILE_LINK) {
        let after = &rest[at + FILE_LINK.len()..];
        let (name, tail) = after.split_at(name_end(after));
        written.push_str(&rest[..at]);
        match url_of(name) {
            // The version of the file comes first; what the text asks for beside it is added.
            Some(url) if tail.starts_with('?') && url.contains('?') => {
                written.push_str(&url);
                written.push('&');
                rest = &tail[1..];
            }
            Some(url) => {
                written.push_str(&url);
                rest = tail;
            }
            None => {
                written.push_str(&rest[at..at + FILE_LINK.len() + name.len()]);
                rest = tail;
            }
        }
    }
    written.push_str(rest);
    written
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn facts() -> Facts {
        Facts {
            name: "Northwind".into(),
            plan: "Basic".into(),
            url: Url::parse("https://northwind.example/").expect("an address"),
            hosts: ["northwind.example", "nw.myshopify.com"]
                .map(str::to_owned)
                .into(),
            base: None,
            app: None,
            scopes: Default::default(),
            versions: Vec::new(),
        }
    }

    #[test]
    fn addresses_of_the_store_and_its_files_become_portable() {
        for (text, portable) in [
            (
                "<a href=\"https://nw.myshopify.com/products/x?y=1\">",
                "<a href=\"slipway://store/products/x?y=1\">",
            ),
            ("//northwind.example", "slipway://store/"),
            (
                "<img src='https://cdn.shopify.com/s/files/1/01/02/files/a-b.png?v=17&amp;width=9'>",
                "<img src='slipway://file/a-b.png?width=9'>",
            ),
            (
                "//cdn.shopify.com/s/files/1/01/files/a.png?v=1, x",
                "slipway://file/a.png, x",
            ),
            (
                "https://northwind.example/cdn/shop/files/a.png",
                "slipway://file/a.png",
            ),
            (
                "https://northwind.example/cdn/shop/t/3/assets/a.css",
                "slipway://store/cdn/shop/t/3/assets/a.css",
            ),
            (
                "https://elsewhere.example/products/x // and http://",
                "https://elsewhere.example/products/x // and http://",
            ),
            ("url(//nw.myshopify.com/a)", "url(slipway://store/a)"),
        ] {
            assert_eq!(outward(&facts(), text), portable, "{text}");
        }
    }

    #[test]
    fn portable_addresses_come_back() {
        let url_of = |name: &str| (name == "a.png").then(|| "https://cdn/x/a.png?v=2".to_owned());
        for (portable, text) in [
            (
                "\"slipway://store/pages/a\"",
                "\"https://northwind.example/pages/a\"",
            ),
            (
                "slipway://file/a.png?width=9 slipway://file/a.png",
                "https://cdn/x/a.png?v=2&width=9 https://cdn/x/a.png?v=2",
            ),
            ("slipway://file/b.png", "slipway://file/b.png"),
        ] {
            assert_eq!(inward(&facts(), portable, url_of), text, "{portable}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[htps:/?&;\"a.é]{0,60}") {
            outward(&facts(), &text);
            inward(&facts(), &text, |_| None);
        }
    }
}
