//! Publishing of products and collections to the shop's publications.

use serde_json::{Value, json};

use super::Outcome;
use super::input::{Input, objects, text as given_text};
use super::refusal::{UserError, refuse_any};
use crate::shop::clock::parse_ms;
use crate::shop::gid;
use crate::shop::state::State;

struct Wanted {
    publication: String,
    date: Value,
}

fn publishable(state: &State, args: &Input) -> Result<String, UserError> {
    let id = given_text(args, "id").unwrap_or_default();
    let fits = gid::split(id)
        .is_some_and(|(kind, _)| matches!(kind, "Product" | "Collection" | "ProductVariant"));
    if !fits || state.get(id).is_none() {
        return Err(UserError::at("id", "Resource does not exist"));
    }
    Ok(id.to_owned())
}

fn wanted(state: &State, args: &Input) -> Result<Vec<Wanted>, Vec<UserError>> {
    let mut errors = Vec::new();
    let mut all: Vec<Wanted> = Vec::new();
    for (index, input) in objects(args, "input").enumerate() {
        let at = format!("input.{index}");
        let publication = given_text(input, "publicationId").unwrap_or_default();
        let at_publication = format!("{at}.publicationId");
        if publication.is_empty() {
            errors.push(UserError::at(
                &at_publication,
                "PublicationId cannot be empty",
            ));
        } else if state.get_as("Publication", publication).is_none() {
            errors.push(UserError::at(
                &at_publication,
                "Publication does not exist or is not publishable",
            ));
        } else if all.iter().any(|other| other.publication == publication) {
            errors.push(UserError::at(
                &at_publication,
                "The same publication was specified more than once",
            ));
        }
        let date = given_text(input, "publishDate");
        if date.and_then(parse_ms).is_some_and(|ms| ms < 0) {
            let message = "Publish date must be a date after the year 1969";
            errors.push(UserError::at(&format!("{at}.publishDate"), message));
        }
        all.push(Wanted {
            publication: publication.to_owned(),
            date: json!(date),
        });
    }
    if errors.is_empty() {
        Ok(all)
    } else {
        Err(errors)
    }
}

/// The publication of the online store, which says when something is published at all.
fn online_store(state: &State) -> Option<String> {
    state
        .ids("Publication")
        .first()
        .map(|id| gid::gid("Publication", *id))
}

fn change(state: &mut State, args: &Input, publishes: bool) -> Outcome {
    let id = publishable(state, args)?;
    let wanted = match wanted(state, args) {
        Ok(wanted) => wanted,
        Err(errors) => {
            refuse_any(errors)?;
            Vec::new()
        }
    };
    let now = state.now();
    let online = online_store(state);
    state.touch(&id, |row| {
        let mut on = row
            .get("_publications")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        for Wanted { publication, date } in wanted {
            let date = if date.is_null() { json!(now) } else { date };
            let is_online = online.as_deref() == Some(&publication);
            if publishes {
                on.insert(publication, date.clone());
            } else {
                on.remove(&publication);
            }
            if is_online {
                row.insert(
                    "publishedAt".to_owned(),
                    if publishes { date } else { Value::Null },
                );
            }
        }
        row.insert("_publications".to_owned(), Value::Object(on));
    });
    Ok(json!({"publishable": id}))
}

pub(super) fn publish(state: &mut State, args: &Input) -> Outcome {
    change(state, args, true)
}

pub(super) fn unpublish(state: &mut State, args: &Input) -> Outcome {
    change(state, args, false)
}
