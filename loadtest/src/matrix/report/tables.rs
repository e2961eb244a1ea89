//! The report as tables: one a theme, each narrow enough for a terminal.

mod lab;

use super::MatrixReport;
use super::figures::{Cell, Spread};
use super::row::{MemoryReport, Row};
use super::same_file;
use crate::matrix::packaging::{Compiled, Part};
use crate::matrix::plan::MatrixPlan;
use crate::report::outline::{Outline, Table, Unit, WITHHELD, machine, own};
pub(super) use crate::report::picture::bytes_of as bytes;
use crate::report::{Contradicting, Distribution, PhaseReport};
use crate::sample::Phase;

/// All of it; `wide` if lines may be longer than a terminal's.
pub fn outline(report: &MatrixReport, wide: bool) -> Outline {
    let rows = &report.rows;
    let measured: Vec<&Row> =
        rows.iter().filter(|row| row.missing.is_none() && row.failed.is_none()).collect();
    let mut tables = vec![lab::table(report, wide), kinds(&measured), sizes(&measured)];
    tables.push(times(ONCE, &measured, |row| &row.once_us, |row| &row.once_cold_caches_us));
    tables.push(parts(&measured));
    tables.push(times(START, &measured, |row| &row.start_us, |row| &row.start_cold_caches_us));
    tables.push(requests("Cold: a request on a new connection", &measured, Phase::Cold));
    tables.push(requests("Warm: one request after the other on one connection", &measured, Phase::Warm));
    tables.push(throughput(&measured));
    tables.push(same_file::table(&report.same_file));
    tables.push(memory(&measured));
    tables.retain(|table| !table.rows.is_empty());
    tables.extend(absent(rows));
    Outline { about: about(report), tables, notes: report.notes.clone() }
}

const ONCE: &str = "MODE=once: from the spawn of the command to its end";
const START: &str = "From the spawn of what serves to its first correct answer";

/// What is to be known of the figures.
pub fn notes(plan: &MatrixPlan, interrupted: bool) -> Vec<String> {
    let mut notes = vec![
        "Caches are warm unless a column says otherwise: compiled code is found where the start before left it. Cold: \
         the cache is switched off, and it compiles."
            .into(),
        "PSS: of each page of memory its share among the processes that map it. Exec.: pages of the executable, for Wasm \
         the runtime's; unshared: those of them that no other process maps now, which a second one of the same program \
         would share. Anon.: heap, stacks, Wasm's own memory, compiled code. Peak: of the control group, where there is \
         one."
            .into(),
        format!(
            "{WITHHELD}: withheld. A percentile needs ten samples above it: a median 20 rounds, which -n asks for; here \
             {}.",
            plan.rounds
        ),
    ];
    if interrupted {
        notes.insert(0, "Interrupted: this is what was measured until then.".into());
    }
    notes
}

fn about(report: &MatrixReport) -> Vec<String> {
    let mut about = vec![machine(&report.environment)];
    let spawned = report.spawn_us.value().and_then(|spread| spread.distribution.p50);
    about.extend(spawned.map(|us| format!("spawning a process that does nothing: {}", time(us))));
    about.extend(report.environment.floor.map(own));
    let plan = &report.plan;
    about.push(format!(
        "loadtest {}, {} rounds, seed {}",
        report.environment.loadtest, plan.rounds, plan.requests.seed
    ));
    about
}

fn kinds(rows: &[&Row]) -> Table {
    let row = |row: &&Row| {
        let by = row.by.clone().unwrap_or_default();
        let compiled = match row.kind.compiled {
            Compiled::Before => "before",
            Compiled::EveryStart => "every start",
            Compiled::Cached(_) => "once, cached",
            Compiled::Unknown => "not known",
        };
        let server = match row.server.value() {
            Some(true) => "yes",
            Some(false) => "no",
            None => WITHHELD,
        };
        let base = row.base_image.value().map_or(WITHHELD, String::as_str);
        vec![row.name.clone(), shortened(&by), base.into(), compiled.into(), server.into()]
    };
    Table {
        title: "What was measured".into(),
        header: header(["", "run by", "base", "compiled", "serves"]),
        rows: rows.iter().map(row).collect(),
        details: rows
            .iter()
            .filter_map(|row| Some(format!("{}: no server, {}", row.name, row.no_server.as_ref()?)))
            .collect(),
    }
}

/// A name and a version, without where they are from.
fn shortened(by: &str) -> String {
    let mut words = by.split(['(', ',']).next().unwrap_or_default().trim().to_owned();
    if words.chars().count() > 28 {
        words = words.chars().take(27).chain(['…']).collect();
    }
    words
}

fn sizes(rows: &[&Row]) -> Table {
    let size = |cell: &Cell<u64>| cell.value().map_or(WITHHELD.into(), |size| bytes(*size as f64));
    let sized =
        |row: &&&Row| row.artefact_bytes.value().is_some() || row.image_compressed_bytes.value().is_some();
    let row = |row: &&Row| {
        vec![
            row.name.clone(),
            size(&row.artefact_bytes),
            size(&row.image_compressed_bytes),
            size(&row.image_unpacked_bytes),
        ]
    };
    Table {
        title: "Sizes".into(),
        header: header(["", "program", "image, compressed", "image, unpacked"]),
        rows: rows.iter().filter(sized).map(row).collect(),
        details: withheld(rows, |row| row.image_compressed_bytes.withheld()),
    }
}

