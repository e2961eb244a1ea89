//! Load: what is sent when, what of it is counted, and what is said of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::program::{Ended, Loadtest, parse, phase, report_in, warnings};
use crate::common::server::{OK, Server};
use crate::common::{answers, until};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::tempdir;
use wiremock::ResponseTemplate;

const DELAY: Duration = Duration::from_millis(20);

/// A server that takes that long for every answer.
fn slow(delay: Duration) -> Server {
    Server::new(move |connection| {
        while connection.request() {
            sleep(delay);
            if connection.send(OK).is_err() {
                return;
            }
        }
    })
}

/// A server that answers at once, but for a second that begins with its hundredth request, in which it answers nothing.
fn stalling() -> Server {
    let (requests, began) = (AtomicUsize::new(0), Arc::new(std::sync::OnceLock::new()));
    Server::new(move |connection| {
        while connection.request() {
            if requests.fetch_add(1, Ordering::SeqCst) >= 100 {
                let began: &Instant = began.get_or_init(Instant::now);
                sleep(Duration::from_secs(1).saturating_sub(began.elapsed()));
            }
            if connection.send(OK).is_err() {
                return;
            }
        }
    })
}

async fn run(url: &str, args: &str) -> Ended {
    Loadtest::new(format!("load --url {url} --output-format json {args}")).run().await
}

