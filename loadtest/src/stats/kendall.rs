//! Kendall's test: how many pairs of values fall where time has no influence on them.

/// A result that chance gives at most this often is called a trend, or lies outside of an interval.
const CHANCE: f64 = 0.001;
/// The quantile of the normal distribution that leaves half of [`CHANCE`].
const NORMAL: f64 = 3.290_527;
/// Up to so many values the distribution is counted out. From here on the normal one gives 0.0009 instead of 0.001.
const COUNTED: usize = 100;

/// The most pairs of `n` values that may run against a trend, up or down, where chance shows so clear a trend at most
/// once in a thousand times. `None` of fewer than seven values, which chance puts in order more often than that.
pub fn most_against(n: usize) -> Option<u64> {
    if n > COUNTED {
        let n = n as f64;
        let deviation = (n * (n - 1.0) * (2.0 * n + 5.0) / 72.0).sqrt();
        return Some((n * (n - 1.0) / 4.0 - NORMAL * deviation - 0.5) as u64);
    }
    let mut reached = 0.0;
    let rare = falls_by_chance(n).into_iter().take_while(|share| {
        reached += share;
        2.0 * reached <= CHANCE
    });
    rare.count().checked_sub(1).map(|most| most as u64)
}

/// The share of all orders of `n` values in which so many pairs fall: 0, 1, 2 and so on.
fn falls_by_chance(n: usize) -> Vec<f64> {
    // Of `m` values, the last one is as likely as any other to lie below 0, 1, … or m − 1 of those before it.
    (2..=n).fold(vec![1.0], |shares, m| {
        let mut up_to = vec![0.0];
        shares.iter().for_each(|share| up_to.push(up_to[up_to.len() - 1] + share));
        let sum = |falls: usize| {
            up_to[(falls + 1).min(shares.len())] - up_to[(falls + 1).saturating_sub(m).min(shares.len())]
        };
        (0..shares.len() + m - 1).map(|falls| sum(falls) / m as f64).collect()
    })
}

/// How many pairs of values fall: the later one is smaller.
pub fn falls(values: &[f64]) -> u64 {
    sorted_with_falls(values).1
}

fn sorted_with_falls(values: &[f64]) -> (Vec<f64>, u64) {
    if values.len() < 2 {
        return (values.to_vec(), 0);
    }
    let (early, late) = values.split_at(values.len() / 2);
    let ((early, among_early), (late, among_late)) = (sorted_with_falls(early), sorted_with_falls(late));
    let above = |value: &f64| early.len() - early.partition_point(|earlier| earlier <= value);
    let between: u64 = late.iter().map(|value| above(value) as u64).sum();
    let mut sorted = [early, late].concat();
    sorted.sort_by(f64::total_cmp);
    (sorted, among_early + among_late + between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every order of `n` values.
    fn orders(n: usize) -> Vec<Vec<f64>> {
        (0..n).fold(vec![Vec::new()], |orders, value| {
            let with = |order: &Vec<f64>, at| {
                let mut order = order.clone();
                order.insert(at, value as f64);
                order
            };
            orders.iter().flat_map(|order| (0..=order.len()).map(|at| with(order, at))).collect()
        })
    }

    #[test]
    fn the_distribution_is_that_of_all_orders() {
        let orders = orders(7);
        for (fallen, share) in falls_by_chance(7).into_iter().enumerate() {
            let so_many = orders.iter().filter(|order| falls(order) == fallen as u64).count();
            assert!((share - so_many as f64 / orders.len() as f64).abs() < 1e-12, "{fallen}");
        }
    }

    #[test]
    fn the_threshold_is_once_in_a_thousand_times() {
        for n in 10..=COUNTED {
            let most = most_against(n).unwrap() as usize;
            let share = |most: usize| 2.0 * falls_by_chance(n)[..=most].iter().sum::<f64>();
            assert!(share(most) <= CHANCE && share(most + 1) > CHANCE, "{n}: {}", share(most));
            assert!(share(most) > 0.7 * CHANCE, "{n}: {}", share(most));
        }
    }

    #[test]
    fn the_normal_distribution_goes_on_where_counting_ends() {
        let [counted, next] = [COUNTED, COUNTED + 1].map(|n| most_against(n).unwrap());
        assert_eq!((counted, next), (1925, 1963));
    }

    #[test]
    fn six_values_in_order_are_no_trend_and_seven_are() {
        assert_eq!(
            [0, 1, 6, 7, 8, 10, 20].map(most_against),
            [None, None, None, Some(0), Some(1), Some(5), Some(45)]
        );
    }

    proptest! {
        #[test]
        fn falls_are_counted_as_they_are_defined(values in prop::collection::vec(0..20u8, 0..60)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let pairs = (0..values.len()).flat_map(|late| (0..late).map(move |early| (early, late)));
            let expected = pairs.filter(|(early, late)| values[*early] > values[*late]).count();
            prop_assert_eq!(falls(&values), expected as u64);
        }
    }
}
