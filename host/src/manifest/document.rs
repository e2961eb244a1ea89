//! A `spin.toml` as it is written, and what of it is refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

use super::{Component, Trigger};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[expect(dead_code, reason = "checked before the rest, which depends on it")]
    spin_manifest_version: Value,
    #[serde(default)]
    pub application: Application,
    #[serde(default)]
    variables: toml::Table,
    #[serde(default)]
    pub trigger: Triggers,
    #[serde(default)]
    pub component: BTreeMap<String, Component>,
}

/// Of these, only the name is of use here; Spin knows the others.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Application {
    pub name: String,
    version: String,
    description: String,
    authors: Vec<String>,
    trigger: toml::Table,
    tool: toml::Table,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Triggers {
    pub http: Vec<Trigger>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// What helps whoever needs more than this host has; that Spin is installed is not enough, since all of the manifest is read here.
const BY_SPIN: &str = "serve it with `spin up`, and measure that with --url";

/// Keys of a component that Spin knows and this host cannot honour. Empty, they ask for nothing.
const SPIN_ONLY: [&str; 14] = [
    "ai_models",
    "allowed_http_hosts",
    "allowed_outbound_hosts",
    "dependencies",
    "dependencies_inherit_configuration",
    "exclude_files",
    "files",
    "key_value_stores",
    "profile",
    "sqlite_databases",
    "targets",
    "tool",
    "trigger",
    "variables",
];

/// Asked of any TOML before all else: a manifest of another version has other keys.
pub(super) fn check_version(manifest: &toml::Table) -> Result<(), String> {
    match manifest.get("spin_manifest_version") {
        Some(version) if version.as_integer() == Some(2) => Ok(()),
        Some(_) => {
            Err("spin_manifest_version is not 2: only version 2 is served; `spin doctor` upgrades version 1"
                .into())
        }
        None => Err("it has no spin_manifest_version: begin it with spin_manifest_version = 2".into()),
    }
}

impl Document {
    /// Without what concerns other components than `ids`; whole if there are none.
    pub fn only(mut self, ids: &[String]) -> Result<Self, String> {
        for id in ids {
            if !self.component.contains_key(id) {
                return Err(format!("component {id:?} does not exist; there is: {}", self.known()));
            }
            if !self.trigger.http.iter().any(|trigger| trigger.component == *id) {
                return Err(format!(
                    "component {id:?} has no [[trigger.http]], so no request would reach it"
                ));
            }
        }
        if !ids.is_empty() {
            self.component.retain(|id, _| ids.contains(id));
            self.trigger.http.retain(|trigger| ids.contains(&trigger.component));
            self.trigger.other.retain(|_, triggers| name_any(triggers, ids));
        }
        Ok(self)
    }

    /// Itself, if it is complete and asks for nothing that only Spin can give.
    pub fn checked(self) -> Result<Self, String> {
        if self.application.name.is_empty() {
            return Err(
                "the application has no name: write [application] and, below it, name = \"my-app\"".into()
            );
        }
        if let Some(kind) = self.trigger.other.keys().next() {
            return Err(format!(
                "[[trigger.{kind}]] needs Spin itself, and only [[trigger.http]] is served here: {BY_SPIN}, or remove it"
            ));
        }
        if self.trigger.http.is_empty() {
            return Err("it routes to nothing: write [[trigger.http]] and, below it, route = \"/...\" and \
                        component = \"NAME\""
                .into());
        }
        if !self.variables.is_empty() {
            return Err(format!(
                "[variables] need Spin itself: {BY_SPIN}, or use a component's `environment`"
            ));
        }
        self.component.iter().try_for_each(|(id, component)| check_component(id, component))?;
        self.trigger.http.iter().try_for_each(|trigger| self.check_trigger(trigger))?;
        Ok(self)
    }

    fn check_trigger(&self, Trigger { route, component, .. }: &Trigger) -> Result<(), String> {
        if self.component.contains_key(component) {
            return Ok(());
        }
        let known = self.known();
        Err(format!("route {route:?} names component {component:?}, which does not exist; there is: {known}"))
    }

    fn known(&self) -> String {
        let known: Vec<_> = self.component.keys().map(String::as_str).collect();
        if known.is_empty() { "none".into() } else { known.join(", ") }
    }
}

/// Whether one of `triggers`, of whatever type, is for one of these components, as far as can be told.
fn name_any(triggers: &Value, ids: &[String]) -> bool {
    let named = |trigger: &Value| match trigger.get("component").and_then(Value::as_str) {
        Some(component) => ids.iter().any(|id| id == component),
        None => true,
    };
    triggers.as_array().is_none_or(|triggers| triggers.iter().any(named))
}

fn check_component(id: &str, component: &Component) -> Result<(), String> {
    for (key, value) in &component.other {
        if !SPIN_ONLY.contains(&key.as_str()) {
            return Err(format!(
                "component {id:?}: unknown key `{key}`; there are source, description, environment, build"
            ));
        }
        if key != "tool" && !asks_for_nothing(value) {
            return Err(format!(
                "component {id:?}: `{key}` needs Spin itself: {BY_SPIN}, or remove the key to do without it"
            ));
        }
    }
    match component.source.as_ref().map(Value::as_str) {
        Some(Some(file)) if !file.is_empty() => Ok(()),
        Some(None) => Err(format!(
            "component {id:?}: `source` names no file; sources from a URL or a registry need Spin itself: {BY_SPIN}"
        )),
        _ => Err(format!("component {id:?} names no `source`: write source = \"FILE.wasm\"")),
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
