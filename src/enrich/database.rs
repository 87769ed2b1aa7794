//! Databases of addresses in MaxMind's format, which a user brings: none is shipped.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{LookupResult, PathElement, Reader, path};

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct DatabaseError {
    path: PathBuf,
    source: maxminddb::MaxMindDbError,
}

/// A database in memory.
pub struct Database {
    reader: Reader<Vec<u8>>,
}

/// Where an address is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Located {
    /// ISO 3166-1.
    pub country: Option<String>,
    pub city: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// Within which it probably is.
    pub accuracy_km: Option<u16>,
}

impl Database {
    /// Reads a file, and checks what it says of itself.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let reader = Reader::open_readfile(path).map_err(|source| DatabaseError {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self { reader })
    }

    /// When it was made, seconds since 1970.
    #[must_use]
    pub fn built_s(&self) -> u64 {
        self.reader.metadata().build_epoch
    }

    /// What kind it is, as it says.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.reader.metadata().database_type
    }

    /// Where an address is; a damaged entry is as good as none.
    #[must_use]
    pub fn locate(&self, address: IpAddr) -> Option<Located> {
        let found = self.reader.lookup(address).ok()?;
        if !found.has_data() {
            return None;
        }
        let text = |path: &[PathElement<'_>]| found.decode_path(path).ok().flatten();
        let number = |path: &[PathElement<'_>]| found.decode_path(path).ok().flatten();
        Some(Located {
            country: text(&path!["country", "iso_code"])
                .or_else(|| text(&path!["registered_country", "iso_code"])),
            city: text(&path!["city", "names", "en"]),
            latitude: number(&path!["location", "latitude"]),
            longitude: number(&path!["location", "longitude"]),
            accuracy_km: whole(&found, &path!["location", "accuracy_radius"])
                .and_then(|radius| u16::try_from(radius).ok()),
        })
    }

    /// The autonomous system of an address.
    #[must_use]
    pub fn system(&self, address: IpAddr) -> Option<u32> {
        let found = self.reader.lookup(address).ok()?;
        let number = whole(&found, &path!["autonomous_system_number"])?;
        u32::try_from(number).ok()
    }
}

/// A number, of whatever width a database keeps it in.
fn whole(found: &LookupResult<'_, Vec<u8>>, path: &[PathElement<'_>]) -> Option<u64> {
    found.decode_path(path).ok().flatten()
}
