//! When there is which doubt.

use reqwest::Url;

use super::delayed;
use super::{Failures, Warning};
use crate::environment::Environment;
use crate::plan::Plan;
use crate::report::failed::{self, Failed};
use crate::report::load::{LoadReport, Loop};
use crate::report::{Comparison, PhaseReport, TargetReport};
use crate::sample::Phase;
use crate::stats::{self, Overhead};
use crate::target;

/// A median below so many times the client's own is within its reach.
const WITHIN_REACH: f64 = 2.0;
/// A change by a smaller share is not worth a word.
const NOTICEABLE: f64 = 0.05;

/// All doubts: those about everything first, with what failed, then those about what may be concluded, then those about single figures.
pub(in crate::report) fn all(
    targets: &[TargetReport],
    comparisons: &[Comparison],
    plan: &Plan,
    environment: &Environment,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if environment.debug_build {
        warnings.push(Warning::DebugBuild);
    }
    if environment.resumed > 0 {
        warnings.push(Warning::Resumed { times: environment.resumed });
    }
    warnings.extend(failures(targets, plan));
    for phase in [Phase::Startup, Phase::Cold, Phase::Warm] {
        let asked = targets.iter().any(|t| t.phases.iter().any(|p| p.phase == phase));
        if asked {
            warnings.extend(too_few(phase, plan.samples(phase), targets.len()));
        }
    }
    let is_compared = |target: &TargetReport| {
        comparisons.iter().any(|pair| [&pair.baseline, &pair.candidate].contains(&&target.name))
    };
    if targets.iter().any(|target| target.command.is_none() && is_compared(target)) {
        warnings.push(Warning::OfTheseProcesses);
    }
    let fresh_when_warm: Vec<_> =
        targets.iter().filter(|t| t.phases.iter().any(is_fresh_when_warm)).collect();
    if !fresh_when_warm.is_empty() {
        let targets = fresh_when_warm.iter().map(|target| target.name.clone()).collect();
        warnings.push(Warning::WarmInstancesAreFresh { targets });
    }
    match plan.caches.allow_cached {
        true => warnings.push(Warning::CachesAllowed),
        false => warnings.extend(unproven(targets)),
    }
    warnings.extend(not_compared(targets));
    warnings.extend(overhead(targets, comparisons, environment));
    for target in targets {
        warnings.extend(target.phases.iter().flat_map(|phase| of_phase(&target.name, phase)));
    }
    warnings.extend(targets.iter().filter_map(delayed::acknowledgement));
    warnings.extend(targets.iter().filter_map(shared_cores));
    warnings.extend(environment.skipped.iter().map(|what| Warning::Skipped { what: what.clone() }));
    warnings
}

/// Where so many samples of a phase are asked for that something is not told of them.
fn too_few(phase: Phase, samples: usize, targets: usize) -> Option<Warning> {
    let for_interval = (samples < stats::least(0.5)).then(|| stats::least(0.5));
    let for_comparison = (samples < stats::COMPARED && targets > 1).then_some(stats::COMPARED);
    let is_told = for_interval.is_some() || for_comparison.is_some();
    is_told.then_some(Warning::TooFew { phase, for_interval, for_comparison })
}

/// Whether its samples are enough to compare it.
fn has_enough(report: &PhaseReport) -> bool {
    report.observed_us.len() >= stats::COMPARED
}

/// Those targets and phases of which something holds.
fn where_it_holds(
    targets: &[TargetReport],
    holds: impl Fn(&PhaseReport) -> bool,
) -> Option<Vec<(String, Phase)>> {
    let all = targets.iter().flat_map(|target| target.phases.iter().map(move |report| (target, report)));
    let found = all.filter(|(_, report)| holds(report));
    let of: Vec<_> = found.map(|(target, report)| (target.name.clone(), report.phase)).collect();
    (!of.is_empty()).then_some(of)
}

/// Of a load, nothing that is told depends on it.
fn unproven(targets: &[TargetReport]) -> Option<Warning> {
    let holds = |report: &PhaseReport| {
        report.evidence.unknown > 0 && !report.is_proven() && report.phase != Phase::Load
    };
    where_it_holds(targets, holds).map(|of| Warning::Unproven { of })
}

/// What would be compared with others but for its time-outs.
fn not_compared(targets: &[TargetReport]) -> Option<Warning> {
    let all = || targets.iter().flat_map(|target| &target.phases);
    let has_others =
        |phase: Phase| all().filter(|report| report.phase == phase && has_enough(report)).count() > 1;
    let holds = |report: &PhaseReport| {
        report.latency_us.p50.is_some_and(f64::is_infinite) && has_others(report.phase)
    };
    where_it_holds(targets, holds).map(|of| Warning::NotCompared { of })
}