fn times(
    title: &str,
    rows: &[&Row],
    warm: fn(&Row) -> &Cell<Spread>,
    cold: fn(&Row) -> &Cell<Spread>,
) -> Table {
    let known: Vec<&Row> = rows.iter().copied().filter(|row| warm(row).value().is_some()).collect();
    let least = known.iter().filter_map(|row| warm(row).value()?.distribution.min);
    let unit = Unit::for_all(least);
    let p50 = |cell: &Cell<Spread>| cell.value().and_then(|spread| spread.distribution.p50);
    let time = |us: Option<f64>| us.map_or(WITHHELD.into(), |us| unit.format(us));
    let row = |row: &&Row| {
        let spread = warm(row).value();
        let of = |figure: fn(&Distribution) -> Option<f64>| spread.and_then(|s| figure(&s.distribution));
        vec![
            row.name.clone(),
            spread.map_or(0, |spread| spread.samples).to_string(),
            time(of(|d| d.p50)),
            interval(spread.and_then(|s| s.distribution.ci95.p50), |us| unit.format(us)),
            time(of(|d| d.mean)),
            time(of(|d| d.max)),
            time(p50(cold(row))),
        ]
    };
    Table {
        title: format!("{title} (times in {})", unit.name()),
        header: header(["", "n", "p50", "95% CI of p50", "mean", "max", "cold p50"]),
        rows: known.iter().map(row).collect(),
        details: known
            .iter()
            .filter_map(|row| failures(row, warm(row)))
            .chain(withheld(rows, |row| warm(row).withheld()))
            .collect(),
    }
}

fn failures(row: &Row, cell: &Cell<Spread>) -> Option<String> {
    let spread = cell.value()?;
    Some(format!("{}: {} failed, at last: {}", row.name, spread.failed, spread.failure.as_ref()?))
}

fn parts(rows: &[&Row]) -> Table {
    let told = [Part::Process, Part::Client, Part::Runtime, Part::Network, Part::Program, Part::Compile];
    let part = |row: &Row, part| {
        let found = row.parts.iter().find(|report| report.part == part);
        found.and_then(|report| report.difference_us.distribution.p50).map_or(WITHHELD.into(), time)
    };
    let row = |row: &&&Row| std::iter::once(row.name.clone()).chain(told.map(|p| part(row, p))).collect();
    let details = |row: &&Row| {
        let told = row.parts.iter().map(|report| format!("{} = {}", named(report.part), report.what));
        (row.parts.len() > 2).then(|| format!("{}: {}", row.name, told.collect::<Vec<_>>().join("; ")))
    };
    Table {
        title: "What MODE=once consists of: how much longer it takes with that part (p50)".into(),
        header: header(["", "process", "client", "runtime", "network", "program", "compiling"]),
        rows: rows.iter().filter(|row| !row.parts.is_empty()).map(|r| row(&r)).collect(),
        details: rows.iter().filter_map(details).collect(),
    }
}

fn named(part: Part) -> &'static str {
    match part {
        Part::Process => "process",
        Part::Client => "client",
        Part::Runtime => "runtime",
        Part::Network => "network",
        Part::Program => "program",
        Part::Compile => "compiling",
    }
}

fn requests(title: &str, rows: &[&Row], phase: Phase) -> Table {
    let known: Vec<&Row> = rows.iter().copied().filter(|row| row.phase(phase).is_some()).collect();
    let unit = Unit::for_all(known.iter().filter_map(|row| row.phase(phase)?.latency_us.min));
    let time = |us: f64| unit.format(us);
    let doubt = |row: &&Row| {
        let report = row.phase(phase)?;
        let mut told: Vec<String> =
            report.failures.iter().map(|(kind, n)| format!("{n} failed: {kind}")).collect();
        match &report.contradicting {
            Some(_) if report.counted == 0 => {
                told.push(
                    "one instance stays and answers all: of its requests only the connection is new".into(),
                );
            }
            Some(apart) => {
                told.push(format!("{} were told apart, which the evidence speaks against", apart.samples))
            }
            None => {}
        }
        (!told.is_empty()).then(|| format!("{}: {}", row.name, told.join("; ")))
    };
    let row = |row: &&Row| {
        let Some(report) = row.phase(phase) else { return Vec::new() };
        let latency = latency(report);
        let told = |us: Option<f64>| us.map_or(WITHHELD.into(), time);
        let counted = stays(report).map_or(report.counted, |stays| stays.samples);
        let ok = match counted == report.samples {
            true => counted.to_string(),
            false => format!("{counted}/{}", report.samples),
        };
        vec![
            row.name.clone(),
            ok,
            told(latency.p50),
            interval(latency.ci95.p50, time),
            told(latency.p99),
            interval(latency.ci95.p99, time),
        ]
    };
    Table {
        title: format!("{title} (times in {})", unit.name()),
        header: header(["", "ok", "p50", "95% CI of p50", "p99", "95% CI of p99"]),
        rows: known.iter().map(row).collect(),
        details: known
            .iter()
            .filter_map(doubt)
            .chain(withheld(rows, |row| row.no_requests.as_deref()))
            .collect(),
    }
}

