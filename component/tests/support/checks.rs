//! The statements of the contract. Each is held against one packaging.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::http::{Answer, ask};
use super::packagings::{Packaging, Reuse};

const ALLOW: &str = "GET, HEAD, OPTIONS";

pub fn the_time_is_two_keys_of_compact_json(packaging: &Packaging) {
    let before = unix_now();
    let answer = packaging.get("/api/time");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let json: Value = serde_json::from_slice(&answer.body).unwrap();
    let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["moscow_time", "timestamp"]);
    assert_eq!(json.to_string().as_bytes(), answer.body, "compact, without a newline");
    let timestamp = json["timestamp"].as_i64().unwrap();
    assert!((before..=unix_now()).contains(&timestamp));
    assert_eq!(json["moscow_time"], moscow_clock(timestamp));
}

pub fn the_page_shows_the_time_and_allows_nothing_but_itself(packaging: &Packaging) {
    let before = unix_now();
    let answer = packaging.get("/");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let html = String::from_utf8(answer.body).unwrap();
    let (_, rest) = html.split_once("data-timestamp=\"").unwrap();
    let timestamp: i64 = rest.split('"').next().unwrap().parse().unwrap();
    let clock = moscow_clock(timestamp);
    assert!((before..=unix_now()).contains(&timestamp));
    assert!(html.contains(&format!(">{}</time>", &clock[11..19])), "{clock}");
}

pub fn the_page_says_who_answered_as_its_header_does(packaging: &Packaging) {
    let answer = packaging.get("/");
    let header = testimony(&answer);
    let html = String::from_utf8(answer.body).unwrap();
    assert!(packaging.name.starts_with(shown_packaging(&html)), "{packaging:?}");
    assert!(html.contains(&header.instance), "{packaging:?}");
    let freshness = if header.served == 1 { "fresh" } else { "reused" };
    // As HTML is read: white space is one space.
    let text = html.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&format!("{freshness} · requests served: {} <", header.served)), "{packaging:?}");
}

/// As the packagings are named here: without the words that introduce them on the page.
fn shown_packaging(html: &str) -> &str {
    let (_, rest) = html.split_once("Answered by <b>").unwrap();
    let name = rest.split('<').next().unwrap();
    name.trim_start_matches("the ").trim_start_matches("WASI ")
}

pub fn a_prefix_needs_no_slash_at_its_end(packaging: &Packaging) {
    if !packaging.prefix.is_empty() {
        assert_eq!(packaging.get("").status, 200, "{packaging:?}");
    }
}

pub fn head_has_the_headers_of_get_and_no_body(packaging: &Packaging) {
    for path in ["/", "/api/time", "/favicon.ico", "/nowhere"] {
        let (get, head) = (packaging.get(path), packaging.ask("HEAD", path));
        assert_eq!((get.status, lasting_headers(&get)), (head.status, lasting_headers(&head)), "{path}");
        assert!(head.body.is_empty());
    }
}

pub fn options_and_other_methods_name_what_is_allowed(packaging: &Packaging) {
    for path in ["/", "/api/time"] {
        let options = packaging.ask("OPTIONS", path);
        assert_eq!((options.status, options.header("allow")), (204, Some(ALLOW)));
        assert!(options.body.is_empty());
        for method in ["POST", "PUT", "DELETE", "PATCH", "BREW"] {
            let answer = packaging.ask(method, path);
            assert_eq!((answer.status, answer.header("allow")), (405, Some(ALLOW)), "{method}");
        }
    }
}

pub fn the_icon_that_browsers_ask_for_is_there(packaging: &Packaging) {
    assert_eq!(packaging.get("/favicon.ico").status, 200);
}

pub fn any_other_path_is_a_problem(packaging: &Packaging) {
    let long = format!("/{}", "a".repeat(8000));
    let paths = [
        "/nowhere",
        "/api",
        "/api/time/",
        "/api/time%00",
        "/%00",
        "/%ff",
        "/API/TIME",
        "/..%2f",
        "/api%2Ftime",
        "/api%2ftime",
        "/%2Fapi/time",
        "/api%252Ftime",
        "/api//time",
        &long,
    ];
    for path in paths {
        let answer = packaging.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((&problem["status"], &problem["type"]), (&404.into(), &"about:blank".into()));
    }
}

pub fn a_query_is_ignored_and_a_path_is_decoded_once(packaging: &Packaging) {
    for path in ["/api/time?_cold=1-2", "/api/time?", "/%61pi/time", "/?x=/nowhere", "/api/time?a=b&c=%00"] {
        assert_eq!(packaging.get(path).status, 200, "{path}");
    }
    assert_eq!(packaging.get("/%2561pi/time").status, 404);
}

