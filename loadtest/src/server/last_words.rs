//! What a process says before it fails.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::process::{ChildStderr, ChildStdout};
use tokio::sync::oneshot;

use crate::plain_output;

/// How many lines are told.
const LINES: usize = 5;
/// How much is kept to find them in, in bytes.
const KEPT: usize = 8 << 10;

/// The last lines of what a process complains about.
pub struct LastWords {
    kept: Arc<Mutex<VecDeque<u8>>>,
    silent: Option<oneshot::Receiver<()>>,
}

impl LastWords {
    /// Goes on reading what it says, so that it never blocks. On a thread of its own: a server that logs every request must
    /// not take time from the client that measures it.
    pub fn of(stderr: Option<ChildStderr>) -> Self {
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let heard = kept.clone();
        let pipe = stderr.and_then(|stderr| stderr.into_owned_fd().ok());
        let silent = pipe.and_then(|pipe| {
            let (ended, silent) = oneshot::channel();
            let listen = move || {
                read(File::from(pipe), |bytes| {
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    heard.extend(bytes);
                    let excess = heard.len().saturating_sub(KEPT);
                    heard.drain(..excess);
                });
                let _ = ended.send(());
            };
            thread::Builder::new().name("last-words".into()).spawn(listen).ok().map(|_| silent)
        });
        Self { kept, silent }
    }

    /// In one line, once it has fallen silent; `None` if it said nothing.
    pub async fn told(self) -> Option<String> {
        if let Some(silent) = self.silent {
            let _ = tokio::time::timeout(Duration::from_secs(1), silent).await;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = kept.make_contiguous().split(|byte| *byte == b'\n');
        let lines: Vec<_> = lines.map(|line| plain_output::line(line).trim().to_owned()).collect();
        let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        let told = lines[lines.len().saturating_sub(LINES)..].join(" ");
        (!told.is_empty()).then_some(told)
    }
}

/// Reads what a process prints and nobody wants, so that it never blocks.
pub fn ignore(stdout: ChildStdout) {
    if let Ok(pipe) = stdout.into_owned_fd() {
        // Where no thread can be started, the pipe closes.
        let _ = thread::Builder::new().name("ignored".into()).spawn(move || read(File::from(pipe), |_| {}));
    }
}

fn read(mut pipe: File, mut hear: impl FnMut(&[u8])) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(read @ 1..) = pipe.read(&mut bytes) {
        hear(&bytes[..read]);
    }
}
