//! Lines on their way into a file. No thread that sends ever waits for a disk, unless the disk is slower than the load.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{Head, Sent, StageEnd};
use crate::error::Error;
use crate::evidence::Testimony;
use crate::experiment::Ended;
use crate::line_file::LineFile;
use crate::load::Stage;
use crate::load::tally::Turn;
use crate::sample::Outcome;
use crate::sample_log::add_line;
use crate::saved::End;

/// A thread hands over what it has after this time, and so that much is lost when it is killed.
pub const HANDED_OVER: Duration = Duration::from_millis(50);
/// Or when it is that long, in bytes.
const FULL: usize = 1 << 16;
/// So many of those may wait for the disk.
const WAITING: usize = 256;

pub struct Writer {
    lines: SyncSender<Vec<u8>>,
    thread: JoinHandle<Result<(), Error>>,
}

impl Writer {
    /// Writes on a thread of its own. Where the file takes no more, the load is cancelled.
    pub fn create(path: &Path, cancel: CancellationToken) -> Result<Self, Error> {
        let file = LineFile::create(path)?;
        let (lines, waiting) = mpsc::sync_channel(WAITING);
        let write = move || write(file, &waiting, &cancel);
        let thread = thread::Builder::new().name("samples".into()).spawn(write);
        let thread = thread.map_err(|e| Error::Usage(format!("cannot start a thread: {e}")))?;
        Ok(Self { lines, thread })
    }

    pub fn begin(&self, head: &Head) {
        self.hand_over(line(head));
    }

    pub fn lines(&self, stage: usize) -> Lines {
        Lines { stage, lines: self.lines.clone(), buffer: Vec::with_capacity(FULL) }
    }

    pub fn end_stage(&self, index: usize, stage: &Stage) {
        self.hand_over(line(&StageEnd {
            stage_ended: u32::try_from(index).unwrap_or(u32::MAX),
            period: stage.period,
            sent: stage.tally.sent,
            unsent: stage.unsent,
            connections_made: stage.tally.connections,
            busy: stage.busy,
        }));
    }

    /// Says how it ended, and waits for the last line to be written.
    pub fn finish(self, ended: Ended) -> Result<(), Error> {
        self.hand_over(line(&End { ended }));
        drop(self.lines);
        self.thread.join().unwrap_or_else(|_| Err(Error::Usage("writing the samples failed".into())))
    }

    fn hand_over(&self, lines: Vec<u8>) {
        // A writer that is gone tells why when it is joined.
        let _ = self.lines.send(lines);
    }
}

fn write(mut file: LineFile, waiting: &Receiver<Vec<u8>>, cancel: &CancellationToken) -> Result<(), Error> {
    while let Ok(lines) = waiting.recv() {
        if let Err(e) = file.write(&lines) {
            cancel.cancel();
            return Err(e);
        }
    }
    Ok(())
}

fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = Vec::new();
    add_line(&mut line, value);
    line
}

pub struct Lines {
    stage: usize,
    lines: SyncSender<Vec<u8>>,
    buffer: Vec<u8>,
}

impl Lines {
    pub fn add(
        &mut self,
        turn: &Turn,
        done: Duration,
        outcome: &Outcome,
        retried: bool,
        said: Option<&Testimony>,
    ) {
        add_line(&mut self.buffer, &Sent::new(self.stage, turn, done, outcome, retried, said));
        // A line is far shorter than what is left.
        if self.buffer.len() > FULL - 1024 {
            self.hand_over();
        }
    }

    /// To be called every [`HANDED_OVER`].
    pub fn hand_over(&mut self) {
        if !self.buffer.is_empty() {
            let _ = self.lines.send(std::mem::replace(&mut self.buffer, Vec::with_capacity(FULL)));
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.hand_over();
    }
}