fn failures(targets: &[TargetReport], plan: &Plan) -> Option<Warning> {
    let why = |target: &TargetReport, phase, failed: Failed| {
        let why = failed::why(target, failed)?;
        let has_query = phase == Phase::Cold && !plan.caches.no_cache_buster;
        let hint = failed::cold_query_hint(failed).filter(|_| has_query);
        Some(hint.map_or(why.clone(), |hint| format!("{why}; {hint}")))
    };
    let all = targets.iter().flat_map(|target| target.phases.iter().map(move |report| (target, report)));
    let failed = |(target, report): (&TargetReport, &PhaseReport)| {
        let of = |phase, samples, failed: Failed| {
            Some(Failures {
                target: target.name.clone(),
                phase,
                failed: failed.kinds.values().sum(),
                samples,
                has_times: failed::has_answers(report),
                timed_out: report.failures.contains_key("timeout"),
                why: why(target, phase, failed)?,
            })
        };
        let warm_up = report
            .warm_up
            .as_ref()
            .and_then(|warm_up| of(Phase::WarmUp, warm_up.samples, Failed::in_warm_up(warm_up)));
        warm_up.into_iter().chain(of(report.phase, report.samples, Failed::of(report)))
    };
    let of: Vec<_> = all.flat_map(failed).collect();
    (!of.is_empty()).then_some(Warning::Failures { of })
}

/// Only where it is told how much a target takes.
fn shared_cores(target: &TargetReport) -> Option<Warning> {
    let is_limit = |load: &LoadReport| {
        let is_lost = load.knee.is_some_and(|knee| knee.lost_at.is_some());
        load.kind == Loop::Closed || load.behind.is_some() || is_lost
    };
    let is_told = target.phases.iter().filter_map(|report| report.load.as_ref()).any(is_limit);
    (is_told && is_loopback(&target.url)).then(|| Warning::SharedCores { target: target.name.clone() })
}

fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| target::is_this_machine(&url))
}

/// Where the client's own time is a large part of medians, or of ratios of them.
pub(in crate::report) fn overhead(
    targets: &[TargetReport],
    comparisons: &[Comparison],
    environment: &Environment,
) -> Vec<Warning> {
    let of_phase = |phase: Phase| {
        let blunts = comparisons.iter().any(|comparison| comparison.phase == phase);
        near_floor(targets, environment.floor?.of(phase)?, phase, blunts)
    };
    [Phase::Cold, Phase::Warm, Phase::Load].into_iter().filter_map(of_phase).collect()
}

fn near_floor(targets: &[TargetReport], floor_us: f64, phase: Phase, blunts: bool) -> Option<Warning> {
    let is_near = |found: &PhaseReport| {
        let p50 = found.latency_us.p50;
        let blunted = |p50| Overhead { client: floor_us, baseline: p50, candidate: p50 }.blunts();
        p50.is_some_and(|p50| if blunts { blunted(p50) } else { p50 < WITHIN_REACH * floor_us })
    };
    let near = targets.iter().filter(|target| target.phase(phase).is_some_and(is_near));
    let targets: Vec<_> = near.map(|target| target.name.clone()).collect();
    (!targets.is_empty()).then_some(Warning::NearFloor { targets, phase, floor_us, blunts })
}

fn is_fresh_when_warm(phase: &PhaseReport) -> bool {
    phase.phase == Phase::Warm && phase.evidence.fresh > 0 && phase.evidence.reused == 0
}

