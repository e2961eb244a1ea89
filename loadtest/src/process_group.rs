//! A process with whatever it has started, ended together.

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use crate::owner;

/// A process with whatever it has started; killed when dropped, whether the process itself has ended or not.
pub struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// Has `command` start in a group of its own: Ctrl-C reaches this program alone, and a signal all that it starts. They
    /// know whose they are, so that a [warden](crate::warden) finds them.
    pub fn prepare(command: &mut Command) {
        #[cfg(unix)]
        command.process_group(0);
        command.kill_on_drop(true).env(owner::VARIABLE, owner::mark());
    }

    /// Of a child that was [prepared](Self::prepare).
    pub fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Of the process with this number, which leads its group.
    pub fn of_id(id: u32) -> Self {
        Self(Pid::from_raw(id.cast_signed()))
    }

    pub fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
