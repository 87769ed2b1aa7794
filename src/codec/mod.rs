//! The bytes of a cell, as a checkpoint keeps them: compact, canonical and checked.
//!
//! Whole numbers are LEB128 (zigzag where signed), rings give only their buckets that are not zero,
//! a list says how long it is, and times are distances from a base, the cell's last login. Equal
//! cells give equal bytes, and what was not written by [`Wire::write`] is refused, never misread.
//! Any change of this form or of a cell's fields raises [`VERSION`].

use std::net::IpAddr;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::enrich::geo::Point;
use crate::login::Id;

/// The version of the form of all cells together.
pub const VERSION: u8 = 8;

/// Seven bits a byte.
const MAX_NUMBER_BYTES: usize = 10;

/// Has a form in bytes. Times are near `base_s`, seconds since 1970, which is the same in writing
/// and reading.
pub trait Wire: Sized {
    fn write(&self, base_s: u32, out: &mut Vec<u8>);
    /// Takes its bytes from the front; `None` where they are not of this form.
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self>;
}

/// A time as its distance before the base; a time after it wraps round.
pub(crate) fn write_time(time_s: u32, base_s: u32, out: &mut Vec<u8>) {
    base_s.wrapping_sub(time_s).write(0, out);
}

pub(crate) fn read_time(base_s: u32, input: &mut &[u8]) -> Option<u32> {
    Some(base_s.wrapping_sub(u32::read(0, input)?))
}

/// Takes `count` bytes from the front.
#[inline]
pub fn take<'a>(input: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(count)?;
    *input = rest;
    Some(taken)
}

impl Wire for u64 {
    #[inline]
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    #[inline]
    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        // Most numbers are small.
        match input.split_first() {
            Some((byte, rest)) if *byte < 0x80 => {
                *input = rest;
                Some(u64::from(*byte))
            }
            _ => read_long(input),
        }
    }
}

fn read_long(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (index, byte) in input.iter().enumerate().take(MAX_NUMBER_BYTES) {
        let bits = u64::from(byte & 0x7f);
        value |= bits << (7 * index);
        if *byte < 0x80 {
            *input = &input[index + 1..];
            // Only the shortest form is one: equal values have equal bytes. The tenth byte holds
            // one bit.
            let fits = index + 1 < MAX_NUMBER_BYTES || bits <= 1;
            return (bits != 0 && fits).then_some(value);
        }
    }
    None
}

macro_rules! wire_whole {
    ($($number:ty),+) => {$(
        impl Wire for $number {
            #[inline]
            fn write(&self, base_s: u32, out: &mut Vec<u8>) {
                u64::from(*self).write(base_s, out);
            }
            #[inline]
            fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
                u64::read(base_s, input)?.try_into().ok()
            }
        }
    )+};
}

wire_whole!(u8, u16, u32);

impl Wire for i64 {
    #[inline]
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        (((*self as u64) << 1) ^ ((*self >> 63) as u64)).write(base_s, out);
    }
    #[inline]
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        let zigzag = u64::read(base_s, input)?;
        Some((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }
}

impl Wire for i32 {
    #[inline]
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        i64::from(*self).write(base_s, out);
    }
    #[inline]
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        i64::read(base_s, input)?.try_into().ok()
    }
}

impl Wire for f32 {
    #[inline]
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bits().to_le_bytes());
    }
    #[inline]
    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        let bytes = take(input, 4)?.try_into().ok()?;
        Some(Self::from_bits(u32::from_le_bytes(bytes)))
    }
}

impl Wire for Id {
    #[inline]
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bytes());
    }
    #[inline]
    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        Some(Self::from_bytes(take(input, 16)?.try_into().ok()?))
    }
}

impl<T: Wire> Wire for Option<T> {
    #[inline]
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.write(base_s, out);
        }
    }
    #[inline]
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        match take(input, 1)?[0] {
            0 => Some(None),
            1 => Some(Some(T::read(base_s, input)?)),
            _ => None,
        }
    }
}

/// A text behind its length in bytes.
#[inline]
fn write_text(text: &str, out: &mut Vec<u8>) {
    (text.len() as u64).write(0, out);
    out.extend_from_slice(text.as_bytes());
}

#[inline]
fn read_text<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    let length = usize::try_from(u64::read(0, input)?).ok()?;
    std::str::from_utf8(take(input, length)?).ok()
}

impl Wire for Arc<str> {
    #[inline]
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        write_text(self, out);
    }
    #[inline]
    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        read_text(input).map(Self::from)
    }
}

impl Wire for Box<str> {
    #[inline]
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        write_text(self, out);
    }
    #[inline]
    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        read_text(input).map(Self::from)
    }
}

