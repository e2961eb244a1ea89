//! Reports as pages, plots and rows: of what was measured, from the program itself.

use std::fs;
use std::path::Path;

use crate::common::program::{Ended, Loadtest, samples_in};
use crate::common::{answers, at_once};
use tempfile::{TempDir, tempdir};
use wiremock::MockServer;

/// Two targets, measured into `x.ndjson`, and what was printed besides.
async fn measured(more: &str) -> (TempDir, Ended) {
    let (one, other, dir) = (answers::reused().await, answers::fresh().await, tempdir().unwrap());
    let args = format!("compare a={} b={} -n 20 --idle 0s --samples x.ndjson {more}", one.uri(), other.uri());
    let ended = Loadtest::new(args).within(dir.path()).run().await;
    (dir, ended)
}

async fn report(args: &str, dir: &Path) -> Ended {
    Loadtest::new(format!("report {args}")).within(dir).run().await
}

fn read(dir: &TempDir, file: &str) -> String {
    fs::read_to_string(dir.path().join(file)).unwrap()
}

#[tokio::test]
async fn a_page_is_whole_and_the_same_when_it_is_rendered_again() {
    let (dir, ended) = measured("-o x.html").await;
    assert!(ended.well().starts_with("2 targets, "), "a person reads text besides");
    let page = read(&dir, "x.html");
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("id=\"time-cold\"") && page.contains("id=\"percentiles-cold\""));
    report("x.ndjson -o again.HTM", dir.path()).await.well();
    assert_eq!(read(&dir, "again.HTM"), page);
}

#[tokio::test]
async fn every_sample_is_a_row() {
    let (dir, ended) = measured("-o x.csv").await;
    ended.well();
    let rows = read(&dir, "x.csv");
    assert!(rows.starts_with("target,phase,round,"), "{rows}");
    assert_eq!(rows.lines().count() - 1, samples_in(&dir.path().join("x.ndjson")).len());
    assert_eq!(report("x.ndjson --output-format csv", dir.path()).await.well(), rows);
}

#[tokio::test]
async fn a_plot_is_of_the_kind_that_was_asked_for() {
    let (dir, ended) = measured("-o x.svg").await;
    ended.well();
    assert!(read(&dir, "x.svg").contains("aria-label=\"Percentiles\""));
    for (kind, title) in [("ratios", "Ratios of medians"), ("time", "over time")] {
        let svg =
            report(&format!("x.ndjson --output-format svg --plot-kind {kind}"), dir.path()).await.well();
        assert!(svg.starts_with("<svg ") && svg.contains(title), "{svg}");
    }
    report("x.ndjson -o x.md --plot-kind time", dir.path()).await.refused(2, &["--plot-kind", ".svg"]);
}

#[cfg(feature = "png")]
#[tokio::test]
async fn an_image_is_one_or_says_that_there_is_no_font() {
    let (dir, ended) = measured("").await;
    ended.well();
    let ended = report("x.ndjson -o x.png", dir.path()).await;
    if ended.stderr.contains("no font") {
        println!("skipped: there is no font on this machine");
        return ended.complained(2, &["install one"]);
    }
    ended.well();
    let bytes = fs::read(dir.path().join("x.png")).unwrap();
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 5000, "{} bytes", bytes.len());
}

#[tokio::test]
async fn what_is_made_of_samples_is_refused_where_there_are_none() {
    let (dir, ended) = measured("-o x.json").await;
    ended.well();
    report("x.json --output-format csv", dir.path())
        .await
        .refused(2, &["x.json is a report", ".html or .json"]);
    report("x.json -o t.svg --plot-kind time", dir.path()).await.refused(2, &["x.json is a report"]);
    assert!(
        report("x.json --output-format html", dir.path()).await.well().contains("made without its samples")
    );
    let server: MockServer = answers::reused().await;
    let load = Loadtest::new(format!("load --url {} -n 9 -o x.svg --plot-kind ratios", server.uri()))
        .within(dir.path())
        .run()
        .await;
    load.refused(2, &["of a load is of what was counted"]);
    assert!(answers::requests(&server).await.is_empty());
}

