//! The report for a terminal.

use std::fmt::Write;

use textwrap::{Options, WordSplitter};

use super::labels::Labels;
use super::markup::plain;
use super::outline::{Outline, Table};
use super::{Report, fold, spread};
use crate::look::{BAD, DOUBT, GOOD, HEADING, Look};

/// Longer lines of words are hard to read, however wide the terminal is.
const WIDEST_PROSE: usize = 100;

/// A name in a table, in columns: what is said of it has room beside it.
const WIDEST_NAME: usize = 28;

/// What stands for long names, which are whole in data and pages only.
pub(crate) fn labels<'a>(names: impl IntoIterator<Item = &'a str>) -> Labels {
    Labels::within(WIDEST_NAME, names)
}

/// As plain text, or in colour, as wide as it may be.
pub fn render(report: &Report, look: Look) -> String {
    let pictures = if look.plots { spread::pictures(report, look.width) } else { Vec::new() };
    lay_out(&Outline::of(report).brief(&labels(report.names())), &pictures, look)
}

/// An outline of any report, and pictures under their titles.
pub(crate) fn lay_out(outline: &Outline, pictures: &[(String, Vec<String>)], look: Look) -> String {
    let (mut text, outline) = (String::new(), outline.plain());
    outline.about.iter().for_each(|line| write_lines(&mut text, &wrap(line, "", look)));
    for table in &outline.tables {
        write_heading(&mut text, &table.title, look);
        write_lines(&mut text, &grid(table, look));
        table.details.iter().for_each(|detail| write_lines(&mut text, &wrap(detail, "  ", look)));
    }
    for (title, lines) in pictures {
        write_heading(&mut text, &plain(title), look);
        write_lines(&mut text, &lines.iter().map(|line| plain(line)).collect::<Vec<_>>());
    }
    if !outline.notes.is_empty() {
        text.push('\n');
        outline.notes.iter().for_each(|note| write_lines(&mut text, &noted(wrap(note, "", look), look)));
    }
    text
}

fn write_heading(text: &mut String, title: &str, look: Look) {
    text.push('\n');
    let lines = wrap(title, "", look);
    write_lines(text, &lines.iter().map(|line| look.paint(HEADING, line)).collect::<Vec<_>>());
}

fn write_lines(text: &mut String, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
}

/// Broken between words, the further lines indented. A word stays whole, so that a URL can be copied.
fn wrap(sentence: &str, indent: &str, look: Look) -> Vec<String> {
    let further = format!("{indent}  ");
    let options = Options::new(look.width.min(WIDEST_PROSE))
        .initial_indent(indent)
        .subsequent_indent(&further)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(sentence, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// The word that a note begins with, in colour.
fn noted(mut lines: Vec<String>, look: Look) -> Vec<String> {
    for word in ["Note:", "Ended early:"] {
        if let Some(rest) = lines[0].strip_prefix(word) {
            lines[0] = look.paint(DOUBT, word) + rest;
            break;
        }
    }
    lines
}

/// With colours for the words in the last column that decide something.
fn grid(table: &Table, look: Look) -> Vec<String> {
    let decides =
        table.header.last().is_some_and(|last| ["verdict", "outcome", "kept up"].contains(&last.as_str()));
    let lines = fold::lines(table, look.width);
    if !decides {
        return lines;
    }
    lines.iter().map(|line| judged(line, look)).collect()
}

fn judged(line: &str, look: Look) -> String {
    let words = [
        ("faster", GOOD),
        ("slower", BAD),
        ("passed", GOOD),
        ("failed", BAD),
        ("undecided", DOUBT),
        ("yes", GOOD),
        ("no", BAD),
    ];
    let found = words.iter().find_map(|(word, style)| {
        let rest = line.strip_suffix(word)?;
        rest.ends_with(' ').then(|| format!("{rest}{}", look.paint(*style, word)))
    });
    found.unwrap_or_else(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, twice_as_slow};
    use textwrap::core::display_width;

    #[test]
    fn the_report_has_a_row_a_target_and_a_verdict() {
        let text = render(&report(&twice_as_slow()), Look::PLAIN);
        let row =
            text.lines().find(|line| line.trim_start().starts_with("a ") && line.contains("fresh")).unwrap();
        assert!(row.contains("519") && row.contains("40 fresh"), "{text}");
        let comparison = text.lines().find(|line| line.contains("cold: b / a")).unwrap();
        assert!(comparison.contains("1.96") && comparison.ends_with("slower"), "{text}");
    }

    #[test]
    fn a_name_commands_no_terminal() {
        let mut report = report(&twice_as_slow());
        report.targets[0].name = "a\u{1b}[2J\u{202e}".into();
        let text = render(&report, Look { plots: true, ..Look::PLAIN });
        assert!(text.contains("a\u{fffd}[2J\u{fffd}") && !text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }

    #[test]
    fn a_name_of_ten_thousand_letters_takes_a_line_in_a_table() {
        let mut report = report(&twice_as_slow());
        let name = "東京".repeat(1700);
        report.targets[0].name.clone_from(&name);
        report.comparisons[0].baseline = name;
        let look = Look { plots: true, ..Look::PLAIN };
        let text = render(&report, look);
        assert!(text.contains("東京東…") && text.lines().count() < 60, "{text}");
        assert!(text.lines().all(|line| display_width(line) <= look.width), "{text}");
    }

    #[test]
    fn what_is_withheld_is_said_and_explained() {
        let text = render(&report(&twice_as_slow()), Look::PLAIN);
        assert!(text.contains("– too few samples (p99 needs 368): a and b have 40"), "{text}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [20, 40, 80, 200] {
            for line in render(&report(&twice_as_slow()), Look { width, plots: true, colour: false }).lines()
            {
                assert!(display_width(line) <= width, "{width}: {line:?}");
            }
        }
    }

    #[test]
    fn a_wide_terminal_has_the_same_words_and_figures() {
        let words = |width| {
            let text = render(&report(&twice_as_slow()), Look { width, ..Look::PLAIN });
            text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(words(80), words(200));
    }

    #[test]
    fn colour_says_what_the_words_say() {
        let (plain, colour) = (Look::PLAIN, Look { colour: true, ..Look::PLAIN });
        let coloured = render(&report(&twice_as_slow()), colour);
        assert!(coloured.contains("\u{1b}[31mslower\u{1b}[0m"), "{coloured:?}");
        assert_eq!(without_colour(&coloured), render(&report(&twice_as_slow()), plain));
    }

    /// Without what stands between an escape and the letter that ends it.
    fn without_colour(text: &str) -> String {
        let mut parts = text.split('\u{1b}');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
    }

    #[test]
    fn a_name_that_ends_like_a_verdict_is_none() {
        let colour = Look { colour: true, ..Look::PLAIN };
        assert_eq!(judged(" cold: bypassed", colour), " cold: bypassed");
        assert_eq!(judged(" no difference shown", colour), " no difference shown");
    }

    #[test]
    fn pictures_are_there_only_where_they_are_asked_for() {
        let drawn = |plots| render(&report(&twice_as_slow()), Look { plots, ..Look::PLAIN }).contains("└");
        assert_eq!([true, false].map(drawn), [true, false]);
    }

    #[test]
    fn a_report_of_nothing_is_a_report() {
        assert!(render(&report(&[]), Look::PLAIN).contains("loadtest"));
    }
}
