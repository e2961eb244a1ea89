//! Pictures of block characters, each an eighth higher than the one before.

/// From the lowest to the full one.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Values that differ by less than this factor look alike: noise is not blown up to fill the height.
const SMALLEST_RANGE: f64 = 2.0;

/// The block that is so many eighths high; a space for none.
pub fn block(eighths: usize) -> char {
    match eighths {
        0 => ' ',
        n => BLOCKS[n.min(BLOCKS.len()) - 1],
    }
}

/// A block for each positive value, on a logarithmic scale from the least to the greatest of them.
pub fn sparkline(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(least * SMALLEST_RANGE, f64::max);
    let height = |value: f64| (value / least).ln() / (greatest / least).ln();
    values.iter().map(|value| block(1 + (height(*value) * 7.0).round() as usize)).collect()
}

/// The largest of each stretch of values, in so few stretches that they fit a line however many come.
#[derive(Clone, Debug)]
pub struct History {
    largest: Vec<f64>,
    stretch: usize,
    /// Values in the last one, by now.
    in_last: usize,
}

impl Default for History {
    fn default() -> Self {
        Self { largest: Vec::with_capacity(Self::MOST), stretch: 1, in_last: 1 }
    }
}

impl History {
    /// Stretches at the most; an even number.
    pub const MOST: usize = 16;

    /// Another value. Where there is no room for another stretch, each two become one of twice the length.
    pub fn push(&mut self, value: f64) {
        if self.in_last < self.stretch
            && let Some(last) = self.largest.last_mut()
        {
            *last = last.max(value);
            self.in_last += 1;
            return;
        }
        if self.largest.len() == Self::MOST {
            self.largest =
                self.largest.chunks(2).map(|two| two.iter().copied().fold(0.0, f64::max)).collect();
            self.stretch *= 2;
        }
        self.largest.push(value);
        self.in_last = 1;
    }

    /// The largest value of each stretch, from the first on.
    pub fn largest(&self) -> &[f64] {
        &self.largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_factors_are_equal_steps() {
        assert_eq!(sparkline(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[1000.0, 1.0]), "█▁");
    }

    #[test]
    fn values_that_are_nearly_the_same_look_the_same() {
        assert_eq!(sparkline(&[100.0, 101.0, 99.0]), "▁▁▁");
        assert_eq!((sparkline(&[]), sparkline(&[5.0])), (String::new(), "▁".into()));
    }

    #[test]
    fn a_stall_among_many_is_seen() {
        let mut history = History::default();
        (0..10_000).for_each(|n| history.push(if n == 5000 { 900.0 } else { 1.0 }));
        assert_eq!(sparkline(history.largest()).matches('█').count(), 1);
    }

    #[test]
    fn few_values_are_each_shown() {
        let mut history = History::default();
        (1..=History::MOST).for_each(|n| history.push(n as f64));
        assert_eq!(history.largest().len(), History::MOST);
        history.push(0.5);
        assert_eq!(history.largest()[..2], [2.0, 4.0]);
        assert_eq!(history.largest().last(), Some(&0.5));
    }

    proptest! {
        #[test]
        fn however_many_come_they_fit_and_none_is_larger_than_what_is_shown(
            values in prop::collection::vec(1.0..1e9f64, 1..300)
        ) {
            let mut history = History::default();
            values.iter().for_each(|value| history.push(*value));
            prop_assert!(history.largest().len() <= History::MOST);
            let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
            prop_assert_eq!(largest(history.largest()), largest(&values));
            prop_assert_eq!(sparkline(history.largest()).chars().count(), history.largest().len());
        }
    }
}