#[tokio::test]
async fn a_load_as_rows_is_the_same_when_it_was_saved_and_has_the_whole_and_its_parts() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    let args = format!("load --url {} -n 200 -c 2 -o x.json --quiet", server.uri());
    Loadtest::new(args).within(dir.path()).run().await.well();
    report("x.json -o x.csv", dir.path()).await.well();
    let rows = read(&dir, "x.csv");
    let of = |part: &str| rows.lines().filter(|row| row.split(',').nth(1) == Some(part)).count();
    assert_eq!((of("load"), of("slice"), of("rate")), (1, 20, 0), "{rows}");
}

/// What stands in attributes of this name.
fn attributes<'a>(svg: &'a str, name: &str) -> Vec<&'a str> {
    svg.split(&format!(" {name}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn a_load_is_drawn_over_time_with_all_its_requests_from_whatever_was_kept_of_it() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    let svg = "--output-format svg --plot-kind time";
    let args = format!("load --url {} -n 900 -c 2 --samples x.ndjson {svg} --quiet", server.uri());
    let drawn = Loadtest::new(args).within(dir.path()).run().await.well();
    report("x.ndjson -o x.json", dir.path()).await.well();
    for kept in ["x.ndjson", "x.json"] {
        assert_eq!(report(&format!("{kept} {svg}"), dir.path()).await.well(), drawn, "{kept}");
    }
    let saved: serde_json::Value = serde_json::from_str(&read(&dir, "x.json")).unwrap();
    let slices = saved["targets"][0]["phases"][0]["slices"].as_array().unwrap();
    assert_eq!(slices.iter().map(|slice| slice["ok"].as_u64().unwrap()).sum::<u64>(), 900);
    let plotted: Vec<(&str, f64)> = attributes(&drawn, "data-figure")
        .into_iter()
        .zip(attributes(&drawn, "data-value").iter().map(|value| value.parse().unwrap()))
        .collect();
    for name in ["p50", "max"] {
        let of_name: Vec<f64> = plotted.iter().filter(|(n, _)| *n == name).map(|(_, us)| *us).collect();
        let told: Vec<f64> = slices.iter().filter_map(|slice| slice["latency_us"][name].as_f64()).collect();
        assert_eq!((of_name.len(), of_name), (20, told), "{name}");
    }
    report("x.json -o t.svg --plot-kind ratios", dir.path())
        .await
        .refused(2, &["of a load is of what was counted", "--plot-kind time"]);
}

#[tokio::test]
async fn the_summary_of_a_job_is_added_to() {
    let (server, dir) = (answers::reused().await, tempdir().unwrap());
    let args = format!("--url {} {} --github", server.uri(), at_once("--cold -n 20"));
    let summary = dir.path().join("summary.md");
    fs::write(&summary, "before\n").unwrap();
    let measure = || Loadtest::new(&args).within(dir.path());
    measure().env("GITHUB_STEP_SUMMARY", &summary).run().await.well();
    let text = read(&dir, "summary.md");
    assert!(text.starts_with("before\n### loadtest\n\n**GET ") && text.contains("| p50 |"), "{text}");
    // Whoever wrote last may have left its line open, and GitHub takes no more than a mebibyte.
    for (before, begins) in
        [("before".to_owned(), "before\n\n### loadtest\n\n**GET "), ("x\n".repeat(524_000), "x\n")]
    {
        fs::write(&summary, &before).unwrap();
        measure().env("GITHUB_STEP_SUMMARY", &summary).run().await.well();
        let text = read(&dir, "summary.md");
        assert!(
            text.starts_with(begins) && text.len() > before.len() && text.len() <= 1 << 20,
            "{}",
            text.len()
        );
        assert_eq!(text.contains("\n*Shortened: "), before.len() > 1000);
    }
    let asked = answers::requests(&server).await.len();
    measure().env("GITHUB_STEP_SUMMARY", "").run().await.refused(2, &["--github", "-o report.md"]);
    measure().env("GITHUB_STEP_SUMMARY", dir.path()).run().await.refused(2, &["GITHUB_STEP_SUMMARY"]);
    assert_eq!(answers::requests(&server).await.len(), asked);
}
