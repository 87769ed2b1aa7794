//! The bytes of a cell, as a checkpoint keeps them: compact, canonical and checked.
//!
//! Whole numbers are LEB128 (zigzag where signed), rings give only their buckets that are not zero, and a list says how
//! long it is. Equal cells give equal bytes, and what was not written by [`Wire::write`] is refused, never misread. Any
//! change of this form or of a cell's fields raises [`VERSION`].

use std::net::IpAddr;

use smallvec::SmallVec;

use super::ring::{Moments, Ring, Tally};
use crate::geo::Point;
use crate::login::Id;

/// The version of the form of all cells together.
pub const VERSION: u8 = 1;

/// Has a form in bytes.
pub trait Wire: Sized {
    fn write(&self, out: &mut Vec<u8>);
    /// Takes its bytes from the front; `None` where they are not of this form.
    fn read(input: &mut &[u8]) -> Option<Self>;
}

/// Takes `count` bytes from the front.
pub fn take<'a>(input: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(count)?;
    *input = rest;
    Some(taken)
}

impl Wire for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = u64::from(take(input, 1)?[0]);
            let bits = byte & 0x7f;
            if (bits << shift) >> shift != bits {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                // Only the shortest form is one: equal values have equal bytes.
                return (bits != 0 || shift == 0).then_some(value);
            }
        }
        None
    }
}

macro_rules! wire_whole {
    ($($number:ty),+) => {$(
        impl Wire for $number {
            fn write(&self, out: &mut Vec<u8>) {
                u64::from(*self).write(out);
            }
            fn read(input: &mut &[u8]) -> Option<Self> {
                u64::read(input)?.try_into().ok()
            }
        }
    )+};
}

wire_whole!(u8, u16, u32);

impl Wire for i64 {
    fn write(&self, out: &mut Vec<u8>) {
        (((*self as u64) << 1) ^ ((*self >> 63) as u64)).write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        let zigzag = u64::read(input)?;
        Some((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }
}

impl Wire for i32 {
    fn write(&self, out: &mut Vec<u8>) {
        i64::from(*self).write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        i64::read(input)?.try_into().ok()
    }
}

impl Wire for f32 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bits().to_le_bytes());
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        let bytes = take(input, 4)?.try_into().ok()?;
        Some(Self::from_bits(u32::from_le_bytes(bytes)))
    }
}

impl Wire for Id {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bytes());
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        Some(Self::from_bytes(take(input, 16)?.try_into().ok()?))
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.write(out);
        }
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        match take(input, 1)?[0] {
            0 => Some(None),
            1 => Some(Some(T::read(input)?)),
            _ => None,
        }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        T::read(input).map(Box::new)
    }
}

