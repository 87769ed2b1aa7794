//! What boosted trees say together, in the form that scores.

use super::super::arena::CompileError;
use super::super::{Arena, Row, Tree};
use super::LARGEST_LEAF;

/// Compiled boosted trees.
#[derive(Clone, Debug)]
pub struct Sum {
    /// None of no trees.
    arena: Option<Arena>,
    trees: f64,
}

impl Sum {
    /// Of trees that are valid, with leaves within [`LARGEST_LEAF`].
    pub fn compile(trees: &[Tree]) -> Result<Self, CompileError> {
        let compile = || Arena::compile(&raised(trees), 2 * LARGEST_LEAF);
        Ok(Self {
            arena: (!trees.is_empty()).then(compile).transpose()?,
            trees: trees.len() as f64,
        })
    }

    /// The log-odds of a row against the base rate.
    #[must_use]
    pub fn of(&self, row: &Row) -> f64 {
        let mean = |arena: &Arena| arena.mean(row) - f64::from(LARGEST_LEAF);
        self.arena
            .as_ref()
            .map_or(0.0, |arena| self.trees * mean(arena))
    }
}

/// Trees whose leaves are raised above 0, as an arena wants them.
pub(crate) fn raised(trees: &[Tree]) -> Vec<Tree> {
    let mut raised = trees.to_vec();
    for node in raised.iter_mut().flat_map(|tree| &mut tree.nodes) {
        node.value += LARGEST_LEAF as f32;
    }
    raised
}
