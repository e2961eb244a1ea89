//! Laws that latencies are drawn from, with known truths.

use loadtest::stats::Observation;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal, Normal, StandardNormal};

/// What latencies are drawn from.
#[derive(Clone, Copy, Debug)]
pub enum Law {
    /// Mean 100, deviation 10.
    Normal,
    /// Median 100, a heavy tail.
    LogNormal,
    /// Four in five near 100, one in five near 300.
    Bimodal,
}

impl Law {
    pub const ALL: [Self; 3] = [Self::Normal, Self::LogNormal, Self::Bimodal];

    pub fn draw(self, rng: &mut ChaCha8Rng) -> f64 {
        match self {
            Self::Normal => Normal::new(100.0, 10.0).unwrap().sample(rng),
            Self::LogNormal => LogNormal::new(100_f64.ln(), 0.5).unwrap().sample(rng),
            Self::Bimodal if rng.random_bool(0.2) => Normal::new(300.0, 10.0).unwrap().sample(rng),
            Self::Bimodal => Normal::new(100.0, 5.0).unwrap().sample(rng),
        }
    }
}

/// What is missing of a measurement, at random: what failed, or what its evidence contradicts.
#[derive(Clone, Copy, Debug)]
pub enum Lost {
    /// Nothing.
    None,
    /// A share of the samples.
    Samples(f64),
    /// A share of each target's rounds, with all of their samples.
    Rounds(f64),
}

/// How samples come about.
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub law: Law,
    /// By how much everything slows down from the first round to the last, as a share.
    pub drift: f64,
    /// The deviation of what the samples of a round and a target have in common, as a share.
    pub of_round: f64,
    /// Samples of each target in a round.
    pub block: usize,
    /// Samples of each target, with those that are lost.
    pub samples: usize,
    /// What is missing.
    pub lost: Lost,
}

impl World {
    /// The samples of two targets that took turns, the second `ratio` times as slow.
    pub fn measure(&self, ratio: f64, rng: &mut ChaCha8Rng) -> [Vec<Observation>; 2] {
        let rounds = self.samples / self.block;
        let mut measured = [Vec::new(), Vec::new()];
        for round in 0..rounds {
            let slowness = 1.0 + self.drift * round as f64 / (rounds - 1) as f64;
            for (target, factor) in [1.0, ratio].into_iter().enumerate() {
                let shared: f64 = StandardNormal.sample(rng);
                let shared = 1.0 + self.of_round * shared;
                let is_lost = matches!(self.lost, Lost::Rounds(share) if rng.random_bool(share));
                for _ in 0..self.block {
                    let value = self.law.draw(rng) * slowness * shared * factor;
                    let is_lost =
                        is_lost || matches!(self.lost, Lost::Samples(share) if rng.random_bool(share));
                    if !is_lost {
                        measured[target].push(Observation { value, round: round as u32 });
                    }
                }
            }
        }
        measured
    }

    /// Median, 99th percentile and mean of the first target, as good as known.
    pub fn truth(&self) -> [f64; 3] {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let many = Self { samples: 4_000_000 / self.block * self.block, lost: Lost::None, ..*self };
        let mut values: Vec<f64> = many.measure(1.0, &mut rng)[0].iter().map(|o| o.value).collect();
        values.sort_by(f64::total_cmp);
        let at = |q: f64| values[(q * values.len() as f64) as usize];
        [at(0.5), at(0.99), values.iter().sum::<f64>() / values.len() as f64]
    }
}
