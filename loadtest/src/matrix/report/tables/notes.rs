//! What is to be known of the figures.

use crate::matrix::report::rounds::Rounds;
use crate::matrix::report::row::Row;
use crate::report::ended_early;
use crate::report::outline::{NO_INTERVAL, WITHHELD};
use crate::sample::Phase;
use crate::stats::{MEDIAN, least};

/// A sentence or two each.
pub fn notes(rounds: &Rounds, rows: &[Row]) -> Vec<String> {
    let mut notes = vec![
        "Caches are warm unless a column says otherwise: compiled code is found where the start before left it. Cold: \
         the cache is switched off, and it compiles."
            .into(),
        "PSS: of each page of memory its share among the processes that map it. Exec.: pages of the executables of all \
         processes that serve: of Wasm the runtime's, of a container its shim's too. Unshared: those of them that no other \
         process maps now, which a second process of the same program would share. Anon.: heap, stacks, Wasm's own memory, \
         compiled code. Peak: the most that the container's control group took, in which its shim is not, so that it can be less than \
         idle."
            .into(),
    ];
    let here = rounds.ended().unwrap_or_else(|| format!("here are {}", rounds.asked));
    notes.push(format!(
        "{WITHHELD}: no figure; where nothing beside or below says why, there is no such thing. A median needs {MEDIAN} rounds, of what comes \
         once in each; {here}."
    ));
    if rows.iter().any(Row::lacks_an_interval) {
        notes.push(format!(
            "{NO_INTERVAL}: a median without a 95 % interval, which needs {} rounds that went well; {here}. The range stands in the \
             interval's place.",
            least(0.5)
        ));
    }
    if rows.iter().filter(|row| row.phase(Phase::Warm).is_some()).count() > 1 {
        notes.push(
            "Warm requests met one process of each packaging, and warm medians of one program can differ twofold from one start \
             of it to the next: run the matrix again before deciding by warm ratios."
                .into(),
        );
    }
    if rounds.interrupted {
        notes.insert(0, ended_early(None));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::report::figures::Cell;
    use crate::matrix::report::fixtures;

    #[test]
    fn pages_of_executables_are_said_to_be_of_all_processes_and_the_peak_of_fewer_than_these() {
        let rounds = Rounds { asked: 20, taken: Some(20), interrupted: false };
        let told = notes(&rounds, &[]).concat();
        assert!(told.contains("of all processes that serve") && told.contains("its shim's too"), "{told}");
        assert!(told.contains("control group took, in which its shim is not"), "{told}");
    }

    #[test]
    fn a_median_without_an_interval_is_explained_where_there_is_one() {
        let rounds = Rounds { asked: 5, taken: Some(5), interrupted: false };
        let told = |rows: &[Row]| notes(&rounds, rows).concat();
        let mut rows = vec![fixtures::row("native", 1)];
        assert!(!told(&rows).contains("*:"), "{}", told(&rows));
        rows[0].throughput = Cell::Value(fixtures::spread(500.0, 5));
        assert!(told(&rows).contains("which needs 6 rounds that went well; here are 5."), "{}", told(&rows));
    }

    #[test]
    fn warm_ratios_are_said_to_be_of_one_process_each_where_there_are_any() {
        let mut rows = fixtures::lab().rows;
        let rounds = Rounds { asked: 20, taken: Some(20), interrupted: false };
        let is_told =
            |rows: &[Row]| notes(&rounds, rows).iter().any(|note| note.contains("one process of each"));
        assert!(is_told(&rows));
        rows.iter_mut().for_each(|row| row.requests.clear());
        assert!(!is_told(&rows));
    }
}
