//! A `spin.toml` as it is written, and what of it is refused.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::trigger::{ComponentRef, Entry, HttpTrigger};
use super::{Component, Manifest, Variable, needs_spin};

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
    trigger: Table,
    #[serde(rename = "description")]
    _description: String,
    #[serde(rename = "authors")]
    _authors: Vec<String>,
    #[serde(rename = "targets")]
    _targets: Vec<Value>,
    #[serde(rename = "tool")]
    _tool: Table,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Triggers {
    http: Vec<HttpTrigger>,
    #[serde(flatten)]
    other: Table,
}

/// Checked of any TOML before all else: a manifest of another version has other keys.
pub(super) fn check_version(manifest: &Table) -> Result<(), &'static str> {
    match manifest.get("spin_manifest_version") {
        Some(Value::Integer(2)) => Ok(()),
        Some(version) if [Value::from("1"), Value::from(1)].contains(version) => Err(
            "this is a manifest of version 1, and only version 2 is served: `spin doctor` upgrades it, or serve it with \
             `spin up`",
        ),
        _ => Err("only version 2 is served: begin the manifest with spin_manifest_version = 2"),
    }
}

impl Document {
    /// The manifest of these components, or of all if none is named.
    ///
    /// # Errors
    ///
    /// When it is incomplete, contradicts itself, or asks for what only Spin can give.
    pub fn into_manifest(mut self, path: &Path, only: &[String]) -> Result<Manifest, String> {
        self.name_all()?;
        self.keep(only)?;
        self.check()?;
        let (mut entries, mut warnings) = (Vec::<Entry>::new(), Vec::new());
        for trigger in self.trigger.http {
            let entry = trigger.into_entry()?;
            // As in Spin, the last one wins.
            if let Some(route) = &entry.route
                && let Some(at) = entries.iter().position(|known| known.route == entry.route)
            {
                warnings.push(format!("route {route:?} stands twice: only the last one is ever reached"));
                entries.remove(at);
            }
            entries.push(entry);
        }
        Ok(Manifest {
            path: path.to_owned(),
            name: self.application.name,
            version: self.application.version,
            triggers: entries.iter().filter_map(Entry::trigger).collect(),
            components: self.component,
            entries,
            variables: self.variables,
            warnings,
        })
    }

    /// Gives triggers without an id, and components that are written in their triggers, the names of Spin.
    fn name_all(&mut self) -> Result<(), String> {
        let mut numbers = 1..;
        for trigger in &mut self.trigger.http {
            if trigger.id.is_empty() {
                trigger.id = match trigger.component() {
                    Some(component) => format!("{component}-http-trigger"),
                    None => format!("http-trigger{}", numbers.next().unwrap_or(0)),
                };
            }
            if let Some(ComponentRef::Inline(component)) = &trigger.component {
                let id = format!("{}-component", trigger.id);
                if self.component.insert(id.clone(), component.clone()).is_some() {
                    return Err(format!(
                        "component {id:?} stands twice: give trigger {:?} another id",
                        trigger.id
                    ));
                }
                trigger.component = Some(ComponentRef::Name(id));
            }
        }
        Ok(())
    }

    /// Drops what concerns other components than `ids`, if there are any.
    fn keep(&mut self, ids: &[String]) -> Result<(), String> {
        let is_for = |trigger: &HttpTrigger, id: &String| trigger.component() == Some(id);
        for id in ids {
            self.check_known(id)?;
            if !self.trigger.http.iter().any(|trigger| is_for(trigger, id)) {
                return Err(format!(
                    "component {id:?} has no [[trigger.http]], so no request would reach it"
                ));
            }
        }
        if !ids.is_empty() {
            self.component.retain(|id, _| ids.contains(id));
            self.trigger.http.retain(|trigger| ids.iter().any(|id| is_for(trigger, id)));
            self.trigger.other.retain(|_, triggers| name_any(triggers, ids));
        }
        Ok(())
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
            let trigger = format!("only [[trigger.http]] is served here: [[trigger.{kind}]]");
            return Err(needs_spin(&trigger));
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
        for (id, component) in &self.component {
            component.check().map_err(|e| format!("component {id:?}: {e}"))?;
        }
        self.trigger.http.iter().filter_map(HttpTrigger::component).try_for_each(|id| self.check_known(id))
    }

    fn check_known(&self, id: &str) -> Result<(), String> {
        let known: Vec<_> = self.component.keys().map(String::as_str).collect();
        if known.contains(&id) {
            return Ok(());
        }
        Err(format!("component {id:?} does not exist; there is: {}", known.join(", ")))
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
