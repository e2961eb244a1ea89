//! A page under a view.

use std::path::Path;
use std::time::{Duration, Instant};

use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams, SetFocusEmulationEnabledParams,
    SetScriptExecutionDisabledParams,
};
use chromiumoxide::cdp::browser_protocol::input::{DispatchKeyEventParams, DispatchKeyEventType};
use chromiumoxide::cdp::browser_protocol::page::PrintToPdfParams;
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use chromiumoxide::page::ScreenshotParams;
use serde::de::DeserializeOwned;

use crate::log::Log;
use crate::{Result, View};

/// How often a condition is looked at again.
const AGAIN: Duration = Duration::from_millis(50);

/// A page, and all that it has said and asked for.
pub struct Page {
    inner: chromiumoxide::Page,
    log: Log,
}

impl Page {
    pub(crate) async fn prepared(inner: chromiumoxide::Page, view: &View) -> Result<Self> {
        let log = Log::of(&inner).await?;
        let size = SetDeviceMetricsOverrideParams::new(view.width, view.height, 1.0, false);
        inner.execute(size).await?;
        let choose = |yes: bool, this: &str, that: &str| if yes { this.to_owned() } else { that.to_owned() };
        let media = SetEmulatedMediaParams::builder()
            .media(choose(view.print, "print", "screen"))
            .feature(MediaFeature::new("prefers-color-scheme", choose(view.dark, "dark", "light")))
            .feature(MediaFeature::new(
                "prefers-reduced-motion",
                choose(view.reduced_motion, "reduce", "no-preference"),
            ));
        inner.execute(media.build()).await?;
        // Otherwise a page is hidden, and sleeps, as soon as another is opened.
        inner.execute(SetFocusEmulationEnabledParams::new(true)).await?;
        inner.execute(SetScriptExecutionDisabledParams::new(!view.scripts)).await?;
        if let Some(script) = &view.first {
            inner.evaluate_on_new_document(script.as_str()).await?;
        }
        Ok(Self { inner, log })
    }

    /// Goes to another URL under the same view, and waits until it has loaded.
    ///
    /// # Errors
    ///
    /// When it does not load.
    pub async fn go(&self, url: &str) -> Result<()> {
        self.inner.goto(url).await?;
        Ok(())
    }

    /// The value of a JavaScript expression in the page; of a promise, what it comes to.
    ///
    /// # Errors
    ///
    /// When it throws, or is of another type.
    pub async fn value<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let params =
            EvaluateParams::builder().expression(expression).await_promise(true).return_by_value(true);
        let result = self.inner.evaluate_expression(params.build()?).await?;
        // Undefined comes as nothing.
        Ok(serde_json::from_value(result.value().cloned().unwrap_or_default())?)
    }

    /// Waits until an expression is true.
    ///
    /// # Errors
    ///
    /// When it is not within `patience`, or throws.
    pub async fn until(&self, expression: &str, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        while !self.value::<bool>(expression).await? {
            if begun.elapsed() > patience {
                return Err(format!("not within {patience:?}: {expression}").into());
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(())
    }

    /// Presses a key that writes nothing, by its DOM name and code, such as `Tab` (9) or `Enter` (13).
    ///
    /// # Errors
    ///
    /// When the browser is gone.
    pub async fn press(&self, key: &str, code: i64) -> Result<()> {
        for kind in [DispatchKeyEventType::RawKeyDown, DispatchKeyEventType::KeyUp] {
            let event = DispatchKeyEventParams::builder().r#type(kind).key(key).code(key);
            self.inner.execute(event.windows_virtual_key_code(code).build()?).await?;
        }
        Ok(())
    }

    /// Writes a PNG of the whole page, and as much of the window as it leaves free.
    ///
    /// # Errors
    ///
    /// When it cannot be drawn or written.
    pub async fn screenshot(&self, path: &Path) -> Result<()> {
        self.inner.save_screenshot(ScreenshotParams::builder().full_page(true).build(), path).await?;
        Ok(())
    }

    /// Writes what a printer would get, as PDF.
    ///
    /// # Errors
    ///
    /// When it cannot be drawn or written.
    pub async fn pdf(&self, path: &Path) -> Result<()> {
        self.inner.save_pdf(PrintToPdfParams::default(), path).await?;
        Ok(())
    }

    /// What the page wrote to the console, what it threw, what the browser complained of. Nothing is good.
    pub fn console(&self) -> Vec<String> {
        self.log.console()
    }

    /// The URLs that were asked for, in order.
    pub fn requests(&self) -> Vec<String> {
        self.log.requests()
    }

    /// Those of them that are not of `origin`, such as `http://127.0.0.1:3000`; of a page from disk, all but itself.
    pub fn requests_off(&self, origin: &str) -> Vec<String> {
        let own = |url: &String| {
            url.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        };
        let mut requests = self.requests();
        requests.retain(|url| !own(url) && !url.starts_with("data:") && !url.starts_with("blob:"));
        requests
    }
}
