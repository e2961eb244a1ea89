//! `spin.toml`, the parts that an HTTP application uses.

mod component;
mod document;
mod location;
mod static_response;
mod trigger;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, one_line};
use crate::text;
pub use component::{Build, Component};
use document::Document;
pub(crate) use static_response::StaticResponse;
pub(crate) use trigger::{Entry, Work};
pub use trigger::{ExecutorKind, Trigger};

/// A `spin.toml` whose every trigger names a component that is there.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The file it was read from: a `spin.toml`, or a `.wasm` file that is served without one.
    pub path: PathBuf,
    /// The application's name.
    pub name: String,
    /// The application's version. Empty if it has none.
    pub version: String,
    /// Triggers that run a component at a route, in the order of the file.
    pub triggers: Vec<Trigger>,
    /// Components by name.
    pub components: BTreeMap<String, Component>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) variables: BTreeMap<String, Variable>,
    pub(crate) warnings: Vec<String>,
}

/// A variable of the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variable {
    pub default: Option<String>,
    #[serde(default)]
    pub required: bool,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default, rename = "secret")]
    _secret: bool,
}

impl Manifest {
    /// Where the manifest is: `given`, which may be a directory, or else the `spin.toml` here or in the closest
    /// directory above that has one, within the Git repository.
    pub fn locate(given: Option<&Path>) -> PathBuf {
        match given {
            Some(path) => location::resolve(path),
            None => location::search(),
        }
    }

    /// Reads and checks a manifest. `path` may also be a directory with a `spin.toml`, or a `.wasm` file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not a Spin manifest of version 2, names a component that is not there, or asks
    /// for what only Spin can give.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::load_only(path, &[])
    }

    /// Reads and checks a manifest as if it had only these components, and the triggers that name them. Without
    /// names, all of them.
    ///
    /// # Errors
    ///
    /// Those of [`Manifest::load`], and when there is no such component, or no trigger for it.
    pub fn load_only(path: &Path, components: &[String]) -> Result<Self, Error> {
        let path = location::resolve(path);
        let text = if location::is_wasm(&path) {
            location::manifest_of(&path)
        } else {
            text::read(&path, "go where a spin.toml is, or name one with --from")?
        };
        Self::parse(&path, &text, components)
    }

    fn parse(path: &Path, text: &str, only: &[String]) -> Result<Self, Error> {
        let malformed = |e| syntax_error(path, text, &e);
        let table = toml::from_str(text).map_err(malformed)?;
        document::check_version(&table).map_err(|e| Error::config(path, e))?;
        let document: Document = toml::from_str(text).map_err(malformed)?;
        document.into_manifest(path, only).map_err(|e| Error::config(path, e))
    }

    /// The file a component is in.
    pub fn source(&self, component: &Component) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(component.file())
    }

    /// The directory of the `spin.toml`, if there is one.
    pub(crate) fn dir(&self) -> Option<&Path> {
        self.path.parent().filter(|_| !location::is_wasm(&self.path))
    }
}

/// What is not TOML, or has the wrong type, with its line.
pub(crate) fn syntax_error(path: &Path, text: &str, e: &toml::de::Error) -> Error {
    let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    let line = e.span().map(|span| format!(":{}", line(span.start))).unwrap_or_default();
    Error(format!("{}{line}: {}", path.display(), one_line(e.message())))
}

/// The refusal of what this host does not have.
fn needs_spin(what: &str) -> String {
    format!("{what} needs Spin itself: serve it with `spin up` and measure that with --url, or do without it")
}
