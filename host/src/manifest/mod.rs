//! `spin.toml`, the parts that an HTTP application uses.

mod document;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, one_line};
use crate::text;
use document::Document;

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
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
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
    source: Option<toml::Value>,
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

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not a Spin manifest of version 2, names a component that is not there, or asks
    /// for what only Spin can give.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::load_only(path, &[])
    }

    /// Reads and checks a manifest as if it had only these components, and the triggers that name them; all of
    /// them if none is named.
    ///
    /// # Errors
    ///
    /// Those of [`Manifest::load`], and when there is no such component, or no route to it.
    pub fn load_only(path: &Path, components: &[String]) -> Result<Self, Error> {
        let text = text::read(path, "go where a spin.toml is, or name one with --from")?;
        Self::parse(path, &text, components)
    }

    fn parse(path: &Path, text: &str, only: &[String]) -> Result<Self, Error> {
        let refused = |message| Error::Config { path: path.to_owned(), line: None, message };
        let malformed = |e| syntax_error(path, text, &e);
        document::check_version(&toml::from_str(text).map_err(malformed)?).map_err(refused)?;
        let document: Document = toml::from_str(text).map_err(malformed)?;
        let document = document.only(only).and_then(Document::checked).map_err(refused)?;
        Ok(Self {
            path: path.to_owned(),
            name: document.application.name,
            triggers: document.trigger.http,
            components: document.component,
        })
    }

    /// The file a component is in.
    pub fn source(&self, component: &Component) -> PathBuf {
        let relative = component.source.as_ref().and_then(toml::Value::as_str).unwrap_or_default();
        self.path.parent().unwrap_or(Path::new("")).join(relative)
    }
}

pub(crate) fn syntax_error(path: &Path, text: &str, e: &toml::de::Error) -> Error {
    let line = e.span().map(|span| 1 + text.as_bytes()[..span.start].iter().filter(|b| **b == b'\n').count());
    Error::Config { path: path.to_owned(), line, message: one_line(e.message()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"app\"\n";

    fn parse(rest: &str) -> Result<Manifest, String> {
        Manifest::parse("spin.toml".as_ref(), &format!("{HEAD}{rest}"), &[]).map_err(|e| e.to_string())
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
        let manifest = Manifest::parse("app/spin.toml".as_ref(), &text, &[]).unwrap();
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
            assert!(message.contains("needs Spin itself") && message.contains("`spin up`"), "{message}");
            assert!(!message.contains("install"), "it may be there already: {message}");
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

    fn assert_refused(text: &str, words: &[&str]) {
        let message = Manifest::parse("spin.toml".as_ref(), text, &[]).unwrap_err().to_string();
        for word in words {
            assert!(message.contains(word), "{message:?} does not say {word:?}");
        }
    }

    #[test]
    fn other_triggers_are_refused_beside_http_and_alone() {
        let http = "[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n";
        for http in [http, ""] {
            let text = format!("{HEAD}{http}[[trigger.redis]]\nchannel = \"c\"\n");
            assert_refused(&text, &["[[trigger.redis]]", "only [[trigger.http]]"]);
        }
    }

    #[test]
    fn other_versions_are_refused_whatever_else_they_say() {
        let old =
            "spin_manifest_version = \"1\"\nname = \"a\"\ntrigger = { type = \"http\" }\n[[component]]\n";
        assert_refused(old, &["version 2", "spin doctor"]);
        assert_refused("spin_manifest_version = 3\n[new]\n", &["only version 2"]);
    }

    #[test]
    fn what_is_missing_is_named_with_what_to_write() {
        assert_refused("", &["no spin_manifest_version", "spin_manifest_version = 2"]);
        assert_refused("[application]\nname = \"a\"\n", &["spin_manifest_version = 2"]);
        assert_refused("spin_manifest_version = 2\n", &["[application]", "name = "]);
        assert_refused("spin_manifest_version = 2\n[application]\n", &["[application]", "name = "]);
        assert_refused(HEAD, &["[[trigger.http]]", "route = ", "component = "]);
        let unnamed = format!("{HEAD}[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n[component.a]\n");
        assert_refused(&unnamed, &["component \"a\"", "`source`", "source = \"FILE.wasm\""]);
        assert_refused(&format!("{unnamed}sorce = \"a.wasm\"\n"), &["component \"a\"", "`sorce`", "source"]);
    }

    const TWO: &str = "[[trigger.http]]\nroute = \"/a\"\ncomponent = \"a\"\n[[trigger.http]]\nroute = \"/b\"\n\
        component = \"b\"\n[[trigger.redis]]\ncomponent = \"b\"\n[component.a]\nsource = \"a.wasm\"\n[component.b]\n\
        source = \"b.wasm\"\nfiles = [\"*\"]\n[component.unrouted]\nsource = \"c.wasm\"\n";

    fn only(ids: &[&str]) -> Result<Manifest, String> {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        Manifest::parse("spin.toml".as_ref(), &format!("{HEAD}{TWO}"), &ids).map_err(|e| e.to_string())
    }

    #[test]
    fn of_components_that_are_not_asked_for_nothing_is_left_and_nothing_is_refused() {
        let manifest = only(&["a"]).unwrap();
        assert_eq!(manifest.components.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(manifest.triggers.iter().map(|t| &t.route).collect::<Vec<_>>(), ["/a"]);
        assert!(only(&["a", "b"]).unwrap_err().contains("trigger.redis"));
    }

    #[test]
    fn a_component_that_is_asked_for_must_be_there_and_have_a_route() {
        let message = only(&["a", "ghost"]).unwrap_err();
        assert!(message.contains("\"ghost\" does not exist; there is: a, b, unrouted"), "{message}");
        let message = only(&["unrouted"]).unwrap_err();
        assert!(message.contains("\"unrouted\" has no [[trigger.http]]"), "{message}");
    }
}
