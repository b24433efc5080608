//! Whether a value fits its type and its definition's validations, in the words of real stores.

use serde_json::Value;

use crate::shop::clock::parse_ms;
use crate::shop::gid;
use crate::shop::read::load;
use crate::shop::state::{State, text};
use crate::shop::types;

/// The most elements of a list.
const LIST_MAX: usize = 128;

/// What stands in front of an address.
const SCHEMES: &[&str] = &["http", "https", "mailto", "sms", "tel"];

/// A definition's validation: name and value.
pub(crate) type Validation<'a> = (&'a str, &'a str);

/// The validations of a definition (a metafield's, or a metaobject field's).
pub(crate) fn validations(definition: &Value) -> Vec<Validation<'_>> {
    let list = definition["validations"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    list.iter().filter_map(pair).collect()
}

fn pair(validation: &Value) -> Option<Validation<'_>> {
    Some((validation["name"].as_str()?, validation["value"].as_str()?))
}

/// Checks a value; the message says what is wrong with it.
pub(crate) fn check(
    state: &State,
    kind: &str,
    value: &str,
    validations: &[Validation<'_>],
) -> Result<(), String> {
    let inner = types::element(kind);
    if inner == kind {
        return one(state, kind, value, validations);
    }
    let items: Vec<Value> = serde_json::from_str(value)
        .map_err(|_| "Value is invalid JSON: expected an array.".to_owned())?;
    if items.len() > LIST_MAX {
        return Err(format!("Value has more than {LIST_MAX} elements."));
    }
    for (name, limit) in validations {
        let limit: usize = limit.parse().unwrap_or(usize::MAX);
        if *name == "list.max" && items.len() > limit {
            return Err(format!("Value has a maximum of {limit} elements."));
        }
        if *name == "list.min" && items.len() < limit {
            return Err(format!("Value has a minimum of {limit} elements."));
        }
    }
    for item in &items {
        let item = item
            .as_str()
            .map_or_else(|| item.to_string(), str::to_owned);
        one(state, inner, &item, validations)?;
    }
    Ok(())
}

fn one(
    state: &State,
    kind: &str,
    value: &str,
    validations: &[Validation<'_>],
) -> Result<(), String> {
    if let Some(kinds) = types::reference(kind) {
        return reference(state, kind, kinds, value, validations);
    }
    let limit = |name: &str| {
        validations
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    };
    match kind {
        "boolean" if !matches!(value, "true" | "false") => {
            return Err("Value must be true or false.".to_owned());
        }
        "number_integer" => {
            let number: i64 = value
                .parse()
                .map_err(|_| "Value must be an integer.".to_owned())?;
            bounds(number as f64, &limit, |limit| limit.to_owned())?;
        }
        "number_decimal" => {
            let number: f64 = value
                .parse()
                .map_err(|_| "Value must be a decimal.".to_owned())?;
            bounds(number, &limit, decimal)?;
        }
        "date" if value.parse::<jiff::civil::Date>().is_err() => {
            return Err("Value must be in YYYY-MM-DD format.".to_owned());
        }
        "date_time"
            if parse_ms(value).is_none() && value.parse::<jiff::civil::DateTime>().is_err() =>
        {
            return Err(
                "Value must be in “YYYY-MM-DDTHH:MM:SS” format. For example: 2022-06-01T15:30:00"
                    .to_owned(),
            );
        }
        "color" if !is_color(value) => return Err("Value must be a hex color code.".to_owned()),
        "url" => address(value)?,
        "single_line_text_field" if value.contains('\n') => {
            return Err("Value must be a single line text string.".to_owned());
        }
        "single_line_text_field" | "multi_line_text_field" | "id" if value.is_empty() => {
            return Err("Value can't be blank.".to_owned());
        }
        "json" | "rich_text_field" => {
            serde_json::from_str::<Value>(value)
                .map_err(|_| "Value is invalid JSON: expected a JSON value.".to_owned())?;
        }
        "money" => {
            let money = parsed(value);
            let fields = "Value must be a stringified JSON object with amount (numeric) and currency_code (string matching the shop's currency) fields.";
            let amount = &money["amount"];
            if !money.is_object() || amount.is_null() || money["currency_code"].as_str().is_none() {
                return Err(fields.to_owned());
            }
            if amount
                .as_str()
                .is_some_and(|amount| amount.parse::<f64>().is_err())
            {
                return Err("Value must have a numeric amount.".to_owned());
            }
        }
        "link" if !parsed(value)["url"].is_string() => {
            return Err("Value must be a valid link.".to_owned());
        }
        "rating" => {
            let rating = parsed(value);
            if !rating.is_object() || rating["value"].is_null() {
                return Err("Value is not the correct format.".to_owned());
            }
            let bound = |name: &str| {
                rating[name]
                    .as_str()
                    .and_then(|text| text.parse::<f64>().ok())
            };
            for (name, own) in [
                ("scale_min", bound("scale_min")),
                ("scale_max", bound("scale_max")),
            ] {
                let wanted = limit(name).and_then(|limit| limit.parse::<f64>().ok());
                if wanted.is_some() && wanted != own {
                    return Err("Value min and max on the rating value must be the same as the min and max on the definition.".to_owned());
                }
            }
        }
        "dimension" | "volume" | "weight" | "area" | "antenna_gain" => {
            let measure = parsed(value);
            if !measure.is_object() {
                return Err("Value must be a stringified JSON object with a value (numeric) and unit (string from one the supported measurement units) fields.".to_owned());
            }
            if !measure["unit"].is_string() || measure["value"].is_null() {
                return Err("Value must contain unit and value.".to_owned());
            }
        }
        _ => {}
    }
    texts(value, &limit)
}

fn texts<'a>(value: &str, limit: &impl Fn(&str) -> Option<&'a str>) -> Result<(), String> {
    let length = value.chars().count();
    if let Some(choices) = limit("choices") {
        let known: Vec<String> = serde_json::from_str(choices).unwrap_or_default();
        if !known.iter().any(|choice| choice == value) {
            let listed: Vec<String> = known.iter().map(|choice| format!("{choice:?}")).collect();
            return Err(format!(
                "Value does not exist in provided choices: [{}].",
                listed.join(", ")
            ));
        }
    }
    let is_text = value.parse::<f64>().is_err() && parse_ms(value).is_none();
    if let Some(max) = limit("max").and_then(|limit| limit.parse::<usize>().ok())
        && is_text
        && length > max
    {
        return Err(format!("Value has a maximum length of {max}."));
    }
    if let Some(min) = limit("min").and_then(|limit| limit.parse::<usize>().ok())
        && is_text
        && length < min
    {
        return Err(format!("Value has a minimum length of {min}."));
    }
    Ok(())
}

fn parsed(value: &str) -> Value {
    serde_json::from_str(value).unwrap_or_default()
}

fn decimal(limit: &str) -> String {
    if limit.contains('.') {
        limit.to_owned()
    } else {
        format!("{limit}.0")
    }
}

fn bounds<'a>(
    number: f64,
    limit: &impl Fn(&str) -> Option<&'a str>,
    show: impl Fn(&str) -> String,
) -> Result<(), String> {
    if let Some(max) = limit("max")
        && max.parse::<f64>().is_ok_and(|max| number > max)
    {
        return Err(format!("Value has a maximum of {}.", show(max)));
    }
    if let Some(min) = limit("min")
        && min.parse::<f64>().is_ok_and(|min| number < min)
    {
        return Err(format!("Value has a minimum of {}.", show(min)));
    }
    Ok(())
}

