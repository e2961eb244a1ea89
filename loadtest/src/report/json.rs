//! The report for programs.

use super::Report;

pub fn render(report: &Report) -> String {
    serde_json::to_string_pretty(report).expect("reports serialize") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, twice_as_slow};
    use serde_json::Value;

    #[test]
    fn the_fields_are_those_of_the_documentation() {
        let report: Value = serde_json::from_str(&render(&report(&twice_as_slow()))).unwrap();
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            keys(&report),
            [
                "schema_version",
                "interrupted",
                "rounds",
                "duration_us",
                "plan",
                "environment",
                "targets",
                "comparisons",
                "warnings",
                "decisive_warnings",
                "gates"
            ]
        );
        let phase = &report["targets"][0]["phases"][0];
        assert_eq!((phase["phase"].as_str(), phase["samples"].as_u64()), (Some("cold"), Some(40)));
        assert_eq!(keys(&phase["evidence"]), ["fresh", "reused", "unknown", "instances"]);
        assert_eq!(
            keys(&phase["latency_us"]),
            ["min", "mean", "stddev", "p50", "p90", "p95", "p99", "p999", "max", "ci95"]
        );
        assert_eq!(keys(&phase["latency_us"]["ci95"]), ["p50", "mean", "p90", "p95", "p99", "p999"]);
        assert_eq!(
            keys(&report["comparisons"][0]),
            ["baseline", "candidate", "phase", "proven", "ratio_p50", "ci95", "p_value", "verdict"]
        );
    }

    #[test]
    fn a_percentile_that_the_count_cannot_support_is_null() {
        let report: Value = serde_json::from_str(&render(&report(&twice_as_slow()))).unwrap();
        let latency = &report["targets"][0]["phases"][0]["latency_us"];
        assert!(latency["p50"].is_number() && latency["p99"].is_null() && latency["p999"].is_null());
    }
}
