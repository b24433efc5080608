//! Translations, and the shop's languages.

use serde_json::{Value, json};

use super::Outcome;
use super::input::{
    Input, list, object_or_empty, objects, text as given_text, texts as given_texts,
};
use super::refusal::{Refusal, UserError, refuse_any};
use crate::shop::read::{primary_locale, translatable_content};
use crate::shop::state::{State, text};

/// The most keys of one `translationsRegister`.
const KEYS_MAX: usize = 100;

/// The most languages of a shop, without the first.
const LOCALES_MAX: usize = 20;

/// Languages and their names.
const LANGUAGES: &[(&str, &str)] = &[
    ("cs", "Czech"),
    ("da", "Danish"),
    ("de", "German"),
    ("en", "English"),
    ("es", "Spanish"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ko", "Korean"),
    ("nb", "Norwegian (Bokmål)"),
    ("nl", "Dutch"),
    ("pl", "Polish"),
    ("pt-BR", "Portuguese (Brazil)"),
    ("pt-PT", "Portuguese (Portugal)"),
    ("sv", "Swedish"),
    ("th", "Thai"),
    ("tr", "Turkish"),
    ("vi", "Vietnamese"),
    ("zh-CN", "Chinese (Simplified)"),
    ("zh-TW", "Chinese (Traditional)"),
    ("el", "Greek"),
    ("hu", "Hungarian"),
    ("ro", "Romanian"),
    ("uk", "Ukrainian"),
];

fn locale_row(state: &State, locale: &str) -> Option<String> {
    let rows = state.all("ShopLocale");
    let found = rows.iter().find(|row| text(row, "locale") == locale)?;
    Some(text(found, "id").to_owned())
}

fn unknown_resource(id: &str) -> Refusal {
    UserError::at("resourceId", format!("Resource {id} does not exist"))
        .code("RESOURCE_NOT_FOUND")
        .into()
}

pub(super) fn register(state: &mut State, args: &Input) -> Outcome {
    let resource = given_text(args, "resourceId").unwrap_or_default();
    let Some(content) = translatable_content(state, resource) else {
        return Err(unknown_resource(resource));
    };
    if list(args, "translations").map_or(0, <[Value]>::len) > KEYS_MAX {
        let message = format!("Too many keys for resource - maximum {KEYS_MAX} per mutation");
        return Err(UserError::at("resourceId", message)
            .code("TOO_MANY_KEYS_FOR_RESOURCE")
            .into());
    }
    let primary = primary_locale(state);
    let mut errors = Vec::new();
    let mut written = Vec::new();
    for (index, input) in objects(args, "translations").enumerate() {
        let at = |field: &str| format!("translations.{index}.{field}");
        let part = |name: &str| given_text(input, name).unwrap_or_default();
        let (key, locale, value) = (part("key"), part("locale"), part("value"));
        let mut refuse = |field: &str, message: String, code: &'static str| {
            errors.push(UserError::at(&at(field), message).code(code));
        };
        if locale == primary {
            let message = "Locale cannot be the same as the shop's primary locale";
            refuse("locale", message.to_owned(), "INVALID_LOCALE_FOR_SHOP");
            continue;
        }
        if locale_row(state, locale).is_none() {
            let message = "Locale is not a valid locale for the shop";
            refuse("locale", message.to_owned(), "INVALID_LOCALE_FOR_SHOP");
            continue;
        }
        if given_text(input, "marketId")
            .is_some_and(|market| state.get_as("Market", market).is_none())
        {
            let message = "The market corresponding to the `marketId` argument doesn't exist";
            refuse("marketId", message.to_owned(), "MARKET_DOES_NOT_EXIST");
            continue;
        }
        let Some(source) = content.iter().find(|content| content.key == key) else {
            let message = format!("Key {key} is not a valid translatable field");
            refuse("key", message, "INVALID_KEY_FOR_MODEL");
            continue;
        };
        if source.digest() != part("translatableContentDigest") {
            let message = "Translatable content hash is invalid";
            refuse(
                "translatableContentDigest",
                message.to_owned(),
                "INVALID_TRANSLATABLE_CONTENT",
            );
            continue;
        }
        if value.is_empty() {
            refuse(
                "value",
                "Value can't be blank".to_owned(),
                "FAILS_RESOURCE_VALIDATION",
            );
            continue;
        }
        if key == "handle" && value.chars().count() > 255 {
            let message = "Value fails validation on resource: [\"Handle is too long (maximum is 255 characters)\"]";
            refuse("value", message.to_owned(), "FAILS_RESOURCE_VALIDATION");
            continue;
        }
        written.push((
            key.to_owned(),
            locale.to_owned(),
            input.get("marketId").cloned(),
            value.to_owned(),
            source.digest(),
        ));
    }
    refuse_any(errors)?;
    let mut shown = Vec::new();
    let now = state.now();
    for (key, locale, market, value, digest) in written {
        let market = market.unwrap_or_default();
        if let Some(old) = find(state, resource, &key, &locale, &market) {
            state.remove(&old);
        }
        let row = json!({
            "_resource": resource, "key": key, "locale": locale, "market": market, "value": value, "_digest": digest,
            "updatedAt": now,
        });
        state.create("Translation", row.as_object().cloned().unwrap_or_default());
        shown.push(json!({
            "key": key, "locale": locale, "market": market, "value": value, "outdated": false, "updatedAt": now,
        }));
    }
    Ok(json!({"translations": shown}))
}

