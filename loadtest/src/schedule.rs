//! Which samples a round takes: pure.

use std::collections::BTreeSet;

use crate::plan::Plan;
use crate::sample::Phase;

/// Warm samples of a target in a round. What differs from round to round, as the process does, weighs less the more rounds
/// there are; what a round costs besides, weighs less the more samples it has.
const WARM_BLOCK: usize = 20;
/// The fewest rounds, if there are samples enough, from which something follows about what differs between them.
const MIN_WARM_ROUNDS: usize = 20;
/// Requests before the warm samples of a server that runs already: the first makes the connection, the others warm what
/// idled while other targets were asked.
const WARM_UP: usize = 3;
/// Requests before the warm samples of a process that was just started.
const WARM_UP_STARTED: usize = 50;

/// What a target is asked for in a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// The program runs to its end, if it is a command.
    pub once: bool,
    /// Its start is a sample, if it is started.
    pub startup: bool,
    /// So many warm samples.
    pub warm: usize,
    /// A load, if it serves.
    pub burst: bool,
    /// A cold sample.
    pub cold: bool,
}

/// What can be asked of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// It is a command that ends.
    pub once: bool,
    /// It is started afresh in every round.
    pub starts: bool,
    /// It answers requests.
    pub serves: bool,
}

impl Abilities {
    /// Of a server that runs already.
    pub const RUNS: Self = Self { once: false, starts: false, serves: true };
    /// Of a server that is started.
    pub const STARTS: Self = Self { once: false, starts: true, serves: true };
}

impl Turn {
    /// That of a round of `plan`, without the phases that are `over`.
    pub fn of(plan: &Plan, round: usize, over: &BTreeSet<Phase>) -> Self {
        let is_open = |phase| !over.contains(&phase);
        let warm = if is_open(Phase::Warm) {
            share(plan.warm_samples, rounds_of(Phase::Warm, plan), round)
        } else {
            0
        };
        Self {
            once: plan.once_samples > 0 && is_open(Phase::Once),
            startup: is_open(Phase::Startup),
            warm,
            burst: plan.burst.is_some() && warm > 0,
            cold: is_open(Phase::Cold),
        }
    }

    /// Whether nothing is left to be asked.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// Requests that warm up for the warm samples.
    pub fn warm_up(self, of: Abilities) -> usize {
        match (self.warm, of.starts) {
            (0, _) => 0,
            (_, false) => WARM_UP,
            (_, true) => WARM_UP_STARTED,
        }
    }

    /// How many samples it takes of a phase.
    pub fn samples(self, phase: Phase, of: Abilities) -> usize {
        match phase {
            Phase::Once => usize::from(self.once && of.once),
            _ if !of.serves => 0,
            Phase::Startup => usize::from(self.startup && of.starts),
            Phase::Cold => usize::from(self.cold),
            Phase::WarmUp => self.warm_up(of),
            Phase::Warm => self.warm,
            Phase::Load => 0,
        }
    }
}

/// In how many rounds a phase has samples, if nothing ends it earlier. Where programs run once in each, warm samples come in the
/// same.
pub fn rounds_of(phase: Phase, plan: &Plan) -> usize {
    match phase {
        Phase::Warm if plan.once_samples > 0 => plan.once_samples,
        Phase::Warm => warm_rounds(plan.warm_samples),
        phase => plan.samples(phase),
    }
}

/// How many rounds a plan has, if nothing ends it earlier.
pub fn rounds(plan: &Plan) -> usize {
    let phases = Phase::ONE_BY_ONE;
    phases.into_iter().map(|phase| rounds_of(phase, plan)).max().unwrap_or(0)
}

/// How many rounds of warm samples there are. Too few samples to compare come in one.
pub fn warm_rounds(samples: usize) -> usize {
    match samples {
        ..MIN_WARM_ROUNDS => samples.min(1),
        _ => samples.div_ceil(WARM_BLOCK).max(MIN_WARM_ROUNDS),
    }
}

/// The part of all warm samples that falls on a round, so that the rounds add up to them.
fn share(samples: usize, rounds: usize, round: usize) -> usize {
    let rounds = rounds.max(1);
    samples * (round + 1) / rounds - samples * round / rounds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures;

    #[test]
    fn the_rounds_add_up() {
        for total in [0, 1, 19, 20, 21, 399, 400, 1000, 1001, 1003] {
            let shares: Vec<_> =
                (0..warm_rounds(total)).map(|round| share(total, warm_rounds(total), round)).collect();
            assert_eq!(shares.iter().sum::<usize>(), total);
            assert!(shares.iter().all(|share| (1..=WARM_BLOCK).contains(share)), "{shares:?}");
        }
    }

    #[test]
    fn a_plan_has_as_many_rounds_as_its_longest_phase() {
        let plan = |cold_samples, warm_samples| Plan { cold_samples, warm_samples, ..fixtures::plan() };
        assert_eq!(rounds(&plan(20, 1000)), 50);
        assert_eq!(rounds(&plan(5, 5)), 5);
        assert_eq!(rounds(&plan(0, 10_000)), 500);
        assert_eq!(rounds(&plan(0, 0)), 0);
    }

    #[test]
    fn a_phase_that_is_over_takes_nothing() {
        let plan = Plan { startup_samples: 20, cold_samples: 20, warm_samples: 1000, ..fixtures::plan() };
        let of = |over: &[Phase]| Turn::of(&plan, 3, &over.iter().copied().collect());
        assert_eq!(of(&[]), Turn { startup: true, warm: 20, cold: true, ..Turn::default() });
        assert_eq!(of(&[Phase::Warm]), Turn { startup: true, cold: true, ..Turn::default() });
        assert!(of(&Phase::ONE_BY_ONE).is_nothing());
    }
}