/// Spin's router drops slashes before and after a path, and a WAGI module sees only what is left.
pub fn slashes_before_a_path_count_as_one(packaging: &Packaging) {
    for path in ["//", "///"] {
        assert_eq!(packaging.get(path).header("content-type"), Some("text/html; charset=utf-8"), "{path}");
    }
    for path in ["//api/time", "///api/time?x"] {
        assert_eq!(packaging.get(path).header("content-type"), Some("application/json"), "{path}");
    }
    assert_eq!(packaging.get("/api/time//").status, 404);
}

pub fn without_javascript_the_page_links_to_its_own_json(packaging: &Packaging) {
    for path in ["", "/", "//"] {
        let url = format!("{}{path}", packaging.prefix);
        // A request needs a path.
        let url = if url.is_empty() { "/".into() } else { url };
        let html = String::from_utf8(ask(packaging.address, "GET", &url, "").body).unwrap();
        let (_, rest) = html.split_once("<a id=\"api\" href=\"").unwrap();
        let link = rest.split('"').next().unwrap();
        // As RFC 3986 resolves a relative path.
        let folder = &url[..=url.rfind('/').unwrap()];
        let resolved = format!("{folder}{}", link.trim_start_matches("./"));
        assert!(resolved.starts_with(&format!("{}/", packaging.prefix)), "{url} links to {resolved}");
        assert_eq!(
            ask(packaging.address, "GET", &resolved, "").header("content-type"),
            Some("application/json"),
            "{url} links to {resolved}"
        );
    }
}

/// Under Spin, its own headers come after those of the client. Elsewhere, there are only those of the client.
pub fn a_client_cannot_choose_the_path_by_spins_headers(packaging: &Packaging) {
    let Packaging { address, prefix, .. } = packaging;
    for (path, headers) in [
        ("/nowhere", "spin-path-info: /api/time\r\nspin-component-route: \r\n".to_owned()),
        (
            "/nowhere/api/time",
            format!("spin-path-info: /api/time\r\nspin-component-route: {prefix}/nowhere\r\n"),
        ),
        (
            "/nowhere/api/time",
            format!(
                "spin-path-info: /api/time\r\nspin-component-route: {prefix}/nowhere\r\n\
                 spin-path-info: /api/time\r\nspin-matched-route: {prefix}/nowhere/...\r\n"
            ),
        ),
    ] {
        let answer = ask(*address, "GET", &format!("{prefix}{path}"), &headers);
        assert_eq!(answer.status, 404, "{path} {headers}");
    }
    // Nor do they take the app away.
    let answer = ask(*address, "GET", &format!("{prefix}/api/time"), "spin-path-info: /nowhere\r\n");
    assert_eq!(answer.status, 200);
}

pub fn every_answer_has_its_length_and_is_not_to_be_kept(packaging: &Packaging) {
    for (method, path) in
        [("GET", "/"), ("GET", "/api/time"), ("POST", "/"), ("OPTIONS", "/"), ("GET", "/nowhere")]
    {
        let answer = packaging.ask(method, path);
        assert_eq!(answer.header("transfer-encoding"), None, "{method} {path}");
        if answer.status != 204 {
            assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
}

pub fn the_instance_testifies_how_fresh_it_is(packaging: &Packaging) {
    let (first, second) = (testimony(&packaging.get("/api/time")), testimony(&packaging.get("/api/time")));
    match packaging.reuse {
        Reuse::Never => {
            assert_eq!((first.served, second.served), (1, 1));
            assert_ne!(first.instance, second.instance);
        }
        Reuse::Always => {
            assert_eq!(first.instance, second.instance);
            assert!(second.served > first.served);
        }
    }
}

struct Testimony {
    instance: String,
    served: u64,
}

/// Checks the header's form to the letter.
fn testimony(answer: &Answer) -> Testimony {
    let header = answer.header("server-timing").unwrap();
    let rest = header.strip_prefix("instance;desc=\"").unwrap();
    let (instance, rest) = rest.split_once("\", served;desc=\"").unwrap();
    let (served, milliseconds) = rest.split_once("\", handler;dur=").unwrap();
    assert!(instance.len() == 16 && instance.bytes().all(|b| b.is_ascii_hexdigit()), "{header}");
    assert!(milliseconds.parse::<f64>().unwrap() >= 0.0, "{header}");
    Testimony { instance: instance.into(), served: served.parse().unwrap() }
}

/// Those that do not change from one answer to the next.
fn lasting_headers(answer: &Answer) -> Vec<(String, String)> {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "date" && name != "server-timing");
    headers.sort();
    headers
}

fn unix_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// Moscow's clock by arithmetic of its own (days to a civil date, H. Hinnant's algorithm), since the
/// application's is what is tested.
pub fn moscow_clock(timestamp: i64) -> String {
    let local = timestamp + 3 * 3600;
    let (days, seconds) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} MSK")
}

impl Packaging {
    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path)
    }

    fn ask(&self, method: &str, path: &str) -> Answer {
        ask(self.address, method, &format!("{}{path}", self.prefix), "")
    }
}
