//! Of targets that were compared, in one phase.

use std::collections::BTreeSet;

use super::{Sentence, opening};
use crate::report::{Comparison, Report, Verdict};
use crate::sample::Phase;

/// So many differences have room in a sentence.
const MOST: usize = 3;
/// So many decimals may be needed to tell a ratio from 1.
const DECIMALS: std::ops::RangeInclusive<usize> = 2..=4;

/// A difference that is shown: the faster, the slower, and how many times as fast it is.
struct Difference<'a> {
    faster: &'a str,
    slower: &'a str,
    times: [f64; 2],
}

/// What may be said of the medians in a phase.
pub fn sentence(report: &Report, phase: Phase) -> Sentence {
    let pairs: Vec<&Comparison> = report.comparisons.iter().filter(|c| c.phase == phase).collect();
    let names: Vec<&str> = report
        .targets
        .iter()
        .filter(|target| target.phases.iter().any(|report| report.phase == phase))
        .map(|target| target.name.as_str())
        .collect();
    let sentence = Sentence::default().say(opening(phase, pairs.iter().all(|pair| pair.proven)));
    let shown: Vec<Difference> = pairs.iter().filter_map(|pair| Difference::of(pair)).collect();
    let verb = if phase == Phase::Startup { "starts" } else { "answers" };
    if pairs.is_empty() {
        return sentence.say("nothing can be compared: too few samples, or rounds of them, count.");
    }
    if shown.is_empty() {
        return not_shown(sentence, &pairs, &names).say(".");
    }
    if let Some(fastest) = fastest(&names, &shown).filter(|_| names.len() > 2) {
        return of_fastest(sentence, fastest, &shown).say(".");
    }
    if shown.len() <= MOST {
        let sentence = listed(sentence, &shown, verb);
        let others: Vec<&Comparison> =
            pairs.iter().copied().filter(|pair| pair.verdict == Verdict::NoDifferenceShown).collect();
        return match others.as_slice() {
            [] => sentence.say("."),
            [one] => sentence
                .say("; between ")
                .names(&[&one.baseline, &one.candidate])
                .say(" no difference is shown."),
            _ => sentence.say("; no other difference is shown."),
        };
    }
    of_many(sentence, &names, &shown, pairs.len())
}

impl<'a> Difference<'a> {
    fn of(pair: &'a Comparison) -> Option<Self> {
        let Comparison { baseline, candidate, ci95: [low, high], verdict, .. } = pair;
        match verdict {
            Verdict::Faster => {
                Some(Self { faster: candidate, slower: baseline, times: [1.0 / high, 1.0 / low] })
            }
            Verdict::Slower => Some(Self { faster: baseline, slower: candidate, times: [*low, *high] }),
            Verdict::NoDifferenceShown => None,
        }
    }

    /// An interval that holds the whole of the one that was found.
    fn told(&self) -> String {
        let [low, high] = self.times;
        let decimals = if low >= 10.0 { 0 } else { decimals(low) };
        let scale = 10f64.powi(decimals as i32);
        let low = (low * scale).floor() / scale;
        if !high.is_finite() {
            return format!("at least {low:.decimals$} times as fast as ");
        }
        format!("{low:.decimals$} to {:.decimals$} times as fast as ", (high * scale).ceil() / scale)
    }
}

/// The fewest at which a ratio above 1 is not told as 1.
fn decimals(ratio: f64) -> usize {
    let is_told =
        |decimals: &usize| (ratio * 10f64.powi(*decimals as i32)).floor() > 10f64.powi(*decimals as i32);
    DECIMALS.clone().find(is_told).unwrap_or(*DECIMALS.end())
}

/// The one that is shown to be faster than each of the others.
fn fastest<'a>(names: &[&'a str], shown: &[Difference]) -> Option<&'a str> {
    let wins = |name: &str| shown.iter().filter(|difference| difference.faster == name).count();
    names.iter().copied().find(|name| wins(name) + 1 == names.len())
}

fn of_fastest(sentence: Sentence, fastest: &str, shown: &[Difference]) -> Sentence {
    let sentence = sentence.name(fastest).say(" is the fastest: ");
    let over: Vec<&Difference> = shown.iter().filter(|difference| difference.faster == fastest).collect();
    if over.len() <= MOST {
        return over.iter().enumerate().fold(sentence, |sentence, (place, difference)| {
            let sentence = if place > 0 { sentence.say(", ") } else { sentence };
            sentence.say(difference.told()).name(difference.slower)
        });
    }
    let least = over.iter().min_by(|a, b| a.times[0].total_cmp(&b.times[0]));
    match least {
        Some(closest) => sentence
            .say(closest.told())
            .name(closest.slower)
            .say(", the closest of ")
            .say(over.len().to_string()),
        None => sentence,
    }
}

fn listed(sentence: Sentence, shown: &[Difference], verb: &str) -> Sentence {
    shown.iter().enumerate().fold(sentence, |sentence, (place, difference)| {
        let sentence = if place > 0 { sentence.say("; ") } else { sentence };
        sentence.name(difference.faster).say(format!(" {verb} {}", difference.told())).name(difference.slower)
    })
}

fn not_shown(sentence: Sentence, pairs: &[&Comparison], names: &[&str]) -> Sentence {
    // Some pair may have had too few samples to be compared.
    let compared: BTreeSet<&str> =
        pairs.iter().flat_map(|pair| [pair.baseline.as_str(), pair.candidate.as_str()]).collect();
    let names: Vec<&str> = names.iter().copied().filter(|name| compared.contains(name)).collect();
    let sentence = sentence.say("no difference is shown");
    match names.len() {
        ..=4 => sentence.say(" between ").names(&names),
        n => sentence.say(format!(" between any of the {n} targets")),
    }
}

fn of_many(sentence: Sentence, names: &[&str], shown: &[Difference], pairs: usize) -> Sentence {
    let unbeaten: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| shown.iter().all(|difference| difference.slower != *name))
        .collect();
    let sentence = sentence.say(format!("{} of {pairs} pairs differ", shown.len()));
    match unbeaten.len() {
        1..=4 => sentence.say("; none is shown to be faster than ").names(&unbeaten).say("."),
        _ => sentence.say("; see the comparisons."),
    }
}
