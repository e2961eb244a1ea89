//! How large programs and images are.

use super::words::{bytes, header, withheld};
use crate::matrix::report::figures::Cell;
use crate::matrix::report::row::Row;
use crate::report::outline::{Table, WITHHELD};

/// A row for each that has a size.
pub fn table(rows: &[&Row]) -> Table {
    let size = |cell: &Cell<u64>| cell.value().map_or(WITHHELD.into(), |size| bytes(*size as f64));
    let sized =
        |row: &&&Row| row.artefact_bytes.value().is_some() || row.image_compressed_bytes.value().is_some();
    let row = |row: &&Row| {
        vec![
            row.name.clone(),
            size(&row.artefact_bytes),
            size(&row.image_compressed_bytes),
            size(&row.image_unpacked_bytes),
        ]
    };
    Table {
        title: "Sizes".into(),
        header: header(["", "program", "image, compressed", "image, unpacked"]),
        rows: rows.iter().filter(sized).map(row).collect(),
        details: withheld(rows, |row| row.image_compressed_bytes.withheld()),
    }
}
