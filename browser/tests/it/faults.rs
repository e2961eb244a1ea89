//! The checks find what they are for, on a page that has every fault there is.

use crate::support::{chromium, root};
use browser::{Axe, Result, View, focus_order, illegible_labels, low_contrast, overflowing};

/// Too wide, too pale, too small, without a language, with an image that says nothing, complaining, and asking elsewhere.
const FAULTY: &str = r#"<!doctype html><meta charset="utf-8"><title>Faults</title>
<style>body { background: #fff } #pale { color: #ddd } #wide { width: 3000px } :focus { outline: none }</style>
<h1>Faults</h1><p id="pale">Nobody reads this</p><div id="wide">Too wide</div>
<svg id="plot" width="100" height="50" viewBox="0 0 200 100"><text x="9" y="20" font-size="12">tiny</text>
<text x="9" y="50" font-size="40">one</text><text x="19" y="55" font-size="40">other</text><text x="180" y="95" font-size="40">cut</text></svg>
<a href="/hidden">A link</a><img src="http://127.0.0.1:9/x.png">
<script>console.error("a complaint")</script>"#;

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_page_is_found() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("faulty.html");
    std::fs::write(&file, FAULTY)?;
    let url = format!("file://{}", file.display());
    let page = chromium.open(&url, &View::wide(360)).await?;
    let says = |found: &[String], word: &str| found.iter().any(|line| line.contains(word));
    let wide = overflowing(&page).await?;
    assert!(says(&wide, "wide"), "{wide:?}");
    let pale = low_contrast(&page).await?;
    assert!(says(&pale, "Nobody reads this") && !says(&pale, "Faults"), "{pale:?}");
    let labels = illegible_labels(&page).await?;
    for fault in ["\"tiny\" is 6.0 px high", "\"one\" is over \"other\"", "\"cut\" is cut off"] {
        assert!(says(&labels, fault), "{fault}: {labels:?}");
    }
    assert!(says(&page.console(), "a complaint"), "{:?}", page.console());
    let elsewhere = page.requests_off(&url);
    assert!(says(&elsewhere, "127.0.0.1:9"), "{elsewhere:?}");
    if let Some(axe) = Axe::find_or_skip(&root())? {
        let violations = axe.violations(&page).await?;
        assert!(says(&violations, "image-alt") && says(&violations, "html-has-lang"), "{violations:?}");
    }
    assert_eq!(focus_order(&page).await?, ["A link (unseen)"]);
    chromium.close().await
}
