//! The two records of the profiles topic: a page of cells, and a head that says what the pages
//! mean.

use std::collections::BTreeMap;

use super::ProfileMessage;
use super::seal::{Address, Seal, SealError, Unreadable};
use crate::codec::{Wire, take};
use crate::incident::{ChangedIncident, IncidentId};
use crate::login::{Id, Offset, Partition};
use crate::profile::{CellKind, Disposition, PageNumber};

pub(super) const HEAD_KEY: &[u8] = b"head";
const PAGE_PREFIX: &str = "page-";
const INCIDENT_PREFIX: &str = "incident-";

/// For each partition, the offset after the last login applied.
pub type OffsetVector = BTreeMap<Partition, Offset>;

/// The key of a page.
#[must_use]
pub fn page_key(number: PageNumber) -> Vec<u8> {
    format!("{PAGE_PREFIX}{:010}", number.0).into_bytes()
}

/// The number of a page from its key; `None` for the key of a head.
#[must_use]
pub fn page_number(key: &[u8]) -> Option<PageNumber> {
    let text = std::str::from_utf8(key).ok()?;
    let number = PageNumber(text.strip_prefix(PAGE_PREFIX)?.parse().ok()?);
    // One number, one key; and there is always one after it.
    (page_key(number) == key && number.0 < u32::MAX).then_some(number)
}

fn incident_key(id: IncidentId) -> Vec<u8> {
    format!("{INCIDENT_PREFIX}{id}").into_bytes()
}

fn incident_of(key: &[u8]) -> Option<IncidentId> {
    let text = std::str::from_utf8(key).ok()?;
    IncidentId::from_text(text.strip_prefix(INCIDENT_PREFIX)?)
}

/// What the pages of a partition mean, as of the transaction that wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Which group's state of which topic this is.
    pub stream: Box<str>,
    /// The committed offset of the logins that this belongs to.
    pub as_of: Offset,
    /// Logins from here on are not in every cell.
    pub redo_from: Offset,
    /// The first page that counts, and the one after the last.
    pub tail: PageNumber,
    pub next: PageNumber,
    /// Offsets of the logins from `redo_from` to `as_of` that were flagged or held back, rising: a
    /// verdict cannot be found again.
    pub rulings: Vec<(Offset, Disposition)>,
    /// The latest event time of its logins, seconds since 1970: by it incidents end.
    pub latest_s: u32,
    /// How many parts of incidents the partition keeps.
    pub incidents: u32,
    /// The offset after the last verdict that acted for the partition.
    pub feedback: Offset,
}

impl Head {
    pub fn close(&self, seal: &Seal, partition: Partition) -> Result<Vec<u8>, SealError> {
        let mut plain = Vec::new();
        self.stream.write(0, &mut plain);
        self.as_of.0.write(0, &mut plain);
        self.redo_from.0.write(0, &mut plain);
        self.tail.0.write(0, &mut plain);
        self.next.0.write(0, &mut plain);
        self.latest_s.write(0, &mut plain);
        self.incidents.write(0, &mut plain);
        self.feedback.0.write(0, &mut plain);
        let rulings = self.rulings.iter();
        let rulings = rulings.filter_map(|(offset, ruled)| Some((*offset, ruled.to_byte()?)));
        (rulings.clone().count() as u64).write(0, &mut plain);
        let mut last = self.redo_from;
        for (offset, ruled) in rulings {
            (offset.0 - last.0).write(0, &mut plain);
            plain.push(ruled);
            last = offset;
        }
        let mut record = seal.header();
        record.extend(seal.close(address(partition, HEAD_KEY, 0), &plain)?);
        Ok(record)
    }

    fn open(seal: &Seal, partition: Partition, mut record: &[u8]) -> Result<Self, Unreadable> {
        seal.check_header(&mut record)?;
        let plain = seal.open(address(partition, HEAD_KEY, 0), record)?;
        Self::read(&mut &plain[..]).ok_or(Unreadable::Damaged)
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        let mut head = Self {
            stream: Wire::read(0, input)?,
            as_of: Offset(i64::read(0, input)?),
            redo_from: Offset(i64::read(0, input)?),
            tail: PageNumber(u32::read(0, input)?),
            next: PageNumber(u32::read(0, input)?),
            latest_s: u32::read(0, input)?,
            incidents: u32::read(0, input)?,
            feedback: Offset(i64::read(0, input)?),
            rulings: Vec::new(),
        };
        let mut last = head.redo_from;
        for _ in 0..u64::read(0, input)? {
            last = Offset(last.0.checked_add(i64::read(0, input)?)?);
            let ruled = Disposition::from_byte(take(input, 1)?[0]);
            head.rulings.push((last, ruled));
        }
        Some(head)
    }
}

fn address(partition: Partition, key: &[u8], section: u8) -> Address<'_> {
    Address {
        partition,
        key,
        section,
    }
}

/// A page under construction. Users stand apart, so that those who follow shared things alone need
/// not open them.
#[derive(Clone, Debug, Default)]
pub struct PageDraft {
    pub cells: Vec<(CellKind, Id)>,
    shared: Vec<u8>,
    users: Vec<u8>,
    /// The cell being added.
    scratch: Vec<u8>,
}

