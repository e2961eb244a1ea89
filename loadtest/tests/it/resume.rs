//! `--resume`: a measurement that was interrupted or killed goes on, and ends as an undisturbed one would have.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use crate::common::program::{Ended, Loadtest, parse, phase, samples_in};
use crate::common::spin::{Here, UP};
use crate::common::{answers, soon, until};
use loadtest::sample::{Phase, Sample};
use rustix::process::Signal;
use tempfile::tempdir;
use wiremock::{MockServer, ResponseTemplate};

const FILE: &str = "x.ndjson";

/// Phase, round and target of every sample, in the order in which they were taken.
fn order(samples: &[Sample]) -> Vec<(Phase, u32, String)> {
    samples.iter().map(|sample| (sample.phase, sample.round, sample.target.to_string())).collect()
}

fn header(file: &Path) -> serde_json::Value {
    parse(fs::read_to_string(file).unwrap().lines().next().unwrap())
}

async fn begin_and_kill(measuring: Loadtest, dir: &Path, at: usize, signal: Signal) {
    let running = measuring.within(dir).start();
    until(|| samples_in(&dir.join(FILE)).len() >= at).await;
    running.signal(signal);
    running.end().await;
}

/// A server that answers its requests, but for one, over which its client is ended: counted from 0.
async fn stuck_at(
    request: usize,
    answer: impl Fn(usize) -> ResponseTemplate + Send + Sync + 'static,
) -> MockServer {
    const NEVER: Duration = Duration::from_secs(3600);
    answers::nth(move |n| if n == request { answer(n).set_delay(NEVER) } else { answer(n) }).await
}

