//! Of targets that were compared, in one phase. Every ratio is told as in the table of comparisons: the time of the
//! candidate over that of the baseline.

use super::{Sentence, opening};
use crate::report::ratio::{Digits, digits};
use crate::report::{Comparison, PhaseReport, Report, Verdict};
use crate::sample::Phase;

/// So many differences have room in a sentence.
const MOST: usize = 3;

/// What may be said of the medians in a phase.
pub fn sentence(report: &Report, phase: Phase) -> Sentence {
    let pairs: Vec<&Comparison> = report.comparisons.iter().filter(|c| c.phase == phase).collect();
    let measured: Vec<(&str, &PhaseReport)> = report
        .targets
        .iter()
        .filter_map(|t| Some((t.name.as_str(), t.phases.iter().find(|report| report.phase == phase)?)))
        .collect();
    // Some may have had too few samples to be compared.
    let is_compared = |name: &str| pairs.iter().any(|pair| pair.baseline == name || pair.candidate == name);
    let (compared, left_out): (Vec<_>, Vec<_>) =
        measured.into_iter().partition(|(name, _)| is_compared(name));
    let names: Vec<&str> = compared.iter().map(|(name, _)| *name).collect();
    let sentence = Sentence::default().say(opening(phase, pairs.iter().all(|pair| pair.proven)));
    let sentence = if pairs.is_empty() {
        sentence.say("nothing can be compared")
    } else {
        told(sentence, &pairs, &names)
    };
    why_not(sentence.say("."), &left_out)
}

fn told(sentence: Sentence, pairs: &[&Comparison], names: &[&str]) -> Sentence {
    let (shown, others): (Vec<&Comparison>, Vec<&Comparison>) =
        pairs.iter().partition(|pair| pair.verdict != Verdict::NoDifferenceShown);
    if shown.is_empty() {
        return not_shown(sentence, names);
    }
    if let Some(fastest) = fastest(names, &shown).filter(|_| names.len() > 2) {
        return of_fastest(sentence, fastest, &shown);
    }
    if shown.len() > MOST {
        return of_many(sentence, names, &shown, pairs.len());
    }
    let sentence = listed(sentence, &shown);
    match others.as_slice() {
        [] => sentence,
        [one] => {
            sentence.say("; between ").names(&[&one.baseline, &one.candidate]).say(" no difference is shown")
        }
        _ => sentence.say("; no other difference is shown"),
    }
}

/// Those that nothing is said of, and the reason.
fn why_not(sentence: Sentence, left_out: &[(&str, &PhaseReport)]) -> Sentence {
    let too_late = |phase: &PhaseReport| phase.latency_us.p50.is_some_and(f64::is_infinite);
    let (late, few): (Vec<_>, Vec<_>) = left_out.iter().copied().partition(|(_, phase)| too_late(phase));
    let (none, few): (Vec<_>, Vec<_>) = few.into_iter().partition(|(_, phase)| phase.counted == 0);
    let of = |found: Vec<(&str, &PhaseReport)>, sentence: Sentence, [one, several]: [&str; 2]| {
        let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
        match names.len() {
            0 => sentence,
            1 => sentence.say(" ").names(&names).say(one),
            _ => sentence.say(" ").names(&names).say(several),
        }
    };
    let sentence = of(
        late,
        sentence,
        [
            " could not be compared: so many of its requests timed out that its median is not known.",
            " could not be compared: so many of their requests timed out that their medians are not known.",
        ],
    );
    let sentence = of(
        none,
        sentence,
        [
            " could not be compared: it gave no answer that counts.",
            " could not be compared: they gave no answers that count.",
        ],
    );
    of(
        few,
        sentence,
        [
            " could not be compared: it has too few samples that count, or rounds of them.",
            " could not be compared: they have too few samples that count, or rounds of them.",
        ],
    )
}

fn faster(pair: &Comparison) -> &str {
    if pair.verdict == Verdict::Faster { &pair.candidate } else { &pair.baseline }
}

/// `0.50 times as long`, and its interval.
fn times(pair: &Comparison) -> (String, String) {
    let Digits { ratio, low, high } = digits(pair.ratio_p50, pair.ci95);
    (format!("{ratio} times as long"), format!(" ({low} to {high})"))
}

/// The one that is shown to be faster than each of the others.
fn fastest<'a>(names: &[&'a str], shown: &[&Comparison]) -> Option<&'a str> {
    let wins = |name: &str| shown.iter().filter(|pair| faster(pair) == name).count();
    names.iter().copied().find(|name| wins(name) + 1 == names.len())
}

fn of_fastest(sentence: Sentence, fastest: &str, shown: &[&Comparison]) -> Sentence {
    let over = || shown.iter().filter(|pair| faster(pair) == fastest);
    let sentence = sentence.name(fastest).say(" is the fastest");
    if over().count() > MOST {
        // By the end of its interval that is nearest to 1.
        let nearest = |pair: &Comparison| pair.ci95[0].ln().abs().min(pair.ci95[1].ln().abs());
        let closest = over().min_by(|a, b| nearest(a).total_cmp(&nearest(b)));
        let sentence = sentence.say(format!(" of {}; of the closest, ", over().count() + 1));
        return closest.into_iter().fold(sentence, |sentence, pair| against(sentence, pair, fastest));
    }
    over().enumerate().fold(sentence, |sentence, (place, pair)| {
        let between = match place {
            0 => ": ",
            _ => ", ",
        };
        against(sentence.say(between), pair, fastest)
    })
}

/// How the fastest and another one compare, whichever was the baseline.
fn against(sentence: Sentence, pair: &Comparison, fastest: &str) -> Sentence {
    let (times, interval) = times(pair);
    if pair.candidate == fastest {
        return sentence.say(format!("it takes {times} as ")).name(&pair.baseline).say(interval);
    }
    sentence.name(&pair.candidate).say(format!(" takes {times} as it{interval}"))
}

fn listed(sentence: Sentence, shown: &[&Comparison]) -> Sentence {
    shown.iter().enumerate().fold(sentence, |sentence, (place, pair)| {
        let sentence = if place > 0 { sentence.say("; ") } else { sentence };
        let (times, interval) = times(pair);
        let word = if pair.verdict == Verdict::Faster { "faster" } else { "slower" };
        sentence
            .name(&pair.candidate)
            .say(format!(" is {word} than "))
            .name(&pair.baseline)
            .say(format!(": it takes {times}{interval}"))
    })
}

fn not_shown(sentence: Sentence, names: &[&str]) -> Sentence {
    let sentence = sentence.say("no difference is shown");
    match names.len() {
        ..=4 => sentence.say(" between ").names(names),
        n => sentence.say(format!(" between any of the {n} targets")),
    }
}

fn of_many(sentence: Sentence, names: &[&str], shown: &[&Comparison], pairs: usize) -> Sentence {
    let is_beaten = |name: &str| {
        shown.iter().any(|pair| faster(pair) != name && (pair.baseline == name || pair.candidate == name))
    };
    let unbeaten: Vec<&str> = names.iter().copied().filter(|name| !is_beaten(name)).collect();
    let sentence = sentence.say(format!("{} of {pairs} pairs differ", shown.len()));
    match unbeaten.len() {
        1..=4 => sentence.say("; none is shown to be faster than ").names(&unbeaten),
        _ => sentence.say("; see the comparisons"),
    }
}
