//! Lists of networks that a user keeps: which addresses and autonomous systems are whose.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;

/// What a list says of its networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkClass {
    /// Rented by the hour.
    Hosting,
    Vpn,
    Tor,
    /// Hides addresses and keeps their country, as phones' makers offer it.
    Relay,
    /// Many subscribers behind one address.
    Carrier,
    Satellite,
    /// The company's own way out: it says where the company is, and not the user.
    Egress,
    /// Known for attacks.
    Bad,
}

impl NetworkClass {
    pub const ALL: [Self; 8] = [
        Self::Hosting,
        Self::Vpn,
        Self::Tor,
        Self::Relay,
        Self::Carrier,
        Self::Satellite,
        Self::Egress,
        Self::Bad,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hosting => "hosting",
            Self::Vpn => "vpn",
            Self::Tor => "tor",
            Self::Relay => "relay",
            Self::Carrier => "carrier",
            Self::Satellite => "satellite",
            Self::Egress => "egress",
            Self::Bad => "bad",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether it hides who comes from it.
    #[must_use]
    pub fn is_anonymiser(self) -> bool {
        matches!(
            self,
            Self::Hosting | Self::Vpn | Self::Tor | Self::Relay | Self::Bad
        )
    }

    /// Whether a place that is known of it is the user's.
    #[must_use]
    pub fn has_place(self) -> bool {
        !matches!(self, Self::Tor | Self::Egress)
    }
}

/// How a network is written: 192.0.2.0/24, an address, or AS64500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkEntry {
    Network(IpNet),
    System(u32),
}

impl NetworkEntry {
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let system = text.strip_prefix("AS").or(text.strip_prefix("as"));
        if let Some(number) = system.and_then(|digits| digits.parse().ok()) {
            return Some(Self::System(number));
        }
        let address = || Some(text.parse::<IpAddr>().ok()?.into());
        text.parse().ok().or_else(address).map(Self::Network)
    }
}

/// A list: a file of networks of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkList {
    pub file: PathBuf,
    pub class: NetworkClass,
}

/// Networks with their classes: the narrowest that holds an address decides, of equals the first
/// list; an autonomous system where no network does.
#[derive(Debug, Default)]
pub struct Networks {
    /// By length of the prefix and its bits.
    v4: Prefixes,
    v6: Prefixes,
    systems: HashMap<u32, NetworkClass, foldhash::fast::RandomState>,
}

#[derive(Debug, Default)]
struct Prefixes {
    lengths: BTreeSet<u8>,
    classes: HashMap<(u8, u128), NetworkClass, foldhash::fast::RandomState>,
}

impl Prefixes {
    fn insert(&mut self, length: u8, bits: u128, class: NetworkClass) {
        self.lengths.insert(length);
        self.classes.entry((length, bits)).or_insert(class);
    }

    fn class(&self, bits: u128, width: u8) -> Option<NetworkClass> {
        self.lengths.iter().rev().find_map(|length| {
            let mask = u128::MAX
                .checked_shl(u32::from(width - length))
                .unwrap_or(0);
            self.classes.get(&(*length, bits & mask)).copied()
        })
    }
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkListError {
    #[error("{path}: {source}")]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "{path}, line {line}: `{text}` is no network; use 192.0.2.0/24, 2001:db8::/32, an address, \
         or AS64500"
    )]
    Malformed {
        path: PathBuf,
        line: usize,
        text: String,
    },
}

impl Networks {
    /// Reads lists; what stands after `#` or `;` is a remark.
    pub fn read(lists: &[NetworkList]) -> Result<Self, NetworkListError> {
        let mut networks = Self::default();
        for list in lists {
            let text = std::fs::read_to_string(&list.file).map_err(|source| {
                NetworkListError::Unreadable {
                    path: list.file.clone(),
                    source,
                }
            })?;
            networks.add(&text, list.class, &list.file)?;
        }
        Ok(networks)
    }

