//! Wrong usage and configuration: found before anything is asked, and told in one line.

use crate::common::answers;
use crate::common::program::{Loadtest, files_in, phase, report_in, samples_in};
use tempfile::tempdir;

/// Where nobody is asked: whoever asks there fails in another way.
const NOBODY: &str = "http://127.0.0.1:1/";

/// What is wrong, and the words that say so; `U` is the URL, and a new line separates arguments with spaces.
const REFUSED: &[(&str, &[&str])] = &[
    // URLs
    ("--url example.org/api", &["\"example.org/api\"", "write http://example.org/api"]),
    ("--url localhost:3000", &["\"localhost:3000\"", "write http://localhost:3000"]),
    ("--url ftp://example.org/", &["\"ftp\"", "http and https"]),
    ("U", &["write --url http://127.0.0.1:1/"]),
    ("--cold -n 5 U", &["write --url http://127.0.0.1:1/"]),
    ("localhost:3000", &["write --url http://localhost:3000"]),
    ("other.toml", &["write --from other.toml"]),
    ("load U", &["write --url http://127.0.0.1:1/"]),
    ("load -c 1 localhost:3000", &["write --url http://localhost:3000"]),
    ("--url U --url Ub", &["--url names one", "loadtest compare"]),
    ("--url --cold", &["--url has no URL", "SPIN_URL"]),
    ("--cold --url", &["--url has no URL", "SPIN_URL"]),
    ("compare a=U b=", &["\"b=\" has nothing to compare", "variable"]),
    ("compare same=U same=Ub", &["\"same\"", "a name of its own"]),
    ("compare a=U U", &["no name", "NAME=URL"]),
    // Flags of other commands
    ("--url U -z 10s", &["-z is for many requests at a time: write loadtest load"]),
    ("--url U -c 10", &["-c is for many requests at a time: write loadtest load"]),
    ("load --url U --cold", &["--cold is for requests one after the other"]),
    ("compare --url U", &["write NAME=URL NAME=URL"]),
    ("matrix U", &["write --url NAME=http://127.0.0.1:1/"]),
    ("serve x.toml", &["write --from x.toml"]),
    ("--cold compare a=U b=U", &["loadtest compare, then everything"]),
    ("--url U --path /api/time", &["--path", "write the path into the URL"]),
    ("--url U --host embedded", &["--host", "served here"]),
    ("--url U --from spin.toml", &["--from", "served here"]),
    ("--url U --margin 5%", &["--margin is for verdicts", "loadtest compare"]),
    ("--url U -o x.svg --plot-kind ratios", &["--plot-kind ratios", "loadtest compare"]),
    ("--url U -o a.html -o b.json", &["one file", "--samples", "loadtest report"]),
    // Values
    ("-n -3", &["is no flag", "leave out its minus"]),
    ("load -z -5s", &["is no flag", "leave out its minus"]),
    ("-n few", &["--number \"few\"", "write it like 20"]),
    ("-t soon", &["\"soon\"", "500ms"]),
    ("--path relative", &["--path \"relative\"", "begins with a slash"]),
    ("--margin 2", &["--margin \"2\": write a percentage below 100, like 2%"]),
    ("compare a=U b=U --margin 100%", &["--margin \"100%\": write a percentage"]),
    ("report x.json --margin x%", &["--margin \"x%\": write a percentage"]),
    ("--url U -n 0", &["-n 0", "at least 1"]),
    ("--url U -t 0s", &["-t 0s", "like 30s"]),
    ("--url U --warm --idle 0s", &["--idle", "--warm"]),
    ("compare a=U b=Ub --warm --idle 0s", &["--idle", "--warm"]),
    ("--url U --cold --interval 1s", &["--interval 1s", "--idle 1s 500ms", "change that"]),
    ("load --url U -q 0", &["-q 0", "more than 0"]),
    ("load --url U -q 5 --ramp 5..10", &["-q", "--ramp"]),
    ("load --url U --ramp 10..5", &["--ramp 10..5", "lower rate first"]),
    ("--url U -H nonsense", &["-H \"nonsense\" has no colon", "NAME: VALUE"]),
    ("--url\nU\n-H\na: b\r\tc: d", &["-H", "NAME: VALUE"]),
    ("--url\nU\n-m\nG T", &["-m \"G T\"", "GET"]),
    ("--url U -m get", &["-m get", "write -m GET"]),
    // Files
    ("--url U -o missing/report.json", &["missing/report.json", "-o"]),
    ("--url U -o .", &["-o"]),
    ("--url U --samples missing/x", &["missing/x: there is no directory missing; name another file"]),
    ("--url U -o missing/", &["cannot write missing/: it is a directory;"]),
    ("--url U -o /dev/fd/77", &["cannot write /dev/fd/77", "-o"]),
    ("--url U -o report.2024", &["report.2024", ".txt", ".md", ".json", "--output-format"]),
    ("--url U -o x --samples ./x", &["the report and the samples would both go to", "-o"]),
    ("--url U -o /dev/stdout --samples -", &["the report and the samples would both go to", "-o"]),
    ("load --url U -o missing/x.json", &["missing", "-o"]),
    ("-o report.json", &["no spin.toml", "--from", "--url"]),
    ("--from missing.toml", &["missing.toml"]),
];

