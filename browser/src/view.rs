//! How a page is looked at.

/// The window, the preferences of who looks, and what their browser may do.
#[derive(Clone, Debug)]
pub struct View {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
    pub(crate) scripts: bool,
    pub(crate) reduced_motion: bool,
    pub(crate) print: bool,
    pub(crate) first: Option<String>,
}

impl View {
    /// A window so many CSS pixels wide, as high as such a screen usually is; light, with scripts and without motion,
    /// so that pictures do not depend on the moment.
    pub fn wide(width: u32) -> Self {
        let height = if width < 600 { width * 2 } else { width * 9 / 16 };
        Self { width, height, dark: false, scripts: true, reduced_motion: true, print: false, first: None }
    }

    /// Prefers a dark scheme.
    pub fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    /// Runs no script of the page's.
    pub fn without_scripts(self) -> Self {
        Self { scripts: false, ..self }
    }

    /// Does not mind motion.
    pub fn with_motion(self) -> Self {
        Self { reduced_motion: false, ..self }
    }

    /// As on paper.
    pub fn printed(self) -> Self {
        Self { print: true, ..self }
    }

    /// Runs `script` before any of the page's own.
    pub fn after_script(self, script: &str) -> Self {
        Self { first: Some(script.to_owned()), ..self }
    }
}
