//! The vendor's search language: `title:shirt AND -tag:sale updated_at:>='2026-01-01T00:00:00Z' "two words" pre*`.
//!
//! A field that a type does not have matches everything, as in the real thing, which only warns.

use serde_json::Value;

use super::clock::parse_ms;
use super::gid;
use super::read::{collection_products, stage, value_of};
use super::state::{State, text, texts};
use super::table::Fields;

/// A search, parsed.
#[derive(Debug)]
pub(crate) enum Query {
    All(Vec<Query>),
    Any(Vec<Query>),
    Not(Box<Query>),
    Term(Term),
}

/// One condition.
#[derive(Debug)]
pub(crate) struct Term {
    field: Option<String>,
    relation: Relation,
    value: String,
    is_prefix: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Is,
    Above,
    AtLeast,
    Below,
    AtMost,
}

#[derive(Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Or,
    And,
    Not,
    Word(String),
}

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let tokens = tokens(text);
        let mut at = 0;
        any(&tokens, &mut at)
    }

    /// Whether an object is found.
    pub(crate) fn matches(&self, state: &State, fields: &Fields) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(state, fields)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(state, fields)),
            Self::Not(part) => !part.matches(state, fields),
            Self::Term(term) => term.matches(state, fields),
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '-' => tokens.push(Token::Not),
            letter if letter.is_whitespace() => {}
            letter => {
                let mut word = String::new();
                let mut next = Some(letter);
                while let Some(letter) = next {
                    match letter {
                        '"' | '\'' => {
                            while let Some(inner) = letters.next() {
                                match inner {
                                    '\\' => word.extend(letters.next()),
                                    inner if inner == letter => break,
                                    inner => word.push(inner),
                                }
                            }
                        }
                        '\\' => word.extend(letters.next()),
                        letter => word.push(letter),
                    }
                    next =
                        letters.next_if(|next| !next.is_whitespace() && !matches!(next, '(' | ')'));
                }
                tokens.push(match word.as_str() {
                    "OR" => Token::Or,
                    "AND" => Token::And,
                    "NOT" => Token::Not,
                    _ => Token::Word(word),
                });
            }
        }
    }
    tokens
}

fn any(tokens: &[Token], at: &mut usize) -> Query {
    let mut parts = vec![all(tokens, at)];
    while tokens.get(*at) == Some(&Token::Or) {
        *at += 1;
        parts.push(all(tokens, at));
    }
    Query::Any(parts)
}

fn all(tokens: &[Token], at: &mut usize) -> Query {
    let mut parts = Vec::new();
    while let Some(token) = tokens.get(*at) {
        match token {
            Token::Or | Token::Close => break,
            Token::And => *at += 1,
            _ => parts.extend(one(tokens, at)),
        }
    }
    Query::All(parts)
}

fn one(tokens: &[Token], at: &mut usize) -> Option<Query> {
    let token = tokens.get(*at)?;
    *at += 1;
    match token {
        Token::Not => Some(Query::Not(Box::new(one(tokens, at)?))),
        Token::Open => {
            let inner = any(tokens, at);
            if tokens.get(*at) == Some(&Token::Close) {
                *at += 1;
            }
            Some(inner)
        }
        Token::Word(word) => {
            let mut word = word.clone();
            // `updated_at:> 2026…` is written with a space now and then.
            if word.ends_with([':', '>', '<', '='])
                && let Some(Token::Word(next)) = tokens.get(*at)
            {
                *at += 1;
                word.push_str(next);
            }
            Some(Query::Term(term(&word)))
        }
        Token::Or | Token::And | Token::Close => None,
    }
}

