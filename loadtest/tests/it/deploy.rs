//! Deploying by the real command, for which there are stand-ins that print what it prints; the cloud is a server here.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::program::{Loadtest, parse, report_in};
use crate::common::server::{OK, Server};
use crate::common::spin::Here;
use crate::common::until;
use rustix::process::Signal;
use serde_json::Value;

const SPIN: &str = "echo 'spin 4.1.0 (abc 2026-01-01)'";

/// Where `spin` does this, once it has noted its arguments; `/bin/sleep` is all that is on no PATH there.
fn spin_that(version: &str, deploy: &str) -> Here {
    Here::with_spin_that(version, &format!("echo \"$*\" >> asked\n{deploy}"))
}

/// What `spin cloud deploy` 0.11 prints; its dots come one by one, and no line ends until it is ready.
fn cloud(url: &str) -> String {
    format!(
        "echo 'Uploading app version 0.1.0 to Fermyon Cloud...'\necho 'Deploying...'\n\
         printf 'Waiting for application to become ready'; printf '.'\n\
         echo '... ready'\necho\necho 'View application:   {url}/'\necho 'Manage application: https://cloud.fermyon.com/app/app'\n"
    )
}

/// What `spin aka deploy` prints.
fn akamai(url: &str) -> String {
    format!(
        "echo 'Workspace linked to app hello'\nprintf 'Waiting for app to be ready...'\n\
         echo ' ready'\necho\necho 'App Routes:'\necho '- hello: {url} (wildcard)'\n"
    )
}

fn deploy(here: &Here, args: &str) -> Loadtest {
    here.loadtest(&format!("deploy {args}"))
}

fn quick(here: &Here, args: &str) -> Loadtest {
    deploy(here, &format!("--cold -n 2 --idle 0s --output-format json {args}"))
}

/// The stages, whichever of them were told apart: that is a matter of when lines came.
fn stages(report: &Value) -> String {
    let deployment = &report["environment"]["deployment"];
    let stages = deployment["stages"].as_array().unwrap();
    let times: Vec<f64> = stages.iter().map(|stage| stage["us"].as_f64().unwrap()).collect();
    assert!(times.iter().all(|us| *us > 0.0), "{stages:?}");
    assert!(times.iter().sum::<f64>() <= deployment["command_us"].as_f64().unwrap() + 1.0, "{deployment}");
    stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect::<Vec<_>>().join(" + ")
}

const ALL: &str = "preparation + upload + deployment + readiness";

fn proof(report: &Value) -> &str {
    report["environment"]["deployment"]["version"]["proof"].as_str().unwrap()
}

#[tokio::test]
async fn fermyon_cloud_is_deployed_to_timed_by_stages_and_measured() {
    let server = Server::always(OK);
    let here = spin_that(SPIN, &cloud(&server.url("")));
    fs::write(here.path().join("my.toml"), "").unwrap();
    let report = quick(&here, "--to cloud --from my.toml -- --variable a=secret").run().await.report();
    assert_eq!(here.asked(), ["cloud deploy -f my.toml --variable a=secret"]);
    assert_eq!(stages(&report), ALL);
    assert_eq!(proof(&report), "plugin");
    assert_eq!(report["targets"][0]["url"], server.url("/api/time"));
    assert_eq!(report["targets"][0]["phases"][0]["counted"], 2);
    assert_eq!(report["environment"]["deployment"]["passed_on"], 1 + 1);
    assert!(!report.to_string().contains("secret"), "{report}");
}

#[tokio::test]
async fn what_is_printed_in_colours_is_read_and_is_asked_to_be_plain() {
    let server = Server::always(OK);
    let coloured = format!(
        "echo \"$NO_COLOR ${{CLICOLOR_FORCE-none}}\" > colours\n\
         printf '\\033[32mUploading\\033[0m app version 0.1.0 to Fermyon Cloud...\\n\\033[1mDeploying...\\033[0m\\n'\n\
         printf '\\033[2K\\rWaiting for application to become ready... \\033[32mready\\033[0m\\n\\n'\n\
         printf '\\033[1mView application:\\033[0m   \\033[4;36m{}\\033[0m\\n'",
        server.url("/")
    );
    let here = spin_that("printf '\\033[1mspin 4.1.0\\033[0m\\n'", &coloured);
    let report = quick(&here, "--to cloud").env("CLICOLOR_FORCE", "1").run().await.report();
    assert_eq!((stages(&report).as_str(), proof(&report)), (ALL, "plugin"));
    assert_eq!(report["environment"]["deployment"]["readiness"], "ready");
    assert_eq!(report["targets"][0]["url"], server.url("/api/time"));
    assert_eq!(fs::read_to_string(here.path().join("colours")).unwrap(), "1 none\n");
}