/// Of a process that stays, every request meets an instance in use: a new connection is all that is cold.
fn stays(report: &PhaseReport) -> Option<&Contradicting> {
    report.contradicting.as_ref().filter(|_| report.counted == 0)
}

fn latency(report: &PhaseReport) -> &Distribution {
    stays(report).map_or(&report.latency_us, |stays| &stays.latency_us)
}

fn throughput(rows: &[&Row]) -> Table {
    let known = rows.iter().filter(|row| row.throughput.value().is_some());
    let row = |row: &&Row| {
        let spread = row.throughput.value();
        let rate = |rate: f64| format!("{rate:.0}");
        vec![
            row.name.clone(),
            spread.and_then(|s| s.distribution.p50).map_or(WITHHELD.into(), rate),
            interval(spread.and_then(|s| s.distribution.ci95.p50), rate),
            spread.and_then(|s| s.distribution.mean).map_or(WITHHELD.into(), rate),
            row.failed_under_load.to_string(),
        ]
    };
    Table {
        title: "Throughput: ok answers a second, to this client on the same cores".into(),
        header: header(["", "p50", "95% CI of p50", "mean", "failed"]),
        rows: known.map(row).collect(),
        details: withheld(rows, |row| row.throughput.withheld()),
    }
}

fn memory(rows: &[&Row]) -> Table {
    let known = rows.iter().filter(|row| row.memory_idle.value().is_some());
    let row = |row: &&Row| {
        let (idle, loaded) = (row.memory_idle.value(), row.memory_loaded.value());
        let of = |report: Option<&MemoryReport>| {
            report
                .and_then(|r| r.pss_bytes.distribution.p50.or(r.pss_bytes.distribution.mean))
                .map_or(WITHHELD.into(), megabytes)
        };
        let idle_ci = idle.and_then(|report| report.pss_bytes.distribution.ci95.p50);
        let consists = idle.map(|report| report.consists_of).unwrap_or_default();
        let peak = loaded.and_then(|report| report.consists_of.cgroup_peak);
        vec![
            row.name.clone(),
            of(idle),
            interval(idle_ci, megabytes),
            of(loaded),
            megabytes(consists.executable_pss as f64),
            megabytes(consists.executable_private as f64),
            megabytes(consists.anonymous_pss as f64),
            peak.map_or(WITHHELD.into(), |peak| megabytes(peak as f64)),
        ]
    };
    let notes = rows
        .iter()
        .filter_map(|row| Some(format!("{}: {}", row.name, row.memory_idle.value()?.note.as_ref()?)));
    Table {
        title: "Memory of what serves, in MB of PSS; exec. and anon. are parts of idle".into(),
        header: header(["", "idle", "95% CI", "loaded", "exec.", "unshared", "anon.", "peak"]),
        rows: known.map(row).collect(),
        details: withheld(rows, |row| row.memory_idle.withheld()).into_iter().chain(notes).collect(),
    }
}

/// What could not be measured, and what would mend that; `None` if all could.
fn absent(rows: &[Row]) -> Option<Table> {
    let why = |row: &Row| match (&row.missing, &row.failed) {
        (Some(missing), _) => Some(format!("{}: {}; {}", row.name, missing.what, missing.remedy)),
        (None, Some(why)) => Some(format!("{}: {why}", row.name)),
        (None, None) => None,
    };
    let details: Vec<String> = rows.iter().filter_map(why).collect();
    (!details.is_empty()).then(|| Table {
        title: "Not measured here".into(),
        header: header(["packagings", "of"]),
        rows: vec![vec![details.len().to_string(), rows.len().to_string()]],
        details,
    })
}

/// Why there is no figure, once for all that have the same reason.
fn withheld(rows: &[&Row], why: impl Fn(&Row) -> Option<&str>) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in rows {
        let Some(reason) = why(row) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(&row.name),
            None => reasons.push((reason, vec![&row.name])),
        }
    }
    reasons.into_iter().map(|(reason, names)| format!("{WITHHELD} {}: {reason}", names.join(", "))).collect()
}

pub(super) fn header<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

fn interval(bounds: Option<[f64; 2]>, told: impl Fn(f64) -> String) -> String {
    bounds.map_or(WITHHELD.into(), |[low, high]| format!("{}–{}", told(low), told(high)))
}

/// In the unit that suits it.
pub fn time(us: f64) -> String {
    let unit = Unit::for_all(std::iter::once(us.abs()));
    let sign = if us < 0.0 { "−" } else { "" };
    format!("{sign}{} {}", unit.format(us.abs()), unit.name())
}

fn megabytes(bytes: f64) -> String {
    format!("{:.2}", bytes / 1e6)
}
