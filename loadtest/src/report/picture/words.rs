//! Times and counts in words, each with its own unit.

pub const TIMED_OUT: &str = "time-out";

/// Around the place of what has no time.
pub const CROSS: &str = "m-3-3l6 6m0-6l-6 6";

pub const BOXED_CROSS: &str = "m-3-3l6 6m0-6l-6 6m-2-8h10v10h-10z";

/// Of microseconds, with three digits.
pub fn time(us: f64) -> String {
    let (value, unit) = match us {
        us if us.is_infinite() => return TIMED_OUT.into(),
        us if us < 999.5 => (us, "µs"),
        us if us < 999_500.0 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// The same of a load, whose requests may also be those that could not be sent in time.
pub fn of_load(us: f64) -> String {
    if us.is_infinite() { "∞".into() } else { time(us) }
}

/// The same for an axis, whose values have few digits: without noughts at the end.
pub fn tick(us: f64) -> String {
    let (value, unit) = match us {
        0.0 => return "0".into(),
        us if us < 999.999 => (us, "µs"),
        us if us < 999_999.0 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    format!("{} {unit}", trimmed(value))
}

/// With at most three decimals, or three digits of what is smaller, and no nought at the end.
pub fn trimmed(value: f64) -> String {
    let decimals = if value > 0.0 { (2.0 - value.log10().floor()).max(3.0) as usize } else { 3 };
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// From one time to another.
pub fn interval([low, high]: [f64; 2]) -> String {
    format!("{} to {}", time(low), time(high))
}

/// `1 sample`, `2 samples`.
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_the_unit_that_suits_them() {
        let told = [0.5, 63.04, 519.0, 999.6, 7123.0, 1_500_000.0, f64::INFINITY].map(time);
        assert_eq!(told, ["0.50 µs", "63.0 µs", "519 µs", "1.00 ms", "7.12 ms", "1.50 s", "time-out"]);
    }

    #[test]
    fn ticks_have_no_digits_too_many() {
        assert_eq!([0.1, 50.0, 1000.0, 1500.0, 2e6].map(tick), ["0.1 µs", "50 µs", "1 ms", "1.5 ms", "2 s"]);
        assert_eq!([0.0, 0.0015, 0.7, 1.0 / 3.0, 3.0].map(trimmed), ["0", "0.0015", "0.7", "0.333", "3"]);
    }
}