impl PageDraft {
    /// Adds a cell: `write` gives its bytes, and says whether it is still there.
    pub fn add(&mut self, kind: CellKind, id: Id, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        let section = match kind {
            CellKind::User => &mut self.users,
            _ => &mut self.shared,
        };
        section.push(kind as u8);
        id.write(0, section);
        self.scratch.clear();
        let present = write(&mut self.scratch);
        section.push(u8::from(present));
        if present {
            (self.scratch.len() as u64).write(0, section);
            section.extend_from_slice(&self.scratch);
        }
        self.cells.push((kind, id));
    }

    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shared.len() + self.users.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub fn close(
        &self,
        seal: &Seal,
        partition: Partition,
        number: PageNumber,
        cut: &OffsetVector,
    ) -> Result<Vec<u8>, SealError> {
        let key = page_key(number);
        let mut plain = Vec::with_capacity(self.shared.len() + 16 * cut.len());
        (cut.len() as u64).write(0, &mut plain);
        for (partition, offset) in cut {
            partition.0.write(0, &mut plain);
            offset.0.write(0, &mut plain);
        }
        plain.extend_from_slice(&self.shared);
        let shared = seal.close(address(partition, &key, 0), &plain)?;
        let users = seal.close(address(partition, &key, 1), &self.users)?;
        let mut record = seal.header();
        (shared.len() as u64).write(0, &mut record);
        record.extend_from_slice(&shared);
        record.extend_from_slice(&users);
        Ok(record)
    }
}

/// A packed cell of a page; `None` says that it was thrown out.
pub type Entry = (CellKind, Id, Option<Box<[u8]>>);

/// A page as it was written.
#[derive(Clone, Debug)]
pub struct Page {
    pub number: PageNumber,
    /// The offsets committed with it: it holds the logins before them.
    pub cut: OffsetVector,
    pub cells: Vec<Entry>,
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageSections {
    Everything,
    /// All but users.
    Shared,
}

/// A record of the profiles topic.
#[derive(Clone, Debug)]
pub enum ProfileRecord {
    Head(Head),
    Page(Page),
    /// A page that does not count any more.
    Dropped(PageNumber),
    /// A part of an incident; without bytes it is gone.
    Incident(IncidentId, Option<Vec<u8>>),
    /// Somebody else's: it is left alone.
    Other,
}

impl ProfileRecord {
    /// Reads a record; `value` is absent where Kafka has a tombstone.
    pub fn open(
        seal: &Seal,
        partition: Partition,
        key: &[u8],
        value: Option<&[u8]>,
        wanted: PageSections,
    ) -> Result<Self, Unreadable> {
        let number = page_number(key);
        match (number, value) {
            (Some(number), None) => Ok(Self::Dropped(number)),
            (Some(number), Some(record)) => {
                open_page(seal, partition, number, record, wanted).map(Self::Page)
            }
            (None, Some(record)) if key == HEAD_KEY => {
                Head::open(seal, partition, record).map(Self::Head)
            }
            (None, value) => match incident_of(key) {
                // One that cannot be read is missed by whoever counts them.
                Some(id) => Ok(Self::Incident(
                    id,
                    open_incident(seal, partition, key, value).unwrap_or_default(),
                )),
                None => Ok(Self::Other),
            },
        }
    }
}

/// The record of a part of an incident.
pub(super) fn close_incident(
    seal: &Seal,
    changed: &ChangedIncident,
) -> Result<ProfileMessage, SealError> {
    let (partition, key) = (changed.partition, incident_key(changed.id));
    let close = |plain: &Vec<u8>| -> Result<Vec<u8>, SealError> {
        let mut record = seal.header();
        record.extend(seal.close(address(partition, &key, 0), plain)?);
        Ok(record)
    };
    let value = changed.bytes.as_ref().map(close).transpose()?;
    Ok(ProfileMessage {
        partition,
        key,
        value,
    })
}

fn open_incident(
    seal: &Seal,
    partition: Partition,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<Option<Vec<u8>>, Unreadable> {
    let Some(mut record) = value else {
        return Ok(None);
    };
    seal.check_header(&mut record)?;
    seal.open(address(partition, key, 0), record).map(Some)
}

fn open_page(
    seal: &Seal,
    partition: Partition,
    number: PageNumber,
    mut record: &[u8],
    wanted: PageSections,
) -> Result<Page, Unreadable> {
    seal.check_header(&mut record)?;
    let key = page_key(number);
    let length = u64::read(0, &mut record).and_then(|length| usize::try_from(length).ok());
    let shared = length.and_then(|length| take(&mut record, length));
    let shared = seal.open(
        address(partition, &key, 0),
        shared.ok_or(Unreadable::Damaged)?,
    )?;
    let mut rest = &shared[..];
    let mut page = Page {
        number,
        cut: read_cut(&mut rest).ok_or(Unreadable::Damaged)?,
        cells: Vec::new(),
    };
    read_cells(rest, &mut page.cells).ok_or(Unreadable::Damaged)?;
    if wanted == PageSections::Everything {
        let users = seal.open(address(partition, &key, 1), record)?;
        read_cells(&users, &mut page.cells).ok_or(Unreadable::Damaged)?;
    }
    Ok(page)
}

fn read_cut(input: &mut &[u8]) -> Option<OffsetVector> {
    let mut cut = OffsetVector::new();
    for _ in 0..u64::read(0, input)? {
        let partition = Partition(i32::read(0, input)?);
        cut.insert(partition, Offset(i64::read(0, input)?));
    }
    Some(cut)
}

fn read_cells(mut input: &[u8], into: &mut Vec<Entry>) -> Option<()> {
    while !input.is_empty() {
        let kind = CellKind::from_byte(take(&mut input, 1)?[0])?;
        let id = Id::read(0, &mut input)?;
        let cell = match take(&mut input, 1)?[0] {
            0 => None,
            1 => {
                let length = usize::try_from(u64::read(0, &mut input)?).ok()?;
                Some(Box::from(take(&mut input, length)?))
            }
            _ => return None,
        };
        into.push((kind, id, cell));
    }
    Some(())
}
