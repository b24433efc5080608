//! The settings of an environment that is a store: what a person types, checked and completed. They hold no secret.

use serde::{Deserialize, Serialize};
use slipway_engine::{PlatformError, Reach, SecretPlace, SecretPurpose};
use url::{Host, Url};

use super::client::places;
use super::failure::refused;

/// The version of the Admin API that is asked for when the settings name none.
pub(super) const API_VERSION: &str = "2026-10";

/// Where the requests of theme passwords go, unless a base address is given.
const THEME_ACCESS: &str = "https://theme-kit-access.shopifyapps.com/";

/// How the program proves who it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Auth {
    /// By an access token; the vault holds it.
    Token,
    /// As an app: the vault holds its secret, and tokens are fetched with it and renewed.
    ClientCredentials {
        /// The app's id.
        client_id: String,
    },
}

/// Which theme of the store is captured and written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum ThemeChoice {
    /// The published one, whichever that is.
    #[default]
    Live,
    /// One by its number.
    Id(u64),
}

/// How theme files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ThemeStrategy {
    /// Into the theme that is shown.
    #[default]
    InPlace,
    /// Into a copy of the live theme, which is published in one step.
    Staged,
}

/// What becomes of metafields in namespaces that only the store has, not the source of a release: data of apps, mostly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UnknownMetafields {
    /// They stay.
    #[default]
    Keep,
    /// They go with whatever else a release changes of what has them.
    Remove,
}

impl UnknownMetafields {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// The settings, complete.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// `name.myshopify.com`.
    pub(super) store: String,
    /// Another address at which the store answers; only for tests and the sample workspace when it is http.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) base_url: Option<Url>,
    /// As `2026-10`.
    #[serde(default = "api_version")]
    pub(super) api_version: String,
    /// How the program proves who it is.
    pub(super) auth: Auth,
    /// Which theme.
    #[serde(default)]
    pub(super) theme: ThemeChoice,
    /// How it is written.
    #[serde(default)]
    pub(super) theme_strategy: ThemeStrategy,
    /// Whether a password for theme files lies beside the secret.
    #[serde(default)]
    pub(super) theme_access: bool,
    /// What becomes of metafields that the source does not know.
    #[serde(default, skip_serializing_if = "UnknownMetafields::is_usual")]
    pub(super) unknown_metafields: UnknownMetafields,
}

fn api_version() -> String {
    API_VERSION.to_owned()
}

impl Settings {
    /// Takes settings as a person typed them, or as [`Settings::connection`] made them.
    ///
    /// # Errors
    /// When one is missing or wrong.
    pub(super) fn parse(connection: &serde_json::Value) -> Result<Self, PlatformError> {
        let mut typed = connection.clone();
        // What earlier versions kept: a name for the secret. The place alone decides now which secret is sent there.
        if let Some(fields) = typed.as_object_mut() {
            fields.shift_remove("secret");
        }
        let mut settings: Self = serde_json::from_value(typed).map_err(|error| {
            refused(
                format!("The settings of the store are not right: {error}."),
                "Give the store as `name.myshopify.com`, and how it is accessed.",
            )
        })?;
        settings.store = store_name(&settings.store)?;
        if let Some(base) = &mut settings.base_url {
            check_base(base)?;
            // Without the last slash, joining would drop the last part of the path.
            if !base.path().ends_with('/') {
                base.set_path(&format!("{}/", base.path()));
            }
        }
        let own = own_address(&settings.store);
        settings.base_url = settings.base_url.filter(|base| *base != own);
        if !is_version(&settings.api_version) {
            return Err(refused(
                format!("`{}` is not an API version.", settings.api_version),
                format!("Give it as year and month, for example {API_VERSION}."),
            ));
        }
        if settings.theme_strategy == ThemeStrategy::Staged && settings.theme != ThemeChoice::Live {
            return Err(refused(
                "A theme that is chosen by its number can't be staged: publishing a copy would leave it as it is.",
                "Choose the live theme, or write in place.",
            ));
        }
        Ok(settings)
    }

    /// The settings as they are kept with the environment.
    pub(super) fn connection(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("BUG: settings are plain data")
    }

    /// Whether requests stay on this machine: a simulated store.
    pub(super) fn is_on_this_machine(&self) -> bool {
        self.base_url.as_ref().is_some_and(is_loopback)
    }

    /// Whether the store is reached at no address of this machine or of a private network.
    pub(super) fn is_public(&self) -> bool {
        self.base_url.as_ref().is_none_or(places::is_public)
    }

