//! Walks a forest's trees side by side: in vectors of sixteen or eight lanes, or in portable code.
//!
//! All of the crate's unsafe code is here: what is gathered lies within the nodes, because
//! [`Nodes::new`] checks every link once. Leaves are integers, so every way of walking gives the
//! same sum.

// Gathers read through a pointer, and a function for a processor's feature is called where the
// feature was found.
#![allow(unsafe_code)]

use super::shap::tree::{Batch, Branches};
use super::{MAX_FEATURES, Row, Walk};

/// A link to a node is 24 bits.
pub(super) const MAX_NODES: usize = 1 << 24;

/// The most trees that are walked at once.
const MOST_LANES: usize = 128;
/// Trees that are walked at once in portable code: as many as there are registers for.
const LANES: usize = 8;
/// Marks a leaf, beside the bits of the feature.
const LEAF: u32 = 0x80;
const FEATURE: u32 = 0x7f;
const _: () = assert!(MAX_FEATURES == FEATURE as usize + 1);

/// A node of 8 bytes, as the gathers read it.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(8))]
pub(super) struct PackedNode {
    /// The bits of an inner node's threshold, the value of a leaf.
    content: u32,
    /// The feature in the low 7 bits, then the mark of a leaf; the left child, or the leaf itself,
    /// in the upper 24.
    link: u32,
}

impl PackedNode {
    pub(super) fn inner(threshold: f32, feature: u16, left: u32) -> Self {
        Self {
            content: threshold.to_bits(),
            link: u32::from(feature) & FEATURE | left << 8,
        }
    }

    /// A leaf points at itself, so that a lane that has arrived stays.
    pub(super) fn leaf(value: u32, index: u32) -> Self {
        Self {
            content: value,
            link: LEAF | index << 8,
        }
    }

    fn is_leaf(self) -> bool {
        self.link & LEAF != 0
    }

    /// Where a row goes from here. A missing value compares false and so goes left.
    fn next(self, row: &Row) -> u32 {
        let right = row[(self.link & FEATURE) as usize] > f32::from_bits(self.content);
        (self.link >> 8) + u32::from(right & !self.is_leaf())
    }
}

/// Nodes whose links all lie within them, and the roots of their trees.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    nodes: Vec<PackedNode>,
    /// The roots, then [`MOST_LANES`] of a leaf that is worth nothing, for lanes that find no tree
    /// left.
    roots: Vec<u32>,
    trees: usize,
}

impl Nodes {
    /// Checks the links; `None` where one leads outside.
    pub(super) fn new(mut nodes: Vec<PackedNode>, mut roots: Vec<u32>) -> Option<Self> {
        let trees = roots.len();
        let padding = nodes.len() as u32;
        nodes.push(PackedNode::leaf(0, padding));
        roots.resize(trees + MOST_LANES, padding);
        let right = |node: &PackedNode| (node.link >> 8) + u32::from(!node.is_leaf());
        let all_within = nodes.len() <= MAX_NODES
            && nodes.iter().all(|node| right(node) <= padding)
            && roots.iter().all(|root| *root <= padding);
        all_within.then_some(Self {
            nodes,
            roots,
            trees,
        })
    }

