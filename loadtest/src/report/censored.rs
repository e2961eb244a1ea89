//! Figures of which it is only known that they are larger than something.

use super::{Distribution, PhaseReport, Report};

impl Distribution {
    /// Says of what is infinite that it is at least `us` microseconds.
    pub(super) fn at_least(mut self, us: f64) -> Self {
        let infinite = self.figures().into_iter().filter(|(_, value)| **value == Some(f64::INFINITY));
        let infinite: Vec<_> = infinite.map(|(name, _)| name.to_owned()).collect();
        self.at_least_us = infinite.into_iter().map(|name| (name, us)).collect();
        self
    }

    fn restore(&mut self) {
        let censored = std::mem::take(&mut self.at_least_us);
        for (_, value) in self.figures().into_iter().filter(|(name, _)| censored.contains_key(*name)) {
            *value = Some(f64::INFINITY);
        }
        self.at_least_us = censored;
    }

    /// Those that a time-out can push up.
    fn figures(&mut self) -> [(&'static str, &mut Option<f64>); 7] {
        [
            ("min", &mut self.min),
            ("p50", &mut self.p50),
            ("p90", &mut self.p90),
            ("p95", &mut self.p95),
            ("p99", &mut self.p99),
            ("p999", &mut self.p999),
            ("max", &mut self.max),
        ]
    }
}

impl Report {
    pub(crate) fn restored(mut self) -> Self {
        self.targets.iter_mut().flat_map(|target| &mut target.phases).for_each(PhaseReport::restore);
        self
    }
}

impl PhaseReport {
    pub(crate) fn restore(&mut self) {
        self.latency_us.restore();
        if let Some(warm_up) = &mut self.warm_up {
            warm_up.latency_us.restore();
        }
        if let Some(load) = &mut self.load {
            load.service_us.restore();
            load.slices.iter_mut().for_each(|slice| slice.latency_us.restore());
            for step in &mut load.steps {
                step.latency_us.restore();
                step.service_us.restore();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, sample};
    use crate::report::{json, text};
    use crate::sample::{Outcome, Phase, Sample};

    #[test]
    fn a_saved_report_says_what_is_withheld_and_what_is_beyond_the_time_that_was_waited() {
        let mut samples = vec![sample("a", Phase::Cold, 1000); 30];
        samples.resize(45, Sample { outcome: Outcome::Timeout, ..sample("a", Phase::Cold, 9_000_000) });
        let report = report(&samples);
        let written = json::render(&report);
        let value: serde_json::Value = serde_json::from_str(&written).unwrap();
        let latency = &value["targets"][0]["phases"][0]["latency_us"];
        assert!(latency["p99"].is_null() && latency["max"].is_null() && latency["p50"].is_number());
        assert_eq!(latency["at_least_us"], serde_json::json!({"p90": 30_000_000.0, "max": 30_000_000.0}));
        let read: Report = serde_json::from_str(&written).unwrap();
        let text = |report| text::render(report, crate::look::Look::PLAIN);
        assert_eq!(text(&read.restored()), text(&report));
    }
}
