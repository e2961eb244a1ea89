//! A process and whatever it has started, ended together.

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

/// The group that a process leads, killed when this is dropped.
pub(crate) struct Group(Option<Pid>);

impl Group {
    /// Of a child that was started as its leader.
    pub fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Asks all of it to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    /// Nothing is left behind, by whoever waited and whoever did not: the process may have ended, and left others.
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
