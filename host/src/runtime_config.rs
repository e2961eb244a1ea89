//! `runtime-config.toml`: the keys that Spin reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::Error;
use crate::manifest::syntax_error;
use crate::text;

/// What the operator decides, and not the application.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RuntimeConfig {
    /// Most linear memory of an instance, in bytes.
    pub max_instance_memory: Option<usize>,
    /// Directory of the application's state. Empty: none.
    pub state_dir: Option<PathBuf>,
    /// Directory for what components print. Empty: no files.
    pub log_dir: Option<PathBuf>,
    /// Values of application variables, from the static providers.
    #[serde(skip)]
    pub variables: BTreeMap<String, String>,
    #[serde(default, alias = "config_provider")]
    variables_provider: Vec<Provider>,
    #[serde(flatten)]
    other: toml::Table,
}

#[derive(Clone, Debug, Deserialize)]
struct Provider {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(flatten)]
    other: toml::Table,
}

/// Keys for interfaces that this host does not have. No component that is served here can use them.
const UNUSED: [&str; 10] = [
    "client_tls",
    "key_value_store",
    "llm_compute",
    "outbound_http",
    "outbound_mqtt",
    "outbound_mysql",
    "outbound_networking",
    "outbound_pg",
    "outbound_redis",
    "sqlite_database",
];

impl RuntimeConfig {
    /// Reads a `runtime-config.toml`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, has a key that Spin does not know either, or a provider of variables that needs
    /// Spin itself.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = text::read(path, "is its path right?")?;
        let config: Self = toml::from_str(&text).map_err(|e| syntax_error(path, &text, &e))?;
        config.checked().map_err(|message| Error::Config { path: path.to_owned(), line: None, message })
    }

    fn checked(mut self) -> Result<Self, String> {
        if let Some(key) = self.other.keys().find(|key| !UNUSED.contains(&key.as_str())) {
            return Err(format!(
                "unknown key `{key}`; there are max_instance_memory, state_dir, log_dir, variables_provider, {}",
                UNUSED.join(", ")
            ));
        }
        // The first provider that has a value wins.
        for provider in self.variables_provider.iter().rev() {
            match (provider.kind.as_str(), provider.other.keys().next()) {
                ("static", _) => self.variables.extend(provider.values.clone()),
                ("env", None) => {}
                (kind, key) => {
                    let option = key.map(|key| format!(" with `{key}`")).unwrap_or_default();
                    return Err(format!(
                        "the {kind:?} provider of variables{option} needs Spin itself: use `spin up`, or --variable \
                         NAME=VALUE"
                    ));
                }
            }
        }
        Ok(self)
    }
}
