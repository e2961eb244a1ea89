//! Without a URL, what is here is built, served, measured and proven.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::program::{LOOKED_FOR, PROGRAM};

fn report() -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut loadtest = Command::new(PROGRAM);
    for variable in LOOKED_FOR {
        loadtest.env_remove(variable);
    }
    let output = loadtest
        .current_dir(root)
        // An idle instance is kept for a second, and on a busy machine a little longer.
        .args(["--host", "embedded", "-n", "20", "--idle", "1500ms", "--output-format", "json", "--quiet"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn phase<'a>(report: &'a Value, target: &str, phase: &str) -> &'a Value {
    let named = |list: &'a Value, key: &str, name: &str| {
        list.as_array().unwrap().iter().find(|item| item[key] == name).unwrap_or_else(|| panic!("no {name}"))
    };
    named(&named(&report["targets"], "name", target)["phases"], "phase", phase)
}

#[test]
fn three_packagings_are_measured_and_their_coldness_and_warmth_are_proven() {
    let report = report();
    assert_eq!(report["targets"].as_array().unwrap().len(), 3);
    for target in ["WAGI", "preview 2", "preview 3"] {
        for name in ["startup", "cold"] {
            let phase = phase(&report, target, name);
            assert_eq!(phase["evidence"]["fresh"], 20, "{target} {name}");
            assert_eq!(phase["evidence"]["instances"], 20, "{target} {name}");
            assert!(phase["latency_us"]["p50"].as_f64().unwrap() > 0.0);
        }
        let warm = phase(&report, target, "warm");
        let kind = if target == "preview 3" { "reused" } else { "fresh" };
        assert_eq!((&warm["samples"], &warm["evidence"][kind]), (&20.into(), &20.into()), "{target}");
    }
    assert_eq!(report["comparisons"].as_array().unwrap().len(), 9);
}
