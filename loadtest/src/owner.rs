//! Whose a container, an image or a process is: a name says which process made it, so that what a killed one left behind
//! is known.
//!
//! Processes have it in their environment, which what they start inherits. A name begins with `loadtest-PLACE-PROCESS-START`. The place is this machine as this process sees it, since a daemon
//! may be shared with processes that cannot be seen from here; the start tells a process from a later one of its number.

use std::str::FromStr;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// What every name begins with.
const PREFIX: &str = "loadtest";

/// The variable by which processes say whose they are.
pub const VARIABLE: &str = "LOADTEST_OWNER";

/// The variable by which processes say which start of a server they are of.
pub const SERVER: &str = "LOADTEST_SERVER";

/// What the names that this process gives begin with.
pub fn mark() -> String {
    static MARK: LazyLock<String> = LazyLock::new(|| {
        let id = std::process::id();
        format!("{PREFIX}-{}-{id}-{}", place(), start_of(id).unwrap_or_default())
    });
    MARK.clone()
}

/// Whether `name` was given by a process of this machine that has ended.
pub fn is_stale(name: &str) -> bool {
    is_left_over(name, &place(), start_of)
}

fn is_left_over(name: &str, here: &str, start_of: impl Fn(u32) -> Option<u64>) -> bool {
    let mut parts = name.split(['-', ':', '/']);
    let (Some(PREFIX), Some(place), Some(id), Some(start)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (Ok(id), Ok(start)) = (id.parse(), start.parse()) else { return false };
    place == here && start_of(id) != Some(start)
}

/// The machine, and which of its processes can be seen from here: eight hexadecimal digits.
fn place() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processes = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let seen = [read("/etc/machine-id"), read("/proc/sys/kernel/hostname"), processes.display().to_string()];
    Sha256::digest(seen.concat()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// When a process was started, in ticks since the system was; `None` if none of that number runs. One that has ended may
/// still be listed, until its parent has asked how it ended.
fn start_of(id: u32) -> Option<u64> {
    let runs = stat(id, 0).is_some_and(|state: char| !['Z', 'X'].contains(&state));
    stat(id, 19).filter(|_| runs)
}

/// A number that `/proc` tells of a process, by its place after `ID (NAME)`: the state is at 0, the parent at 1.
pub(crate) fn stat<T: FromStr>(id: u32, place: usize) -> Option<T> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name may have spaces and parentheses.
    stat.rsplit_once(')')?.1.split_whitespace().nth(place)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// A process that ends when its standard input is closed.
    fn waiting() -> Child {
        Command::new("cat").stdin(Stdio::piped()).spawn().unwrap()
    }

    #[test]
    fn what_this_process_makes_is_not_stale_and_that_of_an_ended_one_is() {
        assert!(!is_stale(&format!("{}-3-docker", mark())));
        let mut child = waiting();
        let start = start_of(child.id()).unwrap();
        let name = format!("{PREFIX}-{}-{}-{start}:native", place(), child.id());
        // It ends once nobody can write to it, which is when it is waited for.
        child.wait().unwrap();
        assert!(is_stale(&name));
    }

    #[test]
    fn one_that_has_ended_is_stale_whether_or_not_it_was_waited_for() {
        let mut child = waiting();
        let name = format!("{PREFIX}-{}-{}-{}", place(), child.id(), start_of(child.id()).unwrap());
        assert!(!is_stale(&name));
        drop(child.stdin.take());
        while stat::<char>(child.id(), 0) != Some('Z') {}
        assert!(is_stale(&name));
        child.wait().unwrap();
    }

    #[test]
    fn a_later_process_of_the_same_number_is_another() {
        let stale = |name: &str| is_left_over(name, "0a0b0c0d", |id| (id == 7).then_some(100));
        assert!(!stale("loadtest-0a0b0c0d-7-100-1"));
        assert!(stale("loadtest-0a0b0c0d-7-99-1"));
        assert!(stale("loadtest-0a0b0c0d-8-100-1"));
    }

    #[test]
    fn what_others_have_made_is_nobodys_business() {
        let stale = |name: &str| is_left_over(name, "0a0b0c0d", |_| None);
        for name in [
            "",
            "web",
            "loadtest",
            "loadtest-db-1-2",
            "loadtest-0a0b0c0d",
            "loadtest-0a0b0c0d-1",
            "loadtest-ffffffff-1-2-x",
        ] {
            assert!(!stale(name), "{name}");
        }
        assert!(!stale("loadtest-0a0b0c0d-1-x") && !stale("my-loadtest-0a0b0c0d-1-2"));
    }
}
