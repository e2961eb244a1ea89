//! The report for a terminal.

use std::borrow::Cow;
use std::fmt::Write;

use textwrap::{Options, WordSplitter};

use super::labels::Labels;
use super::markup::plain;
use super::outline::{Outline, Table, gates};
use super::overview::Overview;
use super::{Report, deployment, fold};
use crate::look::{BAD, DOUBT, Detail, GOOD, HEADING, Look};

/// Longer lines of words are hard to read, however wide the terminal is.
const WIDEST_PROSE: usize = 100;

/// A name in a table, in columns: what is said of it has room beside it.
pub(super) const WIDEST_NAME: usize = 28;

/// What stands for long names, which are whole in data and pages only.
pub(crate) fn labels<'a>(names: impl IntoIterator<Item = &'a str>) -> Labels {
    Labels::within(WIDEST_NAME, names)
}

pub fn render(report: &Report, look: Look) -> String {
    let whole = || lay_out(&Outline::of(report).brief(&labels(report.names())), look);
    if report.is_of_load() {
        return whole();
    }
    let mut text = String::new();
    let Detail::Answer { page, samples } = look.detail else {
        write_answer(&mut text, report, look);
        return format!("{text}\n{}", whole());
    };
    let before = report.environment.deployment.as_ref().map(deployment::table);
    if before.is_some() {
        write_tables(&mut text, before.iter(), report, look);
        text.remove(0);
        text.push('\n');
    }
    let left_out = write_answer(&mut text, report, look);
    write_tables(&mut text, gates(&report.gates).iter(), report, look);
    let notes = match left_out {
        0 => String::new(),
        1 => " and 1 more note".into(),
        n => format!(" and {n} more notes"),
    };
    let mut ways = vec![format!("Details{notes}: -v")];
    ways.extend(page.then(|| "page: -o report.html".into()));
    ways.extend(samples.then(|| "samples: --samples FILE".into()));
    write_lines(&mut text, &wrap(&ways.join(" · "), "", look));
    text
}

/// A terminal has 24 lines, of which the last is for its prompt and the one before for how to get more.
const LINES: usize = 22;
/// Where room is short, the weightiest note has so many; the whole report has the rest.
const LINES_OF_NOTE: usize = 3;

/// The table that answers, with as many notes as have room; how many have none.
fn write_answer(text: &mut String, report: &Report, look: Look) -> usize {
    let overview = Overview::of(report);
    let overview = overview.fitted(report, look.width);
    let mut lines = headed(&overview, look);
    lines.push(String::new());
    let marked = |line: String| {
        let painted = [("▼", GOOD), ("▲", BAD)];
        painted.iter().fold(line, |line, (mark, style)| line.replace(mark, &look.paint(*style, mark)))
    };
    lines.extend(super::overview::lines(&overview.columns, look.width).into_iter().map(marked));
    if !overview.legend.is_empty() {
        lines.push(String::new());
        let options = unbroken(look.width.min(WIDEST_PROSE));
        lines.extend(
            textwrap::wrap(&plain(&overview.legend.join(" ")), options).into_iter().map(Cow::into_owned),
        );
    }
    let mut shown = 0;
    for note in &overview.notes {
        let whole = wrap(&plain(note), "", look);
        let has_room = lines.len() + whole.len() <= LINES;
        if !has_room && shown > 0 {
            break;
        }
        lines.extend(noted(if has_room { whole } else { begun(whole, look.width) }, look));
        shown += 1;
    }
    write_lines(text, &lines);
    overview.all_notes - shown
}

/// The first lines of a note, with a sign that it goes on.
fn begun(mut lines: Vec<String>, width: usize) -> Vec<String> {
    if lines.len() > LINES_OF_NOTE {
        lines.truncate(LINES_OF_NOTE);
        let last = lines.pop().unwrap_or_default();
        let kept = wrap_to(&last, width.saturating_sub(2));
        lines.push(format!("{kept} …"));
    }
    lines
}

fn wrap_to(line: &str, width: usize) -> String {
    textwrap::wrap(line, unbroken(width)).into_iter().next().unwrap_or_default().into_owned()
}

/// What was measured at the left and by what at the right, if both have room in a line.
fn headed(overview: &Overview, look: Look) -> Vec<String> {
    let title = plain(&overview.title);
    let host = overview.host.as_deref().map(plain).unwrap_or_default();
    let [left, right] = [&title, &host].map(|text| textwrap::core::display_width(text));
    let room = look.width.min(WIDEST_PROSE).saturating_sub(left + right);
    let mut lines = if right > 0 && room > 1 {
        vec![format!("{}{}{host}", look.paint(HEADING, &title), " ".repeat(room))]
    } else {
        let title =
            wrap(&title, "", look).into_iter().map(|line| look.paint(HEADING, &line)).collect::<Vec<_>>();
        title.into_iter().chain(wrap(&host, "", look).into_iter().filter(|line| !line.is_empty())).collect()
    };
    lines.extend(overview.caveat.iter().flat_map(|caveat| wrap(caveat, "", look)));
    lines
}

fn write_tables<'a>(text: &mut String, tables: impl Iterator<Item = &'a Table>, report: &Report, look: Look) {
    let outline = Outline { about: vec![], tables: tables.cloned().collect(), notes: vec![] };
    text.push_str(&lay_out(&outline.brief(&labels(report.names())), look));
}

pub(crate) fn lay_out(outline: &Outline, look: Look) -> String {
    let (mut text, outline) = (String::new(), outline.plain());
    outline.about.iter().for_each(|line| write_lines(&mut text, &wrap(line, "", look)));
    for table in &outline.tables {
        write_heading(&mut text, &table.title, look);
        write_lines(&mut text, &grid(table, look));
        table.details.iter().for_each(|detail| write_lines(&mut text, &wrap(detail, "  ", look)));
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
    let options = unbroken(look.width.min(WIDEST_PROSE)).initial_indent(indent).subsequent_indent(&further);
    textwrap::wrap(sentence, options).into_iter().map(Cow::into_owned).collect()
}

fn unbroken<'a>(width: usize) -> Options<'a> {
    Options::new(width).break_words(false).word_splitter(WordSplitter::NoHyphenation)
}

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
        table.header.last().is_some_and(|last| ["verdict", "outcome", "sustained"].contains(&last.as_str()));
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
        ("same", GOOD),
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
    fn a_name_commands_no_terminal() {
        let mut report = report(&twice_as_slow());
        report.targets[0].name = "a\u{1b}[2J\u{202e}".into();
        let text = render(&report, Look::PLAIN);
        assert!(text.contains("a\u{fffd}[2J\u{fffd}") && !text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }

    #[test]
    fn a_name_of_ten_thousand_letters_takes_a_line_in_a_table() {
        let mut report = report(&twice_as_slow());
        let name = "東京".repeat(1700);
        report.targets[0].name.clone_from(&name);
        report.comparisons[0].baseline = name;
        let look = Look::PLAIN;
        let text = render(&report, look);
        assert!(text.contains("東京東…") && text.lines().count() < 60, "{text}");
        assert!(text.lines().all(|line| display_width(line) <= look.width), "{text}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [20, 40, 80, 200] {
            for line in render(&report(&twice_as_slow()), Look { width, ..Look::PLAIN }).lines() {
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
}
