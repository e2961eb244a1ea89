//! What the client's own time makes of a ratio.

/// Two measured medians, and the client's own part of each. All in one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overhead {
    /// Part of both medians.
    pub client: f64,
    /// The baseline's median.
    pub baseline: f64,
    /// The candidate's median.
    pub candidate: f64,
}

/// A larger part than this of a median blunts a ratio.
const BLUNTING: f64 = 0.1;

impl Overhead {
    /// Whether it is so large a part of either median that their ratio is noticeably nearer to 1 than the true one.
    ///
    /// With *a* and *b* the true medians and *f* the client's part, (*a* + *f*) ÷ (*b* + *f*) lies between 1 and *a* ÷ *b*.
    pub fn blunts(&self) -> bool {
        self.client > BLUNTING * self.baseline.min(self.candidate)
    }

    /// A measured ratio *r* without the client's part: (*r* · *B* − *f*) ÷ (*B* − *f*), with *B* = *b* + *f* the measured median of
    /// the baseline. `None` where the client's part is all of a median.
    pub fn corrected(&self, ratio: f64) -> Option<f64> {
        let [candidate, baseline] = [ratio * self.baseline, self.baseline].map(|median| median - self.client);
        (candidate > 0.0 && baseline > 0.0).then(|| candidate / baseline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_medians_that_look_the_same_behind_a_slow_client_need_not_be() {
        let overhead = Overhead { client: 90.0, baseline: 100.0, candidate: 101.0 };
        assert!(overhead.blunts());
        assert!((overhead.corrected(1.01).unwrap() - 1.1).abs() < 1e-9);
        assert_eq!((overhead.corrected(0.89), overhead.corrected(0.9)), (None, None));
    }

    #[test]
    fn up_to_a_tenth_of_the_smaller_median_is_let_go() {
        let of = |client| Overhead { client, baseline: 100.0, candidate: 300.0 }.blunts();
        assert_eq!([10.0, 10.1].map(of), [false, true]);
    }

    proptest! {
        #[test]
        fn correcting_gives_back_the_true_ratio_which_is_at_least_as_far_from_1(
            a in 0.1..1e6f64, b in 0.1..1e6f64, client in 0.0..1e3f64,
        ) {
            let overhead = Overhead { client, baseline: b + client, candidate: a + client };
            let (measured, truth) = ((a + client) / (b + client), a / b);
            let corrected = overhead.corrected(measured).unwrap();
            prop_assert!((corrected / truth - 1.0).abs() < 1e-6, "{corrected} {truth}");
            prop_assert!(truth.ln().abs() >= measured.ln().abs() - 1e-9 && truth.ln() * measured.ln() >= -1e-9);
        }

        #[test]
        fn order_is_kept(low in 0.5..1.0f64, high in 1.0..2.0f64, client in 0.0..40.0f64) {
            let overhead = Overhead { client, baseline: 100.0, candidate: 100.0 };
            prop_assert!(overhead.corrected(low).unwrap() <= overhead.corrected(high).unwrap());
        }
    }
}
