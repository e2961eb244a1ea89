//! Times and sizes in three digits, each with its unit.

const UNITS: [Unit; 3] =
    [Unit { name: "µs", us: 1.0 }, Unit { name: "ms", us: 1e3 }, Unit { name: "s", us: 1e6 }];
/// Less than so much of a unit is told in a smaller one.
const LEAST: f64 = 0.1;

/// Of times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    name: &'static str,
    us: f64,
}

impl Unit {
    /// One for a whole column, by the longest of its times.
    pub fn of_all(times_us: impl Iterator<Item = f64>) -> Self {
        let longest = times_us.fold(0.0, f64::max);
        UNITS.into_iter().rev().find(|unit| longest >= 0.9995 * unit.us).unwrap_or(UNITS[0])
    }

    /// This one, unless a time is too short for it.
    pub fn suiting(self, us: f64) -> Self {
        if us < LEAST * self.us { Self::of_all(std::iter::once(us)) } else { self }
    }

    /// `1.02 ms`.
    pub fn told(self, us: f64) -> String {
        if us.is_infinite() { self.bare(us) } else { format!("{} {}", self.bare(us), self.name) }
    }

    /// `1.02`.
    pub fn bare(self, us: f64) -> String {
        if us.is_infinite() { "time-out".into() } else { digits(us / self.us) }
    }
}

/// `94 kB`, `28 MB`.
pub fn bytes(bytes: f64) -> String {
    let (value, unit) = match bytes {
        small if small < 999_500.0 => (small / 1e3, "kB"),
        middle if middle < 999_500_000.0 => (middle / 1e6, "MB"),
        large => (large / 1e9, "GB"),
    };
    let decimals = usize::from(value < 9.95);
    format!("{value:.decimals$} {unit}")
}

fn digits(value: f64) -> String {
    let decimals = match value {
        v if v < 0.9995 => 3,
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_one_unit_by_its_longest_time_and_what_is_far_shorter_its_own() {
        let unit = Unit::of_all([980.0, 1020.0].into_iter());
        assert_eq!([980.0, 1020.0, 31_200.0].map(|us| unit.told(us)), ["0.980 ms", "1.02 ms", "31.2 ms"]);
        assert_eq!((unit.suiting(354.0), unit.suiting(90.0).told(90.0)), (unit, "90.0 µs".into()));
        assert_eq!(Unit::of_all([430.4].into_iter()).told(430.4), "430 µs");
        assert_eq!(Unit::of_all([].into_iter()).told(f64::INFINITY), "time-out");
    }

    #[test]
    fn sizes_are_short() {
        let told = [94_210.0, 1_240_000.0, 28_100_000.0, 2.0e9, 999_600.0].map(bytes);
        assert_eq!(told, ["94 kB", "1.2 MB", "28 MB", "2.0 GB", "1.0 MB"]);
    }
}
