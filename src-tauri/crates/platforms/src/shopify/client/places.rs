//! Which addresses lead out: a store that means harm may name one of this machine or of the network that it stands in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Whether an address is none of this machine or of a private network, as far as it says so itself.
pub(in super::super) fn is_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_public_v4(ip),
        Some(Host::Ipv6(ip)) => is_public_v6(ip),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            !(name == "localhost" || name.ends_with(".localhost"))
        }
        None => false,
    }
}

fn is_public_ip(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    // Shared by a provider's customers (RFC 6598), and "this network" (RFC 1122).
    let is_shared = first == 100 && (64..128).contains(&second);
    !(ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_multicast()
        || is_shared
        || first == 0)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(ip) = ip.to_ipv4() {
        return is_public_v4(ip);
    }
    let [first, ..] = ip.segments();
    let is_unique_local = first & 0xfe00 == 0xfc00;
    let is_link_local = first & 0xffc0 == 0xfe80;
    !(ip.is_multicast() || is_unique_local || is_link_local)
}

/// Resolves names to public addresses only; but for those of the proxies of this machine, which resolve the others themselves.
pub(super) struct PublicOnly {
    proxies: Vec<String>,
}

impl PublicOnly {
    /// With the proxies of this machine: those that the client takes for files.
    pub(super) fn on_this_machine() -> Self {
        Self::with(|variable| std::env::var(variable).ok())
    }

    fn with(variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
        let proxies = named.into_iter().filter_map(|name| {
            let proxy = variable(name)?;
            let proxy = match proxy.contains("://") {
                true => proxy,
                false => format!("http://{proxy}"),
            };
            Some(Url::parse(&proxy).ok()?.host_str()?.to_owned())
        });
        Self {
            proxies: proxies.collect(),
        }
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let mut proxies = self.proxies.iter();
        let is_proxy = proxies.any(|proxy| proxy.eq_ignore_ascii_case(name.as_str()));
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found
                .filter(|found| is_proxy || is_public_ip(found.ip()))
                .collect();
            if public.is_empty() {
                return Err(format!("{} is in no public network", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_proxy_may_be_anywhere_and_nothing_else() {
        for (variable, value, expected) in [
            ("HTTPS_PROXY", "http://localhost:3128", true),
            ("https_proxy", "LOCALHOST:3128", true),
            ("ALL_PROXY", "http://name:word@localhost", true),
            ("HTTPS_PROXY", "http://proxy.example:3128", false),
            ("NO_PROXY", "localhost", false),
        ] {
            let names = PublicOnly::with(|name| (name == variable).then(|| value.to_owned()));
            let found = names.resolve("localhost".parse().expect("a name")).await;
            assert_eq!(found.is_ok(), expected, "{variable}={value}");
        }
    }

    #[test]
    fn addresses_of_this_machine_and_of_private_networks_are_known() {
        for (address, expected) in [
            ("https://cdn.shopify.com/a", true),
            ("https://93.184.216.34/", true),
            ("https://[2606:4700::1111]/", true),
            ("https://127.0.0.1/", false),
            ("https://127.1/", false),
            ("https://2130706433/", false),
            ("https://0.0.0.0/", false),
            ("https://10.1.2.3/", false),
            ("https://172.20.0.1/", false),
            ("https://192.168.1.1/", false),
            ("https://169.254.169.254/latest", false),
            ("https://100.64.0.1/", false),
            ("https://localhost/", false),
            ("https://LOCALHOST./", false),
            ("https://a.localhost/", false),
            ("https://[::1]/", false),
            ("https://[::ffff:10.0.0.1]/", false),
            ("https://[fd00::1]/", false),
            ("https://[fe80::1]/", false),
        ] {
            let url = Url::parse(address).expect("an address");
            assert_eq!(is_public(&url), expected, "{address}");
        }
    }
}
