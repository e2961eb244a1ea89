//! What is computed at the same time.

use std::num::NonZero;
use std::thread;

/// Each item by a thread of its own; in their order.
pub fn each<I: Sync, T: Send>(items: &[I], of: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let of = &of;
    thread::scope(|scope| {
        let threads: Vec<_> = items.iter().map(|item| scope.spawn(move || of(item))).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, T>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    })
}

/// The same of any number of items, by a thread for each core.
pub fn map<I: Sync, T: Send>(items: &[I], of: impl Fn(&I) -> T + Sync) -> Vec<T> {
    shares(items, |share| share.iter().map(&of).collect())
}

/// The same of items that are computed together: those of each thread.
pub fn shares<I: Sync, T: Send>(items: &[I], of: impl Fn(&[I]) -> Vec<T> + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let shares: Vec<&[I]> = items.chunks(items.len().div_ceil(cores).max(1)).collect();
    each(&shares, |share| of(share)).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_computed_stands_in_the_order_of_what_it_is_of() {
        for n in [0, 1, 2, 5, 100] {
            let items: Vec<usize> = (0..n).collect();
            assert_eq!(map(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }
}
