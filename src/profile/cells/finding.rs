//! What a user's profile remembers of flagged logins: one open finding a family, so that a SOC is
//! told once.

use smallvec::SmallVec;

use crate::codec::{Wire, read_list, wire_struct, write_list};

/// A flagged login, as far as profiles are concerned: a byte in a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Below [`Flag::FAMILIES`].
    pub family: u8,
    /// 1 (low) to 4 (critical).
    pub severity: u8,
    /// Whether an open finding covers it already.
    pub repeat: bool,
}

impl Flag {
    /// How many families a byte has room for; the last stands for what is no family.
    pub const FAMILIES: u8 = 32;

    /// Whether it is high or critical.
    #[must_use]
    pub fn is_urgent(self) -> bool {
        self.severity >= 3
    }

    #[must_use]
    pub fn to_byte(self) -> u8 {
        (self.family % Self::FAMILIES)
            | ((self.severity.clamp(1, 4) - 1) << 5)
            | (u8::from(self.repeat) << 7)
    }

    #[must_use]
    pub fn from_byte(byte: u8) -> Self {
        Self {
            family: byte % Self::FAMILIES,
            severity: ((byte >> 5) & 3) + 1,
            repeat: byte >= 0x80,
        }
    }
}

/// Flagged logins of one user and family since an alert that was no repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFinding {
    pub family: u8,
    /// Of that alert.
    pub severity: u8,
    /// When it was.
    pub told_s: u32,
    /// When the last flagged login was.
    pub last_s: u32,
    /// Repeats since.
    pub suppressed: u16,
}

wire_struct!(OpenFinding {
    family,
    severity,
    told_s,
    last_s,
    suppressed
});

/// More families at once push the one out that was quiet longest.
const MAX_OPEN: usize = 6;

/// The findings of one user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings(SmallVec<[OpenFinding; 1]>);

impl Findings {
    /// The finding of a family that is still open at a time.
    #[must_use]
    pub fn open(&self, family: u8, now_s: u32, cooldown_s: u32) -> Option<&OpenFinding> {
        let found = self.0.iter().find(|finding| finding.family == family)?;
        (now_s.saturating_sub(found.told_s) < cooldown_s).then_some(found)
    }

    /// The last flagged login of any family.
    #[must_use]
    pub fn latest(&self) -> Option<&OpenFinding> {
        self.0.iter().max_by_key(|finding| finding.last_s)
    }

    /// Notes a flagged login.
    pub fn note(&mut self, flag: Flag, now_s: u32) {
        let known = self
            .0
            .iter_mut()
            .find(|finding| finding.family == flag.family);
        match known {
            Some(finding) if flag.repeat => {
                finding.last_s = finding.last_s.max(now_s);
                finding.suppressed = finding.suppressed.saturating_add(1);
            }
            Some(finding) => *finding = Self::begun(flag, now_s),
            None => {
                if self.0.len() == MAX_OPEN {
                    let quiet = (0..MAX_OPEN).min_by_key(|index| self.0[*index].last_s);
                    self.0.swap_remove(quiet.unwrap_or(0));
                }
                self.0.push(Self::begun(flag, now_s));
            }
        }
    }

    fn begun(flag: Flag, now_s: u32) -> OpenFinding {
        OpenFinding {
            family: flag.family,
            severity: flag.severity,
            told_s: now_s,
            last_s: now_s,
            suppressed: 0,
        }
    }
}

impl Wire for Findings {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        write_list(&self.0, base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        read_list(base_s, input, MAX_OPEN).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A flag is its byte, and every byte is a flag.
        #[test]
        fn a_flag_is_a_byte(byte: u8) {
            prop_assert_eq!(Flag::from_byte(byte).to_byte(), byte);
        }

        /// However many families are flagged, few findings are kept, and every repeat is counted.
        #[test]
        fn findings_are_bounded_and_repeats_counted(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut findings = Findings::default();
            for (now, byte) in bytes.iter().enumerate() {
                findings.note(Flag::from_byte(*byte), now as u32);
                prop_assert!(findings.0.len() <= MAX_OPEN);
            }
            for finding in &findings.0 {
                let of_family = bytes.iter().map(|byte| Flag::from_byte(*byte)).enumerate();
                let since = of_family.filter(|(now, flag)| {
                    flag.family == finding.family && *now as u32 > finding.told_s
                });
                prop_assert_eq!(since.count(), usize::from(finding.suppressed));
            }
        }
    }
}
