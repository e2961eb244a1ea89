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

fn row<'a>(report: &'a Value, name: &str) -> &'a Value {
    let mut rows = report["rows"].as_array().unwrap().iter();
    rows.find(|row| row["name"] == name).unwrap_or_else(|| panic!("no row {name} in {report}"))
}

fn withheld(cell: &Value) -> &str {
    cell["withheld"].as_str().unwrap_or_else(|| panic!("{cell} is not withheld"))
}

fn samples(cell: &Value) -> u64 {
    cell["value"]["samples"].as_u64().unwrap_or_else(|| panic!("{cell} has no samples"))
}

#[tokio::test]
async fn every_packaging_that_can_run_is_measured_in_every_round() {
    let here = Here::with_all();
    let ended =
        here.matrix("-n 2 --only native --only wasmtime --only wagi --output-format json").run().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report = parse(&ended.stdout);
    for name in ["native", "wasmtime run"] {
        assert_eq!(samples(&row(&report, name)["once_us"]), 2, "{name}");
    }
    for name in ["native", "wasmtime serve", "WAGI in spin", "WAGI in host"] {
        let row = row(&report, name);
        for figure in ["start_us", "throughput"] {
            assert_eq!(samples(&row[figure]), 2, "{name} {figure}");
        }
        for memory in ["memory_idle", "memory_loaded"] {
            let memory = &row[memory]["value"];
            assert_eq!(memory["pss_bytes"]["samples"], 2, "{name}");
            let seen = &memory["consists_of"];
            let bytes = |field: &str| seen[field].as_u64().unwrap();
            assert!(bytes("pss") > 0 && bytes("pss") <= bytes("rss"), "{seen}");
            assert_eq!(bytes("private") + bytes("shared"), bytes("rss"), "{seen}");
        }
        let phases = row["requests"].as_array().unwrap();
        let count = |phase: &str| phases.iter().find(|p| p["phase"] == phase).unwrap()["samples"].as_u64();
        assert_eq!((count("startup"), count("cold")), (Some(2), Some(2)), "{name}");
        // Rounds that only warmed up are made up for.
        assert!(count("warm") >= Some(100), "{name}");
        assert_eq!(row["server"]["value"], true, "{name}");
    }
    let run = row(&report, "wasmtime run");
    assert_eq!(run["server"]["value"], false);
    assert!(withheld(&run["throughput"]).contains("no sockets"));
    let parts: Vec<_> =
        run["parts"].as_array().unwrap().iter().map(|part| part["part"].as_str().unwrap()).collect();
    assert_eq!(parts, ["process", "client", "runtime", "program", "compile"]);
    assert_eq!((here.processes(), files_in(&here.tmp())), (vec![], vec![]));
}

#[tokio::test]
async fn what_is_shipped_is_as_large_as_it_is() {
    let here = Here::with_all();
    let report = parse(&here.matrix("-n 1 --only run --only native --output-format json").run().await.stdout);
    let size = |path: &str| Path::new(&here.0.path().join(path)).metadata().unwrap().len();
    let program = format!("target/{}-unknown-linux-musl/app", std::env::consts::ARCH);
    assert_eq!(row(&report, "native")["artefact_bytes"]["value"], size(&program));
    assert_eq!(
        row(&report, "wasmtime run")["artefact_bytes"]["value"],
        size("target/wasm32-wasip1/app.wasm")
    );
}

#[tokio::test]
async fn what_cannot_run_is_a_row_that_says_what_to_install() {
    let here = Here::new();
    let ended = here.matrix("-n 1 --only native --only wasmtime --only spin").run().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let words: String = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for words_of_row in [
        "wasmtime run: there is no wasmtime on the PATH; install it from https://wasmtime.dev",
        "WAGI in spin: there is no Spin on the PATH; install it from https://spinframework.dev",
    ] {
        assert!(words.contains(words_of_row), "{}", ended.stdout);
    }
    assert!(!words.contains("nearest"), "nothing is compared: {}", ended.stdout);
    assert!(words.contains("names was looked at, without what --skip names: native, "), "{}", ended.stdout);
}