fn term(word: &str) -> Term {
    let is_field = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
    };
    let (field, rest) = match word.split_once(':') {
        Some((field, rest)) if is_field(field) && !rest.starts_with("//") => {
            (Some(field.to_owned()), rest)
        }
        _ => (None, word),
    };
    let relations = [
        (">=", Relation::AtLeast),
        ("<=", Relation::AtMost),
        (">", Relation::Above),
        ("<", Relation::Below),
    ];
    let (relation, rest) = relations
        .iter()
        .find_map(|(sign, relation)| Some((*relation, rest.strip_prefix(sign)?)))
        .filter(|_| field.is_some())
        .unwrap_or((Relation::Is, rest));
    let is_prefix = rest.len() > 1 && rest.ends_with('*');
    Term {
        field,
        relation,
        value: rest.trim_end_matches('*').trim().to_lowercase(),
        is_prefix,
    }
}

impl Term {
    fn matches(&self, state: &State, fields: &Fields) -> bool {
        let Some(field) = &self.field else {
            return [
                "title",
                "handle",
                "name",
                "vendor",
                "productType",
                "displayName",
                "_name",
                "alt",
                "path",
            ]
            .iter()
            .filter_map(|name| fields.get(*name)?.as_str())
            .any(|text| self.holds(text));
        };
        let Some(values) = values(state, fields, field) else {
            return true;
        };
        if self.relation == Relation::Is {
            // `tag:*` asks whether there is any.
            return if self.value.is_empty() {
                !values.is_empty()
            } else {
                values.iter().any(|value| self.is(field, value))
            };
        }
        values.iter().any(|value| self.compares(value))
    }

    /// Whether any word begins with, or is, what is searched for.
    fn holds(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        text.split(|letter: char| !letter.is_alphanumeric())
            .chain([text.as_str()])
            .any(|word| {
                if self.is_prefix {
                    word.starts_with(&self.value)
                } else {
                    word == self.value
                }
            })
            || text.contains(&self.value) && self.value.contains(' ')
    }

    fn is(&self, field: &str, value: &str) -> bool {
        let value = value.to_lowercase();
        match field {
            "title" | "name" | "display_name" => self.holds(&value),
            _ if self.is_prefix => value.starts_with(&self.value),
            _ => value == self.value,
        }
    }

    fn compares(&self, value: &str) -> bool {
        let order = match (parse_ms(value), parse_ms(&self.value.to_uppercase())) {
            (Some(value), Some(asked)) => value.cmp(&asked),
            _ => match (value.parse::<f64>(), self.value.parse::<f64>()) {
                (Ok(value), Ok(asked)) => value.total_cmp(&asked),
                _ => return false,
            },
        };
        match self.relation {
            Relation::Is => order.is_eq(),
            Relation::Above => order.is_gt(),
            Relation::AtLeast => order.is_ge(),
            Relation::Below => order.is_lt(),
            Relation::AtMost => order.is_le(),
        }
    }
}

/// What an object has in a field of the search language; nothing if it knows no such field.
fn values(state: &State, fields: &Fields, field: &str) -> Option<Vec<String>> {
    if let Some(values) = computed(state, fields, field) {
        return Some(values);
    }
    let stored = match field {
        "id" => {
            let id = fields.get("id")?.as_str()?;
            return Some(vec![
                gid::parse(id).map_or_else(|| id.to_owned(), |(_, id)| id.to_string()),
                id.to_owned(),
            ]);
        }
        "tag" => "tags".to_owned(),
        "tag_not" => return None,
        "filename" => "_name".to_owned(),
        "media_type" => "mediaContentType".to_owned(),
        "published_status" => {
            let published = !fields.get("publishedAt").is_none_or(Value::is_null)
                || fields.get("isPublished").and_then(Value::as_bool) == Some(true);
            return Some(vec![
                if published {
                    "published"
                } else {
                    "unpublished"
                }
                .to_owned(),
            ]);
        }
        "product_type" => "productType".to_owned(),
        "product_id" => "product".to_owned(),
        "inventory_item_id" => "inventoryItem".to_owned(),
        "blog_id" => "blog".to_owned(),
        "blog_title" => "_blog_title".to_owned(),
        "author" => "_author".to_owned(),
        "collection_type" => "_collection_type".to_owned(),
        name if name.starts_with("metafields.") => return None,
        name => camel(name),
    };
    let value = fields.get(&stored)?;
    Some(match value {
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Value::Null => Vec::new(),
        Value::String(text) => match gid::parse(text) {
            Some((_, id)) => vec![id.to_string(), text.clone()],
            None => vec![text.clone()],
        },
        other => vec![other.to_string()],
    })
}

