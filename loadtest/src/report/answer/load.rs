//! Of a load.

use super::Sentence;
use crate::load::knee::Kept;
use crate::report::load::{LoadReport, Loop, StepReport, failed_of, failed_of_ramp, stall, stopped};
use crate::report::picture::time_of;
use crate::report::{Distribution, PhaseReport, Report};

/// One of each load.
pub fn sentences(report: &Report) -> Vec<Sentence> {
    let phases = report.targets.iter().flat_map(|t| t.phases.iter().map(move |p| (t.name.as_str(), p)));
    phases
        .filter_map(|(name, phase)| {
            let load = phase.load.as_ref()?;
            Some(Sentence::default().say("Under load, ").name(name).say(told(phase, load)))
        })
        .collect()
}

fn told(phase: &PhaseReport, load: &LoadReport) -> String {
    // For how long tells how much that is worth: whatever has room for a queue takes any rate for a moment.
    let long = format!("for {:.1} s", load.duration.as_secs_f64());
    let kept = match (load.asked_rate, load.kept()) {
        (Some(rate), Some(Kept::Behind)) => format!(" did not keep up with {rate:.0} requests/s {long}"),
        (Some(rate), Some(Kept::Undecided)) => {
            format!(" may or may not have kept up with {rate:.0} requests/s {long}")
        }
        (Some(rate), Some(Kept::Up)) => format!(" kept up with {rate:.0} requests/s {long}"),
        _ if load.failing => format!(
            " gave {:.0} ok answers/s over {} connections, counted over the whole {:.1} s",
            load.throughput,
            load.connections,
            load.duration.as_secs_f64()
        ),
        _ => format!(" answers {:.0} requests/s over {} connections", load.throughput, load.connections),
    };
    let failed = failed_of(phase, load).map_or(String::new(), |told| format!(": {told}"));
    let times = match phase.latency_us.p50 {
        Some(p50) if p50.is_finite() => {
            let those = if failed.is_empty() { ", at" } else { "; the others have" };
            let tail = tail(&phase.latency_us).map_or(String::new(), |told| format!(" ({told})"));
            format!("{those} a median {} of {}{tail}", measured(load), time_of(p50))
        }
        Some(_) => "; half of the requests or more were not answered in time".into(),
        None => String::new(),
    };
    let more = [ended(load), stalled(load), lost(load)].into_iter().flatten().map(|told| format!(" {told}."));
    format!("{kept}{failed}{times}.{}", more.collect::<String>())
}

/// A median hides whatever happened to fewer than half.
fn tail(times: &Distribution) -> Option<String> {
    let known = [("p99", times.p99), ("p95", times.p95), ("p90", times.p90), ("max", times.max)];
    let (name, us) = known.into_iter().find_map(|(name, us)| Some((name, us?)))?;
    Some(if us.is_finite() {
        format!("{name}: {}", time_of(us))
    } else {
        format!("{name}: longer than was waited")
    })
}

/// That a rate was kept up with hides a moment at which it was not.
fn stalled(load: &LoadReport) -> Option<String> {
    let stall = stall::of(load)?;
    Some(format!("But for a moment, answers took up to {}", time_of(stall.longest_us())))
}

/// From when on nothing was ok any more, and what the rate was until then.
fn ended(load: &LoadReport) -> Option<String> {
    let (from, before) = stopped(load)?;
    Some(match load.kind {
        Loop::Open => format!("From {from:.2} s on at the latest, every request failed"),
        Loop::Closed => format!(
            "From {from:.2} s on at the latest, every request failed; until then it gave at least {before:.0} ok answers/s"
        ),
    })
}

/// Which rates of a ramp were too many, and at which requests failed. A target that died may have had room for more.
fn lost(load: &LoadReport) -> Option<String> {
    let is_higher = |step: &&StepReport| load.asked_rate.is_some_and(|asked| asked < step.asked_rate);
    let lost_at = load.knee.and_then(|knee| knee.lost_at);
    let lost = load.steps.iter().filter(is_higher).find(|step| Some(step.asked_rate) == lost_at);
    let lost = lost.filter(|step| step.saturated);
    let lost = lost.map(|step| format!("{:.0} requests/s were too many", step.asked_rate));
    let failed = failed_of_ramp(&load.steps).map(|told| match told.strip_prefix("the target") {
        Some(rest) => format!("It{rest}"),
        None => told,
    });
    let told: Vec<_> = [lost, failed].into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join(". "))
}

fn measured(load: &LoadReport) -> &'static str {
    match load.kind {
        Loop::Open => "latency",
        Loop::Closed => "service time",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Side;
    use crate::report::gates::failures;
    use crate::report::load::fixtures::{dies, ramp_that_dies, stalls};
    use crate::report::{Judgement, answer};
    use crate::sample::Phase;

    fn answer(report: &Report) -> String {
        answer::of(report).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_target_that_dies_at_a_higher_rate_of_a_ramp_has_failed_and_is_said_to_have() {
        let report = ramp_that_dies(600, 1.0);
        let phase = &report.targets[0].phases[0];
        assert_eq!((phase.samples, phase.failures["transport"]), (5500, 4000));
        let told = answer(&report);
        assert!(told.contains("kept up with 500 requests/s for 1.0 s, at a median latency of"), "{told}");
        assert!(told.contains("). It did not answer at all from 600/s on."), "{told}");
        assert!(!told.contains("too many"), "it died, and had room for more maybe: {told}");
        assert!(told.contains("Of 5500 requests at all rates 4000 failed"), "{told}");
        let gate = failures("failures>1%", Side::Above, 0.01, &report.targets[0], Phase::Load);
        assert_eq!(gate.outcome, Judgement::Failed);
        let warnings = report.warnings.join("\n");
        assert!(warnings.contains("4000 of 5500 load requests failed (connection refused"), "{warnings}");
        assert!(warnings.contains("did not answer at all from 600/s on"), "{warnings}");
    }

    #[test]
    fn what_fails_is_not_kept_up_with() {
        let told = answer(&dies(Some(1000.0), 4000, 1500));
        assert!(
            told.contains("did not keep up with 1000 requests/s for 4.0 s: 62 % of the requests failed;"),
            "{told}"
        );
        assert!(told.contains("From 1.60 s on at the latest, every request failed."), "{told}");
    }

    #[test]
    fn a_closed_loop_whose_target_dies_says_what_its_rate_is_of() {
        let told = answer(&dies(None, 4000, 1500));
        assert!(
            told.contains("gave 375 ok answers/s over 5000 connections, counted over the whole 4.0 s"),
            "{told}"
        );
        assert!(told.contains("until then it gave at least 938 ok answers/s."), "{told}");
    }

    #[test]
    fn a_median_is_not_told_without_the_tail() {
        let told = answer(&stalls());
        assert!(
            told.contains("kept up with 300 requests/s for 8.0 s, at a median latency of 1.50 ms (p99: 9"),
            "{told}"
        );
        assert!(told.contains("). But for a moment, answers took up to 1.00 s."), "{told}");
    }
}
