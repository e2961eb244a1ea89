//! What a request consists of on average, one part after the other, with the handler's share of the wait.

use super::axis::Linear;
use super::drawing::{Drawing, Mark, Px, WIDTH};
use super::panel::Panel;
use super::{CHARACTERS, Figure, LINE, Row, words};
use crate::report::PhaseReport;
use crate::report::markup::fitted;
use crate::report::outline::{Table, WITHHELD};
use crate::sample::Phase;

const LEGEND: f64 = 16.0;
/// Without the lines of words below it.
const ROW: f64 = 44.0;
const BAR: f64 = 18.0;
/// Less than this share of the mean is rounding.
const ROUNDING: f64 = 0.01;

/// A part, with its place in the style sheet.
struct Part {
    class: &'static str,
    name: &'static str,
    mean_us: f64,
}

/// Of one phase; `None` where no parts are known.
pub fn figure(phase: Phase, rows: &[Row]) -> Option<Figure> {
    let rows: Vec<(&Row, Vec<Part>)> =
        rows.iter().map(|row| (row, parts(row.phase))).filter(|(_, parts)| !parts.is_empty()).collect();
    let classes = legend(&rows);
    let top = classes.len().div_ceil(3) as f64 * LEGEND + 6.0;
    let lines = rows.iter().map(|(row, parts)| sum(row.phase, parts).len()).max()?;
    let height = ROW + lines as f64 * LINE;
    let panel = Panel::wide(top, rows.len() as f64 * height);
    let sums = rows.iter().map(|(_, parts)| parts.iter().map(|part| part.mean_us).sum());
    let x = Linear::up_to(sums, panel.x)?;
    let mut marks: Vec<Mark> = classes.iter().enumerate().flat_map(entry).collect();
    marks.extend(panel.level_lengths(&x, "mean time"));
    for (place, (row, parts)) in rows.iter().enumerate() {
        marks.extend(bar(row, parts, &x, top + place as f64 * height));
    }
    Some(Figure {
        drawing: Drawing {
            id: format!("phases-{}", phase.name()),
            title: format!("Parts of a request, {}", phase.in_words()),
            description: format!(
                "{} of parts that add up to the mean; the table below it has them",
                words::count(rows.len(), "bar")
            ),
            height: Px(panel.bottom()),
            marks,
        },
        caption: caption(phase, &rows),
        table: table(phase, &rows),
    })
}

/// In the order of time; together the mean.
fn parts(phase: &PhaseReport) -> Vec<Part> {
    let first_byte = if phase.phase == Phase::Startup { "first answer" } else { "first byte" };
    let of = |class, name, part: &Option<crate::report::Distribution>| {
        part.as_ref().and_then(|part| part.mean).map(|mean_us| Part { class, name, mean_us })
    };
    let known = [
        of("p1", "DNS", &phase.dns_us),
        of("p2", "connect", &phase.connect_us),
        of("p3", "TLS", &phase.tls_us),
        of("p4", first_byte, &phase.first_byte_us),
        of("p5", "body", &phase.body_us),
    ];
    let mut parts: Vec<_> = known.into_iter().flatten().collect();
    let known: f64 = parts.iter().map(|part| part.mean_us).sum();
    let rest = phase.latency_us.mean.map_or(0.0, |mean| mean - known);
    if rest > ROUNDING * known && !parts.is_empty() {
        // Of a start-up, all that comes before the connection.
        let (name, class) =
            if phase.phase == Phase::Startup { ("start of the host", "p0") } else { ("other", "p0") };
        parts.insert(0, Part { class, name, mean_us: rest });
    }
    parts
}

