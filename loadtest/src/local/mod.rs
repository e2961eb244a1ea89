//! Measuring the application of this directory: build it, start it, ask it, stop it.

mod application;
mod build;
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
use crate::sample::Phase;
use crate::scenario::{Ended, Scenario};
use crate::target::{RequestTemplate, Target};

use application::Application;
pub use build::bring_up_to_date;
pub use launch::{HostKind, Launcher, Running};

/// The applications here, built, with a probe for each of their routes.
pub struct Local {
    /// What is here but cannot be measured, and why.
    pub skipped: Vec<String>,
    applications: Vec<Application>,
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
        let manifests =
            manifests(args)?.iter().map(|path| Manifest::load(path)).collect::<Result<Vec<_>, _>>()?;
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Error::Interrupted),
            built = build::all(&manifests) => built?,
        }
        let (applications, skipped) = application::all(manifests, &host, &args.path);
        if applications.is_empty() {
            let why = skipped.first().map_or("name another manifest with --from", String::as_str);
            return Err(Error::Usage(format!("there is nothing here that could be measured: {why}")));
        }
        let probe = |name: &str| {
            // It moves to the real address when there is one.
            let target = Target::new(name, "http://127.0.0.1/")?;
            Probe::new(target, template.clone(), plan.timeout, epoch)
        };
        let probes = applications.iter().flat_map(|app| &app.routes).map(|route| probe(&route.name));
        Ok(Self { probes: probes.collect::<Result<_, _>>()?, applications, skipped })
    }

    /// Start-ups, then cold and warm samples of every route.
    ///
    /// # Errors
    ///
    /// When a host does not start, or the recorder's.
    pub async fn measure(
        &mut self,
        scenario: &mut Scenario<'_>,
        plan: &Plan,
        recorder: &mut Recorder,
        cancel: &CancellationToken,
    ) -> Result<Ended, Error> {
        if plan.startup_samples > 0 {
            // The first start may compile, and is not timed.
            let Some(first) = self.start_all(cancel).await? else { return Ok(Ended::Interrupted) };
            stop_all(first).await;
        }
        if self.startups(scenario, plan, recorder, cancel).await? == Ended::Interrupted {
            return Ok(Ended::Interrupted);
        }
        let Some(running) = self.start_all(cancel).await? else { return Ok(Ended::Interrupted) };
        let ended = scenario.cold_and_warm(&mut self.probes, Some(Instant::now()), recorder).await;
        stop_all(running).await;
        ended
    }

    /// The targets, where they were last served.
    pub fn targets(&self) -> Vec<Target> {
        self.probes.iter().map(|probe| probe.target().clone()).collect()
    }

    async fn startups(
        &mut self,
        scenario: &mut Scenario<'_>,
        plan: &Plan,
        recorder: &mut Recorder,
        cancel: &CancellationToken,
    ) -> Result<Ended, Error> {
        recorder.begin(Phase::Startup, plan.startup_samples * self.probes.len());
        for round in 0..plan.startup_samples {
            for index in scenario.order(self.probes.len()) {
                let Some(running) = self.start_for(index, cancel).await? else {
                    return Ok(Ended::Interrupted);
                };
                let probe = &mut self.probes[index];
                let sample = tokio::select! {
                    biased;
                    () = cancel.cancelled() => return Ok(Ended::Interrupted),
                    sample = probe.startup(running.started) => sample,
                };
                running.stop().await;
                recorder.record(probe.target().url.as_str(), sample.in_round(round))?;
            }
        }
        Ok(Ended::Completely)
    }

    /// Starts the application that probe `index` asks, and moves the probe there.
    async fn start_for(
        &mut self,
        index: usize,
        cancel: &CancellationToken,
    ) -> Result<Option<Running>, Error> {
        let (app, route) = self.route(index);
        let running = tokio::select! {
            biased;
            () = cancel.cancelled() => return Ok(None),
            running = self.applications[app].launcher.start() => running?,
        };
        let path = self.applications[app].routes[route].path.clone();
        self.probes[index].move_to(running.url(&path)?);
        Ok(Some(running))
    }

    /// Starts every application, and moves every probe there.
    async fn start_all(&mut self, cancel: &CancellationToken) -> Result<Option<Vec<Running>>, Error> {
        let mut all = Vec::new();
        for app in &self.applications {
            let running = tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(None),
                running = app.launcher.start() => running?,
            };
            all.push(running);
        }
        for index in 0..self.probes.len() {
            let (app, route) = self.route(index);
            let url = all[app].url(&self.applications[app].routes[route].path)?;
            self.probes[index].move_to(url);
        }
        Ok(Some(all))
    }

    /// Which application's which route the probe `index` asks.
    fn route(&self, index: usize) -> (usize, usize) {
        let of = |(app, application): (usize, &Application)| {
            (0..application.routes.len()).map(move |route| (app, route))
        };
        self.applications.iter().enumerate().flat_map(of).nth(index).expect("there is a probe for each route")
    }
}

async fn stop_all(running: Vec<Running>) {
    for running in running {
        running.stop().await;
    }
}

/// The manifests asked for, or those of this directory.
fn manifests(args: &MeasureArgs) -> Result<Vec<PathBuf>, Error> {
    if !args.manifests.is_empty() {
        return Ok(args.manifests.clone());
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
