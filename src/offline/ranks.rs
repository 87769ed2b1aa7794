//! Ranks, and how two columns hang together by them.

/// Ranks, equal values sharing the middle one; missing below all.
pub(super) fn ranks(values: &[f32]) -> Vec<f64> {
    let key = |place: &usize| {
        if values[*place].is_nan() {
            f32::NEG_INFINITY
        } else {
            values[*place]
        }
    };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| key(left).total_cmp(&key(right)));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let mut to = from;
        while to < order.len() && key(&order[to]).total_cmp(&key(&order[from])).is_eq() {
            to += 1;
        }
        for place in &order[from..to] {
            ranks[*place] = (from + to - 1) as f64 / 2.0;
        }
        from = to;
    }
    ranks
}

/// The correlation of two columns (Pearson); of ranks it is Spearman's.
pub(super) fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (of_left, of_right) = (mean(left), mean(right));
    let (mut both, mut lefts, mut rights) = (0.0, 0.0, 0.0);
    for (left, right) in left.iter().zip(right) {
        both += (left - of_left) * (right - of_right);
        lefts += (left - of_left).powi(2);
        rights += (right - of_right).powi(2);
    }
    both / (lefts * rights).sqrt().max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of SciPy's `rankdata` and `spearmanr`.
    #[test]
    fn ranks_and_correlations_are_those_of_scipy() {
        assert_eq!(ranks(&[10.0, 20.0, 20.0, 5.0]), [1.0, 2.5, 2.5, 0.0]);
        let (left, right) = (
            ranks(&[1.0, 2.0, 3.0, 4.0, 5.0]),
            ranks(&[5.0, 6.0, 7.0, 8.0, 7.0]),
        );
        assert!((correlation(&left, &right) - 0.820_782_681_668_123).abs() < 1e-12);
    }
}