fn of_phase(target: &str, report: &PhaseReport) -> Vec<Warning> {
    let (target, phase) = (target.to_owned(), report.phase);
    let mut warnings = Vec::new();
    if let Some(samples) = report.failures.get("cached").copied() {
        warnings.push(Warning::Cached { target: target.clone(), phase, samples });
    }
    if report.client_stopped > 0 {
        warnings.push(Warning::ClientStopped {
            target: target.clone(),
            phase,
            samples: report.client_stopped,
        });
    }
    if report.waited > 0 {
        warnings.push(Warning::Waited { target: target.clone(), phase, samples: report.waited });
    }
    if report.retried > 0 {
        warnings.push(Warning::Retried { target: target.clone(), phase, samples: report.retried });
    }
    if let Some(tightness) = report.until.filter(|tightness| !tightness.reached) {
        let samples = report.samples;
        warnings.push(Warning::UntilNotReached { target: target.clone(), phase, tightness, samples });
    }
    if let Some(share) = stats::trend(&report.observed_us).filter(|share| share.abs() > NOTICEABLE) {
        warnings.push(Warning::Trend { target: target.clone(), phase, share });
    }
    if report.handler_us.is_none() && report.handler_not_believed {
        warnings.push(Warning::HandlerNotBelieved { target: target.clone(), phase });
    }
    match report.evidence.unknown {
        0 => {}
        // Nothing that is told of a load depends on it.
        _ if phase == Phase::Load => {}
        samples if report.is_proven() => {
            warnings.push(Warning::SometimesUnproven { target: target.clone(), phase, samples });
        }
        _ => {}
    }
    if phase == Phase::Cold && report.evidence.reused > 0 {
        warnings.push(match report.counted {
            0 => Warning::ColdNotHad { target },
            _ => Warning::ColdSometimesReused { target, samples: report.evidence.reused },
        });
    } else if phase == Phase::Warm && report.connect_us.is_some() {
        warnings.push(Warning::ConnectionsAreNotKept { target });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::CachePolicy;
    use crate::evidence::Freshness;
    use crate::report::fixtures::{in_round, plan, report, sample, twice_as_slow};
    use crate::report::load::fixtures::{dies, late, ramp};
    use crate::sample::{Outcome, Phase, Sample};

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
        assert!(
            report.warnings.join("\n").contains("a: 1 warm requests are excluded: this client was stopped")
        );
    }

    #[test]
    fn requests_that_were_sent_again_are_counted_and_said() {
        let mut samples = vec![sample("a", Phase::Warm, 1); 40];
        samples[7] = Sample { retried: true, new_connection: true, ..sample("a", Phase::Warm, 5) };
        let report = report(&samples);
        let warm = &report.targets[0].phases[0];
        assert_eq!((warm.counted, warm.retried), (39, 1));
        assert!(
            report.warnings.join("\n").contains("a: 1 warm requests were sent again on a new connection")
        );
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
        let found = all(&targets, &[], &plan, &Environment::here(None));
        assert!(found.contains(&Warning::CachesAllowed));
        assert!(!found.iter().any(|warning| matches!(warning, Warning::Unproven { .. })));
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
            bounds.starts_with("cold: client overhead is 60 µs of each time")
                && bounds.contains("median of a;"),
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
            found.contains(&Warning::SharedCores { target: "a".into() })
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
            found.contains(&Warning::OfTheseProcesses)
        };
        assert!(is_told(None, &twice_as_slow()) && !is_told(Some("./server"), &twice_as_slow()));
        assert!(!is_told(None, &twice_as_slow()[..8]), "nothing is compared of so few");
    }

    #[test]
    fn what_could_change_a_decision_comes_first_and_the_rest_after_it() {
        let skipped = |what: &str| Warning::Skipped { what: what.into() };
        let (told, decisive) = super::super::ranked(vec![
            Warning::Resumed { times: 1 },
            skipped("one"),
            Warning::ColdNotHad { target: "a".into() },
            skipped("two"),
        ]);
        assert!(told[0].contains("no cold starts") && told[3].contains("resumed"), "{told:?}");
        assert_eq!((told[1..3].concat(), decisive), ("skipped: oneskipped: two".into(), 3));
    }

    #[test]
    fn targets_of_which_one_timed_out_are_said_not_to_be_compared() {
        let mut samples = twice_as_slow();
        samples
            .iter_mut()
            .filter(|s| s.target == "b" && s.round > 9)
            .for_each(|s| s.outcome = Outcome::Timeout);
        let warnings = report(&samples).warnings.join("\n");
        assert!(warnings.contains("b: cold is compared with nothing"), "{warnings}");
        assert!(!report(&twice_as_slow()).warnings.join("\n").contains("not compared"));
    }

    #[test]
    fn too_few_samples_are_said_with_the_least_that_are_enough() {
        let told =
            |samples, targets| too_few(Phase::Cold, samples, targets).map(|warning| warning.to_string());
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
        assert!(all(&[], &[], &plan(), &environment).contains(&Warning::Resumed { times: 2 }));
    }

    #[test]
    fn failures_are_said_once_for_all_targets_and_before_what_they_may_explain() {
        let failed = |target| Sample { outcome: Outcome::Timeout, ..sample(target, Phase::Warm, 1) };
        let all = warnings(failed("a"));
        assert!(
            all.contains("a: all 40 of 40 warm requests failed (timed out; -t allows more time)"),
            "{all}"
        );
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
}
