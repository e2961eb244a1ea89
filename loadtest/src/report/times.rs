//! The times that count of a phase, whether they were kept one by one or counted.

use std::collections::BTreeMap;

use super::PhaseReport;
use super::load::LoadReport;
use crate::sample::Outcome;

impl PhaseReport {
    /// Each in microseconds, with how often it was; infinite what is only known to have taken longer. None of a report that was
    /// read from JSON.
    pub(super) fn times(&self) -> Vec<(f64, u64)> {
        let Some(load) = &self.load else {
            return self.observed_us.iter().map(|observation| (observation.value, 1)).collect();
        };
        with_longer(&load.spread_us, self.timeouts() + load.unsent)
    }

    /// The same from when each request of a load was sent, those that were; none of other phases.
    pub(super) fn service_times(&self) -> Vec<(f64, u64)> {
        self.load.as_ref().map_or(Vec::new(), |load| with_longer(&load.service_spread_us, self.timeouts()))
    }

    /// Failures among the requests that `latency_us` is of: of a ramp, those at one of its rates.
    pub(super) fn failures_beside_times(&self) -> &BTreeMap<String, usize> {
        let step = self.load.as_ref().and_then(LoadReport::shown);
        step.and_then(|step| step.failures.as_ref()).unwrap_or(&self.failures)
    }

    fn timeouts(&self) -> u64 {
        self.failures_beside_times().get(Outcome::Timeout.kind().as_ref()).copied().unwrap_or(0) as u64
    }
}

/// And so many that took longer, if the others are known.
fn with_longer(spread_us: &[(f64, u64)], longer: u64) -> Vec<(f64, u64)> {
    let longer = (!spread_us.is_empty() && longer > 0).then_some((f64::INFINITY, longer));
    spread_us.iter().copied().chain(longer).collect()
}
