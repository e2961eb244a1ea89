//! The page of a matrix, as people see it.

use std::path::PathBuf;

use browser::{Axe, Page, Result, View, focus_order, illegible_labels, low_contrast, overflowing};
use loadtest::args::Format;
use loadtest::environment::Environment;
use loadtest::look::Look;
use loadtest::matrix::report::{MatrixReport, render};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{chromium, keep, root, widths};

const NONE: [&str; 0] = [];

/// As somebody would call a packaging who wants to do harm, or only writes from right to left.
const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}drawkcab \u{05e9}\u{05dc}\u{05d5}\u{05dd}";

fn spread(median: f64) -> Value {
    let [low, high] = [median * 0.95, median * 1.08];
    json!({"samples": 20, "failed": 0, "min": median * 0.9, "mean": median * 1.02, "stddev": median / 20.0,
        "p50": median, "p90": null, "p95": null, "p99": null, "p999": null, "max": median * 1.4,
        "ci95": {"p50": [low, high], "mean": [low, high]}})
}

fn known(value: impl serde::Serialize) -> Value {
    json!({ "value": value })
}

fn withheld(why: &str) -> Value {
    json!({ "withheld": why })
}

fn memory(pss: u64) -> Value {
    known(json!({"pss_bytes": spread(pss as f64), "note": "with the shim, without containerd",
        "consists_of": {"processes": 2, "pss": pss, "rss": pss * 2, "private": pss, "shared": pss, "anonymous_pss": pss / 2,
            "executable_pss": pss / 3, "executable_private": pss / 4, "executable_shared": pss / 9}}))
}

/// Of which everything is known.
fn row(name: &str, code: &str, us: f64, bytes: u64) -> Value {
    let part = |part: &str, us: f64| json!({"part": part, "what": "`true`", "difference_us": spread(us)});
    let parts = [
        ("process", 700.0),
        ("client", us / 4.0),
        ("runtime", us / 3.0),
        ("network", -us / 50.0),
        ("program", us / 5.0),
    ];
    json!({
        "name": name, "code": code, "container": true, "remote": false,
        "compiled": if code == "wasm" { json!({"when": "cached", "cache": "a cache"}) } else { json!({"when": "before"}) },
        "client": name.split(' ').next(), "by": "containerd 1.6.20~ds1, containerd-shim-wasmtime-v1 0.6.0 (somewhere)",
        "missing": null, "failed": null,
        "artefact_bytes": known(bytes * 2), "image_compressed_bytes": known(bytes), "image_unpacked_bytes": known(bytes * 3),
        "base_image": known("scratch"), "server": known(true), "no_server": null,
        "once_us": known(spread(us)), "once_cold_caches_us": withheld("it is compiled before"),
        "parts": parts.map(|(name, us)| part(name, us)),
        "start_us": known(spread(us * 1.5)), "start_cold_caches_us": withheld("it is compiled before"),
        "requests": [], "no_requests": null, "throughput": known(spread(9000.0)), "failed_under_load": 3,
        "memory_idle": memory(bytes * 20), "memory_loaded": memory(bytes * 50),
    })
}

fn lab_row(metric: &str, values: [f64; 2], improvement: Value, same_client: Option<bool>) -> Value {
    json!({"metric": metric, "traditional": "docker", "traditional_value": known(values[0]), "wasm": "ctr wasm",
        "wasm_value": known(values[1]), "improvement": improvement, "same_client": same_client})
}