fn bar(row: &Row, parts: &[Part], x: &Linear, top: f64) -> Vec<Mark> {
    let mut marks = vec![Mark::text("name", (x.at(0.0), top + 12.0), fitted(&row.name, 400.0))];
    let mut from = 0.0;
    for part in parts {
        let (left, right) = (x.at(from), x.at(from + part.mean_us));
        let told = format!("{}: {}", part.name, words::time(part.mean_us));
        let place = [left, top + 17.0, right - left, BAR];
        marks.push(
            Mark::rect(format!("part {}", part.class), place)
                .of(row.number, part.name, part.mean_us)
                .saying(told),
        );
        if let Some(handler) = handler(row.phase).filter(|_| part.class == "p4") {
            let place = [left, top + 17.0 + BAR - 5.0, x.at(handler) - x.at(0.0), 5.0];
            marks.push(
                Mark::rect("handler", place).saying(format!("in the handler: {}", words::time(handler))),
            );
        }
        from += part.mean_us;
    }
    let line = |(place, words): (usize, String)| {
        Mark::text("tick", (x.at(0.0), top + 17.0 + BAR + (place + 1) as f64 * LINE), words)
    };
    marks.extend(sum(row.phase, parts).into_iter().enumerate().map(line));
    marks
}

fn handler(phase: &PhaseReport) -> Option<f64> {
    phase.handler_us.as_ref()?.mean
}

/// The sum in words, broken into lines.
fn sum(phase: &PhaseReport, parts: &[Part]) -> Vec<String> {
    let told = |part: &Part| match handler(phase) {
        Some(handler) if part.class == "p4" => {
            format!("{} {} (handler {})", part.name, words::time(part.mean_us), words::time(handler))
        }
        _ => format!("{} {}", part.name, words::time(part.mean_us)),
    };
    let sum = parts.iter().map(told).collect::<Vec<_>>().join(" + ");
    textwrap::wrap(&sum, CHARACTERS).into_iter().map(String::from).collect()
}

/// The parts there are, in the order of time.
fn legend(rows: &[(&Row, Vec<Part>)]) -> Vec<(&'static str, &'static str)> {
    let mut classes: Vec<_> =
        rows.iter().flat_map(|(_, parts)| parts.iter().map(|part| (part.class, part.name))).collect();
    classes.sort_unstable();
    classes.dedup();
    if rows.iter().any(|(row, _)| handler(row.phase).is_some()) {
        classes.push(("handler", "in the handler"));
    }
    classes
}

fn entry((place, (class, name)): (usize, &(&'static str, &'static str))) -> [Mark; 2] {
    let (x, y) = (4.0 + (place % 3) as f64 * WIDTH / 3.0, 3.0 + (place / 3) as f64 * LEGEND);
    let class = if *class == "handler" { "handler".into() } else { format!("part {class}") };
    [Mark::rect(class, [x, y, 14.0, 10.0]), Mark::text("name", (x + 20.0, y + 9.0), *name)]
}

fn caption(phase: Phase, rows: &[(&Row, Vec<Part>)]) -> Vec<String> {
    let mut caption =
        vec!["Means, since they add up, but for moments between them; of samples that count. A few slow samples move a mean far: \
             which is faster, the medians tell.".to_owned()];
    if phase == Phase::Startup {
        caption.push("Start of the host: from the spawn of its process until it takes a connection.".into());
    }
    if rows.iter().flat_map(|(_, parts)| parts).any(|part| part.name == "other") {
        caption.push("Other: the moments between the parts, the client's own.".into());
    }
    if rows.iter().any(|(row, _)| handler(row.phase).is_some()) {
        caption.push("The narrow strip is what the server says its handler took; its place within the wait is not known.".into());
    }
    caption
}

fn table(phase: Phase, rows: &[(&Row, Vec<Part>)]) -> Table {
    let mut names: Vec<_> = legend(rows).into_iter().filter(|(class, _)| *class != "handler").collect();
    names.dedup();
    let mut header = vec![String::new()];
    header.extend(names.iter().map(|(_, name)| (*name).to_owned()));
    header.extend(["mean".to_owned(), "in the handler".to_owned()]);
    let of = |(row, parts): &(&Row, Vec<Part>)| {
        let mut cells = vec![row.name.clone()];
        let part =
            |name: &str| parts.iter().find(|part| part.name == name).map(|part| words::time(part.mean_us));
        cells.extend(names.iter().map(|(_, name)| part(name).unwrap_or(WITHHELD.into())));
        cells.push(row.phase.latency_us.mean.map_or(WITHHELD.into(), words::time));
        cells.push(handler(row.phase).map_or(WITHHELD.into(), words::time));
        cells
    };
    Table {
        title: format!("Parts of a request, {}", phase.in_words()),
        header,
        rows: rows.iter().map(of).collect(),
        details: vec![],
    }
}
