//! Columns of a small chart, in the units of its view box.

/// A column.
pub(super) struct Column {
    pub x: usize,
    pub y: usize,
    pub height: usize,
    pub class: &'static str,
    pub label: String,
}
