//! The unit of a table's times.

use std::time::Duration;

/// One unit for a whole table, so that its figures can be compared at a glance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unit {
    /// Of no times at all.
    Unknown,
    TenthMicros,
    Micros,
    Millis,
    Seconds,
}

impl Unit {
    /// The largest in which the smallest figure still has three digits.
    pub fn for_all(values_us: impl Iterator<Item = f64>) -> Self {
        match values_us.fold(f64::INFINITY, f64::min) {
            us if us < 40.0 => Self::TenthMicros,
            us if us < 5_000.0 => Self::Micros,
            us if us < 5_000_000.0 => Self::Millis,
            us if us.is_finite() => Self::Seconds,
            _ => Self::Unknown,
        }
    }

    /// The same, of packagings or rates, which may differ a thousandfold: where the largest takes long, nobody wants its
    /// microseconds.
    pub fn for_wide(values_us: impl Iterator<Item = [f64; 2]>) -> Self {
        const LONG_US: f64 = 20_000.0;
        let [least, most] = values_us.fold([f64::INFINITY, 0.0], |[least, most], [low, high]| {
            [least.min(low), if high.is_finite() { most.max(high) } else { most }]
        });
        match Self::for_all(std::iter::once(least)) {
            Self::TenthMicros | Self::Micros if most >= LONG_US => Self::Millis,
            unit => unit,
        }
    }

    /// As it stands in the title of a table; nothing where there are no times.
    pub fn told(self) -> String {
        if self == Self::Unknown { String::new() } else { format!(" (times in {})", self.name()) }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::TenthMicros | Self::Micros => "µs",
            Self::Millis => "ms",
            Self::Seconds => "s",
        }
    }

    pub fn format(self, us: f64) -> String {
        let duration = Duration::from_nanos((us * 1000.0) as u64);
        match self {
            _ if us.is_infinite() => "time-out".into(),
            Self::TenthMicros => format!("{us:.1}"),
            Self::Micros | Self::Unknown => format!("{us:.0}"),
            Self::Millis => format!("{:.2}", duration.as_secs_f64() * 1e3),
            Self::Seconds => format!("{:.3}", duration.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_without_times_names_no_unit() {
        let unit = |us: &[f64]| Unit::for_all(us.iter().copied());
        assert_eq!([unit(&[]), unit(&[f64::INFINITY])].map(Unit::told), ["", ""]);
        assert_eq!(unit(&[6e6, f64::INFINITY]).told(), " (times in s)");
        assert_eq!(Unit::for_wide([].into_iter()).told(), "");
    }

    #[test]
    fn a_table_with_seconds_in_it_is_not_in_microseconds() {
        let unit = |bounds: &[[f64; 2]]| Unit::for_wide(bounds.iter().copied());
        assert_eq!(unit(&[[900.0, 2_000.0], [1_400_000.0, 1_670_492.0]]), Unit::Millis);
        assert_eq!(unit(&[[900.0, 2_000.0], [120_000.0, 361_536.0]]), Unit::Millis);
        assert_eq!(unit(&[[900.0, 2_000.0], [9_000.0, f64::INFINITY]]), Unit::Micros);
        assert_eq!(unit(&[[6_000_000.0, 9_000_000.0]]), Unit::Seconds);
    }
}
