//! `[[trigger.http]]`: what answers at a route.

use serde::Deserialize;
use toml::Table;

use super::{Component, StaticResponse, needs_spin};

/// A trigger that runs a component at a route.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// The component's name.
    pub component: String,
    /// `/exact`, `/with/:parameter`, or `/prefix/...`
    pub route: String,
    /// How the component is run.
    pub executor: ExecutorKind,
}

/// What is to be prepared, and where it answers.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The route as the manifest has it, maybe empty or without its slash. `None` if it is private.
    pub route: Option<String>,
    pub work: Work,
}

#[derive(Clone, Debug)]
pub(crate) enum Work {
    /// A component, by its name.
    Component(String, ExecutorKind),
    /// A response, with the name of its trigger.
    Static(String, StaticResponse),
}

impl Entry {
    pub fn trigger(&self) -> Option<Trigger> {
        match (&self.route, &self.work) {
            (Some(route), Work::Component(component, executor)) => Some(Trigger {
                component: component.clone(),
                route: absolute(route),
                executor: executor.clone(),
            }),
            _ => None,
        }
    }
}

fn absolute(route: &str) -> String {
    let route = if route.starts_with('/') { route.to_owned() } else { format!("/{route}") };
    match route.strip_suffix("/*") {
        Some(prefix) => format!("{prefix}/..."),
        None => route,
    }
}

/// How a component is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ExecutorKind {
    /// It exports an HTTP handler of WASI preview 2 or 3.
    #[default]
    #[serde(alias = "spin")]
    Http,
    /// It is a command that answers one request by CGI/1.1.
    Wagi {
        /// Its arguments. `${SCRIPT_NAME}` and `${ARGS}` (the query's parameters) are filled in.
        #[serde(default = "default_argv")]
        argv: String,
        /// The only one there is.
        #[serde(default)]
        entrypoint: Entrypoint,
    },
}

fn default_argv() -> String {
    "${SCRIPT_NAME} ${ARGS}".into()
}

/// The function of a command that runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Entrypoint {
    /// `_start`
    #[default]
    #[serde(rename = "_start")]
    Start,
}

/// A `[[trigger.http]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpTrigger {
    #[serde(default)]
    pub id: String,
    pub component: Option<ComponentRef>,
    static_response: Option<StaticResponse>,
    route: Route,
    #[serde(default)]
    executor: ExecutorKind,
    #[serde(default)]
    components: Table,
    #[serde(default)]
    dependencies: Table,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`component` must be the name of one, or a table with its `source`")]
pub(super) enum ComponentRef {
    Name(String),
    Inline(Component),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`route` must be a path, like \"/...\", or { private = true }")]
enum Route {
    Public(String),
    Private { private: bool },
}

impl HttpTrigger {
    /// The component it names, where it does.
    pub fn component(&self) -> Option<&str> {
        match &self.component {
            Some(ComponentRef::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// # Errors
    ///
    /// When it has no component and no response or both, or asks for what only Spin can give.
    pub fn into_entry(self) -> Result<Entry, String> {
        for (key, table) in [("components", self.components), ("dependencies", self.dependencies)] {
            if !table.is_empty() {
                return Err(format!("trigger {:?}: {}", self.id, needs_spin(&format!("`{key}`"))));
            }
        }
        let route = match self.route {
            Route::Public(route) => Some(route),
            Route::Private { private: true } => None,
            Route::Private { .. } => {
                return Err(format!(
                    "trigger {:?}: write route = \"/...\", or {{ private = true }}",
                    self.id
                ));
            }
        };
        let refused = |what| Err(format!("route {:?} {what}", route.as_deref().unwrap_or("private")));
        let work = match (self.component, self.static_response) {
            (Some(ComponentRef::Name(component)), None) => Work::Component(component, self.executor),
            (None, Some(response)) if response.status_code.is_informational() => {
                return refused("has a static_response with status_code 1xx: write one from 200 to 999");
            }
            (None, Some(response)) => Work::Static(self.id, response),
            (None, None) => {
                return refused("has no component: write component = \"NAME\", or a static_response");
            }
            (Some(_), _) => return refused("has a component and a static_response: remove one"),
        };
        Ok(Entry { route, work })
    }
}
