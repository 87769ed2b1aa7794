//! The families of attack.

/// The families, and how often each is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttackFamily {
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

pub(super) const FAMILIES: [(AttackFamily, &str); 12] = [
    (AttackFamily::StolenCredentials, "stolen_credentials"),
    (AttackFamily::NearTakeover, "near_takeover"),
    (AttackFamily::SessionTheft, "session_theft"),
    (AttackFamily::CredentialStuffing, "credential_stuffing"),
    (AttackFamily::PasswordSpray, "password_spray"),
    (AttackFamily::BruteForce, "brute_force"),
    (AttackFamily::MfaFatigue, "mfa_fatigue"),
    (AttackFamily::DormantRevival, "dormant_revival"),
    (AttackFamily::ResetTakeover, "reset_takeover"),
    (AttackFamily::Insider, "insider"),
    (AttackFamily::SharedDevice, "shared_device"),
    (AttackFamily::Anonymiser, "anonymiser"),
];
