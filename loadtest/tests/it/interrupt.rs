//! Ctrl-C: what was measured until then is reported, and nothing is left running.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::common::program::{Loadtest, files_in, phase, report_in, samples_in};
use crate::common::server::Server;
use crate::common::spin::Here;
use crate::common::{answers, until};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::tempdir;

fn taken(file: &Path) -> usize {
    samples_in(file).len()
}

/// Whether these tests run under nohup, from which programs inherit that they ignore it.
fn hangup_is_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0").trim();
    let ignored = u64::from_str_radix(mask, 16).unwrap() & 1 == 1;
    if ignored {
        println!("skipped: the end of a terminal, which is ignored here");
    }
    ignored
}

#[tokio::test]
async fn a_measurement_that_is_interrupted_reports_the_samples_so_far() {
    let server = answers::always(answers::time().set_delay(Duration::from_millis(20))).await;
    let hangup = (!hangup_is_ignored()).then_some(Signal::HUP);
    for signal in [Signal::INT, Signal::TERM].into_iter().chain(hangup) {
        let dir = tempdir().unwrap();
        let args = format!("--url {} --cold -n 9999 --idle 0s -o x.json --samples x.ndjson", server.uri());
        let running = Loadtest::new(args).within(dir.path()).start();
        until(|| taken(&dir.path().join("x.ndjson")) >= 3).await;
        running.signal(signal);
        let ended = running.end().await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(130), ""));
        let told = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let early = "Ended early: this is what was measured until then.";
        assert!(told.contains(early), "{told}");
        let report = report_in(&dir.path().join("x.json"));
        assert_eq!(report["interrupted"], true);
        assert_eq!(phase(&report, "cold")["samples"], taken(&dir.path().join("x.ndjson")));
        assert_eq!(files_in(dir.path()), ["x.json", "x.ndjson"]);
    }
}

#[tokio::test]
async fn a_second_signal_ends_at_once_what_the_first_has_not_ended() {
    let server = answers::always(answers::time()).await;
    let dir = tempdir().unwrap();
    let file = dir.path().join("x.ndjson");
    let args = format!("--url {} --warm -n 999999 --samples x.ndjson --output-format html", server.uri());
    // Nobody reads the page that it prints, which is more than a pipe holds.
    let running = Loadtest::new(args).within(dir.path()).start();
    until(|| taken(&file) >= 2000).await;
    running.signal(Signal::INT);
    until(|| fs::read_to_string(&file).unwrap().contains("\"ended\"")).await;
    running.signal(Signal::INT);
    let ended = running.end_unread().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(130), ""));
    assert!(!ended.stdout.contains("</html>"), "of the page, what the pipe holds");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn under_nohup_it_measures_on_when_the_terminal_closes() {
    let (server, dir) = (answers::always(answers::time()).await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 3 --idle 200ms --samples x.ndjson", server.uri());
    let ignoring = Loadtest::in_shell("trap '' HUP; exec \"$0\" \"$@\"", args);
    let running = ignoring.within(dir.path()).start();
    until(|| taken(&dir.path().join("x.ndjson")) >= 1).await;
    running.signal(Signal::HUP);
    running.end().await.well();
    assert_eq!(taken(&dir.path().join("x.ndjson")), 3);
}

#[tokio::test]
async fn a_comparison_is_interrupted_alike() {
    let (server, dir) = (answers::always(answers::time()).await, tempdir().unwrap());
    let args =
        format!("compare a={0}/a b={0}/b --cold -n 2 --idle 1h -o x.json --samples x.ndjson", server.uri());
    let running = Loadtest::new(args).within(dir.path()).start();
    // The other is asked when the server that both share has idled.
    until(|| taken(&dir.path().join("x.ndjson")) == 1).await;
    running.signal(Signal::INT);
    assert_eq!(running.end().await.code, Some(130));
    let report = report_in(&dir.path().join("x.json"));
    let phases = report["targets"].as_array().unwrap().iter().flat_map(|t| t["phases"].as_array().unwrap());
    assert_eq!(phases.map(|phase| phase["samples"].as_u64().unwrap()).sum::<u64>(), 1, "{report}");
}

#[tokio::test]
async fn an_interrupt_before_the_first_answer_leaves_no_report() {
    let (server, dir) = (Server::silent(), tempdir().unwrap());
    let args = format!("--url {} -o x.json", server.url("/"));
    let running = Loadtest::new(args).within(dir.path()).start();
    until(|| server.requests().len() == 1).await;
    running.signal(Signal::INT);
    running.end().await.refused(130, &["interrupted"]);
    assert!(files_in(dir.path()).is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_interrupted_start_up_leaves_no_process_behind() {
    for (here, host) in [(Here::with_spin(), "spin"), (Here::new(), "embedded")] {
        let running = here.quick(&format!("-n 9999 --samples x.ndjson --host {host}")).start();
        until(|| taken(&here.path().join("x.ndjson")) >= 2).await;
        // Between two start-ups there is none.
        until(|| !here.processes(&[running.id()]).is_empty()).await;
        running.signal(Signal::INT);
        let ended = running.end().await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(130), ""));
        let report = crate::common::program::parse(&ended.stdout);
        assert!(phase(&report, "startup")["samples"].as_u64() >= Some(1), "{report}");
        until(|| here.processes(&[]).is_empty()).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn interrupted_requests_to_a_host_leave_no_process_behind() {
    let here = Here::with_spin();
    let running = here.loadtest("--cold -n 2 --idle 1h --samples x.ndjson").start();
    // The script, what it starts, and the warden.
    until(|| here.processes(&[running.id()]).len() == 3).await;
    running.signal(Signal::INT);
    assert_eq!(running.end().await.code, Some(130));
    until(|| here.processes(&[]).is_empty()).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_ends_with_the_program_even_if_that_is_killed_and_so_does_what_it_started() {
    for (here, host, processes) in [(Here::new(), "embedded", 2), (Here::with_spin(), "spin", 3)] {
        let running = here.loadtest(&format!("--cold -n 2 --idle 1h --host {host}")).start();
        until(|| here.processes(&[running.id()]).len() == processes).await;
        running.signal(Signal::KILL);
        assert_eq!(running.end().await.code, None);
        until(|| here.processes(&[]).is_empty()).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_was_killed_with_its_warden_is_cleaned_up_after_by_the_next() {
    let here = Here::with_spin();
    let first = here.loadtest("--cold -n 2 --idle 1h").start();
    until(|| here.processes(&[first.id()]).len() == 3).await;
    for warden in here.processes(&[]).into_iter().filter(|id| is_warden(*id)) {
        kill_process(Pid::from_raw(warden.cast_signed()).unwrap(), Signal::KILL).unwrap();
    }
    first.signal(Signal::KILL);
    first.end().await;
    // A signal is sent before it has had its effect.
    until(|| !here.processes(&[]).into_iter().any(is_warden)).await;
    assert_eq!(here.processes(&[]).len(), 2, "the script, and what it started");
    here.quick("--cold -n 1").run().await.well();
    until(|| here.processes(&[]).is_empty()).await;
}

#[cfg(target_os = "linux")]
fn is_warden(id: u32) -> bool {
    fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.contains("\0warden\0"))
}