#[tokio::test]
async fn akamai_is_deployed_to_and_measured() {
    let server = Server::always(OK);
    let here = spin_that(SPIN, &akamai(&server.url("")));
    let report = quick(&here, "--to aka").run().await.report();
    assert_eq!(here.asked(), ["aka deploy --no-confirm"]);
    assert_eq!(stages(&report), ALL);
    assert_eq!(proof(&report), "unproven");
    assert_eq!(report["targets"][0]["name"], "hello");
}

#[tokio::test]
async fn every_route_that_is_printed_is_measured() {
    let server = Server::always(OK);
    let printed = format!(
        "echo 'View application:   {}'\necho '  Routes:'\necho '  - one: {} (wildcard)'\necho '    Says one'\necho '  - two: {}'\n",
        server.url("/"),
        server.url("/one"),
        server.url("/two")
    );
    let report = quick(&spin_that(SPIN, &printed), "--to cloud --path /x").run().await.report();
    let urls: Vec<_> =
        report["targets"].as_array().unwrap().iter().map(|t| t["url"].as_str().unwrap()).collect();
    assert_eq!(urls, [server.url("/one/x"), server.url("/two")]);
}

#[tokio::test]
async fn the_report_says_what_was_deployed_and_keeps_it_with_the_samples() {
    let server = Server::always(OK);
    let here = spin_that(SPIN, &akamai(&server.url("")));
    let printed =
        deploy(&here, "--to aka --cold -n 2 --idle 0s --samples x.ndjson -o x.md").run().await.well();
    assert!(printed.contains("Deployment: spin aka deploy --no-confirm, spin 4.1.0"), "{printed}");
    assert!(printed.contains("is not proven"), "{printed}");
    let markdown = fs::read_to_string(here.path().join("x.md")).unwrap();
    assert!(markdown.contains("readiness |"), "{markdown}");
    let again = here.loadtest("report x.ndjson -o y.md").run().await.well();
    assert_eq!(again, printed);
}

