//! The page as a file: what it lets in, what it says, how large it is.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::report::TargetReport;
use crate::report::fixtures::{report, twice_as_slow};
use crate::report::json;
use crate::sample::{Outcome, Phase};
use crate::stats::Observation;

const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}";

fn page() -> String {
    render(&report(&twice_as_slow()), &twice_as_slow())
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    text.split(from).skip(1).map(|rest| rest.split(to).next().unwrap()).collect()
}

/// Ten targets with names of this length, each with 10,000 samples, start-ups among them.
fn large(length: usize) -> (Report, Vec<Sample>) {
    let mut report = report(&twice_as_slow());
    let (target, comparison) = (report.targets[0].clone(), report.comparisons[0].clone());
    let us = |target: usize, n: usize| {
        100.0
            + (target * 37) as f64
            + ((n * 7919) % 1000) as f64 / 10.0
            + if n.is_multiple_of(97) { 900.0 } else { 0.0 }
    };
    let phases = [(Phase::Startup, 200), (Phase::Cold, 4800), (Phase::Warm, 5000)];
    let mut samples = Vec::new();
    for number in 0..10 {
        let mut target = TargetReport { name: named(number, length), ..target.clone() };
        let measured = target.phases[0].clone();
        target.phases = phases
            .map(|(phase, count)| {
                let mut report = measured.clone();
                (report.phase, report.counted) = (phase, count);
                (report.connect_us, report.dns_us, report.tls_us) =
                    (report.body_us.clone(), report.body_us.clone(), report.body_us.clone());
                let observed = |n: usize| Observation { value: us(number, n), round: n as u32 };
                report.observed_us = (0..count).map(observed).collect();
                report
            })
            .into();
        for (phase, count) in phases {
            samples.extend((0..count).map(|n| Sample {
                target: target.name.clone().into(),
                phase,
                sent_ns: (n * 10_000_000) as u64,
                done_ns: (n * 10_000_000) as u64 + (us(number, n) * 1e3) as u64,
                ..twice_as_slow()[0].clone()
            }));
        }
        report.targets.push(target);
    }
    report.targets.drain(..2);
    let names: Vec<_> = report.targets.iter().map(|target| target.name.clone()).collect();
    report.warnings = names.iter().map(|name| format!("{name}: 3 of 40 requests failed")).collect();
    report.comparisons = (0..135)
        .map(|n| {
            let (baseline, candidate) = (names[n % 9].clone(), names[9].clone());
            super::super::Comparison { baseline, candidate, ..comparison.clone() }
        })
        .collect();
    (report, samples)
}

/// Distinct, of at least this length, and such as can hardly be packed.
fn named(number: usize, length: usize) -> String {
    let letters = (0..length as u64).map(|n| {
        let drawn = (n + number as u64 * 1_000_003).wrapping_mul(6_364_136_223_846_793_005) >> 33;
        HOSTILE.chars().chain('a'..='z').nth(drawn as usize % 54).unwrap()
    });
    format!("target number {number}").chars().chain(letters).collect()
}

#[test]
fn ten_targets_of_ten_thousand_samples_are_a_page_to_send_around_whatever_their_names() {
    for length in [0, 100, 10_000] {
        let (report, samples) = large(length);
        assert_eq!(samples.len(), 100_000);
        let page = render(&report, &samples);
        assert!(page.len() < 400_000, "names of {length}: {} bytes", page.len());
        assert!(page.contains("The 100000 samples are too many to be in this page"));
        assert_eq!(page.contains("download=\"report.json"), length < 10_000);
        assert_eq!(page.contains("report.json would make this page too large"), length == 10_000);
    }
}

#[test]
fn a_long_name_stands_in_full_once() {
    let mut long = report(&twice_as_slow());
    long.targets[0].name = "n".repeat(1500);
    let page = render(&long, &twice_as_slow());
    assert_eq!(page.matches(&"n".repeat(1500)).count(), 1);
    long.targets[0].name = "n".repeat(10_000);
    assert!(render(&long, &[]).contains("(10000 characters in all)"));
}

