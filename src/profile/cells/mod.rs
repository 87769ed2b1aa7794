//! A cell is what one source partition has taught about one thing. A profile is all that is known
//! of that thing.

pub mod display;
pub mod finding;
pub mod prevalence;
pub mod sighting;
pub mod source;
mod suspicion;
pub mod tenant;
pub mod user;

use display::DisplayFields;
use finding::Flag;

use crate::codec::{Wire, take};
use crate::login::position::shown_bare;
use crate::login::{Id, Login, Partition};

/// A login that has been judged, on its way into the profiles.
#[derive(Clone, Copy)]
pub struct JudgedLogin<'a> {
    pub login: &'a Login,
    /// The texts kept for an analyst, if this becomes the user's last success.
    pub display: &'a DisplayFields,
    pub disposition: Disposition,
}

/// What a judgement means to the profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    Clear,
    /// Not flagged, and not to be learned from yet: see [`user::UserCell::holds_back`].
    HeldBack,
    Flagged(Flag),
}

/// The family of a flag that stands for a login that was held back.
const HELD_BACK: u8 = Flag::FAMILIES - 1;

impl Disposition {
    /// What of it cannot be found again, a byte in a checkpoint; `None` of the others.
    #[must_use]
    pub fn to_byte(self) -> Option<u8> {
        match self {
            Self::Clear => None,
            Self::HeldBack => Some(HELD_BACK),
            Self::Flagged(flag) => Some(flag.to_byte()),
        }
    }

    #[must_use]
    pub fn from_byte(byte: u8) -> Self {
        match Flag::from_byte(byte) {
            Flag {
                family: HELD_BACK, ..
            } => Self::HeldBack,
            flag => Self::Flagged(flag),
        }
    }
}

impl JudgedLogin<'_> {
    /// Whether it teaches what is familiar. A flagged login, and one that is held back, count as
    /// activity only, so that an attacker cannot become normal by trying.
    #[must_use]
    pub fn teaches(&self) -> bool {
        self.login.success && self.disposition == Disposition::Clear
    }
}

/// So many successes earn a cell its place.
const ESTABLISHING_SUCCESSES: u32 = 3;

/// State of a fixed size bound that logins build.
pub trait ProfileCell: Clone + Default + Wire + Send + Sync + 'static {
    /// Whether each partition has a cell of its own, whose sum is the profile. Else one cell serves
    /// all partitions: its state depends on the order of logins, and it is written with the
    /// partition that the thing was first met in.
    const DIVIDED: bool;

    fn apply(&mut self, judged: &JudgedLogin<'_>);
    /// Event time of the last login applied, seconds.
    fn last_s(&self) -> u32;
    /// Whether it has earned a place that a flood of fresh ids cannot take.
    fn is_established(&self) -> bool;
    /// Adds the cell of another partition. Divided cells, of any split of a stream, merge to the
    /// cell of the stream, bit for bit and in any order; of undivided ones the one met later stays.
    fn merge(&mut self, other: &Self);

    /// Appends its bytes: the time of its last login, to which all other times are near, whether it
    /// is established, and the rest.
    fn pack(&self, out: &mut Vec<u8>) {
        self.last_s().write(0, out);
        out.push(u8::from(self.is_established()));
        self.write(self.last_s(), out);
    }

    /// Reads what [`ProfileCell::pack`] wrote; `None` where the bytes are not of its form.
    fn unpack(mut bytes: &[u8]) -> Option<Self> {
        let (last_s, established) = peek(&mut bytes)?;
        let cell = Self::read(last_s, &mut bytes)?;
        let same = cell.last_s() == last_s && cell.is_established() == established;
        (same && bytes.is_empty()).then_some(cell)
    }
}

/// Whether what was last used then counts as forgotten.
pub(super) fn is_idle(last_s: u32, idle_s: u32, now_s: u32) -> bool {
    last_s.saturating_add(idle_s) < now_s
}

/// The time of the last login of a packed cell and whether it is established, taken from the front.
pub fn peek(bytes: &mut &[u8]) -> Option<(u32, bool)> {
    let last_s = u32::read(0, bytes)?;
    match take(bytes, 1)?[0] {
        0 => Some((last_s, false)),
        1 => Some((last_s, true)),
        _ => None,
    }
}

/// Bytes of a cell that are not of its form, although this process or its checkpoint wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the profile of {} {id:?} is damaged in memory; start again, and it is restored from the \
         profiles topic", kind.name())]
pub struct DamagedCell {
    pub kind: CellKind,
    pub id: Id,
}

/// What kind of thing a cell is about, and so which map holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum CellKind {
    User = 1,
    Device,
    Address,
    Block,
    Prevalence,
    Tenant,
    /// A name that was typed.
    Name,
}

impl CellKind {
    pub const COUNT: usize = 7;
    pub const ALL: [Self; Self::COUNT] = [
        Self::User,
        Self::Device,
        Self::Address,
        Self::Block,
        Self::Prevalence,
        Self::Tenant,
        Self::Name,
    ];

    pub(crate) fn of(self, id: Id, partition: Partition) -> CellName {
        CellName {
            kind: self,
            id,
            partition,
        }
    }

    /// Its name in metrics and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Device => "device",
            Self::Address => "address",
            Self::Block => "block",
            Self::Prevalence => "share",
            Self::Tenant => "tenant",
            Self::Name => "name",
        }
    }

    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// Names one cell: of which thing, and which partition writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellName {
    pub kind: CellKind,
    pub id: Id,
    pub partition: Partition,
}

/// The number of a page of a partition's profiles; pages are numbered from 1.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageNumber(pub u32);

impl PageNumber {
    /// Of no page.
    pub const NONE: Self = Self(0);
    pub const FIRST: Self = Self(1);

    /// The number so many pages on.
    #[must_use]
    pub fn plus(self, pages: u32) -> Self {
        Self(self.0 + pages)
    }

    /// The numbers from this one on, up to another.
    pub fn until(self, end: Self) -> impl Iterator<Item = Self> {
        (self.0..end.0).map(Self)
    }
}

shown_bare!(PageNumber);

/// How a cell stands to the checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckpointMark {
    /// The page that holds its last written state.
    pub page: PageNumber,
    /// Whether it has changed since.
    pub dirty: bool,
}

impl CheckpointMark {
    /// Whether the cell was ever written to a page.
    #[must_use]
    pub fn is_written(self) -> bool {
        self.page != PageNumber::NONE
    }
}

/// How the cell stands that a login would go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellState {
    /// The partition that writes it.
    pub writer: Partition,
    pub mark: CheckpointMark,
    pub last_s: u32,
}
