//! One contract, held by every packaging: the native server, WAGI, preview 2 and preview 3, at the root and below
//! a prefix; and by the command, native and Wasm.

mod support;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use support::http::{Answer, ask};
use support::packagings::{Packaging, Reuse, build, root, with_every_packaging};

const ALLOW: &str = "GET, HEAD, OPTIONS";

#[test]
fn the_time_is_two_keys_of_compact_json() {
    with_every_packaging(|packaging| {
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
    });
}

#[test]
fn the_page_shows_the_time_and_allows_nothing_but_itself() {
    with_every_packaging(|packaging| {
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
    });
}

#[test]
fn the_page_says_who_answered_as_its_header_does() {
    with_every_packaging(|packaging| {
        let answer = packaging.get("/");
        let header = testimony(&answer);
        let html = String::from_utf8(answer.body).unwrap();
        assert!(packaging.name.starts_with(shown_packaging(&html)), "{packaging:?}");
        assert!(html.contains(&header.instance), "{packaging:?}");
        let freshness = if header.served == 1 { "fresh" } else { "reused" };
        // As HTML is read: white space is one space.
        let text = html.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains(&format!("{freshness} · requests served: {} <", header.served)),
            "{packaging:?}"
        );
    });
}

/// As the packagings are named here: without the words that introduce them on the page.
fn shown_packaging(html: &str) -> &str {
    let (_, rest) = html.split_once("Answered by <b>").unwrap();
    let name = rest.split('<').next().unwrap();
    name.trim_start_matches("the ").trim_start_matches("WASI ")
}

#[test]
fn a_prefix_needs_no_slash_at_its_end() {
    with_every_packaging(|packaging| {
        if !packaging.prefix.is_empty() {
            assert_eq!(packaging.get("").status, 200, "{packaging:?}");
        }
    });
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    with_every_packaging(|packaging| {
        for path in ["/", "/api/time", "/favicon.ico", "/nowhere"] {
            let (get, head) = (packaging.get(path), packaging.ask("HEAD", path));
            assert_eq!((get.status, lasting_headers(&get)), (head.status, lasting_headers(&head)), "{path}");
            assert!(head.body.is_empty());
        }
    });
}

#[test]
fn options_and_other_methods_name_what_is_allowed() {
    with_every_packaging(|packaging| {
        for path in ["/", "/api/time"] {
            let options = packaging.ask("OPTIONS", path);
            assert_eq!((options.status, options.header("allow")), (204, Some(ALLOW)));
            assert!(options.body.is_empty());
            for method in ["POST", "PUT", "DELETE", "PATCH", "BREW"] {
                let answer = packaging.ask(method, path);
                assert_eq!((answer.status, answer.header("allow")), (405, Some(ALLOW)), "{method}");
            }
        }
    });
}

#[test]
fn the_icon_that_browsers_ask_for_is_there() {
    with_every_packaging(|packaging| assert_eq!(packaging.get("/favicon.ico").status, 200));
}

#[test]
fn any_other_path_is_a_problem() {
    let long = format!("/{}", "a".repeat(8000));
    let paths =
        ["/nowhere", "/api", "/api/time/", "/api/time%00", "/%00", "/%ff", "/API/TIME", "/..%2f", &long];
    with_every_packaging(|packaging| {
        for path in paths {
            let answer = packaging.get(path);
            assert_eq!(answer.status, 404, "{path}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            let problem: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!((&problem["status"], &problem["type"]), (&404.into(), &"about:blank".into()));
        }
    });
}

#[test]
fn a_query_is_ignored_and_a_path_is_decoded_once() {
    with_every_packaging(|packaging| {
        for path in
            ["/api/time?_cold=1-2", "/api/time?", "/%61pi/time", "/?x=/nowhere", "/api/time?a=b&c=%00"]
        {
            assert_eq!(packaging.get(path).status, 200, "{path}");
        }
        assert_eq!(packaging.get("/%2561pi/time").status, 404);
    });
}

#[test]
fn a_client_cannot_choose_the_path_by_spins_headers() {
    with_every_packaging(|packaging| {
        let spoofed = "spin-path-info: /api/time\r\nspin-component-route: \r\n";
        let path = format!("{}/nowhere", packaging.prefix);
        assert_eq!(ask(packaging.address, "GET", &path, spoofed).status, 404);
    });
}

#[test]
fn every_answer_has_its_length_and_is_not_to_be_kept() {
    with_every_packaging(|packaging| {
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
    });
}

#[test]
fn the_instance_testifies_how_fresh_it_is() {
    with_every_packaging(|packaging| {
        let (first, second) =
            (testimony(&packaging.get("/api/time")), testimony(&packaging.get("/api/time")));
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
    });
}

#[test]
fn the_command_prints_the_time_once_and_ends_well() {
    for (name, printed) in support::command::outputs() {
        let json: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(json["moscow_time"], moscow_clock(json["timestamp"].as_i64().unwrap()), "{name}");
        assert_eq!(
            printed,
            serde_json::to_string_pretty(&json).unwrap() + "\n",
            "{name}: indented by two spaces"
        );
    }
}

#[test]
fn the_wasm_artefacts_are_small_since_size_is_start_up_time() {
    for (manifest, artefact, limit) in [
        ("spin.toml", "wasm32-wasip1/ship/moscow-time.wasm", 70_000),
        ("spin.toml", "wasm32-wasip2/ship/moscow_time_p2.wasm", 95_000),
        ("spin-p3.toml", "wasm32-wasip2/ship/moscow_time_p3.wasm", 125_000),
    ] {
        build(manifest);
        let bytes = root().join("target").join(artefact).metadata().unwrap().len();
        assert!(bytes <= limit, "{artefact} has {bytes} bytes, more than {limit}");
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
fn moscow_clock(timestamp: i64) -> String {
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
