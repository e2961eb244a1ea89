//! What was measured, in a line.

use std::time::Duration;

use crate::human;
use crate::report::Report;
use crate::report::markup::shortened;
use crate::report::picture::{count, time_of};
use crate::sample::Phase;
use crate::target::Target;

/// What holds of all that is measured in the embedded host.
pub const EMBEDDED_HOST: &str =
    "The order of packagings is as in Spin; sizes of differences are this host's.";

/// More of a URL is only in the whole report, in characters.
const LONGEST_URL: usize = 60;

/// `3 packagings, 20 rounds, 52 s`.
pub fn of(report: &Report) -> String {
    let mut told = vec![what(report)];
    if report.targets.iter().all(|target| target.phases.is_empty()) {
        return format!("{}: nothing was measured", told.concat());
    }
    match report.rounds {
        Some(rounds) => told.push(count(rounds, "round")),
        None if report.targets.len() > 1 => {
            told.push(format!("{} each", samples(report).collect::<Vec<_>>().join(", ")));
        }
        None => told.extend(samples(report)),
    }
    told.extend(report.duration_us.map(|us| seconds(Duration::from_nanos((us * 1e3) as u64))));
    told.join(", ")
}

fn what(report: &Report) -> String {
    let is_packaged = report.targets.iter().any(|target| target.packaging.is_some());
    let is_here = (report.environment.host.is_some() || is_packaged)
        && report.names().all(|name| name != Target::UNNAMED);
    match &report.targets[..] {
        [only] => format!("{} {}", report.plan.method, shortened(&only.url, LONGEST_URL)),
        several if is_here => {
            let packagings = count(several.len(), "packaging");
            let named = |name| format!("{name}, {packagings}");
            report.environment.application.as_ref().map_or(packagings.clone(), named)
        }
        several => count(several.len(), "target"),
    }
}

/// The most of any target in each phase.
fn samples(report: &Report) -> impl Iterator<Item = String> {
    Phase::ONE_BY_ONE.into_iter().filter_map(|phase| {
        let most = report
            .targets
            .iter()
            .filter_map(|target| target.phase(phase))
            .map(|found| found.samples)
            .max()?;
        Some(format!("{most} {}", phase.in_words()))
    })
}

/// `52 s`, `2m 5s`.
fn seconds(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 0.95 => time_of(seconds * 1e6),
        seconds if seconds < 9.95 => format!("{seconds:.1} s"),
        seconds if seconds < 99.5 => format!("{seconds:.0} s"),
        _ => human::wait(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, twice_as_slow};

    #[test]
    fn a_short_measurement_is_told_in_tenths_of_a_second_and_a_long_one_in_minutes() {
        let told = [7, 1_200, 52_300, 125_000].map(|ms| seconds(Duration::from_millis(ms)));
        assert_eq!(told, ["7.00 ms", "1.2 s", "52 s", "2m 5s"]);
    }

    #[test]
    fn where_phases_have_different_rounds_their_samples_are_told() {
        let measured = Report { rounds: None, duration_us: None, ..report(&twice_as_slow()) };
        assert_eq!(of(&measured), "2 targets, 40 cold each");
        let rounds = Report { rounds: Some(1), ..measured.clone() };
        assert_eq!(of(&rounds), "2 targets, 1 round");
        let mut here = measured;
        here.environment.host = Some("spin 4.1.0".into());
        assert_eq!(of(&here), "2 packagings, 40 cold each");
        here.environment.application = Some("clock".into());
        assert_eq!(of(&here), "clock, 2 packagings, 40 cold each");
        here.environment.application = None;
        here.targets.truncate(1);
        assert_eq!(of(&here), "GET http://a.test/, 40 cold");
    }
}
