//! Fewer marks than values, and the same picture: nothing is drawn where a mark is already.

use std::collections::BTreeSet;
use std::hash::Hash;

/// Of marks at these places those that do not fall on one of the same kind: of each square of the smallest grid that
/// leaves no more than `most`, the first. The extreme ones stay, since nothing else is in their squares or what is
/// there is as extreme. Tells the squares' side too; 0 if nothing was left out.
pub fn marks<K: Copy + Ord + Hash>(places: &[(K, f64, f64)], most: usize) -> (Vec<(K, f64, f64)>, f64) {
    if places.len() <= most {
        return (places.to_vec(), 0.0);
    }
    let mut side = 1.0;
    loop {
        let mut taken = BTreeSet::new();
        let square = |v: f64| (v / side).floor() as i64;
        let kept: Vec<_> = places
            .iter()
            .copied()
            .filter(|(kind, x, y)| taken.insert((*kind, square(*x), square(*y))))
            .collect();
        if kept.len() <= most || side > 1000.0 {
            return (kept, side);
        }
        side *= 1.5;
    }
}

/// Ranks up to `n`, from 1: all, or about `most` that lie the closer together the farther up in the tail they are,
/// with every one of the last.
pub fn ranks(n: usize, most: usize) -> Vec<usize> {
    let nines = (n as f64).log10();
    let rank = |step: usize| {
        let above = 10f64.powf(-nines * step as f64 / most as f64);
        ((1.0 - above) * n as f64).ceil() as usize
    };
    let chosen = (0..=most).map(rank).chain(n.saturating_sub(10)..=n);
    let distinct: BTreeSet<usize> = if n <= most { (1..=n).collect() } else { chosen.collect() };
    distinct.into_iter().filter(|rank| (1..=n).contains(rank)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_left_out_has_a_mark_nearby(
            places in prop::collection::vec((0..3u8, 0.0..400.0f64, 0.0..100.0f64), 0..2000), most in 50..500usize,
        ) {
            let (kept, side) = marks(&places, most);
            prop_assert!(kept.len() <= most || side > 400.0);
            for (kind, x, y) in &places {
                prop_assert!(kept.iter().any(|(k, a, b)| k == kind && (a - x).abs() <= side && (b - y).abs() <= side));
            }
        }

        #[test]
        fn the_last_ranks_are_all_there(n in 1..2_000_000usize) {
            let ranks = ranks(n, 150);
            prop_assert!(ranks.len() <= 165 && ranks.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(&ranks[ranks.len() - n.min(10)..], (n - n.min(10) + 1..=n).collect::<Vec<_>>());
        }
    }
}