    /// The sum of the leaves that a row ends in.
    pub(super) fn sum(&self, walk: Walk, row: &Row) -> u64 {
        match walk {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor was asked for the feature.
            Walk::Avx512 if walk.is_available() => unsafe { x86::sum_avx512(self, row) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor was asked for the feature.
            Walk::Avx2 if walk.is_available() => unsafe { x86::sum_avx2(self, row) },
            _ => self.sum_portable(row),
        }
    }

    /// Here lanes wait at their leaves for the others: to give them another tree costs more than it
    /// saves.
    fn sum_portable(&self, row: &Row) -> u64 {
        let nodes = self.nodes.as_slice();
        let mut total = 0;
        for roots in self.roots[..self.trees.next_multiple_of(LANES)]
            .as_chunks::<LANES>()
            .0
        {
            let mut at = *roots;
            let mut moved = 1;
            while moved != 0 {
                moved = 0;
                for index in &mut at {
                    let next = nodes[*index as usize].next(row);
                    moved |= next ^ *index;
                    *index = next;
                }
            }
            let leaves = at.iter().map(|index| nodes[*index as usize].content);
            total += leaves.map(u64::from).sum::<u64>();
        }
        total
    }
}

/// Explains a batch with the widest vectors that a walk allows; the compiler makes them of its
/// loops.
pub(super) fn explain(walk: Walk, batch: &mut Batch, trees: &[Branches]) {
    match walk {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor was asked for the feature.
        Walk::Avx512 if walk.is_available() => unsafe { x86::explain_avx512(batch, trees) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor was asked for the feature.
        Walk::Avx2 if walk.is_available() => unsafe { x86::explain_avx2(batch, trees) },
        _ => batch.explain(trees),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{FEATURE, LEAF, MAX_FEATURES, MOST_LANES, Nodes};
    use crate::forest::Row;
    use crate::forest::shap::tree::{Batch, Branches};

    /// Vectors in flight at once: while one waits for memory, the others compare.
    const IN_FLIGHT_512: usize = 7;
    const IN_FLIGHT_256: usize = 4;
    const _: () = assert!(16 * IN_FLIGHT_512 <= MOST_LANES && 8 * IN_FLIGHT_256 <= MOST_LANES);
    /// The value of a leaf, which stands in the low half of a gathered node.
    const CONTENT: i64 = 0xffff_ffff;

    /// The values of a row in eight registers of sixteen.
    struct Registers([__m512; MAX_FEATURES / 16]);

    impl Registers {
        #[target_feature(enable = "avx512f")]
        fn new(row: &Row) -> Self {
            let mut registers = [_mm512_setzero_ps(); MAX_FEATURES / 16];
            for (register, values) in registers.iter_mut().zip(row.as_chunks::<16>().0) {
                // SAFETY: a chunk is sixteen floats.
                *register = unsafe { _mm512_loadu_ps(values.as_ptr()) };
            }
            Self(registers)
        }

        /// The values of the features that the low 7 bits of each lane name.
        #[target_feature(enable = "avx512f")]
        fn values(&self, links: __m512i) -> __m512 {
            let [a, b, c, d, e, f, g, h] = self.0;
            let by_bit_5 = _mm512_test_epi32_mask(links, _mm512_set1_epi32(32));
            let by_bit_6 = _mm512_test_epi32_mask(links, _mm512_set1_epi32(64));
            let of_pair = |low, high| _mm512_permutex2var_ps(low, links, high);
            let low = _mm512_mask_blend_ps(by_bit_5, of_pair(a, b), of_pair(c, d));
            let high = _mm512_mask_blend_ps(by_bit_5, of_pair(e, f), of_pair(g, h));
            _mm512_mask_blend_ps(by_bit_6, low, high)
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn explain_avx512(batch: &mut Batch, trees: &[Branches]) {
        batch.explain(trees);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn explain_avx2(batch: &mut Batch, trees: &[Branches]) {
        batch.explain(trees);
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn sum_avx512(forest: &Nodes, row: &Row) -> u64 {
        let registers = Registers::new(row);
        let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        let one = _mm512_set1_epi32(1);
        let odd = _mm512_add_epi32(even, one);
        let nodes = forest.nodes.as_ptr().cast::<i64>();
        let mut at = [_mm512_setzero_si512(); IN_FLIGHT_512];
        for (at, roots) in at.iter_mut().zip(forest.roots.as_chunks::<16>().0) {
            // SAFETY: a chunk is sixteen roots.
            *at = unsafe { _mm512_loadu_si512(roots.as_ptr().cast()) };
        }
        let mut next_tree = forest.trees.min(16 * IN_FLIGHT_512);
        let mut total = _mm512_setzero_si512();
        loop {
            let none_left = next_tree == forest.trees;
            let mut walking = 0;
            for at in &mut at {
                // SAFETY: each lane is a root or came from a link, and `Nodes::new` saw that all of
                // them name nodes.
                let (low, high) = unsafe {
                    (
                        _mm512_i32gather_epi64::<8>(_mm512_castsi512_si256(*at), nodes),
                        _mm512_i32gather_epi64::<8>(_mm512_extracti64x4_epi64::<1>(*at), nodes),
                    )
                };
                let content = _mm512_permutex2var_epi32(low, even, high);
                let links = _mm512_permutex2var_epi32(low, odd, high);
                let inner = _mm512_testn_epi32_mask(links, _mm512_set1_epi32(LEAF as i32));
                let right = _mm512_mask_cmp_ps_mask::<_CMP_GT_OQ>(
                    inner,
                    registers.values(links),
                    _mm512_castsi512_ps(content),
                );
                let left_child = _mm512_srli_epi32::<8>(links);
                let below = _mm512_mask_add_epi32(left_child, right, left_child, one);
                // SAFETY: `next_tree` is at most the number of trees, and more than sixteen roots
                // follow those.
                let next_roots =
                    unsafe { _mm512_loadu_si512(forest.roots.as_ptr().add(next_tree).cast()) };
                *at = _mm512_mask_expand_epi32(below, !inner, next_roots);
                next_tree = forest.trees.min(next_tree + inner.count_zeros() as usize);
                walking |= inner;
                // A leaf's value, as two numbers of 64 bits.
                let leaves = _mm512_maskz_mov_epi32(!inner, content);
                let even_half = _mm512_and_si512(leaves, _mm512_set1_epi64(CONTENT));
                let odd_half = _mm512_srli_epi64::<32>(leaves);
                total = _mm512_add_epi64(total, _mm512_add_epi64(even_half, odd_half));
            }
            if none_left && walking == 0 {
                return _mm512_reduce_add_epi64(total) as u64;
            }
        }
    }

    /// For each mask of lanes: which of eight numbers each lane takes, so that they fill the masked
    /// lanes in turn.
    const EXPAND: [[u8; 8]; 256] = {
        let mut table = [[0; 8]; 256];
        let mut mask = 0;
        while mask < 256 {
            let (mut lane, mut taken) = (0, 0);
            while lane < 8 {
                table[mask][lane] = taken;
                taken += (mask >> lane & 1) as u8;
                lane += 1;
            }
            mask += 1;
        }
        table
    };

    #[target_feature(enable = "avx2")]
    pub(super) fn sum_avx2(forest: &Nodes, row: &Row) -> u64 {
        let nodes = forest.nodes.as_ptr().cast::<i64>();
        let mut at = [_mm256_setzero_si256(); IN_FLIGHT_256];
        for (at, roots) in at.iter_mut().zip(forest.roots.as_chunks::<8>().0) {
            // SAFETY: a chunk is eight roots.
            *at = unsafe { _mm256_loadu_si256(roots.as_ptr().cast()) };
        }
        let mut next_tree = forest.trees.min(8 * IN_FLIGHT_256);
        let mut total = _mm256_setzero_si256();
        loop {
            let none_left = next_tree == forest.trees;
            let mut all_leaves = 0xff;
            for at in &mut at {
                // SAFETY: each lane is a root or came from a link, and `Nodes::new` saw that all of
                // them name nodes.
                let (low, high) = unsafe {
                    (
                        _mm256_i32gather_epi64::<8>(nodes, _mm256_castsi256_si128(*at)),
                        _mm256_i32gather_epi64::<8>(nodes, _mm256_extracti128_si256::<1>(*at)),
                    )
                };
                let (low, high) = (_mm256_castsi256_ps(low), _mm256_castsi256_ps(high));
                // Within 128 bits the shuffles keep their order; the permutation puts the quarters
                // right.
                let in_order = |quarters: __m256| {
                    _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_castps_si256(quarters))
                };
                let content = in_order(_mm256_shuffle_ps::<0b10_00_10_00>(low, high));
                let links = in_order(_mm256_shuffle_ps::<0b11_01_11_01>(low, high));
                let features = _mm256_and_si256(links, _mm256_set1_epi32(FEATURE as i32));
                // SAFETY: 7 bits name a value of the row.
                let values = unsafe { _mm256_i32gather_ps::<4>(row.as_ptr(), features) };
                let right = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_GT_OQ>(
                    values,
                    _mm256_castsi256_ps(content),
                ));
                let below = _mm256_sub_epi32(_mm256_srli_epi32::<8>(links), right);
                // All bits of a lane where the mark of a leaf is set.
                let leaf = _mm256_srai_epi32::<31>(_mm256_slli_epi32::<24>(links));
                let mask = _mm256_movemask_ps(_mm256_castsi256_ps(leaf)) as usize & 0xff;
                // SAFETY: a row of the table is eight bytes.
                let order =
                    _mm256_cvtepu8_epi32(unsafe { _mm_loadl_epi64(EXPAND[mask].as_ptr().cast()) });
                // SAFETY: `next_tree` is at most the number of trees, and more than eight roots
                // follow those.
                let next_roots =
                    unsafe { _mm256_loadu_si256(forest.roots.as_ptr().add(next_tree).cast()) };
                let expanded = _mm256_permutevar8x32_epi32(next_roots, order);
                *at = _mm256_blendv_epi8(below, expanded, leaf);
                next_tree = forest.trees.min(next_tree + mask.count_ones() as usize);
                all_leaves &= mask;
                // A leaf's value, as two numbers of 64 bits.
                let leaves = _mm256_and_si256(leaf, content);
                let even_half = _mm256_and_si256(leaves, _mm256_set1_epi64x(CONTENT));
                let odd_half = _mm256_srli_epi64::<32>(leaves);
                total = _mm256_add_epi64(total, _mm256_add_epi64(even_half, odd_half));
            }
            if none_left && all_leaves == 0xff {
                break;
            }
        }
        let mut quarters = [0u64; 4];
        // SAFETY: four numbers of 64 bits are 256 bits.
        unsafe { _mm256_storeu_si256(quarters.as_mut_ptr().cast(), total) };
        quarters.iter().sum()
    }
}
