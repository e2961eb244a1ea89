//! Every packaging that this machine can run, in one table: arguments → plan → rounds of turns → report.
//!
//! A [`packaging`] says which commands run it; the `bench` runs and times them in [`rounds`]; the [`report`] is computed
//! from what it [`measured`], and from samples as everywhere else.

pub mod artefacts;
mod bench;
mod elsewhere;
mod ending;
mod hosted;
pub mod measured;
mod native;
pub mod packaging;
mod packagings;
pub mod plan;
pub mod report;
pub mod rounds;
pub mod runtime;
mod spawned;
mod wasmtime;

use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use self::artefacts::Artefacts;
use self::bench::Bench;
use self::packaging::{Found, Missing, Packaging, Shared};
use self::plan::MatrixPlan;
use crate::args::MatrixArgs;
use crate::container;
use crate::environment::Environment;
use crate::error::Error;
use crate::experiment::Ended;
use crate::floor;
use crate::interrupt;
use crate::left_over;
use crate::output::Output;
use crate::owner;
use crate::progress::Progress;
use crate::recorder::Recorder;
use crate::warden::Warden;

/// Measures every packaging that this machine can run.
///
/// # Errors
///
/// See [`Error`]. What is wrong with one packaging is in its row.
pub async fn matrix(args: &MatrixArgs) -> Result<ExitCode, Error> {
    let plan = MatrixPlan::new(args)?;
    let output = Output::of_matrix(&args.report)?;
    let cancel = interrupt::token();
    ending::announce(&cancel, args.quiet);
    let packagings = plan.chosen(packagings::all(&plan))?;
    let here = Environment::here(None);
    let _warden = Warden::stand_by().await;
    let setting_up = async {
        let artefacts = Artefacts::build(&plan.manifests, &plan.path).await?;
        Ok::<_, Error>((artefacts, detected(packagings).await, floor::measure().await))
    };
    let (artefacts, packagings, floor) =
        cancel.run_until_cancelled(setting_up).await.ok_or(Error::Interrupted)??;
    left_over::remove_directories().await;
    let dir = tempfile::Builder::new().prefix(&format!("{}-", owner::mark())).tempdir();
    let dir = dir.map_err(|e| Error::Usage(format!("no temporary directory can be made: {e}")))?;
    let session = owner::mark();
    let shared = Shared { session, dir: dir.path().to_owned(), artefacts };
    let recorder = Recorder::new(None, Progress::new(args.quiet), plan.requests.timeout);
    let mut bench = Bench::new(packagings, shared, &plan, &cancel, recorder);
    let ended = measure(&mut bench, &plan, &cancel).await;
    bench.clean().await;
    let ended = ended?;
    if ended == Ended::Interrupted {
        // The client of a daemon was ended then, in the middle of something.
        container::remove_all(|name| name.starts_with(&owner::mark())).await;
        left_over::release(dir.path()).await;
    }
    let environment = Environment { floor, ..here };
    let Bench { contenders, floor: spawned, recorder, .. } = bench;
    let interrupted = ended == Ended::Interrupted;
    let report = report::build(&plan, environment, &contenders, &spawned, &recorder.finish(), interrupted);
    if interrupted && !report.has_figures() {
        return Err(Error::Interrupted);
    }
    report::write(&report, output)?;
    Ok(report.exit_code())
}

async fn detected(packagings: Vec<Box<dyn Packaging>>) -> Vec<(Box<dyn Packaging>, Result<Found, Missing>)> {
    let mut detected = Vec::new();
    for mut packaging in packagings {
        let found = packaging.detect().await;
        detected.push((packaging, found));
    }
    detected
}

/// Each by itself in rounds, then requests to all of them.
async fn measure(
    bench: &mut Bench<'_>,
    plan: &MatrixPlan,
    cancel: &CancellationToken,
) -> Result<Ended, Error> {
    match cancel.run_until_cancelled(bench.prepare()).await {
        Some(prepared) => prepared?,
        None => return Ok(Ended::Interrupted),
    }
    match rounds::take(plan.rounds, bench.count(), plan.requests.seed, cancel, bench).await {
        Ended::Interrupted => Ok(Ended::Interrupted),
        Ended::Completely => bench.requests().await,
    }
}
