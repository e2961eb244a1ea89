//! A report as a page, as people see it.

use std::path::PathBuf;

use browser::{Axe, Result, View, focus_order, illegible_labels, low_contrast, overflowing};
use loadtest::environment::Environment;
use loadtest::evidence::{Freshness, Testimony};
use loadtest::plan::Plan;
use loadtest::reach::Reach;
use loadtest::report::{self, html};
use loadtest::sample::{Outcome, Phase, Sample, Segments};
use loadtest::target::Target;
use tempfile::TempDir;

use crate::support::{chromium, keep, root, views};

const NONE: [&str; 0] = [];

/// Names as they come, and as somebody would write them who wants to do harm.
const NAMES: [&str; 3] = ["WAGI", "preview 3", "<script>alert(1)</script>\"'\u{202e}drawkcab"];

/// A page in a file, of cold and warm samples of three targets.
fn written() -> Result<(TempDir, PathBuf)> {
    let plan = Plan {
        method: "GET".into(),
        header_names: vec![],
        reach: Reach::default(),
        caches: Default::default(),
        check: Default::default(),
        instance_header: None,
        served_header: None,
        until: None,
        burst: None,
        once_samples: 0,
        startup_samples: 0,
        cold_samples: 40,
        warm_samples: 1000,
        interval: Default::default(),
        idle: Default::default(),
        timeout: std::time::Duration::from_secs(30),
        margin: Default::default(),
        seed: 1,
    };
    let targets: Vec<_> = NAMES
        .iter()
        .map(|name| Target::new(*name, "http://127.0.0.1:1/?<script>alert(2)</script>").unwrap())
        .collect();
    let samples: Vec<_> = (0..3).flat_map(samples_of).collect();
    let report = report::build(&plan, Environment::here(None), &targets, &samples, false);
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("report.html");
    std::fs::write(&file, html::render(&report, &samples))?;
    Ok((dir, file))
}

fn samples_of(target: usize) -> impl Iterator<Item = Sample> {
    let of = move |phase, n: u64| {
        let nanos = 100_000 * (target as u64 + 1) + n * 7919 % 40_000;
        Sample {
            target: NAMES[target].into(),
            phase,
            round: (if phase == Phase::Warm { n / 20 } else { n }) as u32,
            intended_ns: n * 1_000_000,
            sent_ns: n * 1_000_000,
            done_ns: n * 1_000_000 + nanos,
            segments: Segments {
                connect_ns: (phase == Phase::Cold).then_some(nanos / 4),
                first_byte_ns: Some(nanos / 2),
                body_ns: Some(nanos / 8),
                ..Segments::default()
            },
            new_connection: phase == Phase::Cold,
            retried: false,
            waited: false,
            outcome: if n == 17 { Outcome::Timeout } else { Outcome::Ok },
            freshness: if phase == Phase::Cold { Freshness::Fresh } else { Freshness::Reused },
            testimony: Testimony { handler_us: Some(3.0), ..Testimony::default() },
            headers: Default::default(),
            memory_bytes: None,
            throughput_per_s: None,
        }
    };
    (0..40).map(move |n| of(Phase::Cold, n)).chain((0..1000).map(move |n| of(Phase::Warm, n)))
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_width_in_either_scheme_it_fits_is_legible_and_asks_nobody() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let (_dir, file) = written()?;
    let url = format!("file://{}", file.display());
    for (name, view) in views() {
        let page = chromium.open(&url, &view).await?;
        keep(&page, &format!("report-{name}")).await?;
        assert_eq!(overflowing(&page).await?, NONE, "{name}");
        assert_eq!(low_contrast(&page).await?, NONE, "{name}");
        assert_eq!(illegible_labels(&page).await?, NONE, "{name}");
        assert_eq!(page.console(), NONE, "{name}");
        assert_eq!(page.requests_off(&url), NONE, "{name}");
    }
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accessibility_engine_finds_nothing_serious_in_it() -> Result<()> {
    let Some(axe) = Axe::find_or_skip(&root())? else { return Ok(()) };
    let Some(chromium) = chromium().await else { return Ok(()) };
    let (_dir, file) = written()?;
    for (name, view) in views() {
        let page = chromium.open(&format!("file://{}", file.display()), &view).await?;
        assert_eq!(axe.violations(&page).await?, NONE, "{name}");
    }
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_everything_is_there_and_the_keyboard_reaches_it() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let (_dir, file) = written()?;
    let url = format!("file://{}", file.display());
    let count = "[document.querySelectorAll('svg').length, document.querySelectorAll('tr').length]";
    let counts: [usize; 2] = chromium.open(&url, &View::wide(800)).await?.value(count).await?;
    let page = chromium.open(&url, &View::wide(800).without_scripts()).await?;
    assert_eq!(page.value::<[usize; 2]>(count).await?, counts);
    assert!(counts[0] > 3 && counts[1] > 10, "{counts:?}");
    let reached = focus_order(&page).await?;
    assert!(reached.iter().any(|name| name.contains("same as a table")), "{reached:?}");
    assert!(reached.iter().all(|name| !name.contains("(unseen)")), "{reached:?}");
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_paper_tables_are_tables_and_nothing_stands_there_that_only_a_screen_can_do() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let (_dir, file) = written()?;
    // So wide is a sheet of A4 between its margins: narrower than what makes a list of every row on a screen.
    let view = View::wide(718).dark().printed();
    let page = chromium.open(&format!("file://{}", file.display()), &view).await?;
    keep(&page, "report-print").await?;
    let displayed = "[...document.querySelectorAll('#figures table, figure details, #data')]\
        .map(element => element.tagName + ' ' + getComputedStyle(element).display)";
    let mut displayed: Vec<String> = page.value(displayed).await?;
    displayed.sort();
    displayed.dedup();
    assert_eq!(displayed, ["DETAILS none", "SECTION none", "TABLE table"]);
    assert_eq!(overflowing(&page).await?, NONE);
    assert_eq!(low_contrast(&page).await?, NONE);
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_target_is_called_is_text() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let (_dir, file) = written()?;
    let page = chromium.open(&format!("file://{}", file.display()), &View::wide(1920)).await?;
    let scripts: Vec<String> = page
        .value("[...document.scripts].map(script => script.text).filter(text => text.includes('alert'))")
        .await?;
    assert_eq!(scripts, NONE);
    let text: String = page.value("document.body.innerText").await?;
    assert!(text.contains("<script>alert(1)</script>") && !text.contains('\u{202e}'), "{text}");
    chromium.close().await
}
