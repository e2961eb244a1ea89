//! The application's page, as people see it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::{App, HAS_ASKED, PATIENCE, chromium, keep, root, views};
use browser::{Axe, Page, Result, View, focus_order, low_contrast, overflowing};

const NONE: [&str; 0] = [];

/// The same application at the root and below a prefix, with and without a slash.
const PATHS: [&str; 3] = ["/", "/wagi", "/wagi/"];

#[tokio::test(flavor = "multi_thread")]
async fn at_every_width_in_either_scheme_it_fits_is_legible_and_asks_its_own_server_only() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let app = App::serve("spin.toml").await;
    for path in PATHS {
        for (name, view) in views() {
            let page = chromium.open(&(app.origin() + path), &view).await?;
            page.until(HAS_ASKED, PATIENCE).await?;
            let name = format!("page{}-{name}", path.trim_end_matches('/').replace('/', "-"));
            keep(&page, &name).await?;
            assert_eq!(overflowing(&page).await?, NONE, "{name}");
            assert_eq!(low_contrast(&page).await?, NONE, "{name}");
            assert_eq!(page.console(), NONE, "{name}");
            assert_eq!(page.requests_off(&app.origin()), NONE, "{name}");
            let asked = app.origin() + path.trim_end_matches('/') + "/api/time";
            let icon = app.origin() + "/favicon.ico";
            let requests = page.requests();
            assert!(
                requests[1..].iter().all(|url| *url == asked || *url == icon),
                "{path} asks {requests:?}"
            );
        }
    }
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accessibility_engine_finds_nothing_serious() -> Result<()> {
    let Some(axe) = Axe::find_or_skip(&root())? else { return Ok(()) };
    let Some(chromium) = chromium().await else { return Ok(()) };
    let app = App::serve("spin.toml").await;
    for (name, view) in views() {
        let page = chromium.open(&app.origin(), &view).await?;
        page.until(HAS_ASKED, PATIENCE).await?;
        assert_eq!(axe.violations(&page).await?, NONE, "{name}");
    }
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tab_key_reaches_the_button_and_the_link_and_shows_where_it_is() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let app = App::serve("spin.toml").await;
    for (name, view) in views() {
        let page = chromium.open(&app.origin(), &view).await?;
        assert_eq!(focus_order(&page).await?, ["Ask again", "The time as JSON"], "{name}");
    }
    chromium.close().await
}

/// Whatever the clock was to do before this, it has done when this is served. A browser has a queue for timers and another
/// for those that long have armed each other; only within one of them the earlier is always first, and this waits in both.
const LATER_TIMER: &str = "new Promise(served => {
  const again = more => setTimeout(() => more ? again(more - 1) : served(), 1);
  again(8);
})";

