//! The page: correct as it is loaded, then kept ticking by its script. Its sources are in `page/`.

use chrono::{DateTime, Datelike, FixedOffset, Month, Timelike};

use crate::evidence::Evidence;
use crate::routes::{Request, Response};
use crate::time::MoscowTime;

const STYLE: &str = include_str!("../page/page.css");
const SCRIPT: &str = include_str!("../page/page.js");

/// A clock at three.
pub const ICON: &str = include_str!("../page/icon.svg");

/// Allows the page its own style and script, by their SHA-256, and its own origin. A test says what to write here
/// after a change of either.
const POLICY: &str = "default-src 'none'; connect-src 'self'; img-src 'self'; \
    style-src 'sha256-Zn4kjRX8dqLQCyBdVHCMHBljxpjnj+jbju0u5pKyOkg='; \
    script-src 'sha256-uFa53bOOvgPbJtwnN1L/3G1tB2ijOBhKVRZzWinxI9Y='; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The page at `time`.
pub fn respond(request: &Request, time: &MoscowTime, evidence: &Evidence) -> Response {
    Response::new(200)
        .with("content-security-policy", POLICY)
        .with_body("text/html; charset=utf-8", render(time, evidence, &json_link(request)))
}

/// The JSON route below the same mount. At `/wagi`, without a slash, a relative link starts from `/`.
fn json_link(request: &Request) -> String {
    match request.mount.rsplit('/').next() {
        Some(last) if request.path.is_empty() => format!("./{}/api/time", escape(last)),
        _ => "api/time".into(),
    }
}

/// For an attribute in double quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// Fields have a fixed width, so that `HEAD` tells the length that `GET` has. Angles are in degrees from twelve.
fn render(time: &MoscowTime, evidence: &Evidence, link: &str) -> String {
    let seconds = time.local.num_seconds_from_midnight();
    format!(
        include_str!("../page/page.html"),
        style = STYLE,
        script = SCRIPT,
        day = (seconds / 240 + 180) % 360,
        hour = seconds / 120 % 360,
        minute = seconds / 10 % 360,
        tenth = seconds % 10,
        second = seconds % 60 * 6,
        iso = format_args!("{:?}", time.local),
        timestamp = time.timestamp,
        clock = time.local.time(),
        date = in_words(&time.local),
        packaging = evidence.packaging.name(),
        instance = evidence.instance,
        freshness = evidence.freshness(),
        served = evidence.served,
        link = link,
    )
}

/// Such as `Wednesday, 22 April 2026`.
fn in_words(local: &DateTime<FixedOffset>) -> String {
    let weekday = WEEKDAYS[local.weekday().num_days_from_monday() as usize];
    let month = Month::try_from(local.month() as u8).map_or("", |month| month.name());
    format!("{weekday}, {} {month} {}", local.day(), local.year())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Packaging;
    use base64::prelude::{BASE64_STANDARD, Engine};
    use sha2::{Digest, Sha256};

    fn page_at(timestamp: i64, served: u64) -> String {
        let evidence = Evidence { packaging: Packaging::Preview3, instance: 0x9f86d081884c7d65, served };
        render(&MoscowTime::at(timestamp), &evidence, "api/time")
    }

    fn hash_of(element: &str) -> String {
        let page = page_at(0, 1);
        let (_, rest) = page.split_once(&format!("<{element}>")).unwrap();
        let (text, _) = rest.split_once(&format!("</{element}>")).unwrap();
        format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
    }

    #[test]
    fn the_policy_names_the_style_and_the_script_that_the_page_has() {
        for element in ["style", "script"] {
            let hash = hash_of(element);
            assert!(POLICY.contains(&hash), "write {hash} as {element}-src in POLICY");
        }
        assert!(!POLICY.contains("unsafe"));
        assert!(!page_at(0, 1).contains("style=") && !page_at(0, 1).contains("onclick="));
    }

    #[test]
    fn the_page_shows_the_time_without_its_script() {
        let html = page_at(1776887217, 1);
        for shown in [
            ">22:46:57</time>",
            "datetime=\"2026-04-22T22:46:57+03:00\"",
            "data-timestamp=\"1776887217\"",
            "Wednesday, 22 April 2026",
            // 22:46:57 on the dial, and of the day: a quarter turn before midnight, less a little.
            "id=\"hour\" d=\"M-3.4 13-2.4-47 0-50 2.4-47 3.4 13z\" transform=\"rotate(323)\"",
            "rotate(281.7)",
            "rotate(342)",
            "rotate(161)",
        ] {
            assert!(html.contains(shown), "{shown} in {html}");
        }
    }

    #[test]
    fn the_page_says_who_answered() {
        let fresh = page_at(0, 1);
        assert!(fresh.contains("WASI preview 3") && fresh.contains("9f86d081884c7d65"));
        assert!(fresh.contains("fresh  · requests served: 1 "));
        assert!(page_at(0, 7).contains("reused · requests served: 7 "));
    }

    #[test]
    fn without_a_slash_at_its_end_the_page_links_to_its_own_json() {
        let link = |mount: &str, path: &str| {
            json_link(&Request { mount: mount.into(), path: path.into(), ..Request::default() })
        };
        assert_eq!(link("", "/"), "api/time");
        assert_eq!(link("/wagi", "/"), "api/time");
        assert_eq!(link("/wagi", ""), "./wagi/api/time");
        assert_eq!(link("/deep/p2", ""), "./p2/api/time");
        assert_eq!(link("/a\"b<c>&d:e", ""), "./a&quot;b&lt;c>&amp;d:e/api/time");
    }

    #[test]
    fn the_page_is_as_long_at_any_second_of_a_day_whoever_answers() {
        let midnight = 1776805200;
        for second in 0..86_400 {
            assert_eq!(page_at(midnight + second, 1).len(), page_at(midnight, 1).len(), "{second}");
        }
        assert_eq!(page_at(midnight, 1).len(), page_at(midnight, 1234).len());
    }

    #[test]
    fn the_page_asks_nothing_of_anyone_else_and_is_small() {
        let html = page_at(i64::from(i32::MAX), u64::MAX);
        assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("src="));
        assert!(html.len() < 14 * 1024, "{} bytes", html.len());
    }
}
