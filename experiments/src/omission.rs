//! Whether a stall shows in all the requests it delayed, also in those that it kept from being sent.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::server::{self, Server};
use crate::tool::Tool;

/// Requests a second, connections, and how long an answer takes.
const RATE: u32 = 1000;
const CONNECTIONS: usize = 50;
const SERVICE: Duration = Duration::from_millis(10);
/// In every period, the server stalls once.
const PERIOD: Duration = Duration::from_secs(10);
const STALL: std::ops::Range<Duration> = Duration::from_secs(4)..Duration::from_secs(5);
/// How far from theory a figure may be.
const SHARE: f64 = 0.02;

const PERCENTILES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)];

#[derive(clap::Args)]
pub struct Args {
    /// Periods of 10 s, in each of which the server stalls for 1 s
    #[arg(short = 'n', default_value_t = 3)]
    periods: u32,
    #[command(flatten)]
    tool: Tool,
}

/// Whether every percentile is what theory gives.
pub fn run(args: &Args) -> bool {
    let theory = theory(args.periods);
    let ours = by_loadtest(args);
    let (others, what_others) = match by_oha(args) {
        Ok(latencies) => (Some(latencies), "oha -q --latency-correction".to_owned()),
        Err(why) => (None, format!("oha: skipped: {why}")),
    };
    println!("latency in ms, 1 s of stall in every 10 s, at {RATE}/s; beside it {what_others}");
    println!("{:5} {:>9} {:>9} {:>7} {:>9}", "", "theory", "loadtest", "off", "oha");
    let mut good = true;
    for (index, (name, _)) in PERCENTILES.iter().enumerate() {
        let off = ours[index] / theory[index] - 1.0;
        let other = others.as_ref().map_or("–".into(), |others| format!("{:.2}", others[index]));
        println!("{name:5} {:>9.2} {:>9.2} {:>6.1}% {other:>9}", theory[index], ours[index], 100.0 * off);
        good &= off.abs() <= SHARE;
    }
    good
}

/// Of requests on schedule, which take the first connection that is free: in milliseconds, in the order of
/// [`PERCENTILES`].
fn theory(periods: u32) -> [f64; 3] {
    let mut free: VecDeque<Duration> = [Duration::ZERO; CONNECTIONS].into();
    let mut latencies: Vec<f64> = (0..periods * RATE * PERIOD.as_secs() as u32)
        .map(|number| {
            let due = Duration::from_secs(1) * number / RATE;
            let sent = due.max(free.pop_front().unwrap_or_default());
            let done = after_stall(sent) + SERVICE;
            free.push_back(done);
            (done - due).as_secs_f64() * 1000.0
        })
        .collect();
    latencies.sort_by(f64::total_cmp);
    PERCENTILES.map(|(_, q)| latencies[(q * latencies.len() as f64).ceil() as usize - 1])
}

/// When the server takes up what comes at `moment`.
fn after_stall(moment: Duration) -> Duration {
    let begun = PERIOD * (moment.as_nanos() / PERIOD.as_nanos()) as u32;
    if STALL.contains(&(moment - begun)) { begun + STALL.end } else { moment }
}

fn stalling() -> Server {
    let begun = OnceLock::new();
    Server::start(move |_| {
        let begun = *begun.get_or_init(Instant::now);
        let now = begun.elapsed();
        server::wait(after_stall(now) + SERVICE - now);
        String::new()
    })
}

fn by_loadtest(args: &Args) -> [f64; 3] {
    let server = stalling();
    let duration = args.periods * PERIOD;
    let load = format!("load --url {} -c {CONNECTIONS} -q {RATE} -z {}s", server.url(), duration.as_secs());
    let report = args.tool.report(&load);
    let latency = &report["targets"][0]["phases"][0]["latency_us"];
    PERCENTILES.map(|(name, _)| latency[name].as_f64().map_or(f64::NAN, |us| us / 1000.0))
}

fn by_oha(args: &Args) -> Result<[f64; 3], String> {
    let server = stalling();
    let mut oha = Command::new("oha");
    oha.args(["--no-tui", "--latency-correction", "--output-format", "json", "--disable-compression"]);
    oha.args(["-c".to_owned(), CONNECTIONS.to_string(), "-q".to_owned(), RATE.to_string()]);
    oha.args(["-z".to_owned(), format!("{}s", (args.periods * PERIOD).as_secs()), server.url()]);
    let output = oha.output().map_err(|e| format!("{e}; cargo install --locked oha"))?;
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|e| format!("no report: {e}"))?;
    let names = ["p50", "p99", "p99.9"];
    Ok(names
        .map(|name| report["latencyPercentiles"][name].as_f64().map_or(f64::NAN, |seconds| seconds * 1000.0)))
}
