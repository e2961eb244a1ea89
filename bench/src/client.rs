//! Clients, as processes: what they tell of a load, and what they took for it.

use std::convert::Infallible;
use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use loadtest::error::Error;
use loadtest::process_group::ProcessGroup;
use loadtest::server::command_line::CommandLine;
use serde_json::Value;
use wait4::Wait4;

use crate::peers::Peer;
use crate::setting::Setting;
use crate::workspace;

/// How long a client loads.
const SECONDS: u64 = 1;
/// How often it is looked how much memory a process has had: it only grows, and what comes last is seldom the most.
const LOOK: Duration = Duration::from_millis(10);

/// Who loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    /// `loadtest load`
    Loadtest,
    /// oha
    Oha,
    /// wrk
    Wrk,
    /// wrk, with a connection for each request
    WrkAnew,
}

/// What a client told of its load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Requests that were answered.
    pub requests: f64,
    /// Answers a second.
    pub rate: f64,
    /// In microseconds.
    pub median_us: f64,
}

/// A process that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What it printed.
    pub stdout: String,
    /// From its spawn to its end.
    pub took: Duration,
    /// Time of the processor, its own and the system's for it.
    pub cpu: Duration,
    /// The most memory that it was seen to have at a time, in bytes.
    pub peak: u64,
}

impl Client {
    /// What has to be here for it.
    pub fn peer(self) -> Option<Peer> {
        match self {
            Self::Loadtest => None,
            Self::Oha => Some(Peer::Oha),
            Self::Wrk | Self::WrkAnew => Some(Peer::Wrk),
        }
    }

    /// A load over so many connections.
    ///
    /// # Errors
    ///
    /// When the client fails, or tells nothing that can be read.
    pub async fn load(self, setting: &Setting, url: &str, connections: u16) -> Result<(Told, Ended), Error> {
        let line = self.command(setting, url, connections);
        let ended = run(&line).await?;
        let told = match self {
            Self::Loadtest => loadtest_told(&ended.stdout),
            Self::Oha => oha_told(&ended.stdout),
            Self::Wrk | Self::WrkAnew => wrk_told(&ended.stdout),
        };
        let told =
            told.ok_or_else(|| Error::Usage(format!("what `{}` printed tells no rate", line.written())))?;
        Ok((told, ended))
    }

    fn command(self, setting: &Setting, url: &str, connections: u16) -> CommandLine {
        let (c, time) = (connections.to_string(), format!("{SECONDS}s"));
        match self {
            Self::Loadtest => CommandLine::new(workspace::program("loadtest"))
                .args(["load", "--quiet", "--seed", "1", "--output-format", "json", "-c", &c, "-z", &time])
                .args(["--url", url]),
            Self::Oha => CommandLine::new(setting.program(Peer::Oha)).args([
                "--no-tui",
                "--output-format",
                "json",
                "-c",
                &c,
                "-z",
                &time,
                url,
            ]),
            Self::Wrk | Self::WrkAnew => {
                let threads = std::thread::available_parallelism().map_or(1, usize::from);
                let threads = threads.min(connections.into()).to_string();
                let command =
                    CommandLine::new(setting.program(Peer::Wrk)).args(["--latency", "-t", &threads]);
                let anew: &[&str] = if self == Self::WrkAnew { &["-H", "Connection: close"] } else { &[] };
                command.args(anew).args(["-c", &c, "-d", &time, url])
            }
        }
    }
}

/// Runs a command to its end; when this is dropped, it ends at once.
///
/// # Errors
///
/// When it cannot be started, or ends badly.
pub async fn run(line: &CommandLine) -> Result<Ended, Error> {
    let failed = |how: String| Error::Usage(format!("`{}` {how}", line.written()));
    let mut command = line.command().into_std();
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let started = Instant::now();
    let mut child = command.spawn().map_err(|e| failed(format!("cannot be started: {e}")))?;
    let id = child.id();
    let group = ProcessGroup::of_id(id);
    let waiting = tokio::task::spawn_blocking(move || {
        let (mut stdout, mut peak) = (Vec::new(), 0);
        if let Some(mut pipe) = child.stdout.take() {
            // What it prints, it has computed: of one that ends soon after, this may be the only look.
            pipe.by_ref().take(1).read_to_end(&mut stdout)?;
            peak = most_memory(id).unwrap_or(0);
            pipe.read_to_end(&mut stdout)?;
        }
        let stdout = String::from_utf8_lossy(&stdout).into_owned();
        child.wait4().map(|used| (used, stdout, started.elapsed(), peak))
    });
    let mut peak = 0;
    let ended = tokio::select! {
        ended = waiting => ended.map_err(|e| failed(e.to_string()))?,
        never = look(id, &mut peak) => match never {},
    };
    let (used, stdout, took, as_it_printed) =
        ended.map_err(|e| failed(format!("cannot be waited for: {e}")))?;
    drop(group);
    if !used.status.success() {
        return Err(failed(format!("ended with {}", used.status)));
    }
    Ok(Ended { stdout, took, cpu: used.rusage.utime + used.rusage.stime, peak: peak.max(as_it_printed) })
}

