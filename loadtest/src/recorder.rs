//! Takes samples as they come: keeps them, logs them, shows progress, and stops what cannot go well.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::explain;
use crate::progress::Progress;
use crate::sample::{Phase, Sample};
use crate::sample_log::SampleLog;

/// Takes samples as they come.
pub struct Recorder {
    samples: Vec<Sample>,
    log: Option<SampleLog>,
    progress: Progress,
    answered: BTreeSet<String>,
}

impl Recorder {
    /// With a log, if samples are to be logged.
    pub fn new(log: Option<SampleLog>, progress: Progress) -> Self {
        Self { samples: Vec::new(), log, progress, answered: BTreeSet::new() }
    }

    /// Announces `total` samples of a phase.
    pub fn begin(&mut self, phase: Phase, total: usize) {
        self.progress.begin(phase, total);
    }

    /// Takes a sample of what is at `url`.
    ///
    /// # Errors
    ///
    /// When it cannot be logged, or when the target has not once answered as it should: then there is nothing to
    /// measure, and the reason is told instead of waited for a thousand times.
    pub fn record(&mut self, url: &str, sample: Sample) -> Result<(), Error> {
        if let Some(log) = &mut self.log {
            log.append(&sample)?;
        }
        self.progress.advance(&sample);
        if sample.outcome.is_ok() {
            self.answered.insert(sample.target.clone().into_owned());
        }
        let hopeless = !self.answered.contains(sample.target.as_ref());
        let verdict =
            if hopeless { Err(Error::Target(explain::first_failure(url, &sample))) } else { Ok(()) };
        self.samples.push(sample);
        verdict
    }

    /// Everything that was measured.
    pub fn finish(self) -> Vec<Sample> {
        self.progress.finish();
        self.samples
    }
}
