//! `runtime-config.toml`: the keys that Spin reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::Error;
use crate::manifest::syntax_error;
use crate::text;

/// What the operator decides, and not the application.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    #[serde(alias = "config_provider")]
    variables_provider: Vec<Provider>,
    // Keys for interfaces that this host does not have: no component that is served here can use them.
    client_tls: IgnoredAny,
    key_value_store: IgnoredAny,
    llm_compute: IgnoredAny,
    outbound_http: IgnoredAny,
    outbound_mqtt: IgnoredAny,
    outbound_mysql: IgnoredAny,
    outbound_networking: IgnoredAny,
    outbound_pg: IgnoredAny,
    outbound_redis: IgnoredAny,
    sqlite_database: IgnoredAny,
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

impl RuntimeConfig {
    /// Reads a `runtime-config.toml`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, has a key that Spin does not know either, or a provider of variables that needs
    /// Spin itself.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = text::read(path, "is its path right?")?;
        let mut config: Self = toml::from_str(&text).map_err(|e| syntax_error(path, &text, &e))?;
        // The first provider that has a value wins.
        for provider in config.variables_provider.iter().rev() {
            let values = provider.values().map_err(|e| Error::config(path, e))?;
            config.variables.extend(values.clone());
        }
        Ok(config)
    }
}

impl Provider {
    /// Those of `env` are read when the application is loaded.
    fn values(&self) -> Result<&BTreeMap<String, String>, String> {
        match (self.kind.as_str(), self.other.keys().next()) {
            ("static", _) | ("env", None) => Ok(&self.values),
            (kind, key) => {
                let option = key.map(|key| format!(" with `{key}`")).unwrap_or_default();
                Err(format!(
                    "the {kind:?} provider of variables{option} needs Spin itself: use `spin up`, or --variable NAME=VALUE"
                ))
            }
        }
    }
}