impl Wire for IpAddr {
    #[inline]
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        match self {
            Self::V4(address) => {
                out.push(4);
                out.extend_from_slice(&address.octets());
            }
            Self::V6(address) => {
                out.push(6);
                out.extend_from_slice(&address.octets());
            }
        }
    }
    #[inline]
    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        match take(input, 1)?[0] {
            4 => Some(<[u8; 4]>::try_from(take(input, 4)?).ok()?.into()),
            6 => Some(<[u8; 16]>::try_from(take(input, 16)?).ok()?.into()),
            _ => None,
        }
    }
}

/// A list of at most `most` things; a longer one is not of this form.
#[inline]
pub(crate) fn read_list<T: Wire, const INLINE: usize>(
    base_s: u32,
    input: &mut &[u8],
    most: usize,
) -> Option<SmallVec<[T; INLINE]>>
where
    [T; INLINE]: smallvec::Array<Item = T>,
{
    let length = usize::try_from(u64::read(0, input)?)
        .ok()
        .filter(|length| *length <= most)?;
    let mut list = SmallVec::with_capacity(length);
    for _ in 0..length {
        list.push(T::read(base_s, input)?);
    }
    Some(list)
}

pub(crate) fn write_list<T: Wire>(list: &[T], base_s: u32, out: &mut Vec<u8>) {
    (list.len() as u64).write(0, out);
    list.iter().for_each(|item| item.write(base_s, out));
}

/// A table of at most 64 numbers, of which most are 0: a mask, and those that are not.
#[inline]
pub(crate) fn write_sparse<T: Wire + Default + PartialEq>(table: &[T], out: &mut Vec<u8>) {
    let zero = T::default();
    let mask = table
        .iter()
        .rev()
        .fold(0u64, |mask, value| (mask << 1) | u64::from(*value != zero));
    mask.write(0, out);
    for value in table.iter().filter(|value| **value != zero) {
        value.write(0, out);
    }
}

#[inline]
pub(crate) fn read_sparse<T: Wire + Default + Copy + PartialEq, const N: usize>(
    input: &mut &[u8],
) -> Option<[T; N]> {
    let mut table = [T::default(); N];
    let mut mask = u64::read(0, input)?;
    while mask != 0 {
        let value = table.get_mut(mask.trailing_zeros() as usize)?;
        *value = T::read(0, input)?;
        if *value == T::default() {
            return None;
        }
        mask &= mask - 1;
    }
    Some(table)
}

/// Implements [`Wire`] for a struct as its fields, one after the other.
macro_rules! wire_struct {
    ($name:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::codec::Wire for $name {
            #[inline]
            fn write(&self, base_s: u32, out: &mut Vec<u8>) {
                $( $crate::codec::Wire::write(&self.$field, base_s, out); )+
            }
            #[inline]
            fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
                $( let $field = $crate::codec::Wire::read(base_s, input)?; )+
                Some(Self { $($field),+ })
            }
        }
    };
}
pub(crate) use wire_struct;

wire_struct!(Point {
    latitude,
    longitude,
    radius_km
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{PrevalenceCell, SourceCell, TenantCell, UserCell};
    use proptest::prelude::*;

    const BASE_S: u32 = 1_700_000_000;

    fn bytes<T: Wire>(value: &T) -> Vec<u8> {
        let mut out = Vec::new();
        value.write(BASE_S, &mut out);
        out
    }

    proptest! {
        /// Numbers come back, from bytes that no other number has.
        #[test]
        fn numbers_come_back(whole: u64, signed: i64) {
            prop_assert_eq!(u64::read(BASE_S, &mut &bytes(&whole)[..]), Some(whole));
            prop_assert_eq!(i64::read(BASE_S, &mut &bytes(&signed)[..]), Some(signed));
        }

        /// Whatever the bytes are, reading them ends without a panic; what is read is written as
        /// the same bytes.
        #[test]
        fn foreign_bytes_are_refused_or_are_the_form(foreign in prop::collection::vec(any::<u8>(), 0..400)) {
            fn check<T: Wire>(foreign: &[u8]) -> Result<(), TestCaseError> {
                let mut rest = foreign;
                if let Some(value) = T::read(BASE_S, &mut rest) {
                    prop_assert_eq!(&bytes(&value)[..], &foreign[..foreign.len() - rest.len()]);
                }
                Ok(())
            }
            check::<u64>(&foreign)?;
            check::<UserCell>(&foreign)?;
            check::<SourceCell>(&foreign)?;
            check::<PrevalenceCell>(&foreign)?;
            check::<TenantCell>(&foreign)?;
        }
    }

    #[test]
    fn a_number_longer_than_needed_is_refused() {
        assert_eq!(u64::read(BASE_S, &mut &[0x80, 0x00][..]), None);
        assert_eq!(u64::read(BASE_S, &mut &[0xff; 11][..]), None);
        assert_eq!(u16::read(BASE_S, &mut &bytes(&70_000u32)[..]), None);
    }
}