async fn load(url: &str, args: &str) -> Value {
    let report = run(url, args).await.report();
    let mut phase = phase(&report, "load").clone();
    phase["warnings"] = warnings(&report).into();
    phase
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Whether this machine was too busy to send each request of such a rate before the next was due, as it says itself.
pub fn was_late(load: &Value, rate: f64) -> bool {
    number(&load["client_late_us"]["max"]) >= 1e6 / rate
}

#[tokio::test]
async fn a_closed_loop_sends_as_many_as_it_is_told_and_says_that_it_is_closed() {
    let server = Server::always(OK);
    let load = load(&server.url("/"), "-c 3 -n 200").await;
    assert_eq!(
        (&load["samples"], &load["counted"], &load["loop"]),
        (&200.into(), &200.into(), &"closed".into())
    );
    assert_eq!((&load["asked_rate"], &load["saturated"]), (&Value::Null, &Value::Null));
    assert_eq!(load["latency_us"], load["service_us"]);
    assert!(load["warnings"].as_str().unwrap().contains("service time in a closed loop"), "{load}");
    // And one before, to learn what an answer looks like. The server may still be at one over which nothing was asked.
    until(|| server.accepted() >= 4).await;
    assert_eq!((server.requests().len(), server.accepted()), (201, 4));
}

#[tokio::test]
async fn an_open_loop_sends_every_request_of_its_schedule() {
    let server = Server::always(OK);
    let load = load(&server.url("/x?y=z"), "-c 4 -q 500 -n 200").await;
    assert_eq!((&load["samples"], &load["loop"], &load["unsent"]), (&200.into(), &"open".into(), &0.into()));
    assert_eq!(load["asked_rate"], 500.0);
    assert!(load["achieved_rate"] == 500.0 || was_late(&load, 500.0), "{load}");
    assert!(number(&load["latency_us"]["p50"]) >= number(&load["service_us"]["min"]), "{load}");
    assert_eq!((server.requests().len(), server.paths()[200].as_str()), (201, "/x?y=z"));
}

#[tokio::test]
async fn more_than_the_connections_can_carry_saturates_the_target_and_is_told() {
    let server = slow(DELAY);
    let load = load(&server.url("/"), "-c 2 -q 1000 -z 1s").await;
    // Two connections and 20 ms carry 100 a second, whatever is asked.
    assert!(number(&load["achieved_rate"]) <= 102.0, "{load}");
    assert_eq!((&load["saturated"], &load["behind"]), (&true.into(), &"target".into()));
    assert_eq!(number(&load["samples"]) + number(&load["unsent"]), 1000.0);
    assert_eq!(load["latency_us"]["p50"], Value::Null, "most were never sent");
    assert!(number(&load["service_us"]["p50"]) < 1e6 && number(&load["latency_us"]["min"]) >= 2e4, "{load}");
    assert!(load["warnings"].as_str().unwrap().contains("all 2 connections waited for answers"), "{load}");
}

#[tokio::test]
async fn a_stall_shows_in_an_open_loop_with_every_request_it_held_back() {
    let load = load(&stalling().url("/"), "-c 5 -q 500 -n 1500").await;
    assert_eq!((&load["samples"], &load["counted"]), (&1500.into(), &1500.into()));
    // Of 1,500 requests, about 500 were due in the second of the stall: a third, from 0 to 1 s late.
    assert!(number(&load["latency_us"]["p90"]) > 5e5, "{load}");
    assert!(number(&load["latency_us"]["p99"]) > 9e5, "{load}");
    // Only those that were under way when it began took long to be answered.
    assert!(number(&load["service_us"]["p99"]) < 5e5, "{load}");
}

#[tokio::test]
async fn failures_are_counted_by_kind_and_their_times_are_none() {
    let count = AtomicUsize::new(0);
    let server = Server::new(move |connection| {
        while connection.request() {
            let failed = "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n";
            let other = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nok";
            let cached =
                "HTTP/1.1 200 OK\r\nage: 3\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok";
            let sent = match count.fetch_add(1, Ordering::SeqCst) % 10 {
                1 => connection.send(failed),
                2 => connection.send(other),
                3 => connection.send(cached),
                4 => return,
                _ => connection.send(OK),
            };
            if sent.is_err() {
                return;
            }
        }
    });
    let load = load(&server.url("/"), "-c 1 -n 99").await;
    assert_eq!((&load["samples"], &load["counted"]), (&99.into(), &59.into()), "{load}");
    for kind in ["status-500", "wrong-answer", "cached", "transport"] {
        assert_eq!(load["failures"][kind], 10, "{kind}: {load}");
    }
    assert_eq!(load["connections_made"], 11);
}

#[tokio::test]
async fn less_is_checked_where_less_is_asked_for() {
    let failing = || {
        answers::nth(|n| match n % 3 {
            0 => answers::time(),
            1 => ResponseTemplate::new(200).set_body_raw(r#"{"error":"busy"}"#, "application/json"),
            _ => ResponseTemplate::new(500),
        })
    };
    for (check, failed) in [("shape", 20), ("status", 10), ("none", 0)] {
        for (command, name) in
            [("load -c 1 -n 30", "load"), ("--warm -n 27", "warm"), ("--cold -n 30 --idle 0s", "cold")]
        {
            let server = failing().await;
            let args = format!("{command} --url {} --check {check} --output-format json", server.uri());
            let report = Loadtest::new(args).run().await.report();
            let failures = phase(&report, name)["failures"].as_object().unwrap().clone();
            // Warm requests come after three of warm-up, whose failures may count too.
            let found: u64 = failures.values().map(|n| n.as_u64().unwrap()).sum();
            assert!((failed * 9 / 10..=failed).contains(&found), "{command} {check}: {failures:?}");
            assert_eq!(report["plan"].get("check").and_then(Value::as_str).unwrap_or("shape"), check);
        }
    }
}

#[tokio::test]
async fn a_server_that_closes_every_connection_is_told_of() {
    let server = Server::closing_after(OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
    let closing = load(&server.url("/"), "-c 2 -n 40").await;
    assert_eq!((&closing["counted"], &closing["connections_made"]), (&40.into(), &40.into()));
    let told = closing["warnings"].as_str().unwrap();
    assert!(told.contains("the server closes its connections: 40 requests needed 40 of them"), "{told}");
    let kept = load(&Server::always(OK).url("/"), "-c 2 -n 40").await;
    assert!(!kept["warnings"].as_str().unwrap().contains("closes its connections"), "{kept}");
}

#[tokio::test]
async fn a_target_that_only_ever_answers_once_is_reported_as_unusable() {
    let count = AtomicUsize::new(0);
    let failed = "HTTP/1.1 503 Oh\r\ncontent-length: 0\r\n\r\n";
    let server = Server::new(move |connection| {
        let answer = |n| if n == 0 { OK } else { failed };
        while connection.request() && connection.send(answer(count.fetch_add(1, Ordering::SeqCst))).is_ok() {}
    });
    let ended = run(&server.url("/"), "-c 2 -n 30 -q 1000").await;
    assert_eq!(ended.code, Some(3));
    let report = parse(&ended.stdout);
    assert_eq!(phase(&report, "load")["failures"]["status-503"], 30);
    assert!(warnings(&report).contains("30 of 30 load requests failed"), "{report}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn more_connections_than_open_files_are_refused_with_how_to_allow_them() {
    let args = "load --url http://127.0.0.1:1/ -c 300";
    let ended = Loadtest::in_shell("ulimit -n 200; exec \"$0\" \"$@\"", args).run().await;
    ended.refused(2, &["-c 300", "200", "ulimit -n 400"]);
}

#[tokio::test]
async fn a_time_out_only_pushes_percentiles_up() {
    let count = AtomicUsize::new(0);
    let server = Server::new(move |connection| {
        while connection.request() {
            if count.fetch_add(1, Ordering::SeqCst) % 5 == 4 || connection.send(OK).is_err() {
                // Until the client is gone.
                connection.request();
                return;
            }
        }
    });
    // More than any other answer takes on a busy machine.
    let load = load(&server.url("/"), "-c 10 -n 100 -t 2s").await;
    assert_eq!((&load["failures"]["timeout"], &load["counted"]), (&20.into(), &80.into()));
    assert!(number(&load["latency_us"]["p50"]) < 2e6, "{load}");
    assert_eq!((&load["latency_us"]["p90"], &load["latency_us"]["max"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn instances_are_counted_by_their_own_word() {
    let server = answers::fresh().await;
    let fresh = load(&server.uri(), "-c 2 -n 40").await;
    assert_eq!((&fresh["evidence"]["fresh"], &fresh["evidence"]["instances"]), (&40.into(), &40.into()));
    let server = answers::reused().await;
    let reused = load(&server.uri(), "-c 2 -n 40").await;
    assert_eq!((&reused["evidence"]["reused"], &reused["evidence"]["instances"]), (&40.into(), &1.into()));
}

#[tokio::test]
async fn a_rate_that_is_sent_in_time_and_answered_ever_later_is_not_kept_up_with() {
    // One after the other, as they come: twenty a second, however many connections there are to send more. A lock alone would
    // let some pass others.
    let (came, turn, next) = (AtomicUsize::new(0), Mutex::new(0), Condvar::new());
    let server = Server::new(move |connection| {
        while connection.request() {
            let place = came.fetch_add(1, Ordering::SeqCst);
            let mut turn = next.wait_while(turn.lock().unwrap(), |turn| *turn != place).unwrap();
            sleep(Duration::from_millis(50));
            let _ = connection.send(OK);
            *turn += 1;
            next.notify_all();
        }
    });
    let load = load(&server.url("/"), "-c 100 -q 40 -z 1s").await;
    assert_eq!(
        (&load["saturated"], &load["unsent"], &load["counted"]),
        (&true.into(), &0.into(), &40.into()),
        "{load}"
    );
}

#[tokio::test]
async fn a_ramp_finds_the_knee() {
    // Four connections and 100 ms carry 40 a second; a busy machine that adds to this takes little of it.
    let server = slow(5 * DELAY);
    let load = load(&server.url("/"), "-c 4 --ramp 8..80 -z 10s").await;
    let rates: Vec<_> =
        load["steps"].as_array().unwrap().iter().map(|step| number(&step["asked_rate"])).collect();
    assert_eq!(rates, [8., 16., 24., 32., 40., 48., 56., 64., 72., 80.]);
    let (knee, lost) = (number(&load["knee"]["rate"]), number(&load["knee"]["lost_at"]));
    assert!((24.0..=40.0).contains(&knee) && (32.0..=48.0).contains(&lost), "{load}");
    assert_eq!(number(&load["asked_rate"]), knee);
    assert_eq!((&load["steps"][9]["saturated"], &load["saturated"]), (&true.into(), &false.into()));
}

#[tokio::test]
async fn a_target_that_dies_at_a_higher_rate_of_a_ramp_fails_a_gate_of_failures() {
    let (count, dir) = (AtomicUsize::new(0), tempdir().unwrap());
    let server = Server::new(move |connection| {
        while connection.request()
            && count.fetch_add(1, Ordering::SeqCst) < 250
            && connection.send(OK).is_ok()
        {}
    });
    let args = "-c 10 --ramp 100..1000 -z 2s --fail-if failures>1% --samples x.ndjson -o x.json";
    let args = format!("load --url {} {args}", server.url("/"));
    let ended = Loadtest::new(args).within(dir.path()).run().await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let report = report_in(&dir.path().join("x.json"));
    let load = phase(&report, "load");
    let failed = number(&load["failures"]["transport"]);
    // It died in the middle of 500/s; one answer was to learn from.
    assert_eq!(number(&load["samples"]) - failed, 249.0, "{load}");
    let causes = load["causes"].as_object().unwrap().values().map(number).sum::<f64>();
    assert_eq!(causes, failed, "each has a cause: {load}");
    let steps = load["steps"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| number(&step["failed"])).sum::<f64>(), failed);
    assert_eq!((&steps[9]["failing"], &steps[9]["throughput"]), (&true.into(), &0.0.into()));
    assert!(warnings(&report).contains("requests failed at some rates of the ramp"), "{report}");
    Loadtest::new("report x.ndjson -o again.json").within(dir.path()).run().await.well();
    let again = report_in(&dir.path().join("again.json"));
    assert_eq!(phase(&again, "load"), load, "the file of samples has it all");
}

#[tokio::test]
async fn the_report_says_what_it_is_of() {
    let server = Server::always(OK);
    let text = |args: &str| Loadtest::new(format!("load --url {} -c 2 {args}", server.url("/"))).run();
    let open = text("-q 200 -n 40").await.well();
    assert!(
        open.contains("Load: open loop at 200/s, 2 connections") && open.contains("\n latency "),
        "{open}"
    );
    let closed = text("-n 40").await.well();
    assert!(closed.contains("Load: closed loop") && !closed.contains("\n latency "), "{closed}");
    let markdown = text("-q 200 -n 40 --output-format markdown").await.well();
    assert!(markdown.contains("| latency | 40 |"), "{markdown}");
    let ramp = text("--ramp 100..200 -z 500ms").await.well();
    assert!(ramp.contains("Ramp: latency at each rate"), "{ramp}");
}

#[tokio::test]
async fn a_saved_report_is_rendered_again_as_it_was() {
    let (server, dir) = (Server::always(OK), tempdir().unwrap());
    // Not of a schedule that may not be kept here: JSON has no infinity.
    for args in ["-q 500 -n 40", "-n 40"] {
        let args = format!("load --url {} -c 2 {args} -o x.json", server.url("/"));
        let text = Loadtest::new(args).within(dir.path()).run().await.well();
        let again = Loadtest::new("report x.json").within(dir.path()).run().await.well();
        assert_eq!(again, text);
    }
}

#[tokio::test]
async fn an_interrupt_reports_what_was_measured() {
    for rate in ["-q 200", "", "--ramp 100..1000"] {
        let (server, dir) = (Server::always(OK), tempdir().unwrap());
        let args = format!("load --url {} -c 2 -z 1h {rate} -o x.json", server.url("/"));
        let running = Loadtest::new(args).within(dir.path()).start();
        until(|| server.requests().len() > 30).await;
        running.signal(Signal::INT);
        let ended = running.end().await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(130), ""), "{rate}");
        let report = report_in(&dir.path().join("x.json"));
        assert_eq!(report["interrupted"], true);
        assert!(number(&phase(&report, "load")["counted"]) >= 20.0, "{report}");
    }
}

#[tokio::test]
async fn an_interrupted_stall_is_not_waited_for_and_is_counted() {
    let count = AtomicUsize::new(0);
    let server = Server::new(move |connection| {
        while connection.request() {
            if count.fetch_add(1, Ordering::SeqCst) > 10 {
                sleep(Duration::from_secs(3600));
            }
            let _ = connection.send(OK);
        }
    });
    let dir = tempdir().unwrap();
    let args = format!("load --url {} -c 2 -z 1h -q 100 -o x.json", server.url("/"));
    let running = Loadtest::new(args).within(dir.path()).start();
    until(|| server.requests().len() == 13).await;
    running.signal(Signal::INT);
    assert_eq!(running.end().await.code, Some(130));
    assert_eq!(phase(&report_in(&dir.path().join("x.json")), "load")["unfinished"], 2);
}

#[tokio::test]
async fn a_target_that_does_not_answer_is_told_with_the_remedy() {
    run("http://127.0.0.1:1/", "").await.refused(3, &["connection refused", "does anything listen"]);
    let failing = Server::always("HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n");
    run(&failing.url("/"), "").await.refused(3, &["404", "is the path right?"]);
    run(&Server::silent().url("/"), "-t 100ms").await.refused(3, &["within 100ms", "-t"]);
    run(&Server::closing_after("").url("/"), "").await.refused(3, &["no whole answer"]);
    let plain = answers::always(answers::time()).await;
    run(&plain.uri().replace("http:", "https:"), "").await.refused(3, &["no TLS there"]);
}

#[tokio::test]
async fn without_a_url_spin_url_is_asked_and_without_that_the_flag_is_named() {
    let server = Server::always(OK);
    Loadtest::new("load -c 1 -n 20").env("SPIN_URL", server.url("/")).run().await.well();
    assert_eq!(server.requests().len(), 21);
    Loadtest::new("load").run().await.refused(2, &["--url", "SPIN_URL"]);
}
