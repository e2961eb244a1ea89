//! Wrong usage and configuration: found before anything is asked, and told in one line.

use crate::common::answers;
use crate::common::program::{Loadtest, files_in, phase, report_in, samples_in};
use tempfile::tempdir;
use wiremock::MockServer;

/// Where nobody is asked: whoever asks there fails in another way.
const NOBODY: &str = "http://127.0.0.1:1/";

async fn refused(args: &str, words: &[&str]) {
    Loadtest::new(args).run().await.refused(2, words);
}

async fn site() -> MockServer {
    answers::always(answers::time()).await
}

async fn assert_not_asked(server: &MockServer) {
    let requests = answers::requests(server).await;
    assert!(requests.is_empty(), "{requests:?}");
}

#[tokio::test]
async fn a_url_without_a_scheme_is_refused_with_the_one_to_write() {
    refused("--url example.org/api", &["\"example.org/api\"", "write http://example.org/api"]).await;
    refused("--url localhost:3000", &["\"localhost:3000\"", "write http://localhost:3000"]).await;
}

#[tokio::test]
async fn a_header_that_announces_a_body_is_refused_by_every_command() {
    for header in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        for args in [
            &format!("--url {NOBODY}"),
            "--local",
            &format!("compare a={NOBODY} b={NOBODY}"),
            &format!("load --url {NOBODY}"),
            "matrix",
            "deploy --to cloud",
        ] {
            let ended = Loadtest::new(args).arg("-H").arg(header).run().await;
            ended.refused(2, &[header.split(':').next().unwrap(), "announces a body"]);
        }
    }
}

#[tokio::test]
async fn an_unknown_scheme_is_refused_by_name() {
    refused("--url ftp://example.org/", &["\"ftp\"", "http and https"]).await;
}

#[tokio::test]
async fn a_url_without_its_flag_is_told_with_it() {
    refused("http://127.0.0.1:1/", &["write --url http://127.0.0.1:1/"]).await;
    refused("--cold -n 5 http://127.0.0.1:1/", &["write --url http://127.0.0.1:1/"]).await;
    refused("localhost:3000", &["write --url http://localhost:3000"]).await;
    refused("other.toml", &["write --from other.toml"]).await;
}

#[tokio::test]
async fn a_load_of_a_url_without_its_flag_is_told_with_it() {
    refused(&format!("load {NOBODY}"), &["write --url http://127.0.0.1:1/"]).await;
    refused("load -c 1 localhost:3000", &["write --url http://localhost:3000"]).await;
}

#[tokio::test]
async fn what_another_command_knows_is_sent_there_and_what_lacks_its_flag_is_told_with_it() {
    for (args, words) in [
        (format!("--url {NOBODY} -z 10s"), "-z is for many requests at a time: write loadtest load"),
        (format!("--url {NOBODY} -c 10"), "-c is for many requests at a time: write loadtest load"),
        (format!("load --url {NOBODY} --cold"), "--cold is for requests one after the other"),
        (format!("compare --url {NOBODY}"), "write NAME=URL NAME=URL"),
        (format!("matrix {NOBODY}"), "write --url NAME=http://127.0.0.1:1/"),
        ("serve x.toml".into(), "write --from x.toml"),
    ] {
        refused(&args, &[words]).await;
    }
}

#[tokio::test]
async fn several_urls_are_sent_to_compare() {
    refused(&format!("--url {NOBODY} --url {NOBODY}b"), &["--url names one", "loadtest compare"]).await;
}

#[tokio::test]
async fn a_negative_value_is_refused_as_one_and_not_as_a_flag() {
    for args in ["-n -3", "--interval -3s", "load -c -1", "load -z -5s"] {
        refused(args, &["is no flag", "leave out its minus"]).await;
    }
}

#[tokio::test]
async fn a_plot_of_ratios_of_one_target_is_refused_before_anything_is_asked() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let args = format!("--url {} -o x.svg --plot-kind ratios", server.uri());
    Loadtest::new(args)
        .within(dir.path())
        .run()
        .await
        .refused(2, &["--plot-kind ratios", "loadtest compare"]);
    assert_not_asked(&server).await;
    assert!(files_in(dir.path()).is_empty());
}

#[tokio::test]
async fn two_reports_are_written_of_samples_that_are_kept() {
    refused(&format!("--url {NOBODY} -o a.html -o b.json"), &["one file", "--samples", "loadtest report"])
        .await;
}

