//! Names as they are written where room is short: none so long that what is said of it is lost, and no two alike.

use super::markup::shortened;

/// What is no longer is never cut.
const LONG: usize = 40;
/// Of names that are alike at both ends, so much of the beginning is kept before the part in which they differ.
const BEGINNING: usize = 9;
/// And so much of what they have in common before it.
const BEFORE: usize = 3;

/// Long names, and what stands for each; the longest first.
#[derive(Debug, Default)]
pub struct Labels(Vec<(String, String)>);

impl Labels {
    /// Of names that are shown together.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        let long = names.iter().filter(|name| name.chars().nth(LONG).is_some());
        let mut labels: Vec<_> = long.map(|name| ((*name).to_owned(), cut(name, &names))).collect();
        labels.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self(labels)
    }

    /// What stands for a name.
    pub fn label(&self, name: &str) -> String {
        let found = self.0.iter().find(|(long, _)| long == name);
        found.map_or_else(|| shortened(name, LONG), |(_, label)| label.clone())
    }

    /// Words in which no name is so long that what is said of it is lost.
    pub fn brief(&self, words: &str) -> String {
        self.0.iter().fold(words.to_owned(), |words, (name, label)| words.replace(name, label))
    }
}

/// In the middle, unless another name would look the same: then so that what tells them apart stays.
fn cut(name: &str, names: &[&str]) -> String {
    let short = shortened(name, LONG);
    let alike = names.iter().filter(|other| **other != name && shortened(other, LONG) == short);
    let in_common = |other: &&str| name.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let Some(differs) = alike.map(in_common).min() else { return short };
    let from = differs.saturating_sub(BEFORE).max(BEGINNING);
    let beginning: String = name.chars().take(BEGINNING).collect();
    let rest: Vec<char> = name.chars().skip(from).collect();
    let room = LONG - BEGINNING - 2;
    let end = if rest.len() > room + 1 { "…" } else { "" };
    let rest: String = rest.into_iter().take(if end.is_empty() { room + 1 } else { room }).collect();
    format!("{beginning}…{rest}{end}")
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
    fn a_name_within_another_does_not_break_it() {
        let (short, long) = ("x".repeat(41), format!("{}-and-more", "x".repeat(41)));
        let labels = Labels::of([short.as_str(), long.as_str()]);
        assert_eq!(labels.brief(&long), labels.label(&long));
    }
}
