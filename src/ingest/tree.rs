//! All paths of a format as one tree, so that a record is gone through once and only what some path
//! asks for is kept.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::path::{Pick, Step};
use super::value::Found;
use crate::login::fields::{Key, Scalar};

/// Values that are kept of an array of texts or numbers.
const MAX_LISTED: usize = 32;

/// A place in a record, with what some paths want of it.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Where the value of this place goes.
    slot: Option<usize>,
    children: Vec<(Box<str>, Node)>,
    elements: Option<Box<Elements>>,
}

/// What paths want of the elements of an array: each is read into slots of its own first.
#[derive(Debug, Default)]
struct Elements {
    node: Node,
    /// The rest of each path, in the order of the elements' own slots.
    rests: Vec<Vec<Step>>,
    picks: Vec<Picked>,
    /// The element itself, where the whole array is asked for too.
    itself: Option<usize>,
}

/// What goes on from an element that is picked.
#[derive(Debug)]
struct Picked {
    pick: Pick,
    /// The slot of the key that is compared.
    compared: Option<usize>,
    moves: Vec<(usize, usize)>,
}

impl Node {
    /// Has the value at the end of some steps go to a slot.
    pub(super) fn insert(&mut self, steps: &[Step], slot: usize) {
        match steps {
            [] => {
                self.slot = Some(slot);
                if let Some(elements) = &mut self.elements {
                    elements.itself = Some(elements.slot_of(&[]));
                }
            }
            [Step::Key(key), rest @ ..] => self.child_or_new(key).insert(rest, slot),
            [Step::Element(pick), rest @ ..] => {
                let is_asked_for = self.slot.is_some();
                let elements = self.elements.get_or_insert_default();
                elements.insert(pick, rest, slot);
                if is_asked_for {
                    elements.itself = Some(elements.slot_of(&[]));
                }
            }
        }
    }

    fn child_or_new(&mut self, key: &str) -> &mut Node {
        let place = match self.children.iter().position(|(name, _)| **name == *key) {
            Some(place) => place,
            None => {
                self.children.push((key.into(), Node::default()));
                self.children.len() - 1
            }
        };
        &mut self.children[place].1
    }

    /// The place of a key; a key with dots may stand for keys within keys.
    pub(super) fn child(&self, key: &str) -> Option<&Node> {
        let own = self.children.iter().find(|(name, _)| **name == *key);
        match own {
            Some((_, child)) => Some(child),
            // Most keys are nobody's, and have no dot.
            None if !key.as_bytes().contains(&b'.') => None,
            None => key
                .match_indices('.')
                .find_map(|(dot, _)| self.child(&key[..dot])?.child(&key[dot + 1..])),
        }
    }

    fn is_leaf(&self) -> bool {
        self.children.is_empty() && self.elements.is_none()
    }
}

impl Elements {
    fn insert(&mut self, pick: &Pick, rest: &[Step], slot: usize) {
        let from = self.slot_of(rest);
        let compared = match pick {
            Pick::Where { key, .. } => Some(self.slot_of(&[Step::Key(key.clone())])),
            _ => None,
        };
        let known = self.picks.iter().position(|picked| picked.pick == *pick);
        let place = known.unwrap_or_else(|| {
            self.picks.push(Picked {
                pick: pick.clone(),
                compared,
                moves: Vec::new(),
            });
            self.picks.len() - 1
        });
        self.picks[place].moves.push((from, slot));
    }

    fn slot_of(&mut self, rest: &[Step]) -> usize {
        if let Some(slot) = self.rests.iter().position(|known| known == rest) {
            return slot;
        }
        self.rests.push(rest.to_vec());
        let slot = self.rests.len() - 1;
        self.node.insert(rest, slot);
        slot
    }
}

impl Picked {
    fn takes(&self, number: usize, values: &[Found<'_>]) -> bool {
        match (&self.pick, self.compared) {
            (Pick::Any, _) => true,
            (Pick::Index(index), _) => *index == number,
            (Pick::Where { value, .. }, Some(slot)) => values[slot].is(value),
            (Pick::Where { .. }, None) => false,
        }
    }
}

/// Reads one value into the slots that its place asks for.
pub(super) struct Walk<'n, 's, 'a> {
    pub node: &'n Node,
    pub slots: &'s mut [Found<'a>],
}