#[tokio::test]
async fn a_packaging_that_fails_is_a_row_with_its_reason_and_the_others_go_on() {
    let here = Here::with_all();
    here.native("echo cannot tell the time >&2; exit 3");
    let ended = here.matrix("-n 1 --only native --only run --only host --output-format json").run().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report = parse(&ended.stdout);
    let native = row(&report, "native");
    let why = withheld(&native["once_us"]);
    assert!(why.contains("exit status: 3") && why.contains("cannot tell the time"), "{why}");
    assert_eq!(samples(&native["start_us"]), 1);
    assert_eq!(samples(&row(&report, "wasmtime run")["once_us"]), 1);
    // It says that it handles HTTP, and does not.
    let why = withheld(&row(&report, "preview 2 in host")["start_us"]);
    assert!(why.contains("before it answered"), "{why}");
    assert!(row(&report, "preview 3 in host")["failed"].as_str().unwrap().contains("preview 3"));
}

#[tokio::test]
async fn that_no_server_answered_as_it_should_is_named_before_all_tables_and_why() {
    let here = Here::new();
    let served = "[[trigger.http]]\nroute = \"/elsewhere\"\ncomponent = \"app\"\nexecutor = { type = \"wagi\" }\n\
                  [component.app]\nsource = \"target/wasm32-wasip1/app.wasm\"\n";
    here.write("served.toml", [HEAD, served].concat());
    here.matrix("-n 1 --only native -o m.json").run().await.well();
    for format in ["text", "markdown", "html"] {
        let again = Loadtest::new(format!("report m.json --output-format {format}")).within(here.0.path());
        let words = again.run().await.well().split_whitespace().collect::<Vec<_>>().join(" ");
        let place =
            |part: &str| words.find(part).unwrap_or_else(|| panic!("{format}: no {part:?} in {words}"));
        let top = place("No server answered as it should. Not measured: serving of native");
        assert!(top < place("Table 4.1"), "{format}: {words}");
        assert!(words[top..].contains("asked for 2 s: / answered 404: is the path right?"), "{words}");
        assert!(!words.contains("did not say why"), "{words}");
    }
}

#[tokio::test]
async fn with_too_few_rounds_for_a_median_there_is_what_is_known_and_no_column_of_dashes() {
    let here = Here::with_all();
    let printed = here.matrix("-n 2 --only native --only serve").run().await.well();
    let (_, start) = printed.split_once("\nFrom the spawn of what serves").unwrap();
    let table: Vec<&str> = start.lines().skip(1).take(3).collect();
    let cells = table.iter().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let cells: Vec<_> = cells.collect();
    assert_eq!(cells[0], ["n", "mean", "max", "cold", "mean"], "{printed}");
    assert!(cells[1][0] == "native" && cells[1].len() == 5 && cells[1][4] == "–", "{printed}");
    assert!(cells[2].len() == 6 && !table[2].contains('–'), "{printed}");
    assert!(start.contains("Left out, as no row has a figure: p50; 95% CI of p50."), "{printed}");
}

#[tokio::test]
async fn what_prints_or_answers_something_else_is_not_compared() {
    let here = Here::with_all();
    here.native("printf '{\"date\":1}'");
    let report = parse(&here.matrix("-n 1 --only native --only run --output-format json").run().await.stdout);
    let why = withheld(&row(&report, "wasmtime run")["once_us"]);
    assert!(why.contains("does not print what native prints"), "{why}");
}

