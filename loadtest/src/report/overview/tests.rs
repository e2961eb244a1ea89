//! The table as it is read, in a terminal of 80 columns and 24 lines unless another is named.

use proptest::prelude::*;
use textwrap::core::display_width;

use super::*;
use crate::evidence::Freshness;
use crate::floor::Floor;
use crate::look::{Detail, Look};
use crate::plan::Plan;
use crate::report::fixtures::{
    Medians, in_rounds, packagings, plan, report, somewhere, started, twenty_rounds, twice_as_slow,
};
use crate::report::{Comparison, Report, build, html, markdown, text};
use crate::sample::{Outcome, Phase, Sample};
use crate::target::Target;

const SCREEN: Look = Look { detail: Detail::Answer { page: true, samples: true }, ..Look::PLAIN };

fn screen(report: &Report) -> String {
    text::render(report, SCREEN)
}

/// Of URLs at these names, as they are measured now: no file, no process of ours.
fn urls(names: &[&'static str]) -> Vec<Target> {
    names.iter().map(|name| Target::new(*name, &format!("http://{name}.test/api/time")).unwrap()).collect()
}

/// Samples of what nobody here started, and so nobody weighs.
fn of_urls(rounds: u32, medians: &[Medians]) -> Vec<Sample> {
    let samples = in_rounds(rounds, medians).into_iter();
    samples.map(|sample| Sample { memory_bytes: None, ..sample }).collect()
}

#[test]
fn three_packagings_in_twenty_rounds() {
    insta::assert_snapshot!(screen(&packagings().0));
}

#[test]
fn the_whole_text_follows_the_table() {
    insta::assert_snapshot!(text::render(&packagings().0, Look::PLAIN));
}

#[test]
fn markdown_begins_with_the_table() {
    insta::assert_snapshot!(markdown::render(&packagings().0));
}

#[test]
fn a_page_begins_with_the_table_and_its_plot() {
    let (report, samples) = packagings();
    let page = html::render(&report, &samples);
    let main = page.split_once("<main>").unwrap().1;
    insta::assert_snapshot!(main.split_once("<div class=\"sections\">").unwrap().0);
}

#[test]
fn a_narrow_terminal_has_the_columns_below_one_another_and_a_very_narrow_one_a_list() {
    let at = |width| text::render(&packagings().0, Look { width, ..SCREEN });
    insta::assert_snapshot!(format!("{}\n{}", at(50), at(24)));
}

#[test]
fn one_url_has_no_ratios_but_intervals() {
    let samples = of_urls(20, &[Medians(Target::UNNAMED, [None, Some(21_020.0), Some(20_430.0)])]);
    let target = Target::new(Target::UNNAMED, "https://example.org/api/time").unwrap();
    let plan = Plan { startup_samples: 0, ..twenty_rounds() };
    let report = build(&plan, somewhere(None, None), &[target], &samples, false);
    insta::assert_snapshot!(screen(&report));
}

#[test]
fn five_samples_have_their_medians_and_the_range() {
    let medians = [
        Medians("here", [None, Some(1_020.0), Some(430.0)]),
        Medians("there", [None, Some(9_010.0), Some(8_354.0)]),
    ];
    let plan = Plan { startup_samples: 0, cold_samples: 5, warm_samples: 20, ..plan() };
    let report = build(&plan, somewhere(None, None), &urls(&["here", "there"]), &of_urls(5, &medians), false);
    insta::assert_snapshot!(screen(&report));
}

#[test]
fn failed_requests_are_in_the_row_and_who_gave_no_answer_has_no_ratio() {
    let mut samples = of_urls(
        20,
        &[
            Medians("old", [None, Some(1_020.0), Some(430.0)]),
            Medians("new", [None, Some(1_010.0), Some(354.0)]),
            Medians("gone", [None, Some(1_010.0), Some(354.0)]),
        ],
    );
    samples.iter_mut().filter(|s| s.target == "gone").for_each(|s| s.outcome = Outcome::Timeout);
    samples.iter_mut().filter(|s| s.target == "new").take(3).for_each(|s| s.outcome = Outcome::Status(503));
    let plan = Plan { startup_samples: 0, ..twenty_rounds() };
    let report = build(&plan, somewhere(None, None), &urls(&["old", "new", "gone"]), &samples, false);
    insta::assert_snapshot!(screen(&report));
}

#[test]
fn what_the_client_blunts_is_a_bound_and_all_four_verdicts_have_their_marks() {
    let samples = in_rounds(
        20,
        &[
            Medians("go", [Some(5_000.0), Some(1_020.0), Some(81.0)]),
            Medians("node", [Some(40_000.0), Some(1_021.0), Some(170.0)]),
            Medians("python", [Some(120_000.0), Some(990.0), Some(82.0)]),
        ],
    );
    let floor = Floor { cold_us: Some(90.0), warm_us: Some(45.0), load_us: None };
    let targets = started(&[("go", 1_940), ("node", 3), ("python", 2)]);
    let report = build(&twenty_rounds(), somewhere(None, Some(floor)), &targets, &samples, false);
    insta::assert_snapshot!(screen(&report));
}

#[test]
fn five_targets_with_more_doubts_than_have_room_are_24_lines() {
    let names = ["native", "WAGI", "preview 2", "preview 3", "docker"];
    let medians = [20_000.0, 31_200.0, 27_000.0, 28_900.0, 410_000.0];
    let medians = names.iter().zip(medians);
    let medians: Vec<_> =
        medians.map(|(name, us)| Medians(name, [Some(us), Some(us / 30.0), Some(us / 70.0)])).collect();
    let mut samples = in_rounds(20, &medians);
    samples.iter_mut().filter(|s| s.target == "docker").for_each(|s| s.freshness = Freshness::Unknown);
    samples
        .iter_mut()
        .filter(|s| s.target == "WAGI" && s.phase == Phase::Cold)
        .for_each(|s| s.freshness = Freshness::Reused);
    samples.iter_mut().skip(40).step_by(50).for_each(|s| s.outcome = Outcome::Status(503));
    let targets = started(&[
        ("native", 1_200),
        ("WAGI", 94),
        ("preview 2", 116),
        ("preview 3", 144),
        ("docker", 9_400),
    ]);
    let floor = Floor { cold_us: Some(90.0), warm_us: Some(45.0), load_us: None };
    let mut environment = somewhere(Some("embedded host 0.1.0 on wasmtime 48"), Some(floor));
    environment.skipped = vec!["containerd: there is no ctr; install containerd".into()];
    let report = build(&twenty_rounds(), environment, &targets, &samples, false);
    let screen = screen(&report);
    assert!(screen.lines().count() <= 24 && screen.lines().all(|line| display_width(line) <= 80), "{screen}");
    insta::assert_snapshot!(screen);
}

#[test]
fn saved_measurements_are_compared_with_their_counterparts() {
    let mut report = report(&twice_as_slow());
    let compared = report.comparisons.remove(0);
    report.targets = ["old a", "old b", "new a", "new b"].map(|name| named(&report, name)).into();
    let pair = |baseline: &str, candidate: &str| Comparison {
        baseline: baseline.into(),
        candidate: candidate.into(),
        ..compared.clone()
    };
    report.comparisons = vec![pair("old a", "new a"), pair("old b", "new b")];
    let overview = Overview::of(&report);
    assert!(
        overview.legend.concat().contains("its counterpart (new a to old a, new b to old b)"),
        "{:?}",
        overview.legend
    );
    assert_eq!(overview.table().rows.iter().filter(|row| row[1].contains('×')).count(), 2);
}

fn named(report: &Report, name: &str) -> crate::report::TargetReport {
    crate::report::TargetReport { name: name.into(), ..report.targets[0].clone() }
}

#[test]
fn a_report_of_nothing_says_so() {
    let screen = screen(&report(&[]));
    assert!(screen.starts_with("2 targets: nothing was measured\n"), "{screen}");
}

#[test]
fn of_an_older_report_every_warning_may_matter() {
    let mut report = report(&twice_as_slow());
    report.warnings = vec!["first".into(), "second".into()];
    report.decisive_warnings = Some(1);
    assert_eq!(Overview::of(&report).notes, ["Note: first."]);
    report.decisive_warnings = None;
    assert_eq!(Overview::of(&report).notes.len(), 2);
    report.warn("third".into());
    assert_eq!(report.warnings, ["first", "second", "third"]);
}

proptest! {
    #[test]
    fn no_line_is_too_wide_and_no_figure_is_lost(width in 20..130usize, letters in 1..60usize) {
        let mut report = packagings().0;
        report.targets[1].name = "n".repeat(letters);
        for comparison in &mut report.comparisons {
            for name in [&mut comparison.baseline, &mut comparison.candidate] {
                if name == "preview 2" {
                    *name = "n".repeat(letters);
                }
            }
        }
        let overview = Overview::of(&report).fitted(&report, width);
        let lines = lines(&overview.columns, width);
        for line in &lines {
            prop_assert!(display_width(line) <= width, "{width}: {lines:#?}");
        }
        let text = lines.join("\n");
        for cell in overview.columns.iter().skip(1).flat_map(|column| &column.cells) {
            prop_assert!(cell.figure.split(' ').all(|word| text.contains(word)) && text.contains(cell.beside.trim()), "{text}");
        }
    }
}
