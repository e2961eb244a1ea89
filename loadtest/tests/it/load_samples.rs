//! Every request of a load in a file: what is read from it is what was printed.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::program::{Loadtest, parse, phase, report_in, warnings};
use crate::common::server::{OK, Server};
use crate::common::until;
use crate::load::was_late;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::tempdir;

fn load(server: &Server, file: &Path, args: &str) -> Loadtest {
    let url = server.url("/");
    Loadtest::new(format!("load --url {url} --output-format json {args}")).arg("--samples").arg(file)
}

async fn reported(files: &[&Path]) -> Value {
    let report = Loadtest::new("report --output-format json");
    files.iter().fold(report, |report, file| report.arg(file)).run().await.report()
}

/// Lines of requests in it.
fn requests(file: &Path) -> usize {
    fs::read_to_string(file).unwrap().lines().filter(|line| line.contains("\"sent_ns\"")).count()
}

#[tokio::test]
async fn what_is_reported_from_the_file_is_what_was_printed() {
    let dir = tempdir().unwrap();
    for args in
        ["-c 3 -n 200", "-c 4 -q 500 -z 300ms", "-c 2 --ramp 50..200 -z 500ms", "-c 1 -q 2000 -z 100ms"]
    {
        let (server, file) = (Server::always(OK), dir.path().join("load.ndjson"));
        let printed = load(&server, &file, args).run().await.report();
        assert_eq!(reported(&[&file]).await, printed, "{args}");
        // But the one before, which tells what an answer looks like.
        assert_eq!(requests(&file), server.requests().len() - 1, "{args}");
        fs::remove_file(file).unwrap();
    }
}

#[tokio::test]
async fn a_load_that_was_killed_is_not_written_over_and_one_that_ended_is() {
    let (server, dir) = (Server::always(OK), tempdir().unwrap());
    let file = dir.path().join("load.ndjson");
    let running = load(&server, &file, "-c 1 -q 200 -z 60s").start();
    until(|| file.exists() && requests(&file) > 5).await;
    running.signal(Signal::KILL);
    running.end().await;
    let (killed, asked) = (fs::read(&file).unwrap(), server.requests().len());
    let measure = Loadtest::new(format!("--url {} --samples", server.url("/"))).arg(&file);
    for again in [load(&server, &file, "-c 1 -n 20"), measure] {
        again
            .run()
            .await
            .refused(2, &["load.ndjson", "a load that did not end", "loadtest report", "name another"]);
    }
    assert_eq!((fs::read(&file).unwrap(), server.requests().len()), (killed, asked));
    fs::remove_file(&file).unwrap();
    for requests in [20, 30] {
        load(&server, &file, &format!("-c 1 -n {requests}")).run().await.report();
        assert_eq!(phase(&reported(&[&file]).await, "load")["counted"], requests);
    }
}

#[tokio::test]
async fn a_file_that_is_read_in_parts_is_counted_whole_and_a_bad_line_in_it_is_named() {
    let (server, dir) = (Server::always(OK), tempdir().unwrap());
    let file = dir.path().join("load.ndjson");
    load(&server, &file, "-c 3 -n 200").run().await.report();
    let text = fs::read_to_string(&file).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    let (sent, ends) = rest.split_at(rest.find("{\"stage_ended\"").unwrap());
    // Larger than is read by one thread.
    let times = (12 << 20) / sent.len();
    let many = sent.repeat(times);
    fs::write(&file, [head, "\n", &many, ends].concat()).unwrap();
    let once = phase(&reported(&[&file]).await, "load").clone();
    assert_eq!(once["counted"], 200 * times);
    assert_eq!((&once["connections_made"], &once["failures"]), (&3.into(), &serde_json::json!({})));
    fs::write(&file, [head, "\n", &many, "{}\n", ends].concat()).unwrap();
    let line = format!("load.ndjson, line {}: no request", 200 * times + 2);
    Loadtest::new("report").arg(&file).run().await.refused(2, &[&line, "delete the line"]);
}

#[tokio::test]
async fn what_was_killed_is_read_as_far_as_it_came() {
    const ANSWERED: usize = 150;
    let (dir, asked) = (tempdir().unwrap(), AtomicUsize::new(0));
    // The first one only tells what an answer looks like.
    let server = Server::new(move |connection| {
        while connection.request()
            && (asked.fetch_add(1, Ordering::SeqCst) > ANSWERED || connection.send(OK).is_ok())
        {}
    });
    let file = dir.path().join("load.ndjson");
    let running = load(&server, &file, "-c 2 -q 200 -z 1h").start();
    // What was answered is there soon, though nothing else is answered after it.
    until(|| file.exists() && requests(&file) == ANSWERED).await;
    running.signal(Signal::KILL);
    running.end().await;
    let report = reported(&[&file]).await;
    assert_eq!(report["interrupted"], true);
    assert_eq!(phase(&report, "load")["counted"], ANSWERED);
}

