//! `[http]`: the pages and the API, and the other nodes that they ask.

use super::reader::Reader;
use super::{HttpConfig, PeersConfig, TlsFiles, access};
use crate::recent::RecentLimits;
use crate::trust::Trust;

pub(super) fn read(read: &mut Reader<'_>) -> HttpConfig {
    let address = read.text("http.address");
    let address = address.parse().unwrap_or_else(|_| {
        read.problem(
            "http.address",
            format!("must be an address and a port such as 127.0.0.1:8080, found `{address}`"),
        );
        ([127, 0, 0, 1], 0).into()
    });
    HttpConfig {
        address,
        max_connections: read.size("http.max_connections", 1..=65_536),
        header_timeout_ms: read.whole("http.header_timeout_ms", 10..=600_000u32).into(),
        max_body_bytes: read.size("http.max_body_bytes", 256..=16 << 20),
        max_streams: read.size("http.max_streams", 0..=65_536),
        tls: tls(read),
        peers: peers(read),
        access: access::read(read),
        recent: RecentLimits {
            incidents: read.size("http.recent_incidents", 100..=1_000_000),
            alerts: read.size("http.recent_alerts", 100..=1_000_000),
            alert_bytes: read.size("http.recent_alert_bytes", 1 << 20..=2 << 30),
        },
    }
}

fn peers(read: &mut Reader<'_>) -> PeersConfig {
    let addresses: Vec<String> = read.texts("http.peers");
    let addresses: Vec<String> = addresses
        .iter()
        .map(|address| address.trim_end_matches('/').to_owned())
        .collect();
    for address in &addresses {
        let url: Option<ureq::http::Uri> = address.parse().ok();
        let is_address = url.is_some_and(|url| {
            let has_path = !matches!(url.path(), "" | "/");
            matches!(url.scheme_str(), Some("http" | "https")) && !has_path
        });
        if !is_address {
            let text = format!("`{address}` must be an address such as https://node2:8080");
            read.problem("http.peers", text);
        }
    }
    let token = read
        .path("http.peer_token_file")
        .map(|_| read.secret("http.peer_token_file"));
    let trust = match read.path("http.peer_ca_file") {
        None => Trust::default(),
        Some(path) => Trust::of_file(&path).unwrap_or_else(|problem| {
            read.problem("http.peer_ca_file", problem);
            Trust::default()
        }),
    };
    PeersConfig {
        addresses,
        token,
        trust,
    }
}

fn tls(read: &mut Reader<'_>) -> Option<TlsFiles> {
    let names = ["http.certificate_file", "http.key_file"];
    match names.map(|name| read.path(name)) {
        [None, None] => None,
        [Some(certificate), Some(key)] => Some(TlsFiles { certificate, key }),
        [one, _] => {
            let [certificate, key] = names;
            let missing = if one.is_some() { key } else { certificate };
            let text = "a certificate and its key go together: name both, or neither";
            read.problem(missing, text.to_owned());
            None
        }
    }
}