#[tokio::test]
async fn what_is_wrong_is_told_in_one_line_before_anything_is_asked_or_written() {
    let dir = tempdir().unwrap();
    for (line, words) in REFUSED {
        let separator = if line.contains('\n') { '\n' } else { ' ' };
        let arguments = line.split(separator).map(|argument| match argument {
            "U" | "Ub" | "a=U" | "b=U" | "b=Ub" | "same=U" | "same=Ub" => argument.replace('U', NOBODY),
            _ => argument.replace('\t', "\n"),
        });
        let run = arguments.fold(Loadtest::new(""), Loadtest::arg);
        run.within(dir.path()).run().await.refused(2, words);
        assert!(files_in(dir.path()).is_empty(), "{line}");
    }
    std::fs::write(dir.path().join("spin.toml"), "not = [a, manifest").unwrap();
    Loadtest::new("").within(dir.path()).run().await.refused(2, &["spin.toml"]);
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
async fn a_url_that_is_empty_is_none() {
    let dir = tempdir().unwrap();
    Loadtest::new("--url").arg("").run().await.refused(2, &["no URL", "SPIN_URL"]);
    Loadtest::new("").env("SPIN_URL", "").within(dir.path()).run().await.refused(2, &["no spin.toml"]);
}

#[tokio::test]
async fn an_interval_longer_than_the_idle_wait_counts_also_between_cold_requests() {
    let (server, dir) = (answers::always(answers::time()).await, tempdir().unwrap());
    let args = format!("--url {} --cold -n 2 --idle 0s --interval 60ms --samples x", server.uri());
    Loadtest::new(args).within(dir.path()).run().await.well();
    let samples = samples_in(&dir.path().join("x"));
    let waited = samples[1].sent_ns - samples[0].done_ns;
    assert!(waited >= 60_000_000, "{waited}");
}

#[tokio::test]
async fn a_full_disk_is_told_of_and_what_was_measured_is_reported_nevertheless() {
    let (server, dir) = (answers::always(answers::time()).await, tempdir().unwrap());
    let cold = format!("--url {} --cold", server.uri());
    let ended = Loadtest::new(format!("{cold} -n 1 --output-format json -o /dev/full")).run().await;
    ended.complained(2, &["cannot write /dev/full"]);
    assert!(ended.stdout.starts_with("GET "), "{ended:?}");
    let args = format!("{cold} -n 9 -o report.json --samples /dev/full");
    Loadtest::new(args).within(dir.path()).run().await.complained(2, &["/dev/full"]);
    assert_eq!(phase(&report_in(&dir.path().join("report.json")), "cold")["samples"], 1);
}

#[tokio::test]
async fn what_the_command_line_does_not_know_is_told_with_its_usage() {
    for args in ["--unknown", "compare a=http://127.0.0.1:1/", "unknown", "--course --cold"] {
        let ended = Loadtest::new(args).run().await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args}: {ended:?}");
        assert!(ended.stderr.starts_with("error: ") && ended.stderr.contains("--help"), "{ended:?}");
    }
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
