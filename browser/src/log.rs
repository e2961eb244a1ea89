//! What a page said and asked for, as the browser saw it.

use std::sync::{Arc, Mutex};

use chromiumoxide::cdp::IntoEventKind;
use chromiumoxide::cdp::browser_protocol::log::EventEntryAdded;
use chromiumoxide::cdp::browser_protocol::network::EventRequestWillBeSent;
use chromiumoxide::cdp::js_protocol::runtime::{EventConsoleApiCalled, EventExceptionThrown};
use futures_util::StreamExt;

use crate::Result;

/// Lines that grow as events come in.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn push(&self, line: String) {
        self.0.lock().expect("nobody panics holding it").push(line);
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics holding it").clone()
    }

    /// Adds a line for each event of a kind, as long as the page lives.
    async fn follow<E>(&self, page: &chromiumoxide::Page, line: fn(&E) -> String) -> Result<()>
    where
        E: IntoEventKind + Send + Sync + Unpin + 'static,
    {
        let (lines, mut events) = (self.clone(), page.event_listener::<E>().await?);
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                lines.push(line(&event));
            }
        });
        Ok(())
    }
}

/// Both lists of a page.
#[derive(Default)]
pub struct Log {
    console: Lines,
    requests: Lines,
}

impl Log {
    /// Listens to `page` from now on.
    pub async fn of(page: &chromiumoxide::Page) -> Result<Self> {
        let log = Self::default();
        let console = &log.console;
        console.follow(page, |event: &EventEntryAdded| event.entry.text.clone()).await?;
        console.follow(page, |event: &EventConsoleApiCalled| format!("{:?}", event.args)).await?;
        console.follow(page, |event: &EventExceptionThrown| format!("{:?}", event.exception_details)).await?;
        log.requests.follow(page, |event: &EventRequestWillBeSent| event.request.url.clone()).await?;
        Ok(log)
    }

    /// Console messages, exceptions, and what the browser itself complains of.
    pub fn console(&self) -> Vec<String> {
        self.console.all()
    }

    /// The URLs that were asked for, in order.
    pub fn requests(&self) -> Vec<String> {
        self.requests.all()
    }
}
