//! Names people and things by keyed 128-bit hashes, so that state holds fixed-size keys and no
//! personal data.

use std::fmt;
use std::hash::Hasher;
use std::num::NonZeroU128;

use siphasher::sip128::{Hasher128, SipHasher13};

/// What an [`Id`] stands for; two kinds never share an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IdKind {
    Tenant = 1,
    User,
    Device,
    Address,
    Block,
    Asn,
    Country,
    City,
    Agent,
    Browser,
    OperatingSystem,
    DeviceType,
    Method,
    /// The words for a place, before it is known what they stand for.
    PlaceWords,
    TypedName,
}

/// A keyed 128-bit hash of a tenant, a kind and a value. Never 0, so that one that may be missing
/// takes no more room.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(NonZeroU128);

impl Id {
    fn of_hash(hash: u128) -> Self {
        Self(NonZeroU128::new(hash).unwrap_or(NonZeroU128::MIN))
    }

    /// The upper quarter: enough to tell a few dozen things of one user apart.
    #[must_use]
    pub fn short(self) -> u32 {
        (self.0.get() >> 96) as u32
    }

    /// The lower half, independent of [`Id::short`]: where a sketch puts it.
    #[must_use]
    pub fn slot_bits(self) -> u64 {
        self.0.get() as u64
    }

    /// The id of two things together; the order matters.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self::of_hash(self.0.get().rotate_left(1) ^ other.0.get())
    }

    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.get().to_le_bytes()
    }

    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self::of_hash(u128::from_le_bytes(bytes))
    }

    #[cfg(test)]
    #[must_use]
    pub fn test(value: u128) -> Self {
        Self::from_bytes(
            blake3::hash(&value.to_le_bytes()).as_bytes()[..16]
                .try_into()
                .unwrap(),
        )
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Hashes values to [`Id`]s under a secret (SipHash-1-3 of 128 bits: Aumasson, Bernstein 2012), so
/// that nobody can aim at a collision.
#[derive(Clone)]
pub struct IdHasher {
    key: [u8; 32],
    keyed: SipHasher13,
}

impl IdHasher {
    /// Derives the keys from a secret of any length.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        let key = blake3::derive_key("nightlatch 2026 id key v1", secret.as_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&blake3::derive_key("nightlatch 2026 id hash v2", &key)[..16]);
        Self {
            key,
            keyed: SipHasher13::new_with_key(&half),
        }
    }

    /// A key for another purpose, from the same secret.
    #[must_use]
    pub fn derive_key(&self, purpose: &str) -> [u8; 32] {
        blake3::derive_key(purpose, &self.key)
    }

    /// The id of `value` of a kind within a tenant.
    #[must_use]
    pub fn id(&self, kind: IdKind, tenant: &str, value: &[u8]) -> Id {
        self.id_of(kind, tenant, &[value])
    }

    /// The id of several values together, each told from the next.
    #[must_use]
    pub(super) fn id_of(&self, kind: IdKind, tenant: &str, values: &[&[u8]]) -> Id {
        let mut hasher = self.keyed;
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hasher.write(&[kind as u8, tenant.len() as u8, (tenant.len() >> 8) as u8]);
        hasher.write(tenant.as_bytes());
        for (number, value) in values.iter().enumerate() {
            if number > 0 {
                // No text that is read holds this byte.
                hasher.write(&[0xff]);
            }
            hasher.write(value);
        }
        Id::of_hash(hasher.finish128().as_u128())
    }
}

impl Default for IdHasher {
    fn default() -> Self {
        Self::new("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_kind_tenant_value_and_key() {
        let hasher = IdHasher::default();
        let base = hasher.id(IdKind::User, "ab", b"c");
        assert_eq!(base, hasher.id(IdKind::User, "ab", b"c"));
        assert_ne!(base, hasher.id(IdKind::Device, "ab", b"c"));
        assert_ne!(base, hasher.id(IdKind::User, "a", b"bc"));
        assert_ne!(base, IdHasher::new("other").id(IdKind::User, "ab", b"c"));
    }
}
