//! Which packagings were asked for, where that is not all of them.

use crate::matrix::report::MatrixReport;

/// In a sentence; `None` if all were.
pub fn told(report: &MatrixReport) -> Option<String> {
    let (only, skip) = (&report.plan.only, &report.plan.skip);
    let by_url = if report.rows.iter().any(|row| row.kind.remote) { " or --url" } else { "" };
    match (only.is_empty(), skip.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("What --skip names was not looked at: {}.", skip.join(", "))),
        (false, true) => Some(format!("Only what --only{by_url} names was looked at: {}.", names(report))),
        (false, false) => Some(format!(
            "Only what --only{by_url} names was looked at, without what --skip names: {}.",
            names(report)
        )),
    }
}

fn names(report: &MatrixReport) -> String {
    report.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::fixtures::two;

    #[test]
    fn what_was_asked_for_is_told_where_it_is_not_all() {
        let mut report = two();
        assert_eq!(told(&report), None);
        report.plan.skip = vec!["docker".into()];
        assert_eq!(told(&report).unwrap(), "What --skip names was not looked at: docker.");
        report.plan.skip.clear();
        report.plan.only = vec!["nat".into(), "was".into()];
        assert_eq!(told(&report).unwrap(), "Only what --only names was looked at: native, wasm.");
        report.rows[1].kind.remote = true;
        assert_eq!(told(&report).unwrap(), "Only what --only or --url names was looked at: native, wasm.");
    }
}
