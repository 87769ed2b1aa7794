//! Reads one value of the layered configuration at a time. Problems are gathered, not thrown: a user
//! mends them all at once.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use config::Value;

use super::{Layers, Place, Problem, Secret};

pub(super) struct Reader<'a> {
    pub layers: &'a Layers,
    pub problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    pub fn problem(&mut self, key: &str, message: String) {
        // A table of an array was set where the array was.
        let set_as = key.split('[').next().unwrap_or(key);
        let place = self
            .layers
            .get(set_as)
            .map_or(Place::Default, |(_, place)| place.clone());
        self.problems.push(Problem::new(key, &place, message));
    }

    pub fn text(&mut self, key: &str) -> String {
        let value = self
            .layers
            .get(key)
            .map(|(value, _)| value.clone().into_string());
        match value {
            Some(Ok(text)) => text,
            _ => {
                self.problem(key, "must be a text".to_owned());
                String::new()
            }
        }
    }

    pub fn name(&mut self, key: &str) -> String {
        let text = self.text(key);
        if text.trim().is_empty() {
            self.problem(key, "must not be empty".to_owned());
        }
        text
    }

    pub fn float(&mut self, key: &str, range: RangeInclusive<f64>) -> f64 {
        let value = self
            .layers
            .get(key)
            .map(|(value, _)| value.clone().into_float());
        match value {
            Some(Ok(number)) if range.contains(&number) => number,
            _ => {
                self.problem(
                    key,
                    format!(
                        "must be a number from {} to {}{}",
                        range.start(),
                        range.end(),
                        self.found(key)
                    ),
                );
                *range.start()
            }
        }
    }

    pub fn whole<T: TryFrom<i64> + Copy + Display + Into<i128>>(
        &mut self,
        key: &str,
        range: RangeInclusive<T>,
    ) -> T {
        let value = self
            .layers
            .get(key)
            .map(|(value, _)| value.clone().into_int());
        let within = |number: i64| {
            ((*range.start()).into()..=(*range.end()).into()).contains(&i128::from(number))
        };
        if let Some(Ok(number)) = value
            && within(number)
            && let Ok(number) = T::try_from(number)
        {
            return number;
        }
        self.problem(
            key,
            format!(
                "must be a whole number from {} to {}{}",
                range.start(),
                range.end(),
                self.found(key)
            ),
        );
        *range.start()
    }

    /// Several texts, or one; none where there is nothing.
    pub fn texts(&mut self, key: &str) -> Vec<String> {
        let Some((value, _)) = self.layers.get(key) else {
            return Vec::new();
        };
        texts_of(value).unwrap_or_else(|| {
            self.problem(key, "must be texts".to_owned());
            Vec::new()
        })
    }

    pub fn flag(&mut self, key: &str) -> bool {
        let value = self
            .layers
            .get(key)
            .map(|(value, _)| value.clone().into_bool());
        match value {
            Some(Ok(flag)) => flag,
            _ => {
                self.problem(key, format!("must be true or false{}", self.found(key)));
                false
            }
        }
    }

    pub fn size(&mut self, key: &str, range: RangeInclusive<u32>) -> usize {
        self.whole(key, range) as usize
    }

    pub fn found(&self, key: &str) -> String {
        self.layers
            .get(key)
            .map_or(String::new(), |(value, _)| format!(", found `{value}`"))
    }

    pub fn one_of<'c>(&mut self, key: &str, choices: &[&'c str]) -> &'c str {
        let text = self.text(key);
        match choices
            .iter()
            .find(|choice| choice.eq_ignore_ascii_case(&text))
        {
            Some(choice) => choice,
            None => {
                self.problem(
                    key,
                    format!("must be one of {}, found `{text}`", choices.join(", ")),
                );
                choices.first().copied().unwrap_or_default()
            }
        }
    }

    pub fn path(&mut self, key: &str) -> Option<PathBuf> {
        let text = self.text(key);
        (!text.is_empty()).then(|| PathBuf::from(text))
    }

    /// The content of the file that a key names, without the line break at its end.
    pub fn secret(&mut self, key: &str) -> Secret {
        let Some(path) = self.path(key) else {
            return Secret::default();
        };
        secret_in(&path).unwrap_or_else(|problem| {
            self.problem(key, problem);
            Secret::default()
        })
    }
}

/// What a file holds, without the line break at its end.
pub(super) fn secret_in(path: &Path) -> Result<Secret, String> {
    let read = std::fs::read_to_string(path);
    let text = read.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Several texts, or one; `None` where they are not all texts.
pub(super) fn texts_of(value: &Value) -> Option<Vec<String>> {
    let texts = match value.clone().into_array() {
        Ok(values) => values.into_iter().map(Value::into_string).collect(),
        Err(_) => value.clone().into_string().map(|text| vec![text]),
    };
    texts.ok()
}