fn is_color(value: &str) -> bool {
    value.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6 | 8) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

fn address(value: &str) -> Result<(), String> {
    let Some((scheme, _)) = value.split_once(':') else {
        let listed: Vec<String> = SCHEMES.iter().map(|scheme| format!("{scheme:?}")).collect();
        return Err(format!(
            "Value cannot have an empty scheme (protocol), must include one of the following URL schemes: [{}].'",
            listed.join(", ")
        ));
    };
    if SCHEMES.contains(&scheme) {
        return Ok(());
    }
    Err(format!(
        "Value must be one of the following URL schemes: {}.",
        SCHEMES.join(", ")
    ))
}

fn reference(
    state: &State,
    kind: &str,
    kinds: &[&str],
    value: &str,
    validations: &[Validation<'_>],
) -> Result<(), String> {
    let Some((found, _)) = gid::split(value).filter(|(found, _)| kinds.contains(found)) else {
        return Err(match kind {
            "file_reference" => "Value must be a file reference string.".to_owned(),
            "metaobject_reference" | "mixed_reference" => {
                "Value require that you select a metaobject.".to_owned()
            }
            "variant_reference" => "Value must be a valid product variant reference.".to_owned(),
            _ => format!(
                "Value must be a valid {} reference.",
                kind.trim_end_matches("_reference").replace('_', " ")
            ),
        });
    };
    if matches!(found, "TaxonomyValue" | "Customer" | "Company" | "Order") {
        return Ok(());
    }
    let Some(target) = load(state, value) else {
        return Err(format!("Value references non-existent resource {value}."));
    };
    if found != "Metaobject" {
        return Ok(());
    }
    let own = text(&target, "definition");
    for (name, wanted) in validations {
        if *name == "metaobject_definition_id" && *wanted != own {
            return Err(format!(
                "Value must belong to the specified metaobject definition {wanted}."
            ));
        }
        if *name == "metaobject_definition_ids" {
            let wanted: Vec<String> = serde_json::from_str(wanted).unwrap_or_default();
            if !wanted.iter().any(|wanted| wanted == own) {
                return Err(
                    "Value must belong to one of the specified metaobject definitions.".to_owned(),
                );
            }
        }
    }
    Ok(())
}
