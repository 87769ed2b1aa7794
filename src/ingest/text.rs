//! Takes texts apart: by patterns, whose groups become values, or as `key=value` pairs.

use std::borrow::Cow;

use super::format::{Format, TextSource, TextStep};
use super::record::Raw;
use super::value::Found;
use crate::login::fields::Scalar;

/// Pairs that are read of one text.
const MAX_PAIRS: usize = 64;

impl Format {
    /// Runs the patterns of a format over an event; whether it is an event of this format.
    pub(super) fn take_apart(&self, event: &mut Raw<'_>) -> bool {
        let mut matched = event.recognised;
        for step in &self.texts {
            let Some(text) = step.text(event) else {
                continue;
            };
            let found = step.run(text, &mut event.values);
            if step.required {
                matched |= found;
            }
        }
        matched
    }
}

impl TextStep {
    fn text<'a>(&self, event: &Raw<'a>) -> Option<Cow<'a, str>> {
        self.from.iter().find_map(|from| match from {
            TextSource::Whole => event.text.clone(),
            TextSource::Slot(slot) => match &event.values[*slot] {
                Found::One(Scalar::Text(text)) => Some(text.clone()),
                _ => None,
            },
        })
    }

    fn run<'a>(&self, text: Cow<'a, str>, values: &mut [Found<'a>]) -> bool {
        let part = |range: std::ops::Range<usize>| match &text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
            Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
        };
        if let Some(keys) = &self.pairs {
            let mut found = false;
            for (key, range) in pairs(&text).take(MAX_PAIRS) {
                if let Some((_, slot)) = keys.iter().find(|(name, _)| **name == *key) {
                    values[*slot].fill(Scalar::Text(part(range)));
                    found = true;
                }
            }
            return found;
        }
        for (pattern, groups) in &self.patterns {
            let Some(captures) = pattern.captures(&text) else {
                continue;
            };
            for (group, slot) in groups {
                if let Some(group) = captures.get(*group) {
                    values[*slot].fill(Scalar::Text(part(group.range())));
                }
            }
            return true;
        }
        false
    }
}

/// The pairs of `a=1, b="2 3" c=4`: each key with the place of its value. A bare value ends before
/// the next `, key=` or ` key=`.
fn pairs(text: &str) -> impl Iterator<Item = (&str, std::ops::Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let equals = at + rest.find('=')?;
            let key_from = text[at..equals]
                .rfind(|letter: char| !is_key(letter))
                .map_or(at, |place| {
                    at + place + text[at + place..].chars().next().map_or(1, char::len_utf8)
                });
            let key = &text[key_from..equals];
            let from = equals + 1;
            if key.is_empty() {
                at = from;
                continue;
            }
            let (range, next) = match text[from..].strip_prefix('"') {
                Some(quoted) => {
                    let length = quoted.find('"').unwrap_or(quoted.len());
                    let to = from + 1 + length;
                    (from + 1..to, (to + 1).min(text.len()))
                }
                None => {
                    let to = from + bare_length(&text[from..]);
                    (from..to, to)
                }
            };
            at = next;
            return Some((key, range));
        }
    })
}

fn is_key(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

/// How long a value without quotes is: to a space or comma that another key follows, or to the end.
fn bare_length(text: &str) -> usize {
    let mut from = 0;
    while let Some(found) = text[from..].find([' ', ',']) {
        let place = from + found;
        let after = text[place..].trim_start_matches([' ', ',']);
        let key = after.find('=').map(|end| &after[..end]);
        if key.is_some_and(|key| !key.is_empty() && key.chars().all(is_key)) {
            return place;
        }
        from = place + 1;
    }
    text.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(&str, &str)> {
        pairs(text)
            .map(|(key, range)| (key, &text[range]))
            .collect()
    }

    #[test]
    fn pairs_are_read_bare_and_quoted() {
        assert_eq!(
            read("type=LOGIN, realmId=a b, userId=null, x=1"),
            [
                ("type", "LOGIN"),
                ("realmId", "a b"),
                ("userId", "null"),
                ("x", "1")
            ]
        );
        assert_eq!(
            read("type=\"A=B, c\", uri=https://x/?a=1&b=2, code_id=7"),
            [
                ("type", "A=B, c"),
                ("uri", "https://x/?a=1&b=2"),
                ("code_id", "7")
            ]
        );
        assert_eq!(
            read("tid=\"t:1\" event=\"SSO\" X-Host=h"),
            [("tid", "t:1"), ("event", "SSO"), ("X-Host", "h")]
        );
        assert_eq!(read("a=\"open"), [("a", "open")]);
        assert_eq!(read("no pairs"), []);
        assert_eq!(read("=="), []);
    }
}
