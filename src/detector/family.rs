//! The families of findings: what an analyst would call the incident.

use serde::Serialize;

/// What a flagged login looks like as an incident. The order is that of checkpoints: new ones go to
/// the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Family {
    /// No named pattern; the combination is unusual.
    Unusual,
    /// New device, place or network, two of them at least.
    Takeover,
    BruteForce,
    CredentialStuffing,
    PasswordSpray,
    MfaFatigue,
    ResetTakeover,
    SessionTheft,
    Travel,
    SharedDevice,
    DormantReturn,
    Anonymiser,
    Exfiltration,
    /// A success soon after other flagged logins of the user.
    AfterAttack,
}

impl Family {
    pub const ALL: [Self; 14] = [
        Self::Unusual,
        Self::Takeover,
        Self::BruteForce,
        Self::CredentialStuffing,
        Self::PasswordSpray,
        Self::MfaFatigue,
        Self::ResetTakeover,
        Self::SessionTheft,
        Self::Travel,
        Self::SharedDevice,
        Self::DormantReturn,
        Self::Anonymiser,
        Self::Exfiltration,
        Self::AfterAttack,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unusual => "unusual",
            Self::Takeover => "takeover",
            Self::BruteForce => "brute_force",
            Self::CredentialStuffing => "credential_stuffing",
            Self::PasswordSpray => "password_spray",
            Self::MfaFatigue => "mfa_fatigue",
            Self::ResetTakeover => "reset_takeover",
            Self::SessionTheft => "session_theft",
            Self::Travel => "travel",
            Self::SharedDevice => "shared_device",
            Self::DormantReturn => "dormant_return",
            Self::Anonymiser => "anonymiser",
            Self::Exfiltration => "exfiltration",
            Self::AfterAttack => "after_attack",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|family| *family as u8 == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::cells::finding::Flag;

    #[test]
    fn codes_fit_a_flag_and_come_back() {
        for (code, family) in Family::ALL.into_iter().enumerate() {
            assert_eq!(Family::from_code(code as u8), Some(family));
            assert!((family as u8) < Flag::FAMILIES - 1);
            let json = serde_json::to_value(family).unwrap();
            assert_eq!(json, family.name());
        }
    }
}
