//! A browser of our own, as long as it is held.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use chromiumoxide::cdp::browser_protocol::target::CreateTargetParams;
use chromiumoxide::{Browser, BrowserConfig};
use futures_util::StreamExt;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{Page, Result, View};

const KNOWN: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// How long the browser may take to start, and to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A headless Chromium with an empty profile.
pub struct Chromium {
    browser: Browser,
    events: JoinHandle<()>,
    _profile: TempDir,
}

impl Chromium {
    /// Starts the program that `CHROMIUM` names, or one on the `PATH`. Where there is none, prints
    /// `skipped: why` and gives nothing.
    ///
    /// # Errors
    ///
    /// When there is one, and it does not start.
    pub async fn start_or_skip() -> Result<Option<Self>> {
        match program() {
            Some(program) => Self::start(&program).await.map(Some),
            None => {
                println!("skipped: no Chromium here; install it, or set CHROMIUM to its path");
                Ok(None)
            }
        }
    }

    async fn start(program: &Path) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let config = BrowserConfig::builder()
            .chrome_executable(program)
            .user_data_dir(profile.path())
            .new_headless_mode()
            .launch_timeout(PATIENCE)
            .request_timeout(PATIENCE)
            .viewport(None)
            .arg("hide-scrollbars")
            .arg("force-color-profile=srgb");
        // Chromium's sandbox refuses to work for root.
        let config = if is_root() { config.no_sandbox() } else { config };
        let (browser, mut handler) = Browser::launch(config.build()?).await?;
        let events = tokio::spawn(async move { while handler.next().await.is_some() {} });
        Ok(Self { browser, events, _profile: profile })
    }

    /// A page of its own at `url` (`http:`, `file:`), once it has loaded.
    ///
    /// # Errors
    ///
    /// When the page cannot be loaded.
    pub async fn open(&self, url: &str, view: &View) -> Result<Page> {
        let target = CreateTargetParams::builder().url("about:blank").new_window(true).build()?;
        let page = Page::prepared(self.browser.new_page(target).await?, view).await?;
        page.go(url).await?;
        Ok(page)
    }

    /// Ends the browser. Dropped instead, as by a failing test, it is killed.
    ///
    /// # Errors
    ///
    /// When it cannot be told to.
    pub async fn close(mut self) -> Result<()> {
        self.browser.close().await?;
        self.browser.wait().await?;
        self.events.abort();
        Ok(())
    }
}

fn program() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").filter(|name| !name.is_empty()).map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let mut known = env::split_paths(&path).flat_map(|directory| KNOWN.map(|name| directory.join(name)));
    named.or_else(|| known.find(|program| program.is_file()))
}

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}
