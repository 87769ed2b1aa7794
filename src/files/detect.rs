//! Tells what a file is: by its first bytes, and where they leave it open by its name.

use std::io::{BufReader, Chain, Cursor, Read};
use std::path::Path;

use super::{Compression, FileError, Format, Named, is_standard};
use crate::login::field::Field;

/// The most that is looked at.
const HEAD_BYTES: usize = 64 * 1024;
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

pub(super) type Bytes = Box<dyn Read + Send>;

/// A stream and its beginning, which was read to look at it.
pub(super) struct Peeked {
    pub head: Vec<u8>,
    rest: Bytes,
}

impl Peeked {
    /// Reads until `enough` is there.
    fn new(mut rest: Bytes, enough: impl Fn(&[u8]) -> bool) -> std::io::Result<Self> {
        let mut head = Vec::new();
        let mut block = [0; 8 * 1024];
        while head.len() < HEAD_BYTES && !enough(&head) {
            match rest.read(&mut block) {
                Ok(0) => break,
                Ok(read) => head.extend_from_slice(&block[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { head, rest })
    }

    /// The whole stream, without a byte order mark.
    pub(super) fn into_bytes(mut self) -> Chain<Cursor<Vec<u8>>, Bytes> {
        if self.head.starts_with(b"\xef\xbb\xbf") {
            self.head.drain(..3);
        }
        Cursor::new(self.head).chain(self.rest)
    }
}

/// What was found: the text of a stream, out of its compression, or a Parquet file.
pub(super) enum Found {
    Text(Peeked, Format),
    Parquet,
}

/// Looks at a stream. What is compressed is taken for what it is, whatever its name.
pub(super) fn look(path: &Path, bytes: Bytes) -> Result<Found, FileError> {
    let named = Named::new(path).format;
    let Some(text) = text_of(path, bytes)? else {
        return Ok(Found::Parquet);
    };
    let format = format_of(&text.head, named).or(is_standard(path).then_some(Format::Ndjson));
    format
        .map(|format| Found::Text(text, format))
        .ok_or_else(|| FileError::UnknownKind {
            path: path.to_owned(),
        })
}

/// A stream out of its compression; nothing, where it is Parquet.
pub(super) fn text_of(path: &Path, bytes: Bytes) -> Result<Option<Peeked>, FileError> {
    let failed = |source| FileError::Open {
        path: path.to_owned(),
        source,
    };
    let named = Named::new(path);
    let outer = Peeked::new(bytes, |head| head.len() >= 4).map_err(failed)?;
    let compression = match outer.head.as_slice() {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        [b'P', b'A', b'R', b'1', ..] => return Ok(None),
        [] => Compression::None,
        _ => named.compression,
    };
    let bytes: Bytes = match compression {
        Compression::None if named.format == Some(Format::Parquet) => return Ok(None),
        Compression::None => Box::new(outer.into_bytes()),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(
            outer.into_bytes(),
        ))),
        Compression::Zstd => Box::new(zstd::Decoder::new(outer.into_bytes()).map_err(failed)?),
    };
    let text = Peeked::new(bytes, |head| head.contains(&b'\n'));
    text.map(Some).map_err(|error| FileError::Content {
        path: path.to_owned(),
        message: error.to_string(),
    })
}

/// What the name says, or else what the first line looks like.
fn format_of(head: &[u8], named: Option<Format>) -> Option<Format> {
    if named.is_some() {
        return named;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match text.trim_ascii_start().first() {
        Some(b'{') => Some(Format::Ndjson),
        _ if known_columns(text, separator(text)) >= 2 => Some(Format::Csv),
        _ => None,
    }
}

/// The separator of a table: the one that tells most columns of ours apart, or else most columns.
pub(super) fn separator(head: &[u8]) -> u8 {
    let count = |separator: &u8| {
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let columns = line.iter().filter(|byte| *byte == separator).count();
        (known_columns(head, *separator), columns)
    };
    // Of equals the last one wins, and a comma is the likeliest.
    let mut likeliest_last = SEPARATORS;
    likeliest_last.reverse();
    let best = likeliest_last.iter().copied().max_by_key(count);
    best.unwrap_or(b',')
}

fn known_columns(head: &[u8], separator: u8) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .from_reader(head);
    let mut record = csv::ByteRecord::new();
    let _ = reader.read_byte_record(&mut record);
    let names = record
        .iter()
        .filter_map(|name| std::str::from_utf8(name).ok());
    names
        .filter(|name| Field::from_name(name.trim()).is_some())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_the_one_that_gives_our_columns() {
        for (head, expected) in [
            ("user_id,timestamp,success\n", b','),
            ("user_id;timestamp;success\n", b';'),
            ("user_id\ttimestamp\tsuccess\n", b'\t'),
            ("user_id|timestamp|success\na,b;c", b'|'),
            ("User;When\n1,2;3", b';'),
            ("\"a,b\";user_id;success\n", b';'),
            ("", b','),
        ] {
            assert_eq!(separator(head.as_bytes()), expected, "{head:?}");
        }
    }

    #[test]
    fn a_name_that_says_nothing_leaves_it_to_the_first_line() {
        let format = |head: &str| format_of(head.as_bytes(), None);
        assert_eq!(format("\u{feff} {\"user_id\":1}"), Some(Format::Ndjson));
        assert_eq!(format("timestamp;user_id\n"), Some(Format::Csv));
        assert_eq!(format("dear reader, user_id is"), None);
        assert_eq!(format(""), None);
    }
}
