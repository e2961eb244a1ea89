//! The page: correct as it is loaded, then kept ticking by its script. Its sources are in `page/`.

use alloc::string::String;

use chrono::{Datelike, Month, Timelike};

use crate::clock::MoscowTime;
use crate::evidence::Evidence;
use crate::text::{push_decimal, push_hex, push_padded};

/// The page in pieces, each followed by what is written there. Made by `build.rs`.
const PIECES: &[(&str, Field)] = &include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Allows the page its own style and script, named by their SHA-256, and its own origin; nothing else.
pub const CONTENT_SECURITY_POLICY: &str = include_str!(concat!(env!("OUT_DIR"), "/policy.txt"));

/// A clock at three.
pub const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="14" fill="#fff" stroke="#b3202a" stroke-width="3"/><path d="M16 7v9h7" fill="none" stroke="#1b1b1f" stroke-width="3" stroke-linecap="round"/></svg>"##;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The longest that the fields make the page, and more.
const FIELDS: usize = 320;

/// What differs from one answer to the next. Each is always as long, but for the words of the date, so that the page's
/// length does not tremble with its hands. Angles are in degrees from twelve.
#[derive(Clone, Copy)]
enum Field {
    Day,
    Hour,
    Minute,
    Second,
    Iso,
    Timestamp,
    Clock,
    Date,
    Packaging,
    Instance,
    Freshness,
    Served,
    End,
}

/// The page showing `time`, and who answers.
pub fn render(time: &MoscowTime, evidence: &Evidence) -> String {
    let mut page = String::with_capacity(PIECES.iter().map(|(text, _)| text.len()).sum::<usize>() + FIELDS);
    for (text, field) in PIECES {
        page.push_str(text);
        field.push(&mut page, time, evidence);
    }
    page
}

impl Field {
    fn push(self, page: &mut String, time: &MoscowTime, evidence: &Evidence) {
        let seconds = u64::from(time.local.num_seconds_from_midnight());
        match self {
            Self::Day => push_decimal(page, (seconds / 240 + 180) % 360, 3),
            Self::Hour => push_decimal(page, seconds / 120 % 360, 3),
            Self::Minute => {
                push_decimal(page, seconds / 10 % 360, 3);
                page.push('.');
                push_decimal(page, seconds % 10, 1);
            }
            Self::Second => push_decimal(page, seconds % 60 * 6, 3),
            Self::Iso => {
                time.push_date(page);
                page.push('T');
                time.push_clock(page);
                page.push_str("+03:00");
            }
            Self::Timestamp => page.push_str(itoa::Buffer::new().format(time.timestamp)),
            Self::Clock => time.push_clock(page),
            Self::Date => push_date(page, time),
            Self::Packaging => page.push_str(evidence.packaging.name()),
            Self::Instance => push_hex(page, evidence.instance),
            // Spaces that HTML does not show: HEAD, asked later, tells the length that GET had.
            Self::Freshness => push_padded(page, evidence.freshness(), 6),
            Self::Served => push_padded(page, itoa::Buffer::new().format(evidence.served), 10),
            Self::End => {}
        }
    }
}

/// In words: `Wednesday, 22 April 2026`.
fn push_date(page: &mut String, time: &MoscowTime) {
    let weekday = WEEKDAYS[time.local.weekday().num_days_from_monday() as usize];
    let month = Month::try_from(time.local.month() as u8).map_or("", |month| month.name());
    let (mut day, mut year) = (itoa::Buffer::new(), itoa::Buffer::new());
    let (day, year) = (day.format(time.local.day()), year.format(time.local.year()));
    push_all(page, &[weekday, ", ", day, " ", month, " ", year]);
}

fn push_all(page: &mut String, parts: &[&str]) {
    for part in parts {
        page.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Packaging;
    use base64::prelude::{BASE64_STANDARD, Engine};
    use sha2::{Digest, Sha256};

    fn page_at(timestamp: i64, served: u64) -> String {
        let evidence = Evidence { packaging: Packaging::Preview3, instance: 0x9f86d081884c7d65, served };
        render(&MoscowTime::at(timestamp), &evidence)
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
            assert!(CONTENT_SECURITY_POLICY.contains(&hash), "the policy lacks {element}-src {hash}");
        }
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
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
        assert!(!html.contains("{{"));
    }

    #[test]
    fn the_page_says_who_answered() {
        let fresh = page_at(0, 1);
        assert!(fresh.contains("WASI preview 3") && fresh.contains("9f86d081884c7d65"));
        assert!(fresh.contains("fresh  · requests served: 1 "));
        assert!(page_at(0, 7).contains("reused · requests served: 7 "));
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
        assert!(html.len() < 12 * 1024, "{} bytes", html.len());
        let texts: usize = PIECES.iter().map(|(text, _)| text.len()).sum();
        assert!(html.len() < texts + FIELDS);
    }
}
