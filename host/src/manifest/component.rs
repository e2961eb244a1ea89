//! `[component.NAME]`: a Wasm file and what it is given.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::needs_spin;

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
    other: Table,
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
    pub(super) fn check(&self) -> Result<(), String> {
        for (key, value) in &self.other {
            match key.as_str() {
                key if IGNORED.contains(&key) => {}
                key if !SPIN_ONLY.contains(&key) => {
                    let known = "source, description, environment, variables, build";
                    return Err(format!("unknown key `{key}`; there are {known}"));
                }
                key if !asks_for_nothing(value) => return Err(needs_spin(&format!("`{key}`"))),
                _ => {}
            }
        }
        match &self.source {
            Some(Value::String(file)) if !file.is_empty() => Ok(()),
            Some(Value::Table(_)) => Err(needs_spin("a `source` from a URL or a registry")),
            _ => Err("it names no `source`: write source = \"FILE.wasm\"".into()),
        }
    }
}

fn asks_for_nothing(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Table(table) => table.is_empty(),
        Value::Boolean(on) => !on,
        _ => false,
    }
}
