//! Columns in which no row has a figure: what is known is seen better without them.

use crate::report::outline::{Table, WITHHELD};

/// The table without them; they are named below it. Without rows, where nothing but their names would be left.
pub fn without_empty_columns(mut table: Table) -> Table {
    let is_known = |column: &usize| *column == 0 || table.rows.iter().any(|row| row[*column] != WITHHELD);
    let (known, empty): (Vec<usize>, Vec<usize>) = (0..table.header.len()).partition(is_known);
    if table.rows.is_empty() || empty.is_empty() {
        return table;
    }
    let names: Vec<&str> = empty.iter().map(|column| table.header[*column].as_str()).collect();
    table.details.insert(0, format!("Left out, as no row has a figure: {}.", names.join("; ")));
    let kept = |cells: &[String]| known.iter().map(|column| cells[*column].clone()).collect();
    table.header = kept(&table.header);
    table.rows = if known.len() > 1 { table.rows.iter().map(|row| kept(row)).collect() } else { Vec::new() };
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[&str; 3]]) -> Table {
        let cells = |cells: &[&str; 3]| cells.map(str::to_owned).to_vec();
        let header = cells(&["", "p50", "mean"]);
        Table { title: String::new(), header, rows: rows.iter().map(cells).collect(), details: vec![] }
    }

    #[test]
    fn a_column_without_a_figure_is_left_out_and_named_below() {
        let told = without_empty_columns(table(&[["a", WITHHELD, "1"], ["b", WITHHELD, "2"]]));
        assert_eq!(told.header, ["", "mean"]);
        assert_eq!(told.rows, [["a", "1"], ["b", "2"]]);
        assert_eq!(told.details, ["Left out, as no row has a figure: p50."]);
    }

    #[test]
    fn a_column_with_any_figure_stays_whole() {
        let told = without_empty_columns(table(&[["a", WITHHELD, "1"], ["b", "3", "2"]]));
        assert_eq!(told.rows, [["a", WITHHELD, "1"], ["b", "3", "2"]]);
        assert!(told.details.is_empty());
    }

    #[test]
    fn of_a_table_without_any_figure_nothing_is_left() {
        assert!(without_empty_columns(table(&[["a", WITHHELD, WITHHELD]])).rows.is_empty());
        assert!(without_empty_columns(table(&[])).details.is_empty());
    }
}
