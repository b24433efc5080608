//! Connecting: looks at the store and says what of it can be reached.

use serde_json::json;
use slipway_engine::{Connected, KindAccess, PlatformError, Survey};

use super::client::Way;
use super::failure::refused;
use super::scopes;
use super::settings::{Auth, ThemeStrategy};
use super::store::{Facts, Store};

/// Looks at the store of the settings.
pub(super) async fn connect(store: &Store) -> Result<Connected, PlatformError> {
    let settings = store.client.settings();
    if store.client.is_theme_only().await? {
        return theme_only(store).await;
    }
    let facts = store.facts().await?;
    if !facts.versions.is_empty() && !facts.versions.contains(&settings.api_version) {
        return Err(refused(
            format!(
                "{} does not support the API version {}.",
                settings.store, settings.api_version
            ),
            format!("It supports {}.", facts.versions.join(", ")),
        ));
    }
    let mut notes = scopes::missing(&facts.scopes, &scopes::OBJECTS);
    notes.extend(scopes::missing(&facts.scopes, &[scopes::PUBLICATIONS]));
    let reads_themes = settings.theme_access || scopes::has(&facts.scopes, scopes::THEMES.read);
    if settings.theme_access {
        store
            .client
            .ask_by::<serde_json::Value>(Way::Theme, "Themes", json!({"first": 1}))
            .await?;
        notes.push("Theme files are read and written with the theme password.".to_owned());
    } else {
        notes.extend(scopes::missing(&facts.scopes, &[scopes::THEMES]));
        if scopes::has(&facts.scopes, scopes::THEMES.write) {
            notes.push(
                "An app writes theme files only with an exemption of the vendor; a theme password needs none."
                    .to_owned(),
            );
        }
    }
    let mut families = vec!["shopify".to_owned()];
    let mut summary = format!(
        "{}, plan {}, API {}; {}",
        facts.name,
        facts.plan,
        settings.api_version,
        reach(&facts)
    );
    if reads_themes {
        let theme = store.theme.chosen(store).await?;
        families.push("theme".to_owned());
        summary.push_str(&format!("; theme “{}”", theme.name));
        if settings.theme_strategy == ThemeStrategy::Staged {
            summary.push_str(", staged in a copy");
        }
    }
    if let Auth::ClientCredentials { .. } = settings.auth {
        notes.push(
            "The access token is fetched with the app's secret and renewed before it ends."
                .to_owned(),
        );
    }
    Ok(Connected {
        connection: settings.connection(),
        summary,
        families,
        notes,
    })
}

/// What the store is, and what of it can be read and written, kind by kind.
pub(super) async fn survey(store: &Store) -> Result<Survey, PlatformError> {
    let settings = store.client.settings();
    let mut survey = Survey::default();
    let mut fact = |name: &str, value: String| survey.facts.push((name.to_owned(), value));
    let of_themes = |lacks: Option<String>| KindAccess {
        kind: scopes::THEMES.kind.to_owned(),
        read_lacks: lacks.clone(),
        write_lacks: lacks,
    };
    if store.client.is_theme_only().await? {
        fact("Store", settings.store.clone());
        fact("API version", settings.api_version.clone());
        fact("Theme", store.theme.chosen(store).await?.name);
        survey.kinds.extend(scopes::OBJECTS.iter().map(|needs| {
            let lacks = Some("an access token".to_owned());
            KindAccess {
                kind: needs.kind.to_owned(),
                read_lacks: lacks.clone(),
                write_lacks: lacks,
            }
        }));
        survey.kinds.push(of_themes(None));
        return Ok(survey);
    }
    let facts = store.facts().await?;
    fact("Shop", facts.name.clone());
    fact("Store", settings.store.clone());
    fact("Plan", facts.plan.clone());
    fact("API version", settings.api_version.clone());
    let access = scopes::access(&facts.scopes);
    let themes = if settings.theme_access {
        of_themes(None)
    } else {
        access(&scopes::THEMES)
    };
    if themes.read_lacks.is_none() {
        fact("Theme", store.theme.chosen(store).await?.name);
    }
    let kinds = scopes::OBJECTS.iter().chain([&scopes::PUBLICATIONS]);
    survey.kinds.extend(kinds.map(access));
    survey.kinds.push(themes);
    survey.granted = facts.scopes.iter().cloned().collect();
    Ok(survey)
}

/// As "reads 12 and writes 11 of 12 kinds".
fn reach(facts: &Facts) -> String {
    let count = |of: fn(&scopes::Needs) -> &'static [&'static str]| {
        let kinds = scopes::OBJECTS.iter();
        kinds
            .filter(|needs| scopes::has(&facts.scopes, of(needs)))
            .count()
    };
    format!(
        "reads {} and writes {} of {} kinds",
        count(|needs| needs.read),
        count(|needs| needs.write),
        scopes::OBJECTS.len()
    )
}

async fn theme_only(store: &Store) -> Result<Connected, PlatformError> {
    let settings = store.client.settings();
    let theme = store.theme.chosen(store).await?;
    Ok(Connected {
        connection: settings.connection(),
        summary: format!(
            "{}, API {}; theme “{}” with a theme password",
            settings.store, settings.api_version, theme.name
        ),
        families: vec!["theme".to_owned()],
        notes: vec![
            "A theme password reaches theme files only: products, pages and other objects are left alone."
                .to_owned(),
        ],
    })
}
