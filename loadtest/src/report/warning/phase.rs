//! Doubts about the figures of a target in a phase.

use url::Url;

use super::{Warning, Weight};
use crate::report::load::{LoadReport, Loop};
use crate::report::{PhaseReport, TargetReport, Tightness};
use crate::sample::Phase;
use crate::stats;
use crate::target;

/// A change by a smaller share is not worth a word.
const NOTICEABLE: f64 = 0.05;

/// All of them.
pub fn all(found: &PhaseReport) -> Vec<Warning> {
    let phase = found.phase.in_words();
    let counted =
        |n: usize, weight, text: String| (n > 0).then(|| Warning::new(weight, format!("{n} {text}")));
    let cached = found.failures.get("cached").copied().unwrap_or(0);
    let unproven = if found.is_proven() && ![Phase::Load, Phase::Once].contains(&found.phase) {
        found.evidence.unknown
    } else {
        0
    };
    let told = [
        counted(
            cached,
            Weight::Copies,
            format!(
                "{phase} answers came out of a cache, or repeat the instance and count of an earlier answer; measure past the \
                 cache, or count them with --allow-cached"
            ),
        ),
        counted(
            found.client_stopped,
            Weight::Disturbed,
            format!(
                "{phase} requests are excluded: this client was stopped for more than {} ms while it waited; measure again \
                 where it runs undisturbed",
                if found.phase == Phase::Load { 500 } else { 100 }
            ),
        ),
        counted(
            found.waited,
            Weight::Included,
            format!(
                "{phase} requests include 300 ms of this client's own wait for an address that did not answer; remove that \
                 address, or name the one to use: --connect-to HOST:PORT:ADDRESS:PORT"
            ),
        ),
        counted(found.retried, Weight::Explains, retried(found.phase)),
        found.until.filter(|tightness| !tightness.reached).map(|tightness| until(found, tightness)),
        trend(found),
        (found.handler_us.is_none() && found.handler_not_believed).then(|| {
            let text = "answers said that their handler took longer than they did; that is not believed, and its share is not told";
            Warning::new(Weight::Explains, format!("{phase} {text}"))
        }),
        counted(
            unproven,
            Weight::Explains,
            format!("{phase} answers are excluded: they do not say which instance they are of, as the others do"),
        ),
        not_as_asked(found),
    ];
    told.into_iter().flatten().collect()
}

fn retried(phase: Phase) -> String {
    let (what, choose) = match phase {
        Phase::Load => ("the time between two requests on a connection", "choose another -q or -c"),
        _ => ("--interval", "choose a shorter or a longer one"),
    };
    format!(
        "{} requests were sent again on a new connection, since the server was closing the idle one; its keep-alive period \
         seems to equal {what}: {choose}",
        phase.in_words()
    )
}

fn until(found: &PhaseReport, tightness: Tightness) -> Warning {
    let (phase, samples, asked) = (found.phase.in_words(), found.samples, tightness.asked);
    let text = if tightness.hopeless {
        format!(
            "{phase} ended after {samples} samples without {asked}: the last 20 rounds had no sample that counts, and \
             more would have none either"
        )
    } else {
        let known =
            tightness.percent.map_or("is not known".into(), |percent| format!("is known to ±{percent:.1}%"));
        format!(
            "{phase} did not reach {asked}: it {known} after {samples} samples, the cap; a larger -n raises it"
        )
    };
    Warning::new(Weight::Unsteady, text)
}

fn trend(found: &PhaseReport) -> Option<Warning> {
    let share = stats::trend(&found.observed_us).filter(|share| share.abs() > NOTICEABLE)?;
    let text = format!(
        "{} times {} by {:.0} % from the first third of the rounds to the last; find what changed, or measure again \
         where it is quieter",
        found.phase.in_words(),
        if share > 0.0 { "rose" } else { "fell" },
        100.0 * share.abs()
    );
    Some(Warning::new(Weight::Unsteady, text))
}

/// Cold that is not cold, warm on new connections.
fn not_as_asked(found: &PhaseReport) -> Option<Warning> {
    let reused = found.evidence.reused;
    let (weight, text) = match found.phase {
        Phase::Cold if reused > 0 && found.counted == 0 => (
            Weight::NotKnown,
            "no cold starts observed: every request reached a running instance; raise --idle, or measure start-up \
             instead"
                .into(),
        ),
        Phase::Cold if reused > 0 => (
            Weight::Explains,
            format!(
                "{reused} cold requests are excluded: they reached a running instance; a longer --idle avoids that"
            ),
        ),
        Phase::Warm if found.connect_us.is_some() => (
            Weight::Included,
            "the server closes its connections, so warm requests pay for new ones; have it keep them alive".into(),
        ),
        _ => return None,
    };
    Some(Warning::new(weight, text))
}

/// Only where it is told how much a target takes.
pub fn shared_cores(target: &TargetReport) -> Option<Warning> {
    let is_limit = |load: &LoadReport| {
        let is_lost = load.knee.is_some_and(|knee| knee.lost_at.is_some());
        load.kind == Loop::Closed || load.behind.is_some() || is_lost
    };
    let is_told = target.phases.iter().filter_map(|found| found.load.as_ref()).any(is_limit);
    (is_told && is_loopback(&target.url)).then(|| {
        let text = "it shares this machine with this client, and may take more from a client elsewhere";
        Warning::new(Weight::Explains, format!("{}: {text}", target.name))
    })
}

pub(super) fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| target::is_this_machine(&url))
}
