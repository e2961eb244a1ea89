//! The application, served by the embedded host, and the ways to look at it.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use browser::{Chromium, Page, Result, View};
use tokio::sync::{Mutex, MutexGuard, oneshot};
use tokio::task::JoinHandle;

/// As long as anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The page has heard from its server more often than by being loaded.
pub const HAS_ASKED: &str = "document.querySelectorAll('#asks li:not(.none)').length > 1";

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A running application.
pub struct App {
    manifest: PathBuf,
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl App {
    /// Builds what a manifest of the repository names, and serves it.
    pub async fn serve(manifest: &str) -> Self {
        let manifest = root().join(manifest);
        loadtest::local::bring_up_to_date(&manifest).await.unwrap();
        Self::at(manifest, "127.0.0.1:0").await
    }

    async fn at(manifest: PathBuf, address: &str) -> Self {
        // A busy machine may let a second go by between two requests.
        let reuse = host::Reuse { idle: Duration::from_secs(3600), ..host::Reuse::default() };
        let app = host::App::load(&manifest, &host::Options { reuse, ..host::Options::default() }).unwrap();
        let server = host::Server::bind(app, address).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let address = server.address();
        let server = tokio::spawn(server.run(async { drop(stopped.await) }));
        Self { manifest, address, stop, server }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops the server; what it gives starts another at the same address.
    pub async fn stop(self) -> Stopped {
        self.stop.send(()).unwrap();
        self.server.await.unwrap();
        Stopped { manifest: self.manifest, address: self.address }
    }
}

/// An application that is gone.
pub struct Stopped {
    manifest: PathBuf,
    address: SocketAddr,
}

impl Stopped {
    pub async fn start_again(self) -> App {
        App::at(self.manifest, &self.address.to_string()).await
    }
}

/// Three widths, light and dark.
pub fn views() -> Vec<(String, View)> {
    widths([360, 800, 1920])
}

/// The same of others.
pub fn widths(widths: [u32; 3]) -> Vec<(String, View)> {
    let view = |width| [("light", View::wide(width)), ("dark", View::wide(width).dark())];
    let name = |width: u32, (scheme, view): (&str, View)| (format!("{width}-{scheme}"), view);
    widths.into_iter().flat_map(|width| view(width).map(|named| name(width, named))).collect()
}

/// Keeps a picture below `target/`, to be looked at.
pub async fn keep(page: &Page, name: &str) -> Result<()> {
    let directory = root().join("target/screenshots");
    std::fs::create_dir_all(&directory)?;
    page.screenshot(&directory.join(format!("{name}.png"))).await
}

/// A browser, while nobody else looks: pages of a busy machine are late.
pub struct Alone {
    chromium: Chromium,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for Alone {
    type Target = Chromium;

    fn deref(&self) -> &Chromium {
        &self.chromium
    }
}

impl Alone {
    pub async fn close(self) -> Result<()> {
        self.chromium.close().await
    }
}

/// A browser, or none, after saying so.
pub async fn chromium() -> Option<Alone> {
    static TURN: Mutex<()> = Mutex::const_new(());
    let turn = TURN.lock().await;
    Chromium::start_or_skip().await.unwrap().map(|chromium| Alone { chromium, _turn: turn })
}
