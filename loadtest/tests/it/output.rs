//! Where the report and the samples go: files, streams, and what is refused before anything is asked.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::common::answers;
use crate::common::program::{Loadtest, parse, phase, report_in};
use tempfile::{TempDir, tempdir};
use wiremock::MockServer;

async fn site() -> (MockServer, TempDir) {
    (answers::always(answers::time()).await, tempdir().unwrap())
}

/// Two requests, run by a shell that redirects as `redirected` says.
fn cold(server: &MockServer, dir: &Path, args: &str, redirected: &str) -> Loadtest {
    let args = format!("--url {} --cold -n 2 --idle 0s {args}", server.uri());
    Loadtest::in_shell(&format!("\"$0\" \"$@\" {redirected}"), args).within(dir)
}

fn read(dir: &TempDir, file: &str) -> String {
    fs::read_to_string(dir.path().join(file)).unwrap()
}

fn is_text(report: &str) -> bool {
    report.starts_with("GET ") && report.lines().filter(|line| line.starts_with("GET ")).count() == 1
}

#[tokio::test]
async fn a_report_that_standard_output_does_not_take_is_told_of() {
    let (server, dir) = site().await;
    let ended = cold(&server, dir.path(), "", "> /dev/full").run().await;
    ended.refused(2, &["standard output", "No space left", "-o"]);
    let ended = cold(&server, dir.path(), "-o x.json", "> /dev/full").run().await;
    ended.refused(2, &["standard output"]);
    assert_eq!(phase(&report_in(&dir.path().join("x.json")), "cold")["samples"], 2);
}

#[tokio::test]
async fn a_complaint_that_nobody_reads_still_has_its_exit_code() {
    let (server, dir) = site().await;
    let ended = cold(&server, dir.path(), "-n 0", "2> /dev/full").run().await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
}

#[tokio::test]
async fn a_reader_that_has_gone_away_is_no_error() {
    let (server, dir) = site().await;
    let status = "2> err; echo $? > code; } | true; cat err code";
    for args in ["", "-o -", "-o /dev/stdout"] {
        let args = format!("--url {} --cold -n 2 --idle 50ms {args}", server.uri());
        let run = Loadtest::in_shell(&format!("{{ \"$0\" \"$@\" {status}"), args).within(dir.path());
        assert_eq!(run.run().await.well(), "0\n");
    }
}

#[tokio::test]
async fn every_name_of_standard_output_adds_the_report_to_what_is_there_and_prints_nothing_besides() {
    let (server, dir) = site().await;
    symlink("/dev/stdout", dir.path().join("link")).unwrap();
    for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"] {
        fs::write(dir.path().join("out"), "before\n").unwrap();
        cold(&server, dir.path(), &format!("-o {name}"), ">> out").run().await.well();
        let written = read(&dir, "out");
        assert!(written.strip_prefix("before\n").is_some_and(is_text), "{name}: {written}");
    }
    let printed = cold(&server, dir.path(), "-o - --output-format json", "").run().await.well();
    assert_eq!(phase(&parse(&printed), "cold")["samples"], 2);
}

#[tokio::test]
async fn the_file_that_standard_output_goes_to_is_standard_output() {
    let (server, dir) = site().await;
    cold(&server, dir.path(), "-o out.json", "> out.json").run().await.well();
    assert_eq!(phase(&report_in(&dir.path().join("out.json")), "cold")["samples"], 2);
}

#[tokio::test]
async fn another_stream_is_written_as_it_is() {
    let (server, dir) = site().await;
    for (name, redirected) in [("/dev/stderr", "2>> out"), ("/dev/fd/2", "2>> out"), ("/dev/fd/3", "3>> out")]
    {
        fs::write(dir.path().join("out"), "before\n").unwrap();
        let printed = cold(&server, dir.path(), &format!("-o {name}"), redirected).run().await.well();
        assert!(is_text(&printed), "{printed}");
        let written = read(&dir, "out");
        assert!(written.strip_prefix("before\n").is_some_and(is_text), "{name}: {written}");
    }
}

