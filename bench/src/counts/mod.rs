//! Counts that do not depend on the machine's mood, against those that were accepted.

mod baseline;
mod guest;
mod instructions;

use std::fs;
use std::path::{Path, PathBuf};

use loadtest::error::Error;
use tokio_util::sync::CancellationToken;

use self::baseline::{Baseline, Change, Counts, grouped};
use crate::workspace::{self, Artefacts};

/// Counts everything, prints it, and says whether it is as it was accepted.
///
/// # Errors
///
/// When something cannot be built, counted or written.
pub async fn run(accept: bool, cancel: &CancellationToken) -> Result<bool, Error> {
    let counting = cancel.run_until_cancelled(count());
    let (counts, skipped) = counting.await.ok_or(Error::Interrupted)??;
    let file = workspace::root().join("bench/counts.json");
    let baseline = read(&file)?;
    let width = counts.keys().map(String::len).max().unwrap_or(0);
    for (name, count) in &counts {
        println!("{name:width$}  {:>10}  {}", grouped(*count), verdict(baseline.change(name, *count)));
    }
    skipped.iter().for_each(|skipped| println!("skipped: {skipped}"));
    if accept {
        write(&file, &baseline.accept(&counts))?;
        return Ok(true);
    }
    let complaint = baseline.complaint(&counts);
    complaint.iter().for_each(|complaint| eprintln!("bench: {complaint}"));
    Ok(complaint.is_none())
}

fn verdict(change: Change) -> String {
    match change {
        Change::AsAccepted => "as accepted".into(),
        Change::Better(share) => format!("{:+.1} %: accept it, so that it stays", 100.0 * share),
        Change::Worse(share) => format!("{:+.1} %", 100.0 * share),
        Change::New => "new".into(),
    }
}

/// What was counted, and what could not be, with why.
async fn count() -> Result<(Counts, Vec<String>), Error> {
    workspace::programs(&["loadtest"]).await?;
    let artefacts = workspace::artefacts().await?;
    let mut counts = sizes(&artefacts)?;
    counts
        .extend(fuel(&artefacts).await.map_err(|e| Error::Usage(format!("a guest does not answer: {e:#}")))?);
    if let Some(why) = instructions::missing().await {
        return Ok((counts, vec![format!("instructions a request, since {why}")]));
    }
    let server = instructions::of_server(&artefacts.native).await?;
    counts.insert("instructions a request (callgrind): native server, static".into(), server);
    let client = instructions::of_client(&workspace::program("loadtest")).await?;
    counts.insert("instructions a request (callgrind): loadtest load".into(), client);
    Ok((counts, Vec::new()))
}

fn sizes(artefacts: &Artefacts) -> Result<Counts, Error> {
    let files = [
        ("WAGI module", &artefacts.module),
        ("preview 2 component", &artefacts.preview2),
        ("preview 3 component", &artefacts.preview3),
        ("native, static", &artefacts.native),
    ];
    let size = |(name, path): (&str, &PathBuf)| {
        let bytes =
            path.metadata().map_err(|e| Error::Usage(format!("{} cannot be read: {e}", path.display())))?;
        Ok((format!("bytes: {name}"), bytes.len()))
    };
    files.into_iter().map(size).collect()
}

async fn fuel(artefacts: &Artefacts) -> wasmtime::Result<Counts> {
    let engine = guest::engine()?;
    let [first, further] = guest::preview3(&engine, &artefacts.preview3).await?;
    let counts = [
        ("WAGI, a request", guest::wagi(&engine, &artefacts.module).await?),
        ("preview 2, a request", guest::preview2(&engine, &artefacts.preview2).await?),
        ("preview 3, the first request", first),
        ("preview 3, a further request", further),
    ];
    Ok(counts.into_iter().map(|(name, fuel)| (format!("fuel: {name}"), fuel)).collect())
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
