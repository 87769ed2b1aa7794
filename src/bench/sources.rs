//! What a provider's record costs on its way to a login, beside the least that reading its fields
//! costs: serde_json into a struct that was written for it.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::BenchError;
use super::meter::Meter;
use crate::ingest::{Adapter, Enricher, Outcome, ReadAt, SourceConfig, SourceReader, builtin};

/// How often the samples are gone through, or there would be too little to measure.
const LOOKS: usize = 200;

pub(super) fn measure(meter: &mut Meter<impl FnMut(&str)>) -> Result<(), BenchError> {
    one::<Okta>(
        meter,
        "okta",
        "okta record to a struct",
        "okta record to a login",
    )?;
    one::<Entra>(
        meter,
        "entra",
        "entra record to a struct",
        "entra record to a login",
    )?;
    one::<Trail>(
        meter,
        "cloudtrail",
        "cloudtrail record to a struct",
        "cloudtrail record to a login",
    )
}

/// Records of a format that are one login each, and that its struct reads.
fn records<T: DeserializeOwned>(name: &'static str, adapter: &Adapter) -> Vec<&'static str> {
    let sample = builtin::sample(name).unwrap_or_default();
    let is_login = |line: &&str| {
        let mut logins = 0;
        adapter.convert(line.as_bytes(), 0, |place, outcome| {
            logins += usize::from(!place.is_batch && matches!(outcome, Outcome::Login { .. }));
        });
        logins == 1 && serde_json::from_str::<T>(line).is_ok()
    };
    sample.lines().filter(is_login).collect()
}

fn one<T: DeserializeOwned>(
    meter: &mut Meter<impl FnMut(&str)>,
    name: &'static str,
    struct_piece: &str,
    login_piece: &str,
) -> Result<(), BenchError> {
    let adapter = Adapter::named(name).map_err(|_| BenchError::Rejected(name))?;
    let records = records::<T>(name, &adapter);
    if records.is_empty() {
        return Err(BenchError::TooFew(name));
    }
    let each = (records.len() * LOOKS, "record");
    meter.measure(struct_piece, each, || {
        for _ in 0..LOOKS {
            for record in &records {
                std::hint::black_box(serde_json::from_str::<T>(record)?);
            }
        }
        Ok(())
    })?;
    let reader = SourceReader::new(
        SourceConfig {
            name: name.to_owned(),
            topics: Vec::new(),
            adapter,
            tenant: "default".to_owned(),
        },
        Enricher::default(),
    );
    let at = ReadAt {
        topic: name,
        partition: 0,
        offset: 0,
        received_ms: 0,
    };
    meter.measure(login_piece, each, || {
        for _ in 0..LOOKS {
            for record in &records {
                reader.read(record.as_bytes(), at, |_, outcome| {
                    std::hint::black_box(&outcome);
                });
            }
        }
        Ok(())
    })
}

/// A text, owned: nothing of a record outlives it in the struct.
type Text = Option<Cow<'static, str>>;

macro_rules! record {
    ($name:ident { $($field:ident as $key:literal: $kind:ty),+ $(,)? }) => {
        /// The fields of a record that make a login.
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct $name {
            $(#[serde(rename = $key, default)] $field: $kind),+
        }
    };
}

record!(Okta {
    id as "uuid": Text,
    time as "published": Text,
    kind as "eventType": Text,
    actor as "actor": Option<OktaActor>,
    client as "client": Option<OktaClient>,
    security as "securityContext": Option<OktaSecurity>,
    outcome as "outcome": Option<OktaOutcome>,
});
record!(OktaActor { name as "alternateId": Text });
record!(OktaOutcome { result as "result": Text });
record!(OktaSecurity { asn as "asNumber": Option<u32> });
record!(OktaClient {
    address as "ipAddress": Text,
    agent as "userAgent": Option<OktaAgent>,
    place as "geographicalContext": Option<OktaPlace>,
});
record!(OktaAgent { raw as "rawUserAgent": Text });
record!(OktaPlace {
    country as "country": Text,
    city as "city": Text,
    point as "geolocation": Option<OktaPoint>,
});
record!(OktaPoint { latitude as "lat": Option<f64>, longitude as "lon": Option<f64> });

record!(Entra {
    category as "category": Text,
    tenant as "tenantId": Text,
    properties as "properties": Option<EntraProperties>,
});
record!(EntraProperties {
    id as "id": Text,
    time as "createdDateTime": Text,
    name as "userPrincipalName": Text,
    address as "ipAddress": Text,
    agent as "userAgent": Text,
    asn as "autonomousSystemNumber": Option<u32>,
    status as "status": Option<EntraStatus>,
    place as "location": Option<EntraPlace>,
    device as "deviceDetail": Option<EntraDevice>,
});
record!(EntraStatus { code as "errorCode": Option<i64>, more as "additionalDetails": Text });
record!(EntraDevice { id as "deviceId": Text });
record!(EntraPlace {
    country as "countryOrRegion": Text,
    city as "city": Text,
    point as "geoCoordinates": Option<EntraPoint>,
});
record!(EntraPoint { latitude as "latitude": Option<f64>, longitude as "longitude": Option<f64> });

record!(Trail {
    id as "eventID": Text,
    time as "eventTime": Text,
    name as "eventName": Text,
    source as "eventSource": Text,
    address as "sourceIPAddress": Text,
    agent as "userAgent": Text,
    account as "recipientAccountId": Text,
    identity as "userIdentity": Option<TrailIdentity>,
    response as "responseElements": Option<TrailResponse>,
    more as "additionalEventData": Option<TrailMore>,
});
record!(TrailIdentity { kind as "type": Text, arn as "arn": Text, name as "userName": Text });
record!(TrailResponse { login as "ConsoleLogin": Text });
record!(TrailMore { factor as "MFAUsed": Text });