/// An application that becomes another version after so many requests to itself.
fn becoming_new(after: usize) -> Server {
    let asked = Arc::new(AtomicUsize::new(0));
    let answer = |body: &str| format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    Server::new(move |connection| {
        while connection.request() {
            let asks_what_it_is = connection.last_request().contains("/.well-known/spin/info");
            let old = asked.fetch_add(usize::from(!asks_what_it_is), Ordering::SeqCst) < after;
            let digest = if old { "sha256:old" } else { "sha256:new" };
            let body = match asks_what_it_is {
                true => format!(r#"{{"name":"app","version":"0.1.0","oci_image_digest":"{digest}"}}"#),
                false => "ok".into(),
            };
            if connection.send(answer(&body)).is_err() {
                return;
            }
        }
    })
}

#[tokio::test]
async fn the_version_before_is_waited_out_where_it_can_be_told_from_the_new_one() {
    let server = becoming_new(2);
    let here = spin_that(SPIN, &akamai(&server.url("")));
    let report = quick(&here, &format!("--to aka --replaces {}", server.url("/"))).run().await.report();
    assert_eq!(proof(&report), "changed");
    let deployment = &report["environment"]["deployment"];
    assert_eq!(deployment["version"]["before"]["oci_image_digest"], "sha256:old");
    assert_eq!(deployment["version"]["now"]["oci_image_digest"], "sha256:new");
    assert!(deployment["requests"].as_u64().unwrap() >= 2, "{deployment}");
}

#[tokio::test]
async fn a_version_that_stays_as_before_is_not_measured_as_the_new_one() {
    let server = becoming_new(usize::MAX);
    let here = spin_that(SPIN, &akamai(&server.url("")));
    let args = format!("--to aka --ready-timeout 1s --replaces {}", server.url("/"));
    let ended = quick(&here, &args).run().await;
    ended.complained(3, &["still of the version before", "--ready-timeout"]);
    kept_in_vain(&parse(&ended.stdout));
}

#[tokio::test]
async fn what_never_answers_well_is_told_with_its_status() {
    let server = Server::always("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    let here = spin_that(SPIN, &cloud(&server.url("")));
    let ended = quick(&here, "--to cloud --ready-timeout 1s").run().await;
    ended.complained(3, &["deployed, but not ready", "answered 502"]);
    kept_in_vain(&parse(&ended.stdout));
}

/// How long the deployment took is reported, and nothing of how it answers.
fn kept_in_vain(report: &Value) {
    let deployment = &report["environment"]["deployment"];
    assert_eq!(stages(report), ALL);
    assert!(deployment["answered_us"].is_null() && deployment["version"].is_null(), "{deployment}");
    assert_eq!((&report["interrupted"], &report["targets"]), (&Value::Bool(true), &Value::Array(vec![])));
}

#[tokio::test]
async fn a_dry_run_shows_the_command_and_runs_nothing() {
    let here = spin_that(SPIN, "exit 1");
    fs::write(here.path().join("p3.toml"), "").unwrap();
    let shown =
        deploy(&here, "--to aka --from p3.toml --dry-run -- --variable").arg("a=b c").run().await.well();
    assert_eq!(shown, "spin aka deploy -f p3.toml --no-confirm --variable 'a=b c'\n");
    assert!(!here.path().join("asked").exists());
}

#[tokio::test]
async fn a_manifest_that_is_not_there_is_deployed_nowhere_and_not_shown_as_a_command() {
    let here = spin_that(SPIN, "exit 0");
    for dry_run in ["", "--dry-run"] {
        let args = format!("--to cloud --from none.toml {dry_run}");
        deploy(&here, &args).run().await.refused(2, &["--from none.toml", "is its path right?"]);
    }
    assert!(!here.path().join("asked").exists());
}

#[tokio::test]
async fn a_dry_run_needs_no_spin_and_says_that_there_is_none() {
    let ended = deploy(&Here::new(), "--to cloud --dry-run").run().await;
    ended.complained(0, &["no Spin on the PATH"]);
    assert_eq!(ended.stdout, "spin cloud deploy\n");
}

#[tokio::test]
async fn what_is_missing_or_refused_is_told_with_its_remedy() {
    for (deploy, words) in [
        (
            "printf \"Error: 'cloud' is not a known Spin command. See spin --help.\\n\\n\" >&2; exit 2",
            ["spin plugins update", "spin plugins install cloud"],
        ),
        (
            "echo 'Failed to refresh token: 401' >&2; echo 'Run `spin login` to log in again' >&2; exit 1",
            ["not logged in", "spin cloud login"],
        ),
        ("echo 'Error: IO error: not a terminal' >&2; exit 1", ["after --", "not a terminal"]),
    ] {
        let here = spin_that(SPIN, deploy);
        quick(&here, "--to cloud").run().await.refused(2, &words);
    }
    quick(&Here::new(), "--to cloud").run().await.refused(2, &["no Spin on the PATH", "spinframework.dev"]);
}

#[tokio::test]
async fn a_plugin_that_waits_for_a_login_in_a_browser_is_not_waited_for() {
    let here =
        spin_that(SPIN, "printf '\\nCopy your one-time code:\\n\\nABCD-1234\\n\\n'; exec /bin/sleep 900");
    quick(&here, "--to cloud").run().await.refused(2, &["not logged in", "spin cloud login"]);
    until(|| here.processes(&[]).is_empty()).await;
}

#[tokio::test]
async fn a_deployment_that_fails_is_told_in_its_own_words() {
    let failing = "echo 'Uploading app version 1 to Fermyon Cloud...'; printf 'Error: Unable to create app\\n\\nCaused by:\\n    no quota\\n' >&2; exit 1";
    let ended = quick(&spin_that(SPIN, failing), "--to cloud").run().await;
    ended.refused(3, &["exit code 1", "Unable to create app Caused by: no quota"]);
    let ended = quick(&spin_that(SPIN, "echo 'Deploying...'"), "--to cloud").run().await;
    ended.complained(3, &["printed no URL", "--url"]);
    let deployment = &parse(&ended.stdout)["environment"]["deployment"];
    assert!(deployment["command_us"].is_number() && deployment["answered_us"].is_null(), "{deployment}");
}

#[tokio::test]
async fn a_deployment_that_takes_too_long_is_stopped_with_all_that_it_started() {
    let here = spin_that(SPIN, "echo 'Deploying...'\n/bin/sleep 900 &\n/bin/sleep 900");
    let ended = quick(&here, "--to cloud --deploy-timeout 300ms").run().await;
    ended.refused(3, &["longer than 300ms", "--deploy-timeout"]);
    until(|| here.processes(&[]).is_empty()).await;
}

#[tokio::test]
async fn ctrl_c_stops_the_deployment_with_all_that_it_started() {
    let here = spin_that(SPIN, "echo 'Deploying...'\n/bin/sleep 900 &\n/bin/sleep 900");
    let running = quick(&here, "--to cloud -o x.json").start();
    until(|| here.path().join("asked").exists()).await;
    running.signal(Signal::INT);
    running.end().await.refused(130, &["interrupted"]);
    until(|| here.processes(&[]).is_empty()).await;
    assert!(!here.path().join("x.json").exists());
}

#[tokio::test]
async fn a_process_that_keeps_the_pipes_open_is_not_waited_for() {
    let server = Server::always(OK);
    let here = spin_that(SPIN, &format!("/bin/sleep 900 &\n{}", cloud(&server.url(""))));
    let ended = deploy(&here, "--to cloud --cold -n 1 --idle 0s -o x.json").run().await;
    ended.well();
    assert_eq!(proof(&report_in(&here.path().join("x.json"))), "plugin");
    until(|| here.processes(&[]).is_empty()).await;
}

#[tokio::test]
async fn a_deployment_is_not_resumed() {
    let here = spin_that(SPIN, "exit 1");
    let ended = deploy(&here, "--to cloud --samples x.ndjson --resume").run().await;
    ended.refused(2, &["--resume would deploy again", "--url"]);
    assert!(!here.path().join("asked").exists());
}