impl<'a> Walk<'_, '_, 'a> {
    fn keep(self, scalar: Scalar<'a>) {
        if let Some(slot) = self.node.slot {
            self.slots[slot].fill(scalar);
        }
    }

    /// Whether paths go on below a place that holds a text, which may be an object written as one.
    fn may_hold_json(&self, text: &str) -> bool {
        !self.node.children.is_empty() && text.trim_start().starts_with('{')
    }

    /// Reads the object that a text is; of one that is broken, what stands before the break.
    fn json(&mut self, text: &'a str) {
        let walk = Walk {
            node: self.node,
            slots: &mut *self.slots,
        };
        let _ = walk.deserialize(&mut serde_json::Deserializer::from_str(text));
    }

    /// An array of plain values.
    fn list<S: SeqAccess<'a>>(self, mut items: S) -> Result<(), S::Error> {
        let mut listed = Vec::new();
        while let Some(item) = items.next_element_seed(crate::login::fields::ScalarSeed)? {
            if listed.len() < MAX_LISTED && !matches!(item, Scalar::Null) {
                listed.push(item);
            }
        }
        if let Some(slot) = self.node.slot {
            self.slots[slot].fill_list(listed);
        }
        Ok(())
    }

    fn elements<S: SeqAccess<'a>>(self, own: &Elements, mut items: S) -> Result<(), S::Error> {
        let mut listed = Vec::new();
        for number in 0.. {
            let mut values = vec![Found::Absent; own.rests.len()];
            let walk = Walk {
                node: &own.node,
                slots: &mut values,
            };
            if items.next_element_seed(walk)?.is_none() {
                break;
            }
            for picked in &own.picks {
                if picked.takes(number, &values) {
                    for (from, to) in &picked.moves {
                        if self.slots[*to].is_absent() {
                            self.slots[*to] = values[*from].clone();
                        }
                    }
                }
            }
            if let Some(slot) = own.itself
                && let Found::One(scalar) = &values[slot]
                && listed.len() < MAX_LISTED
            {
                listed.push(scalar.clone());
            }
        }
        if let Some(slot) = self.node.slot {
            self.slots[slot].fill_list(listed);
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.keep(Scalar::Bool(value));
        Ok(())
    }
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.keep(Scalar::Integer(value));
        Ok(())
    }
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        // An id, where it is no count: its digits are what counts.
        let scalar = i64::try_from(value).map_or_else(
            |_| Scalar::Text(Cow::Owned(value.to_string())),
            Scalar::Integer,
        );
        self.keep(scalar);
        Ok(())
    }
    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.keep(Scalar::Float(value));
        Ok(())
    }
    fn visit_borrowed_str<E>(mut self, value: &'de str) -> Result<(), E> {
        if self.may_hold_json(value) {
            self.json(value);
        } else {
            self.keep(Scalar::Text(Cow::Borrowed(value)));
        }
        Ok(())
    }
    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        if self.may_hold_json(value) {
            let mut slots = vec![Found::Absent; self.slots.len()];
            let mut inner = Walk {
                node: self.node,
                slots: &mut slots,
            };
            inner.json(value);
            for (slot, found) in self.slots.iter_mut().zip(slots) {
                if slot.is_absent() {
                    *slot = found.into_owned();
                }
            }
        } else if self.node.slot.is_some() {
            self.keep(Scalar::Text(Cow::Owned(value.to_owned())));
        }
        Ok(())
    }
    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<(), S::Error> {
        match (&self.node.elements, self.node.slot) {
            (Some(own), _) => {
                let node = self.node;
                Walk { node, ..self }.elements(own, items)
            }
            (None, Some(_)) => self.list(items),
            (None, None) => {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(())
            }
        }
    }
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        if let Some(slot) = self.node.slot {
            self.slots[slot].fill(Scalar::Nested);
        }
        if self.node.is_leaf() {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        while let Some(Key(key)) = map.next_key()? {
            match self.node.child(&key) {
                Some(node) => map.next_value_seed(Walk {
                    node,
                    slots: &mut *self.slots,
                })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
