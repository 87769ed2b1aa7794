//! Who may ask over HTTP, and what: tokens with a role and tenants. Tokens are random, so a fast
//! hash keeps them; they are compared in constant time.

mod identity;

use std::fmt;
use std::str::FromStr;

pub use identity::{Identity, Person};

/// Before the random part, so that scanners of secrets know what leaked.
const PREFIX: &str = "nlt_";
/// Of the random part.
const SECRET_BYTES: usize = 32;
/// No token is shorter: what a person made up is guessed.
const LEAST_BYTES: usize = 32;

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Ask for the risk of a login.
    Predict,
    /// See everything of his tenants.
    Read,
    /// And give verdicts, and ask for the risk of a login.
    Analyst,
    /// And see the process.
    Admin,
}

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Predict,
    Read,
    Judge,
    Administer,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Predict, Self::Read, Self::Analyst, Self::Admin];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::Read => "read",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }

    #[must_use]
    pub fn may(self, right: Right) -> bool {
        match self {
            Self::Predict => right == Right::Predict,
            Self::Read => right == Right::Read,
            Self::Analyst => right != Right::Administer,
            Self::Admin => true,
        }
    }
}

/// The hash of a token, as the configuration keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash(blake3::Hash);

impl TokenHash {
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(blake3::hash(token.as_bytes()))
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.to_hex())
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a token's hash)")
    }
}

/// It is no hash of a token: 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a token's hash has 64 hexadecimal digits, as `nightlatch token create` prints it")]
pub struct NoHash;

impl FromStr for TokenHash {
    type Err = NoHash;
    fn from_str(text: &str) -> Result<Self, NoHash> {
        blake3::Hash::from_hex(text).map(Self).map_err(|_| NoHash)
    }
}

/// A token, by its hash.
#[derive(Clone, Debug)]
pub struct Token {
    pub name: String,
    pub role: Role,
    /// Those whose logins he may see; `None` for all.
    pub tenants: Option<Vec<String>>,
    pub hash: TokenHash,
}

/// Whether a text may be a token at all.
#[must_use]
pub fn is_long_enough(token: &str) -> bool {
    token.len() >= LEAST_BYTES
}

/// A new token, from random bytes.
#[must_use]
pub fn new_token(random: [u8; SECRET_BYTES]) -> String {
    let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{PREFIX}{digits}")
}

/// Who may ask.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub tokens: Vec<Token>,
    /// People whom a proxy names.
    pub identity: Option<Identity>,
    /// Whether whoever reaches it may ask, as on loopback.
    pub insecure: bool,
    /// Names by which it is reached, beside those of loopback and its own address.
    pub hosts: Vec<String>,
    pub metrics_open: bool,
    /// Of one token or address, a second.
    pub requests_per_second: u32,
}

impl Access {
    /// Whether nobody can show who he is.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.tokens.is_empty() && self.identity.is_none()
    }

    /// The token of a secret. Each is compared, and each in constant time.
    #[must_use]
    pub fn find(&self, secret: &str) -> Option<&Token> {
        let hash = TokenHash::of(secret);
        let mut found = None;
        for token in &self.tokens {
            if token.hash == hash {
                found = Some(token);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each role may do, and nothing else.
    #[test]
    fn a_role_may_do_what_its_name_says() {
        let may = |role: Role| {
            [Right::Predict, Right::Read, Right::Judge, Right::Administer]
                .map(|right| role.may(right))
        };
        assert_eq!(may(Role::Predict), [true, false, false, false]);
        assert_eq!(may(Role::Read), [false, true, false, false]);
        assert_eq!(may(Role::Analyst), [true, true, true, false]);
        assert_eq!(may(Role::Admin), [true; 4]);
    }

    #[test]
    fn a_token_is_found_by_its_secret_alone() {
        let secret = new_token([7; SECRET_BYTES]);
        assert!(is_long_enough(&secret) && secret.starts_with(PREFIX));
        let hash: TokenHash = TokenHash::of(&secret).to_string().parse().unwrap();
        let access = Access {
            tokens: vec![Token {
                name: "kim".to_owned(),
                role: Role::Read,
                tenants: None,
                hash,
            }],
            ..Access::default()
        };
        assert_eq!(
            access.find(&secret).map(|token| token.name.as_str()),
            Some("kim")
        );
        let hash = TokenHash::of(&secret).to_string();
        for other in ["", "nlt_", &secret[1..], &hash] {
            assert!(access.find(other).is_none(), "{other}");
        }
        assert!("xyz".parse::<TokenHash>().is_err());
    }
}
