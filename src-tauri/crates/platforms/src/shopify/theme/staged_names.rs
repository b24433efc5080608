//! What staged themes are called, and which of them may go.

use slipway_domain::DeploymentId;

use super::Theme;

/// How many characters the name of a theme has at most.
const NAME_LIMIT: usize = 50;
/// How many of a deployment's identity stand in the name of its theme.
const SIGN_LENGTH: usize = 8;

/// What tells a deployment's theme from those of others.
fn sign(deployment: &DeploymentId) -> String {
    let letters = deployment.0.chars().filter(char::is_ascii_alphanumeric);
    let letters: Vec<char> = letters.collect();
    let from = letters.len().saturating_sub(SIGN_LENGTH);
    letters[from..].iter().collect()
}

/// The name of a deployment's theme, after its release.
pub(super) fn name_of(release: &str, deployment: &DeploymentId) -> String {
    let end = format!(" ({})", sign(deployment));
    let room = NAME_LIMIT - end.len();
    let start: String = format!("Slipway {release}").chars().take(room).collect();
    start.trim_end().to_owned() + &end
}

/// Whether a deployment staged the theme.
fn is_own(theme: &Theme) -> bool {
    let parts = theme.name.strip_suffix(')');
    let parts = parts.and_then(|name| name.rsplit_once('('));
    parts.is_some_and(|(start, sign)| {
        start.starts_with("Slipway ")
            && (1..=SIGN_LENGTH).contains(&sign.len())
            && sign.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// Those of some themes that may go, oldest first: staged by deployments that are over, beyond the newest `keep`.
pub(super) fn expendable(
    mut themes: Vec<Theme>,
    keep: usize,
    unfinished: &[DeploymentId],
) -> Vec<Theme> {
    let needed: Vec<String> = (unfinished.iter())
        .map(|deployment| format!("({})", sign(deployment)))
        .collect();
    themes.retain(|theme| {
        let is_needed = needed.iter().any(|end| theme.name.ends_with(end.as_str()));
        theme.role == "UNPUBLISHED" && is_own(theme) && !is_needed
    });
    themes.sort_by_key(Theme::number);
    themes.truncate(themes.len().saturating_sub(keep));
    themes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(number: u64, name: &str, role: &str) -> Theme {
        Theme {
            id: format!("gid://shopify/OnlineStoreTheme/{number}"),
            name: name.to_owned(),
            role: role.to_owned(),
            processing: false,
            processing_failed: false,
        }
    }

    #[test]
    fn a_staged_theme_is_called_after_its_release() {
        let deployment = DeploymentId("d-0123456789abcdef".to_owned());
        for (release, name) in [
            ("autumn-2", "Slipway autumn-2 (89abcdef)"),
            (
                &"x".repeat(80),
                &format!("Slipway {} (89abcdef)", "x".repeat(31)),
            ),
            ("", "Slipway (89abcdef)"),
        ] {
            let found = name_of(release, &deployment);
            assert_eq!(found, *name);
            assert!(found.chars().count() <= NAME_LIMIT);
            assert!(is_own(&theme(1, &found, "UNPUBLISHED")), "{found}");
        }
    }

    #[test]
    fn only_old_copies_that_nobody_needs_may_go() {
        let waiting = DeploymentId("d-0000000000000004".to_owned());
        let themes = vec![
            theme(9, "Slipway e (00000009)", "UNPUBLISHED"),
            theme(2, "Slipway a (00000002)", "UNPUBLISHED"),
            theme(1, "Slipway live (00000001)", "MAIN"),
            theme(3, "Slipway (by hand)", "UNPUBLISHED"),
            theme(4, "Slipway c (00000004)", "UNPUBLISHED"),
            theme(5, "Harbour (00000005)", "UNPUBLISHED"),
            theme(10, "Slipway f (0000000a)", "UNPUBLISHED"),
            theme(6, "Slipway d (00000006)", "UNPUBLISHED"),
        ];
        let gone = expendable(themes, 2, &[waiting]);
        let names: Vec<&str> = gone.iter().map(|theme| theme.name.as_str()).collect();
        assert_eq!(names, ["Slipway a (00000002)", "Slipway d (00000006)"]);
    }
}
