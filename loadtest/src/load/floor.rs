//! The own share of the client that loads.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::check::Check;
use super::client::{Client, Connection};
use super::pacer::{Pace, Until};
use super::worker::{self, Schedule};
use crate::floor::{self, Floor};
use crate::stats::Counted;
use crate::target::RequestTemplate;

/// So many blocks, each on a thread of its own, which the system puts on one core or another.
const BLOCKS: usize = 8;
/// In each of them, so many requests.
const REQUESTS: u64 = 50;
/// Nothing waits for an answer of its own process so long.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The least median of several blocks of requests on one connection, in some milliseconds; `None` where this machine
/// lets nobody listen.
pub async fn measure() -> Option<Floor> {
    let template = RequestTemplate::new("GET", &[]).ok()?;
    let client = Arc::new(Client::new(&floor::target()?, &template).ok()?);
    let mut connection = Connection::new(client.clone());
    let answer = tokio::time::timeout(TIMEOUT, connection.ask()).await.ok()?.ok()?;
    let check = Arc::new(Check::learn(&answer, &template).ok()?);
    let pace = Pace { rate: None, until: Until::Sent(REQUESTS) };
    let mut least = f64::INFINITY;
    for _ in 0..BLOCKS {
        let never = CancellationToken::new();
        let schedule = Arc::new(Schedule::new(1, pace, TIMEOUT, client.clone(), check.clone(), never));
        let tally = tokio::task::spawn_blocking(move || worker::work(&schedule, 1, None)).await.ok()?.ok()?;
        let mut times = Counted::default();
        tally.service.iter().for_each(|slice| times += slice);
        least = least.min(times.percentile(0.5)? / 1000.0);
    }
    Some(Floor { load_us: Some(least), ..Floor::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Phase;

    #[tokio::test]
    async fn the_client_that_loads_takes_time_of_its_own() {
        let floor = measure().await.unwrap();
        assert!(floor.of(Phase::Load).unwrap() > 0.0, "{floor:?}");
        assert_eq!(floor.of(Phase::Warm), None);
    }
}