/// Keeps the most memory that a process has had. What the system tells of it once it has ended is no less than what this
/// program had as it spawned it.
async fn look(id: u32, peak: &mut u64) -> Infallible {
    loop {
        *peak = most_memory(id).map_or(*peak, |most| most.max(*peak));
        tokio::time::sleep(LOOK).await;
    }
}

/// In bytes, so far; `None` of a process that is gone.
fn most_memory(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next())?;
    most.parse().ok().map(|kib: u64| kib * 1024)
}

fn loadtest_told(json: &str) -> Option<Told> {
    let report: Value = serde_json::from_str(json).ok()?;
    let phase = report.pointer("/targets/0/phases/0")?;
    Some(Told {
        requests: phase.pointer("/samples")?.as_f64()?,
        rate: phase.pointer("/throughput")?.as_f64()?,
        median_us: phase.pointer("/latency_us/p50")?.as_f64()?,
    })
}

fn oha_told(json: &str) -> Option<Told> {
    let report: Value = serde_json::from_str(json).ok()?;
    let answered = report.get("statusCodeDistribution")?.as_object()?.values().filter_map(Value::as_f64);
    Some(Told {
        requests: answered.sum(),
        rate: report.pointer("/summary/requestsPerSec")?.as_f64()?,
        median_us: report.pointer("/latencyPercentiles/p50")?.as_f64()? * 1e6,
    })
}

/// `50%   27.00us` … `36400 requests in 1.00s, 7.00MB read` … `Requests/sec:  36400.12`
fn wrk_told(text: &str) -> Option<Told> {
    let after = |word: &str| text.lines().find_map(|line| line.trim().strip_prefix(word).map(str::trim));
    let requests = text.lines().find_map(|line| line.trim().split_once(" requests in "))?.0;
    Some(Told {
        requests: requests.parse().ok()?,
        rate: after("Requests/sec:")?.parse().ok()?,
        median_us: micros(after("50%")?)?,
    })
}

fn micros(time: &str) -> Option<f64> {
    let unit = time.find(|c: char| c.is_ascii_alphabetic())?;
    let factor = match &time[unit..] {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    Some(time[..unit].parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_prints_is_read() {
        let text = "Running 1s test @ http://127.0.0.1:1/\n  Latency Distribution\n     50%   27.00us\n     75%    1.20ms\n  \
                    36411 requests in 1.00s, 7.01MB read\nRequests/sec:  36400.12\n";
        assert_eq!(wrk_told(text), Some(Told { requests: 36411.0, rate: 36400.12, median_us: 27.0 }));
        assert_eq!(wrk_told("unable to connect"), None);
    }

    #[test]
    fn what_loadtest_prints_is_read() {
        let json =
            r#"{"targets":[{"phases":[{"samples":1999,"latency_us":{"p50":48.8},"throughput":2000.5}]}]}"#;
        assert_eq!(loadtest_told(json), Some(Told { requests: 1999.0, rate: 2000.5, median_us: 48.8 }));
        assert_eq!(loadtest_told("{}"), None);
    }

    #[test]
    fn what_oha_prints_is_read_in_its_units() {
        let json = r#"{"summary":{"requestsPerSec":2000.5},"latencyPercentiles":{"p50":0.0005},"statusCodeDistribution":{"200":1999,"500":1}}"#;
        assert_eq!(oha_told(json), Some(Told { requests: 2000.0, rate: 2000.5, median_us: 500.0 }));
    }

    #[test]
    fn a_time_is_microseconds_in_any_unit() {
        let times = ["27.00us", "1.5ms", "2s"].map(micros);
        assert_eq!(times, [Some(27.0), Some(1500.0), Some(2e6)]);
        assert_eq!(micros("fast"), None);
    }

    #[tokio::test]
    async fn what_a_process_took_is_its_own() {
        let line =
            CommandLine::new("sh").args(["-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo $i"]);
        let ended = run(&line).await.unwrap();
        assert_eq!(ended.stdout, "20000\n");
        assert!(ended.cpu > Duration::ZERO && ended.peak > 100_000, "{ended:?}");
        assert!(run(&CommandLine::new("false")).await.unwrap_err().to_string().contains("ended with"));
    }
}
