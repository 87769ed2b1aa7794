//! What a condition may name: features as people think of them, and fields of the login.

use std::sync::LazyLock;

use crate::enrich::networks::NetworkClass;
use crate::features::natural::NATURAL;
use crate::login::{ClaimedRisk, EventKind, Login};

/// What stands behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A feature, by its place.
    Number(usize),
    /// A feature that is 0 or 1.
    Flag(usize),
    Risk,
    AsnSuccesses,
    Success,
    FirstLogins,
    Word(Word),
    Country,
    Reasons,
}

/// A field that holds one of a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    EventType,
    NetworkClass,
    ProviderRisk,
}

impl Word {
    /// The words, at most 32; their places are what a condition compares.
    #[must_use]
    pub fn all(self) -> Vec<&'static str> {
        match self {
            Self::EventType => EVENT_TYPES.map(|(name, _)| name).to_vec(),
            Self::NetworkClass => NetworkClass::ALL.map(NetworkClass::name).to_vec(),
            Self::ProviderRisk => PROVIDER_RISKS.map(|(name, _)| name).to_vec(),
        }
    }

    /// The place of the word that a login has; `None` where it has none.
    pub(super) fn of(self, login: &Login) -> Option<usize> {
        match self {
            Self::EventType => EVENT_TYPES.iter().position(|(_, kind)| *kind == login.kind),
            Self::NetworkClass => {
                let class = login.network_class?;
                NetworkClass::ALL.iter().position(|other| *other == class)
            }
            Self::ProviderRisk => {
                let risk = login.claimed_risk?;
                PROVIDER_RISKS.iter().position(|(_, other)| *other == risk)
            }
        }
    }
}

/// Of what is judged: evidence never is.
const EVENT_TYPES: [(&str, EventKind); 4] = [
    ("login", EventKind::Login),
    ("password_reset", EventKind::PasswordReset),
    ("mfa_challenge", EventKind::MfaChallenge),
    ("other", EventKind::Other),
];

const PROVIDER_RISKS: [(&str, ClaimedRisk); 4] = [
    ("none", ClaimedRisk::None),
    ("low", ClaimedRisk::Low),
    ("medium", ClaimedRisk::Medium),
    ("high", ClaimedRisk::High),
];

/// A name that a condition may use.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub unit: &'static str,
    pub named: Named,
}

/// All names, in the order of the features and then those of the login itself.
#[must_use]
pub fn fields() -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
        let features = NATURAL.iter().enumerate().filter_map(|(place, natural)| {
            let natural = natural.as_ref()?;
            Some(Field {
                name: natural.name.clone(),
                unit: natural.unit,
                named: match natural.is_flag() {
                    true => Named::Flag(place),
                    false => Named::Number(place),
                },
            })
        });
        let own = [
            ("success", "true or false", Named::Success),
            ("first_logins", "true or false", Named::FirstLogins),
            ("risk", "0 to 1", Named::Risk),
            ("asn_successes", "logins of everyone", Named::AsnSuccesses),
            ("event_type", "a word", Named::Word(Word::EventType)),
            ("network_class", "a word", Named::Word(Word::NetworkClass)),
            ("provider_risk", "a word", Named::Word(Word::ProviderRisk)),
            ("country", "a code such as \"NZ\"", Named::Country),
            ("reasons", "codes", Named::Reasons),
        ];
        let own = own.into_iter().map(|(name, unit, named)| Field {
            name: name.to_owned(),
            unit,
            named,
        });
        features.chain(own).collect()
    });
    &FIELDS
}

pub(super) fn find(name: &str) -> Option<&'static Field> {
    fields().iter().find(|field| field.name == name)
}
