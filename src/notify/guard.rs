//! Addresses that a webhook may not reach unless its receiver says so: a name that is resolved to
//! one of them would have this process knock at the doors of the network it stands in.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::IpNet;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The special-purpose registries of IANA (RFC 6890 and its successors), multicast, and the forms
/// of IPv6 that carry an address of IPv4.
const SPECIAL: [&str; 32] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "::/96",
    "::ffff:0:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

static NETWORKS: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    SPECIAL
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect()
});

/// Whether an address is not one of the public internet.
pub(super) fn is_private(address: IpAddr) -> bool {
    let address = address.to_canonical();
    // Documents, and hosts of their own, of 3fff::/20 are not routed either.
    let is_documentation =
        |six: Ipv6Addr| six.segments()[0] == 0x3fff && six.segments()[1] < 0x1000;
    NETWORKS.iter().any(|network| network.contains(&address))
        || matches!(address, IpAddr::V6(six) if is_documentation(six))
}

/// Resolves a name as the system does, and refuses it where one of its addresses is private. The
/// addresses that were looked at are those that are connected to.
#[derive(Debug, Default)]
pub(super) struct GuardedResolver(DefaultResolver);

/// What a refused name's error says.
pub(super) const REFUSED: &str = "it is an address of a private network, which is refused: set allow_private = true if it is meant";

impl Resolver for GuardedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let resolved = self.0.resolve(uri, config, timeout)?;
        if resolved.iter().any(|address| is_private(address.ip())) {
            let refused = std::io::Error::new(std::io::ErrorKind::PermissionDenied, REFUSED);
            return Err(ureq::Error::Io(refused));
        }
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No address of one's own network or machine passes, in whatever form it is written.
    #[test]
    fn private_addresses_are_known_in_every_form() {
        assert_eq!(NETWORKS.len(), SPECIAL.len(), "each is a network");
        for private in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fd00::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "224.0.0.1",
            "255.255.255.255",
            "3fff:fff::1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "3fff:1000::1",
        ] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
