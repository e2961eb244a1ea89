//! The report for a README or an issue.

use std::fmt::Write;

use super::Report;
use super::answer;
use super::labels::Labels;
use super::markup::is_text;
use super::outline::{Outline, Table};
use super::overview::Overview;

pub fn render(report: &Report) -> String {
    let labels = Labels::of(report.names());
    let outline = Outline::of(report).brief(&labels);
    if report.is_of_load() {
        let answer: Vec<_> = answer::of(report).iter().map(|told| escape(&labels.brief(told))).collect();
        return format!("**{}**\n\n{}", answer.join(" "), lay_out(&outline));
    }
    let overview = Overview::of(report).brief(&labels);
    let host = overview.host.as_ref().map_or(String::new(), |host| format!(" · {}", escape(host)));
    let mut text = format!("**{}**{host}\n\n{}", escape(&overview.title), rows(&overview.table()));
    let legend = overview.caveat.into_iter().chain(overview.legend.iter().map(String::as_str));
    let legend: Vec<_> = legend.map(escape).collect();
    if !legend.is_empty() {
        let _ = write!(text, "\n{}\n", legend.join(" "));
    }
    let notes = notes(&outline.notes);
    format!("{text}{notes}\n{}", lay_out(&Outline { notes: vec![], ..outline }))
}

pub(crate) fn lay_out(outline: &Outline) -> String {
    let mut text = list(&outline.about);
    for table in &outline.tables {
        let _ = write!(text, "\n**{}**\n\n{}", escape(&table.title), rows(table));
        if !table.details.is_empty() {
            let _ = write!(text, "\n{}", list(&table.details));
        }
    }
    text + notes(&outline.notes).as_str()
}

fn notes(notes: &[String]) -> String {
    // Two lists with nothing between them would be one.
    if notes.is_empty() { String::new() } else { format!("\n**Before you decide**\n\n{}", list(notes)) }
}

fn rows(table: &Table) -> String {
    let line = |cells: &[String]| {
        format!("| {} |\n", cells.iter().map(|c| escape(c)).collect::<Vec<_>>().join(" | "))
    };
    let is_read_from_left = |column| column == 0 || table.is_in_words(column);
    let rule = (0..table.header.len()).map(|column| if is_read_from_left(column) { "---" } else { "---:" });
    let rule = format!("| {} |\n", rule.collect::<Vec<_>>().join(" | "));
    let body: String = table.rows.iter().map(|row| line(row)).collect();
    [line(&table.header), rule, body].concat()
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("- {}\n", escape(item))).collect()
}

/// Names and URLs come from the user, and error texts from the target: none of them is markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => escaped.extend(['\\', c]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            c if c.is_control() => escaped.push(' '),
            c if !is_text(c) => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{report, twice_as_slow};

    #[test]
    fn a_row_has_as_many_cells_as_the_header() {
        let markdown = render(&report(&twice_as_slow()));
        let tables: Vec<_> = markdown.split("\n\n").filter(|part| part.starts_with('|')).collect();
        assert_eq!(tables.len(), 3, "{markdown}");
        for table in tables {
            let cells: Vec<_> = table.lines().map(|line| line.matches(" |").count()).collect();
            assert!(cells.len() > 2 && cells.iter().all(|n| *n == cells[0]), "{markdown}");
        }
    }

    #[test]
    fn a_hostile_name_is_text() {
        assert_eq!(escape("<b>|`x`\n[a](b)"), "&lt;b&gt;\\|\\`x\\` \\[a\\](b)");
    }
}
