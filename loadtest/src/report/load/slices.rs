//! How a load went as time went on: equal parts of it, each by itself.

use serde::{Deserialize, Serialize};

use super::figures::distribution;
use crate::load::Stage;
use crate::load::pacer::{SLICES, Until};
use crate::report::Distribution;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SliceReport {
    /// From when on its requests were due, in microseconds since the load began, and until when; `null` in a closed loop
    /// of so many requests, whose parts are equal in requests and not in time.
    pub between_us: Option<[f64; 2]>,
    /// Its place among all parts, in order, from 0.
    pub place: usize,
    pub ok: u64,
    /// Requests that were not.
    #[serde(default)]
    pub failed: u64,
    /// Of those that were ok, and of requests that timed out or were not sent in time.
    pub latency_us: Distribution,
}

pub fn of(stage: &Stage, seed: u64) -> Vec<SliceReport> {
    let slices = stage.tally.latency().iter().zip(stage.tally.failed).enumerate();
    let begun = slices.filter(|(_, (slice, failed))| slice.count() + slice.censored() + failed > 0);
    begun
        .map(|(place, (slice, failed))| SliceReport {
            between_us: between(stage, place),
            place,
            ok: slice.count(),
            failed,
            latency_us: distribution(std::slice::from_ref(slice), seed),
        })
        .collect()
}

fn between(stage: &Stage, place: usize) -> Option<[f64; 2]> {
    let whole = match (stage.pace.until, stage.pace.rate) {
        (Until::Elapsed(end), _) => end.as_secs_f64(),
        (Until::Sent(n), Some(rate)) => n as f64 / rate,
        (Until::Sent(_), None) => return None,
    };
    // One that was cut short was that long.
    let at = |place: usize| (whole * place as f64 / SLICES as f64).min(stage.period.as_secs_f64()) * 1e6;
    Some([at(place), at(place + 1)].map(f64::round))
}
