//! From arguments to a report: plan, samples, statistics, output.

use std::process::ExitCode;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::args::{CommonArgs, CompareArgs, MeasureArgs};
use crate::environment::Environment;
use crate::error::Error;
use crate::floor;
use crate::interrupt;
use crate::output::Output;
use crate::plan::Plan;
use crate::probe::Probe;
use crate::progress::Progress;
use crate::recorder::Recorder;
use crate::report::{self, Report};
use crate::sample_log::SampleLog;
use crate::scenario::{Ended, Scenario};
use crate::target::{RequestTemplate, Target};
use crate::usage;

/// The exit code of an interrupted measurement, as a shell tells SIGINT.
const INTERRUPTED: u8 = 130;
/// The exit code when the target gave no usable answer.
const NO_ANSWER: u8 = 3;

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
    let remote = url(args).map(|url| Target::new("target", &url)).transpose()?;
    let plan = if remote.is_some() { plan.without_startups() } else { plan };
    let mut session = Session::open(&args.common, plan, template)?;
    let ended = match remote {
        None => session.measure_here(args).await,
        Some(target) => match session.measure_urls(vec![target]).await {
            Ok(Ended::Completely) if args.course => session.measure_here(args).await,
            ended => ended,
        },
    };
    session.finish(ended)
}

/// The URL to measure. `SPIN_URL` counts where nothing else was asked for; clap would let it conflict with that.
fn url(args: &MeasureArgs) -> Option<String> {
    let from_environment = || std::env::var("SPIN_URL").ok().filter(|url| !url.is_empty());
    // The lab's loop measures here as well, whatever is said of that.
    let here =
        args.local || !args.manifests.is_empty() || !args.course && usage::said_of_here(args).is_some();
    args.url.clone().or_else(|| if here { None } else { from_environment() })
}

/// Measures several URLs in turn.
///
/// # Errors
///
/// See [`Error`].
pub async fn compare(args: &CompareArgs) -> Result<ExitCode, Error> {
    let (plan, template) = Plan::new(&args.common)?;
    usage::check_waits(&args.common, &plan)?;
    let targets = args.targets.iter().map(|target| Target::parse(target)).collect::<Result<Vec<_>, _>>()?;
    for (index, target) in targets.iter().enumerate() {
        if targets[..index].iter().any(|earlier| earlier.name == target.name) {
            return Err(Error::Usage(format!(
                "two targets are named {:?}: give each a name of its own",
                target.name
            )));
        }
    }
    let mut session = Session::open(&args.common, plan.without_startups(), template)?;
    let ended = session.measure_urls(targets).await;
    session.finish(ended)
}

/// A measurement under way.
struct Session {
    plan: Plan,
    template: RequestTemplate,
    output: Output,
    recorder: Recorder,
    cancel: CancellationToken,
    epoch: Instant,
    environment: Environment,
    targets: Vec<Target>,
}

impl Session {
    /// Opens every file that will be written, before anything is measured.
    fn open(args: &CommonArgs, plan: Plan, template: RequestTemplate) -> Result<Self, Error> {
        let output = Output::open(args)?;
        let log = args.samples.as_deref().map(SampleLog::create).transpose()?;
        Ok(Self {
            plan,
            template,
            output,
            recorder: Recorder::new(log, Progress::new(args.quiet)),
            cancel: interrupt::token(),
            epoch: Instant::now(),
            environment: Environment::here(None),
            targets: Vec::new(),
        })
    }

    async fn measure_urls(&mut self, targets: Vec<Target>) -> Result<Ended, Error> {
        let probe = |target: &Target| {
            Probe::new(target.clone(), self.template.clone(), self.plan.timeout, self.epoch)
        };
        self.environment.floor = floor::measure().await;
        let mut probes = targets.iter().map(probe).collect::<Result<Vec<_>, _>>()?;
        self.targets.extend(targets);
        let mut scenario = Scenario::new(&self.plan, &self.cancel);
        scenario.cold_and_warm(&mut probes, None, &mut self.recorder).await
    }

    #[cfg(feature = "serve")]
    async fn measure_here(&mut self, args: &MeasureArgs) -> Result<Ended, Error> {
        use crate::local::{HostKind, Local};
        let host = HostKind::choose(args.host).await?;
        self.environment.host = Some(host.description());
        self.environment.floor = floor::measure().await;
        let mut local =
            Local::prepare(args, host, &self.plan, &self.template, self.epoch, &self.cancel).await?;
        self.environment.skipped = local.skipped.clone();
        let mut scenario = Scenario::new(&self.plan, &self.cancel);
        let ended = local.measure(&mut scenario, &self.plan, &mut self.recorder, &self.cancel).await;
        self.targets.extend(local.targets());
        ended
    }

    #[cfg(not(feature = "serve"))]
    async fn measure_here(&mut self, _: &MeasureArgs) -> Result<Ended, Error> {
        Err(Error::Usage(
            "this is the slim client, which serves nothing itself: measure a URL with --url".into(),
        ))
    }

    /// Reports whatever was measured, also where something went wrong after that.
    fn finish(self, ended: Result<Ended, Error>) -> Result<ExitCode, Error> {
        let samples = self.recorder.finish();
        let nothing = !samples.iter().any(|sample| sample.outcome.is_ok());
        match ended {
            Ok(Ended::Interrupted) if nothing => return Err(Error::Interrupted),
            Err(e) if nothing => return Err(e),
            _ => {}
        }
        let interrupted = !matches!(ended, Ok(Ended::Completely));
        let report = report::build(&self.plan, self.environment, &self.targets, &samples, interrupted);
        self.output.write(&report)?;
        ended.map(|_| exit_code(&report))
    }
}

fn exit_code(report: &Report) -> ExitCode {
    if report.interrupted {
        ExitCode::from(INTERRUPTED)
    } else if report.has_figures() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NO_ANSWER)
    }
}
