//! How large programs and images are.

use super::words::{bytes, header, withheld};
use crate::matrix::report::figures::Cell;
use crate::matrix::report::row::Row;
use crate::report::outline::{Table, WITHHELD};

/// A row for each that has a size.
pub fn table(rows: &[&Row]) -> Table {
    let size = |cell: &Cell<u64>| cell.value().map_or(WITHHELD.into(), |size| bytes(*size as f64));
    let runtime = |cell: &Cell<u64>| if cell.value() == Some(&0) { "none".into() } else { size(cell) };
    let sized =
        |row: &&&Row| row.artefact_bytes.value().is_some() || row.image_compressed_bytes.value().is_some();
    let row = |row: &&Row| {
        vec![
            row.name.clone(),
            size(&row.artefact_bytes),
            runtime(&row.runtime_bytes),
            size(&row.image_compressed_bytes),
            size(&row.image_unpacked_bytes),
        ]
    };
    let mut details = withheld(rows, |row| row.image_compressed_bytes.withheld());
    let of_runtime = withheld(rows, |row| row.runtime_bytes.withheld());
    details.extend(of_runtime.into_iter().filter(|why| !details.contains(why)).collect::<Vec<_>>());
    if rows.iter().any(|row| row.runtime_bytes.value().is_some_and(|bytes| *bytes > 0)) {
        details.push(
            "Runtime: the file of the program that it needs beside it, which no other column counts.".into(),
        );
    }
    Table {
        title: "Sizes".into(),
        header: header(["", "program", "runtime", "image, compressed", "image, unpacked"]),
        rows: rows.iter().filter(sized).map(row).collect(),
        details,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::fixtures;

    #[test]
    fn what_runs_by_itself_needs_no_runtime_and_another_is_told_with_its_size() {
        let mut rows = [fixtures::row("native", 1), fixtures::row("wasm", 1), fixtures::row("docker", 1)];
        rows[1].runtime_bytes = Cell::Value(46_000_000);
        rows[2].runtime_bytes = Cell::Withheld("it is not counted".into());
        let table = table(&rows.iter().collect::<Vec<_>>());
        assert_eq!(table.header[2], "runtime");
        assert_eq!(
            table.rows.iter().map(|row| row[2].as_str()).collect::<Vec<_>>(),
            ["none", "46.0 MB", WITHHELD]
        );
        assert!(table.details.contains(&"– docker: it is not counted".to_owned()), "{:?}", table.details);
        assert!(table.details.iter().any(|detail| detail.starts_with("Runtime: ")), "{:?}", table.details);
    }
}
