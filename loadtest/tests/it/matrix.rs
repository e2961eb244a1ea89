//! Every packaging that a machine can run, in one table: real processes, with stand-ins for what is not installed.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::program::{Loadtest, PROGRAM, files_in, parse};
use crate::common::spin::{GUEST, processes_of};
use crate::common::until;

/// What says of itself that it is of preview 2, and can do nothing.
const PREVIEW_2: &str =
    r#"(component (instance $handler) (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#;

const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"app\"\n";

/// Serves as the application does, in whatever packaging.
const SERVE: &str = r#"exec "$LOADTEST" serve --from served.toml --listen "$address""#;

/// An application that builds by copying, and what is on the PATH there.
struct Here(TempDir);

impl Here {
    /// Where there is neither Spin nor wasmtime.
    fn new() -> Self {
        let here = Self(tempfile::tempdir().unwrap());
        for dir in [
            "bin",
            "tmp",
            "built/wasm32-wasip1",
            &format!("built/{}-unknown-linux-musl", std::env::consts::ARCH),
        ] {
            fs::create_dir_all(here.0.path().join(dir)).unwrap();
        }
        here.write("built/wasm32-wasip1/app.wasm", wat::parse_str(GUEST).unwrap());
        here.write("p2.wasm", wat::parse_str(PREVIEW_2).unwrap());
        let wagi = "executor = { type = \"wagi\" }\n";
        let trigger =
            |route: &str, id: &str| format!("[[trigger.http]]\nroute = \"{route}\"\ncomponent = \"{id}\"\n");
        let build = "command = \"mkdir -p target && cp -r built/wasm32-wasip1 target/\"\n";
        let app = "[component.app]\nsource = \"target/wasm32-wasip1/app.wasm\"\n";
        let p2 = "[component.p2]\nsource = \"p2.wasm\"\n";
        let manifest = [HEAD, &trigger("/wagi/...", "app"), wagi, &trigger("/...", "p2"), app];
        here.write("spin.toml", manifest.concat() + "[component.app.build]\n" + build + p2);
        here.write("served.toml", [HEAD, &trigger("/...", "app"), wagi, app].concat());
        here.native("printf '{\"time\":1}'");
        here
    }

    /// Where there are stand-ins for both.
    fn with_all() -> Self {
        let here = Self::new();
        let only = "while [ $# -gt 0 ]; do case $1 in --listen) address=$2;; esac; shift; done";
        here.script(
            "bin/spin",
            &format!(
                "if [ $1 = --version ]; then echo 'spin 4.1.0 (abc)'; exit; fi\n{only}\n\
            exec \"$LOADTEST\" serve --from spin.toml --component-id app --listen \"$address\""
            ),
        );
        here.script(
            "bin/wasmtime",
            &format!(
                "case $1 in\n--version) echo 'wasmtime 48.0.0 (abc)';;\n\
            run) case \"$*\" in *MODE=once*) echo '{{ \"time\": 2 }}';; esac;;\n\
            serve) while [ $# -gt 0 ]; do case $1 in --addr) address=$2;; esac; shift; done; {SERVE};;\nesac"
            ),
        );
        here
    }

    /// Whose native program does this if it is to run once, and serves otherwise.
    fn native(&self, once: &str) {
        let path = format!("built/{}-unknown-linux-musl/app", std::env::consts::ARCH);
        self.script(
            &path,
            &format!("if [ \"$MODE\" = once ]; then {once}; exit; fi\naddress=$HOST:$PORT\n{SERVE}"),
        );
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(path), content).unwrap();
    }

    fn script(&self, path: &str, script: &str) {
        crate::common::script::script(&self.0.path().join(path), &format!("#!/bin/sh\n{script}\n"));
    }

    fn tmp(&self) -> std::path::PathBuf {
        self.0.path().join("tmp")
    }

    /// A quick run, without containers, which are tested by themselves.
    fn matrix(&self, args: &str) -> Loadtest {
        let path = format!("{}:/usr/bin:/bin", self.0.path().join("bin").display());
        Loadtest::new(format!("matrix --path / --idle 0s -z 20ms -c 2 --skip docker --skip ctr {args}"))
            .within(self.0.path())
            .env("PATH", path)
            .env("LOADTEST", PROGRAM)
            .env("TMPDIR", self.tmp())
            .env("XDG_CACHE_HOME", self.0.path().join("cache"))
    }

    /// Processes that a run here has left.
    fn processes(&self) -> Vec<u32> {
        processes_of(self.0.path(), &[])
    }
}

/// What was found of a packaging.
fn of<'a>(report: &'a Value, name: &str) -> &'a Value {
    let mut targets = report["targets"].as_array().unwrap().iter();
    targets.find(|target| target["name"] == name).unwrap_or_else(|| panic!("no {name} in {report}"))
}

