//! A `spin.toml` as it is written, and what of it is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use toml::Value;

use super::trigger::{CheckedTrigger, Entry, RawTrigger};
use super::{Component, Manifest, Variable};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(rename = "spin_manifest_version")]
    _version: Value,
    #[serde(default)]
    application: Application,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    #[serde(default)]
    trigger: Triggers,
    #[serde(default)]
    component: BTreeMap<String, Component>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Application {
    name: String,
    version: String,
    trigger: toml::Table,
    #[serde(rename = "description")]
    _description: String,
    #[serde(rename = "authors")]
    _authors: Vec<String>,
    #[serde(rename = "targets")]
    _targets: Vec<Value>,
    #[serde(rename = "tool")]
    _tool: toml::Table,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Triggers {
    http: Vec<RawTrigger>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// The remedy for what this host does not have.
pub(super) const BY_SPIN: &str = "serve it with `spin up`, and measure that with --url";

/// CheckedTrigger of any TOML before all else: a manifest of another version has other keys.
pub(super) fn check_version(manifest: &toml::Table) -> Result<(), String> {
    match manifest.get("spin_manifest_version") {
        Some(Value::Integer(2)) => Ok(()),
        Some(version) if [Value::from("1"), Value::from(1)].contains(version) => Err(
            "this is a manifest of version 1, and only version 2 is served: `spin doctor` upgrades it, or serve it with \
             `spin up`"
                .into(),
        ),
        Some(_) => Err("spin_manifest_version is not 2, and only version 2 is served: write spin_manifest_version = 2".into()),
        None => Err("it has no spin_manifest_version: begin it with spin_manifest_version = 2".into()),
    }
}

impl Document {
    /// The manifest of these components, or of all if none is named.
    ///
    /// # Errors
    ///
    /// When it is incomplete, contradicts itself, or asks for what only Spin can give.
    pub fn into_manifest(mut self, path: &Path, only: &[String]) -> Result<Manifest, String> {
        self.name_triggers();
        self.take_inline_components()?;
        let document = self.only(only)?;
        document.check()?;
        let mut manifest = Manifest {
            path: path.to_owned(),
            name: document.application.name,
            version: document.application.version,
            triggers: Vec::new(),
            components: document.component,
            entries: Vec::new(),
            private: Vec::new(),
            variables: document.variables,
            warnings: Vec::new(),
        };
        for trigger in document.trigger.http {
            match trigger.checked()? {
                CheckedTrigger::Private(component, executor) => manifest.private.push((component, executor)),
                CheckedTrigger::Entry(entry) => add(&mut manifest, entry),
            }
        }
        let components = manifest.entries.iter().filter_map(|entry| match entry {
            Entry::Component(trigger) => Some(trigger.clone()),
            Entry::Static { .. } => None,
        });
        manifest.triggers = components.collect();
        Ok(manifest)
    }

    /// A trigger without an id gets Spin's.
    fn name_triggers(&mut self) {
        let mut taken: BTreeSet<_> = self.trigger.http.iter().map(|trigger| trigger.id.clone()).collect();
        for trigger in self.trigger.http.iter_mut().filter(|trigger| trigger.id.is_empty()) {
            let of_component = trigger.component().map(|component| format!("{component}-http-trigger"));
            let numbered = (1..).map(|n| format!("http-trigger{n}"));
            let id = of_component.into_iter().chain(numbered).find(|id| taken.insert(id.clone()));
            trigger.id = id.unwrap_or_default();
        }
    }

    fn take_inline_components(&mut self) -> Result<(), String> {
        for trigger in &mut self.trigger.http {
            let natural = format!("{}-component", trigger.id);
            let numbered = (1..).map(|n| format!("inline-component{n}"));
            let free = |id: &String| !self.component.contains_key(id);
            let id = std::iter::once(natural).chain(numbered).find(free).unwrap_or_default();
            if let Some(component) = trigger.take_inline(&id)? {
                self.component.insert(id, component);
            }
        }
        Ok(())
    }

    /// Without what concerns other components than `ids`; whole if there are none.
    fn only(mut self, ids: &[String]) -> Result<Self, String> {
        let named = |trigger: &RawTrigger, id: &String| trigger.component() == Some(id.as_str());
        for id in ids {
            if !self.component.contains_key(id) {
                return Err(format!("component {id:?} does not exist; there is: {}", self.known()));
            }
            if !self.trigger.http.iter().any(|trigger| named(trigger, id)) {
                return Err(format!(
                    "component {id:?} has no [[trigger.http]], so no request would reach it"
                ));
            }
        }
        if !ids.is_empty() {
            self.component.retain(|id, _| ids.contains(id));
            self.trigger.http.retain(|trigger| ids.iter().any(|id| named(trigger, id)));
            self.trigger.other.retain(|_, triggers| name_any(triggers, ids));
        }
        Ok(self)
    }

    fn check(&self) -> Result<(), String> {
        if self.application.name.is_empty() {
            return Err(
                "the application has no name: write [application] and, below it, name = \"my-app\"".into()
            );
        }
        let http = self.application.trigger.get("http").and_then(|http| http.get("base"));
        if http.is_some_and(|base| base.as_str() != Some("/")) {
            return Err("`base` is no more, as in Spin: write it before each [[trigger.http]]'s route".into());
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
        let undecided = |variable: &Variable| !variable.required && variable.default.is_none();
        if let Some((name, _)) = self.variables.iter().find(|(_, variable)| undecided(variable)) {
            return Err(format!("variable `{name}` has no default: write one, or required = true"));
        }
        self.component.iter().try_for_each(|(id, component)| component.check(id))?;
        self.trigger.http.iter().try_for_each(|trigger| self.check_component_of(trigger))
    }

    fn check_component_of(&self, trigger: &RawTrigger) -> Result<(), String> {
        match trigger.component() {
            Some(component) if !self.component.contains_key(component) => Err(format!(
                "trigger {:?} names component {component:?}, which does not exist; there is: {}",
                trigger.id,
                self.known()
            )),
            _ => Ok(()),
        }
    }

    fn known(&self) -> String {
        let known: Vec<_> = self.component.keys().map(String::as_str).collect();
        if known.is_empty() { "none".into() } else { known.join(", ") }
    }
}

/// Of two entries at one route the last wins, as in Spin.
fn add(manifest: &mut Manifest, entry: Entry) {
    let route = entry.route().to_owned();
    if let Some(known) = manifest.entries.iter_mut().find(|known| known.route() == route) {
        *known = entry;
        let warning =
            format!("route {route:?} stands twice: the last one wins, the others are never reached");
        manifest.warnings.push(warning);
        return;
    }
    if route.starts_with("/.well-known/spin/") {
        manifest
            .warnings
            .push(format!("route {route:?} is never reached: /.well-known/spin/ is the host's own"));
    }
    manifest.entries.push(entry);
}

/// Whether one of `triggers`, of whatever type, is for one of these components, as far as can be told.
fn name_any(triggers: &Value, ids: &[String]) -> bool {
    let named = |trigger: &Value| match trigger.get("component").and_then(Value::as_str) {
        Some(component) => ids.iter().any(|id| id == component),
        None => true,
    };
    triggers.as_array().is_none_or(|triggers| triggers.iter().any(named))
}
