//! What a person sees while it measures, on standard error where that is a terminal.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::sample::{Phase, Sample};

/// A bar for the phase under way.
pub struct Progress {
    bar: ProgressBar,
    failures: usize,
}

impl Progress {
    /// On standard error if that is a terminal, and not `quiet`.
    pub fn new(quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { bar: ProgressBar::with_draw_target(None, target), failures: 0 }
    }

    /// Announces `total` samples of a phase.
    pub fn begin(&mut self, phase: Phase, total: usize) {
        let style = ProgressStyle::with_template("{prefix:>8} {bar:30} {pos}/{len} {eta:>4} {msg}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_prefix(phase.name());
        self.bar.reset();
        self.bar.set_length(total as u64);
    }

    /// Shows a sample.
    pub fn advance(&mut self, sample: &Sample) {
        if sample.phase == Phase::WarmUp {
            return;
        }
        self.failures += usize::from(!sample.outcome.is_ok());
        let last = Duration::from_nanos(sample.service_ns());
        let failures: Cow<str> = match self.failures {
            0 => "".into(),
            n => format!(", {n} failed").into(),
        };
        self.bar.set_message(format!("{} {last:.2?}{failures}", sample.target));
        self.bar.inc(1);
    }

    /// Shows that so many are there already.
    pub fn skip(&mut self, samples: usize) {
        self.bar.inc(samples as u64);
    }

    /// Shows which share of a load is over, and how many requests it took; `rate` of them a second are asked for.
    pub fn load(&mut self, share: f64, requests: u64, rate: Option<f64>) {
        let style = ProgressStyle::with_template("{prefix:>8} {bar:30} {msg}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_prefix(Phase::Load.name());
        self.bar.set_length(100);
        self.bar.set_position((share * 100.0).min(100.0) as u64);
        let rate = rate.map_or(String::new(), |rate| format!(" at {rate:.0}/s"));
        self.bar.set_message(format!("{requests} requests{rate}"));
    }

    /// Leaves the terminal as it was.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
