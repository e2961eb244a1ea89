//! What failed, in words: how many, why, and what to do about it.

use std::collections::BTreeMap;

use super::picture::time_of;
use super::{PhaseReport, TargetReport, WarmUpReport};
use crate::explain;
use crate::sample::Outcome;

/// More causes than these are not told one by one.
const TOLD: usize = 3;

/// Failed requests: how many of each kind, and of those that failed on the way, for which cause.
#[derive(Clone, Copy)]
pub(crate) struct Failed<'a> {
    pub kinds: &'a BTreeMap<String, usize>,
    pub causes: &'a BTreeMap<String, usize>,
    wrong_answer: Option<&'a str>,
}

/// `9 failed: timeout`, for each kind; of what failed on the way, with its causes.
pub(crate) fn by_kind(phase: &PhaseReport) -> impl Iterator<Item = String> {
    let is_one_rate = phase.load.as_ref().is_none_or(|load| load.knee.is_none());
    let longest = phase.latency_us.longest_completed.filter(|_| is_one_rate);
    Failed::of(phase).by_kind().map(move |told| match longest {
        // A time-out must not hide how long the others took.
        Some(us) if told.ends_with(": timeout") => {
            format!("{told}; the longest that was answered took {}", time_of(us))
        }
        _ => told,
    })
}

/// Why most of them did, with the remedy; `None` where none did.
pub(super) fn why(target: &TargetReport, failed: Failed) -> Option<String> {
    let Failed { kinds, causes, wrong_answer } = failed;
    let (kind, n) = kinds.iter().max_by_key(|(_, n)| **n)?;
    let cause = causes.iter().max_by_key(|(_, n)| **n).filter(|_| is_transport(kind));
    let (cause, n) = cause.map_or((None, n), |(cause, n)| (Some(cause.as_str()), n));
    let cause = cause.or_else(|| wrong_answer.filter(|_| is_wrong_answer(kind)));
    let answered = target.phases.iter().any(has_answers);
    let mostly = if *n < kinds.values().sum() { "mostly " } else { "" };
    Some(format!("{mostly}{}", explain::failures(&target.url, kind, cause, answered)))
}

/// What to add where most cold requests were refused, perhaps for the query that makes them differ.
pub(super) fn cold_query_hint(Failed { kinds, .. }: Failed) -> Option<&'static str> {
    let (kind, _) = kinds.iter().max_by_key(|(_, n)| **n)?;
    let status = kind.strip_prefix("status-")?.parse().ok()?;
    explain::cold_query_hint(&Outcome::Status(status))
}

/// Whether there is any answer in a phase that is as it should be.
pub(super) fn has_answers(phase: &PhaseReport) -> bool {
    phase.counted > 0 || phase.contradicting.is_some()
}

impl<'a> Failed<'a> {
    pub fn of(phase: &'a PhaseReport) -> Self {
        let PhaseReport { failures, causes, wrong_answer, .. } = phase;
        Self { kinds: failures, causes, wrong_answer: wrong_answer.as_deref() }
    }

    pub fn in_warm_up(warm_up: &'a WarmUpReport) -> Self {
        let WarmUpReport { failures, causes, wrong_answer, .. } = warm_up;
        Self { kinds: failures, causes, wrong_answer: wrong_answer.as_deref() }
    }

    /// `9 failed: timeout`, for each kind.
    pub fn by_kind(self) -> impl Iterator<Item = String> + 'a {
        self.kinds.iter().map(move |(kind, n)| match causes(self.causes).as_str() {
            causes if is_transport(kind) && !causes.is_empty() => format!("{n} failed: {kind}, {causes}"),
            _ => format!("{n} failed: {kind}"),
        })
    }
}

fn causes(causes: &BTreeMap<String, usize>) -> String {
    let mut causes: Vec<_> = causes.iter().collect();
    causes.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    match causes.as_slice() {
        [(cause, _)] => cause.to_string(),
        _ => {
            let others: usize = causes.iter().skip(TOLD).map(|(_, n)| **n).sum();
            let told = causes.iter().take(TOLD).map(|(cause, n)| format!("{n} {cause}"));
            told.chain((others > 0).then(|| format!("{others} others"))).collect::<Vec<_>>().join(", ")
        }
    }
}

fn is_transport(kind: &str) -> bool {
    kind == Outcome::Transport(String::new()).kind()
}

fn is_wrong_answer(kind: &str) -> bool {
    kind == Outcome::WrongAnswer(String::new()).kind()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, sample};
    use crate::sample::{Phase, Sample};

    fn failing(outcomes: &[Outcome]) -> TargetReport {
        let failed = |outcome: &Outcome| Sample { outcome: outcome.clone(), ..sample("a", Phase::Warm, 1) };
        report(&outcomes.iter().map(failed).collect::<Vec<_>>()).targets.remove(0)
    }

    fn transport(cause: &str) -> Outcome {
        Outcome::Transport(cause.into())
    }

    #[test]
    fn what_failed_on_the_way_is_told_with_its_causes_the_most_frequent_first() {
        let told = |outcomes: &[Outcome]| by_kind(&failing(outcomes).phases[0]).collect::<Vec<_>>();
        let refused = transport("connection refused");
        assert_eq!(told(std::slice::from_ref(&refused)), ["1 failed: transport, connection refused"]);
        let several = [transport("connection reset"), refused.clone(), refused.clone(), Outcome::Status(503)];
        let of_transport = "3 failed: transport, 2 connection refused, 1 connection reset";
        assert_eq!(told(&several), ["1 failed: status-503", of_transport]);
        let stalled = [Outcome::Ok, Outcome::Timeout];
        assert_eq!(told(&stalled), ["1 failed: timeout; the longest that was answered took 1.00 µs"]);
        let many = ["a", "b", "c", "d", "e"].map(transport);
        assert_eq!(told(&many), ["5 failed: transport, 1 a, 1 b, 1 c, 2 others"]);
    }
}
