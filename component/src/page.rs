//! The page: correct as it is loaded, then kept ticking by its script.

use crate::clock::MoscowTime;

const PAGE: &str = include_str!("page.html");

/// A clock at three.
pub const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="14" fill="#fff" stroke="#b3202a" stroke-width="3"/><path d="M16 7v9h7" fill="none" stroke="#1b1b1f" stroke-width="3" stroke-linecap="round"/></svg>"##;

/// Allows the page its own style and script, named by their SHA-256, and its own origin; nothing else.
pub const CONTENT_SECURITY_POLICY: &str = concat!(
    "default-src 'none'; connect-src 'self'; img-src 'self'; ",
    "style-src 'sha256-N3Ne33gX7PycOne0C6X5i/n+zTAdSdnXVevPpheiabI='; ",
    "script-src 'sha256-ibeomVJFATwCI1nFWfZbXzXydpmHEEyVxlc9U2GcVPk='; ",
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
);

/// The page showing `time`.
pub fn render(time: &MoscowTime) -> String {
    let (date, clock) = time.moscow_time.trim_end_matches(" MSK").split_once(' ').unwrap_or_default();
    let (head, rest) = PAGE.split_once("{timestamp}").expect("page.html has {timestamp}");
    let (middle, rest) = rest.split_once("{clock}").expect("page.html has {clock}");
    let (end, tail) = rest.split_once("{date}").expect("page.html has {date}");
    let timestamp = time.timestamp.to_string();
    [head, &timestamp, middle, clock, end, date, tail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, Engine};
    use sha2::{Digest, Sha256};

    fn hash_of(element: &str) -> String {
        let (_, rest) = PAGE.split_once(&format!("<{element}>")).unwrap();
        let (text, _) = rest.split_once(&format!("</{element}>")).unwrap();
        format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
    }

    #[test]
    fn the_policy_names_the_style_and_the_script_that_the_page_has() {
        for element in ["style", "script"] {
            let hash = hash_of(element);
            assert!(CONTENT_SECURITY_POLICY.contains(&hash), "the policy lacks {element}-src {hash}");
        }
    }

    #[test]
    fn the_page_shows_the_time_without_its_script() {
        let html = render(&MoscowTime::at(1776887217));
        assert!(html.contains(">22:46:57</time>"));
        assert!(html.contains("2026-04-22"));
        assert!(html.contains(r#"data-timestamp="1776887217""#));
        assert!(!html.contains('{') || !html.contains("{clock}"));
    }

    #[test]
    fn the_page_asks_nothing_of_anyone_else() {
        assert!(!PAGE.contains("http://") && !PAGE.contains("https://") && !PAGE.contains("src="));
        assert!(PAGE.len() < 12 * 1024);
    }
}