#[tokio::test(flavor = "multi_thread")]
async fn over_ten_seconds_it_shows_the_servers_second_and_its_hands_agree_with_its_digits() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let app = App::serve("spin.toml").await;
    let page = chromium.open(&app.origin(), &View::wide(800).with_motion()).await?;
    // Where answers take long, it stops asking after nine, and says within how much it knows.
    let knows = format!("{WITHIN} <= 50 || document.querySelectorAll('#asks li').length > 9");
    page.until(&knows, PATIENCE).await?;
    let begun = unix_now();
    while unix_now() < begun + Duration::from_secs(10) {
        let within = Duration::from_millis(page.value(WITHIN).await?);
        let before = unix_now();
        page.value::<()>(LATER_TIMER).await?;
        let Shown(clock, hands, _) = shown(&page).await?;
        let (from, to) = (before - within, unix_now() + within);
        assert!(is_of(clock, from, to), "shows {clock}, from {from:?} to {to:?} by the server's clock");
        assert_eq!(hands, hands_at(clock));
        tokio::time::sleep(Duration::from_millis(170)).await;
    }
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_it_is_right_as_it_is_loaded_and_says_that_it_stands_still() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let app = App::serve("spin.toml").await;
    for width in [360, 1920] {
        let before = unix_now();
        let page = chromium.open(&app.origin(), &View::wide(width).without_scripts()).await?;
        let after = unix_now();
        keep(&page, &format!("page-{width}-without-scripts")).await?;
        let Shown(clock, hands, text) = shown(&page).await?;
        assert!(is_of(clock, before, after), "shows {clock}, loaded from {before:?} to {after:?}");
        assert_eq!(hands, hands_at(clock));
        assert!(
            text.contains("Without scripts it stands still") && text.contains("fresh · requests served: 1"),
            "{text}"
        );
        assert!(!text.contains("Ask again"), "a button that does nothing is not shown");
        assert_eq!((overflowing(&page).await?, page.console()), (vec![], vec![]));
    }
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_server_goes_it_says_so_goes_on_and_recovers() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let app = App::serve("spin.toml").await;
    let page = chromium.open(&app.origin(), &View::wide(360)).await?;
    let wide = chromium.open(&app.origin(), &View::wide(1920).dark()).await?;
    page.until(HAS_ASKED, PATIENCE).await?;
    let gone = app.stop().await;
    for (page, name) in [(&page, "page-360-offline"), (&wide, "page-1920-dark-offline")] {
        // By itself it may ask again only after 30 s.
        page.value::<()>("document.querySelector('button').click()").await?;
        let said = "document.querySelector('[role=status]').textContent.startsWith('No answer')";
        page.until(said, PATIENCE * 2).await?;
        keep(page, name).await?;
        assert_eq!((overflowing(page).await?, low_contrast(page).await?), (vec![], vec![]), "{name}");
        let way: String = page.value(WAY).await?;
        assert!(way.starts_with("At ") && way.contains(", this clock was within "), "{way}");
        assert_eq!(
            page.value::<String>("document.querySelector('li:last-child').textContent").await?,
            "no answer ×"
        );
    }
    let Shown(then, ..) = shown(&page).await?;
    page.until(&format!("({CLOCK}) != {then}"), PATIENCE).await?;
    let _app = gone.start_again().await;
    page.until(
        "document.querySelector('[role=status]').textContent == 'The server answers again.'",
        PATIENCE,
    )
    .await?;
    assert!(!page.value::<bool>("document.querySelector('main').hasAttribute('data-state')").await?);
    let way: String = page.value(WAY).await?;
    assert!(way.contains(" there and back, ") && way.contains("this clock is within "), "{way}");
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_sleep_it_says_how_old_its_knowledge_is() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let app = App::serve("spin.toml").await;
    let page = chromium.open(&app.origin(), &View::wide(800)).await?;
    page.until(HAS_ASKED, PATIENCE).await?;
    // As a machine wakes: the wall clock is ten minutes on, and the network is not there yet. While an answer is awaited, it
    // would come after the sleep, and be fresh.
    let asleep = "!asking && ((wall => Date.now = () => wall() + 6e5)(Date.now), window.fetch = () => new Promise(() => {}), true)";
    page.until(asleep, PATIENCE).await?;
    page.until("document.querySelector('[role=status]').textContent.startsWith('Not checked')", PATIENCE)
        .await?;
    keep(&page, "page-800-stale").await?;
    assert_eq!((overflowing(&page).await?, page.console()), (vec![], vec![]));
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_sees_which_packaging_answers_and_when_an_instance_is_fresh() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let asks = "[...document.querySelectorAll('#asks li')].map(li => li.classList[0] + ' ' + li.lastChild.data.trim())";
    let several =
        "(document.querySelector('button').click(), document.querySelectorAll('#asks li').length > 3)";
    let (app, reusing) = (App::serve("spin.toml").await, App::serve("spin-p3.toml").await);
    for (url, packaging) in [
        (app.origin(), "WASI preview 2"),
        (app.origin() + "/wagi", "WAGI"),
        (reusing.origin(), "WASI preview 3"),
    ] {
        let page = chromium.open(&url, &View::wide(800)).await?;
        // By itself it asks no more than it must to know the time.
        page.until(several, PATIENCE).await?;
        let heading: String = page.value("document.querySelector('h2').innerText").await?;
        assert_eq!(heading, format!("Answered by {packaging}"));
        let seen: Vec<String> = page.value(asks).await?;
        if packaging == "WASI preview 3" {
            assert!(
                seen.contains(&"fresh 1".to_owned()) && seen.contains(&"reused 2".to_owned()),
                "{seen:?}"
            );
            keep(&page, "page-preview-3").await?;
        } else {
            assert!(seen.iter().all(|one| one == "fresh 1"), "{packaging}: {seen:?}");
        }
    }
    chromium.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_paper_it_is_dark_on_light_and_on_one_page() -> Result<()> {
    let Some(chromium) = chromium().await else { return Ok(()) };
    let app = App::serve("spin.toml").await;
    let page = chromium.open(&app.origin(), &View::wide(794).dark().printed()).await?;
    keep(&page, "page-print").await?;
    let pdf = root().join("target/screenshots/page.pdf");
    page.pdf(&pdf).await?;
    assert_eq!((overflowing(&page).await?, low_contrast(&page).await?), (vec![], vec![]));
    let written = std::fs::read(&pdf)?;
    let pages = written.windows(11).filter(|part| part == b"/Type /Page").count();
    let trees = written.windows(12).filter(|part| part == b"/Type /Pages").count();
    assert_eq!(pages - trees, 1);
    chromium.close().await
}

/// The second of the day that the digits show, the angles of the hands in tenths of a degree, and all text.
#[derive(serde::Deserialize)]
struct Shown(u32, [u32; 4], String);

const CLOCK: &str =
    "document.querySelector('time').textContent.split(':').reduce((sum, part) => sum * 60 + +part, 0)";

async fn shown(page: &Page) -> Result<Shown> {
    // The hands by what was set, not by where a transition has brought them.
    let angles = "['hour', 'minute', 'second', 'day'].map(id => document.getElementById(id))\
        .map(hand => /rotate\\(([\\d.]+)/.exec(hand.style.transform || hand.getAttribute('transform'))[1])\
        .map(angle => Math.round(angle * 10) % 3600)";
    page.value(&format!("[{CLOCK}, {angles}, document.body.innerText]")).await
}

/// What the page says of the way there and back, and of how well it knows the time.
const WAY: &str = "document.getElementById('way').textContent";

/// By how many milliseconds the page says that its clock may be off.
const WITHIN: &str = "+(/within (\\d+) ms/.exec(document.getElementById('way').textContent) ?? [0, 1000])[1]";

/// Where hour, minute, second and sun must stand, from the definition of a clock.
fn hands_at(second: u32) -> [u32; 4] {
    let tenths = |period: u32| second % period * 3600 / period;
    [tenths(43_200) / 10 * 10, tenths(3600), tenths(60), (tenths(86_400) / 10 * 10 + 1800) % 3600]
}

fn unix_now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// Whether this was Moscow's second of the day at some time from one to the other.
fn is_of(second_of_day: u32, from: Duration, to: Duration) -> bool {
    (from.as_secs()..=to.as_secs()).any(|second| (second + 3 * 3600) % 86_400 == u64::from(second_of_day))
}
