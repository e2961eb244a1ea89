//! Takes samples as they come: keeps them, logs them, shows progress, and stops what cannot go well.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::evidence;
use crate::explain;
use crate::plan::Plan;
use crate::probe::Probe;
use crate::progress::Progress;
use crate::report;
use crate::resume::Turns;
use crate::sample::{Phase, Sample};
use crate::sample_log::SampleLog;
use crate::saved::{Header, Saved};
use crate::scenario::Ended;
use crate::stats::Observation;
use crate::until;
use crate::warm_up;

/// Takes samples as they come.
pub struct Recorder {
    samples: Vec<Sample>,
    log: Option<SampleLog>,
    progress: Progress,
    answered: BTreeSet<String>,
    timeout: Duration,
    resumed: Option<Resumed>,
    /// Samples taken now, not earlier.
    taken: usize,
}

/// When an earlier measurement was taken up.
#[derive(Clone, Copy)]
struct Resumed {
    at: Instant,
    /// How long that had taken, in nanoseconds.
    after_ns: u64,
}

impl Recorder {
    /// With a log, if samples are to be logged, of requests that are given the time `timeout`.
    pub fn new(log: Option<SampleLog>, progress: Progress, timeout: Duration) -> Self {
        Self {
            samples: Vec::new(),
            log,
            progress,
            answered: BTreeSet::new(),
            timeout,
            resumed: None,
            taken: 0,
        }
    }

    /// Goes on where `saved` ended, with a log of the same file.
    pub fn resuming(saved: Saved, log: Option<SampleLog>, progress: Progress) -> Self {
        let after_ns = saved.samples.iter().map(|sample| sample.done_ns).max().unwrap_or(0);
        let ok = saved.samples.iter().filter(|sample| sample.outcome.is_ok());
        Self {
            answered: ok.map(|sample| sample.target.clone().into_owned()).collect(),
            log,
            progress,
            timeout: saved.header.plan.timeout,
            resumed: Some(Resumed { at: Instant::now(), after_ns }),
            samples: saved.samples,
            taken: 0,
        }
    }

    /// Says what the samples from now on are of.
    pub fn describe(&mut self, header: Header) {
        if let Some(log) = &mut self.log {
            log.describe(header);
        }
    }

    /// Announces the rounds of a phase, of so many samples each.
    pub fn begin(&mut self, phase: Phase, rounds: usize, in_round: usize) {
        self.progress.begin(phase, rounds, in_round);
    }

    /// Leaves the terminal to others, until the next phase begins.
    pub fn pause(&mut self) {
        self.progress.pause();
    }

    /// How many rounds of a phase there are already, from the first; what there is of others is dropped, and is to be
    /// measured again. `in_round` is how many samples a target has in a round, with those that warm up.
    ///
    /// # Errors
    ///
    /// When the samples are not in the order in which they are taken.
    pub fn resume(
        &mut self,
        phase: Phase,
        names: &[String],
        in_round: impl Fn(usize) -> usize,
    ) -> Result<usize, Error> {
        let turns = Turns { phase, names };
        let kept = turns.complete_rounds(&self.samples, in_round);
        let is_dropped = |sample: &Sample| turns.holds(sample) && sample.round as usize >= kept;
        if let Some(first) = self.samples.iter().position(is_dropped) {
            if !self.samples[first..].iter().all(is_dropped) {
                return Err(self.out_of_order(first));
            }
            self.samples.truncate(first);
            if let Some(log) = &mut self.log {
                log.keep(first);
            }
        }
        let shown = self.samples.iter().filter(|sample| sample.phase == phase && turns.holds(sample));
        self.progress.skip(shown.count());
        Ok(kept)
    }

    fn out_of_order(&self, sample: usize) -> Error {
        let file = self.log.as_ref().map_or(Path::new("this file"), |log| log.name());
        Error::Usage(format!(
            "{}: its sample {} is of an unfinished round, and others come after it: no measurement wrote it so, and none \
             can go on from it; measure again, into another file",
            file.display(),
            sample + 1
        ))
    }