    fn add(
        &mut self,
        text: &str,
        class: NetworkClass,
        path: &Path,
    ) -> Result<(), NetworkListError> {
        for (number, line) in text.lines().enumerate() {
            let entry = line.split(['#', ';']).next().unwrap_or_default().trim();
            if entry.is_empty() {
                continue;
            }
            if !self.insert(entry, class) {
                return Err(NetworkListError::Malformed {
                    path: path.to_owned(),
                    line: number + 1,
                    text: entry.chars().take(60).collect(),
                });
            }
        }
        Ok(())
    }

    fn insert(&mut self, entry: &str, class: NetworkClass) -> bool {
        match NetworkEntry::from_text(entry) {
            Some(NetworkEntry::System(number)) => {
                self.systems.entry(number).or_insert(class);
            }
            Some(NetworkEntry::Network(IpNet::V4(network))) => {
                let bits = u32::from(network.network());
                self.v4.insert(network.prefix_len(), bits.into(), class);
            }
            Some(NetworkEntry::Network(IpNet::V6(network))) => {
                let bits = u128::from(network.network());
                self.v6.insert(network.prefix_len(), bits, class);
            }
            None => return false,
        }
        true
    }

    /// What the lists say of an address and its system.
    #[must_use]
    pub fn class(&self, address: Option<IpAddr>, system: Option<u32>) -> Option<NetworkClass> {
        let by_address = match address {
            Some(IpAddr::V4(address)) => self.v4.class(u32::from(address).into(), 32),
            Some(IpAddr::V6(address)) => self.v6.class(address.into(), 128),
            None => None,
        };
        by_address.or_else(|| self.systems.get(&system?).copied())
    }

    /// How many networks and systems are listed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.v4.classes.len() + self.v6.classes.len() + self.systems.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whether an address is one that the internet knows: a private one is no place and no network.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_broadcast()
                || address.is_multicast()
                || is_shared(address))
        }
        IpAddr::V6(address) => {
            !(address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || is_local(address))
        }
    }
}

/// RFC 6598: between a carrier and its subscribers.
fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && (64..128).contains(&second)
}

/// Unique local (RFC 4193) and link-local addresses.
fn is_local(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(text: &str, class: NetworkClass) -> Networks {
        let mut networks = Networks::default();
        networks.add(text, class, Path::new("list")).unwrap();
        networks
    }

    #[test]
    fn the_narrowest_network_decides_and_then_the_system() {
        let mut lists = networks("203.0.113.0/24\nAS64500 # ours\n", NetworkClass::Vpn);
        let narrow = "203.0.113.9 ; one\n2001:db8::/32\n0.0.0.0/0\n";
        lists
            .add(narrow, NetworkClass::Tor, Path::new("b"))
            .unwrap();
        let class = |text: &str| lists.class(text.parse().ok(), None);
        assert_eq!(class("203.0.113.8"), Some(NetworkClass::Vpn));
        assert_eq!(class("203.0.113.9"), Some(NetworkClass::Tor));
        assert_eq!(class("198.51.100.1"), Some(NetworkClass::Tor));
        assert_eq!(class("2001:db8:1::1"), Some(NetworkClass::Tor));
        assert_eq!(class("2001:dead::1"), None);
        assert_eq!(lists.class(None, Some(64500)), Some(NetworkClass::Vpn));
        assert_eq!(lists.class(None, Some(1)), None);
    }

    #[test]
    fn a_line_that_is_no_network_is_told_with_its_place() {
        let mut lists = Networks::default();
        let error = lists.add(
            "192.0.2.0/24\n300.1.1.1\n",
            NetworkClass::Bad,
            Path::new("l"),
        );
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("l, line 2: `300.1.1.1`")
        );
    }

    #[test]
    fn private_addresses_are_no_place() {
        for text in [
            "10.1.2.3",
            "192.168.0.1",
            "127.0.0.1",
            "100.64.0.1",
            "fd00::1",
            "fe80::1",
            "::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["203.0.113.9", "8.8.8.8", "2001:db8::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}
