//! Style sheets, scripts and the icon: built in, compressed once, kept by browsers for ever under a
//! name that changes with them.

use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::answer::error;

const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: [(&str, &str, &str); 9] = [
    (
        "app.css",
        "text/css; charset=utf-8",
        include_str!("assets/app.css"),
    ),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("common.js", SCRIPT, include_str!("assets/common.js")),
    ("incidents.js", SCRIPT, include_str!("assets/incidents.js")),
    ("incident.js", SCRIPT, include_str!("assets/incident.js")),
    ("dashboard.js", SCRIPT, include_str!("assets/dashboard.js")),
    ("try.js", SCRIPT, include_str!("assets/try.js")),
    ("sign-in.js", SCRIPT, include_str!("assets/sign-in.js")),
    ("verdicts.js", SCRIPT, include_str!("assets/verdicts.js")),
];

/// The land of the world as an SVG path: degrees, longitude from 180 west, latitude from 85 north
/// downward (Natural Earth, public domain, simplified).
pub(super) const LAND: &str = include_str!("assets/land.txt");

struct Packed {
    name: &'static str,
    kind: &'static str,
    plain: &'static str,
    gzip: Vec<u8>,
}

static PACKED: LazyLock<Vec<Packed>> = LazyLock::new(|| {
    let pack = |(name, kind, plain): (&'static str, &'static str, &'static str)| Packed {
        name,
        kind,
        plain,
        gzip: gzip(plain.as_bytes()),
    };
    ASSETS.map(pack).into()
});

/// Writing to memory does not fail; were it to, nothing is shorter than something cut.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes);
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}

static FOLDER: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for (_, _, text) in ASSETS {
        hasher.update(text.as_bytes());
    }
    format!("/assets/{}", &hasher.finalize().to_hex()[..12])
});

/// Where they are.
pub(super) fn folder() -> &'static str {
    &FOLDER
}

/// Bytes of all of them together, compressed.
#[cfg(test)]
pub(super) fn packed_bytes() -> usize {
    PACKED.iter().map(|one| one.gzip.len()).sum()
}

/// One of them.
pub(in crate::http) async fn asset(
    Path((_, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(found) = PACKED.iter().find(|one| one.name == name) else {
        return error(StatusCode::NOT_FOUND, "not_found", "there is no such asset");
    };
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    let kept = [
        (header::CONTENT_TYPE, found.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    match accepted {
        Some(accepted) if accepted.contains("gzip") && !found.gzip.is_empty() => {
            let packed = [(header::CONTENT_ENCODING, "gzip")];
            (kept, packed, found.gzip.as_slice()).into_response()
        }
        _ => (kept, found.plain).into_response(),
    }
}
