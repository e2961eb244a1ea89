//! `spin.toml`, the parts that an HTTP application uses.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, one_line};

/// A `spin.toml` whose every trigger names a component that is there.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The file it was read from.
    pub path: PathBuf,
    /// The application's name.
    pub name: String,
    /// In the order of the file.
    pub triggers: Vec<Trigger>,
    /// By name.
    pub components: BTreeMap<String, Component>,
}

/// Which requests a component answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// A name of its own, which nothing here needs.
    #[serde(default)]
    pub id: String,
    /// The component's name.
    pub component: String,
    /// `/exact`, `/with/:parameter`, or `/prefix/...`
    pub route: String,
    /// How the component is run.
    #[serde(default)]
    pub executor: ExecutorKind,
}

/// How a component is run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ExecutorKind {
    /// It exports an HTTP handler of WASI preview 2 or 3.
    #[default]
    #[serde(alias = "spin")]
    Http,
    /// It is a command that answers one request by CGI/1.1.
    Wagi {
        /// Its arguments; `${SCRIPT_NAME}` and `${ARGS}` (the query's parameters) are filled in.
        #[serde(default = "default_argv")]
        argv: String,
    },
}

fn default_argv() -> String {
    "${SCRIPT_NAME} ${ARGS}".into()
}

/// A Wasm file and what it is given.
#[derive(Clone, Debug, Deserialize)]
pub struct Component {
    source: toml::Value,
    #[serde(default)]
    #[expect(dead_code, reason = "known to Spin, of no use here")]
    description: String,
    /// Environment variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// How `spin build` makes it.
    pub build: Option<Build>,
    #[serde(flatten)]
    other: BTreeMap<String, toml::Value>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    spin_manifest_version: toml::Value,
    application: Application,
    #[serde(default)]
    variables: toml::Table,
    trigger: Triggers,
    #[serde(default)]
    component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "known to Spin, of no use here")]
struct Application {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    authors: Vec<String>,
    #[serde(default)]
    trigger: toml::Table,
    #[serde(default)]
    tool: toml::Table,
}

#[derive(Deserialize)]
struct Triggers {
    http: Vec<Trigger>,
    #[serde(flatten)]
    other: BTreeMap<String, toml::Value>,
}

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

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not a Spin manifest of version 2, names a component that is not there, or asks
    /// for what only Spin can give.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path)
            .map_err(|e| Error::Unreadable { path: path.to_owned(), reason: e.to_string() })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let document: Document = toml::from_str(text).map_err(|e| syntax_error(path, text, &e))?;
        let manifest = Self {
            path: path.to_owned(),
            name: document.application.name.clone(),
            triggers: document.trigger.http.clone(),
            components: document.component.clone(),
        };
        check(&document).map_err(|message| Error::Config { path: path.to_owned(), line: None, message })?;
        Ok(manifest)
    }

    /// The file a component is in.
    pub fn source(&self, component: &Component) -> PathBuf {
        let relative = component.source.as_str().unwrap_or_default();
        self.path.parent().unwrap_or(Path::new("")).join(relative)
    }
}

pub(crate) fn syntax_error(path: &Path, text: &str, e: &toml::de::Error) -> Error {
    let line = e.span().map(|span| 1 + text.as_bytes()[..span.start].iter().filter(|b| **b == b'\n').count());
    Error::Config { path: path.to_owned(), line, message: one_line(e.message()) }
}

fn check(document: &Document) -> Result<(), String> {
    if document.spin_manifest_version.as_integer() != Some(2) {
        return Err(
            "spin_manifest_version is not 2: only version 2 is served; `spin doctor` upgrades version 1"
                .into(),
        );
    }
    if let Some(kind) = document.trigger.other.keys().next() {
        return Err(format!("[[trigger.{kind}]] needs Spin itself: this host serves HTTP triggers"));
    }
    if !document.variables.is_empty() {
        return Err("[variables] need Spin itself: install spin, or use a component's `environment`".into());
    }
    document.component.iter().try_for_each(|(id, component)| check_component(id, component))?;
    document.trigger.http.iter().try_for_each(|trigger| check_trigger(trigger, &document.component))
}

fn check_component(id: &str, component: &Component) -> Result<(), String> {
    if component.source.as_str().is_none_or(str::is_empty) {
        return Err(format!(
            "component {id:?}: `source` names no file; sources from a URL or a registry need Spin itself"
        ));
    }
    for (key, value) in &component.other {
        if !SPIN_ONLY.contains(&key.as_str()) {
            return Err(format!("component {id:?}: unknown key `{key}`"));
        }
        if key != "tool" && !asks_for_nothing(value) {
            return Err(format!(
                "component {id:?}: `{key}` needs Spin itself: install spin, or remove the key to serve without it"
            ));
        }
    }
    Ok(())
}