fn samples(target: &Value, phase: &str) -> Option<u64> {
    let mut phases = target["phases"].as_array().unwrap().iter();
    phases.find(|found| found["phase"] == phase)?["samples"].as_u64()
}

/// Why something was not measured.
fn skipped<'a>(report: &'a Value, name: &str) -> &'a str {
    let all = report["environment"]["skipped"].as_array().unwrap().iter();
    let mut all = all.map(|why| why.as_str().unwrap());
    all.find(|why| why.starts_with(name)).unwrap_or_else(|| panic!("no {name} in {report}"))
}

#[tokio::test]
async fn every_packaging_that_can_run_is_measured_in_every_round() {
    let here = Here::with_all();
    let ended =
        here.matrix("-n 2 --only native --only wasmtime --only wagi --output-format json").run().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report = parse(&ended.stdout);
    assert_eq!(report["rounds"], 2);
    for name in ["native", "wasmtime run"] {
        assert_eq!(samples(of(&report, name), "once"), Some(2), "{name}");
    }
    for name in ["native", "wasmtime serve", "WAGI in spin", "WAGI in host"] {
        let target = of(&report, name);
        let count = |phase| samples(target, phase);
        assert_eq!((count("startup"), count("cold"), count("warm")), (Some(2), Some(2), Some(40)), "{name}");
        assert!(target["throughput_per_s"].as_f64() > Some(0.0), "{target}");
        assert!(target["memory_bytes"].as_f64() > Some(0.0), "{target}");
    }
    let run = of(&report, "wasmtime run");
    assert_eq!(
        (samples(run, "startup"), samples(run, "warm"), &run["memory_bytes"]),
        (None, None, &Value::Null)
    );
    assert_eq!(run["packaging"]["code"], "wasm");
    assert_eq!(run["packaging"]["by"], "wasmtime 48.0.0 (abc)");
    assert_eq!((here.processes(), files_in(&here.tmp())), (vec![], vec![]));
}

#[tokio::test]
async fn what_is_shipped_is_as_large_as_it_is() {
    let here = Here::with_all();
    let report = parse(&here.matrix("-n 1 --only run --only native --output-format json").run().await.stdout);
    let size = |path: &str| Path::new(&here.0.path().join(path)).metadata().unwrap().len();
    let program = format!("target/{}-unknown-linux-musl/app", std::env::consts::ARCH);
    assert_eq!(of(&report, "native")["size_bytes"], size(&program));
    assert_eq!(of(&report, "wasmtime run")["size_bytes"], size("target/wasm32-wasip1/app.wasm"));
}

#[tokio::test]
async fn what_cannot_run_is_told_once_with_what_to_install() {
    let here = Here::new();
    let printed = here.matrix("-n 1 -v --only native --only wasmtime --only spin").run().await.well();
    let words = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "skipped: wasmtime run, wasmtime serve: there is no wasmtime on the PATH; install it from https://wasmtime.dev",
        "skipped: WAGI in spin, preview 2 in spin, preview 3 in spin: there is no Spin on the PATH; install it from \
         https://spinframework.dev",
    ] {
        assert!(words.contains(told), "{printed}");
    }
    assert!(!words.contains("Table 4.1"), "nothing is compared: {printed}");
}

#[tokio::test]
async fn a_packaging_that_fails_is_left_out_with_its_reason_and_the_others_are_measured() {
    let here = Here::with_all();
    here.native("echo cannot tell the time >&2; exit 3");
    let ended = here.matrix("-n 1 --only native --only run --only host --output-format json").run().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report = parse(&ended.stdout);
    let why = skipped(&report, "native");
    assert!(why.contains("exit status: 3") && why.contains("cannot tell the time"), "{why}");
    assert_eq!(samples(of(&report, "wasmtime run"), "once"), Some(1));
    assert_eq!(samples(of(&report, "WAGI in host"), "startup"), Some(1));
    // It says that it handles HTTP, and does not.
    let why = skipped(&report, "preview 2 in host");
    assert!(why.contains("p2"), "{why}");
    assert!(skipped(&report, "preview 3 in host").contains("preview 3"));
}

#[tokio::test]
async fn a_start_that_fails_later_is_a_failed_sample() {
    let here = Here::new();
    let path = format!("built/{}-unknown-linux-musl/app", std::env::consts::ARCH);
    here.script(
        &path,
        &format!(
            "if [ \"$MODE\" = once ]; then echo '{{}}'; exit; fi\necho >> starts\n\
             if [ $(wc -l < starts) = 2 ]; then echo no room >&2; exit 1; fi\naddress=$HOST:$PORT\n{SERVE}"
        ),
    );
    let ended = here.matrix("-n 3 --only native --output-format json").run().await;
    let report = parse(&ended.stdout);
    let native = of(&report, "native");
    assert_eq!(
        (samples(native, "startup"), samples(native, "cold"), samples(native, "warm")),
        (Some(3), Some(2), Some(40))
    );
    let startup = &native["phases"].as_array().unwrap()[1];
    assert_eq!(startup["failures"]["transport"], 1, "{startup}");
    assert!(startup["causes"].to_string().contains("no room"), "{startup}");
}

