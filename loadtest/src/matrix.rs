//! Every packaging that this machine can run, in one table: arguments → plan → packagings → the same rounds as everywhere.

use std::process::ExitCode;

use crate::args::MatrixArgs;
use crate::error::Error;
use crate::experiment::{Ended, Terms};
use crate::left_over;
use crate::local;
use crate::owner;
use crate::packaging::artefacts::Artefacts;
use crate::packaging::{self, Missing, Packaging, Prepared, Shared, Shipped};
use crate::participant::{Launch, Participant};
use crate::plan::{Burst, Plan};
use crate::session::Session;
use crate::target::Target;

/// Warm requests of a packaging in a round.
const WARM: usize = 20;

/// Measures every packaging that this machine can run, and what is served already.
///
/// # Errors
///
/// See [`Error`]. What is wrong with one packaging is in the report.
pub async fn matrix(args: &MatrixArgs) -> Result<ExitCode, Error> {
    let common = args.common();
    let (plan, template) = Plan::new(&common)?;
    if args.connections == 0 || args.burst.is_zero() {
        return Err(Error::Usage("-c 0 and -z 0s load nothing: ask for more, like -c 8 -z 300ms".into()));
    }
    let plan = Plan {
        once_samples: args.rounds,
        warm_samples: args.rounds * WARM,
        burst: Some(Burst { duration: args.burst, connections: args.connections }),
        ..plan
    };
    let elsewhere = args.urls.iter().map(|url| Target::parse(url)).collect::<Result<Vec<_>, _>>()?;
    let packagings = chosen(args, packaging::all(), &elsewhere)?;
    let manifests = local::manifests(&args.manifests)?;
    let mut session = Session::open(&common, plan, template)?;
    session.stand_by().await;
    left_over::remove_directories().await;
    let dir = tempfile::Builder::new().prefix(&format!("{}-", owner::mark())).tempdir();
    let dir = dir.map_err(|e| Error::Usage(format!("no temporary directory can be made: {e}")))?;
    let ended = async {
        session.pause();
        let building = Artefacts::build(&manifests, &args.path);
        let artefacts = session.cancel().run_until_cancelled(building).await.ok_or(Error::Interrupted)??;
        let path = args.path.to_string();
        let shared = Shared { session: owner::mark(), dir: dir.path().to_owned(), artefacts, path };
        let mut participants = prepared(packagings, &shared, &mut session).await?;
        for target in &elsewhere {
            participants.push(session.url(target)?);
        }
        if participants.is_empty() {
            return Err(Error::Target(session.skipped().join("; ")));
        }
        session.measure(participants, Terms { tolerant: true, ..Terms::default() }).await
    }
    .await;
    if !matches!(ended, Ok(Ended::Completely)) {
        // The client of a daemon may have been ended in the middle of something.
        packaging::remove_all(|name| name.starts_with(&owner::mark())).await;
        left_over::release(dir.path()).await;
    }
    session.finish(ended)
}

/// Those that are asked for.
///
/// # Errors
///
/// When a name is of none of them, two have the same, or none is left.
fn chosen(
    args: &MatrixArgs,
    all: Vec<Box<dyn Packaging>>,
    elsewhere: &[Target],
) -> Result<Vec<Box<dyn Packaging>>, Error> {
    let names: Vec<String> = all.iter().map(|packaging| packaging.name().to_owned()).collect();
    for (flag, parts) in [("--only", &args.only), ("--skip", &args.skip)] {
        if let Some(part) = parts.iter().find(|part| !names.iter().any(|name| is_meant(name, part))) {
            let names = names.join(", ");
            return Err(Error::Usage(format!("{flag} {part} is no packaging: there are {names}")));
        }
    }
    let mut taken = names;
    for target in elsewhere {
        if taken.contains(&target.name) {
            let name = &target.name;
            return Err(Error::Usage(format!("two packagings are named {name:?}: give --url another name")));
        }
        taken.push(target.name.clone());
    }
    let any = |parts: &[String], name: &str| parts.iter().any(|part| is_meant(name, part));
    let is_chosen = |name: &str| (args.only.is_empty() || any(&args.only, name)) && !any(&args.skip, name);
    let chosen: Vec<_> = all.into_iter().filter(|packaging| is_chosen(packaging.name())).collect();
    if chosen.is_empty() && elsewhere.is_empty() {
        return Err(Error::Usage("--only and --skip leave no packaging: leave one out".into()));
    }
    Ok(chosen)
}

/// By a part of its name: "spin" is all that Spin serves.
fn is_meant(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(&part.to_lowercase())
}

/// Those that this machine can run, ready to be started; of the others, the session is told why not.
async fn prepared(
    packagings: Vec<Box<dyn Packaging>>,
    shared: &Shared,
    session: &mut Session,
) -> Result<Vec<Participant>, Error> {
    let mut participants = Vec::new();
    let mut missing: Vec<(String, Vec<String>)> = Vec::new();
    for mut packaging in packagings {
        let ready = async {
            let by =
                packaging.detect().await.map_err(|Missing { what, remedy }| format!("{what}; {remedy}"))?;
            Ok::<_, String>((by, packaging.prepare(shared).await?))
        };
        match session.cancel().run_until_cancelled(ready).await.ok_or(Error::Interrupted)? {
            Ok((by, Prepared { size, path, shipped, written })) => {
                let target = Target {
                    command: Some(written),
                    size_bytes: Some(size),
                    packaging: Some(Shipped { by, ..shipped }),
                    // It moves to the real address when there is one.
                    ..Target::new(packaging.name(), &format!("http://127.0.0.1{path}"))?
                };
                let probe = session.probe(&target)?;
                participants.push(Participant::started(probe, Launch::Packaged(packaging), None));
            }
            Err(why) => {
                let name = packaging.name().to_owned();
                match missing.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, names)) => names.push(name),
                    None => missing.push((why, vec![name])),
                }
                packaging.clean().await;
            }
        }
    }
    for (why, names) in missing {
        session.skip(format!("{}: {why}", names.join(", ")));
    }
    Ok(participants)
}
