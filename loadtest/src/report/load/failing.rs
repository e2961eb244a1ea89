//! What failed of a load, in a few words: how much of it, and from when or from which rate on.

use std::collections::BTreeMap;

use super::{LoadReport, StepReport, short};
use crate::report::PhaseReport;
use crate::sample::Outcome;

/// `63 % of the requests failed`, of those that the other figures are of; `None` where hardly any did.
pub fn failed_of(phase: &PhaseReport, load: &LoadReport) -> Option<String> {
    let failures = phase.failures_beside_times();
    let failed = failures.values().sum();
    load.failing.then(|| match is_unanswered(failures) && phase.counted == 0 {
        true => "no request was answered".into(),
        false => format!("{} of the requests failed", share(failed, failed + phase.counted)),
    })
}

/// From which rate on a ramp failed; `None` where none did.
pub fn of_ramp(steps: &[StepReport]) -> Option<String> {
    let first = steps.iter().position(|step| step.failing)?;
    let (from, above) = (&steps[first..], &steps[first + 1..]);
    let rate = |step: &StepReport| format!("{}/s", short(step.asked_rate));
    let at = rate(&from[0]);
    let failed = from.iter().map(|step| step.failed).sum();
    let all = failed + from.iter().map(StepReport::answered).sum::<usize>();
    Some(match above.iter().find(|step| step.answered() > 0) {
        None if from[0].answered() == 0 => format!("the target {} from {at} on", from[0].failed_wholly()),
        None if above.is_empty() => format!("{} of the requests failed at {at}", from[0].share_failed()),
        None => format!(
            "{} of the requests failed at {at}, and the target {} from {} on",
            from[0].share_failed(),
            above[0].failed_wholly(),
            rate(&above[0])
        ),
        Some(_) => match steps[..first].iter().map(|step| step.failed).sum::<usize>() {
            0 => format!("{} of the requests failed from {at} on", share(failed, all)),
            below => format!(
                "{} of the requests failed from {at} on, and {below} at lower rates",
                share(failed, all)
            ),
        },
    })
}

/// From when on, in seconds, every request failed to the end, and how many ok answers a second there were before; `None` where
/// some were ok to the end, or nothing is known of when they were sent.
pub fn stopped(load: &LoadReport) -> Option<(f64, f64)> {
    let from = load.slices.iter().rposition(|slice| slice.ok > 0)? + 1;
    let from = load.slices.get(from).filter(|slice| slice.failed > 0)?;
    let seconds = from.between_us?[0] / 1e6;
    let ok: u64 = load.slices.iter().map(|slice| slice.ok).sum();
    Some((seconds, ok as f64 / seconds))
}

impl StepReport {
    /// `63 %`.
    pub(super) fn share_failed(&self) -> String {
        share(self.failed, self.failed + self.answered())
    }

    /// Ok answers, of what was sent.
    fn answered(&self) -> usize {
        let sent = self.achieved_rate * self.duration_us.unwrap_or_default() / 1e6;
        (sent.round() as usize).saturating_sub(self.failed)
    }

    fn failed_wholly(&self) -> &'static str {
        match self.failures.as_ref().is_some_and(is_unanswered) {
            true => "did not answer at all",
            false => "gave no answer that is ok",
        }
    }
}

/// Whether nothing came, not even an answer that says so.
fn is_unanswered(failures: &BTreeMap<String, usize>) -> bool {
    let silent = [Outcome::Timeout, Outcome::Transport(String::new())];
    failures.keys().all(|kind| silent.iter().any(|outcome| outcome.kind() == kind.as_str()))
}

/// What is almost all is not said to be all.
fn share(failed: usize, all: usize) -> String {
    let percent = 100.0 * failed as f64 / all.max(1) as f64;
    match failed == all {
        true => "all".into(),
        false if percent > 99.0 => "more than 99 %".into(),
        false => format!("{percent:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::load::Loop;
    use crate::report::load::fixtures::{dies, load, ramp_that_dies};

    #[test]
    fn a_ramp_tells_from_which_rate_on_requests_failed() {
        let told = |from, share| of_ramp(&load(&ramp_that_dies(from, share)).steps);
        assert_eq!(told(600, 1.0).unwrap(), "the target did not answer at all from 600/s on");
        assert_eq!(
            told(600, 0.5).unwrap(),
            "50 % of the requests failed at 600/s, and the target did not answer at all from 700/s on"
        );
        assert_eq!(told(1000, 0.5).unwrap(), "50 % of the requests failed at 1000/s");
        assert_eq!(told(2000, 1.0), None);
    }

    #[test]
    fn what_failed_to_the_end_is_told_from_when_on() {
        let died = dies(Some(1000.0), 4000, 1500);
        assert_eq!(stopped(&load(&died)).map(|(from, _)| from), Some(1.6));
        assert_eq!(
            failed_of(&died.targets[0].phases[0], &load(&died)).unwrap(),
            "62 % of the requests failed"
        );
        let closed = load(&dies(None, 4000, 1500));
        assert_eq!((closed.kind, stopped(&closed).map(|(from, _)| from)), (Loop::Closed, Some(1.6)));
        assert_eq!(stopped(&load(&dies(Some(1000.0), 4000, 4000))), None);
    }

    #[test]
    fn almost_all_is_not_all() {
        assert_eq!(
            [(5, 5), (9999, 10_000), (63, 100)].map(|(n, all)| share(n, all)),
            ["all", "more than 99 %", "63 %"]
        );
    }
}
