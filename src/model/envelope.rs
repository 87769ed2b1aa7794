//! The envelope of a model file: what makes a damaged file an error and never a wrong score.
//!
//! ```text
//! offset size
//!      0    8  magic "NLMODEL\n"
//!      8    4  format version, little endian
//!     12    8  length of the payload, little endian
//!     20   32  digest of the feature list
//!     52   32  blake3 of the payload
//!     84       payload (CBOR)
//! ```

const MAGIC: &[u8; 8] = b"NLMODEL\n";
/// The format this program writes and reads.
pub const VERSION: u32 = 2;
const HEADER_BYTES: usize = 84;
/// No model is larger; a length above is damage.
const MAX_PAYLOAD_BYTES: u64 = 1 << 30;

/// Why a file is not a model that this program can use.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnvelopeError {
    #[error("this is not a nightlatch model file")]
    Foreign,
    #[error("the model file is cut short: {found} bytes of {expected}; copy it again")]
    Truncated { expected: u64, found: u64 },
    #[error("the model file has {0} bytes too many; copy it again")]
    TooLong(u64),
    #[error(
        "the model file has format {found}, this program reads format {VERSION}; train it again \
         with `nightlatch train`"
    )]
    Version { found: u32 },
    #[error("the model file is damaged: its checksum does not match; copy it again")]
    Corrupt,
    #[error(
        "the model was trained on another list of features than this program computes; train it \
         again with `nightlatch train`"
    )]
    OtherFeatures,
}

/// Wraps a payload.
#[must_use]
pub fn seal(payload: &[u8], features: &[u8; 32]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER_BYTES + payload.len());
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&VERSION.to_le_bytes());
    file.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    file.extend_from_slice(features);
    file.extend_from_slice(blake3::hash(payload).as_bytes());
    file.extend_from_slice(payload);
    file
}

/// Checks a file and gives its payload and the payload's checksum.
pub fn open<'a>(
    file: &'a [u8],
    features: &[u8; 32],
) -> Result<(&'a [u8], blake3::Hash), EnvelopeError> {
    let magic = &file[..file.len().min(MAGIC.len())];
    if magic != &MAGIC[..magic.len()] || file.is_empty() {
        return Err(EnvelopeError::Foreign);
    }
    let found = file.len() as u64;
    let (Some(version), Some(length)) = (number::<4>(file, 8), number::<8>(file, 12)) else {
        return Err(EnvelopeError::Truncated {
            expected: HEADER_BYTES as u64,
            found,
        });
    };
    let version = u32::from_le_bytes(version);
    if version != VERSION {
        return Err(EnvelopeError::Version { found: version });
    }
    let length = u64::from_le_bytes(length);
    if length > MAX_PAYLOAD_BYTES {
        return Err(EnvelopeError::Corrupt);
    }
    let expected = HEADER_BYTES as u64 + length;
    if found < expected {
        return Err(EnvelopeError::Truncated { expected, found });
    }
    if found > expected {
        return Err(EnvelopeError::TooLong(found - expected));
    }
    let payload = &file[HEADER_BYTES..];
    let checksum = blake3::hash(payload);
    if checksum.as_bytes() != &file[52..84] {
        return Err(EnvelopeError::Corrupt);
    }
    if &file[20..52] != features {
        return Err(EnvelopeError::OtherFeatures);
    }
    Ok((payload, checksum))
}

fn number<const N: usize>(file: &[u8], at: usize) -> Option<[u8; N]> {
    file.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEATURES: [u8; 32] = [7; 32];

    #[test]
    fn every_bit_counts() {
        let file = seal(b"a payload of some length", &FEATURES);
        assert!(open(&file, &FEATURES).is_ok());
        for bit in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(
                open(&damaged, &FEATURES).is_err(),
                "bit {bit} went unnoticed"
            );
        }
    }

    #[test]
    fn every_length_counts() {
        let file = seal(b"a payload of some length", &FEATURES);
        for length in 0..file.len() {
            assert!(
                open(&file[..length], &FEATURES).is_err(),
                "{length} bytes passed"
            );
        }
        let longer = [file.as_slice(), b"x"].concat();
        assert_eq!(open(&longer, &FEATURES), Err(EnvelopeError::TooLong(1)));
    }

    #[test]
    fn foreign_older_and_other_files_are_told_apart() {
        assert_eq!(open(b"", &FEATURES), Err(EnvelopeError::Foreign));
        assert_eq!(
            open(b"{\"json\":1}", &FEATURES),
            Err(EnvelopeError::Foreign)
        );
        let mut older = seal(b"x", &FEATURES);
        older[8] = 0;
        assert_eq!(
            open(&older, &FEATURES),
            Err(EnvelopeError::Version { found: 0 })
        );
        assert_eq!(
            open(&seal(b"x", &[8; 32]), &FEATURES),
            Err(EnvelopeError::OtherFeatures)
        );
    }
}