    /// Whether, after so many rounds of a phase, each target is known as well as the plan wants, or will never be.
    pub fn knows_enough(&self, plan: &Plan, phase: Phase, rounds: usize, names: &[String]) -> bool {
        plan.until.filter(|_| until::is_time_to_look(rounds)).is_some_and(|until| {
            let first = if phase == Phase::Warm { self.unsettled_rounds(names) } else { 0 };
            let counted = first..rounds;
            names.iter().all(|name| {
                let observed = self.observed(phase, &counted, name);
                until::is_hopeless(&observed, rounds) || until.allows(until.width(observed))
            })
        })
    }

    /// How many of the first warm rounds were only warm-up.
    pub fn unsettled_rounds(&self, names: &[String]) -> usize {
        let of_these = |s: &&Sample| names.iter().any(|name| *name == s.target);
        warm_up::first_warm_round(self.samples.iter().filter(of_these)) as usize
    }

    fn observed(&self, phase: Phase, rounds: &Range<usize>, name: &str) -> Vec<Observation> {
        let so_far =
            |s: &&Sample| s.phase == phase && s.target == name && rounds.contains(&(s.round as usize));
        report::observed(phase, &self.samples.iter().filter(so_far).collect::<Vec<_>>())
    }

    /// When an earlier measurement was taken up, if one was: the targets may have been asked just before.
    pub fn resumed_at(&self) -> Option<Instant> {
        self.resumed.map(|resumed| resumed.at)
    }

    /// Tells a probe what earlier samples of its target proved.
    pub fn remind(&self, probe: &mut Probe) {
        let name = probe.target().name.clone();
        for sample in self.samples.iter().filter(|sample| sample.target == name) {
            probe.remember(sample);
        }
    }

    /// Takes a sample of what is at `url`.
    ///
    /// # Errors
    ///
    /// When it cannot be logged, or when the target has not once answered as it should: then there is nothing to
    /// measure, and the reason is told instead of waited for a thousand times.
    pub fn record(&mut self, url: &str, sample: Sample) -> Result<(), Error> {
        let sample = sample.later(self.resumed.map_or(0, |resumed| resumed.after_ns));
        self.progress.advance(&sample);
        if sample.outcome.is_ok() {
            self.answered.insert(sample.target.clone().into_owned());
        }
        let hopeless = (sample.outcome.is_failure() && !self.answered.contains(sample.target.as_ref()))
            .then(|| Error::Target(explain::first_failure(url, &sample.outcome, self.timeout)));
        // Kept first: what cannot be logged is reported nevertheless.
        self.samples.push(sample);
        self.taken += 1;
        if let (Some(log), Some(sample)) = (&mut self.log, self.samples.last()) {
            log.append(sample)?;
        }
        hopeless.map_or(Ok(()), Err)
    }

    /// That target gave a correct answer that is no sample: what fails later is a sample that failed.
    pub fn has_answered(&mut self, target: &str) {
        self.answered.insert(target.to_owned());
    }

    /// Whether a sample was taken, other than earlier ones.
    pub fn has_taken_any(&self) -> bool {
        self.taken > 0
    }

    /// Closes the log with what the samples are of, as is known in the end, and how the measurement ended.
    ///
    /// # Errors
    ///
    /// When the log does not take it.
    pub fn close(&mut self, header: Header, ended: Ended) -> Result<(), Error> {
        self.log.take().map_or(Ok(()), |log| log.finish(header, ended))
    }

    /// Everything that was measured; samples of rounds that were still warming up are of that phase.
    pub fn finish(self) -> Vec<Sample> {
        drop(self.progress);
        let mut samples = self.samples;
        evidence::review(&mut samples);
        warm_up::tell_apart(&mut samples);
        samples
    }
}
