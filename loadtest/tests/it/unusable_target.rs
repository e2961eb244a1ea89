//! Targets that give no usable answer: the first failure is told in one line, with its remedy.

use std::io::{Read, Write};

use crate::common::program::{Loadtest, files_in, parse, phase_of, samples_in, warnings};
use crate::common::server::{Nobody, OK, Server};
use crate::common::{answers, until};
use loadtest::sample::Outcome;
use tempfile::tempdir;
use wiremock::ResponseTemplate;

/// Nothing is printed, and no report is left, whole or half.
async fn refused(url: &str, words: &[&str]) {
    let dir = tempdir().unwrap();
    let args = format!("--url {url} -t 20s -o report.json");
    let ended = Loadtest::new(args).within(dir.path()).run().await;
    ended.refused(3, &[&[url], words].concat());
    assert!(files_in(dir.path()).is_empty());
}

#[tokio::test]
async fn what_is_no_answer_is_told_with_its_remedy() {
    refused("http://no-such-host.invalid/", &["does not resolve", "name right?"]).await;
    refused(&Nobody::new().url(), &["connection refused", "does anything listen there?"]).await;
    for (answer, words) in [
        ("HTTP/1.1 200 OK\r\ncontent-le", &["no whole answer"][..]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok", &["no whole answer"]),
        ("SSH-2.0-OpenSSH_9.6\r\n", &["no whole answer", "does it speak HTTP?"]),
    ] {
        refused(&Server::closing_after(answer).url("/"), words).await;
    }
}

#[tokio::test]
async fn each_status_is_told_with_its_remedy_after_one_request() {
    let remedies = [
        (302, "redirects are not followed"),
        (401, "-H"),
        (404, "path"),
        (405, "-m"),
        (418, "2xx"),
        (429, "less often"),
        (500, "its own log"),
        (501, "-m"),
    ];
    for (status, remedy) in remedies {
        let server =
            answers::nth(move |_| ResponseTemplate::new(status).insert_header("location", "/")).await;
        refused(&format!("{}/", server.uri()), &[&status.to_string(), remedy]).await;
        answers::only_request(&server).await;
    }
}

#[tokio::test]
async fn tls_to_a_port_without_is_told_with_the_url_to_try() {
    let server = answers::always(answers::time()).await;
    let url = format!("https://{}/", server.address());
    refused(&url, &["no TLS there", &format!("try http://{}/", server.address())]).await;
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_no_more_than_its_time() {
    let server = Server::silent();
    let ended = Loadtest::new(format!("--url {} -t 300ms", server.url("/"))).run().await;
    ended.refused(3, &[&server.url("/"), "did not answer within 300ms;", "-t"]);
    until(|| !server.requests().is_empty()).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_header_that_no_client_reads_is_named() {
    let answer = "HTTP/1.1 200 OK\r\nx good: 1\r\ncontent-length: 2\r\n\r\nok";
    let server = Server::always(answer);
    refused(&server.url("/"), &["the header \"x good: 1\"", "mend that in the target"]).await;
    let ended = Loadtest::new(format!("load --url {} -n 9", server.url("/"))).run().await;
    ended.refused(3, &["the header \"x good: 1\"", "mend that in the target"]);
}

#[tokio::test]
async fn what_answers_in_tls_is_told_with_the_url_to_try() {
    let server = Server::new(|connection| {
        connection.request();
        let _ = connection.send("\u{15}\u{3}\u{1}\0\u{2}\u{2}F");
    });
    let url = server.url("/");
    refused(&url, &["answers in TLS", &format!("try {}", url.replace("http:", "https:"))]).await;
}

#[tokio::test]
async fn a_server_that_closes_kept_connections_is_told_so_and_its_log_is_not_blamed() {
    let server = Server::new(|connection| {
        if connection.request() && connection.send(OK).is_ok() {
            connection.request();
        }
    });
    let ended = Loadtest::new(format!("--url {} --warm -n 20", server.url("/"))).run().await;
    let told = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("kept connection") && told.contains("-H 'Connection: close'"), "{told}");
    assert!(!told.contains("own log"), "{told}");
}

#[tokio::test]
async fn the_first_wrong_answer_is_shown_and_commands_no_terminal() {
    let wrong = "{\n\"error\": \"busy!\"}";
    let other = move || ResponseTemplate::new(200).set_body_raw(wrong, "application/json");
    let shown = r#"{\n"error": "busy!"}"#;
    let server = answers::nth(move |n| if n > 10 { other() } else { answers::time() }).await;
    let ended =
        Loadtest::new(format!("--url {} --warm -n 20 --output-format json", server.uri())).run().await;
    let report = parse(&ended.stdout);
    let first = phase_of(&report["targets"][0], "warm")["wrong_answer"].as_str().unwrap();
    assert!(first.ends_with(shown), "{first}");
    let warnings = warnings(&report);
    assert!(warnings.contains(shown) && !warnings.contains("--samples"), "{warnings}");
}

#[tokio::test]
async fn the_first_wrong_answer_under_load_is_shown_and_kept_with_the_samples() {
    let (wrong, dir) = (r#"{"error":"busy"}"#, tempdir().unwrap());
    let other = move || ResponseTemplate::new(200).set_body_raw(wrong, "application/json");
    let server = answers::nth(move |n| if n > 20 { other() } else { answers::time() }).await;
    let args = format!("load --url {} -c 2 -n 60 --samples l.ndjson --output-format json", server.uri());
    let printed = parse(&Loadtest::new(args).within(dir.path()).run().await.stdout);
    let load = phase_of(&printed["targets"][0], "load");
    assert!(load["wrong_answer"].as_str().unwrap().ends_with(wrong), "{load}");
    assert!(warnings(&printed).contains(wrong), "{}", warnings(&printed));
    let again = Loadtest::new("report l.ndjson --output-format json").within(dir.path()).run().await;
    assert_eq!(parse(&again.stdout)["targets"][0]["phases"][0]["wrong_answer"], load["wrong_answer"]);
}

#[tokio::test]
async fn a_body_without_end_is_given_up() {
    let server = Server::new(|connection| {
        connection.request();
        let _ = connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        while connection.send(&chunk).is_ok() {}
    });
    refused(&server.url("/"), &["longer than 10 MB", "measures the network"]).await;
}

#[tokio::test]
async fn one_unusable_target_ends_the_comparison_after_what_was_measured_is_reported() {
    let server = answers::always(answers::time()).await;
    let nobody = Nobody::new();
    let gone = nobody.url();
    let args = format!("compare a={} b={gone} --cold --idle 0s --output-format json", server.uri());
    // With the first seed, what is gone is asked first; with the second, it is asked after the other.
    let nothing = Loadtest::new(format!("{args} --seed 0")).run().await;
    nothing.refused(3, &[&gone, "connection refused"]);
    let something = Loadtest::new(format!("{args} --seed 3")).run().await;
    something.complained(3, &[&gone, "connection refused"]);
    let report = parse(&something.stdout);
    assert_eq!(phase_of(&report["targets"][0], "cold")["samples"], 1);
    // Whoever reads the report alone is told the same.
    let refused = phase_of(&report["targets"][1], "cold");
    assert_eq!(
        (&refused["failures"]["transport"], &refused["causes"]["connection refused"]),
        (&1.into(), &1.into())
    );
    let warnings = warnings(&report);
    assert!(warnings.contains("(connection refused; does anything listen there?)"), "{warnings}");
}

#[tokio::test]
async fn a_target_that_dies_in_the_middle_is_reported_with_its_cause_and_what_to_do() {
    // Ends with its fifth connection, and listens no more; those before it are answered.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut connection in listener.incoming().take(4).flatten() {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && matches!(connection.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let answer = OK.replacen("\r\n", "\r\nconnection: close\r\n", 1);
            connection.write_all(answer.as_bytes()).unwrap();
        }
    });
    let ended = Loadtest::new(format!("--url {url} --cold -n 20 --idle 0s")).run().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let told = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "16 of 20 ",
        // The one that came as it ended may have been reset.
        "16 of 20 cold requests failed (",
        "connection refused after it had answered; does it still run?",
        "of the others only: --fail-if 'cold.failures>1%' gates these",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

/// Refuses a query that it does not know, as whoever checks a signature does.
fn strict() -> Server {
    Server::new(|connection| {
        while connection.request() {
            let refused = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
            let answer = if connection.last_request().contains("_cold=") { refused } else { OK };
            if connection.send(answer).is_err() {
                return;
            }
        }
    })
}

#[tokio::test]
async fn a_refused_cold_query_is_told_and_warm_goes_on_without_it() {
    let server = strict();
    let ended = Loadtest::new(format!("--url {} -n 19 --idle 0s", server.url("/"))).run().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), ""), "{ended:?}");
    let told = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(" 1 of 23 ") && told.contains("--no-cache-buster leaves it out"), "{told}");
    assert_eq!(server.paths().iter().filter(|path| path.contains("_cold=")).count(), 1);
    assert_eq!(server.requests().len(), 1 + 3 + 19, "every warm request is asked");
    let cold = Loadtest::new(format!("--url {} --cold --idle 0s", server.url("/"))).run().await;
    cold.refused(3, &["403", "--no-cache-buster leaves it out"]);
}

