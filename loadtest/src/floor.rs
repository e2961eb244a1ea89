//! The client's own share: what it measures of an answer that takes no time.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::probe::Probe;
use crate::sample::{Phase, Sample};
use crate::target::{RequestTemplate, Target};

/// So many blocks: where this thread and the one that answers happen to share a core, it is quicker. Real servers mostly do not.
const BLOCKS: usize = 8;
/// In each of them, so many of each kind.
const COLD: usize = 5;
const WARM: usize = 30;
/// First ones, which meet cold caches of the processor, and do not count.
const WARM_UP: usize = 20;
/// Nothing waits for an answer of its own process so long.
const TIMEOUT: Duration = Duration::from_secs(1);

/// As long as that of `/api/time`, with its headers.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncache-control: no-store\r\ncontent-type: application/json\r\n\
content-length: 68\r\nx-content-type-options: nosniff\r\n\r\n\
{\"moscow_time\":\"2026-04-22 22:46:57 MSK\",\"timestamp\":1776887217.000}";

/// The median of several blocks' medians of this client's requests to a thread of its own process, over plain HTTP on
/// loopback, without idling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// In microseconds, each on a new connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold_us: Option<f64>,
    /// In microseconds, on one connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_us: Option<f64>,
    /// In microseconds, on one connection of the client that loads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_us: Option<f64>,
}

impl Floor {
    /// Of `phase`, in microseconds, where it has one.
    pub fn of(&self, phase: Phase) -> Option<f64> {
        match phase {
            Phase::Cold => self.cold_us,
            Phase::Warm => self.warm_us,
            Phase::Load => self.load_us,
            Phase::Once | Phase::Startup | Phase::WarmUp => None,
        }
    }
}

/// Measures it, in some milliseconds; `None` where this machine lets nobody listen.
pub async fn measure() -> Option<Floor> {
    let target = target()?;
    let template = RequestTemplate::new("GET", &[]).ok()?;
    let mut probe = Probe::new(target, template, TIMEOUT, Instant::now()).ok()?;
    for _ in 0..WARM_UP {
        probe.warm(Phase::WarmUp).await;
    }
    let [mut of_cold, mut of_warm] = [Vec::new(), Vec::new()];
    for _ in 0..BLOCKS {
        let (mut warm, mut cold) = (Vec::new(), Vec::new());
        for _ in 0..WARM {
            warm.push(probe.warm(Phase::Warm).await);
        }
        for _ in 0..COLD {
            cold.push(probe.cold().await);
        }
        of_cold.push(median(&cold)?);
        of_warm.push(median(&warm)?);
    }
    Some(Floor { cold_us: middle(of_cold), warm_us: middle(of_warm), load_us: None })
}

/// What answers in no time, in this process; `None` where this machine lets nobody listen.
pub(crate) fn target() -> Option<Target> {
    Target::new("floor", &format!("http://{}/", serve().ok()?)).ok()
}

fn median(samples: &[Sample]) -> Option<f64> {
    let ok = samples.iter().filter(|s| s.outcome.is_ok());
    middle(ok.map(|sample| sample.service_ns() as f64 / 1000.0).collect())
}

fn middle(mut times: Vec<f64>) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    times.get(times.len().checked_sub(1)? / 2).copied()
}

/// A thread answers whoever connects, one after the other.
fn serve() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::Builder::new().name("floor".into()).spawn(move || {
        for stream in listener.incoming().flatten() {
            // Nobody but the probe knows of this port, and it keeps one connection and makes others.
            thread::spawn(move || answer(stream));
        }
    })?;
    Ok(address)
}

fn answer(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut request = [0; 4096];
    let mut filled = 0;
    while let Ok(read @ 1..) = stream.read(&mut request[filled..]) {
        filled += read;
        if request[..filled].ends_with(b"\r\n\r\n") {
            filled = 0;
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_takes_time_of_its_own_and_more_for_a_new_connection() {
        // The least of five, since a busy machine may hide in one what a connection takes; never all until one suits.
        let [mut cold, mut warm] = [f64::INFINITY; 2];
        for _ in 0..5 {
            let floor = measure().await.unwrap();
            assert_eq!(floor.of(Phase::Startup), None);
            cold = cold.min(floor.of(Phase::Cold).unwrap());
            warm = warm.min(floor.of(Phase::Warm).unwrap());
        }
        assert!(warm > 0.0 && cold > warm, "{cold} {warm}");
    }
}
