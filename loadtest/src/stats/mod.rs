//! Statistics, pure. METHODOLOGY.md tells where each formula is from.
//!
//! Samples come in rounds, and those of one round resemble one another: they share a connection and a moment of the
//! machine's mood. So every interval and every p-value here takes the round, not the sample, for what is drawn.

mod detectable;
mod histogram;
mod kendall;
mod moments;
mod multiple;
mod overhead;
mod paired;
mod pairs;
mod quantile;
mod settling;
mod share;
mod student;
mod trend;
mod unpaired;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF, Normal};

pub use detectable::detectable;
pub use histogram::{Counted, counted_interval, counted_mean_interval};
pub use moments::{mean, mean_interval, stddev};
pub use multiple::holm;
pub use overhead::Overhead;
pub use paired::{Ratio, median_ratio, median_ratios, ratio_of_medians};
pub use quantile::{least, median, percentile, percentile_interval, supports};
pub use settling::unsettled;
pub use share::share_interval;
pub use trend::{slope, trend};
pub use unpaired::median_ratio_apart;

/// The fewest samples whose median is told: as many as a lab measures by hand. Of fewer than six it has no interval.
pub const MEDIAN: usize = 5;

/// The fewest samples of each side that are compared. Of fewer, medians jump from one sample to the next when rounds are
/// drawn again, and the interval of their ratio holds too rarely.
pub const COMPARED: usize = 20;

/// The largest p-value that is called a difference.
pub const SIGNIFICANT: f64 = 0.05;

/// The fewest rounds that say something about what lies between rounds.
pub const MIN_ROUNDS: usize = 10;

/// How often a bootstrap resamples: enough for the second digit of a 95 % interval.
const RESAMPLES: usize = 2000;

const CONFIDENCE: f64 = 0.95;
/// What the confidence leaves over on each side.
const TAIL: f64 = (1.0 - CONFIDENCE) / 2.0;

/// A value, and the round in which it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Infinite, if all that is known is that it is larger than the others.
    pub value: f64,
    /// From 0; gaps do not matter.
    pub round: u32,
}

/// In ascending order of their values.
pub fn sorted(mut observations: Vec<Observation>) -> Vec<Observation> {
    observations.sort_by(|a, b| a.value.total_cmp(&b.value));
    observations
}

/// How many observations of each round, and the sum of `of` over them.
fn by_round(observations: &[Observation], of: impl Fn(&Observation) -> f64) -> Vec<(f64, f64)> {
    let rounds = observations.iter().map(|o| o.round as usize + 1).max().unwrap_or(0);
    let mut sums = vec![(0.0, 0.0); rounds];
    for observation in observations {
        let (count, sum) = &mut sums[observation.round as usize];
        *count += 1.0;
        *sum += of(observation);
    }
    sums.retain(|(count, _)| *count > 0.0);
    sums
}

/// One of so many rounds. They are numbered in 32 bits, of which the same is drawn as of `usize`, in less time.
fn draw(rounds: usize, rng: &mut ChaCha8Rng) -> usize {
    rng.random_range(0..rounds as u32) as usize
}

/// The median of some values, by nearest rank.
fn middle_of(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}

/// Between which of the `values` all lie but a share of `tail` on each side.
fn middle(mut values: Vec<f64>, tail: f64) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    let at = |q: f64| values[((q * values.len() as f64).ceil() as usize).clamp(1, values.len()) - 1];
    [at(tail), at(1.0 - tail)]
}

/// What is to be left over on each side of what was resampled of so few rounds, which varies less than what was measured
/// does (Hesterberg).
fn expanded_tail(rounds: f64) -> Option<f64> {
    let expanded = (rounds / (rounds - 1.0)).sqrt() * student::students_t(rounds - 1.0)?;
    Normal::new(0.0, 1.0).ok().map(|normal| normal.cdf(-expanded))
}

#[cfg(test)]
mod fixtures {
    use super::Observation;

    /// 1, 2, … n, a round each.
    pub fn up_to(n: u32) -> Vec<Observation> {
        (1..=n).map(|i| Observation { value: f64::from(i), round: i - 1 }).collect()
    }

    /// 1, 2, … n, in rounds of `size`.
    pub fn in_rounds_of(size: u32, n: u32) -> Vec<Observation> {
        (0..n).map(|i| Observation { value: f64::from(i + 1), round: i / size }).collect()
    }
}
