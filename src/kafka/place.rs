//! Sees to it that a name of an instance belongs to one process at a time: who comes second yields.
//!
//! On one machine a socket that the kernel closes with the process says who lives. Elsewhere the
//! group's members say which machine holds the name; whether that process still lives is found out
//! by taking its place in the group, which a living one takes back at once
//! ([`Fencing`](super::fencing::Fencing)). The rest waits until that is settled, so that a living
//! process loses a second and no transaction.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;

use super::client::{self, Quiet};
use crate::clock::Clock;
use crate::config::Config;
use crate::log::LogError;

/// A living process notices at its next heartbeat and takes its place back; after that the newcomer
/// notices at its own.
pub(super) const HEARTBEAT_MS: &str = "1000";
const KNOCK_FOR_MS: u64 = 4_000;
/// How long joining the group may take meanwhile.
const JOIN_WITHIN_MS: u64 = 12_000;
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The right to the name of the instance on this machine; it ends with the process.
#[derive(Debug)]
pub(super) struct Place {
    _lock: lock::Lock,
}

/// Under which a consumer of this instance is known: says which machine it is on.
pub(super) fn client_id(config: &Config) -> String {
    format!("{}@{}", config.instance, lock::machine())
}

/// That another process has the name.
pub(super) fn taken(config: &Config, how: &str) -> LogError {
    let text = format!(
        "another process is running as instance `{}` of group `{}`{how}; stop it, or give this one \
         an `instance` of its own (NIGHTLATCH__INSTANCE): it must differ for each process and stay \
         the same over restarts",
        config.instance, config.kafka.group
    );
    LogError::Configuration(text.into())
}

impl Place {
    /// Takes the name, unless a living process has it. `joining` are the settings of the group's
    /// member.
    pub(super) fn take(
        config: &Config,
        joining: &ClientConfig,
        clock: &impl Clock,
    ) -> Result<Self, LogError> {
        let client = client::consumer(&client::aside(&config.kafka, "nightlatch-place"))?;
        let timeout = client::timeout(&config.kafka);
        let cluster = client.client().fetch_cluster_id(timeout);
        let name = [
            cluster.as_deref().unwrap_or_default(),
            &config.kafka.group,
            &config.instance,
        ];
        let Some(lock) = lock::Lock::take(&name) else {
            return Err(taken(config, " on this machine"));
        };
        match client
            .client()
            .fetch_group_list(Some(&config.kafka.group), timeout)
        {
            Ok(groups) => {
                let groups = groups.groups().iter();
                let mut ids = groups
                    .flat_map(|group| group.members())
                    .map(|one| one.client_id());
                if ids.any(|id| is_elsewhere(id, config)) {
                    knock(config, joining, clock)?;
                }
            }
            // It is not needed: who is fenced soon after it began yields all the same.
            Err(error) => tracing::debug!(%error, "the members of the group are not to be had"),
        }
        Ok(Self { _lock: lock })
    }
}

/// Whether a member has our name on another machine, or on one that cannot be told.
fn is_elsewhere(id: &str, config: &Config) -> bool {
    let of_ours = id.strip_prefix(config.instance.as_str());
    of_ours.is_some_and(|rest| rest.is_empty() || rest.starts_with('@')) && id != client_id(config)
}

/// Takes the place of the member of our name, and looks whether it is taken back.
fn knock(config: &Config, joining: &ClientConfig, clock: &impl Clock) -> Result<(), LogError> {
    tracing::info!(
        instance = config.instance,
        "the group has a member of this name on another machine; finding out whether it lives"
    );
    let consumer: BaseConsumer<Quiet> = client::consumer(joining)?;
    consumer
        .subscribe(&[&config.topics.logins])
        .map_err(|error| client::log_error(&error, config))?;
    let give_up_ms = clock.monotonic_ms() + JOIN_WITHIN_MS;
    let mut joined_ms = None;
    loop {
        // What it reads is read again by the one that stays.
        let _ = consumer.poll(LOOK_EVERY);
        if let Some((Code::FencedInstanceId, _)) = consumer.client().fatal_error() {
            return Err(taken(config, " on another machine"));
        }
        let now_ms = clock.monotonic_ms();
        let has_joined = consumer.assignment().is_ok_and(|list| list.count() > 0);
        if has_joined && joined_ms.is_none() {
            joined_ms = Some(now_ms);
        }
        if joined_ms.is_some_and(|then_ms| now_ms - then_ms >= KNOCK_FOR_MS) || now_ms >= give_up_ms
        {
            return Ok(());
        }
    }
}

#[cfg(target_os = "linux")]
mod lock {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};

    /// A socket without a file: the kernel takes the name back when the process ends, however it
    /// ends.
    #[derive(Debug)]
    pub(in crate::kafka) struct Lock {
        _listener: Option<UnixListener>,
    }

    impl Lock {
        /// `None` where a living process has it.
        pub(super) fn take(name: &[&str]) -> Option<Self> {
            let mut hasher = blake3::Hasher::new();
            for part in name {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
            let name = format!("nightlatch-{}", hasher.finalize().to_hex());
            let bound = SocketAddr::from_abstract_name(name)
                .and_then(|address| UnixListener::bind_addr(&address));
            match bound {
                Ok(listener) => Some(Self {
                    _listener: Some(listener),
                }),
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => None,
                // A machine without such sockets is as one that is not known.
                Err(error) => {
                    tracing::debug!(%error, "no lock on the instance's name");
                    Some(Self { _listener: None })
                }
            }
        }
    }

    /// Where such sockets are seen: a boot of a machine, and a network namespace of it.
    pub(super) fn machine() -> String {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        let network = std::fs::read_link("/proc/self/ns/net");
        let (Ok(boot), Ok(network)) = (boot, network) else {
            return format!("p{}", std::process::id());
        };
        let text = format!("{} {}", boot.trim(), network.display());
        blake3::hash(text.as_bytes()).to_hex()[..8].to_owned()
    }
}

#[cfg(not(target_os = "linux"))]
mod lock {
    /// Nothing here tells of a process's end but the group.
    #[derive(Debug)]
    pub(in crate::kafka) struct Lock;

    impl Lock {
        pub(super) fn take(_: &[&str]) -> Option<Self> {
            Some(Self)
        }
    }

    /// Never the same, so that who has the name is always asked.
    pub(super) fn machine() -> String {
        format!("p{}", std::process::id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_had_once_and_ends_with_its_owner() {
        let name = |instance| ["test", "group", instance];
        let first = lock::Lock::take(&name("a")).expect("free");
        assert!(lock::Lock::take(&name("b")).is_some());
        #[cfg(target_os = "linux")]
        assert!(lock::Lock::take(&name("a")).is_none());
        drop(first);
        assert!(lock::Lock::take(&name("a")).is_some());
    }

    #[test]
    fn a_member_is_known_by_its_name_and_machine() {
        let flags = [("instance", "node-1".to_owned())];
        let config = Config::from_layers(&[], &[], &flags).unwrap();
        let ours = client_id(&config);
        for (id, elsewhere) in [
            (ours.as_str(), false),
            ("node-1@deadbeef", true),
            ("node-1", true),
            ("node-10@deadbeef", false),
            ("other", false),
        ] {
            assert_eq!(is_elsewhere(id, &config), elsewhere, "{id}");
        }
    }
}
