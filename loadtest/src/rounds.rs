//! How samples are dealt out to rounds.

/// Warm samples of a target in a round: what differs from round to round, as the connection does, weighs less the
/// more rounds there are.
pub const WARM_BLOCK: usize = 20;
/// The fewest rounds, if there are samples enough, from which something follows about what differs between them.
const MIN_WARM_ROUNDS: usize = 20;
/// Requests before each round's warm samples: the first makes the connection, the others warm what idled while other
/// targets were asked.
pub const WARM_UP: usize = 3;

/// How many rounds of warm samples there are. Too few samples to compare come in one.
pub fn warm_rounds(samples: usize) -> usize {
    match samples {
        ..MIN_WARM_ROUNDS => samples.min(1),
        _ => samples.div_ceil(WARM_BLOCK).max(MIN_WARM_ROUNDS),
    }
}

/// The part of all warm samples that falls on a round, so that the rounds add up to them.
pub fn share(samples: usize, round: usize) -> usize {
    let rounds = warm_rounds(samples).max(1);
    samples * (round + 1) / rounds - samples * round / rounds
}

/// The order of a round that is still to be done. That of one that is kept was drawn like any other, so that those
/// after it come in the order in which they would have come.
pub fn unless_kept(order: Vec<usize>, kept: bool) -> Vec<usize> {
    if kept { Vec::new() } else { order }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rounds_add_up() {
        for total in [0, 1, 19, 20, 21, 399, 400, 401, 1000, 1003] {
            let shares: Vec<_> = (0..warm_rounds(total)).map(|round| share(total, round)).collect();
            assert_eq!(shares.iter().sum::<usize>(), total);
            assert!(shares.iter().all(|share| (1..=WARM_BLOCK).contains(share)), "{shares:?}");
        }
    }
}
