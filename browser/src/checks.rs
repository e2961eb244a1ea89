//! Checks that hold for any page.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::{Page, Result};

/// Elements that stand out of the window to the left or right where nothing scrolls or clips them, and the page
/// itself if it scrolls sideways.
///
/// # Errors
///
/// When the browser does not answer.
pub async fn overflowing(page: &Page) -> Result<Vec<String>> {
    page.value(include_str!("overflow.js")).await
}

/// Texts of less contrast with what is behind them than WCAG AA asks for: 4.5, or 3 where they are large. What stands
/// on a picture or gradient is held against the plain colour behind it; texts in SVG by their fill.
///
/// # Errors
///
/// When the browser does not answer.
pub async fn low_contrast(page: &Page) -> Result<Vec<String>> {
    page.value(include_str!("contrast.js")).await
}

/// What is written in plots (SVG) and hard to read: smaller than 9 px, beyond the plot's edge, or over other words.
///
/// # Errors
///
/// When the browser does not answer.
pub async fn illegible_labels(page: &Page) -> Result<Vec<String>> {
    page.value(include_str!("labels.js")).await
}

/// What the Tab key reaches, in order, by its name for a reader; `(unseen)` is added to what does not show that
/// it has the focus.
///
/// # Errors
///
/// When there is no end to it, or the browser does not answer.
pub async fn focus_order(page: &Page) -> Result<Vec<String>> {
    const MANY: usize = 500;
    let mut order = Vec::new();
    page.value::<()>("void (document.activeElement?.blur(), window.__reached = new Set())").await?;
    while order.len() < MANY {
        page.press("Tab", 9).await?;
        match page.value::<Option<String>>(include_str!("focus.js")).await? {
            Some(name) => order.push(name),
            None => return Ok(order),
        }
    }
    Err(format!("Tab reaches more than {MANY} elements: {order:?}").into())
}

/// The accessibility engine axe-core, which the machine may have.
pub struct Axe {
    source: String,
}

impl Axe {
    /// Reads the file that `AXE_CORE` names, or `target/axe/node_modules/axe-core/axe.min.js` below `root`. Where there
    /// is none, prints `skipped: why` and gives nothing.
    ///
    /// # Errors
    ///
    /// When `AXE_CORE` names a file that cannot be read.
    pub fn find_or_skip(root: &Path) -> Result<Option<Self>> {
        let installed = root.join("target/axe/node_modules/axe-core/axe.min.js");
        let named = env::var_os("AXE_CORE").filter(|name| !name.is_empty()).map(PathBuf::from);
        let Some(path) = named.or_else(|| installed.is_file().then_some(installed)) else {
            println!("skipped: no axe-core here; npm install --prefix target/axe axe-core, or set AXE_CORE");
            return Ok(None);
        };
        let source = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Some(Self { source }))
    }

    /// What it finds of serious or critical impact.
    ///
    /// # Errors
    ///
    /// When it cannot be run in the page.
    pub async fn violations(&self, page: &Page) -> Result<Vec<String>> {
        page.value::<serde_json::Value>(&format!("{};0", self.source)).await?;
        page.value(include_str!("axe.js")).await
    }
}