#[tokio::test]
async fn where_nothing_answers_as_it_should_there_is_no_report() {
    let here = Here::new();
    let served = "[[trigger.http]]\nroute = \"/elsewhere\"\ncomponent = \"app\"\nexecutor = { type = \"wagi\" }\n\
                  [component.app]\nsource = \"target/wasm32-wasip1/app.wasm\"\n";
    here.write("served.toml", [HEAD, served].concat());
    here.matrix("-n 1 --only native")
        .run()
        .await
        .refused(3, &["native", "/ answered 404: is the path right?"]);
}

#[tokio::test]
async fn what_prints_something_else_is_not_compared() {
    let here = Here::with_all();
    here.native("printf '{\"date\":1}'");
    let report = parse(&here.matrix("-n 1 --only native --only run --output-format json").run().await.stdout);
    let why = skipped(&report, "wasmtime run");
    assert!(why.contains("does not do what native does"), "{why}");
}

#[tokio::test]
async fn a_url_is_asked_whatever_only_names() {
    let here = Here::new();
    let server = crate::common::server::Server::always(crate::common::server::OK);
    let url = format!("--url cloud={}", server.url("/"));
    let ended =
        here.matrix(&format!("-n 1 --check status --only native {url} --output-format json")).run().await;
    let report = parse(&ended.stdout);
    let cloud = of(&report, "cloud");
    assert_eq!((samples(cloud, "startup"), samples(cloud, "warm")), (None, Some(20)), "{cloud}");
    assert_eq!((&cloud["memory_bytes"], &cloud["packaging"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn interrupted_it_reports_what_was_measured_and_leaves_nothing_behind() {
    let here = Here::with_all();
    let file = here.0.path().join("report.json");
    let args = "-n 5000 --only native --only wasmtime --only wagi --output-format json -o report.json";
    let rounds = here.0.path().join("rounds");
    here.native(&format!("echo >> {}; printf '{{\"time\":1}}'", rounds.display()));
    let running = here.matrix(args).start();
    until(|| fs::read_to_string(&rounds).is_ok_and(|text| text.lines().count() > 4)).await;
    running.signal(Signal::INT);
    let ended = running.end().await;
    assert_eq!(ended.code, Some(130), "{ended:?}");
    let report = parse(&fs::read_to_string(file).unwrap());
    assert_eq!(report["interrupted"], true);
    assert!(samples(of(&report, "native"), "once") >= Some(2), "{report}");
    assert_eq!((here.processes(), files_in(&here.tmp())), (vec![], vec![]));
}

#[tokio::test]
async fn killed_it_leaves_nothing_behind_either() {
    let here = Here::with_all();
    let rounds = here.0.path().join("rounds");
    here.native(&format!("echo >> {}; printf '{{\"time\":1}}'", rounds.display()));
    let running = here.matrix("-n 5000 --only native --only wasmtime --only wagi").start();
    until(|| fs::read_to_string(&rounds).is_ok_and(|text| text.lines().count() > 4)).await;
    running.signal(Signal::KILL);
    assert_eq!(running.end().await.code, None);
    until(|| here.processes().is_empty() && files_in(&here.tmp()).is_empty()).await;
}

#[tokio::test]
async fn documents_begin_with_the_table_and_have_the_labs() {
    let here = Here::with_all();
    here.matrix("-n 1 --only native --only run -o m.json").run().await.well();
    let again = async |args: &str| {
        Loadtest::new(format!("report m.json {args}")).within(here.0.path()).run().await.well()
    };
    for format in ["markdown", "html", "text -v"] {
        let printed = again(&format!("--output-format {format}")).await;
        let place =
            |part: &str| printed.find(part).unwrap_or_else(|| panic!("{format}: no {part:?} in {printed}"));
        assert!(place("throughput") < place("Table 4.1"), "{format}: {printed}");
        assert!(printed.contains("Can Wasm serve HTTP? Not wasmtime run here."), "{format}: {printed}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_anything_is_built() {
    let here = Here::new();
    for (args, words) in [
        ("-n 0", ["-n 0", "at least 1"]),
        ("--only nonsense", ["--only nonsense", "native"]),
        ("--only native --skip native", ["leave no packaging", "--skip"]),
        ("--url http://127.0.0.1/", ["no name", "NAME=URL"]),
        ("-t 0s", ["-t", "no answer"]),
        ("--from none.toml", ["--from none.toml", "is its path right?"]),
    ] {
        here.matrix(args).run().await.refused(2, &words);
    }
    assert!(!here.0.path().join("target").exists());
}
