//! When there is which doubt.

use super::compared::{near_floor, too_few};
use super::phase::is_loopback;
use super::*;
use crate::cache::CachePolicy;
use crate::evidence::Freshness;
use crate::report::fixtures::{in_round, plan, report, sample, twice_as_slow};
use crate::report::load::fixtures::{dies, late, ramp};
use crate::sample::{Outcome, Phase, Sample};

fn in_words(warnings: &[Warning]) -> String {
    warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn warnings(sample: Sample) -> String {
    report(&vec![sample; 40]).warnings.join("\n")
}

#[test]
fn cold_that_cannot_be_had_is_said() {
    let reused = Sample { freshness: Freshness::Reused, ..sample("a", Phase::Cold, 1) };
    assert!(warnings(reused).contains("a: no cold starts observed"));
    assert!(!warnings(sample("a", Phase::Cold, 1)).contains("cold starts"));
}

#[test]
fn a_server_without_evidence_is_unproven() {
    let unknown = Sample { freshness: Freshness::Unknown, ..sample("a", Phase::Cold, 1) };
    assert!(warnings(unknown).contains("a: cold is unproven"));
}

#[test]
fn an_answer_without_evidence_among_others_is_told_apart() {
    let mut samples = vec![sample("a", Phase::Cold, 1); 40];
    samples[0].freshness = Freshness::Unknown;
    let warnings = report(&samples).warnings.join("\n");
    assert!(
        warnings.contains("a: 1 cold answers are excluded: they do not say")
            && !warnings.contains("unproven"),
        "{warnings}"
    );
}

#[test]
fn copies_of_answers_are_explained() {
    let cached = Sample { outcome: Outcome::Cached("age: 1".into()), ..sample("a", Phase::Warm, 1) };
    assert!(warnings(cached).contains("a: 40 warm answers came out of a cache, or repeat"));
}

#[test]
fn samples_during_which_this_client_was_stopped_are_in_no_figure_and_said_to_be_its_own() {
    let mut samples = vec![sample("a", Phase::Warm, 1); 40];
    samples[7] = Sample { outcome: Outcome::ClientStopped, ..sample("a", Phase::Warm, 9_000_000) };
    let report = report(&samples);
    let warm = &report.targets[0].phases[0];
    assert_eq!(
        (warm.samples, warm.counted, warm.client_stopped, &warm.failures),
        (40, 39, 1, &Default::default())
    );
    assert_eq!((warm.latency_us.max, warm.observed_us.len()), (Some(1.0), 39));
    assert!(report.warnings.join("\n").contains("a: 1 warm requests are excluded: this client was stopped"));
}

#[test]
fn requests_that_were_sent_again_are_counted_and_said() {
    let mut samples = vec![sample("a", Phase::Warm, 1); 40];
    samples[7] = Sample { retried: true, new_connection: true, ..sample("a", Phase::Warm, 5) };
    let report = report(&samples);
    let warm = &report.targets[0].phases[0];
    assert_eq!((warm.counted, warm.retried), (39, 1));
    assert!(report.warnings.join("\n").contains("a: 1 warm requests were sent again on a new connection"));
}

#[test]
fn the_wait_for_an_address_that_does_not_answer_is_said_to_be_this_clients() {
    let waited = Sample { waited: true, ..sample("a", Phase::Cold, 301_000) };
    assert!(warnings(waited).contains("a: 40 cold requests include 300 ms of this client's own wait"));
    assert!(!warnings(sample("a", Phase::Cold, 301_000)).contains("own wait"));
}

#[test]
fn where_answers_of_caches_count_nothing_is_called_unproven() {
    let unknown = Sample { freshness: Freshness::Unknown, ..sample("a", Phase::Cold, 1) };
    let targets = report(&vec![unknown; 40]).targets;
    let plan = Plan { caches: CachePolicy { allow_cached: true, ..CachePolicy::default() }, ..plan() };
    let found = in_words(&all(&targets, &[], &plan, &Environment::here(None)));
    assert!(found.contains("(--allow-cached)") && !found.contains("unproven"), "{found}");
}

#[test]
fn a_refused_cold_query_is_hinted_at_and_only_where_there_is_one() {
    let refused = Sample { outcome: Outcome::Status(403), ..sample("a", Phase::Cold, 1) };
    assert!(warnings(refused.clone()).contains("--no-cache-buster leaves it out"));
    assert!(!warnings(Sample { phase: Phase::Warm, ..refused }).contains("--no-cache-buster"));
    let failed = Sample { outcome: Outcome::Status(500), ..sample("a", Phase::Cold, 1) };
    assert!(!warnings(failed).contains("--no-cache-buster"));
}

#[test]
fn warm_on_fresh_instances_is_said() {
    let fresh = Sample { freshness: Freshness::Fresh, ..sample("a", Phase::Warm, 1) };
    assert!(warnings(fresh).contains("a: every warm request met a fresh instance"));
    assert!(!warnings(sample("a", Phase::Warm, 1)).contains("fresh instance"));
}

#[test]
fn times_that_rise_meanwhile_are_said() {
    let rising: Vec<_> = (0..40).map(|n| in_round(n, "a", 1000 + 20 * n)).collect();
    let warnings = report(&rising).warnings.join("\n");
    assert!(warnings.contains("a: cold times rose by 48 %"), "{warnings}");
}

#[test]
fn client_overhead_is_said_where_it_is_half_of_a_median_or_blunts_a_ratio() {
    let compared = report(&twice_as_slow());
    let told = |floor_us, blunts| {
        near_floor(&compared.targets, floor_us, Phase::Cold, blunts).map(|warning| warning.to_string())
    };
    assert!(
        told(300.0, false)
            .unwrap()
            .starts_with("a: half or more of the cold median is client overhead (300 µs)")
    );
    assert_eq!(told(100.0, false), None);
    let bounds = told(60.0, true).unwrap();
    assert!(
        bounds.starts_with("cold: client overhead is 60 µs of each time") && bounds.contains("median of a;"),
        "{bounds}"
    );
    assert!(bounds.contains("over 600 µs"), "{bounds}");
    assert_eq!(told(50.0, true), None);
}

#[test]
fn what_a_target_takes_beside_its_client_is_said_to_be_that() {
    let is_told = |url: &str, report: crate::report::Report| {
        let targets = report.targets.into_iter().map(|target| TargetReport { url: url.into(), ..target });
        let found = all(&targets.collect::<Vec<_>>(), &[], &plan(), &Environment::here(None));
        in_words(&found).contains("a: it shares this machine with this client")
    };
    let closed = || dies(None, 2000, 2000);
    assert!(is_told("http://127.0.0.1/", closed()) && !is_told("http://example.org/", closed()));
    assert!(is_told("http://127.0.0.1/", ramp()), "it names a rate that is too much");
    assert!(!is_told("http://127.0.0.1/", late(10)), "a rate that is kept up with is no limit");
}

#[test]
fn verdicts_about_what_is_not_restarted_are_said_to_be_of_these_processes() {
    assert!(is_loopback("http://127.0.0.1:80/") && is_loopback("https://localhost/"));
    assert!(is_loopback("http://[::1]:80/") && !is_loopback("http://example.org/127."));
    assert!(!is_loopback("https://localhost.run/") && !is_loopback("http://127.0.0.1.nip.io/"));
    let is_told = |command: Option<&str>, samples: &[Sample]| {
        let report = report(samples);
        let targets = report.targets.iter().cloned();
        let targets: Vec<_> =
            targets.map(|target| TargetReport { command: command.map(Into::into), ..target }).collect();
        let found = all(&targets, &report.comparisons, &plan(), &Environment::here(None));
        in_words(&found).contains("the processes that answered")
    };
    assert!(is_told(None, &twice_as_slow()) && !is_told(Some("./server"), &twice_as_slow()));
    assert!(!is_told(None, &twice_as_slow()[..8]), "nothing is compared of so few");
}

#[test]
fn what_could_change_a_decision_comes_first_and_the_rest_after_it() {
    let of = |weight, text: &str| Warning::new(weight, text);
    let (told, decisive) = ranked(vec![
        of(Weight::Explains, "resumed"),
        of(Weight::Skipped, "one"),
        of(Weight::NotKnown, "no cold starts"),
        of(Weight::Skipped, "two"),
    ]);
    assert_eq!((told, decisive), (["no cold starts", "one", "two", "resumed"].map(String::from).into(), 3));
}

#[test]
fn targets_of_which_one_timed_out_are_said_not_to_be_compared() {
    let mut samples = twice_as_slow();
    samples.iter_mut().filter(|s| s.target == "b" && s.round > 9).for_each(|s| s.outcome = Outcome::Timeout);
    let warnings = report(&samples).warnings.join("\n");
    assert!(warnings.contains("b: cold is compared with nothing"), "{warnings}");
    assert!(!report(&twice_as_slow()).warnings.join("\n").contains("not compared"));
}

#[test]
fn too_few_samples_are_said_with_the_least_that_are_enough() {
    let told = |samples, targets| too_few(Phase::Cold, samples, targets).map(|warning| warning.to_string());
    assert_eq!(
        told(5, 2).unwrap(),
        "cold: too few samples for a 95 % interval (-n 6 is the least) and for a comparison (-n 20 is the least)"
    );
    assert_eq!(told(5, 1).unwrap(), "cold: too few samples for a 95 % interval (-n 6 is the least)");
    assert_eq!(told(6, 2).unwrap(), "cold: too few samples for a comparison (-n 20 is the least)");
    assert_eq!([told(6, 1), told(20, 2)], [None, None]);
}

#[test]
fn a_handler_that_took_longer_than_its_answer_is_not_believed() {
    let mut slow = sample("a", Phase::Warm, 1);
    slow.testimony.handler_us = Some(2.0);
    let report = report(&vec![slow; 40]);
    assert!(report.targets[0].phases[0].handler_us.is_none());
    assert!(report.warnings.join("\n").contains("a: warm answers said that their handler"));
}

#[test]
fn what_was_resumed_is_said_to_be() {
    let environment = Environment { resumed: 2, ..Environment::here(None) };
    assert!(in_words(&all(&[], &[], &plan(), &environment)).contains("this was resumed 2 times"));
}

#[test]
fn failures_are_said_once_for_all_targets_and_before_what_they_may_explain() {
    let failed = |target| Sample { outcome: Outcome::Timeout, ..sample(target, Phase::Warm, 1) };
    let all = warnings(failed("a"));
    assert!(all.contains("a: all 40 of 40 warm requests failed (timed out; -t allows more time)"), "{all}");
    assert!(all.contains("; there are no times of them") && !all.contains("of the others"), "{all}");
    let mut samples = vec![failed("a"), failed("b"), failed("b")];
    samples.extend((0..40).map(|n| Sample { freshness: Freshness::Unknown, ..in_round(n, "a", 500) }));
    let warnings = report(&samples).warnings;
    let of = |words: &str| warnings.iter().position(|warning| warning.contains(words));
    let failures = of("a: 1 of 1 warm requests failed (timed out");
    assert!(failures.is_some() && failures < of("a: cold is unproven"), "{warnings:#?}");
    assert_eq!(of("b: all 2 of 2 warm requests failed"), failures);
}

#[test]
fn failures_in_warm_up_are_said() {
    let mut samples = vec![sample("a", Phase::Warm, 1); 40];
    samples.push(Sample { outcome: Outcome::Status(503), ..sample("a", Phase::WarmUp, 1) });
    let warnings = report(&samples).warnings.join("\n");
    assert!(warnings.contains("a: 1 of 1 warm-up requests failed (answered 503"), "{warnings}");
    assert!(warnings.contains("--fail-if 'warm.failures>1%'"), "{warnings}");
}

#[test]
fn a_phase_that_more_samples_cannot_help_does_not_ask_for_more() {
    let until = crate::plan::Plan { until: "p50±2%".parse().ok(), ..plan() };
    let reused = Sample { freshness: Freshness::Reused, ..sample("a", Phase::Cold, 1) };
    let samples: Vec<_> = (0..20).map(|round| Sample { round, ..reused.clone() }).collect();
    let targets = report(&samples).targets.into_iter().map(|target| TargetReport {
        phases: crate::report::summary::phases(&target.name, &samples, &until),
        ..target
    });
    let found = all(&targets.collect::<Vec<_>>(), &[], &until, &Environment::here(None));
    let told: Vec<_> = found.iter().map(ToString::to_string).collect();
    let ended = told.iter().find(|warning| warning.contains("p50±2%")).unwrap();
    assert!(ended.contains("ended after 20 samples") && !ended.contains("larger -n"), "{ended}");
}

#[test]
fn failures_among_answers_are_said_to_be_in_no_time_and_how_to_gate_them() {
    let mut samples = vec![sample("a", Phase::Warm, 1); 40];
    samples[7].outcome = Outcome::Transport("connection refused".into());
    let warnings = report(&samples).warnings.join("\n");
    let cause =
        "a: 1 of 40 warm requests failed (connection refused after it had answered; does it still run?";
    assert!(warnings.contains(cause), "{warnings}");
    assert!(warnings.contains("of the others only: --fail-if 'warm.failures>1%'"), "{warnings}");
    samples[9].outcome = Outcome::Timeout;
    let warnings = report(&samples).warnings.join("\n");
    assert!(warnings.contains("time-outs count as longer than any: --fail-if"), "{warnings}");
}
