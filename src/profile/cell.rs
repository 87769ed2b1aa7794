//! A cell is what one source partition has taught about one thing; a profile is all the cells of that thing.

use super::shown::Shown;
use crate::login::Login;

/// A login that has been judged, on its way into the profiles.
#[derive(Clone, Copy)]
pub struct Lesson<'a> {
    pub login: &'a Login,
    /// The texts kept for an analyst, if this becomes the user's last success.
    pub shown: &'a Shown,
    pub flagged: bool,
}

impl Lesson<'_> {
    /// Whether it teaches what is familiar. A flagged login counts as activity only, so that an attacker cannot
    /// become normal by trying.
    #[must_use]
    pub fn teaches(&self) -> bool {
        self.login.success && !self.flagged
    }
}

/// State of a fixed size bound that one partition's logins build, and that merges with other partitions' cells.
pub trait Cell: Clone + Default {
    fn apply(&mut self, lesson: &Lesson<'_>);
    fn merge(&mut self, other: &Self);
    /// Event time of the last login applied, seconds.
    fn last_s(&self) -> u32;
    /// Whether it has earned a place that a flood of fresh ids cannot take.
    fn is_established(&self) -> bool;
}

/// The cells of one thing by partition, and their sum, kept up to date so that a read never merges.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile<C> {
    pub whole: C,
    /// The partition that wrote `whole` while there is only one.
    partition: i32,
    /// One cell a partition, once there are several.
    parts: Vec<(i32, C)>,
}

impl<C: Cell> Profile<C> {
    #[must_use]
    pub fn new(partition: i32) -> Self {
        Self {
            whole: C::default(),
            partition,
            parts: Vec::new(),
        }
    }

    /// Applies a login to the cell of its partition, and to the whole.
    pub fn apply(&mut self, partition: i32, lesson: &Lesson<'_>) {
        if self.parts.is_empty() && partition != self.partition {
            self.parts.push((self.partition, self.whole.clone()));
        }
        if !self.parts.is_empty() {
            let index = match self.parts.iter().position(|part| part.0 == partition) {
                Some(index) => index,
                None => {
                    self.parts.push((partition, C::default()));
                    self.parts.len() - 1
                }
            };
            self.parts[index].1.apply(lesson);
        }
        self.whole.apply(lesson);
    }

    /// The cells, one a partition.
    pub fn cells(&self) -> impl Iterator<Item = (i32, &C)> {
        let single = self
            .parts
            .is_empty()
            .then_some((self.partition, &self.whole));
        single.into_iter().chain(
            self.parts
                .iter()
                .map(|(partition, cell)| (*partition, cell)),
        )
    }
}
