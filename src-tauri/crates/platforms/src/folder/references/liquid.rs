//! References in Liquid: the tags that bring in other files, and the filters that link to assets.

use slipway_domain::Reference;

use super::to_file;

/// The filters that take the name of an asset.
const ASSET_FILTERS: [&str; 4] = [
    "asset_url",
    "asset_img_url",
    "inline_asset_content",
    "asset_size",
];

/// Finds the references of a Liquid file; their path is the line.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    let (mut line, mut rest) = (1, text);
    while let Some(start) = next_tag(rest) {
        line += lines(&rest[..start]);
        let is_tag = rest[start..].starts_with("{%");
        let inside = &rest[start + 2..];
        let end = inside
            .find(if is_tag { "%}" } else { "}}" })
            .unwrap_or(inside.len());
        let code = inside[..end].trim_start_matches('-');
        match code.trim_start().strip_prefix("liquid").filter(|_| is_tag) {
            // Each line of it is a tag of its own.
            Some(_) => {
                for (at, code) in code.split('\n').enumerate() {
                    statement(code, line + at, &mut found);
                }
            }
            None => statement(code, line, &mut found),
        }
        line += lines(&inside[..end]);
        rest = &inside[end..];
    }
    found
}

fn next_tag(text: &str) -> Option<usize> {
    let braces = text.match_indices('{').map(|(at, _)| at);
    braces
        .into_iter()
        .find(|at| matches!(text.as_bytes().get(at + 1), Some(b'%' | b'{')))
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

#[derive(Clone, Copy, PartialEq)]
enum Token<'a> {
    Text(&'a str),
    Word(&'a str),
    Sign(char),
}

fn statement(code: &str, line: usize, found: &mut Vec<Reference>) {
    let tokens = tokens(code);
    let place = || format!("line {line}");
    match tokens.as_slice() {
        [Token::Word("render" | "include"), Token::Text(name), ..] => {
            found.extend(to_file(place(), "snippets", name, ".liquid"));
        }
        [Token::Word("section"), Token::Text(name), ..] => {
            found.extend(to_file(place(), "sections", name, ".liquid"));
        }
        [Token::Word("sections"), Token::Text(name), ..] => {
            found.extend(to_file(place(), "sections", name, ".json"));
        }
        [Token::Word("layout"), Token::Text(name), ..] => {
            found.extend(to_file(place(), "layout", name, ".liquid"));
        }
        [
            Token::Word("content_for"),
            Token::Text("block"),
            arguments @ ..,
        ] => {
            let names = arguments.windows(3).filter_map(|window| match window {
                [Token::Word("type"), Token::Sign(':'), Token::Text(name)] => Some(name),
                _ => None,
            });
            found.extend(names.filter_map(|name| to_file(place(), "blocks", name, ".liquid")));
        }
        _ => {}
    }
    found.extend(tokens.windows(3).filter_map(|window| match window {
        [Token::Text(name), Token::Sign('|'), Token::Word(filter)]
            if ASSET_FILTERS.contains(filter) =>
        {
            to_file(place(), "assets", name, "")
        }
        _ => None,
    }));
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' | '\'' => {
                let text = &rest[1..];
                let end = text.find(first).unwrap_or(text.len());
                (Token::Text(&text[..end]), (end + 2).min(rest.len()))
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                (Token::Word(&rest[..end]), end)
            }
            _ => (Token::Sign(first), first.len_utf8()),
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_filters_lead_to_files() {
        let text = "<link href=\"{{ 'base.css' | asset_url }}\">{{ 'a' | t }}\n\
            {%- render \"card\", product: product -%}\n{% include 'old' %}{% section 'header' %}\n\
            {% sections 'footer-group' %}{% layout 'password' %}{% layout none %}\n\
            {% liquid\n  assign x = 'logo.svg' | inline_asset_content\n  render 'icon'\n%}\n\
            {% content_for 'block', type: 'slide', id: '1' %}{% render block %}{% render '../x' %} {% unclosed 'é";
        let found: Vec<_> = references(text)
            .iter()
            .map(|found| format!("{} → {}", found.path, found.to.name()))
            .collect();
        assert_eq!(
            found,
            [
                "line 1 → assets/base.css",
                "line 2 → snippets/card.liquid",
                "line 3 → snippets/old.liquid",
                "line 3 → sections/header.liquid",
                "line 4 → sections/footer-group.json",
                "line 4 → layout/password.liquid",
                "line 6 → assets/logo.svg",
                "line 7 → snippets/icon.liquid",
                "line 9 → blocks/slide.liquid",
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[{%}'\"a-zé|:\\- \n]{0,60}") {
            references(&text);
        }
    }
}
