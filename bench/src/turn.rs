//! What is done in one go, and what is learnt of it.

use std::time::{Duration, Instant};

use loadtest::error::Error;
use loadtest::load::pacer::{Pace, Until};
use loadtest::probe::Probe;
use loadtest::server::command_line::CommandLine;
use loadtest::stats::Counted;
use loadtest::target::{RequestTemplate, Target};
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
/// Longer than Spin keeps an idle preview 3 instance, which is 1 s.
const IDLE: Duration = Duration::from_millis(1500);
/// The limit of a single request.
const ANSWER: Duration = Duration::from_secs(10);
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
    /// A server, asked once on a new connection after it has idled for 1.5 s.
    ColdRequest(Site),
    /// A client, loading the bare server over so many connections.
    Client(Client, u16),
    /// `loadtest` asking the bare server so many times, one after the other on one connection.
    Warm(u32),
    /// The same, each time on a connection of its own.
    Cold(u32),
    /// The bare server, loaded with so many requests a second over 50 connections.
    Rate(u32),
    /// `loadtest report` of a recorded load of so many requests.
    Report(u32),
    /// The size of a file.
    Size(Artefact),
}

/// Whose speed a turn tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// The server's, always by the same client.
    Server,
    /// The client's, always at the same server.
    Client,
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

/// How often a turn is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Once in every round.
    EveryRound,
    /// So often after the rounds: what is the same every time, or takes so long that others would wait for it.
    Apart(u32),
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
            Self::Load(site, _) | Self::ColdRequest(site) => Some(site),
            Self::Client(..) | Self::Warm(_) | Self::Cold(_) | Self::Rate(_) => Some(BARE),
            Self::Start(_) | Self::Report(_) | Self::Size(_) => None,
        }
    }

    /// Whose speed it tells.
    pub fn whose(&self) -> Whose {
        if matches!(self, Self::Load(..) | Self::ColdRequest(_)) { Whose::Server } else { Whose::Client }
    }

    /// The programs of others that it needs.
    pub fn peers(&self) -> Vec<Peer> {
        let started = if let Self::Start(site) = self { site.peer() } else { None };
        let client = if let Self::Client(client, _) = self { client.peer() } else { None };
        [self.site().and_then(Site::peer), started, client].into_iter().flatten().collect()
    }

    /// The packages of this workspace whose programs it needs.
    pub fn packages(&self) -> Vec<&'static str> {
        let asks = matches!(self, Self::Client(..) | Self::Warm(_) | Self::Cold(_) | Self::Report(_));
        let serves = self.started().and_then(Site::package);
        serves.into_iter().chain(asks.then_some("loadtest")).collect()
    }

    /// Whether it needs what the SDKs make of "hello".
    pub fn says_hello(&self) -> bool {
        self.started().is_some_and(|site| matches!(site.1, App::HelloWagi | App::Hello2 | App::Hello3))
    }

    /// The server that is started for it, whether it runs before it or not.
    pub fn started(&self) -> Option<Site> {
        if let Self::Start(site) = *self { Some(site) } else { self.site() }
    }

    /// How often it is done.
    pub fn times(&self) -> Times {
        match self {
            Self::Size(_) => Times::Apart(1),
            Self::Report(n) if *n >= 10_000_000 => Times::Apart(3),
            _ => Times::EveryRound,
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
            Self::ColdRequest(_) => cold(url).await,
            Self::Client(client, connections) => {
                let (told, ended) = client.load(setting, url, connections).await?;
                // Of all that it does, also of what it does before and after its load.
                let cpu = ended.cpu.as_secs_f64() * 1e6 / told.requests;
                Ok(vec![
                    (Figure::Throughput, told.rate),
                    (Figure::Median, told.median_us),
                    (Figure::Cpu, cpu),
                    (Figure::Peak, megabytes(ended.peak)),
                ])
            }
            Self::Warm(n) => asked(url, &["--warm"], n, &["latency_us"]).await,
            // Without the time that a connection takes, which wrk does not count either.
            Self::Cold(n) => asked(url, &["--cold", "--idle", "0s"], n, &["first_byte_us", "body_us"]).await,
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
        learnt.push((Figure::Throughput, stage.throughput()));
        let mut block = Counted::default();
        stage.tally.service.iter().for_each(|slice| block += slice);
        learnt.extend(block.percentile(0.5).map(|nanos| (Figure::Median, nanos / 1e3)));
        all += &block;
    }
    // A block is too short for a tail.
    learnt.extend(all.percentile(0.99).map(|nanos| (Figure::Tail, nanos / 1e6)));
    Ok(learnt)
}

async fn cold(url: &str) -> Result<Learnt, Error> {
    tokio::time::sleep(IDLE).await;
    let template = RequestTemplate::new("GET", &[])?;
    let mut probe = Probe::new(Target::new("server", url)?, template, ANSWER, Instant::now())?;
    let sample = probe.cold().await;
    if !sample.outcome.is_ok() {
        return Err(Error::Target(format!("{url} failed a cold request: {:?}", sample.outcome)));
    }
    Ok(vec![(Figure::Median, sample.service_ns() as f64 / 1e3)])
}

/// By `loadtest` in its own way; the median is the sum of the medians of these `parts`.
async fn asked(url: &str, how: &[&str], n: u32, parts: &[&str]) -> Result<Learnt, Error> {
    let line = CommandLine::new(workspace::program("loadtest"))
        .args(["--quiet", "--seed", "1", "--output-format", "json", "--url", url, "-n", &n.to_string()])
        .args(how);
    let ended = client::run(&line).await?;
    let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
    let median = |part: &&str| report.pointer(&format!("/targets/0/phases/0/{part}/p50"))?.as_f64();
    let median: Option<f64> = parts.iter().map(median).sum();
    let median = median.ok_or_else(|| Error::Usage(format!("`{}` told no median", line.written())))?;
    Ok(vec![
        (Figure::Median, median),
        (Figure::Took, millis(ended.took)),
        (Figure::Peak, megabytes(ended.peak)),
    ])
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
