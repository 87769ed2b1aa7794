//! People whom a proxy has signed in, and names to us in a header.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Role;

/// Longer names are nobody's.
const MOST_BYTES: usize = 256;

/// Whose word counts for who somebody is, and what those people may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The header, in small letters.
    pub header: String,
    /// Where the proxy stands: from anywhere else the header is nothing.
    pub networks: Vec<IpNet>,
    /// What whoever is not among `people` may do; `None`: nothing.
    pub role: Option<Role>,
    pub people: Vec<Person>,
}

/// Somebody whom the proxy names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub role: Role,
    /// Those whose logins he may see; `None` for all.
    pub tenants: Option<Vec<String>>,
}

impl Identity {
    /// Who somebody is by what the header says, when it comes from an address.
    #[must_use]
    pub fn find(&self, from: IpAddr, name: &str) -> Option<Person> {
        let from = from.to_canonical();
        let is_proxy = self.networks.iter().any(|network| network.contains(&from));
        let name = name.trim();
        let is_name =
            !name.is_empty() && name.len() <= MOST_BYTES && !name.contains(char::is_control);
        if !is_proxy || !is_name {
            return None;
        }
        let known = self
            .people
            .iter()
            .find(|person| person.name.eq_ignore_ascii_case(name));
        known.cloned().or_else(|| {
            Some(Person {
                name: name.to_owned(),
                role: self.role?,
                tenants: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody but the proxy says who somebody is.
    #[test]
    fn a_name_counts_from_the_proxys_network_alone() {
        let person = |name: &str, role: Role| Person {
            name: name.to_owned(),
            role,
            tenants: Some(vec!["acme".to_owned()]),
        };
        let mut identity = Identity {
            header: "x-forwarded-user".to_owned(),
            networks: vec!["10.0.0.0/24".parse().unwrap()],
            role: Some(Role::Read),
            people: vec![person("kim@example.com", Role::Analyst)],
        };
        let find = |identity: &Identity, from: &str, name: &str| {
            identity.find(from.parse().unwrap(), name)
        };
        let kim = find(&identity, "::ffff:10.0.0.7", "Kim@example.com").unwrap();
        assert_eq!(kim, person("kim@example.com", Role::Analyst));
        let other = find(&identity, "10.0.0.7", " bo ").unwrap();
        assert_eq!(
            (other.name.as_str(), other.role, other.tenants),
            ("bo", Role::Read, None)
        );
        for (from, name) in [
            ("10.0.1.7", "kim@example.com"),
            ("127.0.0.1", "kim@example.com"),
            ("10.0.0.7", ""),
            ("10.0.0.7", "a\u{1b}b"),
            ("10.0.0.7", &"a".repeat(300)),
        ] {
            assert_eq!(find(&identity, from, name), None, "{from} {name}");
        }
        identity.role = None;
        assert_eq!(find(&identity, "10.0.0.7", "bo"), None);
    }
}
