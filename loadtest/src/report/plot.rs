//! Histograms of block characters on one logarithmic axis.

use textwrap::core::display_width;

use crate::blocks::block;
use crate::human;

/// What is nearer together is drawn as if it were so far apart: an axis needs an extent.
const SMALLEST_RANGE: f64 = 1.1;

/// A picture that is wider than so many columns, and than is needed to tell so many times apart, is only ragged.
const FEWEST_COLUMNS: usize = 40;

/// Times under a name.
pub struct Row {
    /// Whose they are.
    pub name: String,
    /// In microseconds, and how many.
    pub times: Vec<(f64, u64)>,
}

/// A histogram of each row, as high as its own peak, in lines of at most `width` columns; none of no times.
pub fn draw(rows: &[Row], width: usize) -> Vec<String> {
    let times = || rows.iter().flat_map(|row| &row.times).map(|(us, _)| *us);
    let (least, greatest) = (times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max));
    if least > greatest {
        return Vec::new();
    }
    let longest = rows.iter().map(|row| display_width(&row.name)).max().unwrap_or(0);
    // A name that would take the room of the picture has a line of its own.
    let label = if longest > width / 3 { 0 } else { longest };
    let columns = width.saturating_sub(label + 3).clamp(2, told_apart(rows));
    let axis = Axis::new(least, greatest, columns);
    let mut lines = Vec::new();
    for row in rows {
        if label == 0 {
            lines.extend(textwrap::wrap(&row.name, width - 1).iter().map(|line| format!(" {line}")));
        }
        let picture = bars(&axis.counts(&row.times), height(rows.len()));
        let last = picture.len() - 1;
        lines.extend(picture.iter().enumerate().map(|(index, bars)| {
            let name = if index == last && label > 0 { row.name.as_str() } else { "" };
            let gap = " ".repeat(label - display_width(name));
            format!(" {name}{gap} │{bars}").trim_end().to_owned()
        }));
    }
    let (marks, values) = axis.marks();
    let gap = " ".repeat(label + 1);
    lines.push(format!("{gap} └{marks}"));
    lines.push(format!("{gap}  {values}").trim_end().to_owned());
    lines
}

/// In columns: twice the square root of how many times there are, since more would each have next to none.
fn told_apart(rows: &[Row]) -> usize {
    let most = rows.iter().map(|row| row.times.iter().map(|(_, n)| n).sum::<u64>()).max().unwrap_or(0);
    ((most as f64).sqrt() * 2.0).max(FEWEST_COLUMNS as f64) as usize
}

/// In lines: few rows have room for detail.
fn height(rows: usize) -> usize {
    match rows {
        0 | 1 => 5,
        2 | 3 => 3,
        _ => 2,
    }
}

/// Lines of bars, from the top; whatever is not nothing is seen.
fn bars(counts: &[u64], height: usize) -> Vec<String> {
    let peak = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let eighths = |count: u64| (count as f64 / peak * (height * 8) as f64).round() as usize;
    let heights: Vec<_> = counts.iter().map(|count| eighths(*count).max(usize::from(*count > 0))).collect();
    let line =
        |below: usize| heights.iter().map(|height| block(height.saturating_sub(below * 8).min(8))).collect();
    (0..height).rev().map(line).collect()
}

/// Equal factors are equal steps.
pub(super) struct Axis {
    least: f64,
    greatest: f64,
    /// How long it is.
    pub columns: usize,
}

impl Axis {
    /// Over these times, in microseconds.
    pub fn new(least: f64, greatest: f64, columns: usize) -> Self {
        let least = least.max(1e-3);
        let missing = (SMALLEST_RANGE * least / greatest).sqrt().max(1.0);
        Self { least: least / missing, greatest: greatest * missing, columns }
    }

    /// Where a time is.
    pub fn column(&self, us: f64) -> usize {
        let share = (us.max(self.least) / self.least).ln() / (self.greatest / self.least).ln();
        ((share * self.columns as f64) as usize).min(self.columns - 1)
    }

    fn counts(&self, times: &[(f64, u64)]) -> Vec<u64> {
        let mut counts = vec![0; self.columns];
        times.iter().for_each(|(us, n)| counts[self.column(*us)] += n);
        counts
    }