/// What a run would have saved, with names as they come and as nobody wishes them.
fn saved() -> MatrixReport {
    let long = "x".repeat(10_000);
    let mut rows = vec![
        row("docker", "native", 417_000.0, 390_455),
        row("ctr", "native", 116_000.0, 390_455),
        row("ctr wasm", "wasm", 223_000.0, 44_525),
        row(HOSTILE, "wasm", 8_000.0, 40_510),
        row(&long, "unknown", 30_000.0, 1_033_232),
        row("spin", "wasm", 1.0, 1),
        row("a cloud", "unknown", 1.0, 1),
    ];
    rows[3]["once_us"] = withheld(&format!("`{HOSTILE}` ended with exit status: 3: {HOSTILE}"));
    rows[5]["missing"] = json!({"what": "there is no spin on the PATH", "remedy": "install it from https://spinframework.dev"});
    rows[6]["failed"] = json!(HOSTILE.repeat(100));
    let exact = |value: f64| known(json!({"value": value, "ci95": null, "includes_none": false}));
    let estimated = |value: f64, ci95: [f64; 2], none: bool| {
        known(json!({"value": value, "ci95": ci95, "includes_none": none}))
    };
    let plan = json!({"rounds": 20, "burst_us": 300_000.0, "connections": 8, "only": [], "skip": [], "method": "GET",
        "header_names": [], "instance_header": null, "served_header": null, "startup_samples": 20, "cold_samples": 20,
        "warm_samples": 1000, "interval_us": 0.0, "idle_us": 1_500_000.0, "timeout_us": 30_000_000.0, "seed": 1});
    let report = json!({
        "schema_version": 1, "kind": "matrix", "interrupted": false, "plan": plan, "environment": Environment::here(None),
        "spawn_us": known(spread(700.0)), "rows": rows,
        "lab": {"containers": true, "rows": [
            lab_row("image-size", [390_455.0, 44_525.0], exact(88.6), None),
            lab_row("once", [417_000.0, 223_000.0], estimated(1.87, [1.7, 2.1], false), Some(false)),
            lab_row("once", [116_000.0, 223_000.0], estimated(0.52, [0.48, 0.57], false), Some(true)),
            lab_row("start", [417_000.0, 400_000.0], estimated(1.04, [0.9, 1.2], true), Some(false)),
            lab_row("memory-idle", [7e6, 2e7], withheld("the rounds are too few for a median: -n 20"), None),
        ]},
        "answers": ["Which is smaller? ctr wasm takes 88.6 % less: docker 390.5 kB, ctr wasm 44.5 kB.", format!("Can {HOSTILE} serve?")],
        "notes": ["Caches are warm unless a column says otherwise.", HOSTILE],
    });
    serde_json::from_value(report).unwrap()
}

