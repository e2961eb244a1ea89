//! What is done in one go, and what is learnt of it.

use std::time::Duration;

use loadtest::error::Error;
use loadtest::load::pacer::{Pace, Until};
use loadtest::matrix::command_line::CommandLine;
use loadtest::stats::Counted;
use serde_json::Value;

use crate::client::{self, Client};
use crate::peers::Peer;
use crate::recording;
use crate::setting::Setting;
use crate::site::{App, By, Site};
use crate::{load, workspace};

/// Blocks of a load, so that a round knows its own median.
const BLOCKS: usize = 5;
/// As short as 20 answers of the slowest here allow, so that targets take turns often.
const BLOCK: Duration = Duration::from_millis(100);
/// How long a rate is kept.
const KEPT: Duration = Duration::from_secs(1);
/// A send that is later than this after it was due.
const LATE: f64 = 100_000.0;

/// What clients are compared by.
const BARE: Site = Site(By::Itself, App::Bare);

/// What is done in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// A server, loaded over so many connections by this program.
    Load(Site, u16),
    /// A server, started.
    Start(Site),
    /// A client, loading the bare server over so many connections.
    Client(Client, u16),
    /// `loadtest` asking the bare server so many times, one after the other on one connection.
    Warm(u32),
    /// The bare server, loaded with so many requests a second over 50 connections.
    Rate(u32),
    /// `loadtest report` of a recorded load of so many requests.
    Report(u32),
    /// The size of a file.
    Size(Artefact),
}

/// What is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Artefact {
    /// For WASI preview 1.
    Module,
    /// For WASI preview 2.
    Preview2,
    /// For WASI preview 3.
    Preview3,
    /// For Linux, static.
    Native,
}

/// What is learnt of a turn, and in which unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Answers a second.
    Throughput,
    /// The median of the time of an answer, in µs.
    Median,
    /// Its 99th percentile, in ms.
    Tail,
    /// Time of the processor that the client takes for a request, in µs.
    Cpu,
    /// How busy the client's threads are, in %.
    Busy,
    /// From spawn to first answer, or from spawn to end, in ms.
    Took,
    /// Sends that were late, in %.
    Late,
    /// The most memory at a time, in MB.
    Peak,
    /// In KB.
    Size,
}

/// What was learnt in one go: once, or in each block.
pub type Learnt = Vec<(Figure, f64)>;

impl Turn {
    /// The server that has to run for it.
    pub fn site(&self) -> Option<Site> {
        match *self {
            Self::Load(site, _) => Some(site),
            Self::Client(..) | Self::Warm(_) | Self::Rate(_) => Some(BARE),
            Self::Start(_) | Self::Report(_) | Self::Size(_) => None,
        }
    }

    /// The programs of others that it needs.
    pub fn peers(&self) -> Vec<Peer> {
        let started = if let Self::Start(site) = self { site.peer() } else { None };
        let client = if let Self::Client(client, _) = self { client.peer() } else { None };
        [self.site().and_then(Site::peer), started, client].into_iter().flatten().collect()
    }

    /// Whether it needs what the SDKs make of "hello".
    pub fn says_hello(&self) -> bool {
        matches!(self, Self::Load(Site(_, App::Hello2 | App::Hello3), _))
    }

    /// How often it is done at most: what takes long, or is the same every time, is not done in every round.
    pub fn rounds(&self, asked: u32) -> u32 {
        match self {
            Self::Size(_) => 1,
            Self::Report(n) if *n >= 10_000_000 => asked.min(3),
            _ => asked,
        }
    }

