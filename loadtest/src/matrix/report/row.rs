//! What was found of a packaging.

use serde::{Deserialize, Serialize};

use super::figures::{Cell, NOT_REACHED, Spread};
use super::parts::{self, PartReport};
use crate::matrix::bench::Contender;
use crate::matrix::measured::{Figure, Measured, When};
use crate::matrix::packaging::{Caches, Compiled, Kind, Missing, Why};
use crate::matrix::plan::MatrixPlan;
use crate::report::{PhaseReport, summary};
use crate::sample::{Phase, Sample};
use crate::server::memory::Memory;

/// What was found of a packaging.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: Kind,
    /// The command that the user calls.
    pub client: Option<String>,
    /// What runs it here, with its version.
    pub by: Option<String>,
    /// What this machine lacks for it, if it does.
    pub missing: Option<Missing>,
    /// Why it could not be prepared, if it could not.
    pub failed: Option<Why>,
    /// The program's own file.
    pub artefact_bytes: Cell<u64>,
    /// The image's layers as they are stored and sent.
    pub image_compressed_bytes: Cell<u64>,
    /// The image's layers unpacked.
    pub image_unpacked_bytes: Cell<u64>,
    /// The file of the runtime that it needs beside it; 0 if it needs none. Withheld in older files.
    #[serde(default = "not_looked_at")]
    pub runtime_bytes: Cell<u64>,
    /// What the image is made upon.
    pub base_image: Cell<String>,
    /// Whether it serves HTTP.
    pub server: Cell<bool>,
    /// Why it does not, if it does not.
    pub no_server: Option<Why>,
    /// Why it is no command that runs once, if it is none. Older files do not tell that from one that failed.
    #[serde(default = "not_told")]
    pub no_once: Option<Why>,
    /// `MODE=once`, from its spawn to its end, with caches as the time before left them.
    pub once_us: Cell<Spread>,
    /// The same, compiling anew.
    pub once_cold_caches_us: Cell<Spread>,
    /// What `once_us` and `once_cold_caches_us` consist of.
    pub parts: Vec<PartReport>,
    /// From the spawn of what serves to its first correct answer, with caches as the time before left them.
    pub start_us: Cell<Spread>,
    /// The same, compiling anew.
    pub start_cold_caches_us: Cell<Spread>,
    /// Requests one after the other, by phase.
    pub requests: Vec<PhaseReport>,
    /// Why there are none.
    pub no_requests: Option<Why>,
    /// Ok answers a second, as fast as it answers.
    pub throughput: Cell<Spread>,
    /// Requests under that load that were not ok.
    pub failed_under_load: usize,
    /// After the first answer.
    pub memory_idle: Cell<MemoryReport>,
    /// After a load.
    pub memory_loaded: Cell<MemoryReport>,
}

/// The memory of what serves, a process or more of its own for every round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemoryReport {
    /// Proportional set size.
    pub pss_bytes: Spread,
    /// What it consists of, in the round whose PSS is the median.
    pub consists_of: Memory,
    /// What is in it, or is not, that is not obvious.
    pub note: Option<String>,
}

