//! What happened to a user's account that is no login.

use crate::codec::wire_struct;
use crate::login::EventKind;

/// When something last happened that is no login; 0 before the first time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EvidenceTimes {
    /// The password was right, and a factor was asked for.
    pub factor_pending_s: u32,
    pub factor_enrolled_s: u32,
    pub factor_removed_s: u32,
    pub mail_rule_s: u32,
}

wire_struct!(EvidenceTimes {
    factor_pending_s,
    factor_enrolled_s,
    factor_removed_s,
    mail_rule_s
});

impl EvidenceTimes {
    pub(super) fn last_s(&self) -> u32 {
        self.factor_pending_s
            .max(self.factor_enrolled_s)
            .max(self.factor_removed_s)
            .max(self.mail_rule_s)
    }

    pub(super) fn note(&mut self, kind: EventKind, now: u32) {
        let time_s = match kind {
            EventKind::FactorPending => &mut self.factor_pending_s,
            EventKind::FactorEnrolled => &mut self.factor_enrolled_s,
            EventKind::FactorRemoved => &mut self.factor_removed_s,
            EventKind::MailRule => &mut self.mail_rule_s,
            _ => return,
        };
        *time_s = now.max(*time_s);
    }
}
