//! From arguments to a report: plan, samples, statistics, output.

use std::process::ExitCode;

use crate::apart;
use crate::args::{CompareArgs, MeasureArgs};
use crate::compared;
use crate::error::Error;
use crate::experiment::{Ended, Terms};
use crate::plan::Plan;
use crate::session::Session;
use crate::target::Target;
use crate::usage;

/// Measures a URL, or what is here, or by `--course` both.
///
/// # Errors
///
/// See [`Error`].
pub async fn measure(args: &MeasureArgs) -> Result<ExitCode, Error> {
    let (plan, template) = Plan::new(&args.common)?;
    usage::check_waits(&args.common, &plan)?;
    usage::check_here(args)?;
    let plan = if args.course { plan.course() } else { plan };
    let remote = url(args).map(|url| Target::new(Target::UNNAMED, &url)).transpose()?;
    let remote = match remote {
        Some(target) if args.course => Some(usage::asked_alike(target, &args.path)?),
        remote => remote,
    };
    if remote.is_some() && !args.course {
        usage::check_single(&args.common)?;
    }
    let plan = if remote.is_some() { plan.without_startups() } else { plan };
    let mut session = Session::open(&args.common, plan, template)?;
    let ended = ask(args, remote, &mut session).await;
    session.finish(ended)
}

async fn ask(args: &MeasureArgs, remote: Option<Target>, session: &mut Session) -> Result<Ended, Error> {
    if session.is_complete() {
        return Ok(Ended::Completely);
    }
    let mut participants = Vec::new();
    let is_here = remote.is_none() || args.course;
    if let Some(target) = &remote {
        participants.push(session.url(target)?);
    }
    if is_here {
        participants.extend(compared::here(session, &args.manifests, &args.path, args.host).await?);
    }
    session.measure(participants, Terms { alike: !is_here, ..Terms::default() }).await
}

/// The URL to measure. `SPIN_URL` counts where nothing else was asked for; clap would let it conflict with that.
fn url(args: &MeasureArgs) -> Option<String> {
    let from_environment = || std::env::var("SPIN_URL").ok().filter(|url| !url.is_empty());
    // The lab's loop measures here as well, whatever is said of that.
    let here =
        args.local || !args.manifests.is_empty() || !args.course && usage::said_of_here(args).is_some();
    args.url.clone().or_else(|| if here { None } else { from_environment() })
}

/// Measures several targets in turn, or compares what was saved of them.
///
/// # Errors
///
/// See [`Error`].
pub async fn compare(args: &CompareArgs) -> Result<ExitCode, Error> {
    if let Some(files) = apart::files(args)? {
        return apart::compare(args, files);
    }
    let (plan, template) = Plan::new(&args.common)?;
    usage::check_waits(&args.common, &plan)?;
    let targets = compared::parse(args)?;
    let starts = targets.iter().any(compared::NamedTarget::is_started);
    let plan = if starts { plan } else { plan.without_startups() };
    let mut session = Session::open(&args.common, plan, template)?;
    let ended = compared::measure(args, &targets, &mut session).await;
    session.finish(ended)
}