#[tokio::test]
async fn samples_on_standard_output_have_it_for_themselves() {
    let (server, dir) = site().await;
    for (name, redirected) in [("-", "2> err"), ("/dev/stdout", "2> err")] {
        let printed = cold(&server, dir.path(), &format!("--samples {name}"), redirected).run().await.well();
        let lines: Vec<_> = printed.lines().map(parse).collect();
        assert_eq!(lines[0]["targets"][0]["name"], "target");
        assert!(lines[1..3].iter().all(|line| line["phase"] == "cold"), "{printed}");
        assert_eq!(lines[3..], [serde_json::json!({"ended": "completely"})]);
        assert!(is_text(&read(&dir, "err")));
    }
    let both = cold(&server, dir.path(), "--samples - -o x.json", "2> err").run().await.well();
    assert_eq!(both.lines().count(), 4, "{both}");
    assert!(is_text(&read(&dir, "err")));
    assert_eq!(phase(&report_in(&dir.path().join("x.json")), "cold")["samples"], 2);
}

#[tokio::test]
async fn whoever_reads_only_the_first_samples_still_sees_the_report() {
    let (server, dir) = site().await;
    let ended = cold(&server, dir.path(), "--samples -", "2> err | true").run().await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert!(is_text(&read(&dir, "err")), "{}", read(&dir, "err"));
}

#[tokio::test]
async fn a_report_and_samples_in_one_file_of_two_names_are_refused_and_leave_it_as_it_was() {
    let (server, dir) = site().await;
    fs::write(dir.path().join("x"), "before").unwrap();
    symlink("x", dir.path().join("link")).unwrap();
    fs::hard_link(dir.path().join("x"), dir.path().join("hard")).unwrap();
    for args in ["-o link --samples x", "-o x --samples link", "-o hard --samples x"] {
        let ended = cold(&server, dir.path(), args, "").run().await;
        ended.refused(2, &["the report and the samples would both go to"]);
    }
    assert_eq!(read(&dir, "x"), "before");
}

#[tokio::test]
async fn an_ending_may_be_in_upper_case_and_any_will_do_with_a_format() {
    let (server, dir) = site().await;
    for (args, begins) in [
        ("-o x.JSON", "{\n"),
        ("-o x.markdown", "**GET "),
        ("-o x.log", "GET "),
        ("-o x.text", "GET "),
        ("-o x.html --output-format json", "{\n"),
    ] {
        let file = args.split(' ').nth(1).unwrap();
        cold(&server, dir.path(), args, "").run().await.well();
        let written = read(&dir, file);
        assert!(written.starts_with(begins), "{file}: {written}");
        assert_eq!(written.contains("\n| "), file == "x.markdown", "{file}: {written}");
    }
}

#[tokio::test]
async fn a_new_file_is_for_whom_the_umask_says_and_an_old_one_for_whom_it_was() {
    let (server, dir) = site().await;
    let mode = |file: &str| dir.path().join(file).metadata().unwrap().permissions().mode() & 0o777;
    for umask in [0o022, 0o077, 0o002] {
        let args = format!("--url {} --cold -n 1 -o x.json", server.uri());
        let script = format!("umask {umask:o}; exec \"$0\" \"$@\"");
        Loadtest::in_shell(&script, args).within(dir.path()).run().await.well();
        assert_eq!(mode("x.json"), 0o666 & !umask);
        fs::remove_file(dir.path().join("x.json")).unwrap();
    }
    for old in [0o600, 0o640, 0o666] {
        fs::write(dir.path().join("x.json"), "").unwrap();
        fs::set_permissions(dir.path().join("x.json"), Permissions::from_mode(old)).unwrap();
        cold(&server, dir.path(), "-o x.json", "").run().await.well();
        assert_eq!(mode("x.json"), old);
    }
}

#[tokio::test]
async fn samples_that_find_no_more_room_end_the_measurement_and_what_was_measured_is_reported() {
    let (server, dir) = site().await;
    let args = format!("--url {} --warm -n 500 --samples x.ndjson", server.uri());
    // The shell counts in blocks of 512 bytes or of 1024: room for some samples, not for all.
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    let ended = Loadtest::in_shell(script, args).within(dir.path()).run().await;
    ended.complained(2, &["cannot write samples to x.ndjson", "make room"]);
    assert!(ended.stdout.contains("Ended early: this is what was measured until then."), "{ended:?}");
    let samples = read(&dir, "x.ndjson");
    assert!(samples.ends_with('\n') && samples.lines().count() > 3, "{samples}");
    samples.lines().for_each(|line| drop(parse(line)));
}
