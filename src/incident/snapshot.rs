//! A part of an incident as it is at one time.

use super::Incident;
use crate::detector::link::Link;

/// A part of an incident, and when each of its links was last met.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Snapshot {
    pub incident: Incident,
    pub leads: Vec<(Link, u32)>,
}