/// When it has asked for what it does not get, and kept what it got before.
async fn begin_and_kill_stuck(
    measuring: Loadtest,
    server: &MockServer,
    dir: &Path,
    at: usize,
    signal: Signal,
) {
    let running = measuring.within(dir).start();
    let stuck = async {
        while answers::requests(server).await.len() <= at {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(stuck).await;
    assert_eq!(samples_in(&dir.join(FILE)).len(), at);
    running.signal(signal);
    running.end().await;
}

async fn in_turn(server: &MockServer, args: &str, dir: &Path) -> Ended {
    let uri = server.uri();
    let args = format!("compare a={uri}/a b={uri}/b --idle 0s -n 40 --samples {FILE} {args}");
    Loadtest::new(args).within(dir).run().await
}

#[tokio::test]
async fn wherever_it_was_killed_it_ends_as_if_it_had_not_been() {
    let server = answers::nth(|_| answers::time()).await;
    let whole = tempdir().unwrap();
    in_turn(&server, "--seed 3", whole.path()).await.well();
    let whole = whole.path().join(FILE);
    let text = fs::read_to_string(&whole).unwrap();
    let ends: Vec<_> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    for cut in [0, ends[0], ends[1], ends[2] + 9, ends[79], ends[81] - 1, ends[90], ends[170], text.len() - 5]
    {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join(FILE), &text[..cut]).unwrap();
        let seed = if cut == 0 { "--seed 3 --resume" } else { "--resume" };
        in_turn(&server, seed, dir.path()).await.well();
        let resumed = dir.path().join(FILE);
        assert_eq!(order(&samples_in(&resumed)), order(&samples_in(&whole)), "cut at {cut}");
        assert_eq!(fs::read_to_string(&resumed).unwrap().lines().last(), text.lines().last());
        let kept = fs::read_to_string(&resumed).unwrap();
        let same = kept.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
        assert!(same + 2 * 23 >= text[..cut].lines().count(), "{same} lines kept of {cut} bytes");
    }
}

#[tokio::test]
async fn times_go_on_from_where_they_were() {
    let (server, dir) = (stuck_at(2, |_| answers::time()).await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 5 --idle 50ms --samples {FILE}", server.uri());
    begin_and_kill_stuck(Loadtest::new(&args), &server, dir.path(), 2, Signal::KILL).await;
    Loadtest::new(format!("{args} --resume")).within(dir.path()).run().await.well();
    let samples = samples_in(&dir.path().join(FILE));
    assert_eq!(samples.len(), 5);
    let idle = |pair: &[Sample]| pair[1].sent_ns.saturating_sub(pair[0].done_ns);
    assert!(samples.windows(2).all(|pair| idle(pair) >= 50_000_000), "{samples:?}");
}

#[tokio::test]
async fn what_was_interrupted_goes_on_too_and_what_the_server_said_before_still_counts() {
    let server = stuck_at(3, |n| answers::time_from("aa", n + 1)).await;
    let dir = tempdir().unwrap();
    let args = format!("--url {} --cold -n 8 --idle 20ms --samples {FILE}", server.uri());
    begin_and_kill_stuck(Loadtest::new(&args), &server, dir.path(), 3, Signal::INT).await;
    let resumed =
        Loadtest::new(format!("{args} --resume --output-format json")).within(dir.path()).run().await;
    let report = resumed.report();
    assert_eq!((&report["interrupted"], &phase(&report, "cold")["samples"]), (&false.into(), &8.into()));
    let evidence = &phase(&report, "cold")["evidence"];
    assert_eq!((&evidence["fresh"], &evidence["reused"]), (&1.into(), &7.into()), "{evidence}");
    assert!(!fs::read_to_string(dir.path().join(FILE)).unwrap().contains("interrupted"));
}

#[tokio::test]
async fn what_is_complete_is_only_reported() {
    let (server, dir) = (answers::nth(|_| answers::time()).await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 3 --idle 0s --samples {FILE} --output-format json", server.uri());
    let first = Loadtest::new(&args).within(dir.path()).run().await.report();
    let file = fs::read(dir.path().join(FILE)).unwrap();
    let again = Loadtest::new(format!("{args} --resume")).within(dir.path()).run().await;
    assert_eq!((again.code, parse(&again.stdout)), (Some(0), first));
    assert!(again.stderr.contains("x.ndjson is complete: nothing is left to measure"), "{again:?}");
    assert_eq!(answers::requests(&server).await.len(), 3);
    assert_eq!(fs::read(dir.path().join(FILE)).unwrap(), file);
}

#[tokio::test]
async fn another_measurement_is_refused_by_what_differs_and_the_file_stays_as_it_was() {
    let (server, dir) = (answers::nth(|_| answers::time()).await, tempdir().unwrap());
    let (uri, file) = (server.uri(), dir.path().join(FILE));
    let begin = Loadtest::new(format!("--url {uri} --cold -n 9 --idle 1h --samples {FILE}"));
    begin_and_kill(begin, dir.path(), 1, Signal::KILL).await;
    let before = fs::read(&file).unwrap();
    for (args, words) in [
        (format!("--url {uri} --cold -n 8 --idle 1h"), ["-n, cold", "9", "8"]),
        (format!("--url {uri} --cold -n 9 --idle 2h"), ["--idle", "is 1h in one", "2h in the other"]),
        (format!("--url {uri} --cold -n 9 --idle 1h -H a:b"), ["-H", "[]", "[\"a\"]"]),
        (format!("--url {uri} --cold -n 9 --idle 1h -m POST"), ["-m", "\"GET\"", "\"POST\""]),
        (format!("--url {uri} --cold -n 9 --idle 1h --seed 1"), ["--seed", "", ""]),
        (format!("--url {uri}/b --cold -n 9 --idle 1h"), ["its targets are target=", "", ""]),
        (format!("compare a={uri} b={uri}/b --cold -n 9 --idle 1h"), ["its targets are", "", ""]),
    ] {
        let ended = Loadtest::new(format!("{args} --samples {FILE} --resume")).within(dir.path()).run().await;
        ended.refused(2, &["x.ndjson is of another measurement", "name another file"]);
        ended.refused(2, &words);
    }
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(answers::requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_file_that_is_no_measurement_is_refused_with_its_line_and_stays_as_it_was() {
    let (server, dir) = (answers::nth(|_| answers::time()).await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 3 --idle 0s --samples {FILE}", server.uri());
    Loadtest::new(&args).within(dir.path()).run().await.well();
    let file = dir.path().join(FILE);
    writeln!(OpenOptions::new().append(true).open(&file).unwrap(), "{{}}").unwrap();
    let before = fs::read(&file).unwrap();
    let ended = Loadtest::new(format!("{args} --resume")).within(dir.path()).run().await;
    ended.refused(2, &["x.ndjson, line 6: no sample (missing field"]);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn there_is_nothing_to_resume_in_a_stream() {
    for (args, word) in [("--samples -", "--samples"), ("--samples /dev/null", "is no file")] {
        let args = format!("--url http://127.0.0.1:1/ --resume {args}");
        Loadtest::new(args).run().await.refused(2, &[word]);
    }
}

#[tokio::test]
async fn start_ups_go_on_as_well() {
    // One start is not timed, and the one of the second round does not get far.
    let stuck = "starts=0; [ -e asked ] && while read -r _; do starts=$((starts + 1)); done < asked\n\
                 [ $starts = 2 ] && [ ! -e resumed ] && exec /bin/sleep 1000\n";
    let here = Here::with_spin_that("echo 'spin 4.1.0'", &format!("{stuck}{UP}"));
    let args = format!("-n 4 --host spin --samples {FILE}");
    // A start, 50 requests that warm up, four warm ones and a cold one: the first round.
    const ROUND: usize = 56;
    begin_and_kill(here.quick(&args), here.path(), ROUND, Signal::KILL).await;
    fs::write(here.path().join("resumed"), "").unwrap();
    let first = samples_in(&here.path().join(FILE));
    let report = here.quick(&format!("{args} --resume")).run().await.report();
    for name in ["startup", "cold", "warm"] {
        assert_eq!(phase(&report, name)["samples"], 4, "{name}");
    }
    let all = samples_in(&here.path().join(FILE));
    assert_eq!(all[..ROUND], first[..ROUND]);
    assert_eq!(header(&here.path().join(FILE))["targets"][0]["name"], "WAGI");
}

#[tokio::test]
async fn a_measurement_that_is_still_under_way_is_left_alone() {
    let (server, dir) = (answers::nth(|_| answers::time()).await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 9 --idle 1h --samples {FILE}", server.uri());
    let running = Loadtest::new(&args).within(dir.path()).start();
    until(|| samples_in(&dir.path().join(FILE)).len() == 1).await;
    for args in [&args, &format!("{args} --resume")] {
        let ended = Loadtest::new(args).within(dir.path()).run().await;
        ended.refused(2, &["another measurement writes its samples to x.ndjson"]);
    }
    running.signal(Signal::INT);
    running.end().await;
    assert_eq!(samples_in(&dir.path().join(FILE)).len(), 1);
}

#[tokio::test]
async fn samples_in_another_order_than_they_are_taken_are_not_gone_on_from() {
    let (server, dir) = (answers::nth(|_| answers::time()).await, tempdir().unwrap());
    let args = format!("--url {} -n 3 --idle 0s --samples {FILE}", server.uri());
    Loadtest::new(&args).within(dir.path()).run().await.well();
    let file = dir.path().join(FILE);
    let text = fs::read_to_string(&file).unwrap();
    let mut lines: Vec<_> = text.lines().collect();
    // A hole in the first round, and no end. What comes after it is not thrown away for that.
    lines.remove(2);
    lines.pop();
    let holed = lines.join("\n") + "\n";
    fs::write(&file, &holed).unwrap();
    let ended = Loadtest::new(format!("{args} --resume")).within(dir.path()).run().await;
    ended.refused(2, &["x.ndjson: its sample 1 is of an unfinished round", "measure again"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), holed);
}

#[tokio::test]
async fn what_did_not_end_is_not_written_over() {
    let (server, dir) = (stuck_at(2, |_| answers::time()).await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 5 --idle 50ms --samples {FILE}", server.uri());
    begin_and_kill_stuck(Loadtest::new(&args), &server, dir.path(), 2, Signal::KILL).await;
    let before = fs::read(dir.path().join(FILE)).unwrap();
    let again = Loadtest::new(&args).within(dir.path()).run().await;
    again.refused(2, &[FILE, "did not end", "--resume"]);
    assert_eq!(fs::read(dir.path().join(FILE)).unwrap(), before);
}