#[tokio::test]
async fn a_variable_that_is_not_set_is_suspected_where_the_url_is_missing() {
    for args in ["--url --cold", "--url -n 5", "--cold --url"] {
        refused(args, &["--url has no URL", "SPIN_URL"]).await;
    }
    Loadtest::new("--url").arg("").run().await.refused(2, &["no URL", "SPIN_URL"]);
    refused(&format!("compare a={NOBODY} b="), &["\"b=\" has nothing to compare", "variable"]).await;
}

#[tokio::test]
async fn a_command_after_flags_is_told_to_come_first() {
    refused(&format!("--cold compare a={NOBODY} b={NOBODY}"), &["loadtest compare, then everything"]).await;
}

#[tokio::test]
async fn what_is_said_of_here_is_refused_with_a_url() {
    let url = format!("--url {NOBODY}");
    refused(&format!("{url} --path /api/time"), &["--path", "write the path into the URL"]).await;
    refused(&format!("{url} --host embedded"), &["--host", "served here"]).await;
    refused(&format!("{url} --from spin.toml"), &["--from", "served here"]).await;
}

#[tokio::test]
async fn a_wait_that_would_never_be_waited_is_refused() {
    let compare = format!("compare a={NOBODY} b={NOBODY}/b");
    for target in [&format!("--url {NOBODY}"), &compare] {
        refused(&format!("{target} --warm --idle 0s"), &["--idle", "--warm"]).await;
        let words = ["--interval 1s", "--idle 1s 500ms", "change that"];
        refused(&format!("{target} --cold --interval 1s"), &words).await;
    }
}

#[tokio::test]
async fn an_interval_longer_than_the_idle_wait_counts_also_between_cold_requests() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 2 --idle 0s --interval 60ms --samples x", server.uri());
    Loadtest::new(args).within(dir.path()).run().await.well();
    let samples = samples_in(&dir.path().join("x"));
    let waited = samples[1].sent_ns - samples[0].done_ns;
    assert!(waited >= 60_000_000, "{waited}");
}

#[tokio::test]
async fn no_samples_at_all_are_refused() {
    refused(&format!("--url {NOBODY} -n 0"), &["-n 0", "at least 1"]).await;
}

#[tokio::test]
async fn no_time_to_answer_is_refused() {
    refused(&format!("--url {NOBODY} -t 0s"), &["-t 0s", "like 30s"]).await;
}

#[tokio::test]
async fn what_is_no_header_is_refused() {
    refused(&format!("--url {NOBODY} -H nonsense"), &["-H \"nonsense\" has no colon", "NAME: VALUE"]).await;
    let newline = Loadtest::new(format!("--url {NOBODY} -H")).arg("a: b\r\nc: d");
    newline.run().await.refused(2, &["-H", "NAME: VALUE"]);
}

#[tokio::test]
async fn what_is_no_method_is_refused() {
    let ended = Loadtest::new(format!("--url {NOBODY} -m")).arg("G T").run().await;
    ended.refused(2, &["-m \"G T\"", "GET"]);
    refused(&format!("--url {NOBODY} -m get"), &["-m get", "write -m GET"]).await;
}

#[tokio::test]
async fn a_report_in_a_directory_that_does_not_exist_is_refused_before_anything_is_asked() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let file = dir.path().join("missing/report.json");
    let ended = Loadtest::new(format!("--url {} -o", server.uri())).arg(&file).run().await;
    ended.refused(2, &[file.to_str().unwrap(), "-o"]);
    assert_not_asked(&server).await;
}

#[tokio::test]
async fn a_report_that_would_replace_a_directory_is_refused() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let ended = Loadtest::new(format!("--url {} -o", server.uri())).arg(dir.path()).run().await;
    ended.refused(2, &[dir.path().to_str().unwrap(), "-o"]);
    assert_not_asked(&server).await;
    assert!(files_in(dir.path()).is_empty());
}

#[tokio::test]
async fn samples_that_cannot_be_written_are_refused_before_anything_is_asked() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let args = format!("--url {} -o report.json --samples missing/samples.ndjson", server.uri());
    let ended = Loadtest::new(args).within(dir.path()).run().await;
    ended.refused(2, &["missing/samples.ndjson: there is no directory missing; name another file"]);
    assert_not_asked(&server).await;
    assert!(files_in(dir.path()).is_empty());
}

