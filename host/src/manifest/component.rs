//! `[component.NAME]`: a Wasm file and what it is given.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

use super::document::BY_SPIN;

/// A Wasm file and what it is given.
#[derive(Clone, Debug, Deserialize)]
pub struct Component {
    source: Option<Value>,
    #[serde(default)]
    pub(crate) description: String,
    /// Environment variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Templates of variables.
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    /// How `spin build` makes it.
    pub build: Option<Build>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// How a component is built.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    command: OneOrMany,
    /// Where the commands run, relative to the manifest.
    pub workdir: Option<String>,
    /// Globs of the sources, for `spin watch`.
    #[serde(default)]
    pub watch: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Build {
    /// The commands, to be run one after the other.
    pub fn commands(&self) -> &[String] {
        match &self.command {
            OneOrMany::One(command) => std::slice::from_ref(command),
            OneOrMany::Many(commands) => commands,
        }
    }
}

/// Keys that do not matter to serving. Spin ignores them too.
const IGNORED: [&str; 3] = ["profile", "targets", "tool"];

/// Keys that Spin knows and this host cannot honour. Empty, they ask for nothing.
const SPIN_ONLY: [&str; 10] = [
    "ai_models",
    "allowed_http_hosts",
    "allowed_outbound_hosts",
    "dependencies",
    "dependencies_inherit_configuration",
    "exclude_files",
    "files",
    "key_value_stores",
    "sqlite_databases",
    "trigger",
];

impl Component {
    /// The file, relative to the manifest.
    pub(super) fn file(&self) -> &str {
        self.source.as_ref().and_then(Value::as_str).unwrap_or_default()
    }

    /// # Errors
    ///
    /// When it has a key that Spin does not know, or asks for what only Spin can give.
    pub(super) fn check(&self, id: &str) -> Result<(), String> {
        for (key, value) in &self.other {
            let key = key.as_str();
            if !IGNORED.contains(&key) && !SPIN_ONLY.contains(&key) {
                return Err(format!(
                    "component {id:?}: unknown key `{key}`; there are source, description, environment, variables, build"
                ));
            }
            if SPIN_ONLY.contains(&key) && !asks_for_nothing(value) {
                return Err(format!(
                    "component {id:?}: `{key}` needs Spin itself: {BY_SPIN}, or remove the key to do without it"
                ));
            }
        }
        match self.source.as_ref().map(Value::as_str) {
            Some(Some(file)) if !file.is_empty() => Ok(()),
            Some(None) => Err(format!(
                "component {id:?}: `source` names no file; sources from a URL or a registry need Spin itself: {BY_SPIN}"
            )),
            _ => Err(format!("component {id:?} names no `source`: write source = \"FILE.wasm\"")),
        }
    }
}

pub(super) fn asks_for_nothing(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Table(table) => table.is_empty(),
        Value::Boolean(on) => !on,
        _ => false,
    }
}