    /// Where the secret is sent.
    pub(super) fn secret_place(&self) -> SecretPlace {
        let reach = match &self.base_url {
            Some(base) => Reach::At {
                base: base.to_string(),
                is_loopback: is_loopback(base),
            },
            None => Reach::Own,
        };
        SecretPlace {
            account: self.store.clone(),
            reach,
            purpose: SecretPurpose::Access,
        }
    }

    /// Where requests go, for people: the store, with its address where that is not the vendor's.
    pub(super) fn reached(&self) -> String {
        match &self.base_url {
            Some(base) => format!("{} at {base}", self.store),
            None => self.store.clone(),
        }
    }

    /// What the settings lead to, for people: the store, and one of its themes where that is chosen by number.
    pub(super) fn place(&self) -> String {
        let at = self.reached();
        match self.theme {
            ThemeChoice::Live => at,
            ThemeChoice::Id(id) => format!("{at}, theme {id}"),
        }
    }

    /// The address of a path of the store, as `admin/oauth/access_token`.
    pub(super) fn address(&self, path: &str) -> Url {
        let base = self.base_url.clone();
        let base = base.unwrap_or_else(|| own_address(&self.store));
        base.join(path)
            .expect("BUG: paths of the API are fixed texts")
    }

    /// Where requests with an ordinary token go.
    pub(super) fn admin_endpoint(&self) -> Url {
        self.address(&format!("admin/api/{}/graphql.json", self.api_version))
    }

    /// Where requests with a theme password go; they name the store in a header.
    pub(super) fn theme_access_endpoint(&self) -> Url {
        let path = format!("/cli/admin/api/{}/graphql.json", self.api_version);
        match &self.base_url {
            Some(base) => base.join(&path),
            None => Url::parse(THEME_ACCESS).and_then(|url| url.join(&path)),
        }
        .expect("BUG: paths of the API are fixed texts")
    }
}

/// The vendor's address of a store whose name was checked.
fn own_address(store: &str) -> Url {
    Url::parse(&format!("https://{store}/")).expect("BUG: the name of a store was checked")
}

/// Brings the name of a store into the form `name.myshopify.com`.
fn store_name(typed: &str) -> Result<String, PlatformError> {
    let name = typed
        .trim()
        .trim_start_matches("https://")
        .trim_end_matches('/')
        .to_ascii_lowercase();
    let name = if name.contains('.') {
        name
    } else {
        format!("{name}.myshopify.com")
    };
    let label = name.strip_suffix(".myshopify.com").unwrap_or_default();
    let is_label = !label.is_empty()
        && label.len() <= 60
        && !label.starts_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_label {
        return Ok(name);
    }
    Err(refused(
        format!("`{typed}` is not the address of a store."),
        "Give the address that ends in `.myshopify.com`; the store's settings show it under Domains.",
    ))
}

/// Whether an address may be sent secrets: anything over https, and http to this machine.
pub(super) fn check_address(base: &Url) -> Result<(), PlatformError> {
    let is_right = match base.scheme() {
        "https" => base.host().is_some(),
        "http" => is_loopback(base),
        _ => false,
    };
    if is_right && base.username().is_empty() && base.password().is_none() {
        return Ok(());
    }
    Err(refused(
        format!(
            "`{}` can't be the base address of a store: a token would be sent there unprotected.",
            base.host_str().unwrap_or_default()
        ),
        "Use https; http is for this machine only.",
    ))
}

/// As [`check_address`], for an address that others are joined to.
fn check_base(base: &Url) -> Result<(), PlatformError> {
    check_address(base)?;
    if base.query().is_none() && base.fragment().is_none() {
        return Ok(());
    }
    Err(refused(
        format!("`{base}` can't be the base address of a store: it has a query or a fragment."),
        "Give the address up to its path.",
    ))
}

/// Whether an address leads to this machine.
fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn is_version(text: &str) -> bool {
    let is_dated = text.len() == 7
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_dated || text == "unstable"
}

impl Serialize for ThemeChoice {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Live => s.serialize_str("live"),
            Self::Id(id) => s.serialize_str(&id.to_string()),
        }
    }
}