    /// Does it; `url` is where its site is.
    ///
    /// # Errors
    ///
    /// When nothing can be learnt.
    pub async fn take(&self, setting: &Setting, url: &str) -> Result<Learnt, Error> {
        match *self {
            Self::Load(_, connections) => loaded(url, connections.into()).await,
            Self::Start(site) => {
                let server = site.start(setting).await?;
                let took = server.started_in;
                server.stop().await;
                Ok(vec![(Figure::Took, millis(took))])
            }
            Self::Client(client, connections) => {
                let (told, ended) = client.load(setting, url, connections).await?;
                let cpu = ended.cpu.as_secs_f64() * 1e6 / told.requests;
                Ok(vec![
                    (Figure::Throughput, told.rate),
                    (Figure::Median, told.median_us),
                    (Figure::Cpu, cpu),
                    (Figure::Peak, megabytes(ended.peak)),
                ])
            }
            Self::Warm(n) => warm(url, n).await,
            Self::Rate(rate) => rated(url, rate).await,
            Self::Report(n) => {
                let file = recording::of(setting, n).await?;
                let line = CommandLine::new(workspace::program("loadtest")).arg("report").arg(&file);
                let ended = client::run(&line).await?;
                Ok(vec![(Figure::Took, millis(ended.took)), (Figure::Peak, megabytes(ended.peak))])
            }
            Self::Size(artefact) => size(setting, artefact),
        }
    }
}

async fn loaded(url: &str, connections: usize) -> Result<Learnt, Error> {
    let mut learnt = Vec::new();
    let mut all = Counted::default();
    for _ in 0..BLOCKS {
        let stage = load::run(url, connections, Pace { rate: None, until: Until::Elapsed(BLOCK) }).await?;
        learnt.push((Figure::Throughput, stage.tally.in_time as f64 / stage.period.as_secs_f64()));
        let mut block = Counted::default();
        stage.tally.service.iter().for_each(|slice| block += slice);
        learnt.extend(block.percentile(0.5).map(|nanos| (Figure::Median, nanos / 1e3)));
        all += &block;
    }
    // A block is too short for a tail.
    learnt.extend(all.percentile(0.99).map(|nanos| (Figure::Tail, nanos / 1e6)));
    Ok(learnt)
}

async fn warm(url: &str, n: u32) -> Result<Learnt, Error> {
    let line = CommandLine::new(workspace::program("loadtest")).args([
        "--quiet",
        "--seed",
        "1",
        "--warm",
        "--output-format",
        "json",
        "--url",
        url,
        "-n",
        &n.to_string(),
    ]);
    let ended = client::run(&line).await?;
    let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
    let median = report.pointer("/targets/0/phases/0/latency_us/p50").and_then(Value::as_f64);
    let median = median.ok_or_else(|| Error::Usage(format!("`{}` told no median", line.written())))?;
    let took = [(Figure::Took, millis(ended.took)), (Figure::Peak, megabytes(ended.peak))];
    Ok([(Figure::Median, median)].into_iter().chain(took).collect())
}

async fn rated(url: &str, rate: u32) -> Result<Learnt, Error> {
    let pace = Pace { rate: Some(rate.into()), until: Until::Elapsed(KEPT) };
    let stage = load::run(url, 50, pace).await?;
    let due = (stage.tally.sent + stage.unsent) as f64;
    // What no connection was free for is late too, and so is what was never sent.
    let in_time = stage.tally.late.up_to(LATE) as f64;
    let busy = stage.busy.map(|share| (Figure::Busy, 100.0 * share));
    Ok([(Figure::Late, 100.0 * (1.0 - in_time / due))].into_iter().chain(busy).collect())
}

fn size(setting: &Setting, artefact: Artefact) -> Result<Learnt, Error> {
    let file = match artefact {
        Artefact::Module => &setting.artefacts.module,
        Artefact::Preview2 => &setting.artefacts.preview2,
        Artefact::Preview3 => &setting.artefacts.preview3,
        Artefact::Native => &setting.artefacts.native,
    };
    let bytes =
        file.metadata().map_err(|e| Error::Usage(format!("{} cannot be read: {e}", file.display())))?;
    Ok(vec![(Figure::Size, bytes.len() as f64 / 1e3)])
}

fn millis(time: Duration) -> f64 {
    1e3 * time.as_secs_f64()
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