impl Row {
    /// Of what was found and measured.
    pub(super) fn of(contender: &Contender, floor: &Measured, samples: &[Sample], plan: &MatrixPlan) -> Self {
        let (packaging, measured) = (&contender.packaging, &contender.measured);
        let seed = plan.requests.seed;
        let missing = contender.found.as_ref().err().cloned();
        let failed = contender.sizes.as_ref().err().filter(|_| missing.is_none()).cloned();
        let out = missing.as_ref().map(|missing| missing.what.clone()).or_else(|| failed.clone());
        let figure = |figure| match &out {
            Some(why) => Cell::Withheld(why.clone()),
            None => Cell::of(measured, figure, seed),
        };
        let cold = |cold| match packaging.kind().compiled {
            Compiled::Cached(_) => figure(cold),
            Compiled::Before => Cell::Withheld("it is compiled before".into()),
            Compiled::EveryStart => Cell::Withheld("it compiles at every start".into()),
            Compiled::Unknown => Cell::Withheld("its caches are not known".into()),
        };
        let sizes = contender.sizes.clone();
        let size = |of: fn(super::super::packaging::Sizes) -> Result<u64, Why>| -> Cell<u64> {
            match &out {
                Some(why) => Cell::Withheld(why.clone()),
                None => sizes.clone().and_then(of).into(),
            }
        };
        let requests = summary::phases(packaging.name(), samples, &plan.requests);
        Self {
            name: packaging.name().to_owned(),
            kind: packaging.kind(),
            client: packaging.client().map(str::to_owned),
            by: contender.found.as_ref().ok().map(|found| found.by.clone()),
            artefact_bytes: size(|sizes| sizes.artefact),
            image_compressed_bytes: size(|sizes| sizes.image_compressed),
            image_unpacked_bytes: size(|sizes| sizes.image_unpacked),
            runtime_bytes: size(|sizes| sizes.runtime),
            base_image: match &out {
                Some(why) => Cell::Withheld(why.clone()),
                None => sizes.clone().and_then(|sizes| sizes.base).into(),
            },
            server: server(measured, packaging.kind().remote, &requests, out.as_deref()),
            no_once: measured.no_once.clone(),
            no_server: measured.no_server.clone(),
            once_us: figure(Figure::Once(Caches::Warm)),
            once_cold_caches_us: cold(Figure::Once(Caches::Cold)),
            parts: parts::of(measured, floor, seed),
            start_us: figure(Figure::Start(Caches::Warm)),
            start_cold_caches_us: cold(Figure::Start(Caches::Cold)),
            requests,
            no_requests: measured.why.get(&Figure::Requests).cloned().or_else(|| out.clone()),
            throughput: figure(Figure::Throughput),
            failed_under_load: measured.failed_under_load,
            memory_idle: memory(measured, When::Idle, figure(Figure::Memory(When::Idle))),
            memory_loaded: memory(measured, When::Loaded, figure(Figure::Memory(When::Loaded))),
            missing,
            failed,
        }
    }

    /// Its requests in that phase, if there were any.
    pub fn phase(&self, phase: Phase) -> Option<&PhaseReport> {
        self.requests.iter().find(|report| report.phase == phase)
    }

    /// Whether a median of its rounds has no 95 % interval.
    pub fn lacks_an_interval(&self) -> bool {
        let times = [
            &self.once_us,
            &self.once_cold_caches_us,
            &self.start_us,
            &self.start_cold_caches_us,
            &self.throughput,
        ];
        let memory = [&self.memory_idle, &self.memory_loaded].into_iter().filter_map(Cell::value);
        let parts = self.parts.iter().map(|part| &part.difference_us);
        let series = times.into_iter().filter_map(Cell::value).chain(memory.map(|memory| &memory.pss_bytes));
        series.chain(parts).any(|spread| spread.distribution.lacks_interval())
    }

    /// Whether anything was measured of it.
    pub fn has_figures(&self) -> bool {
        self.once_us.value().is_some()
            || self.start_us.value().is_some()
            || self.requests.iter().any(|phase| phase.counted > 0)
    }
}

fn not_looked_at() -> Cell<u64> {
    Cell::Withheld(NOT_REACHED.into())
}

fn not_told() -> Option<Why> {
    Some("it is not told".into())
}

fn server(measured: &Measured, remote: bool, requests: &[PhaseReport], out: Option<&str>) -> Cell<bool> {
    let answered =
        !measured.of(Figure::Start(Caches::Warm)).is_empty() || requests.iter().any(|p| p.counted > 0);
    match (out, &measured.no_server) {
        (Some(why), _) => Cell::Withheld(why.to_owned()),
        (None, _) if answered => Cell::Value(true),
        (None, Some(_)) if !remote => Cell::Value(false),
        (None, _) => {
            let why = [Figure::Requests, Figure::Start(Caches::Warm)];
            let why = why.iter().find_map(|figure| measured.why.get(figure));
            Cell::Withheld(why.map_or_else(|| NOT_REACHED.into(), Clone::clone))
        }
    }
}

fn memory(measured: &Measured, when: When, pss: Cell<Spread>) -> Cell<MemoryReport> {
    let mut seen = measured.memory.get(&when).cloned().unwrap_or_default();
    seen.sort_by_key(|memory| memory.pss);
    pss.map(|pss_bytes| MemoryReport {
        pss_bytes: pss_bytes.clone(),
        consists_of: seen.get(seen.len().saturating_sub(1) / 2).copied().unwrap_or_default(),
        note: measured.memory_note.clone(),
    })
}
