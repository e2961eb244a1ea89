//! From figures to places, and back.

const LEAST_US: f64 = 0.1;
/// An axis is at least so much wider than its values, as a factor on each side.
const MARGIN: f64 = 1.06;
/// And shows at least this ratio, so that noise does not look like a difference.
const LEAST_RATIO: f64 = 1.5;

const FEWEST: usize = 3;
/// Round values of a decade, from few to many.
const ROUND: [&[f64]; 4] = [&[1.0], &[1.0, 3.0], &[1.0, 2.0, 5.0], &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0]];
/// Where an axis may begin.
const BEGINNINGS: &[f64] = &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
/// A label closer than this to that where the axis begins would touch it: a share of the room that each of `most` has.
const CLOSEST: f64 = 0.7;

/// An axis on which equal ratios are equal lengths. Values beyond it are drawn at its ends.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    values: [f64; 2],
    places: [f64; 2],
}

impl Log {
    /// Over all finite times, in microseconds, between two places; `None` where there are none.
    pub fn over(times: impl Iterator<Item = f64>, places: [f64; 2]) -> Option<Self> {
        Self::of_ratios(times.map(|time| time.max(LEAST_US)), places)
    }

    /// The same over values that are no times: they may be as small as they like, but not nought.
    pub fn of_ratios(values: impl Iterator<Item = f64>, places: [f64; 2]) -> Option<Self> {
        let finite = values.filter(|value| value.is_finite() && *value > 0.0);
        let [low, high] = finite.fold([f64::INFINITY, 0.0], |[l, h], v| [v.min(l), v.max(h)]);
        if low > high {
            return None;
        }
        let widen = MARGIN.max((LEAST_RATIO * low / high).sqrt());
        // What is least has a tick at or below it: without one, nobody can read it.
        Some(Self { values: [round_below(low / widen), high * widen], places })
    }

    pub fn between(self, places: [f64; 2]) -> Self {
        Self { places, ..self }
    }

    pub fn at(&self, value: f64) -> f64 {
        self.places[0] + self.share(value) * (self.places[1] - self.places[0])
    }

    #[cfg(test)]
    pub fn value(&self, place: f64) -> f64 {
        let [low, high] = self.values;
        let share = (place - self.places[0]) / (self.places[1] - self.places[0]);
        low * (high / low).powf(share)
    }

    /// Round values, as many as tell the scale, but no more than `most`; the first is where the axis begins.
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        let [low, high] = self.values;
        let found =
            ROUND.into_iter().map(|digits| round(digits, low, high)).find(|ticks| ticks.len() > FEWEST);
        let mut ticks = found.unwrap_or_else(|| even(low, high));
        ticks.retain(|tick| self.share(*tick) * most as f64 > CLOSEST);
        while ticks.len() >= most {
            let all = ticks.len();
            let is_kept = |place: usize| (all - 1 - place).is_multiple_of(2);
            ticks =
                ticks.into_iter().enumerate().filter(|(place, _)| is_kept(*place)).map(|(_, t)| t).collect();
        }
        ticks.insert(0, low);
        ticks
    }

    /// How far along the axis a value is, of 1.
    fn share(&self, value: f64) -> f64 {
        let [low, high] = self.values;
        (value.clamp(low, high) / low).ln() / (high / low).ln()
    }
}

/// Those with these digits, from `low` to `high`.
fn round(digits: &[f64], low: f64, high: f64) -> Vec<f64> {
    let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let all = decades.flat_map(|decade| digits.iter().map(move |digit| digit * 10f64.powi(decade)));
    all.filter(|value| (low..=high).contains(value)).collect()
}

fn round_below(value: f64) -> f64 {
    round(BEGINNINGS, value / 2.0, value).last().copied().unwrap_or(value)
}

#[derive(Clone, Copy, Debug)]
pub struct Linear {
    high: f64,
    places: [f64; 2],
}

impl Linear {
    /// Up to the largest of the `values`.
    pub fn up_to(values: impl Iterator<Item = f64>, places: [f64; 2]) -> Option<Self> {
        let high = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        (high > 0.0).then_some(Self { high, places })
    }

    pub fn at(&self, value: f64) -> f64 {
        let share = value.clamp(0.0, self.high) / self.high;
        self.places[0] + share * (self.places[1] - self.places[0])
    }

    pub fn ticks(&self) -> Vec<f64> {
        even(0.0, self.high)
    }
}

fn even(low: f64, high: f64) -> Vec<f64> {
    let raw = (high - low) / 5.0;
    let magnitude = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|d| d * magnitude).find(|step| *step >= raw);
    let step = step.unwrap_or(raw);
    let first = (low / step).ceil() as i64;
    (first..=(high / step).floor() as i64).map(|n| n as f64 * step).collect()
}

