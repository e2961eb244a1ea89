//! `runtime-config.toml`: of Spin's keys, those that mean something here.

use std::path::Path;

use serde::Deserialize;

use crate::error::Error;
use crate::manifest::syntax_error;
use crate::text;

/// What the operator, not the application, decides.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RuntimeConfig {
    /// The most linear memory an instance may have, in bytes.
    pub max_instance_memory: Option<usize>,
    #[serde(flatten)]
    other: toml::Table,
}

/// Keys of Spin's that concern what this host does not do; with them here, the same file serves both.
const OF_NO_EFFECT: [&str; 9] = [
    "client_tls",
    "key_value_store",
    "llm_compute",
    "log_dir",
    "outbound_http",
    "outbound_networking",
    "sqlite_database",
    "state_dir",
    "variables_provider",
];

impl RuntimeConfig {
    /// Reads a `runtime-config.toml`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or has a key that Spin does not know either.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = text::read(path, "is its path right?")?;
        let config: Self = toml::from_str(&text).map_err(|e| syntax_error(path, &text, &e))?;
        match config.other.keys().find(|key| !OF_NO_EFFECT.contains(&key.as_str())) {
            None => Ok(config),
            Some(key) => Err(Error::Config {
                path: path.to_owned(),
                line: None,
                message: format!(
                    "unknown key `{key}`; there are max_instance_memory, {}",
                    OF_NO_EFFECT.join(", ")
                ),
            }),
        }
    }
}
