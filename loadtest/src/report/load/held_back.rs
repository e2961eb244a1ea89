//! Whether requests were held back: latency, from when each was due, is then more than service time, from when it was sent.

use super::LoadReport;
use crate::report::Distribution;

/// What differs by less lies on the same line of a plot.
const VISIBLE: f64 = 1.05;

impl LoadReport {
    /// Whether one can see in a plot that `latency` is more than its service time.
    pub(in crate::report) fn is_held_back(&self, latency: &Distribution) -> bool {
        figures(latency).into_iter().zip(figures(&self.service_us)).any(|pair| match pair {
            (Some(latency), Some(service)) => service.is_finite() && latency >= VISIBLE * service,
            _ => false,
        })
    }
}

fn figures(times: &Distribution) -> [Option<f64>; 6] {
    [times.p50, times.p90, times.p95, times.p99, times.p999, times.max]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::load::fixtures::{late, ramp};

    #[test]
    fn only_what_one_can_see_is_more() {
        let is_held_back = |report: crate::report::Report| {
            let phase = &report.targets[0].phases[0];
            phase.load.as_ref().unwrap().is_held_back(&phase.latency_us)
        };
        assert!(!is_held_back(ramp()), "each request is sent when it is due");
        assert!(is_held_back(late(300)) && !is_held_back(late(10)));
    }

    #[test]
    fn what_was_not_sent_in_time_is_more_than_any_service_time() {
        let times = |max| Distribution { max, ..Distribution::default() };
        let load = |max| {
            let report = ramp();
            let load = report.targets[0].phases[0].load.clone().unwrap();
            LoadReport { service_us: times(max), ..load }
        };
        assert!(load(Some(1.0)).is_held_back(&times(Some(f64::INFINITY))));
        assert!(!load(Some(f64::INFINITY)).is_held_back(&times(Some(f64::INFINITY))));
        assert!(!load(None).is_held_back(&times(Some(1.0))));
    }
}
