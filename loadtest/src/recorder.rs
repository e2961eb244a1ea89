//! Takes samples as they come: keeps them, logs them, shows progress, and stops what cannot go well.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::evidence;
use crate::experiment::Ended;
use crate::explain;
use crate::participant::Measurable;
use crate::plan::Plan;
use crate::probe::Probe;
use crate::progress::Progress;
use crate::report;
use crate::resume::Counts;
use crate::sample::{Phase, Sample};
use crate::sample_log::SampleLog;
use crate::saved::{Header, Saved};
use crate::schedule::Turn;
use crate::stats::Observation;
use crate::until;
use crate::warm_up;

pub struct Recorder {
    samples: Vec<Sample>,
    log: Option<SampleLog>,
    progress: Progress,
    answered: BTreeSet<String>,
    timeout: Duration,
    resumed: Option<Resumed>,
    /// Of what was measured earlier, as long as whole rounds of it are kept.
    earlier: Option<Counts>,
    taken: usize,
    /// What does not work here, and why.
    left_out: Vec<String>,
}

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
            earlier: None,
            taken: 0,
            left_out: Vec::new(),
        }
    }

    pub fn resuming(saved: Saved, log: Option<SampleLog>, progress: Progress) -> Self {
        let after_ns = saved.samples.iter().map(|sample| sample.done_ns).max().unwrap_or(0);
        let ok = saved.samples.iter().filter(|sample| sample.outcome.is_ok());
        Self {
            answered: ok.map(|sample| sample.target.clone().into_owned()).collect(),
            log,
            progress,
            timeout: saved.header.plan.timeout,
            resumed: Some(Resumed { at: Instant::now(), after_ns }),
            earlier: Some(Counts::of(&saved.samples)),
            samples: saved.samples,
            taken: 0,
            left_out: Vec::new(),
        }
    }

    pub fn describe(&mut self, header: Header) {
        if let Some(log) = &mut self.log {
            log.describe(header);
        }
    }

    pub fn begin(&mut self, rounds: usize, turns: usize) {
        self.progress.begin(rounds, turns);
    }

    pub fn turn_is_over(&mut self) {
        self.progress.turn_is_over();
    }

    pub fn pause(&mut self) {
        self.progress.pause();
    }

    /// Whether that round was measured earlier, so that it is kept. What there is of the first that was not is dropped, and is
    /// to be measured again.
    pub fn keeps<C: Measurable>(
        &mut self,
        round: usize,
        turn: Turn,
        participants: &[C],
    ) -> Result<bool, Error> {
        let Some(earlier) = &self.earlier else { return Ok(false) };
        if u32::try_from(round).is_ok_and(|round| earlier.hold(round, turn, participants)) {
            self.progress.skip_round();
            return Ok(true);
        }
        self.earlier = None;
        if let Some(first) = self.samples.iter().position(|sample| sample.round as usize >= round) {
            // A measurement that ends early leaves one round unfinished, and nothing after it.
            if !self.samples[first..].iter().all(|sample| sample.round as usize == round) {
                return Err(self.out_of_order(first));
            }
            self.samples.truncate(first);
            if let Some(log) = &mut self.log {
                log.keep(first);
            }
        }
        Ok(false)
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

    /// Takes up the answer of a start that does not count.
    pub fn rehearsed(&mut self, url: &str, sample: &Sample) -> Result<(), Error> {
        if sample.outcome.is_failure() {
            return Err(Error::Target(explain::first_failure(url, &sample.outcome, self.timeout)));
        }
        self.has_answered(&sample.target);
        Ok(())
    }

    /// That target gave a correct answer that is no sample: what fails later is a sample that failed.
    pub fn has_answered(&mut self, target: &str) {
        self.answered.insert(target.to_owned());
    }

    /// A target does not work, and is not measured.
    pub fn leave_out(&mut self, why: String) {
        self.left_out.push(why);
    }

    /// What does not work here, and why.
    pub fn left_out(&mut self) -> Vec<String> {
        std::mem::take(&mut self.left_out)
    }

    /// Whether a sample was taken, other than earlier ones.
    pub fn has_taken_any(&self) -> bool {
        self.taken > 0
    }

    /// Closes the log with what the samples are of, as is known in the end, and how the measurement ended.
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
