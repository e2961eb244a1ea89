//! `loadtest deploy`: the real command, timed; then what it deployed, measured where it is.

mod command;
mod deployment;
mod failure;
mod ready;
mod routes;
mod run;
mod stages;
mod transcript;

use std::process::ExitCode;
use std::time::Duration;

pub use deployment::{Deployment, Version};
pub use ready::{Identity, Proof};
pub use stages::{Readiness, Stage};

use crate::args::DeployArgs;
use crate::error::Error;
use crate::experiment::{Ended, Terms};
use crate::output;
use crate::plan::Plan;
use crate::session::Session;
use crate::target::Target;
use crate::usage;
use command::SpinCommand;
use ready::Known;
use routes::Route;
use run::Deployed;

/// Deploys what is here, and measures it there.
///
/// # Errors
///
/// See [`Error`].
pub async fn deploy(args: &DeployArgs) -> Result<ExitCode, Error> {
    let (plan, template) = Plan::new(&args.common)?;
    usage::check_waits(&args.common, &plan)?;
    if args.common.resume {
        return Err(Error::Usage(
            "--resume would deploy again, and measure that: measure what is there with --url instead".into(),
        ));
    }
    args.manifest.iter().try_for_each(|path| usage::check_manifest(path))?;
    let old = replaced(args)?;
    let command = SpinCommand::of(args).await?;
    if args.dry_run {
        return output::print_line(&command.shell()).map(|()| ExitCode::SUCCESS);
    }
    let mut session = Session::open(&args.common, plan.without_startups(), template)?;
    let ended = deploy_and_measure(&mut session, args, &command, old).await;
    session.finish(ended)
}

fn replaced(args: &DeployArgs) -> Result<Option<Target>, Error> {
    let from_environment = || std::env::var("SPIN_URL").ok().filter(|url| !url.is_empty());
    let url = args.replaces.clone().or_else(from_environment);
    url.map(|url| Target::new("replaced", &url)).transpose()
}

async fn deploy_and_measure(
    session: &mut Session,
    args: &DeployArgs,
    command: &SpinCommand,
    old: Option<Target>,
) -> Result<Ended, Error> {
    let cancel = session.cancel();
    let before = async {
        let old = old?;
        let said = ready::identity(&session.probe(&old).ok()?, &old.url).await?;
        Some((old, said))
    };
    let before = cancel.run_until_cancelled(before).await.ok_or(Error::Interrupted)?;
    let deployed = run::run(command, args.deploy_timeout, !args.common.quiet, &cancel).await?;
    // However it answers, that took as long as it took.
    session.deployed(report(command, &deployed));
    let targets = targets(&routes::routes(&deployed.lines), &args.path)?;
    let same_place = |old: &Target| old.url.origin() == targets[0].url.origin();
    let before = before.filter(|(old, _)| same_place(old)).map(|(_, said)| said);
    let known = Known::new(command.platform, stages::readiness(&deployed.lines), before);
    let answered = answers(session, &targets, &known, args.ready_timeout);
    let answers = cancel.run_until_cancelled(answered).await.ok_or(Error::Interrupted)??;
    session.deployed(known_to_answer(report(command, &deployed), &deployed, &answers, known));
    let participants = targets.iter().map(|target| session.url(target)).collect::<Result<Vec<_>, _>>()?;
    // They were just asked until they answered, and their routes need not answer alike.
    let terms = Terms { asked: Some(tokio::time::Instant::now()), ..Terms::default() };
    session.measure(participants, terms).await
}

fn targets(routes: &[Route], path: &str) -> Result<Vec<Target>, Error> {
    let mut targets: Vec<Target> = Vec::new();
    for route in routes {
        let url = route.asked(path);
        let name = route.component.as_deref().unwrap_or(Target::UNNAMED);
        let is_taken = targets.iter().any(|target| target.name == name);
        let name = if is_taken { format!("{name} {}", url.path()) } else { name.to_owned() };
        if targets.iter().all(|target| target.url != url && target.name != name) {
            targets.push(Target::new(name, url.as_str())?);
        }
    }
    if targets.is_empty() {
        return Err(Error::Target(
            "deployed, but the command printed no URL that is known as one: take it from the platform's page, and \
             measure it with --url"
                .into(),
        ));
    }
    Ok(targets)
}

async fn answers(
    session: &Session,
    targets: &[Target],
    known: &Known,
    limit: Duration,
) -> Result<Vec<ready::Answered>, Error> {
    let mut answers = Vec::new();
    for target in targets {
        answers.push(ready::wait(&mut session.probe(target)?, known, limit).await?);
    }
    Ok(answers)
}

/// Of a command that says that it did it.
fn report(command: &SpinCommand, deployed: &Deployed) -> Deployment {
    Deployment {
        platform: command.platform,
        spin: command.spin.clone(),
        command: command.own_words(),
        passed_on: command.passed_on.len(),
        stages: stages::stages(&deployed.lines, deployed.took),
        readiness: stages::readiness(&deployed.lines),
        command_us: micros(deployed.took),
        answered_us: None,
        requests: 0,
        version: None,
    }
}

fn known_to_answer(
    deployment: Deployment,
    deployed: &Deployed,
    answers: &[ready::Answered],
    known: Known,
) -> Deployment {
    let last = answers.iter().map(|answer| answer.at).max().unwrap_or(deployed.started);
    let first = answers.first();
    Deployment {
        answered_us: Some(micros(last - deployed.started)),
        requests: answers.iter().map(|answer| answer.request).sum(),
        version: Some(Version {
            proof: first.map_or(Proof::Unproven, |answer| answer.proof),
            now: first.and_then(|answer| answer.identity.clone()),
            before: known.before,
        }),
        ..deployment
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