    /// The line of the axis, and the values below it: those that have room, powers of ten before others.
    pub fn marks(&self) -> (String, String) {
        let mut placed: Vec<Mark> = Vec::new();
        for us in self.values() {
            let mark = self.mark(us);
            if mark.end() <= self.columns && !placed.iter().any(|other| other.touches(&mark)) {
                placed.push(mark);
            }
        }
        placed.sort_by_key(|mark| mark.start);
        let (mut line, mut values) = (vec!['─'; self.columns], String::new());
        for mark in placed {
            line[mark.column] = '┬';
            values += &*" ".repeat(mark.start - display_width(&values));
            values += &*mark.text;
        }
        (line.into_iter().collect(), values)
    }

    fn mark(&self, us: f64) -> Mark {
        let (column, text) = (self.column(us), label(us));
        Mark { column, start: column.min(self.columns.saturating_sub(display_width(&text))), text }
    }

    /// Round ones; where there are not two, the ends.
    fn values(&self) -> Vec<f64> {
        let decades = self.least.log10().floor() as i32..=self.greatest.log10().ceil() as i32;
        let round: Vec<_> = [1.0, 5.0, 2.0]
            .into_iter()
            .flat_map(|first| decades.clone().map(move |decade| first * 10f64.powi(decade)))
            .filter(|us| (self.least..=self.greatest).contains(us))
            .collect();
        if round.len() > 1 { round } else { vec![self.least, self.greatest] }
    }
}

/// A value below the axis.
struct Mark {
    column: usize,
    start: usize,
    text: String,
}

impl Mark {
    fn end(&self) -> usize {
        self.start + display_width(&self.text)
    }

    /// Whether there are not two spaces between them.
    fn touches(&self, other: &Self) -> bool {
        self.start < other.end() + 2 && other.start < self.end() + 2
    }
}

/// A time without zeros that say nothing.
fn label(us: f64) -> String {
    let text = human::time(us);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(name: &str, times: &[(f64, u64)]) -> Row {
        Row { name: name.into(), times: times.to_vec() }
    }

    #[test]
    fn a_histogram_stands_on_a_logarithmic_axis() {
        let times = [(10.0, 1), (100.0, 8), (150.0, 4), (1000.0, 1)];
        let drawn = draw(&[row("a", &times)], 34);
        let expected = [
            "   │               █",
            "   │               █",
            "   │               █ ▄",
            "   │               █ █",
            " a │▅              █ █           ▅",
            "   └┬──────────────┬─────────────┬",
            "    10 µs          100 µs     1 ms",
        ];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn a_single_time_among_millions_is_seen() {
        assert_eq!(bars(&[5_000_000, 0, 1], 2), ["█  ", "█ ▁"]);
    }

    #[test]
    fn rows_share_the_axis() {
        let drawn = draw(&[row("slow", &[(1000.0, 7)]), row("b", &[(10.0, 7)])], 60);
        let at = |line: &str| line.chars().position(|c| c == '█').unwrap();
        assert_eq!(at(&drawn[2]), 7 + 39, "{drawn:#?}");
        assert_eq!(at(&drawn[5]), 7, "{drawn:#?}");
        assert!(drawn[7].contains(" 10 µs ") && drawn[7].ends_with(" 1 ms"), "{drawn:#?}");
    }

    #[test]
    fn times_that_are_all_the_same_have_an_axis() {
        let drawn = draw(&[row("a", &[(150.0, 20)])], 40);
        assert!(
            drawn.last().unwrap().contains("143 µs") && drawn.last().unwrap().contains("157 µs"),
            "{drawn:#?}"
        );
    }

    #[test]
    fn of_nothing_there_is_no_picture() {
        assert!(draw(&[row("a", &[])], 80).is_empty());
    }

    proptest! {
        #[test]
        fn every_time_is_drawn_and_no_line_is_too_wide(
            times in prop::collection::vec((0.01..1e8f64, 1..1000u64), 1..50), width in 20..220usize, letters in 1..40usize,
        ) {
            let axis = Axis::new(
                times.iter().map(|t| t.0).fold(f64::INFINITY, f64::min),
                times.iter().map(|t| t.0).fold(0.0, f64::max),
                width,
            );
            prop_assert_eq!(axis.counts(&times).iter().sum::<u64>(), times.iter().map(|t| t.1).sum::<u64>());
            for line in draw(&[row(&"n".repeat(letters), &times)], width) {
                prop_assert!(display_width(&line) <= width, "{:?}", line);
            }
        }
    }
}
