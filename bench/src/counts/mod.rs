//! Counts that do not depend on the machine's mood, against those that were accepted.

mod baseline;
mod guest;
mod programs;
mod watcher;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use loadtest::error::Error;
use tokio_util::sync::CancellationToken;

use self::baseline::{Baseline, Change, Counts, Row, grouped};
use self::watcher::Watcher;
use crate::machine;
use crate::workspace::{self, Artefacts};

/// Counts everything, prints it, and says whether it is as it was accepted.
///
/// # Errors
///
/// When something cannot be built, counted or written.
pub async fn run(accept: bool, cancel: &CancellationToken) -> Result<bool, Error> {
    let file = workspace::root().join("bench/counts.json");
    let baseline = read(&file)?;
    let counting = cancel.run_until_cancelled(count());
    let (counts, skipped) = counting.await.ok_or(Error::Interrupted)??;
    let compiler = machine::compiler();
    let rows = baseline.rows(&counts, &compiler);
    print!("{}", table(&rows));
    skipped.iter().for_each(|skipped| println!("skipped: {skipped}"));
    if accept {
        write(&file, &baseline.accept(&counts, &compiler))?;
        println!("accepted: {}", file.display());
        return Ok(true);
    }
    baseline.praise(&rows).iter().for_each(|praise| println!("{praise}"));
    let complaint = baseline.complaint(&rows, &compiler);
    complaint.iter().for_each(|complaint| eprintln!("bench: {complaint}"));
    Ok(complaint.is_none())
}

fn table(rows: &[Row]) -> String {
    let width = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let (kinds, names) = (width(|row| row.kind.len()), width(|row| row.name.len()));
    let line = |row: &Row| {
        let Row { kind, name, count, change } = row;
        format!("{kind:kinds$}  {name:names$}  {:>11}  {}\n", grouped(*count), verdict(*change))
    };
    rows.iter().map(line).collect()
}

fn verdict(change: Change) -> String {
    match change {
        Change::AsAccepted => "as accepted".into(),
        Change::Better(share) => format!("better: {:+.1} %", 100.0 * share),
        Change::Worse(share) => format!("worse: {:+.1} %", 100.0 * share),
        Change::New => "new".into(),
    }
}

/// What was counted, and what could not be, with why.
async fn count() -> Result<(Counts, Vec<String>), Error> {
    let artefacts = workspace::artefacts().await?;
    let fuel = fuel(&artefacts).await.map_err(|e| Error::Usage(format!("a guest does not answer: {e:#}")))?;
    let mut counts = Counts::from([("bytes".into(), sizes(&artefacts)?), ("fuel a request".into(), fuel)]);
    let mut skipped = Vec::new();
    let watchers = [(Watcher::Callgrind, "instructions"), (Watcher::Strace, "system calls")];
    for (watcher, what) in watchers {
        let kind = format!("{what} of 1,000 requests");
        match watcher.missing().await {
            Some(why) => skipped.push(format!("{kind}, since {why}")),
            None => {
                eprintln!("counting {kind}");
                counts.insert(kind, watched(watcher).await?);
            }
        }
    }
    Ok((counts, skipped))
}

async fn watched(watcher: Watcher) -> Result<BTreeMap<String, u64>, Error> {
    let mut counts = BTreeMap::new();
    for program in programs::all() {
        let count = program.of_a_thousand(watcher).await?;
        eprintln!("  {}: {}", program.name, grouped(count));
        counts.insert(program.name.to_owned(), count);
    }
    Ok(counts)
}

fn sizes(artefacts: &Artefacts) -> Result<BTreeMap<String, u64>, Error> {
    let files = [
        ("WAGI module", &artefacts.module),
        ("preview 2 component", &artefacts.preview2),
        ("preview 3 component", &artefacts.preview3),
        ("native, static", &artefacts.native),
    ];
    let size = |(name, path): (&str, &PathBuf)| {
        let bytes =
            path.metadata().map_err(|e| Error::Usage(format!("{} cannot be read: {e}", path.display())))?;
        Ok((name.to_owned(), bytes.len()))
    };
    files.into_iter().map(size).collect()
}

async fn fuel(artefacts: &Artefacts) -> wasmtime::Result<BTreeMap<String, u64>> {
    let engine = guest::engine()?;
    let [first, further] = guest::preview3(&engine, &artefacts.preview3).await?;
    let counts = [
        ("WAGI", guest::wagi(&engine, &artefacts.module).await?),
        ("preview 2", guest::preview2(&engine, &artefacts.preview2).await?),
        ("preview 3, the first of an instance", first),
        ("preview 3, a further one", further),
    ];
    Ok(counts.map(|(name, fuel)| (name.to_owned(), fuel)).into())
}

fn read(file: &Path) -> Result<Baseline, Error> {
    let text = fs::read(file).map_err(|e| Error::Usage(format!("{} cannot be read: {e}", file.display())))?;
    serde_json::from_slice(&text)
        .map_err(|e| Error::Usage(format!("{} is no list of counts: {e}", file.display())))
}

fn write(file: &Path, baseline: &Baseline) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(baseline).expect("numbers by name can be written") + "\n";
    crate::results::replace(file, &text)
}