/// What an object has in fields that are found by looking further.
fn computed(state: &State, fields: &Fields, field: &str) -> Option<Vec<String>> {
    let kind = gid::split(text(fields, "id")).map_or("", |(kind, _)| kind);
    if let ("Metaobject", Some(key)) = (kind, field.strip_prefix("fields.")) {
        return Some(
            value_of(fields, key)
                .map(str::to_owned)
                .into_iter()
                .collect(),
        );
    }
    Some(match (kind, field) {
        ("Product", "sku" | "barcode" | "price") => {
            let variants = texts(fields, "variants")
                .into_iter()
                .filter_map(|id| state.get(&id));
            variants.map(|row| text(&row, field).to_owned()).collect()
        }
        ("Product", "variants.sku" | "variant_title") => {
            let field = if field == "variant_title" {
                "title"
            } else {
                "sku"
            };
            let variants = texts(fields, "variants")
                .into_iter()
                .filter_map(|id| state.get(&id));
            variants.map(|row| text(&row, field).to_owned()).collect()
        }
        ("Product", "collection_id") => {
            let holds = |row: &Fields| {
                collection_products(state, row)
                    .iter()
                    .any(|id| id == text(fields, "id"))
            };
            let all = state.all("Collection").into_iter().filter(|row| holds(row));
            all.filter_map(|row| Some(gid::parse(text(&row, "id"))?.1.to_string()))
                .collect()
        }
        ("ProductVariant", "product_status" | "vendor" | "product_type" | "tag") => {
            let product = state.get(text(fields, "product"))?;
            return values(
                state,
                &product,
                if field == "product_status" {
                    "status"
                } else {
                    field
                },
            );
        }
        ("MediaImage" | "Video" | "ExternalVideo" | "Model3d" | "GenericFile", "status") => {
            vec![stage(state, fields).to_owned()]
        }
        _ => return None,
    })
}

/// `updated_at` → `updatedAt`; `UPDATED_AT` too.
pub(crate) fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut raise = false;
    for letter in name.chars() {
        if letter == '_' {
            raise = true;
        } else if raise {
            camel.extend(letter.to_uppercase());
            raise = false;
        } else {
            camel.extend(letter.to_lowercase());
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shop::spec::{Seed, ShopSpec};
    use crate::shop::state::Library;

    #[test]
    fn queries_find_what_they_say() {
        let state = State::new(
            &ShopSpec::new("test", Seed::Empty),
            String::new(),
            Library::default(),
        );
        let row = json!({
            "id": "gid://shopify/Product/7", "title": "Wool Shirt", "handle": "wool-shirt", "vendor": "Harbour",
            "status": "ACTIVE", "tags": ["new", "Two Words"], "updatedAt": "2026-05-01T10:00:00Z", "publishedAt": null,
        });
        let row = row.as_object().cloned().unwrap_or_default();
        let cases = [
            ("", true),
            ("wool", true),
            ("woo*", true),
            ("woo", false),
            ("silk", false),
            ("handle:wool-shirt", true),
            ("handle:'wool-shirt'", true),
            ("handle:wool", false),
            ("id:7", true),
            ("id:>7", false),
            ("title:shirt", true),
            ("tag:\"two words\"", true),
            ("tag:old OR tag:new", true),
            ("tag:new AND -vendor:harbour", false),
            ("NOT tag:old", true),
            ("(tag:old OR tag:new) vendor:Harbour", true),
            ("status:active", true),
            ("status:DRAFT", false),
            ("updated_at:>='2026-05-01T10:00:00Z'", true),
            ("updated_at:>2026-05-02", false),
            ("published_status:unpublished", true),
            ("no_such_field:x", true),
        ];
        for (query, found) in cases {
            assert_eq!(
                Query::parse(query).matches(&state, &row),
                found,
                "{query:?}"
            );
        }
    }
}
