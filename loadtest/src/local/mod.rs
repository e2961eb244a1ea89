//! Measuring the application of this directory: build it, start it, ask it, stop it.

pub(crate) mod announcement;
pub(crate) mod application;
pub mod artefact;
pub(crate) mod build;
pub(crate) mod last_words;
mod launch;

use std::path::PathBuf;

use host::Manifest;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::args::MeasureArgs;
use crate::error::Error;
use crate::plan::Plan;
use crate::probe::Probe;
use crate::recorder::Recorder;
use crate::rounds::unless_kept;
use crate::sample::Phase;
use crate::scenario::{Ended, Scenario};
use crate::target::{RequestTemplate, Target};
use crate::usage;

use application::{Applications, Route};
pub use build::bring_up_to_date;
pub use launch::{HostKind, Launcher, Running};

/// The applications here, built, with a probe for each of their routes.
pub struct Local {
    /// What is here but is not measured, and why.
    pub skipped: Vec<String>,
    launchers: Vec<Launcher>,
    routes: Vec<Route>,
    /// In the order of the routes.
    probes: Vec<Probe>,
}

impl Local {
    /// Finds and builds what is to be measured.
    ///
    /// # Errors
    ///
    /// When there is nothing to measure, or it cannot be built or served.
    pub async fn prepare(
        args: &MeasureArgs,
        host: HostKind,
        plan: &Plan,
        template: &RequestTemplate,
        epoch: std::time::Instant,
        cancel: &CancellationToken,
    ) -> Result<Self, Error> {
        let manifests = manifests(&args.manifests)?
            .iter()
            .map(|path| Manifest::load(path))
            .collect::<Result<Vec<_>, _>>()?;
        cancel.run_until_cancelled(build::all(&manifests)).await.ok_or(Error::Interrupted)??;
        let Applications { launchers, routes, mut skipped } = Applications::of(manifests, &host, &args.path);
        if routes.is_empty() {
            let why = skipped.first().map_or("name another manifest with --from", String::as_str);
            return Err(Error::Usage(format!("there is nothing here that could be measured: {why}")));
        }
        if plan.startup_samples > 0 {
            skipped.extend(routes.iter().filter_map(|route| route.shares_start.clone()));
        }
        let probe = |route: &Route| {
            // It moves to the real address when there is one.
            let target = Target::new(&route.name, &format!("http://127.0.0.1{}", route.path))?;
            Probe::new(target, template.clone(), plan.timeout, epoch)
        };
        let probes = routes.iter().map(probe).collect::<Result<_, _>>()?;
        Ok(Self { skipped, launchers, routes, probes })
    }

    /// Start-ups; then all is started that is to be asked, and the targets are where it serves. `None` if the user ended that.
    ///
    /// # Errors
    ///
    /// When a host does not start, or the recorder's.
    pub async fn start(
        &mut self,
        scenario: &mut Scenario<'_>,
        plan: &Plan,
        recorder: &mut Recorder,
        cancel: &CancellationToken,
    ) -> Result<Option<Vec<Running>>, Error> {
        for probe in &mut self.probes {
            recorder.remind(probe);
        }
        let starts = async {
            self.startups(scenario, plan.startup_samples, recorder).await?;
            self.start_all().await
        };
        // A host that is starting or was just started ends as it is dropped.
        cancel.run_until_cancelled(starts).await.transpose()
    }

    /// Cold and warm samples of every route, of what was started for them.
    ///
    /// # Errors
    ///
    /// The recorder's.
    pub async fn ask(
        &mut self,
        running: Vec<Running>,
        scenario: &mut Scenario<'_>,
        recorder: &mut Recorder,
    ) -> Result<Ended, Error> {
        let ended = scenario.cold_and_warm(&mut self.probes, Some(Instant::now()), recorder).await;
        stop_all(running).await;
        ended
    }

    /// The targets, where they were last served.
    pub fn targets(&self) -> Vec<Target> {
        self.probes.iter().map(|probe| probe.target().clone()).collect()
    }

    /// So many start-ups of each component, alone in its process.
    async fn startups(
        &mut self,
        scenario: &mut Scenario<'_>,
        samples: usize,
        recorder: &mut Recorder,
    ) -> Result<(), Error> {
        let started: Vec<_> =
            (0..self.routes.len()).filter(|index| self.routes[*index].shares_start.is_none()).collect();
        let names: Vec<_> = started.iter().map(|index| self.routes[*index].name.clone()).collect();
        recorder.begin(Phase::Startup, samples, started.len());
        let kept = recorder.resume(Phase::Startup, &names, |_| 1)?;
        if samples > kept {
            // The first start may compile, and is not timed.
            for index in &started {
                self.start_for(*index).await?.stop().await;
            }
        }
        for round in 0..samples {
            if recorder.knows_enough(scenario.plan(), Phase::Startup, round, &names) {
                break;
            }
            let order = scenario.order(started.len());
            for turn in unless_kept(order, round < kept) {
                let running = self.start_for(started[turn]).await?;
                let probe = &mut self.probes[started[turn]];
                let sample = probe.startup(running.started).await;
                running.stop().await;
                recorder.record(probe.target().url.as_str(), sample.in_round(round))?;
            }
        }
        Ok(())
    }

    /// Starts the component that probe `index` asks, and moves the probe there.
    async fn start_for(&mut self, index: usize) -> Result<Running, Error> {
        let route = &self.routes[index];
        let running = self.launchers[route.launcher].start_only(&route.component).await?;
        self.probes[index].move_to(running.url(&route.path)?)?;
        Ok(running)
    }

    /// Starts every application, and moves every probe there.
    async fn start_all(&mut self) -> Result<Vec<Running>, Error> {
        let mut all = Vec::new();
        for launcher in &self.launchers {
            all.push(launcher.start().await?);
        }
        for (probe, route) in self.probes.iter_mut().zip(&self.routes) {
            probe.move_to(all[route.launcher].url(&route.path)?)?;
        }
        Ok(all)
    }
}

async fn stop_all(running: Vec<Running>) {
    for running in running {
        running.stop().await;
    }
}

/// The manifests asked for, or those of this directory.
pub(crate) fn manifests(asked: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    asked.iter().try_for_each(|path| usage::check_manifest(path))?;
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let here: Vec<PathBuf> =
        ["spin.toml", "spin-p3.toml"].map(PathBuf::from).into_iter().filter(|p| p.exists()).collect();
    if here.is_empty() {
        return Err(Error::Usage(
            "there is no spin.toml here: go where one is, name one with --from, or measure a URL with --url"
                .into(),
        ));
    }
    Ok(here)
}