#[tokio::test]
async fn a_report_on_a_full_disk_is_told_of_and_printed_nevertheless() {
    let server = site().await;
    let args = format!("--url {} --cold -n 1 --output-format json -o /dev/full", server.uri());
    let ended = Loadtest::new(args).run().await;
    ended.complained(2, &["cannot write /dev/full"]);
    assert!(ended.stdout.starts_with("GET "), "{ended:?}");
}

#[tokio::test]
async fn samples_on_a_full_disk_are_told_of_and_what_was_measured_is_reported() {
    let (server, dir) = (site().await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 9 -o report.json --samples /dev/full", server.uri());
    Loadtest::new(args).within(dir.path()).run().await.complained(2, &["/dev/full"]);
    assert_eq!(phase(&report_in(&dir.path().join("report.json")), "cold")["samples"], 1);
}

#[tokio::test]
async fn two_targets_of_one_name_are_refused() {
    let server = site().await;
    let args = format!("compare same={0}/a same={0}/b", server.uri());
    refused(&args, &["\"same\"", "a name of its own"]).await;
    assert_not_asked(&server).await;
}

#[tokio::test]
async fn a_target_without_a_name_is_refused() {
    let server = site().await;
    refused(&format!("compare a={0} {0}/b", server.uri()), &["no name", "NAME=URL"]).await;
    assert_not_asked(&server).await;
}

#[tokio::test]
async fn a_directory_without_a_manifest_is_refused_and_left_as_it_was() {
    let dir = tempdir().unwrap();
    let ended = Loadtest::new("-o report.json").within(dir.path()).run().await;
    ended.refused(2, &["no spin.toml", "--from", "--url"]);
    assert!(files_in(dir.path()).is_empty());
}

#[tokio::test]
async fn a_manifest_that_is_not_there_is_refused_by_name() {
    let dir = tempdir().unwrap();
    Loadtest::new("--from missing.toml").within(dir.path()).run().await.refused(2, &["missing.toml"]);
}

#[tokio::test]
async fn a_manifest_that_is_none_is_refused_by_name() {
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join("spin.toml"), "not = [a, manifest").unwrap();
    Loadtest::new("").within(dir.path()).run().await.refused(2, &["spin.toml"]);
}

#[tokio::test]
async fn an_empty_spin_url_is_none() {
    let dir = tempdir().unwrap();
    Loadtest::new("").env("SPIN_URL", "").within(dir.path()).run().await.refused(2, &["no spin.toml"]);
}

#[tokio::test]
async fn what_the_command_line_does_not_know_is_told_with_its_usage() {
    for args in ["--unknown", "compare a=http://127.0.0.1:1/", "unknown", "--course --cold"] {
        let ended = Loadtest::new(args).run().await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args}: {ended:?}");
        assert!(ended.stderr.starts_with("error: ") && ended.stderr.contains("--help"), "{ended:?}");
        assert!(
            !ended.stderr.contains("invalid digit") && !ended.stderr.contains("expected number"),
            "{ended:?}"
        );
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_refused_with_how_to_write_one() {
    refused("-n few", &["--number \"few\"", "write it like 20"]).await;
    refused("-t soon", &["\"soon\"", "500ms"]).await;
    refused("--path relative", &["--path \"relative\"", "begins with a slash"]).await;
    for (args, value) in [
        ("--margin 2", "2"),
        ("compare a=http://a/ b=http://b/ --margin 100%", "100%"),
        ("report x.json --margin x%", "x%"),
    ] {
        let why = format!("--margin {value:?}: write a percentage below 100, like 2%");
        refused(args, &[&why]).await;
    }
}

#[tokio::test]
async fn a_margin_of_one_target_is_refused_since_nothing_is_compared() {
    refused(&format!("--url {NOBODY} --margin 5%"), &["--margin is for verdicts", "loadtest compare"]).await;
}

#[tokio::test]
async fn help_and_version_are_no_errors() {
    for (args, word) in
        [("--help", "Exit: 0 fine"), ("help --help", "Exit: 0 fine"), ("--version", "loadtest ")]
    {
        assert!(Loadtest::new(args).run().await.well().contains(word), "{args}");
    }
    let help = Loadtest::new("compare --help").run().await.well();
    assert!(help.contains("NAME=URL") && !help.contains("start-up"), "{help}");
}
