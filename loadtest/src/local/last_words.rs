//! What a process says before it fails.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use crate::plain_output;

/// How much of it is kept.
const LAST_WORDS: usize = 5;

/// The last lines of what a process complains about.
pub(crate) struct LastWords {
    lines: Arc<Mutex<VecDeque<String>>>,
    listening: Option<tokio::task::JoinHandle<()>>,
}

impl LastWords {
    /// Goes on reading what it says, so that it never blocks.
    pub fn of(stderr: Option<impl AsyncRead + Unpin + Send + 'static>) -> Self {
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let heard = lines.clone();
        let listening = stderr.map(|stderr| {
            tokio::spawn(async move {
                let mut reader = BufReader::new(stderr).lines();
                while let Ok(Some(line)) = reader.next_line().await {
                    let mut heard = heard.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                    heard.push_back(plain_output::line(line.as_bytes()).trim().to_owned());
                    if heard.len() > LAST_WORDS {
                        heard.pop_front();
                    }
                }
            })
        });
        Self { lines, listening }
    }

    /// In one line, once it has fallen silent; `None` if it said nothing.
    pub async fn told(self) -> Option<String> {
        if let Some(listening) = self.listening {
            let _ = tokio::time::timeout(Duration::from_secs(1), listening).await;
        }
        let lines = self.lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let told =
            lines.iter().filter(|line| !line.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
        (!told.is_empty()).then_some(told)
    }
}