#[tokio::test]
async fn cold_requests_are_as_given_where_that_is_wanted() {
    let server = strict();
    let ended =
        Loadtest::new(format!("--url {} -n 2 --idle 0s --no-cache-buster", server.url("/?a"))).run().await;
    ended.well();
    assert!(server.paths().iter().all(|path| path == "/?a"), "{:?}", server.paths());
}

#[tokio::test]
async fn the_samples_until_then_are_kept() {
    let (server, dir) = (answers::always(ResponseTemplate::new(500)).await, tempdir().unwrap());
    let args = format!("--url {} --samples samples.ndjson", server.uri());
    Loadtest::new(args).within(dir.path()).run().await.refused(3, &["500"]);
    let samples = samples_in(&dir.path().join("samples.ndjson"));
    assert_eq!(samples.iter().map(|sample| &sample.outcome).collect::<Vec<_>>(), [&Outcome::Status(500)]);
}

#[tokio::test]
async fn a_phase_in_which_nothing_was_answered_is_a_row_and_no_success() {
    let answer = |n| if n < 2 { answers::time() } else { ResponseTemplate::new(503) };
    let server = answers::nth(answer).await;
    let ended = Loadtest::new(format!("--url {} -n 2 --idle 0s -v", server.uri())).run().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), ""), "{ended:?}");
    let warm = ended.stdout.split("\nWarm:").nth(1).unwrap();
    assert!(warm.contains(" 0/2 ") && warm.contains("2 failed: status-503"), "{}", ended.stdout);
}