#[test]
fn its_policy_lets_in_its_own_style_and_script_and_nothing_else() {
    let page = page();
    let style = between(&page, "<style>", "</style>")[0];
    let scripts = between(&page, "<script>", "</script>");
    assert_eq!(scripts.len(), 1);
    let policy = policy::of(style, scripts[0]);
    assert!(page.contains(&format!("content=\"{}\"", policy.replace('\'', "&#39;"))), "{policy}");
    assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none'"));
    let tags = between(&page, "<", ">");
    assert!(
        !tags.iter().any(|tag| tag.contains(" style=") || tag.contains(" on")),
        "neither would do anything"
    );
}

#[test]
fn it_asks_for_nothing() {
    let page = page();
    assert!(between(&page, "href=\"", "\"").iter().all(|url| url.starts_with("data:")));
    assert!(!page.contains("src=") && !page.contains("url(") && !page.contains("@import"));
}

#[test]
fn a_hostile_target_adds_no_element() {
    let elements = |page: &str| -> BTreeSet<String> {
        let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric()).collect::<String>();
        page.split('<').skip(1).map(name).collect()
    };
    let (mut hostile, mut samples) = (report(&twice_as_slow()), twice_as_slow());
    samples[0].outcome = Outcome::Transport(HOSTILE.into());
    samples
        .iter_mut()
        .filter(|sample| sample.target == "a")
        .for_each(|sample| sample.target = HOSTILE.into());
    hostile.targets[0].name = HOSTILE.into();
    hostile.targets[0].url = HOSTILE.into();
    hostile.comparisons[0].baseline = HOSTILE.into();
    hostile.warnings = vec![HOSTILE.repeat(2), "a".into()];
    hostile.environment.cpu = Some(HOSTILE.into());
    hostile.plan.header_names = vec![HOSTILE.into()];
    let hostile = render(&hostile, &samples);
    let mut plain = report(&twice_as_slow());
    plain.warnings = vec!["a".into()];
    assert_eq!(elements(&hostile), elements(&render(&plain, &twice_as_slow())));
    assert_eq!(hostile.matches("<script").count(), 1);
    assert!(!hostile.contains('\u{202e}') && hostile.contains("&#60;script&#62;alert(1)"));
}

#[test]
fn headings_are_in_order_and_ids_distinct() {
    let page = page();
    let levels: Vec<u32> =
        between(&page, "<h", ">").iter().filter_map(|rest| rest.chars().next()?.to_digit(10)).collect();
    assert_eq!(levels[0], 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1 && pair[1] > 1), "{levels:?}");
    let ids = between(&page, " id=\"", "\"");
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{ids:?}");
    for label in between(&page, "aria-labelledby=\"", "\"").iter().flat_map(|labels| labels.split(' ')) {
        assert!(ids.contains(&label), "{label}");
    }
}

#[test]
fn what_is_saved_from_it_is_the_report() {
    let page = page();
    let saved = between(&page, "data:application/json;base64,", "\"")[0];
    let saved: serde_json::Value = serde_json::from_slice(&STANDARD.decode(saved).unwrap()).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&json::render(&report(&twice_as_slow()))).unwrap();
    // Clocks go on between two reports.
    assert_eq!((&saved["targets"], &saved["comparisons"]), (&expected["targets"], &expected["comparisons"]));
    let rows: Vec<_> = between(&page, "data:text/csv;base64,", "\"");
    let rows: Vec<_> = rows.iter().map(|rows| STANDARD.decode(rows).unwrap()).collect();
    assert_eq!(rows[1], super::super::csv::samples(&twice_as_slow()));
}

#[test]
fn without_samples_it_says_so() {
    let saved: Report = serde_json::from_str(&json::render(&report(&twice_as_slow()))).unwrap();
    let page = render(&saved, &[]);
    assert!(page.contains("This report was made without its samples") && !page.contains("id=\"samples\""));
    assert!(page.contains("id=\"percentiles\"") && page.contains("1.96"));
}
