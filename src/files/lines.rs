//! Lines of NDJSON, many into one buffer.

use std::io::{BufRead, Read};

use super::chunk::{CHUNK_BYTES, CHUNK_ROWS, Line};

/// Appends lines until the chunk is full or the file ends. Blank lines are none. Of a line longer
/// than `max_row_bytes` only the beginning is kept: a file without line breaks cannot fill the
/// memory.
pub(super) fn fill(
    from: &mut impl BufRead,
    max_row_bytes: usize,
    bytes: &mut Vec<u8>,
    lines: &mut Vec<Line>,
) -> std::io::Result<()> {
    bytes.clear();
    lines.clear();
    // Room for a line break beside the longest line, so that one byte more is too many.
    let most = (max_row_bytes as u64).saturating_add(2);
    while lines.len() < CHUNK_ROWS && bytes.len() < CHUNK_BYTES {
        let start = bytes.len();
        let read = from.by_ref().take(most).read_until(b'\n', bytes)?;
        if read == 0 {
            break;
        }
        let text = bytes[start..].trim_ascii_end();
        let end = start + text.len();
        let whole = read as u64 != most || bytes.last() == Some(&b'\n');
        if !whole {
            from.skip_until(b'\n')?;
        }
        if text.is_empty() && whole {
            bytes.truncate(start);
            continue;
        }
        let cut = !whole || end - start > max_row_bytes;
        lines.push(Line { start, end, cut });
    }
    Ok(())
}
