//! A process beside this one that cleans up after it, however it ends: nobody can do that for himself after SIGKILL.
//!
//! Between the two is a pipe that nobody writes to. It closes with this process, and nothing is asked meanwhile, so that a
//! measurement is not disturbed.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::args::WardenArgs;
use crate::interrupt;
use crate::left_over;
use crate::owner;

/// How often it looks whether this process is gone, once its pipe has closed.
const SOON: Duration = Duration::from_millis(10);
/// How long that may take.
const GONE: Duration = Duration::from_secs(10);

/// The warden of this process, dismissed when dropped: then nothing is left behind.
pub struct Warden(Option<Child>);

impl Warden {
    /// Removes what earlier processes left whose wardens were killed too, and has one stand by for this process. Where none
    /// can be started, the next process of this program does its work.
    pub async fn stand_by() -> Self {
        left_over::end_processes().await;
        Self(start().ok())
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        if let Some(warden) = &mut self.0 {
            let _ = warden.kill().and_then(|()| warden.wait());
        }
    }
}

fn start() -> io::Result<Child> {
    let mut warden = Command::new(std::env::current_exe()?);
    warden.args(["warden", &owner::mark()]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C, and whatever else is sent to all that was started together, is not for it.
    warden.process_group(0).spawn()
}

/// What the warden does.
pub async fn watch(args: &WardenArgs) {
    interrupt::stdin_closed().await;
    // What a process had open is closed a little before it is gone.
    let gone = async {
        while !owner::is_stale(&args.owner) {
            tokio::time::sleep(SOON).await;
        }
    };
    let _ = tokio::time::timeout(GONE, gone).await;
    left_over::remove().await;
}
