//! JSON over several lines: an array of records, or records one after the other, as exports and
//! pretty printers write them. Each record is given without the white space between its parts.

use std::io::{BufRead, BufReader};

use super::BLOCK_BYTES;
use crate::files::detect::Peeked;

/// Whether a text begins with JSON that its first line does not end, or is an array in one line.
pub(super) fn spans_lines(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    let first = text.split(|byte| *byte == b'\n').next();
    let first = first.unwrap_or_default();
    if !matches!(text.first(), Some(b'[' | b'{')) {
        return false;
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(first) {
        Err(error) => error.is_eof() && (first.len() < text.len() || text.starts_with(b"[")),
        Ok(_) => text.starts_with(b"[") && first.len() == text.len(),
    }
}

/// Takes records apart by their brackets alone; what is in them is for others to judge.
pub(super) struct RawDocuments {
    from: Box<dyn BufRead + Send>,
    max_record_bytes: usize,
    /// Whether the records are elements of an array; not known before the first byte.
    in_array: Option<bool>,
    is_open: bool,
}

/// Where in a record a byte is.
#[derive(Default)]
struct Place {
    depth: u32,
    in_string: bool,
    is_escaped: bool,
    /// Whether a number or a word goes on.
    in_word: bool,
}

/// What a byte is to its record.
#[derive(PartialEq, Eq)]
enum Part {
    Within,
    Last,
    Nothing,
    /// Not of the record any more.
    After,
}

impl Place {
    fn step(&mut self, byte: u8) -> Part {
        if self.in_string {
            let ends = byte == b'"' && !self.is_escaped;
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            self.in_string = !ends;
            return match ends && self.depth == 0 {
                true => Part::Last,
                false => Part::Within,
            };
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' if self.depth == 0 => return Part::After,
            b'}' | b']' => {
                self.depth -= 1;
                if self.depth == 0 {
                    return Part::Last;
                }
            }
            b',' if self.depth == 0 => return Part::After,
            byte if byte.is_ascii_whitespace() => {
                return match self.in_word && self.depth == 0 {
                    true => Part::After,
                    false => Part::Nothing,
                };
            }
            _ => self.in_word = true,
        }
        Part::Within
    }
}

impl RawDocuments {
    pub fn new(text: Peeked, max_record_bytes: usize) -> Self {
        Self {
            from: Box::new(BufReader::with_capacity(BLOCK_BYTES, text.into_bytes())),
            max_record_bytes,
            in_array: None,
            is_open: false,
        }
    }

    /// Whether the last record had no end.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Adds the next record to an empty `record`; whether there was one.
    pub fn next_into(&mut self, record: &mut Vec<u8>) -> std::io::Result<bool> {
        let mut place = Place::default();
        let mut has_begun = false;
        loop {
            let block = self.from.fill_buf()?;
            if block.is_empty() {
                self.is_open = has_begun;
                return Ok(has_begun);
            }
            let mut used = 0;
            let mut ended = false;
            for byte in block.iter().copied() {
                used += 1;
                if !has_begun && is_between(byte, &mut self.in_array) {
                    continue;
                }
                has_begun = true;
                let part = place.step(byte);
                if part == Part::After {
                    used -= 1;
                } else if part != Part::Nothing && record.len() < self.max_record_bytes {
                    record.push(byte);
                }
                if matches!(part, Part::Last | Part::After) {
                    ended = true;
                    break;
                }
            }
            self.from.consume(used);
            if ended {
                return Ok(true);
            }
        }
    }
}

/// Whether a byte stands between records, and learns from the first whether an array holds them.
fn is_between(byte: u8, in_array: &mut Option<bool>) -> bool {
    if byte.is_ascii_whitespace() {
        return true;
    }
    match (byte, *in_array) {
        (b'[', None) => {
            *in_array = Some(true);
            true
        }
        (_, None) => {
            *in_array = Some(false);
            false
        }
        (b',' | b']' | b'}', _) => true,
        // Another array after the first.
        _ => false,
    }
}
