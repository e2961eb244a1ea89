//! Looks at pages as people see them: in a headless Chromium, driven by its DevTools protocol.
//!
//! ```no_run
//! # async fn example() -> browser::Result<()> {
//! let Some(chromium) = browser::Chromium::start_or_skip().await? else { return Ok(()) };
//! let page = chromium.open("file:///tmp/report.html", &browser::View::wide(360).dark()).await?;
//! assert_eq!(browser::overflowing(&page).await?, [""; 0]);
//! assert_eq!(page.console(), [""; 0]);
//! page.screenshot("/tmp/report.png".as_ref()).await?;
//! # Ok(()) }
//! ```
//!
//! A check answers with what it found, as lines for a person: nothing is good. What it runs in the page comes by the
//! protocol, so a page's own policy is not in the way, and neither is it loosened.

mod checks;
mod chromium;
mod log;
mod page;
mod view;

pub use checks::{Axe, focus_order, illegible_labels, low_contrast, overflowing};
pub use chromium::Chromium;
pub use page::Page;
pub use view::View;

/// What went wrong, in a line.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What a look at a page came to.
pub type Result<T> = std::result::Result<T, Error>;