impl Wire for Box<str> {
    fn write(&self, out: &mut Vec<u8>) {
        (self.len() as u64).write(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        let length = usize::try_from(u64::read(input)?).ok()?;
        std::str::from_utf8(take(input, length)?)
            .ok()
            .map(Self::from)
    }
}

impl Wire for IpAddr {
    fn write(&self, out: &mut Vec<u8>) {
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
    fn read(input: &mut &[u8]) -> Option<Self> {
        match take(input, 1)?[0] {
            4 => Some(<[u8; 4]>::try_from(take(input, 4)?).ok()?.into()),
            6 => Some(<[u8; 16]>::try_from(take(input, 16)?).ok()?.into()),
            _ => None,
        }
    }
}

/// A list of at most `most` things; a longer one is not of this form.
pub(super) fn read_list<T: Wire, const INLINE: usize>(
    input: &mut &[u8],
    most: usize,
) -> Option<SmallVec<[T; INLINE]>>
where
    [T; INLINE]: smallvec::Array<Item = T>,
{
    let length = usize::try_from(u64::read(input)?)
        .ok()
        .filter(|length| *length <= most)?;
    let mut list = SmallVec::with_capacity(length);
    for _ in 0..length {
        list.push(T::read(input)?);
    }
    Some(list)
}

pub(super) fn write_list<T: Wire>(list: &[T], out: &mut Vec<u8>) {
    (list.len() as u64).write(out);
    list.iter().for_each(|item| item.write(out));
}

/// A table of at most 64 numbers, of which most are 0: a mask, and those that are not.
pub(super) fn write_sparse<T: Wire + Default + PartialEq>(table: &[T], out: &mut Vec<u8>) {
    let zero = T::default();
    let mask = table
        .iter()
        .rev()
        .fold(0u64, |mask, value| (mask << 1) | u64::from(*value != zero));
    mask.write(out);
    for value in table.iter().filter(|value| **value != zero) {
        value.write(out);
    }
}

pub(super) fn read_sparse<T: Wire + Default + Copy + PartialEq, const N: usize>(
    input: &mut &[u8],
) -> Option<[T; N]> {
    let mut table = [T::default(); N];
    let mask = u64::read(input)?;
    if N < 64 && mask >> N != 0 {
        return None;
    }
    for (index, value) in table.iter_mut().enumerate() {
        if mask >> index & 1 == 1 {
            *value = T::read(input)?;
            if *value == T::default() {
                return None;
            }
        }
    }
    Some(table)
}

impl<T: Tally + Wire, const N: usize, const SECONDS: u32> Wire for Ring<T, N, SECONDS> {
    fn write(&self, out: &mut Vec<u8>) {
        let (newest, buckets) = self.raw();
        newest.write(out);
        write_sparse(buckets, out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        Some(Self::from_raw(u32::read(input)?, read_sparse(input)?))
    }
}

/// Implements [`Wire`] for a struct as its fields, one after the other.
macro_rules! wire_struct {
    ($name:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::profile::wire::Wire for $name {
            fn write(&self, out: &mut Vec<u8>) {
                $( $crate::profile::wire::Wire::write(&self.$field, out); )+
            }
            fn read(input: &mut &[u8]) -> Option<Self> {
                $( let $field = $crate::profile::wire::Wire::read(input)?; )+
                Some(Self { $($field),+ })
            }
        }
    };
}
pub(crate) use wire_struct;

wire_struct!(Moments {
    count,
    sum,
    squares
});
wire_struct!(Point {
    latitude,
    longitude,
    radius_km
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{ShareCell, SourceCell, TenantCell, UserCell};
    use proptest::prelude::*;

    fn bytes<T: Wire>(value: &T) -> Vec<u8> {
        let mut out = Vec::new();
        value.write(&mut out);
        out
    }

    proptest! {
        /// Numbers come back, from bytes that no other number has.
        #[test]
        fn numbers_come_back(whole: u64, signed: i64) {
            prop_assert_eq!(u64::read(&mut &bytes(&whole)[..]), Some(whole));
            prop_assert_eq!(i64::read(&mut &bytes(&signed)[..]), Some(signed));
        }

        /// Whatever the bytes are, reading them ends without a panic; what is read is written as the same bytes.
        #[test]
        fn foreign_bytes_are_refused_or_are_the_form(foreign in prop::collection::vec(any::<u8>(), 0..400)) {
            fn check<T: Wire>(foreign: &[u8]) -> Result<(), TestCaseError> {
                let mut rest = foreign;
                if let Some(value) = T::read(&mut rest) {
                    prop_assert_eq!(&bytes(&value)[..], &foreign[..foreign.len() - rest.len()]);
                }
                Ok(())
            }
            check::<u64>(&foreign)?;
            check::<UserCell>(&foreign)?;
            check::<SourceCell>(&foreign)?;
            check::<ShareCell>(&foreign)?;
            check::<TenantCell>(&foreign)?;
        }
    }

    #[test]
    fn a_number_longer_than_needed_is_refused() {
        assert_eq!(u64::read(&mut &[0x80, 0x00][..]), None);
        assert_eq!(u64::read(&mut &[0xff; 11][..]), None);
        assert_eq!(u16::read(&mut &bytes(&70_000u32)[..]), None);
    }
}
