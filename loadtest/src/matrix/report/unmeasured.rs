//! What was to be measured and was not, in a few words: for whoever reads no further than the top.

use super::figures::NOT_REACHED;
use super::row::Row;
use crate::report::markup::shortened;

/// Of a reason, so much is told at the top.
const FEW_WORDS: usize = 90;
/// The title of the table that has all of every reason.
pub const TITLE: &str = "Not measured here";

/// A sentence of what lacks in those that could be measured, and one of those that could not; neither where all was measured.
pub fn of(rows: &[Row]) -> Vec<String> {
    parts(rows).into_iter().chain(packagings(rows)).collect()
}

fn packagings(rows: &[Row]) -> Option<String> {
    // What would mend it stands in the table.
    let why = |row: &Row| row.missing.as_ref().map(|missing| missing.what.clone()).or_else(|| nothing(row));
    let missing: Vec<Named> = rows.iter().filter_map(|row| Some((row.name.as_str(), why(row)?))).collect();
    let measured = rows.len() - missing.len();
    let verb = if measured == 1 { "was" } else { "were" };
    (!missing.is_empty()).then(|| {
        format!(
            "{measured} of {} packagings {verb} measured. Not measured: {}; see “{TITLE}”.",
            rows.len(),
            by_reason(&missing)
        )
    })
}

fn parts(rows: &[Row]) -> Option<String> {
    let begun: Vec<&Row> = rows.iter().filter(|row| row.has_figures()).collect();
    let lack = |what: &&str| -> Vec<Named> {
        let why =
            |row: &&Row| gaps(row).into_iter().find(|gap| gap.what == *what).map(|gap| gap.why.to_owned());
        begun.iter().filter_map(|row| Some((row.name.as_str(), why(row)?))).collect()
    };
    let lacking = WHAT.iter().map(|what| (what, lack(what))).filter(|(_, rows)| !rows.is_empty());
    let told: Vec<String> = lacking.map(|(what, rows)| format!("{what} of {}", by_reason(&rows))).collect();
    let none_served = !lack(&SERVING).is_empty() && !rows.iter().any(|row| row.server.value() == Some(&true));
    let lead = if none_served { "No server answered as it should. " } else { "" };
    (!told.is_empty()).then(|| format!("{lead}Not measured: {}; see “{TITLE}”.", told.join("; ")))
}

/// Why nothing was measured of a packaging, and what would mend that; `None` if something was.
pub fn nothing(row: &Row) -> Option<String> {
    match (&row.missing, &row.failed) {
        (Some(missing), _) => Some(format!("{}; {}", missing.what, missing.remedy)),
        (None, Some(why)) => Some(why.clone()),
        (None, None) if row.has_figures() => None,
        (None, None) => Some(gaps(row).first().map_or(NOT_REACHED, |gap| gap.why).to_owned()),
    }
}

/// A part of a packaging that could not be measured, though it has one.
pub struct Gap<'a> {
    /// Which.
    pub what: &'static str,
    /// Why, with all words.
    pub why: &'a str,
}

const SERVING: &str = "serving";
/// In the order in which they are told.
const WHAT: [&str; 5] = [SERVING, "MODE=once", "cold and warm requests", "throughput", "memory"];

/// A packaging, and why something lacks.
type Named<'a> = (&'a str, String);

/// What could not be measured of a packaging of which something else was, or was to be.
pub fn gaps(row: &Row) -> Vec<Gap<'_>> {
    if row.missing.is_some() || row.failed.is_some() {
        return Vec::new();
    }
    let start = row.start_us.withheld().filter(|_| row.no_server.is_none());
    // What does not start is told once, and what does not serve by its nature is no gap.
    let serves = start.is_none() && row.no_server.is_none();
    let why = [
        start,
        row.once_us.withheld().filter(|_| row.no_once.is_none()),
        row.no_requests.as_deref().filter(|_| serves || row.kind.remote),
        row.throughput.withheld().filter(|_| serves),
        row.memory_idle.withheld().or(row.memory_loaded.withheld()).filter(|_| serves),
    ];
    let told = WHAT.into_iter().zip(why).filter_map(|(what, why)| Some(Gap { what, why: why? }));
    told.filter(|gap| gap.why != NOT_REACHED).collect()
}

/// `docker, ctr (why); native (why)`
fn by_reason(rows: &[Named]) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, why) in rows {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, names)) => names.push(*name),
            None => reasons.push((why.as_str(), vec![*name])),
        }
    }
    let told =
        |(why, names): &(&str, Vec<&str>)| format!("{} ({})", names.join(", "), shortened(why, FEW_WORDS));
    reasons.iter().map(told).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::packaging::Missing;
    use crate::matrix::report::Cell;
    use crate::matrix::report::fixtures::row;

    fn without_server(name: &str) -> Row {
        let why = || "asked for 2 s: /x answered 404: is the path right?".to_owned();
        let mut row = row(name, 1);
        (row.start_us, row.throughput) = (Cell::Withheld(why()), Cell::Withheld(why()));
        (row.memory_idle, row.memory_loaded) = (Cell::Withheld(why()), Cell::Withheld(why()));
        (row.server, row.no_requests) = (Cell::Withheld(why()), Some(why()));
        row
    }

    #[test]
    fn where_all_was_measured_nothing_is_told() {
        assert_eq!(of(&[row("native", 1), row("wasm", 2)]), Vec::<String>::new());
    }

    #[test]
    fn packagings_that_are_missing_are_counted_and_named_by_reason() {
        let missing = || Some(Missing { what: "there is no spin".into(), remedy: "install it".into() });
        let mut rows = vec![row("native", 1), row("WAGI", 2), row("preview 2", 2), row("docker", 2)];
        (rows[1].missing, rows[2].missing) = (missing(), missing());
        rows[3].failed = Some("no image".into());
        assert_eq!(
            of(&rows),
            ["1 of 4 packagings was measured. Not measured: WAGI, preview 2 (there is no spin); \
              docker (no image); see “Not measured here”."]
        );
    }

    #[test]
    fn that_no_server_answered_is_told_although_something_else_was_measured() {
        let told = of(&[without_server("native"), without_server("docker")]);
        assert_eq!(
            told,
            [
                "No server answered as it should. Not measured: serving of native, docker (asked for 2 s: /x answered \
              404: is the path right?); see “Not measured here”."
            ]
        );
        let told = of(&[without_server("native"), row("docker", 1)]);
        assert!(told[0].starts_with("Not measured: serving of native (asked"), "{told:?}");
    }

    #[test]
    fn what_is_no_command_and_what_is_no_server_lacks_nothing() {
        let mut rows = [row("component", 1), without_server("module")];
        rows[0].once_us = Cell::Withheld("it is no command".into());
        rows[0].no_once = Some("it is no command".into());
        rows[1].no_server = Some("it has no sockets".into());
        assert_eq!(of(&rows), Vec::<String>::new());
        rows[0].no_once = None;
        assert!(of(&rows)[0].starts_with("Not measured: MODE=once of component (it is no command)"));
    }

    #[test]
    fn a_url_that_did_not_answer_is_a_packaging_that_was_not_measured() {
        let mut cloud = without_server("cloud");
        cloud.kind.remote = true;
        (cloud.no_server, cloud.no_once) = (Some("it is elsewhere".into()), Some("it is elsewhere".into()));
        (cloud.once_us, cloud.no_requests) =
            (Cell::Withheld("it is elsewhere".into()), Some("no answer".into()));
        assert_eq!(nothing(&cloud).unwrap(), "no answer");
    }
}
