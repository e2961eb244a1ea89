//! Where a ramp of rates is no longer kept up with, and where latency begins to tell.

/// A latency that many times the lowest of the lower rates is no longer the same.
const BENT: f64 = 2.0;

/// Whether a rate was kept up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was.
    Up,
    /// It was not.
    Behind,
    /// What was seen does not tell.
    Undecided,
}

/// A rate of a ramp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Requests a second.
    pub rate: f64,
    /// Whether that was kept up with.
    pub kept: Kept,
    /// A percentile of their latency, in any unit, the same for all steps; `None` where it is withheld.
    pub latency: Option<f64>,
}

/// What a ramp shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Knee {
    /// The last that is kept up with: how many go before it. `None` if there is none.
    pub last_kept_up: Option<usize>,
    /// The first after it that is not kept up with; `None` if that is shown of none.
    pub first_lost: Option<usize>,
    /// The first from which on latency is at least twice the lowest before it; `None` if it never is.
    pub bend: Option<usize>,
}

/// What these steps show, which rise.
pub fn knee(steps: &[Step]) -> Knee {
    let last_kept_up = steps.iter().rposition(|step| step.kept == Kept::Up);
    let above = last_kept_up.map_or(0, |last| last + 1);
    let lost = steps[above..].iter().position(|step| step.kept == Kept::Behind);
    Knee { last_kept_up, first_lost: lost.map(|at| above + at), bend: bend(steps) }
}

/// Those that were not kept up with although a higher rate was: it was not the rate that was too much.
pub fn disturbed(steps: &[Step]) -> Vec<usize> {
    let last = knee(steps).last_kept_up.unwrap_or(0);
    (0..last).filter(|at| steps[*at].kept == Kept::Behind).collect()
}

fn bend(steps: &[Step]) -> Option<usize> {
    (1..steps.len()).find(|&at| {
        let (before, after) = steps.split_at(at);
        let lowest = before.iter().filter_map(|step| step.latency).fold(f64::INFINITY, f64::min);
        after.iter().all(|step| step.latency.is_some_and(|latency| latency >= BENT * lowest))
    })
}

/// Where latency was at least twice the lowest before, and less at a later rate: no bend, and not nothing.
pub fn rises(steps: &[Step]) -> Vec<usize> {
    let rose_and_fell = |at: &usize| {
        let lowest = steps[..*at].iter().filter_map(|step| step.latency).fold(f64::INFINITY, f64::min);
        let is_high = |latency: f64| latency >= BENT * lowest;
        steps[*at].latency.is_some_and(is_high)
            && steps[*at + 1..].iter().any(|step| step.latency.is_some_and(|latency| !is_high(latency)))
    };
    (1..steps.len()).filter(rose_and_fell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(latencies: &[f64], kept_up: usize) -> Vec<Step> {
        let step = |(n, latency): (usize, &f64)| Step {
            rate: 100.0 * (n + 1) as f64,
            kept: if n < kept_up { Kept::Up } else { Kept::Behind },
            latency: Some(*latency),
        };
        latencies.iter().enumerate().map(step).collect()
    }

    #[test]
    fn the_knee_is_before_the_first_rate_that_is_not_kept_up_with() {
        let found = knee(&steps(&[1.0, 1.1, 1.2, 3.0, 90.0], 4));
        assert_eq!(found, Knee { last_kept_up: Some(3), first_lost: Some(4), bend: Some(3) });
    }

    #[test]
    fn a_rate_below_one_that_is_kept_up_with_was_disturbed_and_is_no_limit() {
        let mut steps = steps(&[1.0, 1.0, 9.0, 9.0, 9.0], 2);
        assert_eq!(disturbed(&steps), Vec::<usize>::new());
        steps[3].kept = Kept::Up;
        assert_eq!((knee(&steps).last_kept_up, knee(&steps).first_lost), (Some(3), Some(4)));
        assert_eq!(disturbed(&steps), [2]);
    }

    #[test]
    fn what_is_undecided_is_neither_the_knee_nor_lost() {
        let mut steps = steps(&[1.0, 1.0, 1.0, 1.0], 3);
        steps[2].kept = Kept::Undecided;
        assert_eq!((knee(&steps).last_kept_up, knee(&steps).first_lost), (Some(1), Some(3)));
        steps.iter_mut().for_each(|step| step.kept = Kept::Undecided);
        assert_eq!((knee(&steps).last_kept_up, knee(&steps).first_lost), (None, None));
    }

    #[test]
    fn none_is_found_where_none_is() {
        assert_eq!(
            knee(&steps(&[1.0, 1.2, 1.4], 3)),
            Knee { last_kept_up: Some(2), first_lost: None, bend: None }
        );
        assert_eq!(
            knee(&steps(&[9.0, 9.0], 0)),
            Knee { last_kept_up: None, first_lost: Some(0), bend: None }
        );
        assert_eq!(knee(&[]), Knee::default());
    }

    #[test]
    fn one_bad_step_is_no_bend_and_an_endless_latency_is() {
        assert_eq!(knee(&steps(&[1.0, 5.0, 1.0, 1.1], 4)).bend, None);
        assert_eq!(knee(&steps(&[1.0, 1.0, f64::INFINITY], 2)).bend, Some(2));
    }

    #[test]
    fn a_rise_is_what_was_high_and_is_seen_to_fall_again() {
        assert_eq!(rises(&steps(&[1.0, 5.0, f64::INFINITY, 1.1, 9.0], 4)), [1, 2]);
        assert_eq!(rises(&steps(&[1.0, 1.1, 3.0, 9.0, 2.5], 4)), Vec::<usize>::new(), "that is a bend");
        let mut withheld = steps(&[1.0, 5.0, 1.0], 3);
        withheld[2].latency = None;
        assert_eq!((rises(&withheld), rises(&[])), (vec![], vec![]), "nobody knows whether it fell");
    }
}
