//! What others call the fields of a login.

use super::field::Field;

/// From this Jaro-Winkler similarity on, a name is taken for a misspelt one.
const MISSPELT: f64 = 0.93;

/// The usual names, in lower case and without what separates words.
const SYNONYMS: &[(Field, &[&str])] = &[
    (
        Field::UserId,
        &[
            "user",
            "username",
            "uid",
            "login",
            "loginname",
            "account",
            "accountid",
            "accountname",
            "email",
            "useremail",
            "mail",
            "upn",
            "userprincipalname",
            "principal",
            "principalname",
            "samaccountname",
            "subject",
            "sub",
            "actor",
            "actorid",
            "identity",
        ],
    ),
    (
        Field::Timestamp,
        &[
            "ts",
            "time",
            "date",
            "datetime",
            "when",
            "eventtime",
            "eventtimestamp",
            "eventdate",
            "logintime",
            "logintimestamp",
            "createdat",
            "createddatetime",
            "created",
            "occurredat",
            "published",
            "timegenerated",
            "epoch",
            "unixtime",
        ],
    ),
    (
        Field::Success,
        &[
            "succeeded",
            "successful",
            "issuccess",
            "issuccessful",
            "loginsuccess",
            "loginsuccessful",
            "outcome",
            "result",
            "status",
            "loginresult",
            "outcomeresult",
        ],
    ),
    (
        Field::EventId,
        &[
            "id",
            "uuid",
            "guid",
            "recordid",
            "requestid",
            "correlationid",
            "logid",
        ],
    ),
    (
        Field::Tenant,
        &[
            "tenantid",
            "org",
            "orgid",
            "organization",
            "organisation",
            "organizationid",
            "company",
            "customer",
            "customerid",
            "realm",
        ],
    ),
    (
        Field::EventType,
        &[
            "event",
            "eventname",
            "action",
            "type",
            "activity",
            "operation",
            "eventaction",
        ],
    ),
    (
        Field::AuthMethod,
        &[
            "method",
            "auth",
            "authtype",
            "authentication",
            "authenticationmethod",
            "logintype",
            "factor",
            "mfa",
            "credentialtype",
        ],
    ),
    (
        Field::IpAddress,
        &[
            "ip",
            "ipaddr",
            "ipv4",
            "ipv6",
            "srcip",
            "sourceip",
            "sourceipaddress",
            "sourceaddress",
            "clientip",
            "clientipaddress",
            "clientaddress",
            "remoteip",
            "remoteaddr",
            "remoteaddress",
            "remotehost",
            "userip",
            "loginip",
            "actoripaddress",
            "callerip",
            "addr",
            "address",
        ],
    ),
    (
        Field::GeoLocation,
        &[
            "country",
            "countrycode",
            "countryname",
            "countryiso",
            "countryisocode",
            "geocountry",
            "geoipcountry",
            "ipcountry",
            "location",
            "geo",
            "countryorregion",
            "sourcecountry",
        ],
    ),
    (
        Field::City,
        &["town", "cityname", "geocity", "geoipcity", "ipcity"],
    ),
    (Field::Latitude, &["lat", "geolat", "geolatitude"]),
    (
        Field::Longitude,
        &["lon", "lng", "long", "geolon", "geolng", "geolongitude"],
    ),
    (
        Field::Asn,
        &[
            "as",
            "asnumber",
            "asnum",
            "ipasn",
            "autonomoussystem",
            "autonomoussystemnumber",
            "sourceasn",
        ],
    ),
    (
        Field::DeviceId,
        &[
            "device",
            "deviceuuid",
            "devicename",
            "devicefingerprint",
            "deviceidentifier",
            "fingerprint",
            "machineid",
            "clientid",
        ],
    ),
    (
        Field::UserAgent,
        &[
            "ua",
            "agent",
            "browser",
            "useragentstring",
            "rawuseragent",
            "httpuseragent",
            "clientuseragent",
            "useragentoriginal",
        ],
    ),
    (
        Field::BytesIn,
        &[
            "inbytes",
            "bytesreceived",
            "receivedbytes",
            "rxbytes",
            "downloadbytes",
        ],
    ),
    (
        Field::BytesOut,
        &[
            "outbytes",
            "bytessent",
            "sentbytes",
            "txbytes",
            "uploadbytes",
        ],
    ),
    (
        Field::Label,
        &[
            "isattack",
            "isfraud",
            "fraud",
            "isaccounttakeover",
            "takeover",
            "malicious",
            "class",
            "target",
        ],
    ),
    (Field::Attack, &["attacktype", "attackfamily", "attackname"]),
    (Field::Campaign, &["campaignid", "campaignname"]),
];

/// A field that a name may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Like {
    pub field: Field,
    /// It is the field's own name, in another case or spelling.
    pub spelling: bool,
}

/// The field that a name, which is none of ours, was probably meant for.
#[must_use]
pub fn resembles(name: &str) -> Option<Like> {
    let name = plain(name);
    let spelling = |field: &&Field| plain(field.name()) == name;
    if let Some(field) = Field::ALL.iter().find(spelling) {
        return Some(Like {
            field: *field,
            spelling: true,
        });
    }
    let synonym = SYNONYMS
        .iter()
        .find(|(_, names)| names.contains(&name.as_str()));
    if let Some((field, _)) = synonym {
        return Some(Like {
            field: *field,
            spelling: false,
        });
    }
    let similarity = |field: &Field| strsim::jaro_winkler(&plain(field.name()), &name);
    let nearest = Field::ALL
        .iter()
        .map(|field| (*field, similarity(field)))
        .max_by(|left, right| left.1.total_cmp(&right.1));
    nearest
        .filter(|(_, similarity)| *similarity >= MISSPELT)
        .map(|(field, _)| Like {
            field,
            spelling: true,
        })
}

/// In lower case, and letters and digits alone: `@timestamp`, `Event-ID` and `eventId` are words in
/// disguise.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_names_are_recognised_and_the_unusual_are_not() {
        for (name, field) in [
            ("src_ip", Field::IpAddress),
            ("clientIp", Field::IpAddress),
            ("IP Address", Field::IpAddress),
            ("client.ip", Field::IpAddress),
            ("User_ID", Field::UserId),
            ("@timestamp", Field::Timestamp),
            ("User Agent String", Field::UserAgent),
            ("Login Successful", Field::Success),
            ("ip_adress", Field::IpAddress),
            ("lattitude", Field::Latitude),
            ("Is Account Takeover", Field::Label),
            ("country", Field::GeoLocation),
        ] {
            assert_eq!(
                resembles(name).map(|like| like.field),
                Some(field),
                "{name}"
            );
        }
        for name in ["weather", "department", "x", "", "round_trip_time_ms"] {
            assert_eq!(resembles(name), None, "{name}");
        }
    }

    #[test]
    fn a_synonym_stands_for_one_field_and_is_written_plainly() {
        let mut all = std::collections::BTreeSet::new();
        for name in SYNONYMS.iter().flat_map(|(_, names)| *names) {
            assert_eq!(plain(name), *name);
            assert!(all.insert(*name), "{name} stands twice");
        }
    }
}
