//! The times that count of a phase, whether they were kept one by one or counted.

use super::PhaseReport;
use crate::sample::Outcome;

impl PhaseReport {
    /// Each in microseconds, with how often it was; infinite what is only known to have taken longer. None of a report that was
    /// read from JSON.
    pub(super) fn times(&self) -> Vec<(f64, u64)> {
        let Some(load) = &self.load else {
            return self.observed_us.iter().map(|observation| (observation.value, 1)).collect();
        };
        let timeouts = self.failures.get(Outcome::Timeout.kind().as_ref()).copied().unwrap_or(0);
        let longer = timeouts as u64 + load.unsent;
        let is_known = !load.spread_us.is_empty();
        let longer = (is_known && longer > 0).then_some((f64::INFINITY, longer));
        load.spread_us.iter().copied().chain(longer).collect()
    }
}
