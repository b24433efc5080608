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
    let beside = [
        scopes::PUBLICATIONS,
        scopes::LANGUAGES,
        scopes::MARKETS,
        scopes::POLICIES,
    ];
    notes.extend(scopes::missing(&facts.scopes, &beside));
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
    let themes = if settings.theme_access {
        whole(&scopes::THEMES)
    } else {
        scopes::access(&facts.scopes)(&scopes::THEMES)
    };
    let mut survey = Survey {
        facts: vec![
            fact("Shop", &facts.name),
            fact("Store", &settings.store),
            fact("Plan", &facts.plan),
            fact("API version", &settings.api_version),
        ],
        kinds: (scopes::OBJECTS.iter().chain([&scopes::PUBLICATIONS]))
            .map(scopes::access(&facts.scopes))
            .collect(),
        granted: facts.scopes.iter().cloned().collect(),
    };
    if themes.read_lacks.is_none() {
        let theme = store.theme.chosen(store).await?;
        survey.facts.push(fact("Theme", &theme.name));
        families.push("theme".to_owned());
        summary.push_str(&format!("; theme “{}”", theme.name));
        if settings.theme_strategy == ThemeStrategy::Staged {
            summary.push_str(", staged in a copy");
        }
    }
    survey.kinds.push(themes);
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
        survey: Some(survey),
    })
}

fn fact(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// A kind that can be read and written.
fn whole(needs: &scopes::Needs) -> KindAccess {
    KindAccess {
        kind: needs.kind.to_owned(),
        read_lacks: None,
        write_lacks: None,
    }
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
    let lacks = || Some("an access token".to_owned());
    let beyond = scopes::OBJECTS.iter().map(|needs| KindAccess {
        read_lacks: lacks(),
        write_lacks: lacks(),
        ..whole(needs)
    });
    let survey = Survey {
        facts: vec![
            fact("Store", &settings.store),
            fact("API version", &settings.api_version),
            fact("Theme", &theme.name),
        ],
        kinds: beyond.chain([whole(&scopes::THEMES)]).collect(),
        granted: Vec::new(),
    };
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
        survey: Some(survey),
    })
}
