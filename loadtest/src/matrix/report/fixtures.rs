//! Reports for tests, computed as those of a run are.

use super::lab::Lab;
use super::rounds::Rounds;
use super::{
    Cell, MatrixReport, MemoryReport, PartReport, ReportKind, Row, Spread, answers, tables, unmeasured,
};
use crate::matrix::measured::{Figure, Measured, When};
use crate::matrix::packaging::{Caches, Code, Compiled, Kind, Part};
use crate::matrix::plan::MatrixPlan;
use crate::report::{PhaseReport, fixtures};
use crate::sample::{Outcome, Phase, Sample};
use crate::server::memory::Memory;
use crate::stats::Observation;
use crate::target::RequestTemplate;

/// So many rounds around a value.
fn around(center: f64, count: u32) -> Vec<Observation> {
    let value = |round: u32| Observation { value: center * (1.0 + f64::from(round * 7 % 20) / 100.0), round };
    (0..count).map(value).collect()
}

/// The same, as it is reported.
pub fn spread(center: f64, count: u32) -> Spread {
    Spread::of(&around(center, count), 1).unwrap()
}

fn memory(bytes: u64) -> Cell<MemoryReport> {
    let consists_of =
        Memory { pss: bytes, anonymous_pss: bytes / 2, executable_pss: bytes / 4, ..Memory::default() };
    Cell::Value(MemoryReport { pss_bytes: spread(bytes as f64, 20), consists_of, note: None })
}

/// Of twenty rounds, by what is reported of them: none where there is no median.
fn measured(row: &Row) -> Measured {
    let mut measured = Measured::default();
    let times = [(Figure::Once(Caches::Warm), &row.once_us), (Figure::Start(Caches::Warm), &row.start_us)];
    let memory = [(When::Idle, &row.memory_idle), (When::Loaded, &row.memory_loaded)];
    let memory =
        memory.map(|(when, cell)| (Figure::Memory(when), cell.map(|report| report.pss_bytes.clone())));
    for (figure, cell) in times.map(|(figure, cell)| (figure, cell.clone())).into_iter().chain(memory) {
        let least = cell.value().and_then(|spread| spread.distribution.min);
        measured.series.insert(figure, least.map_or(Vec::new(), |least| around(least, 20)));
    }
    measured
}

/// Measured in twenty rounds; the larger the number, the slower.
pub fn row(name: &str, n: u64) -> Row {
    let us = 1000.0 * n as f64;
    let part = |part, us| PartReport { part, what: "x".into(), difference_us: spread(us, 20) };
    Row {
        name: name.into(),
        kind: Kind { code: Code::Native, container: false, remote: false, compiled: Compiled::Before },
        client: None,
        by: Some("the kernel".into()),
        missing: None,
        failed: None,
        artefact_bytes: Cell::Value(60_000 * n),
        image_compressed_bytes: Cell::Withheld("it is no image".into()),
        image_unpacked_bytes: Cell::Withheld("it is no image".into()),
        runtime_bytes: Cell::Value(0),
        base_image: Cell::Withheld("it is no image".into()),
        server: Cell::Value(true),
        no_once: None,
        no_server: None,
        once_us: Cell::Value(spread(us, 20)),
        once_cold_caches_us: Cell::Withheld("it is compiled before".into()),
        parts: vec![
            part(Part::Process, us / 4.0),
            part(Part::Network, -us / 50.0),
            part(Part::Program, 3.0 * us / 4.0),
        ],
        start_us: Cell::Value(spread(2.0 * us, 20)),
        start_cold_caches_us: Cell::Withheld("it is compiled before".into()),
        requests: vec![],
        no_requests: None,
        throughput: Cell::Value(spread(500.0, 20)),
        failed_under_load: 0,
        memory_idle: memory(1_000_000 * n),
        memory_loaded: memory(3_000_000 * n),
    }
}

/// Of these rows, as a run computes it.
pub fn report(rows: Vec<Row>) -> MatrixReport {
    let plan = MatrixPlan {
        rounds: 20,
        burst: std::time::Duration::from_millis(300),
        connections: 8,
        only: vec![],
        skip: vec![],
        requests: fixtures::plan(),
        template: RequestTemplate::default(),
        elsewhere: vec![],
        manifests: vec![],
        path: "/".into(),
    };
    let measured: Vec<Measured> = rows.iter().map(measured).collect();
    let rounds = Rounds { asked: 20, taken: Some(20), interrupted: false };
    let lab = Lab::of(&rows, &measured.iter().collect::<Vec<_>>(), &rounds, 1);
    MatrixReport {
        schema_version: 1,
        kind: ReportKind::Matrix,
        interrupted: false,
        rounds_taken: Some(20),
        spawn_us: Cell::Value(spread(500.0, 20)),
        spawned: Some("`true`".into()),
        unmeasured: unmeasured::of(&rows),
        answers: answers::of(&lab, &rows),
        same_file: Vec::new(),
        notes: tables::notes(&rounds, &rows),
        plan,
        environment: fixtures::here(),
        rows,
        lab,
    }
}

/// A faster one and a slower one.
pub fn two() -> MatrixReport {
    report(vec![row("native", 1), row("wasm", 3)])
}

/// The lab's two: a native program and a Wasm one, each in a container, of which the Wasm one is smaller, and slower under
/// the same client; with requests, of which some took too long.
pub fn lab() -> MatrixReport {
    let container = |name: &str, n: u64, code, client: &str| {
        let mut row = row(name, n);
        row.kind = Kind { code, container: true, remote: false, compiled: Compiled::Before };
        row.client = Some(client.into());
        row.base_image = Cell::Value("scratch".into());
        row.requests = requests();
        row
    };
    let mut rows = vec![
        container("docker", 4, Code::Native, "docker"),
        container("ctr", 2, Code::Native, "ctr"),
        container("ctr wasm", 3, Code::Wasm, "ctr"),
    ];
    for (row, bytes) in rows.iter_mut().zip([400_000, 400_000, 44_000]) {
        row.image_compressed_bytes = Cell::Value(bytes);
        row.image_unpacked_bytes = Cell::Value(2 * bytes);
    }
    rows[2].kind.compiled = Compiled::Cached("a cache".into());
    rows[2].no_server = Some("a command has no sockets".into());
    rows[2].runtime_bytes = Cell::Withheld("it is not counted".into());
    rows[2].server = Cell::Value(false);
    rows[2].start_us = Cell::Withheld("a command has no sockets".into());
    report(rows)
}

/// Of a packaging that did not always answer.
fn requests() -> Vec<PhaseReport> {
    let mut samples = vec![fixtures::sample("a", Phase::Cold, 1000); 30];
    samples.resize(45, Sample { outcome: Outcome::Timeout, ..fixtures::sample("a", Phase::Cold, 9_000_000) });
    samples.extend(vec![fixtures::sample("a", Phase::Warm, 100); 40]);
    fixtures::report(&samples).targets.swap_remove(0).phases
}