fn asks_for_nothing(value: &toml::Value) -> bool {
    match value {
        toml::Value::Array(items) => items.is_empty(),
        toml::Value::Table(table) => table.is_empty(),
        toml::Value::Boolean(on) => !on,
        _ => false,
    }
}

fn check_trigger(trigger: &Trigger, components: &BTreeMap<String, Component>) -> Result<(), String> {
    if components.contains_key(&trigger.component) {
        return Ok(());
    }
    let known: Vec<_> = components.keys().map(String::as_str).collect();
    Err(format!(
        "route {:?} names component {:?}, which does not exist; there is: {}",
        trigger.route,
        trigger.component,
        if known.is_empty() { "none".into() } else { known.join(", ") }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"app\"\n";

    fn parse(rest: &str) -> Result<Manifest, String> {
        Manifest::parse("spin.toml".as_ref(), &format!("{HEAD}{rest}")).map_err(|e| e.to_string())
    }

    fn with_component(keys: &str) -> Result<Manifest, String> {
        parse(&format!(
            "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n[component.a]\nsource = \"a.wasm\"\n{keys}"
        ))
    }

    #[test]
    fn a_component_is_found_beside_its_manifest() {
        let text = format!(
            "{HEAD}[[trigger.http]]\nroute = \"/w/...\"\ncomponent = \"a\"\nexecutor = {{ type = \"wagi\" }}\n\
             [component.a]\nsource = \"out/a.wasm\"\nenvironment = {{ KEY = \"value\" }}\n\
             [component.a.build]\ncommand = \"make\"\n"
        );
        let manifest = Manifest::parse("app/spin.toml".as_ref(), &text).unwrap();
        let component = &manifest.components["a"];
        assert_eq!(manifest.source(component), Path::new("app/out/a.wasm"));
        assert_eq!(component.environment["KEY"], "value");
        assert_eq!(component.build.as_ref().unwrap().commands(), ["make"]);
        assert!(
            matches!(&manifest.triggers[0].executor, ExecutorKind::Wagi { argv } if argv == "${SCRIPT_NAME} ${ARGS}")
        );
    }

    #[test]
    fn what_is_not_toml_is_named_with_its_line() {
        let message = parse("[[trigger.http]]\nroute = \n").unwrap_err();
        assert!(message.starts_with("spin.toml:5: "), "{message}");
        assert!(!message.contains('\n'));
    }

    #[test]
    fn unknown_keys_are_refused_wherever_they_stand() {
        for (rest, key) in [
            ("surprise = 1\n", "surprise"),
            ("[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\nroutes = 1\n", "routes"),
        ] {
            let message = parse(rest).unwrap_err();
            assert!(message.contains(key), "{message}");
        }
        assert!(with_component("sauce = 1\n").unwrap_err().contains("unknown key `sauce`"));
    }

    #[test]
    fn what_only_spin_can_give_is_refused_by_name_unless_it_is_empty() {
        for key in
            ["files = [\"*\"]", "allowed_outbound_hosts = [\"https://a\"]", "variables = { a = \"b\" }"]
        {
            let message = with_component(key).unwrap_err();
            assert!(message.contains("needs Spin itself"), "{message}");
        }
        assert!(
            with_component("files = []\nallowed_outbound_hosts = []\ntool = { x = { y = 1 } }\n").is_ok()
        );
    }

    #[test]
    fn a_trigger_must_name_a_component_that_is_there() {
        let message = parse("[[trigger.http]]\nroute = \"/\"\ncomponent = \"ghost\"\n").unwrap_err();
        assert!(message.contains("\"ghost\"") && message.contains("does not exist"), "{message}");
    }

    #[test]
    fn other_triggers_and_other_versions_are_refused() {
        let redis =
            "[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n[[trigger.redis]]\nchannel = \"c\"\n";
        assert!(parse(redis).unwrap_err().contains("trigger.redis"));
        let old = "spin_manifest_version = \"1\"\n[application]\nname = \"a\"\n[trigger]\nhttp = []\n";
        let message = Manifest::parse("spin.toml".as_ref(), old).unwrap_err().to_string();
        assert!(message.contains("version 2"), "{message}");
    }
}