fn find(state: &State, resource: &str, key: &str, locale: &str, market: &Value) -> Option<String> {
    state
        .find("Translation", "_resource", resource)
        .into_iter()
        .find(|id| {
            state.get(id).is_some_and(|row| {
                text(&row, "key") == key
                    && text(&row, "locale") == locale
                    && row["market"] == *market
            })
        })
}

pub(super) fn remove(state: &mut State, args: &Input) -> Outcome {
    let resource = given_text(args, "resourceId").unwrap_or_default();
    if translatable_content(state, resource).is_none() {
        return Err(unknown_resource(resource));
    }
    let mut markets: Vec<Value> = list(args, "marketIds").unwrap_or_default().to_vec();
    if markets.is_empty() {
        markets.push(Value::Null);
    }
    let mut removed = Vec::new();
    for key in given_texts(args, "translationKeys") {
        for locale in given_texts(args, "locales") {
            for market in &markets {
                if let Some(row) =
                    find(state, resource, &key, &locale, market).and_then(|id| state.remove(&id))
                {
                    removed.push(json!({
                        "key": key, "locale": locale, "market": market, "value": row["value"], "outdated": false,
                        "updatedAt": row["updatedAt"],
                    }));
                }
            }
        }
    }
    Ok(json!({"translations": removed}))
}

fn not_primary(state: &State, locale: &str) -> Result<(), UserError> {
    if locale == primary_locale(state) {
        let message = "The primary locale of your store can't be changed through this endpoint.";
        return Err(UserError::at("locale", message));
    }
    Ok(())
}

fn shown(state: &State, id: &str) -> Value {
    let row = state.get(id).unwrap_or_default();
    Value::Object(serde_json::Map::clone(&row))
}

pub(super) fn enable_locale(state: &mut State, args: &Input) -> Outcome {
    let locale = given_text(args, "locale").unwrap_or_default();
    not_primary(state, locale)?;
    let Some((_, name)) = LANGUAGES.iter().find(|(code, _)| *code == locale) else {
        return Err(UserError::at("locale", "Locale is invalid").into());
    };
    if locale_row(state, locale).is_some() {
        return Err(UserError::at("locale", "Locale has already been taken").into());
    }
    if state.count("ShopLocale") > LOCALES_MAX {
        let message = format!(
            "Your store has reached its {LOCALES_MAX} language limit. To add {name}, delete one of your other languages."
        );
        return Err(UserError::general(message).into());
    }
    let row = json!({"locale": locale, "name": name, "primary": false, "published": false, "marketWebPresences": []});
    let id = state.create("ShopLocale", row.as_object().cloned().unwrap_or_default());
    Ok(json!({"shopLocale": shown(state, &id)}))
}

pub(super) fn update_locale(state: &mut State, args: &Input) -> Outcome {
    let locale = given_text(args, "locale").unwrap_or_default();
    not_primary(state, locale)?;
    let Some(id) = locale_row(state, locale) else {
        return Err(UserError::at("locale", "The locale doesn't exist.").into());
    };
    if let Some(published) = object_or_empty(args, "shopLocale")
        .get("published")
        .filter(|flag| flag.is_boolean())
    {
        let published = published.clone();
        state.update(&id, |row| {
            row.insert("published".to_owned(), published);
        });
    }
    Ok(json!({"shopLocale": shown(state, &id)}))
}

/// Takes a language away, with its translations.
pub(super) fn disable_locale(state: &mut State, args: &Input) -> Outcome {
    let locale = given_text(args, "locale").unwrap_or_default();
    not_primary(state, locale)?;
    let Some(id) = locale_row(state, locale) else {
        return Err(UserError::at("locale", "The locale doesn't exist.").into());
    };
    for translation in state.all("Translation") {
        if text(&translation, "locale") == locale {
            state.remove(text(&translation, "id"));
        }
    }
    state.remove(&id);
    Ok(json!({"locale": locale}))
}
