//! Makes of a provider's words what a field of a login may hold.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::login::event::cut;

/// The longest name of somebody or something, bytes.
const MAX_NAME_BYTES: usize = 256;

/// A name within its bounds. An attacker types names: a long one is cut and a control character
/// shown as such, so that no attempt goes unseen for its spelling.
pub(super) fn name(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = if text.contains(char::is_control) {
        Cow::Owned(text.replace(char::is_control, "\u{fffd}"))
    } else {
        text
    };
    cut(text, MAX_NAME_BYTES)
}

/// The address that a text names: with a port or brackets, mapped into IPv6, or the first of those
/// that proxies have listed. Names of hosts and the address of nobody are none.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let first = text.split(',').next()?.trim().trim_matches('"');
    let bare = first
        .strip_prefix('[')
        .and_then(|inside| inside.split(']').next())
        .unwrap_or(first);
    let bare = bare.split('%').next()?;
    let address: IpAddr = match bare.parse() {
        Ok(address) => address,
        Err(_) => bare.rsplit_once(':')?.0.parse().ok()?,
    };
    let address = address.to_canonical();
    (!address.is_unspecified()).then_some(address)
}

/// `\303\270`, as a C program writes bytes that are not printable, read back.
pub(super) fn from_octal(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'\\'
            && let Some(digits) = after.get(..3)
            && digits.iter().all(|digit| (b'0'..=b'7').contains(digit))
            && digits[0] <= b'3'
        {
            let value = digits
                .iter()
                .fold(0, |value: u8, digit| (value << 3) | (digit - b'0'));
            bytes.push(value);
            rest = &after[3..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_what_stands_around_them() {
        for (text, expected) in [
            ("203.0.113.9", Some("203.0.113.9")),
            ("203.0.113.9:51234", Some("203.0.113.9")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("::ffff:192.0.2.4", Some("192.0.2.4")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("198.51.100.7, 10.0.0.1", Some("198.51.100.7")),
            ("AWS Internal", None),
            ("signin.amazonaws.com", None),
            ("0.0.0.0", None),
            ("::", None),
            ("", None),
        ] {
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(address(text), expected, "{text}");
        }
    }

    #[test]
    fn names_keep_within_their_bounds() {
        assert_eq!(name(Cow::Borrowed("a\u{1b}[2Jb")), "a\u{fffd}[2Jb");
        assert!(name(Cow::Owned("\u{f8}".repeat(300))).len() <= MAX_NAME_BYTES);
        assert_eq!(
            from_octal(Cow::Borrowed("s\\303\\270ren\\")),
            "s\u{f8}ren\\"
        );
        assert_eq!(from_octal(Cow::Borrowed("\\777")), "\\777");
    }
}