#[tokio::test]
async fn a_url_is_asked_whatever_only_names_and_nothing_else_is_told_of_it() {
    let here = Here::new();
    let server = crate::common::server::Server::always(crate::common::server::OK);
    let url = format!("--url cloud={}", server.url("/"));
    let ended = here.matrix(&format!("-n 1 --only native {url} --output-format json")).run().await;
    let report = parse(&ended.stdout);
    let cloud = row(&report, "cloud");
    let warm = cloud["requests"].as_array().unwrap().iter().find(|phase| phase["phase"] == "warm").unwrap();
    assert!(warm["counted"].as_u64() >= Some(50), "{cloud}");
    assert!(withheld(&cloud["memory_idle"]).contains("elsewhere"), "{cloud}");
    assert!(withheld(&cloud["throughput"]).contains("elsewhere"), "{cloud}");
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
    assert!(samples(&row(&report, "native")["once_us"]) >= 2, "{report}");
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
async fn each_format_has_a_table_or_a_line_for_each_row() {
    let here = Here::with_all();
    let of = async |format: &str| {
        here.matrix(&format!("-n 1 --only native --only run --seed 7 --output-format {format}"))
            .run()
            .await
            .stdout
    };
    let (text, markdown, csv) = (of("text").await, of("markdown").await, of("csv").await);
    let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
    assert_eq!(wide, Vec::<&str>::new());
    assert!(text.contains("Table 4.1") && text.contains("Can Wasm serve HTTP?"), "{text}");
    assert!(markdown.contains("| Metric | Traditional | Wasm | Improvement | Notes |"), "{markdown}");
    assert!(
        csv.starts_with("packaging,figure,value\n")
            && csv.contains("\nwasmtime run,once_us.value.samples,1\n")
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_anything_is_built() {
    let here = Here::new();
    for (args, words) in [
        ("-n 0", ["-n 0", "at least 1"]),
        ("--only nonsense", ["--only nonsense", "native"]),
        ("--only native --skip native", ["leave no packaging", "--skip"]),
        ("--fail-if p50>1ms", ["no gates", "--fail-if"]),
        ("--url http://127.0.0.1/", ["no name", "NAME=URL"]),
        ("-o x.svg --plot-kind time", ["--plot-kind", "all its bars"]),
        ("-t 0s", ["-t", "no answer"]),
        ("--from none.toml", ["--from none.toml", "is its path right?"]),
    ] {
        here.matrix(args).run().await.refused(2, &words);
    }
    assert!(!here.0.path().join("target").exists());
}

#[tokio::test]
async fn a_saved_matrix_is_rendered_as_the_run_did() {
    let here = Here::with_all();
    let path = |name: &str| here.0.path().join(name);
    let again = async |args: &str| Loadtest::new(format!("report {args}")).within(here.0.path()).run().await;
    let printed = here.matrix("-n 2 --only native --only run -o m.json").run().await.well();
    assert_eq!(again("m.json").await.well(), printed);
    let json = fs::read_to_string(path("m.json")).unwrap();
    assert_eq!(again("m.json --output-format json").await.well(), json);
    // A page has its own report in it.
    here.matrix("-n 2 --only native --only run -o run.html").run().await.well();
    let page = fs::read_to_string(path("run.html")).unwrap();
    let saved = page.split_once("data:application/json;base64,").unwrap().1.split('"').next().unwrap();
    here.write(
        "run.json",
        base64::prelude::Engine::decode(&base64::prelude::BASE64_STANDARD, saved).unwrap(),
    );
    again("run.json -o again.html").await.well();
    assert_eq!(fs::read_to_string(path("again.html")).unwrap(), page);
    let sizes = again("m.json --output-format svg --plot-kind sizes").await.well();
    assert!(sizes.contains("The program&#39;s own file") || sizes.contains("own file"), "{sizes}");
    assert!(!sizes.contains("Memory, idle after the first answer"), "{sizes}");
    for (args, words) in [
        ("m.json m.json", ["m.json is a report", "merged"]),
        ("m.json --fail-if p50>1ms", ["no gates", "--fail-if"]),
        ("m.json --output-format svg --plot-kind time", ["--plot-kind", "all its bars"]),
        ("m.json -o m.json", ["would replace m.json", "-o"]),
    ] {
        again(args).await.refused(2, &words);
    }
    here.write("newer.json", json.replacen("\"schema_version\": 1", "\"schema_version\": 2", 1));
    again("newer.json").await.refused(2, &["newer.json", "version 2", "a newer one"]);
    here.write("cut.json", &json[..json.len() / 2]);
    again("cut.json").await.refused(2, &["cut.json breaks off", "the page that was made of it"]);
}

#[cfg(feature = "png")]
#[tokio::test]
async fn its_bars_are_pixels_where_they_are_to_be() {
    let here = Here::with_all();
    let ended = here.matrix("-n 1 --only native -o m.png").run().await;
    if ended.stderr.contains("no font") {
        println!("skipped: {}", ended.stderr);
        return;
    }
    ended.well();
    assert!(fs::read(here.0.path().join("m.png")).unwrap().starts_with(b"\x89PNG"));
}
