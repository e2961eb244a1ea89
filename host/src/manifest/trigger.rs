//! `[[trigger.http]]`: what answers at a route.

use serde::Deserialize;
use toml::{Table, Value};

use super::document::BY_SPIN;
use super::{Component, StaticResponse};

/// A trigger that runs a component at a route.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// The component's name.
    pub component: String,
    /// `/exact`, `/with/:parameter`, or `/prefix/...`
    pub route: String,
    /// As the manifest has it: it may lack its slash, or be empty.
    pub(crate) raw_route: String,
    /// How the component is run.
    pub executor: ExecutorKind,
}

/// Something with a route.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Component(Trigger),
    Static { id: String, route: String, response: StaticResponse },
}

impl Entry {
    /// As the manifest has it.
    pub fn route(&self) -> &str {
        match self {
            Self::Component(trigger) => &trigger.raw_route,
            Self::Static { route, .. } => route,
        }
    }
}

/// How a component is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
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
        /// `_start`, the only one there is.
        #[serde(default = "start")]
        entrypoint: String,
    },
}

fn default_argv() -> String {
    "${SCRIPT_NAME} ${ARGS}".into()
}

fn start() -> String {
    "_start".into()
}

/// A `[[trigger.http]]` as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTrigger {
    #[serde(default)]
    pub id: String,
    component: Option<Value>,
    static_response: Option<StaticResponse>,
    route: Value,
    #[serde(default)]
    executor: ExecutorKind,
    #[serde(default)]
    components: Table,
    #[serde(default)]
    dependencies: Table,
}

/// What a trigger asks for.
pub(super) enum CheckedTrigger {
    Entry(Entry),
    /// A component that nobody outside reaches.
    Private(String, ExecutorKind),
}

impl RawTrigger {
    /// The component it names, where it does.
    pub fn component(&self) -> Option<&str> {
        self.component.as_ref().and_then(Value::as_str)
    }

    /// Takes the component that is written in the trigger, and names it `id` there.
    pub fn take_inline(&mut self, id: &str) -> Result<Option<Component>, String> {
        match &self.component {
            Some(Value::String(_)) | None => Ok(None),
            Some(value) => {
                let component = value.clone().try_into::<Component>();
                self.component = Some(id.into());
                component
                    .map(Some)
                    .map_err(|e| format!("the component of trigger {:?}: {}", self.id, e.message()))
            }
        }
    }

    /// # Errors
    ///
    /// When it has no component and no response or both, no route, or asks for what only Spin can give.
    pub fn checked(self) -> Result<CheckedTrigger, String> {
        let route = self.route()?;
        let (name, of_route) = (&self.id, route.clone().unwrap_or_else(|| "private".into()));
        for (key, table) in [("components", &self.components), ("dependencies", &self.dependencies)] {
            if !table.is_empty() {
                return Err(format!(
                    "trigger {name:?}: `{key}` needs Spin itself: {BY_SPIN}, or remove the key"
                ));
            }
        }
        if let ExecutorKind::Wagi { entrypoint, .. } = &self.executor
            && *entrypoint != start()
        {
            return Err(format!(
                "route {of_route:?}: `entrypoint` can only be \"_start\", as in Spin: remove it, and export _start"
            ));
        }
        match (self.component().map(str::to_owned), self.static_response, route) {
            (Some(component), None, None) => Ok(CheckedTrigger::Private(component, self.executor)),
            (None, Some(_), None) => {
                Err(format!("trigger {name:?} is private and has no component: remove it"))
            }
            (Some(component), None, Some(raw_route)) => {
                let (route, executor) = (absolute(&raw_route), self.executor);
                Ok(CheckedTrigger::Entry(Entry::Component(Trigger { component, route, raw_route, executor })))
            }
            (None, Some(response), Some(route)) => {
                response.check().map_err(|e| format!("route {route:?}: the static_response's {e}"))?;
                Ok(CheckedTrigger::Entry(Entry::Static { id: self.id, route, response }))
            }
            (Some(_), Some(_), _) => {
                Err(format!("route {of_route:?} has a component and a static_response: remove one"))
            }
            (None, None, _) => Err(format!(
                "route {of_route:?} has no component: write component = \"NAME\", or a static_response"
            )),
        }
    }

    /// `None` if it is private.
    fn route(&self) -> Result<Option<String>, String> {
        let private = |table: &Table| table.len() == 1 && table.get("private") == Some(&Value::Boolean(true));
        match &self.route {
            Value::String(route) => Ok(Some(route.clone())),
            Value::Table(table) if private(table) => Ok(None),
            _ => Err(format!(
                "the route of trigger {:?} is none: write \"/...\", or {{ private = true }}",
                self.id
            )),
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
