//! Names as they are written where room is short: none so long that what is said of it is lost, and no two alike.

use textwrap::core::display_width;

use super::markup::plain;

/// What takes no more columns is not cut in a page.
const LONG: usize = 40;
/// Of names that are alike at both ends, so much of the beginning is kept before the part in which they differ.
const BEGINNING: usize = 9;
/// And so much of what they have in common before it.
const BEFORE: usize = 3;

/// Long names, and what stands for each; the longest first.
#[derive(Debug)]
pub struct Labels {
    labels: Vec<(String, String)>,
    /// Of a name that is not cut, in columns of a terminal.
    longest: usize,
}

impl Labels {
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::within(LONG, names)
    }

    /// The same, none wider than so many columns.
    pub fn within<'a>(longest: usize, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        let long = names.iter().filter(|name| display_width(&plain(name)) > longest);
        let mut labels: Vec<_> = long.map(|name| ((*name).to_owned(), cut(name, &names, longest))).collect();
        labels.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self { labels, longest }
    }

    pub fn label(&self, name: &str) -> String {
        let found = self.labels.iter().find(|(long, _)| long == name);
        found.map_or_else(|| narrowed(name, self.longest), |(_, label)| label.clone())
    }

    /// Words in which no name is so long that what is said of it is lost.
    pub fn brief(&self, words: &str) -> String {
        self.labels.iter().fold(words.to_owned(), |words, (name, label)| words.replace(name, label))
    }
}

/// In the middle, unless another name would look the same: then so that what tells them apart stays.
fn cut(name: &str, names: &[&str], longest: usize) -> String {
    let short = narrowed(name, longest);
    let alike = names.iter().filter(|other| **other != name && narrowed(other, longest) == short);
    let in_common = |other: &&str| name.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let Some(differs) = alike.map(in_common).min() else { return short };
    let from = differs.saturating_sub(BEFORE).max(BEGINNING);
    let beginning: String = name.chars().take(BEGINNING).collect();
    let rest: Vec<char> = name.chars().skip(from).collect();
    let room = longest - BEGINNING - 2;
    let end = if rest.len() > room + 1 { "…" } else { "" };
    let rest: String = rest.into_iter().take(if end.is_empty() { room + 1 } else { room }).collect();
    format!("{beginning}…{rest}{end}")
}

fn narrowed(text: &str, columns: usize) -> String {
    if display_width(&plain(text)) <= columns {
        return text.to_owned();
    }
    let fitting = |chars: &mut dyn Iterator<Item = char>, room: usize| -> String {
        let mut left = room;
        let fits = |c: &char| {
            let rest = left.checked_sub(display_width(&plain(&c.to_string())));
            left = rest.unwrap_or(left);
            rest.is_some()
        };
        chars.take_while(fits).collect()
    };
    let head = fitting(&mut text.chars(), columns / 2);
    let tail = fitting(&mut text.chars().rev(), columns.saturating_sub(1) / 2);
    format!("{head}…{}", tail.chars().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_long_name_stay() {
        let names = [
            "the-service-of-our-team-in-production-eu-west-1",
            "the-service-of-our-team-in-production-us-east-1",
        ];
        let labels = Labels::of(names);
        assert_eq!(labels.label(names[0]), "the-service-of-our-t…roduction-eu-west-1");
        assert_eq!(labels.brief(&format!("{} / {}", names[1], names[0])).matches('…').count(), 2);
        assert_eq!(labels.label("short"), "short");
    }

    #[test]
    fn what_tells_two_names_apart_stays_wherever_it_is() {
        let name = |middle: &str| format!("{}{middle}{}", "a".repeat(60), "z".repeat(60));
        let names = [name("-old-"), name("-new-")];
        let labels = Labels::of(names.iter().map(String::as_str));
        let told = names.each_ref().map(|name| labels.label(name));
        assert!(told[0].contains("-old-") && told[1].contains("-new-"), "{told:?}");
        assert!(told.iter().all(|label| label.chars().count() <= LONG), "{told:?}");
    }

    #[test]
    fn letters_that_take_two_columns_are_cut_to_the_same_width() {
        let label = Labels::of([]).label(&"東京".repeat(30));
        assert_eq!((display_width(&label), label.chars().count()), (39, 20));
    }

    #[test]
    fn a_name_within_another_does_not_break_it() {
        let (short, long) = ("x".repeat(41), format!("{}-and-more", "x".repeat(41)));
        let labels = Labels::of([short.as_str(), long.as_str()]);
        assert_eq!(labels.brief(&long), labels.label(&long));
    }
}
