//! Figures as cells, and why there are none.

use crate::matrix::report::row::Row;
use crate::report::outline::WITHHELD;
pub(crate) use crate::report::picture::bytes_of as bytes;
use crate::report::picture::time_of;

/// Of these columns.
pub fn header<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

/// From one bound to the other.
pub fn interval(bounds: Option<[f64; 2]>, told: impl Fn(f64) -> String) -> String {
    bounds.map_or(WITHHELD.into(), |[low, high]| format!("{}–{}", told(low), told(high)))
}

/// With three digits, in the unit that suits it: the same as beside the bars.
pub fn time(us: f64) -> String {
    let sign = if us < 0.0 { "−" } else { "" };
    format!("{sign}{}", time_of(us.abs()))
}

/// Per cent, with the sign that is written before numbers.
pub fn percent(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{:.1} %", value.abs())
}

/// Why there is no figure, once for all that have the same reason.
pub fn withheld(rows: &[&Row], why: impl Fn(&Row) -> Option<&str>) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in rows {
        let Some(reason) = why(row) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(&row.name),
            None => reasons.push((reason, vec![&row.name])),
        }
    }
    reasons.into_iter().map(|(reason, names)| format!("{WITHHELD} {}: {reason}", names.join(", "))).collect()
}
