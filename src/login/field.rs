//! The names of the fields of a login event.

macro_rules! fields {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// A field of the login event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Field { $($variant),+ }

        impl Field {
            /// Every field, in the order of the columns that are written.
            pub const ALL: &[Field] = &[$(Field::$variant),+];

            /// The name on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name),+ }
            }

            /// The field of a name; unknown names are nobody's.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Field::$variant),)+ _ => None }
            }
        }
    };
}

fields! {
    EventId = "event_id",
    Tenant = "tenant",
    UserId = "user_id",
    Timestamp = "timestamp",
    EventType = "event_type",
    AuthMethod = "auth_method",
    Success = "success",
    IpAddress = "ip_address",
    GeoLocation = "geo_location",
    City = "city",
    Latitude = "latitude",
    Longitude = "longitude",
    Asn = "asn",
    DeviceId = "device_id",
    UserAgent = "user_agent",
    BytesIn = "bytes_in",
    BytesOut = "bytes_out",
    LoginHour = "login_hour",
    IsNewDevice = "is_new_device",
    TypedName = "typed_name",
    NetworkClass = "network_class",
    AccuracyKm = "accuracy_km",
    ProviderTenant = "provider_tenant",
    ProviderRisk = "provider_risk",
    Origin = "origin",
    Label = "label",
    Anomaly = "anomaly",
    IsAnomaly = "is_anomaly",
    Attack = "attack",
    Campaign = "campaign",
}
