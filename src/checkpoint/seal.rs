//! Closes what goes to the profiles topic: compressed, encrypted and authenticated under the key of
//! the ids.
//!
//! Cells name people only by keyed hashes, but a user's last login keeps its place, address and
//! device in clear for the analyst. Nobody reads them from the topic without the key. Every bit of
//! a record is covered, and its partition and key too: a damaged, moved or foreign record is
//! refused, never misread.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::codec;
use crate::login::{IdHasher, Partition};

const NONCE_BYTES: usize = 24;
const FINGERPRINT_BYTES: usize = 8;
/// More than any record opens to; what claims more is not ours.
const MAX_PLAIN_BYTES: usize = 64 << 20;
/// Speed counts for more than size.
const COMPRESSION_LEVEL: i32 = 1;

/// Why a record cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("they were written in version {0} of their form, and this program reads version \
             {current}", current = codec::VERSION)]
    Version(u8),
    #[error("they were written under another ids.key_file")]
    OtherKey,
    #[error("a record is damaged")]
    Damaged,
}

/// The key, and how to recognise it.
#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
    nonce_key: [u8; 32],
    fingerprint: [u8; FINGERPRINT_BYTES],
}

/// Where a record stands; it can be opened nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    pub partition: Partition,
    pub key: &'a [u8],
    pub section: u8,
}

impl Address<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.partition.0.to_le_bytes().to_vec();
        bytes.push(self.section);
        bytes.extend_from_slice(self.key);
        bytes
    }
}

/// Profiles that cannot be written. They would be lost at the next start, so the process ends.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("changed profiles cannot be compressed for the checkpoint: {0}")]
    Compress(#[from] std::io::Error),
    #[error("changed profiles cannot be encrypted for the checkpoint")]
    Encrypt,
}

impl Seal {
    #[must_use]
    pub fn new(hasher: &IdHasher) -> Self {
        let key = hasher.derive_key("nightlatch 2026 profiles key v1");
        let fingerprint = hasher.derive_key("nightlatch 2026 profiles key fingerprint v1");
        let mut start = [0; FINGERPRINT_BYTES];
        start.copy_from_slice(&fingerprint[..FINGERPRINT_BYTES]);
        Self {
            cipher: XChaCha20Poly1305::new(&key.into()),
            nonce_key: hasher.derive_key("nightlatch 2026 profiles nonce key v1"),
            fingerprint: start,
        }
    }

    /// What every record begins with: the version of its form, and which key it is closed under.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        let mut header = vec![codec::VERSION];
        header.extend_from_slice(&self.fingerprint);
        header
    }

    /// Takes the header from the front.
    pub fn check_header(&self, record: &mut &[u8]) -> Result<(), Unreadable> {
        let version = codec::take(record, 1).ok_or(Unreadable::Damaged)?[0];
        if version != codec::VERSION {
            return Err(Unreadable::Version(version));
        }
        let fingerprint = codec::take(record, FINGERPRINT_BYTES).ok_or(Unreadable::Damaged)?;
        if fingerprint == self.fingerprint {
            Ok(())
        } else {
            Err(Unreadable::OtherKey)
        }
    }

    /// Compresses and encrypts.
    pub fn close(&self, address: Address<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let compressed = zstd::bulk::compress(plain, COMPRESSION_LEVEL)?;
        let place = address.bytes();
        // A nonce from the content: the same nonce twice means the same bytes twice.
        let mut hasher = blake3::Hasher::new_keyed(&self.nonce_key);
        hasher.update(&(place.len() as u64).to_le_bytes());
        hasher.update(&place);
        hasher.update(&compressed);
        let mut nonce = [0; NONCE_BYTES];
        hasher.finalize_xof().fill(&mut nonce);
        let payload = Payload {
            msg: &compressed,
            aad: &place,
        };
        let closed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError::Encrypt)?;
        let mut record = nonce.to_vec();
        record.extend_from_slice(&closed);
        Ok(record)
    }

    /// Opens what [`Seal::close`] closed at the same address.
    pub fn open(&self, address: Address<'_>, mut closed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let nonce: [u8; NONCE_BYTES] = codec::take(&mut closed, NONCE_BYTES)
            .and_then(|nonce| nonce.try_into().ok())
            .ok_or(Unreadable::Damaged)?;
        let payload = Payload {
            msg: closed,
            aad: &address.bytes(),
        };
        let compressed = self
            .cipher
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Unreadable::Damaged)?;
        zstd::bulk::decompress(&compressed, capacity(&compressed)?).map_err(|_| Unreadable::Damaged)
    }
}

fn capacity(compressed: &[u8]) -> Result<usize, Unreadable> {
    zstd::zstd_safe::get_frame_content_size(compressed)
        .ok()
        .flatten()
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| *size <= MAX_PLAIN_BYTES)
        .ok_or(Unreadable::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Address<'_> = Address {
        partition: Partition(3),
        key: b"page-1",
        section: 0,
    };

    #[test]
    fn what_is_closed_opens_at_its_place_alone() {
        let seal = Seal::new(&IdHasher::new("secret"));
        let closed = seal.close(ADDRESS, b"203.0.113.9 of Ada").unwrap();
        assert_eq!(seal.open(ADDRESS, &closed).unwrap(), b"203.0.113.9 of Ada");
        assert!(!closed.windows(3).any(|part| part == b"Ada"));
        for moved in [
            Address {
                partition: Partition(4),
                ..ADDRESS
            },
            Address {
                key: b"page-2",
                ..ADDRESS
            },
            Address {
                section: 1,
                ..ADDRESS
            },
        ] {
            assert_eq!(seal.open(moved, &closed), Err(Unreadable::Damaged));
        }
        let other = Seal::new(&IdHasher::new("other"));
        assert_eq!(other.open(ADDRESS, &closed), Err(Unreadable::Damaged));
        assert_eq!(
            other.check_header(&mut &seal.header()[..]),
            Err(Unreadable::OtherKey)
        );
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let seal = Seal::new(&IdHasher::default());
        let closed = seal.close(ADDRESS, &[7; 100]).unwrap();
        for bit in 0..closed.len() * 8 {
            let mut flipped = closed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(seal.open(ADDRESS, &flipped), Err(Unreadable::Damaged));
        }
        for length in 0..closed.len() {
            assert!(seal.open(ADDRESS, &closed[..length]).is_err());
        }
    }
}
