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

/// What it was called before themes were named after releases.
pub(super) fn former_name_of(deployment: &DeploymentId) -> String {
    let name = format!("Slipway {}", deployment.0);
    name.chars().take(NAME_LIMIT).collect()
}

/// Whether that deployment staged the theme.
fn is_of(theme: &Theme, deployment: &DeploymentId) -> bool {
    let end = format!(" ({})", sign(deployment));
    (theme.name.starts_with("Slipway ") && theme.name.ends_with(&end))
        || theme.name == former_name_of(deployment)
}

/// Those of some themes that may go, oldest first: staged by deployments that are over, beyond the newest `keep`. What carries
/// another name is a person's, or belongs to another workspace.
pub(super) fn expendable(
    mut themes: Vec<Theme>,
    keep: usize,
    ended: &[DeploymentId],
) -> Vec<Theme> {
    themes.retain(|theme| {
        theme.role == "UNPUBLISHED" && ended.iter().any(|deployment| is_of(theme, deployment))
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
            let staged = theme(1, &found, "UNPUBLISHED");
            assert!(is_of(&staged, &deployment), "{found}");
        }
    }

    #[test]
    fn only_old_copies_of_deployments_that_are_over_may_go() {
        let ended = [1, 2, 6, 7, 9, 10].map(|at| DeploymentId(format!("d-{at:016x}")));
        let themes = vec![
            theme(9, "Slipway e (00000009)", "UNPUBLISHED"),
            theme(2, "Slipway a (00000002)", "UNPUBLISHED"),
            theme(1, "Slipway live (00000001)", "MAIN"),
            theme(3, "Slipway redesign (v2)", "UNPUBLISHED"),
            // It may go on.
            theme(4, "Slipway c (00000004)", "UNPUBLISHED"),
            theme(5, "Harbour (00000006)", "UNPUBLISHED"),
            theme(8, "Slipway of another workspace (0badcafe)", "UNPUBLISHED"),
            theme(10, "Slipway f (0000000a)", "UNPUBLISHED"),
            theme(6, "Slipway d (00000006)", "UNPUBLISHED"),
            theme(7, "Slipway d-0000000000000007", "UNPUBLISHED"),
        ];
        let gone = expendable(themes, 2, &ended);
        let names: Vec<&str> = gone.iter().map(|theme| theme.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Slipway a (00000002)",
                "Slipway d (00000006)",
                "Slipway d-0000000000000007"
            ]
        );
    }
}
