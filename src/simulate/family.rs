//! The families of attack.

/// The families, and how often each is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    StolenCredentials,
    NearTakeover,
    SessionTheft,
    CredentialStuffing,
    PasswordSpray,
    BruteForce,
    MfaFatigue,
    DormantRevival,
    ResetTakeover,
    Insider,
    SharedDevice,
    Anonymiser,
}

pub(super) const FAMILIES: [(Family, &str); 12] = [
    (Family::StolenCredentials, "stolen_credentials"),
    (Family::NearTakeover, "near_takeover"),
    (Family::SessionTheft, "session_theft"),
    (Family::CredentialStuffing, "credential_stuffing"),
    (Family::PasswordSpray, "password_spray"),
    (Family::BruteForce, "brute_force"),
    (Family::MfaFatigue, "mfa_fatigue"),
    (Family::DormantRevival, "dormant_revival"),
    (Family::ResetTakeover, "reset_takeover"),
    (Family::Insider, "insider"),
    (Family::SharedDevice, "shared_device"),
    (Family::Anonymiser, "anonymiser"),
];