/// The axis of a tail: each further nine takes as much room as the one before, as HdrHistogram has it.
#[derive(Clone, Copy, Debug)]
pub struct Tail {
    nines: f64,
    places: [f64; 2],
}

impl Tail {
    /// For as many values as there are at most, between two places.
    pub fn of(count: usize, places: [f64; 2]) -> Self {
        Self { nines: (count as f64).log10().clamp(1.0, 7.0), places }
    }

    pub fn at(&self, quantile: f64) -> f64 {
        let nines = if quantile < 1.0 { -(1.0 - quantile).log10() } else { f64::INFINITY };
        self.places[0] + (nines / self.nines).min(1.0) * (self.places[1] - self.places[0])
    }

    #[cfg(test)]
    pub fn value(&self, place: f64) -> f64 {
        let share = (place - self.places[0]) / (self.places[1] - self.places[0]);
        1.0 - 10f64.powf(-share * self.nines)
    }

    pub fn ticks(&self) -> impl Iterator<Item = (f64, &'static str)> {
        let all: [(f64, &'static str); 8] = [
            (0.0, "0"),
            (0.5, "50"),
            (0.9, "90"),
            (0.99, "99"),
            (0.999, "99.9"),
            (0.9999, "99.99"),
            (0.99999, "99.999"),
            (0.999999, "99.9999"),
        ];
        let nines = self.nines;
        all.into_iter().filter(move |(quantile, _)| -(1.0 - quantile).log10() <= nines + 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_ratios_are_equal_lengths_and_infinity_is_the_end() {
        let axis = Log::over([100.0, 10_000.0, f64::INFINITY].into_iter(), [0.0, 100.0]).unwrap();
        let [a, b, c] = [100.0, 1000.0, 10_000.0].map(|us| axis.at(us));
        assert!((b - a - (c - b)).abs() < 1e-9 && (axis.value(b) - 1000.0).abs() < 1e-6);
        assert_eq!((axis.at(f64::INFINITY), axis.at(0.0)), (100.0, 0.0));
    }

    #[test]
    fn nothing_and_nothing_but_time_outs_have_no_axis() {
        assert!(Log::over([f64::INFINITY].into_iter(), [0.0, 1.0]).is_none());
        assert!(Log::over([].into_iter(), [0.0, 1.0]).is_none());
    }

    #[test]
    fn values_that_are_alike_look_alike() {
        let axis = Log::over([100.0, 101.0].into_iter(), [0.0, 100.0]).unwrap();
        assert!(axis.at(101.0) - axis.at(100.0) < 3.0);
    }

    #[test]
    fn what_is_least_can_be_read_by_a_tick_below_it() {
        for (least, first) in [(72.0, 60.0), (87.0, 80.0), (105.0, 80.0), (107.0, 100.0), (0.3, 0.25)] {
            let axis = Log::over([least, 1745.0].into_iter(), [0.0, 100.0]).unwrap();
            let ticks = axis.ticks(7);
            assert!((ticks[0] - first).abs() < 1e-9 && axis.at(first) == 0.0, "{least}: {ticks:?}");
        }
    }

    #[test]
    fn a_ratio_may_be_smaller_than_any_time() {
        let axis = Log::of_ratios([0.002, 1.0].into_iter(), [0.0, 100.0]).unwrap();
        assert!((axis.value(axis.at(0.002)) - 0.002).abs() < 1e-9, "{axis:?}");
    }

    #[test]
    fn every_nine_takes_the_same_room() {
        let axis = Tail::of(10_000, [0.0, 80.0]);
        assert_eq!([0.0, 0.9, 1.0].map(|q| axis.at(q).round()), [0.0, 20.0, 80.0]);
        assert!((axis.value(axis.at(0.99)) - 0.99).abs() < 1e-9);
        assert_eq!(axis.ticks().last(), Some((0.9999, "99.99")));
    }

    #[test]
    fn bars_begin_at_nought() {
        let axis = Linear::up_to([800.0].into_iter(), [10.0, 90.0]).unwrap();
        assert_eq!([0.0, 400.0, 800.0].map(|us| axis.at(us)), [10.0, 50.0, 90.0]);
        assert_eq!(axis.ticks(), [0.0, 200.0, 400.0, 600.0, 800.0]);
    }

    proptest! {
        #[test]
        fn any_values_have_some_ticks_within(values in prop::collection::vec(0.0..1e12f64, 1..9)) {
            let axis = Log::over(values.iter().copied(), [0.0, 100.0]).unwrap();
            let ticks = axis.ticks(7);
            prop_assert!((2..=7).contains(&ticks.len()), "{ticks:?}");
            prop_assert!(ticks.is_sorted() && values.iter().all(|value| *value >= ticks[0] || *value < 0.1), "{ticks:?}");
            for value in ticks.iter().chain(&values) {
                prop_assert!((0.0..=100.0).contains(&axis.at(*value)));
            }
        }
    }
}
