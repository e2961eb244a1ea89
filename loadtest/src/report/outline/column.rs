//! A column of times.

use super::{Unit, WITHHELD};

/// A column of times, all in one unit.
pub(crate) struct Column {
    name: &'static str,
    /// Of all its times.
    pub unit: Unit,
    /// Whether that is not the unit of the table.
    differs: bool,
}

impl Column {
    /// In the unit of the `table`, unless all `times_us` are far too long or too short for that, or one of them is so long that
    /// nobody wants its microseconds: 4990 beside 5.99 in another unit is read wrongly.
    pub fn new(name: &'static str, table: Unit, times_us: impl Iterator<Item = f64>) -> Self {
        const TOLERATED: [f64; 3] = [0.1, 1.0, 5.0];
        const LONG_US: f64 = 100_000.0;
        let finite = times_us.filter(|us| us.is_finite());
        let [shortest, longest] = finite.fold([f64::INFINITY, 0.0], |[s, l], us| [us.min(s), us.max(l)]);
        let of = |us: f64| Unit::for_all(std::iter::once(us));
        let suits = TOLERATED.iter().any(|factor| of(shortest * factor).name() == table.name());
        let own = match of(shortest) {
            Unit::TenthMicros | Unit::Micros if longest >= LONG_US => Unit::Millis,
            _ if suits => table,
            unit => unit,
        };
        let differs = shortest.is_finite() && own.name() != table.name();
        Self { name, unit: if differs { own } else { table }, differs }
    }

    /// Its name, with its unit where that is not what the title says.
    pub fn header(&self) -> String {
        self.named(self.name)
    }

    /// Another name of times in the same unit.
    pub fn named(&self, name: &str) -> String {
        if self.differs { format!("{name}, {}", self.unit.name()) } else { name.to_owned() }
    }

    /// A time, in microseconds.
    pub fn cell(&self, us: Option<f64>) -> String {
        us.map_or(WITHHELD.into(), |us| self.unit.format(us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(times: &[f64]) -> String {
        Column::new("max", Unit::Micros, times.iter().copied()).header()
    }

    #[test]
    fn a_column_says_its_unit_where_it_is_not_that_of_the_table() {
        assert_eq!(header(&[4_000.0, 90_000.0]), "max");
        assert_eq!(header(&[4_680.0, 332_530.0]), "max, ms");
        assert_eq!(header(&[60_000.0, 9_000_000.0]), "max, ms");
        let seconds = Column::new("max", Unit::Micros, [9_000_000.0].into_iter());
        assert_eq!((seconds.header(), seconds.cell(Some(9_000_000.0))), ("max, s".into(), "9.000".into()));
    }

    #[test]
    fn a_column_that_is_somewhat_longer_or_shorter_can_be_compared_at_a_glance() {
        assert_eq!(header(&[5_990.0]), "max");
        let column = |us: f64| Column::new("p50", Unit::Millis, [us].into_iter());
        assert_eq!(
            (column(4_990.0).header(), column(4_990.0).cell(Some(4_990.0))),
            ("p50".into(), "4.99".into())
        );
        assert_eq!(column(990.0).header(), "p50, µs");
    }

    #[test]
    fn a_column_without_a_known_time_has_the_unit_of_the_table() {
        assert_eq!((header(&[]), header(&[f64::INFINITY])), ("max".into(), "max".into()));
    }

    #[test]
    fn a_column_in_the_unit_of_the_table_has_its_digits() {
        let column = Column::new("p50", Unit::TenthMicros, [60.0].into_iter());
        assert_eq!(column.cell(Some(60.04)), "60.0");
    }
}