impl<'de> Deserialize<'de> for ThemeChoice {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        if text == "live" {
            return Ok(Self::Live);
        }
        let number = text.rsplit('/').next().unwrap_or_default();
        number.parse().map(Self::Id).map_err(|_| {
            serde::de::Error::custom(format!(
                "`{text}` is neither `live` nor the number of a theme"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(field: &str, value: serde_json::Value) -> Result<Settings, PlatformError> {
        let mut connection = json!({
            "store": "northwind.myshopify.com", "auth": {"kind": "token"}
        });
        connection[field] = value;
        Settings::parse(&connection)
    }

    #[test]
    fn what_is_typed_is_completed_or_refused() {
        for (field, value, refusal) in [
            ("store", json!("Northwind"), None),
            ("store", json!("https://northwind.myshopify.com/"), None),
            (
                "store",
                json!("northwind.example"),
                Some("not the address of a store"),
            ),
            ("store", json!("-x"), Some("not the address of a store")),
            ("base_url", json!("http://127.0.0.1:8080/shops/a"), None),
            ("base_url", json!("http://[::1]:8080"), None),
            ("base_url", json!("https://shop.example"), None),
            (
                "base_url",
                json!("http://shop.example"),
                Some("unprotected"),
            ),
            (
                "base_url",
                json!("https://a:b@shop.example"),
                Some("unprotected"),
            ),
            (
                "base_url",
                json!("https://shop.example/?a=b"),
                Some("a query or a fragment"),
            ),
            (
                "base_url",
                json!("https://shop.example/#.theme"),
                Some("a query or a fragment"),
            ),
            ("api_version", json!("2026-07"), None),
            ("api_version", json!("../x"), Some("not an API version")),
            ("theme", json!("123"), None),
            ("unknown_metafields", json!("remove"), None),
            ("unknown_metafields", json!("sell"), Some("unknown variant")),
            ("theme", json!("main"), Some("neither")),
            ("secret", json!("another.myshopify.com"), None),
            ("token", json!("shpat_x"), Some("unknown field")),
        ] {
            match (with(field, value.clone()), refusal) {
                (Ok(_), None) => {}
                (Err(error), Some(part)) => {
                    assert!(error.to_string().contains(part), "{field} {value}: {error}");
                }
                (result, _) => panic!("{field} {value}: {result:?}"),
            }
        }
    }

    #[test]
    fn a_secret_is_found_by_the_place_that_it_is_sent_to_and_by_nothing_else() {
        for (base, name, is_own) in [
            (json!(null), "northwind.myshopify.com", true),
            (
                json!("https://NORTHWIND.myshopify.com:443"),
                "northwind.myshopify.com",
                true,
            ),
            (
                json!("https://thief.example"),
                "northwind.myshopify.com@https://thief.example/",
                false,
            ),
            (
                json!("https://thief.example/northwind.myshopify.com"),
                "northwind.myshopify.com@https://thief.example/northwind.myshopify.com/",
                false,
            ),
            (
                json!("http://127.0.0.1:1/shops/a"),
                "northwind.myshopify.com@http://127.0.0.1:1/shops/a/",
                true,
            ),
            (
                json!("http://[::1]:1"),
                "northwind.myshopify.com@http://[::1]:1/",
                true,
            ),
            (
                json!("https://127.0.0.1.thief.example"),
                "northwind.myshopify.com@https://127.0.0.1.thief.example/",
                false,
            ),
        ] {
            // What a file from elsewhere may claim.
            for claimed in [json!("northwind.myshopify.com"), json!(""), json!(null)] {
                let connection = json!({
                    "store": "northwind.myshopify.com", "auth": {"kind": "token"}, "base_url": base,
                    "secret": claimed,
                });
                let settings = Settings::parse(&connection).expect("settings");
                let place = settings.secret_place();
                assert_eq!(place.to_string(), name);
                assert_eq!(place.is_accounts_own(), is_own, "{name}");
                assert_eq!(place.theme().to_string(), format!("{name}.theme"));
                let kept = settings.connection();
                assert_eq!(kept.get("secret"), None, "no name is kept");
            }
        }
    }

    #[test]
    fn addresses_keep_the_path_of_the_base() {
        let settings = with("base_url", json!("http://127.0.0.1:1/shops/a")).expect("settings");
        assert_eq!(
            settings.admin_endpoint().as_str(),
            "http://127.0.0.1:1/shops/a/admin/api/2026-10/graphql.json"
        );
        assert_eq!(
            settings.theme_access_endpoint().as_str(),
            "http://127.0.0.1:1/cli/admin/api/2026-10/graphql.json"
        );
        let again = Settings::parse(&settings.connection()).expect("kept settings");
        assert_eq!(again, settings);
    }
}