#[tokio::test]
async fn several_machines_are_one_load() {
    let dir = tempdir().unwrap();
    let files = ["a", "b"].map(|name| dir.path().join(name).with_extension("ndjson"));
    let server = Server::always(OK);
    for (file, seed) in files.iter().zip(1..) {
        load(&server, file, &format!("-c 4 -q 300 -n 90 --seed {seed}")).run().await.report();
    }
    let merged = reported(&[&files[0], &files[1]]).await;
    let load = phase(&merged, "load");
    assert_eq!((&load["samples"], &load["connections"]), (&180.into(), &8.into()));
    assert_eq!(load["asked_rate"], 600.0);
    assert!(load["achieved_rate"] == 600.0 || was_late(load, 300.0), "{load}");
    assert!(warnings(&merged).contains("merged of"), "{merged}");
    let twice = Loadtest::new("report").arg(&files[0]).arg(&files[0]).run().await;
    twice.refused(2, &["have the same requests"]);
}

#[tokio::test]
async fn loads_that_are_none_together_are_refused() {
    let dir = tempdir().unwrap();
    let [one, longer] = ["a", "b"].map(|name| dir.path().join(name));
    let server = Server::always(OK);
    load(&server, &one, "-c 1 -q 100 -z 100ms").run().await.report();
    load(&server, &longer, "-c 1 -q 100 -z 200ms").run().await.report();
    let refused = Loadtest::new("report").arg(&one).arg(&longer).run().await;
    refused.refused(2, &["not of one load", "different times"]);
    let compared = Loadtest::new(format!("compare a={} b={}", one.display(), longer.display())).run().await;
    compared.refused(2, &["of a load", "compared with nothing"]);
}

#[tokio::test]
async fn a_line_that_is_no_request_is_named() {
    let dir = tempdir().unwrap();
    let (server, file) = (Server::always(OK), dir.path().join("load.ndjson"));
    load(&server, &file, "-c 1 -n 3").run().await.report();
    let sound = fs::read_to_string(&file).unwrap();
    let head = sound.lines().next().unwrap();
    for (line, why) in [
        ("{}", "line 2: no request"),
        (
            r#"{"stage":7,"index":0,"intended_ns":0,"free_ns":0,"sent_ns":0,"done_ns":1}"#,
            "there is no stage 7",
        ),
        (
            r#"{"stage":0,"index":0,"intended_ns":0,"free_ns":0,"sent_ns":0,"done_ns":1,"failed":"\u001b[2J"}"#,
            "control character",
        ),
        (
            r#"{"stage_ended":9,"period_us":1.0,"sent":1,"unsent":0,"connections_made":1,"busy":null}"#,
            "no stage 9",
        ),
    ] {
        fs::write(&file, format!("{head}\n{line}\n")).unwrap();
        Loadtest::new("report").arg(&file).run().await.refused(2, &[why]);
    }
    fs::write(&file, head.replace("\"sent\":3", "\"sent\":0") + "\n").unwrap();
    Loadtest::new("report").arg(&file).run().await.refused(2, &["no load has such a pace"]);
}

#[tokio::test]
async fn a_disk_that_is_full_ends_the_load_with_what_was_counted() {
    let (server, dir) = (Server::always(OK), tempdir().unwrap());
    let args = format!("load --url {} -c 2 -q 200 -z 60s --samples x.ndjson -o x.json", server.url("/"));
    let ended = Loadtest::in_shell("trap '' XFSZ; ulimit -f 40; exec \"$0\" \"$@\"", args)
        .within(dir.path())
        .run()
        .await;
    ended.complained(2, &["cannot write samples to x.ndjson", "make room"]);
    let counted = phase(&report_in(&dir.path().join("x.json")), "load")["counted"].as_u64().unwrap() as usize;
    let kept = reported(&[&dir.path().join("x.ndjson")]).await;
    let kept = phase(&kept, "load")["counted"].as_u64().unwrap() as usize;
    assert!(kept > 30 && counted >= kept, "{kept} of {counted}");
    let nothing = load(&server, Path::new("/dev/full"), "-c 2 -q 100 -z 30s").run().await;
    nothing.complained(2, &["cannot write samples to /dev/full"]);
    // What was answered before that was noticed is told.
    assert!(nothing.stdout.is_empty() || parse(&nothing.stdout)["interrupted"] == true, "{nothing:?}");
}

#[tokio::test]
async fn samples_on_standard_output_leave_the_report_to_standard_error() {
    let server = Server::always(OK);
    let url = server.url("/");
    let ended = Loadtest::new(format!("load --url {url} -c 1 -n 30 --quiet --samples -")).run().await;
    assert_eq!(ended.stdout.lines().filter(|line| line.contains("\"sent_ns\"")).count(), 30);
    assert!(ended.stderr.contains("closed loop"), "{}", ended.stderr);
}

#[tokio::test]
async fn an_instance_that_answers_two_machines_is_one() {
    let dir = tempdir().unwrap();
    let count = AtomicUsize::new(0);
    let server = Server::new(move |connection| {
        while connection.request() {
            let served = count.fetch_add(1, Ordering::SeqCst) + 1;
            let said = format!("server-timing: instance;desc=\"one\", served;desc=\"{served}\"");
            if connection.send(OK.replacen("\r\n", &format!("\r\n{said}\r\n"), 1)).is_err() {
                break;
            }
        }
    });
    let files = ["a.ndjson", "b.ndjson"].map(|name| dir.path().join(name));
    for file in &files {
        load(&server, file, "-c 1 -n 30").run().await.well();
    }
    let merged = reported(&[&files[0], &files[1]]).await;
    assert_eq!(phase(&merged, "load")["evidence"]["instances"], 1);
}