/// Its page in a file.
fn written() -> Result<(TempDir, String)> {
    let dir = tempfile::tempdir()?;
    let file: PathBuf = dir.path().join("matrix.html");
    std::fs::write(&file, render(&saved(), Format::Html, None, Look::PLAIN)?)?;
    let url = format!("file://{}", file.display());
    Ok((dir, url))
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_width_in_either_scheme_it_fits_is_legible_and_asks_nobody() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let axe = Axe::find_or_skip(&root())?;
    let (_dir, url) = written()?;
    for (name, view) in widths([360, 1024, 1920]) {
        let page = chromium.open(&url, &view).await?;
        keep(&page, &format!("matrix-{name}")).await?;
        assert_eq!(overflowing(&page).await?, NONE, "{name}");
        assert_eq!(low_contrast(&page).await?, NONE, "{name}");
        assert_eq!(illegible_labels(&page).await?, NONE, "{name}");
        // What is folded away is looked at too.
        page.value::<()>("document.querySelectorAll('details').forEach(details => { details.open = true })")
            .await?;
        assert_eq!(overflowing(&page).await?, NONE, "{name}, unfolded");
        assert_eq!(low_contrast(&page).await?, NONE, "{name}, unfolded");
        if let Some(axe) = &axe {
            assert_eq!(axe.violations(&page).await?, NONE, "{name}");
        }
        assert_eq!(page.console(), NONE, "{name}");
        assert_eq!(page.requests_off(&url), NONE, "{name}");
    }
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_everything_is_there_and_the_keyboard_reaches_it_from_top_to_bottom() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let (_dir, url) = written()?;
    let count = "[document.querySelectorAll('svg').length, document.querySelectorAll('tr').length]";
    let counts: [usize; 2] = chromium.open(&url, &View::wide(1024)).await?.value(count).await?;
    let page = chromium.open(&url, &View::wide(1024).without_scripts()).await?;
    assert_eq!(page.value::<[usize; 2]>(count).await?, counts);
    assert!(counts[0] == 8 && counts[1] > 50, "{counts:?}");
    let reached = focus_order(&page).await?;
    assert!(reached.iter().all(|name| !name.contains("(unseen)")), "{reached:?}");
    // Each plot's own table, in the order of the plots, and then what is to be saved.
    let figures: Vec<String> =
        page.value("[...document.querySelectorAll('figure h3')].map(h => h.textContent)").await?;
    let tables: Vec<String> = figures.iter().map(|title| format!("The same as a table: {title}")).collect();
    let (reached_tables, data) = reached.split_at(tables.len());
    assert_eq!(reached_tables, tables);
    assert!(
        data.len() == 2 && data[0].starts_with("matrix.json") && data[1].starts_with("matrix.csv"),
        "{data:?}"
    );
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_packaging_is_called_is_text() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let (_dir, url) = written()?;
    let page = chromium.open(&url, &View::wide(1920)).await?;
    let scripts: usize = page.value("document.scripts.length").await?;
    assert_eq!(
        (scripts, page.value::<bool>("[...document.scripts].some(s => s.text.includes('alert'))").await?),
        (1, false)
    );
    let text: String = page.value("document.body.innerText").await?;
    assert!(text.contains("<script>alert(1)</script>\"'&") && text.contains('\u{05e9}'), "{text}");
    assert!(!text.contains("\u{202e}"));
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_drawn_is_what_the_table_beside_it_says() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let (_dir, url) = written()?;
    let page = chromium.open(&url, &View::wide(1024)).await?;
    let mut compared = 0;
    for Figure { id, bars, cells } in figures(&page).await? {
        for (number, name, value, length) in bars {
            let row = cells.iter().find(|(row, column, _)| *row == number && *column == name);
            let (.., told) = row.unwrap_or_else(|| panic!("{id}: no {name} of row {number} in {cells:?}"));
            let near = |other: f64, what: &str| {
                assert!(
                    (other - value).abs() <= value.abs() * 0.06 + 1.0,
                    "{id}, {number} {name}: {value} is {what} {told}, {other}"
                );
            };
            near(figure(told), "told as");
            // A tenth of a unit of a drawing is the finest that is drawn.
            if let Some((length, finest)) = length {
                assert!(
                    (length - value).abs() <= finest.max(value * 0.01),
                    "{id}, {number} {name}: {value} is drawn as {length}"
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 40, "{compared}");
    chromium.close().await
}

/// Whose bar or line, of what, the figure that it stands for, and how long it is by the axis, within what.
type Bar = (usize, String, f64, Option<(f64, f64)>);

/// A plot as it is drawn, and the cells of its table: the number of the row, the column, and what is written there.
#[derive(serde::Deserialize)]
struct Figure {
    id: String,
    bars: Vec<Bar>,
    cells: Vec<(usize, String, String)>,
}

async fn figures(page: &Page) -> Result<Vec<Figure>> {
    page.value(include_str!("bars.js")).await
}

/// `390.5 kB`, `7.12 ms`: in bytes or microseconds.
fn figure(told: &str) -> f64 {
    let (value, unit) = told.split_once(' ').unwrap_or_else(|| panic!("{told:?} has no unit"));
    let scale = match unit {
        "kB" | "ms" => 1e3,
        "MB" | "s" => 1e6,
        _ => 1.0,
    };
    value.parse::<f64>().unwrap_or_else(|e| panic!("{told:?}: {e}")) * scale
}
