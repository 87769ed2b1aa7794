//! Adds to a login what a user's files say of its address. The files may change under it: they are
//! looked at again from time to time, and swapped as a whole.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::RwLock;

use crate::enrich::database::{Database, DatabaseError};
use crate::enrich::networks::{self, NetworkList, NetworkListError, Networks};
use crate::login::Event;

/// Which files there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnrichConfig {
    pub city_database: Option<PathBuf>,
    pub asn_database: Option<PathBuf>,
    /// Whether a database wins over what the event says.
    pub prefer_database: bool,
    pub lists: Vec<NetworkList>,
    pub reload_s: u64,
    /// From which age on a file is told to be old.
    pub max_age_days: u64,
}

impl EnrichConfig {
    fn files(&self) -> impl Iterator<Item = &Path> {
        let databases = [&self.city_database, &self.asn_database];
        let databases = databases.into_iter().flatten().map(PathBuf::as_path);
        databases.chain(self.lists.iter().map(|list| list.file.as_path()))
    }
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnrichError {
    #[error("enrich: {0}")]
    Database(#[from] DatabaseError),
    #[error("network_list: {0}")]
    List(#[from] NetworkListError),
}

/// What was read of the files, and when each was last changed then.
#[derive(Default)]
struct Loaded {
    city: Option<Database>,
    asn: Option<Database>,
    networks: Networks,
    changed: Vec<Option<SystemTime>>,
}

/// Enriches logins; its clones share the files.
#[derive(Clone, Default)]
pub struct Enricher {
    config: Arc<EnrichConfig>,
    loaded: Arc<RwLock<Arc<Loaded>>>,
}

impl Enricher {
    /// Reads the files.
    pub fn open(config: EnrichConfig) -> Result<Self, EnrichError> {
        let loaded = load(&config)?;
        Ok(Self {
            config: Arc::new(config),
            loaded: Arc::new(RwLock::new(Arc::new(loaded))),
        })
    }

    /// Whether there is anything to add.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.config.files().next().is_none()
    }

    /// How long files are used before they are looked at again.
    #[must_use]
    pub fn reload_after(&self) -> Duration {
        Duration::from_secs(self.config.reload_s.max(1))
    }

    /// Reads the files again where one has changed; whether one had. What cannot be read is told,
    /// and what was read before stays.
    pub fn reload(&self) -> Result<bool, EnrichError> {
        let changed = changed(&self.config);
        if self.loaded.read().changed == changed {
            return Ok(false);
        }
        let loaded = load(&self.config)?;
        *self.loaded.write() = Arc::new(loaded);
        Ok(true)
    }

    /// Each file with its age, seconds: a database's since it was made, a list's since it was
    /// changed.
    #[must_use]
    pub fn ages_s(&self, now_s: u64) -> Vec<(PathBuf, u64)> {
        let loaded = Arc::clone(&self.loaded.read());
        let built = [&loaded.city, &loaded.asn];
        let mut built = built.into_iter().flatten().map(Database::built_s);
        let files = self.config.files().zip(&loaded.changed);
        files
            .map(|(file, changed)| {
                let since =
                    changed.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
                let made_s = built.next().or(since.map(|since| since.as_secs()));
                let age_s = now_s.saturating_sub(made_s.unwrap_or(now_s));
                (file.to_owned(), age_s)
            })
            .collect()
    }

    /// The files that are older than they should be, with their age in days.
    #[must_use]
    pub fn old(&self, now_s: u64) -> Vec<(PathBuf, u64)> {
        let ages = self.ages_s(now_s).into_iter();
        ages.map(|(file, age_s)| (file, age_s / 86_400))
            .filter(|(_, days)| *days > self.config.max_age_days)
            .collect()
    }

    /// Adds what is known of an event's address.
    pub fn enrich(&self, event: &mut Event<'_>) {
        if self.is_empty() {
            return;
        }
        let loaded = Arc::clone(&self.loaded.read());
        let address = event
            .ip_address
            .filter(|address| networks::is_public(*address));
        if let Some(address) = address {
            if let Some(asn) = &loaded.asn
                && (event.asn.is_none() || self.config.prefer_database)
            {
                event.asn = asn.system(address).or(event.asn);
            }
            let says_place = event.geo_location.is_some() || event.latitude.is_some();
            if let Some(city) = &loaded.city
                && (!says_place || self.config.prefer_database)
                && let Some(located) = city.locate(address)
                && (located.country.is_some() || located.latitude.is_some())
            {
                event.geo_location = located.country.map(Cow::Owned);
                event.city = located.city.map(Cow::Owned);
                event.latitude = located.latitude.map(|degrees| degrees as f32);
                event.longitude = located.longitude.map(|degrees| degrees as f32);
                event.accuracy_km = located.accuracy_km.map(f32::from);
            }
        }
        if event.network_class.is_none() {
            let class = loaded.networks.class(address, event.asn);
            event.network_class = class.map(|class| Cow::Borrowed(class.name()));
        }
    }
}

fn load(config: &EnrichConfig) -> Result<Loaded, EnrichError> {
    let open = |path: &Option<PathBuf>| path.as_deref().map(Database::open).transpose();
    // Asked before they are read: what changes meanwhile is read again.
    let changed = changed(config);
    Ok(Loaded {
        city: open(&config.city_database)?,
        asn: open(&config.asn_database)?,
        networks: Networks::read(&config.lists)?,
        changed,
    })
}

fn changed(config: &EnrichConfig) -> Vec<Option<SystemTime>> {
    let changed = |path: &Path| std::fs::metadata(path).ok()?.modified().ok();
    config.files().map(changed).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::enrich::networks::NetworkClass;

    fn event(json: &str) -> Event<'_> {
        Event::from_json(json.as_bytes()).unwrap()
    }

    /// A database of one network, as its makers write them.
    fn database(path: &Path, network: &str, entry: impl serde::Serialize) {
        let mut database = maxminddb_writer::Database::default();
        database.metadata.binary_format_major_version = 2;
        database.metadata.build_epoch = 1_700_000_000;
        let data = database.insert_value(entry).unwrap();
        let network: maxminddb_writer::paths::IpAddrWithMask = network.parse().unwrap();
        database.insert_node(network, data);
        database.write_to(File::create(path).unwrap()).unwrap();
    }

    fn with_databases(prefer_database: bool) -> (tempfile::TempDir, Enricher) {
        let folder = tempfile::tempdir().unwrap();
        let (city, asn) = (folder.path().join("city"), folder.path().join("asn"));
        database(
            &city,
            "198.51.100.0/24",
            serde_json::json!({
                "country": {"iso_code": "NO"},
                "city": {"names": {"en": "Oslo"}},
                "location": {"latitude": 59.9, "longitude": 10.7, "accuracy_radius": 100u16},
            }),
        );
        let system = serde_json::json!({"autonomous_system_number": 64500u32});
        database(&asn, "198.51.100.0/24", system);
        let config = EnrichConfig {
            city_database: Some(city),
            asn_database: Some(asn),
            prefer_database,
            max_age_days: 30,
            ..EnrichConfig::default()
        };
        (folder, Enricher::open(config).unwrap())
    }

    #[test]
    fn a_database_says_where_an_address_is_unless_the_event_does() {
        let (_folder, enricher) = with_databases(false);
        let bare =
            r#"{"user_id":"u","timestamp":1749732402000,"success":1,"ip_address":"198.51.100.7"}"#;
        let mut located = event(bare);
        enricher.enrich(&mut located);
        assert_eq!(located.geo_location.as_deref(), Some("NO"));
        assert_eq!(located.city.as_deref(), Some("Oslo"));
        assert_eq!(
            (located.latitude, located.longitude),
            (Some(59.9), Some(10.7))
        );
        assert_eq!(
            (located.accuracy_km, located.asn),
            (Some(100.0), Some(64500))
        );
        let says = bare.replace(
            "\"success\"",
            "\"geo_location\":\"FR\",\"asn\":7,\"success\"",
        );
        let mut own = event(&says);
        enricher.enrich(&mut own);
        assert_eq!(
            (own.geo_location.as_deref(), own.asn),
            (Some("FR"), Some(7))
        );
        assert_eq!(own.city, None);
        let (_folder, preferring) = with_databases(true);
        let mut own = event(&says);
        preferring.enrich(&mut own);
        assert_eq!(
            (own.geo_location.as_deref(), own.asn),
            (Some("NO"), Some(64500))
        );
        for address in ["10.0.0.7", "203.0.113.7", "2001:db8::7"] {
            let json = bare.replace("198.51.100.7", address);
            let mut elsewhere = event(&json);
            enricher.enrich(&mut elsewhere);
            assert_eq!(elsewhere.geo_location, None, "{address}");
        }
        let old = enricher.old(1_700_000_000 + 40 * 86_400);
        assert_eq!(
            old.iter().map(|(_, days)| *days).collect::<Vec<_>>(),
            [40, 40]
        );
    }

    #[test]
    fn a_file_that_is_no_database_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "not a database").unwrap();
        let config = EnrichConfig {
            city_database: Some(file.path().to_owned()),
            ..EnrichConfig::default()
        };
        assert!(matches!(
            Enricher::open(config),
            Err(EnrichError::Database(_))
        ));
    }

    #[test]
    fn a_list_that_changes_is_read_again_and_a_broken_one_is_not_taken() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "203.0.113.0/24\n").unwrap();
        let enricher = Enricher::open(EnrichConfig {
            lists: vec![NetworkList {
                file: file.path().to_owned(),
                class: NetworkClass::Vpn,
            }],
            ..EnrichConfig::default()
        })
        .unwrap();
        let class = |address: &str| {
            let json = format!(
                r#"{{"user_id":"u","timestamp":1749732402000,"success":1,"ip_address":"{address}"}}"#
            );
            let mut event = event(&json);
            enricher.enrich(&mut event);
            event.network_class.map(Cow::into_owned)
        };
        assert_eq!(class("203.0.113.9").as_deref(), Some("vpn"));
        assert_eq!(class("198.51.100.1"), None);
        assert!(!enricher.reload().unwrap());
        let touch = |text: &str, second: u64| {
            std::fs::write(file.path(), text).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + second);
            std::fs::File::options()
                .write(true)
                .open(file.path())
                .unwrap()
                .set_modified(time)
                .unwrap();
        };
        touch("198.51.100.0/24\n", 1);
        assert!(enricher.reload().unwrap());
        assert_eq!(class("198.51.100.1").as_deref(), Some("vpn"));
        assert_eq!(class("203.0.113.9"), None);
        touch("what?\n", 2);
        assert!(enricher.reload().is_err());
        assert_eq!(class("198.51.100.1").as_deref(), Some("vpn"));
    }
}
